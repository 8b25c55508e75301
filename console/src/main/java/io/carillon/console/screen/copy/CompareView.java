/*
 * Copyright 2026 The Carillon Authors
 *
 * Licensed under the Apache License, Version 2.0 (the "License"); you may not use this file except in
 * compliance with the License. You may obtain a copy of the License at
 *
 *     https://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software distributed under the License is
 * distributed on an "AS IS" BASIS, WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and limitations under the License.
 */
package io.carillon.console.screen.copy;

import io.carillon.console.ask.CompareFilter;
import io.carillon.console.web.Copies.Compared;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Two clusters side by side. Immutable.
 *
 * @param others the clusters that it can be compared with
 * @param compared null: none is chosen yet
 * @param here the jobs shown that the visitor may change in this cluster
 * @param there the jobs shown that the visitor may change in the other
 * @param exports whether the visitor may have the jobs as a text
 * @param imports whether the visitor may import a text
 */
public record CompareView(
        CompareFilter filter,
        List<String> others,
        @Nullable Compared compared,
        Set<String> here,
        Set<String> there,
        boolean exports,
        boolean imports) {
    public CompareView {
        others = List.copyOf(others);
        here = Set.copyOf(here);
        there = Set.copyOf(there);
    }

    /** Whether jobs can be chosen. */
    public boolean takes() {
        return takesHere() || takesThere();
    }

    /** Whether a job can be chosen. */
    public boolean takes(String job) {
        return here.contains(job) || there.contains(job);
    }

    /** Whether jobs of the other can be taken over into this cluster. */
    public boolean takesHere() {
        return !here.isEmpty();
    }

    /** Whether jobs of this cluster can be taken over into the other. */
    public boolean takesThere() {
        return !there.isEmpty();
    }
}

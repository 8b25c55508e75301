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
import org.jspecify.annotations.Nullable;

/**
 * Two clusters side by side. Immutable.
 *
 * @param others the clusters that it can be compared with
 * @param compared null: none is chosen yet
 * @param takesHere whether the visitor may take jobs of the other over into this cluster
 * @param takesThere whether the visitor may take jobs of this cluster over into the other
 * @param exports whether the visitor may have the jobs as a text
 * @param imports whether the visitor may import a text
 */
public record CompareView(
        CompareFilter filter,
        List<String> others,
        @Nullable Compared compared,
        boolean takesHere,
        boolean takesThere,
        boolean exports,
        boolean imports) {
    public CompareView {
        others = List.copyOf(others);
    }

    /** Whether jobs can be chosen. */
    public boolean takes() {
        return takesHere || takesThere;
    }
}

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
package io.carillon.console.screen.instances;

import io.carillon.console.ask.Answer;
import io.carillon.jobs.operations.JobQueries.InstanceStatus;
import java.util.List;

/**
 * What the screen of the instances shows. Immutable.
 *
 * @param drained the ids of those that are drained
 */
public record InstancesView(Answer<List<InstanceStatus>> instances, Answer<List<String>> drained) {
    /** Whether an instance is known to be drained. */
    public boolean isDrained(String id) {
        return drained.or(List.of()).contains(id);
    }

    /** Those that are drained and hold nothing, so that no job knows of them. */
    public List<String> onlyDrained() {
        List<String> listed =
                instances.or(List.of()).stream().map(InstanceStatus::id).toList();
        return drained.or(List.of()).stream().filter(id -> !listed.contains(id)).toList();
    }
}

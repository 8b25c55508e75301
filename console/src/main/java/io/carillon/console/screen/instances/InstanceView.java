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
import java.util.List;

/**
 * What the screen of one instance shows: what it holds, and what happens if it stops. Immutable.
 *
 * @param online whether any job has it
 */
public record InstanceView(String id, boolean online, boolean drained, Answer<List<Held>> jobs) {
    /**
     * A job that it takes part in.
     *
     * @param items which items it owns
     * @param running which of them run now
     * @param others how many other instances are online for the job: they would take the items
     */
    public record Held(String jobName, List<Integer> items, List<Integer> running, int others, boolean leads) {
        /** What would become of the items, as a key of a text. */
        public String fate() {
            return items.isEmpty() ? "nothing" : others == 0 ? "nobody" : "moves";
        }
    }

    /** How many items it owns. */
    public long items() {
        return jobs.or(List.of()).stream().mapToLong(job -> job.items().size()).sum();
    }

    /** How many jobs would have nobody left. */
    public long orphans() {
        return jobs.or(List.of()).stream()
                .filter(job -> job.fate().equals("nobody"))
                .count();
    }
}

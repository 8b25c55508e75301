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
package io.carillon.jobs.history;

import java.time.Instant;
import java.util.List;

/** The port that keeps why firings did not run. Thread-safe. */
public interface DecisionHistory {

    /**
     * Keeps decisions, in order; one with an id that is there already replaces it. Called from a thread of the engine's that
     * may block; never from the loop or from user code's threads.
     *
     * @throws RuntimeException when they cannot be kept now: the engine logs it and drops them, the jobs run on
     */
    void record(List<Decision> decisions);

    /**
     * The decisions that are {@link Decision#isAbout about} any instant of a slot, by their first firing.
     *
     * @param from inclusive
     * @param to inclusive
     * @param limit at most so many, 1 to 10,000
     */
    List<Decision> between(String jobName, Instant from, Instant to, int limit);

    /** Keeps nothing and finds nothing. */
    DecisionHistory NONE = new DecisionHistory() {
        @Override
        public void record(List<Decision> decisions) {}

        @Override
        public List<Decision> between(String jobName, Instant from, Instant to, int limit) {
            return List.of();
        }
    };
}

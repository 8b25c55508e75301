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

/** The port that keeps what happened to the items of a job. Thread-safe. */
public interface RunHistory {

    /**
     * Keeps records of ended item runs, in order. Called from a thread of the engine's that may block; never from the loop
     * or from user code's threads.
     *
     * @throws RuntimeException when they cannot be kept now: the engine logs it and drops them, the jobs run on
     */
    void record(List<RunRecord> runs);

    /**
     * The latest runs, newest first.
     *
     * @param jobName only of this job; empty for all jobs
     * @param limit at most so many, 1 to 10,000
     */
    List<RunRecord> latest(String jobName, int limit);

    /**
     * Runs of one job that were planned for a slot, and started at most a day after it, in any order.
     *
     * <p>Where a history does not say it better, they are looked for among the latest 10,000 runs.
     *
     * @param from inclusive
     * @param to inclusive
     * @param limit at most so many, 1 to 10,000
     */
    default List<RunRecord> planned(String jobName, Instant from, Instant to, int limit) {
        return latest(jobName, 10_000).stream()
                .filter(run -> !run.scheduledTime().isBefore(from)
                        && !run.scheduledTime().isAfter(to))
                .limit(limit)
                .toList();
    }

    /** Keeps nothing and finds nothing; always the same one. */
    static RunHistory none() {
        return NONE;
    }

    /** See {@link #none}. */
    RunHistory NONE = new RunHistory() {
        @Override
        public void record(List<RunRecord> runs) {}

        @Override
        public List<RunRecord> latest(String jobName, int limit) {
            return List.of();
        }
    };
}

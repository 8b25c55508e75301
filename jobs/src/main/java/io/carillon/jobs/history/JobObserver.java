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

/**
 * Is told by an engine what happens to its firings. Called from the job's loop: must not block and must not throw.
 * Thread-safe.
 */
@FunctionalInterface
public interface JobObserver {

    /** Is told and does nothing. */
    JobObserver NONE = run -> {};

    /** An item's run has ended. */
    void ended(RunRecord run);

    /** A firing's items are claimed and begin to run. */
    default void begins(Task task) {}

    /**
     * All items of a firing have ended; told after {@link #ended} of the last one.
     *
     * @param failures a line for each item that did not succeed: its number, a colon, and why
     */
    default void ends(Task task, Instant at, List<String> failures) {}

    /** Why a firing does not run here, or waits. */
    default void decided(Decision decision) {}

    /**
     * One firing on one instance, with the items that it claimed there. Immutable.
     *
     * @param id as user code sees it
     * @param fence the claim's number
     * @param asked when the claim was asked for
     * @param begun when it was granted, and the items began to run
     */
    record Task(
            String id,
            String jobName,
            String instance,
            long fence,
            List<Integer> items,
            RunRecord.Source source,
            Instant scheduledTime,
            Instant asked,
            Instant begun) {

        public Task {
            items = List.copyOf(items);
        }
    }

    /** Tells several observers, in order. */
    static JobObserver all(List<JobObserver> observers) {
        List<JobObserver> all =
                observers.stream().filter(observer -> observer != NONE).toList();
        if (all.size() < 2) {
            return all.isEmpty() ? NONE : all.get(0);
        }
        return new JobObserver() {
            @Override
            public void ended(RunRecord run) {
                all.forEach(observer -> observer.ended(run));
            }

            @Override
            public void begins(Task task) {
                all.forEach(observer -> observer.begins(task));
            }

            @Override
            public void ends(Task task, Instant at, List<String> failures) {
                all.forEach(observer -> observer.ends(task, at, failures));
            }

            @Override
            public void decided(Decision decision) {
                all.forEach(observer -> observer.decided(decision));
            }
        };
    }
}

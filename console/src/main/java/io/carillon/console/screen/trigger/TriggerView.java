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
package io.carillon.console.screen.trigger;

import io.carillon.jobs.operations.JobQueries.JobStatus;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the dialog to run a job shows. Immutable.
 *
 * @param values what was typed, by field
 * @param preview the business times that a backfill would run; null before that was asked
 * @param problem what is wrong, or empty
 * @param done what came of it, or empty
 */
public record TriggerView(
        JobStatus job, Values values, @Nullable Preview preview, String problem, String done) {
    /** What was typed. */
    public record Values(
            boolean range,
            String parameter,
            String time,
            String items,
            String from,
            String to,
            String step,
            String atOnce,
            String pause,
            String reason) {}

    /**
     * A dry run of a backfill.
     *
     * @param times the first of them
     * @param count how many there are
     * @param more whether there are more than are counted
     */
    public record Preview(List<Instant> times, int count, boolean more) {}
}

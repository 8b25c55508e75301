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

import io.carillon.console.command.RunPlan;
import io.carillon.jobs.operations.JobQueries.JobStatus;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What the dialog to run a job shows. Immutable.
 *
 * @param values what was typed, by field
 * @param preview the business times that a backfill would run; null before that was asked
 * @param plan where what is asked for would run; null before that was asked
 * @param problem what is wrong, or empty
 * @param done what came of it, or empty
 * @param request the id of the request that was made, or null
 */
public record TriggerView(
        JobStatus job,
        Values values,
        @Nullable Preview preview,
        @Nullable RunPlan plan,
        String problem,
        String done,
        @Nullable String request) {
    /** What was typed. */
    public record Values(
            boolean range,
            String parameter,
            String time,
            String items,
            List<String> instances,
            boolean evenIfDisabled,
            String from,
            String to,
            String step,
            String atOnce,
            String pause,
            String reason) {}

    static TriggerView of(JobStatus job, Values values) {
        return new TriggerView(job, values, null, null, "", "", null);
    }

    TriggerView planned(RunPlan where, @Nullable Preview times) {
        return new TriggerView(job, values, times, where, "", "", null);
    }

    TriggerView wrong(String said) {
        return new TriggerView(job, values, null, null, said, "", null);
    }

    TriggerView done(String said, @Nullable String made) {
        return new TriggerView(job, values, null, null, "", said, made);
    }

    /** The shards that an instance owns, as they are typed. */
    public String owned(String instance) {
        return job.items().stream()
                .filter(item -> instance.equals(item.owner()))
                .map(item -> String.valueOf(item.item()))
                .collect(Collectors.joining(", "));
    }

    /**
     * A dry run of a backfill.
     *
     * @param times the first of them
     * @param count how many there are
     * @param more whether there are more than are counted
     */
    public record Preview(List<Instant> times, int count, boolean more) {}
}

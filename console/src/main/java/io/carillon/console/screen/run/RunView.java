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
package io.carillon.console.screen.run;

import io.carillon.console.ask.Failure;
import io.carillon.jobs.history.RunRecord;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the screen of a run shows. Immutable.
 *
 * @param group the job's
 * @param attempts all attempts at the item in this firing, first to last
 * @param failure null where it did not fail
 * @param same how often the same failure is among the latest runs of all jobs that are looked at
 * @param sameJobs in how many jobs
 * @param sameSince the earliest of these, or null
 * @param lookedAt how many runs were looked at
 * @param traceLink where its trace is, or null
 * @param logLink where its log is, or null
 */
public record RunView(
        RunRecord run,
        String group,
        List<RunRecord> attempts,
        @Nullable Failure failure,
        int same,
        int sameJobs,
        @Nullable Instant sameSince,
        int lookedAt,
        @Nullable String traceLink,
        @Nullable String logLink) {
    /** How long it ran. */
    public Duration took() {
        return Duration.between(run.started(), run.ended());
    }

    /** How long it waited after its planned time. */
    public Duration waited() {
        Duration waited = Duration.between(run.scheduledTime(), run.started());
        return waited.isNegative() ? Duration.ZERO : waited;
    }
}

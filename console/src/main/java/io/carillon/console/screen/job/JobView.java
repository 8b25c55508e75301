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
package io.carillon.console.screen.job;

import io.carillon.console.ask.Answer;
import io.carillon.jobs.history.RunRecord;
import io.carillon.jobs.operations.JobQueries.JobStatus;
import java.util.List;
import java.util.Optional;

/**
 * What the job screen shows. Immutable.
 *
 * @param job empty when the registry has no such job
 * @param runs the latest, newest first
 */
public record JobView(String jobName, Answer<Optional<JobStatus>> job, Answer<List<RunRecord>> runs) {
    /** Whether the registry answered that there is no such job. */
    public boolean isUnknown() {
        return job.isKnown() && job.or(Optional.empty()).isEmpty();
    }

    /** The first line of a stack trace: class and message. */
    public String firstLine(String cause) {
        return cause.strip().lines().findFirst().orElse("");
    }
}

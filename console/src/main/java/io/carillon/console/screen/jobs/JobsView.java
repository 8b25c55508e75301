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
package io.carillon.console.screen.jobs;

import io.carillon.console.ask.Answer;
import io.carillon.console.ask.JobFilter;
import io.carillon.jobs.history.RunRecord;
import io.carillon.jobs.operations.JobQueries.JobStatus;
import java.util.List;
import java.util.Map;

/**
 * What the list of jobs shows. Immutable.
 *
 * @param runs the latest runs of jobs on the page, oldest first
 * @param views the reader's saved views
 */
public record JobsView(
        JobFilter filter, Answer<JobFilter.Part> jobs, Map<String, List<RunRecord>> runs, List<Saved> views) {
    /** A saved view: a name for words and an order. */
    public record Saved(String name, String query) {}

    /** How many items of a job have an owner that is online. */
    public long owned(JobStatus job) {
        return job.items().stream()
                .filter(item -> item.owner() != null && item.ownerOnline())
                .count();
    }

    /** The latest runs of a job, oldest first. */
    public List<RunRecord> runsOf(JobStatus job) {
        return runs.getOrDefault(job.jobName(), List.of());
    }

    /** How many of them ended well. */
    public long succeeded(JobStatus job) {
        return runsOf(job).stream()
                .filter(run -> run.outcome() == RunRecord.Outcome.SUCCEEDED)
                .count();
    }
}

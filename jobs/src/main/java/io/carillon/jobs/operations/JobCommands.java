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
package io.carillon.jobs.operations;

import io.carillon.jobs.JobConfiguration;
import java.util.Optional;

/**
 * What can be done to the jobs of a namespace, Carillon's and ElasticJob's alike. Thread-safe; each call waits for the
 * registry's answer.
 *
 * <p>All methods throw {@link IllegalStateException} when the registry does not answer in time, and
 * {@link java.util.NoSuchElementException} when there is no such job.
 */
public interface JobCommands extends ItemCommands {

    /** Runs all items once, now, on the instances that own them; an instance that is busy with the job runs them after. */
    void trigger(String jobName);

    /** Runs with a parameter, a business time or chosen items, and backfills: asked for, followed, paused, cancelled. */
    JobRequests requests();

    /** Switches the job off on all its servers; running items finish. */
    void disable(String jobName);

    /** Switches the job on again on all its servers. */
    void enable(String jobName);

    /** The stored configuration. */
    Optional<JobConfiguration> configuration(String jobName);

    /** Replaces the stored configuration; instances take it over without a restart. */
    void update(JobConfiguration configuration);
}

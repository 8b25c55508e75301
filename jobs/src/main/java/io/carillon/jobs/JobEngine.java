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
package io.carillon.jobs;

import io.carillon.jobs.operations.JobCommands;
import io.carillon.jobs.operations.JobQueries;
import io.carillon.jobs.operations.JobStatistics;

/**
 * Runs jobs on this instance, sharing their sharding items with all other instances of the namespace.
 *
 * <p>Thread-safe. One engine serves any number of jobs with a fixed number of threads. {@code
 * io.carillon.jobs.engine.ClusterJobEngine} makes one.
 */
public interface JobEngine extends AutoCloseable {

    /**
     * Registers a job and starts to schedule it; returns when this instance is registered for it.
     *
     * <p>When the registry already holds a configuration of that name, the stored one is used, unless {@code overwrite}
     * is set.
     *
     * @param job the user's code
     * @param configuration how to run it
     * @return the job on this instance
     * @throws IllegalStateException when a job of another class owns the name, when the name is already scheduled on this
     *     engine, or when the registry does not answer in time
     */
    JobHandle schedule(ElasticJob job, JobConfiguration configuration);

    /**
     * {@link #schedule(ElasticJob, JobConfiguration)} for a job whose class says itself how to run it, by {@link
     * ElasticJobConfiguration}.
     *
     * @throws InvalidSettingException when it does not, or says what cannot be used
     */
    default JobHandle schedule(ElasticJob job) {
        return schedule(job, JobConfiguration.of(job.getClass()));
    }

    /** {@link #schedule(ElasticJob, JobConfiguration)} for a job written as a lambda. */
    default JobHandle schedule(SimpleJob job, JobConfiguration configuration) {
        return schedule((ElasticJob) job, configuration);
    }

    /** What can be asked about the jobs of the namespace. */
    JobQueries queries();

    /** The jobs, servers and items of the namespace in numbers and in ElasticJob's statuses. */
    JobStatistics statistics();

    /** What can be done to the jobs of the namespace. */
    JobCommands commands();

    /**
     * Hands the items of all jobs over to other instances at a safe point, and takes no part until {@link #undrain}; the registry
     * session lives on. Returns when that is done: items may finish within the grace time, then they are interrupted; streaming
     * data flows end after their page; failed items are not tried again. A firing that comes due meanwhile is run once, here or
     * by the next owner. Does nothing when the instance is drained.
     */
    void drain();

    /** Takes part again after {@link #drain}; returns at once. */
    void undrain();

    /**
     * Leaves all jobs in order: hands their items over as {@link #drain} does, and removes this instance's nodes. With nobody else
     * to take the items, no firing begins any more. Idempotent. The registry is not closed: who opened it closes it.
     */
    @Override
    void close();

    /** One job on this instance. Thread-safe. */
    interface JobHandle extends AutoCloseable {

        /** The job's name. */
        String jobName();

        /** Leaves the job in order, as {@link JobEngine#close()} does for all. Idempotent. */
        @Override
        void close();
    }
}

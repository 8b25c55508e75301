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

import io.carillon.jobs.operations.JobQueries.Health;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The jobs, servers and sharding items of a namespace in numbers and in ElasticJob's statuses. Thread-safe.
 *
 * <p>Answers come from the snapshot of {@link JobQueries}: asking costs no registry reads. A root without a configuration,
 * as a removed job may leave behind, is no job.
 */
public interface JobStatistics {

    /** How many jobs there are. */
    int jobCount();

    /** All jobs, by name. */
    List<JobBrief> jobs();

    /** One job; empty when there is none of that name. */
    Optional<JobBrief> job(String jobName);

    /**
     * The jobs that a server has, by name: with the instances on that server alone, {@link JobState#DISABLED} where the job is
     * switched off there and {@link JobState#OK} where it is not. Empty for an unknown server.
     */
    List<JobBrief> jobsOf(String serverIp);

    /** How many servers there are over all jobs. */
    int serverCount();

    /** All servers, by address in the order of text. */
    List<ServerBrief> servers();

    /**
     * The sharding items of a job, by number; one that no deal has reached has no owner.
     *
     * @throws java.util.NoSuchElementException when there is no such job
     */
    List<ItemBrief> items(String jobName);

    /** How a job is, as ElasticJob says it; the first that is true counts. {@link Health} says more. */
    enum JobState {
        /** No instance is online. */
        CRASHED,
        /** Switched off on all its servers, or it has none. */
        DISABLED,
        /** No item has an owner, or an owner is not online: the items are dealt anew at the next firing. */
        SHARDING_FLAG,
        /** None of these. */
        OK
    }

    /** How an item is, as ElasticJob says it; the first that is true counts. */
    enum ItemState {
        /** Switched off. */
        DISABLED,
        /** An instance runs it now. */
        RUNNING,
        /** It has no owner that is online. */
        SHARDING_FLAG,
        /** It waits for the next firing. */
        PENDING
    }

    /**
     * One job.
     *
     * @param cron null for a job that only runs when triggered, and while its configuration cannot be read
     * @param health Carillon's verdict with its reasons
     */
    record JobBrief(
            String jobName,
            String description,
            @Nullable String cron,
            int instances,
            int shardingTotalCount,
            JobState state,
            Health health) {}

    /**
     * One server.
     *
     * @param instances the ids of its instances that are online for any job, in the order of text
     * @param jobs how many jobs have it
     * @param disabledJobs how many of these are switched off on it
     */
    record ServerBrief(String serverIp, List<String> instances, int jobs, int disabledJobs) {}

    /**
     * One sharding item.
     *
     * @param serverIp the owner's address, or null while there is no owner
     * @param instanceId the owner, online or not, or null while there is none
     * @param failover whether somebody repeats it after a crash
     */
    record ItemBrief(
            int item, @Nullable String serverIp, @Nullable String instanceId, boolean failover, ItemState state) {}
}

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

import io.carillon.jobs.history.RunRecord;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What can be asked about the jobs of a namespace, Carillon's and ElasticJob's alike. Thread-safe.
 *
 * <p>Answers come from a snapshot kept up to date by the registry's changes; asking costs no registry reads per job.
 */
public interface JobQueries {

    /**
     * All jobs, by name. When the run history does not answer, the last runs are unknown, and each job's health says so; the
     * rest is told all the same.
     */
    List<JobStatus> jobs();

    /** One job; without the run history as {@link #jobs()} is. */
    Optional<JobStatus> job(String jobName);

    /** All instances that are online for at least one job, by id. */
    List<InstanceStatus> instances();

    /**
     * The latest item runs, newest first; of all jobs when the name is empty.
     *
     * @throws RuntimeException the run history's, when it does not answer
     */
    List<RunRecord> runs(String jobName, int limit);

    /**
     * What became of the firings of a job in a slot of time, and why some did not run: from the runs and decisions on record,
     * and from what runs now. At most 1,000 firings are told.
     *
     * @param from inclusive
     * @param to inclusive; may lie in the future
     * @throws IllegalArgumentException when there is no such job, or {@code to} is before {@code from}
     * @throws RuntimeException the histories', when one does not answer
     */
    Explanation why(String jobName, Instant from, Instant to);

    /**
     * The items of a job whose last run did not end well, or that run on after an interrupt; by item. Asks the registry.
     *
     * @throws IllegalStateException when it does not answer in time
     */
    List<FailedItem> failedItems(String jobName);

    /**
     * The ids of the instances that are drained: connected, but without a part in any job. Asks the registry.
     *
     * @throws IllegalStateException when it does not answer in time
     */
    List<String> drainedInstances();

    /**
     * Tells of changes, as hints: what to ask again, not what is new. All who listen share the one subscription of the
     * namespace.
     *
     * @param listener is given the name of a job that may have changed, or an empty text when any may have; called on the
     *     registry's threads, so it must not wait
     * @return ends it
     */
    default Runnable onChange(Consumer<String> listener) {
        return () -> {};
    }

    /**
     * An item whose last run did not end well. Where items are run without running marks, one that succeeded just as the items
     * were dealt anew may stay on record until it succeeds again.
     *
     * @param scheduledTime of the firing in which it ran
     * @param instance who ran it
     * @param cause the first line of the cause, or empty
     */
    record FailedItem(int item, State state, Instant scheduledTime, String instance, String cause) {

        /** How it ended. */
        public enum State {
            FAILED,
            TIMED_OUT,
            INTERRUPTED,
            /** It has not ended: its code goes on after an interrupt. */
            OVERSTAYING
        }
    }

    /**
     * One job: what people want, who is there, who owns what, what happened last, what comes next.
     *
     * @param disabled whether people switched it off on all its servers
     * @param instances online, by id
     * @param leader the leader's id, or null while there is none
     * @param reshardingPending whether items will be dealt anew at the next firing
     * @param nextRun the next firing, or null for a job that only runs when triggered, or is disabled
     * @param zone the zone of its cron expression
     * @param lastRun the last ended item run that is known, or null
     * @param group of the job, as its configuration says; empty when it says none
     * @param owner who looks after the job, as its configuration says; empty when it says nobody
     */
    record JobStatus(
            String jobName,
            String jobClass,
            @Nullable String cron,
            String zone,
            String description,
            boolean disabled,
            List<String> instances,
            @Nullable String leader,
            boolean reshardingPending,
            List<ItemStatus> items,
            @Nullable Instant nextRun,
            @Nullable RunRecord lastRun,
            Health health,
            String group,
            String owner) {

        /** A job of no group, which nobody is said to look after. */
        public JobStatus(
                String jobName,
                String jobClass,
                @Nullable String cron,
                String zone,
                String description,
                boolean disabled,
                List<String> instances,
                @Nullable String leader,
                boolean reshardingPending,
                List<ItemStatus> items,
                @Nullable Instant nextRun,
                @Nullable RunRecord lastRun,
                Health health) {
            this(
                    jobName,
                    jobClass,
                    cron,
                    zone,
                    description,
                    disabled,
                    instances,
                    leader,
                    reshardingPending,
                    items,
                    nextRun,
                    lastRun,
                    health,
                    "",
                    "");
        }
    }

    /**
     * One sharding item.
     *
     * @param owner the owner's id, or null while there is none
     * @param ownerOnline whether the owner is registered
     * @param runningOn who is running it now, or null
     */
    record ItemStatus(
            int item,
            String parameter,
            @Nullable String owner,
            boolean ownerOnline,
            @Nullable String runningOn,
            boolean disabled,
            boolean failover) {}

    /** One instance and what it holds: {@code jobs} it is registered for, {@code items} it owns over all of them. */
    record InstanceStatus(String id, String serverIp, int jobs, int items) {}

    /** A verdict with its reasons, worst first; see {@code JobHealth} for the rules. */
    record Health(Level level, List<HealthReason> reasons) {

        /** Worst last. */
        public enum Level {
            OK,
            DISABLED,
            WARNING,
            BAD
        }
    }
}

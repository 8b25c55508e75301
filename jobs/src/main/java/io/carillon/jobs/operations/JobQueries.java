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
import io.carillon.jobs.history.RunHistory;
import io.carillon.jobs.history.RunRecord;
import io.carillon.jobs.model.Progress;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
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
     * The latest item runs of each of some jobs, newest first, in one statement for a hundred of them; a job without runs is left
     * out.
     *
     * @param perJob at most so many of each, 1 to 1,000
     * @throws RuntimeException the run history's, when it does not answer
     */
    Map<String, List<RunRecord>> runsOf(Collection<String> jobNames, int perJob);

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
     * What is and was stored as the configuration of a job, newest first, at most 20. Asks the registry.
     *
     * @throws IllegalStateException when it does not answer in time
     * @throws java.util.NoSuchElementException when there is no such job
     */
    List<ConfigurationVersion> versions(String jobName);

    /**
     * A part of the list of jobs, filtered, sorted and counted in memory: costs no registry reads. The runs come from the
     * history in a few statements for many jobs, and are remembered; those of a job are asked for anew when it has run, and
     * after a minute.
     */
    JobSearch.Page search(JobSearch search);

    /**
     * The item runs that a question means, newest first, in pages.
     *
     * @throws RuntimeException the run history's, when it does not answer
     */
    List<RunRecord> runs(RunHistory.Question question);

    /**
     * How often the same failure has happened, in any job.
     *
     * @param since looked for from then on
     * @throws RuntimeException the run history's, when it does not answer
     */
    SameFailures sameFailures(RunRecord failure, Instant since);

    /**
     * The servers of a job, by address, each with whether it takes part, and who switched it off where it does not.
     *
     * @throws java.util.NoSuchElementException when there is no such job
     */
    List<ServerStatus> servers(String jobName);

    /**
     * What people commanded, newest first; see {@link JobAudit#latest}.
     *
     * @throws RuntimeException the audit's, when it does not answer
     */
    List<JobAudit.Entry> audit(JobAudit.Question question, @Nullable UUID before, int limit);

    /** All instances that are online for a job, or are drained, by id. */
    List<InstanceDetail> instanceDetails();

    /**
     * Which items of a job change their owner at the next deal, and which were seen to.
     *
     * @throws java.util.NoSuchElementException when there is no such job
     */
    JobMoves moves(String jobName);

    /**
     * What would happen if an instance was stopped or drained now; nothing is changed.
     *
     * @throws java.util.NoSuchElementException when no such instance is online for a job
     */
    StopPreview whatIfStopped(String instance);

    /**
     * What the code of a job declares, and what is stored.
     *
     * @throws java.util.NoSuchElementException when there is no such job
     */
    Definition definition(String jobName);

    /** All jobs with their classes and what is stored for them, out of memory: costs no registry reads. */
    ClusterCopy copy();

    /**
     * What storing a configuration would change; nothing is stored.
     *
     * @param nextRuns how many of the next firings are told, 0 to 100
     * @throws java.util.NoSuchElementException when there is no such job
     */
    ChangePreview preview(JobConfiguration changed, int nextRuns);

    /** One server of a job, with the instances on it that are online for the job. */
    record ServerStatus(String serverIp, Intent intent, List<String> instances) {}

    /**
     * Failures that have the same fingerprint.
     *
     * @param fingerprint as {@link io.carillon.jobs.history.FailureFingerprint} computes it; empty for a run without a cause
     * @param jobs how many of them each job has
     * @param first when the first of them started, or null
     * @param complete whether all were counted: false when there are more failed runs than are looked at
     */
    record SameFailures(
            String fingerprint,
            int count,
            Map<String, Integer> jobs,
            @Nullable Instant first,
            boolean complete) {}

    /**
     * One instance.
     *
     * @param peer whether it is ElasticJob's: then it says nothing of itself
     * @param host the name of its machine or container; empty when that is not known
     * @param pid 0 when it is not known
     * @param version Carillon's; empty when it is not known
     * @param started when its engine started, or null
     * @param ahead how far its clock is ahead of the registry's, as last noted; negative: behind; null when not known
     * @param session the registry session as a number; 0 when it is not known
     * @param sessionTimeout how long the registry waits for it, or null
     * @param jobs the jobs that it is online for
     * @param items the items that it owns, by job
     * @param running how many items it runs now, as far as jobs show it by {@code monitorExecution}
     * @param workers how many can run at once; 0 when it is not known
     * @param drained whether it takes part: DISABLED when it is drained
     * @param reasons what is wrong with it
     */
    record InstanceDetail(
            String id,
            String serverIp,
            boolean peer,
            String host,
            long pid,
            String version,
            @Nullable Instant started,
            @Nullable Duration ahead,
            long session,
            @Nullable Duration sessionTimeout,
            List<String> jobs,
            Map<String, List<Integer>> items,
            int running,
            int workers,
            Intent drained,
            List<HealthReason> reasons) {}

    /**
     * What stopping an instance would do.
     *
     * @param moves its jobs with who would get its items
     * @param stopped the jobs that nobody would run any more
     * @param spareless the jobs that one instance would be left for
     * @param running the items that it runs now, by job: they are waited for when it is stopped in order, and cut when it is
     *     killed; then they run again on others where {@code failover} is on
     */
    record StopPreview(
            String instance,
            List<Move> moves,
            List<String> stopped,
            List<String> spareless,
            Map<String, List<Integer>> running) {

        /**
         * One job.
         *
         * @param owners who would own which of its items; empty where the strategy is not known here
         * @param others how many further items would change hands between the instances that stay
         * @param stays whether the items stay without an owner, as the job's sharding is static
         */
        public record Move(String jobName, Map<Integer, String> owners, int others, boolean stays) {}
    }

    /**
     * The definitions of a job.
     *
     * @param declared by the code of the instance that started last; null when nobody has declared any
     * @param stored null when it cannot be used
     * @param unusable why it cannot be used: each instance keeps its last good one, which is in use; null: the stored one is
     * @param drift the settings in which declared and stored differ
     */
    record Definition(
            @Nullable JobConfiguration declared,
            @Nullable JobConfiguration stored,
            @Nullable String unusable,
            List<String> drift) {}

    /**
     * An item whose last run did not end well. Where items are run without running marks, one that succeeded just as the items
     * were dealt anew may stay on record until it succeeds again.
     *
     * @param scheduledTime of the firing in which it ran
     * @param instance who ran it
     * @param cause the first line of the cause, or empty
     */
    record FailedItem(int item, FailedItem.State state, Instant scheduledTime, String instance, String cause) {

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
     * @param disabled whether people switched it off on all its servers; {@code intent} says who, and whether it is a pause
     * @param instances online, by id
     * @param leader the leader's id, or null while there is none
     * @param reshardingPending whether items will be dealt anew at the next firing
     * @param nextRun the next firing, or null for a job that only runs when triggered, or is disabled
     * @param zone the zone of its cron expression
     * @param lastRun the last ended item run that is known, or null
     * @param axes the four facts that no single badge can say
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
            Axes axes,
            String group,
            String owner) {

        /** A job of which no axes are known, of no group, which nobody is said to look after. */
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
                    Axes.UNKNOWN,
                    "",
                    "");
        }
    }

    /**
     * The four axes of a job's state.
     *
     * @param intent what people want
     * @param online how many instances are online
     * @param expected how many are expected: one per enabled server at least
     * @param assignment who owns what
     * @param owned how many items have an owner that is online
     * @param lastResult how the latest firing that is known ended
     */
    record Axes(Intent intent, int online, int expected, Assignment assignment, int owned, LastResult lastResult) {

        public static final Axes UNKNOWN = new Axes(Intent.ENABLED, 0, 0, Assignment.PENDING, 0, LastResult.NEVER);
    }

    /**
     * What people want of a job, a server, an item or an instance.
     *
     * @param since since when, or null where that is not known
     * @param until when a pause ends, or null
     * @param by who wants it; {@link By#UNKNOWN} where nobody is on record, as after a command of ElasticJob's own console
     */
    record Intent(
            State state, @Nullable Instant since, @Nullable Instant until, By by) {

        public static final Intent ENABLED = new Intent(Intent.State.ENABLED, null, null, By.UNKNOWN);

        /** Whether it is to run. */
        public enum State {
            ENABLED,
            /** Switched off until a time. */
            PAUSED,
            /** Switched off, or drained, until somebody takes it back. */
            DISABLED
        }
    }

    /** Who owns the items; the first that is true counts. */
    enum Assignment {
        /** Items have no owner that is online, and none is about to be dealt. */
        UNOWNED,
        /** Items are being dealt anew now, or one is taken over after a crash. */
        MOVING,
        /** Items are dealt anew at the next firing. */
        PENDING,
        /** Each item has an owner that is online. */
        SETTLED
    }

    /**
     * How a firing ended, over its items; an item counts with its last attempt.
     *
     * @param items how many of its items are known to have ended
     * @param notWell how many of these did not succeed
     * @param scheduledTime the planned time, or null
     * @param took from the first start to the last end
     * @param reason the first line of a cause, or empty
     */
    record LastResult(
            LastResult.State state,
            int items,
            int notWell,
            @Nullable Instant scheduledTime,
            Duration took,
            String reason) {

        public static final LastResult NEVER = new LastResult(LastResult.State.NEVER, 0, 0, null, Duration.ZERO, "");

        /** The worst of the items. */
        public enum State {
            /** None is known. */
            NEVER,
            SUCCEEDED,
            INTERRUPTED,
            TIMED_OUT,
            FAILED
        }
    }

    /**
     * One sharding item.
     *
     * @param owner the owner's id, or null while there is none
     * @param ownerOnline whether the owner is registered
     * @param runningOn who is running it now, or null
     * @param runningSince since when it is known to run, or null
     * @param intent whether it is switched off, and by whom
     * @param progress how far it is, as its code says while it runs; null when it says nothing, or does not run
     */
    record ItemStatus(
            int item,
            String parameter,
            @Nullable String owner,
            boolean ownerOnline,
            @Nullable String runningOn,
            boolean disabled,
            boolean failover,
            @Nullable Instant runningSince,
            Intent intent,
            @Nullable Progress progress) {

        /** An item of which no more is known. */
        public ItemStatus(
                int item,
                String parameter,
                @Nullable String owner,
                boolean ownerOnline,
                @Nullable String runningOn,
                boolean disabled,
                boolean failover) {
            this(
                    item,
                    parameter,
                    owner,
                    ownerOnline,
                    runningOn,
                    disabled,
                    failover,
                    null,
                    disabled ? new Intent(Intent.State.DISABLED, null, null, By.UNKNOWN) : Intent.ENABLED,
                    null);
        }
    }

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

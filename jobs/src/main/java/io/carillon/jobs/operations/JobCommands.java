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
import java.time.Instant;
import java.util.Optional;

/**
 * What can be done to the jobs of a namespace, Carillon's and ElasticJob's alike. Thread-safe; each call waits for the
 * registry's answer.
 *
 * <p>All methods throw {@link IllegalStateException} when the registry does not answer in time, and
 * {@link java.util.NoSuchElementException} when there is no such job or server. A command for many jobs is a few requests; when
 * one is refused, because the registry changed meanwhile, it reads again and repeats.
 */
public interface JobCommands extends ItemCommands {

    /**
     * The same commands on behalf of somebody: kept in the audit, and with what is switched off. Commands of this object itself
     * are by {@link By#UNKNOWN}, or by whom it was made for.
     */
    JobCommands as(By by);

    /**
     * As {@link #as}, for who has put the command on record already: it is logged, and what is switched off keeps who it was, but
     * it is not kept in the audit a second time.
     */
    default JobCommands onRecordAs(By by) {
        return as(by);
    }

    /** Runs all items once, now, on the instances that own them; an instance that is busy with the job runs them after. */
    void trigger(String jobName);

    /** Runs with a parameter, a business time or chosen items, and backfills: asked for, followed, paused, cancelled. */
    JobRequests requests();

    /** Switches the job off on all its servers; running items finish. */
    default void disable(String jobName) {
        disable(Target.job(jobName));
    }

    /** Switches the job on again on all its servers. */
    default void enable(String jobName) {
        enable(Target.job(jobName));
    }

    /**
     * Switches jobs off on servers; running items finish. The mark stays until {@link #enable(Target)}, over restarts of
     * Carillon's instances. An ElasticJob instance that starts takes it away from its server; where the whole job is meant,
     * an instance of Carillon that is online puts it back. Servers to come are switched off, too, where the whole job is meant.
     *
     * @throws IllegalStateException also when the job has no server yet: {@code disabled} in its configuration is what switches
     *     off servers to come
     */
    void disable(Target target);

    /**
     * Switches jobs on again on servers; a job that is paused goes on.
     *
     * @throws IllegalStateException also when one server of a paused job is meant
     */
    void enable(Target target);

    /**
     * Switches a job off on all its servers, for ElasticJob's instances as well, until a time: then one of Carillon's that is
     * online switches it on again, or the first that starts after it. Servers that were switched off by themselves stay so.
     * Pausing a job anew replaces its time.
     *
     * @throws io.carillon.jobs.InvalidSettingException when the time is not in the future
     * @throws IllegalStateException also when the job has no server yet, is switched off already, or all its instances that are
     *     online are ElasticJob's: nobody would end the pause
     */
    void pauseUntil(String jobName, Instant until);

    /**
     * Shuts instances down for a job: they are taken off the registry, notice it, stop scheduling and leave. Running items may
     * finish within the instance's grace time; with failover on and others online, they are interrupted at once, since the
     * others repeat them. An instance comes back when its process starts again.
     */
    void shutdown(Target target);

    /** {@link #shutdown}, and forgets the servers with their marks. */
    void remove(Target target);

    /**
     * Removes a job with all that is known of it. Instances that are alive stop it; nothing of it stays in the registry. While
     * instances of ElasticJob are online it takes some seconds longer: they stop first, and what they write once more
     * after that is removed, too.
     */
    void removeJob(String jobName);

    /**
     * Switches a sharding item off: its owner skips it from the next firing on. What runs finishes.
     *
     * @throws IllegalArgumentException when the job has no such item
     */
    void disableItem(String jobName, int item);

    /**
     * Switches a sharding item on again.
     *
     * @throws IllegalArgumentException when the job has no such item
     */
    void enableItem(String jobName, int item);

    /**
     * Gives a sharding item to an instance of the job, beside what the job's strategy says. It is dealt to it at the next firing,
     * when nothing of the job runs, as all items are dealt: no firing is lost or run twice. It stays there while the same
     * instances are available; when one comes or goes, the items are dealt by the strategy again.
     *
     * @param instance its id; of Carillon's or of ElasticJob's
     * @throws IllegalArgumentException when the job has no such item
     * @throws IllegalStateException also when the item belongs to the instance already, its server is switched off, the
     *     strategy moves the items after each run, or the leader is an instance of ElasticJob: nothing was changed
     * @throws java.util.NoSuchElementException also when no such instance is online for the job, as when it is drained
     */
    void moveItem(String jobName, int item, String instance);

    /**
     * Leaves out the next firing of a job's schedule; the one after it runs. Nothing makes up for it, also when a run is under way
     * then; triggers and requests run as ever. While instances of ElasticJob are online, which know nothing of this, the whole
     * job is paused from now on until shortly after that firing. When the schedule is changed before, and does not name that
     * time any more, nothing is left out.
     *
     * @return the planned time of the firing that is left out
     * @throws IllegalStateException also when the job has no schedule, is switched off or paused, its next firing is left out
     *     already, is nearer than a second, or has begun: nothing was changed
     */
    Instant skipNext(String jobName);

    /**
     * The stored configuration; empty when there is no such job.
     *
     * @throws io.carillon.jobs.InvalidSettingException when it cannot be used
     */
    default Optional<JobConfiguration> configuration(String jobName) {
        return stored(jobName).map(Stored::configuration);
    }

    /**
     * The stored configuration with its version; empty when there is no such job.
     *
     * @throws io.carillon.jobs.InvalidSettingException when it cannot be used
     */
    Optional<Stored> stored(String jobName);

    /** Replaces the stored configuration, whatever it is; instances take it over without a restart. */
    void update(JobConfiguration configuration);

    /**
     * Replaces the stored configuration, unless it has changed since it was read.
     *
     * @param expectedVersion as in {@link Stored}
     * @return the new version
     * @throws ConfigurationConflictException when it has another version by now; nothing was changed
     */
    int update(JobConfiguration configuration, int expectedVersion);

    /**
     * Stores a configuration again that was stored before.
     *
     * @param version as in {@link JobQueries#versions}
     * @param expectedVersion of the one that is replaced, as in {@link Stored}
     * @return the new version
     * @throws ConfigurationConflictException when another is stored by now; nothing was changed
     * @throws java.util.NoSuchElementException also when that version is not on record any more
     */
    int rollBack(String jobName, int version, int expectedVersion);

    /**
     * Puts up a job that no instance has started yet. Who starts it later takes this configuration; instances that wait for
     * jobs with its {@code label} start it at once.
     *
     * @param jobClass the class of the user's code, or {@code SCRIPT}, {@code HTTP} or another type
     * @throws IllegalStateException also when the job exists already
     */
    void add(JobConfiguration configuration, String jobClass);

    /**
     * A stored configuration.
     *
     * @param version grows by one with each change
     */
    record Stored(JobConfiguration configuration, int version) {}
}

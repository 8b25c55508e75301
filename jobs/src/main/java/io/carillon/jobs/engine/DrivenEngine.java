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
package io.carillon.jobs.engine;

import io.carillon.jobs.ElasticJob;
import io.carillon.jobs.InvalidSettingException;
import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.TypedJob;
import io.carillon.jobs.coordination.Registry;
import io.carillon.jobs.coordination.Registry.SessionEvent;
import io.carillon.jobs.coordination.ShardingStrategy;
import io.carillon.jobs.execution.Claim;
import io.carillon.jobs.execution.ErrorHandler;
import io.carillon.jobs.execution.JobListener;
import io.carillon.jobs.execution.JobType;
import io.carillon.jobs.execution.ParallelItems;
import io.carillon.jobs.execution.Workers;
import io.carillon.jobs.history.RunRecord;
import io.carillon.jobs.model.InstanceId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The engine without threads: whoever drives it calls {@link #poll}. {@link ClusterJobEngine} drives it with loop threads, a
 * simulation with one thread for many engines. Thread-safe.
 */
public final class DrivenEngine {

    private final EngineLoop loop;
    private final EngineLoop.Mailbox mailbox;
    private final Parts parts;
    private final Registry registry;
    private final InstantSource time;
    private final Map<String, LocalJob> jobs = new ConcurrentHashMap<>();
    private volatile SessionEvent session = new SessionEvent.Suspended();
    private final AtomicInteger freezes = new AtomicInteger();
    private volatile Instant lastTick;
    private volatile @Nullable Instant silentSince;
    private volatile boolean closed;

    /**
     * @param namespace the subtree that holds the jobs
     * @param workers runs user code
     * @param observer is told of each ended item run; must not block
     */
    public DrivenEngine(
            Registry registry,
            String namespace,
            InstanceId id,
            Duration closeGrace,
            InstantSource time,
            Workers workers,
            Consumer<RunRecord> observer) {
        this.registry = registry;
        this.time = time;
        this.lastTick = time.instant();
        this.loop = new EngineLoop(time);
        this.mailbox = loop.mailbox("engine");
        this.parts = new Parts(registry, namespace, id, time, loop, workers, closeGrace, this::aliveFromNow, observer);
    }

    /** Begins to follow the registry session. Called once, before anything else. */
    public void open() {
        registry.onSession(event -> {
            heard(event);
            mailbox.post(() -> {
                session = event;
                jobs.values().forEach(job -> job.post(() -> job.session(event)));
            });
        });
        tick();
    }

    /** Ends the trust in claims when the connection was away too long, at once: the loop may be busy when that happens. */
    private void heard(SessionEvent event) {
        Instant since = silentSince;
        if (event instanceof SessionEvent.Suspended) {
            silentSince = since == null ? time.instant() : since;
            return;
        }
        if (event instanceof SessionEvent.Expired || (since != null && !isTrusted(since))) {
            freezes.incrementAndGet();
        }
        silentSince = null;
    }

    /**
     * Notices that the process stood still longer than a claim may be trusted: then the claims may belong to others, whatever
     * the session says.
     */
    private void tick() {
        Instant now = time.instant();
        if (!isAlive()) {
            // before lastTick: whoever sees the new tick sees the freeze, too
            freezes.incrementAndGet();
            jobs.values().forEach(job -> job.post(job::loseClaims));
        }
        lastTick = now;
        mailbox.timer("tick", now.plus(registry.sessionTimeout().dividedBy(4)), this::tick);
    }

    /** Says, whenever it is asked, whether the process has not stood still too long since now. */
    private BooleanSupplier aliveFromNow() {
        int before = freezes.get();
        return () -> isAlive() && freezes.get() == before;
    }

    private boolean isAlive() {
        Instant silent = silentSince;
        return isTrusted(lastTick) && (silent == null || isTrusted(silent));
    }

    private boolean isTrusted(Instant lastSign) {
        return Duration.between(lastSign, time.instant()).compareTo(Claim.trustedFor(registry.sessionTimeout())) < 0;
    }

    /**
     * Registers a job.
     *
     * @return completed when this instance is registered; fails with {@link IllegalStateException} when it must not be
     */
    public CompletableFuture<Void> schedule(ElasticJob job, JobConfiguration configuration) {
        if (closed) {
            throw new IllegalStateException(
                    "job '" + configuration.getJobName() + "': the engine is closed. Start another engine.");
        }
        check(configuration);
        if (job instanceof TypedJob typed) {
            checkType(typed, configuration);
        }
        String name = configuration.getJobName();
        LocalJob local = new LocalJob(parts, job, classNameOf(job), configuration, () -> jobs.remove(name));
        if (jobs.putIfAbsent(name, local) != null) {
            throw new IllegalStateException(
                    "job '" + name
                            + "': scheduled twice (expected: once per engine). The first one runs on; give the second another name.");
        }
        mailbox.post(() -> local.open(session));
        return local.joined();
    }

    private static void check(JobConfiguration configuration) {
        String strategy = configuration.getJobShardingStrategyType();
        if (ShardingStrategy.of(strategy) == null) {
            throw new InvalidSettingException(
                    "jobShardingStrategyType",
                    "'" + strategy + "'",
                    "one of " + ShardingStrategy.types(),
                    "Job '" + configuration.getJobName()
                            + "' was not started; correct the type, or register the strategy as a service.");
        }
        checkServices(configuration);
    }

    /** Checks that the error handler, the pool and the listeners that a configuration asks for are there. */
    static void checkServices(JobConfiguration configuration) {
        String job = configuration.getJobName();
        String errors = configuration.getJobErrorHandlerType();
        if (ErrorHandler.of(errors) == null) {
            throw unknown("jobErrorHandlerType", errors, ErrorHandler.types(), job);
        }
        String parallel = configuration.getJobExecutorThreadPoolSizeProviderType();
        if (ParallelItems.of(parallel) == null) {
            throw unknown("jobExecutorThreadPoolSizeProviderType", parallel, ParallelItems.types(), job);
        }
        for (String listener : configuration.getJobListenerTypes()) {
            if (JobListener.of(listener) == null) {
                throw unknown("jobListenerTypes", listener, JobListener.types(), job);
            }
        }
    }

    private static InvalidSettingException unknown(
            String setting, @Nullable String type, Set<String> known, String job) {
        return new InvalidSettingException(
                setting,
                "'" + type + "'",
                "one of " + known,
                "Job '" + job
                        + "' is not started with it in code, and runs without it where only the stored configuration"
                        + " asks for it; correct the type, or register it as a service.");
    }

    private static void checkType(TypedJob job, JobConfiguration configuration) {
        JobType type = JobType.of(job.type());
        if (type == null) {
            throw new InvalidSettingException(
                    "type",
                    "'" + job.type() + "'",
                    "one of " + JobType.types(),
                    "Job '" + configuration.getJobName()
                            + "' was not started; correct the type, or register it as a service.");
        }
        type.check(configuration);
    }

    /**
     * The class that the registry knows the job by: proxies count as what they stand for, lambdas without their number. A typed
     * job stands under its type.
     */
    static String classNameOf(ElasticJob job) {
        if (job instanceof TypedJob typed) {
            return typed.type();
        }
        Class<?> type = job.getClass();
        String name = type.getName();
        int lambda = name.indexOf("$$Lambda");
        if (lambda >= 0) {
            return name.substring(0, lambda) + "$$Lambda$";
        }
        while (name.contains("$$") && type.getSuperclass() != null && type.getSuperclass() != Object.class) {
            type = type.getSuperclass();
            name = type.getName();
        }
        return name;
    }

    /** Leaves one job in order; completed when it is done. */
    public CompletableFuture<Void> leave(String jobName) {
        LocalJob job = jobs.get(jobName);
        return job == null ? CompletableFuture.completedFuture(null) : job.leave();
    }

    /** Leaves all jobs in order and takes no more; completed when it is done. */
    public CompletableFuture<Void> leaveAll() {
        closed = true;
        List<CompletableFuture<Void>> leaving =
                jobs.values().stream().map(LocalJob::leave).toList();
        return CompletableFuture.allOf(leaving.toArray(CompletableFuture[]::new));
    }

    /**
     * Handles what is due and what is queued.
     *
     * @return how long the caller may wait; null when only an event can bring work
     */
    public @Nullable Duration poll(Instant now) {
        return loop.poll(now);
    }

    EngineLoop loop() {
        return loop;
    }
}

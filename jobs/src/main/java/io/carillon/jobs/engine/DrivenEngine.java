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

import io.carillon.jobs.DataflowJob;
import io.carillon.jobs.ElasticJob;
import io.carillon.jobs.InvalidSettingException;
import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.SimpleJob;
import io.carillon.jobs.TypedJob;
import io.carillon.jobs.coordination.InstanceAbout;
import io.carillon.jobs.coordination.InstanceOrder;
import io.carillon.jobs.coordination.Registry;
import io.carillon.jobs.coordination.Registry.SessionEvent;
import io.carillon.jobs.coordination.ShardingStrategy;
import io.carillon.jobs.execution.Claim;
import io.carillon.jobs.execution.ErrorHandler;
import io.carillon.jobs.execution.ItemTrace;
import io.carillon.jobs.execution.JobExecutor;
import io.carillon.jobs.execution.JobListener;
import io.carillon.jobs.execution.JobType;
import io.carillon.jobs.execution.ParallelItems;
import io.carillon.jobs.execution.Workers;
import io.carillon.jobs.history.JobObserver;
import io.carillon.jobs.model.InstanceId;
import io.carillon.jobs.model.PeerVersion;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The engine without threads: whoever drives it calls {@link #poll}. {@link ClusterJobEngine} drives it with loop threads, a
 * simulation with one thread for many engines. Thread-safe.
 */
public final class DrivenEngine {

    private static final Logger LOG = LoggerFactory.getLogger(DrivenEngine.class);

    private final EngineLoop loop;
    private final EngineLoop.Mailbox mailbox;
    private final Parts parts;
    private final Registry registry;
    private final HostTime time;
    private final Map<String, LocalJob> jobs = new ConcurrentHashMap<>();
    private volatile SessionEvent session = new SessionEvent.Suspended();
    private final AtomicInteger freezes = new AtomicInteger();
    private volatile Sign lastTick;
    private final TakeOrders orders;
    private volatile @Nullable Sign silentSince;
    private volatile boolean closed;
    private volatile boolean drained;

    /** A moment by both clocks of the host. */
    private record Sign(Instant at, long nanos) {
        static Sign now(HostTime time) {
            return new Sign(time.instant(), time.nanos());
        }
    }

    /**
     * @param namespace the subtree that holds the jobs
     * @param workers runs user code
     * @param observer is told what happens to firings; must not block
     */
    public DrivenEngine(
            Registry registry,
            String namespace,
            InstanceId id,
            Duration closeGrace,
            InstantSource time,
            Workers workers,
            JobObserver observer) {
        this(registry, namespace, id, closeGrace, Duration.ofSeconds(15), time, workers, observer, PeerVersion.V3_0_4);
    }

    /**
     * The same, with more settings.
     *
     * @param registryTimeout the longest wait of user code for the registry's answer
     * @param time a {@link HostTime} where the clock may be set
     * @param peers the release of the ElasticJob instances that may share the namespace
     */
    public DrivenEngine(
            Registry registry,
            String namespace,
            InstanceId id,
            Duration closeGrace,
            Duration registryTimeout,
            InstantSource time,
            Workers workers,
            JobObserver observer,
            PeerVersion peers) {
        this(
                registry,
                namespace,
                id,
                closeGrace,
                registryTimeout,
                time,
                workers,
                observer,
                peers,
                ItemTrace.ofLog(ItemTrace.DEFAULT_KEY));
    }

    /**
     * The same, with traces.
     *
     * @param trace is opened around user code
     */
    public DrivenEngine(
            Registry registry,
            String namespace,
            InstanceId id,
            Duration closeGrace,
            Duration registryTimeout,
            InstantSource time,
            Workers workers,
            JobObserver observer,
            PeerVersion peers,
            ItemTrace trace) {
        this.registry = registry;
        this.time = HostTime.of(time);
        this.lastTick = Sign.now(this.time);
        this.loop = new EngineLoop(time);
        this.mailbox = loop.mailbox("engine");
        this.parts = new Parts(
                registry,
                namespace,
                id,
                time,
                loop,
                workers,
                closeGrace,
                registryTimeout,
                this::aliveFromNow,
                observer,
                peers,
                trace);
        this.orders = new TakeOrders(parts, this::take, () -> drained);
    }

    /** Shows what this instance says of itself; in the registry from its first job on. Called before {@link #open}. */
    public void show(InstanceAbout about) {
        parts.clock().follow(ahead -> orders.show(about.withAhead(ahead)));
        orders.show(about);
    }

    private void take(InstanceOrder order) {
        LOG.info("{} {} {} {}", order.kind(), order.jobName(), order.items(), order.about());
        switch (order.kind()) {
            case DRAIN -> drain();
            case UNDRAIN -> undrain();
            case INTERRUPT -> {
                String why = "interrupted " + order.about();
                on(order.jobName(), job -> job.interrupt(order.items(), why));
            }
            case RERUN -> {
                Instant at = order.scheduledTime();
                if (at != null) {
                    on(order.jobName(), job -> job.rerun(order.items(), at));
                }
            }
        }
    }

    private void on(String jobName, Consumer<LocalJob> action) {
        LocalJob job = jobs.get(jobName);
        if (job != null) {
            job.post(() -> action.accept(job));
        }
    }

    /**
     * Hands the items of all jobs over, and takes no part in any job until {@link #undrain}; the session lives on.
     *
     * @return completed when all are handed over
     */
    public CompletableFuture<Void> drain() {
        drained = true;
        orders.look();
        List<CompletableFuture<Void>> handingOver =
                jobs.values().stream().map(LocalJob::drain).toList();
        return CompletableFuture.allOf(handingOver.toArray(CompletableFuture[]::new));
    }

    /** Takes part again; does nothing when the instance is not drained. */
    public void undrain() {
        drained = false;
        orders.look();
        jobs.values().forEach(LocalJob::undrain);
    }

    /** Whether {@link #drain} was asked for last. */
    public boolean isDrained() {
        return drained;
    }

    /** Begins to follow the registry session. Called once, before anything else. */
    public void open() {
        // at once, not by way of the engine's own queue: a job must not see what a new session shows before it hears of
        // it
        registry.onSession(event -> {
            heard(event);
            if (event instanceof SessionEvent.Connected) {
                parts.progress().forget();
            }
            synchronized (jobs) {
                session = event;
                jobs.values().forEach(job -> {
                    if (!(event instanceof SessionEvent.Connected)) {
                        job.loseSight();
                    }
                    job.post(() -> job.session(event));
                });
            }
        });
        tick();
    }

    /** Ends the trust in claims when the connection was away too long, at once: the loop may be busy when that happens. */
    private void heard(SessionEvent event) {
        Sign since = silentSince;
        if (event instanceof SessionEvent.Suspended) {
            silentSince = since == null ? Sign.now(time) : since;
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
        Sign now = Sign.now(time);
        if (!isAlive()) {
            // before lastTick: whoever sees the new tick sees the freeze, too
            freezes.incrementAndGet();
            jobs.values().forEach(job -> job.post(job::loseClaims));
        }
        lastTick = now;
        Duration next = registry.sessionTimeout().dividedBy(4);
        mailbox.after("tick", next, this::tick);
        // time in which the host was suspended is not counted: then the clock on the wall tells first
        mailbox.timer("tick on the wall", now.at.plus(next), this::tick);
    }

    /** Says, whenever it is asked, whether the process has not stood still too long since now. */
    private BooleanSupplier aliveFromNow() {
        int before = freezes.get();
        return () -> isAlive() && freezes.get() == before;
    }

    private boolean isAlive() {
        Sign silent = silentSince;
        return isTrusted(lastTick) && (silent == null || isTrusted(silent));
    }

    /** By both clocks: one may have been set back meanwhile, the other does not count a suspension. */
    private boolean isTrusted(Sign lastSign) {
        Duration counted = Duration.ofNanos(time.nanos() - lastSign.nanos);
        Duration onWall = Duration.between(lastSign.at, time.instant());
        Duration longer = counted.compareTo(onWall) > 0 ? counted : onWall;
        return longer.compareTo(Claim.trustedFor(registry.sessionTimeout())) < 0;
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
        checkCode(job, configuration);
        String name = configuration.getJobName();
        LocalJob local = new LocalJob(
                parts,
                JobExecutor.bind(job),
                JobClass.nameOf(job, parts.peers()),
                configuration,
                () -> jobs.remove(name));
        if (jobs.putIfAbsent(name, local) != null) {
            throw new IllegalStateException(
                    "job '" + name
                            + "': scheduled twice (expected: once per engine). The first one runs on; give the second another name.");
        }
        orders.open();
        if (drained) {
            local.drain();
        }
        mailbox.post(() -> {
            synchronized (jobs) {
                local.open(session);
            }
        });
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
        DealAround.check(configuration);
        String job = configuration.getJobName();
        String errors = configuration.getJobErrorHandlerType();
        ErrorHandler handler = ErrorHandler.of(errors);
        if (handler == null) {
            throw unknown("jobErrorHandlerType", errors, ErrorHandler.types(), job);
        }
        handler.check(configuration);
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

    /** Checks that there is something that runs such a job. */
    private static void checkCode(ElasticJob job, JobConfiguration configuration) {
        JobExecutor<ElasticJob> own = JobExecutor.of(job);
        if (own != null) {
            own.check(configuration);
        } else if (job instanceof TypedJob typed) {
            checkType(typed, configuration);
        } else if (!(job instanceof SimpleJob || job instanceof DataflowJob)) {
            throw new InvalidSettingException(
                    "job",
                    job.getClass().getName(),
                    "a SimpleJob, a DataflowJob, a TypedJob, or one of an interface that has an executor: "
                            + JobExecutor.interfaces(),
                    "Job '" + configuration.getJobName()
                            + "' was not started; implement one of these, or register the executor as a service.");
        }
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

    /** Leaves one job in order; completed when it is done. */
    public CompletableFuture<Void> leave(String jobName) {
        LocalJob job = jobs.get(jobName);
        return job == null ? CompletableFuture.completedFuture(null) : job.leave();
    }

    /** Leaves all jobs in order and takes no more; completed when it is done. */
    public CompletableFuture<Void> leaveAll() {
        closed = true;
        orders.close();
        parts.progress().close();
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

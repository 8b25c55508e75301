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
import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.JobEngine;
import io.carillon.jobs.JobEngineOptions;
import io.carillon.jobs.coordination.InstanceAbout;
import io.carillon.jobs.coordination.Registry;
import io.carillon.jobs.execution.WorkerPool;
import io.carillon.jobs.history.Decision;
import io.carillon.jobs.history.DecisionHistory;
import io.carillon.jobs.history.JobObserver;
import io.carillon.jobs.history.RunHistory;
import io.carillon.jobs.history.RunRecord;
import io.carillon.jobs.model.InstanceId;
import io.carillon.jobs.operations.JobCommands;
import io.carillon.jobs.operations.JobDump;
import io.carillon.jobs.operations.JobQueries;
import io.carillon.jobs.operations.JobStatistics;
import io.carillon.jobs.operations.RegistryOperations;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A job engine that shares its jobs with the other instances of a namespace. Thread-safe. */
public final class ClusterJobEngine implements JobEngine {

    private static final Logger LOG = LoggerFactory.getLogger(ClusterJobEngine.class);
    /** What comes on top of the grace time until leaving is given up: interrupted code returns, nodes are removed. */
    private static final Duration FAREWELL = Duration.ofSeconds(5);

    private final Registry registry;
    private final JobEngineOptions options;
    private final InstantSource time;
    private final WorkerPool workers;
    private final @Nullable HistoryWriter<RunRecord> history;
    private final @Nullable HistoryWriter<Decision> decisions;
    private final DrivenEngine engine;
    private @Nullable JobDump dump;
    private @Nullable RegistryOperations operations;
    private boolean closed;

    private ClusterJobEngine(Registry registry, JobEngineOptions options, InstanceId id, InstantSource time) {
        this.registry = registry;
        this.options = options;
        this.time = time;
        this.workers = new WorkerPool(options.workerThreads());
        this.history = options.history() == RunHistory.NONE
                ? null
                : new HistoryWriter<>("run history", options.history()::record);
        this.decisions = options.decisions() == DecisionHistory.NONE
                ? null
                : new HistoryWriter<>("history of decisions", options.decisions()::record);
        this.engine = new DrivenEngine(
                registry,
                options.namespace(),
                id,
                options.closeGrace(),
                options.registryTimeout(),
                time,
                workers,
                JobObserver.all(List.of(HistoryWriter.observer(history, decisions), options.observer())),
                options.peerVersion(),
                options.trace());
    }

    /**
     * Starts an engine on an open registry. The registry stays the caller's: the engine does not close it.
     *
     * @return the engine, with its threads started; it has no jobs yet and has not asked the registry anything
     * @throws io.carillon.jobs.InvalidSettingException when no address of this host can be used, naming the settings
     */
    public static JobEngine start(Registry registry, JobEngineOptions options) {
        InstantSource given = options.time();
        ClusterJobEngine started = new ClusterJobEngine(
                registry, options, FindIdentity.of(options), given == null ? new SystemTime() : given);
        if (options.dumpPort() > 0) {
            started.dump = JobDump.serve(
                    registry,
                    options.namespace(),
                    options.dumpAddress(),
                    options.dumpPort(),
                    options.registryTimeout());
        }
        started.engine.show(started.about());
        started.engine.open();
        started.engine.loop().start(options.loopThreads());
        return started;
    }

    private InstanceAbout about() {
        String host = System.getenv("HOSTNAME");
        String version = ClusterJobEngine.class.getPackage().getImplementationVersion();
        return new InstanceAbout(
                host == null ? "" : host,
                ProcessHandle.current().pid(),
                version == null ? "" : version,
                System.getProperty("java.version", ""),
                time.instant(),
                options.workerThreads(),
                registry.sessionTimeout(),
                Duration.ZERO);
    }

    @Override
    public JobHandle schedule(ElasticJob job, JobConfiguration configuration) {
        String name = configuration.getJobName();
        CompletableFuture<Void> joined = engine.schedule(job, configuration);
        try {
            joined.get(options.registryTimeout().toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            engine.leave(name);
            throw new IllegalStateException(
                    "registryTimeout: no answer for " + options.registryTimeout()
                            + " (expected: the registry registers job '"
                            + name + "' within that time). The job was not started; check that the registry can be"
                            + " reached, then start it again.",
                    e);
        } catch (ExecutionException e) {
            String message = e.getCause() == null ? null : e.getCause().getMessage();
            throw new IllegalStateException(message == null ? "job '" + name + "' was not started" : message, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            engine.leave(name);
            throw new IllegalStateException("interrupted while job '" + name + "' was started; it was not", e);
        }
        return new Handle(name);
    }

    private final class Handle implements JobHandle {

        private final String name;

        Handle(String name) {
            this.name = name;
        }

        @Override
        public String jobName() {
            return name;
        }

        @Override
        public void close() {
            await(engine.leave(name));
        }
    }

    @Override
    public JobQueries queries() {
        return operations().queries();
    }

    @Override
    public JobStatistics statistics() {
        return operations().statistics();
    }

    @Override
    public JobCommands commands() {
        return operations().commands();
    }

    private synchronized RegistryOperations operations() {
        if (operations == null) {
            operations = RegistryOperations.open(
                    registry,
                    options.namespace(),
                    RegistryOperations.Settings.of(time)
                            .history(options.history())
                            .decisions(options.decisions())
                            .audit(options.audit())
                            .health(options.health())
                            .timeout(options.registryTimeout()));
        }
        return operations;
    }

    @Override
    public void drain() {
        await(engine.drain());
    }

    @Override
    public void undrain() {
        engine.undrain();
    }

    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            if (operations != null) {
                operations.close();
            }
            if (dump != null) {
                dump.close();
            }
        }
        await(engine.leaveAll());
        engine.loop().close();
        workers.close();
        if (history != null) {
            history.close();
        }
        if (decisions != null) {
            decisions.close();
        }
    }

    private void await(CompletableFuture<Void> leaving) {
        Duration atMost = options.closeGrace().plus(FAREWELL);
        try {
            leaving.get(atMost.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            LOG.warn(
                    "not all jobs could be left within {}; what this instance leaves in the registry when it closes goes"
                            + " with its session",
                    atMost);
        } catch (ExecutionException e) {
            LOG.warn("a job could not be left", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

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
import io.carillon.jobs.JobEngine;
import io.carillon.jobs.TypedJob;
import io.carillon.jobs.coordination.ConfigYaml;
import io.carillon.jobs.coordination.JobPaths;
import io.carillon.jobs.coordination.Registry;
import io.carillon.jobs.coordination.Registry.Answer;
import io.carillon.jobs.coordination.Registry.Change;
import io.carillon.jobs.coordination.Registry.Read;
import io.carillon.jobs.coordination.Registry.ReadResult;
import io.carillon.jobs.coordination.Registry.SessionEvent;
import io.carillon.jobs.execution.JobType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts the jobs of a namespace whose {@code label} is one of this instance's, as soon as their configuration is in the
 * registry: put there by {@link io.carillon.jobs.operations.JobCommands#add}, or by ElasticJob's tools. Thread-safe.
 *
 * <p>Whoever may write to the registry chooses what runs, so the code is looked up by a function of yours; {@link
 * #classes(ClassLoader)} is one that makes any job class by its name. A job that was removed and is put up again starts again.
 */
public final class LabelledJobs implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(LabelledJobs.class);

    private final JobEngine engine;
    private final Registry registry;
    private final String namespace;
    private final Set<String> labels;
    private final Function<String, @Nullable ElasticJob> code;
    private final Predicate<String> scheduledElsewhere;
    // only on the starter's thread, so an end that comes while its start is under way is carried out behind it
    private final Map<String, JobEngine.JobHandle> started = new HashMap<>();
    private final Set<String> wanted = new HashSet<>();
    // scheduling waits for the registry, whose own thread must not wait; one thread, so that starts and ends keep their
    // order
    private final ExecutorService starter =
            new ThreadPoolExecutor(0, 1, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
                Thread thread = new Thread(task, "carillon-labelled-jobs");
                thread.setDaemon(true);
                return thread;
            });
    private Registry.@Nullable Watch watch;
    private boolean closed;

    private LabelledJobs(
            JobEngine engine,
            Registry registry,
            String namespace,
            Set<String> labels,
            Function<String, @Nullable ElasticJob> code,
            Predicate<String> scheduledElsewhere) {
        this.scheduledElsewhere = scheduledElsewhere;
        this.engine = engine;
        this.registry = registry;
        this.namespace = namespace;
        this.labels = Set.copyOf(labels);
        this.code = code;
    }

    /**
     * Begins to look for jobs; those that are there already start now.
     *
     * @param labels the labels whose jobs run here, at least one; a job without a label is never started
     * @param code the user's code by its class name, or by its type for a typed job; null when this instance does not have it
     */
    public static LabelledJobs start(
            JobEngine engine,
            Registry registry,
            String namespace,
            Set<String> labels,
            Function<String, @Nullable ElasticJob> code) {
        return start(engine, registry, namespace, labels, code, jobName -> false);
    }

    /**
     * The same beside jobs that are scheduled in another way.
     *
     * @param scheduledElsewhere whether a job of some name is one of these; it is left alone
     */
    public static LabelledJobs start(
            JobEngine engine,
            Registry registry,
            String namespace,
            Set<String> labels,
            Function<String, @Nullable ElasticJob> code,
            Predicate<String> scheduledElsewhere) {
        if (labels.isEmpty()) {
            throw new InvalidSettingException(
                    "labels", labels, "at least one", "No job is started by its label; name the labels.");
        }
        LabelledJobs jobs = new LabelledJobs(engine, registry, namespace, labels, code, scheduledElsewhere);
        jobs.open();
        return jobs;
    }

    /**
     * Makes any class on the class path that is a job and has a constructor without parameters; {@code SCRIPT}, {@code HTTP} and
     * the registered types of your own are typed jobs.
     */
    public static Function<String, @Nullable ElasticJob> classes(ClassLoader loader) {
        return name -> {
            if (JobType.of(name) != null) {
                return new TypedJob(name);
            }
            try {
                Class<?> type = Class.forName(name, false, loader);
                return ElasticJob.class.isAssignableFrom(type)
                        ? (ElasticJob) type.getDeclaredConstructor().newInstance()
                        : null;
            } catch (ReflectiveOperationException | LinkageError e) {
                LOG.debug("job class {} cannot be made", name, e);
                return null;
            }
        };
    }

    private void open() {
        registry.onSession(event -> {
            if (event instanceof SessionEvent.Connected) {
                lookAtAll();
            }
        });
        Registry.Watch opened = registry.watch(
                "/" + namespace,
                new Registry.Watcher() {
                    @Override
                    public void changed(Change change) {
                        look(change);
                    }

                    @Override
                    public void resync() {
                        lookAtAll();
                    }
                },
                this::lookAtAll);
        synchronized (this) {
            watch = opened;
        }
    }

    private void look(Change change) {
        String[] parts = change.path().split("/", -1);
        if (parts.length == 4 && parts[3].equals("config")) {
            if (change.kind() == Change.Kind.DELETED) {
                forget(parts[2]);
            } else {
                lookAt(List.of(parts[2]));
            }
        }
    }

    private synchronized void forget(String jobName) {
        if (!closed && wanted.remove(jobName)) {
            starter.execute(() -> endJob(jobName));
        }
    }

    private void endJob(String jobName) {
        JobEngine.JobHandle handle = started.remove(jobName);
        if (handle != null) {
            // it leaves by itself; waiting for that keeps the next start of the same name behind it
            handle.close();
        }
    }

    private void lookAtAll() {
        registry.read(List.of(new Read.Children("/" + namespace)), result -> {
            if (result instanceof ReadResult.Values values && values.answers().get(0) instanceof Answer.Names names) {
                lookAt(names.children());
            }
        });
    }

    private void lookAt(List<String> jobNames) {
        List<Read> reads = new ArrayList<>();
        for (String name : jobNames) {
            JobPaths paths = new JobPaths(namespace, name);
            reads.add(new Read.Get(paths.root()));
            reads.add(new Read.Get(paths.config()));
        }
        // what is not answered is looked at again with the next session
        registry.read(reads, result -> {
            if (result instanceof ReadResult.Values values) {
                for (int i = 0; i < jobNames.size(); i++) {
                    if (values.answers().get(2 * i) instanceof Answer.Found root
                            && values.answers().get(2 * i + 1) instanceof Answer.Found config) {
                        consider(
                                jobNames.get(i),
                                root.node().data(),
                                config.node().data());
                    }
                }
            }
        });
    }

    private synchronized void consider(String jobName, String jobClass, String config) {
        JobConfiguration configuration = ConfigYaml.readOrNull(config);
        String label = configuration == null ? null : configuration.getLabel();
        if (closed
                || configuration == null
                || label == null
                || !labels.contains(label)
                || scheduledElsewhere.test(jobName)
                || !wanted.add(jobName)) {
            return;
        }
        starter.execute(() -> startJob(jobName, jobClass, configuration));
    }

    private void startJob(String jobName, String jobClass, JobConfiguration configuration) {
        if (isClosed()) {
            return;
        }
        ElasticJob job = code.apply(jobClass);
        if (job == null) {
            LOG.error(
                    "job '{}' with label '{}': class '{}' (expected: one that this instance has). It is not started here;"
                            + " correct the class at the job's root, or put it on the class path.",
                    jobName,
                    configuration.getLabel(),
                    jobClass);
            return;
        }
        try {
            started.put(jobName, engine.schedule(job, configuration));
            LOG.info("job '{}' is started by its label '{}'", jobName, configuration.getLabel());
        } catch (IllegalStateException | IllegalArgumentException e) {
            LOG.error("job '{}' with label '{}' was not started", jobName, configuration.getLabel(), e);
        }
    }

    private synchronized boolean isClosed() {
        return closed;
    }

    /** Ends looking for jobs and leaves those that were started, then returns. Idempotent. */
    @Override
    public void close() {
        Registry.Watch opened;
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            wanted.clear();
            opened = watch;
            starter.execute(() -> List.copyOf(started.keySet()).forEach(this::endJob));
        }
        if (opened != null) {
            opened.close();
        }
        starter.shutdown();
        try {
            // each end is bounded by the engine's grace
            starter.awaitTermination(Long.MAX_VALUE, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

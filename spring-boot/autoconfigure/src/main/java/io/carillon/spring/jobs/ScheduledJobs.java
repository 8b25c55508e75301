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
package io.carillon.spring.jobs;

import io.carillon.jobs.ElasticJob;
import io.carillon.jobs.ElasticJobConfiguration;
import io.carillon.jobs.InvalidSettingException;
import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.JobEngine;
import io.carillon.jobs.coordination.Registry;
import io.carillon.jobs.coordination.Registry.SessionEvent;
import io.carillon.jobs.engine.LabelledJobs;
import io.carillon.spring.ElasticJobConfig;
import io.carillon.spring.InvalidPropertyException;
import io.carillon.spring.JobsProperties;
import java.lang.annotation.Annotation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.core.annotation.AnnotationUtils;

/**
 * Schedules the application's jobs: its beans with {@link ElasticJobConfig} or {@link ElasticJobConfiguration}, what {@link
 * JobContribution} beans add, and what is put up under the labels of {@code carillon.jobs.labels}.
 *
 * <p>Configurations are put together and checked when all singletons exist, so a mistake stops the start before anything
 * runs. The jobs are scheduled when the rest of the application has started, and left first when it stops; the engine and the
 * registry are closed after that, as beans. Thread-safe.
 */
public final class ScheduledJobs implements SmartInitializingSingleton, SmartLifecycle {

    /** After everything that jobs may use has started, web servers included. */
    public static final int PHASE = SmartLifecycle.DEFAULT_PHASE - 512;

    private static final Logger log = LoggerFactory.getLogger(ScheduledJobs.class);
    private static final Duration MOMENT = Duration.ofSeconds(1);
    private static final Duration PAUSE = Duration.ofSeconds(30);

    private final ConfigurableApplicationContext context;
    private final JobEngine engine;
    private final JobsProperties properties;
    private final JobSettings settings;

    private final Map<String, Planned> planned = new LinkedHashMap<>();
    private final List<JobEngine.JobHandle> handles = new ArrayList<>();
    private final ObjectProvider<Registry> registry;
    private final Supplier<String> namespace;
    private final @Nullable RegistryMayBeLate late;
    private @Nullable LabelledJobs labelled;
    private volatile @Nullable Thread waiting;
    private volatile boolean running;

    /**
     * @param namespace asked only where jobs are looked for by their labels
     * @param late given where the jobs begin when the registry is there, however late; else the start waits for it, or fails
     */
    ScheduledJobs(
            ConfigurableApplicationContext context,
            JobEngine engine,
            JobsProperties properties,
            ObjectProvider<Registry> registry,
            Supplier<String> namespace,
            @Nullable RegistryMayBeLate late) {
        this.late = late;
        this.registry = registry;
        this.namespace = namespace;
        this.context = context;
        this.engine = engine;
        this.properties = properties;
        this.settings = new JobSettings(context.getEnvironment());
    }

    /** A job and its checked configuration. */
    private record Planned(ElasticJob job, JobConfiguration configuration, String source) {}

    @Override
    public void afterSingletonsInstantiated() {
        settings.checkNames();
        annotated(ElasticJobConfig.class).forEach((name, annotation) -> plan(context.getBean(name), annotation));
        annotated(ElasticJobConfiguration.class).forEach((name, annotation) -> plan(context.getBean(name), annotation));
        context.getBeanProvider(JobContribution.class)
                .orderedStream()
                .flatMap(contribution -> contribution.jobs().stream())
                .forEach(job -> add(new Planned(
                        job.job(),
                        settings.override(
                                job.configuration(),
                                job.source(),
                                job.configuration().getJobName()),
                        job.source())));
        warnOfUnusedSchedules();
    }

    /** The beans with an annotation, by name; also those behind a proxy of interfaces that hides their class. */
    private <A extends Annotation> Map<String, A> annotated(Class<A> type) {
        Map<String, A> found = new LinkedHashMap<>();
        for (String name : context.getBeanNamesForAnnotation(type)) {
            A annotation = context.findAnnotationOnBean(name, type);
            if (annotation != null) {
                found.put(name, annotation);
            }
        }
        for (String name : context.getBeanNamesForType(ElasticJob.class, false, false)) {
            if (!found.containsKey(name) && context.getBeanFactory().containsSingleton(name)) {
                A annotation =
                        AnnotationUtils.findAnnotation(AopProxyUtils.ultimateTargetClass(context.getBean(name)), type);
                if (annotation != null) {
                    found.put(name, annotation);
                }
            }
        }
        return found;
    }

    private void plan(Object bean, ElasticJobConfig annotation) {
        Class<?> type = AopProxyUtils.ultimateTargetClass(bean);
        String source = "@ElasticJobConfig of " + type.getName();
        ElasticJob job = jobOf(bean, type, source);
        String jobName = annotation.jobName().isEmpty()
                ? type.getName()
                : settings.resolve(source, "jobName", annotation.jobName());
        JobConfiguration configuration = settings.configuration(jobName, type, annotation, source);
        add(new Planned(job, configuration, source));
    }

    private void plan(Object bean, ElasticJobConfiguration annotation) {
        Class<?> type = AopProxyUtils.ultimateTargetClass(bean);
        String source = "@ElasticJobConfiguration of " + type.getName();
        ElasticJob job = jobOf(bean, type, source);
        add(new Planned(job, settings.configuration(type, annotation, source), source));
    }

    private static ElasticJob jobOf(Object bean, Class<?> type, String source) {
        if (bean instanceof ElasticJob job) {
            return job;
        }
        throw new InvalidPropertyException(
                source,
                type.getSimpleName(),
                "a class that implements SimpleJob or DataflowJob",
                "Implement one of the two, or remove the annotation.");
    }

    private void add(Planned job) {
        Planned other = planned.putIfAbsent(job.configuration().getJobName(), job);
        if (other != null) {
            throw new InvalidPropertyException(
                    "jobName",
                    job.configuration().getJobName(),
                    "a name that no other job has; " + other.source() + " has it",
                    "Set another jobName in " + job.source() + ".");
        }
    }

    private void warnOfUnusedSchedules() {
        for (String key : properties.schedules().keySet()) {
            boolean known = planned.entrySet().stream()
                    .anyMatch(entry -> JobSettings.matches(key, entry.getKey())
                            || JobSettings.matches(
                                    key,
                                    AopProxyUtils.ultimateTargetClass(
                                                    entry.getValue().job())
                                            .getSimpleName()));
            if (!known) {
                log.warn(
                        "carillon.jobs.schedules.{}: no such job here (expected: one of {}). The property has no effect.",
                        key,
                        planned.keySet());
            }
        }
    }

    @Override
    public synchronized void start() {
        running = true;
        Registry open = late == null ? null : registry.getIfAvailable();
        if (open == null) {
            schedule();
            return;
        }
        Semaphore connected = new Semaphore(0);
        open.onSession(event -> {
            if (event instanceof SessionEvent.Connected) {
                connected.release();
            }
        });
        try {
            // a registry that is there tells so at once
            if (connected.tryAcquire(MOMENT.toMillis(), TimeUnit.MILLISECONDS)) {
                schedule();
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IllegalStateException lost) {
            log.debug("the registry was there for a moment only", lost);
        }
        log.warn(
                "carillon.registry.server-lists: nobody answers there yet. {} starts without it; its {} jobs begin when the"
                        + " registry is there.",
                Objects.requireNonNull(late).who(),
                planned.size());
        Thread thread = new Thread(() -> scheduleWhen(connected), "carillon-jobs-start");
        thread.setDaemon(true);
        waiting = thread;
        thread.start();
    }

    /** Tries with each connection, and from time to time with one that answers slowly, until the jobs are scheduled. */
    private void scheduleWhen(Semaphore connected) {
        try {
            connected.acquire();
            while (running) {
                try {
                    schedule();
                    return;
                } catch (InvalidPropertyException wrong) {
                    log.error("the jobs do not begin: {}", wrong.getMessage());
                    return;
                } catch (IllegalStateException lost) {
                    log.warn("the jobs have not begun: {} It is tried again.", lost.getMessage());
                }
                if (connected.tryAcquire(PAUSE.toMillis(), TimeUnit.MILLISECONDS)) {
                    connected.drainPermits();
                }
            }
        } catch (InterruptedException stopped) {
            log.debug("the jobs have not begun before the application was stopped");
        }
    }

    private synchronized void schedule() {
        if (!running) {
            return;
        }
        for (Planned job : planned.values()) {
            String name = job.configuration().getJobName();
            // what an attempt before has begun goes on
            if (handles.stream().anyMatch(handle -> handle.jobName().equals(name))) {
                continue;
            }
            try {
                handles.add(engine.schedule(job.job(), job.configuration()));
            } catch (InvalidSettingException e) {
                throw JobSettings.invalid(job.source(), e);
            }
        }
        labelled = startLabelled();
        log.info("{} elastic jobs are scheduled: {}", planned.size(), planned.keySet());
    }

    /** Where labels are set: the jobs that somebody puts up under one of them, with the application's beans as their code. */
    private @Nullable LabelledJobs startLabelled() {
        if (properties.labels().isEmpty()) {
            return null;
        }
        Registry open = registry.getIfAvailable();
        if (open == null) {
            throw new InvalidPropertyException(
                    "carillon.jobs.labels",
                    properties.labels(),
                    "a registry in which jobs are put up",
                    "Set carillon.registry.server-lists, or leave the labels out.");
        }
        Function<String, @Nullable ElasticJob> classes = LabelledJobs.classes(
                Objects.requireNonNullElse(context.getClassLoader(), ScheduledJobs.class.getClassLoader()));
        return LabelledJobs.start(
                engine,
                open,
                namespace.get(),
                properties.labels(),
                name -> {
                    for (ElasticJob bean :
                            context.getBeansOfType(ElasticJob.class).values()) {
                        if (AopProxyUtils.ultimateTargetClass(bean).getName().equals(name)) {
                            return bean;
                        }
                    }
                    return classes.apply(name);
                },
                planned::containsKey);
    }

    /**
     * Leaves the jobs; running items may finish within {@code carillon.jobs.close-grace}. While the application is only
     * paused, the engine stays, and {@link #start()} schedules the jobs anew.
     */
    @Override
    public void stop() {
        running = false;
        Thread thread = waiting;
        if (thread != null) {
            thread.interrupt();
        }
        leave();
    }

    private synchronized void leave() {
        waiting = null;
        if (!context.isClosed()) {
            handles.forEach(JobEngine.JobHandle::close);
        } else {
            engine.close();
        }
        LabelledJobs found = labelled;
        labelled = null;
        if (found != null) {
            found.close();
        }
        handles.clear();
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    @Override
    public int getPhase() {
        return PHASE;
    }

    /** The configurations as they were scheduled, by job name. */
    public Map<String, JobConfiguration> configurations() {
        Map<String, JobConfiguration> configurations = new LinkedHashMap<>();
        planned.forEach((name, job) -> configurations.put(name, job.configuration()));
        return configurations;
    }

    /** A bean that brings jobs with their configurations, instead of the annotation. */
    public interface JobContribution {

        /** The jobs; asked once, when all singletons exist. */
        List<Job> jobs();

        /**
         * A job and how to run it; {@code carillon.jobs.schedules.<job name>.*} still overrides it. Immutable.
         *
         * @param source where the configuration comes from, for error texts
         */
        record Job(ElasticJob job, JobConfiguration configuration, String source) {}
    }
}

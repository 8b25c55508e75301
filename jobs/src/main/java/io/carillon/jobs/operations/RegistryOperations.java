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

import io.carillon.jobs.coordination.Registry;
import io.carillon.jobs.history.DecisionHistory;
import io.carillon.jobs.history.RunHistory;
import java.time.Duration;
import java.time.InstantSource;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Queries and commands of a namespace, with or without an engine in this process; jobs of ElasticJob are seen like any
 * other. Thread-safe. The registry stays the caller's.
 */
public final class RegistryOperations implements AutoCloseable {

    private static final Duration TIMEOUT = Duration.ofSeconds(15);
    private static final Duration LOOK = Duration.ofSeconds(3);

    private final NamespaceView view;
    private final InstancesView instances;
    private final JobQueries queries;
    private final JobStatistics statistics;
    private final JobCommands commands;
    private final RegistryTree tree;

    private RegistryOperations(Registry registry, String namespace, Settings settings) {
        Duration timeout = settings.timeout();
        this.view = new NamespaceView(registry, namespace, settings.time(), settings.health(), settings.staleAfter());
        this.instances = new InstancesView(registry, namespace);
        RegistryCommands plain = new RegistryCommands(registry, namespace, settings.time(), timeout);
        SnapshotQueries snapshot = new SnapshotQueries(
                view,
                settings.history(),
                settings.decisions(),
                settings.time(),
                timeout,
                plain,
                settings.health(),
                instances,
                settings.audit());
        this.queries = snapshot;
        this.statistics = new SnapshotStatistics(view, snapshot, timeout);
        this.commands = new AuditedCommands(plain, settings.audit(), settings.time(), By.UNKNOWN);
        this.tree = new RegistryBrowser(registry, namespace, timeout.compareTo(LOOK) < 0 ? timeout : LOOK);
    }

    /**
     * What the operations of a namespace work with. Immutable.
     *
     * @param history the runs of the jobs
     * @param decisions why firings did not run
     * @param audit what people commanded
     * @param health from when on something about a job is worth telling; asked each time, so that it may change
     * @param timeout the longest wait for the registry's answer
     * @param staleAfter how long after the connection was lost jobs are shown as they were last seen; then questions fail until
     *     it is back. Null: for ever
     */
    public record Settings(
            InstantSource time,
            RunHistory history,
            DecisionHistory decisions,
            JobAudit audit,
            Supplier<HealthThresholds> health,
            Duration timeout,
            @Nullable Duration staleAfter) {

        /** Without histories and audit, with the default thresholds; waits 15 s for the registry. */
        public static Settings of(InstantSource time) {
            return new Settings(
                    time,
                    RunHistory.none(),
                    DecisionHistory.NONE,
                    JobAudit.NONE,
                    () -> HealthThresholds.DEFAULTS,
                    TIMEOUT,
                    null);
        }

        public Settings history(RunHistory runs) {
            return new Settings(time, runs, decisions, audit, health, timeout, staleAfter);
        }

        public Settings decisions(DecisionHistory why) {
            return new Settings(time, history, why, audit, health, timeout, staleAfter);
        }

        public Settings audit(JobAudit commanded) {
            return new Settings(time, history, decisions, commanded, health, timeout, staleAfter);
        }

        public Settings health(HealthThresholds thresholds) {
            return health(() -> thresholds);
        }

        /** With thresholds that may change; they are asked for each time. */
        public Settings health(Supplier<HealthThresholds> thresholds) {
            return new Settings(time, history, decisions, audit, thresholds, timeout, staleAfter);
        }

        public Settings timeout(Duration longest) {
            return new Settings(time, history, decisions, audit, health, longest, staleAfter);
        }

        /** What was seen is shown no longer than this after the connection was lost. */
        public Settings staleAfter(Duration longest) {
            return new Settings(time, history, decisions, audit, health, timeout, longest);
        }
    }

    /** Opens the operations of a namespace; its jobs are read in the background. */
    public static RegistryOperations open(Registry registry, String namespace, Settings settings) {
        RegistryOperations operations = new RegistryOperations(registry, namespace, settings);
        operations.view.open();
        operations.instances.open();
        return operations;
    }

    /** The same with a run history; waits for the registry up to 15 s. */
    public static RegistryOperations open(Registry registry, String namespace, RunHistory history, InstantSource time) {
        return open(registry, namespace, Settings.of(time).history(history));
    }

    /** As {@link #open(Registry, String, RunHistory, InstantSource)}, with the longest wait for the registry's answer. */
    public static RegistryOperations open(
            Registry registry, String namespace, RunHistory history, InstantSource time, Duration timeout) {
        return open(registry, namespace, Settings.of(time).history(history).timeout(timeout));
    }

    /** The same, with the history that tells why firings did not run. */
    public static RegistryOperations open(
            Registry registry,
            String namespace,
            RunHistory history,
            DecisionHistory decisions,
            InstantSource time,
            Duration timeout) {
        return open(
                registry,
                namespace,
                Settings.of(time).history(history).decisions(decisions).timeout(timeout));
    }

    public JobQueries queries() {
        return queries;
    }

    public JobStatistics statistics() {
        return statistics;
    }

    public JobCommands commands() {
        return commands;
    }

    /** The registry node by node; waits at most 3 s for each answer. */
    public RegistryTree tree() {
        return tree;
    }

    /** Ends the watch. Idempotent. */
    @Override
    public void close() {
        view.close();
        instances.close();
    }
}

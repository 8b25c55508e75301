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

/**
 * Queries and commands of a namespace, with or without an engine in this process; jobs of ElasticJob are seen like any
 * other. Thread-safe. The registry stays the caller's.
 */
public final class RegistryOperations implements AutoCloseable {

    private static final Duration TIMEOUT = Duration.ofSeconds(15);

    private final NamespaceView view;
    private final JobQueries queries;
    private final JobStatistics statistics;
    private final JobCommands commands;

    private RegistryOperations(
            Registry registry,
            String namespace,
            RunHistory history,
            DecisionHistory decisions,
            InstantSource time,
            Duration timeout) {
        this.view = new NamespaceView(registry, namespace, time);
        SnapshotQueries snapshot = new SnapshotQueries(
                view, history, decisions, time, timeout, new OrderInstances(registry, namespace, timeout));
        this.queries = snapshot;
        this.statistics = new SnapshotStatistics(view, snapshot, timeout);
        this.commands = new RegistryCommands(registry, namespace, time, timeout);
    }

    /** Opens the operations of a namespace; its jobs are read in the background. Waits for the registry up to 15 s. */
    public static RegistryOperations open(Registry registry, String namespace, RunHistory history, InstantSource time) {
        return open(registry, namespace, history, time, TIMEOUT);
    }

    /** As {@link #open(Registry, String, RunHistory, InstantSource)}, with the longest wait for the registry's answer. */
    public static RegistryOperations open(
            Registry registry, String namespace, RunHistory history, InstantSource time, Duration timeout) {
        return open(registry, namespace, history, DecisionHistory.NONE, time, timeout);
    }

    /** The same, with the history that tells why firings did not run. */
    public static RegistryOperations open(
            Registry registry,
            String namespace,
            RunHistory history,
            DecisionHistory decisions,
            InstantSource time,
            Duration timeout) {
        RegistryOperations operations = new RegistryOperations(registry, namespace, history, decisions, time, timeout);
        operations.view.open();
        return operations;
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

    /** Ends the watch. Idempotent. */
    @Override
    public void close() {
        view.close();
    }
}

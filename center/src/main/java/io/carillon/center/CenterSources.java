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
package io.carillon.center;

import io.carillon.console.ConsoleCluster;
import io.carillon.console.ConsoleMessages;
import io.carillon.console.ConsoleSources;
import io.carillon.jobs.coordination.Registry;
import io.carillon.jobs.coordination.Registry.SessionEvent;
import io.carillon.jobs.history.DecisionHistory;
import io.carillon.jobs.history.RunHistory;
import io.carillon.jobs.operations.HealthThresholds;
import io.carillon.jobs.operations.JobAudit;
import io.carillon.jobs.operations.RegistryOperations;
import io.carillon.jobs.zookeeper.ZooKeeperOptions;
import io.carillon.jobs.zookeeper.ZooKeeperRegistry;
import io.carillon.messages.directory.DirectoryEdits;
import io.carillon.messages.operations.MessageQueries;
import io.carillon.messages.recovery.ParkedCommands;
import io.carillon.spring.InvalidPropertyException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the centre shows: the namespace of its own registry, those of others, the stores of the services, and the centre's own.
 * Thread-safe. Closed before its own registry is.
 *
 * <p>Registries of others are connected in the background: one that cannot be reached holds nothing up, its pages say so, and it
 * is there as soon as it can be reached. Namespaces of the same servers and credentials share one connection.
 */
final class CenterSources implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(CenterSources.class);
    private static final Duration HISTORY_LIMIT = Duration.ofMillis(1_200);
    /** A connection may be lost for a moment without anybody being told. */
    private static final Duration STALE_AFTER = Duration.ofSeconds(5);

    private final List<ServiceStore> stores = new ArrayList<>();
    private final List<MergedHistory> histories = new ArrayList<>();
    private final List<RegistryOperations> operations = new ArrayList<>();
    private final Map<ZooKeeperOptions, Registry> connections = new LinkedHashMap<>();
    private final ConsoleSources sources;

    /**
     * @param health from when on something about a job is worth telling, asked each time
     * @param registry the centre's own; null where it has none
     * @param namespace of the registry
     * @param ownHistory the history in the centre's own database, or null
     * @param ownDecisions why firings did not run, in the centre's own database
     * @param audit where it is kept what people command here
     * @param ownMessages the centre's own messages where it has any, or null
     * @param edits how the directory is edited, for all services; null where the centre has no messages
     * @param tell tells services what people want of their parked messages; null where the centre has no messages
     */
    CenterSources(
            CenterProperties properties,
            Supplier<HealthThresholds> health,
            @Nullable Registry registry,
            String namespace,
            @Nullable RunHistory ownHistory,
            DecisionHistory ownDecisions,
            JobAudit audit,
            @Nullable ConsoleMessages ownMessages,
            @Nullable DirectoryEdits edits,
            ParkedCommands.@Nullable Elsewhere tell,
            InstantSource time) {
        List<MessageQueries> queries = new ArrayList<>();
        List<ConsoleMessages> messages = new ArrayList<>();
        properties.stores().forEach((name, settings) -> {
            ServiceStore store = new ServiceStore(name, settings, time);
            stores.add(store);
            queries.add(store);
            messages.add(store.messages(edits, tell));
        });
        if (ownMessages != null && !properties.stores().containsKey(ownMessages.store())) {
            queries.add(ownMessages.operations().queries());
            messages.add(ownMessages);
        }
        RegistryOperations.Settings settings =
                RegistryOperations.Settings.of(time).health(health).staleAfter(STALE_AFTER);
        String ownCluster = registry == null ? "" : clusterName(properties, namespace);
        checkClusters(properties, ownCluster);
        List<ConsoleCluster> clusters = new ArrayList<>();
        if (registry != null) {
            Map<String, MergedHistory.Histories> own = historiesOf(properties, ownCluster);
            if (ownHistory != null) {
                own.putIfAbsent("center", new MergedHistory.Histories(ownHistory, ownDecisions));
            }
            clusters.add(open(ownCluster, registry, namespace, settings.audit(audit), own, false));
        }
        properties.clusters().forEach((name, cluster) -> {
            Registry connected = connections.computeIfAbsent(cluster.connection(), ZooKeeperRegistry::openInBackground);
            tellOfTheConnection(name, cluster, connected);
            // the engine's audit has no clusters; what is commanded here is in the console's
            clusters.add(open(
                    name, connected, cluster.namespace(), settings, historiesOf(properties, name), cluster.readOnly()));
        });
        this.sources = new ConsoleSources(clusters, queries, messages);
    }

    private ConsoleCluster open(
            String name,
            Registry registry,
            String namespace,
            RegistryOperations.Settings settings,
            Map<String, MergedHistory.Histories> known,
            boolean readOnly) {
        MergedHistory history = new MergedHistory(known, HISTORY_LIMIT);
        histories.add(history);
        RegistryOperations opened = RegistryOperations.open(
                registry, namespace, settings.history(history).decisions(history.decisions()));
        operations.add(opened);
        return new ConsoleCluster(name, opened.queries(), opened.commands(), opened.tree(), readOnly);
    }

    /** The stores that know what became of a cluster's jobs. */
    private Map<String, MergedHistory.Histories> historiesOf(CenterProperties properties, String cluster) {
        Map<String, MergedHistory.Histories> found = new HashMap<>();
        for (ServiceStore store : stores) {
            String of = Objects.requireNonNull(properties.stores().get(store.store()))
                    .cluster();
            if (of.isEmpty() || of.equals(cluster)) {
                found.put(store.store(), new MergedHistory.Histories(store, store.decisions()));
            }
        }
        return found;
    }

    private static void checkClusters(CenterProperties properties, String own) {
        if (properties.clusters().containsKey(own)) {
            throw CenterProperties.twice(own);
        }
        properties.stores().forEach((name, store) -> {
            if (!store.cluster().isEmpty()
                    && !store.cluster().equals(own)
                    && !properties.clusters().containsKey(store.cluster())) {
                throw new InvalidPropertyException(
                        "carillon.center.stores." + name + ".cluster",
                        store.cluster(),
                        "the name of a cluster: " + own + " "
                                + String.join(" ", properties.clusters().keySet()),
                        "Correct it, or leave it out for runs of all clusters.");
            }
        });
    }

    /** ZooKeeper's own client says it each second; people want to read it once. */
    private static void tellOfTheConnection(String name, CenterProperties.Cluster cluster, Registry registry) {
        log.info("Cluster {}: connecting to {}", name, cluster.serverLists());
        registry.onSession(event -> {
            if (event instanceof SessionEvent.Connected) {
                log.info("Cluster {}: connected to {}", name, cluster.serverLists());
            } else if (event instanceof SessionEvent.Suspended) {
                log.warn(
                        "Cluster {}: the connection to {} is lost. Its pages say so; it is tried all the time.",
                        name,
                        cluster.serverLists());
            }
        });
    }

    private static String clusterName(CenterProperties properties, String namespace) {
        if (!properties.cluster().isEmpty()) {
            return properties.cluster();
        }
        String name = namespace.replaceAll("[^A-Za-z0-9._-]", "-").replaceAll("^[^A-Za-z0-9]+", "");
        return name.isEmpty() ? "default" : name.substring(0, Math.min(64, name.length()));
    }

    ConsoleSources sources() {
        return sources;
    }

    @Override
    public void close() {
        operations.forEach(RegistryOperations::close);
        histories.forEach(MergedHistory::close);
        stores.forEach(ServiceStore::close);
        // each may wait for servers that are gone: all at once
        List<Thread> closing = connections.values().stream()
                .map(registry -> new Thread(registry::close, "carillon-center-close"))
                .toList();
        closing.forEach(Thread::start);
        try {
            for (Thread thread : closing) {
                thread.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

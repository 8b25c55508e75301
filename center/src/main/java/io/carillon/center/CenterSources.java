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
import io.carillon.jobs.history.DecisionHistory;
import io.carillon.jobs.history.RunHistory;
import io.carillon.jobs.operations.HealthThresholds;
import io.carillon.jobs.operations.JobAudit;
import io.carillon.jobs.operations.RegistryOperations;
import io.carillon.messages.directory.DirectoryEdits;
import io.carillon.messages.operations.MessageOperations;
import io.carillon.messages.operations.MessageQueries;
import io.carillon.messages.recovery.ParkedCommands;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the centre shows: one namespace of one registry, the stores of the services, and the centre's own. Thread-safe.
 * Closed before the registry is.
 */
final class CenterSources implements AutoCloseable {
    private static final Duration HISTORY_LIMIT = Duration.ofMillis(1_200);

    private final List<ServiceStore> stores = new ArrayList<>();
    private final MergedHistory history;
    private final @Nullable RegistryOperations operations;
    private final ConsoleSources sources;
    private final ParkedCommands.@Nullable Elsewhere tell;

    /**
     * @param registry null where the centre has none: then there is no cluster
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
            HealthThresholds health,
            @Nullable Registry registry,
            String namespace,
            @Nullable RunHistory ownHistory,
            DecisionHistory ownDecisions,
            JobAudit audit,
            @Nullable ConsoleMessages ownMessages,
            @Nullable DirectoryEdits edits,
            ParkedCommands.@Nullable Elsewhere tell,
            InstantSource time) {
        this.tell = tell;
        Map<String, MergedHistory.Histories> histories = new HashMap<>();
        List<MessageQueries> queries = new ArrayList<>();
        List<ConsoleMessages> messages = new ArrayList<>();
        properties.stores().forEach((name, settings) -> {
            ServiceStore store = new ServiceStore(name, settings, time);
            stores.add(store);
            histories.put(name, new MergedHistory.Histories(store, store.decisions()));
            queries.add(store);
            messages.add(store.messages(edits, tell));
        });
        if (ownHistory != null) {
            histories.putIfAbsent("center", new MergedHistory.Histories(ownHistory, ownDecisions));
        }
        if (ownMessages != null && !properties.stores().containsKey(ownMessages.store())) {
            queries.add(ownMessages.operations().queries());
            messages.add(ownMessages);
        }
        this.history = new MergedHistory(histories, HISTORY_LIMIT);
        if (registry == null) {
            this.operations = null;
            this.sources = new ConsoleSources(List.of(), queries, messages);
        } else {
            RegistryOperations opened = RegistryOperations.open(
                    registry,
                    namespace,
                    RegistryOperations.Settings.of(time)
                            .history(history)
                            .decisions(history.decisions())
                            .audit(audit)
                            .health(health));
            this.operations = opened;
            this.sources = new ConsoleSources(
                    List.of(new ConsoleCluster(
                            clusterName(properties, namespace), opened.queries(), opened.commands())),
                    queries,
                    messages);
        }
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

    /** What people see and do of the services' messages. */
    List<MessageOperations> operations() {
        return stores.stream().map(ServiceStore::operations).toList();
    }

    /** By the stores' names: what their services received and could not handle. */
    Map<String, ParkedCommands> parked() {
        Map<String, ParkedCommands> parked = new LinkedHashMap<>();
        stores.forEach(store -> parked.put(store.store(), store.parked(tell)));
        return parked;
    }

    @Override
    public void close() {
        if (operations != null) {
            operations.close();
        }
        history.close();
        stores.forEach(ServiceStore::close);
    }
}

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
import io.carillon.jobs.history.RunHistory;
import io.carillon.jobs.operations.RegistryOperations;
import io.carillon.messages.operations.MessageQueries;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
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

    /**
     * @param registry null where the centre has none: then there is no cluster
     * @param namespace of the registry
     * @param ownHistory the history in the centre's own database, or null
     * @param ownMessages the centre's own messages where it has any, or null
     * @param ownInDepth the same in depth
     */
    CenterSources(
            CenterProperties properties,
            @Nullable Registry registry,
            String namespace,
            @Nullable RunHistory ownHistory,
            @Nullable MessageQueries ownMessages,
            @Nullable ConsoleMessages ownInDepth,
            InstantSource time) {
        Map<String, RunHistory> histories = new HashMap<>();
        List<MessageQueries> queries = new ArrayList<>();
        List<ConsoleMessages> messages = new ArrayList<>();
        properties.stores().forEach((name, settings) -> {
            ServiceStore store = new ServiceStore(name, settings, time);
            stores.add(store);
            histories.put(name, store);
            queries.add(store);
            messages.add(store.messages());
        });
        if (ownHistory != null) {
            histories.putIfAbsent("center", ownHistory);
        }
        if (ownMessages != null && !properties.stores().containsKey(ownMessages.store())) {
            queries.add(ownMessages);
            if (ownInDepth != null) {
                messages.add(ownInDepth);
            }
        }
        this.history = new MergedHistory(histories, HISTORY_LIMIT);
        if (registry == null) {
            this.operations = null;
            this.sources = new ConsoleSources(List.of(), queries, messages);
        } else {
            RegistryOperations opened = RegistryOperations.open(registry, namespace, history, time);
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

    @Override
    public void close() {
        if (operations != null) {
            operations.close();
        }
        history.close();
        stores.forEach(ServiceStore::close);
    }
}

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
package io.carillon.console;

import io.carillon.console.access.Grant;
import io.carillon.console.access.Role;
import io.carillon.console.access.Visitor;
import io.carillon.messages.operations.MessageQueries;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Everything a console shows. Immutable. An application may have several such beans; the console shows them all.
 *
 * @param clusters the job clusters, the first is shown first
 * @param stores the message stores, as far as they can be counted
 * @param messages those in which people can look and command, too
 */
public record ConsoleSources(
        List<ConsoleCluster> clusters, List<MessageQueries> stores, List<ConsoleMessages> messages) {
    public ConsoleSources {
        clusters = List.copyOf(clusters);
        stores = List.copyOf(stores);
        messages = List.copyOf(messages);
        Set<String> names = new HashSet<>();
        for (ConsoleCluster cluster : clusters) {
            if (!names.add(cluster.name())) {
                throw new IllegalArgumentException("cluster name: '" + cluster.name() + "' (expected: each name once)");
            }
        }
        names.clear();
        for (MessageQueries store : stores) {
            if (!names.add(store.store())) {
                throw new IllegalArgumentException("store name: '" + store.store() + "' (expected: each name once)");
            }
        }
        names.clear();
        for (ConsoleMessages store : messages) {
            if (!names.add(store.store())) {
                throw new IllegalArgumentException("store name: '" + store.store() + "' (expected: each name once)");
            }
        }
    }

    /** Stores that can only be counted. */
    public ConsoleSources(List<ConsoleCluster> clusters, List<MessageQueries> stores) {
        this(clusters, stores, List.of());
    }

    /** The store of that name in which people can look. */
    public Optional<ConsoleMessages> messages(String store) {
        return messages.stream().filter(m -> m.store().equals(store)).findFirst();
    }

    /** Messages belong to no group of jobs: who sees all of some cluster sees them. */
    public boolean seesMessages(Visitor visitor) {
        return visitor.mayEverywhere(Role.VIEWER) || clusters.stream().anyMatch(c -> visitor.seesAll(c.name()));
    }

    /** Messages belong to no cluster: who has a role for the whole of every cluster has it for messages. */
    public boolean mayWithMessages(Visitor visitor, Role role) {
        return visitor.mayEverywhere(role)
                || (!clusters.isEmpty() && clusters.stream().allMatch(c -> visitor.may(role, c.name(), Grant.ALL)));
    }

    /** The cluster of that name. */
    public Optional<ConsoleCluster> cluster(String name) {
        return clusters.stream().filter(c -> c.name().equals(name)).findFirst();
    }
}

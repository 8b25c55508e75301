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

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The registry as it is, node by node, for people who look whether the tree is what the engine believes. Thread-safe; each call
 * waits for the registry's answer, and sees only what belongs to one namespace: ElasticJob's tree and Carillon's beside it.
 *
 * <p>All methods throw {@link IllegalStateException} when the registry does not answer in time, and
 * {@link io.carillon.jobs.InvalidSettingException} for a path that is not one of this namespace.
 */
public interface RegistryTree {

    /** Of so many children at most the names are read: with more, the registry would break the connection. */
    int MOST_CHILDREN = 10_000;

    /** So many nodes are in a dump, at most. */
    int MOST_DUMPED = 5_000;

    /** So many characters can be written into a node, at most. */
    int LONGEST_TEXT = 100_000;

    /** Where the trees of this namespace begin. */
    List<String> roots();

    /**
     * One node with a page of the names of its children.
     *
     * @param after only names after this one; empty to begin
     * @param limit at most so many names, 1 to 1,000
     * @return empty when there is no such node
     */
    Optional<Seen> look(String path, String after, int limit);

    /**
     * Replaces what a node holds.
     *
     * @param version the one that was looked at
     * @return the new version
     * @throws ConfigurationConflictException when it has another version by now
     * @throws java.util.NoSuchElementException when there is no such node
     */
    int write(String path, String text, int version);

    /**
     * Deletes a node that has no children.
     *
     * @param version the one that was looked at
     * @throws ConfigurationConflictException when it has another version by now
     * @throws java.util.NoSuchElementException when there is no such node
     * @throws IllegalArgumentException when it has children, or is where a tree begins
     */
    void delete(String path, int version);

    /**
     * All nodes at and below one as text, a line {@code path | value} each, to be sent to somebody who helps: addresses are
     * replaced by {@code ip1}, {@code ip2} and so on, and what is named like a secret is hidden.
     *
     * @return empty when there is no such node
     */
    Optional<Dump> dump(String path);

    /** @param complete false when there are more than {@link #MOST_DUMPED} nodes, and some are left out */
    record Dump(String text, int nodes, boolean complete) {}

    /**
     * A node. Immutable.
     *
     * @param octets what it holds, one character of 0 to 255 for each byte
     * @param text the same as UTF-8; where {@code isText} is false, some of it cannot be shown
     * @param isText whether the bytes are text
     * @param owner the session whose end deletes it; 0 for one that stays
     * @param children how many it has
     * @param names a page of their names, in order
     * @param next what to give as {@code after} for the names that follow; null when there are none
     * @param listed false when there are more than {@link #MOST_CHILDREN}: then {@code names} is empty
     */
    record Seen(
            String path,
            Kind kind,
            String octets,
            String text,
            boolean isText,
            int version,
            long createdZxid,
            long modifiedZxid,
            Instant modified,
            long owner,
            int children,
            List<String> names,
            @Nullable String next,
            boolean listed) {
        public Seen {
            names = List.copyOf(names);
        }
    }

    /** What a node is to the engine. */
    enum Kind {
        NAMESPACE,
        OWN_NAMESPACE,
        JOB,
        CONFIG,
        INSTANCES,
        INSTANCE,
        SERVERS,
        SERVER,
        LEADER,
        ELECTION,
        SHARDING,
        SHARD,
        OWNER,
        RUNNING,
        DISABLED,
        FAILOVER,
        TRIGGER,
        GUARANTEE,
        CLAIM,
        DEAL,
        INTENT,
        DECLARED,
        VERSIONS,
        CHECKPOINT,
        FAILED,
        REQUESTS,
        /** None of these. */
        OTHER
    }

    /** Hides the values of what is named like a secret, in YAML, JSON and properties. */
    static String masked(String text) {
        return text.replaceAll(
                "(?im)([\\w.-]*(?:password|passwd|secret|token|credential|api-?key)[\\w.-]*[\"']?\\s*[:=][ \\t]*)"
                        + "(?:\"[^\"\\n]*\"|'[^'\\n]*'|[^\\s,;}&\"'][^\\n,;}&]*)",
                "$1******");
    }

    /** A tree that cannot be looked at: for queries that have no registry. */
    static RegistryTree none() {
        return new RegistryTree() {
            @Override
            public List<String> roots() {
                return List.of();
            }

            @Override
            public Optional<Seen> look(String path, String after, int limit) {
                return Optional.empty();
            }

            @Override
            public int write(String path, String text, int version) {
                throw new IllegalArgumentException("registry: none (expected: one of this application's own)");
            }

            @Override
            public void delete(String path, int version) {
                throw new IllegalArgumentException("registry: none (expected: one of this application's own)");
            }

            @Override
            public Optional<Dump> dump(String path) {
                return Optional.empty();
            }
        };
    }
}

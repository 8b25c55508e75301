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

import io.carillon.jobs.InvalidSettingException;
import io.carillon.jobs.coordination.Registry;
import io.carillon.jobs.coordination.Registry.Answer;
import io.carillon.jobs.coordination.Registry.CommitResult;
import io.carillon.jobs.coordination.Registry.CommitResult.Refused;
import io.carillon.jobs.coordination.Registry.Read;
import io.carillon.jobs.coordination.Registry.Write;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;

/** Looks at the nodes of a namespace one by one. Thread-safe. */
final class RegistryBrowser implements RegistryTree {

    private static final int LONGEST_PATH = 1_000;
    private static final int MOST_NAMES = 1_000;
    private static final int LONGEST_DUMP = 4 * 1024 * 1024;

    private static final Map<String, Kind> OF_A_JOB = Map.ofEntries(
            Map.entry("config", Kind.CONFIG),
            Map.entry("instances", Kind.INSTANCES),
            Map.entry("instances/*", Kind.INSTANCE),
            Map.entry("servers", Kind.SERVERS),
            Map.entry("servers/*", Kind.SERVER),
            Map.entry("leader", Kind.LEADER),
            Map.entry("leader/election", Kind.ELECTION),
            Map.entry("leader/election/*", Kind.ELECTION),
            Map.entry("leader/sharding", Kind.SHARDING),
            Map.entry("leader/sharding/*", Kind.SHARDING),
            Map.entry("leader/failover", Kind.FAILOVER),
            Map.entry("leader/failover/*", Kind.FAILOVER),
            Map.entry("leader/failover/items/*", Kind.FAILOVER),
            Map.entry("sharding", Kind.SHARDING),
            Map.entry("sharding/*", Kind.SHARD),
            Map.entry("sharding/*/instance", Kind.OWNER),
            Map.entry("sharding/*/running", Kind.RUNNING),
            Map.entry("sharding/*/disabled", Kind.DISABLED),
            Map.entry("sharding/*/failover", Kind.FAILOVER),
            Map.entry("sharding/*/failovering", Kind.FAILOVER),
            Map.entry("trigger", Kind.TRIGGER),
            Map.entry("trigger/*", Kind.TRIGGER),
            Map.entry("guarantee", Kind.GUARANTEE),
            Map.entry("guarantee/*", Kind.GUARANTEE));

    private static final Map<String, Kind> OF_CARILLON = Map.ofEntries(
            Map.entry("claim", Kind.CLAIM),
            Map.entry("claims", Kind.CLAIM),
            Map.entry("claims/*", Kind.CLAIM),
            Map.entry("deal", Kind.DEAL),
            Map.entry("intent", Kind.INTENT),
            Map.entry("declared", Kind.DECLARED),
            Map.entry("versions", Kind.VERSIONS),
            Map.entry("versions/*", Kind.CONFIG),
            Map.entry("checkpoint", Kind.CHECKPOINT),
            Map.entry("checkpoint/*", Kind.CHECKPOINT),
            Map.entry("failed", Kind.FAILED),
            Map.entry("failed/*", Kind.FAILED),
            Map.entry("requests", Kind.REQUESTS),
            Map.entry("requests/*", Kind.REQUESTS),
            Map.entry("requests/*/*", Kind.REQUESTS));

    private final RegistryCalls calls;
    private final String root;
    private final String ownRoot;

    RegistryBrowser(Registry registry, String namespace, Duration timeout) {
        this.calls = new RegistryCalls(registry, timeout);
        this.root = "/" + namespace;
        this.ownRoot = "/" + namespace + "-carillon";
    }

    @Override
    public List<String> roots() {
        return List.of(root, ownRoot);
    }

    private String checked(String path) {
        boolean below = path.equals(root)
                || path.equals(ownRoot)
                || path.startsWith(root + "/")
                || path.startsWith(ownRoot + "/");
        if (!below
                || path.length() > LONGEST_PATH
                || path.endsWith("/")
                || path.contains("//")
                || (path + "/").contains("/./")
                || (path + "/").contains("/../")
                || path.chars().anyMatch(c -> c < ' ' || c == 0x7f)) {
            throw new InvalidSettingException(
                    "path", "'" + path + "'", root + " or " + ownRoot + ", or a node below", "Nothing was read.");
        }
        return path;
    }

    /** What a node is, by its place alone. */
    Kind kind(String path) {
        boolean own = path.equals(ownRoot) || path.startsWith(ownRoot + "/");
        String below = path.substring((own ? ownRoot : root).length());
        if (below.isEmpty()) {
            return own ? Kind.OWN_NAMESPACE : Kind.NAMESPACE;
        }
        String[] parts = below.substring(1).split("/", -1);
        if (parts.length == 1) {
            return Kind.JOB;
        }
        Map<String, Kind> places = own ? OF_CARILLON : OF_A_JOB;
        for (String place : places.keySet()) {
            String[] wanted = place.split("/", -1);
            boolean fits = wanted.length == parts.length - 1;
            for (int i = 0; fits && i < wanted.length; i++) {
                fits = wanted[i].equals("*") || wanted[i].equals(parts[i + 1]);
            }
            if (fits) {
                return places.getOrDefault(place, Kind.OTHER);
            }
        }
        return Kind.OTHER;
    }

    @Override
    public Optional<Seen> look(String path, String after, int limit) {
        if (!(calls.read(List.of(new Read.Raw(checked(path)))).get(0) instanceof Answer.RawNode found)) {
            return Optional.empty();
        }
        boolean listed = found.children() <= MOST_CHILDREN;
        List<String> names = !listed || found.children() == 0
                ? List.of()
                : RegistryCalls.names(
                                calls.read(List.of(new Read.Children(path))).get(0))
                        .stream()
                        .filter(name -> name.compareTo(after) > 0)
                        .sorted()
                        .toList();
        int shown = Math.min(names.size(), Math.max(1, Math.min(limit, MOST_NAMES)));
        Registry.Node node = found.node();
        boolean isText = octets(node.data()).equals(found.octets());
        return Optional.of(new Seen(
                path,
                kind(path),
                found.octets(),
                node.data(),
                isText,
                node.version(),
                node.createdZxid(),
                node.modifiedZxid(),
                Instant.ofEpochMilli(node.modifiedMillis()),
                node.ephemeralOwner(),
                found.children(),
                names.subList(0, shown),
                shown < names.size() ? names.get(shown - 1) : null,
                listed));
    }

    private static String octets(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    @Override
    public int write(String path, String text, int version) {
        checked(path);
        if (text.length() > LONGEST_TEXT) {
            throw new InvalidSettingException(
                    "text", text.length() + " characters", "at most " + LONGEST_TEXT, "Nothing was changed.");
        }
        commit(path, new Write.SetData(path, text, version), version);
        return version + 1;
    }

    @Override
    public void delete(String path, int version) {
        if (checked(path).equals(root) || path.equals(ownRoot)) {
            throw new IllegalArgumentException(
                    "path: '" + path + "' (expected: a node below it). Nothing was deleted; remove its jobs instead.");
        }
        commit(path, new Write.Delete(path, version), version);
    }

    private void commit(String path, Write write, int version) {
        CommitResult result = calls.commitOnce(List.of(write));
        if (result instanceof Refused refused) {
            switch (refused.reason()) {
                case NO_NODE ->
                    throw new NoSuchElementException(
                            "path: '" + path + "' (expected: a node that is there). Nothing was changed.");
                case BAD_VERSION -> throw ConfigurationConflictException.ofNode(path, version, version(path));
                case NOT_EMPTY ->
                    throw new IllegalArgumentException("path: '" + path
                            + "' (expected: a node without children). Nothing was deleted; delete its children first.");
                default ->
                    throw new IllegalStateException(
                            "the registry refused: " + refused.reason() + " at " + path + ". Nothing was changed.");
            }
        }
        if (!(result instanceof CommitResult.Committed)) {
            throw new IllegalStateException("the registry did not answer: " + result
                    + ". Whether it was changed is not known; look at the node, then repeat it.");
        }
    }

    private int version(String path) {
        return calls.read(List.of(new Read.Get(path))).get(0) instanceof Answer.Found found
                ? found.node().version()
                : -1;
    }

    @Override
    public Optional<Dump> dump(String path) {
        StringBuilder text = new StringBuilder();
        Deque<String> open = new ArrayDeque<>(List.of(checked(path)));
        int nodes = 0;
        while (!open.isEmpty() && nodes < MOST_DUMPED && text.length() < LONGEST_DUMP) {
            String next = open.pop();
            // one by one: several large values would not fit into one answer
            if (!(calls.read(List.of(new Read.Raw(next))).get(0) instanceof Answer.RawNode found)) {
                continue;
            }
            nodes++;
            text.append(next)
                    .append(found.node().ephemeralOwner() == 0 ? "" : " (ephemeral)")
                    .append(" | ")
                    .append(found.node().data())
                    .append('\n');
            if (found.children() > MOST_CHILDREN) {
                text.append(next).append("/... | ").append(found.children()).append(" children, not read\n");
            } else if (found.children() > 0) {
                List<String> below = new ArrayList<>(RegistryCalls.names(
                        calls.read(List.of(new Read.Children(next))).get(0)));
                below.sort(Comparator.reverseOrder());
                below.forEach(name -> open.push(next + "/" + name));
            }
        }
        return nodes == 0
                ? Optional.empty()
                : Optional.of(new Dump(
                        JobDump.withoutAddresses(RegistryTree.masked(text.toString())), nodes, open.isEmpty()));
    }
}

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
package io.carillon.jobs.coordination;

import io.carillon.jobs.coordination.Registry.Answer;
import io.carillon.jobs.coordination.Registry.Change;
import io.carillon.jobs.coordination.Registry.CreateMode;
import io.carillon.jobs.coordination.Registry.Node;
import io.carillon.jobs.coordination.Registry.Read;
import io.carillon.jobs.coordination.Registry.Write;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What an instance knows of a job's nodes: the view that decisions are made on. Confined to the job loop.
 *
 * <p>It is read once in two rounds, then follows the registry's changes. Changes tell of existence; data is read again only
 * for the nodes whose data matters here ({@link #staleReads}). {@code running} marks come and go with every firing and are
 * known by existence alone; who holds them is read when it matters ({@link #runningReads}).
 */
public final class JobTree {

    /** A node: its data if known, the session that owns it (0: none), its version if read. */
    private record Entry(@Nullable String data, long ephemeralOwner, int version) {
        static final Entry UNKNOWN = new Entry(null, 0, -1);
    }

    private static final String RUNNING = "/running";

    private final JobPaths paths;
    private final String claim;
    private final String intentPath;
    private final String declaredPath;
    private final String movedPath;
    private final String triggersPath;
    private final String serversPrefix;
    private final String instancesPrefix;
    private final String triggersPrefix;
    private final NavigableMap<String, Entry> nodes = new TreeMap<>();

    /**
     * Servers, instances, triggers, {@code necessary}, the configuration and the root of Carillon's own tree, as they were read
     * last; without those that have changed since.
     */
    private final Map<String, Node> asRead = new HashMap<>();

    private @Nullable List<Integer> items;
    private @Nullable List<String> instances;
    private long changes;
    private long freshAt = -1;
    /** Changes that came, by others, since the node that is written together with them was read. */
    private int intentEvents;

    private int declaredEvents;
    private int wishEvents;
    private JobIntent intent = JobIntent.NONE;

    public JobTree(JobPaths paths) {
        this.paths = paths;
        this.claim = paths.claim();
        this.intentPath = paths.intent();
        this.declaredPath = paths.declared();
        this.movedPath = paths.moved();
        this.triggersPath = paths.triggers();
        this.serversPrefix = paths.servers() + "/";
        this.instancesPrefix = paths.instances() + "/";
        this.triggersPrefix = paths.triggers() + "/";
    }

    public JobPaths paths() {
        return paths;
    }

    // ---- reading -----------------------------------------------------------------------------------------------

    /** The first round of questions: the job's skeleton. */
    public List<Read> firstReads() {
        return List.of(
                new Read.Get(paths.namespaceRoot()),
                new Read.Get(paths.root()),
                new Read.Get(paths.config()),
                new Read.Get(paths.leaderInstance()),
                new Read.Children(paths.leader()),
                new Read.Children(paths.election()),
                new Read.Children(paths.latch()),
                new Read.Children(paths.leaderSharding()),
                new Read.Children(paths.failoverItems()),
                new Read.Children(paths.instances()),
                new Read.Children(paths.servers()),
                new Read.Children(paths.sharding()),
                new Read.Children(paths.triggers()),
                new Read.Get(paths.ownNamespaceRoot()),
                new Read.Get(paths.ownRoot()),
                new Read.Get(paths.claim()),
                new Read.Get(paths.deal()),
                new Read.Children(paths.claims()),
                new Read.Get(paths.moved()),
                new Read.Get(paths.intent()),
                new Read.Get(paths.declared()),
                new Read.Children(paths.failed()),
                new Read.Children(paths.openRequests()),
                new Read.Children(paths.finishedRequests()));
    }

    /** The second round: what the first round found. Empty for a new job. */
    public List<Read> secondReads() {
        List<Read> reads = new ArrayList<>();
        for (String id : instances()) {
            reads.add(new Read.Get(paths.instance(id)));
        }
        for (String ip : children(paths.servers())) {
            reads.add(new Read.Get(paths.server(ip)));
        }
        for (String item : children(paths.sharding())) {
            String path = paths.sharding() + "/" + item;
            reads.add(new Read.Children(path));
            reads.add(new Read.Get(path + "/instance"));
            reads.add(new Read.Get(path + "/running"));
        }
        if (!reads.isEmpty()) {
            reads.add(new Read.Get(paths.deal()));
        }
        for (String id : openRequests()) {
            reads.add(new Read.Get(paths.openRequest(id)));
            reads.add(new Read.Children(paths.openRequest(id)));
        }
        return reads;
    }

    /**
     * The nodes whose data matters and is not known: class, config, leader, instances, servers, and, unless the items are about to be dealt
     * anew, their owners together with the number of the deal.
     */
    public List<Read> staleReads() {
        List<Read> reads = new ArrayList<>();
        if (freshAt == changes) {
            return reads;
        }
        stale(paths.root(), reads);
        stale(paths.config(), reads);
        stale(paths.leaderInstance(), reads);
        for (String id : instances()) {
            stale(paths.instance(id), reads);
        }
        for (String ip : children(paths.servers())) {
            stale(paths.server(ip), reads);
        }
        if (declaredEvents > 0) {
            // not watched; written by an instance together with its node, which is
            reads.add(new Read.Get(paths.declared()));
        }
        if (intentEvents > 0) {
            // not watched; written together with the mark of a server or an item, which is
            reads.add(new Read.Get(paths.intent()));
        }
        if (wishEvents > 0) {
            // not watched; written together with the parent of the triggers, which is. A claim by who does not know of
            // it is
            // refused, as its writer writes the deal, too
            reads.add(new Read.Get(paths.intent()));
            reads.add(new Read.Get(paths.moved()));
            reads.add(new Read.Get(paths.deal()));
        }
        for (String id : openRequests()) {
            if (data(paths.openRequest(id)) == null) {
                reads.add(new Read.Get(paths.openRequest(id)));
                reads.add(new Read.Children(paths.openRequest(id)));
            }
        }
        if (!isReshardingPending()) {
            int before = reads.size();
            for (int item : items()) {
                stale(paths.owner(item), reads);
            }
            if (reads.size() > before) {
                reads.add(new Read.Get(paths.deal()));
                // not watched; what a former owner noted is taken over with its items
                reads.add(new Read.Children(paths.failed()));
            }
        }
        if (reads.isEmpty()) {
            freshAt = changes;
        }
        return reads;
    }

    private void stale(String path, List<Read> reads) {
        Entry entry = nodes.get(path);
        if (entry != null && entry.data == null) {
            reads.add(new Read.Get(path));
        }
    }

    /** Asks who holds the {@code running} marks whose holder is not known. */
    public List<Read> runningReads() {
        List<Read> reads = new ArrayList<>();
        for (int item : items()) {
            stale(paths.running(item), reads);
            stale(paths.failovering(item), reads);
        }
        if (!reads.isEmpty()) {
            reads.add(new Read.Get(paths.claim()));
        }
        return reads;
    }

    /** Takes in an answer. It holds for the moment at which it is delivered: all earlier changes are in it. */
    public void answered(Read read, Answer answer) {
        String path = read.path();
        if (path.equals(intentPath)) {
            intentEvents = 0;
            intent = JobIntent.parse(
                    answer instanceof Answer.Found found ? found.node().data() : null);
        }
        if (path.equals(declaredPath)) {
            declaredEvents = 0;
        }
        if (path.equals(movedPath)) {
            wishEvents = 0;
        }
        if (answer instanceof Answer.Absent) {
            removeTree(path);
        } else if (answer instanceof Answer.Found found) {
            put(
                    path,
                    new Entry(
                            found.node().data(),
                            found.node().ephemeralOwner(),
                            found.node().version()));
            if (path.startsWith(serversPrefix)
                    || path.startsWith(instancesPrefix)
                    || path.startsWith(triggersPrefix)
                    || path.equals(paths.necessary())
                    || path.equals(paths.config())
                    || path.equals(paths.ownNamespaceRoot())) {
                asRead.put(path, found.node());
            }
        } else if (answer instanceof Answer.Names names) {
            putIfAbsent(path, new Entry("", 0, -1));
            for (String known : children(path)) {
                if (!names.children().contains(known)) {
                    removeTree(path + "/" + known);
                }
            }
            for (String name : names.children()) {
                putIfAbsent(path + "/" + name, Entry.UNKNOWN);
            }
        }
    }

    /** Takes in a change. */
    public void changed(Change change) {
        if (change.path().startsWith(instancesPrefix) && change.kind() == Change.Kind.CREATED) {
            declaredEvents++;
        }
        if (change.path().startsWith(serversPrefix)
                || (change.kind() == Change.Kind.CREATED && change.path().endsWith("/disabled"))) {
            intentEvents++;
        }
        if (change.path().equals(triggersPath) && change.kind() != Change.Kind.DELETED) {
            wishEvents++;
        }
        Entry old = nodes.get(change.path());
        if (change.kind() == Change.Kind.DELETED) {
            remove(change.path());
        } else if (change.kind() == Change.Kind.DATA_CHANGED && old != null) {
            put(change.path(), new Entry(null, old.ephemeralOwner, -1));
        } else {
            put(change.path(), Entry.UNKNOWN);
        }
    }

    /** Takes in what this instance has written itself. */
    public void committed(List<Write> writes, List<String> written, long session) {
        for (int i = 0; i < writes.size(); i++) {
            Write write = writes.get(i);
            String path = written.get(i);
            if (path.startsWith(serversPrefix)) {
                // its event came before this outcome
                intentEvents = Math.max(0, intentEvents - 1);
            } else if (write instanceof Write.Create && path.startsWith(instancesPrefix)) {
                declaredEvents = Math.max(0, declaredEvents - 1);
            }
            if (write instanceof Write.Create create) {
                boolean ephemeral =
                        create.mode() == CreateMode.EPHEMERAL || create.mode() == CreateMode.EPHEMERAL_SEQUENTIAL;
                put(path, new Entry(create.data(), ephemeral ? session : 0, 0));
            } else if (write instanceof Write.SetData set) {
                Entry old = nodes.get(path);
                int version = old == null || old.version < 0 ? -1 : old.version + 1;
                if (path.equals(intentPath)) {
                    intent = JobIntent.parse(set.data());
                }
                put(path, new Entry(set.data(), old == null ? 0 : old.ephemeralOwner, version));
            } else if (write instanceof Write.Delete) {
                remove(path);
            }
        }
    }

    private void put(String path, Entry entry) {
        nodes.put(path, entry);
        asRead.remove(path);
        noted(path);
    }

    private void putIfAbsent(String path, Entry entry) {
        nodes.putIfAbsent(path, entry);
        noted(path);
    }

    private void remove(String path) {
        nodes.remove(path);
        asRead.remove(path);
        noted(path);
    }

    /** A node that is not there has nothing below it. */
    private void removeTree(String path) {
        nodes.subMap(path + "/", path + (char) ('/' + 1)).clear();
        instances = null;
        remove(path);
    }

    private void noted(String path) {
        if (!path.endsWith(RUNNING) && !path.startsWith(claim)) {
            changes++;
        }
        if (path.startsWith(instancesPrefix)) {
            instances = null;
        }
        String sharding = paths.sharding();
        if (path.startsWith(sharding) && path.lastIndexOf('/') <= sharding.length()) {
            items = null;
        }
    }

    // ---- asking ------------------------------------------------------------------------------------------------

    /**
     * Grows with each change but those that every firing brings: claims, and {@code running} marks. What is decided without
     * these need not be decided again while it stays the same.
     */
    public long changes() {
        return changes;
    }

    public boolean exists(String path) {
        return nodes.containsKey(path);
    }

    /** A node's data; null when the node is absent or its data is not known. */
    public @Nullable String data(String path) {
        Entry entry = nodes.get(path);
        return entry == null ? null : entry.data;
    }

    /** What people want of the job where that is not the usual, as last read. */
    public JobIntent intent() {
        return intent;
    }

    /**
     * The node of a server, an instance, a trigger, {@code necessary}, the configuration or the root of Carillon's own tree, with
     * its times; null when it has changed since it was read.
     */
    public @Nullable Node asRead(String path) {
        return asRead.get(path);
    }

    /**
     * Tells one life of the namespace from the next, as after the registry has lost all its data; 0 when there is none, or it
     * is not known.
     */
    public long namespaceBorn() {
        Node root = asRead.get(paths.ownNamespaceRoot());
        return root == null ? 0 : root.createdZxid();
    }

    /** A node's version as last read; -1 when not known. */
    public int version(String path) {
        Entry entry = nodes.get(path);
        return entry == null ? -1 : entry.version;
    }

    /** The names of a node's children, in ascending string order. */
    public List<String> children(String path) {
        String prefix = path + "/";
        Set<String> names = new TreeSet<>();
        String at = nodes.higherKey(prefix);
        while (at != null && at.startsWith(prefix)) {
            int slash = at.indexOf('/', prefix.length());
            String name = slash < 0 ? at.substring(prefix.length()) : at.substring(prefix.length(), slash);
            names.add(name);
            at = nodes.higherKey(slash < 0 ? at : prefix + name + "/\uffff");
        }
        return List.copyOf(names);
    }

    /** The ids of the instances that are online, in the order in which items are dealt: descending. */
    public List<String> instances() {
        List<String> known = instances;
        if (known == null) {
            List<String> ids = new ArrayList<>(children(paths.instances()));
            ids.sort(Comparator.reverseOrder());
            known = List.copyOf(ids);
            instances = known;
        }
        return known;
    }

    public boolean isOnline(String id) {
        return exists(paths.instance(id));
    }

    /** Whether a server takes part: its mark reads ENABLED. */
    public boolean isEnabled(String ip) {
        return JobPaths.ENABLED.equals(data(paths.server(ip)));
    }

    /** The online instances whose server takes part, descending. */
    public List<String> available() {
        List<String> ids = new ArrayList<>();
        for (String id : instances()) {
            if (isEnabled(JobPaths.ipOf(id))) {
                ids.add(id);
            }
        }
        return ids;
    }

    /**
     * Whether an online instance is ElasticJob's: Carillon's write their node a second time when they make it, ElasticJob's
     * never do.
     */
    public boolean isPeer(String id) {
        return version(paths.instance(id)) == 0;
    }

    /** Whether any online instance is ElasticJob's. */
    public boolean hasPeers() {
        return instances().stream().anyMatch(this::isPeer);
    }

    /** Whether Carillon leads, as {@link #isPeer} tells an instance: then items are dealt in commits that count. */
    public boolean isLedByOurs() {
        return version(paths.leaderInstance()) > 0;
    }

    /** The leader's id, or null while there is none or it is not known. */
    public @Nullable String leader() {
        return data(paths.leaderInstance());
    }

    /** Whether an ephemeral node belongs to a session. */
    public boolean isOwnedBy(String path, long session) {
        Entry entry = nodes.get(path);
        return entry != null && entry.ephemeralOwner == session;
    }

    /** Whether the items are about to be dealt anew, or are being dealt. */
    public boolean isReshardingPending() {
        return exists(paths.necessary()) || exists(paths.processing());
    }

    /** The item numbers that have a node, ascending. */
    public List<Integer> items() {
        List<Integer> known = items;
        if (known == null) {
            List<Integer> found = new ArrayList<>();
            for (String name : children(paths.sharding())) {
                if (!name.isEmpty() && name.length() < 7 && name.chars().allMatch(c -> c >= '0' && c <= '9')) {
                    found.add(Integer.parseInt(name));
                }
            }
            found.sort(Comparator.naturalOrder());
            known = List.copyOf(found);
            items = known;
        }
        return known;
    }

    /** The ids of the requests that are open, as last read: their nodes are not watched. Ascending. */
    public List<String> openRequests() {
        return children(paths.openRequests());
    }

    public @Nullable String owner(int item) {
        return data(paths.owner(item));
    }

    public boolean isRunning(int item) {
        return exists(paths.running(item));
    }

    /** Who holds a {@code running} mark; null when there is none or its holder is not known. */
    public @Nullable String runningBy(int item) {
        String holder = data(paths.running(item));
        if (holder != null && holder.isEmpty()) {
            return owner(item);
        }
        return holder;
    }

    /** Whether somebody is taking the item over from a dead instance. */
    public boolean isTakenOver(int item) {
        return exists(paths.failover(item));
    }

    public boolean isDisabled(int item) {
        return exists(paths.disabled(item));
    }
}

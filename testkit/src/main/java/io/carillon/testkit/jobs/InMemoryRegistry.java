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
package io.carillon.testkit.jobs;

import io.carillon.jobs.coordination.Registry;
import io.carillon.jobs.coordination.Registry.Answer;
import io.carillon.jobs.coordination.Registry.Change;
import io.carillon.jobs.coordination.Registry.CommitResult;
import io.carillon.jobs.coordination.Registry.CreateMode;
import io.carillon.jobs.coordination.Registry.Node;
import io.carillon.jobs.coordination.Registry.Read;
import io.carillon.jobs.coordination.Registry.ReadResult;
import io.carillon.jobs.coordination.Registry.Reason;
import io.carillon.jobs.coordination.Registry.SessionEvent;
import io.carillon.jobs.coordination.Registry.Watch;
import io.carillon.jobs.coordination.Registry.Watcher;
import io.carillon.jobs.coordination.Registry.Write;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A registry in memory with ZooKeeper's guarantees, and with its faults on demand. Thread-safe.
 *
 * <p>This is the server; {@link #connect()} makes a client with a session. Requests of one client are served in their order
 * and its answers, changes and session events are delivered in theirs; between clients any order is possible, and the
 * executor decides it: each step given to the executor serves or delivers the oldest pending thing of one client. An
 * executor with one thread makes an ordinary registry; one that picks steps at random makes a simulation.
 *
 * <p>As with ZooKeeper, commits are one history for all, but each client reads from a server that may be behind it
 * ({@link Client#lag}): it sees an old moment of the history, never two moments mixed, never an older one than before, and
 * after a commit of its own at least that commit. Changes come in the order of the history, before any read that shows them.
 */
public final class InMemoryRegistry {

    private final InstantSource time;
    private final Duration sessionTimeout;
    private final Executor steps;
    private final NavigableMap<String, Stored> tree = new TreeMap<>();
    private final List<Client> clients = new ArrayList<>();
    private long zxid;
    private long sessions;
    private long requests;

    /**
     * @param time tells when nodes were modified
     * @param sessionTimeout what {@link Registry#sessionTimeout()} answers; sessions end only by {@link
     *     Client#expireSession} and {@link Client#close}
     * @param steps runs the steps, one at a time per client
     */
    public InMemoryRegistry(InstantSource time, Duration sessionTimeout, Executor steps) {
        this.time = time;
        this.sessionTimeout = sessionTimeout;
        this.steps = steps;
        tree.put("/", new Stored("", 0, 0, 0, 0, 0, 0));
    }

    /** A registry that serves and delivers on one daemon thread of its own. */
    public static InMemoryRegistry threaded(InstantSource time, Duration sessionTimeout) {
        return new InMemoryRegistry(time, sessionTimeout, Executors.newSingleThreadExecutor(task -> {
            Thread thread = new Thread(task, "in-memory-registry");
            thread.setDaemon(true);
            return thread;
        }));
    }

    /** A client with a session of its own, connected. */
    public Client connect() {
        return connect(steps);
    }

    /**
     * The same for a client whose steps are run by an executor of its own: its connection.
     *
     * @param connection gets the steps of this client only, and may run them late, but must run all of them
     */
    public synchronized Client connect(Executor connection) {
        Client client = new Client(++sessions, connection);
        clients.add(client);
        return client;
    }

    /** How many requests the server has served: a commit, a read or a watch counts 1. */
    public synchronized long requests() {
        return requests;
    }

    /** The number of the newest commit; it changes whenever anything in the tree does. */
    public synchronized long commits() {
        return zxid;
    }

    /** How many watches the clients have open. */
    public synchronized int watches() {
        return clients.stream().mapToInt(client -> client.watches.size()).sum();
    }

    /** All nodes below {@code /} with their data, by path. */
    public synchronized NavigableMap<String, String> dump() {
        NavigableMap<String, String> dump = new TreeMap<>();
        tree.forEach((path, stored) -> dump.put(path, stored.data));
        dump.remove("/");
        return dump;
    }

    /** The data of one node as the newest commit left it; null when it does not exist. */
    public synchronized @Nullable String data(String path) {
        Stored stored = tree.get(path);
        return stored == null ? null : stored.data;
    }

    /** The names of a node's children as the newest commit left them, ascending. */
    public synchronized List<String> childrenOf(String path) {
        return children(tree, path);
    }

    /** Deletes the containers that have lost their last child, as a server does from time to time. */
    public synchronized void reapContainers() {
        for (String path : List.copyOf(tree.keySet())) {
            Stored stored = tree.get(path);
            if (stored != null && stored.container && stored.sequence > 0 && !hasChildren(path)) {
                zxid++;
                tree.remove(path);
                publish(List.of(new Change(path, Change.Kind.DELETED, zxid)));
            }
        }
    }

    private CommitResult apply(List<Write> writes, long session) {
        List<Runnable> undo = new ArrayList<>();
        List<Change> changes = new ArrayList<>();
        List<String> paths = new ArrayList<>();
        long next = zxid + 1;
        boolean told = false;
        for (int index = 0; index < writes.size(); index++) {
            Object outcome = applyOne(writes.get(index), session, next, undo, changes);
            if (outcome instanceof Reason reason) {
                for (int i = undo.size() - 1; i >= 0; i--) {
                    undo.get(i).run();
                }
                return new CommitResult.Refused(index, reason);
            }
            paths.add((String) outcome);
            told |= writes.get(index) instanceof Write.SetData;
        }
        zxid = next;
        publish(changes);
        return new CommitResult.Committed(
                told ? next : -1, List.copyOf(paths), told ? time.instant().toEpochMilli() : -1);
    }

    /** The path written, or the {@link Reason} of a refusal. */
    private Object applyOne(Write write, long session, long next, List<Runnable> undo, List<Change> changes) {
        String path = write.path();
        Stored stored = tree.get(path);
        if (write instanceof Write.Create create) {
            String parentPath = parent(path);
            Stored parent = tree.get(parentPath);
            if (parent == null) {
                return Reason.NO_NODE;
            }
            if (parent.ephemeralOwner != 0) {
                return Reason.OTHER;
            }
            boolean sequential = create.mode() == CreateMode.EPHEMERAL_SEQUENTIAL;
            String created = sequential ? path + String.format(Locale.ROOT, "%010d", parent.sequence) : path;
            if (tree.containsKey(created)) {
                return Reason.NODE_EXISTS;
            }
            boolean ephemeral = sequential || create.mode() == CreateMode.EPHEMERAL;
            Stored fresh = new Stored(
                    create.data(),
                    0,
                    next,
                    next,
                    ephemeral ? session : 0,
                    time.instant().toEpochMilli(),
                    0);
            fresh.container = create.mode() == CreateMode.CONTAINER;
            parent.sequence++;
            tree.put(created, fresh);
            undo.add(() -> {
                tree.remove(created);
                parent.sequence--;
            });
            changes.add(new Change(created, Change.Kind.CREATED, next));
            return created;
        }
        if (stored == null) {
            return Reason.NO_NODE;
        }
        int expected = expectedVersion(write);
        if (expected != -1 && expected != stored.version) {
            return Reason.BAD_VERSION;
        }
        if (write instanceof Write.SetData set) {
            Stored replaced = new Stored(
                    set.data(),
                    stored.version + 1,
                    stored.createdZxid,
                    next,
                    stored.ephemeralOwner,
                    time.instant().toEpochMilli(),
                    stored.sequence);
            replaced.container = stored.container;
            tree.put(path, replaced);
            undo.add(() -> tree.put(path, stored));
            changes.add(new Change(path, Change.Kind.DATA_CHANGED, next));
        } else if (write instanceof Write.Delete) {
            if (hasChildren(path)) {
                return Reason.NOT_EMPTY;
            }
            tree.remove(path);
            undo.add(() -> tree.put(path, stored));
            changes.add(new Change(path, Change.Kind.DELETED, next));
        }
        return path;
    }

    private static int expectedVersion(Write write) {
        if (write instanceof Write.SetData set) {
            return set.expectedVersion();
        }
        if (write instanceof Write.Delete delete) {
            return delete.expectedVersion();
        }
        return write instanceof Write.Check check ? check.expectedVersion() : -1;
    }

    private static Node node(String path, Stored stored) {
        return new Node(
                path,
                stored.data,
                stored.version,
                stored.createdZxid,
                stored.modifiedZxid,
                stored.ephemeralOwner,
                stored.modifiedMillis);
    }

    private static ReadResult answer(NavigableMap<String, Stored> view, List<Read> reads) {
        List<Answer> answers = new ArrayList<>();
        for (Read read : reads) {
            Stored stored = view.get(read.path());
            if (stored == null) {
                answers.add(new Answer.Absent());
            } else if (read instanceof Read.Get) {
                answers.add(new Answer.Found(node(read.path(), stored)));
            } else if (read instanceof Read.Raw) {
                answers.add(new Answer.RawNode(
                        node(read.path(), stored),
                        new String(stored.data.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1),
                        children(view, read.path()).size()));
            } else {
                answers.add(new Answer.Names(children(view, read.path())));
            }
        }
        return new ReadResult.Values(List.copyOf(answers));
    }

    private void endSession(long session) {
        zxid++;
        List<Change> changes = new ArrayList<>();
        for (String path : List.copyOf(tree.keySet())) {
            Stored stored = tree.get(path);
            if (stored != null && stored.ephemeralOwner == session) {
                tree.remove(path);
                changes.add(new Change(path, Change.Kind.DELETED, zxid));
            }
        }
        publish(changes);
    }

    /** Hands a commit to the servers that the clients read from: at once, or behind what those have still to catch up with. */
    private void publish(List<Change> changes) {
        List<Applied> applied = new ArrayList<>();
        for (Change change : changes) {
            applied.add(new Applied(change, tree.get(change.path())));
        }
        clients.forEach(client -> client.publish(applied));
    }

    private static List<String> children(NavigableMap<String, Stored> view, String path) {
        String prefix = path.equals("/") ? "/" : path + "/";
        List<String> names = new ArrayList<>();
        for (String below : view.tailMap(prefix, false).keySet()) {
            if (!below.startsWith(prefix)) {
                break;
            }
            if (below.indexOf('/', prefix.length()) < 0) {
                names.add(below.substring(prefix.length()));
            }
        }
        return List.copyOf(names);
    }

    private boolean hasChildren(String path) {
        String next = tree.higherKey(path + "/");
        return next != null && next.startsWith(path + "/");
    }

    private static String parent(String path) {
        int slash = path.lastIndexOf('/');
        if (slash < 0 || path.length() < 2 || path.endsWith("/")) {
            throw new IllegalArgumentException("path: '" + path + "' (expected: an absolute path such as /a/b)");
        }
        return slash == 0 ? "/" : path.substring(0, slash);
    }

    /** A client of this registry, with its session. Thread-safe. */
    public final class Client implements Registry {

        private final Deque<Request> inbox = new ArrayDeque<>();
        private final Deque<Delivery> outbox = new ArrayDeque<>();
        private final List<Consumer<? super SessionEvent>> listeners = new ArrayList<>();
        private final List<Watched> watches = new ArrayList<>();
        private final Executor connection;
        /** What this client's server has not applied yet, oldest first; empty unless it lags. */
        private final Deque<List<Applied>> behind = new ArrayDeque<>();
        /** What this client's server shows while it lags; null while it shows the newest commit. */
        private @Nullable NavigableMap<String, Stored> view;

        private SessionEvent last;
        private long session;
        private long heardSession;
        private boolean connected = true;
        private boolean expired;
        private boolean frozen;
        private boolean swallowsRequests;
        private boolean swallowsAnswers;
        private boolean closed;
        private boolean loseNextAnswer;
        private int eventsToLose;

        private Client(long session, Executor connection) {
            this.connection = connection;
            this.session = session;
            this.heardSession = session;
            this.last = new SessionEvent.Connected(session);
        }

        @Override
        public void commit(List<Write> writes, Consumer<? super CommitResult> callback) {
            List<Write> copy = List.copyOf(writes);
            ask(new Request(
                    () -> {
                        // a server answers a commit when it has applied it, and with it all before it
                        catchUp();
                        CommitResult result = apply(copy, session);
                        catchUp();
                        outbox.add(new Delivery(
                                () -> callback.accept(result),
                                () -> callback.accept(new CommitResult.Unknown("connection lost after the write"))));
                    },
                    () -> callback.accept(new CommitResult.Unknown("connection lost before the answer"))));
        }

        @Override
        public void read(List<Read> reads, Consumer<? super ReadResult> callback) {
            List<Read> copy = List.copyOf(reads);
            Runnable failed = () -> callback.accept(new ReadResult.Failed("connection lost before the answer"));
            ask(new Request(
                    () -> {
                        ReadResult result = answer(view == null ? tree : view, copy);
                        outbox.add(new Delivery(() -> callback.accept(result), failed));
                    },
                    failed));
        }

        @Override
        public Watch watch(String path, Watcher watcher, Runnable ready) {
            synchronized (InMemoryRegistry.this) {
                Watched watched = new Watched(path, watcher, ready);
                watches.add(watched);
                if (connected) {
                    askToWatch(watched);
                }
                return () -> {
                    synchronized (InMemoryRegistry.this) {
                        watched.ended = true;
                        watches.remove(watched);
                    }
                };
            }
        }

        private void askToWatch(Watched watched) {
            send(new Request(
                    () -> {
                        watched.active = true;
                        outbox.add(new Delivery(
                                () -> {
                                    if (!watched.ready) {
                                        watched.ready = true;
                                        watched.whenReady.run();
                                    }
                                },
                                null));
                    },
                    () -> {}));
        }

        @Override
        public void onSession(Consumer<? super SessionEvent> listener) {
            synchronized (InMemoryRegistry.this) {
                listeners.add(listener);
                SessionEvent present = last;
                deliver(() -> listener.accept(present));
            }
        }

        @Override
        public Duration sessionTimeout() {
            return sessionTimeout;
        }

        @Override
        public void close() {
            synchronized (InMemoryRegistry.this) {
                if (closed) {
                    return;
                }
                closed = true;
                clients.remove(this);
                if (!expired) {
                    endSession(session);
                }
                inbox.clear();
                outbox.clear();
            }
        }

        /** The session's id, as {@link Node#ephemeralOwner()} shows it. */
        public long sessionId() {
            synchronized (InMemoryRegistry.this) {
                return session;
            }
        }

        /** Cuts the connection. Requests under way are answered with Unknown or Failed; the session lives on. */
        public void disconnect() {
            synchronized (InMemoryRegistry.this) {
                if (!connected || closed) {
                    return;
                }
                connected = false;
                swallowsRequests = false;
                swallowsAnswers = false;
                List<Delivery> undelivered = List.copyOf(outbox);
                outbox.clear();
                for (Delivery delivery : undelivered) {
                    if (delivery.ifLost != null) {
                        deliver(delivery.ifLost);
                    } else if (delivery.local) {
                        deliver(delivery.action);
                    }
                }
                List<Request> unserved = List.copyOf(inbox);
                inbox.clear();
                unserved.forEach(request -> deliver(request.ifLost));
                watches.forEach(watched -> watched.active = false);
                hear(new SessionEvent.Suspended());
            }
        }

        /**
         * Restores the connection. When the session has expired meanwhile, the client hears that, and gets a new one; in
         * both cases its watchers are told to read everything again. Takes back {@link #loseNextAnswer}.
         */
        public void reconnect() {
            synchronized (InMemoryRegistry.this) {
                loseNextAnswer = false;
                if (connected || closed) {
                    return;
                }
                connected = true;
                catchUp();
                if (expired) {
                    expired = false;
                    hear(new SessionEvent.Expired("the server had expired session " + session));
                    session = ++sessions;
                }
                hear(new SessionEvent.Connected(session));
                for (Watched watched : watches) {
                    send(new Request(
                            () -> {
                                watched.active = true;
                                outbox.add(new Delivery(
                                        () -> {
                                            if (watched.ended) {
                                                return;
                                            }
                                            if (watched.ready) {
                                                watched.watcher.resync();
                                            } else {
                                                watched.ready = true;
                                                watched.whenReady.run();
                                            }
                                        },
                                        null));
                            },
                            () -> {}));
                }
            }
        }

        /** Ends the session on the server: its ephemeral nodes vanish. The client hears of it when it is connected. */
        public void expireSession() {
            synchronized (InMemoryRegistry.this) {
                if (expired || closed) {
                    return;
                }
                boolean wasConnected = connected;
                disconnect();
                expired = true;
                endSession(session);
                if (wasConnected) {
                    reconnect();
                }
            }
        }

        /**
         * Ends the session on the server, as {@link #expireSession}; but the connection tells nothing of it. The client hears of
         * it when it connects anew, or when the server gets its next request, and closes the connection.
         */
        public void expireUnheard() {
            synchronized (InMemoryRegistry.this) {
                if (!expired && !closed) {
                    expired = true;
                    endSession(session);
                }
            }
        }

        /**
         * Begins or ends to swallow messages: what the client sends does not arrive, or what is sent to it, and nobody gets a
         * sign of that. What was swallowed arrives when this ends, and is lost when the connection is lost before.
         */
        public void swallow(boolean requests, boolean answers) {
            synchronized (InMemoryRegistry.this) {
                if (!connected || closed) {
                    return;
                }
                if (swallowsRequests && !requests) {
                    inbox.forEach(request -> connection.execute(this::serveNext));
                }
                if (swallowsAnswers && !answers) {
                    outbox.forEach(delivery -> connection.execute(this::deliverNext));
                }
                swallowsRequests = requests;
                swallowsAnswers = answers;
            }
        }

        /** The next commit or read that is served takes effect, but the connection is lost before its answer. */
        public void loseNextAnswer() {
            synchronized (InMemoryRegistry.this) {
                loseNextAnswer = true;
            }
        }

        /** The next changes are not told to this client, though its connection is well: more than ZooKeeper would do to it. */
        public void loseNextEvents(int count) {
            synchronized (InMemoryRegistry.this) {
                eventsToLose = count;
            }
        }

        /**
         * Begins or ends to read from a server that is behind: it applies what others commit only when this ends, or when this
         * client commits or connects anew. What this client has seen already it goes on seeing.
         */
        public void lag(boolean on) {
            synchronized (InMemoryRegistry.this) {
                if (!on) {
                    catchUp();
                    view = null;
                } else if (view == null && !closed) {
                    view = new TreeMap<>(tree);
                }
            }
        }

        private void publish(List<Applied> commit) {
            if (view == null) {
                commit.forEach(one -> tell(one.change));
            } else {
                behind.add(commit);
            }
        }

        private void applyNext() {
            synchronized (InMemoryRegistry.this) {
                List<Applied> commit = behind.poll();
                NavigableMap<String, Stored> shown = view;
                if (commit == null || shown == null) {
                    return;
                }
                for (Applied one : commit) {
                    if (one.after == null) {
                        shown.remove(one.change.path());
                    } else {
                        shown.put(one.change.path(), one.after);
                    }
                    tell(one.change);
                }
            }
        }

        private void catchUp() {
            while (!behind.isEmpty()) {
                applyNext();
            }
        }

        /** While frozen, nothing is delivered to this client: its process stands still. */
        public void freeze(boolean on) {
            synchronized (InMemoryRegistry.this) {
                frozen = on;
                if (!on) {
                    for (int i = 0; i < outbox.size(); i++) {
                        connection.execute(this::deliverNext);
                    }
                }
            }
        }

        private void ask(Request request) {
            synchronized (InMemoryRegistry.this) {
                if (closed) {
                    return;
                }
                if (!connected || heardSession != session) {
                    deliver(request.ifLost);
                    return;
                }
                send(request);
            }
        }

        private void send(Request request) {
            inbox.add(request);
            connection.execute(this::serveNext);
        }

        private void serveNext() {
            synchronized (InMemoryRegistry.this) {
                if (swallowsRequests) {
                    return;
                }
                if (expired && connected) {
                    disconnect();
                    return;
                }
                Request request = inbox.poll();
                if (request == null) {
                    return;
                }
                requests++;
                int before = outbox.size();
                request.serve.run();
                for (int i = before; i < outbox.size(); i++) {
                    connection.execute(this::deliverNext);
                }
                if (loseNextAnswer) {
                    loseNextAnswer = false;
                    disconnect();
                }
            }
        }

        private void deliverNext() {
            Delivery delivery;
            synchronized (InMemoryRegistry.this) {
                Delivery first = outbox.peek();
                if (frozen || (swallowsAnswers && first != null && !first.local)) {
                    return;
                }
                delivery = outbox.poll();
            }
            if (delivery != null) {
                delivery.action.run();
            }
        }

        private void tell(Change change) {
            for (Watched watched : watches) {
                if (watched.active && watched.covers(change.path())) {
                    if (eventsToLose > 0) {
                        eventsToLose--;
                        continue;
                    }
                    outbox.add(new Delivery(
                            () -> {
                                if (!watched.ended) {
                                    watched.watcher.changed(change);
                                }
                            },
                            null));
                    connection.execute(this::deliverNext);
                }
            }
        }

        private void hear(SessionEvent event) {
            last = event;
            if (event instanceof SessionEvent.Connected now) {
                // until then the client's requests are of its old session, and fail
                deliver(() -> {
                    synchronized (InMemoryRegistry.this) {
                        heardSession = now.sessionId();
                    }
                });
            }
            for (Consumer<? super SessionEvent> listener : List.copyOf(listeners)) {
                deliver(() -> listener.accept(event));
            }
        }

        private void deliver(Runnable action) {
            Delivery delivery = new Delivery(action, null);
            delivery.local = true;
            outbox.add(delivery);
            connection.execute(this::deliverNext);
        }
    }

    /** One change of a commit, and the node after the whole commit; null when it is gone. */
    private record Applied(Change change, @Nullable Stored after) {}

    /** A request on its way to the server. */
    private record Request(Runnable serve, Runnable ifLost) {}

    /** Something on its way to the client. */
    private static final class Delivery {
        final Runnable action;
        final @Nullable Runnable ifLost;
        /** Made by the client itself, so a lost connection does not take it. */
        boolean local;

        Delivery(Runnable action, @Nullable Runnable ifLost) {
            this.action = action;
            this.ifLost = ifLost;
        }
    }

    /** A watch of one client; guarded by the registry. */
    private static final class Watched {
        final String path;
        final Watcher watcher;
        final Runnable whenReady;
        volatile boolean active;
        volatile boolean ready;
        volatile boolean ended;

        Watched(String path, Watcher watcher, Runnable whenReady) {
            this.path = path;
            this.watcher = watcher;
            this.whenReady = whenReady;
        }

        boolean covers(String changed) {
            return changed.equals(path) || changed.startsWith(path.equals("/") ? "/" : path + "/");
        }
    }

    private static final class Stored {
        final String data;
        final int version;
        final long createdZxid;
        final long modifiedZxid;
        final long ephemeralOwner;
        final long modifiedMillis;
        int sequence;
        boolean container;

        Stored(
                String data,
                int version,
                long createdZxid,
                long modifiedZxid,
                long ephemeralOwner,
                long modifiedMillis,
                int sequence) {
            this.data = data;
            this.version = version;
            this.createdZxid = createdZxid;
            this.modifiedZxid = modifiedZxid;
            this.ephemeralOwner = ephemeralOwner;
            this.modifiedMillis = modifiedMillis;
            this.sequence = sequence;
        }
    }
}

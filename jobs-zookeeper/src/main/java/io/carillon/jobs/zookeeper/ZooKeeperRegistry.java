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
package io.carillon.jobs.zookeeper;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import io.carillon.jobs.coordination.Registry;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.retry.BoundedExponentialBackoffRetry;
import org.apache.curator.utils.ZookeeperFactory;
import org.apache.zookeeper.AddWatchMode;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.OpResult;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.client.ZKClientConfig;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.data.Stat;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The registry port on ZooKeeper 3.6 or newer. Thread-safe.
 *
 * <p>Curator makes a new session when one has expired; nothing else is left to it, so nothing is repeated behind the
 * caller's back. A commit is one {@code multi} request, a read one {@code multiRead} request, a watch one persistent
 * recursive watch; nothing is sent when nothing is asked but ZooKeeper's own pings.
 *
 * <p>ZooKeeper gives answers and events in one order on the event thread of the session's handle. They are put into one
 * queue there, and one thread, {@code carillon-registry}, hands them on: in the same order also when one session follows
 * another, never two at a time, and never on the thread that asked.
 *
 * <p>A session is called expired when a server said so, or when ZooKeeper's client gave it up because no server answered
 * for 4/3 of the session timeout. In the second case, if the servers were away as a whole, they may keep the old session and
 * its nodes until they have counted the timeout themselves.
 *
 * <p>While a session has expired and the next one is not yet there, commits are {@link CommitResult.Unknown} and reads {@link
 * ReadResult.Failed}: a commit meant for one session is never made in the next.
 */
public final class ZooKeeperRegistry implements Registry {

    private static final Logger LOG = LoggerFactory.getLogger(ZooKeeperRegistry.class);

    /** The longest request that servers and clients take, as ZooKeeper reads the setting. */
    private static final int MOST_BYTES = Integer.getInteger("jute.maxbuffer", 0xfffff);

    /** Headers, lengths, flags and an ACL of one entry. */
    private static final int BYTES_PER_WRITE = 64;

    private static final String NOT_CONNECTED = "not connected yet";

    private final ZooKeeperOptions options;
    private final List<ACL> acl;
    private final CuratorFramework curator;
    private final LinkedBlockingQueue<Runnable> deliveries = new LinkedBlockingQueue<>();
    private final Thread deliverer = new Thread(this::deliverAll, "carillon-registry");
    private final CompletableFuture<Void> connected = new CompletableFuture<>();
    private final AtomicBoolean closed = new AtomicBoolean();

    /** The handle that is asked: the one of the session that listeners heard of last. */
    private volatile @Nullable Link link;

    private volatile Duration sessionTimeout;

    // Confined to the deliverer.
    private final List<Consumer<? super SessionEvent>> listeners = new ArrayList<>();
    private final Map<String, List<PathWatch>> watches = new HashMap<>();
    private @Nullable SessionEvent session;

    private ZooKeeperRegistry(ZooKeeperOptions options) {
        this.options = options;
        this.sessionTimeout = options.sessionTimeout();
        this.acl = options.digest() == null ? ZooDefs.Ids.OPEN_ACL_UNSAFE : ZooDefs.Ids.CREATOR_ALL_ACL;
        this.curator = CuratorFrameworkFactory.builder()
                .connectString(options.connectString())
                .ensembleTracker(false)
                .sessionTimeoutMs(millis(options.sessionTimeout()))
                .connectionTimeoutMs(millis(options.connectionTimeout()))
                .retryPolicy(new BoundedExponentialBackoffRetry(
                        millis(options.baseSleep()),
                        Math.max(millis(options.baseSleep()), millis(options.maxSleep())),
                        options.maxRetries()))
                .zookeeperFactory(new Links())
                .build();
        this.deliverer.setDaemon(true);
    }

    /**
     * Connects, and returns when connected. Waits at most {@code maxSleep x maxRetries}, or {@code connectionTimeout} when
     * that is shorter.
     *
     * @throws IllegalStateException when no ZooKeeper 3.6 or newer answers in time; nothing is left running
     */
    public static ZooKeeperRegistry open(ZooKeeperOptions options) {
        ZooKeeperRegistry registry = new ZooKeeperRegistry(options);
        try {
            registry.deliverer.start();
            registry.curator.start();
            registry.awaitAnswer();
            return registry;
        } catch (IllegalStateException | Error e) {
            registry.close();
            throw e;
        }
    }

    /**
     * Connects, and returns when connected, or when nobody has answered for as long as {@link #open} waits; it goes on being tried
     * then, as by {@link #openInBackground}.
     *
     * @throws IllegalStateException when somebody answers who is no ZooKeeper 3.6 or newer; nothing is left running
     */
    public static ZooKeeperRegistry openNowOrLater(ZooKeeperOptions options) {
        ZooKeeperRegistry registry = openInBackground(options);
        try {
            if (registry.isAnsweredWithin(options.patience())) {
                registry.awaitAnswer();
            }
            return registry;
        } catch (IllegalStateException | Error e) {
            registry.close();
            throw e;
        }
    }

    private boolean isAnsweredWithin(Duration patience) {
        try {
            connected.get(patience.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException silent) {
            return false;
        } catch (ExecutionException refused) {
            // said in full by who asks next
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /**
     * Begins to connect, and returns at once. Until the first connection commits are {@link CommitResult.Unknown} and reads
     * {@link ReadResult.Failed}; watches are put in place with it. It is tried for as long as the registry is open.
     */
    public static ZooKeeperRegistry openInBackground(ZooKeeperOptions options) {
        ZooKeeperRegistry registry = new ZooKeeperRegistry(options);
        registry.deliverer.start();
        registry.curator.start();
        return registry;
    }

    @Override
    public void commit(List<Write> writes, Consumer<? super CommitResult> callback) {
        List<Write> steps = List.copyOf(writes);
        if (steps.isEmpty()) {
            deliver(() -> callback.accept(new CommitResult.Committed(-1, List.of())));
            return;
        }
        long bytes = 0;
        List<Op> ops = new ArrayList<>(steps.size());
        for (Write step : steps) {
            ops.add(op(step));
            bytes += bytesOf(step);
        }
        if (bytes > MOST_BYTES) {
            LOG.error(
                    "jute.maxbuffer: a commit of {} writes from {} on takes {} bytes (expected: at most {}, as a server cuts the"
                            + " connection of a client that sends more). It was not sent and is tried again from time to"
                            + " time; cut the job into fewer items, or raise jute.maxbuffer here and at all servers.",
                    steps.size(),
                    steps.get(0).path(),
                    bytes,
                    MOST_BYTES);
            deliver(() -> callback.accept(new CommitResult.Refused(0, Reason.OTHER)));
            return;
        }
        Link now = link;
        if (now == null) {
            deliver(() -> callback.accept(new CommitResult.Unknown(NOT_CONNECTED)));
            return;
        }
        now.handle()
                .multi(
                        ops,
                        (rc, path, context, results) ->
                                deliver(() -> callback.accept(outcome(steps, Code.get(rc), results))),
                        null);
    }

    @Override
    public void read(List<Read> reads, Consumer<? super ReadResult> callback) {
        List<Read> questions = List.copyOf(reads);
        if (questions.isEmpty()) {
            deliver(() -> callback.accept(new ReadResult.Values(List.of())));
            return;
        }
        List<Op> ops = new ArrayList<>(questions.size());
        for (Read question : questions) {
            ops.add(question instanceof Read.Children ? Op.getChildren(question.path()) : Op.getData(question.path()));
        }
        Link now = link;
        if (now == null) {
            deliver(() -> callback.accept(new ReadResult.Failed(NOT_CONNECTED)));
            return;
        }
        now.handle()
                .multi(
                        ops,
                        (rc, path, context, results) ->
                                deliver(() -> callback.accept(answers(questions, Code.get(rc), results))),
                        null);
    }

    /**
     * {@inheritDoc}
     *
     * <p>After every reconnect, also to the same session, {@link Watcher#resync()} is called: ZooKeeper puts a recursive
     * watch back, but does not tell what it would have shown in between.
     */
    @Override
    public Watch watch(String path, Watcher watcher, Runnable ready) {
        PathWatch watch = new PathWatch(path, watcher, ready);
        deliver(() -> {
            watches.computeIfAbsent(path, any -> new ArrayList<>()).add(watch);
            Link now = link;
            if (now != null && session instanceof SessionEvent.Connected) {
                now.place(watch);
            }
        });
        return watch;
    }

    @Override
    public void onSession(Consumer<? super SessionEvent> listener) {
        deliver(() -> {
            listeners.add(listener);
            if (session != null) {
                listener.accept(session);
            }
        });
    }

    @Override
    public Duration sessionTimeout() {
        return sessionTimeout;
    }

    /**
     * {@inheritDoc}
     *
     * <p>Waits until the server has ended the session, at most {@code connectionTimeout}: when no server answers, the
     * session ends by its own timeout.
     */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        deliver(() -> {}); // wakes the deliverer, which sees that all is over
        Thread closer = new Thread(curator::close, "carillon-registry-close");
        closer.setDaemon(true);
        closer.start();
        try {
            closer.join(options.connectionTimeout().toMillis());
            if (closer.isAlive()) {
                LOG.warn(
                        "ZooKeeper at {} did not confirm the end of the session within {} ms. Its ephemeral nodes vanish when"
                                + " the session times out after {} ms; nothing needs to be done.",
                        options.connectString(),
                        options.connectionTimeout().toMillis(),
                        sessionTimeout.toMillis());
            }
            if (Thread.currentThread() != deliverer) {
                deliverer.join(options.connectionTimeout().toMillis());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The handle of the present session, for tests that end it on the server. */
    ZooKeeper handle() {
        return requireNonNull(link, "not connected yet").handle();
    }

    private void awaitAnswer() {
        Duration patience = options.patience();
        try {
            connected.get(patience.toMillis(), TimeUnit.MILLISECONDS);
            CompletableFuture<ReadResult> probe = new CompletableFuture<>();
            read(List.of(new Read.Get("/carillon-is-anybody-there")), probe::complete);
            if (probe.get(options.connectionTimeout().toMillis(), TimeUnit.MILLISECONDS)
                    instanceof ReadResult.Failed failed) {
                throw new IllegalStateException("serverLists: " + options.connectString()
                        + " (expected: a ZooKeeper 3.6 or newer that answers). A first read failed: " + failed.cause()
                        + ". Check the servers' version and health.");
            }
        } catch (TimeoutException e) {
            throw new IllegalStateException(
                    "serverLists: " + options.connectString()
                            + " (expected: a ZooKeeper that answers). No answer within "
                            + patience.toMillis()
                            + " ms. Start ZooKeeper, or correct the address; a slow network may need a longer connectionTimeout,"
                            + " maxSleep or maxRetries.",
                    e);
        } catch (ExecutionException e) {
            throw new IllegalStateException(requireNonNull(e.getCause()).getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while connecting to " + options.connectString(), e);
        }
    }

    // ---- deliveries ------------------------------------------------------------------------------------------------

    private void deliver(Runnable delivery) {
        deliveries.add(delivery);
    }

    private void deliverAll() {
        try {
            while (true) {
                Runnable delivery = deliveries.take();
                if (closed.get()) {
                    return;
                }
                try {
                    delivery.run();
                } catch (RuntimeException | Error e) {
                    LOG.error("A callback of the registry failed. Later callbacks are not affected.", e);
                }
            }
        } catch (InterruptedException e) {
            LOG.error("The registry's thread was interrupted; no callback comes any more. Close the registry.", e);
        }
    }

    private void sessionIs(SessionEvent now) {
        session = now;
        for (Consumer<? super SessionEvent> listener : List.copyOf(listeners)) {
            listener.accept(now);
        }
    }

    // ---- words of the port and of ZooKeeper ------------------------------------------------------------------------

    /** How long a write is on the wire, at most, for ASCII paths and data. */
    private static int bytesOf(Write write) {
        int data = write instanceof Write.Create create
                ? create.data().length()
                : write instanceof Write.SetData set ? set.data().length() : 0;
        return BYTES_PER_WRITE + write.path().length() + data;
    }

    private Op op(Write write) {
        if (write instanceof Write.Create create) {
            return Op.create(create.path(), create.data().getBytes(UTF_8), acl, mode(create.mode()));
        }
        if (write instanceof Write.SetData set) {
            return Op.setData(set.path(), set.data().getBytes(UTF_8), set.expectedVersion());
        }
        if (write instanceof Write.Delete delete) {
            return Op.delete(delete.path(), delete.expectedVersion());
        }
        return Op.check(write.path(), ((Write.Check) write).expectedVersion());
    }

    private static org.apache.zookeeper.CreateMode mode(CreateMode mode) {
        return switch (mode) {
            case PERSISTENT -> org.apache.zookeeper.CreateMode.PERSISTENT;
            case EPHEMERAL -> org.apache.zookeeper.CreateMode.EPHEMERAL;
            case EPHEMERAL_SEQUENTIAL -> org.apache.zookeeper.CreateMode.EPHEMERAL_SEQUENTIAL;
            case CONTAINER -> org.apache.zookeeper.CreateMode.CONTAINER;
        };
    }

    private static CommitResult outcome(List<Write> steps, Code code, @Nullable List<OpResult> results) {
        if (results == null) {
            return new CommitResult.Unknown(text(code));
        }
        long zxid = -1;
        long millis = -1;
        List<String> paths = new ArrayList<>(steps.size());
        for (int i = 0; i < results.size(); i++) {
            OpResult result = results.get(i);
            if (result instanceof OpResult.ErrorResult error) {
                Code refusal = Code.get(error.getErr());
                if (refusal == Code.OK || refusal == Code.RUNTIMEINCONSISTENCY) {
                    continue; // a step before, or after, the one that was refused
                }
                return isLost(refusal)
                        ? new CommitResult.Unknown(text(refusal))
                        : new CommitResult.Refused(i, reason(refusal));
            }
            if (result instanceof OpResult.SetDataResult set) {
                zxid = set.getStat().getMzxid();
                millis = set.getStat().getMtime();
            }
            paths.add(
                    result instanceof OpResult.CreateResult create
                            ? create.getPath()
                            : steps.get(i).path());
        }
        return code == Code.OK
                ? new CommitResult.Committed(zxid, List.copyOf(paths), millis)
                : new CommitResult.Unknown(text(code));
    }

    private static Reason reason(Code code) {
        return switch (code) {
            case NONODE -> Reason.NO_NODE;
            case NODEEXISTS -> Reason.NODE_EXISTS;
            case BADVERSION -> Reason.BAD_VERSION;
            case NOTEMPTY -> Reason.NOT_EMPTY;
            case NOAUTH -> Reason.NO_PERMISSION;
            default -> Reason.OTHER;
        };
    }

    private static boolean isLost(Code code) {
        return code == Code.SESSIONEXPIRED
                || code == Code.SESSIONMOVED
                || code == Code.CONNECTIONLOSS
                || code == Code.OPERATIONTIMEOUT;
    }

    private static String text(Code code) {
        return switch (code) {
            case CONNECTIONLOSS -> "connection lost";
            case SESSIONEXPIRED -> "session expired";
            case SESSIONMOVED -> "session moved to another server";
            case OPERATIONTIMEOUT -> "no answer in time";
            case NOAUTH -> "no permission";
            case AUTHFAILED ->
                "the login was refused: correct digest, or section Client of java.security.auth.login.config"
                        + " (whose DIGEST-MD5 needs -Dzookeeper.fips-mode=false)";
            case SESSIONCLOSEDREQUIRESASLAUTH ->
                "the server wants a login by SASL: name a JAAS file with a section Client in"
                        + " java.security.auth.login.config";
            default -> "ZooKeeper says " + code;
        };
    }

    private static ReadResult answers(List<Read> questions, Code code, @Nullable List<OpResult> results) {
        if (results == null) {
            return new ReadResult.Failed(text(code));
        }
        List<Answer> answers = new ArrayList<>(questions.size());
        for (int i = 0; i < results.size(); i++) {
            String path = questions.get(i).path();
            OpResult result = results.get(i);
            if (result instanceof OpResult.GetDataResult data) {
                Node node = node(path, data.getData(), data.getStat());
                answers.add(
                        questions.get(i) instanceof Read.Raw
                                ? new Answer.RawNode(
                                        node,
                                        octets(data.getData()),
                                        data.getStat().getNumChildren())
                                : new Answer.Found(node));
            } else if (result instanceof OpResult.GetChildrenResult children) {
                answers.add(new Answer.Names(List.copyOf(children.getChildren())));
            } else if (((OpResult.ErrorResult) result).getErr() == Code.NONODE.intValue()) {
                answers.add(new Answer.Absent());
            } else {
                Code refusal = Code.get(((OpResult.ErrorResult) result).getErr());
                return new ReadResult.Failed(text(refusal) + " (reading " + path + ")", reason(refusal));
            }
        }
        return new ReadResult.Values(List.copyOf(answers));
    }

    private static String octets(byte @Nullable [] data) {
        return data == null ? "" : new String(data, ISO_8859_1);
    }

    private static Node node(String path, byte @Nullable [] data, Stat stat) {
        return new Node(
                path,
                data == null ? "" : new String(data, UTF_8),
                stat.getVersion(),
                stat.getCzxid(),
                stat.getMzxid(),
                stat.getEphemeralOwner(),
                stat.getMtime());
    }

    private static int millis(Duration duration) {
        return Math.toIntExact(duration.toMillis());
    }

    // ---- sessions --------------------------------------------------------------------------------------------------

    /** Makes a link for every handle that Curator asks for: the first one, and one after each expiry. */
    private final class Links implements ZookeeperFactory {

        @Override
        public ZooKeeper newZooKeeper(
                String servers, int timeout, org.apache.zookeeper.Watcher watcher, boolean canBeReadOnly)
                throws IOException {
            return newZooKeeper(servers, timeout, watcher, canBeReadOnly, new ZKClientConfig());
        }

        @Override
        public ZooKeeper newZooKeeper(
                String servers,
                int timeout,
                org.apache.zookeeper.Watcher watcher,
                boolean canBeReadOnly,
                @Nullable ZKClientConfig config)
                throws IOException {
            Link made = new Link(watcher);
            ZooKeeper handle = new ZooKeeper(
                    servers, timeout, made, canBeReadOnly, config == null ? new ZKClientConfig() : config);
            String digest = options.digest();
            if (digest != null) {
                handle.addAuthInfo("digest", digest.getBytes(UTF_8));
            }
            made.handle.complete(handle);
            return handle;
        }
    }

    /** One handle, which is one session: hears its events on the handle's event thread; its fields, on the deliverer. */
    private final class Link implements org.apache.zookeeper.Watcher {

        private final CompletableFuture<ZooKeeper> handle = new CompletableFuture<>();
        private final org.apache.zookeeper.Watcher curatorsWatcher;
        private boolean over;

        Link(org.apache.zookeeper.Watcher curatorsWatcher) {
            this.curatorsWatcher = curatorsWatcher;
        }

        ZooKeeper handle() {
            return handle.join();
        }

        @Override
        public void process(WatchedEvent event) {
            if (event.getState() == null) {
                // ZooKeeper's client says so when it could not even begin to log in by SASL; Curator would fail on it
                deliver(() -> stateIs(Event.KeeperState.AuthFailed));
            } else if (event.getType() == Event.EventType.None) {
                deliver(() -> stateIs(event.getState()));
                // Curator hears of no lost connection: it would declare the session expired by a clock of its own,
                // and earlier than ZooKeeper's client does.
                if (event.getState() != Event.KeeperState.Disconnected) {
                    curatorsWatcher.process(event);
                }
            } else {
                deliver(() -> changed(event));
            }
        }

        private void stateIs(Event.KeeperState state) {
            if (over) {
                return;
            }
            switch (state) {
                case SyncConnected -> {
                    link = this;
                    sessionTimeout = Duration.ofMillis(handle().getSessionTimeout());
                    sessionIs(new SessionEvent.Connected(handle().getSessionId()));
                    connected.complete(null);
                    for (List<PathWatch> same : List.copyOf(watches.values())) {
                        same.forEach(this::place);
                    }
                }
                case Disconnected -> {
                    if (session instanceof SessionEvent.Connected) {
                        sessionIs(new SessionEvent.Suspended());
                    }
                }
                case Expired -> {
                    over = true;
                    sessionIs(new SessionEvent.Expired("ZooKeeper at " + options.connectString()
                            + " has ended the session: it was not heard of for longer than "
                            + sessionTimeout.toMillis() + " ms, or was closed from elsewhere"));
                }
                case AuthFailed -> {
                    over = true;
                    String text = (options.digest() == null
                                    ? "java.security.auth.login.config: (its section Client, not shown; DIGEST-MD5 needs"
                                            + " -Dzookeeper.fips-mode=false)"
                                    : "digest: (not shown)")
                            + " (expected: what the ZooKeeper at " + options.connectString()
                            + " accepts). The connection is given up. Correct user and password and start again.";
                    LOG.error(text);
                    connected.completeExceptionally(new IllegalStateException(text));
                    sessionIs(new SessionEvent.Suspended());
                }
                default -> {
                    // Closed comes after close(); the others do not come to a client that asks for neither.
                }
            }
        }

        /** Puts a watch in place, or tells it to look again when it is in place on this link already. */
        private void place(PathWatch watch) {
            if (watch.placedOn == this) {
                watch.tellToResync();
                return;
            }
            handle().addWatch(
                            watch.path,
                            this,
                            AddWatchMode.PERSISTENT_RECURSIVE,
                            (rc, path, context) -> deliver(() -> placed(watch, Code.get(rc))),
                            null);
        }

        private void placed(PathWatch watch, Code code) {
            if (code == Code.OK) {
                watch.placedOn = this;
                watch.tellThatReady();
            } else if (code == Code.NOAUTH) {
                watch.watcher.refused(text(code) + " (watching " + watch.path + ")");
            } else if (!isLost(code)) {
                LOG.error(
                        "No watch at {}: {}. It is tried again after the next reconnect; until then changes there are not"
                                + " seen. ZooKeeper must be 3.6 or newer.",
                        watch.path,
                        text(code));
            }
        }

        private void changed(WatchedEvent event) {
            Change.Kind kind =
                    switch (event.getType()) {
                        case NodeCreated -> Change.Kind.CREATED;
                        case NodeDataChanged -> Change.Kind.DATA_CHANGED;
                        case NodeDeleted -> Change.Kind.DELETED;
                        default -> null;
                    };
            if (over || kind == null) {
                return;
            }
            Change change = new Change(event.getPath(), kind, event.getZxid());
            for (String path = event.getPath(); path != null; path = parent(path)) {
                for (PathWatch watch : watches.getOrDefault(path, List.of())) {
                    if (watch.placedOn == this) {
                        watch.tell(change);
                    }
                }
            }
        }

        private static @Nullable String parent(String path) {
            int slash = path.lastIndexOf('/');
            return slash > 0 ? path.substring(0, slash) : path.length() > 1 ? "/" : null;
        }
    }

    /** A watch as its owner sees it. Confined to the deliverer, but for {@link #close()}. */
    private final class PathWatch implements Watch {

        private final String path;
        private final Watcher watcher;
        private final Runnable ready;
        private final AtomicBoolean ended = new AtomicBoolean();
        private @Nullable Link placedOn;
        private boolean wasReady;

        PathWatch(String path, Watcher watcher, Runnable ready) {
            this.path = path;
            this.watcher = watcher;
            this.ready = ready;
        }

        void tell(Change change) {
            if (!ended.get()) {
                watcher.changed(change);
            }
        }

        void tellToResync() {
            if (!ended.get()) {
                watcher.resync();
            }
        }

        void tellThatReady() {
            if (wasReady) {
                tellToResync();
            } else if (!ended.get()) {
                wasReady = true;
                ready.run();
            }
        }

        @Override
        public void close() {
            if (ended.compareAndSet(false, true)) {
                deliver(this::remove);
            }
        }

        private void remove() {
            List<PathWatch> same = watches.getOrDefault(path, List.of());
            if (!same.remove(this) || !same.isEmpty()) {
                return;
            }
            watches.remove(path);
            if (placedOn != null && !placedOn.over) {
                placedOn.handle()
                        .removeAllWatches(
                                path,
                                org.apache.zookeeper.Watcher.WatcherType.PersistentRecursive,
                                true,
                                (rc, at, context) -> LOG.debug("Watch at {} removed: {}", path, Code.get(rc)),
                                null);
            }
        }
    }
}

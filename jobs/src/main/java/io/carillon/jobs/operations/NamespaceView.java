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
import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.coordination.ConfigYaml;
import io.carillon.jobs.coordination.JobPaths;
import io.carillon.jobs.coordination.JobTree;
import io.carillon.jobs.coordination.Registry;
import io.carillon.jobs.coordination.Registry.Answer;
import io.carillon.jobs.coordination.Registry.Change;
import io.carillon.jobs.coordination.Registry.Read;
import io.carillon.jobs.coordination.Registry.ReadResult;
import io.carillon.jobs.coordination.Registry.SessionEvent;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot of all jobs of a namespace, kept up to date by one watch. Thread-safe.
 *
 * <p>It is read in rounds, many jobs per request, one request at a time; afterwards only what changed and matters is read.
 */
final class NamespaceView implements Registry.Watcher, AutoCloseable {

    private static final int JOBS_PER_READ = 50;
    private static final int QUESTIONS_PER_READ = 1_000;

    private final Registry registry;
    private final String namespace;
    private final NavigableMap<String, JobTree> trees = new TreeMap<>();
    private final Set<String> unloaded = new LinkedHashSet<>();
    private final Map<String, Parsed> parsed = new ConcurrentHashMap<>();
    private final Map<String, Parsed> declared = new ConcurrentHashMap<>();
    private final Set<String> dirty = new LinkedHashSet<>();
    private final Map<String, Instant> since = new HashMap<>();
    private final Map<String, Watched> watched = new HashMap<>();
    private final Set<String> ownersChanged = new LinkedHashSet<>();
    private final Supplier<HealthThresholds> thresholds;
    private final @Nullable Duration staleAfter;
    private final InstantSource time;
    private final List<Consumer<String>> listeners = new CopyOnWriteArrayList<>();
    private Registry.@Nullable Watch watch;
    private boolean watching;
    private boolean namesKnown;
    private boolean asking;
    private boolean everLoaded;
    private boolean closed;
    /** Since when there is no connection; null while there is one. */
    private @Nullable Instant goneSince;

    /** What is seen of a job over time. */
    private static final class Watched {
        private final Map<Integer, String> owners = new HashMap<>();
        private final Map<Integer, Deque<Instant>> moves = new HashMap<>();
        /** The latest, newest first. */
        private final Deque<JobMoves.Move> latest = new ArrayDeque<>();
        /** Former owners that have left in order, until their items are dealt. */
        private final Set<String> left = new HashSet<>();
        /** The commit that asked for the deal that was asked for last. */
        private long askedBy = -1;

        private @Nullable Instant unownedSince;
        private @Nullable Instant lastRunning;
        private Instant lastEnd = Instant.EPOCH;
        private @Nullable Instant known;
        private long changes;
    }

    NamespaceView(
            Registry registry,
            String namespace,
            InstantSource time,
            Supplier<HealthThresholds> thresholds,
            @Nullable Duration staleAfter) {
        this.thresholds = thresholds;
        this.staleAfter = staleAfter;
        this.registry = registry;
        this.time = time;
        this.namespace = namespace;
    }

    /** What the code of the job says, as the instance that started last has declared it; null when nobody has. */
    @Nullable
    JobConfiguration declared(JobTree tree) {
        String text = tree.data(tree.paths().declared());
        if (text == null || text.isBlank()) {
            return null;
        }
        return declared.compute(tree.paths().jobName(), (name, known) -> {
                    if (known != null && known.text.equals(text)) {
                        return known;
                    }
                    return new Parsed(text, ConfigYaml.readOrNull(text), null);
                })
                .configuration();
    }

    /** What a job's stored configuration says; one of the two is null, both while it is being read. */
    record Parsed(
            String text,
            @Nullable JobConfiguration configuration,
            @Nullable String unusable) {}

    /** Takes a job's stored configuration apart, once per text. Called within {@link #look}. */
    Parsed parsed(JobTree tree) {
        String text = tree.data(tree.paths().config());
        if (text == null) {
            return new Parsed("", null, null);
        }
        return parsed.compute(tree.paths().jobName(), (name, known) -> {
            if (known != null && known.text.equals(text)) {
                return known;
            }
            try {
                return new Parsed(text, ConfigYaml.read(text), null);
            } catch (InvalidSettingException e) {
                return new Parsed(text, null, e.problem());
            }
        });
    }

    String namespace() {
        return namespace;
    }

    /** Tells the names of jobs that may have changed; an empty text when any may have. */
    Runnable onChange(Consumer<String> listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    void open() {
        synchronized (this) {
            goneSince = time.instant();
        }
        registry.onSession(event -> {
            boolean connected = event instanceof SessionEvent.Connected;
            synchronized (this) {
                goneSince = connected ? null : goneSince == null ? time.instant() : goneSince;
            }
            if (connected) {
                pump();
            }
        });
        Registry.Watch opened = registry.watch("/" + namespace, this, () -> {
            synchronized (this) {
                watching = true;
            }
            pump();
        });
        synchronized (this) {
            watch = opened;
        }
    }

    /**
     * Looks at the jobs.
     *
     * @param timeout how long to wait for the first snapshot
     * @throws IllegalStateException when there is none after that time, or it has been without a connection for too long
     */
    synchronized <T> T look(Duration timeout, Function<NavigableMap<String, JobTree>, T> look) {
        long left = timeout.toMillis();
        refuseWhatIsStale();
        while (!everLoaded && left > 0) {
            long slice = Math.min(left, 100);
            try {
                TimeUnit.MILLISECONDS.timedWait(this, slice);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while namespace '" + namespace + "' was read", e);
            }
            left -= slice;
            refuseWhatIsStale();
        }
        if (!everLoaded) {
            throw new IllegalStateException("registryTimeout: no answer for " + timeout
                    + " (expected: a snapshot of namespace '" + namespace
                    + "'). It is still being read; check that the registry can be reached, then ask again.");
        }
        return look.apply(trees);
    }

    private void refuseWhatIsStale() {
        Instant since = goneSince;
        if (staleAfter != null && since != null && !time.instant().isBefore(since.plus(staleAfter))) {
            throw new IllegalStateException("registry: no connection since " + since.truncatedTo(ChronoUnit.SECONDS)
                    + " (expected: one, to read namespace '" + namespace
                    + "'). It is tried all the time; check that its servers run and can be reached.");
        }
    }

    /** Since when a node that exists has been there: at least since the time that is told. Asked while looking. */
    synchronized Instant since(String path) {
        return since.computeIfAbsent(path, ignored -> time.instant());
    }

    /** Since when an item of the job has no owner that is online; null while each has one. Asked while looking. */
    synchronized @Nullable Instant unownedSince(String job) {
        Watched seen = watched.get(job);
        return seen == null ? null : seen.unownedSince;
    }

    /** When an item of the job was last seen to begin to run; null when none was. Asked while looking. */
    synchronized @Nullable Instant lastRunning(String job) {
        Watched seen = watched.get(job);
        return seen == null ? null : seen.lastRunning;
    }

    /** When an item of the job was last seen to end. Asked while looking. */
    synchronized Instant lastEnd(String job) {
        Watched seen = watched.get(job);
        return seen == null ? Instant.EPOCH : seen.lastEnd;
    }

    /** Since when the job is looked at. Asked while looking. */
    synchronized Instant knownSince(String job) {
        Watched seen = watched.get(job);
        return seen == null || seen.known == null ? time.instant() : seen.known;
    }

    /** Grows with each change that is seen of the job. Asked while looking. */
    synchronized long changes(String job) {
        Watched seen = watched.get(job);
        return seen == null ? 0 : seen.changes;
    }

    /** The latest changes of owners, newest first. Asked while looking. */
    synchronized List<JobMoves.Move> seenMoves(String job) {
        Watched seen = watched.get(job);
        return seen == null ? List.of() : List.copyOf(seen.latest);
    }

    /**
     * Whether an instance that owns items of the job was seen to leave it in order: in the same commit it asked for the deal of
     * what it owned. Asked while looking.
     */
    synchronized boolean leftInOrder(String job, String instance) {
        Watched seen = watched.get(job);
        return seen != null && seen.left.contains(instance);
    }

    /** The item that changed its owner most often lately; null when none did. Asked while looking. */
    synchronized JobHealth.@Nullable Moved moved(String job) {
        Watched seen = watched.get(job);
        if (seen == null || seen.moves.isEmpty()) {
            return null;
        }
        Instant oldest = time.instant().minus(thresholds.get().ownerChangesWithin());
        JobHealth.Moved most = null;
        for (Map.Entry<Integer, Deque<Instant>> item : Map.copyOf(seen.moves).entrySet()) {
            Deque<Instant> times = item.getValue();
            while (!times.isEmpty() && times.getFirst().isBefore(oldest)) {
                times.removeFirst();
            }
            if (times.isEmpty()) {
                seen.moves.remove(item.getKey());
            } else if (most == null || times.size() > most.times()) {
                most = new JobHealth.Moved(item.getKey(), times.size());
            }
        }
        return most;
    }

    /**
     * Compares the owners of a job with those seen before, once all that changed is read.
     *
     * @return false when it has to be done later: the owners are not read while they are about to change
     */
    private boolean lookAtOwners(String job) {
        JobTree tree = trees.get(job);
        if (tree == null) {
            return true;
        }
        if (tree.isReshardingPending()) {
            return false;
        }
        Watched seen = watched.computeIfAbsent(job, ignored -> new Watched());
        Instant now = time.instant();
        boolean unowned = false;
        for (int item : tree.items()) {
            String owner = tree.owner(item);
            if (owner == null || !tree.isOnline(owner)) {
                unowned = true;
            }
            if (owner != null) {
                String before = seen.owners.put(item, owner);
                if (before != null && !before.equals(owner)) {
                    seen.latest.addFirst(new JobMoves.Move(
                            item, ForetellDeal.verb(tree, before, seen.left::contains), before, owner, now));
                    if (seen.latest.size() > JobMoves.MOST_SEEN) {
                        seen.latest.removeLast();
                    }
                    Deque<Instant> times = seen.moves.computeIfAbsent(item, ignored -> new ArrayDeque<>());
                    times.addLast(now);
                    // one more than may be is enough to tell, twice as many tells how bad it is
                    if (times.size() > 2 * thresholds.get().ownerChanges() + 1) {
                        times.removeFirst();
                    }
                }
            }
        }
        seen.left.retainAll(seen.owners.values());
        seen.unownedSince = !unowned ? null : seen.unownedSince == null ? now : seen.unownedSince;
        return true;
    }

    private void note(String job, Change change) {
        Watched seen = watched.computeIfAbsent(job, ignored -> new Watched());
        seen.changes++;
        String path = change.path();
        if (path.endsWith("/running")) {
            if (change.kind() == Change.Kind.CREATED) {
                seen.lastRunning = time.instant();
            } else if (change.kind() == Change.Kind.DELETED) {
                seen.lastEnd = time.instant();
            }
        } else if (path.endsWith("/instance") || path.contains("/instances/")) {
            ownersChanged.add(job);
            noteLeaving(seen, change);
        } else if (path.endsWith("/necessary") && change.kind() == Change.Kind.CREATED) {
            seen.askedBy = change.zxid();
        }
    }

    private static void noteLeaving(Watched seen, Change change) {
        int at = change.path().indexOf("/instances/");
        if (at < 0) {
            return;
        }
        String id = change.path().substring(at + "/instances/".length());
        if (change.kind() == Change.Kind.CREATED) {
            seen.left.remove(id);
        } else if (change.kind() == Change.Kind.DELETED && change.zxid() >= 0 && change.zxid() == seen.askedBy) {
            seen.left.add(id);
        }
    }

    @Override
    public void changed(Change change) {
        String job;
        synchronized (this) {
            if (change.kind() == Change.Kind.DELETED) {
                since.remove(change.path());
            } else if (change.kind() == Change.Kind.CREATED
                    && (change.path().endsWith("/running") || change.path().endsWith("/necessary"))) {
                since.put(change.path(), time.instant());
            }
            String root = "/" + namespace + "/";
            if (!change.path().startsWith(root)) {
                return;
            }
            int end = change.path().indexOf('/', root.length());
            job = end < 0
                    ? change.path().substring(root.length())
                    : change.path().substring(root.length(), end);
            if (end < 0 && change.kind() == Change.Kind.DELETED) {
                trees.remove(job);
                since.keySet().removeIf(path -> path.startsWith(root + job + "/"));
                parsed.remove(job);
                declared.remove(job);
                unloaded.remove(job);
                dirty.remove(job);
                watched.remove(job);
                ownersChanged.remove(job);
            } else {
                note(job, change);
                tree(job).changed(change);
                dirty.add(job);
            }
        }
        listeners.forEach(listener -> listener.accept(job));
        pump();
    }

    private JobTree tree(String job) {
        JobTree tree = trees.get(job);
        if (tree == null) {
            tree = new JobTree(new JobPaths(namespace, job));
            trees.put(job, tree);
            unloaded.add(job);
        }
        return tree;
    }

    @Override
    public void resync() {
        synchronized (this) {
            namesKnown = false;
            since.clear();
        }
        listeners.forEach(listener -> listener.accept(""));
        pump();
    }

    /** Asks for what is missing, one request at a time. */
    private void pump() {
        List<Read> reads;
        Consumer<List<Answer>> then;
        synchronized (this) {
            if (asking || closed || !watching) {
                return;
            }
            if (!namesKnown) {
                reads = List.of(new Read.Children("/" + namespace));
                then = answers -> names(answers.get(0));
            } else if (!unloaded.isEmpty()) {
                List<String> jobs = unloaded.stream().limit(JOBS_PER_READ).toList();
                reads = new ArrayList<>();
                jobs.forEach(job -> reads.addAll(tree(job).firstReads()));
                then = answers -> {
                    jobs.forEach(job -> trees.replace(job, new JobTree(new JobPaths(namespace, job))));
                    take(reads, answers);
                    List<Read> more = new ArrayList<>();
                    jobs.forEach(job -> {
                        unloaded.remove(job);
                        Watched seen = watched.computeIfAbsent(job, ignored -> new Watched());
                        seen.known = seen.known == null ? time.instant() : seen.known;
                        seen.changes++;
                        ownersChanged.add(job);
                        more.addAll(tree(job).secondReads());
                    });
                    askInParts(more);
                };
            } else {
                List<Read> stale = new ArrayList<>();
                for (String job : List.copyOf(dirty)) {
                    JobTree tree = trees.get(job);
                    List<Read> of = tree == null ? List.of() : tree.staleReads();
                    if (of.isEmpty()) {
                        dirty.remove(job);
                    }
                    stale.addAll(of);
                }
                if (stale.isEmpty()) {
                    ownersChanged.removeIf(this::lookAtOwners);
                    everLoaded = true;
                    notifyAll();
                    return;
                }
                reads = stale.subList(0, Math.min(stale.size(), QUESTIONS_PER_READ));
                then = answers -> take(reads, answers);
            }
            asking = true;
        }
        ask(reads, then);
    }

    private void askInParts(List<Read> reads) {
        if (reads.isEmpty()) {
            return;
        }
        List<Read> part = List.copyOf(reads.subList(0, Math.min(reads.size(), QUESTIONS_PER_READ)));
        List<Read> rest = List.copyOf(reads.subList(part.size(), reads.size()));
        asking = true;
        ask(part, answers -> {
            take(part, answers);
            askInParts(rest);
        });
    }

    private void ask(List<Read> reads, Consumer<List<Answer>> then) {
        registry.read(reads, result -> {
            synchronized (this) {
                asking = false;
                if (result instanceof ReadResult.Values values) {
                    then.accept(values.answers());
                } else {
                    // the session's next event, or the watch's, brings the next attempt
                    namesKnown = false;
                    return;
                }
            }
            pump();
        });
    }

    private void names(Answer answer) {
        List<String> names = answer instanceof Answer.Names found ? found.children() : List.of();
        trees.keySet().retainAll(names);
        parsed.keySet().retainAll(names);
        declared.keySet().retainAll(names);
        watched.keySet().retainAll(names);
        unloaded.clear();
        unloaded.addAll(names);
        names.forEach(this::tree);
        namesKnown = true;
    }

    private void take(List<Read> reads, List<Answer> answers) {
        String root = "/" + namespace + "/";
        String own = "/" + namespace + "-carillon/";
        for (int i = 0; i < reads.size(); i++) {
            String path = reads.get(i).path();
            String prefix = path.startsWith(root) ? root : own;
            if (path.startsWith(prefix)) {
                int end = path.indexOf('/', prefix.length());
                JobTree tree = trees.get(path.substring(prefix.length(), end < 0 ? path.length() : end));
                if (tree != null) {
                    tree.answered(reads.get(i), answers.get(i));
                }
            }
        }
    }

    @Override
    public void close() {
        Registry.Watch opened;
        synchronized (this) {
            closed = true;
            opened = watch;
        }
        if (opened != null) {
            opened.close();
        }
    }
}

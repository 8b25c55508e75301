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
package io.carillon.jobs.requests;

import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.coordination.AverageAllocation;
import io.carillon.jobs.coordination.ClaimItems;
import io.carillon.jobs.coordination.JobPaths;
import io.carillon.jobs.coordination.JobTree;
import io.carillon.jobs.coordination.Member;
import io.carillon.jobs.coordination.Registry.Change;
import io.carillon.jobs.coordination.Registry.CreateMode;
import io.carillon.jobs.coordination.Registry.Read;
import io.carillon.jobs.coordination.Registry.Write;
import io.carillon.jobs.requests.JobRequest.Kind;
import io.carillon.jobs.requests.JobRequest.State;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Decides what an instance does for requests: which items it runs next, what it claims, what it writes when they have ended.
 * Pure.
 *
 * <p>Every instance runs the items that it owns. Items owned by instances of ElasticJob, which know no requests, are dealt
 * over the available instances of Carillon. The requests' nodes are not watched; who writes what others must hear of touches
 * {@code trigger}, which all watch and ElasticJob does not look at. A claim holds for the version of the request that was
 * read, and an item's node below it is there while somebody runs it, so an old view makes no second run.
 */
public final class ServeRequests {

    /** A claim must fit into one request to the registry. */
    private static final int MOST_ITEMS = 1_000;

    private ServeRequests() {}

    /** A business time of a request, and the items of it that this instance is to run now. */
    public record Part(JobRequest request, Instant time, List<Integer> items) {

        public Part {
            items = List.copyOf(items);
        }
    }

    // ---- the view ----------------------------------------------------------------------------------------------

    /** Whether a change means that the requests are to be read again. */
    public static boolean isNews(JobTree tree, Change change) {
        JobPaths paths = tree.paths();
        boolean touched = change.path().equals(paths.triggers()) && change.kind() != Change.Kind.DELETED;
        boolean lost = change.kind() == Change.Kind.DELETED && change.path().startsWith(paths.instances() + "/");
        return touched || (lost && !tree.openRequests().isEmpty());
    }

    /** Reads the requests again. */
    public static List<Read> reads(JobTree tree) {
        JobPaths paths = tree.paths();
        List<Read> reads = new ArrayList<>();
        reads.add(new Read.Children(paths.openRequests()));
        for (String id : tree.openRequests()) {
            reads.add(new Read.Get(paths.openRequest(id)));
            reads.add(new Read.Children(paths.openRequest(id)));
        }
        return reads;
    }

    private static @Nullable JobRequest request(JobTree tree, String id) {
        String text = tree.data(tree.paths().openRequest(id));
        return text == null ? null : JobRequest.read(id, text);
    }

    /** The requests that run, in the order in which they are served: triggers before backfills, then by age. */
    private static List<JobRequest> running(JobTree tree) {
        return tree.openRequests().stream()
                .map(id -> request(tree, id))
                .filter(Objects::nonNull)
                .filter(request -> request.progress().state() == State.OPEN)
                .sorted(Comparator.comparing(
                                (JobRequest request) -> request.order().kind() == Kind.BACKFILL)
                        .thenComparing(JobRequest::id))
                .toList();
    }

    /** The available instances that know requests, in one order for all. */
    private static List<String> ours(JobTree tree) {
        return tree.available().stream().filter(id -> !tree.isPeer(id)).toList();
    }

    // ---- what to run -------------------------------------------------------------------------------------------

    /**
     * What this instance can run now, or null.
     *
     * @param quiet whether the moment is good for items of ElasticJob's instances
     * @param left items that those are about to begin, see {@link PeersNext}
     * @param local what this instance is running
     */
    public static @Nullable Part next(
            JobTree tree,
            Member me,
            JobConfiguration configuration,
            boolean quiet,
            Set<Integer> left,
            Set<Integer> local) {
        List<String> ours = ours(tree);
        if (tree.openRequests().isEmpty() || !ours.contains(me.id()) || tree.isReshardingPending()) {
            return null;
        }
        List<JobRequest> running = running(tree);
        for (JobRequest request : running) {
            for (Map.Entry<Instant, SortedSet<Integer>> open :
                    request.progress().open().entrySet()) {
                List<Integer> mine = new ArrayList<>();
                List<Integer> ofPeers = new ArrayList<>();
                for (int item : open.getValue()) {
                    String owner = tree.owner(item);
                    if (item >= configuration.getShardingTotalCount()
                            || owner == null
                            || local.contains(item)
                            || tree.isDisabled(item)
                            || tree.isRunning(item)
                            || tree.isTakenOver(item)
                            || running.stream()
                                    .anyMatch(any -> tree.exists(tree.paths().requestItem(any.id(), item)))) {
                        continue;
                    }
                    if (owner.equals(me.id())) {
                        mine.add(item);
                    } else if (quiet && tree.isPeer(owner) && !left.contains(item)) {
                        ofPeers.add(item);
                    }
                }
                String[] takers = AverageAllocation.allocate(ours, ofPeers.size());
                for (int i = 0; i < takers.length; i++) {
                    if (takers[i].equals(me.id())) {
                        mine.add(ofPeers.get(i));
                    }
                }
                if (!mine.isEmpty()) {
                    return new Part(request, open.getKey(), mine.subList(0, Math.min(mine.size(), MOST_ITEMS)));
                }
            }
        }
        return null;
    }

    /** Whether the leader is to deal the items anew for a request or another's trigger, not waiting for the next firing. */
    public static boolean isDealWanted(JobTree tree, Member me) {
        return tree.isReshardingPending()
                && me.isLeader(tree)
                && tree.isEnabled(me.ip())
                && (isAnotherTriggered(tree, me)
                        || running(tree).stream()
                                .anyMatch(request -> !request.progress().open().isEmpty()));
    }

    private static boolean isAnotherTriggered(JobTree tree, Member me) {
        // who has gone may have left a trigger behind that it did not take up: its items are owed by their next owners
        return tree.children(tree.paths().triggers()).stream()
                .anyMatch(id -> !id.equals(me.id()) && (!tree.isOnline(id) || tree.isEnabled(JobPaths.ipOf(id))));
    }

    /** The claim of a part. */
    public static ClaimItems.Claim claim(
            JobTree tree, Member me, JobConfiguration configuration, Part part, String about) {
        JobPaths paths = tree.paths();
        List<Write> writes = new ArrayList<>();
        List<Read> afterwards = new ArrayList<>();
        if (tree.isLedByOurs()) {
            writes.add(new Write.Check(paths.leaderInstance(), tree.version(paths.leaderInstance())));
        } else {
            afterwards.add(new Read.Get(paths.necessary()));
            afterwards.add(new Read.Get(paths.processing()));
            part.items.forEach(item -> afterwards.add(new Read.Get(paths.owner(item))));
        }
        writes.add(new Write.Check(paths.deal(), tree.version(paths.deal())));
        writes.add(new Write.Check(paths.instance(me.id()), -1));
        String id = part.request.id();
        writes.add(new Write.Check(paths.openRequest(id), tree.version(paths.openRequest(id))));
        writes.add(new Write.SetData(paths.claim(), about, -1));
        for (int item : part.items) {
            writes.add(new Write.Create(paths.requestItem(id, item), me.id(), CreateMode.EPHEMERAL));
            if (configuration.isMonitorExecution()) {
                // goes with the session also where failover is on: the request itself knows what is still owed
                writes.add(new Write.Create(paths.running(item), me.id(), CreateMode.EPHEMERAL));
                if (tree.hasPeers()) {
                    afterwards.add(new Read.Get(paths.running(item)));
                }
            }
        }
        return new ClaimItems.Claim(part.items, writes, afterwards);
    }

    /**
     * Whether claimed items may run, with what was read after the claim.
     *
     * @param left as in {@link #next}, as of the claim's commit or later: who ended a run just before it may begin another
     */
    public static boolean isStillMine(
            JobTree tree, Member me, JobConfiguration configuration, Part part, Set<Integer> left) {
        if (tree.isReshardingPending()) {
            return false;
        }
        for (int item : part.items) {
            String owner = tree.owner(item);
            if (owner == null
                    || !(owner.equals(me.id()) || (tree.isPeer(owner) && !left.contains(item)))
                    || (configuration.isMonitorExecution() && !me.id().equals(tree.runningBy(item)))) {
                return false;
            }
        }
        return true;
    }

    // ---- what has ended ----------------------------------------------------------------------------------------

    /** What must be known to give a part back. */
    public static List<Read> releaseReads(JobTree tree, Part part) {
        JobPaths paths = tree.paths();
        String id = part.request.id();
        List<Read> reads = new ArrayList<>();
        reads.add(new Read.Children(paths.finishedRequests()));
        reads.add(new Read.Get(paths.openRequest(id)));
        reads.add(new Read.Children(paths.openRequest(id)));
        for (int item : part.items) {
            reads.add(new Read.Get(paths.requestItem(id, item)));
            reads.add(new Read.Get(paths.running(item)));
        }
        return reads;
    }

    /**
     * The writes that give a part back and put down how it ended; empty when they took effect already, or the session that
     * held it is over.
     *
     * @param outcomes of the items that ended, whether they went well; what is not in it is still owed
     */
    public static List<Write> release(
            JobTree tree,
            Member me,
            JobConfiguration configuration,
            Part part,
            Map<Integer, Boolean> outcomes,
            Instant now) {
        JobPaths paths = tree.paths();
        String id = part.request.id();
        List<Integer> held = part.items.stream()
                .filter(item -> tree.isOwnedBy(paths.requestItem(id, item), me.session()))
                .toList();
        JobRequest before = request(tree, id);
        if (held.isEmpty() || before == null) {
            return List.of();
        }
        List<Write> writes = new ArrayList<>();
        if (me.isRegistered(tree)) {
            writes.add(new Write.Check(paths.instance(me.id()), -1));
        }
        held.forEach(item -> writes.add(new Write.Delete(paths.requestItem(id, item), -1)));
        JobRequest after = before.ended(part.time, outcomes, now);
        boolean lastHolder = tree.children(paths.openRequest(id)).size() == held.size();
        writes.addAll(store(tree, configuration, before, after, lastHolder, now));
        boolean quiet = after.progress().timesDone() == before.progress().timesDone()
                && after.progress().state() == State.OPEN
                && outcomes.keySet().containsAll(held);
        if (!quiet) {
            writes.addAll(touch(tree, id));
        }
        return writes;
    }

    // ---- housekeeping ------------------------------------------------------------------------------------------

    /**
     * What one of Carillon's instances, the first of those available, does for all: opens business times that are due, takes out items
     * that are no more, and closes requests that are over. Empty when there is nothing to do, or it is another's part.
     */
    public static List<Write> housekeeping(JobTree tree, Member me, JobConfiguration configuration, Instant now) {
        if (!isFirst(tree, me)) {
            return List.of();
        }
        for (String id : tree.openRequests()) {
            JobRequest before = request(tree, id);
            if (before != null) {
                JobRequest after = before.without(
                        configuration.getShardingTotalCount(),
                        item -> tree.exists(tree.paths().requestItem(id, item)),
                        now);
                boolean free = tree.children(tree.paths().openRequest(id)).isEmpty();
                List<Write> writes = store(tree, configuration, before, after, free, now);
                if (!writes.isEmpty()) {
                    List<Write> all = new ArrayList<>(writes);
                    all.addAll(touch(tree, id));
                    return all;
                }
            }
        }
        return List.of();
    }

    /** When {@link #housekeeping} has something to do next, unless something changes before; null when never. */
    public static @Nullable Instant nextHousekeeping(JobTree tree, Member me, Instant now) {
        if (!isFirst(tree, me)) {
            return null;
        }
        return running(tree).stream()
                .filter(request -> request.nextTime() != null)
                .map(request -> request.progress().notBefore())
                .filter(at -> at.isAfter(now))
                .min(Comparator.naturalOrder())
                .orElse(null);
    }

    private static boolean isFirst(JobTree tree, Member me) {
        if (tree.openRequests().isEmpty()) {
            return false;
        }
        List<String> ours = ours(tree);
        return !ours.isEmpty() && ours.get(0).equals(me.id());
    }

    /** Opens what is due in what came of a request, and writes the difference. */
    private static List<Write> store(
            JobTree tree,
            JobConfiguration configuration,
            JobRequest before,
            JobRequest changed,
            boolean free,
            Instant now) {
        String path = tree.paths().openRequest(before.id());
        JobRequest after = changed.opened(items(tree, configuration, changed), now);
        State state = after.progress().state();
        if (free && (state == State.CANCELLING || after.isDone())) {
            State end = state == State.CANCELLING && !after.isDone() ? State.CANCELLED : State.DONE;
            return finish(tree, after.in(end, now), tree.version(path), configuration.requestsKept());
        }
        return after.equals(before) ? List.of() : List.of(new Write.SetData(path, after.text(), tree.version(path)));
    }

    private static Collection<Integer> items(JobTree tree, JobConfiguration configuration, JobRequest request) {
        SortedSet<Integer> items = new TreeSet<>();
        for (int item = 0; item < configuration.getShardingTotalCount(); item++) {
            boolean wanted = request.order().items().isEmpty()
                    ? !tree.isDisabled(item)
                    : request.order().items().contains(item);
            if (wanted) {
                items.add(item);
            }
        }
        return items;
    }

    /** Moves a request to the finished ones, of which the latest are kept. */
    public static List<Write> finish(JobTree tree, JobRequest ended, int version, int kept) {
        JobPaths paths = tree.paths();
        List<Write> writes = new ArrayList<>();
        writes.add(new Write.Delete(paths.openRequest(ended.id()), version));
        List<String> finished = new ArrayList<>(tree.children(paths.finishedRequests()));
        if (kept > 0) {
            writes.add(new Write.Create(paths.finishedRequest(ended.id()), ended.text(), CreateMode.PERSISTENT));
            finished.remove(ended.id());
        }
        int old = finished.size() - Math.max(0, kept - 1);
        finished.stream()
                .limit(Math.max(0, old))
                .forEach(id -> writes.add(new Write.Delete(paths.finishedRequest(id), -1)));
        return writes;
    }

    /** Tells all instances that there is news of requests. */
    private static List<Write> touch(JobTree tree, String id) {
        String triggers = tree.paths().triggers();
        return List.of(
                tree.exists(triggers)
                        ? new Write.SetData(triggers, id, -1)
                        : new Write.Create(triggers, id, CreateMode.PERSISTENT));
    }
}

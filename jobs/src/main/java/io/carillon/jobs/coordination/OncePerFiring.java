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

import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.coordination.Registry.CreateMode;
import io.carillon.jobs.coordination.Registry.Read;
import io.carillon.jobs.coordination.Registry.Write;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Decides how the instances of a job meet before the first and after the last item of a firing, so that one of them does
 * something once for all. Pure.
 *
 * <p>Each marks its items, waits until all have come, and goes on when its marks are gone. One of those that wait queues up at the
 * latch, does what is to be done, and removes the marks. These are ElasticJob's nodes, so its instances (3.0.3 and newer) meet
 * with Carillon's. A mark of Carillon's says, as data, for which firing it is and in which session it was made. So what a dead
 * instance left behind counts in no other firing, and nobody waits for an instance that is gone, switched off, or beyond this
 * firing.
 */
public final class OncePerFiring {

    /** What is told once: that a firing begins, or that it has ended. */
    public enum Phase {
        /** Before the first item. */
        STARTED("started"),
        /** After the last item. */
        COMPLETED("completed");

        private final String node;

        Phase(String node) {
            this.node = node;
        }
    }

    /**
     * Who comes, and for what. Immutable.
     *
     * @param about the firing's planned time, as text; empty where each instance has a time of its own, as after a trigger
     * @param items the items that run here
     * @param deal the number of the deal by which they do; -1 when it is not known
     */
    public record Guest(Member me, Phase phase, String about, List<Integer> items, int deal) {

        public Guest {
            items = List.copyOf(items);
        }

        public Guest(Member me, Phase phase, String about, List<Integer> items) {
            this(me, phase, about, items, -1);
        }

        private String mark() {
            return (about.isEmpty() ? "-" : about) + " " + me.id() + " " + Long.toHexString(me.session());
        }
    }

    /** What to do. */
    public sealed interface Decision {

        /** Commit this, then ask again. */
        record Commit(List<Write> writes) implements Decision {}

        /** Do now what is to be done once; then ask for {@link #leave}. */
        record Act() implements Decision {}

        /** Wait for these instances, or, when there are none, for the one that acts. */
        record Wait(Set<String> awaited) implements Decision {}

        /** The others cannot come before the items are dealt anew: go away and come again. */
        record GoBack() implements Decision {}

        /** It has been done; go on. */
        record GoOn() implements Decision {}
    }

    private OncePerFiring() {}

    /** What must be read once, before the first decision; the watch keeps it up to date. */
    public static List<Read> reads(JobPaths paths, Phase phase) {
        return List.of(
                new Read.Children(paths.guarantee()),
                new Read.Children(paths.guaranteeMarks(Phase.STARTED.node)),
                new Read.Children(paths.guaranteeMarks(Phase.COMPLETED.node)),
                new Read.Children(paths.guaranteeLatch(phase.node)));
    }

    /** The marks whose data is not known. */
    public static List<Read> staleReads(JobTree tree) {
        List<Read> reads = new ArrayList<>();
        for (Phase phase : Phase.values()) {
            for (String path : marks(tree, phase)) {
                if (tree.data(path) == null) {
                    reads.add(new Read.Get(path));
                }
            }
        }
        return reads;
    }

    /** Whether all of a guest's marks are there. */
    public static boolean hasCome(JobTree tree, Guest guest) {
        return guest.items.stream().allMatch(item -> isMarkOf(tree, guest, item));
    }

    /**
     * Whether a guest that has come is still to wait: any of its marks is there. Without monitorExecution an item may be dealt to
     * another while its run waits here, and the other's mark takes the place of its own.
     */
    public static boolean isThere(JobTree tree, Guest guest) {
        return guest.items.stream().anyMatch(item -> isMarkOf(tree, guest, item));
    }

    private static boolean isMarkOf(JobTree tree, Guest guest, int item) {
        return guest.mark().equals(tree.data(mark(tree, guest.phase, item)));
    }

    /** Whether another's mark has taken the place of one of the guest's: not one that was made anew after all had met. */
    private static boolean isReplaced(JobTree tree, Guest guest) {
        return guest.items.stream().anyMatch(item -> {
            String path = mark(tree, guest.phase, item);
            return tree.data(path) != null && !isMarkOf(tree, guest, item) && tree.version(path) > 0;
        });
    }

    /** Comes: marks the guest's items. */
    public static List<Write> come(JobTree tree, Guest guest) {
        Writes writes = new Writes(tree);
        for (int item : guest.items) {
            writes.put(mark(tree, guest.phase, item), guest.mark());
        }
        return writes.list();
    }

    /** What a guest does that has come. */
    public static Decision decide(JobTree tree, JobConfiguration configuration, Guest guest) {
        if (!isThere(tree, guest)) {
            if (guest.phase == Phase.STARTED && isReplaced(tree, guest)) {
                return new Decision.GoBack();
            }
            List<Write> away = leaveLatch(tree, guest);
            return away.isEmpty() ? new Decision.GoOn() : new Decision.Commit(away);
        }
        Set<String> awaited = awaited(tree, configuration, guest);
        if (!awaited.isEmpty()) {
            return guest.phase == Phase.STARTED && tree.isReshardingPending()
                    ? new Decision.GoBack()
                    : new Decision.Wait(awaited);
        }
        if (!guest.me.id().equals(firstOfUs(tree, guest))) {
            return new Decision.Wait(Set.of());
        }
        List<String> places = places(tree, guest);
        if (places.isEmpty()) {
            String latch = tree.paths().guaranteeLatch(guest.phase.node);
            Writes writes = new Writes(tree);
            if (!tree.exists(latch)) {
                writes.create(latch, "", CreateMode.CONTAINER);
            }
            writes.create(latch + "/_c_" + guest.me.token() + "-latch-", "", CreateMode.EPHEMERAL_SEQUENTIAL);
            return new Decision.Commit(writes.list());
        }
        return places.contains(firstPlace(tree, guest)) ? new Decision.Act() : new Decision.Wait(Set.of());
    }

    /** Removes the marks of all who met, so that they go on, and what is left of earlier firings. */
    public static List<Write> leave(JobTree tree, Guest guest) {
        Writes writes = new Writes(tree);
        leaveLatch(tree, guest).forEach(write -> writes.delete(write.path()));
        for (Phase phase : Phase.values()) {
            if (phase == guest.phase || guest.phase == Phase.STARTED) {
                boolean all = true;
                for (String path : marks(tree, phase)) {
                    if (isBeyond(tree.data(path), guest.about)) {
                        all = false;
                    } else {
                        writes.delete(path, tree.version(path));
                    }
                }
                String parent = tree.paths().guaranteeMarks(phase.node);
                // instances of ElasticJob's go on when the parent is gone; others do not need it to go, and would have
                // to
                // make it again, all at once
                if (all && tree.exists(parent) && tree.hasPeers()) {
                    writes.delete(parent);
                }
            }
        }
        return writes.list();
    }

    /** Takes the guest's own marks back. */
    public static List<Write> withdraw(JobTree tree, Guest guest) {
        Writes writes = new Writes(tree);
        leaveLatch(tree, guest).forEach(write -> writes.delete(write.path()));
        for (int item : guest.items) {
            String path = mark(tree, guest.phase, item);
            if (guest.mark().equals(tree.data(path))) {
                writes.delete(path, tree.version(path));
            }
        }
        return writes.list();
    }

    /** The instances that have not come, and will. */
    private static Set<String> awaited(JobTree tree, JobConfiguration configuration, Guest guest) {
        Set<String> awaited = new TreeSet<>();
        if (guest.phase == Phase.COMPLETED
                && !configuration.isMonitorExecution()
                && guest.deal >= 0
                && guest.deal != tree.version(tree.paths().deal())) {
            // nothing tells any more whose items ran for this firing; their owners of today may have had no part in it
            return awaited;
        }
        for (int item = 0; item < configuration.getShardingTotalCount(); item++) {
            String owner = tree.owner(item);
            if (owner == null || owner.equals(guest.me.id()) || tree.isDisabled(item)) {
                continue;
            }
            boolean online = tree.isOnline(owner) && tree.isEnabled(JobPaths.ipOf(owner));
            boolean cut = guest.phase == Phase.COMPLETED
                    && configuration.isFailover()
                    && (tree.isTakenOver(item) || (!tree.isOnline(owner) && tree.isRunning(item)));
            if (cut
                    || (online
                            && !hasCome(tree, configuration, guest, owner)
                            && !waitsForDeal(tree, configuration, guest, owner)
                            && !isNotAsked(tree, configuration, guest, owner))) {
                awaited.add(owner);
            }
        }
        return awaited;
    }

    /**
     * Whether an instance has nothing of this firing left, and can begin nothing before the items are dealt anew: the deal waits
     * for the guest, so the guest must not wait for that instance.
     */
    private static boolean waitsForDeal(JobTree tree, JobConfiguration configuration, Guest guest, String owner) {
        if (guest.phase != Phase.COMPLETED || !tree.isReshardingPending() || tree.isPeer(owner)) {
            return false;
        }
        if (!configuration.isMonitorExecution()) {
            // nobody can see who runs what; the deal waits for the leader's next firing, so once the leader is here
            // nobody waits
            String leader = tree.leader();
            return guest.me.isLeader(tree) || (leader != null && hasCome(tree, configuration, guest, leader));
        }
        return !runsAny(tree, owner);
    }

    private static boolean runsAny(JobTree tree, String owner) {
        return tree.items().stream().anyMatch(item -> owner.equals(tree.owner(item)) && tree.isRunning(item));
    }

    /**
     * Whether an instance has nothing to come for, where each comes when it is triggered: it runs nothing, and has no trigger, or,
     * at the end of a firing, one that is for the next. A claim marks its items before it takes the trigger away.
     */
    private static boolean isNotAsked(JobTree tree, JobConfiguration configuration, Guest guest, String owner) {
        return guest.about.isEmpty()
                && configuration.isMonitorExecution()
                && !tree.isPeer(owner)
                && !runsAny(tree, owner)
                && (guest.phase == Phase.COMPLETED || !tree.exists(tree.paths().trigger(owner)));
    }

    private static boolean hasCome(JobTree tree, JobConfiguration configuration, Guest guest, String owner) {
        boolean peer = tree.isPeer(owner);
        for (int item = 0; item < configuration.getShardingTotalCount(); item++) {
            if (!owner.equals(tree.owner(item)) || tree.isDisabled(item)) {
                continue;
            }
            String data = tree.data(mark(tree, guest.phase, item));
            if (peer) {
                // it marks its items one by one
                if (data == null) {
                    return false;
                }
            } else if (isBy(tree, data, owner) && !isBehind(data, guest.about)) {
                return true;
            } else if (guest.phase == Phase.COMPLETED) {
                String next = tree.data(mark(tree, Phase.STARTED, item));
                // who was cut out of this firing, and waits for the beginning of a triggered one, waits for the guest
                boolean another = isBeyond(next, guest.about) || (!guest.about.isEmpty() && isTriggered(next));
                if (isBy(tree, next, owner) && another) {
                    return true;
                }
            } else if (!guest.about.isEmpty()) {
                // it has run its items already, and waits for the end of this firing
                String end = tree.data(mark(tree, Phase.COMPLETED, item));
                if (isBy(tree, end, owner) && !isBehind(end, guest.about)) {
                    return true;
                }
            }
        }
        return peer;
    }

    /** The first of Carillon's instances that wait here; it acts, so that they need not all queue up at the latch. */
    private static @Nullable String firstOfUs(JobTree tree, Guest guest) {
        List<String> marks = marks(tree, guest.phase).stream()
                .map(tree::data)
                .filter(Objects::nonNull)
                .toList();
        String about = guest.about.isEmpty() ? earliest(marks) : guest.about;
        for (String id : tree.instances()) {
            if (id.equals(guest.me.id())) {
                return id;
            }
            for (String data : marks) {
                if (isBy(tree, data, id) && !isBehind(data, about) && !isBeyond(data, about)) {
                    return id;
                }
            }
        }
        return null;
    }

    /** The earliest planned time of those who wait; empty when all have their own. Who waits for a later one waits for them. */
    private static String earliest(List<String> marks) {
        return marks.stream()
                .map(data -> data.substring(0, Math.max(0, data.indexOf(' '))))
                .filter(time -> !time.isEmpty() && !time.equals("-"))
                .min((one, other) -> compare(one + " ", other))
                .orElse("");
    }

    /** Whether a mark is one of Carillon's that an instance made in its present session. */
    private static boolean isBy(JobTree tree, @Nullable String data, String id) {
        String[] words = data == null ? new String[0] : data.split(" ", -1);
        return words.length == 3 && words[1].equals(id) && isSession(tree, id, words[2]);
    }

    private static boolean isSession(JobTree tree, String id, String hex) {
        try {
            return tree.isOwnedBy(tree.paths().instance(id), Long.parseUnsignedLong(hex, 16));
        } catch (NumberFormatException e) {
            return false;
        }
    }

    private static boolean isBeyond(@Nullable String data, String about) {
        return compare(data, about) > 0;
    }

    private static boolean isBehind(@Nullable String data, String about) {
        return compare(data, about) < 0;
    }

    private static boolean isTriggered(@Nullable String data) {
        return data != null && data.startsWith("- ");
    }

    /** A mark's firing against another; what has no planned time is equal to everything. */
    private static int compare(@Nullable String data, String about) {
        if (data == null || about.isEmpty()) {
            return 0;
        }
        String time = data.substring(0, Math.max(0, data.indexOf(' ')));
        try {
            return time.isEmpty() || time.equals("-") ? 0 : Instant.parse(time).compareTo(Instant.parse(about));
        } catch (java.time.DateTimeException e) {
            return 0;
        }
    }

    private static String mark(JobTree tree, Phase phase, int item) {
        return tree.paths().guaranteeMarks(phase.node) + "/" + item;
    }

    private static List<String> marks(JobTree tree, Phase phase) {
        String parent = tree.paths().guaranteeMarks(phase.node);
        return tree.children(parent).stream().map(name -> parent + "/" + name).toList();
    }

    private static List<Write> leaveLatch(JobTree tree, Guest guest) {
        Writes writes = new Writes(tree);
        places(tree, guest).forEach(writes::delete);
        return writes.list();
    }

    private static List<String> places(JobTree tree, Guest guest) {
        String latch = tree.paths().guaranteeLatch(guest.phase.node);
        return tree.children(latch).stream()
                .filter(name -> name.startsWith("_c_" + guest.me.token() + "-latch-"))
                .map(name -> latch + "/" + name)
                .toList();
    }

    private static String firstPlace(JobTree tree, Guest guest) {
        String latch = tree.paths().guaranteeLatch(guest.phase.node);
        return tree.children(latch).stream()
                .filter(name -> name.contains("latch-"))
                .min(Comparator.comparing(name -> name.substring(name.lastIndexOf("latch-"))))
                .map(name -> latch + "/" + name)
                .orElse("");
    }
}

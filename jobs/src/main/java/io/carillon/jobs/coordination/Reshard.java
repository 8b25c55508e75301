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
import io.carillon.jobs.coordination.ShardingStrategy.Deal;
import io.carillon.jobs.model.PeerVersion;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether items must be dealt anew, and deals them. Pure; for the leader only.
 *
 * <p>Whether a resharding is due is asked of the state, not of events: the owners on record are compared with those that
 * the strategy names for the instances that are there. So a request cannot be lost, whenever an instance comes or goes.
 */
public final class Reshard {

    private Reshard() {}

    /** Whether {@code necessary} must be created; never while there is a {@link #problem}. */
    public static boolean isRequestDue(JobTree tree, Member me, JobConfiguration configuration) {
        return isRequestDue(tree, me, configuration, Set.of());
    }

    /**
     * The same, after a deal {@link #deal(JobTree, Member, JobConfiguration, Set) around} some items.
     *
     * @param around items that may have any owner, as they still run
     */
    public static boolean isRequestDue(JobTree tree, Member me, JobConfiguration configuration, Set<Integer> around) {
        if (!me.isLeader(tree) || tree.isReshardingPending()) {
            return false;
        }
        List<String> available = tree.available();
        ShardingStrategy strategy = ShardingStrategy.of(configuration.getJobShardingStrategyType());
        if (available.isEmpty() || strategy == null) {
            return false;
        }
        int total = configuration.getShardingTotalCount();
        List<Integer> items = tree.items();
        if (isStatic(tree, configuration)) {
            return wanted(strategy, tree, configuration) != null && isMoveWished(tree);
        }
        if (items.size() != total || items.get(items.size() - 1) != total - 1) {
            return true;
        }
        List<String> present = owners(tree);
        List<String> wanted = wanted(strategy, tree, configuration);
        if (strategy.movesAfterEachRun()) {
            // whoever joins comes to a part of several items; those who have theirs keep it until then
            return !available.containsAll(present)
                    || (around.isEmpty()
                            && wanted != null
                            && new HashSet<>(wanted).size() > new HashSet<>(present).size());
        }
        return wanted != null && !around(wanted, tree, around).equals(present);
    }

    /** Whether some item belongs to nobody who could run it: then it must be dealt at once, whenever that is. */
    public static boolean isOrphaned(JobTree tree, JobConfiguration configuration) {
        List<Integer> items = tree.items();
        List<String> available = tree.available();
        return items.size() != configuration.getShardingTotalCount()
                || items.stream().anyMatch(item -> !available.contains(tree.owner(item)));
    }

    /** Why the items cannot be dealt anew, or null when nothing but time is in the way. */
    public static @Nullable String problem(JobTree tree, JobConfiguration configuration) {
        String type = configuration.getJobShardingStrategyType();
        ShardingStrategy strategy = ShardingStrategy.of(type);
        if (strategy == null) {
            return "jobShardingStrategyType: '" + type + "' (expected: one of " + ShardingStrategy.types()
                    + "). The items stay with their present owners and are not dealt anew; correct the type, or put the"
                    + " strategy on the class path of all instances.";
        }
        boolean own = !(strategy instanceof StandardStrategy);
        if (own && !tree.available().isEmpty() && wanted(strategy, tree, configuration) == null) {
            return "sharding strategy " + strategy.type() + ": fails or names wrong owners (expected: "
                    + configuration.getShardingTotalCount() + " owners of " + tree.available()
                    + "). The items stay with their present owners and are not dealt anew; correct the strategy.";
        }
        return null;
    }

    /** Why a leader of ElasticJob's cannot deal the items, or null when another leads or nothing is known against it. */
    public static @Nullable String problemOfPeers(JobTree tree, JobConfiguration configuration, PeerVersion peers) {
        String type = configuration.getJobShardingStrategyType();
        if (peers.knowsStrategy(type) || tree.version(tree.paths().leaderInstance()) != 0) {
            return null;
        }
        return "jobShardingStrategyType: '" + type + "' (expected: one that the leader " + tree.leader()
                + ", an instance of ElasticJob " + peers
                + ", knows). Whenever it has to deal the items it fails, and nothing runs until another leads. Stop it, or choose"
                + " another strategy; if it is a newer release, set peerVersion.";
    }

    /** What the strategy says, or null when it fails or says nothing usable. */
    private static @Nullable List<String> wanted(
            ShardingStrategy strategy, JobTree tree, JobConfiguration configuration) {
        return wanted(strategy, tree, configuration, tree.available());
    }

    private static @Nullable List<String> wanted(
            ShardingStrategy strategy, JobTree tree, JobConfiguration configuration, List<String> available) {
        int total = configuration.getShardingTotalCount();
        MovedItems moved = strategy.movesAfterEachRun() ? MovedItems.NONE : MovedItems.holding(tree);
        if (isStatic(tree, configuration) && isMoveWished(tree)) {
            // nothing but the item moves
            return moved.in(owners(tree), available);
        }
        List<String> owners;
        try {
            owners = strategy.owners(new Deal(configuration.getJobName(), available, total, owners(tree)));
        } catch (RuntimeException e) {
            return null;
        }
        return owners.size() == total && available.containsAll(owners) ? moved.in(owners, available) : null;
    }

    /** Whether the items keep their owners, whoever comes and goes. */
    static boolean isStatic(JobTree tree, JobConfiguration configuration) {
        return configuration.isStaticSharding() && tree.items().size() == configuration.getShardingTotalCount();
    }

    /** Whether somebody wants an item to have another owner than it has. */
    private static boolean isMoveWished(JobTree tree) {
        List<String> owners = owners(tree);
        return !MovedItems.holding(tree).in(owners, tree.available()).equals(owners);
    }

    /**
     * Who would own which item, from item 0, if the items were dealt now; nothing is changed.
     *
     * @param available to whom, descending; not empty
     * @return null when the strategy is not known here, fails, or names wrong owners
     */
    public static @Nullable List<String> foretell(
            JobTree tree, JobConfiguration configuration, List<String> available) {
        ShardingStrategy strategy = ShardingStrategy.of(configuration.getJobShardingStrategyType());
        return strategy == null ? null : wanted(strategy, tree, configuration, available);
    }

    /** Whether the run of a firing that ended is to be followed by a request, as the job's strategy moves after each. */
    public static boolean isMoveDue(JobTree tree, JobConfiguration configuration) {
        return takesTurns(configuration)
                && !configuration.isStaticSharding()
                && !tree.isReshardingPending()
                && tree.available().size() > 1;
    }

    /**
     * Whether the job's strategy moves the item after each run. Only a job of one item takes turns: of several, each is run by
     * its own owner, and the first claim could not answer for all.
     */
    public static boolean takesTurns(JobConfiguration configuration) {
        ShardingStrategy strategy = ShardingStrategy.of(configuration.getJobShardingStrategyType());
        return strategy != null && strategy.movesAfterEachRun() && configuration.getShardingTotalCount() == 1;
    }

    /** What {@link #hadItsTurn} must know: who claimed last, and for what. */
    public static List<Read> turnReads(JobTree tree) {
        return List.of(new Read.Get(tree.paths().claim()));
    }

    /**
     * Where items move after each run, an instance that is late would find itself the owner of what another ran a moment
     * ago, for the same firing: says whether a firing was run already.
     *
     * @param scheduledTime as it stands in a claim; null for a firing by trigger, which was run when its node is gone
     */
    public static boolean hadItsTurn(JobTree tree, Member me, @Nullable String scheduledTime) {
        if (scheduledTime == null) {
            return !tree.exists(tree.paths().trigger(me.id()));
        }
        String last = tree.data(tree.paths().claim());
        return last != null && last.endsWith(" " + scheduledTime);
    }

    /** One trigger asks all instances; where items move after each run, who claims answers for all. */
    public static List<Write> withdrawOtherTriggers(JobTree tree, Member me) {
        List<Write> writes = new ArrayList<>();
        for (String id : tree.children(tree.paths().triggers())) {
            if (!id.equals(me.id())) {
                writes.add(new Write.Delete(tree.paths().trigger(id), -1));
            }
        }
        return writes;
    }

    /** The wanted owners, but for the items that are left with whom they are. */
    private static List<String> around(List<String> wanted, JobTree tree, Set<Integer> around) {
        List<String> owners = new ArrayList<>(wanted);
        for (int item : around) {
            String owner = tree.owner(item);
            if (item < owners.size() && owner != null) {
                owners.set(item, owner);
            }
        }
        return owners;
    }

    /** The owners on record; of items whose owner {@link #prepare} has removed, who that was, as far as it matters. */
    private static List<String> owners(JobTree tree) {
        List<String> removed =
                List.of(Objects.requireNonNullElse(tree.data(tree.paths().processing()), "")
                        .split("\n", -1));
        List<String> owners = new ArrayList<>();
        for (int item : tree.items()) {
            String before = owners.size() < removed.size() ? removed.get(owners.size()) : "";
            owners.add(Objects.requireNonNullElse(tree.owner(item), before));
        }
        return owners;
    }

    /** The request: {@code necessary}. */
    public static List<Write> request(JobTree tree) {
        return new Writes(tree)
                .create(tree.paths().necessary(), "", CreateMode.PERSISTENT)
                .list();
    }

    /** What must be known at the moment of dealing: whether anyone claimed, and the number of the last deal. */
    public static List<Read> reads(JobTree tree) {
        List<Read> reads = new ArrayList<>(List.of(
                new Read.Get(tree.paths().claim()),
                new Read.Get(tree.paths().deal()),
                new Read.Children(tree.paths().claims()),
                new Read.Children(tree.paths().failed()),
                new Read.Get(tree.paths().processing())));
        reads.addAll(OwedTriggers.reads(tree));
        return reads;
    }

    /**
     * With instances of ElasticJob online, what comes before {@link #deal}: the owners that are to change are removed, as an
     * ElasticJob leader removes them. Its instances answer from a cache that hears of a changed owner late, but asks the
     * registry for one that it does not have. For a strategy that goes on from the present owners they are noted in {@code
     * processing}, which nobody else reads.
     *
     * @return the writes; empty when nothing comes before, it is not the time to deal, or there is a {@link #problem}
     */
    public static List<Write> prepare(JobTree tree, Member me, JobConfiguration configuration) {
        return prepare(tree, me, configuration, Set.of());
    }

    /** The same, before a deal around items that run too long. */
    public static List<Write> prepare(JobTree tree, Member me, JobConfiguration configuration, Set<Integer> around) {
        JobPaths paths = tree.paths();
        List<String> available = tree.available();
        ShardingStrategy strategy = ShardingStrategy.of(configuration.getJobShardingStrategyType());
        if (!tree.hasPeers()
                || available.isEmpty()
                || strategy == null
                || !around.containsAll(blockers(tree, configuration))) {
            return List.of();
        }
        int total = configuration.getShardingTotalCount();
        List<String> wanted = wanted(strategy, tree, configuration);
        if (wanted == null) {
            return List.of();
        }
        List<String> owners = around(wanted, tree, around);
        List<Integer> moved = new ArrayList<>();
        for (int item : tree.items()) {
            if (tree.exists(paths.owner(item))
                    && (item >= total || !owners.get(item).equals(tree.owner(item)))) {
                moved.add(item);
            }
        }
        if (moved.isEmpty()) {
            return List.of();
        }
        Writes writes = new Writes(tree);
        writes.check(paths.claim(), tree.version(paths.claim()));
        writes.check(paths.leaderInstance(), -1);
        writes.check(paths.instance(me.id()), -1);
        if (!tree.exists(paths.processing())) {
            String removed = strategy.movesAfterEachRun() ? String.join("\n", owners(tree)) : "";
            writes.create(paths.processing(), removed, CreateMode.EPHEMERAL);
        }
        moved.forEach(item -> writes.delete(paths.owner(item)));
        return writes.list();
    }

    /**
     * Deals all items in one commit. It is refused when anyone claimed items since {@link #reads} were answered, or somebody
     * else dealt.
     *
     * @return the writes; null when items are still running, no instance is available, or there is a {@link #problem}: wait
     */
    public static @Nullable List<Write> deal(JobTree tree, Member me, JobConfiguration configuration) {
        return deal(tree, me, configuration, Set.of());
    }

    /**
     * The same, around items that have been running too long: they stay with their present owners, and keep their marks, so
     * that nobody else runs them. Who holds them runs on undisturbed; all others come out of their wait.
     *
     * @param around items below the sharding total that run; empty for none
     */
    public static @Nullable List<Write> deal(
            JobTree tree, Member me, JobConfiguration configuration, Set<Integer> around) {
        JobPaths paths = tree.paths();
        List<String> available = tree.available();
        ShardingStrategy strategy = ShardingStrategy.of(configuration.getJobShardingStrategyType());
        if (available.isEmpty() || strategy == null || !around.containsAll(blockers(tree, configuration))) {
            return null;
        }
        int total = configuration.getShardingTotalCount();
        List<String> wanted = wanted(strategy, tree, configuration);
        if (wanted == null) {
            return null;
        }
        List<String> owners = around(wanted, tree, around);
        Writes writes = new Writes(tree);
        writes.check(paths.claim(), tree.version(paths.claim()));
        writes.check(paths.leaderInstance(), -1);
        writes.check(paths.instance(me.id()), -1);
        writes.set(paths.deal(), LastFirings.carried(tree, me), tree.version(paths.deal()));
        LastFirings.stale(tree).forEach(writes::delete);
        for (int item = 0; item < total; item++) {
            writes.ensure(paths.item(item));
            if (!owners.get(item).equals(tree.owner(item))) {
                writes.put(paths.owner(item), owners.get(item));
            }
            if (tree.isRunning(item) && !around.contains(item)) {
                writes.delete(paths.running(item));
            }
        }
        for (int item : tree.items()) {
            if (item >= total) {
                writes.deleteTree(paths.item(item));
            }
        }
        OwedTriggers.handOver(writes, tree, configuration, owners);
        if (tree.exists(paths.moved())) {
            MovedItems moved = strategy.movesAfterEachRun() ? MovedItems.NONE : MovedItems.holding(tree);
            if (moved.owners().isEmpty()) {
                writes.delete(paths.moved(), tree.version(paths.moved()));
            } else {
                writes.set(paths.moved(), moved.carriedOut(available).print(), tree.version(paths.moved()));
            }
        }
        writes.deleteIfExists(paths.necessary());
        writes.deleteIfExists(paths.processing());
        return writes.list();
    }

    /** The items whose {@code running} marks must go before the items can be dealt. Marks left by the dead do not count. */
    public static List<Integer> blockers(JobTree tree, JobConfiguration configuration) {
        List<Integer> blockers = new ArrayList<>();
        if (!configuration.isMonitorExecution()) {
            return blockers;
        }
        for (int item : tree.items()) {
            if (tree.isRunning(item)) {
                String holder = tree.runningBy(item);
                // what nobody will take over must not hold up all items for good
                boolean takenOver = configuration.isFailover()
                        && !tree.isDisabled(item)
                        && item < configuration.getShardingTotalCount();
                boolean left = holder != null && !tree.isOnline(holder) && !takenOver;
                if (!left) {
                    blockers.add(item);
                }
            }
        }
        return blockers;
    }
}

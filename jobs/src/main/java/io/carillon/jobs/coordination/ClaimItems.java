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
import io.carillon.jobs.model.WhyNot;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Decides which items an instance claims, in one commit whose number is the fence, and how it gives them back. Pure.
 *
 * <p>The commit is refused when the items were dealt anew since the owners were read, so a claim on an old deal cannot
 * happen; and dealing is refused when anyone claimed since the leader looked.
 */
public final class ClaimItems {

    private ClaimItems() {}

    /**
     * The items and the writes that claim them; nothing to commit when both are empty.
     *
     * @param afterwards what must be known as of the commit, or later, before anything runs: the claim holds only when {@link
     *     #isStillMine} then. A view that has followed all changes up to the commit knows it; another has to read this. Empty
     *     when the commit itself proves the claim
     */
    public record Claim(List<Integer> items, List<Write> writes, List<Read> afterwards) {

        public Claim {
            items = List.copyOf(items);
            writes = List.copyOf(writes);
            afterwards = List.copyOf(afterwards);
        }
    }

    /**
     * The claim of a firing: all items that are dealt to this instance, but those that are switched off or held.
     *
     * @param about who claims what for, for people who look at the registry
     */
    public static Claim ofFiring(JobTree tree, Member me, JobConfiguration configuration, String about) {
        return ofFiring(tree, me, configuration, about, Set.of());
    }

    /** The same for some of the items only; a trigger that waits is then left for a whole firing. */
    public static Claim ofFiring(
            JobTree tree, Member me, JobConfiguration configuration, String about, Set<Integer> among) {
        JobPaths paths = tree.paths();
        List<Integer> items = new ArrayList<>();
        if (tree.isEnabled(me.ip())) {
            for (int item : tree.items()) {
                if (item < configuration.getShardingTotalCount()
                        && (among.isEmpty() || among.contains(item))
                        && me.id().equals(tree.owner(item))
                        && !tree.isDisabled(item)
                        && !(configuration.isFailover() && tree.isTakenOver(item))
                        && !(configuration.isMonitorExecution() && tree.isRunning(item))) {
                    items.add(item);
                }
            }
        }
        Writes writes = new Writes(tree);
        List<Read> afterwards = new ArrayList<>();
        if (!items.isEmpty()) {
            if (tree.isLedByOurs()) {
                writes.check(paths.leaderInstance(), tree.version(paths.leaderInstance()));
            } else {
                afterwards.add(new Read.Get(paths.necessary()));
                afterwards.add(new Read.Get(paths.processing()));
                items.forEach(item -> afterwards.add(new Read.Get(paths.owner(item))));
            }
            writes.check(paths.deal(), tree.version(paths.deal()));
            writes.check(paths.instance(me.id()), -1);
            writes.set(paths.claim(), about, -1);
            if (configuration.isMonitorExecution()) {
                for (int item : items) {
                    writes.create(paths.running(item), me.id(), markMode(configuration));
                }
            }
        }
        if (among.isEmpty()) {
            writes.deleteIfExists(paths.trigger(me.id()));
        }
        return new Claim(items, writes.list(), afterwards);
    }

    /** What must be known before {@link #ofTrigger}; empty when it is. */
    public static List<Read> triggerReads(JobTree tree, Member me) {
        String path = tree.paths().trigger(me.id());
        return tree.exists(path) && tree.version(path) < 0 ? List.of(new Read.Get(path)) : List.of();
    }

    /**
     * Whether a trigger is to be left until the items are dealt: some belong to nobody yet, and are to be dealt at once. Who took
     * it up now would have nothing to run, or not all.
     */
    public static boolean waitsForOwners(JobTree tree, JobConfiguration configuration) {
        boolean dealt = tree.items().size() == configuration.getShardingTotalCount();
        return (tree.isLedByOurs() || !tree.exists(tree.paths().leaderInstance()))
                && !(dealt && configuration.isStaticSharding())
                && Reshard.isOrphaned(tree, configuration)
                && Reshard.problem(tree, configuration) == null;
    }

    /**
     * The claim of what this instance's trigger stands for; its node goes with it. When it has gone already, whoever dealt the
     * items has seen that nothing is owed: then there is nothing to claim.
     *
     * @param owed what the node said before a claim whose answer was lost, and which nothing ran for; or null
     */
    public static Claim ofTrigger(
            JobTree tree, Member me, JobConfiguration configuration, String about, @Nullable String owed) {
        JobPaths paths = tree.paths();
        String trigger = paths.trigger(me.id());
        if (!tree.exists(trigger)) {
            return owed == null
                    ? new Claim(List.of(), List.of(), List.of())
                    : ofFiring(tree, me, configuration, about, OwedTriggers.items(owed));
        }
        Set<Integer> only = OwedTriggers.items(tree.data(trigger));
        Claim claim = ofFiring(tree, me, configuration, about, only);
        Writes writes = new Writes(tree);
        if (claim.items().isEmpty() && tree.isLedByOurs() && tree.version(paths.deal()) >= 0) {
            // nothing is this instance's as far as it knows: that must be so
            writes.check(paths.deal(), tree.version(paths.deal()));
        }
        claim.writes().stream().filter(write -> !write.path().equals(trigger)).forEach(writes::add);
        writes.delete(trigger, tree.version(trigger));
        return new Claim(claim.items(), writes.list(), claim.afterwards());
    }

    /** What this instance's trigger says; null when there is none. */
    public static @Nullable String triggerData(JobTree tree, Member me) {
        return tree.data(tree.paths().trigger(me.id()));
    }

    /** Whether there is a trigger for all items of this instance. */
    public static boolean isWholeTrigger(JobTree tree, Member me) {
        return tree.exists(tree.paths().trigger(me.id()))
                && OwedTriggers.items(triggerData(tree, me)).isEmpty();
    }

    /** Makes the node of a trigger again that was taken up, and of which nothing was run. */
    public static List<Write> giveTriggerBack(JobTree tree, Member me, String data) {
        JobPaths paths = tree.paths();
        if (tree.exists(paths.trigger(me.id()))) {
            return List.of();
        }
        return new Writes(tree)
                .check(paths.instance(me.id()), -1)
                .create(paths.trigger(me.id()), data, CreateMode.PERSISTENT)
                .list();
    }

    /** An item of this instance's that a firing passes by, and who has it, if anybody and if that is known. Immutable. */
    public record Passed(int item, WhyNot why, @Nullable String by) {}

    /** The items that are dealt to this instance and that {@link #ofFiring} left out, with the reasons. */
    public static List<Passed> passedBy(
            JobTree tree, Member me, JobConfiguration configuration, List<Integer> claimed) {
        List<Passed> passed = new ArrayList<>();
        if (!tree.isEnabled(me.ip())) {
            return passed;
        }
        Set<Integer> taken = new HashSet<>(claimed);
        for (int item : tree.items()) {
            if (item < configuration.getShardingTotalCount()
                    && !taken.contains(item)
                    && me.id().equals(tree.owner(item))) {
                if (tree.isDisabled(item)) {
                    passed.add(new Passed(item, WhyNot.ITEM_DISABLED, null));
                } else if (configuration.isFailover() && tree.isTakenOver(item)) {
                    passed.add(new Passed(
                            item, WhyNot.ITEM_TAKEN_OVER, tree.data(tree.paths().failover(item))));
                } else {
                    passed.add(new Passed(item, WhyNot.ITEM_RUNS_ELSEWHERE, tree.runningBy(item)));
                }
            }
        }
        return passed;
    }

    /**
     * Whether claimed items may run, with a view as of the claim's commit, or later. An ElasticJob leader deals in several steps that no
     * commit of ours can be tied to; but it waits for {@code running} marks that it finds after it has asked for the deal. So
     * when the items are still this instance's and no deal is asked for or going on, none can begin before they are released.
     */
    public static boolean isStillMine(JobTree tree, Member me, List<Integer> items) {
        return !tree.isReshardingPending()
                && items.stream().allMatch(item -> me.id().equals(tree.owner(item)));
    }

    /**
     * The items that an instance cut off when it died, as far as it is this instance's part to repeat them: they are dealt
     * over the available instances of Carillon like other items, and all of a part are taken at once. What a taker has left
     * before it ran it is among them; what ElasticJob's instances have put up is once none of theirs is available.
     *
     * @param local the items that this instance is running itself
     */
    public static List<Integer> cutItems(JobTree tree, Member me, JobConfiguration configuration, Set<Integer> local) {
        List<Integer> mine = new ArrayList<>();
        if (!configuration.isFailover() || !configuration.isMonitorExecution()) {
            return mine;
        }
        List<String> available = tree.available();
        boolean withPeers = available.stream().anyMatch(tree::isPeer);
        available = available.stream().filter(id -> !tree.isPeer(id)).toList();
        if (!available.contains(me.id())) {
            return mine;
        }
        List<Integer> cut = new ArrayList<>();
        for (int item : tree.items()) {
            if (item >= configuration.getShardingTotalCount() || tree.isDisabled(item)) {
                continue;
            }
            boolean here = local.contains(item);
            if (me.id().equals(tree.runningBy(item))) {
                if (!here) {
                    // nobody else can know that, as when the answer to a takeover was lost
                    mine.add(item);
                }
            } else if (isCut(tree, item)
                    || (!here && (isLeftByTaker(tree, me, item) || (!withPeers && isPutUp(tree, item))))) {
                cut.add(item);
            }
        }
        if (cut.isEmpty()) {
            return mine;
        }
        String[] takers = AverageAllocation.allocate(available, cut.size());
        for (int i = 0; i < takers.length; i++) {
            if (takers[i].equals(me.id())) {
                mine.add(cut.get(i));
            }
        }
        return mine;
    }

    private static boolean isCut(JobTree tree, int item) {
        String holder = tree.runningBy(item);
        return holder != null && !tree.isOnline(holder);
    }

    /** Whether an ElasticJob instance put the item up for others. */
    private static boolean isPutUp(JobTree tree, int item) {
        return !tree.isRunning(item) && tree.exists(tree.paths().failoverItem(item));
    }

    /**
     * Whether somebody has gone between taking the item and running it. ElasticJob's instances put it up anew when they see its
     * taker go; one that comes later does not know.
     */
    private static boolean isLeftByTaker(JobTree tree, Member me, int item) {
        String taker = tree.data(tree.paths().failovering(item));
        return taker != null
                && !taker.equals(me.id())
                && !tree.isOnline(taker)
                && !tree.isRunning(item)
                && !tree.exists(tree.paths().failoverItem(item));
    }

    /** Marks that this instance left behind in an earlier life: held by its id, but not running here. */
    public static List<Integer> leftByMe(JobTree tree, Member me, Set<Integer> local) {
        List<Integer> left = new ArrayList<>();
        for (int item : tree.items()) {
            if (tree.isRunning(item) && me.id().equals(tree.runningBy(item)) && !local.contains(item)) {
                left.add(item);
            }
        }
        return left;
    }

    /** The claim of cut items; refused when anyone claimed anything since their holders were read. */
    public static Claim ofCutItems(JobTree tree, Member me, List<Integer> cut, String about) {
        JobPaths paths = tree.paths();
        Writes writes = new Writes(tree);
        writes.set(paths.claim(), about, tree.version(paths.claim()));
        writes.check(paths.instance(me.id()), -1);
        for (int item : cut) {
            writes.deleteIfExists(paths.failoverItem(item));
            writes.deleteIfExists(paths.running(item));
            writes.create(paths.running(item), me.id(), CreateMode.PERSISTENT);
            writes.deleteIfExists(paths.failover(item));
            writes.create(paths.failover(item), me.id(), CreateMode.EPHEMERAL);
            writes.put(paths.failovering(item), me.id());
        }
        return new Claim(cut, writes.list(), List.of());
    }

    /**
     * The writes that give items back; empty when their marks are gone already.
     *
     * @param cut whether the items were taken over from a dead instance
     */
    public static List<Write> release(JobTree tree, Member me, List<Integer> items, boolean cut) {
        JobPaths paths = tree.paths();
        Writes writes = new Writes(tree);
        boolean any = false;
        if (me.isRegistered(tree)) {
            // with a session that has ended without this instance knowing, the marks may be another's by now
            writes.check(paths.instance(me.id()), -1);
        } else if (tree.version(paths.claim()) >= 0) {
            // while it is not registered, another may take its marks over, by a claim, after it has read them
            writes.check(paths.claim(), tree.version(paths.claim()));
        }
        for (int item : items) {
            String holder = tree.runningBy(item);
            if (tree.isRunning(item) && (holder == null || holder.equals(me.id()))) {
                writes.delete(paths.running(item));
                any = true;
            }
            if (cut) {
                any |= tree.exists(paths.failover(item)) || tree.exists(paths.failovering(item));
                writes.deleteIfExists(paths.failover(item));
                writes.deleteIfExists(paths.failovering(item));
            }
        }
        return any ? writes.list() : List.of();
    }

    private static CreateMode markMode(JobConfiguration configuration) {
        return configuration.isFailover() ? CreateMode.PERSISTENT : CreateMode.EPHEMERAL;
    }
}

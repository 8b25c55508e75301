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
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether items must be dealt anew, and deals them. Pure; for the leader only.
 *
 * <p>Whether a resharding is due is asked of the state, not of events: the owners on record are compared with those that
 * the strategy names for the instances that are there. So a request cannot be lost, whenever an instance comes or goes.
 */
public final class Reshard {

    private Reshard() {}

    /** Whether {@code necessary} must be created. */
    public static boolean isRequestDue(JobTree tree, Member me, JobConfiguration configuration) {
        if (!me.isLeader(tree) || tree.isReshardingPending()) {
            return false;
        }
        List<String> available = tree.available();
        if (available.isEmpty()) {
            return false;
        }
        int total = configuration.getShardingTotalCount();
        List<Integer> items = tree.items();
        if (configuration.isStaticSharding() && items.size() == total) {
            return false;
        }
        if (items.size() != total || items.get(items.size() - 1) != total - 1) {
            return true;
        }
        String[] wanted = AverageAllocation.allocate(available, total);
        for (int item = 0; item < total; item++) {
            if (!wanted[item].equals(tree.owner(item))) {
                return true;
            }
        }
        return false;
    }

    /** The request: {@code necessary}. */
    public static List<Write> request(JobTree tree) {
        return new Writes(tree)
                .create(tree.paths().necessary(), "", CreateMode.PERSISTENT)
                .list();
    }

    /** What must be known at the moment of dealing: whether anyone claimed, and the number of the last deal. */
    public static List<Read> reads(JobTree tree) {
        return List.of(
                new Read.Get(tree.paths().claim()), new Read.Get(tree.paths().deal()));
    }

    /**
     * With instances of ElasticJob online, what comes before {@link #deal}: the owners that are to change are removed, as an
     * ElasticJob leader removes them. Its instances answer from a cache that hears of a changed owner late, but asks the
     * registry for one that it does not have.
     *
     * @return the writes; empty when nothing comes before, or it is not the time to deal
     */
    public static List<Write> prepare(JobTree tree, Member me, JobConfiguration configuration) {
        JobPaths paths = tree.paths();
        List<String> available = tree.available();
        if (!tree.hasPeers()
                || available.isEmpty()
                || !blockers(tree, configuration).isEmpty()) {
            return List.of();
        }
        int total = configuration.getShardingTotalCount();
        String[] owners = AverageAllocation.allocate(available, total);
        List<Integer> moved = new ArrayList<>();
        for (int item : tree.items()) {
            if (tree.exists(paths.owner(item)) && (item >= total || !owners[item].equals(tree.owner(item)))) {
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
            writes.create(paths.processing(), "", CreateMode.EPHEMERAL);
        }
        moved.forEach(item -> writes.delete(paths.owner(item)));
        return writes.list();
    }

    /**
     * Deals all items in one commit. It is refused when anyone claimed items since {@link #reads} were answered, or somebody
     * else dealt.
     *
     * @return the writes; null when items are still running, or no instance is available: wait
     */
    public static @Nullable List<Write> deal(JobTree tree, Member me, JobConfiguration configuration) {
        JobPaths paths = tree.paths();
        List<String> available = tree.available();
        if (available.isEmpty() || !blockers(tree, configuration).isEmpty()) {
            return null;
        }
        int total = configuration.getShardingTotalCount();
        Writes writes = new Writes(tree);
        writes.check(paths.claim(), tree.version(paths.claim()));
        writes.check(paths.leaderInstance(), -1);
        writes.check(paths.instance(me.id()), -1);
        writes.set(paths.deal(), me.id(), tree.version(paths.deal()));
        String[] owners = AverageAllocation.allocate(available, total);
        for (int item = 0; item < total; item++) {
            writes.ensure(paths.item(item));
            if (!owners[item].equals(tree.owner(item))) {
                writes.put(paths.owner(item), owners[item]);
            }
            if (tree.isRunning(item)) {
                writes.delete(paths.running(item));
            }
        }
        for (int item : tree.items()) {
            if (item >= total) {
                writes.deleteTree(paths.item(item));
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
                boolean left = holder != null && !tree.isOnline(holder) && !configuration.isFailover();
                if (!left) {
                    blockers.add(item);
                }
            }
        }
        return blockers;
    }
}

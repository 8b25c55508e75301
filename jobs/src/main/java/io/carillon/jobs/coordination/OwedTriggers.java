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
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What triggers still owe when the items change hands. A trigger is a node for each instance that was there, and is gone when
 * its instance has run its items: so an item that moves from who has not yet to who has would be run by nobody, and the other
 * way round twice. Who deals makes the nodes say, in the same commit, what is still owed: a node without data stands for all
 * items of its instance, {@code items 0-3,5} for these only. ElasticJob's instances read no data: one of theirs is given a
 * node only when it had no items before, and theirs are never narrowed.
 */
final class OwedTriggers {

    private static final String ONLY = "items ";

    private OwedTriggers() {}

    /** The items that a trigger's node stands for; empty: all of its instance. */
    static Set<Integer> items(@Nullable String data) {
        Set<Integer> items = new TreeSet<>();
        if (data != null && data.startsWith(ONLY)) {
            try {
                LastFirings.forEach(data.substring(ONLY.length()), items::add);
            } catch (NumberFormatException e) {
                // not written by an engine: it stands for all
                return Set.of();
            }
        }
        return items;
    }

    /** What must be known before the items are dealt. */
    static List<Read> reads(JobTree tree) {
        List<Read> reads = new ArrayList<>();
        for (String id : tree.children(tree.paths().triggers())) {
            reads.add(new Read.Get(tree.paths().trigger(id)));
        }
        if (!reads.isEmpty()) {
            reads.add(new Read.Get(tree.paths().triggers()));
            reads.add(new Read.Get(tree.paths().necessary()));
        }
        return reads;
    }

    /**
     * Adds what makes the nodes right for a deal.
     *
     * @param owners of the items from now on
     */
    static void handOver(Writes writes, JobTree tree, JobConfiguration configuration, List<String> owners) {
        JobPaths paths = tree.paths();
        List<String> triggered = tree.children(paths.triggers());
        if (triggered.isEmpty() || Reshard.takesTurns(configuration)) {
            // of items that take turns, who claims answers for all
            return;
        }
        Set<Integer> owed = new HashSet<>();
        Set<Integer> unknown = new HashSet<>();
        for (int item = 0; item < owners.size(); item++) {
            String before = tree.owner(item);
            if (before == null) {
                // a new one is owed; of one whose owner was removed to deal beside ElasticJob nobody knows
                (tree.exists(paths.processing()) ? unknown : owed).add(item);
            } else if (triggered.contains(before)) {
                Set<Integer> only = items(tree.data(paths.trigger(before)));
                if (only.isEmpty() || only.contains(item)) {
                    owed.add(item);
                }
            } else if (!tree.isOnline(before)) {
                // who has gone had gone before the trigger, or had taken it up
                (isNewerThanRequest(tree, triggered) ? owed : unknown).add(item);
            }
        }
        // all of them are made anew when a trigger comes before the last one is done
        writes.check(paths.triggers(), tree.version(paths.triggers()));
        for (String id : triggered) {
            if (!tree.isOnline(id)) {
                writes.delete(paths.trigger(id), tree.version(paths.trigger(id)));
            }
        }
        for (String id : tree.instances()) {
            handOver(writes, tree, id, triggered.contains(id), owners, owed, unknown);
        }
    }

    /**
     * Whether the deal was asked for before the trigger came: then nobody has taken it up, as all wait for the deal since then.
     * Who leaves in order asks for the deal in its farewell.
     */
    private static boolean isNewerThanRequest(JobTree tree, List<String> triggered) {
        Registry.Node request = tree.asRead(tree.paths().necessary());
        return request != null
                && triggered.stream()
                        .map(id -> tree.asRead(tree.paths().trigger(id)))
                        .anyMatch(trigger -> trigger != null && trigger.createdZxid() > request.createdZxid());
    }

    private static void handOver(
            Writes writes,
            JobTree tree,
            String id,
            boolean triggered,
            List<String> owners,
            Set<Integer> owed,
            Set<Integer> unknown) {
        Set<Integer> all = new TreeSet<>();
        Set<Integer> still = new TreeSet<>();
        boolean had = false;
        for (int item = 0; item < owners.size(); item++) {
            had |= id.equals(tree.owner(item));
            if (id.equals(owners.get(item))) {
                all.add(item);
                if (owed.contains(item) || (triggered && unknown.contains(item))) {
                    still.add(item);
                }
            }
        }
        String path = tree.paths().trigger(id);
        int version = tree.version(path);
        String wanted = still.equals(all) ? "" : ONLY + LastFirings.ranges(still);
        if (triggered && (tree.isPeer(id) || all.isEmpty() || wanted.equals(tree.data(path)))) {
            writes.check(path, version);
        } else if (triggered && still.isEmpty()) {
            writes.delete(path, version);
        } else if (triggered) {
            writes.set(path, wanted, version);
        } else if (!still.isEmpty() && (!tree.isPeer(id) || (!had && wanted.isEmpty()))) {
            writes.create(path, wanted, CreateMode.PERSISTENT);
        }
    }
}

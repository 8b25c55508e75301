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

import io.carillon.jobs.coordination.Registry.CreateMode;
import io.carillon.jobs.coordination.Registry.Write;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Decides the next step of the election. Pure.
 *
 * <p>As with ElasticJob the queue below {@code latch} is only a mutex, in the layout of Curator's LeaderLatch: who is first
 * in it writes {@code leader/election/instance}, if that is absent, and goes. Leadership is that node.
 */
public final class ElectLeader {

    private static final String LATCH = "latch-";

    private ElectLeader() {}

    /** The writes of the next step; empty when there is none, or others must go first. */
    public static List<Write> decide(JobTree tree, Member me) {
        JobPaths paths = tree.paths();
        Writes writes = new Writes(tree);
        List<String> mine = placesOf(tree, me);
        boolean candidate = me.isRegistered(tree) && tree.isEnabled(me.ip());
        if (me.isLeader(tree) && !tree.isEnabled(me.ip())) {
            writes.delete(paths.leaderInstance());
        }
        if (tree.exists(paths.leaderInstance()) || !candidate) {
            mine.forEach(writes::delete);
            return writes.list();
        }
        if (mine.isEmpty()) {
            if (!tree.exists(paths.latch())) {
                writes.create(paths.latch(), "", CreateMode.CONTAINER);
            }
            writes.create(paths.latch() + "/_c_" + me.token() + "-" + LATCH, "", CreateMode.EPHEMERAL_SEQUENTIAL);
            return writes.list();
        }
        if (mine.contains(first(tree))) {
            // written twice, which ElasticJob's leaders never do: see JobTree.isLedByOurs
            writes.create(paths.leaderInstance(), me.id(), CreateMode.EPHEMERAL);
            writes.set(paths.leaderInstance(), me.id(), 0);
            // claims that were decided under a leader of ElasticJob's, whose deals do not count, are refused from here
            // on
            if (tree.exists(paths.deal())) {
                writes.set(paths.deal(), LastFirings.renamed(tree, me), tree.version(paths.deal()));
            } else {
                writes.create(paths.deal(), me.id(), CreateMode.PERSISTENT);
            }
            mine.forEach(writes::delete);
        }
        return writes.list();
    }

    /** The paths of a member's places in the queue: one, or more after a lost answer. */
    static List<String> placesOf(JobTree tree, Member me) {
        List<String> places = new ArrayList<>();
        for (String name : tree.children(tree.paths().latch())) {
            if (name.startsWith("_c_" + me.token() + "-" + LATCH)) {
                places.add(tree.paths().latch() + "/" + name);
            }
        }
        return places;
    }

    private static String first(JobTree tree) {
        return tree.children(tree.paths().latch()).stream()
                .filter(name -> name.contains(LATCH))
                .min(Comparator.comparing(name -> name.substring(name.lastIndexOf(LATCH))))
                .map(name -> tree.paths().latch() + "/" + name)
                .orElse("");
    }
}

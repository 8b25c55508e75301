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
import io.carillon.jobs.coordination.Registry.Write;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Decides what an instance removes when it leaves a job in order. Pure. */
public final class LeaveJob {

    private LeaveJob() {}

    /** The writes of the farewell; empty when there is nothing to remove. */
    public static List<Write> decide(JobTree tree, Member me) {
        JobPaths paths = tree.paths();
        Writes writes = new Writes(tree);
        if (me.isLeader(tree)) {
            writes.delete(paths.leaderInstance());
        }
        for (String place : ElectLeader.placesOf(tree, me)) {
            writes.delete(place);
        }
        boolean last = tree.instances().stream().allMatch(me.id()::equals);
        boolean peerLeads = tree.exists(paths.leaderInstance()) && !tree.isLedByOurs();
        for (String id : tree.children(paths.triggers())) {
            // what it was triggered for and has not run goes to whoever is dealt its items
            if (last || (peerLeads && id.equals(me.id()))) {
                writes.delete(paths.trigger(id));
            }
        }
        if (me.isRegistered(tree)) {
            writes.delete(paths.instance(me.id()));
        }
        return writes.list();
    }

    /**
     * The farewell at a moment at which nothing of this instance runs, so that no firing is lost or run twice: the items are
     * to be dealt anew from the same commit on. It is refused when anyone claimed since {@code claim} was read; and claims that
     * were decided without knowing of it are refused, so that they wait for the deal.
     */
    public static List<Write> handOver(JobTree tree, Member me, JobConfiguration configuration) {
        JobPaths paths = tree.paths();
        Writes writes = new Writes(tree);
        if (tree.version(paths.claim()) >= 0) {
            writes.check(paths.claim(), tree.version(paths.claim()));
        }
        boolean owner = tree.items().stream().anyMatch(item -> me.id().equals(tree.owner(item)));
        boolean dealt = owner
                && !configuration.isStaticSharding()
                && ShardingStrategy.of(configuration.getJobShardingStrategyType()) != null;
        if (dealt && !tree.isReshardingPending()) {
            writes.create(paths.necessary(), "", CreateMode.PERSISTENT);
        }
        if (dealt && tree.exists(paths.deal())) {
            writes.set(paths.deal(), LastFirings.renamed(tree, me), tree.version(paths.deal()));
        }
        List<Write> all = new ArrayList<>(writes.list());
        all.addAll(decide(tree, me));
        return all;
    }

    /** Whether another instance is there that would take the items over. */
    public static boolean isAnyoneElse(JobTree tree, Member me) {
        return tree.available().stream().anyMatch(id -> !id.equals(me.id()));
    }

    /**
     * Whether somebody has claimed for a firing that this instance has not begun: then it has to run that, too, before it may
     * go.
     *
     * @param next this instance's next firing, or null
     */
    public static boolean isBehind(JobTree tree, @Nullable Instant next) {
        String last = tree.data(tree.paths().claim());
        if (last == null || next == null || last.lastIndexOf(' ') < 0) {
            return false;
        }
        try {
            return !Instant.parse(last.substring(last.lastIndexOf(' ') + 1)).isBefore(next);
        } catch (DateTimeException e) {
            return false;
        }
    }
}

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

import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.coordination.JobPaths;
import io.carillon.jobs.coordination.JobTree;
import io.carillon.jobs.coordination.Reshard;
import io.carillon.jobs.coordination.ShardingStrategy;
import io.carillon.jobs.operations.JobMoves.Move;
import io.carillon.jobs.operations.JobMoves.Unforetold;
import io.carillon.jobs.operations.JobMoves.Verb;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Says what the next deal of a job's items changes, and by which verb. Pure, over a snapshot. */
final class ForetellDeal {

    private ForetellDeal() {}

    /**
     * The next deal.
     *
     * @param configuration null when the stored one cannot be used
     * @param gaveBack whether an instance that is not online left in order
     * @param seen the moves that were seen, newest first
     */
    static JobMoves of(
            JobTree tree, @Nullable JobConfiguration configuration, Predicate<String> gaveBack, List<Move> seen) {
        boolean asked = tree.isReshardingPending() || tree.items().isEmpty();
        List<String> available = tree.available();
        if (configuration == null) {
            return new JobMoves(
                    asked, Unforetold.CONFIGURATION, waiting(tree, tree.items().size(), gaveBack), List.of(), seen);
        }
        List<Integer> blockers = asked ? Reshard.blockers(tree, configuration) : List.of();
        int total = configuration.getShardingTotalCount();
        if (available.isEmpty()) {
            return new JobMoves(asked, Unforetold.NOBODY, waiting(tree, total, gaveBack), blockers, seen);
        }
        if (!asked && stays(tree, configuration, available)) {
            return new JobMoves(false, null, List.of(), List.of(), seen);
        }
        List<String> owners = Reshard.foretell(tree, configuration, available);
        if (owners == null) {
            return new JobMoves(asked, Unforetold.STRATEGY, waiting(tree, total, gaveBack), blockers, seen);
        }
        List<Move> moves = new ArrayList<>();
        for (int item = 0; item < total; item++) {
            String from = tree.owner(item);
            String to = owners.get(item);
            if (!to.equals(from)) {
                moves.add(new Move(item, verb(tree, from, gaveBack), from, to, null));
            }
        }
        return new JobMoves(asked, null, moves, blockers, seen);
    }

    /** Whether no deal is to come: the sharding is static, or the item moves after each run and has an owner until then. */
    private static boolean stays(JobTree tree, JobConfiguration configuration, List<String> available) {
        ShardingStrategy strategy = ShardingStrategy.of(configuration.getJobShardingStrategyType());
        boolean turns = strategy != null && strategy.movesAfterEachRun();
        return configuration.isStaticSharding()
                || (turns && tree.items().stream().allMatch(item -> available.contains(tree.owner(item))));
    }

    /** The items that nobody who takes part owns. */
    private static List<Move> waiting(JobTree tree, int total, Predicate<String> gaveBack) {
        List<Move> moves = new ArrayList<>();
        for (int item = 0; item < total; item++) {
            String from = tree.owner(item);
            if (from == null || verb(tree, from, gaveBack) != Verb.REVOKE) {
                moves.add(new Move(item, Verb.WAIT, from, null, null));
            }
        }
        return moves;
    }

    /** How an item leaves its owner for another. */
    static Verb verb(JobTree tree, @Nullable String from, Predicate<String> gaveBack) {
        if (from == null) {
            return Verb.TAKE;
        }
        if (tree.isOnline(from)) {
            return tree.isEnabled(JobPaths.ipOf(from)) ? Verb.REVOKE : Verb.RELEASE;
        }
        return gaveBack.test(from) ? Verb.RELEASE : Verb.TAKE;
    }
}

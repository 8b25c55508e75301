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
package io.carillon.jobs.engine;

import io.carillon.jobs.InvalidSettingException;
import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.coordination.JobTree;
import io.carillon.jobs.coordination.Member;
import io.carillon.jobs.coordination.Reshard;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Keeps one long run from holding up a whole job: when firings have waited too long for running items to end, the leader
 * deals the items anew around those that run. Confined to the job loop.
 */
final class DealAround {

    /** The key in the job's {@code props}: how long firings wait, in seconds; negative: for ever. */
    static final String PATIENCE = "carillon.reshard.patience.seconds";

    private static final long DEFAULT_SECONDS = 60;

    private @Nullable Instant since;
    private Set<Integer> around = Set.of();

    /** @throws InvalidSettingException when the setting is no number */
    static void check(JobConfiguration configuration) {
        String text = configuration.getProps().get(PATIENCE);
        if (text != null && !text.matches("-?[0-9]{1,9}")) {
            throw new InvalidSettingException(
                    PATIENCE,
                    "'" + text + "'",
                    "a number of seconds, or -1 to wait for ever",
                    "Firings of job '" + configuration.getJobName() + "' wait " + DEFAULT_SECONDS
                            + " s for running items before the items are dealt around them; correct the setting.");
        }
    }

    private static long patience(JobConfiguration configuration) {
        String text = configuration.getProps().get(PATIENCE);
        return text == null || !text.matches("-?[0-9]{1,9}") ? DEFAULT_SECONDS : Long.parseLong(text);
    }

    /**
     * When the wait ends.
     *
     * @param waits whether a firing waits here for the deal
     * @return the instant from which on the items are dealt around those that run; null when nothing waits, or it waits for
     *     ever
     */
    @Nullable
    Instant ends(JobTree tree, Member me, JobConfiguration configuration, boolean waits, Instant now) {
        long patience = patience(configuration);
        if (!waits
                || patience < 0
                || !tree.isReshardingPending()
                || !me.isLeader(tree)
                || running(tree, configuration) == null
                || Reshard.problem(tree, configuration) != null) {
            since = null;
            return null;
        }
        if (since == null) {
            since = now;
        }
        return since.plus(Duration.ofSeconds(patience));
    }

    /** The items to deal around; null when one of them is to be taken away, which must wait until it has ended. */
    static @Nullable Set<Integer> running(JobTree tree, JobConfiguration configuration) {
        Set<Integer> running = new HashSet<>(Reshard.blockers(tree, configuration));
        return running.stream().allMatch(item -> item < configuration.getShardingTotalCount()) ? running : null;
    }

    /** The items were dealt around these. */
    void dealt(Set<Integer> running) {
        around = Set.copyOf(running);
        since = null;
    }

    /** Of the items that were dealt around, those that have been running since: that they wait for a deal is no news. */
    Set<Integer> stillRunning(JobTree tree) {
        if (!around.isEmpty()) {
            Set<Integer> left = new HashSet<>(around);
            left.removeIf(item -> !tree.isRunning(item));
            around = Set.copyOf(left);
        }
        return around;
    }
}

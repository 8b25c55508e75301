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
package io.carillon.messages.recovery;

import io.carillon.messages.model.MessageId;
import io.carillon.messages.recovery.ParkedCommands.Outcome;
import io.carillon.messages.recovery.ParkedCommands.Report;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Gives parked messages up that nobody cared for in a long time, if that is the policy: page by page along the key, until none is
 * left or the time budget ends. Each page is one command in the audit. Thread-safe.
 *
 * <p>What was handled after all goes with its inbox row ({@link CleanConsumed}); without this policy what was not stays for ever.
 */
public final class DiscardParked {

    private static final int PAGE = 500;

    private final ParkedCommands commands;
    private final Duration retention;
    private final Duration budget;
    private final InstantSource time;

    /**
     * The policy.
     *
     * @param retention how long ago a message must have been parked, or have failed again, to go
     * @param budget how long one run takes, at most; at least one page
     */
    public DiscardParked(ParkedCommands commands, Duration retention, Duration budget, InstantSource time) {
        if (retention.isNegative() || retention.isZero()) {
            throw new IllegalArgumentException("retention: " + retention
                    + " (expected: longer than nothing). Nothing is discarded; say how long parked messages are kept.");
        }
        this.commands = commands;
        this.retention = retention;
        this.budget = budget;
        this.time = time;
    }

    /**
     * Discards what is old enough; the first shard does it alone.
     *
     * @return {@code left}: 1 when the time was over before all were looked at
     */
    public MaintenanceResult run(Instant now, int shard, int shards) {
        Cleaning.checkShard(shard, shards);
        TimeBudget spent = new TimeBudget(time, time.instant(), budget);
        if (shard != 0) {
            return new MaintenanceResult(0, 0, spent.taken());
        }
        Instant bound = now.minus(retention);
        // a message is made before it is parked: what was made later cannot be old enough
        MessageId end = MessageId.leastAt(bound);
        long discarded = 0;
        ParkedCommands.Key after = null;
        while (true) {
            List<ParkedCommands.Waiting> page = commands.list(null, after, PAGE);
            List<ParkedCommands.Key> old = page.stream()
                    .filter(each -> each.at().isBefore(bound))
                    .map(ParkedCommands.Waiting::key)
                    .toList();
            if (!old.isEmpty()) {
                Report report =
                        commands.discard("carillon", "parked messages are kept for " + retention + " by policy", old);
                discarded += report.count(Outcome.DONE);
            }
            after = page.size() < PAGE ? null : page.get(PAGE - 1).key();
            if (isBehind(after, end)) {
                return new MaintenanceResult(discarded, 0, spent.taken());
            }
            if (spent.isSpent()) {
                return new MaintenanceResult(discarded, 1, spent.taken());
            }
        }
    }

    private static boolean isBehind(ParkedCommands.@Nullable Key last, MessageId end) {
        return last == null || last.id().compareTo(end) >= 0;
    }
}

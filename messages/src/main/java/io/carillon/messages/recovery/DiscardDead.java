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

import io.carillon.messages.model.MessageState;
import io.carillon.messages.operations.MessageCommands;
import io.carillon.messages.operations.MessageCommands.Order;
import io.carillon.messages.operations.MessageCommands.Outcome;
import io.carillon.messages.operations.MessageCommands.Report;
import io.carillon.messages.operations.MessageFilter;
import io.carillon.messages.operations.MessageSearch;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/**
 * Discards dead messages that nobody cared for in a long time, if that is the policy; the cleaning of closed messages then
 * deletes them. Each run that finds any is one command in the audit. Thread-safe.
 */
public final class DiscardDead {

    private final MessageSearch search;
    private final MessageCommands commands;
    private final Duration retention;
    private final InstantSource time;

    /**
     * The policy.
     *
     * @param retention how old, from its append on, a dead message must be to go
     */
    public DiscardDead(MessageSearch search, MessageCommands commands, Duration retention, InstantSource time) {
        if (retention.isNegative() || retention.isZero()) {
            throw new IllegalArgumentException("retention: " + retention
                    + " (expected: longer than nothing). Nothing is discarded; say how long dead messages are kept.");
        }
        this.search = search;
        this.commands = commands;
        this.retention = retention;
        this.time = time;
    }

    /**
     * Discards at most {@link MessageCommands#MAX_LIMIT} messages; the first shard does it alone.
     *
     * @throws IllegalStateException when the store failed in the middle
     */
    public MaintenanceResult run(Instant now, int shard, int shards) {
        Cleaning.checkShard(shard, shards);
        TimeBudget budget = new TimeBudget(time, time.instant(), Duration.ZERO);
        MessageFilter old = MessageFilter.all().states(MessageState.DEAD).made(null, now.minus(retention));
        if (shard != 0 || search.search(old, null, 1).found().isEmpty()) {
            return new MaintenanceResult(0, 0, budget.taken());
        }
        Order order = Order.of("carillon", "dead messages are kept for " + retention + " by policy");
        Report report = commands.discard(order.limit(MessageCommands.MAX_LIMIT), old);
        if (report.failure() != null) {
            throw new IllegalStateException("discard dead messages: " + report.summary()
                    + " (expected: a store that answers). The next run goes on.");
        }
        return new MaintenanceResult(report.count(Outcome.DONE), report.truncated() ? 1 : 0, budget.taken());
    }
}

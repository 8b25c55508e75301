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

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;

/**
 * Deletes what is older than a retention from tables that otherwise only grow: batches along the key, each its own
 * transaction, until none is left or the time budget ends. The next run takes up the rest. Thread-safe.
 *
 * <p>The tables are dealt over the shards. A table that cannot be cleaned does not keep the others from it.
 */
public final class CleanHistory {

    private static final int BATCH = 1000;

    private final List<AgedTable> tables;
    private final Duration retention;
    private final Duration budget;
    private final InstantSource time;

    /**
     * Cleaning of some tables.
     *
     * @param retention how old a row must be to go
     * @param budget how long one run takes, at most; each table gets at least one batch
     */
    public CleanHistory(List<? extends AgedTable> tables, Duration retention, Duration budget, InstantSource time) {
        if (retention.isNegative() || retention.isZero()) {
            throw new IllegalArgumentException("retention: " + retention
                    + " (expected: longer than nothing). Nothing is cleaned; say how long rows are kept.");
        }
        this.tables = List.copyOf(tables);
        this.retention = retention;
        this.budget = budget;
        this.time = time;
    }

    /**
     * Cleans the tables of one sharding item.
     *
     * @param shard from 0 to {@code shards} - 1
     * @return {@code left}: how many tables were not finished
     * @throws RuntimeException the first failure of a table, after the other tables had their turn
     */
    public MaintenanceResult run(Instant now, int shard, int shards) {
        Cleaning.checkShard(shard, shards);
        TimeBudget spent = new TimeBudget(time, time.instant(), budget);
        Instant bound = now.minus(retention);
        long deleted = 0;
        long left = 0;
        RuntimeException failure = null;
        for (int i = shard; i < tables.size(); i += shards) {
            try {
                AgedTable.Done done = tables.get(i)
                        .clean(
                                bound,
                                BATCH,
                                () -> !spent.isSpent()
                                        && !Thread.currentThread().isInterrupted());
                deleted += done.deleted();
                left += done.more() ? 1 : 0;
            } catch (RuntimeException e) {
                if (failure == null) {
                    failure = e;
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
        return new MaintenanceResult(deleted, left, spent.taken());
    }
}

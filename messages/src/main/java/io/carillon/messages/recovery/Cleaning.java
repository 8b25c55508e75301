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

import io.carillon.messages.MessageServiceOptions;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.outbox.MessageStore.Cleaned;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** The loop of the cleaning jobs: keyset batches behind a cursor. Pure but for what the store does. */
final class Cleaning {

    static final int BATCH = 1000;

    private Cleaning() {}

    /** One batch of a table: {@code cleanClosed} or {@code cleanConfirmed}. */
    @FunctionalInterface
    interface Batch {
        Cleaned clean(@Nullable MessageId after, MessageId bound, int shard, int shards, int limit);
    }

    static MaintenanceResult run(Batch table, MessageServiceOptions options, Instant now, int shard, int shards) {
        return upTo(table, options, now.minus(options.retention()), shard, shards);
    }

    /** The same for what is older than a time. */
    static MaintenanceResult upTo(Batch table, MessageServiceOptions options, Instant oldest, int shard, int shards) {
        checkShard(shard, shards);
        TimeBudget budget = TimeBudget.start(options);
        MessageId bound = MessageId.leastAt(oldest);
        long deleted = 0;
        MessageId after = null;
        while (true) {
            Cleaned batch = table.clean(after, bound, shard, shards, BATCH);
            deleted += batch.deleted();
            if (!batch.more()) {
                return new MaintenanceResult(deleted, 0, budget.taken());
            }
            after = batch.last();
            if (budget.isSpent()) {
                return new MaintenanceResult(deleted, 1, budget.taken());
            }
        }
    }

    static void checkShard(int shard, int shards) {
        if (shards < 1 || shard < 0 || shard >= shards) {
            throw new IllegalArgumentException("shard: " + shard + " of " + shards
                    + " (expected: 0 or more, below the number of shards). Nothing was cleaned.");
        }
    }
}

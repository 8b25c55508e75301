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
import io.carillon.messages.outbox.MessageStore;
import java.time.Instant;

/**
 * Deletes closed messages of the outbox that are older than {@link MessageServiceOptions#retention}: batches along the key,
 * each its own transaction, until none is left or the time budget ends. Unfinished and dead messages stay, however old.
 * Thread-safe.
 */
public final class CleanSent {

    private final MessageStore store;
    private final MessageServiceOptions options;

    public CleanSent(MessageStore store, MessageServiceOptions options) {
        this.store = store;
        this.options = options;
    }

    /**
     * Cleans the rows of one sharding item.
     *
     * @param shard from 0 to {@code shards} - 1
     */
    public MaintenanceResult run(Instant now, int shard, int shards) {
        return Cleaning.run(store::cleanClosed, options, now, shard, shards);
    }
}

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
import io.carillon.messages.inbox.InboxStore;
import java.time.Instant;

/**
 * Deletes confirmed rows of the inbox whose messages are older than {@link MessageServiceOptions#retention}: batches along
 * the key, each its own transaction, until none is left or the time budget ends. Unconfirmed rows stay, however old.
 *
 * <p>A message that arrives again after its row was cleaned takes effect again; so the retention must be longer than
 * producers go on sending, which the default is by far. Thread-safe.
 */
public final class CleanConsumed {

    private final InboxStore inbox;
    private final MessageServiceOptions options;

    public CleanConsumed(InboxStore inbox, MessageServiceOptions options) {
        this.inbox = inbox;
        this.options = options;
    }

    /**
     * Cleans the rows of one sharding item.
     *
     * @param shard from 0 to {@code shards} - 1
     */
    public MaintenanceResult run(Instant now, int shard, int shards) {
        return Cleaning.run(inbox::cleanConfirmed, options, now, shard, shards);
    }
}

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
package io.carillon.store.jdbc;

import io.carillon.messages.Message;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.model.MessageState;
import io.carillon.messages.model.StoredMessage;
import java.time.Instant;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Makes messages with ids that are the same in each run. One thread at a time. */
final class Seed {

    static final Instant NOW = Instant.parse("2026-11-22T10:00:00Z");

    private final Random random = new Random(20261122);

    MessageId id(Instant time) {
        return MessageId.of(time, random.nextLong(), random.nextLong());
    }

    StoredMessage message(Instant made, MessageState state) {
        return message(made, state, made.plusSeconds(20), "node-1");
    }

    StoredMessage message(Instant made, MessageState state, Instant dueAt, @Nullable String owner) {
        return new StoredMessage(
                id(made),
                Message.to("ORDERS", "PLACED")
                        .key("order-1")
                        .json("{\"order\":1}")
                        .build(),
                "orders",
                state,
                0,
                dueAt,
                owner,
                null,
                null);
    }
}

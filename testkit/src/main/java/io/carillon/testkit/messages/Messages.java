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
package io.carillon.testkit.messages;

import io.carillon.messages.Message;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.model.MessageState;
import io.carillon.messages.model.StoredMessage;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Makes messages for tests. Thread-safe. */
public final class Messages {

    private static final AtomicLong NEXT = new AtomicLong();

    private Messages() {}

    /** An id of a point in time; ids made later at the same time are greater. */
    public static MessageId id(Instant time) {
        long next = NEXT.incrementAndGet();
        // the low 32 bits decide the shard: spread them
        return MessageId.of(time, 0, (next << 32) | ((next * 0x9E37_79B9L) & 0xffff_ffffL));
    }

    /** A row as a relay writes it: SENDING, first attempt, leased to a node until it is due. */
    public static StoredMessage sending(Instant now, String topic, String tag, String owner, Instant dueAt) {
        return row(now, topic, tag, MessageState.SENDING, 1, dueAt, owner, null);
    }

    /** A row of a message that nobody holds. */
    public static StoredMessage unowned(Instant now, String topic, String tag, MessageState state, Instant dueAt) {
        return row(now, topic, tag, state, 0, dueAt, null, null);
    }

    /** A row. */
    public static StoredMessage row(
            Instant now,
            String topic,
            String tag,
            MessageState state,
            int attempt,
            Instant dueAt,
            @Nullable String owner,
            @Nullable String checkUrl) {
        Message message = Message.to(topic, tag)
                .key("order-1")
                .json("{\"order\":1}")
                .header("trace", "t-1")
                .build();
        return new StoredMessage(id(now), message, "orders", state, attempt, dueAt, owner, null, checkUrl);
    }
}

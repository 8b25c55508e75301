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
package io.carillon.messages.operations;

import io.carillon.messages.model.MessageId;
import io.carillon.messages.model.MessageState;
import io.carillon.messages.model.StoredMessage;
import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which messages are meant; what is null, or empty for the states, does not matter. Texts are compared exactly. Immutable.
 *
 * @param group a consumer group that a confirmation of the message is expected from, or has come from
 * @param from made at this time or later
 * @param to made before this time
 * @param attempts tried at least so often; 0 does not matter
 */
public record MessageFilter(
        Set<MessageState> states,
        @Nullable String topic,
        @Nullable String tag,
        @Nullable String key,
        @Nullable String producer,
        @Nullable String group,
        @Nullable Instant from,
        @Nullable Instant to,
        int attempts) {

    public MessageFilter {
        states = Set.copyOf(states);
        if (attempts < 0) {
            throw new IllegalArgumentException(
                    "attempts: " + attempts + " (expected: 0 or more). Nothing was read; correct the filter.");
        }
    }

    /** Every message. */
    public static MessageFilter all() {
        return new MessageFilter(Set.of(), null, null, null, null, null, null, null, 0);
    }

    public MessageFilter states(MessageState... wanted) {
        return new MessageFilter(Set.of(wanted), topic, tag, key, producer, group, from, to, attempts);
    }

    public MessageFilter topic(@Nullable String wanted) {
        return new MessageFilter(states, wanted, tag, key, producer, group, from, to, attempts);
    }

    public MessageFilter tag(@Nullable String wanted) {
        return new MessageFilter(states, topic, wanted, key, producer, group, from, to, attempts);
    }

    public MessageFilter key(@Nullable String wanted) {
        return new MessageFilter(states, topic, tag, wanted, producer, group, from, to, attempts);
    }

    public MessageFilter producer(@Nullable String wanted) {
        return new MessageFilter(states, topic, tag, key, wanted, group, from, to, attempts);
    }

    public MessageFilter group(@Nullable String wanted) {
        return new MessageFilter(states, topic, tag, key, producer, wanted, from, to, attempts);
    }

    /** Made at {@code first} or later, and before {@code end}; null for no such bound. */
    public MessageFilter made(@Nullable Instant first, @Nullable Instant end) {
        return new MessageFilter(states, topic, tag, key, producer, group, first, end, attempts);
    }

    /** Tried at least so often. */
    public MessageFilter attempts(int least) {
        return new MessageFilter(states, topic, tag, key, producer, group, from, to, least);
    }

    /** Whether a message is meant, as far as its own row tells; the group is not looked at. */
    public boolean matches(StoredMessage row) {
        return (states.isEmpty() || states.contains(row.state()))
                && is(topic, row.message().topic())
                && is(tag, row.message().tag())
                && is(key, row.message().key())
                && is(producer, row.producer())
                && row.attempt() >= attempts
                && (from == null || row.id().compareTo(MessageId.leastAt(from)) >= 0)
                && (to == null || row.id().compareTo(MessageId.leastAt(to)) < 0);
    }

    private static boolean is(@Nullable String wanted, String value) {
        return wanted == null || wanted.equals(value);
    }
}

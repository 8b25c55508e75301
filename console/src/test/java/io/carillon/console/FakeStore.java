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
package io.carillon.console;

import io.carillon.messages.model.MessageState;
import io.carillon.messages.model.StoredMessage;
import io.carillon.messages.operations.MessageQueries;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** A message store whose answers a test chooses. Thread-safe. */
final class FakeStore implements MessageQueries {
    private final String name;
    final Map<MessageState, Long> counts = new EnumMap<>(MessageState.class);
    volatile Duration oldest = Duration.ZERO;
    volatile List<StoredMessage> messages = List.of();
    volatile RuntimeException broken;

    FakeStore(String name) {
        this.name = name;
        for (MessageState state : MessageState.values()) {
            if (state != MessageState.UNKNOWN) {
                counts.put(state, 0L);
            }
        }
    }

    @Override
    public String store() {
        return name;
    }

    @Override
    public Map<MessageState, Long> countByState() {
        if (broken != null) {
            throw broken;
        }
        return counts;
    }

    @Override
    public Duration oldestOpenAge() {
        if (broken != null) {
            throw broken;
        }
        return oldest;
    }

    @Override
    public long overdueConfirmations(Duration age) {
        return 0;
    }

    @Override
    public List<StoredMessage> latest(MessageState state, int limit) {
        if (broken != null) {
            throw broken;
        }
        return messages.stream()
                .filter(message -> state == null || message.state() == state)
                .limit(limit)
                .toList();
    }
}

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

import io.carillon.messages.model.MessageId;
import io.carillon.messages.model.MessageState;
import io.carillon.messages.model.StoredMessage;
import io.carillon.messages.operations.MessageQueries;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Questions about the messages of one database. Thread-safe. */
final class JdbcMessageQueries implements MessageQueries {

    private static final List<MessageState> OPEN =
            List.of(MessageState.WAITING_CONFIRM, MessageState.SENDING, MessageState.SENT);

    private final String store;
    private final JdbcMessageStore messages;
    private final Database database;
    private final @Nullable InstantSource time;

    JdbcMessageQueries(String store, JdbcMessageStore messages, Database database, @Nullable InstantSource time) {
        this.store = store;
        this.messages = messages;
        this.database = database;
        this.time = time;
    }

    @Override
    public String store() {
        return store;
    }

    @Override
    public Map<MessageState, Long> countByState() {
        Map<MessageState, Long> counts = new EnumMap<>(MessageState.class);
        for (MessageState state : MessageState.values()) {
            if (state != MessageState.UNKNOWN) {
                counts.put(state, 0L);
            }
        }
        counts.putAll(messages.countByState());
        return counts;
    }

    /** {@inheritDoc} Ids are in time order, so the oldest is the least; the index alone answers. */
    @Override
    public Duration oldestOpenAge() {
        String least = "(SELECT " + database.dialect().leastId() + " FROM " + Tables.MESSAGE + " WHERE state = ?)";
        String sql = "SELECT " + least + ", " + least + ", " + least + ", "
                + database.dialect().nowMillis();
        return database.statement("find the oldest open message", connection -> {
            try (PreparedStatement select = connection.prepareStatement(sql)) {
                for (int i = 0; i < OPEN.size(); i++) {
                    select.setInt(i + 1, OPEN.get(i).code());
                }
                try (ResultSet row = select.executeQuery()) {
                    row.next();
                    Instant oldest = null;
                    for (int i = 0; i < OPEN.size(); i++) {
                        byte[] id = row.getBytes(i + 1);
                        if (id != null) {
                            Instant made = MessageId.ofBytes(id).time();
                            oldest = oldest == null || made.isBefore(oldest) ? made : oldest;
                        }
                    }
                    Instant now = time != null ? time.instant() : Instant.ofEpochMilli(row.getLong(OPEN.size() + 1));
                    return oldest == null || oldest.isAfter(now) ? Duration.ZERO : Duration.between(oldest, now);
                }
            }
        });
    }

    /** {@inheritDoc} Ids are in time order; the index alone answers. */
    @Override
    public long overdueConfirmations(Duration age) {
        return database.statement("count overdue confirmations", connection -> {
            Instant now;
            try (PreparedStatement clock = connection.prepareStatement(
                            "SELECT " + database.dialect().nowMillis());
                    ResultSet row = clock.executeQuery()) {
                row.next();
                now = time != null ? time.instant() : Instant.ofEpochMilli(row.getLong(1));
            }
            try (PreparedStatement select = connection.prepareStatement("SELECT COUNT(*) FROM (SELECT id FROM "
                    + database.dialect().byIndex(Tables.MESSAGE, Tables.MESSAGE_DUE)
                    + " WHERE state = ? AND id < ? LIMIT " + MOST_OVERDUE + ") overdue")) {
                select.setInt(1, MessageState.SENT.code());
                select.setBytes(2, MessageId.leastAt(now.minus(age)).toBytes());
                try (ResultSet row = select.executeQuery()) {
                    row.next();
                    return row.getLong(1);
                }
            }
        });
    }

    @Override
    public List<StoredMessage> latest(@Nullable MessageState state, int limit) {
        return messages.latest(state, limit);
    }
}

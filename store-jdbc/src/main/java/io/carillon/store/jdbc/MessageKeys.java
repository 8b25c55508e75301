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

import static io.carillon.store.jdbc.Database.list;
import static io.carillon.store.jdbc.Database.pieces;
import static io.carillon.store.jdbc.Database.setList;

import io.carillon.messages.model.MessageId;
import io.carillon.messages.model.MessageState;
import io.carillon.messages.model.StoredMessage;
import io.carillon.messages.recovery.AgedTable;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What dedupe keys stand for, and the order of the strictly ordered messages of a key, in SQL. Tables of their own, so that
 * messages that need neither cost nothing. Thread-safe.
 *
 * <p>The order of a key is made by one row that its writers hold until they commit: {@code CARILLON_KEY_SEQUENCE}. A row in
 * {@code CARILLON_KEY_TURN} stands for a message whose turn lasts; whoever has none before it may go.
 */
final class MessageKeys {

    /** In a SELECT of messages: not null for one whose turn lasts. */
    static final String HAS_TURN = "(SELECT turn_of.seq FROM " + Tables.KEY_TURN
            + " turn_of WHERE turn_of.message_id = " + Tables.MESSAGE + ".id)";

    private final Database database;
    private final Dialect dialect;

    MessageKeys(Database database) {
        this.database = database;
        this.dialect = database.dialect();
    }

    // ---- dedupe keys

    Optional<MessageId> keepDedupeKey(String topic, String dedupeKey, MessageId id) {
        String insert = "INSERT INTO " + Tables.DEDUPLICATION + " (topic, dedupe_key, message_id) VALUES (?, ?, ?)";
        String orKeep = dialect.insertOrChange(
                insert, "topic, dedupe_key", "message_id = " + Tables.DEDUPLICATION + ".message_id");
        return database.joined("keep a dedupe key of " + topic, connection -> {
            Row row = statement -> {
                statement.setString(1, topic);
                statement.setString(2, dedupeKey);
                statement.setBytes(3, id.toBytes());
            };
            if (orKeep == null) {
                insertIfAbsent(connection, insert, row);
            } else {
                execute(connection, orKeep, row);
            }
            MessageId kept = keptFor(connection, topic, dedupeKey);
            if (kept == null) {
                throw new SQLException("dedupe key '" + dedupeKey + "': could not be written and is not there");
            }
            return kept.equals(id) ? Optional.empty() : Optional.of(kept);
        });
    }

    /** A locking read: sees the row also in a transaction whose snapshot is older than it. */
    private static @Nullable MessageId keptFor(Connection connection, String topic, String dedupeKey)
            throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(
                "SELECT message_id FROM " + Tables.DEDUPLICATION + " WHERE topic = ? AND dedupe_key = ? FOR UPDATE")) {
            select.setString(1, topic);
            select.setString(2, dedupeKey);
            try (ResultSet rows = select.executeQuery()) {
                return rows.next() ? MessageId.ofBytes(rows.getBytes(1)) : null;
            }
        }
    }

    // ---- the order of keys

    /**
     * Waits for the other writers of the key, and then sees what they committed. A first place is taken from the clock, so that
     * the places of a key go on growing when its row was cleaned in between.
     */
    long takeTurn(String topic, String key, MessageId id, Instant now) {
        String begin =
                "INSERT INTO " + Tables.KEY_SEQUENCE + " (topic, msg_key, last_seq, used_at) VALUES (?, ?, ?, ?)";
        String orAdvance = dialect.insertOrChange(
                begin,
                "topic, msg_key",
                "last_seq = " + Tables.KEY_SEQUENCE + ".last_seq + 1, used_at = " + now.toEpochMilli());
        return database.joined("take a turn in " + topic, connection -> {
            Row first = statement -> {
                statement.setString(1, topic);
                statement.setString(2, key);
                statement.setLong(3, now.toEpochMilli() * 1000);
                statement.setLong(4, now.toEpochMilli());
            };
            if (orAdvance != null) {
                execute(connection, orAdvance, first);
            } else if (!advance(connection, topic, key, now)
                    && !insertIfAbsent(connection, begin, first)
                    && !advance(connection, topic, key, now)) {
                throw new SQLException("order of key '" + key + "': could not be begun and is not there");
            }
            long place = place(connection, topic, key);
            try (PreparedStatement insert = connection.prepareStatement(
                    "INSERT INTO " + Tables.KEY_TURN + " (topic, msg_key, seq, message_id) VALUES (?, ?, ?, ?)")) {
                insert.setString(1, topic);
                insert.setString(2, key);
                insert.setLong(3, place);
                insert.setBytes(4, id.toBytes());
                insert.executeUpdate();
            }
            return place;
        });
    }

    private static boolean advance(Connection connection, String topic, String key, Instant now) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement("UPDATE " + Tables.KEY_SEQUENCE
                + " SET last_seq = last_seq + 1, used_at = ? WHERE topic = ? AND msg_key = ?")) {
            update.setLong(1, now.toEpochMilli());
            update.setString(2, topic);
            update.setString(3, key);
            return update.executeUpdate() == 1;
        }
    }

    private static long place(Connection connection, String topic, String key) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(
                "SELECT last_seq FROM " + Tables.KEY_SEQUENCE + " WHERE topic = ? AND msg_key = ? FOR UPDATE")) {
            select.setString(1, topic);
            select.setString(2, key);
            try (ResultSet rows = select.executeQuery()) {
                rows.next();
                return rows.getLong(1);
            }
        }
    }

    Set<MessageId> first(Collection<StoredMessage> messages) {
        return database.statement("read whose turn it is", connection -> {
            Set<MessageId> first = new HashSet<>();
            try (PreparedStatement select = connection.prepareStatement("SELECT 1 FROM " + Tables.KEY_TURN
                    + " mine WHERE mine.topic = ? AND mine.msg_key = ? AND mine.seq = ? AND EXISTS (SELECT 1 FROM "
                    + Tables.KEY_TURN + " earlier WHERE earlier.topic = mine.topic"
                    + " AND earlier.msg_key = mine.msg_key AND earlier.seq < mine.seq)")) {
                for (StoredMessage message : messages) {
                    select.setString(1, message.message().topic());
                    select.setString(2, message.message().key());
                    select.setLong(3, message.message().sequence());
                    try (ResultSet rows = select.executeQuery()) {
                        if (!rows.next()) {
                            first.add(message.id());
                        }
                    }
                }
            }
            return first;
        });
    }

    /** Two short transactions per key at most: in that of the completion, rows would be locked out of their order. */
    void wakeNext(Collection<StoredMessage> ended, Instant now) {
        Set<List<String>> keys = new LinkedHashSet<>();
        ended.forEach(message ->
                keys.add(List.of(message.message().topic(), message.message().key())));
        for (List<String> key : keys) {
            Optional<MessageId> next = database.statement("find the next message of a key", connection -> {
                try (PreparedStatement select = connection.prepareStatement("SELECT message_id FROM " + Tables.KEY_TURN
                        + " WHERE topic = ? AND msg_key = ? ORDER BY seq LIMIT 1")) {
                    select.setString(1, key.get(0));
                    select.setString(2, key.get(1));
                    try (ResultSet rows = select.executeQuery()) {
                        return rows.next() ? Optional.of(MessageId.ofBytes(rows.getBytes(1))) : Optional.empty();
                    }
                }
            });
            if (next.isPresent()) {
                database.statement("wake the next message of a key", connection -> {
                    try (PreparedStatement update =
                            connection.prepareStatement("UPDATE " + dialect.byPrimaryKey(Tables.MESSAGE)
                                    + " SET due_at = ? WHERE id = ? AND state = ? AND owner IS NULL AND due_at > ?")) {
                        update.setLong(1, now.toEpochMilli());
                        update.setBytes(2, next.get().toBytes());
                        update.setInt(3, MessageState.SENDING.code());
                        update.setLong(4, now.toEpochMilli());
                        return update.executeUpdate();
                    }
                });
            }
        }
    }

    /** Ends the turns of messages whose rows are locked. */
    void endTurns(Connection connection, List<MessageId> ids) throws SQLException {
        for (List<MessageId> piece : pieces(ids)) {
            try (PreparedStatement delete = connection.prepareStatement(
                    "DELETE FROM " + Tables.KEY_TURN + " WHERE message_id IN " + list(piece.size()))) {
                setList(delete, 1, piece, JdbcMessageStore::setId);
                delete.executeUpdate();
            }
        }
    }

    // ---- common

    /** Sets the parameters of an INSERT. */
    private interface Row {
        void set(PreparedStatement insert) throws SQLException;
    }

    private static void execute(Connection connection, String sql, Row row) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            row.set(statement);
            statement.executeUpdate();
        }
    }

    private boolean insertIfAbsent(Connection connection, String insert, Row row) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(dialect.insertIfAbsent(insert))) {
            row.set(statement);
            return statement.executeUpdate() == 1;
        } catch (SQLException e) {
            if (dialect.isDuplicateKey(e)) {
                return false;
            }
            throw e;
        }
    }

    // ---- cleaning

    /** The dedupe keys and the places of keys that nobody used for so long. */
    List<AgedTable> agedTables() {
        return List.of(
                new Cleaned(
                        Tables.DEDUPLICATION,
                        "SELECT topic, dedupe_key FROM " + Tables.DEDUPLICATION
                                + " WHERE message_id < ? ORDER BY message_id LIMIT ?",
                        "DELETE FROM " + Tables.DEDUPLICATION + " WHERE topic = ? AND dedupe_key = ?"),
                new Cleaned(
                        Tables.KEY_SEQUENCE,
                        "SELECT topic, msg_key FROM " + Tables.KEY_SEQUENCE
                                + " WHERE used_at < ? ORDER BY used_at LIMIT ?",
                        "DELETE FROM " + Tables.KEY_SEQUENCE + " WHERE topic = ? AND msg_key = ? AND used_at < ?"));
    }

    /** A table of names, cleaned by age: a page of names is read, then deleted by the primary key. */
    private final class Cleaned implements AgedTable {

        private final String table;
        private final String select;
        private final String delete;

        Cleaned(String table, String select, String delete) {
            this.table = table;
            this.select = select;
            this.delete = delete;
        }

        @Override
        public String name() {
            return table;
        }

        @Override
        public Done clean(Instant bound, int batch, BooleanSupplier goOn) {
            long deleted = 0;
            while (true) {
                int[] seen = new int[1];
                deleted += database.transaction("clean " + table, connection -> clean(connection, bound, batch, seen));
                if (seen[0] < batch) {
                    return new Done(deleted, false);
                }
                if (!goOn.getAsBoolean()) {
                    return new Done(deleted, true);
                }
            }
        }

        private int clean(Connection connection, Instant bound, int batch, int[] seen) throws SQLException {
            boolean byId = table.equals(Tables.DEDUPLICATION);
            try (PreparedStatement page = connection.prepareStatement(select);
                    PreparedStatement gone = connection.prepareStatement(delete)) {
                if (byId) {
                    page.setBytes(1, MessageId.of(bound, 0, 0).toBytes());
                } else {
                    page.setLong(1, bound.toEpochMilli());
                }
                page.setInt(2, batch);
                int deleted = 0;
                try (ResultSet rows = page.executeQuery()) {
                    while (rows.next()) {
                        seen[0]++;
                        gone.setString(1, rows.getString(1));
                        gone.setString(2, rows.getString(2));
                        if (!byId) {
                            gone.setLong(3, bound.toEpochMilli());
                        }
                        deleted += gone.executeUpdate();
                    }
                }
                return deleted;
            }
        }
    }
}

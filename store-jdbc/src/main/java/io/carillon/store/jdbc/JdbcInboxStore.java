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

import io.carillon.messages.Message;
import io.carillon.messages.ReceivedMessage;
import io.carillon.messages.inbox.InboxStore;
import io.carillon.messages.inbox.Parked;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.outbox.MessageStore;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The inbox in SQL. Thread-safe. */
final class JdbcInboxStore implements InboxStore {

    private final Database database;
    private final Dialect dialect;

    JdbcInboxStore(Database database) {
        this.database = database;
        this.dialect = database.dialect();
    }

    private static final String INSERT = "INSERT INTO " + Tables.INBOX
            + " (message_id, group_id, producer, shard_hash, received_at, unconfirmed_since) VALUES (?, ?, ?, ?, ?, ?)";

    private static void setRow(PreparedStatement insert, MessageId id, String group, String producer, Instant now)
            throws SQLException {
        insert.setBytes(1, id.toBytes());
        insert.setString(2, group);
        insert.setString(3, producer);
        insert.setLong(4, JdbcMessageStore.shardHash(id));
        insert.setLong(5, now.toEpochMilli());
        insert.setLong(6, now.toEpochMilli());
    }

    @Override
    public boolean receive(MessageId id, String group, String producer, Instant now) {
        return database.joined("receive message " + id, connection -> {
            try (PreparedStatement insert = connection.prepareStatement(dialect.insertIfAbsent(INSERT))) {
                setRow(insert, id, group, producer, now);
                return insert.executeUpdate() == 1;
            } catch (SQLException e) {
                if (dialect.isDuplicateKey(e)) {
                    return false;
                }
                throw e;
            }
        });
    }

    /**
     * {@inheritDoc}
     *
     * <p>Two statements, however many messages: what is there is read, and the rest is inserted as a batch.
     */
    @Override
    public Set<MessageId> receive(Collection<ReceivedMessage> messages, String group, Instant now) {
        Map<MessageId, ReceivedMessage> fresh = new TreeMap<>();
        messages.forEach(message -> fresh.put(message.id(), message));
        return database.joined("receive " + fresh.size() + " messages", connection -> {
            for (List<MessageId> piece : pieces(List.copyOf(fresh.keySet()))) {
                fresh.keySet().removeAll(present(connection, piece, group));
            }
            if (fresh.isEmpty()) {
                return Set.of();
            }
            try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
                for (ReceivedMessage message : fresh.values()) {
                    setRow(insert, message.id(), group, message.producer(), now);
                    insert.addBatch();
                }
                insert.executeBatch();
            }
            return Set.copyOf(fresh.keySet());
        });
    }

    private Set<MessageId> present(Connection connection, List<MessageId> ids, String group) throws SQLException {
        Set<MessageId> found = new HashSet<>();
        try (PreparedStatement select =
                connection.prepareStatement("SELECT message_id FROM " + dialect.byPrimaryKey(Tables.INBOX)
                        + " WHERE message_id IN " + list(ids.size()) + " AND group_id = ?")) {
            int position = setList(select, 1, ids, JdbcMessageStore::setId);
            select.setString(position, group);
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    found.add(MessageId.ofBytes(rows.getBytes(1)));
                }
            }
        }
        return found;
    }

    // ---- parked messages

    private static final String PARKED_COLUMNS = "message_id, group_id, producer, topic, tag, msg_key, content_type,"
            + " headers, payload, deliveries, reason, parked_at";

    /** A message that was received after all is parked no more, whoever wrote its inbox row. */
    private static final String NOT_RECEIVED = " NOT EXISTS (SELECT 1 FROM " + Tables.INBOX
            + " i WHERE i.message_id = p.message_id AND i.group_id = p.group_id)";

    private static final String PARKED_KEY = " WHERE message_id = ? AND group_id = ?";

    @Override
    public void park(Parked parked) {
        ReceivedMessage message = parked.message();
        database.transaction("park message " + message.id(), connection -> {
            unpark(connection, message.id(), message.group());
            try (PreparedStatement insert = connection.prepareStatement("INSERT INTO " + Tables.PARKED + " ("
                    + PARKED_COLUMNS + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
                String headers = Headers.encode(message.message().headers());
                boolean fits = headers.length() <= JdbcMessageStore.MAX_HEADERS;
                String reason = fits ? parked.reason() : "(its headers were too long to be kept) " + parked.reason();
                insert.setBytes(1, message.id().toBytes());
                insert.setString(2, message.group());
                insert.setString(3, Database.cut(message.producer(), Message.MAX_TOPIC));
                insert.setString(4, message.message().topic());
                insert.setString(5, message.message().tag());
                insert.setString(6, message.message().key());
                insert.setString(7, Database.cut(message.message().contentType(), JdbcMessageStore.MAX_CONTENT_TYPE));
                insert.setString(8, fits ? headers : "");
                insert.setBytes(9, message.message().payload());
                insert.setInt(10, message.deliveryAttempt());
                insert.setString(11, Database.cut(reason, JdbcMessageStore.MAX_ERROR));
                insert.setLong(12, parked.at().toEpochMilli());
                return insert.executeUpdate();
            }
        });
    }

    @Override
    public Optional<Parked> findParked(MessageId id, String group) {
        return database.statement("find parked message " + id, connection -> {
            try (PreparedStatement select = connection.prepareStatement("SELECT " + PARKED_COLUMNS + " FROM "
                    + Tables.PARKED + " p" + PARKED_KEY + " AND" + NOT_RECEIVED)) {
                select.setBytes(1, id.toBytes());
                select.setString(2, group);
                try (ResultSet rows = select.executeQuery()) {
                    return rows.next() ? Optional.of(parked(rows)) : Optional.empty();
                }
            }
        });
    }

    @Override
    public List<Parked> parked(@Nullable String group, @Nullable Parked after, int limit) {
        return database.statement("list parked messages", connection -> {
            List<Parked> found = new ArrayList<>();
            try (PreparedStatement select =
                    connection.prepareStatement("SELECT " + PARKED_COLUMNS + " FROM " + Tables.PARKED + " p WHERE"
                            + NOT_RECEIVED + (group == null ? "" : " AND group_id = ?")
                            + (after == null ? "" : " AND (message_id > ? OR (message_id = ? AND group_id > ?))")
                            + " ORDER BY message_id, group_id LIMIT ?")) {
                int position = 1;
                if (group != null) {
                    select.setString(position++, group);
                }
                if (after != null) {
                    select.setBytes(position++, after.message().id().toBytes());
                    select.setBytes(position++, after.message().id().toBytes());
                    select.setString(position++, after.message().group());
                }
                select.setInt(position, limit);
                try (ResultSet rows = select.executeQuery()) {
                    while (rows.next()) {
                        found.add(parked(rows));
                    }
                }
            }
            return found;
        });
    }

    private static Parked parked(ResultSet row) throws SQLException {
        Message.Builder message = Message.to(row.getString(4), row.getString(5))
                .key(row.getString(6))
                .payload(row.getBytes(9), row.getString(7));
        Headers.decode(row.getString(8)).forEach(message::header);
        return new Parked(
                ReceivedMessage.of(
                        MessageId.ofBytes(row.getBytes(1)),
                        message,
                        row.getString(3),
                        row.getString(2),
                        row.getInt(10)),
                row.getString(11),
                Instant.ofEpochMilli(row.getLong(12)));
    }

    @Override
    public boolean unpark(MessageId id, String group) {
        return database.joined("unpark message " + id, connection -> unpark(connection, id, group));
    }

    private boolean unpark(Connection connection, MessageId id, String group) throws SQLException {
        try (PreparedStatement delete =
                connection.prepareStatement(dialect.deleteByPrimaryKey(Tables.PARKED) + PARKED_KEY)) {
            delete.setBytes(1, id.toBytes());
            delete.setString(2, group);
            return delete.executeUpdate() > 0;
        }
    }

    // ---- confirmations

    @Override
    public List<Unconfirmed> unconfirmed(int limit) {
        return database.statement("find confirmations to send", connection -> {
            List<Unconfirmed> found = new ArrayList<>();
            try (PreparedStatement select = connection.prepareStatement(
                    "SELECT message_id, group_id, producer FROM "
                            + dialect.byIndex(Tables.INBOX, Tables.INBOX_UNCONFIRMED)
                            + " WHERE unconfirmed_since IS NOT NULL ORDER BY unconfirmed_since, message_id, group_id LIMIT ?")) {
                select.setInt(1, limit);
                try (ResultSet rows = select.executeQuery()) {
                    while (rows.next()) {
                        found.add(new Unconfirmed(
                                MessageId.ofBytes(rows.getBytes(1)), rows.getString(2), rows.getString(3)));
                    }
                }
            }
            return found;
        });
    }

    @Override
    public void confirmed(Collection<Unconfirmed> sent, Instant now) {
        Map<String, TreeSet<MessageId>> byGroup = new TreeMap<>();
        for (Unconfirmed row : sent) {
            byGroup.computeIfAbsent(row.group(), group -> new TreeSet<>()).add(row.id());
        }
        byGroup.forEach((group, ids) -> {
            for (List<MessageId> piece : pieces(List.copyOf(ids))) {
                database.transaction("mark confirmations as sent", connection -> {
                    try (PreparedStatement update =
                            connection.prepareStatement("UPDATE " + dialect.byPrimaryKey(Tables.INBOX)
                                    + " SET unconfirmed_since = NULL, confirmed_at = ? WHERE group_id = ?"
                                    + " AND message_id IN " + list(piece.size()))) {
                        update.setLong(1, now.toEpochMilli());
                        update.setString(2, group);
                        setList(update, 3, piece, JdbcMessageStore::setId);
                        return update.executeUpdate();
                    }
                });
            }
        });
    }

    @Override
    public void confirmAgain(MessageId id, String group) {
        database.statement("mark a confirmation to be sent again", connection -> {
            try (PreparedStatement update = connection.prepareStatement("UPDATE " + dialect.byPrimaryKey(Tables.INBOX)
                    + " SET unconfirmed_since = received_at WHERE message_id = ? AND group_id = ?")) {
                update.setBytes(1, id.toBytes());
                update.setString(2, group);
                return update.executeUpdate();
            }
        });
    }

    /**
     * {@inheritDoc}
     *
     * <p>A message that several groups of this database received has several rows; they are cleaned together, so that the
     * cursor, which is an id, leaves none behind: a batch may delete a few rows more than {@code limit}. The
     * COALESCE keeps H2 from walking the index on that column, and sorting, for each batch anew.
     */
    @Override
    public MessageStore.Cleaned cleanConfirmed(
            @Nullable MessageId after, MessageId bound, int shard, int shards, int limit) {
        return database.transaction("clean confirmed inbox rows", connection -> {
            TreeSet<MessageId> ids = new TreeSet<>();
            int seen = 0;
            try (PreparedStatement select = connection.prepareStatement("SELECT message_id FROM "
                    + dialect.byPrimaryKey(Tables.INBOX)
                    + " WHERE " + (after == null ? "" : "message_id > ? AND ")
                    + "message_id < ? AND COALESCE(unconfirmed_since, -1) = -1 AND MOD(shard_hash, ?) = ?"
                    + " ORDER BY message_id LIMIT ?")) {
                int position = 1;
                if (after != null) {
                    select.setBytes(position++, after.toBytes());
                }
                select.setBytes(position++, bound.toBytes());
                select.setInt(position++, shards);
                select.setInt(position++, shard);
                select.setInt(position, limit);
                try (ResultSet rows = select.executeQuery()) {
                    while (rows.next()) {
                        ids.add(MessageId.ofBytes(rows.getBytes(1)));
                        seen++;
                    }
                }
            }
            int deleted = 0;
            for (List<MessageId> piece : pieces(List.copyOf(ids))) {
                forgetParked(connection, piece);
                try (PreparedStatement delete = connection.prepareStatement(dialect.deleteByPrimaryKey(Tables.INBOX)
                        + " WHERE message_id IN " + list(piece.size()) + " AND unconfirmed_since IS NULL")) {
                    setList(delete, 1, piece, JdbcMessageStore::setId);
                    deleted += delete.executeUpdate();
                }
            }
            return new MessageStore.Cleaned(deleted, ids.isEmpty() ? after : ids.last(), seen == limit);
        });
    }

    /** What was parked once, and received later, goes with its inbox row; what was not received stays. */
    private void forgetParked(Connection connection, List<MessageId> ids) throws SQLException {
        try (PreparedStatement delete = connection.prepareStatement(dialect.deleteByPrimaryKey(Tables.PARKED)
                + " WHERE message_id IN " + list(ids.size()) + " AND EXISTS (SELECT 1 FROM " + Tables.INBOX
                + " i WHERE i.message_id = " + Tables.PARKED + ".message_id AND i.group_id = " + Tables.PARKED
                + ".group_id AND i.unconfirmed_since IS NULL)")) {
            setList(delete, 1, ids, JdbcMessageStore::setId);
            delete.executeUpdate();
        }
    }
}

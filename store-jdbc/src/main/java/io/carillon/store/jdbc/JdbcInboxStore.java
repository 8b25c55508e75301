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

import io.carillon.messages.inbox.InboxStore;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.outbox.MessageStore;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
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

    @Override
    public boolean receive(MessageId id, String group, String producer, Instant now) {
        return database.joined("receive message " + id, connection -> {
            try (PreparedStatement insert =
                    connection.prepareStatement(dialect.insertIfAbsent("INSERT INTO " + Tables.INBOX
                            + " (message_id, group_id, producer, shard_hash, received_at, unconfirmed_since)"
                            + " VALUES (?, ?, ?, ?, ?, ?)"))) {
                insert.setBytes(1, id.toBytes());
                insert.setString(2, group);
                insert.setString(3, producer);
                insert.setLong(4, JdbcMessageStore.shardHash(id));
                insert.setLong(5, now.toEpochMilli());
                insert.setLong(6, now.toEpochMilli());
                return insert.executeUpdate() == 1;
            } catch (SQLException e) {
                if (dialect.isDuplicateKey(e)) {
                    return false;
                }
                throw e;
            }
        });
    }

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
                try (PreparedStatement delete = connection.prepareStatement(dialect.deleteByPrimaryKey(Tables.INBOX)
                        + " WHERE message_id IN " + list(piece.size()) + " AND unconfirmed_since IS NULL")) {
                    setList(delete, 1, piece, JdbcMessageStore::setId);
                    deleted += delete.executeUpdate();
                }
            }
            return new MessageStore.Cleaned(deleted, ids.isEmpty() ? after : ids.last(), seen == limit);
        });
    }
}

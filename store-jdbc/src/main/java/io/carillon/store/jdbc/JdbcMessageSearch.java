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
import io.carillon.messages.operations.GroupLags;
import io.carillon.messages.operations.MessageFilter;
import io.carillon.messages.operations.MessageSearch;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The search in SQL. Thread-safe.
 *
 * <p>It has no index of its own, because each would be paid for by every message, and people search seldom. Open and dead
 * messages, which are few, are found by the index on the state; a search that also means closed ones walks the key, newest
 * first, {@value #WALK} rows per page at most. Who often looks for closed messages by their business key makes the index
 * {@value Tables#MESSAGE_KEY} (docs/databases.md); where it is there when the store is opened, it is used.
 */
final class JdbcMessageSearch implements MessageSearch, GroupLags {

    /** How many rows of the table one page looks at when it walks the key. */
    static final int WALK = 10_000;

    private static final String COLUMNS = JdbcMessageStore.COLUMNS + ", sent_at, closed_at";
    private static final int SENT_AT = 16;
    private static final int CLOSED_AT = 17;

    private final Database database;
    private final Dialect dialect;
    private volatile @Nullable Boolean keyIsIndexed;

    JdbcMessageSearch(Database database) {
        this.database = database;
        this.dialect = database.dialect();
    }

    private boolean isKeyIndexed(Connection connection) throws SQLException {
        Boolean known = keyIsIndexed;
        if (known == null) {
            known = hasIndex(connection, Tables.MESSAGE, Tables.MESSAGE_KEY);
            keyIsIndexed = known;
        }
        return known;
    }

    private static boolean hasIndex(Connection connection, String table, String index) throws SQLException {
        DatabaseMetaData metaData = connection.getMetaData();
        String name = metaData.storesLowerCaseIdentifiers() ? table.toLowerCase(Locale.ROOT) : table;
        try (ResultSet rows =
                metaData.getIndexInfo(connection.getCatalog(), connection.getSchema(), name, false, true)) {
            while (rows.next()) {
                if (index.equalsIgnoreCase(rows.getString("INDEX_NAME"))) {
                    return true;
                }
            }
        }
        return false;
    }

    @Override
    public Optional<Found> find(MessageId id) {
        return database.statement("find message " + id, connection -> rows(connection, List.of(id)).stream()
                .findFirst());
    }

    @Override
    public Page search(MessageFilter filter, @Nullable MessageId before, int limit) {
        checkLimit(limit);
        return database.statement("search messages", connection -> page(connection, filter, before, limit));
    }

    private static void checkLimit(int limit) {
        if (limit < 1 || limit > MAX_LIMIT) {
            throw new IllegalArgumentException(
                    "limit: " + limit + " (expected: 1.." + MAX_LIMIT + "). Nothing was read; ask for a smaller page.");
        }
    }

    private Page page(Connection connection, MessageFilter filter, @Nullable MessageId before, int limit)
            throws SQLException {
        MessageId end = filter.to() == null ? null : MessageId.leastAt(filter.to());
        MessageId below = end == null || (before != null && before.compareTo(end) < 0) ? before : end;
        boolean byState = !filter.states().isEmpty() && filter.states().stream().noneMatch(MessageState::isClosed);
        String key = !byState && filter.key() != null && isKeyIndexed(connection) ? filter.key() : null;
        String table = byState
                ? dialect.byIndex(Tables.MESSAGE, Tables.MESSAGE_DUE)
                : key == null
                        ? dialect.byPrimaryKey(Tables.MESSAGE)
                        : dialect.byIndex(Tables.MESSAGE, Tables.MESSAGE_KEY);
        MessageId low = byState ? null : walkEnd(connection, table, key, below);
        MessageId first = filter.from() == null ? null : MessageId.leastAt(filter.from());
        boolean walkIsAll = low == null || (first != null && low.compareTo(first) <= 0);
        MessageId least = walkIsAll ? first : low;

        List<MessageId> ids = ids(connection, table, filter, byState, least, below, limit);
        List<Found> found = rows(connection, ids);
        if (ids.size() == limit) {
            return new Page(found, ids.get(limit - 1));
        }
        return new Page(found, walkIsAll ? null : low);
    }

    /** The last row that a walk looks at, along the ids, or along those of a business key; null when it reaches their end. */
    private static @Nullable MessageId walkEnd(
            Connection connection, String table, @Nullable String key, @Nullable MessageId below) throws SQLException {
        String where = (key == null ? "" : " AND msg_key = ?") + (below == null ? "" : " AND id < ?");
        try (PreparedStatement select = connection.prepareStatement("SELECT id FROM " + table
                + (where.isEmpty() ? "" : " WHERE" + where.substring(" AND".length()))
                + " ORDER BY id DESC LIMIT 1 OFFSET ?")) {
            int position = 1;
            if (key != null) {
                select.setString(position++, key);
            }
            if (below != null) {
                select.setBytes(position++, below.toBytes());
            }
            select.setInt(position, WALK - 1);
            try (ResultSet rows = select.executeQuery()) {
                return rows.next() ? MessageId.ofBytes(rows.getBytes(1)) : null;
            }
        }
    }

    private static List<MessageId> ids(
            Connection connection,
            String table,
            MessageFilter filter,
            boolean byState,
            @Nullable MessageId least,
            @Nullable MessageId below,
            int limit)
            throws SQLException {
        StringBuilder where = new StringBuilder();
        List<Object> values = new ArrayList<>();
        if (!filter.states().isEmpty()) {
            // "+ 0" keeps H2 from leaving the key for the index on the state
            where.append(byState ? " AND state IN " : " AND state + 0 IN ")
                    .append(filter.states().stream()
                            .map(state -> String.valueOf(state.code()))
                            .collect(Collectors.joining(", ", "(", ")")));
        }
        also(where, values, "id >= ?", least == null ? null : least.toBytes());
        also(where, values, "id < ?", below == null ? null : below.toBytes());
        also(where, values, "topic = ?", filter.topic());
        also(where, values, "tag = ?", filter.tag());
        also(where, values, "msg_key = ?", filter.key());
        also(where, values, "producer = ?", filter.producer());
        also(where, values, "attempt >= ?", filter.attempts() == 0 ? null : filter.attempts());
        also(
                where,
                values,
                "EXISTS (SELECT 1 FROM " + Tables.CONFIRMATION + " c WHERE c.message_id = " + Tables.MESSAGE
                        + ".id AND c.group_id = ?)",
                filter.group());
        List<MessageId> ids = new ArrayList<>();
        try (PreparedStatement select = connection.prepareStatement("SELECT id FROM " + table
                + (where.isEmpty() ? "" : " WHERE" + where.substring(" AND".length())) + " ORDER BY id DESC LIMIT ?")) {
            int position = 1;
            for (Object value : values) {
                if (value instanceof byte[] bytes) {
                    select.setBytes(position++, bytes);
                } else if (value instanceof Integer number) {
                    select.setInt(position++, number);
                } else {
                    select.setString(position++, (String) value);
                }
            }
            select.setInt(position, limit);
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    ids.add(MessageId.ofBytes(rows.getBytes(1)));
                }
            }
        }
        return ids;
    }

    private static void also(StringBuilder where, List<Object> values, String condition, @Nullable Object value) {
        if (value != null) {
            where.append(" AND ").append(condition);
            values.add(value);
        }
    }

    /** Whole rows, newest first; those that are gone meanwhile are missing. */
    private List<Found> rows(Connection connection, List<MessageId> ids) throws SQLException {
        List<Found> found = new ArrayList<>();
        for (List<MessageId> piece : pieces(ids)) {
            try (PreparedStatement select =
                    connection.prepareStatement("SELECT " + COLUMNS + " FROM " + dialect.byPrimaryKey(Tables.MESSAGE)
                            + " WHERE id IN " + list(piece.size()) + " ORDER BY id DESC")) {
                setList(select, 1, piece, JdbcMessageStore::setId);
                try (ResultSet rows = select.executeQuery()) {
                    while (rows.next()) {
                        found.add(new Found(
                                JdbcMessageStore.show(rows), instant(rows, SENT_AT), instant(rows, CLOSED_AT)));
                    }
                }
            }
        }
        return List.copyOf(found);
    }

    private static @Nullable Instant instant(ResultSet row, int column) throws SQLException {
        long millis = row.getLong(column);
        return row.wasNull() ? null : Instant.ofEpochMilli(millis);
    }

    @Override
    public List<Confirmation> confirmations(MessageId id) {
        return database.statement("read the confirmations of " + id, connection -> {
            List<Confirmation> found = new ArrayList<>();
            try (PreparedStatement select = connection.prepareStatement("SELECT group_id, confirmed_at, waived_by FROM "
                    + Tables.CONFIRMATION + " WHERE message_id = ? ORDER BY group_id")) {
                select.setBytes(1, id.toBytes());
                try (ResultSet rows = select.executeQuery()) {
                    while (rows.next()) {
                        found.add(new Confirmation(rows.getString(1), instant(rows, 2), rows.getString(3)));
                    }
                }
            }
            return List.copyOf(found);
        });
    }

    /** Walks the messages in SENT, which are the open ones, by the index on the state. */
    @Override
    public List<Lag> lags(Instant overdueBefore) {
        return database.statement("read the lag of groups", connection -> {
            List<Lag> found = new ArrayList<>();
            try (PreparedStatement select = connection.prepareStatement(
                    "SELECT c.group_id, COUNT(*), MIN(m.sent_at), SUM(CASE WHEN m.sent_at < ? THEN 1 ELSE 0 END) FROM "
                            + Tables.MESSAGE + " m JOIN " + Tables.CONFIRMATION + " c ON c.message_id = m.id"
                            + " WHERE m.state = ? AND c.confirmed_at IS NULL GROUP BY c.group_id ORDER BY c.group_id")) {
                select.setLong(1, overdueBefore.toEpochMilli());
                select.setInt(2, MessageState.SENT.code());
                try (ResultSet rows = select.executeQuery()) {
                    while (rows.next()) {
                        found.add(new Lag(rows.getString(1), rows.getLong(2), instant(rows, 3), rows.getLong(4)));
                    }
                }
            }
            return List.copyOf(found);
        });
    }

    /** {@inheritDoc} By the key, newest messages first: it has no index by time. */
    @Override
    public Map<String, Instant> lastConfirmed() {
        return database.statement("read the latest confirmations", connection -> {
            Map<String, Instant> latest = new TreeMap<>();
            try (PreparedStatement select = connection.prepareStatement(
                    "SELECT group_id, MAX(confirmed_at) FROM (SELECT group_id, confirmed_at, waived_by FROM "
                            + dialect.byPrimaryKey(Tables.CONFIRMATION)
                            + " ORDER BY message_id DESC, group_id DESC LIMIT ?) latest"
                            + " WHERE confirmed_at IS NOT NULL AND waived_by IS NULL GROUP BY group_id")) {
                select.setInt(1, MOST_CONFIRMATIONS);
                try (ResultSet rows = select.executeQuery()) {
                    while (rows.next()) {
                        latest.put(rows.getString(1), Instant.ofEpochMilli(rows.getLong(2)));
                    }
                }
            }
            return latest;
        });
    }

    @Override
    public List<DeadLetter> deadLetters(@Nullable MessageId before, int limit) {
        checkLimit(limit);
        return database.statement("read dead letters", connection -> {
            List<DeadLetter> found = new ArrayList<>();
            try (PreparedStatement select =
                    connection.prepareStatement("SELECT id, topic, tag, attempt, last_error FROM "
                            + dialect.byIndex(Tables.MESSAGE, Tables.MESSAGE_DUE) + " WHERE state = ?"
                            + (before == null ? "" : " AND id < ?") + " ORDER BY id DESC LIMIT ?")) {
                int position = 1;
                select.setInt(position++, MessageState.DEAD.code());
                if (before != null) {
                    select.setBytes(position++, before.toBytes());
                }
                select.setInt(position, limit);
                try (ResultSet rows = select.executeQuery()) {
                    while (rows.next()) {
                        found.add(new DeadLetter(
                                MessageId.ofBytes(rows.getBytes(1)),
                                rows.getString(2),
                                rows.getString(3),
                                rows.getInt(4),
                                rows.getString(5),
                                List.of()));
                    }
                }
            }
            Map<MessageId, List<String>> waiting =
                    waiting(connection, found.stream().map(DeadLetter::id).toList());
            return found.stream()
                    .map(letter -> new DeadLetter(
                            letter.id(),
                            letter.topic(),
                            letter.tag(),
                            letter.attempt(),
                            letter.cause(),
                            waiting.getOrDefault(letter.id(), List.of())))
                    .toList();
        });
    }

    /** The groups whose confirmation is outstanding, by message. */
    private static Map<MessageId, List<String>> waiting(Connection connection, List<MessageId> ids)
            throws SQLException {
        Map<MessageId, List<String>> groups = new HashMap<>();
        for (List<MessageId> piece : pieces(ids)) {
            try (PreparedStatement select = connection.prepareStatement("SELECT message_id, group_id FROM "
                    + Tables.CONFIRMATION + " WHERE message_id IN " + list(piece.size())
                    + " AND confirmed_at IS NULL ORDER BY message_id, group_id")) {
                setList(select, 1, piece, JdbcMessageStore::setId);
                try (ResultSet rows = select.executeQuery()) {
                    while (rows.next()) {
                        groups.computeIfAbsent(MessageId.ofBytes(rows.getBytes(1)), id -> new ArrayList<>())
                                .add(rows.getString(2));
                    }
                }
            }
        }
        return groups;
    }
}

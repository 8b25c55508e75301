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
import io.carillon.messages.recovery.AgedTable;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs pieces of work on a database: short transactions of its own in READ COMMITTED, tried again when the database chose
 * them as the victim of a deadlock or a lock wait; single reads; work in the caller's transaction. Thread-safe.
 */
final class Database {

    /** How many ids one statement names at most. MariaDB turns longer lists (1,000) into a subquery. */
    static final int IDS_PER_STATEMENT = 500;

    private static final int MAX_BATCH = 10_000;
    private static final int TRIES = 5;
    private static final int[] LIST_SIZES = {1, 2, 5, 10, 20, 50, 100, 200, IDS_PER_STATEMENT};
    private static final Logger log = LoggerFactory.getLogger(Database.class);

    private final DataSource dataSource;
    private final Connections connections;
    private final Dialect dialect;

    Database(DataSource dataSource, Connections connections, Dialect dialect) {
        this.dataSource = dataSource;
        this.connections = connections;
        this.dialect = dialect;
    }

    /** What is done on a connection. May be called again after a rollback, so it must change nothing but the database. */
    interface Work<T> {
        T on(Connection connection) throws SQLException;
    }

    Dialect dialect() {
        return dialect;
    }

    /** One short transaction of its own. */
    <T> T transaction(String what, Work<T> work) {
        return transaction(what, TRIES, work);
    }

    /** One short transaction of its own, tried so many times. */
    <T> T transaction(String what, int tries, Work<T> work) {
        for (int attempt = 1; ; attempt++) {
            try {
                return once(work);
            } catch (SQLException e) {
                if (attempt == tries || !dialect.isLockConflict(e)) {
                    throw failed(what, e);
                }
                log.debug("{}: lock conflict, try {} of {}", what, attempt + 1, tries, e);
            }
        }
    }

    private <T> T once(Work<T> work) throws SQLException {
        try (Connection connection = dataSource.getConnection()) {
            int isolation = connection.getTransactionIsolation();
            boolean autoCommit = connection.getAutoCommit();
            if (isolation != Connection.TRANSACTION_READ_COMMITTED) {
                connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
            }
            if (autoCommit) {
                connection.setAutoCommit(false);
            }
            try {
                T result = work.on(connection);
                connection.commit();
                return result;
            } catch (SQLException | RuntimeException failure) {
                rollBack(connection, failure);
                throw failure;
            } finally {
                if (autoCommit) {
                    connection.setAutoCommit(true);
                }
                if (isolation != Connection.TRANSACTION_READ_COMMITTED) {
                    connection.setTransactionIsolation(isolation);
                }
            }
        }
    }

    /** One statement that reads, or that writes and commits by itself. */
    <T> T statement(String what, Work<T> work) {
        for (int attempt = 1; ; attempt++) {
            try (Connection connection = dataSource.getConnection()) {
                T result = work.on(connection);
                if (!connection.getAutoCommit()) {
                    connection.commit();
                }
                return result;
            } catch (SQLException e) {
                if (attempt == TRIES || !dialect.isLockConflict(e)) {
                    throw failed(what, e);
                }
            }
        }
    }

    /** Work in the caller's transaction; without one, in a transaction of its own. Never tried again. */
    <T> T joined(String what, Work<T> work) {
        try {
            Connection connection = connections.open();
            try {
                if (!connection.getAutoCommit()) {
                    return work.on(connection);
                }
                connection.setAutoCommit(false);
                try {
                    T result = work.on(connection);
                    connection.commit();
                    return result;
                } catch (SQLException | RuntimeException failure) {
                    rollBack(connection, failure);
                    throw failure;
                } finally {
                    connection.setAutoCommit(true);
                }
            } finally {
                connections.close(connection);
            }
        } catch (SQLException e) {
            throw failed(what, e);
        }
    }

    /**
     * Deletes rows whose ids were made before a time, in the order of the ids, in transactions of at most {@code batch} rows,
     * until none is left or {@code goOn} says no.
     *
     * @param column the table's key, an id
     * @param after only rows with greater ids
     */
    AgedTable.Done cleanById(
            String table, String column, MessageId after, Instant bound, int batch, BooleanSupplier goOn) {
        MessageId end = MessageId.leastAt(bound);
        MessageId last = after;
        long deleted = 0;
        while (true) {
            MessageId from = last;
            List<MessageId> ids = transaction(
                    "clean " + table, connection -> deletePage(connection, table, column, from, end, batch));
            deleted += ids.size();
            if (ids.size() < batch) {
                return new AgedTable.Done(deleted, false);
            }
            if (!goOn.getAsBoolean()) {
                return new AgedTable.Done(deleted, true);
            }
            last = ids.get(ids.size() - 1);
        }
    }

    /**
     * Deletes rows whose time is before a bound, oldest first, in transactions of at most {@code batch} rows looked at, until
     * none is left or {@code goOn} says no. The table's key is the time and a column {@code id}.
     *
     * @param and what else must be true of a row, such as {@code AND held_until < ?} with the bound; empty for nothing
     */
    AgedTable.Done cleanByTime(
            String table, String column, String and, Instant bound, int batch, BooleanSupplier goOn) {
        if (batch < 1 || batch > MAX_BATCH) {
            throw new IllegalArgumentException("batch: " + batch + " (expected: 1.." + MAX_BATCH
                    + "). Nothing was deleted; choose a smaller batch.");
        }
        long deleted = 0;
        long from = Long.MIN_VALUE;
        while (true) {
            long start = from;
            Batch done = transaction(
                    "clean " + table,
                    connection -> cleanBatch(connection, table, column, and, start, bound.toEpochMilli(), batch));
            deleted += done.deleted();
            if (!done.more() || !goOn.getAsBoolean()) {
                return new AgedTable.Done(deleted, done.more());
            }
            from = done.last();
        }
    }

    /** A batch of cleaning; {@code last}: the latest time it reached. */
    private record Batch(int deleted, long last, boolean more) {}

    /** The times carry the cursor, so that no batch walks over the rows that the last one deleted. */
    private static Batch cleanBatch(
            Connection connection, String table, String column, String and, long from, long bound, int batch)
            throws SQLException {
        String range = " FROM " + table + " WHERE " + column + " >= ? AND " + column;
        long last;
        byte[] lastId;
        try (PreparedStatement select = connection.prepareStatement(
                "SELECT " + column + ", id" + range + " < ? ORDER BY " + column + ", id LIMIT 1 OFFSET ?")) {
            select.setLong(1, from);
            select.setLong(2, bound);
            select.setInt(3, batch - 1);
            try (ResultSet rows = select.executeQuery()) {
                boolean more = rows.next();
                last = more ? rows.getLong(1) : bound;
                lastId = more ? rows.getBytes(2) : new byte[0];
            }
        }
        try (PreparedStatement delete =
                connection.prepareStatement("DELETE" + range + " <= ? AND (" + column + " < ? OR id <= ?)" + and)) {
            delete.setLong(1, from);
            delete.setLong(2, last);
            delete.setLong(3, last);
            delete.setBytes(4, lastId);
            if (!and.isEmpty()) {
                delete.setLong(5, bound);
            }
            return new Batch(delete.executeUpdate(), last, lastId.length > 0);
        }
    }

    static byte[] bytes(UUID id) {
        return ByteBuffer.allocate(16)
                .putLong(id.getMostSignificantBits())
                .putLong(id.getLeastSignificantBits())
                .array();
    }

    static UUID uuid(byte[] bytes) {
        ByteBuffer id = ByteBuffer.wrap(bytes);
        return new UUID(id.getLong(), id.getLong());
    }

    private List<MessageId> deletePage(
            Connection connection, String table, String column, MessageId after, MessageId end, int limit)
            throws SQLException {
        List<MessageId> ids = new ArrayList<>();
        try (PreparedStatement select = connection.prepareStatement("SELECT " + column + " FROM "
                + dialect.byPrimaryKey(table) + " WHERE " + column + " > ? AND " + column + " < ? ORDER BY " + column
                + " LIMIT ?")) {
            select.setBytes(1, after.toBytes());
            select.setBytes(2, end.toBytes());
            select.setInt(3, limit);
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    ids.add(MessageId.ofBytes(rows.getBytes(1)));
                }
            }
        }
        for (List<MessageId> piece : pieces(ids)) {
            try (PreparedStatement delete = connection.prepareStatement(
                    dialect.deleteByPrimaryKey(table) + " WHERE " + column + " IN " + list(piece.size()))) {
                setList(delete, 1, piece, JdbcMessageStore::setId);
                delete.executeUpdate();
            }
        }
        return ids;
    }

    private static StoreException failed(String what, SQLException e) {
        return new StoreException(
                what + ": " + e.getMessage() + " (SQL state " + e.getSQLState() + ", code " + e.getErrorCode()
                        + "). The transaction was not committed.",
                e);
    }

    static void rollBack(Connection connection, Throwable failure) {
        try {
            connection.rollback();
        } catch (SQLException e) {
            failure.addSuppressed(e);
        }
    }

    /** {@code (?, ?, ?)} for so many values, rounded up to one of few sizes, so that few statements are prepared. */
    static String list(int values) {
        int size = roundedUp(values);
        return "(" + "?, ".repeat(size - 1) + "?)";
    }

    /** Sets the values of a {@link #list}; the last one fills the places that are left. Returns the next position. */
    static <T> int setList(PreparedStatement statement, int position, List<T> values, Setter<T> setter)
            throws SQLException {
        int size = roundedUp(values.size());
        for (int i = 0; i < size; i++) {
            setter.set(statement, position + i, values.get(Math.min(i, values.size() - 1)));
        }
        return position + size;
    }

    /** Sets one parameter. */
    interface Setter<T> {
        void set(PreparedStatement statement, int position, T value) throws SQLException;
    }

    private static int roundedUp(int values) {
        for (int size : LIST_SIZES) {
            if (values <= size) {
                return size;
            }
        }
        throw new IllegalArgumentException("values: " + values + " (expected: 1.." + IDS_PER_STATEMENT + ")");
    }

    /** Cuts a list into pieces that fit a statement, keeping the order. */
    static <T> List<List<T>> pieces(List<T> values) {
        List<List<T>> pieces = new ArrayList<>();
        for (int from = 0; from < values.size(); from += IDS_PER_STATEMENT) {
            pieces.add(values.subList(from, Math.min(values.size(), from + IDS_PER_STATEMENT)));
        }
        return pieces;
    }

    /**
     * The first so many characters; never half of a surrogate pair. U+0000, which PostgreSQL keeps in no text and which comes with
     * errors about bytes that are none, becomes U+FFFD.
     */
    static String cut(String text, int length) {
        String kept = text.replace('\0', '\ufffd');
        if (kept.length() <= length) {
            return kept;
        }
        int end = Character.isHighSurrogate(kept.charAt(length - 1)) ? length - 1 : length;
        return kept.substring(0, end);
    }
}

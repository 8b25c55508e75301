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

import io.carillon.messages.central.Outcome;
import io.carillon.messages.central.TransactionMarks;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.recovery.AgedTable;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The fence of central mode: a row per transaction, whose unique key decides who came first. Thread-safe.
 *
 * <p>A mark that was cleaned must not be taken for one that never was: the transaction may have committed. So cleaning
 * first notes, in a row of its own whose key is all zeros, how far it goes; {@link #settle} fixes nothing about older
 * messages and answers UNKNOWN.
 */
final class JdbcTransactionMarks implements TransactionMarks, AgedTable {

    private static final MessageId FLOOR = MessageId.ofBytes(new byte[16]);
    private static final String FLOOR_PREFIX = "CLEANED<";

    private static final int SETTLE_WAIT_SECONDS = 5;
    private static final String INSERT =
            "INSERT INTO " + Tables.TRANSACTION_MARK + " (message_id, outcome) VALUES (?, ?)";

    private final Database database;
    private final Dialect dialect;

    JdbcTransactionMarks(Database database) {
        this.database = database;
        this.dialect = database.dialect();
    }

    @Override
    public void committed(MessageId id) {
        Optional<Outcome> there = database.joined(
                "mark the transaction of message " + id,
                connection -> insertOrRead(connection, INSERT, id, Outcome.COMMITTED));
        if (there.isPresent() && there.get() != Outcome.COMMITTED) {
            throw new IllegalStateException("transaction of message " + id + ": " + there.get()
                    + " (expected: no mark yet). The central service asked about it first and has cancelled the message;"
                    + " roll this transaction back and let the caller try again with a new message.");
        }
    }

    @Override
    public Outcome settle(MessageId id) {
        try {
            return database.transaction(
                    "settle the transaction of message " + id, 1, connection -> settle(connection, id));
        } catch (StoreException e) {
            if (e.getCause() instanceof SQLException cause && dialect.isLockConflict(cause)) {
                return Outcome.UNKNOWN;
            }
            throw e;
        }
    }

    private Outcome settle(Connection connection, MessageId id) throws SQLException {
        run(connection, dialect.limitWaits(SETTLE_WAIT_SECONDS));
        try {
            Optional<Outcome> there = insertOrRead(
                    connection, dialect.waitingAtMost(SETTLE_WAIT_SECONDS, INSERT), id, Outcome.ROLLED_BACK);
            if (there.isPresent()) {
                return there.get();
            }
            if (id.time().toEpochMilli() < cleanedBelow(connection)) {
                connection.rollback();
                return Outcome.UNKNOWN;
            }
            return Outcome.ROLLED_BACK;
        } finally {
            run(connection, dialect.restoreWaits());
        }
    }

    private static void run(Connection connection, @Nullable String sql) throws SQLException {
        if (sql != null) {
            try (Statement statement = connection.createStatement()) {
                statement.execute(sql);
            }
        }
    }

    /** Writes a mark, or reads the one that is there; empty when it was written. */
    private Optional<Outcome> insertOrRead(Connection connection, String insertSql, MessageId id, Outcome outcome)
            throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(dialect.insertIfAbsent(insertSql))) {
            insert.setBytes(1, id.toBytes());
            insert.setString(2, outcome.name());
            if (insert.executeUpdate() == 1) {
                return Optional.empty();
            }
        } catch (SQLException e) {
            if (!dialect.isDuplicateKey(e)) {
                throw e;
            }
        }
        Outcome there = read(connection, id);
        if (there == null) {
            throw new SQLException("mark of message " + id + ": could not be written and is not there");
        }
        return Optional.of(there);
    }

    /** A locking read: sees the row also in a transaction whose snapshot is older than it. */
    private static @Nullable Outcome read(Connection connection, MessageId id) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(
                "SELECT outcome FROM " + Tables.TRANSACTION_MARK + " WHERE message_id = ? FOR UPDATE")) {
            select.setBytes(1, id.toBytes());
            try (ResultSet rows = select.executeQuery()) {
                if (!rows.next()) {
                    return null;
                }
                return rows.getString(1).equals(Outcome.COMMITTED.name()) ? Outcome.COMMITTED : Outcome.ROLLED_BACK;
            }
        }
    }

    // ---- cleaning

    @Override
    public String name() {
        return Tables.TRANSACTION_MARK;
    }

    /**
     * {@inheritDoc}
     *
     * <p>The bound must leave every transaction that is still open its mark: a business transaction whose message is older
     * than the bound would no longer be told that a check back was faster.
     */
    @Override
    public Done clean(Instant bound, int batch, BooleanSupplier goOn) {
        database.transaction("note how far marks are cleaned", connection -> raiseFloor(connection, bound));
        return database.cleanById(Tables.TRANSACTION_MARK, "message_id", FLOOR, bound, batch, goOn);
    }

    private boolean raiseFloor(Connection connection, Instant bound) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(dialect.insertIfAbsent(INSERT))) {
            insert.setBytes(1, FLOOR.toBytes());
            insert.setString(2, FLOOR_PREFIX + 0);
            insert.executeUpdate();
        } catch (SQLException e) {
            if (!dialect.isDuplicateKey(e)) {
                throw e;
            }
        }
        if (floor(connection, " FOR UPDATE") >= bound.toEpochMilli()) {
            return false;
        }
        try (PreparedStatement update = connection.prepareStatement(
                "UPDATE " + dialect.byPrimaryKey(Tables.TRANSACTION_MARK) + " SET outcome = ? WHERE message_id = ?")) {
            update.setString(1, FLOOR_PREFIX + bound.toEpochMilli());
            update.setBytes(2, FLOOR.toBytes());
            return update.executeUpdate() == 1;
        }
    }

    /** The time, in milliseconds, before which marks may have been cleaned; 0 when none was. */
    private static long cleanedBelow(Connection connection) throws SQLException {
        return floor(connection, "");
    }

    private static long floor(Connection connection, String lock) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(
                "SELECT outcome FROM " + Tables.TRANSACTION_MARK + " WHERE message_id = ?" + lock)) {
            select.setBytes(1, FLOOR.toBytes());
            try (ResultSet rows = select.executeQuery()) {
                return rows.next() ? Long.parseLong(rows.getString(1).substring(FLOOR_PREFIX.length())) : 0;
            }
        }
    }
}

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
import io.carillon.messages.recovery.CleaningStore;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** The cleanings in SQL. Thread-safe. A small table: a row per command, service and shard. */
final class JdbcCleaningStore implements CleaningStore, AgedTable {

    private static final String COLUMNS =
            "id, service, shard, shards, kind, bound_at, state, deleted, rows_left, error, leased_to, done_at";
    private static final String KEY = " WHERE id = ? AND service = ? AND shard = ?";
    private static final int ASKED = 0;
    private static final int DONE = 1;
    private static final int MAX_ERROR = 1000;
    private static final int MAX_LIMIT = 1000;

    private final Database database;

    JdbcCleaningStore(Database database) {
        this.database = database;
    }

    @Override
    public void ask(List<Task> tasks) {
        if (tasks.isEmpty()) {
            return;
        }
        database.joined("keep " + tasks.size() + " cleanings", connection -> {
            for (Task task : tasks) {
                insert(connection, task, ASKED, 0, 0, null);
            }
            return tasks.size();
        });
    }

    private void insert(Connection connection, Task task, int state, long deleted, long left, @Nullable Instant doneAt)
            throws SQLException {
        if (isThere(connection, task)) {
            return;
        }
        try (PreparedStatement insert = connection.prepareStatement(database.dialect()
                .insertIfAbsent("INSERT INTO " + Tables.CLEANING + " (" + COLUMNS
                        + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, 0, ?)"))) {
            setKey(insert, 1, task);
            insert.setInt(4, task.shards());
            insert.setString(5, task.kind().name());
            insert.setLong(6, task.bound().toEpochMilli());
            insert.setInt(7, state);
            insert.setLong(8, deleted);
            insert.setLong(9, left);
            if (doneAt == null) {
                insert.setNull(10, java.sql.Types.BIGINT);
            } else {
                insert.setLong(10, doneAt.toEpochMilli());
            }
            insert.executeUpdate();
        } catch (SQLException e) {
            if (!database.dialect().isDuplicateKey(e)) {
                throw e;
            }
        }
    }

    private static boolean isThere(Connection connection, Task task) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement("SELECT state FROM " + Tables.CLEANING + KEY)) {
            setKey(select, 1, task);
            try (ResultSet rows = select.executeQuery()) {
                return rows.next();
            }
        }
    }

    private static void setKey(PreparedStatement statement, int position, Task task) throws SQLException {
        statement.setBytes(position, task.id().toBytes());
        statement.setString(position + 1, task.service());
        statement.setInt(position + 2, task.shard());
    }

    @Override
    public List<Task> claim(String service, String owner, Instant now, Instant until, int limit) {
        List<Task> free = database.statement("look for cleanings", connection -> {
            List<Task> found = new ArrayList<>();
            try (PreparedStatement select = connection.prepareStatement("SELECT " + COLUMNS + " FROM "
                    + Tables.CLEANING + " WHERE service = ? AND state = " + ASKED + " AND leased_to <= ?"
                    + " ORDER BY id, shard LIMIT ?")) {
                select.setString(1, service);
                select.setLong(2, now.toEpochMilli());
                select.setInt(3, limit);
                try (ResultSet rows = select.executeQuery()) {
                    while (rows.next()) {
                        found.add(progress(rows).task());
                    }
                }
            }
            return found;
        });
        return free.stream().filter(task -> take(task, owner, now, until)).toList();
    }

    private boolean take(Task task, String owner, Instant now, Instant until) {
        return database.statement("take a cleaning", connection -> {
            try (PreparedStatement update = connection.prepareStatement("UPDATE "
                    + database.dialect().byPrimaryKey(Tables.CLEANING) + " SET owner = ?, leased_to = ?" + KEY
                    + " AND state = " + ASKED + " AND leased_to <= ?")) {
                update.setString(1, owner);
                update.setLong(2, until.toEpochMilli());
                setKey(update, 3, task);
                update.setLong(6, now.toEpochMilli());
                return update.executeUpdate() == 1;
            }
        });
    }

    @Override
    public boolean progressed(Task task, String owner, long deleted, Instant until) {
        return database.statement("note a cleaning's progress", connection -> {
            try (PreparedStatement update = connection.prepareStatement("UPDATE "
                    + database.dialect().byPrimaryKey(Tables.CLEANING)
                    + " SET deleted = deleted + ?, leased_to = ?, error = NULL" + KEY + " AND owner = ? AND state = "
                    + ASKED)) {
                update.setLong(1, deleted);
                update.setLong(2, until.toEpochMilli());
                setKey(update, 3, task);
                update.setString(6, owner);
                return update.executeUpdate() == 1;
            }
        });
    }

    @Override
    public void failed(Task task, String error) {
        database.statement("note a cleaning's failure", connection -> {
            try (PreparedStatement update = connection.prepareStatement(
                    "UPDATE " + database.dialect().byPrimaryKey(Tables.CLEANING) + " SET error = ?" + KEY)) {
                update.setString(1, Database.cut(error, MAX_ERROR));
                setKey(update, 2, task);
                return update.executeUpdate();
            }
        });
    }

    @Override
    public Progress done(Task task, long left, Instant now) {
        return database.joined("end a cleaning", connection -> {
            try (PreparedStatement update = connection.prepareStatement("UPDATE "
                    + database.dialect().byPrimaryKey(Tables.CLEANING)
                    + " SET state = " + DONE + ", rows_left = ?, done_at = ?, error = NULL, owner = NULL" + KEY)) {
                update.setLong(1, left);
                update.setLong(2, now.toEpochMilli());
                setKey(update, 3, task);
                update.executeUpdate();
            }
            try (PreparedStatement select =
                    connection.prepareStatement("SELECT " + COLUMNS + " FROM " + Tables.CLEANING + KEY)) {
                setKey(select, 1, task);
                try (ResultSet rows = select.executeQuery()) {
                    if (!rows.next()) {
                        throw new SQLException("cleaning " + task + ": gone");
                    }
                    return progress(rows);
                }
            }
        });
    }

    @Override
    public void report(Progress progress) {
        database.joined("keep a report of a cleaning", connection -> {
            Task task = progress.task();
            try (PreparedStatement update = connection.prepareStatement("UPDATE "
                    + database.dialect().byPrimaryKey(Tables.CLEANING)
                    + " SET state = " + DONE + ", deleted = ?, rows_left = ?, done_at = ?" + KEY)) {
                Instant at = progress.doneAt();
                update.setLong(1, progress.deleted());
                update.setLong(2, progress.left());
                update.setLong(3, at == null ? 0 : at.toEpochMilli());
                setKey(update, 4, task);
                if (update.executeUpdate() == 0) {
                    insert(connection, task, DONE, progress.deleted(), progress.left(), at);
                }
                return 1;
            }
        });
    }

    @Override
    public List<Progress> latest(int limit) {
        if (limit < 1 || limit > MAX_LIMIT) {
            throw new IllegalArgumentException(
                    "limit: " + limit + " (expected: 1.." + MAX_LIMIT + "). Nothing was read; ask for fewer.");
        }
        return database.statement("read the cleanings", connection -> {
            List<Progress> latest = new ArrayList<>();
            try (PreparedStatement select = connection.prepareStatement(
                    "SELECT " + COLUMNS + " FROM " + Tables.CLEANING + " ORDER BY id DESC, service, shard LIMIT ?")) {
                select.setInt(1, limit);
                try (ResultSet rows = select.executeQuery()) {
                    while (rows.next()) {
                        latest.add(progress(rows));
                    }
                }
            }
            return List.copyOf(latest);
        });
    }

    private static Progress progress(ResultSet row) throws SQLException {
        long doneAt = row.getLong(12);
        boolean open = row.wasNull();
        return new Progress(
                new Task(
                        MessageId.ofBytes(row.getBytes(1)),
                        row.getString(2),
                        row.getInt(3),
                        row.getInt(4),
                        Kind.valueOf(row.getString(5)),
                        Instant.ofEpochMilli(row.getLong(6))),
                row.getLong(8),
                row.getLong(9),
                row.getString(10),
                open ? null : Instant.ofEpochMilli(doneAt));
    }

    @Override
    public String name() {
        return Tables.CLEANING;
    }

    @Override
    public Done clean(Instant bound, int batch, BooleanSupplier goOn) {
        return database.cleanById(Tables.CLEANING, "id", MessageId.leastAt(Instant.EPOCH), bound, batch, goOn);
    }
}

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
package io.carillon.spring.console;

import io.carillon.console.access.ConsoleStore;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DuplicateKeyException;

/** The console's records in table CARILLON_CONSOLE; several consoles may share it. Thread-safe. */
final class JdbcConsoleStore implements ConsoleStore {
    private static final String COLUMNS = "record_kind, record_id, record_value, record_version, expires_at";
    private static final String ALIVE = "(expires_at IS NULL OR expires_at > :now)";
    private static final int MOST = 10_000;

    private final ConsoleTables tables;

    JdbcConsoleStore(ConsoleTables tables) {
        this.tables = tables;
    }

    private static Entry entry(ResultSet row, int number) throws SQLException {
        long expires = row.getLong(5);
        return new Entry(
                row.getString(1),
                row.getString(2),
                row.getString(3),
                row.getInt(4),
                row.wasNull() ? null : Instant.ofEpochMilli(expires));
    }

    @Override
    public boolean isShared() {
        return true;
    }

    @Override
    public Optional<Entry> find(String kind, String id, Instant now) {
        return tables.open()
                .sql("SELECT " + COLUMNS + " FROM CARILLON_CONSOLE WHERE record_kind = :kind AND record_id = :id AND "
                        + ALIVE)
                .param("kind", kind)
                .param("id", id)
                .param("now", now.toEpochMilli())
                .query(JdbcConsoleStore::entry)
                .optional();
    }

    @Override
    public List<Entry> all(String kind, Instant now) {
        return tables.open()
                .sql("SELECT " + COLUMNS + " FROM CARILLON_CONSOLE WHERE record_kind = :kind AND " + ALIVE
                        + " ORDER BY record_id LIMIT " + MOST)
                .param("kind", kind)
                .param("now", now.toEpochMilli())
                .query(JdbcConsoleStore::entry)
                .list();
    }

    @Override
    public boolean insert(String kind, String id, String value, @Nullable Instant expires, Instant now) {
        tables.open()
                .sql("DELETE FROM CARILLON_CONSOLE WHERE record_kind = :kind AND record_id = :id AND NOT " + ALIVE)
                .param("kind", kind)
                .param("id", id)
                .param("now", now.toEpochMilli())
                .update();
        try {
            tables.open()
                    .sql("INSERT INTO CARILLON_CONSOLE (" + COLUMNS + ") VALUES (:kind, :id, :value, 1, :expires)")
                    .param("kind", kind)
                    .param("id", id)
                    .param("value", value)
                    .param("expires", millis(expires))
                    .update();
            return true;
        } catch (DuplicateKeyException there) {
            return false;
        }
    }

    private static @Nullable Long millis(@Nullable Instant instant) {
        return instant == null ? null : instant.toEpochMilli();
    }

    @Override
    public boolean replace(Entry entry, String value, @Nullable Instant expires) {
        return tables.open()
                        .sql("UPDATE CARILLON_CONSOLE SET record_value = :value, expires_at = :expires,"
                                + " record_version = record_version + 1"
                                + " WHERE record_kind = :kind AND record_id = :id AND record_version = :version")
                        .param("value", value)
                        .param("expires", millis(expires))
                        .param("kind", entry.kind())
                        .param("id", entry.id())
                        .param("version", entry.version())
                        .update()
                == 1;
    }

    @Override
    public boolean delete(String kind, String id) {
        return tables.open()
                        .sql("DELETE FROM CARILLON_CONSOLE WHERE record_kind = :kind AND record_id = :id")
                        .param("kind", kind)
                        .param("id", id)
                        .update()
                == 1;
    }

    @Override
    public void deleteExpired(Instant now) {
        tables.open()
                .sql("DELETE FROM CARILLON_CONSOLE WHERE expires_at <= :now")
                .param("now", now.toEpochMilli())
                .update();
    }
}

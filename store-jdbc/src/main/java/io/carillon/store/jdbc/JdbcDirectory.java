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

import io.carillon.messages.directory.Directory;
import io.carillon.messages.directory.DirectoryView;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The directory in SQL. Thread-safe. Whoever changes it holds one row, so that changes come one after the other: they are few,
 * and what results for a group follows from several rows. A declaration that says nothing new takes one read.
 */
final class JdbcDirectory implements Directory {

    private static final String COLUMNS =
            "kind, name, topic, tag, status, detail, declared_by, declared_at, changed_by, changed_at, reason";
    private static final String LOCK = "LOCK";
    private static final int MAX_DETAIL = 500;
    private static final int MAX_WHO = 200;

    private final Database database;
    private final JdbcMessageStore messages;

    JdbcDirectory(Database database, JdbcMessageStore messages) {
        this.database = database;
        this.messages = messages;
    }

    @Override
    public DirectoryView read() {
        return database.statement("read the directory", JdbcDirectory::read);
    }

    private static DirectoryView read(Connection connection) throws SQLException {
        return new DirectoryView(entries(connection), declared(connection, null));
    }

    private static List<Entry> entries(Connection connection) throws SQLException {
        List<Entry> entries = new ArrayList<>();
        try (PreparedStatement select = connection.prepareStatement(
                        "SELECT " + COLUMNS + " FROM " + Tables.DIRECTORY + " ORDER BY kind, name, topic, tag");
                ResultSet rows = select.executeQuery()) {
            while (rows.next()) {
                entry(rows).ifPresent(entries::add);
            }
        }
        return entries;
    }

    /** Empty for the lock's row, and for kinds of a later version. */
    private static Optional<Entry> entry(ResultSet row) throws SQLException {
        Kind kind;
        Status status;
        try {
            kind = Kind.valueOf(row.getString(1));
            status = Status.valueOf(row.getString(5));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
        return Optional.of(new Entry(
                new Name(kind, row.getString(2), row.getString(3), row.getString(4)),
                status,
                row.getString(6),
                row.getString(7),
                instant(row, 8),
                row.getString(9),
                instant(row, 10),
                row.getString(11)));
    }

    private static @Nullable Instant instant(ResultSet row, int column) throws SQLException {
        long millis = row.getLong(column);
        return row.wasNull() ? null : Instant.ofEpochMilli(millis);
    }

    private static List<Declared> declared(Connection connection, @Nullable String group) throws SQLException {
        List<Declared> declared = new ArrayList<>();
        try (PreparedStatement select =
                connection.prepareStatement("SELECT group_id, application, revision, topic, tag, declared_at FROM "
                        + Tables.DECLARATION + (group == null ? "" : " WHERE group_id = ?")
                        + " ORDER BY group_id, application, revision, topic, tag")) {
            if (group != null) {
                select.setString(1, group);
            }
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    declared.add(new Declared(
                            rows.getString(1),
                            rows.getString(2),
                            rows.getString(3),
                            rows.getString(4),
                            rows.getString(5),
                            Instant.ofEpochMilli(rows.getLong(6))));
                }
            }
        }
        return declared;
    }

    // ---- declarations

    @Override
    public Change declare(
            String group,
            String application,
            String revision,
            Map<String, Set<String>> tags,
            Duration outlived,
            Instant now) {
        boolean fresh = database.statement(
                "read what " + group + " declares",
                connection ->
                        DirectoryView.isFresh(declared(connection, group), application, revision, tags, outlived, now));
        if (fresh) {
            return new Change(false, Map.of(), Map.of());
        }
        return database.transaction("declare the subscriptions of " + group, connection -> {
            lock(connection);
            List<Declared> after = DirectoryView.afterDeclaring(
                    declared(connection, group), group, application, revision, tags, outlived, now);
            try (PreparedStatement delete =
                    connection.prepareStatement("DELETE FROM " + Tables.DECLARATION + " WHERE group_id = ?")) {
                delete.setString(1, group);
                delete.executeUpdate();
            }
            try (PreparedStatement insert = connection.prepareStatement("INSERT INTO " + Tables.DECLARATION
                    + " (group_id, application, revision, topic, tag, declared_at) VALUES (?, ?, ?, ?, ?, ?)")) {
                for (Declared each : after) {
                    insert.setString(1, each.group());
                    insert.setString(2, each.application());
                    insert.setString(3, each.revision());
                    insert.setString(4, each.topic());
                    insert.setString(5, each.tag());
                    insert.setLong(6, each.at().toEpochMilli());
                    insert.addBatch();
                }
                insert.executeBatch();
            }
            return resulting(connection, group, now);
        });
    }

    /** Writes the subscriptions of a group that follow from the directory to where expected confirmations are read. */
    private Change resulting(Connection connection, String group, Instant now) throws SQLException {
        Map<String, Set<String>> before = subscriptions(connection, group);
        Map<String, Set<String>> after = read(connection).subscriptions(group);
        if (!after.equals(before)) {
            messages.replaceSubscriptions(connection, group, after, now);
        }
        return new Change(true, before, after);
    }

    private static Map<String, Set<String>> subscriptions(Connection connection, String group) throws SQLException {
        Map<String, Set<String>> tags = new TreeMap<>();
        try (PreparedStatement select =
                connection.prepareStatement("SELECT topic, tag FROM " + Tables.SUBSCRIPTION + " WHERE group_id = ?")) {
            select.setString(1, group);
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    tags.computeIfAbsent(rows.getString(1), topic -> new TreeSet<>())
                            .add(rows.getString(2));
                }
            }
        }
        return tags;
    }

    @Override
    public void declare(Collection<Name> names, Map<Name, String> details, String application, Instant now) {
        DirectoryView known =
                new DirectoryView(database.statement("read the directory", JdbcDirectory::entries), List.of());
        List<Name> news = names.stream()
                .distinct()
                .filter(name -> known.isNews(name, details.getOrDefault(name, ""), application, now))
                .toList();
        if (news.isEmpty()) {
            return;
        }
        database.transaction("declare " + news.size() + " entries of the directory", connection -> {
            lock(connection);
            for (Name name : news) {
                Optional<Entry> there = find(connection, name);
                String detail = details.getOrDefault(name, "");
                boolean keep =
                        there.isPresent() && (detail.isEmpty() || there.get().changedAt() != null);
                write(
                        connection,
                        new Entry(
                                name,
                                there.map(Entry::status).orElse(Status.ACTIVE),
                                keep ? there.get().detail() : detail,
                                application,
                                now,
                                there.map(Entry::changedBy).orElse(null),
                                there.map(Entry::changedAt).orElse(null),
                                there.map(Entry::reason).orElse(null)),
                        there.isPresent());
            }
            return news.size();
        });
    }

    // ---- edits

    @Override
    public Change edit(Edit edit) {
        return database.transaction("edit " + edit.name(), connection -> {
            lock(connection);
            Optional<Entry> there = find(connection, edit.name());
            Instant before = there.map(Entry::changedAt).orElse(null);
            if (before != null && !edit.at().isAfter(before)) {
                return new Change(false, Map.of(), Map.of());
            }
            write(
                    connection,
                    new Entry(
                            edit.name(),
                            edit.status(),
                            edit.detail() == null ? there.map(Entry::detail).orElse("") : edit.detail(),
                            there.map(Entry::declaredBy).orElse(""),
                            there.map(Entry::declaredAt).orElse(null),
                            edit.who(),
                            edit.at(),
                            edit.reason()),
                    there.isPresent());
            boolean concernsAGroup =
                    edit.name().kind() == Kind.GROUP || edit.name().kind() == Kind.SUBSCRIPTION;
            return concernsAGroup
                    ? resulting(connection, edit.name().name(), edit.at())
                    : new Change(true, Map.of(), Map.of());
        });
    }

    // ---- rows

    private void lock(Connection connection) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(
                database.dialect()
                        .insertIfAbsent(
                                "INSERT INTO " + Tables.DIRECTORY
                                        + " (kind, name, topic, tag, status, detail, declared_by) VALUES (?, '', '', '', '', '', '')"))) {
            insert.setString(1, LOCK);
            insert.executeUpdate();
        } catch (SQLException e) {
            if (!database.dialect().isDuplicateKey(e)) {
                throw e;
            }
        }
        try (PreparedStatement select = connection.prepareStatement("SELECT kind FROM " + Tables.DIRECTORY
                + " WHERE kind = ? AND name = '' AND topic = '' AND tag = '' FOR UPDATE")) {
            select.setString(1, LOCK);
            try (ResultSet rows = select.executeQuery()) {
                rows.next();
            }
        }
    }

    private static Optional<Entry> find(Connection connection, Name name) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement("SELECT " + COLUMNS + " FROM " + Tables.DIRECTORY
                + " WHERE kind = ? AND name = ? AND topic = ? AND tag = ?")) {
            setName(select, 1, name);
            try (ResultSet rows = select.executeQuery()) {
                return rows.next() ? entry(rows) : Optional.empty();
            }
        }
    }

    private static void write(Connection connection, Entry entry, boolean isThere) throws SQLException {
        String sql = isThere
                ? "UPDATE " + Tables.DIRECTORY + " SET status = ?, detail = ?, declared_by = ?, declared_at = ?,"
                        + " changed_by = ?, changed_at = ?, reason = ?"
                        + " WHERE kind = ? AND name = ? AND topic = ? AND tag = ?"
                : "INSERT INTO " + Tables.DIRECTORY + " (status, detail, declared_by, declared_at, changed_by,"
                        + " changed_at, reason, kind, name, topic, tag) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
        try (PreparedStatement write = connection.prepareStatement(sql)) {
            write.setString(1, entry.status().name());
            write.setString(2, Database.cut(entry.detail(), MAX_DETAIL));
            write.setString(3, entry.declaredBy());
            setInstant(write, 4, entry.declaredAt());
            write.setString(5, entry.changedBy() == null ? null : Database.cut(entry.changedBy(), MAX_WHO));
            setInstant(write, 6, entry.changedAt());
            write.setString(7, entry.reason() == null ? null : Database.cut(entry.reason(), MAX_DETAIL));
            setName(write, 8, entry.name());
            write.executeUpdate();
        }
    }

    private static void setInstant(PreparedStatement statement, int position, @Nullable Instant at)
            throws SQLException {
        if (at == null) {
            statement.setNull(position, Types.BIGINT);
        } else {
            statement.setLong(position, at.toEpochMilli());
        }
    }

    private static void setName(PreparedStatement statement, int position, Name name) throws SQLException {
        statement.setString(position, name.kind().name());
        statement.setString(position + 1, name.name());
        statement.setString(position + 2, name.topic());
        statement.setString(position + 3, name.tag());
    }
}

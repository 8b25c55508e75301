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

import static io.carillon.store.jdbc.Database.cut;

import io.carillon.jobs.operations.By;
import io.carillon.jobs.operations.JobAudit;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.operations.Audit;
import io.carillon.messages.recovery.AgedTable;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The audit in table CARILLON_AUDIT, of messages and of jobs, whose key is in the order of time. Texts that are too long are
 * cut. Thread-safe.
 */
final class JdbcAudit implements Audit, AgedTable {

    private static final int MAX_WHO = 200;
    private static final int MAX_STATES = 4000;
    private static final int MAX_TEXT = 1000;
    private static final int MAX_LIMIT = 1000;
    private static final String COLUMNS =
            "id, at, who, what, target, before_state, after_state, reason, result, origin";

    private final Database database;
    private final JobAudit ofJobs = new OfJobs();

    JdbcAudit(Database database) {
        this.database = database;
    }

    /** The same table, as the audit of jobs. */
    JobAudit ofJobs() {
        return ofJobs;
    }

    /** A row; {@code origin} is null for one that does not tell from where. */
    private record Row(Entry entry, @Nullable String origin) {}

    @Override
    public void begin(Entry entry) {
        insert(new Row(entry, null));
    }

    private void insert(Row row) {
        Entry entry = row.entry();
        database.transaction("begin an audit entry", connection -> {
            try (PreparedStatement insert = connection.prepareStatement(
                    "INSERT INTO " + Tables.AUDIT + " (" + COLUMNS + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
                insert.setBytes(1, new MessageId(entry.id()).toBytes());
                insert.setLong(2, entry.at().toEpochMilli());
                insert.setString(3, cut(entry.who(), MAX_WHO));
                insert.setString(4, cut(entry.what(), MAX_WHO));
                insert.setString(5, cut(entry.target(), MAX_TEXT));
                insert.setString(6, orNull(entry.before(), MAX_STATES));
                insert.setString(7, orNull(entry.after(), MAX_STATES));
                insert.setString(8, cut(entry.reason(), MAX_TEXT));
                insert.setString(9, orNull(entry.result(), MAX_TEXT));
                insert.setString(10, orNull(row.origin(), MAX_WHO));
                return insert.executeUpdate();
            }
        });
    }

    private static @Nullable String orNull(@Nullable String text, int length) {
        return text == null ? null : cut(text, length);
    }

    @Override
    public void end(UUID id, @Nullable String before, @Nullable String after, String result) {
        database.transaction("end an audit entry", connection -> {
            try (PreparedStatement update = connection.prepareStatement("UPDATE "
                    + database.dialect().byPrimaryKey(Tables.AUDIT)
                    + " SET before_state = ?, after_state = ?, result = ? WHERE id = ?")) {
                update.setString(1, orNull(before, MAX_STATES));
                update.setString(2, orNull(after, MAX_STATES));
                update.setString(3, cut(result, MAX_TEXT));
                update.setBytes(4, new MessageId(id).toBytes());
                return update.executeUpdate();
            }
        });
    }

    @Override
    public List<Entry> latest(@Nullable UUID before, int limit) {
        return read(JobAudit.Question.ALL, before, limit).stream()
                .map(Row::entry)
                .toList();
    }

    /** Walks the key backwards; there are as many rows as people gave commands. */
    private List<Row> read(JobAudit.Question question, @Nullable UUID before, int limit) {
        if (limit < 1 || limit > MAX_LIMIT) {
            throw new IllegalArgumentException(
                    "limit: " + limit + " (expected: 1.." + MAX_LIMIT + "). Nothing was read; ask for fewer entries.");
        }
        StringBuilder where = new StringBuilder();
        List<Object> values = new ArrayList<>();
        and(where, values, "id < ?", before == null ? null : new MessageId(before).toBytes());
        and(where, values, "target = ?", question.target());
        and(where, values, "who = ?", question.who());
        and(where, values, "what = ?", question.what());
        Instant from = question.from();
        and(where, values, "at >= ?", from == null ? null : from.toEpochMilli());
        Instant to = question.to();
        and(where, values, "at < ?", to == null ? null : to.toEpochMilli());
        return database.statement("read the audit", connection -> {
            List<Row> latest = new ArrayList<>();
            try (PreparedStatement select = connection.prepareStatement(
                    "SELECT " + COLUMNS + " FROM " + Tables.AUDIT + where + " ORDER BY id DESC LIMIT ?")) {
                int position = 1;
                for (Object value : values) {
                    if (value instanceof byte[] id) {
                        select.setBytes(position++, id);
                    } else if (value instanceof Long at) {
                        select.setLong(position++, at);
                    } else {
                        select.setString(position++, (String) value);
                    }
                }
                select.setInt(position, limit);
                try (ResultSet rows = select.executeQuery()) {
                    while (rows.next()) {
                        latest.add(new Row(
                                new Entry(
                                        MessageId.ofBytes(rows.getBytes(1)).uuid(),
                                        Instant.ofEpochMilli(rows.getLong(2)),
                                        rows.getString(3),
                                        rows.getString(4),
                                        rows.getString(5),
                                        rows.getString(6),
                                        rows.getString(7),
                                        rows.getString(8),
                                        rows.getString(9)),
                                rows.getString(10)));
                    }
                }
            }
            return List.copyOf(latest);
        });
    }

    private static void and(StringBuilder where, List<Object> values, String condition, @Nullable Object value) {
        if (value != null) {
            where.append(where.isEmpty() ? " WHERE " : " AND ").append(condition);
            values.add(value);
        }
    }

    /** The commands on jobs are rows like those on messages. */
    private final class OfJobs implements JobAudit {

        @Override
        public void begin(JobAudit.Entry entry) {
            insert(new Row(
                    new Audit.Entry(
                            entry.id(),
                            entry.at(),
                            entry.by().actor(),
                            entry.what(),
                            entry.target(),
                            entry.before(),
                            entry.after(),
                            entry.by().reason(),
                            entry.result()),
                    entry.by().from()));
        }

        @Override
        public void end(UUID id, @Nullable String before, @Nullable String after, String result) {
            JdbcAudit.this.end(id, before, after, result);
        }

        @Override
        public List<JobAudit.Entry> latest(JobAudit.Question question, @Nullable UUID before, int limit) {
            return read(question, before, limit).stream()
                    .map(row -> new JobAudit.Entry(
                            row.entry().id(),
                            row.entry().at(),
                            new By(row.entry().who(), row.entry().reason(), row.origin() == null ? "" : row.origin()),
                            row.entry().what(),
                            row.entry().target(),
                            row.entry().before(),
                            row.entry().after(),
                            row.entry().result()))
                    .toList();
        }
    }

    @Override
    public String name() {
        return Tables.AUDIT;
    }

    @Override
    public Done clean(Instant bound, int batch, BooleanSupplier goOn) {
        return database.cleanById(Tables.AUDIT, "id", MessageId.leastAt(Instant.EPOCH), bound, batch, goOn);
    }
}

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

import io.carillon.jobs.alarms.AlarmState;
import io.carillon.jobs.alarms.AlarmStore;
import io.carillon.jobs.alarms.Announcement;
import io.carillon.jobs.alarms.Announcement.State;
import io.carillon.jobs.alarms.Announcement.What;
import io.carillon.jobs.alarms.DecideAlarms.Decision;
import io.carillon.jobs.alarms.Finding;
import io.carillon.jobs.alarms.Finding.Kind;
import io.carillon.jobs.alarms.Finding.Severity;
import io.carillon.jobs.alarms.Finding.Subject;
import io.carillon.jobs.alarms.Finding.Symptom;
import io.carillon.jobs.alarms.Incident;
import io.carillon.jobs.alarms.Incident.Told;
import io.carillon.messages.recovery.AgedTable;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Alarms in the tables CARILLON_ALARM, CARILLON_ALARM_NOTICE and CARILLON_ALARM_TURN. Texts that are too long are cut. Rows of a
 * newer version with words unknown here are left alone. Thread-safe.
 */
final class JdbcAlarmStore implements AlarmStore, AgedTable {

    private static final int MAX_LIMIT = 1_000;
    private static final int MAX_LINES = 4_000;
    private static final int MAX_ARGUMENT = 300;
    private static final int MAX_GROUP = 200;
    private static final int MAX_FAILURE = 1_000;
    private static final String ALARM_COLUMNS =
            "severity, symptoms, since, opened_at, clear_since, told, job_group, kind, cluster, name, id";
    private static final String NOTICE_COLUMNS =
            "decided_at, id, alarm_id, channel, what, kind, cluster, name, severity, symptoms, since, state, attempt,"
                    + " due_at, ended_at, failure";

    private final Database database;

    JdbcAlarmStore(Database database) {
        this.database = database;
    }

    // ---- the turn

    @Override
    public Optional<Long> turn(String node, Duration length) {
        String now = database.dialect().nowMillis();
        Optional<Long> fence = database.transaction("take the turn of alarms", connection -> {
            // the fence first: MySQL assigns from left to right, and it depends on the node before
            try (PreparedStatement update = connection.prepareStatement("UPDATE " + Tables.ALARM_TURN
                    + " SET fence = CASE WHEN node = ? THEN fence ELSE fence + 1 END, node = ?, until_at = " + now
                    + " + ? WHERE id = 1 AND (node = ? OR until_at < " + now + ")")) {
                update.setString(1, node);
                update.setString(2, node);
                update.setLong(3, length.toMillis());
                update.setString(4, node);
                if (update.executeUpdate() == 0) {
                    return Optional.empty();
                }
            }
            return Optional.ofNullable(fence(connection, ""));
        });
        if (fence.isEmpty() && makeTurn()) {
            return turn(node, length);
        }
        return fence;
    }

    /** Makes the row of the turn, which has ended; false when it is there. */
    private boolean makeTurn() {
        if (database.statement("read the turn of alarms", connection -> Optional.ofNullable(fence(connection, "")))
                .isPresent()) {
            return false;
        }
        return database.statement("make the turn of alarms", connection -> {
            try (PreparedStatement insert = connection.prepareStatement(
                    "INSERT INTO " + Tables.ALARM_TURN + " (id, fence, node, until_at) VALUES (1, 0, '', 0)")) {
                return insert.executeUpdate() == 1;
            } catch (SQLException e) {
                if (database.dialect().isDuplicateKey(e)) {
                    return true;
                }
                throw e;
            }
        });
    }

    private static @Nullable Long fence(Connection connection, String lock) throws SQLException {
        try (PreparedStatement select =
                        connection.prepareStatement("SELECT fence FROM " + Tables.ALARM_TURN + " WHERE id = 1" + lock);
                ResultSet row = select.executeQuery()) {
            return row.next() ? row.getLong(1) : null;
        }
    }

    private static boolean holds(Connection connection, long fence) throws SQLException {
        Long current = fence(connection, " FOR UPDATE");
        return current != null && current == fence;
    }

    @Override
    public void leave(String node, long fence) {
        database.transaction("leave the turn of alarms", connection -> {
            try (PreparedStatement update = connection.prepareStatement(
                    "UPDATE " + Tables.ALARM_TURN + " SET until_at = 0 WHERE id = 1 AND node = ? AND fence = ?")) {
                update.setString(1, node);
                update.setLong(2, fence);
                return update.executeUpdate();
            }
        });
    }

    // ---- what is known

    @Override
    public AlarmState read(Instant since) {
        return database.transaction("read the alarms", connection -> {
            List<Incident> incidents = new ArrayList<>();
            try (PreparedStatement select =
                            connection.prepareStatement("SELECT " + ALARM_COLUMNS + " FROM " + Tables.ALARM);
                    ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    Incident incident = incident(rows);
                    if (incident != null) {
                        incidents.add(incident);
                    }
                }
            }
            Map<java.util.UUID, Announcement> announcements = new LinkedHashMap<>();
            try (PreparedStatement select = connection.prepareStatement(
                    "SELECT " + NOTICE_COLUMNS + " FROM " + Tables.ALARM_NOTICE + " WHERE decided_at >= ?")) {
                select.setLong(1, since.toEpochMilli());
                announcements(select).forEach(announcement -> announcements.put(announcement.id(), announcement));
            }
            try (PreparedStatement select = connection.prepareStatement(
                    "SELECT " + NOTICE_COLUMNS + " FROM " + Tables.ALARM_NOTICE + " WHERE state = ?")) {
                select.setString(1, State.HELD.name());
                announcements(select).forEach(announcement -> announcements.put(announcement.id(), announcement));
            }
            return new AlarmState(incidents, List.copyOf(announcements.values()));
        });
    }

    @Override
    public boolean keep(long fence, Decision decision) {
        return database.transaction("keep what was decided about alarms", connection -> {
            if (!holds(connection, fence)) {
                return false;
            }
            for (Incident incident : decision.incidents()) {
                keep(connection, incident);
            }
            try (PreparedStatement delete = connection.prepareStatement(
                    "DELETE FROM " + Tables.ALARM + " WHERE kind = ? AND cluster = ? AND name = ?")) {
                for (Subject subject : decision.over()) {
                    setSubject(delete, 1, subject);
                    delete.executeUpdate();
                }
            }
            try (PreparedStatement insert = connection.prepareStatement("INSERT INTO " + Tables.ALARM_NOTICE + " ("
                    + NOTICE_COLUMNS + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
                for (Announcement made : decision.made()) {
                    insert(insert, made);
                }
            }
            for (Announcement summed : decision.summed()) {
                update(connection, summed, "");
            }
            return true;
        });
    }

    private static void keep(Connection connection, Incident incident) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement("UPDATE " + Tables.ALARM
                        + " SET severity = ?, symptoms = ?, since = ?, opened_at = ?, clear_since = ?, told = ?, job_group = ?"
                        + " WHERE kind = ? AND cluster = ? AND name = ? AND id = ?");
                PreparedStatement insert = connection.prepareStatement("INSERT INTO " + Tables.ALARM + " ("
                        + ALARM_COLUMNS + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
            set(update, incident);
            if (update.executeUpdate() == 0) {
                set(insert, incident);
                insert.executeUpdate();
            }
        }
    }

    private static void set(PreparedStatement statement, Incident incident) throws SQLException {
        statement.setString(1, incident.severity().name());
        statement.setString(2, written(incident.symptoms()));
        statement.setLong(3, incident.since().toEpochMilli());
        setInstant(statement, 4, incident.openedAt());
        setInstant(statement, 5, incident.clearSince());
        statement.setString(6, writtenTold(incident.told()));
        statement.setString(7, cut(incident.group(), MAX_GROUP));
        setSubject(statement, 8, incident.subject());
        statement.setBytes(11, Database.bytes(incident.id()));
    }

    private static @Nullable Incident incident(ResultSet row) throws SQLException {
        Severity severity = JdbcRunHistory.known(Severity.values(), row.getString(1));
        Kind kind = JdbcRunHistory.known(Kind.values(), row.getString(8));
        if (severity == null || kind == null) {
            return null;
        }
        return new Incident(
                Database.uuid(row.getBytes(11)),
                new Subject(kind, row.getString(9), row.getString(10)),
                row.getString(7),
                severity,
                symptoms(row.getString(2)),
                Instant.ofEpochMilli(row.getLong(3)),
                instant(row, 4),
                instant(row, 5),
                told(row.getString(6)));
    }

    // ---- what is said

    @Override
    public List<Announcement> due(Instant now, int limit) {
        return database.statement("read what is to be said about alarms", connection -> {
            try (PreparedStatement select = connection.prepareStatement("SELECT " + NOTICE_COLUMNS + " FROM "
                    + Tables.ALARM_NOTICE + " WHERE state = ? AND due_at <= ? ORDER BY due_at, id LIMIT ?")) {
                select.setString(1, State.PENDING.name());
                select.setLong(2, now.toEpochMilli());
                select.setInt(3, checked(limit));
                return announcements(select);
            }
        });
    }

    @Override
    public boolean change(long fence, Announcement before, Announcement after) {
        return database.transaction("keep how far an announcement is", connection -> {
            if (!holds(connection, fence)) {
                return false;
            }
            return update(
                            connection,
                            after,
                            " AND state = '" + before.state().name() + "' AND attempt = " + before.attempt())
                    == 1;
        });
    }

    private static int update(Connection connection, Announcement after, String unless) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement("UPDATE " + Tables.ALARM_NOTICE
                + " SET state = ?, attempt = ?, due_at = ?, ended_at = ?, failure = ? WHERE decided_at = ? AND id = ?"
                + unless)) {
            update.setString(1, after.state().name());
            update.setInt(2, after.attempt());
            update.setLong(3, after.dueAt().toEpochMilli());
            setInstant(update, 4, after.endedAt());
            String failure = after.failure();
            update.setString(5, failure == null ? null : cut(failure, MAX_FAILURE));
            update.setLong(6, after.decidedAt().toEpochMilli());
            update.setBytes(7, Database.bytes(after.id()));
            return update.executeUpdate();
        }
    }

    @Override
    public List<Announcement> latest(@Nullable Subject subject, int limit) {
        checked(limit);
        return database.statement("read what was said about alarms", connection -> {
            try (PreparedStatement select = connection.prepareStatement("SELECT " + NOTICE_COLUMNS + " FROM "
                    + Tables.ALARM_NOTICE
                    + (subject == null ? "" : " WHERE kind = ? AND cluster = ? AND name = ?")
                    + " ORDER BY decided_at DESC, id DESC LIMIT ?")) {
                int position = 1;
                if (subject != null) {
                    position = setSubject(select, position, subject);
                }
                select.setInt(position, limit);
                return announcements(select);
            }
        });
    }

    private static int checked(int limit) {
        if (limit < 1 || limit > MAX_LIMIT) {
            throw new IllegalArgumentException("limit: " + limit + " (expected: 1.." + MAX_LIMIT
                    + "). Nothing was read; ask for fewer announcements.");
        }
        return limit;
    }

    private static void insert(PreparedStatement insert, Announcement made) throws SQLException {
        insert.setLong(1, made.decidedAt().toEpochMilli());
        insert.setBytes(2, Database.bytes(made.id()));
        insert.setBytes(3, Database.bytes(made.incident()));
        insert.setString(4, made.channel());
        insert.setString(5, made.what().name());
        setSubject(insert, 6, made.subject());
        insert.setString(9, made.severity().name());
        insert.setString(10, written(made.symptoms()));
        insert.setLong(11, made.since().toEpochMilli());
        insert.setString(12, made.state().name());
        insert.setInt(13, made.attempt());
        insert.setLong(14, made.dueAt().toEpochMilli());
        setInstant(insert, 15, made.endedAt());
        insert.setString(16, made.failure());
        insert.executeUpdate();
    }

    private static List<Announcement> announcements(PreparedStatement select) throws SQLException {
        List<Announcement> found = new ArrayList<>();
        try (ResultSet row = select.executeQuery()) {
            while (row.next()) {
                What what = JdbcRunHistory.known(What.values(), row.getString(5));
                Kind kind = JdbcRunHistory.known(Kind.values(), row.getString(6));
                Severity severity = JdbcRunHistory.known(Severity.values(), row.getString(9));
                State state = JdbcRunHistory.known(State.values(), row.getString(12));
                if (what != null && kind != null && severity != null && state != null) {
                    found.add(new Announcement(
                            Database.uuid(row.getBytes(2)),
                            Database.uuid(row.getBytes(3)),
                            row.getString(4),
                            what,
                            new Subject(kind, row.getString(7), row.getString(8)),
                            severity,
                            symptoms(row.getString(10)),
                            Instant.ofEpochMilli(row.getLong(11)),
                            Instant.ofEpochMilli(row.getLong(1)),
                            state,
                            row.getInt(13),
                            Instant.ofEpochMilli(row.getLong(14)),
                            instant(row, 15),
                            row.getString(16)));
                }
            }
        }
        return found;
    }

    // ---- texts

    private static int setSubject(PreparedStatement statement, int position, Subject subject) throws SQLException {
        statement.setString(position, subject.kind().name());
        statement.setString(position + 1, subject.cluster());
        statement.setString(position + 2, subject.name());
        return position + 3;
    }

    private static void setInstant(PreparedStatement statement, int position, @Nullable Instant instant)
            throws SQLException {
        if (instant == null) {
            statement.setNull(position, Types.BIGINT);
        } else {
            statement.setLong(position, instant.toEpochMilli());
        }
    }

    private static @Nullable Instant instant(ResultSet row, int position) throws SQLException {
        long millis = row.getLong(position);
        return row.wasNull() ? null : Instant.ofEpochMilli(millis);
    }

    /** One symptom per line, as many as find room. */
    private static String written(List<Finding.Symptom> symptoms) {
        StringBuilder lines = new StringBuilder();
        for (Symptom symptom : symptoms) {
            StringBuilder line = new StringBuilder(symptom.code());
            symptom.arguments().forEach(argument -> line.append('\t')
                    .append(cut(argument, MAX_ARGUMENT)
                            .replaceAll("[\\t\\r\\n]", " ")
                            .replace("\0", "")));
            if (lines.length() + line.length() + 1 > MAX_LINES) {
                break;
            }
            lines.append(lines.isEmpty() ? "" : "\n").append(line);
        }
        return lines.toString();
    }

    private static List<Symptom> symptoms(String lines) {
        return lines.isEmpty()
                ? List.of()
                : lines.lines()
                        .map(line -> {
                            List<String> parts = List.of(line.split("\t", -1));
                            return new Symptom(parts.get(0), parts.subList(1, parts.size()));
                        })
                        .toList();
    }

    private static String writtenTold(Map<String, Told> told) {
        StringBuilder lines = new StringBuilder();
        new TreeMap<>(told).forEach((channel, one) -> lines.append(lines.isEmpty() ? "" : "\n")
                .append(channel)
                .append('\t')
                .append(one.severity().name())
                .append('\t')
                .append(one.at().toEpochMilli()));
        return lines.toString();
    }

    private static Map<String, Told> told(String lines) {
        Map<String, Told> told = new TreeMap<>();
        lines.lines().map(line -> Arrays.asList(line.split("\t", -1))).forEach(parts -> {
            Severity severity = JdbcRunHistory.known(Severity.values(), parts.get(1));
            told.put(
                    parts.get(0),
                    new Told(
                            severity == null ? Severity.BAD : severity,
                            Instant.ofEpochMilli(Long.parseLong(parts.get(2)))));
        });
        return told;
    }

    // ---- cleaning

    @Override
    public String name() {
        return Tables.ALARM_NOTICE;
    }

    /** {@inheritDoc} What has not ended stays. */
    @Override
    public Done clean(Instant bound, int batch, BooleanSupplier goOn) {
        return database.cleanByTime(Tables.ALARM_NOTICE, "decided_at", " AND ended_at < ?", bound, batch, goOn);
    }
}

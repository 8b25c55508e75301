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

import io.carillon.jobs.history.Decision;
import io.carillon.jobs.history.DecisionHistory;
import io.carillon.jobs.model.WhyNot;
import io.carillon.messages.recovery.AgedTable;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Why firings did not run, in table CARILLON_JOB_DECISION. Thread-safe. */
final class JdbcDecisionHistory implements DecisionHistory, AgedTable {

    private static final int MAX_ARGUMENT = 900;
    private static final int MAX_ARGUMENTS = 2_000;
    private static final int MAX_LIMIT = 10_000;
    /** How long, at most, a record that goes on speaks for what comes after it was last written. */
    private static final Duration SPEAKS_ON = Duration.ofHours(1);

    private static final String COLUMNS =
            "last_due, firings, held_until, ended, arguments, found_at, id, job_name, item,"
                    + " instance, reason, first_due";

    private final Database database;

    JdbcDecisionHistory(Database database) {
        this.database = database;
    }

    @Override
    public void record(List<Decision> decisions) {
        if (decisions.isEmpty()) {
            return;
        }
        database.transaction("keep " + decisions.size() + " decisions", connection -> {
            try (PreparedStatement update = connection.prepareStatement("UPDATE " + Tables.JOB_DECISION
                            + " SET last_due = ?, firings = ?, held_until = ?, ended = ?, arguments = ?"
                            + " WHERE found_at = ? AND id = ?");
                    PreparedStatement insert = connection.prepareStatement("INSERT INTO " + Tables.JOB_DECISION + " ("
                            + COLUMNS + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
                for (Decision decision : decisions) {
                    setState(update, decision);
                    if (update.executeUpdate() == 0) {
                        setState(insert, decision);
                        insert.setString(8, decision.jobName());
                        insert.setInt(9, decision.item());
                        insert.setString(10, decision.instance());
                        insert.setString(11, decision.reason().name());
                        insert.setLong(12, decision.firstDue().toEpochMilli());
                        insert.executeUpdate();
                    }
                }
                return decisions.size();
            }
        });
    }

    private static void setState(PreparedStatement statement, Decision decision) throws SQLException {
        statement.setLong(1, decision.lastDue().toEpochMilli());
        statement.setLong(2, decision.firings());
        statement.setLong(3, decision.to().toEpochMilli());
        statement.setInt(4, decision.ended() ? 1 : 0);
        statement.setString(5, written(decision.arguments()));
        statement.setLong(6, decision.from().toEpochMilli());
        statement.setBytes(7, Database.bytes(decision.id()));
    }

    /** One argument per line. */
    private static String written(List<String> arguments) {
        return Database.cut(
                arguments.stream()
                        .map(argument -> Database.cut(argument, MAX_ARGUMENT)
                                .replace("\r", "")
                                .replace('\n', ' '))
                        .collect(Collectors.joining("\n")),
                MAX_ARGUMENTS);
    }

    /** {@inheritDoc} Rows of a newer version with a reason unknown here are left out. */
    @Override
    public List<Decision> between(String jobName, Instant from, Instant to, int limit) {
        if (limit < 1 || limit > MAX_LIMIT) {
            throw new IllegalArgumentException("limit: " + limit + " (expected: 1.." + MAX_LIMIT
                    + "). Nothing was read; ask for fewer decisions.");
        }
        String sql = "SELECT " + COLUMNS + " FROM " + Tables.JOB_DECISION
                + " WHERE job_name = ? AND held_until >= ? AND first_due <= ? ORDER BY job_name, held_until LIMIT ?";
        return database.statement("read the decisions of a slot", connection -> {
            List<Decision> found = new ArrayList<>();
            try (PreparedStatement select = connection.prepareStatement(sql)) {
                select.setString(1, jobName);
                select.setLong(2, from.minus(SPEAKS_ON).toEpochMilli());
                select.setLong(3, to.toEpochMilli());
                select.setInt(4, limit);
                try (ResultSet rows = select.executeQuery()) {
                    while (rows.next()) {
                        Decision decision = read(rows);
                        if (decision != null && (!decision.lastDue().isBefore(from) || decision.isAbout(from))) {
                            found.add(decision);
                        }
                    }
                }
            }
            found.sort(Comparator.comparing(Decision::firstDue).thenComparing(Decision::from));
            return found;
        });
    }

    private static @Nullable Decision read(ResultSet row) throws SQLException {
        WhyNot reason = JdbcRunHistory.known(WhyNot.values(), row.getString(11));
        if (reason == null) {
            return null;
        }
        String arguments = row.getString(5);
        return new Decision(
                Database.uuid(row.getBytes(7)),
                row.getString(8),
                row.getInt(9),
                row.getString(10),
                reason,
                arguments.isEmpty() ? List.of() : List.of(arguments.split("\n", -1)),
                Instant.ofEpochMilli(row.getLong(12)),
                Instant.ofEpochMilli(row.getLong(1)),
                row.getLong(2),
                Instant.ofEpochMilli(row.getLong(6)),
                Instant.ofEpochMilli(row.getLong(3)),
                row.getInt(4) != 0);
    }

    @Override
    public String name() {
        return Tables.JOB_DECISION;
    }

    /** {@inheritDoc} What has held until later stays. */
    @Override
    public Done clean(Instant bound, int batch, BooleanSupplier goOn) {
        return database.cleanByTime(Tables.JOB_DECISION, "found_at", " AND held_until < ?", bound, batch, goOn);
    }
}

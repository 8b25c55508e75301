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

import io.carillon.console.command.Trail;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What people did, in table CARILLON_CONSOLE_AUDIT. Texts that are too long are cut. Thread-safe. */
final class JdbcTrail implements Trail {
    private static final int LONGEST_STATE = 4_000;
    private static final int LONGEST_TARGET = 500;
    private static final String SELECT =
            "SELECT id, done_at, who, came_from, what, cluster_name, job_name, target, before_state, after_state, reason,"
                    + " result FROM CARILLON_CONSOLE_AUDIT";

    private final ConsoleTables tables;

    JdbcTrail(ConsoleTables tables) {
        this.tables = tables;
    }

    @Override
    public void begin(Entry entry) {
        tables.open()
                .sql(
                        "INSERT INTO CARILLON_CONSOLE_AUDIT (id, done_at, who, came_from, what, cluster_name, job_name, target,"
                                + " before_state, after_state, reason, result) VALUES (:id, :at, :who, :from, :what, :cluster, :job,"
                                + " :target, :before, NULL, :reason, NULL)")
                .param("id", entry.id().toString())
                .param("at", entry.at().toEpochMilli())
                .param("who", cut(entry.who(), 200))
                .param("from", cut(entry.from(), 100))
                .param("what", cut(entry.what(), 100))
                .param("cluster", cut(entry.cluster(), 100))
                .param("job", cut(entry.job(), 200))
                .param("target", cut(entry.target(), LONGEST_TARGET))
                .param("before", cutOrNull(entry.before()))
                .param("reason", cut(entry.reason(), LONGEST_TARGET))
                .update();
    }

    private static String cut(String text, int length) {
        return text.length() <= length ? text : text.substring(0, length - 1) + "…";
    }

    private static @Nullable String cutOrNull(@Nullable String text) {
        return text == null ? null : cut(text, LONGEST_STATE);
    }

    @Override
    public void end(UUID id, @Nullable String after, String result) {
        tables.open()
                .sql("UPDATE CARILLON_CONSOLE_AUDIT SET after_state = :after, result = :result"
                        + " WHERE id = :id AND result IS NULL")
                .param("after", cutOrNull(after))
                .param("result", cut(result, LONGEST_TARGET))
                .param("id", id.toString())
                .update();
    }

    @Override
    public List<Entry> latest(Question question, @Nullable UUID before, int limit) {
        StringBuilder where = new StringBuilder(" WHERE id < :before");
        Map<String, Object> values = new HashMap<>();
        values.put("before", before == null ? "g" : before.toString());
        and(where, values, "cluster_name", "cluster", question.cluster());
        and(where, values, "job_name", "job", question.job());
        and(where, values, "who", "who", question.who());
        and(where, values, "what", "what", question.what());
        // the id begins with the time: the range is one of the primary key
        Instant from = question.from();
        if (from != null) {
            where.append(" AND id >= :first AND done_at >= :from");
            values.put("first", new UUID(from.toEpochMilli() << 16, 0).toString());
            values.put("from", from.toEpochMilli());
        }
        Instant to = question.to();
        if (to != null) {
            where.append(" AND done_at < :to");
            values.put("to", to.toEpochMilli());
        }
        Ended ended = question.ended();
        if (ended == Ended.OPEN) {
            where.append(" AND result IS NULL");
        } else if (ended != null) {
            where.append(" AND result LIKE :ended");
            values.put("ended", ended.prefix() + "%");
        }
        return tables.open()
                .sql(SELECT + where + " ORDER BY id DESC LIMIT " + Math.max(1, Math.min(MOST, limit)))
                .params(values)
                .query(JdbcTrail::entry)
                .list();
    }

    private static void and(
            StringBuilder where, Map<String, Object> values, String column, String name, String wanted) {
        if (!wanted.isEmpty()) {
            where.append(" AND ").append(column).append(" = :").append(name);
            values.put(name, wanted);
        }
    }

    @Override
    public Optional<Entry> find(UUID id) {
        return tables.open()
                .sql(SELECT + " WHERE id = :id")
                .param("id", id.toString())
                .query(JdbcTrail::entry)
                .optional();
    }

    private static Entry entry(ResultSet row, int number) throws SQLException {
        return new Entry(
                UUID.fromString(row.getString(1)),
                Instant.ofEpochMilli(row.getLong(2)),
                row.getString(3),
                row.getString(4),
                row.getString(5),
                row.getString(6),
                row.getString(7),
                row.getString(8),
                row.getString(9),
                row.getString(10),
                row.getString(11),
                row.getString(12));
    }
}

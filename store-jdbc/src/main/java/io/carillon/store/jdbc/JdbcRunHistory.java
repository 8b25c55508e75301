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

import io.carillon.jobs.history.RunHistory;
import io.carillon.jobs.history.RunRecord;
import io.carillon.messages.recovery.AgedTable;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** The run history in table CARILLON_JOB_RUN. Thread-safe. */
public final class JdbcRunHistory implements RunHistory, AgedTable {

    /** The longest cause that is kept, in characters; the rest of a longer one is cut off. */
    public static final int MAX_CAUSE = 16_000;

    private static final int MAX_LIMIT = 10_000;
    private static final int JOBS_AT_ONCE = 100;
    private static final String COLUMNS =
            "started_at, id, job_name, item, instance, fence, source, scheduled_at, ended_at,"
                    + " outcome, handled, cause, attempt, job_parameter, item_parameter, trace_id";

    private final Database database;

    JdbcRunHistory(Database database) {
        this.database = database;
    }

    /**
     * {@inheritDoc}
     *
     * <p>A record that is there already is kept as it is.
     */
    @Override
    public void record(List<RunRecord> runs) {
        if (runs.isEmpty()) {
            return;
        }
        try {
            insert(runs);
        } catch (StoreException e) {
            if (!(e.getCause() instanceof SQLException cause)
                    || !database.dialect().isDuplicateKey(cause)) {
                throw e;
            }
            // part of the batch was kept by an earlier call whose answer was lost
            for (RunRecord run : runs) {
                insertIfAbsent(run);
            }
        }
    }

    private void insertIfAbsent(RunRecord run) {
        try {
            insert(List.of(run));
        } catch (StoreException e) {
            if (!(e.getCause() instanceof SQLException cause)
                    || !database.dialect().isDuplicateKey(cause)) {
                throw e;
            }
        }
    }

    private void insert(List<RunRecord> runs) {
        database.transaction("keep " + runs.size() + " runs", connection -> {
            try (PreparedStatement insert = connection.prepareStatement(database.dialect()
                    .insertIfAbsent("INSERT INTO " + Tables.JOB_RUN + " (" + COLUMNS
                            + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"))) {
                for (RunRecord run : runs) {
                    insert.setLong(1, run.started().toEpochMilli());
                    insert.setBytes(2, Database.bytes(run.id()));
                    insert.setString(3, run.jobName());
                    insert.setInt(4, run.shardingItem());
                    insert.setString(5, run.instance());
                    insert.setLong(6, run.fence());
                    insert.setString(7, run.source().name());
                    insert.setLong(8, run.scheduledTime().toEpochMilli());
                    insert.setLong(9, run.ended().toEpochMilli());
                    insert.setString(10, run.outcome().name());
                    insert.setLong(11, run.handled());
                    insert.setString(12, run.cause() == null ? null : Database.cut(run.cause(), MAX_CAUSE));
                    insert.setInt(13, run.attempt());
                    insert.setString(14, run.jobParameter());
                    insert.setString(15, run.shardingParameter());
                    insert.setString(16, run.traceId());
                    insert.addBatch();
                }
                return insert.executeBatch().length;
            }
        });
    }

    /** {@inheritDoc} Rows of a newer version with a source or outcome unknown here are left out. */
    @Override
    public List<RunRecord> latest(String jobName, int limit) {
        if (limit < 1 || limit > MAX_LIMIT) {
            throw new IllegalArgumentException(
                    "limit: " + limit + " (expected: 1.." + MAX_LIMIT + "). Nothing was read; ask for fewer runs.");
        }
        String sql = "SELECT " + COLUMNS + " FROM " + Tables.JOB_RUN + (jobName.isEmpty() ? "" : " WHERE job_name = ?")
                + " ORDER BY started_at DESC, id DESC LIMIT ?";
        return database.statement("read the latest runs", connection -> {
            List<RunRecord> latest = new ArrayList<>();
            try (PreparedStatement select = connection.prepareStatement(sql)) {
                int position = 1;
                if (!jobName.isEmpty()) {
                    select.setString(position++, jobName);
                }
                select.setInt(position, limit);
                try (ResultSet rows = select.executeQuery()) {
                    while (rows.next()) {
                        RunRecord run = read(rows);
                        if (run != null) {
                            latest.add(run);
                        }
                    }
                }
            }
            return latest;
        });
    }

    @Override
    public List<RunRecord> planned(String jobName, Instant from, Instant to, int limit) {
        if (limit < 1 || limit > MAX_LIMIT) {
            throw new IllegalArgumentException(
                    "limit: " + limit + " (expected: 1.." + MAX_LIMIT + "). Nothing was read; ask for fewer runs.");
        }
        String sql = "SELECT " + COLUMNS + " FROM " + Tables.JOB_RUN
                + " WHERE job_name = ? AND started_at >= ? AND started_at <= ?"
                + " AND scheduled_at >= ? AND scheduled_at <= ? ORDER BY started_at, id LIMIT ?";
        return database.statement("read the runs of a slot", connection -> {
            List<RunRecord> runs = new ArrayList<>();
            try (PreparedStatement select = connection.prepareStatement(sql)) {
                select.setString(1, jobName);
                // an instance's clock may be behind that of the one that planned
                select.setLong(2, from.minus(Duration.ofMinutes(1)).toEpochMilli());
                select.setLong(3, to.plus(Duration.ofDays(1)).toEpochMilli());
                select.setLong(4, from.toEpochMilli());
                select.setLong(5, to.toEpochMilli());
                select.setInt(6, limit);
                try (ResultSet rows = select.executeQuery()) {
                    while (rows.next()) {
                        RunRecord run = read(rows);
                        if (run != null) {
                            runs.add(run);
                        }
                    }
                }
            }
            return runs;
        });
    }

    @Override
    public Map<String, List<RunRecord>> latestOf(Collection<String> jobNames, int perJob) {
        if (perJob < 1 || perJob > 1_000) {
            throw new IllegalArgumentException(
                    "perJob: " + perJob + " (expected: 1..1000). Nothing was read; ask for fewer runs.");
        }
        List<String> names = List.copyOf(new TreeSet<>(jobNames));
        Map<String, List<RunRecord>> found = new TreeMap<>();
        for (int from = 0; from < names.size(); from += JOBS_AT_ONCE) {
            List<String> some = names.subList(from, Math.min(names.size(), from + JOBS_AT_ONCE));
            latestOf(some, perJob, found);
        }
        return found;
    }

    /** One statement; each job is a walk of its own along the index of jobs. */
    private void latestOf(List<String> names, int perJob, Map<String, List<RunRecord>> found) {
        String one = "(SELECT " + COLUMNS + " FROM " + Tables.JOB_RUN
                + " WHERE job_name = ? ORDER BY started_at DESC, id DESC LIMIT ?)";
        String sql = String.join(" UNION ALL ", Collections.nCopies(names.size(), one));
        database.statement("read the latest runs of " + names.size() + " jobs", connection -> {
            try (PreparedStatement select = connection.prepareStatement(sql)) {
                int position = 1;
                for (String name : names) {
                    select.setString(position++, name);
                    select.setInt(position++, perJob);
                }
                try (ResultSet rows = select.executeQuery()) {
                    while (rows.next()) {
                        RunRecord run = read(rows);
                        if (run != null) {
                            found.computeIfAbsent(run.jobName(), ignored -> new ArrayList<>())
                                    .add(run);
                        }
                    }
                }
            }
            return found.size();
        });
        // the order of a union is nobody's promise
        names.forEach(name -> found.computeIfPresent(
                name, (same, runs) -> runs.stream().sorted(NEWEST_FIRST).toList()));
    }

    @Override
    public List<RunRecord> find(Question question) {
        StringBuilder where = new StringBuilder();
        List<Object> values = new ArrayList<>();
        if (!question.jobName().isEmpty()) {
            and(where, "job_name = ?");
            values.add(question.jobName());
        }
        if (!question.outcomes().isEmpty()) {
            and(
                    where,
                    "outcome IN ("
                            + String.join(
                                    ", ",
                                    Collections.nCopies(question.outcomes().size(), "?")) + ")");
            question.outcomes().forEach(outcome -> values.add(outcome.name()));
        }
        Instant from = question.from();
        if (from != null) {
            and(where, "started_at >= ?");
            values.add(from.toEpochMilli());
        }
        Instant to = question.to();
        if (to != null) {
            and(where, "started_at < ?");
            values.add(to.toEpochMilli());
        }
        Place after = question.after();
        if (after != null) {
            // the first half bounds the walk along the index, the second is exact
            and(where, "started_at <= ?");
            values.add(after.started().toEpochMilli());
            and(where, "(started_at < ? OR id < ?)");
            values.add(after.started().toEpochMilli());
            values.add(Database.bytes(after.id()));
        }
        String sql =
                "SELECT " + COLUMNS + " FROM " + Tables.JOB_RUN + where + " ORDER BY started_at DESC, id DESC LIMIT ?";
        return database.statement("find runs", connection -> {
            List<RunRecord> runs = new ArrayList<>();
            try (PreparedStatement select = connection.prepareStatement(sql)) {
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
                select.setInt(position, question.limit());
                try (ResultSet rows = select.executeQuery()) {
                    while (rows.next()) {
                        RunRecord run = read(rows);
                        if (run != null) {
                            runs.add(run);
                        }
                    }
                }
            }
            return runs;
        });
    }

    private static void and(StringBuilder where, String condition) {
        where.append(where.isEmpty() ? " WHERE " : " AND ").append(condition);
    }

    private static @Nullable RunRecord read(ResultSet row) throws SQLException {
        RunRecord.Source source = known(RunRecord.Source.values(), row.getString(7));
        RunRecord.Outcome outcome = known(RunRecord.Outcome.values(), row.getString(10));
        if (source == null || outcome == null) {
            return null;
        }
        return new RunRecord(
                Database.uuid(row.getBytes(2)),
                row.getString(3),
                row.getInt(4),
                row.getString(5),
                row.getLong(6),
                source,
                Instant.ofEpochMilli(row.getLong(8)),
                Instant.ofEpochMilli(row.getLong(1)),
                Instant.ofEpochMilli(row.getLong(9)),
                outcome,
                row.getLong(11),
                row.getString(12),
                // rows of the first version have none
                Math.max(1, row.getInt(13)),
                row.getString(14),
                row.getString(15),
                row.getString(16));
    }

    static <E extends Enum<E>> @Nullable E known(E[] values, String name) {
        for (E value : values) {
            if (value.name().equals(name)) {
                return value;
            }
        }
        return null;
    }

    @Override
    public String name() {
        return Tables.JOB_RUN;
    }

    /**
     * Deletes runs that started before {@code bound}, oldest first, in batches of one transaction each. Stops after a batch
     * when the thread is interrupted.
     *
     * @param batch rows per transaction, 1 to 10,000
     * @return how many were deleted
     */
    public long clean(Instant bound, int batch) {
        return clean(bound, batch, () -> !Thread.currentThread().isInterrupted())
                .deleted();
    }

    @Override
    public Done clean(Instant bound, int batch, BooleanSupplier goOn) {
        return database.cleanByTime(Tables.JOB_RUN, "started_at", "", bound, batch, goOn);
    }
}

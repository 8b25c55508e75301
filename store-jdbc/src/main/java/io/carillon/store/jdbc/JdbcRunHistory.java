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
import java.nio.ByteBuffer;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** The run history in table CARILLON_JOB_RUN. Thread-safe. */
public final class JdbcRunHistory implements RunHistory, AgedTable {

    /** The longest cause that is kept, in characters; the rest of a longer one is cut off. */
    public static final int MAX_CAUSE = 16_000;

    private static final int MAX_LIMIT = 10_000;
    private static final String COLUMNS =
            "started_at, id, job_name, item, instance, fence, source, scheduled_at, ended_at,"
                    + " outcome, handled, cause, attempt";

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
                            + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"))) {
                for (RunRecord run : runs) {
                    insert.setLong(1, run.started().toEpochMilli());
                    insert.setBytes(2, bytes(run.id()));
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

    private static @Nullable RunRecord read(ResultSet row) throws SQLException {
        RunRecord.Source source = known(RunRecord.Source.values(), row.getString(7));
        RunRecord.Outcome outcome = known(RunRecord.Outcome.values(), row.getString(10));
        if (source == null || outcome == null) {
            return null;
        }
        ByteBuffer id = ByteBuffer.wrap(row.getBytes(2));
        return new RunRecord(
                new UUID(id.getLong(), id.getLong()),
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
                Math.max(1, row.getInt(13)));
    }

    private static <E extends Enum<E>> @Nullable E known(E[] values, String name) {
        for (E value : values) {
            if (value.name().equals(name)) {
                return value;
            }
        }
        return null;
    }

    private static byte[] bytes(UUID id) {
        return ByteBuffer.allocate(16)
                .putLong(id.getMostSignificantBits())
                .putLong(id.getLeastSignificantBits())
                .array();
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
        if (batch < 1 || batch > MAX_LIMIT) {
            throw new IllegalArgumentException("batch: " + batch + " (expected: 1.." + MAX_LIMIT
                    + "). Nothing was deleted; choose a smaller batch.");
        }
        long deleted = 0;
        long from = Long.MIN_VALUE;
        while (true) {
            Batch done = cleanBatch(from, bound.toEpochMilli(), batch);
            deleted += done.deleted();
            if (!done.more() || !goOn.getAsBoolean()) {
                return new Done(deleted, done.more());
            }
            from = done.last();
        }
    }

    /** A batch of cleaning; {@code last}: the latest start it reached. */
    private record Batch(int deleted, long last, boolean more) {}

    /** The start times carry the cursor, so that no batch walks over the rows that the last one deleted. */
    private Batch cleanBatch(long from, long bound, int batch) {
        return database.transaction("clean the run history", connection -> {
            long last;
            byte[] lastId;
            try (PreparedStatement select = connection.prepareStatement("SELECT started_at, id FROM " + Tables.JOB_RUN
                    + " WHERE started_at >= ? AND started_at < ? ORDER BY started_at, id LIMIT 1 OFFSET ?")) {
                select.setLong(1, from);
                select.setLong(2, bound);
                select.setInt(3, batch - 1);
                try (ResultSet rows = select.executeQuery()) {
                    if (!rows.next()) {
                        return new Batch(deleteRange(connection, from, bound, new byte[0]), bound, false);
                    }
                    last = rows.getLong(1);
                    lastId = rows.getBytes(2);
                }
            }
            return new Batch(deleteRange(connection, from, last, lastId), last, true);
        });
    }

    /** Deletes from a start time to (last, lastId), the latter included. */
    private static int deleteRange(java.sql.Connection connection, long from, long last, byte[] lastId)
            throws SQLException {
        try (PreparedStatement delete = connection.prepareStatement("DELETE FROM " + Tables.JOB_RUN
                + " WHERE started_at >= ? AND started_at <= ? AND (started_at < ? OR id <= ?)")) {
            delete.setLong(1, from);
            delete.setLong(2, last);
            delete.setLong(3, last);
            delete.setBytes(4, lastId);
            return delete.executeUpdate();
        }
    }
}

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

import io.carillon.jobs.history.JobObserver;
import io.carillon.jobs.history.RunRecord;
import io.carillon.jobs.history.RunRecord.Outcome;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.sql.Types;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Traces firings in ElasticJob's tables {@code JOB_EXECUTION_LOG} and {@code JOB_STATUS_TRACE_LOG}, for those who read them.
 * Thread-safe.
 *
 * <p>The tables may be those of an ElasticJob of any 3.x: what their columns are is asked before the first row is written.
 * One thread writes; jobs never wait for it. When 10,000 events wait, or the database does not take them, events are dropped
 * and counted, and the log tells of it once.
 *
 * <p>An item that runs does not look failed: where {@code is_success} may be null its row is there from the begin, with null;
 * in a table of ElasticJob's own, where it may not, the row is written when the item has ended.
 */
public final class EventTracing implements JobObserver, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(EventTracing.class);
    private static final String EXECUTIONS = "JOB_EXECUTION_LOG";
    private static final String STATUSES = "JOB_STATUS_TRACE_LOG";
    private static final int QUEUE = 10_000;
    private static final int BATCH = 500;
    private static final int MAX_TEXT = 4_000;

    private final DataSource dataSource;
    private final Settings settings;
    private final String hostname;
    private final BlockingQueue<Event> waiting = new LinkedBlockingQueue<>(QUEUE);
    private final Map<String, Task> tasks = new ConcurrentHashMap<>();
    private final AtomicLong lost = new AtomicLong();
    private final Thread thread;
    private volatile boolean closing;
    private boolean down;
    private @Nullable Shape shape;

    /**
     * What is traced. Immutable.
     *
     * @param createTables whether missing tables are created, at the first event
     * @param include only these jobs; empty for all
     * @param exclude not these jobs
     */
    public record Settings(boolean createTables, Set<String> include, Set<String> exclude) {

        /** @throws IllegalArgumentException when both name jobs */
        public Settings {
            include = Set.copyOf(include);
            exclude = Set.copyOf(exclude);
            if (!include.isEmpty() && !exclude.isEmpty()) {
                throw new IllegalArgumentException("includeJobNames and excludeJobNames: " + include + " and " + exclude
                        + " (expected: one of them, or none). Nothing is traced; remove one of the two.");
            }
        }

        boolean traces(String jobName) {
            return include.isEmpty() ? !exclude.contains(jobName) : include.contains(jobName);
        }
    }

    /** What the tables at hand are like. */
    private record Shape(boolean hasSource, boolean booleanSuccess, boolean nullableSuccess) {}

    /** Something to write. */
    private sealed interface Event {}

    private record Began(Task task) implements Event {}

    private record Ran(Task task, RunRecord run) implements Event {}

    private record Ended(Task task, Instant at, List<String> failures) implements Event {}

    private EventTracing(DataSource dataSource, Settings settings) {
        this.dataSource = dataSource;
        this.settings = settings;
        this.hostname = hostname();
        this.thread = new Thread(this::run, "carillon-tracing");
        thread.setDaemon(true);
    }

    /** Starts to trace. The database need not be there: it is asked at the first event. */
    public static EventTracing start(DataSource dataSource, Settings settings) {
        EventTracing tracing = new EventTracing(dataSource, settings);
        tracing.thread.start();
        return tracing;
    }

    private static String hostname() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "unknown";
        }
    }

    // ---- told by the engine ------------------------------------------------------------------------------------

    @Override
    public void begins(Task task) {
        if (settings.traces(task.jobName())) {
            if (tasks.size() >= QUEUE) {
                // firings that were left while their items ran on
                tasks.clear();
            }
            tasks.put(key(task.jobName(), task.fence()), task);
            add(new Began(task));
        }
    }

    @Override
    public void ended(RunRecord run) {
        Task task = tasks.get(key(run.jobName(), run.fence()));
        if (task != null) {
            add(new Ran(task, run));
        }
    }

    @Override
    public void ends(Task task, Instant at, List<String> failures) {
        if (tasks.remove(key(task.jobName(), task.fence())) != null) {
            add(new Ended(task, at, failures));
        }
    }

    private static String key(String jobName, long fence) {
        return fence + " " + jobName;
    }

    private void add(Event event) {
        if (!waiting.offer(event)) {
            lose(1, "the database is slower than the jobs", null);
        }
    }

    /** How many events were dropped since the start. */
    public long lost() {
        return lost.get();
    }

    private void lose(long events, String why, @Nullable Throwable cause) {
        long before = lost.getAndAdd(events);
        if (before == 0 || before / 10_000 != (before + events) / 10_000) {
            LOG.warn("event tracing: {} events dropped so far: {}; the jobs run on", before + events, why, cause);
        }
    }

    // ---- written by one thread ---------------------------------------------------------------------------------

    private void run() {
        List<Event> batch = new ArrayList<>();
        while (!closing || !waiting.isEmpty()) {
            try {
                Event first = waiting.poll(200, TimeUnit.MILLISECONDS);
                if (first == null) {
                    continue;
                }
                batch.add(first);
                waiting.drainTo(batch, BATCH - 1);
                write(batch);
            } catch (InterruptedException e) {
                return;
            }
            batch.clear();
            if (closing && down) {
                lost.addAndGet(waiting.size());
                waiting.clear();
            }
        }
    }

    /** Writes events in one transaction; one that the database refuses does not take the others with it. */
    private void write(List<Event> events) {
        try (Connection connection = dataSource.getConnection()) {
            boolean autoCommit = connection.getAutoCommit();
            connection.setAutoCommit(false);
            try {
                Shape known = shapeOf(connection);
                try {
                    for (Event event : events) {
                        write(connection, known, event);
                    }
                    connection.commit();
                } catch (SQLException refused) {
                    connection.rollback();
                    oneByOne(connection, known, events);
                }
            } finally {
                connection.setAutoCommit(autoCommit);
            }
            if (down) {
                down = false;
                LOG.info("event tracing: the database takes events again; {} were dropped so far", lost.get());
            }
        } catch (SQLException | RuntimeException e) {
            shape = null;
            if (!down) {
                down = true;
                LOG.warn("event tracing: the database does not take events; they are dropped until it does", e);
            }
            lost.addAndGet(events.size());
        }
    }

    private void oneByOne(Connection connection, Shape known, List<Event> events) throws SQLException {
        for (Event event : events) {
            try {
                write(connection, known, event);
                connection.commit();
            } catch (SQLException refused) {
                connection.rollback();
                lose(1, "the database refused one", refused);
            }
        }
    }

    private void write(Connection connection, Shape known, Event event) throws SQLException {
        if (event instanceof Began began) {
            status(connection, known, began.task, "TASK_STAGING", "", began.task.asked());
            status(connection, known, began.task, "TASK_RUNNING", "", began.task.begun());
            if (known.nullableSuccess) {
                for (int item : began.task.items()) {
                    insertExecution(connection, known, began.task, item, began.task.begun(), null);
                }
            }
        } else if (event instanceof Ran ran) {
            execution(connection, known, ran.task, ran.run);
        } else if (event instanceof Ended ended) {
            boolean well = ended.failures.isEmpty();
            status(
                    connection,
                    known,
                    ended.task,
                    well ? "TASK_FINISHED" : "TASK_ERROR",
                    String.join("\n", ended.failures),
                    ended.at);
        }
    }

    private static void status(Connection connection, Shape known, Task task, String state, String message, Instant at)
            throws SQLException {
        String sql = "INSERT INTO " + STATUSES
                + " (id, job_name, original_task_id, task_id, slave_id, execution_type, sharding_item, state, message,"
                + " creation_time" + (known.hasSource ? ", source" : "")
                + ") VALUES (?, ?, '', ?, ?, 'READY', ?, ?, ?, ?"
                + (known.hasSource ? ", 'LITE_EXECUTOR')" : ")");
        try (PreparedStatement insert = connection.prepareStatement(sql)) {
            insert.setString(1, UUID.randomUUID().toString());
            insert.setString(2, text(task.jobName(), 100));
            insert.setString(3, taskId(task));
            insert.setString(4, text(ip(task), 50));
            insert.setString(5, items(task.items(), 100));
            insert.setString(6, state);
            insert.setString(7, text(message, MAX_TEXT));
            insert.setTimestamp(8, Timestamp.from(at));
            insert.executeUpdate();
        }
    }

    private void execution(Connection connection, Shape known, Task task, RunRecord run) throws SQLException {
        if (known.nullableSuccess) {
            try (PreparedStatement update = connection.prepareStatement("UPDATE " + EXECUTIONS
                    + " SET is_success = ?, start_time = ?, complete_time = ?, failure_cause = ? WHERE id = ?")) {
                setSuccess(update, 1, known, run.outcome() == Outcome.SUCCEEDED);
                update.setTimestamp(2, Timestamp.from(run.started()));
                update.setTimestamp(3, Timestamp.from(run.ended()));
                update.setString(4, cause(run));
                update.setString(5, id(task, run.shardingItem()));
                if (update.executeUpdate() > 0) {
                    return;
                }
            }
        }
        insertExecution(connection, known, task, run.shardingItem(), run.started(), run);
    }

    /** @param run how it ended, or null while it runs */
    private void insertExecution(
            Connection connection, Shape known, Task task, int item, Instant started, @Nullable RunRecord run)
            throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement("INSERT INTO " + EXECUTIONS
                + " (id, job_name, task_id, hostname, ip, sharding_item, execution_source, is_success, start_time,"
                + " complete_time, failure_cause) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
            insert.setString(1, id(task, item));
            insert.setString(2, text(task.jobName(), 100));
            insert.setString(3, taskId(task));
            insert.setString(4, text(hostname, 255));
            insert.setString(5, text(ip(task), 50));
            insert.setInt(6, item);
            insert.setString(7, source(task));
            if (run == null) {
                insert.setNull(8, known.booleanSuccess ? Types.BOOLEAN : Types.INTEGER);
                insert.setNull(10, Types.TIMESTAMP);
                insert.setNull(11, Types.VARCHAR);
            } else {
                setSuccess(insert, 8, known, run.outcome() == Outcome.SUCCEEDED);
                insert.setTimestamp(10, Timestamp.from(run.ended()));
                insert.setString(11, cause(run));
            }
            insert.setTimestamp(9, Timestamp.from(started));
            insert.executeUpdate();
        }
    }

    private static void setSuccess(PreparedStatement statement, int position, Shape known, boolean success)
            throws SQLException {
        if (known.booleanSuccess) {
            statement.setBoolean(position, success);
        } else {
            statement.setInt(position, success ? 1 : 0);
        }
    }

    // ---- texts -------------------------------------------------------------------------------------------------

    /** The same for the begin and the end of an item's run, and for no other run. */
    private static String id(Task task, int item) {
        String run = task.jobName() + "\n" + item + "\n" + task.instance() + "\n" + task.fence() + "\n" + task.begun();
        return UUID.nameUUIDFromBytes(run.getBytes(StandardCharsets.UTF_8)).toString();
    }

    private static @Nullable String cause(RunRecord run) {
        if (run.outcome() == Outcome.SUCCEEDED) {
            return null;
        }
        String cause = run.cause();
        return text(cause == null ? "stopped: its claim was lost, or the job was closed" : cause, MAX_TEXT);
    }

    /** ElasticJob knows no trigger as a source: it, too, writes a triggered run as a normal one. */
    private static String source(Task task) {
        return switch (task.source()) {
            case MISFIRE -> "MISFIRE";
            case FAILOVER -> "FAILOVER";
            default -> "NORMAL_TRIGGER";
        };
    }

    private static String ip(Task task) {
        return task.instance().split("@-@", 2)[0];
    }

    /** With many items the list of them is written in ranges, so that the id keeps its five parts. */
    private static String taskId(Task task) {
        if (task.id().length() <= 255) {
            return task.id();
        }
        String all = items(task.items(), 120);
        return text(
                task.jobName() + "@-@" + all.substring(1, all.length() - 1).replace(" ", "") + "@-@READY@-@"
                        + task.instance(),
                255);
    }

    /** {@code [0, 1, 4]}; {@code [0-999]} where the list is too long; and cut with an ellipsis where that is. */
    static String items(List<Integer> items, int most) {
        String plain = items.toString();
        if (plain.length() <= most) {
            return plain;
        }
        StringBuilder ranges = new StringBuilder("[");
        for (int i = 0; i < items.size(); ) {
            int end = i;
            while (end + 1 < items.size() && items.get(end + 1) == items.get(end) + 1) {
                end++;
            }
            String range = (ranges.length() == 1 ? "" : ", ") + items.get(i) + (end > i ? "-" + items.get(end) : "");
            if (ranges.length() + range.length() + ", ...]".length() > most) {
                return ranges + ", ...]";
            }
            ranges.append(range);
            i = end + 1;
        }
        return ranges + "]";
    }

    /** PostgreSQL keeps no NUL in a text. */
    private static String text(String text, int most) {
        return Database.cut(text.replace("\0", ""), most);
    }

    // ---- the tables --------------------------------------------------------------------------------------------

    private Shape shapeOf(Connection connection) throws SQLException {
        Shape known = shape;
        if (known == null) {
            if (settings.createTables()) {
                createTables(connection);
            }
            Map<String, int[]> executions = columns(connection, EXECUTIONS);
            int[] success = executions.get("is_success");
            if (success == null) {
                throw new SQLException("table " + EXECUTIONS + ": no column is_success");
            }
            known = new Shape(
                    columns(connection, STATUSES).containsKey("source"),
                    success[0] == Types.BOOLEAN || success[0] == Types.BIT,
                    success[1] == ResultSetMetaData.columnNullable);
            shape = known;
        }
        return known;
    }

    /** Type and nullability by column. */
    private static Map<String, int[]> columns(Connection connection, String table) throws SQLException {
        Map<String, int[]> columns = new HashMap<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT * FROM " + table + " WHERE 1 = 0")) {
            ResultSetMetaData metaData = rows.getMetaData();
            for (int i = 1; i <= metaData.getColumnCount(); i++) {
                columns.put(
                        metaData.getColumnName(i).toLowerCase(Locale.ROOT),
                        new int[] {metaData.getColumnType(i), metaData.isNullable(i)});
            }
        } catch (SQLException e) {
            connection.rollback();
            throw e;
        }
        return columns;
    }

    /**
     * Tables that instances of ElasticJob of any age can share: {@code source} is there for those that write it, and may be
     * left out by those that do not.
     */
    private static void createTables(Connection connection) throws SQLException {
        String product = connection.getMetaData().getDatabaseProductName();
        boolean postgres = product.equals("PostgreSQL");
        boolean mysql = product.equals("MariaDB") || product.equals("MySQL");
        String time = mysql ? "DATETIME(3)" : "TIMESTAMP";
        try (Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE IF NOT EXISTS " + EXECUTIONS + " (id VARCHAR(40) NOT NULL PRIMARY KEY,"
                    + " job_name VARCHAR(100) NOT NULL, task_id VARCHAR(255) NOT NULL, hostname VARCHAR(255) NOT NULL,"
                    + " ip VARCHAR(50) NOT NULL, sharding_item INTEGER NOT NULL, execution_source VARCHAR(20) NOT NULL,"
                    + " failure_cause VARCHAR(4000), is_success " + (postgres ? "BOOLEAN" : "INTEGER") + ", start_time "
                    + time + ", complete_time " + time + ")");
            statement.execute("CREATE TABLE IF NOT EXISTS " + STATUSES + " (id VARCHAR(40) NOT NULL PRIMARY KEY,"
                    + " job_name VARCHAR(100) NOT NULL, original_task_id VARCHAR(255) NOT NULL,"
                    + " task_id VARCHAR(255) NOT NULL, slave_id VARCHAR(50) NOT NULL,"
                    + " source VARCHAR(50) DEFAULT 'LITE_EXECUTOR', execution_type VARCHAR(20) NOT NULL,"
                    + " sharding_item VARCHAR(100) NOT NULL, state VARCHAR(20) NOT NULL, message VARCHAR(4000),"
                    + " creation_time " + time
                    + (mysql ? ", INDEX TASK_ID_STATE_INDEX (task_id(128), state))" : ")"));
            if (!mysql) {
                statement.execute(
                        "CREATE INDEX IF NOT EXISTS TASK_ID_STATE_INDEX ON " + STATUSES + " (task_id, state)");
            }
        }
        connection.commit();
    }

    /** Writes what waits, for at most five seconds, then ends. The data source stays the caller's. */
    @Override
    public void close() {
        closing = true;
        try {
            thread.join(Duration.ofSeconds(5).toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

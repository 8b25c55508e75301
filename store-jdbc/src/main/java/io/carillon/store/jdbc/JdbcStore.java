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

import io.carillon.jobs.alarms.AlarmStore;
import io.carillon.jobs.history.DecisionHistory;
import io.carillon.jobs.history.RunHistory;
import io.carillon.jobs.operations.JobAudit;
import io.carillon.messages.central.TransactionMarks;
import io.carillon.messages.directory.Directory;
import io.carillon.messages.inbox.InboxStore;
import io.carillon.messages.operations.Audit;
import io.carillon.messages.operations.GroupLags;
import io.carillon.messages.operations.MessageChanges;
import io.carillon.messages.operations.MessageCommands;
import io.carillon.messages.operations.MessageQueries;
import io.carillon.messages.operations.MessageSearch;
import io.carillon.messages.outbox.MessageStore;
import io.carillon.messages.recovery.AgedTable;
import io.carillon.messages.recovery.CleaningStore;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.sql.DataSource;

/**
 * Carillon's tables in one database: the entry to this module. Thread-safe; holds no connection and needs no closing.
 *
 * <p>{@link #createTables} once (or run the DDL file), then {@link #open}.
 */
public final class JdbcStore {

    /** The databases that are known, in the order in which they are told to people. */
    private static final List<Dialect> DIALECTS =
            List.of(new H2Dialect(), new MariaDbDialect(), new MySqlDialect(), new PostgreSqlDialect());

    private static final int CREATE_TRIES = 3;

    private final Database database;
    private final JdbcMessageStore messages;
    private final JdbcInboxStore inbox;
    private final JdbcRunHistory history;
    private final JdbcDecisionHistory decisions;
    private final JdbcTransactionMarks marks;
    private final JdbcMessageSearch search;
    private final JdbcAudit audit;
    private final JdbcDirectory directory;
    private final JdbcCleaningStore cleanings;
    private final JdbcAlarmStore alarms;

    private JdbcStore(Database database) {
        this.database = database;
        this.messages = new JdbcMessageStore(database);
        this.inbox = new JdbcInboxStore(database);
        this.history = new JdbcRunHistory(database);
        this.decisions = new JdbcDecisionHistory(database);
        this.marks = new JdbcTransactionMarks(database);
        this.search = new JdbcMessageSearch(database);
        this.audit = new JdbcAudit(database);
        this.directory = new JdbcDirectory(database, messages);
        this.cleanings = new JdbcCleaningStore(database);
        this.alarms = new JdbcAlarmStore(database);
    }

    /**
     * Checks the database (product, release, SKIP LOCKED, tables and columns) and opens the store.
     *
     * @param dataSource for short transactions of its own and for reads
     * @param connections for what belongs to the caller's transaction
     * @throws StoreException when something is missing; the text names it and says what to do
     */
    public static JdbcStore open(DataSource dataSource, Connections connections) {
        return open(dataSource, connections, dialectOf(dataSource));
    }

    /** The same, with a dialect chosen by the caller; its release is checked, its product is not. */
    public static JdbcStore open(DataSource dataSource, Connections connections, Dialect dialect) {
        try (Connection connection = connect(dataSource)) {
            checkRelease(connection, dialect);
            for (Map.Entry<String, List<String>> table : new TreeMap<>(Tables.ALL).entrySet()) {
                checkTable(connection, dialect, table.getKey(), table.getValue());
            }
            if (!connection.isReadOnly()) { // who only reads claims nothing, and the servers refuse it
                checkSkipLocked(connection, dialect);
            }
        } catch (SQLException e) {
            throw cannotAsk(e);
        }
        return new JdbcStore(new Database(dataSource, connections, dialect));
    }

    /** Finds out which database it is. */
    public static Dialect dialectOf(DataSource dataSource) {
        try (Connection connection = connect(dataSource)) {
            DatabaseMetaData metaData = connection.getMetaData();
            String product = metaData.getDatabaseProductName();
            for (Dialect dialect : DIALECTS) {
                if (dialect.product().equalsIgnoreCase(product)) {
                    return dialect;
                }
            }
            String known = DIALECTS.stream()
                    .map(dialect -> dialect.product() + " " + dialect.oldest() + " or newer")
                    .collect(Collectors.joining(", "));
            throw new StoreException(
                    "database: " + product + " " + metaData.getDatabaseProductVersion() + " (expected: " + known
                            + "). Carillon's store does not open; point the data source at one of them.",
                    null);
        } catch (SQLException e) {
            throw cannotAsk(e);
        }
    }

    /**
     * Creates what is missing of the tables, indexes and columns. Idempotent; several processes may do it at once.
     *
     * @throws StoreException when the database refuses a statement, for example because the user may not create tables
     */
    public static void createTables(DataSource dataSource) {
        createTables(dataSource, dialectOf(dataSource));
    }

    private static void createTables(DataSource dataSource, Dialect dialect) {
        List<String> statements = statements(dialect);
        for (int attempt = 1; ; attempt++) {
            String current = "";
            try (Connection connection = connect(dataSource);
                    Statement statement = connection.createStatement()) {
                for (String sql : statements) {
                    current = sql;
                    statement.execute(sql);
                }
                if (!connection.getAutoCommit()) {
                    connection.commit();
                }
                return;
            } catch (SQLException e) {
                // another process may have created the same table in between
                if (attempt == CREATE_TRIES) {
                    throw new StoreException(
                            "create tables: " + e.getMessage() + " at: "
                                    + current.lines().findFirst().orElse("")
                                    + " (expected: a user that may create tables and indexes). The store does not open;"
                                    + " let an administrator run io/carillon/store/jdbc/" + dialect.schema() + ".",
                            e);
                }
            }
        }
    }

    /** The statements of the DDL file, in order, without comments. */
    static List<String> statements(Dialect dialect) {
        String text;
        try (InputStream file = JdbcStore.class.getResourceAsStream(dialect.schema())) {
            if (file == null) {
                throw new IllegalStateException(dialect.schema() + ": not on the class path (expected: next to "
                        + JdbcStore.class.getName() + "). The jar is incomplete; use an unchanged one.");
            }
            text = new String(file.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String code =
                text.lines().filter(line -> !line.strip().startsWith("--")).collect(Collectors.joining("\n"));
        List<String> statements = new ArrayList<>();
        for (String statement : code.split(";")) {
            if (!statement.isBlank()) {
                statements.add(statement.strip());
            }
        }
        return List.copyOf(statements);
    }

    /** The table of messages and its neighbours. */
    public MessageStore messageStore() {
        return messages;
    }

    /** The table of received messages. */
    public InboxStore inboxStore() {
        return inbox;
    }

    /** The table of runs; see {@link #cleanableRunHistory} for its upkeep. */
    public RunHistory runHistory() {
        return history;
    }

    /** The table of decisions: why firings did not run. */
    public DecisionHistory decisionHistory() {
        return decisions;
    }

    /** The table of runs, with the method that deletes old ones. */
    public JdbcRunHistory cleanableRunHistory() {
        return history;
    }

    /**
     * The tables that only grow and are cleaned by age: the runs, the decisions, the marks of transactions, the audit, the
     * cleanings, what was said about alarms, the dedupe keys, the places of ordered keys.
     */
    public List<AgedTable> agedTables() {
        List<AgedTable> tables = new ArrayList<>(List.of(history, decisions, marks, audit, cleanings, alarms));
        tables.addAll(messages.keys().agedTables());
        return List.copyOf(tables);
    }

    /** The marks of business transactions whose messages are kept by the central service. */
    public TransactionMarks transactionMarks() {
        return marks;
    }

    /** The search for messages. */
    public MessageSearch messageSearch() {
        return search;
    }

    /** What people may change of messages, without an audit; see {@link #messageCommands}. */
    public MessageChanges messageChanges() {
        return messages;
    }

    /** The outstanding confirmations by group. */
    public GroupLags groupLags() {
        return search;
    }

    /** The cleanings that a centre commanded. */
    public CleaningStore cleaningStore() {
        return cleanings;
    }

    /** The directory of topics, producers, groups and subscriptions. */
    public Directory directory() {
        return directory;
    }

    /** What people commanded. */
    public Audit audit() {
        return audit;
    }

    /** What people commanded of jobs; the same table. */
    public JobAudit jobAudit() {
        return audit.ofJobs();
    }

    /** What is wrong, and what was said about it. */
    public AlarmStore alarmStore() {
        return alarms;
    }

    /** What people can do about messages, with an audit. */
    public MessageCommands messageCommands(InstantSource time) {
        return new MessageCommands(search, messages, audit, time);
    }

    /** Questions about the messages; ages are taken with the database's clock. */
    public MessageQueries queries(String storeName) {
        return new JdbcMessageQueries(storeName, messages, database, null);
    }

    /** Questions about the messages; ages are taken with the given clock. */
    public MessageQueries queries(String storeName, InstantSource time) {
        return new JdbcMessageQueries(storeName, messages, database, time);
    }

    private static Connection connect(DataSource dataSource) {
        try {
            return dataSource.getConnection();
        } catch (SQLException e) {
            throw new StoreException(
                    "database: cannot connect: " + firstLine(e)
                            + " (expected: a reachable database that knows the user). The store does not open;"
                            + " check the URL, user and password of the data source (spring.datasource.*).",
                    e);
        }
    }

    private static StoreException cannotAsk(SQLException e) {
        return new StoreException(
                "database: " + firstLine(e) + " (expected: an answer about its release and tables)."
                        + " The store does not open; check that the database is up and healthy.",
                e);
    }

    private static String firstLine(SQLException e) {
        String message = e.getMessage();
        return message == null
                ? e.getClass().getSimpleName()
                : message.lines().findFirst().orElse("");
    }

    private static void checkRelease(Connection connection, Dialect dialect) throws SQLException {
        String version = connection.getMetaData().getDatabaseProductVersion();
        if (!dialect.supports(version)) {
            throw new StoreException(
                    "database: " + dialect.product() + " " + version + " (expected: " + dialect.oldest()
                            + " or newer, for SKIP LOCKED). The store does not open; upgrade the database.",
                    null);
        }
    }

    private static void checkTable(Connection connection, Dialect dialect, String table, List<String> columns)
            throws SQLException {
        Set<String> found = new HashSet<>();
        try (PreparedStatement statement = connection.prepareStatement("SELECT * FROM " + table + " WHERE 1 = 0");
                ResultSet rows = statement.executeQuery()) {
            ResultSetMetaData metaData = rows.getMetaData();
            for (int i = 1; i <= metaData.getColumnCount(); i++) {
                found.add(metaData.getColumnName(i).toLowerCase(Locale.ROOT));
            }
        } catch (SQLException e) {
            if (!dialect.isTableMissing(e)) {
                throw e;
            }
            throw new StoreException(
                    "table " + table + ": not there (expected: the tables of " + dialect.schema() + "). "
                            + advice(dialect),
                    e);
        }
        for (String column : columns) {
            if (!found.contains(column)) {
                throw new StoreException(
                        "table " + table + ": no column " + column + " (expected: the tables of this version of "
                                + dialect.schema() + "). " + advice(dialect),
                        null);
            }
        }
    }

    private static String advice(Dialect dialect) {
        return "The store does not open; set carillon.store.create-tables=true, or run io/carillon/store/jdbc/"
                + dialect.schema() + " from this module's jar on the database.";
    }

    private static void checkSkipLocked(Connection connection, Dialect dialect) throws SQLException {
        String sql = "SELECT id FROM " + dialect.byIndex(Tables.MESSAGE, Tables.MESSAGE_DUE)
                + " WHERE state = 0 AND due_at < 0 ORDER BY due_at, id LIMIT 1" + dialect.skipLocked();
        try (PreparedStatement statement = connection.prepareStatement(sql);
                ResultSet rows = statement.executeQuery()) {
            rows.next();
            if (!connection.getAutoCommit()) {
                connection.rollback();
            }
        } catch (SQLException e) {
            throw new StoreException(
                    "database: refuses to claim with SKIP LOCKED: " + firstLine(e)
                            + " (expected: SELECT ... FOR UPDATE SKIP LOCKED on " + Tables.MESSAGE + " by index "
                            + Tables.MESSAGE_DUE + "). " + advice(dialect),
                    e);
        }
    }
}

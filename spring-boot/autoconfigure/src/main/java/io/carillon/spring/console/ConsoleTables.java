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

import java.sql.DatabaseMetaData;
import java.util.List;
import javax.sql.DataSource;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcUtils;
import org.springframework.jdbc.support.MetaDataAccessException;

/**
 * The console's two tables, made when they are first needed where that is allowed. Thread-safe. The statements are the same for all
 * databases that Carillon knows; MariaDB is told to take names and ids as they are, as the others do.
 */
final class ConsoleTables {
    private static final List<String> STATEMENTS = List.of(
            "CREATE TABLE IF NOT EXISTS CARILLON_CONSOLE (record_kind VARCHAR(20) NOT NULL, record_id VARCHAR(200) NOT NULL,"
                    + " record_value VARCHAR(8000) NOT NULL, record_version INTEGER NOT NULL, expires_at BIGINT,"
                    + " PRIMARY KEY (record_kind, record_id))",
            "CREATE TABLE IF NOT EXISTS CARILLON_CONSOLE_AUDIT (id CHAR(36) NOT NULL PRIMARY KEY, done_at BIGINT NOT NULL,"
                    + " who VARCHAR(200) NOT NULL, came_from VARCHAR(100) NOT NULL, what VARCHAR(100) NOT NULL,"
                    + " cluster_name VARCHAR(100) NOT NULL, job_name VARCHAR(200) NOT NULL, target VARCHAR(500) NOT NULL,"
                    + " before_state VARCHAR(4000), after_state VARCHAR(4000), reason VARCHAR(500) NOT NULL, result VARCHAR(500))");

    /** Without it 'Ada' and 'ada ' are 'ada'. */
    private static final String EXACT = " CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin";

    private final DataSource dataSource;
    private final JdbcClient client;
    private final boolean create;
    private volatile boolean there;

    ConsoleTables(DataSource dataSource, boolean create) {
        this.dataSource = dataSource;
        this.client = JdbcClient.create(dataSource);
        this.create = create;
    }

    private boolean isMariaDb() {
        try {
            String name = JdbcUtils.extractDatabaseMetaData(dataSource, DatabaseMetaData::getDatabaseProductName);
            return name.equals("MariaDB");
        } catch (MetaDataAccessException e) {
            throw new IllegalStateException("the database does not say what it is: " + e.getMessage(), e);
        }
    }

    /** The tables, there as far as it is up to us. */
    JdbcClient open() {
        if (create && !there) {
            STATEMENTS.forEach(statement ->
                    client.sql(statement + (isMariaDb() ? EXACT : "")).update());
            there = true;
        }
        return client;
    }
}

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

import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;

/**
 * Where statements that belong to the caller's transaction (append, receive, mark) find its connection. Thread-safe.
 *
 * <p>Whatever manages the transactions provides one: {@link JdbcTransactions#connections()} for plain JDBC, an adapter over
 * Spring's {@code DataSourceUtils} in Spring.
 */
public interface Connections {

    /** The connection of the calling thread's transaction; without a transaction, a new one in auto-commit mode. */
    Connection open() throws SQLException;

    /** Gives back what {@link #open} gave; leaves the connection of a running transaction open. */
    void close(Connection connection) throws SQLException;

    /** Connections that take part in no transaction: each statement commits by itself. */
    static Connections of(DataSource dataSource) {
        return new Connections() {
            @Override
            public Connection open() throws SQLException {
                return dataSource.getConnection();
            }

            @Override
            public void close(Connection connection) throws SQLException {
                connection.close();
            }
        };
    }
}

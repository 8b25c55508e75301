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

import static io.carillon.store.jdbc.Seed.NOW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.messages.model.MessageState;
import io.carillon.messages.operations.MessageFilter;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is checked before the store opens, and what people are told. */
class OpeningTest {

    @ParameterizedTest
    @EnumSource(TestDatabase.class)
    void missingTablesAreNamedWithTheRemedy(TestDatabase database) {
        DataSource dataSource = database.empty();
        assertThatThrownBy(() -> JdbcStore.open(dataSource, Connections.of(dataSource)))
                .isInstanceOf(StoreException.class)
                .hasMessageStartingWith("table CARILLON_ALARM: not there (expected: the tables of schema/")
                .hasMessageContaining("carillon.store.create-tables=true")
                .hasMessageContaining(
                        "io/carillon/store/jdbc/" + database.dialect().schema());
    }

    @ParameterizedTest
    @EnumSource(TestDatabase.class)
    void aMissingColumnIsNamed(TestDatabase database) {
        DataSource dataSource = withTables(database);
        TestDatabase.run(dataSource, "ALTER TABLE CARILLON_INBOX DROP COLUMN confirmed_at");
        assertThatThrownBy(() -> JdbcStore.open(dataSource, Connections.of(dataSource)))
                .isInstanceOf(StoreException.class)
                .hasMessageStartingWith("table CARILLON_INBOX: no column confirmed_at");
    }

    @ParameterizedTest
    @EnumSource(TestDatabase.class)
    void tablesCanBeCreatedAgainAndKeepTheirRows(TestDatabase database) {
        DataSource dataSource = withTables(database);
        JdbcStore.open(dataSource, Connections.of(dataSource))
                .messageStore()
                .append(java.util.List.of(new Seed().message(NOW, MessageState.SENDING)));
        JdbcStore.createTables(dataSource);
        assertThat(JdbcStore.open(dataSource, Connections.of(dataSource))
                        .messageStore()
                        .countByState())
                .isEqualTo(Map.of(MessageState.SENDING, 1L));
    }

    @ParameterizedTest
    @EnumSource(TestDatabase.class)
    void whoMayOnlyReadOpensTheStoreAndAsksItsQuestions(TestDatabase database) {
        DataSource dataSource = withTables(database);
        JdbcStore.open(dataSource, Connections.of(dataSource))
                .messageStore()
                .append(java.util.List.of(new Seed().message(NOW, MessageState.SENT)));
        DataSource readOnly = (DataSource) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {DataSource.class}, (proxy, method, arguments) -> {
                    Object result = method.invoke(dataSource, arguments);
                    if (result instanceof Connection connection) {
                        connection.setReadOnly(true);
                    }
                    return result;
                });
        JdbcStore store = JdbcStore.open(readOnly, Connections.of(readOnly));
        assertThat(store.queries("orders").countByState()).containsEntry(MessageState.SENT, 1L);
        assertThat(store.queries("orders").oldestOpenAge()).isNotNull();
        assertThat(store.messageSearch().search(MessageFilter.all(), null, 10).found())
                .hasSize(1);
        assertThat(store.groupLags().lags(NOW)).isEmpty();
        assertThat(store.runHistory().latest("none", 10)).isEmpty();
    }

    @Test
    void theTablesOfAllDatabasesHaveTheSameColumns() {
        Map<String, Object> expected = new TreeMap<>();
        Tables.ALL.forEach((table, columns) -> expected.put(table, new TreeSet<>(columns).toString()));
        for (TestDatabase database : TestDatabase.values()) {
            DataSource dataSource = withTables(database);
            Map<String, String> found = TestDatabase.rows(
                            dataSource,
                            "SELECT table_name, column_name FROM information_schema.columns"
                                    + " WHERE UPPER(table_name) LIKE 'CARILLON%' AND table_schema = "
                                    + switch (database) {
                                        case H2 -> "SCHEMA()";
                                        case MARIADB -> "DATABASE()";
                                        case POSTGRESQL -> "CURRENT_SCHEMA()";
                                    })
                    .stream()
                    .map(row -> row.split(" \\| "))
                    .collect(Collectors.groupingBy(
                            row -> row[0].toUpperCase(Locale.ROOT),
                            TreeMap::new,
                            Collectors.collectingAndThen(
                                    Collectors.mapping(
                                            row -> row[1].toLowerCase(Locale.ROOT),
                                            Collectors.toCollection(TreeSet::new)),
                                    TreeSet::toString)));
            assertThat(found).as(database.name()).isEqualTo(expected);
        }
    }

    @Test
    void anUnreachableDatabaseIsToldInOneLine() {
        JdbcDataSource dataSource = new JdbcDataSource();
        dataSource.setURL("jdbc:h2:tcp://127.0.0.1:1/nothing");
        assertThatThrownBy(() -> JdbcStore.open(dataSource, Connections.of(dataSource)))
                .isInstanceOf(StoreException.class)
                .hasMessageStartingWith("database: cannot connect: ")
                .hasMessageContaining("check the URL, user and password of the data source")
                .message()
                .doesNotContain("\n");
    }

    @Test
    void anUnknownDatabaseIsRefusedWithTheListOfKnownOnes() {
        DataSource dataSource = reporting("Oracle", "19c");
        assertThatThrownBy(() -> JdbcStore.open(dataSource, Connections.of(dataSource)))
                .isInstanceOf(StoreException.class)
                .hasMessage("database: Oracle 19c (expected: H2 2.2.220 or newer, MariaDB 10.6 or newer,"
                        + " MySQL 8.0.17 or newer, PostgreSQL 13 or newer)."
                        + " Carillon's store does not open; point the data source at one of them.");
    }

    @Test
    void anOldReleaseIsRefused() {
        DataSource dataSource = reporting("MariaDB", "10.5.29-MariaDB-log");
        assertThatThrownBy(() -> JdbcStore.open(dataSource, Connections.of(dataSource)))
                .isInstanceOf(StoreException.class)
                .hasMessage("database: MariaDB 10.5.29-MariaDB-log (expected: 10.6 or newer, for SKIP LOCKED)."
                        + " The store does not open; upgrade the database.");
        assertThat(new MariaDbDialect().supports("11.4.5-MariaDB-log")).isTrue();
        assertThat(new MariaDbDialect().supports("10.6")).isTrue();
        assertThat(new MySqlDialect().supports("8.0.16")).isFalse();
        assertThat(new MySqlDialect().supports("8.4.5")).isTrue();
        assertThat(new PostgreSqlDialect().supports("18.6")).isTrue();
        assertThat(new PostgreSqlDialect().supports("12.22 (Debian 12.22-1)")).isFalse();
        assertThat(new H2Dialect().supports("2.4.240 (2025-09-22)")).isTrue();
        assertThat(new H2Dialect().supports("2.2.219")).isFalse();
        assertThat(new H2Dialect().supports("unknown")).isFalse();
    }

    /** A database of its own, which the test may spoil. */
    private static DataSource withTables(TestDatabase database) {
        DataSource dataSource = database.empty();
        JdbcStore.createTables(dataSource);
        return dataSource;
    }

    /** A data source that can tell its product and nothing else. */
    private static DataSource reporting(String product, String version) {
        ClassLoader loader = OpeningTest.class.getClassLoader();
        DatabaseMetaData metaData = (DatabaseMetaData) Proxy.newProxyInstance(
                loader,
                new Class<?>[] {DatabaseMetaData.class},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "getDatabaseProductName" -> product;
                    case "getDatabaseProductVersion" -> version;
                    default -> throw new UnsupportedOperationException(method.getName());
                });
        Connection connection = (Connection) Proxy.newProxyInstance(
                loader, new Class<?>[] {Connection.class}, (proxy, method, arguments) -> switch (method.getName()) {
                    case "getMetaData" -> metaData;
                    case "close" -> null;
                    default -> throw new UnsupportedOperationException(method.getName());
                });
        return (DataSource) Proxy.newProxyInstance(
                loader, new Class<?>[] {DataSource.class}, (proxy, method, arguments) -> switch (method.getName()) {
                    case "getConnection" -> connection;
                    default -> throw new UnsupportedOperationException(method.getName());
                });
    }
}

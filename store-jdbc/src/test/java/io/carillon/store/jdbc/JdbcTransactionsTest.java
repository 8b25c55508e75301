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

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Transactions on plain JDBC. */
class JdbcTransactionsTest {

    private final DataSource dataSource = TestDatabase.H2.empty();
    private final JdbcTransactions transactions = new JdbcTransactions(dataSource);

    @BeforeEach
    void table() {
        TestDatabase.run(dataSource, "CREATE TABLE T (v INT)");
    }

    private List<String> values() {
        return TestDatabase.rows(dataSource, "SELECT v FROM T ORDER BY v");
    }

    private int insert(int value) throws Exception {
        try (Statement statement = transactions.connection().createStatement()) {
            return statement.executeUpdate("INSERT INTO T VALUES (" + value + ")");
        }
    }

    @Test
    void whatReturnsIsCommittedAndTheActionsRunAfterwards() throws Exception {
        List<List<String>> seen = new ArrayList<>();
        int result = transactions.inNew(() -> {
            transactions.afterCommit(() -> seen.add(values()));
            transactions.afterCommit(() -> assertThat(transactions.isActive()).isFalse());
            assertThat(transactions.isActive()).isTrue();
            return insert(1);
        });
        assertThat(result).isEqualTo(1);
        assertThat(seen).containsExactly(List.of("1"));
        assertThat(transactions.isActive()).isFalse();
    }

    @Test
    void whatThrowsIsRolledBackAndItsActionsDoNotRun() {
        List<String> ran = new ArrayList<>();
        assertThatThrownBy(() -> transactions.inNew(() -> {
                    transactions.afterCommit(() -> ran.add("action"));
                    insert(1);
                    throw new IllegalStateException("no");
                }))
                .hasMessage("no");
        assertThat(values()).isEmpty();
        assertThat(ran).isEmpty();
        assertThat(transactions.isActive()).isFalse();
    }

    @Test
    void anInnerTransactionIsIndependentOfTheOuterOne() {
        assertThatThrownBy(() -> transactions.inNew(() -> {
                    insert(1);
                    transactions.inNew(() -> insert(2));
                    insert(3);
                    throw new IllegalStateException("outer");
                }))
                .hasMessage("outer");
        assertThat(values()).containsExactly("2");
    }

    @Test
    void anActionThatThrowsStopsNoOther() throws Exception {
        List<String> ran = new ArrayList<>();
        transactions.inNew(() -> {
            transactions.afterCommit(() -> {
                throw new IllegalStateException("bad action");
            });
            transactions.afterCommit(() -> ran.add("second"));
            return insert(1);
        });
        assertThat(ran).containsExactly("second");
        assertThat(values()).containsExactly("1");
    }

    @Test
    void withoutATransactionThereIsNoConnectionAndNoAction() {
        assertThatThrownBy(transactions::connection)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith("connection: no transaction (expected: one open on this thread)");
        assertThatThrownBy(() -> transactions.afterCommit(() -> {})).isInstanceOf(IllegalStateException.class);
    }
}

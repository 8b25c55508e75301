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

import io.carillon.messages.outbox.Transactions;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Callable;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Transactions on plain JDBC: {@link #inNew} binds a connection to the calling thread, {@link #connection()} is it.
 * Thread-safe; a transaction belongs to the thread that began it.
 */
public final class JdbcTransactions implements Transactions {

    private static final Logger log = LoggerFactory.getLogger(JdbcTransactions.class);

    private final DataSource dataSource;
    private final ThreadLocal<Deque<Open>> open = ThreadLocal.withInitial(ArrayDeque::new);

    public JdbcTransactions(DataSource dataSource) {
        this.dataSource = dataSource;
    }

    @Override
    public boolean isActive() {
        return current() != null;
    }

    /**
     * The connection of the calling thread's transaction. It must not be closed, committed or rolled back.
     *
     * @throws IllegalStateException when no transaction is open on this thread
     */
    public Connection connection() {
        return required("connection").connection;
    }

    /** For {@link JdbcStore#open}: statements join the calling thread's transaction. */
    public Connections connections() {
        return new Connections() {
            @Override
            public Connection open() throws SQLException {
                Open transaction = current();
                return transaction != null ? transaction.connection : dataSource.getConnection();
            }

            @Override
            public void close(Connection connection) throws SQLException {
                Open transaction = current();
                if (transaction == null || transaction.connection != connection) {
                    connection.close();
                }
            }
        };
    }

    /** {@inheritDoc} What an action throws is logged and stops no other action. */
    @Override
    public void afterCommit(Runnable action) {
        required("afterCommit").afterCommit.add(action);
    }

    @Override
    public <T> T inNew(Callable<T> work) throws Exception {
        T result;
        List<Runnable> afterCommit;
        Connection connection = dataSource.getConnection();
        try {
            boolean autoCommit = connection.getAutoCommit();
            if (autoCommit) {
                connection.setAutoCommit(false);
            }
            Open transaction = new Open(connection, new ArrayList<>());
            afterCommit = transaction.afterCommit;
            try {
                result = call(transaction, work);
                connection.commit();
            } catch (Throwable failure) {
                Database.rollBack(connection, failure);
                throw failure;
            } finally {
                if (autoCommit) {
                    connection.setAutoCommit(true);
                }
            }
        } finally {
            connection.close();
        }
        for (Runnable action : afterCommit) {
            try {
                action.run();
            } catch (RuntimeException e) {
                log.warn("An action after a commit failed; the transaction stays committed.", e);
            }
        }
        return result;
    }

    private <T> T call(Open transaction, Callable<T> work) throws Exception {
        Deque<Open> stack = open.get();
        stack.push(transaction);
        try {
            return work.call();
        } finally {
            stack.pop();
            if (stack.isEmpty()) {
                open.remove();
            }
        }
    }

    private @Nullable Open current() {
        return open.get().peek();
    }

    private Open required(String what) {
        Open transaction = current();
        if (transaction == null) {
            throw new IllegalStateException(what + ": no transaction (expected: one open on this thread)."
                    + " Nothing was done; call it inside inNew.");
        }
        return transaction;
    }

    /** A transaction that is running. */
    private record Open(Connection connection, List<Runnable> afterCommit) {}
}

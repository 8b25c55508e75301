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

import java.io.PrintWriter;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Logger;
import javax.sql.DataSource;

/**
 * Counts what goes to the database: executed statements (a JDBC batch is one, as the drivers send it), savepoints, and
 * commits (explicit ones, and each write in auto-commit mode). Thread-safe.
 */
final class CountingDataSource implements DataSource {

    private final DataSource target;
    private final AtomicInteger statements = new AtomicInteger();
    private final AtomicInteger commits = new AtomicInteger();

    CountingDataSource(DataSource target) {
        this.target = target;
    }

    int statements() {
        return statements.get();
    }

    int commits() {
        return commits.get();
    }

    void reset() {
        statements.set(0);
        commits.set(0);
    }

    @Override
    public Connection getConnection() throws SQLException {
        Connection connection = target.getConnection();
        return proxy(Connection.class, connection, (method, arguments) -> {
            Object result = invoke(connection, method, arguments);
            switch (method.getName()) {
                case "commit" -> commits.incrementAndGet();
                case "setSavepoint", "releaseSavepoint" -> statements.incrementAndGet();
                case "rollback" -> statements.addAndGet(arguments == null ? 0 : 1);
                case "prepareStatement" -> {
                    return counted(connection, (PreparedStatement) result);
                }
                default -> {}
            }
            return result;
        });
    }

    private PreparedStatement counted(Connection connection, PreparedStatement statement) {
        return proxy(PreparedStatement.class, statement, (method, arguments) -> {
            Object result = invoke(statement, method, arguments);
            if (method.getName().startsWith("execute")) {
                statements.incrementAndGet();
                if (connection.getAutoCommit() && !method.getName().equals("executeQuery")) {
                    commits.incrementAndGet();
                }
            }
            return result;
        });
    }

    private interface Call {
        Object on(Method method, Object[] arguments) throws Throwable;
    }

    private static <T> T proxy(Class<T> type, T target, Call call) {
        InvocationHandler handler = (proxy, method, arguments) -> call.on(method, arguments);
        return type.cast(
                Proxy.newProxyInstance(CountingDataSource.class.getClassLoader(), new Class<?>[] {type}, handler));
    }

    private static Object invoke(Object target, Method method, Object[] arguments) throws Throwable {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    @Override
    public Connection getConnection(String user, String password) throws SQLException {
        throw new SQLException("no other user in tests");
    }

    @Override
    public PrintWriter getLogWriter() throws SQLException {
        return target.getLogWriter();
    }

    @Override
    public void setLogWriter(PrintWriter out) throws SQLException {
        target.setLogWriter(out);
    }

    @Override
    public void setLoginTimeout(int seconds) throws SQLException {
        target.setLoginTimeout(seconds);
    }

    @Override
    public int getLoginTimeout() throws SQLException {
        return target.getLoginTimeout();
    }

    @Override
    public Logger getParentLogger() {
        return Logger.getGlobal();
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        return target.unwrap(type);
    }

    @Override
    public boolean isWrapperFor(Class<?> type) throws SQLException {
        return target.isWrapperFor(type);
    }
}

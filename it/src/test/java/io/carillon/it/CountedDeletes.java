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
package io.carillon.it;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.util.function.IntConsumer;
import javax.sql.DataSource;

/** Counts the rows that statements {@code DELETE} between two commits, at the connection. Thread-safe. */
final class CountedDeletes {

    private final DataSource real;
    private final IntConsumer committed;

    /** @param committed told the rows of each transaction that deleted any */
    CountedDeletes(DataSource real, IntConsumer committed) {
        this.real = real;
        this.committed = committed;
    }

    /** The same database, counted. */
    DataSource dataSource() {
        return wrap(
                DataSource.class,
                real,
                (method, arguments, result) -> result instanceof Connection connection ? counted(connection) : result);
    }

    private Connection counted(Connection connection) {
        int[] rows = new int[1]; // a connection is used by one thread at a time
        return wrap(Connection.class, connection, (method, arguments, result) -> {
            if (result instanceof PreparedStatement statement
                    && arguments[0] instanceof String sql
                    && sql.startsWith("DELETE")) {
                return wrap(PreparedStatement.class, statement, (call, any, answer) -> {
                    if (call.equals("executeUpdate") && answer instanceof Integer deleted) {
                        rows[0] += deleted;
                    }
                    return answer;
                });
            }
            if (method.equals("commit") && rows[0] > 0) {
                committed.accept(rows[0]);
            }
            if (method.equals("commit") || method.equals("rollback")) {
                rows[0] = 0;
            }
            return result;
        });
    }

    private interface After {
        Object result(String method, Object[] arguments, Object result);
    }

    @SuppressWarnings("NullAway") // what reflection returns and takes may be null
    private static <T> T wrap(Class<T> type, T real, After after) {
        return type.cast(Proxy.newProxyInstance(
                CountedDeletes.class.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    try {
                        return after.result(method.getName(), arguments, method.invoke(real, arguments));
                    } catch (InvocationTargetException e) {
                        throw e.getTargetException();
                    }
                }));
    }
}

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

import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What differs between databases: how rows are reached without locking others, how conflicts are told apart, which DDL file.
 * Immutable. One subclass per database; everything else is SQL that all of them understand.
 */
public abstract sealed class Dialect permits H2Dialect, InnoDb, PostgreSqlDialect {

    Dialect() {}

    /** The database's name, as its driver reports it. */
    public abstract String product();

    /** The resource, next to this class, with the statements that create the tables. */
    public abstract String schema();

    /** The oldest release that will do, such as {@code 10.6}. Older ones have no SKIP LOCKED. */
    abstract String oldest();

    /** Whether a release, as the driver reports it, will do. */
    boolean supports(String version) {
        int[] has = numbers(version);
        int[] needs = numbers(oldest());
        for (int i = 0; i < needs.length; i++) {
            int number = i < has.length ? has[i] : 0;
            if (number != needs[i]) {
                return number > needs[i];
            }
        }
        return true;
    }

    private static int[] numbers(String version) {
        String digits = version.replaceFirst("^[^0-9]*", "").replaceFirst("[^0-9.].*$", "");
        return digits.isEmpty()
                ? new int[0]
                : List.of(digits.split("\\.")).stream()
                        .filter(part -> !part.isEmpty())
                        .mapToInt(part -> Integer.parseInt(part.substring(0, Math.min(9, part.length()))))
                        .toArray();
    }

    /**
     * A table in a FROM or UPDATE clause, reached by its primary key and in no other way. Where the database locks every
     * row it looks at, a scan would wait for rows of open business transactions.
     */
    abstract String byPrimaryKey(String table);

    /** A table in a FROM clause, reached by one of its indexes and in no other way, for the same reason. */
    abstract String byIndex(String table, String index);

    /** {@code DELETE} of rows reached by the primary key; a WHERE clause follows. */
    abstract String deleteByPrimaryKey(String table);

    /** The end of a SELECT whose rows are locked, leaving out those that others hold. */
    String skipLocked() {
        return " FOR UPDATE SKIP LOCKED";
    }

    /** Whether a locking SELECT with ORDER BY and LIMIT also locks the rows that it sorts and does not return. */
    abstract boolean locksWhatItSorts();

    /**
     * An INSERT that leaves a row of the same key as it is: it counts 0 rows for it, or fails with {@link #isDuplicateKey}
     * where that does not spoil the transaction.
     */
    String insertIfAbsent(String insert) {
        return insert;
    }

    /**
     * An INSERT that changes the row of the same key instead where there is one, and takes its lock at once: two of them on
     * one key wait for each other and cannot deadlock. Null where two statements do as well.
     *
     * @param key the columns of the primary key, with commas
     * @param change assignments; columns are named with their table
     */
    @Nullable
    String insertOrChange(String insert, String key, String change) {
        return null;
    }

    /** A statement that gives up with a lock conflict after waiting for other transactions for so many seconds. */
    String waitingAtMost(int seconds, String sql) {
        return sql;
    }

    /**
     * Where {@link #waitingAtMost} cannot say it: a statement to execute first, in the same transaction; null for none.
     */
    @Nullable
    String limitWaits(int seconds) {
        return null;
    }

    /** What undoes {@link #limitWaits} when that outlives the transaction; null for none. */
    @Nullable
    String restoreWaits() {
        return null;
    }

    /** An expression: the least of the column id. */
    String leastId() {
        return "MIN(id)";
    }

    /** An expression: the database's clock in milliseconds since 1970, UTC. */
    abstract String nowMillis();

    /** Whether a row with this key is there already. */
    abstract boolean isDuplicateKey(SQLException e);

    /** Whether the transaction lost against another one, and would succeed when tried again. */
    abstract boolean isLockConflict(SQLException e);

    /** Whether a statement failed because a table is not there. */
    abstract boolean isTableMissing(SQLException e);
}

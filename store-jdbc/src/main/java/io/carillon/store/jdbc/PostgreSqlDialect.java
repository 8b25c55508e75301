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

/**
 * PostgreSQL. Readers and writers lock only the rows they change or ask to lock, so statements need no hints; but a failed
 * statement spoils its whole transaction, so rows that may be there already are inserted with ON CONFLICT. Immutable.
 */
public final class PostgreSqlDialect extends Dialect {

    private static final String DUPLICATE_KEY = "23505";
    private static final String SERIALIZATION_FAILURE = "40001";
    private static final String DEADLOCK = "40P01";
    private static final String LOCK_NOT_AVAILABLE = "55P03";
    private static final String TABLE_NOT_FOUND = "42P01";

    @Override
    public String product() {
        return "PostgreSQL";
    }

    @Override
    public String schema() {
        return "schema/postgresql.sql";
    }

    @Override
    String oldest() {
        return "13";
    }

    @Override
    String byPrimaryKey(String table) {
        return table;
    }

    @Override
    String byIndex(String table, String index) {
        return table;
    }

    @Override
    String deleteByPrimaryKey(String table) {
        return "DELETE FROM " + table;
    }

    @Override
    String insertIfAbsent(String insert) {
        return insert + " ON CONFLICT DO NOTHING";
    }

    /** Ends with the transaction. */
    @Override
    String limitWaits(int seconds) {
        return "SET LOCAL lock_timeout = '" + seconds + "s'";
    }

    /** It does not: rows are locked one by one as the limit lets them through. */
    @Override
    boolean locksWhatItSorts() {
        return false;
    }

    /** By way of text, because releases before 18 have no least of bytes. */
    @Override
    String leastId() {
        return "DECODE(MIN(ENCODE(id, 'hex')), 'hex')";
    }

    @Override
    String nowMillis() {
        return "CAST(EXTRACT(EPOCH FROM CLOCK_TIMESTAMP()) * 1000 AS BIGINT)";
    }

    @Override
    boolean isDuplicateKey(SQLException e) {
        return DUPLICATE_KEY.equals(e.getSQLState());
    }

    @Override
    boolean isLockConflict(SQLException e) {
        String state = e.getSQLState();
        return DEADLOCK.equals(state) || SERIALIZATION_FAILURE.equals(state) || LOCK_NOT_AVAILABLE.equals(state);
    }

    @Override
    boolean isTableMissing(SQLException e) {
        return TABLE_NOT_FOUND.equals(e.getSQLState());
    }

    @Override
    String insertOrChange(String insert, String key, String change) {
        return insert + " ON CONFLICT (" + key + ") DO UPDATE SET " + change;
    }
}

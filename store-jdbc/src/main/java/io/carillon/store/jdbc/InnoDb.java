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
 * What MariaDB and MySQL share. InnoDB locks every index entry that a locking statement looks at, and the optimizers like to
 * scan small tables: so statements name the index they must use. Immutable.
 */
abstract sealed class InnoDb extends Dialect permits MariaDbDialect, MySqlDialect {

    private static final int DUPLICATE_KEY = 1062;
    private static final int LOCK_WAIT_TIMEOUT = 1205;
    private static final int DEADLOCK = 1213;
    private static final int RECORD_CHANGED = 1020;
    private static final int NO_SUCH_TABLE = 1146;

    @Override
    String byPrimaryKey(String table) {
        return byIndex(table, "PRIMARY");
    }

    @Override
    String byIndex(String table, String index) {
        return table + " FORCE INDEX (" + index + ")";
    }

    /** The form for several tables, because the one for a single table takes no hint. */
    @Override
    String deleteByPrimaryKey(String table) {
        return "DELETE " + table + " FROM " + byPrimaryKey(table);
    }

    /** It does not when the index is in the order asked for. */
    @Override
    boolean locksWhatItSorts() {
        return false;
    }

    @Override
    String nowMillis() {
        return "CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)";
    }

    @Override
    boolean isDuplicateKey(SQLException e) {
        return e.getErrorCode() == DUPLICATE_KEY;
    }

    @Override
    boolean isLockConflict(SQLException e) {
        int code = e.getErrorCode();
        return code == DEADLOCK
                || code == LOCK_WAIT_TIMEOUT
                || code == RECORD_CHANGED
                || "40001".equals(e.getSQLState());
    }

    @Override
    boolean isTableMissing(SQLException e) {
        return e.getErrorCode() == NO_SUCH_TABLE;
    }

    @Override
    String insertOrChange(String insert, String key, String change) {
        return insert + " ON DUPLICATE KEY UPDATE " + change;
    }
}

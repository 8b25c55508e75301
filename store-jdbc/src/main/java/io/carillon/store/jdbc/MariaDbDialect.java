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

/** MariaDB. Immutable. */
public final class MariaDbDialect extends InnoDb {

    @Override
    public String product() {
        return "MariaDB";
    }

    @Override
    public String schema() {
        return "schema/mariadb.sql";
    }

    @Override
    String oldest() {
        return "10.6";
    }

    @Override
    String waitingAtMost(int seconds, String sql) {
        return "SET STATEMENT innodb_lock_wait_timeout = " + seconds + " FOR " + sql;
    }
}

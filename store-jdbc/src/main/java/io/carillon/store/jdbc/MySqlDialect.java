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

/** MySQL. Reviewed against its manual, not run: see {@code docs/databases.md}. Immutable. */
public final class MySqlDialect extends InnoDb {

    @Override
    public String product() {
        return "MySQL";
    }

    @Override
    public String schema() {
        return "schema/mysql.sql";
    }

    /** The first release with a collation that compares exactly and does not pad. */
    @Override
    String oldest() {
        return "8.0.17";
    }

    /** For the session, because MySQL has no form for one statement; {@link #restoreWaits} ends it. */
    @Override
    String limitWaits(int seconds) {
        return "SET SESSION innodb_lock_wait_timeout = " + seconds;
    }

    @Override
    String restoreWaits() {
        return "SET SESSION innodb_lock_wait_timeout = DEFAULT";
    }
}

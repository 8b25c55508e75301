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

import io.carillon.testkit.messages.DirectoryContract;
import javax.sql.DataSource;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** The contract of the directory, on every database. */
@ParameterizedClass
@EnumSource(TestDatabase.class)
class DirectoryTest extends DirectoryContract {

    @Parameter
    TestDatabase database;

    @Override
    protected Ports empty() {
        DataSource dataSource = database.withTables();
        JdbcStore jdbc = JdbcStore.open(dataSource, Connections.of(dataSource));
        return new Ports(jdbc.directory(), jdbc.messageStore());
    }
}

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
package io.carillon.shop.common;

import io.carillon.spring.InvalidPropertyException;
import java.sql.DatabaseMetaData;
import javax.sql.DataSource;
import org.springframework.core.io.ClassPathResource;
import org.springframework.jdbc.datasource.init.DatabasePopulatorUtils;
import org.springframework.jdbc.datasource.init.ResourceDatabasePopulator;
import org.springframework.jdbc.datasource.init.ScriptStatementFailedException;
import org.springframework.jdbc.support.JdbcUtils;
import org.springframework.jdbc.support.MetaDataAccessException;

/**
 * Creates the tables of one service when it starts, from {@code schema/<database>/<service>.sql}; does nothing where they
 * are there. Immutable.
 */
public final class ShopTables {

    /**
     * Creates what is missing.
     *
     * @param create false: the tables are somebody else's care, nothing is done ({@code shop.create-tables})
     */
    public ShopTables(DataSource dataSource, String service, boolean create) {
        if (!create) {
            return;
        }
        ResourceDatabasePopulator script = new ResourceDatabasePopulator(
                new ClassPathResource("io/carillon/shop/schema/" + database(dataSource) + "/" + service + ".sql"));
        try {
            DatabasePopulatorUtils.execute(script, dataSource);
        } catch (ScriptStatementFailedException e) {
            // Another instance starts at the same moment and was first: IF NOT EXISTS looks before it creates.
            DatabasePopulatorUtils.execute(script, dataSource);
        }
    }

    private static String database(DataSource dataSource) {
        String product;
        try {
            product = JdbcUtils.extractDatabaseMetaData(dataSource, DatabaseMetaData::getDatabaseProductName);
        } catch (MetaDataAccessException e) {
            throw new InvalidPropertyException(
                    "spring.datasource.url",
                    "no answer",
                    "a database that answers",
                    "Start the database, or correct url, username and password in spring.datasource.",
                    e);
        }
        return switch (product) {
            case "H2" -> "h2";
            case "MariaDB" -> "mariadb";
            default ->
                throw new InvalidPropertyException(
                        "spring.datasource.url",
                        product,
                        "H2 or MariaDB",
                        "Use one of the two, or make the tables yourself and set shop.create-tables=false.");
        };
    }
}

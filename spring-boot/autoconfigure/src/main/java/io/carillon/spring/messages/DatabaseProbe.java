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
package io.carillon.spring.messages;

import io.carillon.spring.InvalidPropertyException;
import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.jdbc.DataSourceBuilder;
import org.springframework.boot.jdbc.DataSourceUnwrapper;
import org.springframework.core.PriorityOrdered;
import org.springframework.jdbc.datasource.SimpleDriverDataSource;
import org.springframework.util.ClassUtils;

/**
 * Tries the database once before the connection pool does: a pool that cannot connect writes a stack trace into the log,
 * and what a person should read first is one line. Only for pools of HikariCP; stateless.
 */
final class DatabaseProbe implements BeanPostProcessor, PriorityOrdered {

    private static final boolean HIKARI =
            ClassUtils.isPresent("com.zaxxer.hikari.HikariDataSource", DatabaseProbe.class.getClassLoader());

    @Override
    public Object postProcessAfterInitialization(Object bean, String beanName) {
        if (HIKARI && bean instanceof DataSource dataSource) {
            Hikari.probe(dataSource);
        }
        return bean;
    }

    @Override
    public int getOrder() {
        return HIGHEST_PRECEDENCE;
    }

    /** Loaded only where HikariCP is. */
    private static final class Hikari {

        static void probe(DataSource dataSource) {
            com.zaxxer.hikari.HikariDataSource pool =
                    DataSourceUnwrapper.unwrap(dataSource, com.zaxxer.hikari.HikariDataSource.class);
            if (pool == null || pool.isRunning() || pool.getJdbcUrl() == null) {
                return;
            }
            DataSource direct = DataSourceBuilder.derivedFrom(pool)
                    .type(SimpleDriverDataSource.class)
                    .build();
            try (Connection connection = direct.getConnection()) {
                connection.getMetaData().getDatabaseProductName();
            } catch (SQLException e) {
                throw explained(pool.getJdbcUrl(), pool.getUsername(), e);
            }
        }
    }

    /** What a failed connection means: SQL states of class 28 are about user and password, all others about the way. */
    static InvalidPropertyException explained(String url, @Nullable String user, SQLException e) {
        String state = e.getSQLState() == null ? "" : e.getSQLState();
        String said = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
        if (state.startsWith("28")) {
            return new InvalidPropertyException(
                    "spring.datasource.password",
                    "(hidden)",
                    "the password of user '" + user + "' at " + url + "; the database said: " + said,
                    "Correct spring.datasource.username or spring.datasource.password.",
                    e);
        }
        return new InvalidPropertyException(
                "spring.datasource.url",
                url,
                "a database that can be reached; the driver said: " + said,
                "Start the database, or correct the address.",
                e);
    }
}

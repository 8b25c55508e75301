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

import io.carillon.jobs.history.DecisionHistory;
import io.carillon.jobs.history.RunHistory;
import io.carillon.jobs.operations.JobAudit;
import io.carillon.messages.central.TransactionMarks;
import io.carillon.messages.directory.Directory;
import io.carillon.messages.inbox.InboxStore;
import io.carillon.messages.operations.Audit;
import io.carillon.messages.operations.MessageCommands;
import io.carillon.messages.operations.MessageOperations;
import io.carillon.messages.operations.MessageQueries;
import io.carillon.messages.operations.MessageSearch;
import io.carillon.messages.outbox.MessageStore;
import io.carillon.messages.recovery.CleaningStore;
import io.carillon.spring.InvalidPropertyException;
import io.carillon.spring.StoreProperties;
import io.carillon.spring.SystemTime;
import io.carillon.store.jdbc.Connections;
import io.carillon.store.jdbc.JdbcStore;
import io.carillon.store.jdbc.StoreException;
import java.sql.Connection;
import javax.sql.DataSource;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;
import org.springframework.jdbc.datasource.DataSourceUtils;

/**
 * Carillon's tables in the application's database: messages, inbox, run history. Statements that belong to a transaction
 * find its connection through Spring.
 */
@AutoConfiguration(afterName = "org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration")
@ConditionalOnClass({JdbcStore.class, DataSourceUtils.class})
@EnableConfigurationProperties(StoreProperties.class)
public class StoreAutoConfiguration {

    @Bean
    static DatabaseProbe carillonDatabaseProbe() {
        return new DatabaseProbe();
    }

    @Bean
    @ConditionalOnSingleCandidate(DataSource.class)
    @ConditionalOnMissingBean
    JdbcStore carillonStore(DataSource dataSource, StoreProperties properties) {
        try {
            if (properties.createTables()) {
                JdbcStore.createTables(dataSource);
            }
            return JdbcStore.open(dataSource, springConnections(dataSource));
        } catch (StoreException e) {
            throw InvalidPropertyException.because(
                    String.valueOf(e.getMessage()), "The database is the one of spring.datasource.url.", e);
        }
    }

    private static Connections springConnections(DataSource dataSource) {
        return new Connections() {
            @Override
            public Connection open() {
                return DataSourceUtils.getConnection(dataSource);
            }

            @Override
            public void close(Connection connection) {
                DataSourceUtils.releaseConnection(connection, dataSource);
            }
        };
    }

    @Bean
    @ConditionalOnBean(JdbcStore.class)
    @ConditionalOnMissingBean
    RunHistory carillonRunHistory(JdbcStore store) {
        return store.runHistory();
    }

    /** Why firings did not run. */
    @Bean
    @ConditionalOnBean(JdbcStore.class)
    @ConditionalOnMissingBean
    DecisionHistory carillonDecisionHistory(JdbcStore store) {
        return store.decisionHistory();
    }

    @Bean
    @ConditionalOnBean(JdbcStore.class)
    @ConditionalOnMissingBean
    MessageStore carillonMessageStore(JdbcStore store) {
        return store.messageStore();
    }

    @Bean
    @ConditionalOnBean(JdbcStore.class)
    @ConditionalOnMissingBean
    InboxStore carillonInboxStore(JdbcStore store) {
        return store.inboxStore();
    }

    /** For transactions whose messages a central service holds; see {@link TransactionMarks}. */
    @Bean
    @ConditionalOnBean(JdbcStore.class)
    @ConditionalOnMissingBean
    TransactionMarks carillonTransactionMarks(JdbcStore store) {
        return store.transactionMarks();
    }

    @Bean
    @ConditionalOnBean(JdbcStore.class)
    @ConditionalOnMissingBean
    MessageQueries carillonMessageQueries(JdbcStore store, Environment environment) {
        return store.queries(environment.getProperty("spring.application.name", "application"));
    }

    @Bean
    @ConditionalOnBean(JdbcStore.class)
    @ConditionalOnMissingBean
    MessageSearch carillonMessageSearch(JdbcStore store) {
        return store.messageSearch();
    }

    @Bean
    @ConditionalOnBean(JdbcStore.class)
    @ConditionalOnMissingBean
    Audit carillonAudit(JdbcStore store) {
        return store.audit();
    }

    /** What people commanded of jobs, in the same table. */
    @Bean
    @ConditionalOnBean(JdbcStore.class)
    @ConditionalOnMissingBean
    JobAudit carillonJobAudit(JdbcStore store) {
        return store.jobAudit();
    }

    /** Replay, discard and waive, with an audit. */
    @Bean
    @ConditionalOnBean(JdbcStore.class)
    @ConditionalOnMissingBean
    MessageCommands carillonMessageCommands(JdbcStore store, MessageSearch search, Audit audit) {
        return new MessageCommands(search, store.messageChanges(), audit, SystemTime.instants());
    }

    /** The directory of topics, producers, groups and subscriptions. */
    @Bean
    @ConditionalOnBean(JdbcStore.class)
    @ConditionalOnMissingBean
    Directory carillonDirectory(JdbcStore store) {
        return store.directory();
    }

    /** The cleanings that a centre commanded. */
    @Bean
    @ConditionalOnBean(JdbcStore.class)
    @ConditionalOnMissingBean
    CleaningStore carillonCleaningStore(JdbcStore store) {
        return store.cleaningStore();
    }

    /** What people see and do of this application's own messages. */
    @Bean
    @Order(Ordered.HIGHEST_PRECEDENCE)
    @ConditionalOnBean(JdbcStore.class)
    MessageOperations carillonMessageOperations(
            JdbcStore store, MessageQueries queries, MessageSearch search, MessageCommands commands, Audit audit) {
        return new MessageOperations(queries.store(), queries, search, store.groupLags(), commands, audit);
    }
}

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

import io.carillon.jobs.JobEngine;
import io.carillon.messages.operations.MessageCommands;
import io.carillon.messages.operations.MessageSearch;
import io.carillon.messages.recovery.AgedTable;
import io.carillon.messages.recovery.CleanHistory;
import io.carillon.messages.recovery.DiscardDead;
import io.carillon.spring.MaintenanceProperties;
import io.carillon.spring.SystemTime;
import io.carillon.store.jdbc.JdbcStore;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.Stream;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;

/**
 * Hangs the cleaning of the tables that only grow on the job engine, as {@code {app}-clean-history}: the run history, the
 * marks of transactions, the audit, and every bean of type {@link AgedTable}. Also in services that have jobs and no
 * messages. Where a policy asks for it, also {@code {app}-discard-dead}.
 */
@AutoConfiguration(after = StoreAutoConfiguration.class)
@ConditionalOnClass({JobEngine.class, JdbcStore.class})
@ConditionalOnBean(JdbcStore.class)
@ConditionalOnBooleanProperty(name = "carillon.maintenance.enabled", matchIfMissing = true)
@EnableConfigurationProperties(MaintenanceProperties.class)
public class HistoryCleaningAutoConfiguration {

    private static final Duration BUDGET = Duration.ofSeconds(25);

    @Bean
    MaintenanceAutoConfiguration.MaintenanceJobs carillonHistoryCleaningJob(
            MaintenanceProperties properties,
            JdbcStore store,
            ObjectProvider<AgedTable> others,
            MessageSearch search,
            MessageCommands commands,
            Environment environment) {
        InstantSource time = SystemTime.instants();
        List<AgedTable> tables = Stream.concat(store.agedTables().stream(), others.orderedStream())
                .toList();
        MaintenanceAutoConfiguration.MaintenanceJobs jobs =
                new MaintenanceAutoConfiguration.MaintenanceJobs(properties.shardingTotalCount(), time);
        String application = environment.getProperty("spring.application.name", "application");
        Duration retention = properties.cleanHistory().retention();
        jobs.addKeeping(
                application + "-clean-history",
                properties.cleanHistory().cron(),
                "Deletes old runs of jobs, marks of transactions and entries of the audit.",
                "carillon.maintenance.clean-history",
                kept -> new CleanHistory(tables, kept == null ? retention : kept, BUDGET, time)::run);
        Duration dead = properties.discardDead().retention();
        if (dead != null) {
            jobs.add(
                    application + "-discard-dead",
                    properties.discardDead().cron(),
                    "Discards dead messages that nobody cared for in " + dead + ".",
                    "carillon.maintenance.discard-dead",
                    new DiscardDead(search, commands, dead, time)::run);
        }
        return jobs;
    }
}

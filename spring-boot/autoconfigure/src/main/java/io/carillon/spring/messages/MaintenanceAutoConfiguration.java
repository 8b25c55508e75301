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

import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.JobEngine;
import io.carillon.jobs.SimpleJob;
import io.carillon.messages.MessageServiceOptions;
import io.carillon.messages.central.ProducerCheck;
import io.carillon.messages.directory.LiveDirectory;
import io.carillon.messages.inbox.InboxStore;
import io.carillon.messages.model.StoredMessage;
import io.carillon.messages.outbox.MessageStore;
import io.carillon.messages.recovery.CheckBack;
import io.carillon.messages.recovery.CleanConsumed;
import io.carillon.messages.recovery.CleanSent;
import io.carillon.messages.recovery.CleaningCommands;
import io.carillon.messages.recovery.CleaningStore;
import io.carillon.messages.recovery.DiscardParked;
import io.carillon.messages.recovery.MaintenanceResult;
import io.carillon.messages.recovery.ParkedCommands;
import io.carillon.messages.recovery.ResendSending;
import io.carillon.messages.relay.Broker;
import io.carillon.messages.relay.MessageService;
import io.carillon.spring.MaintenanceProperties;
import io.carillon.spring.jobs.ScheduledJobs.JobContribution;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;

/**
 * Hangs the maintenance of messages on the job engine, as elastic jobs named after the application: {@code {app}-resend},
 * {@code {app}-clean-sent}, {@code {app}-clean-consumed}, and for the central mode {@code check-back}.
 *
 * <p>Where there is no engine, messages are still sent again by the message service's own poller; nothing is cleaned.
 */
@AutoConfiguration(after = {MessagesAutoConfiguration.class, CommandedCleaningAutoConfiguration.class})
@ConditionalOnClass({JobEngine.class, MessageService.class})
@ConditionalOnBean(MessageService.class)
@ConditionalOnBooleanProperty(name = "carillon.maintenance.enabled", matchIfMissing = true)
@EnableConfigurationProperties(MaintenanceProperties.class)
public class MaintenanceAutoConfiguration {

    private static final Logger log = LoggerFactory.getLogger(MaintenanceAutoConfiguration.class);

    /** One run of a maintenance job on one sharding item. */
    @FunctionalInterface
    interface Maintenance {

        MaintenanceResult run(Instant now, int shard, int shards);
    }

    @Bean
    static MessagesAutoConfiguration.MessageOptions carillonRetention(MaintenanceProperties properties) {
        return options -> options.retention(properties.retention());
    }

    @Bean
    MaintenanceJobs carillonMaintenanceJobs(
            MaintenanceProperties properties,
            MessageServiceOptions options,
            MessageStore store,
            InboxStore inbox,
            Broker broker,
            ObjectProvider<LiveDirectory> directory,
            ObjectProvider<ParkedCommands> parked,
            Environment environment) {
        String application = environment.getProperty("spring.application.name", options.producerGroup());
        MaintenanceJobs jobs = new MaintenanceJobs(properties.shardingTotalCount(), options.time());
        jobs.add(
                application + "-resend",
                properties.resend().cron(),
                "Sends messages again that are stuck in sending.",
                "carillon.maintenance.resend",
                new ResendSending(store, broker, options, waitsForPaused(directory.getIfAvailable()))::run);
        jobs.add(
                application + "-clean-sent",
                properties.cleanSent().cron(),
                "Deletes closed messages that were sent.",
                "carillon.maintenance.clean-sent",
                new CleanSent(store, options)::run);
        jobs.add(
                application + "-clean-consumed",
                properties.cleanConsumed().cron(),
                "Deletes confirmed messages that were received.",
                "carillon.maintenance.clean-consumed",
                new CleanConsumed(inbox, options)::run);
        Duration kept = properties.discardParked().retention();
        ParkedCommands commands = parked.getIfAvailable();
        if (kept != null && commands != null) {
            jobs.add(
                    application + "-discard-parked",
                    properties.discardParked().cron(),
                    "Gives received messages up that could not be handled and that nobody cared for in " + kept + ".",
                    "carillon.maintenance.discard-parked",
                    new DiscardParked(commands, kept, options.maintenanceBudget(), options.time())::run);
        }
        return jobs;
    }

    private static Predicate<StoredMessage> waitsForPaused(@Nullable LiveDirectory directory) {
        return message -> directory != null && directory.waitsForPaused(message);
    }

    private static Function<String, Optional<String>> registered(@Nullable LiveDirectory directory) {
        return producer ->
                directory == null ? Optional.empty() : directory.view().checkUrl(producer);
    }

    @Bean
    @ConditionalOnBooleanProperty(name = "carillon.messages.central.enabled")
    MaintenanceJobs carillonCheckBackJob(
            MaintenanceProperties properties,
            MessageServiceOptions options,
            MessageStore store,
            MessageService service,
            ProducerCheck check,
            ObjectProvider<LiveDirectory> directory) {
        MaintenanceJobs jobs = new MaintenanceJobs(properties.shardingTotalCount(), options.time());
        jobs.add(
                "check-back",
                properties.checkBack().cron(),
                "Asks producers about messages that wait for confirm.",
                "carillon.maintenance.check-back",
                new CheckBack(store, service.central(), check, options, registered(directory.getIfAvailable()))::run);
        return jobs;
    }

    /** The centre's jobs that have every service clean its own tables. */
    @Bean
    @ConditionalOnBean(CleaningCommands.class)
    MaintenanceJobs carillonCommandedCleaningJobs(
            MaintenanceProperties properties, MessageServiceOptions options, CleaningCommands commands) {
        MaintenanceJobs jobs = new MaintenanceJobs(properties.shardingTotalCount(), options.time());
        jobs.add(
                "command-clean-sent",
                properties.cleanSent().cron(),
                "Has every service delete closed messages that it sent.",
                "carillon.maintenance.clean-sent",
                (now, shard, shards) -> commands.run(CleaningStore.Kind.SENT, shard, shards));
        jobs.add(
                "command-clean-consumed",
                properties.cleanConsumed().cron(),
                "Has every service delete confirmed messages that it received.",
                "carillon.maintenance.clean-consumed",
                (now, shard, shards) -> commands.run(CleaningStore.Kind.CONSUMED, shard, shards));
        return jobs;
    }

    /** Jobs for the engine. Filled once, then only read. */
    static final class MaintenanceJobs implements JobContribution {

        private final List<Job> jobs = new ArrayList<>();
        private final int shards;
        private final InstantSource time;

        MaintenanceJobs(int shards, InstantSource time) {
            this.shards = shards;
            this.time = time;
        }

        void add(String name, String cron, String description, String source, Maintenance maintenance) {
            if (cron.equals("-")) {
                return;
            }
            SimpleJob job = context -> {
                MaintenanceResult result =
                        maintenance.run(time.instant(), context.getShardingItem(), context.getShardingTotalCount());
                context.reportHandled(result.handled());
                if (!result.isComplete()) {
                    log.info("{} left {} for its next run: {}", context.getJobName(), result.left(), result);
                }
            };
            jobs.add(new Job(
                    job,
                    JobConfiguration.newBuilder(name, shards)
                            .cron(cron)
                            .description(description)
                            .failover(true)
                            .overwrite(true)
                            .build(),
                    source));
        }

        @Override
        public List<Job> jobs() {
            return jobs;
        }
    }
}

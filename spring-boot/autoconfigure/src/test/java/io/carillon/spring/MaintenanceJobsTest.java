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
package io.carillon.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.SimpleJob;
import io.carillon.jobs.history.RunHistory;
import io.carillon.jobs.history.RunRecord;
import io.carillon.messages.model.MessageState;
import io.carillon.messages.model.StoredMessage;
import io.carillon.messages.operations.Audit;
import io.carillon.messages.outbox.MessageStore;
import io.carillon.spring.central.CentralAutoConfiguration;
import io.carillon.spring.jobs.JobsAutoConfiguration;
import io.carillon.spring.messages.HistoryCleaningAutoConfiguration;
import io.carillon.spring.messages.MaintenanceAutoConfiguration;
import io.carillon.spring.messages.MessagesAutoConfiguration;
import io.carillon.spring.messages.StoreAutoConfiguration;
import io.carillon.testkit.jobs.ShardingContexts;
import io.carillon.testkit.messages.Messages;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

class MaintenanceJobsTest {

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    DataSourceAutoConfiguration.class,
                    DataSourceTransactionManagerAutoConfiguration.class,
                    StoreAutoConfiguration.class,
                    MessagesAutoConfiguration.class,
                    CentralAutoConfiguration.class,
                    MaintenanceAutoConfiguration.class,
                    HistoryCleaningAutoConfiguration.class,
                    JobsAutoConfiguration.class))
            .withBean(RecordingEngine.class)
            .withPropertyValues(
                    "spring.application.name=shop",
                    "spring.datasource.generate-unique-name=true",
                    "carillon.store.create-tables=true",
                    "carillon.messages.broker=in-jvm");

    @Test
    void theJobsOfTheOriginalRunByItsSchedules() {
        runner.run(context -> {
            Map<String, JobConfiguration> jobs = context.getBean(RecordingEngine.class).configurations;
            assertThat(jobs)
                    .containsOnlyKeys("shop-resend", "shop-clean-sent", "shop-clean-consumed", "shop-clean-history");
            assertThat(jobs.get("shop-resend").getCron()).isEqualTo("0/30 * * * * ?");
            assertThat(jobs.get("shop-clean-sent").getCron()).isEqualTo("0 0 1 1/1 * ?");
            assertThat(jobs.get("shop-clean-consumed").getCron()).isEqualTo("0 0 0 1/1 * ?");
            assertThat(jobs.get("shop-clean-history").getCron()).isEqualTo("0 0 2 * * ?");
            assertThat(jobs.values())
                    .allSatisfy(job -> assertThat(job.getShardingTotalCount()).isEqualTo(1));
        });
    }

    @Test
    void theCentreAlsoChecksBack() {
        runner.withPropertyValues("carillon.messages.central.enabled=true")
                .run(context -> assertThat(context.getBean(RecordingEngine.class)
                                .configurations
                                .get("check-back")
                                .getCron())
                        .isEqualTo("0 0/10 * * * ?"));
    }

    @Test
    void schedulesShardsAndAbsenceAreSettings() {
        runner.withPropertyValues(
                        "carillon.maintenance.resend.cron=-",
                        "carillon.maintenance.clean-sent.cron=0/5 * * * * ?",
                        "carillon.maintenance.sharding-total-count=4",
                        "carillon.jobs.schedules.shop-clean-consumed.sharding-total-count=2")
                .run(context -> {
                    Map<String, JobConfiguration> jobs = context.getBean(RecordingEngine.class).configurations;
                    assertThat(jobs).containsOnlyKeys("shop-clean-sent", "shop-clean-consumed", "shop-clean-history");
                    assertThat(jobs.get("shop-clean-sent").getCron()).isEqualTo("0/5 * * * * ?");
                    assertThat(jobs.get("shop-clean-sent").getShardingTotalCount())
                            .isEqualTo(4);
                    assertThat(jobs.get("shop-clean-consumed").getShardingTotalCount())
                            .isEqualTo(2);
                });
        runner.withPropertyValues("carillon.maintenance.enabled=false")
                .run(context -> assertThat(context.getBean(RecordingEngine.class).configurations)
                        .isEmpty());
    }

    @Test
    void aMaintenanceJobReportsWhatItHandled() {
        runner.withPropertyValues("carillon.maintenance.retention=1ms").run(context -> {
            assertThat(context).hasNotFailed();
            SimpleJob clean =
                    (SimpleJob) context.getBean(RecordingEngine.class).jobs.get("shop-clean-sent");
            ShardingContexts.TestShardingContext item = ShardingContexts.of("shop-clean-sent", 0, 1);
            clean.execute(item);
            assertThat(item.handled()).isZero();
        });
    }

    @Test
    void oldRunsAreDeletedAndYoungOnesStay() {
        runner.withPropertyValues("carillon.maintenance.clean-history.retention=1h")
                .run(context -> {
                    RunHistory history = context.getBean(RunHistory.class);
                    Instant now = SystemTime.instants().instant();
                    history.record(List.of(run(now.minusSeconds(3700)), run(now.minusSeconds(60))));
                    SimpleJob clean = (SimpleJob)
                            context.getBean(RecordingEngine.class).jobs.get("shop-clean-history");
                    ShardingContexts.TestShardingContext item = ShardingContexts.of("shop-clean-history", 0, 1);
                    clean.execute(item);
                    assertThat(item.handled()).isEqualTo(1);
                    assertThat(history.latest("", 10)).hasSize(1);
                });
        runner.withPropertyValues("carillon.maintenance.clean-history.retention=0s")
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .hasMessageContaining("carillon.maintenance.clean-history.retention"));
    }

    @Test
    void deadMessagesAreDiscardedOnlyWhereAPolicySaysSo() {
        runner.withPropertyValues("carillon.maintenance.discard-dead.retention=90d")
                .run(context -> {
                    MessageStore store = context.getBean(MessageStore.class);
                    Instant now = SystemTime.instants().instant();
                    StoredMessage old = dead(store, now.minus(Duration.ofDays(91)));
                    StoredMessage young = dead(store, now.minus(Duration.ofDays(89)));
                    RecordingEngine engine = context.getBean(RecordingEngine.class);
                    assertThat(engine.configurations.get("shop-discard-dead").getCron())
                            .isEqualTo("0 30 2 * * ?");
                    SimpleJob discard = (SimpleJob) engine.jobs.get("shop-discard-dead");
                    ShardingContexts.TestShardingContext item = ShardingContexts.of("shop-discard-dead", 0, 1);
                    discard.execute(item);
                    discard.execute(ShardingContexts.of("shop-discard-dead", 0, 1));
                    assertThat(item.handled()).isEqualTo(1);
                    assertThat(store.find(old.id()).orElseThrow().state()).isEqualTo(MessageState.CANCELLED);
                    assertThat(store.find(young.id()).orElseThrow().state()).isEqualTo(MessageState.DEAD);
                    assertThat(context.getBean(Audit.class).latest(null, 10))
                            .singleElement()
                            .satisfies(entry -> assertThat(entry.who()).isEqualTo("carillon"));
                });
    }

    private static StoredMessage dead(MessageStore store, Instant made) {
        StoredMessage message = Messages.sending(made, "orders", "placed", "nobody", made.plusSeconds(20));
        store.append(List.of(message));
        store.bury(List.of(new MessageStore.Attempt(message.id(), message.attempt())), "no route");
        return message;
    }

    private static RunRecord run(Instant started) {
        return new RunRecord(
                UUID.nameUUIDFromBytes(started.toString().getBytes(StandardCharsets.UTF_8)),
                "job",
                0,
                "instance",
                1,
                RunRecord.Source.NORMAL_TRIGGER,
                started,
                started,
                started,
                RunRecord.Outcome.SUCCEEDED,
                0,
                null);
    }

    @Test
    void messagesWorkWithoutJobsOnTheClassPathAndWithoutAWebServer() {
        new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(
                        DataSourceAutoConfiguration.class,
                        DataSourceTransactionManagerAutoConfiguration.class,
                        StoreAutoConfiguration.class,
                        MessagesAutoConfiguration.class,
                        CentralAutoConfiguration.class,
                        MaintenanceAutoConfiguration.class,
                        HistoryCleaningAutoConfiguration.class,
                        JobsAutoConfiguration.class))
                .withClassLoader(new FilteredClassLoader(
                        "io.carillon.jobs.JobEngine", "org.quartz", "org.springframework.web", "org.apache.rocketmq"))
                .withPropertyValues(
                        "spring.application.name=shop",
                        "spring.datasource.generate-unique-name=true",
                        "carillon.store.create-tables=true",
                        "carillon.messages.broker=in-jvm")
                .run(context ->
                        assertThat(context).hasNotFailed().hasSingleBean(io.carillon.messages.ReliableMessages.class));
    }
}

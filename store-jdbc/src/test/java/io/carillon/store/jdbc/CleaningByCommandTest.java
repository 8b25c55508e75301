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

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.messages.MessageServiceOptions;
import io.carillon.messages.inbox.InboxStore;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.model.MessageState;
import io.carillon.messages.model.StoredMessage;
import io.carillon.messages.outbox.MessageStore;
import io.carillon.messages.recovery.CleanOnCommand;
import io.carillon.messages.recovery.CleaningCommands;
import io.carillon.messages.recovery.CleaningStore;
import io.carillon.messages.recovery.CleaningStore.Kind;
import io.carillon.messages.recovery.CleaningStore.Progress;
import io.carillon.messages.recovery.CleaningStore.Task;
import io.carillon.messages.relay.InJvmBroker;
import io.carillon.messages.relay.MessageService;
import io.carillon.testkit.messages.Await;
import io.carillon.testkit.messages.ManualTime;
import io.carillon.testkit.messages.Messages;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A centre commands cleanings as reliable messages; services clean their own tables and report their counts. */
@Timeout(300)
class CleaningByCommandTest {

    private static final Instant NOW = Instant.parse("2026-11-27T10:00:00Z");
    private static final Instant OLD = NOW.minus(Duration.ofDays(8));
    private static final Instant YOUNG = NOW.minus(Duration.ofDays(2));

    private final ManualTime time = new ManualTime(NOW);
    private final InJvmBroker broker = new InJvmBroker();
    private final Seed seed = new Seed();

    /** A service with a database of its own. */
    private final class Node implements AutoCloseable {

        final JdbcStore jdbc;
        final JdbcTransactions transactions;
        final MessageServiceOptions options;
        final MessageService service;
        final CleanOnCommand clean;
        final CleaningCommands commands;

        Node(String name) {
            DataSource dataSource = TestDatabase.H2.withTables();
            transactions = new JdbcTransactions(dataSource);
            jdbc = JdbcStore.open(dataSource, transactions.connections());
            options = MessageServiceOptions.of(name)
                    .time(time)
                    .pollInterval(Duration.ofMillis(10))
                    .completionDelay(Duration.ofMillis(1))
                    .build();
            MessageStore store = jdbc.messageStore();
            InboxStore inbox = jdbc.inboxStore();
            service = MessageService.start(options, store, inbox, transactions, broker);
            clean = new CleanOnCommand(
                    jdbc.cleaningStore(), store, inbox, service.reliableMessages(), transactions, options);
            commands = new CleaningCommands(
                    service.reliableMessages(), transactions, store, jdbc.cleaningStore(), options);
        }

        void obey() {
            clean.start();
            service.subscribe(
                    CleaningCommands.group(options.producerGroup()),
                    CleaningCommands.COMMAND_TOPIC,
                    Set.of(),
                    clean::commanded,
                    1);
        }

        List<MessageId> seed(Instant at, MessageState state, int count) {
            List<StoredMessage> rows = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                rows.add(seed.message(at.plusMillis(i), state, at, null));
            }
            jdbc.messageStore().append(rows);
            return rows.stream().map(StoredMessage::id).toList();
        }

        long there(List<MessageId> ids) {
            return ids.stream()
                    .filter(id -> jdbc.messageStore().find(id).isPresent())
                    .count();
        }

        @Override
        public void close() {
            clean.close();
            service.close();
        }
    }

    @Test
    void eachServiceCleansItsOwnTablesShardByShardAndReportsItsCounts() throws Exception {
        try (Node centre = new Node("centre");
                Node orders = new Node("orders");
                Node points = new Node("points")) {
            List<MessageId> expired = orders.seed(OLD, MessageState.FINISHED, 2500);
            List<MessageId> unfinished = orders.seed(OLD, MessageState.SENT, 7);
            List<MessageId> dead = orders.seed(OLD, MessageState.DEAD, 3);
            List<MessageId> young = orders.seed(YOUNG, MessageState.FINISHED, 11);
            List<MessageId> others = points.seed(OLD, MessageState.CANCELLED, 40);
            centre.service.subscribe(
                    "centre-reports", CleaningCommands.REPORT_TOPIC, Set.of(), centre.commands::reported, 1);
            orders.obey();
            points.obey();
            Await.until(
                    "the centre knows both",
                    () -> centre.jdbc
                                    .messageStore()
                                    .subscribers(CleaningCommands.COMMAND_TOPIC, "SENT")
                                    .size()
                            == 2);

            List<Task> tasks = centre.commands.command(Kind.SENT, Duration.ofDays(7), 3);
            assertThat(tasks).hasSize(6);
            Await.until("all have reported", () -> centre.jdbc.cleaningStore().latest(100).stream()
                    .allMatch(progress -> progress.doneAt() != null));

            assertThat(orders.there(expired)).isZero();
            assertThat(points.there(others)).isZero();
            assertThat(orders.there(unfinished)).isEqualTo(7);
            assertThat(orders.there(dead)).isEqualTo(3);
            assertThat(orders.there(young)).isEqualTo(11);
            List<Progress> reported = centre.jdbc.cleaningStore().latest(100);
            assertThat(reported).hasSize(6).allMatch(progress -> progress.left() == 0);
            assertThat(sum(reported, "orders")).isEqualTo(2500);
            assertThat(sum(reported, "points")).isEqualTo(40);
        } finally {
            broker.close();
        }
    }

    private static long sum(List<Progress> progress, String service) {
        return progress.stream()
                .filter(each -> each.task().service().equals(service))
                .mapToLong(Progress::deleted)
                .sum();
    }

    @Test
    void whatMayStillArriveAgainIsNeverCleaned() {
        try (Node centre = new Node("centre")) {
            assertThatThrownBy(() -> centre.commands.command(Kind.CONSUMED, Duration.ofHours(1), 1))
                    .hasMessageContaining("retention: PT1H (expected: PT24H or longer)");
            assertThatThrownBy(() -> centre.commands.command(Kind.SENT, Duration.ofDays(7), 0))
                    .hasMessageContaining("shards: 0 (expected: 1..1000)");
            assertThat(centre.jdbc.cleaningStore().latest(10)).isEmpty();
        } finally {
            broker.close();
        }
    }

    @ParameterizedTest
    @EnumSource(TestDatabase.class)
    void aTaskWhoseProcessDiedIsTakenUpByAnotherWhenItsLeaseEnds(TestDatabase database) {
        DataSource dataSource = database.withTables();
        JdbcStore jdbc = JdbcStore.open(dataSource, Connections.of(dataSource));
        CleaningStore store = jdbc.cleaningStore();
        Task task = new Task(Messages.id(NOW), "orders", 0, 1, Kind.SENT, OLD);
        store.ask(List.of(task));
        store.ask(List.of(task));
        Instant until = NOW.plusSeconds(60);
        assertThat(store.claim("points", "a", NOW, until, 10)).isEmpty();
        assertThat(store.claim("orders", "a", NOW, until, 10)).containsExactly(task);
        assertThat(store.claim("orders", "b", NOW, until, 10)).isEmpty();
        assertThat(store.progressed(task, "a", 100, until)).isTrue();
        assertThat(store.claim("orders", "b", until, until.plusSeconds(60), 10)).containsExactly(task);
        assertThat(store.progressed(task, "a", 100, until))
                .as("the one that was late")
                .isFalse();
        assertThat(store.progressed(task, "b", 20, until)).isTrue();
        store.failed(task, "no route");
        assertThat(store.latest(10)).singleElement().satisfies(progress -> {
            assertThat(progress.error()).isEqualTo("no route");
            assertThat(progress.doneAt()).isNull();
        });
        Progress done = store.done(task, 0, until);
        assertThat(done).isEqualTo(new Progress(task, 120, 0, null, until));
        assertThat(store.latest(10)).containsExactly(done);
        store.report(new Progress(task, 7, 0, null, until));
        assertThat(store.latest(10).get(0).deleted()).isEqualTo(7);
        assertThat(jdbc.agedTables())
                .filteredOn(table -> table.name().equals(Tables.CLEANING))
                .singleElement()
                .satisfies(table -> {
                    assertThat(table.clean(NOW, 100, () -> true).deleted()).isZero();
                    assertThat(table.clean(NOW.plusSeconds(1), 100, () -> true).deleted())
                            .isEqualTo(1);
                });
    }
}

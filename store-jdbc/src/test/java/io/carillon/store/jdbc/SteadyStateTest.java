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

import io.carillon.messages.Message;
import io.carillon.messages.MessageServiceOptions;
import io.carillon.messages.Reception;
import io.carillon.messages.model.MessageState;
import io.carillon.messages.outbox.MessageStore;
import io.carillon.messages.relay.InJvmBroker;
import io.carillon.messages.relay.MessageService;
import io.carillon.testkit.messages.Await;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What a message costs the databases of its producer and of its consumer while the services run, counted at the driver, and
 * on MariaDB at the server too.
 */
@ParameterizedClass
@EnumSource(TestDatabase.class)
@Timeout(300)
class SteadyStateTest {

    private static final int MESSAGES = 1000;

    @Parameter
    TestDatabase database;

    private final InJvmBroker broker = new InJvmBroker();
    private final List<AutoCloseable> open = new ArrayList<>();
    private Node producer;
    private Node consumer;

    /** A service on a database of its own. */
    private static final class Node {
        final DataSource dataSource;
        final CountingDataSource counted;
        final JdbcTransactions transactions;
        final MessageStore store;
        final MessageService service;

        Node(String group, DataSource dataSource, InJvmBroker broker) {
            this.dataSource = dataSource;
            this.counted = new CountingDataSource(dataSource);
            this.transactions = new JdbcTransactions(counted);
            JdbcStore jdbc = JdbcStore.open(counted, transactions.connections());
            this.store = jdbc.messageStore();
            MessageServiceOptions options = MessageServiceOptions.of(group).build();
            this.service = MessageService.start(options, store, jdbc.inboxStore(), transactions, broker);
        }

        /** What the server has executed and committed so far; empty where it does not say so at once. */
        Map<String, Long> server() {
            List<String> rows = TestDatabase.rows(
                    dataSource,
                    "SHOW GLOBAL STATUS WHERE Variable_name IN"
                            + " ('Com_select', 'Com_insert', 'Com_update', 'Com_delete', 'Com_commit')");
            return rows.stream()
                    .map(row -> row.split(" \\| "))
                    .collect(java.util.stream.Collectors.toMap(row -> row[0], row -> Long.parseLong(row[1])));
        }
    }

    @BeforeEach
    void start() {
        producer = node("orders-service", database.withTables());
        DataSource other = database.empty();
        JdbcStore.createTables(other);
        consumer = node("points-service", other);
    }

    private Node node(String group, DataSource dataSource) {
        Node node = new Node(group, dataSource, broker);
        open.add(0, node.service);
        return node;
    }

    @AfterEach
    void stop() throws Exception {
        for (AutoCloseable each : open) {
            each.close();
        }
        broker.close();
    }

    private void sendAll() throws Exception {
        ExecutorService callers = Executors.newFixedThreadPool(4);
        try {
            List<Callable<Object>> work = new ArrayList<>();
            for (int i = 0; i < MESSAGES; i++) {
                work.add(() -> producer.transactions.inNew(() -> producer.service
                        .reliableMessages()
                        .send(Message.to("orders", "placed").json("{}").build())));
            }
            for (Future<Object> each : callers.invokeAll(work)) {
                each.get();
            }
        } finally {
            callers.shutdown();
        }
    }

    private void awaitFinished(int count) {
        // asked for beside the counted connections
        Await.until(count + " messages are finished", () -> TestDatabase.rows(
                        producer.dataSource,
                        "SELECT COUNT(*) FROM CARILLON_MESSAGE WHERE state = " + MessageState.FINISHED.code())
                .equals(List.of("" + count)));
    }

    private void awaitSubscription() {
        Await.until(
                "the subscription is known",
                () -> producer.store.subscribers("orders", "placed").contains("points"));
    }

    @Test
    void aMessageCostsLittleMoreThanItsInsertInEachOfTheTwoDatabases() throws Exception {
        consumer.service.subscribe("points", "orders", Set.of(), message -> {}, 4);
        awaitSubscription();
        producer.counted.reset();
        consumer.counted.reset();
        Map<String, Long> before = database == TestDatabase.MARIADB ? producer.server() : Map.of();

        sendAll();
        awaitFinished(MESSAGES);

        assertThat(producer.counted.statements()).as("statements").isLessThanOrEqualTo(2_100);
        assertThat(producer.counted.commits()).as("commits").isLessThanOrEqualTo(1_100);
        assertThat(consumer.counted.statements())
                .as("one inbox insert each, and confirmations in bulk")
                .isBetween(MESSAGES, 1_150);
        assertThat(consumer.counted.commits()).as("in the handler's own commit").isLessThanOrEqualTo(1_100);
        if (database == TestDatabase.MARIADB) { // both databases are on one server
            Map<String, Long> after = producer.server();
            long commits = after.get("Com_commit") - before.get("Com_commit");
            after.keySet().remove("Com_commit");
            long statements = after.entrySet().stream()
                    .mapToLong(each -> each.getValue() - before.get(each.getKey()))
                    .sum();
            assertThat(commits).as("commits at the server, of both").isLessThanOrEqualTo(2_200);
            // a JDBC batch counts once at the driver and once per row here: a row per message in each of the two stores
            assertThat(statements)
                    .as("statements at the server, of both")
                    .isLessThanOrEqualTo(2_100 + 1_150 + MESSAGES);
        }
    }

    @Test
    void aBatchOfMessagesCostsItsConsumerOneCommit() throws Exception {
        consumer.service.subscribeInBatches(
                "points",
                "orders",
                Set.of(),
                messages -> {},
                Reception.concurrently(2).inBatches(50, Duration.ofMillis(200)));
        awaitSubscription();
        consumer.counted.reset();

        sendAll();
        awaitFinished(MESSAGES);

        assertThat(consumer.counted.commits()).as("commits").isLessThanOrEqualTo(MESSAGES / 4);
        assertThat(consumer.counted.statements()).as("statements").isLessThanOrEqualTo(MESSAGES / 2);
    }

    @Test
    void anIdleNodeAsksAtMostTwiceASecond() throws Exception {
        Assumptions.assumeTrue(database == TestDatabase.MARIADB, "the questions are the same for all databases");
        consumer.service.subscribe("points", "orders", Set.of(), message -> {}, 4);
        awaitSubscription();
        producer.counted.reset();
        consumer.counted.reset();
        awaitQuestions(4); // it looks more often at first
        producer.counted.reset();
        consumer.counted.reset();
        double begun = serverSeconds();
        Map<String, Long> before = producer.server();
        awaitQuestions(3);
        long asked = producer.server().get("Com_select") - before.get("Com_select");
        double seconds = serverSeconds() - begun; // a slow machine only makes this longer
        assertThat(producer.counted.statements() / seconds).isLessThanOrEqualTo(2.0);
        assertThat(consumer.counted.statements() / seconds).isLessThanOrEqualTo(2.0);
        assertThat(producer.counted.commits() + consumer.counted.commits()).isLessThanOrEqualTo(2);
        assertThat(asked / seconds).as("at the server, by both nodes").isLessThanOrEqualTo(4.0);
    }

    private double serverSeconds() {
        return Double.parseDouble(TestDatabase.rows(producer.dataSource, "SELECT UNIX_TIMESTAMP(NOW(3))")
                .get(0));
    }

    private void awaitQuestions(int count) {
        Await.until(
                count + " questions of each",
                () -> producer.counted.statements() >= count && consumer.counted.statements() >= count);
    }
}

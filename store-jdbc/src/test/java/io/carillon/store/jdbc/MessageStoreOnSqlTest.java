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

import static io.carillon.store.jdbc.Seed.NOW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.messages.InvalidMessageException;
import io.carillon.messages.Message;
import io.carillon.messages.inbox.InboxStore;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.model.MessageState;
import io.carillon.messages.model.StoredMessage;
import io.carillon.messages.operations.MessageFilter;
import io.carillon.messages.operations.MessageQueries;
import io.carillon.messages.operations.MessageSearch;
import io.carillon.messages.outbox.MessageStore;
import io.carillon.messages.outbox.MessageStore.Attempt;
import io.carillon.messages.outbox.MessageStore.ConfirmedBy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TimeZone;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What the contract of the port cannot see: concurrency on real locks, statement counts, what fits a column. */
@ParameterizedClass
@EnumSource(TestDatabase.class)
class MessageStoreOnSqlTest {

    private static final Duration LEASE = Duration.ofSeconds(30);
    private static final Duration CONFIRM_TIMEOUT = Duration.ofMinutes(5);
    private static final Set<MessageState> SENDING = Set.of(MessageState.SENDING);

    @Parameter
    TestDatabase database;

    private final Seed seed = new Seed();
    private DataSource dataSource;
    private JdbcTransactions transactions;
    private JdbcStore jdbc;
    private MessageStore store;

    @BeforeEach
    void open() {
        dataSource = database.withTables();
        transactions = new JdbcTransactions(dataSource);
        jdbc = JdbcStore.open(dataSource, transactions.connections());
        store = jdbc.messageStore();
    }

    private List<StoredMessage> append(int count, MessageState state) {
        List<StoredMessage> messages = IntStream.range(0, count)
                .mapToObj(i -> seed.message(NOW.minusSeconds(60).plusMillis(i), state))
                .toList();
        store.append(messages);
        return messages;
    }

    private static List<Attempt> attempts(List<StoredMessage> messages) {
        return messages.stream()
                .map(message -> new Attempt(message.id(), message.attempt()))
                .toList();
    }

    @Test
    void everyPartOfAMessageComesBackAsItWas() {
        byte[] payload = new byte[3_000_000];
        new java.util.Random(1).nextBytes(payload);
        StoredMessage message = new StoredMessage(
                seed.id(NOW),
                Message.to("订单 🔔", "")
                        .key("k'\"\\")
                        .payload(payload, "application/x; a=b")
                        .delay(Duration.ofMillis(1500))
                        .header("traceparent", "00-1")
                        .header("名 =&", "值\n")
                        .build(),
                "orders",
                MessageState.WAITING_CONFIRM,
                7,
                Instant.ofEpochMilli(1_999_999_999_999L),
                null,
                "x".repeat(1500),
                "http://orders/check");
        store.append(List.of(message));
        TimeZone zone = TimeZone.getDefault();
        StoredMessage found;
        try {
            TimeZone.setDefault(TimeZone.getTimeZone("Asia/Kathmandu"));
            found = store.find(message.id()).orElseThrow();
        } finally {
            TimeZone.setDefault(zone);
        }
        assertThat(found.message().payload()).isEqualTo(payload);
        assertThat(found.message())
                .usingRecursiveComparison()
                .ignoringFields("payload")
                .isEqualTo(message.message());
        assertThat(found)
                .usingRecursiveComparison()
                .ignoringFields("message", "lastError")
                .isEqualTo(message);
        assertThat(found.lastError()).isEqualTo("x".repeat(1000));
    }

    @Test
    void whatDoesNotFitIsRefusedBeforeAnythingIsWritten() {
        StoredMessage good = seed.message(NOW, MessageState.SENDING);
        Message large = Message.to("T", "").header("h", "x".repeat(33_000)).build();
        StoredMessage bad =
                new StoredMessage(seed.id(NOW), large, "orders", MessageState.SENDING, 0, NOW, null, null, null);
        assertThatThrownBy(() -> store.append(List.of(good, bad)))
                .isInstanceOf(InvalidMessageException.class)
                .hasMessageStartingWith("headers: 33002 characters when encoded (expected: 0..32000 characters)");
        assertThat(store.countByState()).isEmpty();
    }

    @Test
    void aBatchWithARowThatIsThereLeavesTheCallersTransactionAsItWas() throws Exception {
        StoredMessage there = seed.message(NOW, MessageState.SENDING);
        store.append(List.of(there));
        StoredMessage first = seed.message(NOW, MessageState.SENDING);
        StoredMessage second = seed.message(NOW, MessageState.SENDING);
        transactions.inNew(() -> {
            store.append(List.of(first));
            assertThatThrownBy(() -> store.append(List.of(second, there))).isInstanceOf(StoreException.class);
            return null;
        });
        assertThat(store.find(first.id())).isPresent();
        assertThat(store.find(second.id())).isEmpty();
    }

    @Test
    void claimersThatRunAtOnceShareTheRowsAndNoneTakesOneTwice() throws Exception {
        Set<MessageId> all = new HashSet<>(append(600, MessageState.SENDING).stream()
                .map(StoredMessage::id)
                .toList());
        int claimers = 4;
        CyclicBarrier start = new CyclicBarrier(claimers);
        ExecutorService threads = Executors.newFixedThreadPool(claimers);
        try {
            List<Future<List<MessageId>>> claimed = new ArrayList<>();
            for (int i = 0; i < claimers; i++) {
                String owner = "node-" + i;
                Callable<List<MessageId>> claimer = () -> {
                    List<MessageId> mine = new ArrayList<>();
                    start.await(60, TimeUnit.SECONDS);
                    while (true) {
                        List<StoredMessage> batch = store.claimDue(SENDING, owner, LEASE, 20, NOW, null);
                        if (batch.isEmpty()
                                && store.claimDue(SENDING, owner, LEASE, 1, NOW, null)
                                        .isEmpty()) {
                            return mine;
                        }
                        batch.forEach(message -> mine.add(message.id()));
                    }
                };
                claimed.add(threads.submit(claimer));
            }
            List<MessageId> taken = new ArrayList<>();
            for (Future<List<MessageId>> part : claimed) {
                taken.addAll(part.get(120, TimeUnit.SECONDS));
            }
            assertThat(taken).doesNotHaveDuplicates();
            assertThat(all).containsAll(taken);
            assertThat(TestDatabase.rows(dataSource, "SELECT id FROM CARILLON_MESSAGE WHERE attempt > 1"))
                    .isEmpty();
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void openBusinessTransactionsHoldUpNobody() throws Exception {
        store.subscribe("points", Map.of("ORDERS", Set.of("*")), NOW);
        StoredMessage message = append(1, MessageState.SENDING).get(0);
        StoredMessage old = seed.message(NOW.minus(Duration.ofDays(9)), MessageState.FINISHED);
        store.append(List.of(old));
        ExecutorService other = Executors.newSingleThreadExecutor();
        try {
            transactions.inNew(() -> {
                // rows on both sides of the others', not committed
                store.append(List.of(
                        seed.message(NOW.minus(Duration.ofDays(10)), MessageState.SENDING),
                        seed.message(NOW.minus(Duration.ofDays(9)), MessageState.SENDING),
                        seed.message(NOW, MessageState.SENDING)));
                jdbc.inboxStore().receive(seed.id(NOW), "points", "orders", NOW);
                Future<?> done = other.submit(() -> {
                    List<StoredMessage> claimed = store.claimDue(SENDING, "node-1", LEASE, 10, NOW, null);
                    assertThat(claimed).extracting(StoredMessage::id).containsExactly(message.id());
                    assertThat(store.release("node-1", NOW)).isEqualTo(1);
                    assertThat(store.postpone(attempts(claimed), NOW, "later", true))
                            .hasSize(1);
                    assertThat(store.acknowledged(attempts(claimed), NOW, CONFIRM_TIMEOUT))
                            .hasSize(1);
                    assertThat(store.confirm(List.of(new ConfirmedBy(message.id(), "points")), NOW))
                            .isEqualTo(1);
                    assertThat(store.cleanClosed(null, MessageId.leastAt(NOW.minusSeconds(3600)), 0, 1, 10)
                                    .deleted())
                            .isEqualTo(1);
                    jdbc.inboxStore().confirmed(List.of(new InboxStore.Unconfirmed(message.id(), "points", "o")), NOW);
                    assertThat(jdbc.inboxStore().unconfirmed(10)).isEmpty();
                });
                return done.get(40, TimeUnit.SECONDS);
            });
        } finally {
            other.shutdownNow();
        }
    }

    @Test
    void acknowledgementsAndConfirmationsThatCrossFinishEveryMessage() throws Exception {
        store.subscribe("points", Map.of("ORDERS", Set.of("PLACED")), NOW);
        store.subscribe("mail", Map.of("ORDERS", Set.of("*")), NOW);
        List<StoredMessage> messages = append(300, MessageState.SENDING);
        List<Callable<Object>> work = new ArrayList<>();
        for (int from = 0; from < 300; from += 50) {
            List<StoredMessage> part = messages.subList(from, from + 50);
            work.add(() -> store.acknowledged(attempts(part), NOW, CONFIRM_TIMEOUT));
            for (String group : List.of("points", "mail")) {
                work.add(() -> store.confirm(
                        part.stream()
                                .map(message -> new ConfirmedBy(message.id(), group))
                                .toList(),
                        NOW));
            }
        }
        ExecutorService threads = Executors.newFixedThreadPool(6);
        try {
            for (Future<Object> done : threads.invokeAll(work, 120, TimeUnit.SECONDS)) {
                done.get();
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(store.countByState()).isEqualTo(Map.of(MessageState.FINISHED, 300L));
        assertThat(TestDatabase.rows(dataSource, "SELECT * FROM CARILLON_CONFIRMATION WHERE confirmed_at IS NULL"))
                .isEmpty();
    }

    @Test
    void aForeignRowIsParkedWithItsReasonAndTheOthersGoOn() {
        List<StoredMessage> messages = append(5, MessageState.SENDING);
        String headers = "'" + "x".repeat(10) + "=1&carillon-ordering=KEY_RELAXED'";
        change(messages.get(1), "topic = ''");
        change(messages.get(2), "msg_key = '', headers = " + headers);
        change(messages.get(3), "delay_ms = -5");
        MessageSearch search = jdbc.messageSearch();

        List<StoredMessage> claimed = store.claimDue(Set.of(MessageState.SENDING), "node-1", LEASE, 10, NOW, null);

        assertThat(claimed)
                .extracting(StoredMessage::id)
                .containsExactly(messages.get(0).id(), messages.get(4).id());
        assertThat(store.countByState()).isEqualTo(Map.of(MessageState.DEAD, 3L, MessageState.SENDING, 2L));
        assertThat(reason(messages.get(1))).startsWith("unreadable row: topic: 0 characters (expected: 1..120");
        assertThat(reason(messages.get(2))).startsWith("unreadable row: key: none (expected: a key, for KEY_RELAXED");
        assertThat(reason(messages.get(3))).startsWith("unreadable row: delay: ");
        assertThat(search.deadLetters(null, 10)).hasSize(3);
        assertThat(search.search(MessageFilter.all(), null, 10).found()).hasSize(5);
        assertThat(search.find(messages.get(1).id())).isPresent();
        assertThat(store.latest(MessageState.DEAD, 10)).hasSize(3);

        jdbc.messageChanges().replay(Map.of(messages.get(1).id(), NOW));
        change(messages.get(2), "msg_key = 'k'");
        jdbc.messageChanges().replay(Map.of(messages.get(2).id(), NOW));
        assertThat(store.claimDue(Set.of(MessageState.SENDING), "node-1", LEASE, 10, NOW, null))
                .extracting(StoredMessage::id)
                .as("the one that was corrected")
                .containsExactly(messages.get(2).id());
        assertThat(store.countByState()).containsEntry(MessageState.DEAD, 2L);
    }

    private void change(StoredMessage message, String assignment) {
        String hex = HexFormat.of().formatHex(message.id().toBytes());
        String id = database == TestDatabase.POSTGRESQL ? "'\\x" + hex + "'::bytea" : "X'" + hex + "'";
        TestDatabase.run(dataSource, "UPDATE CARILLON_MESSAGE SET " + assignment + " WHERE id = " + id);
    }

    private String reason(StoredMessage message) {
        return String.valueOf(store.find(message.id()).orElseThrow().lastError());
    }

    @Test
    void aRowWhoseIdIsNoIdStopsNoClaim() {
        Assumptions.assumeTrue(database == TestDatabase.POSTGRESQL, "the other databases take ids of 16 bytes only");
        List<StoredMessage> messages = append(2, MessageState.SENDING);
        TestDatabase.run(
                dataSource,
                "INSERT INTO CARILLON_MESSAGE (id, shard_hash, producer, topic, tag, msg_key, content_type, headers,"
                        + " payload, delay_ms, state, attempt, due_at)"
                        + " SELECT '\\x01'::bytea, shard_hash, producer, topic, tag, msg_key, content_type, headers,"
                        + " payload, delay_ms, state, attempt, due_at FROM CARILLON_MESSAGE LIMIT 1");
        assertThat(store.claimDue(Set.of(MessageState.SENDING), "node-1", LEASE, 10, NOW, null))
                .hasSize(2);
        assertThat(store.claimDue(Set.of(MessageState.SENDING), "node-1", LEASE, 10, NOW.plus(LEASE), null))
                .hasSize(2);
        assertThat(messages).hasSize(2);
    }

    @Test
    void aThousandMessagesCostAboutAStatementAndACommitEach() throws Exception {
        CountingDataSource counted = new CountingDataSource(dataSource);
        JdbcTransactions callers = new JdbcTransactions(counted);
        MessageStore counting = JdbcStore.open(counted, callers.connections()).messageStore();
        counting.subscribe("points", Map.of("ORDERS", Set.of("*")), NOW);
        List<StoredMessage> messages = IntStream.range(0, 1000)
                .mapToObj(i -> seed.message(NOW, MessageState.SENDING))
                .toList();

        counted.reset();
        for (StoredMessage message : messages) {
            callers.inNew(() -> {
                counting.append(List.of(message));
                return null;
            });
        }
        assertThat(counted.statements()).isEqualTo(1000);
        assertThat(counted.commits()).isEqualTo(1000);

        counted.reset();
        assertThat(counting.acknowledged(attempts(messages), NOW, CONFIRM_TIMEOUT))
                .hasSize(1000);
        // twice: lock the rows, read the subscriptions, read the confirmations, insert the expected ones, update
        assertThat(counted.statements()).isEqualTo(10);
        assertThat(counted.commits()).isEqualTo(2);

        counted.reset();
        assertThat(counting.confirm(
                        messages.stream()
                                .map(message -> new ConfirmedBy(message.id(), "points"))
                                .toList(),
                        NOW))
                .isEqualTo(1000);
        // twice: lock the rows, read the confirmations, mark them, update
        assertThat(counted.statements()).isEqualTo(8);
        assertThat(counted.commits()).isEqualTo(2);

        counted.reset();
        assertThat(counting.claimDue(
                        Set.of(MessageState.SENDING, MessageState.SENT),
                        "node-1",
                        LEASE,
                        500,
                        NOW.plusSeconds(900),
                        null))
                .isEmpty();
        assertThat(counted.statements()).as("idle").isEqualTo(1);
        assertThat(counted.commits()).as("idle").isZero();
    }

    @Test
    void namesThatDifferOnlyInCaseOrTrailingSpacesAreDifferent() {
        store.subscribe("points", Map.of("ORDERS", Set.of("A")), NOW);
        assertThat(store.subscribers("ORDERS", "A")).containsExactly("points");
        assertThat(store.subscribers("ORDERS", "a")).isEmpty();
        assertThat(store.subscribers("ORDERS", "A ")).isEmpty();
        assertThat(store.subscribers("orders", "A")).isEmpty();
        MessageId id = seed.id(NOW);
        InboxStore inbox = jdbc.inboxStore();
        assertThat(inbox.receive(id, "points", "orders", NOW)).isTrue();
        assertThat(inbox.receive(id, "Points", "orders", NOW)).isTrue();
        assertThat(inbox.receive(id, "points", "orders", NOW)).isFalse();
    }

    @Test
    void aMessageThatDiedUnacknowledgedIsFinishedByAllWhoSubscribeIt() {
        store.subscribe("points", Map.of("ORDERS", Set.of("*")), NOW);
        store.subscribe("mail", Map.of("ORDERS", Set.of("*")), NOW);
        StoredMessage message = append(1, MessageState.SENDING).get(0);
        store.bury(attempts(List.of(message)), "x".repeat(2000));
        assertThat(store.find(message.id()).orElseThrow().lastError()).hasSize(1000);
        assertThat(store.confirm(List.of(new ConfirmedBy(message.id(), "points")), NOW))
                .isZero();
        assertThat(store.confirm(List.of(new ConfirmedBy(message.id(), "mail")), NOW))
                .isEqualTo(1);
    }

    @Test
    void theQueriesCountEveryStateAndKnowTheOldestOpenMessage() {
        MessageQueries queries = jdbc.queries("orders", () -> NOW);
        assertThat(queries.oldestOpenAge()).isZero();
        append(3, MessageState.DEAD);
        append(2, MessageState.FINISHED);
        store.append(List.of(
                seed.message(NOW.minusSeconds(30), MessageState.SENT),
                seed.message(NOW.minusSeconds(50), MessageState.SENDING),
                seed.message(NOW.minusSeconds(40), MessageState.WAITING_CONFIRM)));
        Map<MessageState, Long> counts = new EnumMap<>(MessageState.class);
        counts.put(MessageState.WAITING_CONFIRM, 1L);
        counts.put(MessageState.SENDING, 1L);
        counts.put(MessageState.SENT, 1L);
        counts.put(MessageState.FINISHED, 2L);
        counts.put(MessageState.DEAD, 3L);
        counts.put(MessageState.CANCELLED, 0L);
        assertThat(queries.store()).isEqualTo("orders");
        assertThat(queries.countByState()).isEqualTo(counts);
        assertThat(queries.oldestOpenAge()).isEqualTo(Duration.ofSeconds(50));
        assertThat(queries.latest(MessageState.DEAD, 2)).hasSize(2).isSortedAccordingTo((a, b) -> b.id().compareTo(
                        a.id()));
        assertThat(queries.latest(null, 100)).hasSize(8);
        assertThat(jdbc.queries("orders").oldestOpenAge().isNegative()).isFalse();
        assertThat(queries.overdueConfirmations(Duration.ofSeconds(29))).isEqualTo(1);
        assertThat(queries.overdueConfirmations(Duration.ofSeconds(30))).isZero();
        assertThat(jdbc.queries("orders").overdueConfirmations(Duration.ofDays(-36_500)))
                .as("by the database's own clock")
                .isEqualTo(1);
    }

    @Test
    void aConcurrentDuplicateWaitsForTheFirstAndIsThenRefused() throws Exception {
        MessageId id = seed.id(NOW);
        InboxStore inbox = jdbc.inboxStore();
        ExecutorService other = Executors.newSingleThreadExecutor();
        try {
            Future<Boolean> duplicate = transactions.inNew(() -> {
                assertThat(inbox.receive(id, "points", "orders", NOW)).isTrue();
                java.util.concurrent.CountDownLatch started = new java.util.concurrent.CountDownLatch(1);
                Callable<Boolean> second = () -> transactions.inNew(() -> {
                    started.countDown();
                    return inbox.receive(id, "points", "orders", NOW);
                });
                Future<Boolean> result = other.submit(second);
                assertThat(started.await(60, TimeUnit.SECONDS)).isTrue();
                return result;
            });
            assertThat(duplicate.get(60, TimeUnit.SECONDS)).isFalse();
        } finally {
            other.shutdownNow();
        }
    }

    @Test
    void aDuplicateLeavesTheCallersTransactionUsable() throws Exception {
        MessageId id = seed.id(NOW);
        MessageId marked = seed.id(NOW);
        transactions.inNew(() -> jdbc.inboxStore().receive(id, "points", "orders", NOW));
        transactions.inNew(() -> {
            jdbc.transactionMarks().committed(marked);
            return null;
        });
        StoredMessage message = seed.message(NOW, MessageState.SENDING);
        transactions.inNew(() -> {
            assertThat(jdbc.inboxStore().receive(id, "points", "orders", NOW)).isFalse();
            jdbc.transactionMarks().committed(marked);
            store.append(List.of(message));
            return null;
        });
        assertThat(store.find(message.id())).isPresent();
        assertThat(jdbc.inboxStore().unconfirmed(10)).hasSize(1);
    }
}

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
package io.carillon.testkit.messages;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.messages.MessageServiceOptions;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.model.MessageState;
import io.carillon.messages.model.StoredMessage;
import io.carillon.messages.outbox.MessageStore.Attempt;
import io.carillon.messages.outbox.MessageStore.ConfirmedBy;
import io.carillon.messages.recovery.CleanConsumed;
import io.carillon.messages.recovery.CleanSent;
import io.carillon.messages.recovery.MaintenanceResult;
import io.carillon.messages.recovery.ResendSending;
import io.carillon.messages.relay.InJvmBroker;
import io.carillon.testkit.messages.FaultyBroker.Fault;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(300)
class RecoveryTest {

    private static final Instant NOW = Instant.parse("2026-11-22T10:00:00Z");

    private final ManualTime time = new ManualTime(NOW);
    private final ManualTransactions transactions = new ManualTransactions();
    private final InMemoryMessageStore store = new InMemoryMessageStore(transactions);
    private final InMemoryInboxStore inbox = new InMemoryInboxStore(transactions);
    private final FaultyBroker broker = new FaultyBroker(new InJvmBroker());
    private final MessageServiceOptions options = MessageServiceOptions.of("orders")
            .node("node-1")
            .maxAttempts(3)
            .time(time)
            .build();
    private final ResendSending resend = new ResendSending(store, broker, options);

    @AfterEach
    void close() {
        broker.close();
    }

    // ------------------------------------------------------------------ resend

    @Test
    void aMessageThatEveryRelayMissedIsSent() throws Exception {
        StoredMessage row = Messages.sending(NOW, "orders", "placed", "dead-node", NOW.plusSeconds(20));
        append(List.of(row));
        assertThat(resend.run(NOW.plusSeconds(19), 0, 1).handled()).isZero();
        MaintenanceResult result = resend.run(NOW.plusSeconds(20), 0, 1);
        assertThat(result.handled()).isEqualTo(1);
        assertThat(result.isComplete()).isTrue();
        assertThat(state(row)).isEqualTo(MessageState.FINISHED);
    }

    @Test
    void anUnconfirmedMessageIsSentAgainWithGrowingPatienceThenDeadThenRevivedByItsConfirmation() throws Exception {
        store.subscribe("points", Map.of("orders", Set.of("*")), NOW);
        StoredMessage row = Messages.sending(NOW, "orders", "placed", "node-1", NOW.plusSeconds(20));
        append(List.of(row));
        store.acknowledged(List.of(new Attempt(row.id(), 1)), NOW, options.confirmTimeout());

        assertThat(resend.run(NOW.plus(Duration.ofMinutes(4)), 0, 1).handled()).isZero();
        assertThat(resend.run(NOW.plus(Duration.ofMinutes(5)), 0, 1).handled()).isEqualTo(1);
        assertThat(resend.run(NOW.plus(Duration.ofMinutes(14)), 0, 1).handled()).isZero();
        assertThat(resend.run(NOW.plus(Duration.ofMinutes(15)), 0, 1).handled()).isEqualTo(1);
        assertThat(state(row)).isEqualTo(MessageState.SENT);
        assertThat(broker.published("orders")).hasSize(2);

        assertThat(resend.run(NOW.plus(Duration.ofMinutes(35)), 0, 1).handled()).isEqualTo(1);
        assertThat(state(row)).isEqualTo(MessageState.DEAD);
        assertThat(broker.published("orders")).hasSize(2);

        store.confirm(List.of(new ConfirmedBy(row.id(), "points")), NOW);
        assertThat(state(row)).isEqualTo(MessageState.FINISHED);
    }

    @Test
    void anUnavailableBrokerLeavesMessagesAndBurnsNothing() throws Exception {
        List<StoredMessage> rows = due(450);
        broker.next(Integer.MAX_VALUE, Fault.UNAVAILABLE, "orders");
        MaintenanceResult first = resend.run(NOW, 0, 1);
        assertThat(first.handled()).isZero();
        assertThat(first.left()).isEqualTo(450);
        int tried = broker.published("orders").size();
        assertThat(tried).as("after the first batch the circuit is open").isEqualTo(200);
        for (int i = 1; i <= 5; i++) {
            assertThat(resend.run(NOW.plusSeconds(100 * i), 0, 1).handled()).isZero();
        }
        assertThat(broker.published("orders").size() - tried)
                .as("a probe or two each time")
                .isLessThan(5 * 4);
        assertThat(rows).allMatch(row -> store.find(row.id()).orElseThrow().attempt() == 0);
        broker.recover();
        MaintenanceResult result = resend.run(NOW.plusSeconds(600), 0, 1);
        assertThat(result.handled() + resend.run(NOW.plusSeconds(601), 0, 1).handled())
                .isEqualTo(450);
        assertThat(rows).allMatch(row -> state(row) == MessageState.FINISHED);
    }

    @Test
    void aBrokerThatDoesNotAnswerCostsNoMessageATry() throws Exception {
        List<StoredMessage> rows = due(3);
        broker.next(Integer.MAX_VALUE, Fault.HOLD, "orders");
        ResendSending impatient = new ResendSending(
                store,
                broker,
                MessageServiceOptions.of("orders")
                        .maxAttempts(1)
                        .lease(Duration.ofMillis(100))
                        .time(time)
                        .build());
        for (int i = 0; i < 3; i++) {
            assertThat(impatient.run(NOW.plus(Duration.ofHours(i)), 0, 1).handled())
                    .isZero();
        }
        assertThat(rows)
                .allMatch(
                        row -> store.find(row.id()).orElseThrow().attempt() == 0 && state(row) == MessageState.SENDING);
        broker.recover();
        assertThat(impatient.run(NOW.plus(Duration.ofHours(4)), 0, 1).handled()).isEqualTo(3);
    }

    @Test
    void theLeasesOfALongRunCountFromEachClaim() throws Exception {
        due(250);
        List<Instant> ends = new ArrayList<>();
        MessageServiceOptions ticking = MessageServiceOptions.of("orders")
                .time(() -> time.advance(Duration.ofSeconds(3)))
                .build();
        broker.next(
                Integer.MAX_VALUE,
                Fault.DROP_ACK,
                message -> ends.add(store.find(message.id()).orElseThrow().dueAt()) && false);
        new ResendSending(store, broker, ticking).run(NOW, 0, 1);
        assertThat(ends.get(249)).isAfter(ends.get(0));
    }

    @Test
    void aMessageThatPublishThrowsForIsCountedAndDoesNotStopTheOthers() throws Exception {
        List<StoredMessage> rows = due(5);
        MessageId poison = rows.get(4).id();
        broker.next(Integer.MAX_VALUE, Fault.THROW, message -> message.id().equals(poison));
        resend.run(NOW, 0, 1);
        assertThat(rows.subList(0, 4)).allMatch(row -> state(row) == MessageState.FINISHED);
        resend.run(NOW.plus(Duration.ofHours(1)), 0, 1);
        resend.run(NOW.plus(Duration.ofHours(2)), 0, 1);
        assertThat(state(rows.get(4))).isEqualTo(MessageState.DEAD);
    }

    @Test
    void messagesNotDueNeverHideDueOnes() throws Exception {
        List<StoredMessage> rows = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            rows.add(Messages.unowned(NOW, "orders", "placed", MessageState.SENDING, NOW.plusSeconds(600)));
        }
        StoredMessage due = Messages.unowned(NOW, "orders", "placed", MessageState.SENDING, NOW);
        rows.add(due);
        append(rows);
        assertThat(resend.run(NOW, 0, 1).handled()).isEqualTo(1);
        assertThat(state(due)).isEqualTo(MessageState.FINISHED);
    }

    @Test
    void aRunEndsWithItsTimeBudgetAndTellsThatSomethingIsLeft() throws Exception {
        due(1000);
        MessageServiceOptions ticking = MessageServiceOptions.of("orders")
                .time(() -> time.advance(Duration.ofSeconds(10)))
                .build();
        MaintenanceResult result = new ResendSending(store, broker, ticking).run(NOW, 0, 1);
        assertThat(result.handled()).isBetween(200L, 800L);
        assertThat(result.isComplete()).isFalse();
    }

    // ------------------------------------------------------------------ clean

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 999, 1000, 1001, 2500})
    void cleaningLeavesNoExpiredClosedMessageAndTouchesNoOther(int count) throws Exception {
        Instant old = NOW.minus(Duration.ofDays(7)).minusMillis(1);
        List<StoredMessage> expired = new ArrayList<>();
        List<StoredMessage> others = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            expired.add(Messages.sending(old, "orders", "placed", "node-1", NOW));
            if (i % 10 == 0) {
                others.add(Messages.unowned(old, "orders", "placed", MessageState.SENDING, NOW));
            }
        }
        StoredMessage young = Messages.sending(NOW.minus(Duration.ofDays(7)), "orders", "placed", "node-1", NOW);
        append(expired);
        append(others);
        append(List.of(young));
        List<Attempt> attempts = new ArrayList<>();
        expired.forEach(row -> attempts.add(new Attempt(row.id(), 1)));
        attempts.add(new Attempt(young.id(), 1));
        store.acknowledged(attempts, NOW, options.confirmTimeout());

        CleanSent clean = new CleanSent(store, options);
        long deleted = 0;
        for (int shard = 0; shard < 3; shard++) {
            MaintenanceResult result = clean.run(NOW, shard, 3);
            assertThat(result.isComplete()).isTrue();
            deleted += result.handled();
        }
        assertThat(deleted).isEqualTo(count);
        assertThat(expired).allMatch(row -> store.find(row.id()).isEmpty());
        assertThat(others).allMatch(row -> store.find(row.id()).isPresent());
        assertThat(store.find(young.id())).isPresent();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 1000, 1001})
    void cleaningTheInboxLeavesNoExpiredConfirmedRow(int count) throws Exception {
        Instant old = NOW.minus(Duration.ofDays(8));
        transactions.inNew(() -> {
            for (int i = 0; i < count; i++) {
                inbox.receive(Messages.id(old), "points", "orders", NOW);
            }
            return inbox.receive(Messages.id(NOW), "points", "orders", NOW);
        });
        inbox.confirmed(inbox.unconfirmed(10_000), NOW);
        transactions.inNew(() -> inbox.receive(Messages.id(old), "points", "orders", NOW));
        MaintenanceResult result = new CleanConsumed(inbox, options).run(NOW, 0, 1);
        assertThat(result.handled()).isEqualTo(count);
        assertThat(result.isComplete()).isTrue();
        assertThat(inbox.size()).isEqualTo(2);
    }

    @Test
    void cleaningEndsWithItsTimeBudgetAndGoesOnInTheNextRun() throws Exception {
        Instant old = NOW.minus(Duration.ofDays(8));
        List<StoredMessage> expired = new ArrayList<>();
        List<Attempt> attempts = new ArrayList<>();
        for (int i = 0; i < 5000; i++) {
            expired.add(Messages.sending(old, "orders", "placed", "node-1", NOW));
            attempts.add(new Attempt(expired.get(i).id(), 1));
        }
        append(expired);
        store.acknowledged(attempts, NOW, options.confirmTimeout());
        MessageServiceOptions ticking = MessageServiceOptions.of("orders")
                .time(() -> time.advance(Duration.ofSeconds(10)))
                .build();
        MaintenanceResult first = new CleanSent(store, ticking).run(NOW, 0, 1);
        assertThat(first.handled()).isEqualTo(3000);
        assertThat(first.isComplete()).isFalse();
        MaintenanceResult second = new CleanSent(store, options).run(NOW, 0, 1);
        assertThat(second.handled()).isEqualTo(2000);
        assertThat(second.isComplete()).isTrue();
    }

    @Test
    void aShardThatCannotBeIsRefused() {
        assertThatThrownBy(() -> new CleanSent(store, options).run(NOW, 3, 3))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("shard: 3 of 3 (expected: ");
    }

    // ------------------------------------------------------------------ common

    private List<StoredMessage> due(int count) throws Exception {
        List<StoredMessage> rows = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            rows.add(Messages.unowned(NOW, "orders", "placed", MessageState.SENDING, NOW.minusMillis(count - i)));
        }
        append(rows);
        return rows;
    }

    private void append(List<StoredMessage> rows) throws Exception {
        transactions.inNew(() -> {
            store.append(rows);
            return true;
        });
    }

    private MessageState state(StoredMessage row) {
        return store.find(row.id()).orElseThrow().state();
    }
}

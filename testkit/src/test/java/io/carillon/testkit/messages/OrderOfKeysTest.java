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

import io.carillon.messages.InvalidMessageException;
import io.carillon.messages.Message;
import io.carillon.messages.MessageServiceOptions;
import io.carillon.messages.MessageServiceOptions.DeadKeys;
import io.carillon.messages.Ordering;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.model.MessageState;
import io.carillon.messages.model.StoredMessage;
import io.carillon.messages.recovery.ResendSending;
import io.carillon.messages.relay.InJvmBroker;
import io.carillon.messages.relay.MessageService;
import io.carillon.testkit.messages.FaultyBroker.Fault;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Strict order, dedupe keys, expiry and types, over the in-memory store and a broker with faults. */
class OrderOfKeysTest {

    private final ManualTime time = new ManualTime(Instant.parse("2026-11-22T10:00:00Z"));
    private final ManualTransactions transactions = new ManualTransactions();
    private final InMemoryMessageStore store = new InMemoryMessageStore(transactions);
    private final InMemoryInboxStore inbox = new InMemoryInboxStore(transactions);
    private final FaultyBroker broker = new FaultyBroker(new InJvmBroker());
    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        broker.recover();
        broker.answerHeld();
        for (AutoCloseable each : open) {
            each.close();
        }
        broker.close();
    }

    @Test
    void theNextOfAKeyIsHandedOverOnlyWhenTheOneBeforeIsAcknowledged() {
        MessageService service = start(options());
        broker.next(1, Fault.HOLD, "orders");
        MessageId one = send(service, strict("A", "1"));
        MessageId two = send(service, strict("A", "2"));
        MessageId three = send(service, strict("A", "3"));
        MessageId other = send(service, strict("B", "1"));
        awaitState(other, MessageState.FINISHED);
        assertThat(handedOver()).containsExactly(one, other);
        broker.answerHeld();
        awaitState(three, MessageState.FINISHED);
        assertThat(handedOver()).containsExactly(one, other, two, three);
    }

    @Test
    void theNextOfAKeyDoesNotWaitForTheOutcomesOfOthers() {
        MessageService service = start(options().completionDelay(Duration.ofHours(1)));
        MessageId one = send(service, strict("A", "1"));
        MessageId two = send(service, strict("A", "2"));
        awaitState(two, MessageState.FINISHED);
        assertThat(handedOver()).containsExactly(one, two);
    }

    @Test
    void aFailureOfOneHoldsUpThoseBehindItAndNoOtherKey() {
        MessageService service = start(options());
        broker.next(1, Fault.THROW, "orders");
        MessageId one = send(service, strict("A", "1"));
        Await.until("it is put back", () -> store.find(one).orElseThrow().lastError() != null);
        MessageId two = send(service, strict("A", "2"));
        MessageId other = send(service, strict("B", "1"));
        awaitState(other, MessageState.FINISHED);
        assertThat(state(two)).isEqualTo(MessageState.SENDING);
        time.advance(Duration.ofSeconds(2));
        awaitState(one, MessageState.FINISHED);
        // woken by the end of the first, whenever it would have been due by itself
        awaitState(two, MessageState.FINISHED);
        List<MessageId> handedOver = handedOver();
        assertThat(handedOver.lastIndexOf(one)).isLessThan(handedOver.indexOf(two));
    }

    @Test
    void whatAnotherNodeWroteBeforeGoesFirst() {
        MessageService dying = start(options().node("dying"));
        transactions.begin();
        MessageId one = dying.reliableMessages().send(strict("A", "1"));
        transactions.commitAndDie();
        MessageService service = start(options().node("other"));
        MessageId two = send(service, strict("A", "2"));
        Await.until("it waits", () -> "waits for an earlier message of its key"
                .equals(store.find(two).orElseThrow().lastError()));
        assertThat(handedOver()).isEmpty();
        assertThat(store.find(two).orElseThrow().attempt())
                .as("waiting burns no attempts")
                .isZero();
        time.advance(Duration.ofSeconds(20));
        awaitState(one, MessageState.FINISHED);
        time.advance(Duration.ofSeconds(20));
        awaitState(two, MessageState.FINISHED);
        assertThat(handedOver()).containsExactly(one, two);
    }

    @Test
    void aDeadOneBlocksItsKeyUntilItIsDiscarded() {
        MessageService service = start(options());
        broker.next(1, Fault.REFUSE, "orders");
        MessageId dead = send(service, strict("A", "1"));
        awaitState(dead, MessageState.DEAD);
        MessageId two = send(service, strict("A", "2"));
        Await.until("it waits", () -> store.find(two).orElseThrow().lastError() != null);
        store.discard(Set.of(dead), time.instant());
        time.advance(Duration.ofSeconds(10));
        awaitState(two, MessageState.FINISHED);
    }

    @Test
    void aDeadOneIsLeftBehindWhereTheServiceIsSetToGoOn() {
        MessageService service = start(options().deadKeys(DeadKeys.PARK_AND_CONTINUE));
        broker.next(1, Fault.REFUSE, "orders");
        MessageId dead = send(service, strict("A", "1"));
        MessageId two = send(service, strict("A", "2"));
        awaitState(two, MessageState.FINISHED);
        assertThat(state(dead)).isEqualTo(MessageState.DEAD);
    }

    @Test
    void theResendJobKeepsTheOrderToo() {
        MessageService dying = start(options().node("dying"));
        transactions.begin();
        MessageId one = dying.reliableMessages().send(strict("A", "1"));
        MessageId two = dying.reliableMessages().send(strict("A", "2"));
        transactions.commitAndDie();
        time.advance(Duration.ofMinutes(1));
        MessageServiceOptions options = options().node("resender").build();
        ResendSending resend = new ResendSending(store, broker, options);
        resend.run(time.instant(), 0, 1);
        assertThat(handedOver()).containsExactly(one);
        time.advance(Duration.ofMinutes(10));
        resend.run(time.instant(), 0, 1);
        assertThat(handedOver()).containsExactly(one, two);
    }

    @Test
    void manyStrictMessagesOfManyKeysKeepTheirOrders() {
        MessageService service = start(options());
        List<MessageId> sent = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            sent.add(send(service, strict("key-" + i % 7, String.valueOf(i))));
        }
        Await.until("all are sent", () -> sent.stream().allMatch(id -> state(id) == MessageState.FINISHED));
        for (int key = 0; key < 7; key++) {
            String name = "key-" + key;
            assertThat(broker.published("orders").stream()
                            .filter(message -> message.message().key().equals(name))
                            .map(message -> message.message().sequence())
                            .toList())
                    .isSorted()
                    .doesNotHaveDuplicates();
        }
    }

    // ------------------------------------------------------------------ dedupe keys

    @Test
    void sendingTheSameAgainWritesNothingAndAnswersTheFirstId() {
        MessageService service = start(options());
        MessageId first = send(service, deduped("order-7-placed"));
        MessageId again = send(service, deduped("order-7-placed"));
        MessageId other = send(service, deduped("order-8-placed"));
        assertThat(again).isEqualTo(first);
        awaitState(other, MessageState.FINISHED);
        assertThat(handedOver()).containsExactly(first, other);
    }

    // ------------------------------------------------------------------ expiry and types

    @Test
    void aMessageThatIsOfNoUseAnyMoreIsCancelledInsteadOfSent() {
        MessageService service = start(options());
        broker.next(1, Fault.THROW, "orders");
        MessageId id = send(
                service,
                Message.to("orders", "placed")
                        .expireAfter(Duration.ofSeconds(30))
                        .build());
        Await.until("it is put back", () -> store.find(id).orElseThrow().lastError() != null);
        time.advance(Duration.ofSeconds(30));
        awaitState(id, MessageState.CANCELLED);
        assertThat(handedOver()).containsExactly(id);
        assertThat(store.find(id).orElseThrow().lastError()).isEqualTo("expired before the broker had it");
    }

    @Test
    void aConsumerConfirmsAnExpiredMessageWithoutHandlingIt() {
        MessageService service = start(options());
        List<String> handled = new CopyOnWriteArrayList<>();
        service.subscribe(
                "points",
                "orders",
                Set.of(),
                message -> handled.add(message.message().text()),
                1);
        Await.until(
                "it is subscribed", () -> !store.subscribers("orders", "placed").isEmpty());
        broker.next(1, Fault.HOLD, "orders");
        MessageId id = send(
                service,
                Message.to("orders", "placed")
                        .text("late")
                        .expireAfter(Duration.ofSeconds(10))
                        .build());
        Await.until("it is on its way", () -> broker.held() == 1);
        time.advance(Duration.ofSeconds(10));
        broker.answerHeld();
        awaitState(id, MessageState.FINISHED);
        assertThat(handled).isEmpty();
    }

    @Test
    void aTypeAndItsVersionTravelWithTheMessage() {
        MessageService service = start(options());
        List<Message> received = new CopyOnWriteArrayList<>();
        service.subscribe("points", "orders", Set.of(), message -> received.add(message.message()), 1);
        send(service, Message.to("orders", "placed").type("order-placed", 2).build());
        Await.until("it arrives", () -> received.size() == 1);
        assertThat(received.get(0).type()).isEqualTo("order-placed");
        assertThat(received.get(0).typeVersion()).isEqualTo(2);
    }

    @Test
    void partsThatMakeNoSenseAreRefusedByName() {
        assertThatThrownBy(() -> Message.to("orders", "placed")
                        .ordering(Ordering.KEY_STRICT)
                        .build())
                .isInstanceOf(InvalidMessageException.class)
                .hasMessageStartingWith("key: none (expected: a key, for KEY_STRICT)");
        assertThatThrownBy(() -> Message.to("orders", "placed")
                        .key("A")
                        .delay(Duration.ofSeconds(1))
                        .ordering(Ordering.KEY_STRICT)
                        .build())
                .hasMessageStartingWith("delay: PT1S (expected: zero for KEY_STRICT)");
        assertThatThrownBy(() -> Message.to("orders", "placed").expireAfter(Duration.ZERO))
                .hasMessageStartingWith("expireAfter: PT0S (expected: 1 ms or longer)");
        assertThatThrownBy(() -> Message.to("orders", "placed").type("order-placed", 0))
                .hasMessageStartingWith("type version: 0 (expected: 1 or more)");
        assertThatThrownBy(() -> Message.to("orders", "placed").dedupeKey("x".repeat(201)))
                .hasMessageStartingWith("dedupe key: 201 characters (expected: 1..200 characters)");
    }

    // ------------------------------------------------------------------ common

    private static Message strict(String key, String text) {
        return Message.to("orders", "placed")
                .key(key)
                .text(text)
                .ordering(Ordering.KEY_STRICT)
                .build();
    }

    private static Message deduped(String dedupeKey) {
        return Message.to("orders", "placed").dedupeKey(dedupeKey).build();
    }

    private MessageServiceOptions.Builder options() {
        return MessageServiceOptions.of("orders-service").time(time).pollInterval(Duration.ofMillis(5));
    }

    private MessageService start(MessageServiceOptions.Builder options) {
        MessageService service = MessageService.start(options.build(), store, inbox, transactions, broker);
        open.add(service);
        return service;
    }

    private MessageId send(MessageService service, Message message) {
        transactions.begin();
        MessageId id = service.reliableMessages().send(message);
        transactions.commit();
        return id;
    }

    private List<MessageId> handedOver() {
        return broker.published("orders").stream().map(StoredMessage::id).toList();
    }

    private MessageState state(MessageId id) {
        return store.find(id).orElseThrow().state();
    }

    private void awaitState(MessageId id, MessageState state) {
        Await.until(id + " is " + state, () -> state(id) == state);
    }
}

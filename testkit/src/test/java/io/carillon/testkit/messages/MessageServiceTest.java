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
import io.carillon.messages.MessageHandler;
import io.carillon.messages.MessageServiceOptions;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.model.MessageState;
import io.carillon.messages.model.StoredMessage;
import io.carillon.messages.outbox.ControlMessages;
import io.carillon.messages.outbox.MessageStore.ConfirmedBy;
import io.carillon.messages.relay.InJvmBroker;
import io.carillon.messages.relay.MessageService;
import io.carillon.testkit.messages.FaultyBroker.Fault;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(300)
class MessageServiceTest {

    private final ManualTime time = new ManualTime(Instant.parse("2026-11-22T10:00:00Z"));
    private final ManualTransactions transactions = new ManualTransactions();
    private final InMemoryMessageStore store = new InMemoryMessageStore(transactions);
    private final InMemoryInboxStore inbox = new InMemoryInboxStore(transactions);
    private final FaultyBroker broker = new FaultyBroker(new InJvmBroker(10_000, Duration.ofMillis(1)));
    private final List<AutoCloseable> open = new ArrayList<>();
    private final List<MessageId> effects = new CopyOnWriteArrayList<>();

    @AfterEach
    void close() throws Exception {
        broker.recover();
        broker.answerHeld();
        for (AutoCloseable each : open) {
            each.close();
        }
        broker.close();
    }

    // ------------------------------------------------------------------ the way of a message

    @Test
    void aCommittedMessageIsSentTakesEffectAndIsConfirmed() {
        MessageService service = start(options());
        consume(service, message -> {});
        MessageId id = sendAndCommit(service, order("1"));
        awaitState(id, MessageState.FINISHED);
        assertThat(effects).containsExactly(id);
        assertThat(broker.published("orders")).hasSize(1);
        Await.until("its confirmation is noted", () -> inbox.unconfirmed(10).isEmpty());
        assertThat(inbox.size()).isEqualTo(1);
    }

    @Test
    void aMessageOfARolledBackTransactionIsNeverSent() {
        MessageService service = start(options());
        consume(service, message -> {});
        transactions.begin();
        MessageId never = service.reliableMessages().send(order("1"));
        transactions.rollback();
        MessageId id = sendAndCommit(service, order("2"));
        awaitState(id, MessageState.FINISHED);
        time.advance(Duration.ofHours(1));
        MessageId last = sendAndCommit(service, order("3"));
        awaitState(last, MessageState.FINISHED);
        assertThat(store.find(never)).isEmpty();
        assertThat(effects).containsExactly(id, last);
    }

    @Test
    void nothingIsSentBeforeTheCommit() {
        MessageService service = start(options());
        transactions.begin();
        service.reliableMessages().send(order("1"));
        MessageId other = onAnotherThread(() -> sendAndCommit(service, order("2")));
        awaitState(other, MessageState.FINISHED);
        assertThat(broker.published("orders")).extracting(StoredMessage::id).containsExactly(other);
        transactions.commit();
        Await.until("both are sent", () -> broker.published("orders").size() == 2);
    }

    @Test
    void aMessageThatNobodySubscribesIsFinishedWhenTheBrokerHasIt() {
        MessageService service = start(options());
        awaitState(sendAndCommit(service, order("1")), MessageState.FINISHED);
    }

    @Test
    void sendingWithoutATransactionIsRefused() {
        MessageService service = start(options());
        assertThatThrownBy(() -> service.reliableMessages().send(order("1")))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("transaction: none on this thread (expected: an open one)");
        assertThat(store.countByState()).isEmpty();
    }

    @Test
    void aMessageThatTheBrokerCannotTakeIsRefusedAtOnce() {
        MessageService service = start(options());
        transactions.begin();
        assertThatThrownBy(() -> service.reliableMessages()
                        .send(Message.to("orders", "placed")
                                .payload(new byte[broker.maxPayloadBytes() + 1], "x/y")
                                .build()))
                .isInstanceOf(InvalidMessageException.class)
                .hasMessageContaining("payload: ");
        assertThatThrownBy(() -> service.reliableMessages()
                        .send(Message.to(ControlMessages.CONFIRM_TOPIC, "orders")
                                .build()))
                .isInstanceOf(InvalidMessageException.class)
                .hasMessageContaining("topic: CARILLON_CONFIRM");
        transactions.commit();
        assertThat(store.countByState()).isEmpty();
    }

    @Test
    void aDelayedMessageIsSentWhenItsTimeHasCome() {
        MessageService service = start(options());
        MessageId id = sendAndCommit(
                service,
                Message.to("orders", "placed").delay(Duration.ofMinutes(10)).build());
        time.advance(Duration.ofMinutes(10).minusMillis(1));
        MessageId other = sendAndCommit(service, order("2"));
        awaitState(other, MessageState.FINISHED);
        assertThat(store.find(id).orElseThrow().state()).isEqualTo(MessageState.SENDING);
        time.advance(Duration.ofMillis(1));
        awaitState(id, MessageState.FINISHED);
    }

    @Test
    void manyMessagesOfOneTransactionAreAllSent() {
        MessageService service = start(options());
        consume(service, message -> {});
        List<MessageId> ids = new ArrayList<>();
        transactions.begin();
        for (int i = 0; i < 3000; i++) {
            ids.add(service.reliableMessages().send(order("" + i)));
        }
        transactions.commit();
        Await.until("all are finished", () -> store.countByState().getOrDefault(MessageState.FINISHED, 0L) == 3000);
        assertThat(effects).containsExactlyInAnyOrderElementsOf(ids);
    }

    // ------------------------------------------------------------------ crashes and faults

    @Test
    void aMessageWhoseNodeDiesAfterTheCommitIsSentByAnother() {
        MessageService dying = start(options().node("dying"));
        MessageService other = start(options().node("other"));
        transactions.begin();
        MessageId id = dying.reliableMessages().send(order("1"));
        transactions.commitAndDie();
        time.advance(Duration.ofSeconds(20).minusMillis(1));
        awaitState(sendAndCommit(other, order("2")), MessageState.FINISHED);
        assertThat(store.find(id).orElseThrow().owner()).isEqualTo("dying");
        time.advance(Duration.ofMillis(1));
        awaitState(id, MessageState.FINISHED);
        assertThat(store.find(id).orElseThrow().attempt()).isEqualTo(2);
    }

    @Test
    void aMessageWhoseAcknowledgementIsLostIsSentTwiceAndHasOneEffect() {
        MessageService service = start(options());
        consume(service, message -> {});
        broker.next(1, Fault.DROP_ACK, "orders");
        MessageId id = sendAndCommit(service, order("1"));
        Await.until("it is put back", () -> store.find(id).orElseThrow().lastError() != null);
        time.advance(Duration.ofSeconds(2));
        awaitState(id, MessageState.FINISHED);
        assertThat(broker.published("orders")).hasSize(2);
        assertThat(effects).containsExactly(id);
    }

    @Test
    void anOutageBurnsNoAttemptsAndEverythingIsSentAfterIt() {
        Duration longer = Duration.ofHours(1); // than the test's leaps in time
        MessageService service = start(options().maxAttempts(2).grace(longer).lease(longer));
        consume(service, message -> {});
        broker.next(Integer.MAX_VALUE, Fault.UNAVAILABLE, "orders");
        List<MessageId> ids = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            ids.add(sendAndCommit(service, order("" + i)));
        }
        for (int i = 0; i < 10; i++) {
            int before = broker.published("orders").size();
            time.advance(Duration.ofSeconds(61));
            Await.until("a probe is sent", () -> {
                time.advance(Duration.ofMillis(100)); // the last probe may have been answered after the leap
                return broker.published("orders").size() > before;
            });
        }
        assertThat(store.countByState()).containsOnlyKeys(MessageState.SENDING);
        assertThat(broker.published("orders").size())
                .as("while the circuit is open, only probes are sent")
                .isLessThan(20 + 10 * 5);
        broker.recover();
        time.advance(Duration.ofSeconds(61));
        Await.until("all are finished", () -> {
            time.advance(Duration.ofMillis(100)); // those held behind the last probe become due
            return store.countByState().getOrDefault(MessageState.FINISHED, 0L) == ids.size();
        });
        assertThat(effects).containsExactlyInAnyOrderElementsOf(ids);
        assertThat(ids).allMatch(id -> store.find(id).orElseThrow().attempt() <= 2);
    }

    @Test
    void anOutageOfOneTopicDoesNotHoldUpAnother() {
        MessageService service = start(options());
        broker.next(Integer.MAX_VALUE, Fault.UNAVAILABLE, "orders");
        for (int i = 0; i < 50; i++) {
            sendAndCommit(service, order("" + i));
        }
        awaitState(sendAndCommit(service, Message.to("users", "registered").build()), MessageState.FINISHED);
    }

    @Test
    void aRefusedMessageIsDeadAtOnce() {
        MessageService service = start(options());
        broker.next(1, Fault.REFUSE, "orders");
        MessageId id = sendAndCommit(service, order("1"));
        awaitState(id, MessageState.DEAD);
        assertThat(store.find(id).orElseThrow().lastError()).contains("refused by the script");
        awaitState(sendAndCommit(service, order("2")), MessageState.FINISHED);
    }

    @Test
    void aMessageThatCannotBePublishedIsDeadAfterItsAttempts() {
        MessageService service = start(options().maxAttempts(3));
        broker.next(Integer.MAX_VALUE, Fault.THROW, "orders");
        MessageId id = sendAndCommit(service, order("1"));
        for (int i = 1; i < 3; i++) {
            int tries = i;
            Await.until("try " + tries, () -> {
                StoredMessage row = store.find(id).orElseThrow();
                return row.attempt() == tries && row.owner() == null;
            });
            time.advance(Duration.ofMinutes(10));
        }
        awaitState(id, MessageState.DEAD);
        assertThat(broker.published("orders")).hasSize(3);
        assertThat(store.find(id).orElseThrow().lastError()).startsWith("gave up after 3 attempts: ");
    }

    @Test
    void overflowNeverBlocksTheCallerAndIsSentByThePoller() {
        MessageService service = start(options().queueCapacity(1).maxInFlight(1));
        broker.next(1, Fault.HOLD, "orders");
        List<MessageId> ids = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            ids.add(sendAndCommit(service, order("" + i)));
        }
        Await.until("one is held", () -> broker.held() == 1);
        broker.answerHeld();
        time.advance(Duration.ofSeconds(20));
        awaitAll(ids, MessageState.FINISHED);
    }

    @Test
    void aMessageThatWaitedLongerThanItsLeaseIsLeftToWhoClaimsIt() {
        MessageService slow = start(options().node("slow").maxInFlight(1));
        broker.next(1, Fault.HOLD, "orders");
        MessageId held = sendAndCommit(slow, order("1"));
        Await.until("one is held", () -> broker.held() == 1);
        MessageId waiting = sendAndCommit(slow, order("2"));
        MessageService other = start(options().node("other"));
        time.advance(Duration.ofSeconds(20));
        Await.until("the other node sent both", () -> {
            List<StoredMessage> rows =
                    List.of(store.find(held).orElseThrow(), store.find(waiting).orElseThrow());
            if (rows.stream().anyMatch(row -> "slow".equals(row.owner()))) {
                time.advance(Duration.ofSeconds(30)); // the slow node claimed it, and cannot send it
            }
            return rows.stream().allMatch(row -> row.state() == MessageState.FINISHED);
        });
        broker.answerHeld();
        awaitState(sendAndCommit(slow, order("3")), MessageState.FINISHED);
        assertThat(broker.published("orders"))
                .filteredOn(message -> message.id().equals(waiting))
                .hasSize(1);
        assertThat(other).isNotNull();
    }

    // ------------------------------------------------------------------ receiving

    @Test
    void aDuplicateDeliveryHasOneEffect() {
        MessageService service = start(options());
        consume(service, message -> {});
        broker.next(1, Fault.DUPLICATE, "orders");
        MessageId id = sendAndCommit(service, order("1"));
        awaitState(id, MessageState.FINISHED);
        MessageId next = sendAndCommit(service, order("2"));
        awaitState(next, MessageState.FINISHED);
        assertThat(effects).containsExactlyInAnyOrder(id, next);
    }

    @Test
    void aHandlerThatFailsIsCalledAgainAndHasOneEffect() {
        MessageService service = start(options());
        AtomicInteger calls = new AtomicInteger();
        consume(service, message -> {
            if (calls.incrementAndGet() < 3) {
                throw new IllegalStateException("not yet");
            }
        });
        MessageId id = sendAndCommit(service, order("1"));
        awaitState(id, MessageState.FINISHED);
        assertThat(calls).hasValue(3);
        assertThat(effects).containsExactly(id);
    }

    @Test
    void aHandlerMaySendInItsTransaction() {
        MessageService service = start(options());
        List<MessageId> sent = new CopyOnWriteArrayList<>();
        AtomicInteger calls = new AtomicInteger();
        consume(service, message -> {
            sent.add(service.reliableMessages()
                    .send(Message.to("points", "credited").build()));
            if (calls.incrementAndGet() == 1) {
                throw new IllegalStateException("not yet");
            }
        });
        awaitState(sendAndCommit(service, order("1")), MessageState.FINISHED);
        Await.until(
                "the second try's message is sent",
                () -> broker.published("points").size() == 1);
        assertThat(broker.published("points").get(0).id()).isEqualTo(sent.get(1));
        assertThat(store.find(sent.get(0))).isEmpty();
    }

    @Test
    void aConfirmationThatIsLostIsSentAgain() {
        MessageService service = start(options());
        consume(service, message -> {});
        broker.next(1, Fault.UNAVAILABLE, ControlMessages.CONFIRM_TOPIC);
        awaitState(sendAndCommit(service, order("1")), MessageState.FINISHED);
        assertThat(broker.published(ControlMessages.CONFIRM_TOPIC)).hasSizeGreaterThan(1);
    }

    @Test
    void confirmationsThatACrashLeftAreSentAtTheNextStart() throws Exception {
        MessageService producer = start(options());
        store.subscribe("points", java.util.Map.of("orders", Set.of("*")), time.instant());
        MessageId id = sendAndCommit(producer, order("1"));
        awaitState(id, MessageState.SENT);
        transactions.inNew(() -> inbox.receive(id, "points", "orders-service", time.instant()));

        consume(start(options("points-service")), message -> {});
        awaitState(id, MessageState.FINISHED);
        assertThat(effects).isEmpty();
    }

    @Test
    void lateRepeatedAndStrangeConfirmationsAreHarmless() throws Exception {
        MessageService service = start(options());
        consume(service, message -> {});
        MessageId id = sendAndCommit(service, order("1"));
        awaitState(id, MessageState.FINISHED);
        Message confirmation = ControlMessages.confirmations(
                "orders-service",
                List.of(
                        new ConfirmedBy(id, "points"),
                        new ConfirmedBy(id, "stranger"),
                        new ConfirmedBy(Messages.id(time.instant()), "points")));
        broker.publish(List.of(control(confirmation)), result -> {});
        broker.publish(List.of(control(confirmation)), result -> {});
        awaitState(sendAndCommit(service, order("2")), MessageState.FINISHED);
        assertThat(store.countByState()).containsOnlyKeys(MessageState.FINISHED);
        assertThat(store.countByState()).containsEntry(MessageState.FINISHED, 2L);
    }

    @Test
    void everySubscribedGroupMustConfirm() {
        MessageService producer = start(options());
        MessageService points = start(options("points-service"));
        MessageService mail = start(options("mail-service"));
        points.subscribe("points", "orders", Set.of("placed"), message -> effects.add(message.id()), 2);
        AtomicInteger failing = new AtomicInteger(1);
        mail.subscribe(
                "mail",
                "orders",
                Set.of(),
                message -> {
                    if (failing.get() == 1) {
                        throw new IllegalStateException("mail is down");
                    }
                    effects.add(message.id());
                },
                1);
        Await.until(
                "both groups are known",
                () -> store.subscribers("orders", "placed").size() == 2);
        MessageId id = sendAndCommit(producer, order("1"));
        Await.until("points has it", () -> effects.contains(id));
        awaitState(id, MessageState.SENT);
        failing.set(0);
        awaitState(id, MessageState.FINISHED);
        assertThat(effects).containsExactly(id, id);
    }

    @Test
    void oneSubscriptionPerGroupAndTopic() {
        MessageService service = start(options());
        service.subscribe("points", "orders", Set.of("placed"), message -> {}, 1);
        assertThatThrownBy(() -> service.subscribe("points", "orders", Set.of("paid"), message -> {}, 1))
                .isInstanceOf(InvalidMessageException.class)
                .hasMessageContaining("one subscription per group and topic");
        assertThatThrownBy(() -> service.subscribe("points", "users", Set.of(), message -> {}, 0))
                .isInstanceOf(InvalidMessageException.class)
                .hasMessageStartingWith("concurrency: 0 (expected: 1..1000)");
    }

    // ------------------------------------------------------------------ closing

    @Test
    void closingSendsWhatIsQueued() {
        MessageService service = start(options());
        List<MessageId> ids = new ArrayList<>();
        transactions.begin();
        for (int i = 0; i < 500; i++) {
            ids.add(service.reliableMessages().send(order("" + i)));
        }
        transactions.commit();
        service.close();
        service.close();
        assertThat(ids).allMatch(id -> store.find(id).orElseThrow().state() == MessageState.FINISHED);
        transactions.begin();
        assertThatThrownBy(() -> service.reliableMessages().send(order("late")))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("message service: closed (expected: open)");
        transactions.rollback();
    }

    @Test
    void closingGivesLeasesBackSoThatAnotherNodeSendsAtOnce() {
        MessageService service = start(options().node("closing").closeGrace(Duration.ofMillis(50)));
        broker.next(1, Fault.HOLD, "orders");
        MessageId id = sendAndCommit(service, order("1"));
        Await.until("one is held", () -> broker.held() == 1);
        service.close();
        assertThat(store.find(id).orElseThrow().owner()).isNull();
        start(options().node("other"));
        awaitState(id, MessageState.FINISHED);
    }

    // ------------------------------------------------------------------ common

    private MessageServiceOptions.Builder options() {
        return options("orders-service");
    }

    private MessageServiceOptions.Builder options(String producerGroup) {
        return MessageServiceOptions.of(producerGroup)
                .time(time)
                .pollInterval(Duration.ofMillis(10))
                .completionDelay(Duration.ofMillis(1))
                .confirmDelay(Duration.ofMillis(1))
                .subscriptionInterval(Duration.ofMillis(50));
    }

    private MessageService start(MessageServiceOptions.Builder options) {
        MessageService service = MessageService.start(options.build(), store, inbox, transactions, broker);
        open.add(0, service);
        return service;
    }

    private void consume(MessageService service, MessageHandler handler) {
        service.subscribe(
                "points",
                "orders",
                Set.of(),
                message -> {
                    handler.handle(message);
                    effects.add(message.id());
                },
                4);
        Await.until("the subscription is known", () -> store.subscribers("orders", "placed")
                .contains("points"));
    }

    private MessageId sendAndCommit(MessageService service, Message message) {
        transactions.begin();
        MessageId id = service.reliableMessages().send(message);
        transactions.commit();
        return id;
    }

    private static MessageId onAnotherThread(java.util.function.Supplier<MessageId> work) {
        return java.util.concurrent.CompletableFuture.supplyAsync(work).join();
    }

    private static Message order(String number) {
        return Message.to("orders", "placed").key(number).json("{}").build();
    }

    private StoredMessage control(Message message) {
        return new StoredMessage(
                Messages.id(time.instant()),
                message,
                "points-service",
                MessageState.SENDING,
                1,
                time.instant(),
                "node",
                null,
                null);
    }

    private void awaitState(MessageId id, MessageState state) {
        awaitAll(List.of(id), state);
    }

    private void awaitAll(List<MessageId> ids, MessageState state) {
        Await.until("all are " + state, () -> ids.stream()
                .allMatch(id -> store.find(id).orElseThrow().state() == state));
    }
}

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
import io.carillon.messages.Ordering;
import io.carillon.messages.ReceivedMessage;
import io.carillon.messages.Reception;
import io.carillon.messages.UnreadableMessageException;
import io.carillon.messages.inbox.Parked;
import io.carillon.messages.inbox.ParkedMessages.Replay;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.model.MessageState;
import io.carillon.messages.relay.MessageService;
import io.carillon.testkit.messages.FaultyBroker.Fault;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Batches, parked messages, the order of a key: what handlers can rely on. */
@Timeout(300)
class ReceivingTest extends ServiceWorld {

    private final List<MessageId> effects = new CopyOnWriteArrayList<>();

    private static String key(ReceivedMessage message) {
        return message.message().key();
    }

    // ------------------------------------------------------------------ batches

    @Test
    void aBatchIsHandledTogetherAndEachMessageOnce() {
        MessageService service = start(options());
        List<Integer> sizes = new CopyOnWriteArrayList<>();
        broker.next(50, Fault.DUPLICATE, "orders");
        service.subscribeInBatches(
                "points",
                "orders",
                Set.of(),
                messages -> {
                    sizes.add(messages.size());
                    messages.forEach(message -> effects.add(message.id()));
                },
                Reception.concurrently(2).inBatches(20, Duration.ofMillis(200)));
        awaitSubscriber("points");
        List<MessageId> ids = new ArrayList<>();
        transactions.begin();
        for (int i = 0; i < 200; i++) {
            ids.add(service.reliableMessages().send(order("" + i)));
        }
        transactions.commit();
        awaitAll(ids, MessageState.FINISHED);
        assertThat(effects).containsExactlyInAnyOrderElementsOf(ids);
        assertThat(Collections.max(sizes)).isBetween(2, 20);
    }

    @Test
    void ofABatchWithABadMessageOnlyThatOneIsParked() {
        MessageService service = start(options().maxDeliveries(2));
        AtomicInteger together = new AtomicInteger();
        service.subscribeInBatches(
                "points",
                "orders",
                Set.of(),
                messages -> {
                    messages.forEach(message -> effects.add(message.id()));
                    if (messages.stream().anyMatch(message -> key(message).equals("bad"))) {
                        messages.forEach(message -> effects.remove(message.id())); // as a rollback would
                        together.accumulateAndGet(messages.size(), Math::max);
                        throw new IllegalStateException("bad order");
                    }
                },
                Reception.concurrently(1).inBatches(10, Duration.ofMillis(500)));
        awaitSubscriber("points");
        List<MessageId> good = new ArrayList<>();
        transactions.begin();
        for (int i = 0; i < 9; i++) {
            good.add(service.reliableMessages().send(order("" + i)));
        }
        MessageId bad = service.reliableMessages().send(order("bad"));
        transactions.commit();
        awaitAll(good, MessageState.FINISHED);
        Await.until(
                "the bad one is parked",
                () -> service.parked().find(bad, "points").isPresent());
        assertThat(effects).containsExactlyInAnyOrderElementsOf(good);
        assertThat(together.get()).as("it failed in company").isGreaterThan(1);
        assertThat(service.parked().list(null, null, 10))
                .extracting(each -> each.message().id())
                .containsExactly(bad);
    }

    @Test
    void aReceptionThatCannotBeIsRefusedByName() {
        assertThatThrownBy(() -> Reception.concurrently(0))
                .isInstanceOf(InvalidMessageException.class)
                .hasMessageStartingWith("concurrency: 0 (expected: 1..1000)");
        assertThatThrownBy(() -> Reception.concurrently(10).inBatches(101, Duration.ZERO))
                .isInstanceOf(InvalidMessageException.class)
                .hasMessageStartingWith("batchSize: 101 (expected: 1..100)");
        assertThatThrownBy(() -> Reception.concurrently(1).inBatches(2, Duration.ofMinutes(2)))
                .isInstanceOf(InvalidMessageException.class)
                .hasMessageStartingWith("batchDelay: PT2M");
    }

    // ------------------------------------------------------------------ parked messages

    @Test
    void aHandlerThatThrowsForEverParksTheMessageWithTheReasonAndTheOthersGoOn() {
        MessageService service = start(options().maxDeliveries(3));
        AtomicInteger tries = new AtomicInteger();
        AtomicBoolean repaired = new AtomicBoolean();
        service.subscribe(
                "points",
                "orders",
                Set.of(),
                message -> {
                    if (key(message).equals("bad") && !repaired.get()) {
                        tries.incrementAndGet();
                        throw new IllegalStateException("no such customer");
                    }
                    effects.add(message.id());
                },
                2);
        awaitSubscriber("points");
        MessageId bad = sendAndCommit(service, order("bad"));
        Await.until("it is parked", () -> service.parked().find(bad, "points").isPresent());
        assertThat(tries).hasValue(3);
        Parked parked = service.parked().find(bad, "points").orElseThrow();
        assertThat(parked.reason()).contains("no such customer");
        assertThat(parked.message().message().key()).isEqualTo("bad");
        assertThat(parked.message().message().text()).isEqualTo("{}");
        assertThat(parked.message().deliveryAttempt()).isEqualTo(3);
        awaitState(sendAndCommit(service, order("good")), MessageState.FINISHED);

        assertThat(service.parked().replay(bad, "points")).isInstanceOf(Replay.Failed.class);
        assertThat(service.parked().find(bad, "points")).isPresent();
        repaired.set(true);
        assertThat(service.parked().replay(bad, "points")).isEqualTo(new Replay.Handled());
        assertThat(service.parked().replay(bad, "points")).isEqualTo(new Replay.Absent());
        assertThat(service.parked().list("points", null, 10)).isEmpty();
        awaitState(bad, MessageState.FINISHED);
        assertThat(effects).contains(bad);
    }

    @Test
    void aParkedMessageThatArrivesAgainHasOneTry() {
        MessageService service = start(options().maxDeliveries(3));
        AtomicInteger tries = new AtomicInteger();
        AtomicBoolean repaired = new AtomicBoolean();
        service.subscribe(
                "points",
                "orders",
                Set.of(),
                message -> {
                    tries.incrementAndGet();
                    if (!repaired.get()) {
                        throw new IllegalStateException("not yet");
                    }
                    effects.add(message.id());
                },
                1);
        awaitSubscriber("points");
        MessageId id = sendAndCommit(service, order("1"));
        Await.until("it is parked", () -> service.parked().find(id, "points").isPresent());
        awaitState(id, MessageState.SENT);
        broker.publish(List.of(row(id)), result -> {});
        Await.until("it was tried once more", () -> tries.get() == 4);
        repaired.set(true);
        broker.publish(List.of(row(id)), result -> {});
        awaitState(id, MessageState.FINISHED);
        assertThat(tries).hasValue(5);
        assertThat(service.parked().list(null, null, 10)).isEmpty();
        assertThat(effects).containsExactly(id);
    }

    @Test
    void aMessageThatItsHandlerCannotReadIsParkedAtOnce() {
        MessageService service = start(options());
        AtomicInteger tries = new AtomicInteger();
        service.subscribe(
                "points",
                "orders",
                Set.of(),
                message -> {
                    tries.incrementAndGet();
                    throw new UnreadableMessageException("no JSON at offset 0");
                },
                1);
        awaitSubscriber("points");
        MessageId id = sendAndCommit(service, order("1"));
        Await.until("it is parked", () -> service.parked().find(id, "points").isPresent());
        assertThat(tries).hasValue(1);
        assertThat(service.parked().find(id, "points").orElseThrow().reason()).contains("no JSON at offset 0");
    }

    @Test
    void aMessageWhosePartsCannotBeIsParkedAndNeverHandled() {
        ReceivedMessage received = ReceivedMessage.of(
                Messages.id(time.instant()),
                Message.to("orders", "placed")
                        .key("k".repeat(300))
                        .ordering(Ordering.KEY_STRICT)
                        .text("x"),
                "orders-service",
                "points",
                1);
        assertThat(received.message().key()).hasSize(200);
        assertThat(received.message().headers().get(ReceivedMessage.UNREADABLE))
                .startsWith("key: 300 characters (expected: 0..200 characters)");

        MessageService service = start(options());
        service.subscribe("points", "orders", Set.of(), message -> effects.add(message.id()), 1);
        awaitSubscriber("points");
        MessageId id = sendAndCommit(service, received.message());
        Await.until("it is parked", () -> service.parked().find(id, "points").isPresent());
        assertThat(service.parked().find(id, "points").orElseThrow().reason()).contains("key: 300 characters");
        awaitState(sendAndCommit(service, order("2")), MessageState.FINISHED);
        assertThat(effects).doesNotContain(id);
    }

    @Test
    void aParkedMessageThatIsGivenUpIsConfirmedAndNeverHandled() {
        MessageService service = start(options().maxDeliveries(1));
        AtomicInteger tries = new AtomicInteger();
        service.subscribe(
                "points",
                "orders",
                Set.of(),
                message -> {
                    tries.incrementAndGet();
                    throw new IllegalStateException("never");
                },
                1);
        awaitSubscriber("points");
        MessageId id = sendAndCommit(service, order("1"));
        Await.until("it is parked", () -> service.parked().find(id, "points").isPresent());
        assertThat(service.parked().discard(id, "points", "ann")).isTrue();
        assertThat(service.parked().discard(id, "points", "ann")).isFalse();
        awaitState(id, MessageState.FINISHED);
        assertThat(tries).hasValue(1);
    }

    @Test
    void aParkedMessageWhoseHandlerIsElsewhereStaysParked() {
        MessageService service = start(options());
        inbox.park(new Parked(
                new ReceivedMessage(Messages.id(time.instant()), order("1"), "orders-service", "points", 16),
                "why",
                time.instant()));
        MessageId id = service.parked().list(null, null, 1).get(0).message().id();
        assertThatThrownBy(() -> service.parked().replay(id, "points"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith(
                        "group: points (expected: a group that subscribes topic orders in this process)");
        assertThat(service.parked().find(id, "points")).isPresent();
    }

    // ------------------------------------------------------------------ order, expiry

    @Test
    void anOrderedReceptionKeepsTheOrderOfEachKeyThroughFailures() {
        MessageService service = start(options());
        Map<String, List<Integer>> seen = new ConcurrentHashMap<>();
        Set<String> failedOnce = ConcurrentHashMap.newKeySet();
        service.subscribe(
                "points",
                "orders",
                Set.of(),
                message -> {
                    int number = Integer.parseInt(message.message().text());
                    if (number % 3 == 0 && failedOnce.add(message.id().toString())) {
                        throw new IllegalStateException("not yet");
                    }
                    seen.computeIfAbsent(key(message), any -> new CopyOnWriteArrayList<>())
                            .add(number);
                },
                Reception.concurrently(8).inOrder());
        awaitSubscriber("points");
        List<MessageId> ids = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            ids.add(sendAndCommit(
                    service,
                    Message.to("orders", "placed")
                            .key("k" + i % 5)
                            .ordering(Ordering.KEY_RELAXED)
                            .text("" + i)
                            .build()));
        }
        awaitAll(ids, MessageState.FINISHED);
        assertThat(seen)
                .hasSize(5)
                .allSatisfy((key, numbers) -> assertThat(numbers).hasSize(40).isSorted());
    }

    @Test
    void aMessageThatExpiredOnItsWayIsConfirmedAndNotHandled() {
        MessageService service = start(options());
        CountDownLatch go = new CountDownLatch(1);
        broker.next(1, Fault.HOLD, "orders");
        service.subscribe("points", "orders", Set.of(), message -> effects.add(message.id()), 1);
        awaitSubscriber("points");
        MessageId id = sendAndCommit(
                service,
                Message.to("orders", "placed")
                        .expireAfter(Duration.ofSeconds(5))
                        .build());
        Await.until("it is with the broker", () -> broker.held() == 1);
        time.advance(Duration.ofSeconds(6));
        go.countDown();
        broker.answerHeld();
        awaitState(id, MessageState.FINISHED);
        assertThat(effects).isEmpty();
    }
}

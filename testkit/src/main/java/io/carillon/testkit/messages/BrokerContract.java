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

import io.carillon.messages.Message;
import io.carillon.messages.Ordering;
import io.carillon.messages.ReceivedMessage;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.model.MessageState;
import io.carillon.messages.model.StoredMessage;
import io.carillon.messages.relay.Broker;
import io.carillon.messages.relay.Broker.Delivery;
import io.carillon.messages.relay.Broker.PublishResult;
import io.carillon.messages.relay.Broker.Subscription;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every {@link Broker} promises. Each test uses topics and groups of its own. */
public abstract class BrokerContract {

    private static final Instant NOW = Instant.parse("2026-11-22T10:00:00.123Z");
    private static final AtomicInteger NAMES = new AtomicInteger();

    /** A connected broker; closed by the contract. */
    protected abstract Broker open() throws Exception;

    /** How long a message may take, redelivery included. */
    protected Duration patience() {
        return Duration.ofSeconds(90);
    }

    /**
     * Makes a topic usable; called with a new name before it is used, and once its groups have subscribed. Does nothing
     * unless a broker needs it.
     */
    protected void prepareTopic(String topic) throws Exception {}

    private Broker broker;
    private String topic;
    private String group;

    /** Gets the broker. */
    @SuppressWarnings("NullAway.Init")
    protected BrokerContract() {}

    @BeforeEach
    void connect() throws Exception {
        int number = NAMES.incrementAndGet();
        topic = "contract-topic-" + number;
        group = "contract-group-" + number;
        broker = open();
        prepareTopic(topic);
    }

    @AfterEach
    void disconnect() {
        broker.close();
    }

    @Test
    void aMessageArrivesAsItWasSent() throws Exception {
        Received received = new Received();
        broker.subscribe(group, topic, Set.of(), received::add, 1);
        Message message = Message.to(topic, "placed")
                .key("order-7")
                .payload(new byte[] {0, (byte) 0xff, 10, 13}, "application/x-test")
                .header("trace", "abc")
                .build();
        StoredMessage sent = stored(message);
        assertThat(publish(List.of(sent))).allMatch(PublishResult.Acknowledged.class::isInstance);

        received.awaitAtLeast(1);
        ReceivedMessage arrived = received.all.get(0);
        assertThat(arrived.id()).isEqualTo(sent.id());
        assertThat(arrived.producer()).isEqualTo("orders");
        assertThat(arrived.group()).isEqualTo(group);
        assertThat(arrived.deliveryAttempt()).isEqualTo(1);
        assertThat(arrived.message().topic()).isEqualTo(topic);
        assertThat(arrived.message().tag()).isEqualTo("placed");
        assertThat(arrived.message().key()).isEqualTo("order-7");
        assertThat(arrived.message().payload()).isEqualTo(message.payload());
        assertThat(arrived.message().contentType()).isEqualTo("application/x-test");
        assertThat(arrived.message().headers()).isEqualTo(Map.of("trace", "abc"));
    }

    @Test
    void aMessageWithoutTagAndKeyArrives() throws Exception {
        Received received = new Received();
        broker.subscribe(group, topic, Set.of(), received::add, 1);
        publish(List.of(stored(Message.to(topic, "").text("x").build())));
        received.awaitAtLeast(1);
        assertThat(received.all.get(0).message().tag()).isEmpty();
        assertThat(received.all.get(0).message().key()).isEmpty();
    }

    @Test
    void everyMessageIsAnsweredOnceAndArrives() throws Exception {
        Received received = new Received();
        broker.subscribe(group, topic, Set.of(), received::add, 4);
        List<StoredMessage> messages = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            messages.add(stored(
                    Message.to(topic, i % 2 == 0 ? "even" : "odd").text("" + i).build()));
        }
        List<PublishResult> results = publish(messages);
        assertThat(results.stream().map(result -> result.message().id()))
                .containsExactlyInAnyOrderElementsOf(
                        messages.stream().map(StoredMessage::id).toList());
        assertThat(results).allMatch(PublishResult.Acknowledged.class::isInstance);
        received.awaitIds(messages.stream().map(StoredMessage::id).collect(Collectors.toSet()));
    }

    @Test
    void noMessagesAreNoFault() {
        broker.publish(List.of(), result -> {
            throw new AssertionError(result);
        });
    }

    @Test
    void eachGroupReceivesEachMessage() throws Exception {
        Received one = new Received();
        Received other = new Received();
        broker.subscribe(group, topic, Set.of(), one::add, 1);
        broker.subscribe(group + "-other", topic, Set.of(), other::add, 1);
        StoredMessage sent = stored(Message.to(topic, "placed").text("x").build());
        publish(List.of(sent));
        one.awaitIds(Set.of(sent.id()));
        other.awaitIds(Set.of(sent.id()));
    }

    @Test
    void onlyTheWantedTagsArrive() throws Exception {
        Received received = new Received();
        broker.subscribe(group, topic, Set.of("placed", "paid"), received::add, 1);
        List<StoredMessage> messages = new ArrayList<>();
        for (String tag : List.of("cancelled", "placed", "", "paid", "placed-too")) {
            messages.add(stored(Message.to(topic, tag).text(tag).build()));
        }
        publish(messages);
        StoredMessage last = stored(Message.to(topic, "paid").text("last").build());
        publish(List.of(last));
        received.awaitIds(Set.of(messages.get(1).id(), messages.get(3).id(), last.id()));
        assertThat(received.all).extracting(arrived -> arrived.message().tag()).containsOnly("placed", "paid");
    }

    @Test
    void aMessageWhoseHandlerThrowsComesAgain() throws Exception {
        List<Integer> attempts = new CopyOnWriteArrayList<>();
        CompletableFuture<MessageId> handled = new CompletableFuture<>();
        broker.subscribe(
                group,
                topic,
                Set.of(),
                message -> {
                    attempts.add(message.deliveryAttempt());
                    if (attempts.size() == 1) {
                        throw new IllegalStateException("the first try fails");
                    }
                    handled.complete(message.id());
                },
                1);
        StoredMessage sent = stored(Message.to(topic, "placed").text("x").build());
        publish(List.of(sent));
        assertThat(handled.get(patience().toSeconds(), TimeUnit.SECONDS)).isEqualTo(sent.id());
        assertThat(attempts.get(0)).isEqualTo(1);
        assertThat(attempts.get(1)).isGreaterThan(1);
    }

    @Test
    void handlersRunConcurrentlyUpToTheLimit() throws Exception {
        AtomicInteger running = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        CountDownLatch two = new CountDownLatch(2);
        Received received = new Received();
        broker.subscribe(
                group,
                topic,
                Set.of(),
                message -> {
                    most.accumulateAndGet(running.incrementAndGet(), Math::max);
                    two.countDown();
                    assertThat(two.await(patience().toSeconds(), TimeUnit.SECONDS))
                            .isTrue();
                    running.decrementAndGet();
                    received.add(message);
                },
                2);
        List<StoredMessage> messages = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            messages.add(stored(Message.to(topic, "placed").text("" + i).build()));
        }
        publish(messages);
        received.awaitIds(messages.stream().map(StoredMessage::id).collect(Collectors.toSet()));
        assertThat(most.get()).isEqualTo(2);
    }

    @Test
    void closingASubscriptionWaitsForItsHandlerAndEndsIt() throws Exception {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        AtomicInteger ended = new AtomicInteger();
        Subscription subscription = broker.subscribe(
                group,
                topic,
                Set.of(),
                message -> {
                    inside.countDown();
                    assertThat(go.await(patience().toSeconds(), TimeUnit.SECONDS))
                            .isTrue();
                    ended.incrementAndGet();
                },
                1);
        publish(List.of(stored(Message.to(topic, "placed").text("x").build())));
        assertThat(inside.await(patience().toSeconds(), TimeUnit.SECONDS)).isTrue();
        CompletableFuture<Integer> closing = CompletableFuture.supplyAsync(
                () -> {
                    subscription.close();
                    return ended.get();
                },
                command -> new Thread(command).start());
        go.countDown();
        assertThat(closing.get(patience().toSeconds(), TimeUnit.SECONDS)).isEqualTo(1);
        subscription.close();
    }

    @Test
    void anOversizedMessageIsRefusedForGood() throws Exception {
        StoredMessage large = stored(Message.to(topic, "placed")
                .payload(new byte[broker.maxPayloadBytes() + 1024 * 1024], "application/octet-stream")
                .build());
        assertThat(publish(List.of(large)).get(0)).isInstanceOf(PublishResult.Refused.class);
    }

    @Test
    void theLargestPayloadIsTaken() throws Exception {
        Received received = new Received();
        broker.subscribe(group, topic, Set.of(), received::add, 1);
        StoredMessage large = stored(Message.to(topic, "placed")
                .payload(new byte[broker.maxPayloadBytes()], "application/octet-stream")
                .build());
        assertThat(publish(List.of(large)).get(0)).isInstanceOf(PublishResult.Acknowledged.class);
        received.awaitIds(Set.of(large.id()));
    }

    @Test
    void aClosedBrokerAnswersUnavailable() throws Exception {
        broker.close();
        broker.close();
        StoredMessage message = stored(Message.to(topic, "placed").text("x").build());
        assertThat(publish(List.of(message)).get(0)).isInstanceOf(PublishResult.Unavailable.class);
    }

    @Test
    void theMessagesOfAKeyComeInOrderThroughFailuresAndRedelivery() throws Exception {
        keysInOrder(1);
    }

    @Test
    void theMessagesOfAKeyComeInOrderOverAllMembersOfTheGroup() throws Exception {
        keysInOrder(2);
    }

    /** Some messages of each key fail at first; meanwhile no later one of the key may be handled. */
    private void keysInOrder(int members) throws Exception {
        int keys = 4;
        int perKey = 25;
        Map<String, List<Integer>> handled = new ConcurrentHashMap<>();
        Set<MessageId> failed = ConcurrentHashMap.newKeySet();
        Set<MessageId> done = ConcurrentHashMap.newKeySet();
        for (int i = 0; i < members; i++) {
            broker.subscribe(
                    group,
                    topic,
                    Set.of(),
                    message -> {
                        int number = Integer.parseInt(message.message().text());
                        if (number % 10 == 3 && failed.add(message.id())) {
                            throw new IllegalStateException("the first try of number " + number + " fails");
                        }
                        handled.computeIfAbsent(message.message().key(), key -> new CopyOnWriteArrayList<>())
                                .add(number);
                        done.add(message.id());
                    },
                    new Delivery(4, true));
        }
        List<StoredMessage> messages = new ArrayList<>();
        for (int number = 0; number < perKey; number++) {
            for (int key = 0; key < keys; key++) {
                messages.add(stored(Message.to(topic, "placed")
                        .key("key-" + key)
                        .ordering(Ordering.KEY_RELAXED)
                        .text("" + number)
                        .build()));
            }
        }
        for (int from = 0; from < messages.size(); from += 30) { // several calls, as the relay makes them
            assertThat(publish(messages.subList(from, Math.min(messages.size(), from + 30))))
                    .allMatch(PublishResult.Acknowledged.class::isInstance);
        }
        Await.until("all are handled", () -> done.size() == messages.size());
        assertThat(failed).hasSizeGreaterThanOrEqualTo(keys * 2);
        assertThat(handled)
                .hasSize(keys)
                .allSatisfy((key, numbers) ->
                        assertThat(firstTimes(numbers)).as(key).hasSize(perKey).isSorted());
    }

    /** A message that was handled may come once more when a member joins or leaves. */
    private static List<Integer> firstTimes(List<Integer> numbers) {
        return numbers.stream().distinct().toList();
    }

    @Test
    void whatItWouldRefuseIsKnownBeforeItIsSent() throws Exception {
        StoredMessage large = stored(Message.to(topic, "placed")
                .payload(new byte[broker.maxPayloadBytes() + 1024 * 1024], "application/octet-stream")
                .build());
        assertThat(broker.reasonToRefuse(large)).startsWith("payload: ").contains("(expected: at most ");
        assertThat(broker.reasonToRefuse(
                        stored(Message.to(topic, "placed").text("x").build())))
                .isNull();
    }

    private List<PublishResult> publish(List<StoredMessage> messages) throws Exception {
        List<PublishResult> results = new CopyOnWriteArrayList<>();
        CountDownLatch answered = new CountDownLatch(messages.size());
        broker.publish(messages, result -> {
            results.add(result);
            answered.countDown();
        });
        assertThat(answered.await(patience().toSeconds(), TimeUnit.SECONDS)).isTrue();
        return results;
    }

    private static StoredMessage stored(Message message) {
        return new StoredMessage(
                Messages.id(NOW),
                message,
                "orders",
                MessageState.SENDING,
                1,
                NOW.plusSeconds(20),
                "node-1",
                null,
                null);
    }

    /** What arrived. */
    private static final class Received {

        final List<ReceivedMessage> all = new CopyOnWriteArrayList<>();
        final Set<MessageId> ids = ConcurrentHashMap.newKeySet();

        void add(ReceivedMessage message) {
            all.add(message);
            ids.add(message.id());
        }

        void awaitAtLeast(int count) {
            Await.until(count + " messages", () -> all.size() >= count);
        }

        void awaitIds(Set<MessageId> wanted) {
            Await.until(wanted.size() + " messages", () -> ids.containsAll(wanted));
        }
    }
}

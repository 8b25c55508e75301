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
package io.carillon.messages.kafka;

import static io.carillon.testkit.messages.Traffic.await;
import static io.carillon.testkit.messages.Traffic.many;
import static io.carillon.testkit.messages.Traffic.publish;
import static io.carillon.testkit.messages.Traffic.stored;
import static io.carillon.testkit.messages.Traffic.unique;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.messages.Message;
import io.carillon.messages.ReceivedMessage;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.model.StoredMessage;
import io.carillon.messages.relay.Broker.PublishResult;
import io.carillon.messages.relay.Broker.PublishResult.Acknowledged;
import io.carillon.messages.relay.Broker.PublishResult.Refused;
import io.carillon.messages.relay.Broker.PublishResult.Unavailable;
import io.carillon.messages.relay.Broker.Subscription;
import io.carillon.testkit.messages.Traffic.Inbox;
import io.carillon.testkit.messages.Traffic.Results;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

final class KafkaBrokerTest {

    private static final KafkaProcess SERVER = KafkaProcess.shared();

    private final String topic = unique("orders");
    private KafkaBroker broker;

    @BeforeEach
    void open() {
        broker = KafkaBroker.open(options().build());
    }

    private static KafkaOptions.Builder options() {
        return KafkaOptions.builder(SERVER.bootstrap())
                .redeliveryDelay(Duration.ofMillis(50))
                .maxBlock(Duration.ofSeconds(15))
                .topicPartitions(4);
    }

    @AfterEach
    void close() {
        broker.close();
    }

    @Test
    void aConsumerThatComesLaterGetsWhatWasSentBefore() {
        publish(broker, many(topic, "a", 10));
        Inbox inbox = new Inbox();

        broker.subscribe("late", topic, Set.of(), inbox, 2);

        await(() -> inbox.all.size() == 10, "ten messages");
    }

    @Test
    void aUsersHeaderMayHaveAnyName() {
        Inbox inbox = new Inbox();
        broker.subscribe("points", topic, Set.of(), inbox, 1);

        publish(
                broker,
                Message.to(topic, "")
                        .header("carillon-id", "mine")
                        .header("trace", "\u94df")
                        .build());

        await(() -> inbox.all.size() == 1, "the message");
        Message received = inbox.all.iterator().next().message();
        assertThat(received.headers()).isEqualTo(Map.of("carillon-id", "mine", "trace", "\u94df"));
        assertThat(received.payload()).isEmpty();
    }

    @Test
    void membersOfAGroupShareItsMessagesAndNoneIsLostWhileTheyComeAndGo() {
        Inbox first = new Inbox();
        Inbox second = new Inbox();
        List<StoredMessage> sent = new ArrayList<>();
        try (Subscription stays = broker.subscribe("points", topic, Set.of(), first, 2)) {
            try (KafkaBroker other = KafkaBroker.open(options().build())) {
                other.subscribe("points", topic, Set.of(), second, 2);
                for (int round = 0; round < 200 && (first.all.isEmpty() || second.all.isEmpty()); round++) {
                    List<StoredMessage> some = keyed(50);
                    publish(broker, some);
                    sent.addAll(some);
                    await(() -> ids(first, second).size() == sent.size(), "what was sent so far");
                }
                assertThat(second.all).isNotEmpty();
                List<StoredMessage> more = keyed(300);
                publish(broker, more);
                sent.addAll(more);
            }
            await(() -> ids(first, second).size() == sent.size(), "every message at some member");
        }
        assertThat(first.all.size() + second.all.size()).as("deliveries").isLessThan(sent.size() + 200);
    }

    @Test
    void aMessageWhoseHandlerFailsComesAgainAndOthersDoNotWait() {
        List<Integer> attempts = Collections.synchronizedList(new ArrayList<>());
        Inbox inbox = new Inbox();
        CountDownLatch othersCame = new CountDownLatch(20);
        broker.subscribe(
                "points",
                topic,
                Set.of(),
                message -> {
                    if (message.message().key().equals("bad")) {
                        attempts.add(message.deliveryAttempt());
                        if (attempts.size() < 3 || othersCame.getCount() > 0) {
                            throw new IllegalStateException("the database is away");
                        }
                    } else {
                        othersCame.countDown();
                    }
                    inbox.handle(message);
                },
                1);

        publish(broker, Message.to(topic, "a").key("bad").text("t").build());
        publish(broker, many(topic, "a", 20));

        await(() -> inbox.all.size() == 21, "all messages");
        assertThat(attempts).hasSizeGreaterThanOrEqualTo(3).startsWith(1, 2, 3);
    }

    @Test
    void messagesOfOneKeyAreHandledInTheirOrderThoughOneFails() {
        Map<String, List<String>> order = Collections.synchronizedMap(new HashMap<>());
        AtomicInteger calls = new AtomicInteger();
        Set<MessageId> handled = ConcurrentHashMap.newKeySet();
        broker.subscribe(
                "points",
                topic,
                Set.of(),
                message -> {
                    if (calls.incrementAndGet() % 5 == 0) {
                        throw new IllegalStateException("every fifth call fails");
                    }
                    if (handled.add(message.id())) {
                        order.computeIfAbsent(
                                        message.message().key(), key -> Collections.synchronizedList(new ArrayList<>()))
                                .add(message.message().text());
                    }
                },
                4);
        List<StoredMessage> sent = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            sent.add(stored(
                    Message.to(topic, "").key("key-" + i % 3).text("" + i).build()));
        }

        // the relay does the same: what a broker that is slow to come up could not take is sent again before what comes
        // after it
        for (StoredMessage each : sent) {
            await(
                    () -> publish(broker, List.of(each)).get(0) instanceof Acknowledged,
                    "the broker to take " + each.message().text());
        }

        await(() -> handled.size() == 60, "all messages");
        for (int key = 0; key < 3; key++) {
            int first = key;
            assertThat(order.get("key-" + key))
                    .containsExactlyElementsOf(java.util.stream.IntStream.range(0, 20)
                            .mapToObj(i -> "" + (first + 3 * i))
                            .toList());
        }
    }

    /** KAFKA-15591: a new partition whose leader is not ready may take the second batch of a producer and never the first. */
    @Test
    void theFirstMessagesOfANewTopicAreTakenInTheirOrder() {
        for (int i = 0; i < 25; i++) {
            String fresh = unique("fresh");
            Results results = new Results();
            try (KafkaBroker unknown = KafkaBroker.open(options().build())) {
                for (int call = 0; call < 4; call++) {
                    unknown.publish(keyed(fresh, 10), results);
                }
                await(() -> results.all.size() == 40, "the results");
            }
            assertThat(results.all).as("messages of %s", fresh).allSatisfy(result -> assertThat(result)
                    .isInstanceOf(Acknowledged.class));
        }
    }

    @Test
    void aMessageThatFailsForEverIsParkedWithItsReason() {
        broker.close();
        broker = KafkaBroker.open(options().maxRedeliveries(2).build());
        AtomicInteger calls = new AtomicInteger();
        Inbox inbox = new Inbox();
        broker.subscribe(
                "points",
                topic,
                Set.of(),
                message -> {
                    if (message.message().text().equals("poison")) {
                        calls.incrementAndGet();
                        throw new IllegalStateException("cannot be handled");
                    }
                    inbox.handle(message);
                },
                1);
        Inbox dead = new Inbox();

        StoredMessage poison =
                stored(Message.to(topic, "a").key("k").text("poison").build());
        publish(broker, List.of(poison));
        publish(broker, Message.to(topic, "a").key("k").text("good").build());

        await(() -> inbox.all.size() == 1, "the message behind it, of the same key");
        assertThat(calls).hasValue(3);
        broker.subscribe("operator", "points." + topic + ".dead", Set.of(), dead, 1);
        await(() -> dead.all.size() == 1, "the parked message");
        assertThat(dead.all.iterator().next().id()).isEqualTo(poison.id());
    }

    @Test
    void whatCannotBeCarriedIsRefusedAndTheRestIsSent() {
        List<StoredMessage> sent = List.of(
                stored(Message.to(topic, "a").text("good").build()),
                stored(Message.to("orders paid", "a").text("illegal topic").build()),
                stored(Message.to("__consumer_offsets", "a").text("Kafka's own").build()),
                stored(Message.to(topic, "a")
                        .payload(new byte[broker.maxPayloadBytes() + 1], "x/y")
                        .build()),
                stored(Message.to(topic, "a").header("h", "x".repeat(60_000)).build()),
                stored(Message.to(topic, "a").text("good too").build()));

        List<PublishResult> results = publish(broker, sent);

        assertThat(resultOf(results, sent.get(0))).isInstanceOf(Acknowledged.class);
        assertThat(((Refused) resultOf(results, sent.get(1))).reason()).startsWith("topic: 'orders paid' (expected: ");
        assertThat(((Refused) resultOf(results, sent.get(2))).reason()).startsWith("topic: '__consumer_offsets'");
        assertThat(((Refused) resultOf(results, sent.get(3))).reason()).startsWith("payload: ");
        assertThat(((Refused) resultOf(results, sent.get(4))).reason()).startsWith("headers: ");
        assertThat(resultOf(results, sent.get(5))).isInstanceOf(Acknowledged.class);
    }

    @Test
    void aTopicThatDoesNotExistAndMayNotBeCreatedIsRefusedAtOnce() {
        PublishResult result =
                publish(broker, Message.to("forbidden-topic", "a").text("x").build());

        assertThat(result).isInstanceOf(Refused.class);
        assertThat(((Refused) result).reason()).contains("topic: forbidden-topic (expected: a topic that exists, ");
    }

    @Test
    void whatTheServerItselfFindsTooLargeIsRefused() {
        try (KafkaBroker generous =
                KafkaBroker.open(options().maxMessageBytes(4 * 1024 * 1024).build())) {
            PublishResult result = publish(
                    generous,
                    Message.to(topic, "a")
                            .payload(new byte[KafkaProcess.SERVER_MAX_BYTES + 1], "x/y")
                            .build());

            assertThat(result).isInstanceOf(Refused.class);
        }
    }

    @Test
    void aForeignMessageIsLeftAloneAndHoldsNothingUp() throws Exception {
        Inbox inbox = new Inbox();
        broker.subscribe("points", topic, Set.of(), inbox, 1);
        try (KafkaProducer<byte[], byte[]> foreign = new KafkaProducer<>(
                Map.of("bootstrap.servers", SERVER.bootstrap()),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            foreign.send(new ProducerRecord<>(topic, new byte[] {1, 2, 3})).get(60, TimeUnit.SECONDS);
            foreign.send(new ProducerRecord<>(topic, null, null)).get(60, TimeUnit.SECONDS);
        }

        publish(broker, many(topic, "a", 20));

        await(() -> inbox.all.size() == 20, "twenty messages");
        assertThat(ids(inbox)).hasSize(20);
    }

    @Test
    void closingASubscriptionWaitsForItsHandlerAndLeavesTheRestToOthers() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch mayEnd = new CountDownLatch(1);
        AtomicInteger ended = new AtomicInteger();
        Subscription subscription = broker.subscribe(
                "points",
                topic,
                Set.of(),
                message -> {
                    begun.countDown();
                    mayEnd.await();
                    ended.incrementAndGet();
                },
                1);
        publish(broker, many(topic, "a", 30));
        assertThat(begun.await(60, TimeUnit.SECONDS)).isTrue();

        CompletableFuture<Void> closing = CompletableFuture.runAsync(subscription::close);
        assertThatThrownBy(() -> closing.get(300, TimeUnit.MILLISECONDS))
                .isInstanceOf(java.util.concurrent.TimeoutException.class);
        mayEnd.countDown();
        closing.get(60, TimeUnit.SECONDS);

        assertThat(ended).hasValue(1);
        subscription.close();
        Inbox successor = new Inbox();
        broker.subscribe("points", topic, Set.of(), successor, 2);
        await(() -> ids(successor).size() >= 29, "what was left");
        assertThat(ids(successor)).as("what was handled was committed").hasSize(29);
    }

    @Test
    void afterCloseEveryMessageIsUnavailable() {
        broker.close();

        List<PublishResult> results = publish(broker, many(topic, "a", 100));

        assertThat(results).hasSize(100).allSatisfy(result -> assertThat(result).isInstanceOf(Unavailable.class));
        assertThatThrownBy(() -> broker.subscribe("points", topic, Set.of(), new Inbox(), 1))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
    }

    @Test
    void closingInTheMiddleLeavesNoMessageWithoutAResultOrWithTwo() {
        Results results = new Results();
        CompletableFuture<Void> publishing =
                CompletableFuture.runAsync(() -> broker.publish(many(topic, "a", 5_000), results));
        await(() -> results.all.size() > 200, "the first results");

        broker.close();
        publishing.join();

        await(() -> results.all.size() >= 5_000, "a result of each");
        assertThat(results.all.stream().map(result -> result.message().id()).distinct())
                .hasSize(5_000);
        assertThat(results.all).hasSize(5_000);
    }

    @Test
    void otherTagsForTheSameGroupAndTopicAreRefused() {
        broker.subscribe("points", topic, Set.of("a"), new Inbox(), 1);

        assertThatThrownBy(() -> broker.subscribe("points", topic, Set.of("b"), new Inbox(), 1))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith("tags: [b] (expected: [a], as group points already has for topic " + topic);
        assertThatThrownBy(() -> broker.subscribe("po.ints", topic, Set.of("b"), new Inbox(), 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("group: 'po.ints' (expected: ");
    }

    @Tag("story")
    @Test
    void aKilledBrokerIsUnavailableAndWhenItIsBackAllGoesOn() {
        broker.close();
        broker = KafkaBroker.open(options()
                .sendTimeout(Duration.ofSeconds(2))
                .maxBlock(Duration.ofSeconds(1))
                .startTimeout(Duration.ofSeconds(2))
                .build());
        await(
                () -> publish(broker, Message.to(topic, "").build()) instanceof Acknowledged,
                "the topic",
                Duration.ofSeconds(60));
        Inbox inbox = new Inbox();
        broker.subscribe("points", topic, Set.of("a", "b"), inbox, 2);
        publish(broker, many(topic, "a", 10));
        await(() -> inbox.all.size() == 10, "ten messages");

        SERVER.kill();
        List<PublishResult> whileAway = publish(broker, many(topic, "a", 10));
        List<PublishResult> ofAnUnknownTopic = publish(broker, many(unique("unknown"), "a", 50));
        Inbox late = new Inbox();
        assertThatThrownBy(() -> broker.subscribe("late", unique("other"), Set.of(), late, 2))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith("bootstrapServers: " + SERVER.bootstrap() + " (expected: ");
        SERVER.start();
        List<StoredMessage> again = many(topic, "b", 10);
        await(
                () -> publish(broker, List.of(again.get(0))).get(0) instanceof Acknowledged,
                "the broker",
                Duration.ofSeconds(60));

        assertThat(whileAway).allSatisfy(result -> assertThat(result).isInstanceOf(Unavailable.class));
        assertThat(ofAnUnknownTopic).hasSize(50).allSatisfy(result -> assertThat(result)
                .isInstanceOf(Unavailable.class));
        assertThat(publish(broker, again))
                .allSatisfy(result -> assertThat(result).isInstanceOf(Acknowledged.class));
        await(() -> texts(inbox, "b").size() == 10, "the messages sent afterwards");
        broker.subscribe("late", topic, Set.of("b"), late, 2);
        await(() -> texts(late, "b").size() == 10, "all messages, at a group that comes afterwards");
    }

    @Test
    void aClusterThatDoesNotAnswerIsOneClearError() {
        KafkaOptions nowhere = KafkaOptions.builder("127.0.0.1:9")
                .startTimeout(Duration.ofMillis(600))
                .build();

        assertThatThrownBy(() -> KafkaBroker.open(nowhere))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith("bootstrapServers: 127.0.0.1:9 (expected: a Kafka broker that answers). ")
                .hasMessageEndingWith("Start Kafka, or correct the address.");
    }

    @Test
    void aBadSettingIsNamedWithItsValue() {
        assertThatThrownBy(() -> KafkaOptions.builder("somewhere").build())
                .hasMessageStartingWith("bootstrapServers: 'somewhere' (expected: host:port");
        assertThatThrownBy(() -> KafkaOptions.builder("a:1,b:2").maxInFlight(0).build())
                .hasMessageStartingWith("maxInFlight: 0 (expected: 1..10000)");
        assertThatThrownBy(() ->
                        KafkaOptions.builder("a:1").sendTimeout(Duration.ZERO).build())
                .hasMessageStartingWith("sendTimeout: PT0S (expected: ");
        assertThatThrownBy(
                        () -> KafkaOptions.builder("a:1").property("acks", "0").build())
                .hasMessageStartingWith("properties: acks (expected: a setting that Carillon does not make itself)");
    }

    private List<StoredMessage> keyed(int count) {
        return keyed(topic, count);
    }

    private List<StoredMessage> keyed(String topic, int count) {
        List<StoredMessage> messages = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            messages.add(stored(Message.to(topic, "a").key("key-" + i).text("x").build()));
        }
        return messages;
    }

    private static PublishResult resultOf(List<PublishResult> results, StoredMessage sent) {
        List<PublishResult> of =
                results.stream().filter(result -> result.message().equals(sent)).toList();
        assertThat(of).hasSize(1);
        return of.get(0);
    }

    private static Set<String> texts(Inbox inbox, String tag) {
        Set<String> texts = new HashSet<>();
        for (ReceivedMessage received : inbox.all) {
            if (received.message().tag().equals(tag)) {
                texts.add(received.message().text());
            }
        }
        return texts;
    }

    private static Set<Object> ids(Inbox... inboxes) {
        Set<Object> ids = new HashSet<>();
        for (Inbox inbox : inboxes) {
            inbox.all.forEach(received -> ids.add(received.id()));
        }
        return ids;
    }
}

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
package io.carillon.messages.rabbitmq;

import static io.carillon.testkit.messages.Traffic.await;
import static io.carillon.testkit.messages.Traffic.many;
import static io.carillon.testkit.messages.Traffic.publish;
import static io.carillon.testkit.messages.Traffic.stored;
import static io.carillon.testkit.messages.Traffic.unique;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.rabbitmq.client.Address;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.GetResponse;
import io.carillon.messages.Message;
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
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class RabbitBrokerTest {

    private final String topic = unique("orders");
    private RabbitBroker broker;

    @BeforeEach
    void open() {
        broker = RabbitBroker.open(options().build());
    }

    private static RabbitOptions.Builder options() {
        return RabbitOptions.builder(AmqpProcess.address()).redeliveryDelay(Duration.ofMillis(50));
    }

    @AfterEach
    void close() {
        broker.close();
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
        broker.subscribe("points", topic, Set.of(), new Inbox(), 1);
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

    @Test
    void aGroupThatWasSubscribedOnceGetsWhatIsSentWhileNoMemberRuns() {
        broker.subscribe("points", topic, Set.of(), new Inbox(), 1).close();
        publish(broker, many(topic, "a", 10));
        Inbox inbox = new Inbox();

        broker.subscribe("points", topic, Set.of(), inbox, 2);

        await(() -> inbox.all.size() == 10, "ten messages");
    }

    @Test
    void aMessageThatNoQueueTakesIsNotTakenForSent() {
        broker.subscribe("points", topic, Set.of("a"), new Inbox(), 1);

        List<StoredMessage> sent = List.of(
                stored(Message.to(topic, "a").text("wanted").build()),
                stored(Message.to(topic, "b").text("wanted by nobody").build()),
                stored(Message.to(topic, "a").text("wanted too").build()));
        List<PublishResult> results = publish(broker, sent);

        assertThat(resultOf(results, sent.get(0))).isInstanceOf(Acknowledged.class);
        // Qpid answers with a negative confirm, RabbitMQ with the message and a positive one
        assertThat(resultOf(results, sent.get(1))).isNotInstanceOf(Acknowledged.class);
        if (AmqpProcess.isExternal()) {
            assertThat(((Refused) resultOf(results, sent.get(1))).reason())
                    .startsWith("tag: 'b' of topic " + topic + " (expected: a tag that a group has subscribed to)");
        }
        assertThat(resultOf(results, sent.get(2))).isInstanceOf(Acknowledged.class);
    }

    @Test
    void everyMessageOfManyIsAnsweredOnce() {
        Inbox inbox = new Inbox();
        broker.subscribe("points", topic, Set.of(), inbox, 4);

        List<PublishResult> results = publish(broker, many(topic, "a", 3_000));

        assertThat(results).hasSize(3_000).allSatisfy(result -> assertThat(result)
                .isInstanceOf(Acknowledged.class));
        assertThat(results.stream().map(result -> result.message().id()).distinct())
                .hasSize(3_000);
        await(() -> inbox.all.size() == 3_000, "every message");
        assertThat(ids(inbox)).hasSize(3_000);
    }

    @Test
    void membersOfAGroupShareItsMessages() {
        Inbox first = new Inbox();
        Inbox second = new Inbox();
        broker.subscribe("points", topic, Set.of(), first, 1);
        try (RabbitBroker other = RabbitBroker.open(options().build())) {
            other.subscribe("points", topic, Set.of(), second, 1);

            publish(broker, many(topic, "a", 500));

            await(() -> ids(first, second).size() == 500, "every message at some member");
            assertThat(first.all).isNotEmpty();
            assertThat(second.all).isNotEmpty();
            assertThat(first.all.size() + second.all.size()).isEqualTo(500);
        }
    }

    @Test
    void aTagThatLooksLikeAPatternIsItselfOnly() {
        Inbox inbox = new Inbox();
        broker.subscribe("points", topic, Set.of("a.*"), inbox, 1);

        publish(
                broker,
                List.of(
                        stored(Message.to(topic, "a.b").text("another").build()),
                        stored(Message.to(topic, "a.*").text("the one").build())));

        await(() -> inbox.all.size() == 1, "the message");
        assertThat(inbox.texts()).containsExactly("the one");
    }

    @Test
    void aMessageThatFailsForEverIsParkedWithItsReason() throws Exception {
        broker.close();
        broker = RabbitBroker.open(options().maxRedeliveries(2).build());
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

        StoredMessage poison = stored(Message.to(topic, "a").text("poison").build());
        publish(broker, List.of(poison));
        publish(broker, Message.to(topic, "a").text("good").build());

        await(() -> inbox.all.size() == 1, "the message behind it");
        try (Connection foreign = foreign()) {
            Channel channel = foreign.createChannel();
            GetResponse[] parked = new GetResponse[1];
            await(
                    () -> {
                        parked[0] = parked[0] != null ? parked[0] : get(foreign, "points." + topic + ".dead");
                        return parked[0] != null;
                    },
                    "the parked message");
            assertThat(channel.isOpen()).isTrue();
            assertThat(parked[0].getProps().getHeaders().get("carillon-id"))
                    .hasToString(poison.id().toString());
            assertThat(parked[0].getProps().getHeaders().get("carillon-tag")).hasToString("a");
            assertThat(parked[0].getProps().getHeaders().get("carillon-error").toString())
                    .contains("cannot be handled");
        }
        assertThat(calls).hasValue(3);
    }

    private static GetResponse get(Connection connection, String queue) {
        try {
            Channel channel = connection.createChannel();
            GetResponse response = channel.basicGet(queue, true);
            channel.close();
            return response;
        } catch (Exception e) {
            return null; // not there yet
        }
    }

    private static Connection foreign() throws Exception {
        ConnectionFactory factory = new ConnectionFactory();
        return factory.newConnection(Address.parseAddresses(AmqpProcess.address()));
    }

    @Test
    void whatCannotBeCarriedIsRefusedAndTheRestIsSent() {
        broker.subscribe("points", topic, Set.of(), new Inbox(), 1);
        List<StoredMessage> sent = List.of(
                stored(Message.to(topic, "a").text("good").build()),
                stored(Message.to("orders paid", "a").text("illegal topic").build()),
                stored(Message.to("amq.topic", "a").text("AMQP's own").build()),
                stored(Message.to(topic, "\u94df".repeat(100))
                        .text("tag too long")
                        .build()),
                stored(Message.to(topic, "a")
                        .payload(new byte[broker.maxPayloadBytes() + 1], "x/y")
                        .build()),
                stored(Message.to(topic, "a").header("h", "x".repeat(60_000)).build()),
                stored(Message.to(topic, "a").header("h".repeat(250), "x").build()),
                stored(Message.to(topic, "a").text("good too").build()));

        List<PublishResult> results = publish(broker, sent);

        assertThat(resultOf(results, sent.get(0))).isInstanceOf(Acknowledged.class);
        List<String> reasons = List.of(
                "topic: 'orders paid' (expected: ",
                "topic: 'amq.topic'",
                "tag: '",
                "payload: ",
                "headers: ",
                "header: '");
        for (int i = 0; i < reasons.size(); i++) {
            assertThat(((Refused) resultOf(results, sent.get(i + 1))).reason()).startsWith(reasons.get(i));
        }
        assertThat(resultOf(results, sent.get(7))).isInstanceOf(Acknowledged.class);
    }

    @Test
    void aForeignMessageIsLeftAloneAndHoldsNothingUp() throws Exception {
        Inbox inbox = new Inbox();
        broker.subscribe("points", topic, Set.of(), inbox, 1);
        try (Connection foreign = foreign()) {
            foreign.createChannel().basicPublish(topic, "a", null, new byte[] {1, 2, 3});
        }

        publish(broker, many(topic, "a", 100));

        await(() -> inbox.all.size() == 100, "a hundred messages");
        assertThat(ids(inbox)).hasSize(100);
    }

    @Test
    void anExchangeOfAnotherKindMakesItsTopicUnavailable() throws Exception {
        String taken = unique("taken");
        broker.subscribe("points", topic, Set.of(), new Inbox(), 1);
        try (Connection foreign = foreign()) {
            foreign.createChannel().exchangeDeclare(taken, "fanout", true);
        }

        List<StoredMessage> sent = List.of(
                stored(Message.to(topic, "a").text("good").build()),
                stored(Message.to(taken, "a").text("cannot be sent").build()),
                stored(Message.to(topic, "a").text("good too").build()));
        List<PublishResult> results = publish(broker, sent);

        assertThat(resultOf(results, sent.get(0))).isInstanceOf(Acknowledged.class);
        assertThat(resultOf(results, sent.get(1))).isInstanceOf(Unavailable.class);
        if (AmqpProcess.isExternal()) { // RabbitMQ closes the channel that asked, Qpid the connection with all channels
            assertThat(resultOf(results, sent.get(2))).isInstanceOf(Acknowledged.class);
        }
        assertThatThrownBy(() -> broker.subscribe("points", taken, Set.of(), new Inbox(), 1))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith("addresses: " + AmqpProcess.address() + " (expected: ");
    }

    @Test
    void onRabbitMqItselfTheQueueIsAQuorumQueueAndOneThatIsThereStays() throws Exception {
        assumeTrue(AmqpProcess.isExternal(), "needs a RabbitMQ, see AmqpProcess");
        broker.subscribe("points", topic, Set.of(), new Inbox(), 1);
        try (Connection foreign = foreign()) {
            Channel channel = foreign.createChannel();
            channel.queueDeclare("points." + topic, true, false, false, Map.of("x-queue-type", "quorum"));
            channel.queueDeclare("older." + topic, true, false, false, Map.of("x-queue-type", "classic"));
        }
        Inbox inbox = new Inbox();
        broker.subscribe("older", topic, Set.of(), inbox, 1);
        publish(broker, many(topic, "a", 5));
        await(() -> inbox.all.size() == 5, "five messages");
    }

    @Test
    void onRabbitMqItselfWhatTheServerFindsTooLargeIsRefused() {
        assumeTrue(AmqpProcess.isExternal(), "needs a RabbitMQ with max_message_size = 16777216, see AmqpProcess");
        broker.subscribe("points", topic, Set.of(), new Inbox(), 1);
        try (RabbitBroker generous =
                RabbitBroker.open(options().maxMessageBytes(32 * 1024 * 1024).build())) {
            byte[] payload = new byte[20 * 1024 * 1024];

            assertThat(publish(
                            generous,
                            Message.to(topic, "a").payload(payload, "x/y").build()))
                    .isInstanceOf(Refused.class);
            assertThat(publish(generous, Message.to(topic, "a").text("small").build()))
                    .isInstanceOf(Acknowledged.class);
        }
    }

    @Test
    void aKilledServerIsUnavailableAndWhenItIsBackSubscriptionsGoOn() {
        assumeFalse(AmqpProcess.isExternal(), "kills its own server only");
        Inbox inbox = new Inbox();
        broker.subscribe("points", topic, Set.of("a", "b"), inbox, 2);
        publish(broker, many(topic, "a", 10));
        await(() -> inbox.all.size() == 10, "ten messages");

        AmqpProcess.shared().kill();
        List<PublishResult> whileAway = publish(broker, many(topic, "a", 10));
        assertThatThrownBy(() -> broker.subscribe("late", topic, Set.of(), new Inbox(), 2))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith("addresses: " + AmqpProcess.address() + " (expected: ");
        AmqpProcess.shared().start();
        // the server has forgotten its queues: until the subscription has made its own again, nothing takes a message
        await(
                () -> publish(broker, Message.to(topic, "b").text("probe").build()) instanceof Acknowledged,
                "the server and the queue",
                Duration.ofSeconds(60));

        assertThat(whileAway).allSatisfy(result -> assertThat(result).isInstanceOf(Unavailable.class));
        assertThat(publish(broker, many(topic, "b", 10)))
                .allSatisfy(result -> assertThat(result).isInstanceOf(Acknowledged.class));
        await(() -> inbox.all.size() == 21, "the messages sent afterwards");
    }

    @Test
    void aServerThatDoesNotAnswerOrAdmitIsOneClearError() {
        assertThatThrownBy(() -> RabbitBroker.open(RabbitOptions.builder("127.0.0.1:9")
                        .startTimeout(Duration.ofMillis(600))
                        .build()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith(
                        "addresses: 127.0.0.1:9 (expected: a RabbitMQ server that answers, and lets user")
                .hasMessageEndingWith("Start RabbitMQ, or correct the address, the user or the" + " virtual host.");
        assertThatThrownBy(() -> RabbitBroker.open(options()
                        .password("wrong-one")
                        .startTimeout(Duration.ofMillis(600))
                        .build()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith("addresses: " + AmqpProcess.address() + " (expected: ")
                .hasMessageNotContaining("wrong-one");
    }

    @Test
    void aBadSettingIsNamedWithItsValue() {
        assertThatThrownBy(() -> RabbitOptions.builder("somewhere").build())
                .hasMessageStartingWith("addresses: 'somewhere' (expected: host:port");
        assertThatThrownBy(() -> RabbitOptions.builder("a:1,b:2").maxInFlight(0).build())
                .hasMessageStartingWith("maxInFlight: 0 (expected: 1..10000)");
        assertThatThrownBy(() ->
                        RabbitOptions.builder("a:1").sendTimeout(Duration.ZERO).build())
                .hasMessageStartingWith("sendTimeout: PT0S (expected: ");
        assertThat(RabbitOptions.builder("a:1").password("secret").build().toString())
                .doesNotContain("secret");
    }

    private static PublishResult resultOf(List<PublishResult> results, StoredMessage sent) {
        List<PublishResult> of =
                results.stream().filter(result -> result.message().equals(sent)).toList();
        assertThat(of).hasSize(1);
        return of.get(0);
    }

    private static Set<Object> ids(Inbox... inboxes) {
        Set<Object> ids = new HashSet<>();
        for (Inbox inbox : inboxes) {
            inbox.all.forEach(received -> ids.add(received.id()));
        }
        return ids;
    }
}

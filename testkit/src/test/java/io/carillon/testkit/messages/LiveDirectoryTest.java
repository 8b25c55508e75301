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

import io.carillon.messages.Message;
import io.carillon.messages.MessageServiceOptions;
import io.carillon.messages.ReceivedMessage;
import io.carillon.messages.TopicRefusedException;
import io.carillon.messages.directory.Directory;
import io.carillon.messages.directory.Directory.Name;
import io.carillon.messages.directory.Directory.Status;
import io.carillon.messages.directory.LiveDirectory;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.model.MessageState;
import io.carillon.messages.operations.MessageCommands;
import io.carillon.messages.operations.MessageSearch.Confirmation;
import io.carillon.messages.outbox.ControlMessages;
import io.carillon.messages.recovery.ResendSending;
import io.carillon.messages.relay.InJvmBroker;
import io.carillon.messages.relay.MessageService;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Services with a directory, over one broker: what one hears of another, and what an edit does to a running service. */
@Timeout(300)
class LiveDirectoryTest {

    private static final Instant NOW = Instant.parse("2026-11-27T10:00:00Z");

    private final ManualTime time = new ManualTime(NOW);
    private final InJvmBroker broker = new InJvmBroker();
    private final Node shop = new Node("shop", "1", Map.of("orders", Set.of("placed", "paid")), false, false);
    private final Node points = new Node("points", "1", Map.of(), false, false);

    /** A service with a store of its own. */
    private final class Node implements AutoCloseable {

        final ManualTransactions transactions = new ManualTransactions();
        final InMemoryMessageStore store = new InMemoryMessageStore(transactions);
        final InMemoryInboxStore inbox = new InMemoryInboxStore(transactions);
        final InMemoryDirectory kept = new InMemoryDirectory(store);
        final List<String> received = new CopyOnWriteArrayList<>();
        final MessageServiceOptions options;
        final LiveDirectory directory;
        final MessageService service;

        Node(String name, String revision, Map<String, Set<String>> topics, boolean strict, boolean announces) {
            this(name, revision, topics, strict, announces, null);
        }

        /** Another instance of a service, on its store, or the first one. */
        Node(
                String name,
                String revision,
                Map<String, Set<String>> topics,
                boolean strict,
                boolean announces,
                InMemoryDirectory shared) {
            options = MessageServiceOptions.of(name)
                    .revision(revision)
                    .time(time)
                    .pollInterval(Duration.ofMillis(10))
                    .completionDelay(Duration.ofMillis(1))
                    .confirmDelay(Duration.ofMillis(1))
                    .build();
            directory = new LiveDirectory(
                    options,
                    new LiveDirectory.Settings("http://" + name + "/check", topics, strict, announces),
                    shared == null ? kept : shared,
                    store.search(),
                    new MessageCommands(store.search(), store, new InMemoryAudit(), time),
                    broker);
            service = MessageService.start(options, store, inbox, transactions, broker, directory);
        }

        void receive(String topic, String... tags) {
            service.subscribe(
                    options.producerGroup(),
                    topic,
                    Set.of(tags),
                    message -> received.add(message.message().text()),
                    1);
        }

        MessageId send(String tag, String text) {
            transactions.begin();
            MessageId id = service.reliableMessages()
                    .send(Message.to("orders", tag).text(text).build());
            transactions.commit();
            return id;
        }

        MessageState state(MessageId id) {
            return store.find(id).orElseThrow().state();
        }

        @Override
        public void close() {
            service.close();
        }
    }

    @AfterEach
    void close() {
        points.close();
        shop.close();
        broker.close();
    }

    private void awaitSubscriber(String tag, String... groups) {
        Await.until(
                "the shop expects " + List.of(groups),
                () -> shop.store.subscribers("orders", tag).equals(Set.of(groups)));
    }

    @Test
    void whatServicesDeclareIsKnownToAll() {
        points.receive("orders", "placed");
        awaitSubscriber("placed", "points");
        time.advance(shop.options.subscriptionInterval().multipliedBy(2)); // what was said before points listened
        Await.until("points knows the shop", () -> points.kept
                .read()
                .checkUrl("shop")
                .filter("http://shop/check"::equals)
                .isPresent());
        Await.until(
                "points knows the topic",
                () -> points.kept.read().entry(Name.tag("orders", "paid")).isPresent());
    }

    @Test
    void expectedConfirmationsFollowTheTagSubscriptionsWhenAMessageIsSent() {
        points.receive("orders", "placed");
        awaitSubscriber("placed", "points");
        MessageId placed = shop.send("placed", "a");
        MessageId paid = shop.send("paid", "b");
        Await.until(
                "both are finished",
                () -> shop.state(placed) == MessageState.FINISHED && shop.state(paid) == MessageState.FINISHED);
        assertThat(shop.store.search().confirmations(placed))
                .extracting(Confirmation::group)
                .containsExactly("points");
        assertThat(shop.store.search().confirmations(paid)).isEmpty();
        assertThat(points.received).containsExactly("a");
    }

    @Test
    void aDisabledTopicRefusesMessagesEverywhereWithWhoAndWhenUntilItIsEnabled() {
        points.directory.edit(Name.topic("orders"), Status.DISABLED, null, "ann", "stock count");
        Await.until("the shop has heard", () -> {
            shop.directory.look();
            return shop.directory.view().refusal("orders", "placed", false).isPresent();
        });
        assertThatThrownBy(() -> shop.send("placed", "a"))
                .isInstanceOf(TopicRefusedException.class)
                .hasMessage(
                        "topic: orders, disabled by ann at 2026-11-27T10:00:00Z: stock count (expected: a topic that is not"
                                + " switched off). The message was not written; declare the topic or have it switched on, then send"
                                + " again.");
        shop.transactions.rollback();
        shop.directory.edit(Name.topic("orders"), Status.ACTIVE, null, "ann", "done");
        MessageId id = shop.send("placed", "b");
        Await.until("it is sent", () -> shop.state(id) == MessageState.FINISHED);
    }

    @Test
    void inStrictModeATopicThatNobodyDeclaredIsRefused() {
        try (Node strict = new Node("strict", "1", Map.of("mail", Set.of()), true, false)) {
            strict.transactions.begin();
            strict.service.reliableMessages().send(Message.to("mail", "any").build());
            assertThatThrownBy(() -> strict.service
                            .reliableMessages()
                            .send(Message.to("typo", "").build()))
                    .hasMessageContaining("topic: typo, which nobody declared (expected: a declared topic)");
            strict.transactions.rollback();
        }
    }

    @Test
    void theOutstandingConfirmationsOfADisabledGroupAreWaivedWithWhoAndWhen() {
        shop.store.subscribe("silent", Map.of("orders", Set.of("placed")), NOW);
        MessageId id = shop.send("placed", "a");
        Await.until("it is sent", () -> shop.state(id) == MessageState.SENT);
        Instant at = time.advance(Duration.ofSeconds(10));
        points.directory.edit(Name.group("silent"), Status.DISABLED, null, "ann", "gone for good");
        Await.until("it is finished", () -> shop.state(id) == MessageState.FINISHED);
        assertThat(shop.store.search().confirmations(id)).containsExactly(new Confirmation("silent", at, "ann"));
    }

    @Test
    void aPausedSubscriptionReceivesNothingLosesNothingAndSurvivesARestart() {
        points.receive("orders", "placed");
        awaitSubscriber("placed", "points");
        shop.directory.edit(Name.pause("points", "orders"), Status.ACTIVE, null, "ann", "fix");
        Await.until("points has heard", () -> {
            points.directory.look();
            return points.directory.view().isPaused("points", "orders");
        });
        points.directory.look();
        MessageId id = shop.send("placed", "while paused");
        Await.until("it is sent", () -> shop.state(id) == MessageState.SENT);
        points.close();
        try (Node again = new Node("points", "1", Map.of(), false, false, points.kept)) {
            again.receive("orders", "placed");
            assertThat(again.received).isEmpty();
            assertThat(shop.state(id)).isEqualTo(MessageState.SENT);
            again.directory.edit(Name.pause("points", "orders"), Status.REMOVED, null, "ann", "fixed");
            Await.until("it is received", () -> again.received.equals(List.of("while paused")));
            Await.until("it is confirmed", () -> shop.state(id) == MessageState.FINISHED);
        }
    }

    @Test
    void aMessageThatOnlyPausedGroupsHaveYetToConfirmIsNotSentAgainAndDoesNotDie() {
        points.receive("orders", "placed");
        awaitSubscriber("placed", "points");
        shop.directory.edit(Name.pause("points", "*"), Status.ACTIVE, null, "ann", "fix");
        Await.until("points has heard", () -> {
            points.directory.look();
            return points.directory.view().isPaused("points", "orders");
        });
        points.directory.look();
        MessageId id = shop.send("placed", "a");
        Await.until("it is sent", () -> shop.state(id) == MessageState.SENT);
        FaultyBroker counted = new FaultyBroker(broker);
        ResendSending resend = new ResendSending(shop.store, counted, shop.options, shop.directory::waitsForPaused);
        for (int i = 0; i < 3 * shop.options.maxAttempts(); i++) {
            Instant now = time.advance(Duration.ofHours(2));
            assertThat(resend.run(now, 0, 1).handled()).isZero();
        }
        assertThat(counted.published("orders")).isEmpty();
        assertThat(shop.state(id)).isEqualTo(MessageState.SENT);
        assertThat(shop.store.find(id).orElseThrow().attempt()).isEqualTo(1);
    }

    @Test
    void aServiceThatWasAwayHearsOfEditsFromTheCentre() {
        try (Node centre = new Node("centre", "1", Map.of(), false, true)) {
            centre.directory.edit(Name.topic("orders"), Status.DISABLED, null, "ann", "stock count");
            try (Node late = new Node("late", "1", Map.of(), false, false)) {
                time.advance(centre.options.subscriptionInterval().multipliedBy(2));
                Await.until(
                        "the late one has heard",
                        () -> late.kept.read().refusal("orders", "", false).isPresent());
            }
        }
    }

    @Test
    void whatIsDeclaredAgainAsItIsKnownIsNotAskedOfTheStore() {
        AtomicInteger asked = new AtomicInteger();
        Directory counting = (Directory) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {Directory.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("declare")) {
                        asked.incrementAndGet();
                    }
                    try {
                        return method.invoke(shop.kept, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
        LiveDirectory directory = new LiveDirectory(
                shop.options,
                LiveDirectory.Settings.plain(),
                counting,
                shop.store.search(),
                new MessageCommands(shop.store.search(), shop.store, new InMemoryAudit(), time),
                broker);
        directory.subscribed(says("stock", "placed"));
        directory.look();
        assertThat(asked).hasValue(1);
        directory.subscribed(says("stock", "placed"));
        assertThat(asked).hasValue(1);
        directory.subscribed(says("stock", "paid"));
        directory.look();
        assertThat(asked).hasValue(2);
        assertThat(directory.view().subscriptions("stock")).isEqualTo(Map.of("orders", Set.of("paid")));
        time.advance(Duration.ofDays(1));
        directory.subscribed(says("stock", "paid"));
        assertThat(asked).as("so that it is known to be used").hasValue(3);
    }

    private ReceivedMessage says(String group, String tag) {
        Message message = ControlMessages.subscriptions(group, Map.of("orders", Set.of(tag)));
        return new ReceivedMessage(MessageId.of(time.instant(), 1, 2), message, group, "shop", 1);
    }
}

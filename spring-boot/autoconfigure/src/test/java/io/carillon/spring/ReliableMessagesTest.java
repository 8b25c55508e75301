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
package io.carillon.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.messages.Message;
import io.carillon.messages.ReceivedMessage;
import io.carillon.messages.ReliableMessages;
import io.carillon.messages.UnreadableMessageException;
import io.carillon.messages.inbox.ParkedMessages;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.model.MessageState;
import io.carillon.messages.model.StoredMessage;
import io.carillon.messages.outbox.MessageStore;
import io.carillon.messages.relay.Broker;
import io.carillon.messages.relay.MessageService;
import io.carillon.spring.MqProducerStore.SendType;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.springframework.boot.Banner;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.annotation.EnableTransactionManagement;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.TransactionTemplate;

/** A whole application on H2 and the broker within the JVM. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ReliableMessagesTest {

    private ConfigurableApplicationContext application;
    private Orders orders;
    private Effects effects;
    private JdbcTemplate jdbc;

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    // As low as orders go: still the advice of Carillon runs inside the transaction.
    @EnableTransactionManagement(proxyTargetClass = true)
    @Import({Orders.class, Effects.class})
    static class Application {
        @Bean
        Object table(JdbcTemplate jdbc) {
            jdbc.execute("CREATE TABLE EFFECT (WHAT VARCHAR(100))");
            return "table";
        }
    }

    /** What sends. */
    static class Orders {

        private final JdbcTemplate jdbc;
        private final ReliableMessages messages;

        Orders(JdbcTemplate jdbc, ReliableMessages messages) {
            this.jdbc = jdbc;
            this.messages = messages;
        }

        private Message write(String what, boolean fail) {
            jdbc.update("INSERT INTO EFFECT (WHAT) VALUES (?)", what);
            if (fail) {
                throw new IllegalStateException("fails as told");
            }
            return Message.to("ORDER", "PLACED").key(what).text(what).build();
        }

        @Transactional
        public MessageId byHand(String what, boolean fail) {
            MessageId id =
                    messages.send(Message.to("ORDER", "PLACED").text(what).build());
            write(what, fail);
            return id;
        }

        @Transactional
        @MqProducerStore
        public Message returned(String what, boolean fail) {
            return write(what, fail);
        }

        @Transactional
        @MqProducerStore(sendType = SendType.SAVE_AND_SEND)
        public void taken(Message message, boolean fail) {
            write("taken " + message.text(), fail);
        }

        @Transactional
        @MqProducerStore
        public List<Message> several(int count) {
            return java.util.stream.IntStream.range(0, count)
                    .mapToObj(i -> write("several " + i, false))
                    .toList();
        }

        @Transactional
        @MqProducerStore
        public Optional<Message> none() {
            return Optional.empty();
        }

        @MqProducerStore
        public Message withoutTransaction(String what) {
            return write(what, false);
        }

        @Transactional(propagation = Propagation.REQUIRES_NEW)
        @MqProducerStore
        public Message inItsOwn(String what) {
            return write(what, false);
        }

        @Transactional
        @MqProducerStore(sendType = SendType.DIRECT_SEND)
        public Message direct(String what, boolean fail) {
            return write(what, fail);
        }

        @MqProducerStore(sendType = SendType.DIRECT_SEND)
        public Message directWithoutTransaction(String what) {
            return write(what, false);
        }
    }

    /** What receives. */
    static class Effects {

        private final Queue<ReceivedMessage> seen = new ConcurrentLinkedQueue<>();
        private final AtomicInteger failures = new AtomicInteger();
        private final JdbcTemplate jdbc;

        Effects(JdbcTemplate jdbc) {
            this.jdbc = jdbc;
        }

        public Queue<ReceivedMessage> seen() {
            return seen;
        }

        public void failNext(int times) {
            failures.set(times);
        }

        @ReliableListener(topic = "${test.topic:ORDER}", tags = "PLACED", group = "points", concurrency = 2)
        @MqConsumerStore
        @Transactional
        public void placed(ReceivedMessage message) {
            jdbc.update(
                    "INSERT INTO EFFECT (WHAT) VALUES (?)",
                    "effect of " + message.message().text());
            if (failures.getAndDecrement() > 0) {
                throw new IllegalStateException("fails as told");
            }
            seen.add(message);
        }

        @ReliableListener(topic = "BULK", group = "bulk", concurrency = 1, batchSize = 10, batchDelayMillis = 300)
        @Transactional
        public void many(List<ReceivedMessage> messages) {
            for (ReceivedMessage message : messages) {
                jdbc.update(
                        "INSERT INTO EFFECT (WHAT) VALUES (?)",
                        "effect of " + message.message().text());
                if (message.message().text().equals("poison")) {
                    throw new UnreadableMessageException("poison");
                }
            }
        }

        @MqConsumerStore
        public void calledByAnOwnClient(ReceivedMessage message) {
            jdbc.update(
                    "INSERT INTO EFFECT (WHAT) VALUES (?)",
                    "own " + message.message().text());
            if (message.message().text().equals("bad")) {
                throw new IllegalArgumentException("bad");
            }
        }
    }

    @BeforeAll
    void start() {
        application = new SpringApplicationBuilder(Application.class)
                .web(WebApplicationType.NONE)
                .properties(Map.of(
                        "spring.application.name", "orders",
                        "spring.datasource.url", "jdbc:h2:mem:messages;DB_CLOSE_DELAY=-1",
                        "carillon.store.create-tables", "true",
                        "carillon.messages.broker", "in-jvm",
                        "carillon.messages.poll-interval", "100ms",
                        "carillon.messages.subscription-interval", "200ms",
                        "carillon.maintenance.enabled", "false",
                        "logging.level.root", "warn"))
                .bannerMode(Banner.Mode.OFF)
                .run();
        orders = application.getBean(Orders.class);
        effects = application.getBean(Effects.class);
        jdbc = application.getBean(JdbcTemplate.class);
        MessageStore store = application.getBean(MessageStore.class);
        Await.until("the subscription is known", () -> store.subscribers("ORDER", "PLACED")
                .contains("points"));
    }

    @BeforeEach
    void forget() {
        for (String table : List.of("CARILLON_CONFIRMATION", "CARILLON_MESSAGE", "CARILLON_INBOX", "EFFECT")) {
            jdbc.update("DELETE FROM " + table);
        }
        effects.seen().clear();
        effects.failNext(0);
    }

    @AfterAll
    void stop() {
        application.close();
    }

    private int count(String what) {
        Integer count = jdbc.queryForObject("SELECT COUNT(*) FROM EFFECT WHERE WHAT = ?", Integer.class, what);
        return count == null ? 0 : count;
    }

    private int rows() {
        Integer count = jdbc.queryForObject("SELECT COUNT(*) FROM CARILLON_MESSAGE", Integer.class);
        return count == null ? 0 : count;
    }

    private void awaitEffect(String what) {
        Await.until("effect of " + what, () -> count("effect of " + what) == 1);
    }

    @Test
    void aMessageIsDeliveredAfterTheCommitAndFinishedByItsConfirmation() {
        MessageId id = orders.byHand("a", false);
        awaitEffect("a");
        MessageStore store = application.getBean(MessageStore.class);
        Await.until(
                "the confirmation closes the message",
                () -> store.find(id).orElseThrow().state() == MessageState.FINISHED);
        assertThat(effects.seen()).singleElement().satisfies(seen -> {
            assertThat(seen.id()).isEqualTo(id);
            assertThat(seen.producer()).isEqualTo("orders");
            assertThat(seen.group()).isEqualTo("points");
        });
    }

    @Test
    void aRolledBackTransactionLeavesNoMessage() {
        assertThatThrownBy(() -> orders.byHand("b", true)).hasMessage("fails as told");
        assertThatThrownBy(() -> orders.returned("c", true)).hasMessage("fails as told");
        assertThatThrownBy(() ->
                        orders.taken(Message.to("ORDER", "PLACED").text("d").build(), true))
                .hasMessage("fails as told");
        assertThat(rows()).isZero();
        assertThat(count("b") + count("c") + count("taken d")).isZero();
        orders.returned("fence", false);
        awaitEffect("fence");
        assertThat(effects.seen()).hasSize(1);
    }

    @Test
    void anAnnotatedMethodSendsWhatItReturnsOrTakes() {
        orders.returned("e", false);
        orders.taken(Message.to("ORDER", "PLACED").text("f").build(), false);
        orders.several(3);
        orders.none();
        awaitEffect("e");
        awaitEffect("f");
        awaitEffect("several 2");
        assertThat(rows()).isEqualTo(5);
    }

    @Test
    void theAdviceRunsInsideTheMethodsOwnTransaction() {
        TransactionTemplate outer = application.getBean(TransactionTemplate.class);
        outer.executeWithoutResult(status -> {
            orders.inItsOwn("inner");
            // the inner transaction has committed, with its message; the outer one is still open
            awaitEffectFromOutside("inner");
            status.setRollbackOnly();
        });
        assertThat(rows()).isEqualTo(1);
    }

    private void awaitEffectFromOutside(String what) {
        Await.until("seen " + what, () -> effects.seen().stream()
                .anyMatch(message -> message.message().text().equals(what)));
    }

    @Test
    void withoutATransactionTheMethodIsNotEvenCalled() {
        assertThatThrownBy(() -> orders.withoutTransaction("g"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("(expected: an open one")
                .hasMessageContaining("@Transactional");
        assertThat(count("g")).isZero();
        TransactionTemplate callers = application.getBean(TransactionTemplate.class);
        callers.executeWithoutResult(status -> orders.withoutTransaction("h"));
        awaitEffect("h");
    }

    @Test
    void whatASavepointTookBackIsNeverHandedOver() {
        TransactionTemplate business = application.getBean(TransactionTemplate.class);
        business.executeWithoutResult(status -> {
            Object savepoint = status.createSavepoint();
            orders.returned("taken back", false);
            status.rollbackToSavepoint(savepoint);
            orders.returned("kept", false);
        });
        awaitEffect("kept");
        orders.returned("fence of the savepoint", false);
        awaitEffect("fence of the savepoint");
        assertThat(count("taken back") + count("effect of taken back")).isZero();
        assertThat(rows()).isEqualTo(2);
    }

    @Test
    void aListenerThatTakesAListGetsManyAndOnlyTheBadOneIsParked() {
        Await.until("the subscription is known", () -> application
                .getBean(MessageStore.class)
                .subscribers("BULK", "")
                .contains("bulk"));
        TransactionTemplate business = application.getBean(TransactionTemplate.class);
        business.executeWithoutResult(status -> {
            for (String what : List.of("one", "two", "poison", "three")) {
                application
                        .getBean(ReliableMessages.class)
                        .send(Message.to("BULK", "").text(what).build());
            }
        });
        List.of("one", "two", "three").forEach(this::awaitEffect);
        ParkedMessages parked = application.getBean(MessageService.class).parked();
        Await.until("the bad one is parked", () -> parked.list("bulk", null, 10).size() == 1);
        assertThat(parked.list("bulk", null, 10).get(0).reason()).contains("poison");
        assertThat(count("effect of poison")).isZero();
    }

    @Test
    void aDirectMessageLeavesAfterTheCommitAndIsWrittenNowhere() {
        orders.direct("i", false);
        awaitEffect("i");
        assertThatThrownBy(() -> orders.direct("j", true)).hasMessage("fails as told");
        orders.directWithoutTransaction("k");
        awaitEffect("k");
        assertThat(count("effect of j")).isZero();
        assertThat(rows()).isZero();
    }

    @Test
    void aMessageThatArrivesTwiceHasOneEffect() {
        MessageId id = orders.byHand("l", false);
        awaitEffect("l");
        StoredMessage sent = application.getBean(MessageStore.class).find(id).orElseThrow();
        Consumer<Broker.PublishResult> ignore = result -> {};
        application.getBean(Broker.class).publish(List.of(sent, sent), ignore);
        orders.byHand("fence", false);
        awaitEffect("fence");
        assertThat(count("effect of l")).isEqualTo(1);
    }

    @Test
    void aFailedHandlerLeavesNothingAndIsCalledAgain() {
        effects.failNext(2);
        orders.byHand("m", false);
        awaitEffectFromOutside("m");
        awaitEffect("m");
    }

    @Test
    void aConsumerOfTheApplicationsOwnGetsTheInbox() {
        ReceivedMessage good = received("good");
        effects.calledByAnOwnClient(good);
        effects.calledByAnOwnClient(good);
        assertThat(count("own good")).isEqualTo(1);
        ReceivedMessage bad = received("bad");
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> effects.calledByAnOwnClient(bad)).hasMessage("bad");
        }
        assertThat(count("own bad")).isZero();
        assertThat(jdbc.queryForObject("SELECT COUNT(*) FROM CARILLON_INBOX", Integer.class))
                .isEqualTo(1);
    }

    private static ReceivedMessage received(String text) {
        Instant now = SystemTime.instants().instant();
        return new ReceivedMessage(
                MessageId.of(now, text.hashCode(), text.hashCode()),
                Message.to("OWN", "").text(text).build(),
                "somebody",
                "own-group",
                1);
    }

    @Test
    void sendingWithoutATransactionIsRefused() {
        ReliableMessages messages = application.getBean(ReliableMessages.class);
        assertThatThrownBy(() ->
                        messages.send(Message.to("ORDER", "PLACED").text("n").build()))
                .isInstanceOf(IllegalStateException.class);
        assertThat(rows()).isZero();
    }
}

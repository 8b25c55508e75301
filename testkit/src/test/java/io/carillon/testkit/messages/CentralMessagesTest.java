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
import io.carillon.messages.central.CentralMessages;
import io.carillon.messages.central.CentralMessages.Answer;
import io.carillon.messages.central.Outcome;
import io.carillon.messages.central.ProducerCheck;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.model.MessageState;
import io.carillon.messages.recovery.CheckBack;
import io.carillon.messages.recovery.MaintenanceResult;
import io.carillon.messages.relay.InJvmBroker;
import io.carillon.messages.relay.MessageService;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.CountDownLatch;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(300)
class CentralMessagesTest {

    private static final Instant NOW = Instant.parse("2026-11-22T10:00:00Z");
    private static final Message ORDER =
            Message.to("orders", "placed").key("1").json("{}").build();

    private final ManualTime time = new ManualTime(NOW);
    private final ManualTransactions transactions = new ManualTransactions();
    private final InMemoryMessageStore store = new InMemoryMessageStore(transactions);
    private final InMemoryTransactionMarks marks = new InMemoryTransactionMarks(transactions);
    private final FaultyBroker broker = new FaultyBroker(new InJvmBroker());
    private final MessageServiceOptions options = MessageServiceOptions.of("centre")
            .time(time)
            .pollInterval(Duration.ofMillis(10))
            .completionDelay(Duration.ofMillis(1))
            .build();
    private final MessageService service =
            MessageService.start(options, store, new InMemoryInboxStore(transactions), transactions, broker);
    private final CentralMessages central = service.central();
    private final List<List<MessageId>> asked = new ArrayList<>();

    @AfterEach
    void close() {
        service.close();
        broker.close();
    }

    @Test
    void aPreparedMessageIsSentWhenItIsSubmittedAndNotBefore() throws Exception {
        MessageId id = Messages.id(NOW);
        assertThat(central.prepare(id, ORDER, "orders", "http://orders")).isEqualTo(Answer.DONE);
        assertThat(state(id)).isEqualTo(MessageState.WAITING_CONFIRM);
        assertThat(broker.published("orders")).isEmpty();
        assertThat(central.submit(id)).isEqualTo(Answer.DONE);
        awaitState(id, MessageState.FINISHED);
        assertThat(broker.published("orders")).hasSize(1);
    }

    @Test
    void theCentreHearsTheConfirmationsOfWhatItSendsForOthersAndTheReceiverLearnsTheProducer() throws Exception {
        List<ReceivedMessage> received = new CopyOnWriteArrayList<>();
        MessageServiceOptions points =
                MessageServiceOptions.of("points").time(time).build();
        ManualTransactions elsewhere = new ManualTransactions();
        try (MessageService consumer = MessageService.start(
                points, new InMemoryMessageStore(elsewhere), new InMemoryInboxStore(elsewhere), elsewhere, broker)) {
            consumer.subscribe("points", "orders", Set.of("placed"), received::add, 1);
            Await.until("the centre knows the subscriber", () -> !store.subscribers("orders", "placed")
                    .isEmpty());
            MessageId id = Messages.id(NOW);
            central.prepare(id, ORDER, "orders", "http://orders");
            central.submit(id);
            awaitState(id, MessageState.FINISHED);
            assertThat(received).hasSize(1);
            assertThat(received.get(0).producer()).isEqualTo("centre");
            assertThat(received.get(0).message().headers()).containsEntry("carillon-origin", "orders");
            assertThat(store.find(id).orElseThrow().producer()).isEqualTo("orders");
        }
    }

    @Test
    void aCancelledMessageIsNeverSent() throws Exception {
        MessageId id = Messages.id(NOW);
        central.prepare(id, ORDER, "orders", null);
        assertThat(central.cancel(id)).isEqualTo(Answer.DONE);
        assertThat(central.submit(id)).isEqualTo(Answer.CONFLICT);
        assertThat(central.prepare(id, ORDER, "orders", null)).isEqualTo(Answer.CONFLICT);
        assertThat(state(id)).isEqualTo(MessageState.CANCELLED);
        assertThat(broker.published("orders")).isEmpty();
    }

    @Test
    void repeatedCallsChangeNothing() throws Exception {
        MessageId id = Messages.id(NOW);
        central.prepare(id, ORDER, "orders", null);
        assertThat(central.prepare(id, ORDER, "orders", null)).isEqualTo(Answer.ALREADY_DONE);
        central.submit(id);
        awaitState(id, MessageState.FINISHED);
        assertThat(central.submit(id)).isEqualTo(Answer.ALREADY_DONE);
        assertThat(central.cancel(id)).isEqualTo(Answer.CONFLICT);
        assertThat(central.prepare(id, ORDER, "orders", null)).isEqualTo(Answer.CONFLICT);
        assertThat(broker.published("orders")).hasSize(1);

        MessageId cancelled = Messages.id(NOW);
        central.prepare(cancelled, ORDER, "orders", null);
        central.cancel(cancelled);
        assertThat(central.cancel(cancelled)).isEqualTo(Answer.ALREADY_DONE);
    }

    @Test
    void whatIsNotThereIsNotFound() {
        assertThat(central.submit(Messages.id(NOW))).isEqualTo(Answer.NOT_FOUND);
        assertThat(central.cancel(Messages.id(NOW))).isEqualTo(Answer.NOT_FOUND);
    }

    @Test
    void aMessageIsSavedAndSentOnce() throws Exception {
        MessageId id = Messages.id(NOW);
        assertThat(central.saveAndSend(id, ORDER, "orders")).isEqualTo(Answer.DONE);
        assertThat(central.saveAndSend(id, ORDER, "orders")).isEqualTo(Answer.ALREADY_DONE);
        awaitState(id, MessageState.FINISHED);
        assertThat(broker.published("orders")).hasSize(1);
    }

    @Test
    void aMessageThatCannotBeSentIsRefusedBeforeAnythingIsWritten() {
        Message large = Message.to("orders", "placed")
                .payload(new byte[broker.maxPayloadBytes() + 1], "x/y")
                .build();
        MessageId id = Messages.id(NOW);
        assertThatThrownBy(() -> central.prepare(id, large, "orders", null)).hasMessageContaining("payload: ");
        assertThat(store.find(id)).isEmpty();
    }

    // ------------------------------------------------------------------ check back

    @Test
    void aLostSubmitIsFoundByCheckingBack() throws Exception {
        MessageId committed = prepared();
        MessageId rolledBack = prepared();
        transactions.begin();
        marks.committed(committed);
        transactions.commit();

        CheckBack check = new CheckBack(store, central, this::settle, options);
        assertThat(check.run(time.instant(), 0, 1).handled()).as("not due yet").isZero();
        time.advance(options.confirmTimeout());
        MaintenanceResult result = check.run(time.instant(), 0, 1);
        assertThat(result.handled()).isEqualTo(2);
        assertThat(result.isComplete()).isTrue();
        awaitState(committed, MessageState.FINISHED);
        assertThat(state(rolledBack)).isEqualTo(MessageState.CANCELLED);

        transactions.begin();
        assertThatThrownBy(() -> marks.committed(rolledBack))
                .as("a transaction that comes too late fails")
                .isInstanceOf(IllegalStateException.class);
        transactions.rollback();
    }

    @Test
    void anErrorOrAnUnknownOutcomeNeverMeansAbsent() throws Exception {
        MessageId id = prepared();
        Instant due = time.advance(options.confirmTimeout());
        ProducerCheck failing = (url, ids) -> {
            throw new java.io.IOException("connection refused");
        };
        ProducerCheck silent = (url, ids) -> Map.of();
        ProducerCheck unknown = (url, ids) -> Map.of(ids.get(0), Outcome.UNKNOWN);
        for (ProducerCheck producer : List.of(failing, silent, unknown)) {
            MaintenanceResult result = new CheckBack(store, central, producer, options).run(due, 0, 1);
            assertThat(result.handled()).isZero();
            assertThat(result.left()).isEqualTo(1);
            assertThat(state(id)).isEqualTo(MessageState.WAITING_CONFIRM);
            assertThat(store.find(id).orElseThrow().dueAt()).isAfter(due);
            due = time.advance(Duration.ofMinutes(10));
        }
        assertThat(new CheckBack(store, central, this::settle, options)
                        .run(due, 0, 1)
                        .handled())
                .isEqualTo(1);
    }

    @Test
    void producersAreAskedInPages() throws Exception {
        for (int i = 0; i < 1234; i++) {
            prepared();
        }
        time.advance(options.confirmTimeout());
        MaintenanceResult result = new CheckBack(store, central, this::settle, options).run(time.instant(), 0, 1);
        assertThat(result.handled()).isEqualTo(1234);
        assertThat(asked).allMatch(page -> page.size() <= 100);
        assertThat(asked.stream().mapToInt(List::size).sum()).isEqualTo(1234);
        assertThat(store.countByState()).containsOnlyKeys(MessageState.CANCELLED);
    }

    @Test
    void aMessageWithoutACheckAddressWaitsForItsProducer() throws Exception {
        MessageId id = Messages.id(NOW);
        central.prepare(id, ORDER, "orders", null);
        time.advance(options.confirmTimeout());
        assertThat(new CheckBack(store, central, this::settle, options)
                        .run(time.instant(), 0, 1)
                        .handled())
                .isZero();
        assertThat(asked).isEmpty();
        assertThat(state(id)).isEqualTo(MessageState.WAITING_CONFIRM);
    }

    @Test
    void aProducerThatHangsStallsNoOther() throws Exception {
        MessageServiceOptions brief =
                MessageServiceOptions.of("centre").time(time).lease(Duration.ofSeconds(4)).build();
        MessageId hanging = Messages.id(time.instant());
        central.prepare(hanging, ORDER, "slow", "http://slow");
        MessageId answered = prepared();
        time.advance(options.confirmTimeout());
        CountDownLatch never = new CountDownLatch(1);
        ProducerCheck producers = (url, ids) -> {
            if (url.equals("http://slow")) {
                never.await();
            }
            return settle(url, ids);
        };
        MaintenanceResult result = new CheckBack(store, central, producers, brief).run(time.instant(), 0, 1);
        assertThat(result.handled()).isEqualTo(1);
        assertThat(result.left()).isEqualTo(1);
        assertThat(state(answered)).isEqualTo(MessageState.CANCELLED);
        assertThat(state(hanging)).isEqualTo(MessageState.WAITING_CONFIRM);
    }

    @Test
    void aProducerThatDoesNotAnswerIsNotAskedAgainInTheSameRun() throws Exception {
        for (int i = 0; i < 250; i++) {
            prepared();
        }
        time.advance(options.confirmTimeout());
        AtomicInteger questions = new AtomicInteger();
        ProducerCheck failing = (url, ids) -> {
            questions.incrementAndGet();
            throw new java.io.IOException("timed out");
        };
        MaintenanceResult result = new CheckBack(store, central, failing, options).run(time.instant(), 0, 1);
        assertThat(result.left()).isEqualTo(250);
        assertThat(questions).hasValue(1);
    }

    @Test
    void aMessageWithoutAnAddressIsAskedAboutWhereItsProducerIsRegistered() throws Exception {
        MessageId id = Messages.id(time.instant());
        central.prepare(id, ORDER, "orders", null);
        time.advance(options.confirmTimeout());
        CheckBack check = new CheckBack(
                store,
                central,
                this::settle,
                options,
                producer -> producer.equals("orders") ? Optional.of("http://orders") : Optional.empty());
        assertThat(check.run(time.instant(), 0, 1).handled()).isEqualTo(1);
        assertThat(state(id)).isEqualTo(MessageState.CANCELLED);
    }

    @Test
    void anIdThatIsUsedAgainForAnotherContentIsAConflict() throws Exception {
        MessageId id = Messages.id(NOW);
        central.prepare(id, ORDER, "orders", null);
        Message other = Message.to("orders", "placed").key("2").json("{}").build();
        assertThat(central.prepare(id, other, "orders", null)).isEqualTo(Answer.CONFLICT);
        assertThat(store.find(id).orElseThrow().message().key()).isEqualTo("1");
    }

    private Map<MessageId, Outcome> settle(String url, List<MessageId> ids) {
        assertThat(url).isEqualTo("http://orders");
        asked.add(ids);
        Map<MessageId, Outcome> outcomes = new HashMap<>();
        ids.forEach(id -> outcomes.put(id, marks.settle(id)));
        return outcomes;
    }

    private MessageId prepared() throws Exception {
        MessageId id = Messages.id(time.instant());
        central.prepare(id, ORDER, "orders", "http://orders");
        return id;
    }

    private MessageState state(MessageId id) {
        return store.find(id).orElseThrow().state();
    }

    private void awaitState(MessageId id, MessageState state) {
        Await.until("it is " + state, () -> state(id) == state);
    }
}

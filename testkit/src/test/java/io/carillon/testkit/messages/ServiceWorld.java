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

import io.carillon.messages.Message;
import io.carillon.messages.MessageServiceOptions;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.model.MessageState;
import io.carillon.messages.model.StoredMessage;
import io.carillon.messages.outbox.MessageStore;
import io.carillon.messages.relay.InJvmBroker;
import io.carillon.messages.relay.MessageService;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;

/** A world in memory for tests of message services: time, transactions, stores, a broker with faults. */
abstract class ServiceWorld {

    final ManualTime time = new ManualTime(Instant.parse("2026-11-22T10:00:00Z"));
    final ManualTransactions transactions = new ManualTransactions();
    final InMemoryMessageStore store = new InMemoryMessageStore(transactions);
    final InMemoryInboxStore inbox = new InMemoryInboxStore(transactions);
    final FaultyBroker broker = new FaultyBroker(new InJvmBroker(10_000, Duration.ofMillis(1)));
    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void closeWorld() throws Exception {
        broker.recover();
        broker.answerHeld();
        for (AutoCloseable each : open) {
            each.close();
        }
        broker.close();
    }

    MessageServiceOptions.Builder options() {
        return options("orders-service");
    }

    MessageServiceOptions.Builder options(String producerGroup) {
        return MessageServiceOptions.of(producerGroup)
                .time(time)
                .pollInterval(Duration.ofMillis(10))
                .completionDelay(Duration.ofMillis(1))
                .confirmDelay(Duration.ofMillis(1))
                .subscriptionInterval(Duration.ofMillis(50));
    }

    MessageService start(MessageServiceOptions.Builder options) {
        return start(options, store);
    }

    MessageService start(MessageServiceOptions.Builder options, MessageStore on) {
        MessageService service = MessageService.start(options.build(), on, inbox, transactions, broker);
        open.add(0, service);
        return service;
    }

    MessageId sendAndCommit(MessageService service, Message message) {
        transactions.begin();
        MessageId id = service.reliableMessages().send(message);
        transactions.commit();
        return id;
    }

    static Message order(String number) {
        return Message.to("orders", "placed").key(number).json("{}").build();
    }

    StoredMessage row(MessageId id) {
        return store.find(id).orElseThrow();
    }

    void awaitSubscriber(String group) {
        Await.until("the subscription is known", () -> store.subscribers("orders", "placed")
                .contains(group));
    }

    void awaitState(MessageId id, MessageState state) {
        awaitAll(List.of(id), state);
    }

    void awaitAll(List<MessageId> ids, MessageState state) {
        Await.until("all are " + state, () -> ids.stream().allMatch(id -> row(id).state() == state));
    }
}

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
package io.carillon.messages.relay;

import io.carillon.messages.BatchHandler;
import io.carillon.messages.Message;
import io.carillon.messages.MessageHandler;
import io.carillon.messages.MessageServiceOptions;
import io.carillon.messages.ReceivedMessage;
import io.carillon.messages.Reception;
import io.carillon.messages.ReliableMessages;
import io.carillon.messages.central.CentralMessages;
import io.carillon.messages.directory.LiveDirectory;
import io.carillon.messages.inbox.Consumers;
import io.carillon.messages.inbox.InboxStore;
import io.carillon.messages.inbox.ParkedMessages;
import io.carillon.messages.outbox.ControlMessages;
import io.carillon.messages.outbox.MessageStore;
import io.carillon.messages.outbox.Transactions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The reliable messages of one service: sends through a {@link MessageRelay}, receives through {@link Consumers}, and keeps
 * the store told of confirmations and subscriptions. Thread-safe.
 */
public final class MessageService implements AutoCloseable {

    private final MessageServiceOptions options;
    private final MessageStore store;
    private final MessageRelay relay;
    private final Consumers consumers;
    private final CentralMessages central;
    private final @Nullable LiveDirectory directory;
    private final List<Broker.Subscription> subscriptions = new ArrayList<>();

    private MessageService(
            MessageServiceOptions options,
            MessageStore store,
            InboxStore inbox,
            Transactions transactions,
            Broker broker,
            @Nullable LiveDirectory directory) {
        this.options = options;
        this.store = store;
        this.relay = MessageRelay.start(options, store, transactions, broker);
        this.directory = directory;
        this.consumers = new Consumers(options, inbox, transactions, directory == null ? broker : directory.broker());
        this.central = new CentralMessages(
                options,
                store,
                transactions,
                message -> {
                    MessageRelay.checkSendable(
                            MessageRelay.row(message, options, options.time().instant()), options, broker);
                    checkTopic(message);
                },
                relay::handOver);
    }

    private void listen(Broker broker) {
        String group = options.producerGroup();
        try {
            if (directory != null) {
                directory.start();
            }
            subscriptions.add(
                    broker.subscribe(group, ControlMessages.CONFIRM_TOPIC, Set.of(group), this::confirmed, 1));
            subscriptions.add(broker.subscribe(
                    ControlMessages.subscriptionsGroup(group),
                    ControlMessages.SUBSCRIBE_TOPIC,
                    Set.of(),
                    this::subscribed,
                    1));
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /**
     * Starts a service's messages. The parts stay the caller's: they must be open until this is closed, and are not closed
     * by it.
     */
    public static MessageService start(
            MessageServiceOptions options,
            MessageStore store,
            InboxStore inbox,
            Transactions transactions,
            Broker broker) {
        return start(options, store, inbox, transactions, broker, null);
    }

    /**
     * The same, with a directory: its topics are refused when they are switched off, its pauses obeyed, and what others
     * declare is kept in it.
     *
     * @param directory not started yet; started here and closed with the service; null for none
     */
    public static MessageService start(
            MessageServiceOptions options,
            MessageStore store,
            InboxStore inbox,
            Transactions transactions,
            Broker broker,
            @Nullable LiveDirectory directory) {
        MessageService service = new MessageService(options, store, inbox, transactions, broker, directory);
        service.listen(broker);
        return service;
    }

    /** Where business code sends. */
    public ReliableMessages reliableMessages() {
        return directory == null
                ? relay
                : message -> {
                    checkTopic(message);
                    return relay.send(message);
                };
    }

    private void checkTopic(Message message) {
        if (directory != null) {
            directory.check(message);
        }
    }

    /** The settings it runs with. */
    public MessageServiceOptions options() {
        return options;
    }

    /** Central mode: prepare, submit, cancel for services without an outbox of their own. */
    public CentralMessages central() {
        return central;
    }

    /** Receives messages of a topic for a consumer group, one by one; see {@link Consumers#subscribe}. */
    public void subscribe(String group, String topic, Set<String> tags, MessageHandler handler, int concurrency) {
        subscribe(group, topic, tags, handler, Reception.concurrently(concurrency));
    }

    /** Receives messages of a topic for a consumer group, one by one; see {@link Consumers#subscribe}. */
    public void subscribe(String group, String topic, Set<String> tags, MessageHandler handler, Reception reception) {
        consumers.subscribe(group, topic, tags, handler, reception);
    }

    /** Receives messages of a topic for a consumer group, many at a time; see {@link Consumers#subscribeInBatches}. */
    public void subscribeInBatches(
            String group, String topic, Set<String> tags, BatchHandler handler, Reception reception) {
        consumers.subscribeInBatches(group, topic, tags, handler, reception);
    }

    /** The messages that this service could not handle: to be listed, handled again, or given up. */
    public ParkedMessages parked() {
        return consumers.parked();
    }

    private void confirmed(ReceivedMessage message) {
        Instant now = options.time().instant();
        store.confirm(ControlMessages.confirmations(message.message()), now);
    }

    /** Instances repeat what they subscribe, so what none of them has named for some rounds counts no more. */
    private void subscribed(ReceivedMessage message) {
        if (directory != null) {
            directory.subscribed(message);
            return;
        }
        Duration memory = options.subscriptionInterval().multipliedBy(4);
        ControlMessages.subscriptions(message.message())
                .forEach(
                        (group, tags) -> store.declare(group, tags, message.id().time(), memory));
    }

    /** Stops receiving, then sending; see {@link Consumers#close} and {@link MessageRelay#close}. Idempotent. */
    @Override
    public void close() {
        consumers.close();
        relay.close();
        if (directory != null) {
            directory.close();
        }
        subscriptions.forEach(Broker.Subscription::close);
    }
}

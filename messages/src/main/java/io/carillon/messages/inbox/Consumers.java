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
package io.carillon.messages.inbox;

import io.carillon.messages.InvalidMessageException;
import io.carillon.messages.Message;
import io.carillon.messages.MessageHandler;
import io.carillon.messages.MessageServiceOptions;
import io.carillon.messages.ReceivedMessage;
import io.carillon.messages.inbox.InboxStore.Unconfirmed;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.model.MessageState;
import io.carillon.messages.model.StoredMessage;
import io.carillon.messages.outbox.ControlMessages;
import io.carillon.messages.outbox.MessageStore.ConfirmedBy;
import io.carillon.messages.outbox.Transactions;
import io.carillon.messages.relay.Broker;
import io.carillon.messages.relay.Broker.PublishResult;
import io.carillon.messages.relay.Gathering;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Receives messages, each once:
 *
 * <ol>
 *   <li>{@link #receive}: inbox row and effect in one transaction; when the row is there already, nothing is done again;
 *   <li>{@link #confirmAll}: committed rows are confirmed to their producers, many in one broker message;
 *   <li>{@link #declare}: producers are told which groups subscribe what, so that they know whose confirmation to expect.
 * </ol>
 *
 * <p>Confirmations and declarations are repeated until they arrive: what a crash loses is found in the inbox. Thread-safe.
 */
public final class Consumers implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Consumers.class);
    private static final int CONFIRM_BATCH = 500;
    private static final Duration ANSWER_WAIT = Duration.ofSeconds(30);
    private static final Duration FIRST_RETRY = Duration.ofSeconds(1);

    private final MessageServiceOptions options;
    private final InboxStore inbox;
    private final Transactions transactions;
    private final Broker broker;

    private final Map<String, Map<String, Set<String>>> subscribed = new TreeMap<>();
    private final List<Broker.Subscription> subscriptions = new ArrayList<>();
    private final Gathering<MessageId> committed = new Gathering<>();
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread confirmer;
    private final Thread declarer;
    private boolean started;

    public Consumers(MessageServiceOptions options, InboxStore inbox, Transactions transactions, Broker broker) {
        this.options = options;
        this.inbox = inbox;
        this.transactions = transactions;
        this.broker = broker;
        this.confirmer = thread("confirm", this::confirmLoop);
        this.declarer = thread("declare", this::declareLoop);
    }

    /**
     * Receives messages of a topic for a consumer group, from now until {@link #close}. All instances of a service subscribe
     * the same for the same group.
     *
     * @param tags the wanted tags; empty for all
     * @param handler called inside a transaction, by up to {@code concurrency} threads of the broker
     * @throws InvalidMessageException when the group subscribes the topic already, or a name cannot be
     */
    public void subscribe(String group, String topic, Set<String> tags, MessageHandler handler, int concurrency) {
        checkName("group", group);
        checkName("topic", topic);
        tags.forEach(tag -> checkName("tag", tag));
        if (concurrency < 1) {
            throw new InvalidMessageException(
                    "concurrency", concurrency, "1 or more", "Nothing was subscribed; correct the concurrency.");
        }
        synchronized (this) {
            if (closing.getCount() == 0) {
                throw new IllegalStateException("message service: closed (expected: open). Nothing was subscribed.");
            }
            Map<String, Set<String>> topics = subscribed.computeIfAbsent(group, any -> new TreeMap<>());
            if (topics.containsKey(topic)) {
                throw new InvalidMessageException(
                        "topic",
                        topic + ", subscribed by group " + group + " already",
                        "one subscription per group and topic",
                        "Nothing more was subscribed; handle all tags in one handler, or use another group.");
            }
            subscriptions.add(broker.subscribe(group, topic, tags, message -> receive(message, handler), concurrency));
            topics.put(topic, Set.copyOf(tags));
            if (!started) {
                started = true;
                confirmer.start();
                declarer.start();
            }
        }
        declare(group);
    }

    // ------------------------------------------------------------------ receive, in the handler's transaction

    private void receive(ReceivedMessage message, MessageHandler handler) throws Exception {
        boolean first = transactions.inNew(() -> {
            Instant now = options.time().instant();
            if (!inbox.receive(message.id(), message.group(), message.producer(), now)) {
                return false;
            }
            Duration use = message.message().expireAfter();
            if (!use.isZero() && !message.id().time().plus(use).isAfter(now)) {
                log.info("message {} for group {}: of no use any more, not handled", message.id(), message.group());
                return true;
            }
            handler.handle(message);
            return true;
        });
        if (!first) {
            log.debug("message {} for group {}: received again, nothing is done again", message.id(), message.group());
            inbox.confirmAgain(message.id(), message.group());
        }
        committed.add(message.id());
    }

    // ------------------------------------------------------------------ confirm, in batches

    private void confirmLoop() {
        Duration idle = Duration.ZERO; // rows that a crash left are confirmed at once
        Duration retry = FIRST_RETRY;
        try {
            while (closing.getCount() > 0) {
                committed.take(CONFIRM_BATCH, idle, options.confirmDelay());
                if (confirmAll()) {
                    retry = FIRST_RETRY;
                    idle = options.subscriptionInterval();
                } else {
                    closing.await(retry.toMillis(), TimeUnit.MILLISECONDS);
                    retry = shorter(retry.multipliedBy(2), options.subscriptionInterval());
                    idle = Duration.ZERO;
                }
            }
            confirmAll();
        } catch (InterruptedException e) {
            log.debug("{}: confirming was interrupted while closing", options.node());
        }
    }

    /** Sends all outstanding confirmations. False when some could not be sent: they stay outstanding. */
    private boolean confirmAll() throws InterruptedException {
        try {
            while (true) {
                List<Unconfirmed> rows = inbox.unconfirmed(CONFIRM_BATCH);
                if (rows.isEmpty()) {
                    return true;
                }
                List<Unconfirmed> sent = confirm(rows);
                if (!sent.isEmpty()) {
                    inbox.confirmed(sent, options.time().instant());
                }
                if (sent.size() < rows.size()) {
                    return false;
                }
                if (rows.size() < CONFIRM_BATCH) {
                    return true;
                }
            }
        } catch (RuntimeException e) {
            log.warn("confirmations: not sent. They stay in the inbox and are tried again.", e);
            return false;
        }
    }

    /** Sends the confirmations of some rows, one broker message per producer. Returns the rows that are done with. */
    private List<Unconfirmed> confirm(List<Unconfirmed> rows) throws InterruptedException {
        Map<String, List<Unconfirmed>> byProducer = new TreeMap<>();
        for (Unconfirmed row : rows) {
            byProducer.computeIfAbsent(row.producer(), any -> new ArrayList<>()).add(row);
        }
        Map<MessageId, List<Unconfirmed>> byMessage = new ConcurrentHashMap<>();
        List<StoredMessage> messages = new ArrayList<>();
        byProducer.forEach((producer, theirs) -> {
            StoredMessage message = control(ControlMessages.confirmations(
                    producer,
                    theirs.stream()
                            .map(row -> new ConfirmedBy(row.id(), row.group()))
                            .toList()));
            byMessage.put(message.id(), theirs);
            messages.add(message);
        });
        List<Unconfirmed> done = new ArrayList<>();
        for (PublishResult result : publish(messages)) {
            if (result instanceof PublishResult.Acknowledged) {
                done.addAll(byMessage.get(result.message().id()));
            } else if (result instanceof PublishResult.Refused refused) {
                log.error(
                        "confirmations for producer {}: refused by {}: {}. They are not sent again until their messages"
                                + " arrive again; let the topic {} be written.",
                        refused.message().message().tag(),
                        broker.name(),
                        refused.reason(),
                        ControlMessages.CONFIRM_TOPIC);
                done.addAll(byMessage.get(result.message().id()));
            }
        }
        return done;
    }

    // ------------------------------------------------------------------ declare subscriptions

    private void declareLoop() {
        Duration wait = FIRST_RETRY;
        try {
            while (!closing.await(wait.toMillis(), TimeUnit.MILLISECONDS)) {
                List<String> groups;
                synchronized (this) {
                    groups = List.copyOf(subscribed.keySet());
                }
                groups.forEach(this::declare);
                wait = shorter(wait.multipliedBy(2), options.subscriptionInterval());
            }
        } catch (InterruptedException e) {
            log.debug("{}: declaring was interrupted while closing", options.node());
        }
    }

    /** Tells producers what a group subscribes; repeated, so that a failure is only noted. */
    private void declare(String group) {
        Message message;
        synchronized (this) {
            message = ControlMessages.subscriptions(group, subscribed.getOrDefault(group, Map.of())).toBuilder()
                    .header(ControlMessages.APPLICATION, options.producerGroup())
                    .header(ControlMessages.REVISION, options.revision())
                    .build();
        }
        try {
            broker.publish(List.of(control(message)), result -> {
                if (!(result instanceof PublishResult.Acknowledged)) {
                    log.debug("subscriptions of group {}: not declared, tried again: {}", group, result);
                }
            });
        } catch (RuntimeException e) {
            log.debug("subscriptions of group {}: not declared, tried again", group, e);
        }
    }

    // ------------------------------------------------------------------ common

    private List<PublishResult> publish(List<StoredMessage> messages) throws InterruptedException {
        List<PublishResult> results = new ArrayList<>();
        CompletableFuture<Void> complete = new CompletableFuture<>();
        broker.publish(messages, result -> {
            synchronized (results) {
                results.add(result);
                if (results.size() == messages.size()) {
                    complete.complete(null);
                }
            }
        });
        try {
            complete.get(ANSWER_WAIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            log.warn("confirmations: no answer from {} within {}; sent again", broker.name(), ANSWER_WAIT);
        } catch (ExecutionException e) {
            throw new AssertionError(e);
        }
        synchronized (results) {
            return List.copyOf(results);
        }
    }

    private StoredMessage control(Message message) {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        Instant now = options.time().instant();
        return new StoredMessage(
                MessageId.of(now, random.nextLong(), random.nextLong()),
                message,
                options.producerGroup(),
                MessageState.SENDING,
                1,
                now,
                options.node(),
                null,
                null);
    }

    /** What is subscribed: by group, by topic, the tags; empty for all. */
    public synchronized Map<String, Map<String, Set<String>>> subscriptions() {
        Map<String, Map<String, Set<String>>> copy = new TreeMap<>();
        subscribed.forEach((group, topics) -> copy.put(group, Map.copyOf(topics)));
        return copy;
    }

    /** Stops receiving, waits for running handlers, sends outstanding confirmations once more. Idempotent. */
    @Override
    public void close() {
        List<Broker.Subscription> open;
        boolean threads;
        synchronized (this) {
            if (closing.getCount() == 0) {
                return;
            }
            open = List.copyOf(subscriptions);
            threads = started;
        }
        open.forEach(Broker.Subscription::close);
        synchronized (this) {
            closing.countDown();
        }
        committed.close();
        if (threads) {
            join(declarer);
            join(confirmer);
        }
    }

    private void join(Thread thread) {
        try {
            thread.join(Math.max(1, options.closeGrace().toMillis()));
            thread.interrupt();
        } catch (InterruptedException e) {
            thread.interrupt();
            Thread.currentThread().interrupt();
        }
    }

    private Thread thread(String work, Runnable loop) {
        Thread thread = new Thread(loop, "carillon-" + work + "-" + options.producerGroup());
        thread.setDaemon(true);
        return thread;
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) <= 0 ? one : other;
    }

    private static void checkName(String name, @Nullable String value) {
        if (value == null
                || value.isEmpty()
                || value.length() > Message.MAX_TOPIC
                || value.indexOf('\t') >= 0
                || value.indexOf('\n') >= 0
                || value.equals(ControlMessages.ALL_TAGS)) {
            throw new InvalidMessageException(
                    name,
                    "'" + value + "'",
                    "1.." + Message.MAX_TOPIC + " characters on one line, without tabs, not *",
                    "Nothing was subscribed; correct the " + name + ".");
        }
    }
}

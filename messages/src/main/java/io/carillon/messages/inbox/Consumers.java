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

import io.carillon.messages.BatchHandler;
import io.carillon.messages.InvalidMessageException;
import io.carillon.messages.Message;
import io.carillon.messages.MessageHandler;
import io.carillon.messages.MessageServiceOptions;
import io.carillon.messages.ReceivedMessage;
import io.carillon.messages.Reception;
import io.carillon.messages.UnreadableMessageException;
import io.carillon.messages.inbox.InboxStore.Unconfirmed;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.model.MessageState;
import io.carillon.messages.model.StoredMessage;
import io.carillon.messages.outbox.ControlMessages;
import io.carillon.messages.outbox.MessageStore.ConfirmedBy;
import io.carillon.messages.outbox.Transactions;
import io.carillon.messages.relay.Broker;
import io.carillon.messages.relay.Broker.Delivery;
import io.carillon.messages.relay.Broker.PublishResult;
import io.carillon.messages.relay.Gathering;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
 *   <li>{@link #subscribe}: inbox row and effect in one transaction; when the row is there already, nothing is done again; a
 *       message that cannot be handled is {@linkplain #parked parked} after some deliveries;
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
    private final Map<List<String>, BatchHandler> handlers = new ConcurrentHashMap<>();
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
     * @param handler called inside a transaction, by threads of the broker
     * @throws InvalidMessageException when the group subscribes the topic already, or a name cannot be
     */
    public void subscribe(String group, String topic, Set<String> tags, MessageHandler handler, Reception reception) {
        BatchHandler one = messages -> handler.handle(messages.get(0));
        subscribe(group, topic, tags, one, reception.concurrency(), reception.ordered(), message -> {
            Throwable failure = receive(List.of(message), group, one).get(message.id());
            if (failure != null) {
                rethrow(failure);
            }
        });
    }

    /**
     * The same, many messages at a time: one transaction holds the inbox rows and the effects of a batch. When the handler
     * throws, each message of the batch is handed over alone.
     */
    public void subscribeInBatches(
            String group, String topic, Set<String> tags, BatchHandler handler, Reception reception) {
        Batches batches = new Batches(
                reception.concurrency(),
                reception.batchSize(),
                reception.batchDelay(),
                messages -> receive(messages, group, handler));
        int threads = reception.concurrency() * reception.batchSize();
        subscribe(group, topic, tags, handler, threads, reception.ordered(), batches::handle);
    }

    private void subscribe(
            String group,
            String topic,
            Set<String> tags,
            BatchHandler handler,
            int concurrency,
            boolean ordered,
            MessageHandler receiver) {
        checkName("group", group);
        checkName("topic", topic);
        tags.forEach(tag -> checkName("tag", tag));
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
            handlers.put(List.of(group, topic), handler);
            subscriptions.add(broker.subscribe(group, topic, tags, receiver, new Delivery(concurrency, ordered)));
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

    /** Receives messages in one transaction; where that fails, each in one of its own. Tells of those that must come again. */
    private Map<MessageId, Throwable> receive(List<ReceivedMessage> messages, String group, BatchHandler handler) {
        Map<MessageId, Throwable> failures = new HashMap<>();
        List<ReceivedMessage> readable = new ArrayList<>();
        Set<MessageId> seen = new HashSet<>();
        for (ReceivedMessage message : messages) {
            String reason = message.message().headers().get(ReceivedMessage.UNREADABLE);
            if (reason != null) {
                failed(message, new UnreadableMessageException(reason), failures);
            } else if (seen.add(message.id())) { // a message may be twice in a batch
                readable.add(message);
            }
        }
        if (readable.isEmpty()) {
            return failures;
        }
        try {
            apply(readable, group, handler, id -> {});
        } catch (Throwable e) {
            if (e instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            if (readable.size() == 1) {
                failed(readable.get(0), e, failures);
            } else {
                log.warn(
                        "{} messages for group {}: failed together: {}. Each is handed over alone.",
                        readable.size(),
                        group,
                        e.toString());
                readable.forEach(message -> failures.putAll(receive(List.of(message), group, handler)));
            }
        }
        return failures;
    }

    /** What else is done in the transaction of a message. */
    private interface Also {
        void with(MessageId id);
    }

    private void apply(List<ReceivedMessage> messages, String group, BatchHandler handler, Also also) throws Exception {
        Set<MessageId> fresh = transactions.inNew(() -> {
            Instant now = options.time().instant();
            Set<MessageId> unseen = written(messages, group, now);
            List<ReceivedMessage> useful = new ArrayList<>();
            for (ReceivedMessage message : messages) {
                also.with(message.id());
                Duration use = message.message().expireAfter();
                if (!unseen.contains(message.id())) {
                    continue;
                }
                if (!use.isZero() && !message.id().time().plus(use).isAfter(now)) {
                    log.info("message {} for group {}: of no use any more, not handled", message.id(), group);
                } else {
                    useful.add(message);
                }
            }
            if (!useful.isEmpty()) {
                handler.handle(List.copyOf(useful));
            }
            return unseen;
        });
        for (ReceivedMessage message : messages) {
            if (!fresh.contains(message.id())) {
                log.debug("message {} for group {}: received again, nothing is done again", message.id(), group);
                inbox.confirmAgain(message.id(), group);
            }
            committed.add(message.id());
        }
    }

    private Set<MessageId> written(List<ReceivedMessage> messages, String group, Instant now) {
        if (messages.size() > 1) {
            return inbox.receive(messages, group, now);
        }
        ReceivedMessage only = messages.get(0);
        return inbox.receive(only.id(), group, only.producer(), now) ? Set.of(only.id()) : Set.of();
    }

    /** A message that failed comes again; one that has failed too often, or cannot be read, is parked. */
    private void failed(ReceivedMessage message, Throwable e, Map<MessageId, Throwable> failures) {
        boolean lastTry =
                message.deliveryAttempt() >= options.maxDeliveries() || e instanceof UnreadableMessageException;
        try {
            if (lastTry || inbox.findParked(message.id(), message.group()).isPresent()) {
                park(message, e);
                return;
            }
        } catch (RuntimeException | Error notParked) {
            log.warn("message {} for group {}: could not be parked", message.id(), message.group(), notParked);
        }
        failures.put(message.id(), e);
    }

    private String park(ReceivedMessage message, Throwable e) {
        String reason = e.toString();
        inbox.park(new Parked(message, reason, options.time().instant()));
        log.error(
                "message {} of topic {} for group {}: parked after delivery {}: {}. Correct the cause, then replay it; when"
                        + " it arrives again it has one try more.",
                message.id(),
                message.message().topic(),
                message.group(),
                message.deliveryAttempt(),
                reason,
                e);
        return reason;
    }

    private static void rethrow(Throwable failure) throws Exception {
        if (failure instanceof Error error) {
            throw error;
        }
        throw (Exception) failure;
    }

    // ------------------------------------------------------------------ parked messages

    /** The messages that could not be handled. */
    public ParkedMessages parked() {
        return new ParkedHere();
    }

    /** The parked messages of this service's store, and the handlers of this process. */
    private final class ParkedHere implements ParkedMessages {

        @Override
        public List<Parked> list(@Nullable String group, @Nullable Parked after, int limit) {
            if (limit < 1 || limit > 1000) {
                throw new InvalidMessageException("limit", limit, "1..1000", "Nothing was read; ask for another page.");
            }
            return inbox.parked(group, after, limit);
        }

        @Override
        public Optional<Parked> find(MessageId id, String group) {
            return inbox.findParked(id, group);
        }

        @Override
        public Replay replay(MessageId id, String group) {
            Parked parked = inbox.findParked(id, group).orElse(null);
            if (parked == null) {
                return new Replay.Absent();
            }
            ReceivedMessage message = parked.message();
            BatchHandler handler = handlers.get(List.of(group, message.message().topic()));
            if (handler == null) {
                throw new IllegalStateException("group: " + group + " (expected: a group that subscribes topic "
                        + message.message().topic() + " in this process). The message stays parked; replay it where"
                        + " its handler is.");
            }
            try {
                apply(List.of(message), group, handler, each -> inbox.unpark(each, group));
                return new Replay.Handled();
            } catch (Throwable e) {
                if (e instanceof InterruptedException) {
                    Thread.currentThread().interrupt();
                }
                return new Replay.Failed(park(message, e));
            }
        }

        @Override
        public boolean discard(MessageId id, String group, String who) {
            Parked parked = inbox.findParked(id, group).orElse(null);
            if (parked == null) {
                return false;
            }
            try {
                apply(List.of(parked.message()), group, messages -> {}, each -> inbox.unpark(each, group));
            } catch (Exception e) {
                throw new IllegalStateException("message " + id + " stays parked: " + e.getMessage(), e);
            }
            log.warn(
                    "message {} for group {}: given up by {}; it was parked with: {}", id, group, who, parked.reason());
            return true;
        }
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
        } catch (RuntimeException | Error e) {
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
        } catch (RuntimeException | Error e) {
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

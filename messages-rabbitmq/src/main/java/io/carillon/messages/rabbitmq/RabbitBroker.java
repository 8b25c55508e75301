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

import com.rabbitmq.client.AlreadyClosedException;
import com.rabbitmq.client.BlockedListener;
import com.rabbitmq.client.BuiltinExchangeType;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.ConfirmListener;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.ShutdownSignalException;
import io.carillon.messages.MessageHandler;
import io.carillon.messages.model.StoredMessage;
import io.carillon.messages.relay.Broker;
import io.carillon.messages.relay.BrokerSettings;
import io.carillon.messages.relay.Outgoing;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@link Broker} on RabbitMQ, by AMQP 0-9-1. Thread-safe.
 *
 * <p>Sending: to a durable topic exchange of the topic's name, the tag as routing key, persistent, with publisher confirms that
 * are taken as they come. A confirm is an acknowledgement, a negative one or none in time is not. RabbitMQ keeps a message only
 * where a queue wants it: one that no queue takes comes back and is {@linkplain PublishResult.Refused refused}, so that it is
 * seen as dead, and can be replayed, instead of being lost; let consumers of a tag subscribe once before it is first sent.
 *
 * <p>Receiving: from the durable queue {@code group.topic}, a quorum queue where the server has them. Connections that break
 * are made anew, for the sender with the next message, for each subscription as soon as the server answers.
 */
public final class RabbitBroker implements Broker {

    private static final Duration GIVE_UP_AGAIN = Duration.ofSeconds(1);
    private static final Pattern TOO_LARGE =
            Pattern.compile("message size \\d+ is larger than (?:configured )?max size (\\d+)");
    /** Stands for all topics where it is noted that the server is away. */
    private static final String EVERY_TOPIC = "";

    private static final Logger LOG = LoggerFactory.getLogger(RabbitBroker.class);

    private final RabbitOptions options;
    private final String instance;
    private final ConnectionFactory factory;
    private final ThreadPoolExecutor sender;
    private final ScheduledThreadPoolExecutor timer;
    private final Semaphore places;
    private final Set<Sending> inFlight = ConcurrentHashMap.newKeySet();

    /** Confined to the sending thread. */
    private @Nullable Link link;
    /** Topics, or all, for which something failed a moment ago. Confined to the sending thread. */
    private final Map<String, Away> away = new HashMap<>();

    private final Object consumersLock = new Object();
    private @Nullable Connection consumers;

    private final Map<RabbitSubscription, String> subscriptions = new LinkedHashMap<>();
    private final Object lock = new Object();
    private volatile boolean closed;

    /** Why messages are answered at once, and until when. */
    private record Away(long untilNanos, String reason) {}

    private RabbitBroker(RabbitOptions options, String instance, ConnectionFactory factory) {
        this.options = options;
        this.instance = instance;
        this.factory = factory;
        this.places = new Semaphore(options.maxInFlight());
        this.sender = new ThreadPoolExecutor(
                1, 1, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), daemons(instance + "-send"));
        this.timer = new ScheduledThreadPoolExecutor(1, daemons(instance + "-timer"));
        this.timer.setRemoveOnCancelPolicy(true);
    }

    private static ThreadFactory daemons(String name) {
        return task -> {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        };
    }

    /**
     * Connects, and waits until a server answers.
     *
     * @throws IllegalStateException when none answers, or none lets the user in, within {@link RabbitOptions#startTimeout()};
     *     nothing is left running
     */
    public static RabbitBroker open(RabbitOptions options) {
        String instance = "carillon-" + ProcessHandle.current().pid() + "-"
                + Long.toHexString(ThreadLocalRandom.current().nextLong());
        ConnectionFactory factory = new ConnectionFactory();
        factory.setUsername(options.username());
        factory.setPassword(options.password());
        factory.setVirtualHost(options.virtualHost());
        factory.setAutomaticRecoveryEnabled(false); // done here, where it is known what is on its way
        factory.setTopologyRecoveryEnabled(false);
        factory.setConnectionTimeout(
                (int) Math.min(5_000, options.startTimeout().toMillis()));
        factory.setHandshakeTimeout(
                (int) Math.max(1_000, Math.min(10_000, options.startTimeout().toMillis())));
        factory.setChannelRpcTimeout((int) options.sendTimeout().toMillis());
        factory.setRequestedHeartbeat(10);
        factory.setThreadFactory(daemons(instance + "-connection"));
        Connection first = awaitServer(factory, options, instance);
        RabbitBroker broker = new RabbitBroker(options, instance, factory);
        try {
            broker.link = new Link(first);
            return broker;
        } catch (IOException | TimeoutException | AlreadyClosedException e) {
            first.abort();
            broker.close();
            throw new IllegalStateException(
                    "addresses: " + options.addresses() + " (expected: a server with publisher confirms): " + textOf(e)
                            + ". Nothing was connected.",
                    e);
        }
    }

    private static Connection awaitServer(ConnectionFactory factory, RabbitOptions options, String instance) {
        long begun = SystemTime.nanos();
        long budget = options.startTimeout().toNanos();
        long pause = TimeUnit.MILLISECONDS.toNanos(200);
        while (true) {
            Exception failure;
            try {
                return factory.newConnection(options.parsedAddresses(), instance + "-send");
            } catch (IOException | TimeoutException | AlreadyClosedException e) {
                failure = e;
            }
            if (SystemTime.nanos() - begun + pause >= budget) {
                throw new IllegalStateException(
                        "addresses: " + options.addresses()
                                + " (expected: a RabbitMQ server that answers, and lets user '" + options.username()
                                + "' in to virtual host '" + options.virtualHost() + "'). None did within "
                                + options.startTimeout().toMillis() + " ms (" + textOf(failure)
                                + "); nothing was connected. Start RabbitMQ, or correct the address, the user or the"
                                + " virtual host.",
                        failure);
            }
            LockSupport.parkNanos(pause);
        }
    }

    @Override
    public String name() {
        return "rabbitmq";
    }

    @Override
    public int maxPayloadBytes() {
        return options.maxMessageBytes();
    }

    // ------------------------------------------------------------------ send

    @Override
    public @Nullable String reasonToRefuse(StoredMessage message) {
        return Wire.reasonToRefuse(message, options.maxMessageBytes());
    }

    @Override
    public void publish(List<StoredMessage> messages, Consumer<PublishResult> results) {
        for (Outgoing outgoing : Outgoing.acceptable(this, messages, results)) {
            if (!Outgoing.takePlaces(places, List.of(outgoing))) {
                continue;
            }
            Sending sending = new Sending(outgoing);
            inFlight.add(sending);
            try {
                sending.limit();
                sender.execute(() -> send(sending));
            } catch (RejectedExecutionException e) {
                sending.unavailable("the broker connection is closed");
            }
        }
    }

    /** On the sending thread. */
    private void send(Sending sending) {
        if (closed) {
            sending.unavailable("the broker connection is closed");
        }
        if (sending.done.get()) {
            return; // its time ran out while it waited here
        }
        String topic = sending.message.message().topic();
        if (isAway(EVERY_TOPIC, sending) || isAway(topic, sending)) {
            return;
        }
        Link open;
        try {
            open = link();
        } catch (IOException | TimeoutException | ShutdownSignalException e) {
            goAway(EVERY_TOPIC, textOf(e), sending);
            return;
        }
        String blocked = open.blocked;
        if (blocked != null) {
            goAway(EVERY_TOPIC, "the server takes no messages at the moment: " + blocked, sending);
            return;
        }
        try {
            open.ensureExchange(topic);
        } catch (IOException | TimeoutException | ShutdownSignalException e) {
            goAway(topic, textOf(e), sending);
            return;
        }
        open.publish(sending);
    }

    private boolean isAway(String what, Sending sending) {
        Away lately = away.get(what);
        if (lately == null) {
            return false;
        }
        if (SystemTime.nanos() - lately.untilNanos < 0) {
            sending.unavailable(lately.reason);
            return true;
        }
        away.remove(what);
        return false;
    }

    private void goAway(String what, String reason, Sending sending) {
        away.put(what, new Away(SystemTime.nanos() + GIVE_UP_AGAIN.toNanos(), reason));
        sending.unavailable(reason);
    }

    private Link link() throws IOException, TimeoutException {
        Link open = link;
        if (open != null && open.channel.isOpen()) {
            return open;
        }
        if (open != null) {
            open.connection.abort(1_000);
        }
        Link fresh = new Link(factory.newConnection(options.parsedAddresses(), instance + "-send"));
        link = fresh;
        return fresh;
    }

    static String textOf(Throwable failure) {
        Throwable cause = failure instanceof IOException && failure.getCause() instanceof ShutdownSignalException signal
                ? signal
                : failure;
        return cause.getClass().getSimpleName() + (cause.getMessage() == null ? "" : ": " + cause.getMessage());
    }

    /** A connection and its channel for sending. Publishing is confined to the sending thread. */
    private static final class Link {

        private final Connection connection;
        private final Channel channel;
        private final ConcurrentSkipListMap<Long, Sending> outstanding = new ConcurrentSkipListMap<>();
        private final Map<String, Sending> byId = new ConcurrentHashMap<>();
        private final Set<String> exchanges = new HashSet<>();
        private volatile @Nullable String blocked;

        Link(Connection connection) throws IOException, TimeoutException {
            this.connection = connection;
            try {
                this.channel = newChannel(connection);
                channel.confirmSelect();
            } catch (IOException | RuntimeException e) {
                connection.abort(1_000);
                throw e;
            }
            connection.addBlockedListener(new BlockedListener() {
                @Override
                public void handleBlocked(String reason) {
                    blocked = reason;
                }

                @Override
                public void handleUnblocked() {
                    blocked = null;
                }
            });
            channel.addReturnListener((code, text, exchange, routingKey, properties, body) -> {
                Sending sending = byId.get(String.valueOf(properties.getMessageId()));
                if (sending != null) { // its confirm follows
                    sending.returned = "tag: '" + routingKey + "' of topic " + exchange
                            + " (expected: a tag that a group has subscribed to): " + code + " " + text
                            + ". RabbitMQ keeps no message that no queue takes; let its consumer subscribe, then replay it";
                }
            });
            channel.addConfirmListener(new ConfirmListener() {
                @Override
                public void handleAck(long number, boolean multiple) {
                    confirmed(number, multiple).forEach(Sending::acknowledged);
                }

                @Override
                public void handleNack(long number, boolean multiple) {
                    confirmed(number, multiple).forEach(Sending::notKept);
                }
            });
            channel.addShutdownListener(this::over);
        }

        private List<Sending> confirmed(long number, boolean multiple) {
            List<Sending> ended = new ArrayList<>();
            if (multiple) {
                Map<Long, Sending> all = outstanding.headMap(number, true);
                ended.addAll(all.values());
                all.clear();
            } else {
                Sending one = outstanding.remove(number);
                if (one != null) {
                    ended.add(one);
                }
            }
            ended.forEach(sending -> byId.remove(sending.id(), sending));
            return ended;
        }

        /** The channel is closed: what has no confirm has none any more. */
        private void over(ShutdownSignalException why) {
            Matcher tooLarge = TOO_LARGE.matcher(String.valueOf(why.getMessage()));
            int limit = tooLarge.find() ? Integer.parseInt(tooLarge.group(1)) : Integer.MAX_VALUE;
            for (Sending sending : confirmed(Long.MAX_VALUE, true)) {
                if (sending.message.message().payload().length > limit) {
                    sending.refused("payload: " + sending.message.message().payload().length
                            + " bytes (expected: at most " + limit + ", the server's max_message_size)");
                } else {
                    sending.unavailable("no confirm before the channel closed: " + textOf(why));
                }
            }
        }

        /** On a channel of its own, because a refusal closes it. */
        void ensureExchange(String topic) throws IOException, TimeoutException {
            if (!exchanges.contains(topic)) {
                Channel aside = newChannel(connection);
                try {
                    aside.exchangeDeclare(topic, BuiltinExchangeType.TOPIC, true);
                } finally {
                    if (aside.isOpen()) {
                        aside.close();
                    }
                }
                exchanges.add(topic);
            }
        }

        void publish(Sending sending) {
            long number = channel.getNextPublishSeqNo();
            sending.number = number;
            outstanding.put(number, sending);
            byId.put(sending.id(), sending);
            sending.link = this;
            try {
                channel.basicPublish(
                        sending.message.message().topic(),
                        sending.message.message().tag(),
                        true,
                        Wire.encode(sending.message),
                        sending.message.message().payload());
            } catch (IOException | ShutdownSignalException | IllegalArgumentException e) {
                forget(sending);
                sending.unavailable(textOf(e));
            }
        }

        void forget(Sending sending) {
            outstanding.remove(sending.number, sending);
            byId.remove(sending.id(), sending);
        }
    }

    /** A message on its way, holding a place until its result is known. Thread-safe. */
    private final class Sending {

        private final Outgoing outgoing;
        private final StoredMessage message;
        private final AtomicBoolean done = new AtomicBoolean();
        private volatile @Nullable Link link;
        private volatile long number;
        private volatile @Nullable String returned;
        private volatile @Nullable ScheduledFuture<?> limit;

        Sending(Outgoing outgoing) {
            this.outgoing = outgoing;
            this.message = outgoing.message();
        }

        String id() {
            return message.id().toString();
        }

        /** From now on its time runs. */
        void limit() {
            limit = timer.schedule(this::late, options.sendTimeout().toMillis(), TimeUnit.MILLISECONDS);
        }

        private void late() {
            Link on = link;
            if (on != null) {
                on.forget(this);
            }
            unavailable("no confirm within " + options.sendTimeout().toMillis() + " ms");
        }

        void acknowledged() {
            String comesBack = returned;
            if (comesBack != null) {
                refused(comesBack);
            } else {
                end(new PublishResult.Acknowledged(message, message.message().topic() + "#" + number));
            }
        }

        /** Some servers follow a return with a negative confirm, RabbitMQ with a positive one. */
        void notKept() {
            String comesBack = returned;
            if (comesBack != null) {
                refused(comesBack);
            } else {
                unavailable("the server could not keep it (negative confirm)");
            }
        }

        void refused(String reason) {
            end(new PublishResult.Refused(message, reason));
        }

        void unavailable(String reason) {
            end(new PublishResult.Unavailable(message, reason));
        }

        private void end(PublishResult result) {
            if (done.compareAndSet(false, true)) {
                ScheduledFuture<?> running = limit;
                if (running != null) {
                    running.cancel(false);
                }
                inFlight.remove(this);
                places.release();
                outgoing.tell(result);
            }
        }
    }

    static Channel newChannel(Connection connection) throws IOException {
        Channel channel = connection.createChannel();
        if (channel == null) {
            throw new IOException("no channel left on the connection (channel_max of the server)");
        }
        return channel;
    }

    static void abort(Channel channel) {
        try {
            channel.abort();
        } catch (IOException e) {
            LOG.debug("a channel that is being given up was gone already", e);
        }
    }

    // ------------------------------------------------------------------ receive

    /**
     * {@inheritDoc}
     *
     * <p>A message whose handler failed is kept, unacknowledged, and handed over again after a pause that doubles; a few more
     * than the concurrency are fetched, so that others go on meanwhile. When its redeliveries are used up it is parked in the
     * queue {@code {group}.{topic}.dead}. The queue gets the messages sent after the group's first subscription.
     *
     * @throws IllegalArgumentException when AMQP or Carillon could not have such a group, topic or tag
     * @throws IllegalStateException when no server answers, or it refuses; also when this connection already receives the
     *     topic for the group with other tags (either would get a part of the other's messages)
     */
    @Override
    public Subscription subscribe(
            String group, String topic, Set<String> tags, MessageHandler handler, int concurrency) {
        return subscribe(group, topic, tags, handler, new Delivery(concurrency, false));
    }

    /**
     * {@inheritDoc}
     *
     * <p>In order: one member of the group receives, the others stand by and take over from it.
     *
     * @throws IllegalArgumentException when AMQP or Carillon could not have such a group, topic or tag
     * @throws IllegalStateException as the other one does
     */
    @Override
    public Subscription subscribe(
            String group, String topic, Set<String> tags, MessageHandler handler, Delivery delivery) {
        int concurrency = delivery.concurrency();
        BrokerSettings.checkSubscription(
                Wire.isLegalGroup(group), "group", group, "1..120 letters, digits, '-' or '_'");
        BrokerSettings.checkSubscription(
                Wire.isLegalTopic(topic), "topic", topic, "1..120 letters, digits, '.', '-' or '_'");
        tags.forEach(tag -> BrokerSettings.checkSubscription(Wire.isLegalTag(tag), "tag", tag, "at most 255 bytes"));
        BrokerSettings.checkConcurrency(concurrency);
        synchronized (lock) {
            if (closed) {
                throw new IllegalStateException(
                        "group: " + group + " (expected: a subscription before close). The broker connection is closed;"
                                + " nothing is received.");
            }
            String name = Wire.queue(group, topic);
            for (Map.Entry<RabbitSubscription, String> other : subscriptions.entrySet()) {
                if (other.getValue().equals(name) && !other.getKey().tags().equals(tags)) {
                    throw new IllegalStateException(
                            "tags: " + tags + " (expected: " + other.getKey().tags() + ", as group " + group
                                    + " already has for topic " + topic
                                    + "). Nothing was subscribed; use one set of tags, or another group.");
                }
            }
            RabbitSubscription subscription = new RabbitSubscription(
                    group,
                    topic,
                    tags,
                    handler,
                    delivery,
                    options,
                    delivery.ordered() ? new OwnConnection() : this::consumers,
                    this::forget);
            try {
                subscription.start();
            } catch (IOException | TimeoutException | ShutdownSignalException e) {
                throw new IllegalStateException(
                        "addresses: " + options.addresses()
                                + " (expected: a RabbitMQ server that answers and lets user '" + options.username()
                                + "' declare exchange " + topic + " and queue " + name + "). Group " + group
                                + " receives nothing of topic " + topic + " (" + textOf(e)
                                + "). Start RabbitMQ or correct its objects, and subscribe again.",
                        e);
            }
            subscriptions.put(subscription, name);
            return subscription;
        }
    }

    /** The connection of all subscriptions, made anew when it is gone. */
    private Connection consumers() throws IOException, TimeoutException {
        synchronized (consumersLock) {
            Connection open = consumers;
            if (open == null || !open.isOpen()) {
                open = factory.newConnection(options.parsedAddresses(), instance + "-receive");
                consumers = open;
            }
            return open;
        }
    }

    /**
     * A connection for one subscription alone: while its queue is another member's, it is refused again and again, and some
     * servers close the whole connection for that.
     */
    private final class OwnConnection implements RabbitSubscription.Connections {

        private @Nullable Connection own;

        @Override
        public synchronized Connection open() throws IOException, TimeoutException {
            Connection open = own;
            if (open == null || !open.isOpen()) {
                open = factory.newConnection(options.parsedAddresses(), instance + "-receive-in-order");
                own = open;
            }
            return open;
        }

        @Override
        public synchronized void close() {
            if (own != null) {
                own.abort(1_000);
            }
        }
    }

    private void forget(RabbitSubscription subscription) {
        synchronized (lock) {
            subscriptions.remove(subscription);
        }
    }

    @Override
    public void close() {
        List<RabbitSubscription> open;
        synchronized (lock) {
            if (closed) {
                return;
            }
            closed = true;
            open = List.copyOf(subscriptions.keySet());
        }
        open.forEach(RabbitSubscription::close);
        boolean interrupted = false;
        try {
            // gives what is on its way the time it may take anyway; what still waits is answered by send(), as closed
            if (places.tryAcquire(options.maxInFlight(), options.sendTimeout().toMillis(), TimeUnit.MILLISECONDS)) {
                places.release(options.maxInFlight());
            }
        } catch (InterruptedException e) {
            interrupted = true;
        }
        sender.execute(() -> {
            Link last = link;
            if (last != null) {
                last.connection.abort(1_000);
            }
        });
        sender.shutdown();
        timer.shutdownNow();
        synchronized (consumersLock) {
            if (consumers != null) {
                consumers.abort(1_000);
            }
        }
        List.copyOf(inFlight).forEach(sending -> sending.unavailable("the broker connection was closed"));
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}

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

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.BuiltinExchangeType;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Delivery;
import com.rabbitmq.client.Envelope;
import com.rabbitmq.client.ShutdownSignalException;
import io.carillon.messages.MessageHandler;
import io.carillon.messages.ReceivedMessage;
import io.carillon.messages.relay.Broker;
import io.carillon.messages.relay.Broker.Subscription;
import io.carillon.messages.relay.KeyLanes;
import io.carillon.messages.relay.Redelivery;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One consumer of the queue of a group and a topic. Thread-safe.
 *
 * <p>A channel lives as long as its connection; when it is gone, another thread makes a new one, with the queue and its bindings.
 * What the old channel had not acknowledged the server delivers again. As many threads as the concurrency run handlers; a
 * message that waits for its next attempt occupies none of them, but one of {@value #HELD} places beyond the concurrency.
 */
final class RabbitSubscription implements Subscription {

    /** How many messages more than the concurrency are fetched. */
    static final int HELD = 32;

    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);
    private static final Duration BETWEEN_CONNECTS = Duration.ofSeconds(1);

    private static final Logger LOG = LoggerFactory.getLogger(RabbitSubscription.class);

    private final String group;
    private final String topic;
    private final String queue;
    private final Set<String> tags;
    private final MessageHandler handler;
    private final int concurrency;
    private final boolean ordered;
    private final RabbitOptions options;
    private final Connections connections;
    private final Consumer<RabbitSubscription> afterClose;
    private final ScheduledThreadPoolExecutor workers;
    private final Thread keeper;
    private final CountDownLatch hurry = new CountDownLatch(1);
    private final CountDownLatch closed = new CountDownLatch(1);

    private final Object lock = new Object();
    private @Nullable Session session;
    private int running;
    private boolean closing;

    /** Where connections come from. */
    interface Connections {
        Connection open() throws IOException, TimeoutException;

        /** The subscription is over. */
        default void close() {}
    }

    /** A channel while it lives. */
    private static final class Session {
        private final Channel channel;
        /** Guarded by the subscription's lock. */
        private final KeyLanes<Task> lanes = new KeyLanes<>();

        private volatile boolean over;
        private volatile String consumerTag = "";

        Session(Channel channel) {
            this.channel = channel;
        }
    }

    /** One delivery on its way to the handler. Confined to one thread at a time, handed over by the pool. */
    private static final class Task {
        private final Session session;
        private final Delivery delivery;
        private final ReceivedMessage message;
        private int attempt;

        Task(Session session, Delivery delivery, ReceivedMessage message) {
            this.session = session;
            this.delivery = delivery;
            this.message = message;
            this.attempt = message.deliveryAttempt();
        }
    }

    RabbitSubscription(
            String group,
            String topic,
            Set<String> tags,
            MessageHandler handler,
            Broker.Delivery handing,
            RabbitOptions options,
            Connections connections,
            Consumer<RabbitSubscription> afterClose) {
        this.group = group;
        this.topic = topic;
        this.queue = Wire.queue(group, topic);
        this.tags = Set.copyOf(tags);
        this.handler = handler;
        this.concurrency = handing.concurrency();
        this.ordered = handing.ordered();
        this.options = options;
        this.connections = connections;
        this.afterClose = afterClose;
        AtomicInteger number = new AtomicInteger();
        this.workers = new ScheduledThreadPoolExecutor(
                concurrency, task -> daemon(task, queue + "-" + number.incrementAndGet()));
        this.keeper = daemon(this::keep, queue + "-keeper");
    }

    private static Thread daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    /** Returns when the queue is there, is bound, and is received from. */
    void start() throws IOException, TimeoutException {
        try {
            receive();
        } catch (IOException | TimeoutException | RuntimeException e) {
            if (!standsBy(e)) {
                workers.shutdownNow();
                connections.close();
                throw e;
            }
            LOG.info("queue {}: another member of the group receives in order; this one takes over from it", queue);
        }
        keeper.start();
    }

    Set<String> tags() {
        return tags;
    }

    /** Whether the queue is another member's alone, as long as that one receives. Some servers close more than the channel. */
    private boolean standsBy(Exception e) {
        if (!ordered || !(e instanceof IOException) || !(e.getCause() instanceof ShutdownSignalException signal)) {
            return false;
        }
        boolean refused = signal.getReason() instanceof AMQP.Channel.Close close
                ? close.getReplyCode() == AMQP.ACCESS_REFUSED
                : signal.getReason() instanceof AMQP.Connection.Close last
                        && last.getReplyCode() == AMQP.ACCESS_REFUSED;
        return refused && !String.valueOf(signal.getMessage()).contains("refused for user"); // that is about rights
    }

    // ------------------------------------------------------------------ the channel

    /** Makes a new channel whenever the last one is gone, until close. */
    private void keep() {
        boolean told = false;
        while (true) {
            synchronized (lock) {
                while (!closing && session != null && !session.over) {
                    try {
                        lock.wait();
                    } catch (InterruptedException e) {
                        LOG.debug("interrupted; nobody has reason to"); // the way to end is close()
                    }
                }
                if (closing) {
                    return;
                }
            }
            try {
                receive();
                LOG.info("queue {}: received from again", queue);
                told = false;
            } catch (IOException | TimeoutException | RuntimeException e) {
                if (!told && !standsBy(e)) {
                    LOG.warn(
                            "queue {}: not received from: {}. Tried again every {}.",
                            queue,
                            RabbitBroker.textOf(e),
                            BETWEEN_CONNECTS);
                    told = true;
                }
                pause();
            }
        }
    }

    private void pause() {
        try {
            boolean now = hurry.await(BETWEEN_CONNECTS.toMillis(), TimeUnit.MILLISECONDS);
            LOG.trace("queue {}: tried again, closing {}", queue, now);
        } catch (InterruptedException e) {
            LOG.debug("interrupted; nobody has reason to"); // the way to end is close()
        }
    }

    private void receive() throws IOException, TimeoutException {
        Connection connection = connections.open();
        declareQueue(connection);
        Session fresh = new Session(RabbitBroker.newChannel(connection));
        Channel channel = fresh.channel;
        channel.exchangeDeclare(topic, BuiltinExchangeType.TOPIC, true);
        for (String pattern : tags.isEmpty() ? List.of("#") : List.copyOf(tags)) {
            channel.queueBind(queue, topic, pattern);
        }
        channel.basicQos(concurrency + HELD);
        channel.addShutdownListener(why -> {
            fresh.over = true;
            synchronized (lock) {
                lock.notifyAll();
            }
        });
        synchronized (lock) {
            session = fresh;
        }
        // in order: one member alone, or two messages of a key could be with two of them
        fresh.consumerTag =
                channel.basicConsume(queue, false, "", false, ordered, Map.of(), new DefaultConsumer(channel) {
                    @Override
                    public void handleDelivery(
                            String consumerTag, Envelope envelope, BasicProperties properties, byte[] body) {
                        take(fresh, new Delivery(envelope, properties, body));
                    }

                    @Override
                    public void handleCancel(String consumerTag) {
                        LOG.warn(
                                "queue {}: the server ended the subscription, the queue was deleted. Made anew.",
                                queue);
                        RabbitBroker.abort(channel);
                    }
                });
    }

    /** A quorum queue where the server has them; one that is there stays as it is. */
    private void declareQueue(Connection connection) throws IOException, TimeoutException {
        if (Objects.toString(connection.getServerProperties().get("product"), "")
                .equals("RabbitMQ")) {
            try {
                declare(connection, queue, true);
                return;
            } catch (IOException e) {
                if (!connection.isOpen()) {
                    throw e;
                }
                LOG.warn(
                        "queue {}: no quorum queue ({}). One that is there is used as it is, else a classic one is made.",
                        queue,
                        RabbitBroker.textOf(e));
            }
            Channel aside = RabbitBroker.newChannel(connection);
            try {
                aside.queueDeclarePassive(queue);
                aside.close();
                return;
            } catch (IOException e) {
                if (!connection.isOpen()) {
                    throw e;
                }
            }
        }
        declare(connection, queue, false);
    }

    /** On a channel of its own, because a refusal closes it. */
    private static void declare(Connection connection, String queue, boolean quorum)
            throws IOException, TimeoutException {
        Channel aside = RabbitBroker.newChannel(connection);
        aside.queueDeclare(queue, true, false, false, quorum ? Map.of("x-queue-type", "quorum") : Map.of());
        aside.close();
    }

    private void take(Session from, Delivery delivery) {
        ReceivedMessage message = Wire.decode(delivery, group, topic);
        if (message == null) {
            LOG.warn(
                    "delivery {} of queue {}: no valid {} (expected: a message sent by Carillon). Acknowledged to the"
                            + " broker and left alone; let foreign producers use a topic of their own.",
                    delivery.getEnvelope().getDeliveryTag(),
                    queue,
                    Wire.ID);
        }
        if (message == null
                || (!tags.isEmpty() && !tags.contains(message.message().tag()))) {
            acknowledge(from, delivery);
            return;
        }
        Task task = new Task(from, delivery, message);
        boolean first;
        synchronized (lock) {
            first = from.lanes.enter(lane(message), task);
        }
        if (first) {
            dispatch(task);
        }
    }

    /** The key whose order is kept; empty for none. */
    private String lane(ReceivedMessage message) {
        return ordered ? message.message().key() : "";
    }

    private void dispatch(Task task) {
        try {
            workers.execute(() -> run(task));
        } catch (RejectedExecutionException e) {
            LOG.debug("message {}: left to others, closed", task.message.id());
        }
    }

    private void acknowledge(Session session, Delivery delivery) {
        try {
            session.channel.basicAck(delivery.getEnvelope().getDeliveryTag(), false);
        } catch (IOException | ShutdownSignalException e) {
            LOG.debug("queue {}: not acknowledged, comes again", queue, e);
        }
    }

    // ------------------------------------------------------------------ the handlers' threads

    private void run(Task task) {
        synchronized (lock) {
            if (closing || task.session.over) {
                return; // the server delivers it again
            }
            running++;
        }
        try {
            if (handle(task)) {
                acknowledge(task.session, task.delivery);
                Task next;
                synchronized (lock) {
                    next = task.session.lanes.leave(lane(task.message));
                }
                if (next != null) {
                    dispatch(next);
                }
            } else {
                again(task);
            }
        } finally {
            synchronized (lock) {
                running--;
                lock.notifyAll();
            }
        }
    }

    private void again(Task task) {
        long pause = Redelivery.pauseMillis(options.redeliveryDelay(), task.attempt, LONGEST_PAUSE);
        task.attempt++;
        try {
            workers.schedule(() -> run(task), pause, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("message {}: left to others, closed", task.message.id());
        }
    }

    /** Whether the message needs no further attempt: it was handled, or parked. */
    private boolean handle(Task task) {
        ReceivedMessage first = task.message;
        ReceivedMessage message =
                new ReceivedMessage(first.id(), first.message(), first.producer(), group, task.attempt);
        try {
            handler.handle(message);
            return true;
        } catch (Throwable e) {
            if (e instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            if (task.attempt > options.maxRedeliveries()) {
                return parked(task, e);
            }
            Redelivery.noteFailure(LOG, message, e);
            return false;
        }
    }

    private boolean parked(Task task, Throwable cause) {
        String dead = Wire.deadQueue(group, topic);
        String reason = cause.toString();
        Map<String, Object> headers =
                new HashMap<>(task.delivery.getProperties().getHeaders());
        headers.keySet().removeIf(name -> name.startsWith("x-"));
        headers.put(Wire.ERROR, reason.substring(0, Math.min(reason.length(), 500)));
        try {
            Channel aside = RabbitBroker.newChannel(task.session.channel.getConnection());
            try {
                aside.queueDeclare(dead, true, false, false, Map.of());
                aside.confirmSelect();
                aside.basicPublish(
                        "",
                        dead,
                        task.delivery
                                .getProperties()
                                .builder()
                                .headers(headers)
                                .deliveryMode(2)
                                .build(),
                        task.delivery.getBody());
                if (!aside.waitForConfirms(options.sendTimeout().toMillis())) {
                    throw new IOException("negative confirm");
                }
            } finally {
                RabbitBroker.abort(aside);
            }
            LOG.error(
                    "message {} of topic {} for group {}: every redelivery failed, the last one with: {}. It is parked in"
                            + " queue {}; correct the cause. Its producer sends it again while it is unconfirmed.",
                    task.message.id(),
                    topic,
                    group,
                    reason,
                    dead);
            return true;
        } catch (IOException | TimeoutException | ShutdownSignalException e) {
            LOG.warn(
                    "message {} of topic {} for group {}: could not be parked in queue {}: {}. It comes again.",
                    task.message.id(),
                    topic,
                    group,
                    dead,
                    RabbitBroker.textOf(e));
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /**
     * {@inheritDoc}
     *
     * <p>Messages that were fetched and not begun go back to the queue. A handler must not close its own subscription: it
     * would wait for itself.
     */
    @Override
    public void close() {
        boolean interrupted = false;
        boolean first;
        Session last;
        synchronized (lock) {
            first = !closing;
            closing = true;
            lock.notifyAll();
        }
        hurry.countDown();
        if (!first) {
            restore(awaitUninterruptibly(closed));
            return;
        }
        while (keeper.isAlive()) { // it may be making a channel; that ends within the time-outs of the connection
            try {
                keeper.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        synchronized (lock) {
            last = session;
        }
        if (last != null) {
            cancel(last);
        }
        synchronized (lock) {
            while (running > 0) {
                try {
                    lock.wait();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        workers.shutdownNow();
        if (last != null) {
            RabbitBroker.abort(last.channel);
        }
        connections.close();
        afterClose.accept(this);
        closed.countDown();
        restore(interrupted);
    }

    private void cancel(Session last) {
        try {
            last.channel.basicCancel(last.consumerTag);
        } catch (IOException | ShutdownSignalException e) {
            LOG.debug("queue {}: not cancelled, the channel is gone", queue, e);
        }
    }

    /** Whether it was interrupted meanwhile. */
    private static boolean awaitUninterruptibly(CountDownLatch latch) {
        boolean interrupted = false;
        while (true) {
            try {
                latch.await();
                return interrupted;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
    }

    private static void restore(boolean interrupted) {
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}

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
package io.carillon.messages.rocketmq;

import io.carillon.messages.MessageHandler;
import io.carillon.messages.ReceivedMessage;
import io.carillon.messages.relay.Broker.Delivery;
import io.carillon.messages.relay.Broker.Subscription;
import io.carillon.messages.relay.Redelivery;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyContext;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyContext;
import org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.consumer.listener.MessageListenerOrderly;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.impl.consumer.ProcessQueue;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.MessageExt;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One consumer of one topic for one group. Thread-safe.
 *
 * <p>A failed message comes again after 1 s, then 5 s, 10 s, 30 s, 1 min and so on up to every 10 min (the broker's usual
 * delay levels), and in order after 1 s, 2 s, 4 s up to every 30 s; after {@value #MAX_REDELIVERIES} redeliveries RocketMQ moves it to {@code %DLQ%} + group. The producer
 * still misses the confirmation then and sends the message anew.
 */
final class RocketMqSubscription implements Subscription {

    static final int MAX_REDELIVERIES = 16;

    private static final int LEVEL_OF_TEN_MINUTES = 14;
    private static final long RELEASE_MILLIS = 5_000;
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    /** RocketMQ allows no longer one. */
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

    private static final Logger LOG = LoggerFactory.getLogger(RocketMqSubscription.class);

    private final String group;
    private final String topic;
    private final Set<String> tags;
    private final MessageHandler handler;
    private final DefaultMQPushConsumer consumer;
    private final Runnable afterClose;

    private final Object lock = new Object();
    private int running;
    private boolean closing;
    private boolean released;
    private boolean closed;

    RocketMqSubscription(
            String group,
            String topic,
            Set<String> tags,
            MessageHandler handler,
            Delivery delivery,
            DefaultMQPushConsumer consumer,
            Runnable afterClose)
            throws MQClientException {
        this.group = group;
        this.topic = topic;
        this.tags = Set.copyOf(tags);
        this.handler = handler;
        this.consumer = consumer;
        this.afterClose = afterClose;
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.setConsumeMessageBatchMaxSize(1);
        consumer.setConsumeThreadMin(delivery.concurrency());
        consumer.setConsumeThreadMax(delivery.concurrency());
        consumer.setMaxReconsumeTimes(MAX_REDELIVERIES);
        consumer.setAwaitTerminationMillisWhenShutdown(RELEASE_MILLIS);
        // RocketMQ cannot ask for messages without a tag only: take all, and leave the others alone in receive()
        consumer.subscribe(topic, tags.isEmpty() || tags.contains("") ? "*" : String.join(" || ", tags));
        if (delivery.ordered()) {
            consumer.registerMessageListener((MessageListenerOrderly) this::receiveInOrder);
        } else {
            consumer.registerMessageListener((MessageListenerConcurrently) this::receive);
        }
    }

    void start() throws MQClientException {
        consumer.start();
    }

    Set<String> tags() {
        return tags;
    }

    private @Nullable ConsumeConcurrentlyStatus receive(List<MessageExt> wires, ConsumeConcurrentlyContext context) {
        if (!enter()) {
            return null; // its queue is given up: RocketMQ ignores the answer, another member gets the message
        }
        try {
            for (MessageExt wire : wires) {
                int failed = handle(wire);
                if (failed > 0) {
                    context.setDelayLevelWhenNextConsume(Math.min(failed, LEVEL_OF_TEN_MINUTES));
                    return ConsumeConcurrentlyStatus.RECONSUME_LATER;
                }
            }
            return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        } finally {
            leave();
        }
    }

    /** The same; a message that failed stays at the head of its queue. */
    private @Nullable ConsumeOrderlyStatus receiveInOrder(List<MessageExt> wires, ConsumeOrderlyContext context) {
        if (!enter()) {
            return null;
        }
        try {
            for (MessageExt wire : wires) {
                int failed = handle(wire);
                if (failed > 0) {
                    context.setSuspendCurrentQueueTimeMillis(
                            Redelivery.pauseMillis(FIRST_PAUSE, failed, LONGEST_PAUSE));
                    return ConsumeOrderlyStatus.SUSPEND_CURRENT_QUEUE_A_MOMENT;
                }
            }
            return ConsumeOrderlyStatus.SUCCESS;
        } finally {
            leave();
        }
    }

    /** 0 when the message is done with; otherwise it must come again, and this is how often it has failed. */
    private int handle(MessageExt wire) {
        ReceivedMessage message = Wire.decode(wire, group);
        if (message == null) {
            LOG.warn(
                    "message {} of topic {}: no valid {} (expected: a message sent by Carillon). Acknowledged to the"
                            + " broker and left alone; let foreign producers use a topic of their own.",
                    wire.getMsgId(),
                    topic,
                    Wire.ID);
            return 0;
        }
        if (!tags.isEmpty() && !tags.contains(message.message().tag())) {
            return 0;
        }
        try {
            handler.handle(message);
            return 0;
        } catch (Throwable e) {
            if (e instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            Redelivery.noteFailure(LOG, message, e);
            return message.deliveryAttempt();
        }
    }

    /** False when the subscription has been closed; comes back then only when no handler runs and the queues are given up. */
    private boolean enter() {
        synchronized (lock) {
            if (!closing) {
                running++;
                return true;
            }
            try {
                while (!released) {
                    lock.wait();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return false;
        }
    }

    private void leave() {
        synchronized (lock) {
            running--;
            lock.notifyAll();
        }
    }

    /**
     * {@inheritDoc}
     *
     * <p>Messages that were fetched and not begun stay with the broker. A handler must not close its own subscription: it
     * would wait for itself.
     */
    @Override
    public void close() {
        boolean interrupted = false;
        synchronized (lock) {
            boolean first = !closing;
            closing = true;
            if (first) {
                consumer.suspend();
            }
            while (first ? running > 0 : !closed) {
                try {
                    lock.wait();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            if (!first) {
                restore(interrupted);
                return;
            }
        }
        giveUpQueues();
        synchronized (lock) {
            released = true;
            lock.notifyAll();
        }
        consumer.shutdown();
        afterClose.run();
        synchronized (lock) {
            closed = true;
            lock.notifyAll();
        }
        restore(interrupted);
    }

    /** From now on RocketMQ neither calls us with what it has fetched nor counts it as consumed. */
    @SuppressWarnings("deprecation") // the way to the queues is marked so, and there is no other
    private void giveUpQueues() {
        consumer.getDefaultMQPushConsumerImpl()
                .getRebalanceImpl()
                .getProcessQueueTable()
                .values()
                .forEach((ProcessQueue queue) -> queue.setDropped(true));
    }

    private static void restore(boolean interrupted) {
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}

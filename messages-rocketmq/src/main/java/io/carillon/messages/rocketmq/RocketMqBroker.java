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
import io.carillon.messages.model.StoredMessage;
import io.carillon.messages.relay.Broker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.apache.rocketmq.client.ClientConfig;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendCallback;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.common.MixAll;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.topic.TopicValidator;
import org.apache.rocketmq.remoting.exception.RemotingException;
import org.apache.rocketmq.remoting.protocol.ResponseCode;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@link Broker} on RocketMQ 5, by its remoting client. Thread-safe.
 *
 * <p>Sending: messages of one topic travel in batches; batches are sent asynchronously, and a bounded number of messages is
 * on the way. Only {@code SEND_OK} is an acknowledgement: a broker that could not flush or replicate in time has not kept
 * the message by the durability that its settings promise.
 *
 * <p>Receiving: each pair of group and topic is the RocketMQ consumer group {@code group-topic} (so that each group may have
 * any set of topics); a new group begins at the oldest message kept. A missing topic is created before subscribing, where
 * the broker lets its clients create topics ({@code autoCreateTopicEnable}); elsewhere an operator must create it.
 */
public final class RocketMqBroker implements Broker {

    private static final int MAX_BATCH = 64;
    private static final int MAX_BATCH_BYTES = 256 * 1024;
    private static final int SECONDS_BETWEEN_LOOKS = 5;

    private static final Logger LOG = LoggerFactory.getLogger(RocketMqBroker.class);

    private final RocketMqOptions options;
    private final String instance;
    private final DefaultMQProducer producer;
    private final Semaphore places;
    private final Set<Sending> inFlight = ConcurrentHashMap.newKeySet();
    private final Map<RocketMqSubscription, String> subscriptions = new LinkedHashMap<>();
    private final Object lock = new Object();
    private int subscribed;
    private volatile boolean closed;

    private RocketMqBroker(RocketMqOptions options, String instance, DefaultMQProducer producer) {
        this.options = options;
        this.instance = instance;
        this.producer = producer;
        this.places = new Semaphore(options.maxInFlight());
    }

    /**
     * Connects, and waits until a name server answers.
     *
     * @throws IllegalStateException when none answers within {@link RocketMqOptions#startTimeout()}; nothing is left running
     */
    public static RocketMqBroker open(RocketMqOptions options) {
        Slf4jAppender.install();
        String instance = "carillon-" + ProcessHandle.current().pid() + "-"
                + Long.toHexString(ThreadLocalRandom.current().nextLong());
        DefaultMQProducer producer = new DefaultMQProducer(options.producerGroup());
        configure(producer, options, instance);
        producer.setSendMsgTimeout((int) options.sendTimeout().toMillis());
        producer.setMaxMessageSize(Math.max(options.maxMessageBytes(), MAX_BATCH_BYTES * 2));
        producer.setDefaultTopicQueueNums(options.topicQueues());
        producer.setRetryTimesWhenSendAsyncFailed(1);
        boolean answered = false;
        try {
            producer.start();
            awaitNameServer(producer, options);
            answered = true;
        } catch (MQClientException e) {
            throw new IllegalStateException(
                    "producerGroup: " + options.producerGroup() + " (expected: a RocketMQ producer that starts). "
                            + e.getMessage() + ". Nothing was connected.",
                    e);
        } finally {
            if (!answered) {
                producer.shutdown();
            }
        }
        return new RocketMqBroker(options, instance, producer);
    }

    private static void configure(ClientConfig client, RocketMqOptions options, String instance) {
        client.setNamesrvAddr(options.namesrvAddr());
        client.setInstanceName(instance);
        client.setPollNameServerInterval(
                (int) Duration.ofSeconds(SECONDS_BETWEEN_LOOKS).toMillis());
        client.setHeartbeatBrokerInterval(
                (int) Duration.ofSeconds(SECONDS_BETWEEN_LOOKS).toMillis());
        client.setVipChannelEnabled(false);
    }

    private static void awaitNameServer(DefaultMQProducer producer, RocketMqOptions options) {
        long start = SystemTime.nanos();
        long budget = options.startTimeout().toNanos();
        long pause = TimeUnit.MILLISECONDS.toNanos(200);
        while (true) {
            long left = TimeUnit.NANOSECONDS.toMillis(budget - (SystemTime.nanos() - start));
            Exception failure;
            try {
                nameServerAnswers(producer, Math.max(1, Math.min(left, 3_000)));
                return;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(
                        "namesrvAddr: " + options.namesrvAddr() + " was not reached before the thread was interrupted."
                                + " Nothing was connected.",
                        e);
            } catch (RemotingException | MQBrokerException | RuntimeException e) {
                failure = e;
            }
            if (SystemTime.nanos() - start + pause >= budget) {
                throw new IllegalStateException(
                        "namesrvAddr: " + options.namesrvAddr()
                                + " (expected: a RocketMQ name server that answers). None"
                                + " did within " + options.startTimeout().toMillis() + " ms (" + failure.getMessage()
                                + "); nothing was connected. Start the name server, or correct the address.",
                        failure);
            }
            LockSupport.parkNanos(pause);
        }
    }

    @SuppressWarnings("deprecation") // the way to the client's connection is marked so, and there is no other
    private static void nameServerAnswers(DefaultMQProducer producer, long timeoutMillis)
            throws InterruptedException, RemotingException, MQBrokerException {
        producer.getDefaultMQProducerImpl()
                .getMqClientFactory()
                .getMQClientAPIImpl()
                .getBrokerClusterInfo(timeoutMillis);
    }

    @Override
    public String name() {
        return "rocketmq";
    }

    @Override
    public int maxPayloadBytes() {
        return options.maxMessageBytes();
    }

    @Override
    public void publish(List<StoredMessage> messages, Consumer<PublishResult> results) {
        Map<String, Batch> open = new LinkedHashMap<>();
        for (StoredMessage message : messages) {
            String reason = Wire.reasonToRefuse(message, options.maxMessageBytes());
            if (reason != null) {
                tell(results, new PublishResult.Refused(message, reason));
                continue;
            }
            String topic = message.message().topic();
            Batch batch = open.computeIfAbsent(topic, t -> new Batch());
            if (!batch.hasRoomFor(message, Math.min(MAX_BATCH, options.maxInFlight()))) {
                send(batch, results);
                batch = new Batch();
                open.put(topic, batch);
            }
            batch.add(message);
        }
        open.values().forEach(batch -> send(batch, results));
    }

    private void send(Batch batch, Consumer<PublishResult> results) {
        Sending sending = new Sending(batch.messages, results);
        try {
            places.acquire(batch.messages.size());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            batch.messages.forEach(message ->
                    tell(results, new PublishResult.Unavailable(message, "interrupted before a place was free")));
            return;
        }
        sending.start();
    }

    private static void tell(Consumer<PublishResult> results, PublishResult result) {
        try {
            results.accept(result);
        } catch (RuntimeException | Error e) {
            LOG.error(
                    "the result of message {} was not taken: {}",
                    result.message().id(),
                    e.toString(),
                    e);
        }
    }

    /** Messages of one topic that are to travel together. Confined to one call of publish. */
    private static final class Batch {

        private final List<StoredMessage> messages = new ArrayList<>();
        private int bytes;

        boolean hasRoomFor(StoredMessage message, int maxCount) {
            return messages.isEmpty()
                    || (messages.size() < maxCount && bytes + message.message().payload().length <= MAX_BATCH_BYTES);
        }

        void add(StoredMessage message) {
            messages.add(message);
            bytes += message.message().payload().length;
        }
    }

    /** Messages on their way, holding one place each until their results are known. Thread-safe. */
    private final class Sending implements SendCallback {

        private final List<StoredMessage> messages;
        private final Consumer<PublishResult> results;
        private final AtomicBoolean done = new AtomicBoolean();

        Sending(List<StoredMessage> messages, Consumer<PublishResult> results) {
            this.messages = messages;
            this.results = results;
        }

        void start() {
            inFlight.add(this);
            if (closed) {
                unavailable("the broker connection is closed");
                return;
            }
            long timeout = options.sendTimeout().toMillis();
            try {
                if (messages.size() == 1) {
                    producer.send(Wire.encode(messages.get(0)), this, timeout);
                } else {
                    Collection<Message> wires =
                            messages.stream().map(Wire::encode).toList();
                    producer.send(wires, this, timeout);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                unavailable("interrupted while sending");
            } catch (MQClientException | RemotingException | MQBrokerException | RuntimeException e) {
                onException(e);
            }
        }

        @Override
        public void onSuccess(SendResult result) {
            if (result.getSendStatus() != SendStatus.SEND_OK) {
                unavailable("send status " + result.getSendStatus());
                return;
            }
            if (!take()) {
                return;
            }
            String ref = result.getOffsetMsgId() == null ? "" : result.getOffsetMsgId();
            String[] refs = ref.split(",", -1);
            places.release(messages.size());
            for (int i = 0; i < messages.size(); i++) {
                String one = refs.length == messages.size() ? refs[i] : ref;
                tell(results, new PublishResult.Acknowledged(messages.get(i), one));
            }
        }

        @Override
        public void onException(Throwable e) {
            if (!isRefusal(e)) {
                unavailable(e.toString());
                return;
            }
            if (!take()) {
                return;
            }
            if (messages.size() > 1) { // one of them is bad: each shows by itself, in the place it holds
                messages.forEach(message -> new Sending(List.of(message), results).start());
                return;
            }
            places.release();
            tell(results, new PublishResult.Refused(messages.get(0), e.toString()));
        }

        void unavailable(String reason) {
            if (take()) {
                places.release(messages.size());
                messages.forEach(message -> tell(results, new PublishResult.Unavailable(message, reason)));
            }
        }

        private boolean take() {
            inFlight.remove(this);
            return done.compareAndSet(false, true);
        }
    }

    /** Whether the broker will never take this message. */
    private static boolean isRefusal(Throwable e) {
        int code = 0;
        if (e instanceof MQBrokerException broker) {
            code = broker.getResponseCode();
        } else if (e instanceof MQClientException client) {
            code = client.getResponseCode();
        }
        return code == ResponseCode.MESSAGE_ILLEGAL || code == ResponseCode.INVALID_PARAMETER;
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException when RocketMQ cannot have such a group, topic or tag
     * @throws IllegalStateException when no name server answers, the broker connection is closed, or the same group already receives the topic here
     *     with other tags (RocketMQ would give either a part of the other's messages)
     */
    @Override
    public Subscription subscribe(
            String group, String topic, Set<String> tags, MessageHandler handler, int concurrency) {
        check(Wire.isLegalName(group, Wire.MAX_GROUP), "group", group, "1..120 letters, digits, '-' or '_'");
        check(Wire.isLegalName(topic, Wire.MAX_GROUP), "topic", topic, "1..120 letters, digits, '-' or '_'");
        tags.forEach(tag -> check(Wire.isLegalTag(tag), "tag", tag, "no '|', not '*', no blanks around"));
        check(concurrency >= 1 && concurrency <= 1000, "concurrency", concurrency, "1..1000");
        refuseWhenClosed(group);
        String name = Wire.consumerGroup(group, topic);
        // without its retry topic the first redeliveries of a new group wait for RocketMQ's next look around
        if (createIfMissing(topic, options.topicQueues())) {
            createIfMissing(MixAll.getRetryTopic(name), 1);
        }
        synchronized (lock) {
            refuseWhenClosed(group);
            boolean taken = false;
            for (Map.Entry<RocketMqSubscription, String> other : subscriptions.entrySet()) {
                if (other.getValue().equals(name)) {
                    taken = true;
                    if (!other.getKey().tags().equals(tags)) {
                        throw new IllegalStateException("tags: " + tags + " (expected: "
                                + other.getKey().tags() + ", as group " + group + " already has for topic " + topic
                                + "). Nothing was subscribed; use one set of tags, or another group.");
                    }
                }
            }
            DefaultMQPushConsumer consumer = new DefaultMQPushConsumer(name);
            // one connection serves all groups; a second member of the same group needs one of its own
            configure(consumer, options, taken ? instance + "-" + ++subscribed : instance);
            try {
                RocketMqSubscription[] self = new RocketMqSubscription[1];
                RocketMqSubscription subscription = new RocketMqSubscription(
                        group, topic, tags, handler, concurrency, consumer, () -> forget(self[0]));
                self[0] = subscription;
                subscription.start();
                subscriptions.put(subscription, name);
                return subscription;
            } catch (MQClientException
                    | IllegalStateException e) { // the latter is its word for an unreachable name server
                consumer.shutdown();
                throw new IllegalStateException(
                        "namesrvAddr: " + options.namesrvAddr()
                                + " (expected: a RocketMQ name server that answers). Group "
                                + group + " receives nothing of topic " + topic + " (" + e.getMessage()
                                + "). Start the name server and subscribe again.",
                        e);
            }
        }
    }

    private void refuseWhenClosed(String group) {
        if (closed) {
            throw new IllegalStateException("group: " + group + " (expected: a subscription before close). The broker"
                    + " connection is closed; nothing is received.");
        }
    }

    private void forget(@Nullable RocketMqSubscription subscription) {
        synchronized (lock) {
            subscriptions.remove(subscription);
        }
    }

    private static void check(boolean good, String name, Object value, String expected) {
        if (!good) {
            throw new IllegalArgumentException(name + ": '" + value + "' (expected: " + expected
                    + "). Nothing was subscribed; correct the " + name + ".");
        }
    }

    /**
     * A consumer that starts before its topic exists would look again only after a while. A topic is made only when the name
     * server knows of none, by brokers that the name server knows: an existing one would get a new number of queues.
     */
    @SuppressWarnings("deprecation") // RocketMQ means its admin client, which is a separate library
    private boolean createIfMissing(String topic, int queues) {
        try {
            producer.fetchPublishMessageQueues(topic);
            return true;
        } catch (MQClientException missing) {
            try {
                producer.createTopic(TopicValidator.AUTO_CREATE_TOPIC_KEY_TOPIC, topic, queues, new HashMap<>());
                LOG.info("topic {}: created with {} queues", topic, queues);
                return true;
            } catch (MQClientException e) {
                LOG.warn(
                        "topic: {} (expected: a topic that exists, or a broker with autoCreateTopicEnable). It could not be"
                                + " created ({}); receiving begins within seconds of its creation. Create it.",
                        topic,
                        e.getErrorMessage());
                return false;
            }
        }
    }

    @Override
    public void close() {
        List<RocketMqSubscription> open;
        synchronized (lock) {
            if (closed) {
                return;
            }
            closed = true;
            open = List.copyOf(subscriptions.keySet());
        }
        open.forEach(RocketMqSubscription::close);
        awaitInFlight();
        producer.shutdown();
        List.copyOf(inFlight).forEach(sending -> sending.unavailable("the broker connection was closed"));
    }

    /** Gives what is on its way the time it may take anyway. */
    private void awaitInFlight() {
        try {
            if (places.tryAcquire(options.maxInFlight(), options.sendTimeout().toMillis(), TimeUnit.MILLISECONDS)) {
                places.release(options.maxInFlight());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

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
import io.carillon.messages.Ordering;
import io.carillon.messages.model.StoredMessage;
import io.carillon.messages.relay.Broker;
import io.carillon.messages.relay.BrokerSettings;
import io.carillon.messages.relay.Outgoing;
import java.time.Duration;
import java.util.ArrayDeque;
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
import java.util.function.Function;
import org.apache.rocketmq.client.ClientConfig;
import org.apache.rocketmq.client.common.ClientErrorCode;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.impl.MQClientAPIImpl;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendCallback;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.common.MixAll;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.common.topic.TopicValidator;
import org.apache.rocketmq.remoting.exception.RemotingException;
import org.apache.rocketmq.remoting.protocol.ResponseCode;
import org.apache.rocketmq.remoting.protocol.body.ClusterInfo;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@link Broker} on RocketMQ 5, by its remoting client. Thread-safe.
 *
 * <p>Sending: messages of one topic travel in batches; batches are sent asynchronously, and a bounded number of messages is
 * on the way. Only {@code SEND_OK} is an acknowledgement: a broker that could not flush or replicate in time has not kept
 * the message by the durability that its settings promise. Messages that ask for an order go to the queue of their key, a batch
 * at a time; other ones to any queue.
 *
 * <p>Receiving: each pair of group and topic is the RocketMQ consumer group {@code group-topic} (so that each group may have
 * any set of topics); a new group begins at the oldest message kept. A missing topic is created before subscribing, where
 * the broker lets its clients create topics ({@code autoCreateTopicEnable}); elsewhere an operator must create it.
 */
public final class RocketMqBroker implements Broker {

    private static final int MAX_BATCH = 64;
    private static final int MAX_BATCH_BYTES = 256 * 1024;
    private static final int SECONDS_BETWEEN_LOOKS = 5;
    private static final long ASK_MILLIS = 3_000;

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
    public @Nullable String reasonToRefuse(StoredMessage message) {
        return Wire.reasonToRefuse(message, options.maxMessageBytes());
    }

    @Override
    public void publish(List<StoredMessage> messages, Consumer<PublishResult> results) {
        Map<String, Batch> open = new LinkedHashMap<>();
        for (Outgoing outgoing : Outgoing.acceptable(this, messages, results)) {
            StoredMessage message = outgoing.message();
            String topic = message.message().topic();
            if (message.message().ordering() != Ordering.NONE) {
                if (Outgoing.takePlaces(places, List.of(outgoing))) {
                    lane(topic, message.message().key()).add(outgoing);
                }
                continue;
            }
            Batch batch = open.computeIfAbsent(topic, t -> new Batch());
            if (!batch.hasRoomFor(message, Math.min(MAX_BATCH, options.maxInFlight()))) {
                send(batch);
                batch = new Batch();
                open.put(topic, batch);
            }
            batch.add(outgoing);
        }
        open.values().forEach(this::send);
    }

    private void send(Batch batch) {
        if (Outgoing.takePlaces(places, batch.messages)) {
            new Sending(batch.messages, null).start();
        }
    }

    // ------------------------------------------------------------------ the order of keys

    /** Into so many parts the keys of a topic are divided; the messages of a part go to one queue. */
    private static final int LANES = 64;

    private static final long FRESH_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final Map<String, Lane> lanes = new ConcurrentHashMap<>();
    private final Map<String, Queues> queues = new ConcurrentHashMap<>();
    /** Topics that the broker has taken a message for: they exist, whatever a name server says during an outage. */
    private final Set<String> knownTopics = ConcurrentHashMap.newKeySet();

    private record Queues(List<MessageQueue> all, long readAt) {}

    private Lane lane(String topic, String key) {
        int number = Math.floorMod(key.hashCode(), LANES);
        return lanes.computeIfAbsent(topic + ' ' + number, any -> new Lane(topic, number));
    }

    /**
     * The ordered messages of some keys of a topic. They go to one queue, a batch at a time: RocketMQ's client sends from
     * many threads, and two batches on the way at once could overtake each other. Thread-safe.
     */
    private final class Lane {

        private final String topic;
        private final int number;
        private final ArrayDeque<Outgoing> waiting = new ArrayDeque<>();
        private boolean busy;
        /** How many of the first ones travel alone, because one of them was refused in company. */
        private int alone;

        Lane(String topic, int number) {
            this.topic = topic;
            this.number = number;
        }

        void add(Outgoing message) {
            synchronized (this) {
                waiting.add(message);
                if (busy) {
                    return;
                }
                busy = true;
            }
            next();
        }

        /** One by one, in their order. */
        synchronized void again(List<Outgoing> messages) {
            for (int i = messages.size() - 1; i >= 0; i--) {
                waiting.addFirst(messages.get(i));
            }
            alone += messages.size();
        }

        void next() {
            Batch batch = new Batch();
            synchronized (this) {
                int most = alone > 0 ? 1 : MAX_BATCH;
                alone = Math.max(0, alone - 1);
                while (!waiting.isEmpty() && batch.hasRoomFor(waiting.element().message(), most)) {
                    batch.add(waiting.remove());
                }
                if (batch.messages.isEmpty()) {
                    busy = false;
                    return;
                }
            }
            new Sending(batch.messages, this).start();
        }

        /** The same queue for the same key, as long as the topic has the same queues. */
        MessageQueue queue() throws MQClientException {
            Queues known = queues.get(topic);
            if (known == null || SystemTime.nanos() - known.readAt() > FRESH_NANOS) {
                known = new Queues(queuesOf(topic), SystemTime.nanos());
                queues.put(topic, known);
            }
            return known.all().get(number % known.all().size());
        }
    }

    private List<MessageQueue> queuesOf(String topic) throws MQClientException {
        try {
            return sorted(producer.fetchPublishMessageQueues(topic));
        } catch (MQClientException e) {
            if (!createIfMissing(topic, options.topicQueues())) {
                throw new MQClientException(
                        ClientErrorCode.NOT_FOUND_TOPIC_EXCEPTION, String.valueOf(e.getErrorMessage()));
            }
            return sorted(producer.fetchPublishMessageQueues(topic));
        }
    }

    private static List<MessageQueue> sorted(List<MessageQueue> queues) {
        return queues.stream().sorted().toList();
    }

    /** Messages of one topic that are to travel together. Confined to one thread. */
    private static final class Batch {

        private final List<Outgoing> messages = new ArrayList<>();
        private int bytes;

        boolean hasRoomFor(StoredMessage message, int maxCount) {
            return messages.isEmpty()
                    || (messages.size() < maxCount && bytes + message.message().payload().length <= MAX_BATCH_BYTES);
        }

        void add(Outgoing outgoing) {
            messages.add(outgoing);
            bytes += outgoing.message().message().payload().length;
        }
    }

    /** Messages of a topic on their way, holding one place each until their results are known. Thread-safe. */
    private final class Sending implements SendCallback {

        private final List<Outgoing> messages;
        private final @Nullable Lane lane;
        private final AtomicBoolean done = new AtomicBoolean();

        Sending(List<Outgoing> messages, @Nullable Lane lane) {
            this.messages = messages;
            this.lane = lane;
        }

        void start() {
            inFlight.add(this);
            if (closed) {
                unavailable("the broker connection is closed");
                return;
            }
            long timeout = options.sendTimeout().toMillis();
            Collection<Message> wires =
                    messages.stream().map(each -> Wire.encode(each.message())).toList();
            try {
                if (lane != null) {
                    producer.send(wires, lane.queue(), this, timeout);
                } else if (messages.size() == 1) {
                    producer.send(wires.iterator().next(), this, timeout);
                } else {
                    producer.send(wires, this, timeout);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                unavailable("interrupted while sending");
            } catch (MQClientException | RemotingException | MQBrokerException | RuntimeException e) {
                onException(e);
            }
        }

        private String topic() {
            return messages.get(0).message().message().topic();
        }

        @Override
        public void onSuccess(SendResult result) {
            String notKept = reasonNotKept(result.getSendStatus());
            if (notKept != null) {
                unavailable(notKept);
                return;
            }
            if (!take()) {
                return;
            }
            knownTopics.add(topic());
            String ref = result.getOffsetMsgId() == null ? "" : result.getOffsetMsgId();
            String[] refs = ref.split(",", -1);
            places.release(messages.size());
            for (int i = 0; i < messages.size(); i++) {
                String one = refs.length == messages.size() ? refs[i] : ref;
                messages.get(i)
                        .tell(new PublishResult.Acknowledged(messages.get(i).message(), one));
            }
            ended();
        }

        @Override
        public void onException(Throwable e) {
            if (isAboutTheTopic(e) && isMissing(topic())) {
                refused("topic: " + topic() + " (expected: a topic that exists): " + e
                        + ". Create it, or let the broker do so (autoCreateTopicEnable); then replay the message");
                return;
            }
            if (!isRefusal(e)) {
                unavailable(e.toString());
                return;
            }
            if (messages.size() == 1) {
                refused(e.toString());
                return;
            }
            if (!take()) {
                return;
            }
            if (lane == null) { // one of them is bad: each shows by itself, in the place it holds
                messages.forEach(message -> new Sending(List.of(message), null).start());
            } else {
                lane.again(messages);
                ended();
            }
        }

        void unavailable(String reason) {
            queues.remove(topic());
            end(message -> new PublishResult.Unavailable(message, reason));
        }

        private void refused(String reason) {
            end(message -> new PublishResult.Refused(message, reason));
        }

        private void end(Function<StoredMessage, PublishResult> result) {
            if (take()) {
                places.release(messages.size());
                messages.forEach(each -> each.tell(result.apply(each.message())));
                ended();
            }
        }

        private void ended() {
            if (lane != null) {
                lane.next();
            }
        }

        private boolean take() {
            inFlight.remove(this);
            return done.compareAndSet(false, true);
        }
    }

    /** Why an answer is no acknowledgement: the broker has not kept the message as its settings promise. Null when it is one. */
    static @Nullable String reasonNotKept(SendStatus status) {
        return status == SendStatus.SEND_OK ? null : "send status " + status;
    }

    private static int codeOf(Throwable e) {
        if (e instanceof MQBrokerException broker) {
            return broker.getResponseCode();
        }
        return e instanceof MQClientException client ? client.getResponseCode() : 0;
    }

    /** Whether the broker will never take this message. */
    private static boolean isRefusal(Throwable e) {
        int code = codeOf(e);
        return code == ResponseCode.MESSAGE_ILLEGAL || code == ResponseCode.INVALID_PARAMETER;
    }

    private static boolean isAboutTheTopic(Throwable e) {
        int code = codeOf(e);
        return code == ResponseCode.TOPIC_NOT_EXIST || code == ClientErrorCode.NOT_FOUND_TOPIC_EXCEPTION;
    }

    /**
     * Whether a topic is not there, as far as that can be told: the name server answers, has brokers, has no such topic, and
     * no message was ever taken for it here. When brokers are away, their topics seem to be missing too.
     */
    @SuppressWarnings("deprecation") // the way to the client's connection is marked so, and there is no other
    private boolean isMissing(String topic) {
        if (knownTopics.contains(topic)) {
            return false;
        }
        MQClientAPIImpl nameServer =
                producer.getDefaultMQProducerImpl().getMqClientFactory().getMQClientAPIImpl();
        try {
            ClusterInfo cluster = nameServer.getBrokerClusterInfo(ASK_MILLIS);
            if (cluster.getBrokerAddrTable() == null
                    || cluster.getBrokerAddrTable().isEmpty()) {
                return false;
            }
            nameServer.getTopicRouteInfoFromNameServer(topic, ASK_MILLIS);
            return false;
        } catch (MQClientException e) {
            return e.getResponseCode() == ResponseCode.TOPIC_NOT_EXIST;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } catch (RemotingException | MQBrokerException | RuntimeException e) {
            LOG.debug("topic {}: whether it exists is not known", topic, e);
            return false;
        }
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
        return subscribe(group, topic, tags, handler, new Delivery(concurrency, false));
    }

    /**
     * {@inheritDoc}
     *
     * <p>In order: RocketMQ gives each queue to one member at a time, and a message that failed holds up its queue, which is
     * that of other keys too, until it succeeds or is parked. Members of one group must all want order, or none.
     *
     * @throws IllegalArgumentException when RocketMQ cannot have such a group, topic or tag
     * @throws IllegalStateException as the other one does
     */
    @Override
    public Subscription subscribe(
            String group, String topic, Set<String> tags, MessageHandler handler, Delivery delivery) {
        int concurrency = delivery.concurrency();
        BrokerSettings.checkSubscription(
                Wire.isLegalName(group, Wire.MAX_GROUP), "group", group, "1..120 letters, digits, '-' or '_'");
        BrokerSettings.checkSubscription(
                Wire.isLegalName(topic, Wire.MAX_GROUP), "topic", topic, "1..120 letters, digits, '-' or '_'");
        tags.forEach(tag -> BrokerSettings.checkSubscription(
                Wire.isLegalTag(tag), "tag", tag, "no '|', not '*', no blanks around"));
        BrokerSettings.checkConcurrency(concurrency);
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
                        group, topic, tags, handler, delivery, consumer, () -> forget(self[0]));
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

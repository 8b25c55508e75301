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
package io.carillon.messages.kafka;

import io.carillon.messages.MessageHandler;
import io.carillon.messages.model.StoredMessage;
import io.carillon.messages.relay.Broker;
import io.carillon.messages.relay.BrokerSettings;
import io.carillon.messages.relay.Outgoing;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@link Broker} on Kafka 4, by its own client. Thread-safe.
 *
 * <p>Sending: by one idempotent producer with {@code acks=all}; the message's key is Kafka's key, so messages of one key share
 * a partition, and one thread hands them over in the order in which they were published. A bounded number of messages is on
 * the way. Kafka's client blocks while it knows nothing of a topic: here that thread does, for a short time, and nobody else.
 *
 * <p>Receiving: each pair of group and topic is the Kafka consumer group {@code group.topic}; a new group begins at the oldest
 * message kept. A missing topic is created, by whoever publishes or subscribes first; where the cluster does not let its
 * clients, an operator must create it.
 */
public final class KafkaBroker implements Broker {

    private static final Duration GIVE_UP_AGAIN = Duration.ofSeconds(1);
    private static final Duration LEADERS = Duration.ofSeconds(5);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(20);

    private static final Logger LOG = LoggerFactory.getLogger(KafkaBroker.class);

    private final KafkaOptions options;
    private final String instance;
    private final Admin admin;
    private final KafkaProducer<byte[], byte[]> producer;
    private final ThreadPoolExecutor sender;
    private final Semaphore places;
    private final Set<Sending> inFlight = ConcurrentHashMap.newKeySet();
    private final Set<String> knownTopics = ConcurrentHashMap.newKeySet();
    /** Topics for which something was waited in vain, a moment ago. Confined to the sending thread. */
    private final Map<String, Away> away = new HashMap<>();

    private final Map<KafkaSubscription, String> subscriptions = new LinkedHashMap<>();
    private final Object lock = new Object();
    private int subscribed;
    private volatile boolean closed;

    /** Why a topic's messages are answered at once, and until when. */
    private record Away(long untilNanos, String reason) {}

    private KafkaBroker(KafkaOptions options, String instance, Admin admin, KafkaProducer<byte[], byte[]> producer) {
        this.options = options;
        this.instance = instance;
        this.admin = admin;
        this.producer = producer;
        this.places = new Semaphore(options.maxInFlight());
        this.sender = new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
            Thread thread = new Thread(task, instance + "-send");
            thread.setDaemon(true);
            return thread;
        });
    }

    /**
     * Connects, and waits until a broker answers.
     *
     * @throws IllegalStateException when none answers within {@link KafkaOptions#startTimeout()}, or Kafka's client does not
     *     take the settings; nothing is left running
     */
    public static KafkaBroker open(KafkaOptions options) {
        String instance = "carillon-" + ProcessHandle.current().pid() + "-"
                + Long.toHexString(ThreadLocalRandom.current().nextLong());
        Admin admin = null;
        try {
            admin = Admin.create(adminSettings(options, instance));
            int millis = (int) options.startTimeout().toMillis();
            admin.describeCluster(new DescribeClusterOptions().timeoutMs(millis))
                    .nodes()
                    .get(millis, TimeUnit.MILLISECONDS);
            return new KafkaBroker(
                    options,
                    instance,
                    admin,
                    new KafkaProducer<>(
                            producerSettings(options, instance), new ByteArraySerializer(), new ByteArraySerializer()));
        } catch (KafkaException | ExecutionException | TimeoutException e) {
            closeQuietly(admin);
            throw new IllegalStateException(
                    "bootstrapServers: " + options.bootstrapServers()
                            + " (expected: a Kafka broker that answers). None did within "
                            + options.startTimeout().toMillis() + " ms (" + textOf(e)
                            + "); nothing was connected. Start Kafka, or correct the address.",
                    e);
        } catch (InterruptedException e) {
            closeQuietly(admin);
            Thread.currentThread().interrupt();
            throw new IllegalStateException(
                    "bootstrapServers: " + options.bootstrapServers() + " was not reached before the thread was"
                            + " interrupted. Nothing was connected.",
                    e);
        }
    }

    private static void closeQuietly(@Nullable Admin admin) {
        if (admin != null) {
            admin.close(Duration.ZERO);
        }
    }

    private static Map<String, Object> commonSettings(KafkaOptions options, String client) {
        Map<String, Object> settings = new HashMap<>(options.properties());
        settings.put("bootstrap.servers", options.bootstrapServers());
        settings.put("client.id", client);
        settings.putIfAbsent("reconnect.backoff.max.ms", "1000");
        settings.putIfAbsent("metadata.max.age.ms", "30000");
        return settings;
    }

    private static Map<String, Object> adminSettings(KafkaOptions options, String instance) {
        Map<String, Object> settings = commonSettings(options, instance + "-admin");
        settings.put("request.timeout.ms", "5000");
        settings.put("default.api.timeout.ms", "15000");
        return settings;
    }

    private static Map<String, Object> producerSettings(KafkaOptions options, String instance) {
        Map<String, Object> settings = commonSettings(options, instance);
        int timeout = (int) options.sendTimeout().toMillis();
        settings.put("acks", "all");
        settings.put("enable.idempotence", "true");
        settings.put("max.in.flight.requests.per.connection", "5");
        settings.put("linger.ms", "1");
        settings.put("request.timeout.ms", "" + Math.max(1, timeout / 2));
        settings.put("delivery.timeout.ms", "" + (timeout + 1));
        settings.put("max.block.ms", "" + options.maxBlock().toMillis());
        settings.put("max.request.size", "" + (options.maxMessageBytes() + Wire.ROOM_FOR_HEADERS + 4 * 1024));
        settings.putIfAbsent(
                "buffer.memory",
                "" + Math.max(32L * 1024 * 1024, 4L * (options.maxMessageBytes() + Wire.ROOM_FOR_HEADERS)));
        return settings;
    }

    private Map<String, Object> consumerSettings(String kafkaGroup) {
        Map<String, Object> settings = commonSettings(options, instance + "-" + ++subscribed);
        settings.put("group.id", kafkaGroup);
        settings.put("enable.auto.commit", "false");
        settings.put("auto.offset.reset", "earliest");
        settings.put("allow.auto.create.topics", "false");
        settings.put("partition.assignment.strategy", "org.apache.kafka.clients.consumer.CooperativeStickyAssignor");
        settings.putIfAbsent("heartbeat.interval.ms", "1000");
        settings.putIfAbsent("session.timeout.ms", "15000");
        settings.put("max.poll.records", "" + KafkaSubscription.MAX_POLL);
        return settings;
    }

    @Override
    public String name() {
        return "kafka";
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
                sender.execute(() -> send(sending));
            } catch (RejectedExecutionException e) {
                sending.unavailable("the broker connection is closed");
            }
        }
    }

    /** On the sending thread. */
    private void send(Sending sending) {
        String topic = sending.message.message().topic();
        if (closed) {
            sending.unavailable("the broker connection is closed");
            return;
        }
        long begun = SystemTime.nanos();
        Away lately = away.get(topic);
        if (lately != null) {
            if (begun - lately.untilNanos < 0) {
                sending.unavailable(lately.reason);
                return;
            }
            away.remove(topic);
        }
        try {
            if (!knownTopics.contains(topic)) {
                ensureTopic(topic, options.maxBlock());
            }
            producer.send(Wire.encode(sending.message), sending);
        } catch (KafkaException | TimeoutException | IllegalStateException e) {
            sending.failed(e);
            if (sending.retryable(e)) {
                away.put(topic, awayBecause(textOf(e)));
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            sending.unavailable("interrupted");
            return;
        }
        // the client reports to the callback that it waited in vain
        if (sending.gone && SystemTime.nanos() - begun > options.maxBlock().toNanos() / 2) {
            away.put(topic, awayBecause("topic " + topic + ": no leader known, or no memory free"));
        }
    }

    private static Away awayBecause(String reason) {
        return new Away(SystemTime.nanos() + GIVE_UP_AGAIN.toNanos(), reason);
    }

    /** A message on its way, holding a place until its result is known. Thread-safe. */
    private final class Sending implements Callback {

        private final Outgoing outgoing;
        private final StoredMessage message;
        private final AtomicBoolean done = new AtomicBoolean();
        private volatile boolean gone;

        Sending(Outgoing outgoing) {
            this.outgoing = outgoing;
            this.message = outgoing.message();
        }

        @Override
        public void onCompletion(@Nullable RecordMetadata metadata, @Nullable Exception failure) {
            if (failure != null) {
                failed(failure);
            } else if (metadata != null) {
                end(new PublishResult.Acknowledged(
                        message, metadata.topic() + "-" + metadata.partition() + "@" + metadata.offset()));
            }
        }

        /** Whether another try may succeed. */
        boolean retryable(Throwable failure) {
            return !(failure instanceof RecordTooLargeException
                    || failure instanceof InvalidTopicException
                    || failure instanceof InvalidRecordException
                    || failure instanceof MissingTopicException);
        }

        void failed(Throwable failure) {
            if (retryable(failure)) {
                knownTopics.remove(message.message().topic()); // it may have been deleted: look again next time
                unavailable(textOf(failure));
            } else {
                end(new PublishResult.Refused(message, textOf(failure)));
            }
        }

        void unavailable(String reason) {
            gone = true;
            end(new PublishResult.Unavailable(message, reason));
        }

        private void end(PublishResult result) {
            if (done.compareAndSet(false, true)) {
                inFlight.remove(this);
                places.release();
                outgoing.tell(result);
            }
        }
    }

    private static String textOf(Throwable failure) {
        Throwable cause =
                failure instanceof ExecutionException && failure.getCause() != null ? failure.getCause() : failure;
        String text = cause.getClass().getSimpleName() + (cause.getMessage() == null ? "" : ": " + cause.getMessage());
        Throwable root = cause.getCause();
        return root == null || root.getMessage() == null ? text : text + " (" + root.getMessage() + ")";
    }

    // ------------------------------------------------------------------ topics

    /**
     * Makes sure that a topic exists.
     *
     * @throws KafkaException what the cluster has against it
     * @throws TimeoutException when it does not answer in time
     */
    private void ensureTopic(String topic, Duration atMost) throws InterruptedException, TimeoutException {
        long millis = atMost.toMillis();
        int partitions = options.topicPartitions();
        try {
            partitions = admin.describeTopics(List.of(topic))
                    .allTopicNames()
                    .get(millis, TimeUnit.MILLISECONDS)
                    .values()
                    .iterator()
                    .next()
                    .partitions()
                    .size();
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof UnknownTopicOrPartitionException)) {
                throw kafkas(e);
            }
            try {
                admin.createTopics(
                                List.of(new NewTopic(topic, Optional.of(options.topicPartitions()), Optional.empty())))
                        .all()
                        .get(millis, TimeUnit.MILLISECONDS);
                LOG.info("topic {}: created with {} partitions", topic, options.topicPartitions());
            } catch (ExecutionException second) {
                if (second.getCause() instanceof AuthorizationException
                        || second.getCause() instanceof PolicyViolationException) {
                    throw new MissingTopicException(topic, second.getCause());
                }
                if (!(second.getCause() instanceof TopicExistsException)) {
                    throw kafkas(second);
                }
            }
        }
        awaitLeaders(topic, partitions, atMost.compareTo(LEADERS) < 0 ? atMost : LEADERS);
        knownTopics.add(topic);
    }

    /**
     * Waits until the leaders of a topic that may be new answer for its partitions. While one does not, it refuses a producer's
     * first batch and may take the second one: it knows no numbers of a new producer yet. Then the first is refused as out of
     * order until it is given up (KAFKA-15591), and the messages of a key are out of order.
     */
    private void awaitLeaders(String topic, int partitions, Duration atMost) throws InterruptedException {
        Map<TopicPartition, OffsetSpec> all = new HashMap<>();
        for (int partition = 0; partition < partitions; partition++) {
            all.put(new TopicPartition(topic, partition), OffsetSpec.latest());
        }
        long begun = SystemTime.nanos();
        while (true) {
            long left = atMost.toNanos() - (SystemTime.nanos() - begun);
            try {
                // the client asks again while a leader says that it is none, but not while a broker does not know the
                // topic yet
                admin.listOffsets(all).all().get(left, TimeUnit.NANOSECONDS);
                return;
            } catch (ExecutionException | TimeoutException e) {
                if (left <= 0 || !(e.getCause() instanceof RetriableException)) {
                    LOG.debug(
                            "topic {}: not every partition has a leader that answers; sent to all the same", topic, e);
                    return;
                }
                LockSupport.parkNanos(LOOK_AGAIN.toNanos());
            }
        }
    }

    /** A topic that the cluster does not have, and does not let us create: only people can help. */
    private static final class MissingTopicException extends KafkaException {

        private static final long serialVersionUID = 1L;

        MissingTopicException(String topic, Throwable cause) {
            super(
                    "topic: " + topic
                            + " (expected: a topic that exists, or a cluster that lets its clients create it)."
                            + " Create it, then replay the message",
                    cause);
        }
    }

    private static KafkaException kafkas(ExecutionException e) {
        return e.getCause() instanceof KafkaException kafka ? kafka : new KafkaException(e.getCause());
    }

    // ------------------------------------------------------------------ receive

    /**
     * {@inheritDoc}
     *
     * <p>The handlers of one partition run concurrently as well, except those of messages with the same key, which run one
     * after the other in the partition's order. A message whose handler failed is kept and handed over again after a pause
     * that doubles; meanwhile others of its partition go on, up to {@value KafkaSubscription#WINDOW} messages behind it. When
     * its redeliveries are used up it is parked in the topic {@code {group}.{topic}.dead}.
     *
     * @throws IllegalArgumentException when Kafka or Carillon could not have such a group or topic
     * @throws IllegalStateException when Kafka does not answer; also when this connection already receives the topic for the
     *     group with other tags (either would get a part of the other's messages)
     */
    @Override
    public Subscription subscribe(
            String group, String topic, Set<String> tags, MessageHandler handler, int concurrency) {
        return subscribe(group, topic, tags, handler, new Delivery(concurrency, false));
    }

    /**
     * {@inheritDoc}
     *
     * <p>The order of keys is kept whether it is asked for or not.
     */
    @Override
    public Subscription subscribe(
            String group, String topic, Set<String> tags, MessageHandler handler, Delivery delivery) {
        int concurrency = delivery.concurrency();
        BrokerSettings.checkSubscription(
                Wire.isLegalGroup(group), "group", group, "1..120 letters, digits, '-' or '_'");
        BrokerSettings.checkSubscription(Wire.isLegalTopic(topic), "topic", topic, "letters, digits, '.', '-' or '_'");
        BrokerSettings.checkConcurrency(concurrency);
        refuseWhenClosed(group);
        createIfMissing(group, topic);
        synchronized (lock) {
            refuseWhenClosed(group);
            String name = Wire.consumerGroup(group, topic);
            for (Map.Entry<KafkaSubscription, String> other : subscriptions.entrySet()) {
                if (other.getValue().equals(name) && !other.getKey().tags().equals(tags)) {
                    throw new IllegalStateException(
                            "tags: " + tags + " (expected: " + other.getKey().tags() + ", as group " + group
                                    + " already has for topic " + topic
                                    + "). Nothing was subscribed; use one set of tags, or another group.");
                }
            }
            KafkaSubscription subscription = new KafkaSubscription(
                    group,
                    topic,
                    tags,
                    handler,
                    concurrency,
                    options,
                    new KafkaConsumer<>(
                            consumerSettings(name), new ByteArrayDeserializer(), new ByteArrayDeserializer()),
                    this::park,
                    this::forget);
            subscriptions.put(subscription, name);
            subscription.start();
            return subscription;
        }
    }

    private void createIfMissing(String group, String topic) {
        try {
            ensureTopic(topic, options.startTimeout());
        } catch (AuthorizationException | MissingTopicException e) {
            LOG.warn(
                    "topic: {} (expected: a topic that exists, or a cluster that lets its clients create one). It could"
                            + " not be created ({}); receiving begins soon after its creation. Create it.",
                    topic,
                    textOf(e));
        } catch (KafkaException | TimeoutException e) {
            throw new IllegalStateException(
                    "bootstrapServers: " + options.bootstrapServers()
                            + " (expected: a Kafka cluster that answers and has or makes the topic). Group " + group
                            + " receives nothing of topic " + topic + " (" + textOf(e)
                            + "). Start Kafka and subscribe again.",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(
                    "topic: " + topic + " was not looked up before the thread was interrupted. Nothing was subscribed.",
                    e);
        }
    }

    /** Writes a record to the topic of parked messages; returns when the cluster has it, throws when that is not known. */
    private void park(ProducerRecord<byte[], byte[]> record)
            throws InterruptedException, TimeoutException, ExecutionException {
        if (!knownTopics.contains(record.topic())) {
            ensureTopic(record.topic(), options.maxBlock());
        }
        producer.send(record).get(options.sendTimeout().toMillis() + 1_000, TimeUnit.MILLISECONDS);
    }

    private void refuseWhenClosed(String group) {
        if (closed) {
            throw new IllegalStateException("group: " + group + " (expected: a subscription before close). The broker"
                    + " connection is closed; nothing is received.");
        }
    }

    private void forget(KafkaSubscription subscription) {
        synchronized (lock) {
            subscriptions.remove(subscription);
        }
    }

    @Override
    public void close() {
        List<KafkaSubscription> open;
        synchronized (lock) {
            if (closed) {
                return;
            }
            closed = true;
            open = List.copyOf(subscriptions.keySet());
        }
        open.forEach(KafkaSubscription::close);
        sender.shutdown(); // what still waits is answered by send(), as closed
        boolean interrupted = false;
        try {
            sender.awaitTermination(options.sendTimeout().toMillis(), TimeUnit.MILLISECONDS);
            producer.close(options.sendTimeout());
        } catch (InterruptedException | InterruptException e) {
            interrupted = true;
            Thread.interrupted();
            producer.close(Duration.ZERO);
        }
        admin.close(Duration.ofSeconds(1));
        List.copyOf(inFlight).forEach(sending -> sending.unavailable("the broker connection was closed"));
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}

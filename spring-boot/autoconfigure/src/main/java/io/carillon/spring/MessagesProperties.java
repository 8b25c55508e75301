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
package io.carillon.spring;

import io.carillon.messages.MessageServiceOptions;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * The properties {@code carillon.messages.*}: reliable messages of this service. Immutable.
 *
 * @param enabled whether this service sends and receives reliable messages
 * @param producerGroup the group under which it sends; empty: spring.application.name
 * @param consumerGroup the group under which it receives; empty: spring.application.name
 * @param broker where messages go
 * @param rocketmq how RocketMQ is reached
 * @param kafka how Kafka is reached
 * @param rabbitmq how RabbitMQ is reached
 * @param revision the release of this service, by default spring.application.version; two releases that run side by side keep their
 *     subscriptions apart by it
 * @param topics the topics that this service sends to, each with its tags; they are declared in the directory
 * @param undeclaredTopics what becomes of a message to a topic that nobody declared
 * @param maxDeliveries how often a received message is handed to its handler before it is parked with the reason
 * @param grace how long a committed message is left to the instance that wrote it, before any other sends it
 * @param lease how long an instance that claimed a message has for sending it
 * @param confirmTimeout how long confirmations may stay out before the message is sent again
 * @param pollInterval how often messages that are due are looked for, while there are some
 * @param subscriptionInterval how often consumers repeat which topics they are subscribed to
 * @param maxAttempts after how many failed attempts a message is dead
 * @param deadKeys what becomes of the strictly ordered messages behind a dead one of their key
 * @param backoffBase the pause after the first failed attempt; it doubles from attempt to attempt
 * @param backoffCap the longest pause between two attempts
 * @param queueCapacity how many committed messages may wait in memory for the broker; more are left to the poller
 * @param maxInFlight how many messages may be on their way to the broker at once
 * @param checkAfter central mode: how long after a prepare its producer is asked, when neither submit nor cancel came
 * @param central the central mode, for services that have no outbox of their own
 */
@ConfigurationProperties(prefix = "carillon.messages", ignoreUnknownFields = false)
public record MessagesProperties(
        @DefaultValue("true") boolean enabled,
        @DefaultValue("") String producerGroup,
        @DefaultValue("") String consumerGroup,
        @DefaultValue("rocketmq") BrokerKind broker,
        @DefaultValue RocketMq rocketmq,
        @DefaultValue Kafka kafka,
        @DefaultValue RabbitMq rabbitmq,
        @DefaultValue("") String revision,
        Map<String, Set<String>> topics,
        @DefaultValue("allow") UndeclaredTopics undeclaredTopics,
        @DefaultValue("16") int maxDeliveries,
        @DefaultValue("20s") Duration grace,
        @DefaultValue("30s") Duration lease,
        @DefaultValue("5m") Duration confirmTimeout,
        @DefaultValue("1s") Duration pollInterval,
        @DefaultValue("30s") Duration subscriptionInterval,
        @DefaultValue("12") int maxAttempts,
        @DefaultValue("block-key") MessageServiceOptions.DeadKeys deadKeys,
        @DefaultValue("1s") Duration backoffBase,
        @DefaultValue("10m") Duration backoffCap,
        @DefaultValue("10000") int queueCapacity,
        @DefaultValue("256") int maxInFlight,
        @DefaultValue("60s") Duration checkAfter,
        @DefaultValue Central central) {

    private static final String PREFIX = "carillon.messages.";
    private static final int MAX_BYTES = 64 * 1024 * 1024;

    /** What becomes of a message to a topic that nobody declared. */
    public enum UndeclaredTopics {
        /** It is sent. */
        ALLOW,
        /** It is refused when it is written. */
        REFUSE
    }

    public MessagesProperties {
        topics = topics == null ? Map.of() : Map.copyOf(topics);
        checkGroup(PREFIX + "producer-group", producerGroup);
        checkGroup(PREFIX + "consumer-group", consumerGroup);
        PropertyChecks.range(PREFIX + "max-deliveries", maxDeliveries, 1, 1_000);
        PropertyChecks.positive(PREFIX + "grace", grace);
        PropertyChecks.positive(PREFIX + "lease", lease);
        PropertyChecks.positive(PREFIX + "confirm-timeout", confirmTimeout);
        PropertyChecks.positive(PREFIX + "poll-interval", pollInterval);
        PropertyChecks.positive(PREFIX + "subscription-interval", subscriptionInterval);
        PropertyChecks.range(PREFIX + "max-attempts", maxAttempts, 1, 1_000);
        PropertyChecks.positive(PREFIX + "backoff-base", backoffBase);
        PropertyChecks.positive(PREFIX + "backoff-cap", backoffCap);
        PropertyChecks.range(PREFIX + "queue-capacity", queueCapacity, 1, 10_000_000);
        PropertyChecks.range(PREFIX + "max-in-flight", maxInFlight, 1, 10_000);
        PropertyChecks.positive(PREFIX + "check-after", checkAfter);
    }

    private static void checkGroup(String property, String value) {
        if (!value.isEmpty() && !value.matches("[A-Za-z0-9_-]{1,100}")) {
            throw new InvalidPropertyException(
                    property, "'" + value + "'", "1 to 100 letters, digits, '_' and '-'", "Choose another name.");
        }
    }

    /** Which broker. */
    public enum BrokerKind {
        /** Within this JVM: for tests and for services that talk to themselves only. Nothing outlives the process. */
        IN_JVM,
        /** Apache RocketMQ 5. */
        ROCKETMQ,
        /** Apache Kafka 4. */
        KAFKA,
        /** RabbitMQ, by AMQP 0-9-1. */
        RABBITMQ
    }

    /**
     * The properties {@code carillon.messages.rocketmq.*}. Immutable.
     *
     * @param namesrvAddr RocketMQ's name servers, as host:port;host:port
     * @param startTimeout how long a start waits for a name server
     * @param sendTimeout how long one sending may take until its outcome counts as unknown
     * @param maxMessageBytes the longest payload; not above the broker's maxMessageSize
     * @param topicQueues how many queues a topic gets when it is created here
     */
    public record RocketMq(
            @DefaultValue("") String namesrvAddr,
            @DefaultValue("15s") Duration startTimeout,
            @DefaultValue("3s") Duration sendTimeout,
            @DefaultValue("4128768") int maxMessageBytes,
            @DefaultValue("8") int topicQueues) {

        public RocketMq {
            checkServers(PREFIX + "rocketmq.namesrv-addr", namesrvAddr, ";", "semicolons");
            PropertyChecks.positive(PREFIX + "rocketmq.start-timeout", startTimeout);
            PropertyChecks.positive(PREFIX + "rocketmq.send-timeout", sendTimeout);
            PropertyChecks.range(PREFIX + "rocketmq.max-message-bytes", maxMessageBytes, 1, MAX_BYTES);
            PropertyChecks.range(PREFIX + "rocketmq.topic-queues", topicQueues, 1, 1_024);
        }
    }

    /**
     * The properties {@code carillon.messages.kafka.*}. Immutable.
     *
     * @param bootstrapServers some of Kafka's brokers, as host:port,host:port
     * @param startTimeout how long a start waits for a broker
     * @param sendTimeout how long one sending may take, retries included, until its outcome counts as unknown
     * @param topicPartitions how many partitions a topic gets when it is created here
     * @param maxMessageBytes the longest payload; with its headers not above the cluster's message.max.bytes
     * @param redeliveryDelay how long after a handler's first failure the message comes again; doubles up to five minutes
     * @param properties more of Kafka's own settings, for all clients alike, such as security.protocol
     */
    public record Kafka(
            @DefaultValue("") String bootstrapServers,
            @DefaultValue("15s") Duration startTimeout,
            @DefaultValue("10s") Duration sendTimeout,
            @DefaultValue("8") int topicPartitions,
            @DefaultValue("983040") int maxMessageBytes,
            @DefaultValue("1s") Duration redeliveryDelay,
            Map<String, String> properties) {

        public Kafka {
            checkServers(PREFIX + "kafka.bootstrap-servers", bootstrapServers, ",", "commas");
            PropertyChecks.positive(PREFIX + "kafka.start-timeout", startTimeout);
            PropertyChecks.positive(PREFIX + "kafka.send-timeout", sendTimeout);
            PropertyChecks.range(PREFIX + "kafka.topic-partitions", topicPartitions, 1, 1_024);
            PropertyChecks.range(PREFIX + "kafka.max-message-bytes", maxMessageBytes, 1, MAX_BYTES);
            PropertyChecks.positive(PREFIX + "kafka.redelivery-delay", redeliveryDelay);
            properties = properties == null ? Map.of() : Map.copyOf(properties);
        }
    }

    /**
     * The properties {@code carillon.messages.rabbitmq.*}. Immutable.
     *
     * @param addresses the servers of one cluster, as host:port,host:port
     * @param username the user
     * @param password the user's password
     * @param virtualHost the virtual host
     * @param startTimeout how long a start waits for a server
     * @param sendTimeout how long a confirm may stay out until the outcome counts as unknown
     * @param maxMessageBytes the longest payload; not above the server's max_message_size
     * @param redeliveryDelay how long after a handler's first failure the message comes again; doubles up to a minute
     */
    public record RabbitMq(
            @DefaultValue("") String addresses,
            @DefaultValue("guest") String username,
            @DefaultValue("guest") String password,
            @DefaultValue("/") String virtualHost,
            @DefaultValue("15s") Duration startTimeout,
            @DefaultValue("10s") Duration sendTimeout,
            @DefaultValue("4128768") int maxMessageBytes,
            @DefaultValue("1s") Duration redeliveryDelay) {

        public RabbitMq {
            checkServers(PREFIX + "rabbitmq.addresses", addresses, ",", "commas");
            PropertyChecks.positive(PREFIX + "rabbitmq.start-timeout", startTimeout);
            PropertyChecks.positive(PREFIX + "rabbitmq.send-timeout", sendTimeout);
            PropertyChecks.range(PREFIX + "rabbitmq.max-message-bytes", maxMessageBytes, 1, MAX_BYTES);
            PropertyChecks.positive(PREFIX + "rabbitmq.redelivery-delay", redeliveryDelay);
        }

        /** Without the password. */
        @Override
        public String toString() {
            return "RabbitMq[" + addresses + " virtualHost=" + virtualHost + " username=" + username + "]";
        }
    }

    private static void checkServers(String property, String servers, String separator, String separators) {
        String server = "[^\\s:" + separator + "/]+:[0-9]{1,5}";
        if (!servers.isBlank() && !servers.matches(server + "(" + separator + server + ")*")) {
            throw new InvalidPropertyException(
                    property, servers, "host:port, several separated by " + separators, "Correct the address.");
        }
    }

    /**
     * The properties {@code carillon.messages.central.*}. Immutable.
     *
     * @param enabled whether this instance serves prepare, submit and cancel to other services
     * @param checkTimeout how long a producer has for its answer
     * @param checkToken what producers expect of who asks, their {@code carillon.central.check-token}; empty where they expect nothing
     * @param maxBody the largest body that the HTTP API takes
     */
    public record Central(
            @DefaultValue("false") boolean enabled,
            @DefaultValue("5s") Duration checkTimeout,
            @DefaultValue("") String checkToken,
            @DefaultValue("6MB") DataSize maxBody) {

        public Central {
            PropertyChecks.positive(PREFIX + "central.check-timeout", checkTimeout);
        }

        /** The token is not printed. */
        @Override
        public String toString() {
            return "Central[enabled=" + enabled + ", checkTimeout=" + checkTimeout + ", maxBody=" + maxBody + "]";
        }
    }
}

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

import io.carillon.messages.relay.BrokerSettings;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

/** Settings of a {@link KafkaBroker}. Immutable. */
public final class KafkaOptions {

    /** What the promises of {@link KafkaBroker} hang on: nobody may set these. */
    private static final Set<String> OWN = Set.of(
            "bootstrap.servers",
            "client.id",
            "acks",
            "enable.idempotence",
            "max.in.flight.requests.per.connection",
            "retries",
            "delivery.timeout.ms",
            "request.timeout.ms",
            "default.api.timeout.ms",
            "max.block.ms",
            "max.request.size",
            "linger.ms",
            "transactional.id",
            "group.id",
            "group.instance.id",
            "group.protocol",
            "enable.auto.commit",
            "auto.offset.reset",
            "allow.auto.create.topics",
            "partition.assignment.strategy",
            "max.poll.records");

    private final String bootstrapServers;
    private final Duration sendTimeout;
    private final Duration maxBlock;
    private final Duration startTimeout;
    private final int maxMessageBytes;
    private final int maxInFlight;
    private final int topicPartitions;
    private final Duration redeliveryDelay;
    private final int maxRedeliveries;
    private final Map<String, String> properties;

    private KafkaOptions(Builder builder) {
        this.bootstrapServers = builder.bootstrapServers;
        this.sendTimeout = builder.sendTimeout;
        this.maxBlock = builder.maxBlock;
        this.startTimeout = builder.startTimeout;
        this.maxMessageBytes = builder.maxMessageBytes;
        this.maxInFlight = builder.maxInFlight;
        this.topicPartitions = builder.topicPartitions;
        this.redeliveryDelay = builder.redeliveryDelay;
        this.maxRedeliveries = builder.maxRedeliveries;
        this.properties = Map.copyOf(builder.properties);
    }

    /**
     * Starts the settings.
     *
     * @param bootstrapServers some of Kafka's brokers: {@code host:port}, several separated by commas
     */
    public static Builder builder(String bootstrapServers) {
        return new Builder(bootstrapServers);
    }

    public String bootstrapServers() {
        return bootstrapServers;
    }

    /** How long one sending may take, retries included, until its outcome counts as unknown; 10 s unless set. */
    public Duration sendTimeout() {
        return sendTimeout;
    }

    /**
     * How long the sending thread waits for what it does not know of a topic (its partitions, or that it exists), or for room
     * in the producer's memory; 2 s unless set. Who waited in vain answers the topic's messages at once for the next second.
     */
    public Duration maxBlock() {
        return maxBlock;
    }

    /** How long {@link KafkaBroker#open} waits for a broker that answers; 15 s unless set. */
    public Duration startTimeout() {
        return startTimeout;
    }

    /**
     * The largest payload, in bytes; 1 MiB less 64 KiB unless set. {@code message.max.bytes} of the brokers or {@code
     * max.message.bytes} of the topic (1 MiB unless set there) must be larger by what key and headers take.
     */
    public int maxMessageBytes() {
        return maxMessageBytes;
    }

    /** How many messages may be on their way to the broker at once; 1024 unless set. */
    public int maxInFlight() {
        return maxInFlight;
    }

    /**
     * How many partitions a topic gets when it is created here; 8 unless set. So many consumer instances of a group can share
     * the topic. Its replicas are as many as the brokers' {@code default.replication.factor}. A topic that exists is left as
     * it is.
     */
    public int topicPartitions() {
        return topicPartitions;
    }

    /** The pause before the first redelivery; doubled from one to the next, 5 min at most. 1 s unless set. */
    public Duration redeliveryDelay() {
        return redeliveryDelay;
    }

    /**
     * After how many redeliveries without success a message is parked in the topic {@code {group}.{topic}.dead}; 16 unless
     * set. They are counted in memory: a new owner of the partition begins at one.
     */
    public int maxRedeliveries() {
        return maxRedeliveries;
    }

    /** More of Kafka's own settings, for all clients alike, such as {@code security.protocol}; none unless set. */
    public Map<String, String> properties() {
        return properties;
    }

    /** Without the properties, which may hold a password. */
    @Override
    public String toString() {
        return "KafkaOptions[" + bootstrapServers + "]";
    }

    /** Collects {@link KafkaOptions}. One thread at a time. */
    public static final class Builder {

        private final String bootstrapServers;
        private Duration sendTimeout = Duration.ofSeconds(10);
        private Duration maxBlock = Duration.ofSeconds(2);
        private Duration startTimeout = Duration.ofSeconds(15);
        private int maxMessageBytes = 1024 * 1024 - 64 * 1024;
        private int maxInFlight = 1024;
        private int topicPartitions = 8;
        private Duration redeliveryDelay = Duration.ofSeconds(1);
        private int maxRedeliveries = 16;
        private final Map<String, String> properties = new TreeMap<>();

        private Builder(String bootstrapServers) {
            this.bootstrapServers = Objects.requireNonNull(bootstrapServers, "bootstrapServers");
        }

        public Builder sendTimeout(Duration sendTimeout) {
            this.sendTimeout = sendTimeout;
            return this;
        }

        public Builder maxBlock(Duration maxBlock) {
            this.maxBlock = maxBlock;
            return this;
        }

        public Builder startTimeout(Duration startTimeout) {
            this.startTimeout = startTimeout;
            return this;
        }

        public Builder maxMessageBytes(int maxMessageBytes) {
            this.maxMessageBytes = maxMessageBytes;
            return this;
        }

        public Builder maxInFlight(int maxInFlight) {
            this.maxInFlight = maxInFlight;
            return this;
        }

        public Builder topicPartitions(int topicPartitions) {
            this.topicPartitions = topicPartitions;
            return this;
        }

        public Builder redeliveryDelay(Duration redeliveryDelay) {
            this.redeliveryDelay = redeliveryDelay;
            return this;
        }

        public Builder maxRedeliveries(int maxRedeliveries) {
            this.maxRedeliveries = maxRedeliveries;
            return this;
        }

        /** Adds one of Kafka's own settings; those on which the promises hang are refused by {@link #build}. */
        public Builder property(String name, String value) {
            this.properties.put(name, value);
            return this;
        }

        /**
         * Checks the settings.
         *
         * @throws IllegalArgumentException naming the setting, its value, and what was expected
         */
        public KafkaOptions build() {
            BrokerSettings.checkServers("bootstrapServers", bootstrapServers, ',');
            BrokerSettings.checkDuration("sendTimeout", sendTimeout);
            BrokerSettings.checkDuration("maxBlock", maxBlock);
            BrokerSettings.checkDuration("startTimeout", startTimeout);
            BrokerSettings.checkSending(maxMessageBytes, maxInFlight);
            BrokerSettings.checkRange("topicPartitions", topicPartitions, 1, 1_024);
            BrokerSettings.checkRedelivery(redeliveryDelay, maxRedeliveries);
            properties
                    .keySet()
                    .forEach(name -> BrokerSettings.check(
                            !OWN.contains(name), "properties", name, "a setting that Carillon does not make itself"));
            return new KafkaOptions(this);
        }
    }
}

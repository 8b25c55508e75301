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

import io.carillon.messages.relay.BrokerSettings;
import java.time.Duration;
import java.util.Objects;

/** Settings of a {@link RocketMqBroker}. Immutable. */
public final class RocketMqOptions {

    private final String namesrvAddr;
    private final String producerGroup;
    private final Duration sendTimeout;
    private final Duration startTimeout;
    private final int maxMessageBytes;
    private final int maxInFlight;
    private final int topicQueues;

    private RocketMqOptions(Builder builder) {
        this.namesrvAddr = builder.namesrvAddr;
        this.producerGroup = builder.producerGroup;
        this.sendTimeout = builder.sendTimeout;
        this.startTimeout = builder.startTimeout;
        this.maxMessageBytes = builder.maxMessageBytes;
        this.maxInFlight = builder.maxInFlight;
        this.topicQueues = builder.topicQueues;
    }

    /**
     * Starts the settings.
     *
     * @param namesrvAddr the name servers: {@code host:port}, several separated by semicolons
     * @param producerGroup the producer group by which RocketMQ knows this sender
     */
    public static Builder builder(String namesrvAddr, String producerGroup) {
        return new Builder(namesrvAddr, producerGroup);
    }

    public String namesrvAddr() {
        return namesrvAddr;
    }

    public String producerGroup() {
        return producerGroup;
    }

    /** How long one sending may take until its outcome counts as unknown; 3 s unless set. */
    public Duration sendTimeout() {
        return sendTimeout;
    }

    /** How long {@link RocketMqBroker#open} waits for a name server that answers; 15 s unless set. */
    public Duration startTimeout() {
        return startTimeout;
    }

    /**
     * The largest payload, in bytes; 4 MiB less 64 KiB unless set. The broker's own {@code maxMessageSize} (4 MiB unless
     * set there) must not be smaller.
     */
    public int maxMessageBytes() {
        return maxMessageBytes;
    }

    /** How many messages may be on their way to the broker at once; 1024 unless set. */
    public int maxInFlight() {
        return maxInFlight;
    }

    /**
     * How many queues a topic gets when it is created here; 8 unless set. So many consumer instances of a group can share
     * the topic. A topic that exists is left as it is.
     */
    public int topicQueues() {
        return topicQueues;
    }

    @Override
    public String toString() {
        return "RocketMqOptions[" + namesrvAddr + " producerGroup=" + producerGroup + "]";
    }

    /** Collects {@link RocketMqOptions}. One thread at a time. */
    public static final class Builder {

        private final String namesrvAddr;
        private final String producerGroup;
        private Duration sendTimeout = Duration.ofSeconds(3);
        private Duration startTimeout = Duration.ofSeconds(15);
        private int maxMessageBytes = 4 * 1024 * 1024 - 64 * 1024;
        private int maxInFlight = 1024;
        private int topicQueues = 8;

        private Builder(String namesrvAddr, String producerGroup) {
            this.namesrvAddr = Objects.requireNonNull(namesrvAddr, "namesrvAddr");
            this.producerGroup = Objects.requireNonNull(producerGroup, "producerGroup");
        }

        public Builder sendTimeout(Duration sendTimeout) {
            this.sendTimeout = sendTimeout;
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

        public Builder topicQueues(int topicQueues) {
            this.topicQueues = topicQueues;
            return this;
        }

        /**
         * Checks the settings.
         *
         * @throws IllegalArgumentException naming the setting, its value, and what was expected
         */
        public RocketMqOptions build() {
            BrokerSettings.checkServers("namesrvAddr", namesrvAddr, ';');
            BrokerSettings.check(
                    Wire.isLegalName(producerGroup, Wire.MAX_GROUP),
                    "producerGroup",
                    "'" + producerGroup + "'",
                    "1.." + Wire.MAX_GROUP + " letters, digits, '-' or '_'");
            BrokerSettings.checkDuration("sendTimeout", sendTimeout);
            BrokerSettings.checkDuration("startTimeout", startTimeout);
            BrokerSettings.checkSending(maxMessageBytes, maxInFlight);
            BrokerSettings.checkRange("topicQueues", topicQueues, 1, 1_024);
            return new RocketMqOptions(this);
        }
    }
}

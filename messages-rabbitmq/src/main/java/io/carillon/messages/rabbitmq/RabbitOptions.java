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

import com.rabbitmq.client.Address;
import io.carillon.messages.relay.BrokerSettings;
import java.time.Duration;
import java.util.Objects;

/** Settings of a {@link RabbitBroker}. Immutable. */
public final class RabbitOptions {

    private final String addresses;
    private final String username;
    private final String password;
    private final String virtualHost;
    private final Duration sendTimeout;
    private final Duration startTimeout;
    private final int maxMessageBytes;
    private final int maxInFlight;
    private final Duration redeliveryDelay;
    private final int maxRedeliveries;

    private RabbitOptions(Builder builder) {
        this.addresses = builder.addresses;
        this.username = builder.username;
        this.password = builder.password;
        this.virtualHost = builder.virtualHost;
        this.sendTimeout = builder.sendTimeout;
        this.startTimeout = builder.startTimeout;
        this.maxMessageBytes = builder.maxMessageBytes;
        this.maxInFlight = builder.maxInFlight;
        this.redeliveryDelay = builder.redeliveryDelay;
        this.maxRedeliveries = builder.maxRedeliveries;
    }

    /**
     * Starts the settings.
     *
     * @param addresses the servers of one cluster: {@code host:port}, several separated by commas
     */
    public static Builder builder(String addresses) {
        return new Builder(addresses);
    }

    public String addresses() {
        return addresses;
    }

    Address[] parsedAddresses() {
        return Address.parseAddresses(addresses);
    }

    /** The user; {@code guest} unless set, which RabbitMQ admits from its own machine only. */
    public String username() {
        return username;
    }

    /** The user's password; {@code guest} unless set. */
    public String password() {
        return password;
    }

    /** The virtual host; {@code /} unless set. */
    public String virtualHost() {
        return virtualHost;
    }

    /** How long a confirm may stay out until the outcome counts as unknown; 10 s unless set. */
    public Duration sendTimeout() {
        return sendTimeout;
    }

    /** How long {@link RabbitBroker#open} waits for a server that answers; 15 s unless set. */
    public Duration startTimeout() {
        return startTimeout;
    }

    /**
     * The largest payload, in bytes; 4 MiB less 64 KiB unless set. The server's own {@code max_message_size} must not be
     * smaller.
     */
    public int maxMessageBytes() {
        return maxMessageBytes;
    }

    /** How many messages may be on their way to the server at once; 1024 unless set. */
    public int maxInFlight() {
        return maxInFlight;
    }

    /** The pause before the first redelivery; doubled from one to the next, 1 min at most. 1 s unless set. */
    public Duration redeliveryDelay() {
        return redeliveryDelay;
    }

    /**
     * After how many redeliveries without success a message is parked in the queue {@code {group}.{topic}.dead}; 16 unless
     * set. All pauses together must be shorter than the server's {@code consumer_timeout}, 30 min unless set there.
     */
    public int maxRedeliveries() {
        return maxRedeliveries;
    }

    /** Without the password. */
    @Override
    public String toString() {
        return "RabbitOptions[" + addresses + " virtualHost=" + virtualHost + " username=" + username + "]";
    }

    /** Collects {@link RabbitOptions}. One thread at a time. */
    public static final class Builder {

        private final String addresses;
        private String username = "guest";
        private String password = "guest";
        private String virtualHost = "/";
        private Duration sendTimeout = Duration.ofSeconds(10);
        private Duration startTimeout = Duration.ofSeconds(15);
        private int maxMessageBytes = 4 * 1024 * 1024 - 64 * 1024;
        private int maxInFlight = 1024;
        private Duration redeliveryDelay = Duration.ofSeconds(1);
        private int maxRedeliveries = 16;

        private Builder(String addresses) {
            this.addresses = Objects.requireNonNull(addresses, "addresses");
        }

        public Builder username(String username) {
            this.username = Objects.requireNonNull(username, "username");
            return this;
        }

        public Builder password(String password) {
            this.password = Objects.requireNonNull(password, "password");
            return this;
        }

        public Builder virtualHost(String virtualHost) {
            this.virtualHost = Objects.requireNonNull(virtualHost, "virtualHost");
            return this;
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

        public Builder redeliveryDelay(Duration redeliveryDelay) {
            this.redeliveryDelay = redeliveryDelay;
            return this;
        }

        public Builder maxRedeliveries(int maxRedeliveries) {
            this.maxRedeliveries = maxRedeliveries;
            return this;
        }

        /**
         * Checks the settings.
         *
         * @throws IllegalArgumentException naming the setting, its value, and what was expected
         */
        public RabbitOptions build() {
            BrokerSettings.checkServers("addresses", addresses, ',');
            BrokerSettings.check(!username.isBlank(), "username", "'" + username + "'", "a name");
            BrokerSettings.check(!virtualHost.isBlank(), "virtualHost", "'" + virtualHost + "'", "a name, such as /");
            BrokerSettings.checkDuration("sendTimeout", sendTimeout);
            BrokerSettings.checkDuration("startTimeout", startTimeout);
            BrokerSettings.checkSending(maxMessageBytes, maxInFlight);
            BrokerSettings.checkRedelivery(redeliveryDelay, maxRedeliveries);
            return new RabbitOptions(this);
        }
    }
}

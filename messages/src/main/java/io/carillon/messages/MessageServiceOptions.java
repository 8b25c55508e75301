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
package io.carillon.messages;

import io.carillon.messages.relay.SystemTime;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The settings of a service's reliable messages. Immutable. */
public final class MessageServiceOptions {

    private final String producerGroup;
    private final String node;
    private final String revision;
    private final Duration grace;
    private final Duration lease;
    private final Duration confirmTimeout;
    private final int queueCapacity;
    private final int maxInFlight;
    private final int completionBatch;
    private final Duration completionDelay;
    private final Duration pollInterval;
    private final int maxAttempts;
    private final DeadKeys deadKeys;
    private final Duration backoffBase;
    private final Duration backoffCap;
    private final Duration subscriptionInterval;
    private final Duration confirmDelay;
    private final Duration closeGrace;
    private final Duration checkAfter;
    private final Duration retention;
    private final Duration maintenanceBudget;
    private final Set<String> topics;
    private final int maxDeliveries;
    private final InstantSource time;

    private MessageServiceOptions(Builder builder) {
        this.producerGroup = builder.producerGroup;
        this.node = builder.node == null ? thisNode() : builder.node;
        this.revision = builder.revision;
        this.grace = builder.grace;
        this.lease = builder.lease;
        this.confirmTimeout = builder.confirmTimeout;
        this.queueCapacity = builder.queueCapacity;
        this.maxInFlight = builder.maxInFlight;
        this.completionBatch = builder.completionBatch;
        this.completionDelay = builder.completionDelay;
        this.pollInterval = builder.pollInterval;
        this.maxAttempts = builder.maxAttempts;
        this.deadKeys = builder.deadKeys;
        this.backoffBase = builder.backoffBase;
        this.backoffCap = builder.backoffCap;
        this.subscriptionInterval = builder.subscriptionInterval;
        this.confirmDelay = builder.confirmDelay;
        this.closeGrace = builder.closeGrace;
        this.checkAfter = builder.checkAfter;
        this.retention = builder.retention;
        this.maintenanceBudget = builder.maintenanceBudget;
        this.topics = builder.topics;
        this.maxDeliveries = builder.maxDeliveries;
        this.time = builder.time;
    }

    /**
     * Starts the options of a service.
     *
     * @param producerGroup the name under which it sends; all its instances share it, and no other service uses it
     */
    public static Builder of(String producerGroup) {
        return new Builder(producerGroup);
    }

    /** The name under which the service sends and receives confirmations. */
    public String producerGroup() {
        return producerGroup;
    }

    /** Who holds the leases of this instance: unique among running instances, at most 64 characters. */
    public String node() {
        return node;
    }

    /**
     * The release of the service: two that run side by side declare different ones, and so do not undo each other's
     * subscriptions. Default: empty.
     */
    public String revision() {
        return revision;
    }

    /** How long a committed message is left to the node that wrote it before any node may send it. Default 20 s. */
    public Duration grace() {
        return grace;
    }

    /** How long a claimed message is left to the node that claimed it. Default 30 s. */
    public Duration lease() {
        return lease;
    }

    /**
     * How long an acknowledged message may stay unconfirmed before it is sent again; doubles with each send up to twelve
     * times this. Default 5 min.
     */
    public Duration confirmTimeout() {
        return confirmTimeout;
    }

    /** How many committed messages wait in memory at most; what is beyond is left to the poller. Default 10,000. */
    public int queueCapacity() {
        return queueCapacity;
    }

    /** How many messages are with the broker, not yet answered, at most. Default 256. */
    public int maxInFlight() {
        return maxInFlight;
    }

    /** How many outcomes are written to the store in one statement, at most. Default 500. */
    public int completionBatch() {
        return completionBatch;
    }

    /**
     * How long an outcome waits for others, at most; that of a strictly ordered message does not wait. Default 200 ms: from 50
     * messages a second on, a message costs little more than the commit of its own transaction. A node that dies has up to
     * {@link #completionBatch} messages sent again that were sent within this time.
     */
    public Duration completionDelay() {
        return completionDelay;
    }

    /** How often the poller looks for missed messages while there are any; up to five times this when idle. Default 1 s. */
    public Duration pollInterval() {
        return pollInterval;
    }

    /** What becomes of the strictly ordered messages behind a DEAD one of their key. */
    public enum DeadKeys {
        /** They wait until it is replayed and acknowledged, or discarded. */
        BLOCK_KEY,
        /** They go on without it. */
        PARK_AND_CONTINUE
    }

    /** What becomes of the strictly ordered messages behind a DEAD one of their key. Default BLOCK_KEY. */
    public DeadKeys deadKeys() {
        return deadKeys;
    }

    /** How many tries a message has before it is DEAD. Default 12. */
    public int maxAttempts() {
        return maxAttempts;
    }

    /** The wait after the first failed try; doubles with each. Default 1 s. */
    public Duration backoffBase() {
        return backoffBase;
    }

    /** The longest wait between tries. Default 10 min. */
    public Duration backoffCap() {
        return backoffCap;
    }

    /** How often consumers repeat their subscriptions. Default 30 s. */
    public Duration subscriptionInterval() {
        return subscriptionInterval;
    }

    /** How long a confirmation waits for others, at most. Default 200 ms. */
    public Duration confirmDelay() {
        return confirmDelay;
    }

    /** How long closing waits for messages that are with the broker. Default 10 s. */
    public Duration closeGrace() {
        return closeGrace;
    }

    /** Central mode: how long after its prepare a message's producer is asked for the first time. Default 1 min. */
    public Duration checkAfter() {
        return checkAfter;
    }

    /** How long closed messages and confirmed inbox rows are kept. Default 7 days. */
    public Duration retention() {
        return retention;
    }

    /** How long one run of a maintenance job takes, at most. Default 25 s. */
    public Duration maintenanceBudget() {
        return maintenanceBudget;
    }

    /** The topics that may be sent to; empty for any. Default: any. */
    public Set<String> topics() {
        return topics;
    }

    /** How often a received message is handed to its handler before it is parked with the reason. Default 16. */
    public int maxDeliveries() {
        return maxDeliveries;
    }

    /** Where the present comes from. Default: the system's clock. */
    public InstantSource time() {
        return time;
    }

    private static String thisNode() {
        String host;
        try {
            host = InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            host = "localhost";
        }
        String short40 = host.length() > 40 ? host.substring(0, 40) : host;
        return short40 + "-" + ManagementFactory.getRuntimeMXBean().getPid() + "-"
                + UUID.randomUUID().toString().substring(0, 8);
    }

    /** Collects {@link MessageServiceOptions}. One thread at a time. */
    public static final class Builder {

        private final String producerGroup;
        private @Nullable String node;
        private String revision = "";
        private Duration grace = Duration.ofSeconds(20);
        private Duration lease = Duration.ofSeconds(30);
        private Duration confirmTimeout = Duration.ofMinutes(5);
        private int queueCapacity = 10_000;
        private int maxInFlight = 256;
        private int completionBatch = 500;
        private Duration completionDelay = Duration.ofMillis(200);
        private Duration pollInterval = Duration.ofSeconds(1);
        private int maxAttempts = 12;
        private DeadKeys deadKeys = DeadKeys.BLOCK_KEY;
        private Duration backoffBase = Duration.ofSeconds(1);
        private Duration backoffCap = Duration.ofMinutes(10);
        private Duration subscriptionInterval = Duration.ofSeconds(30);
        private Duration confirmDelay = Duration.ofMillis(200);
        private Duration closeGrace = Duration.ofSeconds(10);
        private Duration checkAfter = Duration.ofMinutes(1);
        private Duration retention = Duration.ofDays(7);
        private Duration maintenanceBudget = Duration.ofSeconds(25);
        private Set<String> topics = Set.of();
        private int maxDeliveries = 16;
        private InstantSource time = SystemTime.instants();

        private Builder(String producerGroup) {
            this.producerGroup = producerGroup;
        }

        public Builder node(String node) {
            this.node = node;
            return this;
        }

        public Builder revision(String revision) {
            this.revision = revision;
            return this;
        }

        public Builder grace(Duration grace) {
            this.grace = grace;
            return this;
        }

        public Builder lease(Duration lease) {
            this.lease = lease;
            return this;
        }

        public Builder confirmTimeout(Duration confirmTimeout) {
            this.confirmTimeout = confirmTimeout;
            return this;
        }

        public Builder queueCapacity(int queueCapacity) {
            this.queueCapacity = queueCapacity;
            return this;
        }

        public Builder maxInFlight(int maxInFlight) {
            this.maxInFlight = maxInFlight;
            return this;
        }

        public Builder completionBatch(int completionBatch) {
            this.completionBatch = completionBatch;
            return this;
        }

        public Builder completionDelay(Duration completionDelay) {
            this.completionDelay = completionDelay;
            return this;
        }

        public Builder pollInterval(Duration pollInterval) {
            this.pollInterval = pollInterval;
            return this;
        }

        public Builder maxAttempts(int maxAttempts) {
            this.maxAttempts = maxAttempts;
            return this;
        }

        public Builder deadKeys(DeadKeys deadKeys) {
            this.deadKeys = deadKeys;
            return this;
        }

        public Builder backoffBase(Duration backoffBase) {
            this.backoffBase = backoffBase;
            return this;
        }

        public Builder backoffCap(Duration backoffCap) {
            this.backoffCap = backoffCap;
            return this;
        }

        public Builder subscriptionInterval(Duration subscriptionInterval) {
            this.subscriptionInterval = subscriptionInterval;
            return this;
        }

        public Builder confirmDelay(Duration confirmDelay) {
            this.confirmDelay = confirmDelay;
            return this;
        }

        public Builder closeGrace(Duration closeGrace) {
            this.closeGrace = closeGrace;
            return this;
        }

        public Builder checkAfter(Duration checkAfter) {
            this.checkAfter = checkAfter;
            return this;
        }

        public Builder retention(Duration retention) {
            this.retention = retention;
            return this;
        }

        public Builder maintenanceBudget(Duration maintenanceBudget) {
            this.maintenanceBudget = maintenanceBudget;
            return this;
        }

        public Builder topics(Set<String> topics) {
            this.topics = Set.copyOf(topics);
            return this;
        }

        public Builder maxDeliveries(int maxDeliveries) {
            this.maxDeliveries = maxDeliveries;
            return this;
        }

        public Builder time(InstantSource time) {
            this.time = time;
            return this;
        }

        /**
         * Checks the settings.
         *
         * @throws InvalidMessageException naming the setting, its value, what was expected and what to do
         */
        public MessageServiceOptions build() {
            name("producerGroup", producerGroup, 100);
            if (node != null) {
                name("node", node, 64);
            }
            if (!revision.isEmpty()) {
                name("revision", revision, 60);
            }
            longer("grace", grace, Duration.ZERO);
            longer("lease", lease, Duration.ZERO);
            longer("confirmTimeout", confirmTimeout, Duration.ZERO);
            atLeastOne("queueCapacity", queueCapacity);
            atLeastOne("maxInFlight", maxInFlight);
            atLeastOne("completionBatch", completionBatch);
            longer("completionDelay", completionDelay, Duration.ofNanos(-1));
            longer("pollInterval", pollInterval, Duration.ZERO);
            atLeastOne("maxAttempts", maxAttempts);
            longer("backoffBase", backoffBase, Duration.ZERO);
            longer("backoffCap", backoffCap, Duration.ZERO);
            if (backoffCap.compareTo(backoffBase) < 0) {
                throw new InvalidMessageException(
                        "backoffCap",
                        backoffCap,
                        "not shorter than backoffBase, " + backoffBase,
                        "The service was not started; correct one of the two.");
            }
            longer("subscriptionInterval", subscriptionInterval, Duration.ZERO);
            longer("confirmDelay", confirmDelay, Duration.ofNanos(-1));
            longer("closeGrace", closeGrace, Duration.ofNanos(-1));
            longer("checkAfter", checkAfter, Duration.ZERO);
            longer("retention", retention, Duration.ZERO);
            longer("maintenanceBudget", maintenanceBudget, Duration.ZERO);
            topics.forEach(topic -> name("topics", topic, Message.MAX_TOPIC));
            atLeastOne("maxDeliveries", maxDeliveries);
            return new MessageServiceOptions(this);
        }

        private static void name(String name, String value, int max) {
            if (value.isBlank() || value.length() > max || value.indexOf('\t') >= 0 || value.indexOf('\n') >= 0) {
                throw new InvalidMessageException(
                        name,
                        "'" + value + "'",
                        "1.." + max + " characters on one line, without tabs",
                        "The service was not started; correct the " + name + ".");
            }
        }

        private static void atLeastOne(String name, int value) {
            if (value < 1) {
                throw new InvalidMessageException(
                        name, value, "1 or more", "The service was not started; correct the " + name + ".");
            }
        }

        private static void longer(String name, Duration value, Duration bound) {
            if (value.compareTo(bound) <= 0) {
                throw new InvalidMessageException(
                        name,
                        value,
                        bound.isNegative() ? "zero or longer" : "longer than zero",
                        "The service was not started; correct the " + name + ".");
            }
        }
    }
}

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
package io.carillon.jobs;

import io.carillon.jobs.execution.ItemTrace;
import io.carillon.jobs.history.DecisionHistory;
import io.carillon.jobs.history.JobObserver;
import io.carillon.jobs.history.RunHistory;
import io.carillon.jobs.model.PeerVersion;
import io.carillon.jobs.operations.HealthThresholds;
import io.carillon.jobs.operations.JobAudit;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** How an engine works. Immutable; made by {@link #newBuilder}. */
public final class JobEngineOptions {

    private final Builder values;

    private JobEngineOptions(Builder values) {
        this.values = values;
    }

    /**
     * Starts the options.
     *
     * @param namespace the registry's subtree that holds the jobs, such as {@code orders}; without {@code /}
     */
    public static Builder newBuilder(String namespace) {
        return new Builder(namespace);
    }

    public String namespace() {
        return values.namespace;
    }

    /** The id as {@code ip@-@suffix}, or null for {@code {ip}@-@{host}-{pid}-{random}} of this process. */
    public @Nullable String instanceId() {
        return values.instanceId;
    }

    /** The address in the id, or null to have it found. */
    public @Nullable String instanceIp() {
        return values.instanceIp;
    }

    /** The network interface whose address is taken, or null for any. */
    public @Nullable String preferredNetworkInterface() {
        return values.preferredNetworkInterface;
    }

    /** What the address must look like: its beginning, or a regular expression; null for any. */
    public @Nullable String preferredIp() {
        return values.preferredIp;
    }

    /** How many threads drain the events of all jobs. */
    public int loopThreads() {
        return values.loopThreads;
    }

    /** How many items of all jobs can run at once on this instance. */
    public int workerThreads() {
        return values.workerThreads;
    }

    /** How long running items may take to finish when the engine or a job is closed; after it they are interrupted. */
    public Duration closeGrace() {
        return values.closeGrace;
    }

    /** How long a caller waits for the registry's answer. */
    public Duration registryTimeout() {
        return values.registryTimeout;
    }

    /** Where ended runs are kept. */
    public RunHistory history() {
        return values.history;
    }

    /** Where it is kept why firings did not run. */
    public DecisionHistory decisions() {
        return values.decisions;
    }

    /** Where it is kept what people commanded by this engine's {@code commands()}. */
    public JobAudit audit() {
        return values.audit;
    }

    /** From when on something about a job is worth telling. */
    public HealthThresholds health() {
        return values.health;
    }

    /** Who else is told what happens to firings. */
    public JobObserver observer() {
        return values.observer;
    }

    /** What is opened around user code. */
    public ItemTrace trace() {
        return values.trace;
    }

    /** Where dumps of jobs can be asked for, or 0 for nowhere. */
    public int dumpPort() {
        return values.dumpPort;
    }

    /** The address of this host on which {@link #dumpPort} listens. */
    public String dumpAddress() {
        return values.dumpAddress;
    }

    /** The release of the ElasticJob instances and consoles that share the namespace. */
    public PeerVersion peerVersion() {
        return Objects.requireNonNull(PeerVersion.of(values.peerVersion));
    }

    /** The clock, or null for the system's. */
    public @Nullable InstantSource time() {
        return values.time;
    }

    /** Collects options. One thread at a time. */
    public static final class Builder {

        private final String namespace;
        private @Nullable String instanceId;
        private @Nullable String instanceIp;
        private @Nullable String preferredNetworkInterface =
                System.getProperty("elasticjob.preferred.network.interface");
        private @Nullable String preferredIp = System.getProperty("elasticjob.preferred.network.ip");
        private int loopThreads = 2;
        private int workerThreads = Math.max(8, 4 * Runtime.getRuntime().availableProcessors());
        private Duration closeGrace = Duration.ofSeconds(10);
        private Duration registryTimeout = Duration.ofSeconds(15);
        private RunHistory history = RunHistory.none();
        private DecisionHistory decisions = DecisionHistory.NONE;
        private JobAudit audit = JobAudit.NONE;
        private HealthThresholds health = HealthThresholds.DEFAULTS;
        private JobObserver observer = JobObserver.NONE;
        private ItemTrace trace = ItemTrace.ofLog(ItemTrace.DEFAULT_KEY);
        private int dumpPort;
        private String dumpAddress = "127.0.0.1";
        private String peerVersion = PeerVersion.V3_0_4.toString();
        private @Nullable InstantSource time;

        private Builder(String namespace) {
            this.namespace = Objects.requireNonNull(namespace, "namespace");
        }

        private Builder(Builder from) {
            this.namespace = from.namespace;
            this.instanceId = from.instanceId;
            this.instanceIp = from.instanceIp;
            this.preferredNetworkInterface = from.preferredNetworkInterface;
            this.preferredIp = from.preferredIp;
            this.loopThreads = from.loopThreads;
            this.workerThreads = from.workerThreads;
            this.closeGrace = from.closeGrace;
            this.registryTimeout = from.registryTimeout;
            this.history = from.history;
            this.decisions = from.decisions;
            this.audit = from.audit;
            this.health = from.health;
            this.observer = from.observer;
            this.trace = from.trace;
            this.dumpPort = from.dumpPort;
            this.dumpAddress = from.dumpAddress;
            this.peerVersion = from.peerVersion;
            this.time = from.time;
        }

        /**
         * Names this instance, as {@code ip@-@suffix}; null: {@code {ip}@-@{host}-{pid}-{random}}, where the host is left out
         * unless {@code HOSTNAME} is set. One id is used by one process only.
         */
        public Builder instanceId(@Nullable String instanceId) {
            this.instanceId = instanceId;
            return this;
        }

        /**
         * The address in the default id, and the server's name in the registry; null: found among the network interfaces. For
         * an IPv6 address, an address of 240.0.0.0/4 made from it stands in the registry.
         */
        public Builder instanceIp(@Nullable String instanceIp) {
            this.instanceIp = blankIsNull(instanceIp);
            return this;
        }

        /**
         * The name of the network interface whose address is taken; null: any. Default: ElasticJob's system property {@code
         * elasticjob.preferred.network.interface}.
         */
        public Builder preferredNetworkInterface(@Nullable String name) {
            this.preferredNetworkInterface = blankIsNull(name);
            return this;
        }

        /**
         * What the address must look like, as its beginning such as {@code 10.1.}, or as a regular expression; null: any.
         * Default: ElasticJob's system property {@code elasticjob.preferred.network.ip}.
         */
        public Builder preferredIp(@Nullable String beginningOrRegex) {
            this.preferredIp = blankIsNull(beginningOrRegex);
            return this;
        }

        private static @Nullable String blankIsNull(@Nullable String text) {
            return text == null || text.isBlank() ? null : text.trim();
        }

        /** Threads that drain the events of all jobs, 1 to 64; default 2. */
        public Builder loopThreads(int threads) {
            this.loopThreads = threads;
            return this;
        }

        /** Threads that run user code, 1 to 10,000; default four per core, at least 8. */
        public Builder workerThreads(int threads) {
            this.workerThreads = threads;
            return this;
        }

        /** How long running items may finish when closing; default 10 s. */
        public Builder closeGrace(Duration grace) {
            this.closeGrace = grace;
            return this;
        }

        /** How long a caller waits for the registry; default 15 s. */
        public Builder registryTimeout(Duration timeout) {
            this.registryTimeout = timeout;
            return this;
        }

        /** Where ended runs are kept; default {@link RunHistory#none()}. */
        public Builder history(RunHistory history) {
            this.history = history;
            return this;
        }

        /** Where it is kept why firings did not run; default {@link DecisionHistory#NONE}. */
        public Builder decisions(DecisionHistory decisions) {
            this.decisions = decisions;
            return this;
        }

        /** Where it is kept what people commanded; default {@link JobAudit#NONE}: it is only logged. */
        public Builder audit(JobAudit audit) {
            this.audit = audit;
            return this;
        }

        /** From when on {@code queries()} find a job late, stuck, failing; default {@link HealthThresholds#DEFAULTS}. */
        public Builder health(HealthThresholds thresholds) {
            this.health = thresholds;
            return this;
        }

        /** Is told what happens to firings, on the loop; default nobody. */
        public Builder observer(JobObserver observer) {
            this.observer = observer;
            return this;
        }

        /**
         * What is opened around user code, and says by which id a run's trace is found. Default {@link ItemTrace#ofLog} with
         * the key {@value ItemTrace#DEFAULT_KEY}: nothing is opened, and the id is looked for in the log's context.
         */
        public Builder trace(ItemTrace trace) {
            this.trace = trace;
            return this;
        }

        /**
         * The port for ElasticJob's dump, see {@code io.carillon.jobs.operations.JobDump}; default 0: none. Whoever reaches it
         * reads all of the jobs' nodes.
         */
        public Builder dumpPort(int port) {
            this.dumpPort = port;
            return this;
        }

        /** The address of this host on which the dump's port listens; default {@code 127.0.0.1}. */
        public Builder dumpAddress(String address) {
            this.dumpAddress = address;
            return this;
        }

        /**
         * The release of the ElasticJob instances and consoles that share the namespace, {@code 3.0.2} to {@code 3.0.5}; default
         * {@code 3.0.4}. It decides how is written what they name differently: the key of the thread pool, lambda classes.
         */
        public Builder peerVersion(String version) {
            this.peerVersion = version;
            return this;
        }

        /** The clock; null: the system's. */
        public Builder time(@Nullable InstantSource time) {
            this.time = time;
            return this;
        }

        /**
         * Checks the values and makes the options.
         *
         * @throws InvalidSettingException naming the setting, its value, what was expected and what to do
         */
        public JobEngineOptions build() {
            if (namespace.isBlank() || namespace.contains("/")) {
                throw new InvalidSettingException(
                        "namespace", "'" + namespace + "'", "a text without '/'", "The engine was not started.");
            }
            if (instanceId != null) {
                try {
                    io.carillon.jobs.model.InstanceId.parse(instanceId);
                } catch (IllegalArgumentException e) {
                    throw new InvalidSettingException(
                            "instanceId", "'" + instanceId + "'", "ip@-@suffix", "The engine was not started.");
                }
            }
            if (instanceIp != null && (instanceIp.contains("/") || instanceIp.contains("@-@"))) {
                throw new InvalidSettingException(
                        "instanceIp", "'" + instanceIp + "'", "an address", "The engine was not started.");
            }
            range("loopThreads", loopThreads, 64);
            range("workerThreads", workerThreads, 10_000);
            if (dumpPort < 0 || dumpPort > 65_535) {
                throw new InvalidSettingException("dumpPort", dumpPort, "0..65535", "The engine was not started.");
            }
            if (closeGrace.isNegative()) {
                throw new InvalidSettingException(
                        "closeGrace", closeGrace, "zero or more", "The engine was not started.");
            }
            if (registryTimeout.isNegative() || registryTimeout.isZero()) {
                throw new InvalidSettingException(
                        "registryTimeout", registryTimeout, "more than zero", "The engine was not started.");
            }
            if (PeerVersion.of(peerVersion) == null) {
                throw new InvalidSettingException(
                        "peerVersion",
                        "'" + peerVersion + "'",
                        "one of " + PeerVersion.texts(),
                        "The engine was not started.");
            }
            return new JobEngineOptions(new Builder(this));
        }

        private static void range(String setting, int value, int most) {
            if (value < 1 || value > most) {
                throw new InvalidSettingException(setting, value, "1.." + most, "The engine was not started.");
            }
        }
    }
}

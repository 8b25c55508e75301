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

import io.carillon.jobs.model.PeerVersion;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The properties {@code carillon.jobs.*}: the job engine of this instance. Immutable.
 *
 * @param enabled whether this instance takes part in jobs
 * @param instanceIp the address under which this instance is registered; empty: found by itself
 * @param preferredNetworkInterface the name of the network interface whose address is taken; empty for any, or for what the
 *     system property elasticjob.preferred.network.interface says
 * @param preferredIp the beginning of the address that is taken, or a regular expression for it; empty for any, or for what
 *     the system property elasticjob.preferred.network.ip says
 * @param workerThreads how many items run at once on this instance; 0: 4 per processor, at least 8
 * @param closeGrace how long running items may finish when the application stops, before they are interrupted
 * @param dump where dumps of jobs can be asked for
 * @param tracing events of jobs in ElasticJob's tables
 * @param peerVersion the release of the ElasticJob instances and consoles that share the namespace, 3.0.2 to 3.0.5
 * @param traceKey the key under which the log's context (MDC) holds the id of a trace, where no tracer of the application says it
 * @param schedules overrides of jobs' attributes, by the job's name or the simple name of its class
 */
@ConfigurationProperties(prefix = "carillon.jobs")
public record JobsProperties(
        @DefaultValue("true") boolean enabled,
        @DefaultValue("") String instanceIp,
        @DefaultValue("") String preferredNetworkInterface,
        @DefaultValue("") String preferredIp,
        @DefaultValue("0") int workerThreads,
        @DefaultValue("10s") Duration closeGrace,
        @DefaultValue Dump dump,
        @DefaultValue Tracing tracing,
        @DefaultValue("3.0.4") String peerVersion,
        @DefaultValue Set<String> labels,
        @DefaultValue("traceId") String traceKey,
        @DefaultValue Map<String, Schedule> schedules) {

    public JobsProperties {
        PropertyChecks.range("carillon.jobs.worker-threads", workerThreads, 0, 10_000);
        PropertyChecks.notNegative("carillon.jobs.close-grace", closeGrace);
        if (PeerVersion.of(peerVersion) == null) {
            throw new InvalidPropertyException(
                    "carillon.jobs.peer-version",
                    peerVersion,
                    "one of " + PeerVersion.texts(),
                    "Set the release of the ElasticJob instances in the namespace, or leave it out where there are none.");
        }
        if (instanceIp.contains("/") || instanceIp.contains("@-@") || instanceIp.contains(" ")) {
            throw new InvalidPropertyException(
                    "carillon.jobs.instance-ip",
                    instanceIp,
                    "an address such as 10.0.0.7",
                    "Correct the address, or leave it out to have it found.");
        }
        labels = Set.copyOf(labels);
        if (labels.stream().anyMatch(String::isBlank)) {
            throw new InvalidPropertyException(
                    "carillon.jobs.labels",
                    labels,
                    "texts that are not empty",
                    "Correct the labels, or leave them out.");
        }
        if (traceKey.isBlank()) {
            throw new InvalidPropertyException(
                    "carillon.jobs.trace-key",
                    traceKey,
                    "a key such as traceId or trace_id",
                    "Correct the key, or leave it out for traceId.");
        }
        schedules = Map.copyOf(schedules);
    }

    /**
     * ElasticJob's dump of a job's nodes over TCP. Nobody is asked who he is: keep it to networks that may read all of it.
     * Immutable.
     *
     * @param port the port; 0 for none
     * @param address the address of this host on which it listens
     */
    public record Dump(
            @DefaultValue("0") int port,
            @DefaultValue("127.0.0.1") String address) {

        public Dump {
            PropertyChecks.range("carillon.jobs.dump.port", port, 0, 65_535);
        }
    }

    /**
     * The properties {@code carillon.jobs.tracing.*}. Immutable.
     *
     * @param enabled whether events are traced
     * @param dataSource the name of the data source's bean; empty: the application's only or primary one
     * @param createTables whether missing tables are created
     * @param includeJobNames only these jobs; empty: all
     * @param excludeJobNames not these jobs; not together with the former
     */
    public record Tracing(
            @DefaultValue("false") boolean enabled,
            @DefaultValue("") String dataSource,
            @DefaultValue("false") boolean createTables,
            @DefaultValue Set<String> includeJobNames,
            @DefaultValue Set<String> excludeJobNames) {

        public Tracing {
            includeJobNames = Set.copyOf(includeJobNames);
            excludeJobNames = Set.copyOf(excludeJobNames);
            if (!includeJobNames.isEmpty() && !excludeJobNames.isEmpty()) {
                throw new InvalidPropertyException(
                        "carillon.jobs.tracing.exclude-job-names",
                        excludeJobNames,
                        "nothing, as include-job-names is set",
                        "Name either the jobs that are traced, or those that are not.");
            }
        }
    }

    /**
     * Overrides of one job's attributes; what is not set stays as the annotation says. Immutable.
     *
     * @param cron when it fires, in Quartz syntax
     * @param zone the zone of the cron expression
     * @param shardingTotalCount into how many sharding items the job is cut, 1 to 10,000
     * @param shardingItemParameters parameters of single items, as 0=a,1=b
     * @param jobParameter the parameter that all items share
     * @param failover whether items of an instance that died are repeated at once
     * @param misfire whether a firing missed during a long run is made up for
     * @param description a sentence for the console
     * @param monitorExecution whether a running item is marked in the registry
     * @param maxTimeDiffSeconds the largest clock difference to the registry; negative for any
     * @param reconcileIntervalMinutes every how many minutes lost owners are looked for; below 1 for never
     * @param jobShardingStrategyType the type of the sharding strategy
     * @param jobExecutorThreadPoolSizeProviderType the type that says how many items run at once on an instance
     * @param jobErrorHandlerType the type of the error handler
     * @param jobListenerTypes the types of the listeners
     * @param props properties that are set beside those of the annotation, or instead
     * @param label the label by which instances find jobs that are put up for them
     * @param staticSharding whether items stay with their first owners
     * @param overwrite whether the values replace what the registry holds
     * @param disabled whether the job starts switched off on this server
     * @param streamingProcess whether one firing of a dataflow job repeats until nothing is fetched
     */
    public record Schedule(
            @Nullable String cron,
            @Nullable String zone,
            @Nullable Integer shardingTotalCount,
            @Nullable String shardingItemParameters,
            @Nullable String jobParameter,
            @Nullable Boolean failover,
            @Nullable Boolean misfire,
            @Nullable String description,
            @Nullable Boolean monitorExecution,
            @Nullable Integer maxTimeDiffSeconds,
            @Nullable Integer reconcileIntervalMinutes,
            @Nullable String jobShardingStrategyType,
            @Nullable String jobExecutorThreadPoolSizeProviderType,
            @Nullable String jobErrorHandlerType,
            @Nullable List<String> jobListenerTypes,
            @Nullable Map<String, String> props,
            @Nullable String label,
            @Nullable Boolean staticSharding,
            @Nullable Boolean overwrite,
            @Nullable Boolean disabled,
            @Nullable Boolean streamingProcess) {}
}

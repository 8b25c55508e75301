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
package io.carillon.spring.jobs;

import io.carillon.jobs.ElasticJobConfiguration;
import io.carillon.jobs.InvalidSettingException;
import io.carillon.jobs.JobEngine;
import io.carillon.jobs.JobEngineOptions;
import io.carillon.jobs.coordination.Registry;
import io.carillon.jobs.engine.ClusterJobEngine;
import io.carillon.jobs.execution.ItemTrace;
import io.carillon.jobs.history.DecisionHistory;
import io.carillon.jobs.history.JobObserver;
import io.carillon.jobs.history.RunHistory;
import io.carillon.jobs.operations.JobAudit;
import io.carillon.jobs.zookeeper.ZooKeeperOptions;
import io.carillon.jobs.zookeeper.ZooKeeperRegistry;
import io.carillon.spring.ElasticJobConfig;
import io.carillon.spring.HealthProperties;
import io.carillon.spring.InvalidPropertyException;
import io.carillon.spring.JobsProperties;
import io.carillon.spring.Reachability;
import io.carillon.spring.RegistryProperties;
import io.micrometer.observation.ObservationRegistry;
import java.lang.annotation.Annotation;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Condition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.annotation.Order;
import org.springframework.core.type.AnnotatedTypeMetadata;
import org.springframework.util.StringUtils;

/**
 * The registry, where {@code carillon.registry.server-lists} is set; the engine, where there is a registry; and the
 * application's jobs on it. Beans of the application's own replace each part. Closed in this order: jobs, engine, registry.
 */
@AutoConfiguration(
        afterName = {
            "io.carillon.spring.messages.StoreAutoConfiguration",
            "io.carillon.spring.messages.MessagesAutoConfiguration"
        })
@ConditionalOnClass(JobEngine.class)
@ConditionalOnBooleanProperty(name = "carillon.jobs.enabled", matchIfMissing = true)
@EnableConfigurationProperties({RegistryProperties.class, JobsProperties.class, HealthProperties.class})
@Import({
    JobsAutoConfiguration.OnZooKeeper.class,
    JobsAutoConfiguration.Observed.class,
    JobsAutoConfiguration.Engine.class,
    JobsAutoConfiguration.WithoutRegistry.class
})
public class JobsAutoConfiguration {

    /** The registry on ZooKeeper. Ordered, because the parts that look for its bean must come after it. */
    @Order(1)
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(ZooKeeperRegistry.class)
    @Conditional(ServerListsSet.class)
    static class OnZooKeeper {

        private static final String SERVERS = "carillon.registry.server-lists";
        private static final int DEFAULT_PORT = 2181;

        @Bean(destroyMethod = "close")
        @ConditionalOnMissingBean(Registry.class)
        Registry carillonRegistry(RegistryProperties properties, ObjectProvider<RegistryMayBeLate> late) {
            properties.checkComplete("jobs");
            if (late.getIfAvailable() != null) {
                return open(properties, ZooKeeperRegistry::openNowOrLater);
            }
            Duration retrying = properties.maxSleepTime().multipliedBy(Math.max(1, properties.maxRetries()));
            Duration patience =
                    retrying.compareTo(properties.connectionTimeout()) < 0 ? retrying : properties.connectionTimeout();
            Reachability.await(
                    SERVERS,
                    List.of(properties.serverLists().split(",")),
                    DEFAULT_PORT,
                    patience,
                    "a ZooKeeper",
                    "Start ZooKeeper, correct the address, or set carillon.jobs.enabled=false to start without jobs.");
            return open(properties, ZooKeeperRegistry::open);
        }

        private static Registry open(RegistryProperties properties, Function<ZooKeeperOptions, Registry> how) {
            try {
                return how.apply(ZooKeeperConnection.options(properties));
            } catch (IllegalStateException | IllegalArgumentException e) {
                throw InvalidPropertyException.because(
                        String.valueOf(e.getMessage()),
                        "See carillon.registry.*; set carillon.jobs.enabled=false to start without jobs.",
                        e);
            }
        }
    }

    /** Observations around items, where the application has a registry of them. */
    @Order(2)
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(ObservationRegistry.class)
    static class Observed {

        @Bean
        @ConditionalOnMissingBean
        ItemTrace carillonItemTrace(ObjectProvider<ObservationRegistry> registry, JobsProperties properties) {
            ObservationRegistry observations = registry.getIfUnique(() -> ObservationRegistry.NOOP);
            ItemTrace log = ItemTrace.ofLog(properties.traceKey());
            return observations.isNoop() ? log : new ObservedItems(observations, log);
        }
    }

    /** The engine and the jobs on it. */
    @Order(2)
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnBean(Registry.class)
    static class Engine {

        @Bean(destroyMethod = "close")
        @ConditionalOnMissingBean(JobEngine.class)
        JobEngine carillonJobEngine(
                Registry registry,
                RegistryProperties registryProperties,
                JobsProperties properties,
                HealthProperties health,
                ObjectProvider<RunHistory> history,
                ObjectProvider<DecisionHistory> decisions,
                ObjectProvider<JobAudit> audit,
                ObjectProvider<JobObserver> observers,
                ObjectProvider<ItemTrace> trace) {
            registryProperties.checkNamespace("jobs");
            try {
                JobEngineOptions.Builder options = JobEngineOptions.newBuilder(registryProperties.namespace())
                        .closeGrace(properties.closeGrace())
                        .dumpPort(properties.dump().port())
                        .dumpAddress(properties.dump().address())
                        .peerVersion(properties.peerVersion())
                        .history(history.getIfUnique(RunHistory::none))
                        .decisions(decisions.getIfUnique(() -> DecisionHistory.NONE))
                        .audit(audit.getIfUnique(() -> JobAudit.NONE))
                        .health(health.thresholds())
                        .trace(trace.getIfUnique(() -> ItemTrace.ofLog(properties.traceKey())))
                        .observer(JobObserver.all(observers.orderedStream().toList()));
                if (!properties.instanceIp().isEmpty()) {
                    options.instanceIp(properties.instanceIp());
                }
                if (!properties.preferredNetworkInterface().isEmpty()) {
                    options.preferredNetworkInterface(properties.preferredNetworkInterface());
                }
                if (!properties.preferredIp().isEmpty()) {
                    options.preferredIp(properties.preferredIp());
                }
                if (properties.workerThreads() > 0) {
                    options.workerThreads(properties.workerThreads());
                }
                return ClusterJobEngine.start(registry, options.build());
            } catch (InvalidSettingException e) {
                throw JobSettings.invalid("carillon.registry.* or carillon.jobs.*", e);
            }
        }
    }

    /** The application's jobs, where there is an engine. */
    @Bean
    @ConditionalOnBean(JobEngine.class)
    ScheduledJobs carillonScheduledJobs(
            ConfigurableApplicationContext context,
            JobEngine engine,
            JobsProperties properties,
            ObjectProvider<Registry> registry,
            ObjectProvider<RegistryMayBeLate> late,
            RegistryProperties registryProperties) {
        return new ScheduledJobs(
                context,
                engine,
                properties,
                registry,
                () -> {
                    registryProperties.checkNamespace("jobs");
                    return registryProperties.namespace();
                },
                late.getIfAvailable());
    }

    /** Jobs that could never run stop the start. */
    @Order(3)
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnMissingBean({Registry.class, JobEngine.class})
    static class WithoutRegistry {

        @Bean
        SmartInitializingSingleton carillonJobsNeedARegistry(
                ConfigurableApplicationContext context, RegistryProperties properties) {
            return () -> {
                for (Class<? extends Annotation> annotation :
                        List.of(ElasticJobConfig.class, ElasticJobConfiguration.class)) {
                    String[] jobs = context.getBeanNamesForAnnotation(annotation);
                    if (jobs.length > 0) {
                        properties.checkComplete("the jobs " + String.join(", ", jobs));
                    }
                }
            };
        }
    }

    /** Whether a ZooKeeper is named at all. */
    static final class ServerListsSet implements Condition {

        @Override
        public boolean matches(ConditionContext context, AnnotatedTypeMetadata metadata) {
            return StringUtils.hasText(context.getEnvironment().getProperty("carillon.registry.server-lists"));
        }
    }
}

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

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.jobs.DataflowJob;
import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.JobEngine;
import io.carillon.jobs.ShardingContext;
import io.carillon.jobs.SimpleJob;
import io.carillon.jobs.coordination.Registry;
import io.carillon.spring.jobs.JobsAutoConfiguration;
import io.carillon.testkit.jobs.InMemoryRegistry;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.aop.framework.autoproxy.BeanNameAutoProxyCreator;
import org.springframework.aop.support.AopUtils;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

class ElasticJobsTest {

    private static final String SIMPLE = Simple.class.getName();

    private final ApplicationContextRunner runner =
            new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(JobsAutoConfiguration.class));

    @ElasticJobConfig(cron = "0 0 0 1/1 * ?")
    static class Simple implements SimpleJob {
        @Override
        public void execute(ShardingContext shardingContext) {}
    }

    @ElasticJobConfig(
            cron = "${test.cron}",
            shardingTotalCount = 3,
            shardingItemParameters = "0=${test.first},2=c",
            jobParameter = "${test.parameter:none}",
            failover = true,
            misfire = false,
            jobName = "flow-${test.stage}",
            zone = "Asia/Shanghai",
            description = "moves things",
            monitorExecution = false,
            maxTimeDiffSeconds = 7,
            reconcileIntervalMinutes = 8,
            jobShardingStrategyType = "ODEVITY",
            overwrite = false,
            disabled = true,
            streamingProcess = true)
    static class Flow implements DataflowJob<String> {
        @Override
        public List<String> fetchData(ShardingContext shardingContext) {
            return List.of();
        }

        @Override
        public void processData(ShardingContext shardingContext, List<String> data) {}
    }

    @ElasticJobConfig(cron = "0 0 0 * * ?")
    static class NoJob {}

    @ElasticJobConfig(cron = "0 0 0 * * ?", jobName = "twin")
    static class Twin extends Simple {}

    @ElasticJobConfig(cron = "0 0 0 * * ?", jobName = "twin")
    static class OtherTwin extends Simple {}

    @Configuration(proxyBeanMethods = false)
    static class WithEngine {
        @Bean
        RecordingEngine engine() {
            return new RecordingEngine();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Proxies {
        @Bean
        static BeanNameAutoProxyCreator proxies() {
            BeanNameAutoProxyCreator creator = new BeanNameAutoProxyCreator();
            creator.setBeanNames("job");
            creator.setProxyTargetClass(true);
            return creator;
        }
    }

    private static JobConfiguration scheduled(org.springframework.context.ApplicationContext context, String name) {
        return context.getBean(RecordingEngine.class).configurations.get(name);
    }

    @Test
    void aJobThatOnlyNamesItsCronHasTheDefaultsOfTheOriginal() {
        runner.withUserConfiguration(WithEngine.class, Simple.class).run(context -> {
            JobConfiguration job = scheduled(context, SIMPLE);
            assertThat(job)
                    .isEqualTo(JobConfiguration.newBuilder(SIMPLE, 1)
                            .cron("0 0 0 1/1 * ?")
                            .shardingItemParameters("")
                            .jobParameter("")
                            .failover(false)
                            .misfire(true)
                            .monitorExecution(true)
                            .maxTimeDiffSeconds(-1)
                            .reconcileIntervalMinutes(10)
                            .overwrite(true)
                            .disabled(false)
                            .build());
        });
    }

    @Test
    void everyAttributeReachesTheEngineWithItsPlaceholdersResolved() {
        runner.withUserConfiguration(WithEngine.class, Flow.class)
                .withPropertyValues("test.cron=0 0/5 * * * ?", "test.first=a", "test.stage=blue")
                .run(context -> assertThat(scheduled(context, "flow-blue"))
                        .isEqualTo(JobConfiguration.newBuilder("flow-blue", 3)
                                .cron("0 0/5 * * * ?")
                                .timeZone("Asia/Shanghai")
                                .shardingItemParameters("0=a,2=c")
                                .jobParameter("none")
                                .failover(true)
                                .misfire(false)
                                .description("moves things")
                                .monitorExecution(false)
                                .maxTimeDiffSeconds(7)
                                .reconcileIntervalMinutes(8)
                                .jobShardingStrategyType("ODEVITY")
                                .overwrite(false)
                                .disabled(true)
                                .setProperty("streaming.process", "true")
                                .build()));
    }

    @Test
    void aPropertyOverridesAnAttributeByTheSimpleClassNameOrByTheJobName() {
        runner.withUserConfiguration(WithEngine.class, Simple.class)
                .withPropertyValues(
                        "carillon.jobs.schedules.Simple.cron=0/10 * * * * ?",
                        "carillon.jobs.schedules.Simple.job-parameter=by class",
                        "carillon.jobs.schedules." + SIMPLE.replace("$", "") + ".cron=ignored, as it is no job's name",
                        "carillon.jobs.schedules[" + SIMPLE + "].sharding-total-count=4",
                        "carillon.jobs.schedules[" + SIMPLE + "].jobParameter=by name")
                .run(context -> {
                    assertThat(context).hasNotFailed();
                    JobConfiguration job = scheduled(context, SIMPLE);
                    assertThat(job.getCron()).isEqualTo("0/10 * * * * ?");
                    assertThat(job.getShardingTotalCount()).isEqualTo(4);
                    assertThat(job.getJobParameter()).isEqualTo("by name");
                });
    }

    @Test
    void aDottedJobNameNeedsNoBrackets() {
        runner.withUserConfiguration(WithEngine.class, Twin.class)
                .withPropertyValues("carillon.jobs.schedules.twin.misfire=false")
                .run(context ->
                        assertThat(scheduled(context, "twin").isMisfire()).isFalse());
        runner.withUserConfiguration(WithEngine.class)
                .withBean("flow", Dotted.class)
                .withPropertyValues("carillon.jobs.schedules.com.acme.Dotted.failover=true")
                .run(context -> assertThat(scheduled(context, "com.acme.Dotted").isFailover())
                        .isTrue());
    }

    @ElasticJobConfig(cron = "0 0 0 * * ?", jobName = "com.acme.Dotted")
    static class Dotted extends Simple {}

    @Test
    void aProxiedJobKeepsTheNameOfItsClass() {
        runner.withUserConfiguration(WithEngine.class, Proxies.class)
                .withBean("job", Simple.class)
                .run(context -> {
                    RecordingEngine engine = context.getBean(RecordingEngine.class);
                    assertThat(engine.configurations).containsOnlyKeys(SIMPLE);
                    assertThat(AopUtils.isAopProxy(engine.jobs.get(SIMPLE))).isTrue();
                    assertThat(AopProxyUtils.ultimateTargetClass(engine.jobs.get(SIMPLE)))
                            .isEqualTo(Simple.class);
                });
    }

    @Test
    void jobsAreLeftBeforeTheRegistryIsClosed() {
        List<String> events = new ArrayList<>();
        runner.withBean(RecordingEngine.class, () -> new RecordingEngine(events))
                .withBean(Registry.class, () -> closeOnly(events))
                .withUserConfiguration(Simple.class)
                .run(context -> assertThat(events).containsExactly("scheduled " + SIMPLE));
        assertThat(events.get(1)).isEqualTo("engine closed");
        assertThat(events).contains("registry closed");
        assertThat(events.indexOf("registry closed")).isGreaterThan(events.indexOf("engine closed"));
    }

    private static Registry closeOnly(List<String> events) {
        return (Registry) Proxy.newProxyInstance(
                Registry.class.getClassLoader(), new Class<?>[] {Registry.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("close")) {
                        events.add("registry closed");
                    }
                    return method.getName().equals("hashCode") ? (Object) 1 : null;
                });
    }

    @Test
    void aPausedApplicationLeavesItsJobsAndComesBack() {
        List<String> events = new ArrayList<>();
        runner.withBean(RecordingEngine.class, () -> new RecordingEngine(events))
                .withUserConfiguration(Simple.class)
                .run(context -> {
                    context.getSourceApplicationContext(
                                    org.springframework.context.ConfigurableApplicationContext.class)
                            .stop();
                    context.getSourceApplicationContext(
                                    org.springframework.context.ConfigurableApplicationContext.class)
                            .start();
                    assertThat(events).containsExactly("scheduled " + SIMPLE, "left " + SIMPLE, "scheduled " + SIMPLE);
                });
    }

    @Test
    void jobsWithoutAZooKeeperStopTheStart() {
        runner.withUserConfiguration(Simple.class).run(context -> assertThat(context)
                .getFailure()
                .isInstanceOf(InvalidPropertyException.class)
                .hasMessageStartingWith("carillon.registry.server-lists: not set (expected: host:port"));
    }

    @Test
    void disabledJobsNeedNoZooKeeper() {
        runner.withUserConfiguration(Simple.class)
                .withPropertyValues("carillon.jobs.enabled=false")
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(JobEngine.class));
    }

    @Test
    void anApplicationWithoutJobsNeedsNoZooKeeper() {
        runner.run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(JobEngine.class));
    }

    @Test
    void aRegistryOfTheApplicationIsUsed() {
        InMemoryRegistry server = InMemoryRegistry.threaded(SystemTime.instants(), Duration.ofSeconds(10));
        runner.withBean(Registry.class, server::connect).run(context -> assertThat(context)
                .getFailure()
                .rootCause()
                .hasMessageStartingWith("carillon.registry.namespace: not set"));
    }

    @Test
    void mistakesInTheAnnotationStopTheStart() {
        failing(NoJob.class).startsWith("@ElasticJobConfig of " + NoJob.class.getName() + ": NoJob (expected: a class");
        failing(Flow.class).startsWith("jobName in @ElasticJobConfig of " + Flow.class.getName());
        failing(new Class<?>[] {Twin.class, OtherTwin.class})
                .startsWith("jobName: twin (expected: a name that no other job has");
    }

    @Test
    void mistakesInThePropertiesStopTheStart() {
        failing("carillon.jobs.schedules.Simple.cron=every day")
                .isEqualTo("cron: 'every day' (expected: 6 or 7 fields in Quartz syntax, such as 0 0 2 * * ?). Job '"
                        + SIMPLE + "' was not started; correct the expression. Change it in @ElasticJobConfig of "
                        + SIMPLE + " with carillon.jobs.schedules.Simple.");
        failing("carillon.jobs.schedules.Simple.sharding-total-count=0")
                .startsWith("shardingTotalCount: 0 (expected: 1..10000)");
        failing("carillon.jobs.schedules.Simple.sharding-item-parameters=0=a,9=b")
                .startsWith("shardingItemParameters: 0=a,9=b (expected: items 0..0)");
        failing("carillon.jobs.schedules.Simple.crom=0 0 0 * * ?")
                .startsWith("carillon.jobs.schedules.simple.crom: 0 0 0 * * ? (expected: an attribute");
        failing("carillon.jobs.worker-thread=3")
                .startsWith("carillon.jobs.worker-thread: 3 (expected: a property of carillon.jobs");
        failing("carillon.jobs.worker-threads=-3").startsWith("carillon.jobs.worker-threads: -3 (expected: 0..10000)");
        failing("carillon.jobs.peer-version=2.1.5")
                .startsWith("carillon.jobs.peer-version: 2.1.5 (expected: one of [3.0.2, 3.0.3, 3.0.4, 3.0.5]");
        failing("carillon.jobs.instance-ip=1.2.3.4/24").startsWith("carillon.jobs.instance-ip: 1.2.3.4/24 (expected:");
        failing("carillon.registry.server-lists=a:b:c", "carillon.registry.namespace=x")
                .startsWith("carillon.registry.server-lists: a:b:c (expected: host:port");
        failing("carillon.registry.namespace=a/b").startsWith("carillon.registry.namespace: a/b (expected: a name");
        failing("carillon.registry.session-timeout=0s")
                .startsWith("carillon.registry.session-timeout: 0s (expected: a duration above zero");
        failing("carillon.registry.digest=secret")
                .startsWith("carillon.registry.digest: (hidden) (expected: user:password)");
    }

    private org.assertj.core.api.AbstractStringAssert<?> failing(String... properties) {
        return failing(runner.withPropertyValues(properties), Simple.class);
    }

    private org.assertj.core.api.AbstractStringAssert<?> failing(Class<?>... jobs) {
        return failing(runner, jobs);
    }

    private static org.assertj.core.api.AbstractStringAssert<?> failing(
            ApplicationContextRunner runner, Class<?>... jobs) {
        List<String> messages = new ArrayList<>();
        runner.withUserConfiguration(WithEngine.class)
                .withUserConfiguration(jobs)
                .run(context -> {
                    assertThat(context).hasFailed();
                    for (Throwable at = context.getStartupFailure(); at != null; at = at.getCause()) {
                        if (at instanceof InvalidPropertyException) {
                            messages.add(at.getMessage());
                        }
                    }
                });
        assertThat(messages).isNotEmpty();
        return assertThat(messages.get(0));
    }
}

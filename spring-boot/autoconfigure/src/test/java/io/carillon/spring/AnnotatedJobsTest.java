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

import io.carillon.jobs.ElasticJob;
import io.carillon.jobs.ElasticJobConfiguration;
import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.JobEngine;
import io.carillon.jobs.ShardingContext;
import io.carillon.jobs.SimpleJob;
import io.carillon.jobs.coordination.Registry;
import io.carillon.spring.jobs.JobsAutoConfiguration;
import io.carillon.spring.scanned.FullyAnnotatedJob;
import io.carillon.spring.scanned.below.PlainAnnotatedJob;
import io.carillon.testkit.jobs.InMemoryRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.Test;
import org.springframework.aop.support.AopUtils;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.transaction.annotation.EnableTransactionManagement;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/** Jobs that say by annotation how they run, and are found by scanning, as beans, or by their label. */
class AnnotatedJobsTest {

    private final ApplicationContextRunner runner =
            new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(JobsAutoConfiguration.class));

    @Configuration(proxyBeanMethods = false)
    static class WithEngine {
        @Bean
        RecordingEngine engine() {
            return new RecordingEngine();
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ElasticJobScan("${test.package}")
    static class Scanning extends WithEngine {}

    @Configuration(proxyBeanMethods = false)
    @ElasticJobScan(basePackageClasses = PlainAnnotatedJob.class)
    static class ScanningByClass extends WithEngine {}

    @Configuration(proxyBeanMethods = false)
    @ElasticJobScan(basePackages = "${test.nothing:}")
    static class ScanningNowhere extends WithEngine {}

    @ElasticJobConfiguration(jobName = "none", shardingTotalCount = 1)
    static class NoJob {}

    private static JobConfiguration.Builder scanned() {
        return JobConfiguration.newBuilder("scanned-blue", 3)
                .cron("0 0/5 * * * ?")
                .timeZone("Asia/Shanghai")
                .shardingItemParameters("0=a,2=c")
                .jobParameter("p")
                .monitorExecution(false)
                .failover(true)
                .misfire(false)
                .maxTimeDiffSeconds(7)
                .reconcileIntervalMinutes(8)
                .jobShardingStrategyType("ODEVITY")
                .jobExecutorThreadPoolSizeProviderType("SINGLE_THREAD")
                .jobErrorHandlerType("IGNORE")
                .jobListenerTypes(List.of("ONE", "TWO"))
                .description("moves things")
                .setProperty("streaming.process", "true")
                .setProperty("at", "blue")
                .setProperty("office", "42")
                .disabled(true)
                .overwrite(true)
                .label("blue")
                .staticSharding(true);
    }

    private ApplicationContextRunner scanning() {
        return runner.withUserConfiguration(Scanning.class)
                .withPropertyValues(
                        "test.package=io.carillon.spring.scanned",
                        "test.stage=blue",
                        "test.first=a",
                        "test.cron=0 0/5 * * * ?");
    }

    @Test
    void classesAreFoundByScanningAndEveryAttributeReachesTheEngine() {
        scanning().run(context -> {
            RecordingEngine engine = context.getBean(RecordingEngine.class);
            assertThat(engine.configurations).containsOnlyKeys("scanned-blue", "below");
            assertThat(engine.configurations.get("scanned-blue"))
                    .isEqualTo(scanned().build());
            assertThat(engine.configurations.get("below"))
                    .isEqualTo(JobConfiguration.newBuilder("below", 1).build());
            assertThat(engine.jobs.get("scanned-blue")).isSameAs(context.getBean(FullyAnnotatedJob.class));
        });
        runner.withUserConfiguration(ScanningByClass.class)
                .run(context -> assertThat(context.getBean(RecordingEngine.class).configurations)
                        .containsOnlyKeys("below"));
    }

    @Test
    void propertiesOverrideWhatTheAnnotationSaysAlsoListenersHandlersPoolsAndProps() {
        String job = "carillon.jobs.schedules.FullyAnnotatedJob.";
        scanning()
                .withPropertyValues(
                        job + "job-error-handler-type=LOG",
                        job + "job-executor-thread-pool-size-provider-type=CPU",
                        job + "job-listener-types[0]=THREE",
                        job + "props.office=43",
                        job + "props[script.command.line]=ls",
                        job + "label=red",
                        job + "static-sharding=false")
                .run(context -> assertThat(context.getBean(RecordingEngine.class)
                                .configurations
                                .get("scanned-blue"))
                        .isEqualTo(scanned()
                                .jobErrorHandlerType("LOG")
                                .jobExecutorThreadPoolSizeProviderType("CPU")
                                .jobListenerTypes(List.of("THREE"))
                                .setProperty("office", "43")
                                .setProperty("script.command.line", "ls")
                                .label("red")
                                .staticSharding(false)
                                .build()));
    }

    @Test
    void mistakesStopTheStart() {
        failing(runner.withUserConfiguration(WithEngine.class, NoJob.class))
                .startsWith("@ElasticJobConfiguration of " + NoJob.class.getName() + ": NoJob (expected: a class");
        failing(runner.withUserConfiguration(ScanningNowhere.class)).startsWith("basePackages in @ElasticJobScan of ");
        failing(scanning().withPropertyValues("test.cron=each day")).startsWith("cron: 'each day' (expected:");
        failing(scanning().withPropertyValues("carillon.jobs.labels=blue"))
                .startsWith("carillon.jobs.labels: [blue] (expected: a registry");
        failing(runner.withUserConfiguration(PlainAnnotatedJob.class))
                .startsWith("carillon.registry.server-lists: not set (expected: host:port");
    }

    private static org.assertj.core.api.AbstractStringAssert<?> failing(ApplicationContextRunner runner) {
        List<String> messages = new ArrayList<>();
        runner.run(context -> {
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

    // ---- on an engine ------------------------------------------------------------------------------------------

    private static final BlockingQueue<String> RAN = new LinkedBlockingQueue<>();

    private final InMemoryRegistry server = InMemoryRegistry.threaded(SystemTime.instants(), Duration.ofSeconds(10));

    private ApplicationContextRunner withServer() {
        return runner.withBean(Registry.class, server::connect).withPropertyValues("carillon.registry.namespace=ns");
    }

    @ElasticJobConfiguration(jobName = "booking", shardingTotalCount = 1)
    static class Booking implements SimpleJob {
        @Override
        @Transactional
        public void execute(ShardingContext context) {
            RAN.add("in a transaction: " + TransactionSynchronizationManager.isActualTransactionActive());
        }
    }

    static class WithTransactions {
        @Bean
        DataSource dataSource() {
            JdbcDataSource dataSource = new JdbcDataSource();
            dataSource.setURL("jdbc:h2:mem:booking");
            return dataSource;
        }

        @Bean
        DataSourceTransactionManager transactions(DataSource dataSource) {
            return new DataSourceTransactionManager(dataSource);
        }

        @Bean
        Booking booking() {
            return new Booking();
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableTransactionManagement(proxyTargetClass = true)
    static class ProxiedByClass extends WithTransactions {}

    @Configuration(proxyBeanMethods = false)
    @EnableTransactionManagement(proxyTargetClass = false)
    static class ProxiedByInterface extends WithTransactions {}

    @Test
    void aTransactionalJobRunsInItsTransactionAndStartsAgainUnderTheSameName() {
        RAN.clear();
        // as a generated subclass, as a proxy of the JDK, and as a subclass again
        for (Class<?> how : List.of(ProxiedByClass.class, ProxiedByInterface.class, ProxiedByClass.class)) {
            withServer().withUserConfiguration(how).run(context -> {
                assertThat(context).hasNotFailed();
                assertThat(AopUtils.isAopProxy(context.getBean("booking"))).isTrue();
                assertThat(AopUtils.isJdkDynamicProxy(context.getBean("booking")))
                        .isEqualTo(how == ProxiedByInterface.class);
                assertThat(server.dump()).containsEntry("/ns/booking", Booking.class.getName());
                context.getBean(JobEngine.class).commands().trigger("booking");
                assertThat(RAN.poll(30, TimeUnit.SECONDS)).isEqualTo("in a transaction: true");
            });
        }
    }

    /** A bean that somebody puts jobs up for. */
    static class PutUp implements SimpleJob {
        @Override
        public void execute(ShardingContext context) {
            RAN.add(context.getJobName() + " " + context.getJobParameter());
        }
    }

    @ElasticJobConfiguration(jobName = "own", shardingTotalCount = 1, label = "blue", jobParameter = "by annotation")
    static class Own extends PutUp {}

    @Test
    void jobsThatArePutUpUnderALabelOfThePropertyRunWithTheBeanOfTheirClass() {
        RAN.clear();
        withServer()
                .withBean("putUp", PutUp.class)
                .withBean("own", Own.class)
                .withPropertyValues("carillon.jobs.labels=blue,green")
                .run(context -> {
                    assertThat(context).hasNotFailed();
                    JobEngine engine = context.getBean(JobEngine.class);
                    engine.commands()
                            .add(
                                    JobConfiguration.newBuilder("labelled", 1)
                                            .cron("* * * * * ?")
                                            .label("green")
                                            .jobParameter("by label")
                                            .build(),
                                    PutUp.class.getName());
                    assertThat(RAN.poll(30, TimeUnit.SECONDS)).isEqualTo("labelled by label");
                    engine.commands().removeJob("labelled");
                    engine.commands().trigger("own");
                    String ran = RAN.poll(30, TimeUnit.SECONDS);
                    while ("labelled by label".equals(ran)) {
                        ran = RAN.poll(30, TimeUnit.SECONDS);
                    }
                    assertThat(ran).as("once, as it is scheduled").isEqualTo("own by annotation");
                    assertThat(context.getBeansOfType(ElasticJob.class)).hasSize(2);
                });
        assertThat(server.dump().keySet()).noneMatch(path -> path.contains("/instances/"));
    }
}

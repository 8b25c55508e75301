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

import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.JobEngine;
import io.carillon.jobs.SimpleJob;
import io.carillon.jobs.coordination.Registry;
import io.carillon.jobs.engine.SystemTime;
import io.carillon.jobs.history.DecisionHistory;
import io.carillon.spring.jobs.JobsAutoConfiguration;
import io.carillon.spring.jobs.TracingAutoConfiguration;
import io.carillon.spring.messages.StoreAutoConfiguration;
import io.carillon.store.jdbc.EventTracing;
import io.carillon.testkit.jobs.InMemoryRegistry;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcTemplateAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.jdbc.core.JdbcTemplate;

/** Tracing and decisions, from properties to rows. */
class TracingTest {

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    DataSourceAutoConfiguration.class,
                    JdbcTemplateAutoConfiguration.class,
                    StoreAutoConfiguration.class,
                    TracingAutoConfiguration.class,
                    JobsAutoConfiguration.class))
            .withBean(Registry.class, () -> InMemoryRegistry.threaded(new SystemTime(), Duration.ofSeconds(20))
                    .connect())
            .withPropertyValues(
                    "spring.datasource.generate-unique-name=true",
                    "carillon.registry.namespace=test",
                    "carillon.store.create-tables=true");

    @Test
    void whatIsAskedForIsTracedAndWhyAFiringDidNotRunIsKept() {
        runner.withPropertyValues(
                        "carillon.jobs.tracing.enabled=true",
                        "carillon.jobs.tracing.create-tables=true",
                        "carillon.jobs.tracing.exclude-job-names=quiet")
                .run(context -> {
                    JobEngine engine = context.getBean(JobEngine.class);
                    for (String name : new String[] {"quiet", "told"}) {
                        CountDownLatch ran = new CountDownLatch(1);
                        engine.schedule(
                                (SimpleJob) item -> ran.countDown(),
                                JobConfiguration.newBuilder(name, 1).build());
                        engine.commands().trigger(name);
                        assertThat(ran.await(1, TimeUnit.MINUTES)).isTrue();
                    }
                    engine.close();
                    context.getBean(EventTracing.class).close();
                    JdbcTemplate jdbc = context.getBean(JdbcTemplate.class);
                    assertThat(jdbc.queryForList("SELECT job_name FROM JOB_EXECUTION_LOG", String.class))
                            .containsExactly("told");
                    assertThat(jdbc.queryForList("SELECT state FROM JOB_STATUS_TRACE_LOG", String.class))
                            .containsExactlyInAnyOrder("TASK_STAGING", "TASK_RUNNING", "TASK_FINISHED");
                    assertThat(context).hasSingleBean(DecisionHistory.class);
                });
    }

    @Test
    void tracingIsOffUnlessAskedFor() {
        runner.run(context -> assertThat(context).doesNotHaveBean(EventTracing.class));
    }

    @Test
    void settingsThatContradictEachOtherStopTheStart() {
        runner.withPropertyValues(
                        "carillon.jobs.tracing.enabled=true",
                        "carillon.jobs.tracing.include-job-names=a",
                        "carillon.jobs.tracing.exclude-job-names=b")
                .run(context -> assertThat(context.getStartupFailure())
                        .rootCause()
                        .hasMessageContaining("carillon.jobs.tracing.exclude-job-names: [b] (expected: nothing"));
        runner.withPropertyValues("carillon.jobs.tracing.enabled=true", "carillon.jobs.tracing.data-source=nowhere")
                .run(context -> assertThat(context.getStartupFailure())
                        .hasStackTraceContaining("carillon.jobs.tracing.data-source: nowhere (expected: the name"));
    }
}

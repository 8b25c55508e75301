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
import io.carillon.jobs.ShardingContext;
import io.carillon.jobs.SimpleJob;
import io.carillon.jobs.coordination.Registry;
import io.carillon.jobs.engine.SystemTime;
import io.carillon.jobs.history.RunHistory;
import io.carillon.jobs.history.RunRecord;
import io.carillon.spring.jobs.JobsAutoConfiguration;
import io.carillon.spring.messages.StoreAutoConfiguration;
import io.carillon.testkit.jobs.InMemoryRegistry;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.tracing.handler.DefaultTracingObservationHandler;
import io.micrometer.tracing.test.simple.SimpleTracer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.slf4j.MDC;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcTemplateAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;

/** By which trace a run is found, from the application's tracer or its log to the run history. */
class ItemTraceTest {

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    DataSourceAutoConfiguration.class,
                    JdbcTemplateAutoConfiguration.class,
                    StoreAutoConfiguration.class,
                    JobsAutoConfiguration.class))
            .withBean(Registry.class, () -> InMemoryRegistry.threaded(new SystemTime(), Duration.ofSeconds(20))
                    .connect())
            .withPropertyValues(
                    "spring.datasource.generate-unique-name=true",
                    "carillon.registry.namespace=test",
                    "carillon.jobs.worker-threads=1",
                    "carillon.store.create-tables=true");

    /** Runs a job once per code given, one after another on the one worker; the runs come as they were made. */
    private static List<RunRecord> run(ApplicationContext context, List<Consumer<ShardingContext>> codes)
            throws InterruptedException {
        JobEngine engine = context.getBean(JobEngine.class);
        for (int i = 0; i < codes.size(); i++) {
            Consumer<ShardingContext> code = codes.get(i);
            CountDownLatch ran = new CountDownLatch(1);
            SimpleJob job = item -> {
                try {
                    code.accept(item);
                } finally {
                    ran.countDown();
                }
            };
            engine.schedule(
                    job,
                    JobConfiguration.newBuilder("job" + i, 1)
                            .jobParameter("eu")
                            .shardingItemParameters("0=Beijing")
                            .build());
            engine.commands().trigger("job" + i);
            assertThat(ran.await(1, TimeUnit.MINUTES)).isTrue();
        }
        engine.close();
        return context.getBean(RunHistory.class).latest("", 10).stream()
                .sorted(java.util.Comparator.comparing(RunRecord::jobName))
                .toList();
    }

    @Test
    void whereTheApplicationHasATracerEachRunIsASpanWhoseTraceIsOnRecord() {
        SimpleTracer tracer = new SimpleTracer();
        ObservationRegistry observations = ObservationRegistry.create();
        observations.observationConfig().observationHandler(new DefaultTracingObservationHandler(tracer));
        String[] inside = new String[1];
        runner.withBean(ObservationRegistry.class, () -> observations).run(context -> {
            List<RunRecord> runs = run(context, List.of(item -> {
                inside[0] = tracer.currentSpan().context().traceId();
                throw new IllegalStateException("broken");
            }));
            assertThat(inside[0]).isNotBlank();
            assertThat(runs)
                    .extracting(RunRecord::traceId, RunRecord::jobParameter, RunRecord::shardingParameter)
                    .containsExactly(org.assertj.core.groups.Tuple.tuple(inside[0], "eu", "Beijing"));
            assertThat(tracer.onlySpan().getName()).isEqualTo("job job0");
            assertThat(tracer.onlySpan().getError()).hasMessage("broken");
            assertThat(tracer.onlySpan().getTags()).containsEntry("job", "job0").containsEntry("item", "0");
        });
    }

    @Test
    void withoutATracerTheIdIsWhatTheLogsContextSaysButNotWhatAnEarlierRunLeftThere() {
        runner.withPropertyValues("carillon.jobs.trace-key=trace_id").run(context -> {
            List<RunRecord> runs = run(
                    context,
                    List.of(item -> MDC.put("trace_id", "4bf92f35"), item -> {}, item -> item.reportTraceId("own")));
            assertThat(runs).extracting(RunRecord::traceId).containsExactly("4bf92f35", null, "own");
        });
    }

    @Test
    void anEmptyKeyStopsTheStart() {
        runner.withPropertyValues("carillon.jobs.trace-key= ").run(context -> assertThat(context.getStartupFailure())
                .rootCause()
                .hasMessageContaining("carillon.jobs.trace-key:")
                .hasMessageContaining("(expected: a key such as traceId or trace_id)"));
    }
}

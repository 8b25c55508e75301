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
package io.carillon.testkit.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.JobEngine;
import io.carillon.jobs.JobEngineOptions;
import io.carillon.jobs.SimpleJob;
import io.carillon.jobs.engine.ClusterJobEngine;
import io.carillon.jobs.engine.SystemTime;
import io.carillon.jobs.execution.ErrorHandler;
import io.carillon.jobs.execution.JobListener;
import io.carillon.jobs.execution.ParallelItems;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Listeners, parallel items and error handlers, in a whole engine. */
class ExecutionTest {

    /** What listeners and handlers were told. */
    static final BlockingQueue<String> TOLD = new LinkedBlockingQueue<>();

    private final InMemoryRegistry server = InMemoryRegistry.threaded(new SystemTime(), Duration.ofSeconds(20));

    @BeforeEach
    void forget() {
        TOLD.clear();
    }

    /** Called first. */
    public static final class First implements JobListener {
        @Override
        public String type() {
            return "FIRST";
        }

        @Override
        public int order() {
            return 1;
        }

        @Override
        public void beforeJobExecuted(Firing firing) {
            TOLD.add("first before " + new java.util.TreeMap<>(firing.items()));
        }

        @Override
        public void afterJobExecuted(Firing firing) {
            TOLD.add("first after " + firing.jobName());
        }
    }

    /** Called last. */
    public static final class Second implements JobListener {
        @Override
        public String type() {
            return "SECOND";
        }

        @Override
        public void beforeJobExecuted(Firing firing) {
            TOLD.add("second before");
        }

        @Override
        public void afterJobExecuted(Firing firing) {
            TOLD.add("second after");
        }
    }

    /** Fails before, and is the very first. */
    public static final class Failing implements JobListener {
        @Override
        public String type() {
            return "FAILING";
        }

        @Override
        public int order() {
            return Integer.MIN_VALUE;
        }

        @Override
        public void beforeJobExecuted(Firing firing) throws Exception {
            throw new java.io.IOException("no light");
        }

        @Override
        public void afterJobExecuted(Firing firing) {
            TOLD.add("failing after");
        }
    }

    /** A bound of the user's. */
    public static final class TwoAtOnce implements ParallelItems {
        @Override
        public String type() {
            return "TWO";
        }

        @Override
        public int atOnce() {
            return 2;
        }
    }

    /** A handler of the user's. */
    public static final class Collecting implements ErrorHandler {
        @Override
        public String type() {
            return "COLLECT";
        }

        @Override
        public void handle(JobConfiguration configuration, int shardingItem, Throwable cause) {
            TOLD.add("error " + shardingItem + " " + cause.getMessage());
        }
    }

    private JobEngine engine() {
        return ClusterJobEngine.start(
                server.connect(),
                JobEngineOptions.newBuilder("test").workerThreads(8).build());
    }

    private void runOnce(JobEngine engine, String job) {
        engine.commands().trigger(job);
        Until.holds(() -> server.dump().keySet().stream()
                .noneMatch(path -> path.contains("/trigger/") || path.endsWith("/running")));
    }

    @Test
    void listenersAreToldInTheirOrderBeforeTheFirstItemAndAfterTheLast() throws Exception {
        try (JobEngine engine = engine()) {
            engine.schedule(
                    context -> TOLD.add("item"),
                    JobConfiguration.newBuilder("heard", 3)
                            .shardingItemParameters("0=a")
                            .jobListenerTypes(List.of("SECOND", "FAILING", "FIRST"))
                            .jobErrorHandlerType("COLLECT")
                            .build());
            runOnce(engine, "heard");
            List<String> told = new ArrayList<>();
            TOLD.drainTo(told);
            assertThat(told.get(0)).isIn("error 0 no light", "error 1 no light", "error 2 no light");
            assertThat(told.subList(1, told.size()))
                    .containsExactly(
                            "first before {0=a, 1=, 2=}",
                            "second before",
                            "item",
                            "item",
                            "item",
                            "failing after",
                            "first after heard",
                            "second after");
        }
    }

    @Test
    void atMostAsManyItemsRunAtOnceAsThePoolsTypeSays() throws Exception {
        for (Map.Entry<String, Integer> most :
                Map.of("SINGLE_THREAD", 1, "TWO", 2).entrySet()) {
            AtomicInteger now = new AtomicInteger();
            AtomicInteger peak = new AtomicInteger();
            try (JobEngine engine = engine()) {
                String name = "bound-" + most.getValue();
                engine.schedule(
                        context -> {
                            peak.accumulateAndGet(now.incrementAndGet(), Math::max);
                            LockSupport.parkNanos(5_000_000);
                            now.decrementAndGet();
                        },
                        JobConfiguration.newBuilder(name, 8)
                                .jobExecutorThreadPoolSizeProviderType(most.getKey())
                                .build());
                runOnce(engine, name);
                assertThat(peak.get()).isBetween(1, most.getValue());
            }
        }
    }

    @Test
    void typesThatNobodyKnowsAreRefusedByName() {
        JobConfiguration job = JobConfiguration.newBuilder("refused", 1).build();
        SimpleJob code = context -> {};
        try (JobEngine engine = engine()) {
            assertThatThrownBy(() -> engine.schedule(
                            code, job.toBuilder().jobErrorHandlerType("MAIL").build()))
                    .hasMessageContaining(
                            "jobErrorHandlerType: 'MAIL' (expected: one of [COLLECT, IGNORE, KEEP, LOG, THROW])");
            assertThatThrownBy(() -> engine.schedule(
                            code,
                            job.toBuilder()
                                    .jobExecutorThreadPoolSizeProviderType("MANY")
                                    .build()))
                    .hasMessageContaining("'MANY' (expected: one of [CPU, SINGLE_THREAD, TWO])");
            assertThatThrownBy(() -> engine.schedule(
                            code,
                            job.toBuilder().jobListenerTypes(List.of("NONE")).build()))
                    .hasMessageContaining(
                            "jobListenerTypes: 'NONE' (expected: one of [FAILING, FIRST, ONCE, ONCE_IN_TIME, SECOND])");
        }
    }

    @Test
    void anErrorIsHandledAsItsTypeSaysAndTheOtherItemsRunOn() throws Exception {
        Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler((thread, e) -> TOLD.add("thrown: " + e.getMessage()));
        try (JobEngine engine = engine()) {
            JobConfiguration failing = JobConfiguration.newBuilder("failing", 2)
                    .jobErrorHandlerType("IGNORE")
                    .build();
            engine.schedule(
                    context -> {
                        if (context.getShardingItem() == 0) {
                            throw new IllegalStateException("broken");
                        }
                        TOLD.add("well");
                    },
                    failing);
            runOnce(engine, "failing");
            assertThat(TOLD.poll(30, TimeUnit.SECONDS)).isEqualTo("well");
            assertThat(TOLD).isEmpty();
            // the type changes at run time
            for (String type : List.of("THROW", "COLLECT", "LOG")) {
                engine.commands()
                        .update(failing.toBuilder().jobErrorHandlerType(type).build());
                runOnce(engine, "failing");
                List<String> told = new ArrayList<>();
                Until.holds(() -> {
                    TOLD.drainTo(told);
                    return told.size() >= (type.equals("LOG") ? 1 : 2);
                });
                assertThat(told)
                        .containsExactlyInAnyOrderElementsOf(
                                switch (type) {
                                    case "THROW" -> List.of("well", "thrown: job 'failing': item 0 failed");
                                    case "COLLECT" -> List.of("well", "error 0 broken");
                                    default -> List.of("well");
                                });
            }
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(before);
        }
    }

    @Test
    void fault2ChangingTypesOverManyRunsMakesNoThreadsGrow() throws Exception {
        AtomicInteger ran = new AtomicInteger();
        Set<Thread> before = Thread.getAllStackTraces().keySet();
        try (JobEngine engine = engine()) {
            JobConfiguration job = JobConfiguration.newBuilder("many", 4).build();
            engine.schedule(context -> ran.incrementAndGet(), job);
            runOnce(engine, "many");
            int most = 0;
            for (int i = 0; i < 200; i++) {
                engine.commands()
                        .update(job.toBuilder()
                                .jobErrorHandlerType(i % 2 == 0 ? "IGNORE" : "LOG")
                                .jobExecutorThreadPoolSizeProviderType(i % 3 == 0 ? "SINGLE_THREAD" : "CPU")
                                .build());
                runOnce(engine, "many");
                most = Math.max(most, workersBut(before));
            }
            assertThat(ran.get()).isEqualTo(4 * 201);
            assertThat(most).isLessThanOrEqualTo(8);
        }
    }

    private static int workersBut(Set<Thread> before) {
        return (int) Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> !before.contains(thread) && thread.getName().startsWith("carillon-job-"))
                .count();
    }

    @Test
    void theJobsCodeReadsTheParametersOfItsItemAndOfTheJob() throws Exception {
        try (JobEngine engine = engine()) {
            engine.schedule(
                    context -> TOLD.add(context.getShardingItem() + " of " + context.getShardingTotalCount() + ": "
                            + context.getShardingParameter() + ", " + context.getJobParameter()),
                    JobConfiguration.newBuilder("read", 3)
                            .shardingItemParameters("0 = Beijing, 2=Shanghai")
                            .jobParameter("all of them")
                            .build());
            runOnce(engine, "read");
            assertThat(TOLD)
                    .containsExactlyInAnyOrder(
                            "0 of 3: Beijing, all of them", "1 of 3: , all of them", "2 of 3: Shanghai, all of them");
        }
    }

    @Test
    void withoutAnotherBoundTwiceAsManyItemsRunAtOnceAsThereAreProcessors() throws Exception {
        int bound = 2 * Runtime.getRuntime().availableProcessors();
        AtomicInteger now = new AtomicInteger();
        AtomicInteger peak = new AtomicInteger();
        CountDownLatch end = new CountDownLatch(1);
        try (JobEngine engine = ClusterJobEngine.start(
                server.connect(),
                JobEngineOptions.newBuilder("test").workerThreads(bound + 4).build())) {
            engine.schedule(
                    context -> {
                        peak.accumulateAndGet(now.incrementAndGet(), Math::max);
                        end.await();
                        now.decrementAndGet();
                    },
                    JobConfiguration.newBuilder("bound", bound + 4).build());
            engine.schedule(
                    context -> TOLD.add("other"),
                    JobConfiguration.newBuilder("other", 1).build());
            engine.commands().trigger("bound");
            Until.holds(() -> now.get() >= bound);
            // there is a thread for another job, so it is the bound that keeps the rest waiting
            engine.commands().trigger("other");
            assertThat(TOLD.poll(30, TimeUnit.SECONDS)).isEqualTo("other");
            assertThat(now.get()).isEqualTo(bound);
            end.countDown();
            Until.holds(() -> server.dump().keySet().stream().noneMatch(path -> path.endsWith("/running")));
            assertThat(peak.get()).isEqualTo(bound);
        }
    }

    @Test
    void listenersAreNotToldOfAFiringInWhichNothingRunsHere() {
        DrivenCluster cluster = new DrivenCluster();
        JobConfiguration one = JobConfiguration.newBuilder("heard", 1)
                .cron("0/2 * * * * ?")
                .timeZone("GMT")
                .jobListenerTypes(List.of("FIRST"))
                .build();
        List<DrivenCluster.Instance> instances =
                List.of(cluster.join("10.0.0.1", one, context -> {}), cluster.join("10.0.0.2", one, context -> {}));
        cluster.until("06.500");
        assertThat(instances).extracting(instance -> instance.ended.size()).containsExactlyInAnyOrder(0, 3);
        assertThat(TOLD)
                .containsExactly(
                        "first before {0=}", "first after heard",
                        "first before {0=}", "first after heard",
                        "first before {0=}", "first after heard");
    }
}

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

import io.carillon.jobs.DataflowJob;
import io.carillon.jobs.InvalidSettingException;
import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.JobEngine;
import io.carillon.jobs.JobEngineOptions;
import io.carillon.jobs.ShardingContext;
import io.carillon.jobs.SimpleJob;
import io.carillon.jobs.engine.ClusterJobEngine;
import io.carillon.jobs.engine.SystemTime;
import io.carillon.jobs.execution.ItemPolicy;
import io.carillon.jobs.history.RunHistory;
import io.carillon.jobs.history.RunRecord;
import io.carillon.jobs.history.RunRecord.Outcome;
import io.carillon.jobs.operations.JobQueries.FailedItem;
import java.time.Duration;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Items that are interrupted, by time or by command, run again and moved by command: engines with their threads. */
class ItemCommandsTest {

    private final InMemoryRegistry server = InMemoryRegistry.threaded(new SystemTime(), Duration.ofSeconds(20));
    private final BlockingQueue<RunRecord> records = new LinkedBlockingQueue<>();

    @BeforeEach
    void forget() {
        ExecutionTest.TOLD.clear();
    }

    private JobEngine engine(String suffix) {
        return ClusterJobEngine.start(
                server.connect(),
                JobEngineOptions.newBuilder("test")
                        .instanceId("10.0.0.1@-@" + suffix)
                        .history(new RunHistory() {
                            @Override
                            public void record(List<RunRecord> runs) {
                                records.addAll(runs);
                            }

                            @Override
                            public List<RunRecord> latest(String jobName, int limit) {
                                return List.of();
                            }
                        })
                        .build());
    }

    private RunRecord next() throws InterruptedException {
        RunRecord record = records.poll(30, TimeUnit.SECONDS);
        assertThat(record).isNotNull();
        return record;
    }

    @Test
    void aRunThatTakesTooLongIsInterruptedAndKeepsItsClaimUntilItReturns() throws Exception {
        BlockingQueue<Boolean> heldAfterInterrupt = new LinkedBlockingQueue<>();
        CountDownLatch returns = new CountDownLatch(1);
        try (JobEngine engine = engine("a")) {
            SimpleJob job = context -> {
                if (context.getShardingItem() == 0) {
                    try {
                        new CountDownLatch(1).await();
                    } catch (InterruptedException e) {
                        heldAfterInterrupt.add(context.isClaimHeld());
                        returns.await();
                    }
                }
            };
            engine.schedule(
                    job,
                    JobConfiguration.newBuilder("slow", 2)
                            .setProperty(ItemPolicy.TIMEOUT, "200ms")
                            .jobErrorHandlerType("COLLECT")
                            .build());
            engine.commands().trigger("slow");
            RunRecord other = next();
            assertThat(other.shardingItem()).isEqualTo(1);
            assertThat(other.outcome()).isEqualTo(Outcome.SUCCEEDED);
            assertThat(heldAfterInterrupt.poll(30, TimeUnit.SECONDS)).isTrue();
            assertThat(server.dump()).containsKey("/test/slow/sharding/0/running");
            returns.countDown();
            RunRecord record = next();
            assertThat(record.outcome()).isEqualTo(Outcome.TIMED_OUT);
            assertThat(record.cause()).isEqualTo("timed out after PT0.2S");
            assertThat(ExecutionTest.TOLD.poll(30, TimeUnit.SECONDS)).isEqualTo("error 0 timed out after PT0.2S");
            Until.holds(() -> engine.queries()
                    .failedItems("slow")
                    .equals(List.of(new FailedItem(
                            0,
                            FailedItem.State.TIMED_OUT,
                            record.scheduledTime(),
                            "10.0.0.1@-@a",
                            "timed out after PT0.2S"))));
        }
    }

    @Test
    void codeThatIgnoresItsInterruptKeepsItsItemAndTheOthersGoOn() throws Exception {
        CountDownLatch returns = new CountDownLatch(1);
        AtomicInteger stubborn = new AtomicInteger();
        AtomicInteger others = new AtomicInteger();
        try (JobEngine engine = engine("a")) {
            SimpleJob job = context -> {
                stubborn.incrementAndGet();
                while (returns.getCount() > 0) {
                    Thread.onSpinWait();
                    LockSupport.parkNanos(1_000_000);
                }
            };
            engine.schedule(
                    job,
                    JobConfiguration.newBuilder("stubborn", 1)
                            .cron("* * * * * ?")
                            .setProperty(ItemPolicy.TIMEOUT, "100ms")
                            .build());
            engine.schedule(
                    context -> others.incrementAndGet(),
                    JobConfiguration.newBuilder("others", 1).cron("* * * * * ?").build());
            Until.holds(() -> engine.queries().failedItems("stubborn").stream()
                    .anyMatch(item -> item.state() == FailedItem.State.OVERSTAYING));
            assertThat(stubborn).as("not started on top").hasValue(1);
            assertThat(others.get()).isPositive();
            assertThat(server.dump()).containsKey("/test/stubborn/sharding/0/running");
            returns.countDown();
            RunRecord ended = next();
            while (!ended.jobName().equals("stubborn")) {
                ended = next();
            }
            assertThat(ended.outcome()).isEqualTo(Outcome.TIMED_OUT);
        }
    }

    @Test
    void aCommandInterruptsOneItemWhereverItRunsAndSaysWhoAndWhy() throws Exception {
        CountDownLatch running = new CountDownLatch(4);
        AtomicBoolean wait = new AtomicBoolean(true);
        try (JobEngine a = engine("a");
                JobEngine b = engine("b")) {
            SimpleJob job = context -> {
                running.countDown();
                if (wait.get()) {
                    new CountDownLatch(1).await();
                }
            };
            JobConfiguration four = JobConfiguration.newBuilder("long", 4)
                    .cron("0/2 * * * * ?")
                    .setProperty(ItemPolicy.RETRY_MAX, "3")
                    .build();
            a.schedule(job, four);
            b.schedule(job, four);
            assertThat(running.await(60, TimeUnit.SECONDS)).isTrue();
            a.commands().interrupt("long", 2, "alice", "too slow");
            RunRecord record = next();
            assertThat(record.shardingItem()).isEqualTo(2);
            assertThat(record.outcome()).isEqualTo(Outcome.INTERRUPTED);
            assertThat(record.cause()).startsWith("interrupted by alice: too slow\n");
            wait.set(false);
            b.commands().interrupt("long", "bob", "");
            for (int i = 0; i < 3; i++) {
                assertThat(next().cause()).startsWith("interrupted by bob\n");
            }
            assertThat(server.dump().keySet()).noneMatch(path -> path.contains("/order-"));
            assertThatThrownBy(() -> a.commands().interrupt("none", "x", ""))
                    .isInstanceOf(NoSuchElementException.class)
                    .hasMessageStartingWith("job: 'none'");
        }
    }

    @Test
    void theFailedItemsOfTheLastFiringRunAgainByCommand() throws Exception {
        AtomicBoolean well = new AtomicBoolean();
        try (JobEngine engine = engine("a")) {
            SimpleJob job = context -> {
                if (!well.get() && context.getShardingItem() != 1) {
                    throw new IllegalStateException("no light\nnowhere");
                }
            };
            engine.schedule(
                    job,
                    JobConfiguration.newBuilder("dark", 3)
                            .jobErrorHandlerType("IGNORE")
                            .build());
            assertThat(engine.commands().rerunFailed("dark")).isEmpty();
            engine.commands().trigger("dark");
            RunRecord first = next();
            next();
            next();
            Until.holds(() -> engine.queries().failedItems("dark").size() == 2);
            assertThat(engine.queries().failedItems("dark"))
                    .extracting(FailedItem::cause)
                    .containsOnly("java.lang.IllegalStateException: no light");
            well.set(true);
            assertThat(engine.commands()
                            .rerunFailed("dark", first.scheduledTime().plusSeconds(1)))
                    .isEmpty();
            assertThat(engine.commands().rerunFailed("dark")).containsExactly(0, 2);
            for (int i = 0; i < 2; i++) {
                RunRecord again = next();
                assertThat(again.scheduledTime()).isEqualTo(first.scheduledTime());
                assertThat(again.outcome()).isEqualTo(Outcome.SUCCEEDED);
                assertThat(again.shardingItem()).isNotEqualTo(1);
            }
            Until.holds(() -> engine.queries().failedItems("dark").isEmpty());
        }
    }

    @Test
    void anInstanceIsDrainedAndComesBackByCommand() {
        try (JobEngine a = engine("a");
                JobEngine b = engine("b")) {
            JobConfiguration job =
                    JobConfiguration.newBuilder("moved", 2).cron("* * * * * ?").build();
            a.schedule(context -> {}, job);
            b.schedule(context -> {}, job);
            b.commands().drain("10.0.0.1@-@a", "alice", "new kernel");
            Until.holds(() -> b.queries().drainedInstances().equals(List.of("10.0.0.1@-@a")));
            Until.holds(() -> !server.dump().containsKey("/test/moved/instances/10.0.0.1@-@a"));
            a.schedule(context -> {}, JobConfiguration.newBuilder("late", 1).build());
            assertThat(server.dump()).doesNotContainKey("/test/late/instances/10.0.0.1@-@a");
            assertThatThrownBy(() -> a.commands().drain("10.0.0.9@-@x", "alice", ""))
                    .isInstanceOf(NoSuchElementException.class)
                    .hasMessageStartingWith("instance: '10.0.0.9@-@x'");
            b.commands().undrain("10.0.0.1@-@a", "alice", "");
            Until.holds(() -> server.dump().containsKey("/test/moved/instances/10.0.0.1@-@a")
                    && server.dump().containsKey("/test/late/instances/10.0.0.1@-@a"));
            a.drain();
            assertThat(server.dump()).doesNotContainKey("/test/moved/instances/10.0.0.1@-@a");
            a.undrain();
            Until.holds(() -> server.dump().containsKey("/test/moved/instances/10.0.0.1@-@a"));
        }
    }

    @Test
    void anEndlessStreamEndsAfterItsPageWhenItsInstanceIsDrained() throws Exception {
        AtomicInteger pages = new AtomicInteger();
        try (JobEngine a = engine("a");
                JobEngine b = engine("b")) {
            JobConfiguration stream = JobConfiguration.newBuilder("stream", 2)
                    .cron("* * * * * ?")
                    .setProperty("streaming.process", "true")
                    .build();
            a.schedule(new Endless(pages), stream);
            b.schedule(new Endless(pages), stream);
            Until.holds(() -> pages.get() > 20);
            a.drain();
            assertThat(server.dump()).doesNotContainKey("/test/stream/instances/10.0.0.1@-@a");
            Until.holds(() -> {
                String all = server.dump().toString();
                return all.contains("/sharding/0/instance=10.0.0.1@-@b")
                        && all.contains("/sharding/1/instance=10.0.0.1@-@b");
            });
            assertThat(records).allMatch(run -> run.outcome() == Outcome.SUCCEEDED);
        }
    }

    private record Endless(AtomicInteger pages) implements DataflowJob<Integer> {

        @Override
        public List<Integer> fetchData(ShardingContext context) {
            LockSupport.parkNanos(2_000_000);
            return List.of(pages.incrementAndGet());
        }

        @Override
        public void processData(ShardingContext context, List<Integer> data) {}
    }

    @Test
    void aJobGoesOnFromItsCheckpointAndOneThatHasNoneAsksNothing() throws Exception {
        BlockingQueue<String> seen = new LinkedBlockingQueue<>();
        for (boolean monitor : new boolean[] {true, false}) {
            try (JobEngine engine = engine("a")) {
                SimpleJob job = context -> {
                    String last = context.checkpoint().orElse("none");
                    seen.add(last);
                    if (last.equals("2")) {
                        context.clearCheckpoint();
                    } else {
                        context.saveCheckpoint(last.equals("none") ? "1" : "2");
                    }
                    assertThatThrownBy(() -> context.saveCheckpoint("x".repeat(4_097)))
                            .hasMessageStartingWith("checkpoint: 4097 bytes (expected: at most 4096)");
                };
                String name = "cursor-" + monitor;
                engine.schedule(
                        job,
                        JobConfiguration.newBuilder(name, 1)
                                .monitorExecution(monitor)
                                .build());
                for (String expected : List.of("none", "1", "2", "none")) {
                    engine.commands().trigger(name);
                    assertThat(seen.poll(30, TimeUnit.SECONDS)).isEqualTo(expected);
                    assertThat(next().outcome()).isEqualTo(Outcome.SUCCEEDED);
                }
            }
        }
    }

    @Test
    void aSettingThatCannotBeUsedIsRefusedByName() {
        JobConfiguration.Builder job = JobConfiguration.newBuilder("bad", 1);
        assertThatThrownBy(() -> job.setProperty(ItemPolicy.TIMEOUT, "soon").build())
                .isInstanceOf(InvalidSettingException.class)
                .hasMessageStartingWith("carillon.timeout: 'soon' (expected: a duration of 1 ms to 366 days");
        job.setProperty(ItemPolicy.TIMEOUT, "PT5M");
        assertThatThrownBy(() -> job.setProperty(ItemPolicy.RETRY_MAX, "-1").build())
                .hasMessageStartingWith("carillon.retry.max: '-1' (expected: 0..100)");
        job.setProperty(ItemPolicy.RETRY_MAX, "1").setProperty(ItemPolicy.RETRY_BACKOFF, "2m");
        assertThatThrownBy(() -> job.setProperty(ItemPolicy.RETRY_CAP, "1s").build())
                .hasMessageStartingWith("carillon.retry.cap: '1s' (expected: at least carillon.retry.backoff");
    }
}

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
import io.carillon.jobs.ElasticJobConfiguration;
import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.JobEngine;
import io.carillon.jobs.JobEngineOptions;
import io.carillon.jobs.ShardingContext;
import io.carillon.jobs.SimpleJob;
import io.carillon.jobs.engine.ClusterJobEngine;
import io.carillon.jobs.engine.SystemTime;
import io.carillon.jobs.history.RunHistory;
import io.carillon.jobs.history.RunRecord;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

/** Whole engines with their threads on a registry in memory. */
class ClusterJobEngineTest {

    private final InMemoryRegistry server = InMemoryRegistry.threaded(new SystemTime(), Duration.ofSeconds(4));

    private JobEngine engine(InMemoryRegistry.Client client, String suffix) {
        return ClusterJobEngine.start(
                client,
                JobEngineOptions.newBuilder("test")
                        .instanceId("10.0.0.1@-@" + suffix)
                        .build());
    }

    @Test
    void twoEnginesShareTheItemsOfAJob() throws Exception {
        try (JobEngine a = engine(server.connect(), "a");
                JobEngine b = engine(server.connect(), "b")) {
            Map<String, Set<Integer>> ran = new ConcurrentHashMap<>();
            JobConfiguration everySecond = JobConfiguration.newBuilder("share", 4)
                    .cron("0/1 * * * * ?")
                    .shardingItemParameters("0=w,1=x,2=y,3=z")
                    .build();
            a.schedule(note(ran, "a"), everySecond);
            b.schedule(note(ran, "b"), everySecond);
            await(() -> ran.getOrDefault("a", Set.of()).size() >= 2
                    && ran.getOrDefault("b", Set.of()).size() >= 2);
            a.close();
            ran.clear();
            await(() -> ran.getOrDefault("b", Set.of()).size() == 4);
        }
        assertThat(server.dump().keySet())
                .noneMatch(path -> path.contains("/instances/")
                        || path.endsWith("/running")
                        || path.endsWith("/election/instance")
                        || path.contains("/latch/"));
    }

    @ElasticJobConfiguration(
            jobName = "annotated",
            shardingTotalCount = 2,
            shardingItemParameters = "0=north,1=south",
            props = @ElasticJobConfiguration.Prop(key = "carillon.retry.max", value = "1"))
    private static final class Annotated implements SimpleJob {
        private final BlockingQueue<String> ran = new LinkedBlockingQueue<>();

        @Override
        public void execute(io.carillon.jobs.ShardingContext context) {
            ran.add(context.getShardingParameter());
        }
    }

    @Test
    void aJobThatSaysByAnnotationHowItRunsNeedsNoMore() throws Exception {
        Annotated job = new Annotated();
        try (JobEngine engine = engine(server.connect(), "a")) {
            assertThat(engine.schedule(job).jobName()).isEqualTo("annotated");
            assertThat(engine.commands()
                            .configuration("annotated")
                            .orElseThrow()
                            .getProps())
                    .containsEntry("carillon.retry.max", "1");
            engine.commands().trigger("annotated");
            assertThat(List.of(
                            Objects.requireNonNull(job.ran.poll(30, TimeUnit.SECONDS)),
                            Objects.requireNonNull(job.ran.poll(30, TimeUnit.SECONDS))))
                    .containsExactlyInAnyOrder("north", "south");
        }
    }

    private static SimpleJob note(Map<String, Set<Integer>> ran, String who) {
        return new Noting(ran, who);
    }

    private record Noting(Map<String, Set<Integer>> ran, String who) implements SimpleJob {
        @Override
        public void execute(io.carillon.jobs.ShardingContext context) {
            ran.computeIfAbsent(who, ignored -> ConcurrentHashMap.newKeySet()).add(context.getShardingItem());
        }
    }

    @Test
    void aRunWhoseSessionIsLostIsInterruptedAndItsClaimIsGone() throws Exception {
        InMemoryRegistry.Client client = server.connect();
        CountDownLatch running = new CountDownLatch(1);
        BlockingQueue<Boolean> heldAfterInterrupt = new LinkedBlockingQueue<>();
        try (JobEngine engine = engine(client, "a")) {
            engine.schedule(
                    context -> {
                        running.countDown();
                        try {
                            new CountDownLatch(1).await();
                        } catch (InterruptedException e) {
                            heldAfterInterrupt.add(context.isClaimHeld());
                        }
                    },
                    JobConfiguration.newBuilder("lost", 1).cron("0/1 * * * * ?").build());
            assertThat(running.await(30, TimeUnit.SECONDS)).isTrue();
            client.expireSession();
            assertThat(heldAfterInterrupt.poll(30, TimeUnit.SECONDS)).isFalse();
            await(() -> server.dump().containsKey("/test/lost/instances/10.0.0.1@-@a"));
        }
    }

    @Test
    void aProcessThatStoodStillLongerThanTheSessionTimeoutHasLostItsClaims() throws Exception {
        ManualTime time = new ManualTime(Instant.parse("2026-01-01T00:00:00Z"));
        CountDownLatch running = new CountDownLatch(1);
        CountDownLatch thawed = new CountDownLatch(1);
        BlockingQueue<Boolean> held = new LinkedBlockingQueue<>();
        BlockingQueue<RunRecord> records = new LinkedBlockingQueue<>();
        JobEngineOptions options = JobEngineOptions.newBuilder("test")
                .instanceId("10.0.0.1@-@a")
                .time(time)
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
                .build();
        try (JobEngine engine = ClusterJobEngine.start(server.connect(), options)) {
            engine.schedule(
                    context -> {
                        held.add(context.isClaimHeld());
                        running.countDown();
                        try {
                            thawed.await();
                            held.add(context.isClaimHeld());
                            new CountDownLatch(1).await();
                        } catch (InterruptedException e) {
                            held.add(context.isClaimHeld());
                        }
                    },
                    JobConfiguration.newBuilder("frozen", 1).build());
            engine.commands().trigger("frozen");
            assertThat(running.await(30, TimeUnit.SECONDS)).isTrue();
            assertThat(held.poll(30, TimeUnit.SECONDS)).isTrue();
            // the session is well and says nothing; only the clock tells
            time.advance(Duration.ofSeconds(5));
            thawed.countDown();
            assertThat(held.poll(30, TimeUnit.SECONDS)).isFalse();
            RunRecord record = records.poll(30, TimeUnit.SECONDS);
            assertThat(record).isNotNull();
            assertThat(record.outcome()).isEqualTo(RunRecord.Outcome.INTERRUPTED);
            assertThat(held).doesNotContain(true);
        }
    }

    @Test
    void aStreamingDataflowGoesOnUntilThereIsNothingMoreAndMakesRoomForAReshard() throws Exception {
        Map<String, Set<Integer>> ran = new ConcurrentHashMap<>();
        JobConfiguration streaming = JobConfiguration.newBuilder("stream", 2)
                .cron("0/1 * * * * ?")
                .setProperty("streaming.process", "true")
                .build();
        AtomicInteger rounds = new AtomicInteger();
        AtomicBoolean endless = new AtomicBoolean();
        try (JobEngine a = engine(server.connect(), "a");
                JobEngine b = engine(server.connect(), "b")) {
            a.schedule(
                    new Streaming(ran, "a", rounds, endless),
                    streaming.toBuilder().cron(null).build());
            a.commands().trigger("stream");
            await(() -> rounds.get() == 6);
            await(() -> noneRunning(server));
            assertThat(rounds).as("three rounds of each item").hasValue(6);
            endless.set(true);
            a.commands().update(streaming);
            await(() -> ran.getOrDefault("a", Set.of()).size() == 2 && rounds.get() > 100);
            // without a pause of the endless stream, the second instance would never get an item
            b.schedule(new Streaming(ran, "b", rounds, endless), streaming);
            await(() -> ran.getOrDefault("b", Set.of()).size() == 1);
        }
    }

    /** Three rounds per run and item, or no end. */
    private static final class Streaming implements DataflowJob<Integer> {

        private final Map<String, Set<Integer>> ran;
        private final String who;
        private final AtomicInteger rounds;
        private final AtomicBoolean endless;
        private final Map<Integer, Integer> fetched = new ConcurrentHashMap<>();

        Streaming(Map<String, Set<Integer>> ran, String who, AtomicInteger rounds, AtomicBoolean endless) {
            this.ran = ran;
            this.who = who;
            this.rounds = rounds;
            this.endless = endless;
        }

        @Override
        public List<Integer> fetchData(ShardingContext context) {
            LockSupport.parkNanos(1_000_000);
            int round = fetched.merge(context.getShardingItem(), 1, Integer::sum);
            return round <= 3 || endless.get() ? List.of(round) : List.of();
        }

        @Override
        public void processData(ShardingContext context, List<Integer> data) {
            ran.computeIfAbsent(who, ignored -> ConcurrentHashMap.newKeySet()).add(context.getShardingItem());
            rounds.incrementAndGet();
        }
    }

    @Test
    void aJobOfAnotherClassIsRefused() {
        try (JobEngine a = engine(server.connect(), "a");
                JobEngine b = engine(server.connect(), "b")) {
            JobConfiguration configuration =
                    JobConfiguration.newBuilder("conflict", 1).build();
            a.schedule(note(new ConcurrentHashMap<>(), "a"), configuration);
            assertThatThrownBy(() -> b.schedule(context -> {}, configuration))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("job 'conflict': class")
                    .hasMessageContaining("expected: " + Noting.class.getName());
        }
    }

    @Test
    void aFirstStartTakesAtMostFifteenRequestsAndAFiringTwo() throws Exception {
        InMemoryRegistry own = InMemoryRegistry.threaded(new SystemTime(), Duration.ofSeconds(40));
        InMemoryRegistry.Client client = own.connect();
        try (JobEngine engine = engine(client, "a")) {
            long before = own.requests();
            BlockingQueue<Integer> ran = new LinkedBlockingQueue<>();
            engine.schedule(
                    context -> ran.add(context.getShardingItem()),
                    JobConfiguration.newBuilder("frugal", 3)
                            .cron("0/1 * * * * ?")
                            .build());
            for (int i = 0; i < 3; i++) {
                ran.poll(30, TimeUnit.SECONDS);
            }
            await(() -> noneRunning(own));
            long started = own.requests();
            assertThat(started - before).isLessThanOrEqualTo(15);
            for (int i = 0; i < 6; i++) {
                ran.poll(30, TimeUnit.SECONDS);
            }
            await(() -> noneRunning(own));
            assertThat(own.requests() - started).isBetween(4L, 6L);
        }
    }

    private static boolean noneRunning(InMemoryRegistry registry) {
        return registry.dump().keySet().stream().noneMatch(path -> path.endsWith("/running"));
    }

    private static void await(BooleanSupplier condition) {
        SystemTime time = new SystemTime();
        var until = time.instant().plusSeconds(30);
        while (!condition.getAsBoolean()) {
            assertThat(time.instant()).isBefore(until);
            LockSupport.parkNanos(1_000_000);
        }
    }
}

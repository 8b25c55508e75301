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
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
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

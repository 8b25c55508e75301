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
package io.carillon.jobs.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.JobEngine;
import io.carillon.jobs.JobEngineOptions;
import io.carillon.jobs.coordination.Registry.Node;
import io.carillon.jobs.coordination.Registry.Read;
import io.carillon.jobs.coordination.Registry.SessionEvent;
import io.carillon.jobs.engine.ClusterJobEngine;
import io.carillon.testkit.registry.RegistryRecorder;
import io.carillon.testkit.registry.RegistryRecorder.Told;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A real ZooKeeper that goes away and comes back, or ends a session, under whole engines. */
@Tag("story")
final class ReconnectStoryTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static JobEngine engine(ZooKeeperRegistry registry, String id) {
        return ClusterJobEngine.start(
                registry,
                JobEngineOptions.newBuilder("ns")
                        .instanceId(id)
                        .registryTimeout(PATIENCE)
                        .build());
    }

    private static void until(BooleanSupplier condition, String what) {
        for (int i = 0; i < 6000; i++) {
            if (condition.getAsBoolean()) {
                return;
            }
            LockSupport.parkNanos(10_000_000);
        }
        throw new AssertionError("did not come: " + what);
    }

    @Test
    void aRestartOfZooKeeperDuringARunKeepsItsMarkAndNobodyRunsTheItemAgain() throws Exception {
        try (LocalZooKeeper zooKeeper = new LocalZooKeeper();
                ZooKeeperRegistry first = zooKeeper.open();
                ZooKeeperRegistry second = zooKeeper.open();
                ZooKeeperRegistry watching = zooKeeper.open();
                JobEngine a = engine(first, "10.0.0.1@-@1");
                JobEngine b = engine(second, "10.0.0.2@-@1")) {
            BlockingQueue<Boolean> began = new LinkedBlockingQueue<>();
            CountDownLatch mayEnd = new CountDownLatch(1);
            AtomicInteger ended = new AtomicInteger();
            AtomicInteger lost = new AtomicInteger();
            JobConfiguration job =
                    JobConfiguration.newBuilder("long", 1).failover(true).build();
            for (JobEngine engine : new JobEngine[] {a, b}) {
                engine.schedule(
                        context -> {
                            began.add(true);
                            mayEnd.await();
                            if (!context.isClaimHeld()) {
                                lost.incrementAndGet();
                            }
                            ended.incrementAndGet();
                        },
                        job);
            }
            a.commands().trigger("long");
            assertThat(began.poll(60, TimeUnit.SECONDS)).isTrue();
            RegistryRecorder here = new RegistryRecorder(watching, PATIENCE);
            here.listen();
            here.watch("/ns/long");
            Node mark = here.node("/ns/long/sharding/0/running");

            zooKeeper.server().restart();
            here.await(new Told.Resync("/ns/long")::equals, "the reconnection");
            for (ZooKeeperRegistry registry : new ZooKeeperRegistry[] {first, second}) {
                CountDownLatch answered = new CountDownLatch(1);
                until(
                        () -> {
                            registry.read(java.util.List.of(new Read.Get("/ns/long")), result -> {
                                if (result instanceof io.carillon.jobs.coordination.Registry.ReadResult.Values) {
                                    answered.countDown();
                                }
                            });
                            return answered.getCount() == 0;
                        },
                        "the reconnection of an instance");
            }
            // long enough for both to look at everything again, and to take the item over if they wanted to
            assertThat(began.poll(2, TimeUnit.SECONDS)).isNull();
            assertThat(here.node("/ns/long/sharding/0/running")).isEqualTo(mark);

            mayEnd.countDown();
            until(() -> ended.get() == 1, "the end of the run");
            until(() -> !here.exists("/ns/long/sharding/0/running"), "the end of the mark");
            assertThat(lost).hasValue(0);
            assertThat(began).isEmpty();
            assertThat(here.told())
                    .noneMatch(told -> told instanceof Told.Session s && s.event() instanceof SessionEvent.Expired);
        }
    }

    @Test
    void twentyCronJobsAndTwentyOneOffJobsLiveOnAfterTheServerEndedTheirSession() throws Exception {
        try (LocalZooKeeper zooKeeper = new LocalZooKeeper();
                ZooKeeperRegistry registry = zooKeeper.open();
                ZooKeeperRegistry watching = zooKeeper.open();
                JobEngine engine = engine(registry, "10.0.0.1@-@1")) {
            Map<String, Integer> runs = new ConcurrentHashMap<>();
            for (int i = 0; i < 20; i++) {
                engine.schedule(
                        context -> runs.merge(context.getJobName(), 1, Integer::sum),
                        JobConfiguration.newBuilder("cron-" + i, 1)
                                .cron("* * * * * ?")
                                .build());
                engine.schedule(
                        context -> runs.merge(context.getJobName(), 1, Integer::sum),
                        JobConfiguration.newBuilder("once-" + i, 1).build());
            }
            until(() -> runs.size() == 20, "a run of each cron job");
            RegistryRecorder here = new RegistryRecorder(watching, PATIENCE);
            long old = here.node("/ns/cron-0/instances/10.0.0.1@-@1").ephemeralOwner();
            zooKeeper.expire(registry);
            for (int i = 0; i < 20; i++) {
                for (String job : new String[] {"cron-" + i, "once-" + i}) {
                    String instance = "/ns/" + job + "/instances/10.0.0.1@-@1";
                    until(
                            () -> here.exists(instance) && here.node(instance).ephemeralOwner() != old,
                            "the new instance node of " + job);
                }
            }
            runs.clear();
            for (int i = 0; i < 20; i++) {
                engine.commands().trigger("once-" + i);
            }
            until(() -> runs.size() == 40, "a run of each job");
            for (int i = 0; i < 20; i++) {
                assertThat(runs).containsEntry("once-" + i, 1);
            }
        }
    }
}

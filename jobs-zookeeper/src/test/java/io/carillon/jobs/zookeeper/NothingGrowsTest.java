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
import io.carillon.jobs.coordination.JobPaths;
import io.carillon.jobs.coordination.Registry;
import io.carillon.jobs.coordination.Registry.CreateMode;
import io.carillon.jobs.coordination.Registry.Write;
import io.carillon.jobs.engine.ClusterJobEngine;
import io.carillon.jobs.engine.SystemTime;
import io.carillon.jobs.operations.JobQueries;
import io.carillon.jobs.scheduling.CronSchedule;
import io.carillon.testkit.jobs.InMemoryRegistry;
import io.carillon.testkit.jobs.ManualTime;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import javax.management.ObjectName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A thousand firings, a hundred expired sessions and a hundred changed configurations leave nothing behind: no thread or hook
 * more, no watch, no node, no object of ours.
 */
final class NothingGrowsTest {

    private static final int JOBS = 5;
    private static final int VERSIONS_KEPT = 20;
    private static final int ROUNDS = 100;
    private static final int FIRINGS_PER_ROUND = 10;
    private static final List<String> ERROR_HANDLERS = List.of("LOG", "THROW", "IGNORE");
    private static final List<String> POOLS = List.of("CPU", "SINGLE_THREAD");

    /** Virtual time passes here faster than a busy machine can follow: that must not look like a process that stood still. */
    private static final Duration NEVER_FROZEN = Duration.ofHours(1);

    private static final Duration STEP = Duration.ofMillis(500);

    private final ManualTime time = new ManualTime(Instant.parse("2026-01-01T00:00:00.600Z"));
    private final AtomicInteger runs = new AtomicInteger();

    /** The server, as far as it differs between the two tests. */
    private interface Server {
        Registry admin();

        void expire();

        int watches();

        long nodes();

        /** How long a {@link #STEP} of virtual time takes. */
        Duration pace();
    }

    /** What is there at a moment, by name. */
    private static Map<String, Long> counted(Server server) throws Exception {
        Map<String, Long> counts = new TreeMap<>(ourObjects());
        counts.put("watches", (long) server.watches());
        counts.put("nodes", server.nodes());
        return counts;
    }

    /** Live objects of our engine by class, and live objects that are threads: started or not, so also shutdown hooks. */
    private static Map<String, Long> ourObjects() throws Exception {
        String histogram = (String) ManagementFactory.getPlatformMBeanServer()
                .invoke(
                        new ObjectName("com.sun.management:type=DiagnosticCommand"),
                        "gcClassHistogram",
                        new Object[] {new String[0]},
                        new String[] {String[].class.getName()});
        Map<String, Long> objects = new TreeMap<>();
        for (String line : histogram.split("\n", -1)) {
            String[] words = line.trim().split("\\s+", -1);
            if (words.length < 4 || !words[0].endsWith(":")) {
                continue;
            }
            String type = words[3];
            if (type.startsWith("io.carillon.jobs.")) {
                // what a lambda or a string switch is called differs from run to run; values come and go with each
                // firing
                objects.merge(type.replaceAll("\\$\\$Lambda.*", "\\$\\$Lambda"), Long.parseLong(words[1]), Long::sum);
            } else if (isThread(type)) {
                objects.merge("threads and hooks", Long.parseLong(words[1]), Long::sum);
            }
        }
        return objects;
    }

    private static boolean isThread(String type) {
        try {
            return Thread.class.isAssignableFrom(Class.forName(type, false, NothingGrowsTest.class.getClassLoader()));
        } catch (ClassNotFoundException | LinkageError e) {
            return false;
        }
    }

    @Test
    void fault17OnARegistryInMemory() throws Exception {
        InMemoryRegistry memory = InMemoryRegistry.threaded(time, NEVER_FROZEN);
        InMemoryRegistry.Client client = memory.connect();
        check(client, inMemory(memory, client));
    }

    @Test
    void fault17JobsThatComeAndGoLeaveNothingBehind() throws Exception {
        InMemoryRegistry memory = InMemoryRegistry.threaded(time, NEVER_FROZEN);
        InMemoryRegistry.Client client = memory.connect();
        Server server = inMemory(memory, client);
        try (JobEngine engine = ClusterJobEngine.start(
                client,
                JobEngineOptions.newBuilder("leaks")
                        .instanceId("10.0.0.1@-@a")
                        .workerThreads(4)
                        .time(time)
                        .build())) {
            for (int round = 0; round < 5; round++) {
                comeAndGo(engine);
            }
            Map<String, Long> warm = counted(server);
            for (int round = 0; round < ROUNDS; round++) {
                comeAndGo(engine);
            }
            await(() -> grown(server, warm).isEmpty());
            // the last one may still be on its way out
            await(() -> ourObjectsNow().keySet().stream().noneMatch(NothingGrowsTest::isOfAJob));
        }
    }

    /** A job is started, runs, is left and removed. */
    private void comeAndGo(JobEngine engine) {
        int before = runs.get();
        JobEngine.JobHandle job = engine.schedule(
                context -> runs.incrementAndGet(),
                JobConfiguration.newBuilder("comes-and-goes", 2)
                        .jobErrorHandlerType("IGNORE")
                        .jobExecutorThreadPoolSizeProviderType("SINGLE_THREAD")
                        .build());
        engine.commands().trigger("comes-and-goes");
        await(() -> runs.get() == before + 2);
        job.close();
        engine.commands().removeJob("comes-and-goes");
    }

    private static Server inMemory(InMemoryRegistry memory, InMemoryRegistry.Client client) {
        InMemoryRegistry.Client admin = memory.connect();
        return new Server() {
            @Override
            public Registry admin() {
                return admin;
            }

            @Override
            public void expire() {
                client.expireSession();
                client.reconnect();
            }

            @Override
            public int watches() {
                return memory.watches();
            }

            @Override
            public long nodes() {
                memory.reapContainers();
                return memory.dump().size();
            }

            @Override
            public Duration pace() {
                return Duration.ofMillis(1);
            }
        };
    }

    @Test
    @Tag("story")
    void fault17OnARealZooKeeper() throws Exception {
        try (LocalZooKeeper zooKeeper = new LocalZooKeeper();
                ZooKeeperRegistry registry = zooKeeper.open();
                ZooKeeperRegistry admin = zooKeeper.open()) {
            check(registry, new Server() {
                @Override
                public Registry admin() {
                    return admin;
                }

                @Override
                public void expire() {
                    long before = registry.handle().getSessionId();
                    zooKeeper.expire(registry);
                    await(() -> registry.handle().getSessionId() != before);
                }

                @Override
                public int watches() {
                    return zooKeeper.watchCount();
                }

                @Override
                public long nodes() {
                    return zooKeeper.nodeCount();
                }

                @Override
                public Duration pace() {
                    return Duration.ofMillis(10);
                }
            });
        }
    }

    private void check(Registry registry, Server server) throws Exception {
        try (JobEngine engine = ClusterJobEngine.start(
                registry,
                JobEngineOptions.newBuilder("leaks")
                        .instanceId("10.0.0.1@-@a")
                        .workerThreads(4)
                        .time(time)
                        .build())) {
            List<JobEngine.JobHandle> handles = new ArrayList<>();
            for (int job = 0; job < JOBS; job++) {
                handles.add(engine.schedule(
                        context -> runs.incrementAndGet(),
                        JobConfiguration.newBuilder("job-" + job, 2)
                                .cron("* * * * * ?")
                                .timeZone("GMT")
                                .failover(true)
                                .build()));
            }
            for (int round = 0; round < 3; round++) {
                round(engine, server, round);
            }
            fillVersions(engine);
            Map<String, Long> warm = counted(server);
            int ran = runs.get();
            for (int round = 0; round < ROUNDS; round++) {
                round(engine, server, round);
            }
            assertThat(runs.get() - ran).isGreaterThanOrEqualTo(2 * ROUNDS * FIRINGS_PER_ROUND);

            // a session of before may still be on its way out, and so may its threads
            await(() -> grown(server, warm).isEmpty());
            Map<String, Long> now = counted(server);
            System.out.printf(
                    "| %,d runs, %d expired sessions, %d changed configurations | threads and hooks %d, then %d |"
                            + " watches %d, then %d | nodes %d, then %d | our objects %d, then %d |%n",
                    runs.get() - ran,
                    ROUNDS,
                    ROUNDS,
                    warm.get("threads and hooks"),
                    now.get("threads and hooks"),
                    warm.get("watches"),
                    now.get("watches"),
                    warm.get("nodes"),
                    now.get("nodes"),
                    ours(warm),
                    ours(now));

            handles.forEach(JobEngine.JobHandle::close);
            await(() -> server.watches() == warm.get("watches") - JOBS);
            await(() -> ourObjectsNow().keySet().stream()
                    .noneMatch(type -> isOfAJob(type) && !type.equals(CronSchedule.class.getName())));
            assertThat(ourObjectsNow().getOrDefault(CronSchedule.class.getName(), 0L))
                    .as(
                            "the jobs are still there: of each the queries remember the stored and the declared configuration")
                    .isLessThanOrEqualTo(2L * JOBS);
            assertThat(ourObjectsNow().get("io.carillon.jobs.engine.EngineLoop$Timer"))
                    .as("the engine's own tick is all that is left, by each of the host's two clocks")
                    .isEqualTo(2);
        }
    }

    private static boolean isOfAJob(String type) {
        return Set.of("engine.LocalJob", "engine.FireJob", "execution.ItemRun", "scheduling.CronSchedule")
                .contains(type.replace("io.carillon.jobs.", ""));
    }

    private static Map<String, Long> ourObjectsNow() {
        try {
            return ourObjects();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static long ours(Map<String, Long> counts) {
        return counts.entrySet().stream()
                .filter(entry -> entry.getKey().startsWith("io.carillon."))
                .mapToLong(Map.Entry::getValue)
                .sum();
    }

    /** What has grown since; a few objects of a kind more or less are the moment's. */
    private static Map<String, String> grown(Server server, Map<String, Long> since) {
        try {
            Map<String, String> grown = new TreeMap<>();
            counted(server).forEach((what, count) -> {
                long then = since.getOrDefault(what, 0L);
                long tolerated = what.startsWith("io.carillon.") ? ROUNDS / 4 : 0;
                if (count > then + tolerated) {
                    grown.put(what, then + " -> " + count);
                }
            });
            if (!grown.isEmpty()) {
                System.err.println("grown: " + grown);
                LockSupport.parkNanos(200_000_000);
            }
            return grown;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /** The latest stored configurations of a job are kept, a bounded number: from here on each new one replaces an old one. */
    private static void fillVersions(JobEngine engine) {
        for (int job = 0; job < JOBS; job++) {
            for (int change = 0; change <= VERSIONS_KEPT; change++) {
                JobConfiguration stored =
                        engine.commands().configuration("job-" + job).orElseThrow();
                engine.commands()
                        .update(stored.toBuilder()
                                .jobParameter("version " + change)
                                .build());
            }
        }
    }

    /** Ten firings in all, a session that expires and a configuration that changes. */
    private void round(JobEngine engine, Server server, int round) {
        int wanted = runs.get() + 2 * FIRINGS_PER_ROUND;
        await(() -> {
            timePasses(server, STEP);
            return runs.get() >= wanted;
        });
        JobConfiguration stored =
                engine.commands().configuration("job-" + round % JOBS).orElseThrow();
        engine.commands()
                .update(stored.toBuilder()
                        .jobParameter("round " + round)
                        .cron(round % 2 == 0 ? "* * * * * ?" : "0/1 * * * * ?")
                        .jobErrorHandlerType(ERROR_HANDLERS.get(round % 3))
                        .jobExecutorThreadPoolSizeProviderType(POOLS.get(round % 2))
                        .build());
        server.expire();
        await(() -> {
            timePasses(server, STEP);
            return isSettled(engine);
        });
    }

    private void timePasses(Server server, Duration by) {
        time.advance(by);
        nudge(server.admin());
        LockSupport.parkNanos(server.pace().toNanos());
    }

    /** Whether every job is registered and led again, and nothing is running. */
    private static boolean isSettled(JobEngine engine) {
        return engine.queries().jobs().stream()
                .allMatch(job -> job.leader() != null
                        && job.items().size() == 2
                        && job.items().stream().allMatch(JobQueries.ItemStatus::ownerOnline));
    }

    /** Makes the engine look at its clock: a change in the registry wakes it. Returns when the registry has made it. */
    private static void nudge(Registry admin) {
        String node = new JobPaths("leaks", "job-0").root() + "/nudge";
        CompletableFuture<Object> done = new CompletableFuture<>();
        admin.commit(
                List.of(new Write.Create(node, "", CreateMode.PERSISTENT), new Write.Delete(node, 0)), done::complete);
        done.orTimeout(120, TimeUnit.SECONDS).join();
    }

    private static void await(BooleanSupplier condition) {
        SystemTime real = new SystemTime();
        Instant until = real.instant().plusSeconds(120);
        while (!condition.getAsBoolean()) {
            assertThat(real.instant()).isBefore(until);
            LockSupport.parkNanos(1_000_000);
        }
    }
}

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
package io.carillon.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.JobEngine;
import io.carillon.jobs.JobEngineOptions;
import io.carillon.jobs.coordination.JobPaths;
import io.carillon.jobs.coordination.Registry;
import io.carillon.jobs.coordination.ShardingStrategy;
import io.carillon.jobs.engine.ClusterJobEngine;
import io.carillon.jobs.zookeeper.ZooKeeperOptions;
import io.carillon.jobs.zookeeper.ZooKeeperRegistry;
import io.carillon.launcher.ChildProcess;
import io.carillon.launcher.Ports;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real leader of ElasticJob's deals the items of many jobs over instances of both: each owner is the one whom Carillon names. */
@Tag("elasticjob")
class StrategiesBesideElasticJobStoryTest {

    private static final String NAMESPACE = "strategies";

    /** Hashes that are even and odd, positive and negative. */
    private static final List<String> NAMES =
            List.of("jobA", "jobB", "order-report", "a-job-with-a-long-name", "clean");

    /** Fewer items than instances, more, and with a rest. */
    private static final List<Integer> ITEMS = List.of(1, 2, 4, 8, 10);

    @TempDir
    private Path folder;

    /** A job that is dealt. */
    private record Job(String name, String strategy, int items) {}

    private static List<Job> jobs() {
        List<Job> jobs = new ArrayList<>();
        for (String strategy : List.of("AVG_ALLOCATION", "ODEVITY", "ROUND_ROBIN")) {
            for (int i = 0; i < NAMES.size(); i++) {
                jobs.add(new Job(NAMES.get(i) + "-" + strategy.charAt(0), strategy, ITEMS.get(i)));
            }
        }
        return jobs;
    }

    @Test
    void everyItemHasTheOwnerWhomCarillonNamesUnderALeaderOfElasticJobsAndUnderItsOwn() throws Exception {
        int port = new Ports().next();
        String zooKeeper = "127.0.0.1:" + port;
        List<Job> jobs = jobs();
        List<String> arguments = new ArrayList<>(List.of(zooKeeper, NAMESPACE));
        jobs.forEach(job -> arguments.add(job.name + ":" + job.strategy + ":" + job.items));
        ChildProcess server = new ChildProcess(
                "zookeeper",
                Stories.server("ZooKeeperServer"),
                Stories.SMALL_JVM,
                List.of("--port", "" + port, "--dir", folder.resolve("zk").toString()),
                folder,
                line -> line.startsWith("READY "));
        ChildProcess peer = new ChildProcess(
                "peer",
                MixedCluster.peer("ElasticJobStrategies"),
                Stories.SMALL_JVM,
                arguments,
                folder,
                line -> line.startsWith("READY "));
        try {
            server.start().awaitReady(Duration.ofMinutes(1));
            peer.start().awaitReady(Duration.ofMinutes(2));
            try (ZooKeeperRegistry first = ZooKeeperRegistry.open(
                            ZooKeeperOptions.builder(zooKeeper).build());
                    ZooKeeperRegistry second = ZooKeeperRegistry.open(
                            ZooKeeperOptions.builder(zooKeeper).build());
                    JobEngine a = start(first, "10.0.0.1");
                    JobEngine b = start(second, "250.0.0.2")) {
                for (Job job : jobs) {
                    JobConfiguration configuration = JobConfiguration.newBuilder(job.name, job.items)
                            .jobShardingStrategyType(job.strategy)
                            .build();
                    a.schedule(new MixedJob(Duration.ZERO), configuration);
                    b.schedule(new MixedJob(Duration.ZERO), configuration);
                }
                assertThat(jobs)
                        .as("the hashes of the names")
                        .anyMatch(job -> job.name.hashCode() < 0 && job.name.hashCode() % 2 == 0)
                        .anyMatch(job -> job.name.hashCode() < 0 && job.name.hashCode() % 2 != 0)
                        .anyMatch(job -> job.name.hashCode() > 0 && job.name.hashCode() % 2 == 0)
                        .anyMatch(job -> job.name.hashCode() > 0 && job.name.hashCode() % 2 != 0);
                for (Job job : jobs) {
                    String leader = leader(first, job);
                    assertThat(leader).doesNotContain("10.0.0.1@", "250.0.0.2@");
                    dealt(first, a, job, 3);
                }
                peer.kill();
                for (Job job : jobs) {
                    MixedCluster.await("another leader of " + job.name, () -> leader(first, job)
                            .matches("(10.0.0.1|250.0.0.2)@-@.*"));
                    dealt(first, a, job, 2);
                }
            }
        } finally {
            peer.close();
            peer.kill();
            server.close();
            server.kill();
        }
    }

    private static JobEngine start(Registry registry, String ip) {
        return ClusterJobEngine.start(
                registry, JobEngineOptions.newBuilder(NAMESPACE).instanceIp(ip).build());
    }

    private static String leader(Registry registry, Job job) throws Exception {
        return MixedCluster.node(registry, new JobPaths(NAMESPACE, job.name).leaderInstance());
    }

    /**
     * Compares each owner with the one whom Carillon's strategy names, after a deal where one is due: ElasticJob's leader deals
     * after each change of the instances, Carillon's where that changes an owner.
     */
    private static void dealt(Registry registry, JobEngine engine, Job job, int instances) throws Exception {
        JobPaths paths = new JobPaths(NAMESPACE, job.name);
        List<String> ids = MixedCluster.children(registry, paths.instances());
        assertThat(ids).as("instances of " + job).hasSize(instances);
        List<String> wanted = Objects.requireNonNull(ShardingStrategy.of(job.strategy))
                .owners(new ShardingStrategy.Deal(
                        job.name, ids.stream().sorted(Comparator.reverseOrder()).toList(), job.items, List.of()));
        MixedCluster.await(
                "the request to deal " + job.name,
                () -> isDealDue(registry, paths) || owners(registry, job).equals(wanted));
        if (isDealDue(registry, paths)) {
            engine.commands().trigger(job.name);
            MixedCluster.await(
                    "the deal of " + job.name,
                    () -> !isDealDue(registry, paths) && !owners(registry, job).contains(""));
        }
        assertThat(owners(registry, job))
                .as(job + " under " + leader(registry, job))
                .isEqualTo(wanted);
    }

    private static boolean isDealDue(Registry registry, JobPaths paths) throws Exception {
        return MixedCluster.children(registry, paths.leaderSharding()).contains("necessary");
    }

    private static List<String> owners(Registry registry, Job job) throws Exception {
        List<String> owners = new ArrayList<>();
        for (int item = 0; item < job.items; item++) {
            owners.add(MixedCluster.node(registry, new JobPaths(NAMESPACE, job.name).owner(item)));
        }
        return owners;
    }
}

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
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.history.RunHistory;
import io.carillon.jobs.operations.ConfigurationConflictException;
import io.carillon.jobs.operations.JobCommands;
import io.carillon.jobs.operations.JobDump;
import io.carillon.jobs.operations.JobQueries;
import io.carillon.jobs.operations.JobStatistics;
import io.carillon.jobs.operations.JobStatistics.ItemState;
import io.carillon.jobs.operations.JobStatistics.JobState;
import io.carillon.jobs.operations.RegistryOperations;
import io.carillon.jobs.operations.Target;
import io.carillon.launcher.SystemTime;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each side's operation API rules a job of the other side, over ZooKeeper only. */
@Tag("elasticjob")
class LifecycleStoryTest {

    private static final String EACH_SECOND = "* * * * * ?";
    private static final String NEVER = "0 0 0 1 1 ? 2099";
    private static final String JOB = MixedCluster.JOB;

    @TempDir
    private Path folder;

    @Test
    void elasticJobsLifecycleApiReadsAndRulesAJobOfCarillon() throws Exception {
        try (MixedCluster cluster = new MixedCluster(folder, EACH_SECOND, 3, false, Duration.ZERO).open()) {
            cluster.start("c1");
            awaitItems(cluster, Set.of(0, 1, 2));
            String id = cluster.idOf("c1");
            String ip = id.substring(0, id.indexOf("@-@"));

            List<String> facts = cluster.lifecycle(
                    "jobsCount", "jobs", "job " + JOB, "jobsOf " + ip, "serversCount", "servers", "config " + JOB);
            assertThat(facts)
                    .containsExactly(
                            "jobsCount: 1",
                            "jobs: " + JOB + " OK instances=1 items=3",
                            "job " + JOB + ": " + JOB + " OK instances=1 items=3",
                            // ElasticJob leaves the number of items out here, for its own jobs too
                            "jobsOf " + ip + ": " + JOB + " OK instances=1 items=0",
                            "serversCount: 1",
                            "servers: " + ip + " instances=[" + id + "] jobs=1 disabled=0",
                            "config " + JOB + ": " + JOB
                                    + " cron=*_*_*_*_*_? items=3 parameter= description= failover=false"
                                    + " monitorExecution=true");
            assertThat(cluster.lifecycle("items " + JOB)).hasSize(3).allSatisfy(line -> assertThat(line)
                    .matches("items " + JOB + ": [012] (PENDING|RUNNING) " + id + " failover=false"));

            assertThat(cluster.lifecycle("dump " + JOB + " 127.0.0.1 " + cluster.dumpPort("c1")))
                    .as("each line a node, addresses replaced")
                    .anyMatch(line -> line.contains("/" + JOB + "/config | "))
                    .anyMatch(line -> line.contains("/leader/election/instance | ip1@-@"))
                    .noneMatch(line -> line.contains(ip + "@-@"));

            cluster.lifecycle("update " + JOB + " items=5 parameter=p");
            awaitItems(cluster, Set.of(0, 1, 2, 3, 4));
            cluster.lifecycle("update " + JOB + " cron=" + NEVER.replace(' ', '_'));
            awaitSilence(cluster);
            int before = runs(cluster);
            cluster.lifecycle("trigger " + JOB);
            MixedCluster.await("the triggered runs", () -> runs(cluster) == before + 5);
            awaitSilence(cluster);
            assertThat(runs(cluster)).isEqualTo(before + 5);
            assertThat(cluster.children(MixedCluster.PATHS.triggers())).isEmpty();
            cluster.lifecycle("update " + JOB + " items=3 cron=" + EACH_SECOND.replace(' ', '_'));
            awaitItems(cluster, Set.of(0, 1, 2));

            assertThat(cluster.lifecycle("disableItem " + JOB + " 1", "items " + JOB))
                    .anyMatch(line -> line.contains("1 DISABLED"));
            awaitItems(cluster, Set.of(0, 2));
            cluster.lifecycle("enableItem " + JOB + " 1");
            awaitItems(cluster, Set.of(0, 1, 2));

            for (String scope : List.of(JOB + " -", JOB + " " + ip, "- " + ip)) {
                assertThat(cluster.lifecycle("disable " + scope, "job " + JOB))
                        .containsExactly("job " + JOB + ": " + JOB + " DISABLED instances=1 items=3");
                awaitSilence(cluster);
                cluster.lifecycle("enable " + scope);
                awaitItems(cluster, Set.of(0, 1, 2));
            }

            int instance = 1;
            for (String scope : List.of(JOB + " -", JOB + " " + ip, "- " + ip)) {
                cluster.lifecycle("shutdown " + scope);
                awaitSilence(cluster);
                // not the items: ElasticJob's API fails on an owner that is offline
                assertThat(cluster.lifecycle("job " + JOB))
                        .containsExactly("job " + JOB + ": " + JOB + " CRASHED instances=0 items=3");
                cluster.start("c" + ++instance);
                awaitItems(cluster, Set.of(0, 1, 2));
            }
            for (String scope : List.of(JOB + " -", JOB + " " + ip, "- " + ip)) {
                cluster.lifecycle("remove " + scope);
                awaitSilence(cluster);
                assertThat(cluster.lifecycle("serversCount", "job " + JOB))
                        .containsExactly("serversCount: 0", "job " + JOB + ": " + JOB + " CRASHED instances=0 items=3");
                cluster.start("c" + ++instance);
                awaitItems(cluster, Set.of(0, 1, 2));
            }
            // while it is alive: ElasticJob's own instances would put the root up again
            cluster.lifecycle("removeConfig " + JOB);
            awaitSilence(cluster);
            SystemTime.pause(Duration.ofSeconds(3));
            assertThat(cluster.exists(MixedCluster.PATHS.root())).isFalse();
            assertThat(cluster.lifecycle("jobsCount")).containsExactly("jobsCount: 0");
        }
    }

    @Test
    void carillonsOperationsReadAndRuleAJobOfElasticJob() throws Exception {
        try (MixedCluster cluster = new MixedCluster(folder, EACH_SECOND, 3, false, Duration.ZERO).open();
                RegistryOperations operations = RegistryOperations.open(
                        cluster.registry(),
                        MixedCluster.NAMESPACE,
                        RunHistory.none(),
                        SystemTime::now,
                        Duration.ofSeconds(15))) {
            cluster.start("e1");
            awaitItems(cluster, Set.of(0, 1, 2));
            String id = cluster.idOf("e1");
            JobQueries queries = operations.queries();
            JobCommands commands = operations.commands();

            JobQueries.JobStatus status = queries.job(JOB).orElseThrow();
            assertThat(status.jobClass()).isEqualTo("io.carillon.it.MixedJob");
            assertThat(status.cron()).isEqualTo(EACH_SECOND);
            assertThat(status.instances()).containsExactly(id);
            assertThat(status.leader()).isEqualTo(id);
            assertThat(status.disabled()).isFalse();
            assertThat(status.items()).hasSize(3).allSatisfy(item -> {
                assertThat(item.owner()).isEqualTo(id);
                assertThat(item.ownerOnline()).isTrue();
            });
            assertThat(queries.instances()).singleElement().satisfies(instance -> {
                assertThat(instance.id()).isEqualTo(id);
                assertThat(instance.items()).isEqualTo(3);
            });

            assertThat(JobDump.ask(JOB, "127.0.0.1", cluster.dumpPort("e1"), Duration.ofSeconds(10)))
                    .contains("/" + JOB + "/config | ", "/leader/election/instance | ip1@-@");

            JobConfiguration stored = commands.configuration(JOB).orElseThrow();
            commands.update(stored.toBuilder().shardingTotalCount(5).build());
            awaitItems(cluster, Set.of(0, 1, 2, 3, 4));
            commands.update(commands.configuration(JOB).orElseThrow().toBuilder()
                    .cron(NEVER)
                    .build());
            awaitSilence(cluster);
            int before = runs(cluster);
            commands.trigger(JOB);
            MixedCluster.await("the triggered runs", () -> runs(cluster) == before + 5);
            awaitSilence(cluster);
            assertThat(runs(cluster)).isEqualTo(before + 5);
            commands.trigger(JOB);
            MixedCluster.await("the runs of the second trigger", () -> runs(cluster) == before + 10);
            commands.update(commands.configuration(JOB).orElseThrow().toBuilder()
                    .cron(EACH_SECOND)
                    .build());
            awaitItems(cluster, Set.of(0, 1, 2, 3, 4));

            JobCommands.Stored read = commands.stored(JOB).orElseThrow();
            commands.update(
                    read.configuration().toBuilder()
                            .shardingTotalCount(3)
                            .timeZone("GMT+8")
                            .failover(true)
                            .jobErrorHandlerType("IGNORE")
                            .description("by Carillon")
                            .build(),
                    read.version());
            awaitItems(cluster, Set.of(0, 1, 2));
            assertThat(cluster.lifecycle("config " + JOB))
                    .singleElement()
                    .asString()
                    .contains("items=3", "description=by Carillon", "failover=true");
            assertThatThrownBy(() -> commands.update(read.configuration(), read.version()))
                    .isInstanceOf(ConfigurationConflictException.class);

            JobStatistics statistics = operations.statistics();
            String ip = id.substring(0, id.indexOf("@-@"));
            assertThat(statistics.jobCount()).isEqualTo(1);
            assertThat(statistics.jobs()).singleElement().satisfies(job -> {
                assertThat(job.state()).isEqualTo(JobState.OK);
                assertThat(job.shardingTotalCount()).isEqualTo(3);
            });
            assertThat(statistics.jobsOf(ip)).singleElement().satisfies(job -> assertThat(job.instances())
                    .isEqualTo(1));
            assertThat(statistics.servers()).containsExactly(new JobStatistics.ServerBrief(ip, List.of(id), 1, 0));
            assertThat(statistics.items(JOB)).hasSize(3).allSatisfy(item -> {
                assertThat(item.instanceId()).isEqualTo(id);
                assertThat(item.state()).isIn(ItemState.PENDING, ItemState.RUNNING);
            });

            commands.disableItem(JOB, 1);
            awaitItems(cluster, Set.of(0, 2));
            assertThat(statistics.items(JOB).get(1).state()).isEqualTo(ItemState.DISABLED);
            commands.enableItem(JOB, 1);
            awaitItems(cluster, Set.of(0, 1, 2));

            for (Target target : List.of(Target.job(JOB), Target.jobOnServer(JOB, ip), Target.server(ip))) {
                commands.disable(target);
                awaitSilence(cluster);
                awaitState(statistics, JobState.DISABLED);
                commands.enable(target);
                awaitItems(cluster, Set.of(0, 1, 2));
            }
            int instance = 1;
            for (Target target : List.of(Target.job(JOB), Target.jobOnServer(JOB, ip), Target.server(ip))) {
                commands.shutdown(target);
                awaitSilence(cluster);
                awaitState(statistics, JobState.CRASHED);
                assertThat(statistics.items(JOB))
                        .allSatisfy(item -> assertThat(item.state()).isEqualTo(ItemState.SHARDING_FLAG));
                cluster.start("e" + ++instance);
                awaitItems(cluster, Set.of(0, 1, 2));
            }
            commands.remove(Target.jobOnServer(JOB, ip));
            awaitSilence(cluster);
            assertThat(cluster.children(MixedCluster.PATHS.servers())).isEmpty();
            assertThat(cluster.children(MixedCluster.PATHS.instances())).isEmpty();
            cluster.start("e" + ++instance);
            awaitItems(cluster, Set.of(0, 1, 2));
            // fault 8: an ElasticJob instance that is alive puts the root up again
            commands.removeJob(JOB);
            awaitSilence(cluster);
            SystemTime.pause(Duration.ofSeconds(3));
            assertThat(cluster.exists(MixedCluster.PATHS.root())).isFalse();
            assertThat(cluster.exists(MixedCluster.PATHS.ownRoot())).isFalse();
            assertThat(statistics.jobCount()).isZero();
        }
    }

    private static void awaitState(JobStatistics statistics, JobState state) throws Exception {
        MixedCluster.await(
                "state " + state, () -> statistics.job(JOB).orElseThrow().state() == state);
    }

    /** Waits until the last whole three seconds ran exactly these items, once each. */
    private static void awaitItems(MixedCluster cluster, Set<Integer> items) throws Exception {
        long from = SystemTime.now().getEpochSecond();
        MixedCluster.await("each second ran items " + items, () -> {
            long now = SystemTime.now().getEpochSecond();
            Map<Long, Map<Integer, List<String>>> runs = cluster.printed("RUN");
            for (long second = now - 4; second < now - 1; second++) {
                Map<Integer, List<String>> ran = runs.getOrDefault(second, Map.of());
                if (second < from
                        || !new TreeSet<>(ran.keySet()).equals(new TreeSet<>(items))
                        || ran.values().stream().anyMatch(names -> names.size() != 1)) {
                    return false;
                }
            }
            return true;
        });
    }

    /** Waits until nothing ran for three seconds. */
    private static void awaitSilence(MixedCluster cluster) throws Exception {
        MixedCluster.await("nothing runs", () -> {
            int before = runs(cluster);
            SystemTime.pause(Duration.ofSeconds(3));
            return runs(cluster) == before;
        });
    }

    private static int runs(MixedCluster cluster) throws IOException {
        return cluster.printed("RUN").values().stream()
                .flatMap(items -> items.values().stream())
                .mapToInt(List::size)
                .sum();
    }
}

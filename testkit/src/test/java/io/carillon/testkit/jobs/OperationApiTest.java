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

import static io.carillon.testkit.jobs.OperatedCluster.job;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.jobs.InvalidSettingException;
import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.coordination.Registry.CreateMode;
import io.carillon.jobs.coordination.Registry.Write;
import io.carillon.jobs.history.RunRecord.Outcome;
import io.carillon.jobs.operations.ConfigurationConflictException;
import io.carillon.jobs.operations.HealthReason;
import io.carillon.jobs.operations.JobCommands;
import io.carillon.jobs.operations.JobStatistics;
import io.carillon.jobs.operations.JobStatistics.ItemBrief;
import io.carillon.jobs.operations.JobStatistics.ItemState;
import io.carillon.jobs.operations.JobStatistics.JobBrief;
import io.carillon.jobs.operations.JobStatistics.JobState;
import io.carillon.jobs.operations.JobStatistics.ServerBrief;
import io.carillon.jobs.operations.Target;
import java.time.Duration;
import java.util.List;
import java.util.NoSuchElementException;
import org.junit.jupiter.api.Test;

/** Each command of the operation API and each number of its statistics, in virtual time. */
class OperationApiTest {

    private static final String OFTEN = "0/2 * * * * ?";
    private static final String ONE = "10.0.0.1";
    private static final String TWO = "10.0.0.2";

    private final OperatedCluster cluster = new OperatedCluster();
    private final JobCommands commands = cluster.operations.commands();
    private final JobStatistics statistics = cluster.operations.statistics();

    private OperatedCluster.Instance instance(String ip) {
        return cluster.new Instance(ip);
    }

    // ---- switching off and on ----------------------------------------------------------------------------------

    @Test
    void aServerIsSwitchedOffForOneJobAndItsLeaderAndItemsMove() {
        OperatedCluster.Instance one = instance(ONE).join(job("a", 2, OFTEN).build());
        OperatedCluster.Instance two = instance(TWO).join(job("a", 2, OFTEN).build());
        cluster.until("02.500");
        assertThat(cluster.node("a", "leader/election/instance")).isEqualTo(one.id);
        commands.disable(Target.jobOnServer("a", ONE));
        cluster.until("04.500");
        assertThat(cluster.node("a", "leader/election/instance")).isEqualTo(two.id);
        assertThat(two.ran()).contains("a 0 4", "a 1 4");
        assertThat(one.ran()).noneMatch(run -> run.endsWith(" 4"));
        commands.enable(Target.jobOnServer("a", ONE));
        cluster.until("06.500");
        assertThat(one.ran()).anyMatch(run -> run.endsWith(" 6"));
    }

    @Test
    void aServerIsSwitchedOffWithAllItsJobsAndAJobOnAllItsServers() {
        for (String ip : List.of(ONE, TWO)) {
            instance(ip)
                    .join(job("a", 2, OFTEN).build())
                    .join(job("b", 2, OFTEN).build());
        }
        commands.disable(Target.server(ONE));
        assertThat(List.of(cluster.node("a", "servers/" + ONE), cluster.node("b", "servers/" + ONE)))
                .containsOnly("DISABLED");
        assertThat(List.of(cluster.node("a", "servers/" + TWO), cluster.node("b", "servers/" + TWO)))
                .containsOnly("ENABLED");
        commands.enable(Target.server(ONE));
        commands.disable("a");
        assertThat(statistics.job("a").orElseThrow().state()).isEqualTo(JobState.DISABLED);
        cluster.until("04.500");
        assertThat(cluster.instances).noneMatch(each -> each.ran().contains("a 0 4"));
        assertThat(cluster.instances).anyMatch(each -> each.ran().contains("b 0 4"));
        commands.enable("a");
        cluster.until("06.500");
        assertThat(cluster.instances).anyMatch(each -> each.ran().contains("a 0 6"));
    }

    @Test
    void anItemIsSwitchedOffAndOnAgainAndStaysWithItsOwner() {
        OperatedCluster.Instance one = instance(ONE).join(job("a", 3, OFTEN).build());
        commands.disableItem("a", 1); // before the first deal, too
        cluster.until("02.500");
        assertThat(one.ran()).containsExactlyInAnyOrder("a 0 2", "a 2 2");
        assertThat(cluster.node("a", "sharding/1/instance")).isEqualTo(one.id);
        commands.disableItem("a", 1);
        commands.enableItem("a", 1);
        commands.enableItem("a", 1);
        cluster.until("04.500");
        assertThat(one.ran()).contains("a 0 4", "a 1 4", "a 2 4");
        assertThatThrownBy(() -> commands.disableItem("a", 3))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessageContaining("item: 3 (expected: 0..2, the items of job 'a')");
        assertThatThrownBy(() -> commands.enableItem("a", -1)).isInstanceOf(IllegalArgumentException.class);
    }

    // ---- shutdown and removal ----------------------------------------------------------------------------------

    @Test
    void instancesThatAreShutDownLeaveAndTheOthersTakeTheirItems() {
        OperatedCluster.Instance one = instance(ONE).join(job("a", 2, OFTEN).build());
        OperatedCluster.Instance two = instance(TWO).join(job("a", 2, OFTEN).build());
        one.join(job("b", 1, OFTEN).build());
        cluster.until("02.500");
        commands.shutdown(Target.jobOnServer("a", ONE));
        cluster.until("04.500");
        assertThat(two.ran()).contains("a 0 4", "a 1 4");
        assertThat(one.ran()).contains("b 0 4").doesNotContain("a 0 4", "a 1 4");
        assertThat(cluster.children("a", "instances")).containsExactly(two.id);
        commands.shutdown(Target.server(ONE));
        cluster.until("06.500");
        assertThat(one.ran()).noneMatch(run -> run.endsWith(" 6"));
        commands.shutdown(Target.job("a"));
        cluster.settle();
        assertThat(statistics.job("a").orElseThrow().state()).isEqualTo(JobState.CRASHED);
        // its process may start it again
        one.join(job("a", 2, OFTEN).build());
        cluster.until("08.500");
        assertThat(one.ran()).contains("a 0 8", "a 1 8");
    }

    @Test
    void anInstanceThatIsShutDownFinishesWhatItRuns() {
        OperatedCluster.Instance one = instance(ONE).join(job("a", 1, OFTEN).build());
        one.hold = true;
        cluster.until("02.500");
        assertThat(one.waiting).hasSize(1);
        commands.shutdown(Target.job("a"));
        cluster.settle();
        assertThat(cluster.node("a", "sharding/0/running")).isEqualTo(one.id);
        one.hold = false;
        cluster.settle();
        assertThat(one.ran()).containsExactly("a 0 2");
        assertThat(cluster.node("a", "sharding/0/running")).isNull();
        cluster.until("06.500");
        assertThat(one.ran()).containsExactly("a 0 2");
    }

    @Test
    void withFailoverAnInstanceThatIsShutDownStopsAtOnceForTheOthersRepeatItsItems() {
        JobConfiguration guarded = job("a", 1, "0/10 * * * * ?").failover(true).build();
        OperatedCluster.Instance one = instance(ONE).join(guarded);
        OperatedCluster.Instance two = instance(TWO).join(guarded);
        one.hold = true;
        two.hold = true;
        cluster.until("10.500");
        OperatedCluster.Instance owner = one.waiting.isEmpty() ? two : one;
        OperatedCluster.Instance other = owner == one ? two : one;
        commands.shutdown(Target.jobOnServer("a", owner == one ? ONE : TWO));
        cluster.settle();
        owner.finish();
        other.hold = false;
        cluster.settle();
        assertThat(owner.ended).singleElement().satisfies(run -> assertThat(run.outcome())
                .isEqualTo(Outcome.INTERRUPTED));
        assertThat(other.ended).singleElement().satisfies(run -> {
            assertThat(run.outcome()).isEqualTo(Outcome.SUCCEEDED);
            assertThat(run.fence()).isGreaterThan(owner.ended.get(0).fence());
        });
    }

    @Test
    void aServerIsRemovedWithItsInstancesAndItsMark() {
        instance(ONE).join(job("a", 1, OFTEN).build()).join(job("b", 1, OFTEN).build());
        instance(TWO).join(job("a", 1, OFTEN).build());
        commands.disable(Target.server(ONE));
        commands.remove(Target.server(ONE));
        cluster.until("04.500");
        assertThat(cluster.children("a", "servers")).containsExactly(TWO);
        assertThat(cluster.children("b", "servers")).isEmpty();
        assertThat(cluster.children("b", "instances")).isEmpty();
        assertThat(statistics.serverCount()).isEqualTo(1);
        commands.remove(Target.job("a"));
        cluster.until("06.500");
        assertThat(cluster.children("a", "servers")).isEmpty();
        assertThat(cluster.node("a", "config")).isNotNull();
    }

    @Test
    void fault8AJobThatIsRemovedWhileAliveLeavesNothingBehind() {
        OperatedCluster.Instance one = instance(ONE).join(job("a", 3, OFTEN).build());
        OperatedCluster.Instance two = instance(TWO).join(job("a", 3, OFTEN).build());
        one.join(job("b", 1, OFTEN).build());
        cluster.until("02.500");
        one.hold = true;
        cluster.until("04.500");
        assertThat(one.waiting).isNotEmpty();
        commands.removeJob("a");
        cluster.settle();
        one.hold = false;
        cluster.until("08.500");
        assertThat(cluster.nodesOf("a")).isEmpty();
        assertThat(two.ran()).noneMatch(run -> run.startsWith("a ") && run.endsWith(" 6"));
        assertThat(one.ran()).contains("b 0 8");
        assertThat(statistics.jobCount()).isEqualTo(1);
        // the name is free, also here
        one.join(job("a", 1, OFTEN).build());
        cluster.until("10.500");
        assertThat(one.ran()).contains("a 0 10");
    }

    @Test
    void fault8AnInstanceThatWasAwayWhenItsJobWasRemovedDoesNotBringItBack() {
        OperatedCluster.Instance one = instance(ONE).join(job("a", 1, OFTEN).build());
        cluster.until("02.500");
        one.client.disconnect();
        one.client.expireSession();
        commands.removeJob("a");
        one.client.reconnect();
        cluster.until("06.500");
        assertThat(cluster.nodesOf("a")).isEmpty();
        assertThat(one.ran()).doesNotContain("a 0 6");
    }

    @Test
    void aRegistryThatLostAllItsDataIsFilledAgain() {
        OperatedCluster.Instance one = instance(ONE).join(job("a", 1, OFTEN).build());
        one.join(job("b", 1, OFTEN).build());
        cluster.until("02.500");
        one.client.disconnect();
        one.client.expireSession();
        List<String> all = List.copyOf(cluster.server.dump().descendingKeySet());
        cluster.write(all.stream().map(path -> new Write.Delete(path, -1)).toArray(Write[]::new));
        one.client.reconnect();
        cluster.until("06.500");
        assertThat(one.ran()).contains("a 0 6", "b 0 6");
    }

    @Test
    void aJobIsRemovedByAProgramThatDeletesNodeByNode() {
        OperatedCluster.Instance one = instance(ONE).join(job("a", 2, OFTEN).build());
        instance(TWO).join(job("a", 2, OFTEN).build());
        cluster.until("02.500");
        for (int round = 0; round < 5; round++) {
            for (String path : List.copyOf(cluster.server.dump().descendingKeySet())) {
                boolean leaf = cluster.server.dump().keySet().stream().noneMatch(at -> at.startsWith(path + "/"));
                if (path.matches("/ns/a(/.*)?") && leaf && cluster.server.dump().containsKey(path)) {
                    cluster.write(new Write.Delete(path, -1));
                }
            }
        }
        cluster.until("06.500");
        assertThat(cluster.server.dump().keySet()).noneMatch(path -> path.startsWith("/ns/a"));
        assertThat(one.ran()).doesNotContain("a 0 6", "a 1 6");
    }

    // ---- configuration -----------------------------------------------------------------------------------------

    @Test
    void aConfigurationIsWrittenOnlyOverTheVersionThatWasRead() {
        instance(ONE).join(job("a", 1, OFTEN).build());
        JobCommands.Stored read = commands.stored("a").orElseThrow();
        JobConfiguration changed =
                read.configuration().toBuilder().description("mine").build();
        int version = commands.update(changed, read.version());
        assertThat(commands.stored("a").orElseThrow()).isEqualTo(new JobCommands.Stored(changed, version));
        assertThatThrownBy(() -> commands.update(changed, read.version()))
                .isInstanceOf(ConfigurationConflictException.class)
                .hasMessageContaining("version of the configuration of job 'a': 0 (expected: 1");
        commands.update(changed.toBuilder().description("whatever").build());
        assertThat(commands.configuration("a").orElseThrow().getDescription()).isEqualTo("whatever");
    }

    @Test
    void aConfigurationThatCannotBeReadIsRepairedByAnUpdate() {
        OperatedCluster.Instance one = instance(ONE).join(job("a", 1, OFTEN).build());
        cluster.write(new Write.SetData("/ns/a/config", "{{{", -1));
        assertThatThrownBy(() -> commands.stored("a")).isInstanceOf(InvalidSettingException.class);
        commands.update(job("a", 2, OFTEN).build());
        cluster.until("02.500");
        assertThat(one.ran()).contains("a 1 2");
    }

    @Test
    void aJobIsPutUpBeforeAnyInstanceStartsIt() {
        commands.add(job("a", 2, OFTEN).build(), OperatedCluster.Instance.class.getName());
        assertThat(statistics.job("a").orElseThrow().state()).isEqualTo(JobState.CRASHED);
        OperatedCluster.Instance one =
                instance(ONE).join(job("a", 7, "0 0 0 1 1 ? 2099").build());
        cluster.until("02.500");
        assertThat(one.ran()).containsExactlyInAnyOrder("a 0 2", "a 1 2");
        assertThatThrownBy(() -> commands.add(job("a", 1, OFTEN).build(), "x.Y"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("job: 'a' (expected: a name that namespace 'ns' does not have yet)");
        assertThatThrownBy(() -> commands.add(job("b", 1, OFTEN).build(), " ")).hasMessageContaining("jobClass");
    }

    // ---- bad arguments -----------------------------------------------------------------------------------------

    @Test
    void everyCommandRefusesAJobOrServerThatIsNotThere() {
        instance(ONE).join(job("a", 1, OFTEN).build());
        for (Runnable command : List.<Runnable>of(
                () -> commands.trigger("x"),
                () -> commands.disable("x"),
                () -> commands.enable("x"),
                () -> commands.shutdown(Target.job("x")),
                () -> commands.remove(Target.jobOnServer("x", ONE)),
                () -> commands.removeJob("x"),
                () -> commands.disableItem("x", 0),
                () -> commands.enableItem("x", 0),
                () -> commands.update(job("x", 1, OFTEN).build()),
                () -> commands.update(job("x", 1, OFTEN).build(), 0),
                () -> statistics.items("x"))) {
            assertThatThrownBy(command::run)
                    .isInstanceOf(NoSuchElementException.class)
                    .hasMessageContaining("job: 'x' (expected: a job of namespace 'ns')");
        }
        for (Runnable command : List.<Runnable>of(
                () -> commands.disable(Target.server("10.9.9.9")),
                () -> commands.enable(Target.jobOnServer("a", "10.9.9.9")),
                () -> commands.shutdown(Target.server("10.9.9.9")),
                () -> commands.remove(Target.server("10.9.9.9")))) {
            assertThatThrownBy(command::run)
                    .isInstanceOf(NoSuchElementException.class)
                    .hasMessageContaining("server: '10.9.9.9' (expected: one of [10.0.0.1]");
        }
        assertThatThrownBy(() -> new Target(null, null)).isInstanceOf(IllegalArgumentException.class);
        assertThat(commands.configuration("x")).isEmpty();
        assertThat(statistics.job("x")).isEmpty();
        assertThat(statistics.jobsOf("10.9.9.9")).isEmpty();
        commands.add(job("b", 1, OFTEN).build(), "x.Y");
        assertThatThrownBy(() -> commands.disable("b"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("has no server yet");
    }

    // ---- statistics --------------------------------------------------------------------------------------------

    @Test
    void jobsServersAndItemsAreCountedInElasticJobsWords() {
        OperatedCluster.Instance one = instance(ONE);
        OperatedCluster.Instance two = instance(TWO);
        one.join(job("a", 4, OFTEN).description("first").build());
        two.join(job("a", 4, OFTEN).build());
        one.join(job("b", 1, "0 0 0 1 1 ? 2099").build());
        assertThat(statistics.job("b").orElseThrow().state()).as("never dealt").isEqualTo(JobState.SHARDING_FLAG);
        one.hold = true;
        cluster.until("02.500");
        commands.disableItem("a", one.waiting.get(0).order().item());

        assertThat(statistics.jobCount()).isEqualTo(2);
        assertThat(statistics.jobs()).extracting(JobBrief::jobName).containsExactly("a", "b");
        JobBrief a = statistics.job("a").orElseThrow();
        assertThat(List.of(a.description(), a.cron(), a.instances(), a.shardingTotalCount(), a.state()))
                .containsExactly("first", OFTEN, 2, 4, JobState.OK);
        assertThat(a.health().reasons())
                .as("an item is switched off, and the second instance declares another description")
                .extracting(HealthReason::code)
                .containsExactly(HealthReason.Code.ITEMS_DISABLED, HealthReason.Code.DRIFT);
        assertThat(statistics.items("a"))
                .extracting(ItemBrief::state)
                .containsExactlyInAnyOrder(ItemState.DISABLED, ItemState.RUNNING, ItemState.PENDING, ItemState.PENDING);
        assertThat(statistics.items("a"))
                .allSatisfy(item -> assertThat(item.instanceId()).startsWith(item.serverIp() + "@-@"));

        commands.disable(Target.jobOnServer("b", ONE));
        assertThat(statistics.serverCount()).isEqualTo(2);
        assertThat(statistics.servers())
                .containsExactly(
                        new ServerBrief(ONE, List.of(one.id), 2, 1), new ServerBrief(TWO, List.of(two.id), 1, 0));
        assertThat(statistics.jobsOf(ONE))
                .extracting(JobBrief::jobName, JobBrief::state, JobBrief::instances)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("a", JobState.OK, 1),
                        org.assertj.core.groups.Tuple.tuple("b", JobState.DISABLED, 1));
        assertThat(statistics.jobsOf(TWO)).extracting(JobBrief::jobName).containsExactly("a");
    }

    @Test
    void fault14AnOwnerThatIsOfflineIsSaidAndBreaksNothing() {
        OperatedCluster.Instance one =
                instance(ONE).join(job("a", 2, "0/30 * * * * ?").build());
        OperatedCluster.Instance two =
                instance(TWO).join(job("a", 2, "0/30 * * * * ?").build());
        cluster.until("30.500");
        assertThat(statistics.items("a")).extracting(ItemBrief::state).containsOnly(ItemState.PENDING);
        two.die();
        assertThat(statistics.job("a").orElseThrow().state()).isEqualTo(JobState.SHARDING_FLAG);
        assertThat(statistics.items("a"))
                .extracting(ItemBrief::instanceId, ItemBrief::state)
                .contains(
                        org.assertj.core.groups.Tuple.tuple(two.id, ItemState.SHARDING_FLAG),
                        org.assertj.core.groups.Tuple.tuple(one.id, ItemState.PENDING));
        one.die();
        assertThat(statistics.job("a").orElseThrow().state()).isEqualTo(JobState.CRASHED);
        assertThat(statistics.job("a").orElseThrow().health().reasons())
                .contains(HealthReason.of(HealthReason.Code.NO_INSTANCE));
        assertThat(statistics.items("a")).extracting(ItemBrief::state).containsOnly(ItemState.SHARDING_FLAG);
    }

    @Test
    void whatARemovedJobLeftBehindInElasticJobIsNotCounted() {
        instance(ONE).join(job("a", 1, OFTEN).build());
        cluster.write(
                new Write.Create("/ns/zombie", "", CreateMode.PERSISTENT),
                new Write.Create("/ns/zombie/leader", "", CreateMode.PERSISTENT),
                new Write.Create("/ns/zombie/leader/election", "", CreateMode.PERSISTENT),
                new Write.Create("/ns/zombie/leader/election/latch", "", CreateMode.PERSISTENT));
        assertThat(statistics.jobCount()).isEqualTo(1);
        assertThat(statistics.jobs()).extracting(JobBrief::jobName).containsExactly("a");
        commands.removeJob("zombie");
        assertThat(cluster.nodesOf("zombie")).isEmpty();
    }

    @Test
    void twoHundredJobsAreReadAndRuledInAFewRequests() {
        OperatedCluster.Instance one = instance(ONE);
        for (int i = 0; i < 200; i++) {
            one.engine.schedule(one, job("job-" + i, 3, "0 0 0 1 1 ? 2099").build());
        }
        cluster.settle();
        long before = cluster.server.requests();
        try (var operations = io.carillon.jobs.operations.RegistryOperations.open(
                cluster.connect(),
                OperatedCluster.NAMESPACE,
                io.carillon.jobs.history.RunHistory.none(),
                cluster.time)) {
            JobStatistics all = operations.statistics();
            assertThat(all.jobs()).hasSize(200).allMatch(job -> job.state() == JobState.SHARDING_FLAG);
            assertThat(all.servers()).containsExactly(new ServerBrief(ONE, List.of(one.id), 200, 0));
            assertThat(all.jobsOf(ONE)).hasSize(200);
            assertThat(all.items("job-7")).hasSize(3);
            // the watch, the names, and for each 50 jobs two rounds; of the instances the watch and the names
            assertThat(cluster.server.requests() - before).isLessThanOrEqualTo(12);
            before = cluster.server.requests();
            assertThat(all.jobs()).hasSize(200);
            assertThat(cluster.server.requests() - before).isZero();
        }
        before = cluster.server.requests();
        commands.disable(Target.server(ONE));
        // the names, the servers and instances of all jobs, one commit, and whether there is a tree of Carillon's; for
        // the
        // audit, the names, the servers and their marks before and after; then the snapshot reads the new marks
        assertThat(cluster.server.requests() - before).isLessThanOrEqualTo(4 + 2 * 3 + 200);
        assertThat(statistics.servers()).containsExactly(new ServerBrief(ONE, List.of(one.id), 200, 200));
    }

    // ---- servers -----------------------------------------------------------------------------------------------

    @Test
    void aJobThatIsDisabledAtStartRunsOnceItIsEnabled() {
        OperatedCluster.Instance one =
                instance(ONE).join(job("a", 1, OFTEN).disabled(true).build());
        cluster.until("04.500");
        assertThat(cluster.node("a", "servers/" + ONE)).isEqualTo("DISABLED");
        assertThat(one.ran()).isEmpty();
        commands.enable("a");
        one.client.expireSession(); // which is no start
        cluster.until("06.500");
        assertThat(one.ran()).containsExactly("a 0 6");
        OperatedCluster.Instance again = cluster.new Instance(ONE, "2");
        one.die();
        again.join(job("a", 1, OFTEN).build());
        assertThat(cluster.node("a", "servers/" + ONE))
                .as("as the stored configuration says")
                .isEqualTo("DISABLED");
    }

    @Test
    void theStoredConfigurationWinsUnlessTheLocalOneOverwritesIt() {
        instance(ONE).join(job("a", 1, OFTEN).build());
        OperatedCluster.Instance two = instance(TWO).join(job("a", 5, OFTEN).build());
        assertThat(commands.configuration("a").orElseThrow().getShardingTotalCount())
                .isEqualTo(1);
        two.die();
        OperatedCluster.Instance three =
                instance("10.0.0.3").join(job("a", 5, OFTEN).overwrite(true).build());
        assertThat(commands.configuration("a").orElseThrow().getShardingTotalCount())
                .isEqualTo(5);
        commands.update(job("a", 2, OFTEN).overwrite(true).build());
        three.client.expireSession();
        cluster.settle();
        assertThat(commands.configuration("a").orElseThrow().getShardingTotalCount())
                .as("a reconnection is no start")
                .isEqualTo(2);
    }

    @Test
    void fault10ServersThatComeAndGoAreForgottenButNeverOneThatIsSwitchedOff() {
        JobConfiguration rare = job("a", 2, "0 * * * * ?").build();
        instance(ONE).join(rare);
        instance("10.0.0.99").join(rare);
        commands.disable(Target.jobOnServer("a", "10.0.0.99"));
        cluster.instances.get(1).die();
        int most = 0;
        for (int i = 0; i < 300; i++) {
            OperatedCluster.Instance pod =
                    instance("10.1." + i / 250 + "." + i % 250).join(rare);
            cluster.time.advance(Duration.ofMinutes(1));
            cluster.settle();
            pod.die();
            cluster.instances.remove(pod);
            most = Math.max(most, cluster.children("a", "servers").size());
        }
        assertThat(most).isLessThan(20);
        cluster.time.advance(Duration.ofMinutes(15));
        cluster.settle();
        assertThat(cluster.children("a", "servers")).containsExactly(ONE, "10.0.0.99");
        assertThat(cluster.node("a", "servers/10.0.0.99")).isEqualTo("DISABLED");
        cluster.pass(Duration.ofSeconds(61));
        long before = cluster.server.requests();
        cluster.pass(Duration.ofMinutes(1));
        assertThat(cluster.server.requests() - before).as("a firing afterwards").isEqualTo(2);
    }

    @Test
    void fault10AJobWhoseInstancesAllComeAndGoForgetsTheirServers() {
        JobConfiguration rare = job("a", 1, "0 * * * * ?").build();
        for (int i = 0; i < 60; i++) {
            OperatedCluster.Instance pod = instance("10.1.0." + i).join(rare);
            cluster.time.advance(Duration.ofMinutes(1));
            cluster.settle();
            pod.die();
            cluster.instances.remove(pod);
        }
        assertThat(cluster.children("a", "servers")).hasSizeLessThan(15);
    }
}

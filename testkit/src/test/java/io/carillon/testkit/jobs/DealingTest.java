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

import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.coordination.ConfigYaml;
import io.carillon.jobs.coordination.Registry.CreateMode;
import io.carillon.jobs.coordination.Registry.Write;
import io.carillon.jobs.history.RunRecord.Outcome;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who comes to which items as instances, settings and leaders come and go; in virtual time. */
class DealingTest {

    private final DrivenCluster cluster = new DrivenCluster();
    private final List<DrivenCluster.Instance> instances = new ArrayList<>();

    private static JobConfiguration.Builder job(int items) {
        return JobConfiguration.newBuilder("job", items).cron("0/2 * * * * ?").timeZone("GMT");
    }

    private DrivenCluster.Instance join(String ip, JobConfiguration configuration) {
        DrivenCluster.Instance instance = cluster.join(ip, configuration, context -> {});
        instances.add(instance);
        return instance;
    }

    private void update(JobConfiguration configuration) {
        cluster.write(new Write.SetData("/ns/job/config", ConfigYaml.write(configuration, cluster.node("config")), -1));
    }

    /** The last part of the owner's address, for each item. */
    private List<String> owners() {
        List<String> owners = new ArrayList<>();
        for (int item = 0; cluster.server.dump().containsKey("/ns/job/sharding/" + item); item++) {
            String owner = cluster.node("sharding/" + item + "/instance");
            owners.add(owner == null ? "none" : owner.replaceAll("@.*", "").replaceAll(".*\\.", ""));
        }
        return owners;
    }

    /** The items that ran for the firing of a second of the first minute. */
    private List<Integer> ranAt(int second) {
        return instances.stream()
                .flatMap(instance -> instance.ended.stream())
                .filter(run -> run.outcome() == Outcome.SUCCEEDED
                        && run.scheduledTime()
                                .equals(Instant.parse("2026-01-01T00:00:00Z").plusSeconds(second)))
                .map(run -> run.shardingItem())
                .sorted()
                .toList();
    }

    private List<String> below(String node) {
        return cluster.server.dump().keySet().stream()
                .filter(path -> path.startsWith("/ns/job/" + node + "/"))
                .toList();
    }

    // ---- number of items ---------------------------------------------------------------------------------------

    @Test
    void itemsThatAreMoreOrFewerAreDealtAtTheNextFiringAndNothingOfThoseThatAreGoneStays() {
        JobConfiguration three = job(3).build();
        join("10.0.0.1", three);
        join("10.0.0.2", three);
        cluster.until("02.500");
        assertThat(ranAt(2)).containsExactly(0, 1, 2);
        update(three.toBuilder().shardingTotalCount(5).build());
        cluster.until("04.500");
        assertThat(ranAt(4)).containsExactly(0, 1, 2, 3, 4);
        cluster.write(new Write.Create("/ns/job/sharding/4/disabled", "", CreateMode.PERSISTENT));
        update(three.toBuilder().shardingTotalCount(2).build());
        cluster.until("06.500");
        assertThat(ranAt(6)).containsExactly(0, 1);
        assertThat(below("sharding"))
                .containsExactly(
                        "/ns/job/sharding/0",
                        "/ns/job/sharding/0/instance",
                        "/ns/job/sharding/1",
                        "/ns/job/sharding/1/instance");
    }

    // ---- static sharding ---------------------------------------------------------------------------------------

    @Test
    void staticItemsStayWithTheirFirstOwnersThroughJoinsAndLeavesUntilTheirNumberChanges() {
        JobConfiguration fixed = job(4).staticSharding(true).build();
        join("10.0.0.1", fixed);
        DrivenCluster.Instance b = join("10.0.0.2", fixed);
        cluster.until("02.500");
        List<String> first = owners();
        assertThat(first).containsExactly("2", "2", "1", "1");
        join("10.0.0.3", fixed);
        cluster.until("06.500");
        assertThat(owners()).as("after a join").isEqualTo(first);
        assertThat(ranAt(6)).containsExactly(0, 1, 2, 3);
        b.die();
        cluster.until("10.500");
        assertThat(owners()).as("after a death").isEqualTo(first);
        assertThat(ranAt(10)).as("its items wait for it").containsExactly(2, 3);
        instances.get(2).engine.leaveAll();
        cluster.until("14.500");
        assertThat(owners()).as("after a leave").isEqualTo(first);
        assertThat(cluster.node("leader/sharding/necessary")).isNull();
        join("10.0.0.2", fixed);
        cluster.until("18.500");
        assertThat(ranAt(18)).as("it came back").containsExactly(0, 1, 2, 3);
        update(fixed.toBuilder().shardingTotalCount(6).build());
        cluster.until("20.500");
        assertThat(owners()).as("another number of items").containsExactly("2", "2", "2", "1", "1", "1");
        assertThat(ranAt(20)).containsExactly(0, 1, 2, 3, 4, 5);
    }

    // ---- leader ------------------------------------------------------------------------------------------------

    @Test
    void itemsThatAreDealtFireWhileNobodyLeadsAndTheNextLeaderDealsWhatWaited() {
        JobConfiguration often = job(4).build();
        join("10.0.0.1", often);
        join("10.0.0.2", often);
        cluster.until("02.500");
        List<String> dealt = owners();
        // somebody stands first in the queue and never comes to lead
        var stranger = cluster.write(
                new Write.Create("/ns/job/leader/election/latch/_c_x-latch-", "", CreateMode.EPHEMERAL_SEQUENTIAL));
        cluster.write(new Write.Delete("/ns/job/leader/election/instance", -1));
        cluster.until("08.500");
        assertThat(cluster.node("leader/election/instance")).isNull();
        for (int second = 4; second <= 8; second += 2) {
            assertThat(ranAt(second)).as("firing " + second).containsExactly(0, 1, 2, 3);
        }
        join("10.0.0.3", often);
        cluster.until("12.500");
        assertThat(owners()).as("nobody deals").isEqualTo(dealt);
        assertThat(ranAt(12)).containsExactly(0, 1, 2, 3);
        stranger.close();
        cluster.until("16.500");
        assertThat(cluster.node("leader/election/instance")).isNotNull();
        assertThat(new HashSet<>(owners())).hasSize(3);
        assertThat(ranAt(16)).containsExactly(0, 1, 2, 3);
    }

    // ---- marks -------------------------------------------------------------------------------------------------

    @Test
    void marksOfRunningItemsAreClearedWhenMonitoringIsSwitchedOff() {
        for (boolean failover : List.of(true, false)) {
            DealingTest world = new DealingTest();
            JobConfiguration monitored = job(2).failover(failover).build();
            DrivenCluster.Instance a = world.join("10.0.0.1", monitored);
            world.join("10.0.0.2", monitored);
            a.hold = true;
            world.cluster.until("02.500");
            assertThat(world.below("sharding"))
                    .filteredOn(path -> path.endsWith("/running"))
                    .hasSize(1);
            world.update(monitored.toBuilder().monitorExecution(false).build());
            world.cluster.until("03.000");
            assertThat(world.below("sharding")).noneMatch(path -> path.endsWith("/running"));
            a.hold = false;
            world.cluster.until("04.500");
            assertThat(world.ranAt(2)).as("what ran ended").containsExactly(0, 1);
            assertThat(world.ranAt(4)).containsExactly(0, 1);
            assertThat(world.below("sharding")).noneMatch(path -> path.endsWith("/running"));
        }
    }

    // ---- taking turns ------------------------------------------------------------------------------------------

    private static JobConfiguration turns(int items) {
        return job(items).jobShardingStrategyType("SINGLE_SHARDING_BALANCE").build();
    }

    @Test
    void severalItemsThatAreToTakeTurnsStayWithTheirOwnersAndWhoJoinsComesToAPart() {
        join("10.0.0.1", turns(4));
        cluster.until("02.500");
        assertThat(owners()).containsExactly("1", "1", "1", "1");
        join("10.0.0.2", turns(4));
        cluster.until("04.500");
        List<String> two = owners();
        assertThat(two).contains("1", "2");
        assertThat(two.stream().filter("1"::equals)).hasSize(2);
        cluster.until("10.500");
        assertThat(owners()).as("they stay").isEqualTo(two);
        DrivenCluster.Instance third = join("10.0.0.3", turns(4));
        cluster.until("12.500");
        assertThat(new HashSet<>(owners())).hasSize(3);
        third.engine.leaveAll();
        cluster.until("14.500");
        assertThat(owners().stream().filter("1"::equals)).hasSize(2);
        assertThat(owners().stream().filter("2"::equals)).hasSize(2);
        for (int second = 2; second <= 14; second += 2) {
            assertThat(ranAt(second)).as("firing " + second).containsExactly(0, 1, 2, 3);
        }
    }

    @Test
    void fault12TurnsGoOnAfterTheItemWasSwitchedOffOrRanForLong() {
        join("10.0.0.1", turns(1));
        join("10.0.0.2", turns(1));
        cluster.until("06.500");
        cluster.write(new Write.Create("/ns/job/sharding/0/disabled", "", CreateMode.PERSISTENT));
        cluster.until("10.500");
        assertThat(ranAt(8)).isEmpty();
        assertThat(ranAt(10)).isEmpty();
        cluster.write(new Write.Delete("/ns/job/sharding/0/disabled", -1));
        cluster.until("16.500");
        for (int second : List.of(2, 4, 6, 12, 14, 16)) {
            assertThat(ranAt(second)).as("firing " + second).containsExactly(0);
        }
        List<Integer> before =
                instances.stream().map(instance -> instance.ended.size()).toList();
        assertThat(before).containsExactly(3, 3);
        instances.forEach(instance -> instance.hold = true);
        cluster.until("21.500");
        assertThat(instances.stream()
                        .mapToInt(instance -> instance.waiting.size())
                        .sum())
                .as("nobody runs it beside the one who does")
                .isEqualTo(1);
        instances.forEach(instance -> instance.hold = false);
        cluster.until("30.500");
        assertThat(ranAt(18)).containsExactly(0);
        for (int second : List.of(22, 24, 26, 28, 30)) {
            assertThat(ranAt(second)).as("firing " + second).containsExactly(0);
        }
        assertThat(instances).allMatch(instance -> instance.ended.size() >= 5);
    }

    // ---- lost answers ------------------------------------------------------------------------------------------

    @Test
    void aClaimWhoseAnswerWasLostIsNotTakenForRunByTheDealThatFollows() {
        JobConfiguration often = job(2).build();
        DrivenCluster.Instance a = join("10.0.0.1", often);
        cluster.until("03.900");
        a.client.loseNextAnswer();
        cluster.until("04.100");
        assertThat(cluster.node("sharding/0/running")).as("the claim was made").isNotNull();
        assertThat(ranAt(4)).as("and a does not know").isEmpty();
        join("10.0.0.2", often);
        // whoever asks for it; a itself would not so near a firing
        cluster.write(new Write.Create("/ns/job/leader/sharding/necessary", "", CreateMode.PERSISTENT));
        a.client.reconnect();
        cluster.until("05.000");
        assertThat(new HashSet<>(owners())).as("dealt meanwhile").hasSize(2);
        assertThat(ranAt(4)).as("what is still a's, for the firing that a owes").containsExactly(1);
        cluster.until("06.500");
        assertThat(ranAt(6)).containsExactly(0, 1);
    }
}

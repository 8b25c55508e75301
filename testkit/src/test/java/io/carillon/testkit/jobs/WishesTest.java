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

import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.coordination.JobPaths;
import io.carillon.jobs.coordination.Registry.CreateMode;
import io.carillon.jobs.coordination.Registry.Write;
import io.carillon.jobs.history.RunRecord;
import io.carillon.jobs.operations.By;
import io.carillon.jobs.operations.JobAudit.Question;
import io.carillon.jobs.operations.JobCommands;
import io.carillon.jobs.operations.JobQueries.JobStatus;
import io.carillon.jobs.operations.Target;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Wishes that Carillon's instances carry out when it is time: an item moves by command, one firing is left out. */
class WishesTest {

    private static final String ONE = "10.0.0.1";
    private static final String TWO = "10.0.0.2";
    private static final String THREE = "10.0.0.3";
    private static final String PEER = "10.0.0.9";
    private static final String OFTEN = "0/4 * * * * ?";

    private final OperatedCluster cluster = new OperatedCluster();
    private final JobCommands commands = cluster.operations.commands().as(new By("li", "one disk is full", "console"));
    private final JobPaths paths = new JobPaths(OperatedCluster.NAMESPACE, "a");

    private OperatedCluster.Instance join(String ip, JobConfiguration configuration) {
        return cluster.new Instance(ip).join(configuration);
    }

    private String owner(int item) {
        return cluster.node("a", "sharding/" + item + "/instance");
    }

    private JobStatus status() {
        return cluster.operations.queries().job("a").orElseThrow();
    }

    /** {@code item second} of all that ran from a second of the minute on. */
    private List<String> ranFrom(int second) {
        List<String> ran = new ArrayList<>();
        for (OperatedCluster.Instance instance : cluster.instances) {
            for (RunRecord run : instance.ended) {
                int at = (int) (run.scheduledTime().getEpochSecond() % 60);
                if (at >= second) {
                    ran.add(run.shardingItem() + " " + at);
                }
            }
        }
        return ran.stream().sorted().toList();
    }

    // ---- another owner -----------------------------------------------------------------------------------------

    @Test
    void anItemThatIsMovedRunsOnItsNewOwnerFromTheNextFiringOnAndNoFiringIsLostOrRunTwice() {
        OperatedCluster.Instance one = join(ONE, job("a", 4, OFTEN).build());
        OperatedCluster.Instance two = join(TWO, job("a", 4, OFTEN).build());
        cluster.until("05.000");
        int item = IntStream.range(0, 4)
                .filter(each -> owner(each).equals(one.id))
                .findFirst()
                .orElseThrow();
        commands.moveItem("a", item, two.id);
        cluster.until("21.000");
        assertThat(owner(item)).isEqualTo(two.id);
        assertThat(two.ran()).contains("a " + item + " 8", "a " + item + " 12", "a " + item + " 20");
        List<String> expected = new ArrayList<>();
        for (int at = 8; at <= 20; at += 4) {
            for (int each = 0; each < 4; each++) {
                expected.add(each + " " + at);
            }
        }
        assertThat(ranFrom(8)).containsExactlyInAnyOrderElementsOf(expected);
        assertThat(status().reshardingPending()).isFalse();
        assertThat(cluster.operations.queries().audit(Question.ALL, null, 1).get(0))
                .satisfies(entry -> {
                    assertThat(entry.what()).isEqualTo("moveItem");
                    assertThat(entry.before()).isEqualTo("item " + item + " of " + one.id);
                    assertThat(entry.after()).isEqualTo("item " + item + " of " + two.id + ", from the next firing on");
                    assertThat(entry.result()).isEqualTo("done");
                });
    }

    @Test
    void whenAnInstanceComesTheItemsAreDealtByTheStrategyAgain() {
        OperatedCluster.Instance one = join(ONE, job("a", 3, OFTEN).build());
        OperatedCluster.Instance two = join(TWO, job("a", 3, OFTEN).build());
        cluster.until("05.000");
        IntStream.range(0, 3)
                .filter(each -> !owner(each).equals(one.id))
                .forEach(each -> commands.moveItem("a", each, one.id));
        cluster.until("09.000");
        assertThat(List.of(owner(0), owner(1), owner(2))).containsOnly(one.id);
        OperatedCluster.Instance three = join(THREE, job("a", 3, OFTEN).build());
        cluster.until("14.000");
        assertThat(List.of(owner(0), owner(1), owner(2))).containsExactlyInAnyOrder(one.id, two.id, three.id);
        assertThat(cluster.server.data(paths.moved())).isNull();
    }

    @Test
    void anItemOfAStaticJobMovesAloneAndStays() {
        JobConfiguration fixed = job("a", 4, OFTEN).staticSharding(true).build();
        OperatedCluster.Instance one = join(ONE, fixed);
        cluster.until("05.000");
        OperatedCluster.Instance two = join(TWO, fixed);
        cluster.until("09.000");
        assertThat(IntStream.range(0, 4).mapToObj(this::owner)).containsOnly(one.id);
        commands.moveItem("a", 2, two.id);
        cluster.until("13.000");
        assertThat(IntStream.range(0, 4).mapToObj(this::owner)).containsExactly(one.id, one.id, two.id, one.id);
        join(THREE, fixed);
        cluster.until("21.000");
        assertThat(IntStream.range(0, 4).mapToObj(this::owner)).containsExactly(one.id, one.id, two.id, one.id);
    }

    @Test
    void anItemThatRunsMovesWhenItHasEnded() {
        OperatedCluster.Instance one = join(ONE, job("a", 2, OFTEN).build());
        OperatedCluster.Instance two = join(TWO, job("a", 2, OFTEN).build());
        cluster.until("05.000");
        int item = owner(0).equals(one.id) ? 0 : 1;
        one.hold = true;
        cluster.until("09.000");
        commands.moveItem("a", item, two.id);
        cluster.until("13.000");
        assertThat(owner(item)).isEqualTo(one.id);
        one.hold = false;
        cluster.until("17.000");
        assertThat(owner(item)).isEqualTo(two.id);
        assertThat(ranFrom(8).stream().distinct().toList()).isEqualTo(ranFrom(8));
        assertThat(ranFrom(8)).contains(item + " 8", item + " 12", item + " 16");
    }

    @Test
    void aMoveThatCannotBeIsRefusedAndSaysWhy() {
        OperatedCluster.Instance one = join(ONE, job("a", 1, OFTEN).build());
        OperatedCluster.Instance two = join(TWO, job("a", 1, OFTEN).build());
        cluster.until("05.000");
        String owner = owner(0);
        assertThatThrownBy(() -> commands.moveItem("a", 0, owner))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("belongs to " + owner + " already");
        assertThatThrownBy(() -> commands.moveItem("a", 1, one.id)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> commands.moveItem("a", 0, "10.9.9.9@-@1"))
                .isInstanceOf(NoSuchElementException.class)
                .hasMessageContaining("10.9.9.9@-@1");
        String other = owner.equals(one.id) ? two.id : one.id;
        commands.disable(Target.jobOnServer("a", JobPaths.ipOf(other)));
        assertThatThrownBy(() -> commands.moveItem("a", 0, other))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("switched off");
        assertThat(cluster.server.data(paths.moved())).isNull();
    }

    @Test
    void anItemThatTakesTurnsAndOneThatElasticJobDealsAreNotMoved() {
        OperatedCluster.Instance one = join(
                ONE,
                job("a", 1, OFTEN)
                        .jobShardingStrategyType("SINGLE_SHARDING_BALANCE")
                        .build());
        OperatedCluster.Instance two = join(
                TWO,
                job("a", 1, OFTEN)
                        .jobShardingStrategyType("SINGLE_SHARDING_BALANCE")
                        .build());
        cluster.until("05.000");
        String other = owner(0).equals(one.id) ? two.id : one.id;
        assertThatThrownBy(() -> commands.moveItem("a", 0, other))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("SINGLE_SHARDING_BALANCE");
        JobPaths led = new JobPaths(OperatedCluster.NAMESPACE, "b");
        OperatedCluster.Instance here = join(ONE, job("b", 2, OFTEN).build());
        cluster.write(
                new Write.Delete(led.leaderInstance(), -1),
                new Write.Create(led.leaderInstance(), PEER + "@-@1", CreateMode.PERSISTENT));
        assertThatThrownBy(() -> commands.moveItem("b", 0, here.id))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("an instance of ElasticJob");
    }

    // ---- one firing less ---------------------------------------------------------------------------------------

    @Test
    void exactlyTheNextFiringIsLeftOutAndTheOneAfterItRuns() {
        OperatedCluster.Instance one = join(ONE, job("a", 2, OFTEN).build());
        OperatedCluster.Instance two = join(TWO, job("a", 2, OFTEN).build());
        cluster.until("05.000");
        assertThat(status().nextRun()).isEqualTo(Instant.parse("2026-01-01T00:00:08Z"));
        assertThat(commands.skipNext("a")).isEqualTo(Instant.parse("2026-01-01T00:00:08Z"));
        assertThat(status().nextRun()).isEqualTo(Instant.parse("2026-01-01T00:00:12Z"));
        assertThat(status().disabled()).isFalse();
        commands.trigger("a");
        cluster.until("06.000");
        assertThat(ranFrom(5)).containsExactly("0 5", "1 5");
        cluster.until("17.000");
        assertThat(ranFrom(6)).containsExactly("0 12", "0 16", "1 12", "1 16");
        assertThat(one.ran().size() + two.ran().size()).isEqualTo(8);
    }

    @Test
    void aSkippedFiringIsNotMadeUpForWhenARunWasUnderWayThen() {
        OperatedCluster.Instance one =
                join(ONE, job("a", 1, OFTEN).misfire(true).build());
        cluster.until("03.000");
        one.hold = true;
        cluster.until("05.000");
        commands.skipNext("a");
        cluster.until("09.000");
        one.hold = false;
        cluster.until("11.500");
        assertThat(ranFrom(4)).containsExactly("0 4");
        cluster.until("13.000");
        assertThat(ranFrom(4)).containsExactly("0 12", "0 4");
    }

    @Test
    void whoStartsBeforeTheFiringLeavesItOutToo() {
        join(ONE, job("a", 2, OFTEN).build());
        cluster.until("05.000");
        commands.skipNext("a");
        join(TWO, job("a", 2, OFTEN).build());
        cluster.until("13.000");
        assertThat(ranFrom(8)).containsExactly("0 12", "1 12");
    }

    @Test
    void aSkipThatCannotBeIsRefusedAndSaysWhy() {
        join(ONE, job("a", 1, OFTEN).build());
        cluster.until("07.300");
        assertThatThrownBy(() -> commands.skipNext("a"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("2026-01-01T00:00:08Z")
                .hasMessageContaining("nearer than a second");
        cluster.until("09.000");
        commands.skipNext("a");
        assertThatThrownBy(() -> commands.skipNext("a"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("2026-01-01T00:00:12Z")
                .hasMessageContaining("skipped already")
                .hasMessageContaining("li from console: one disk is full");
        cluster.until("13.000");
        commands.disable("a");
        assertThatThrownBy(() -> commands.skipNext("a"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("switched off")
                .hasMessageContaining("li from console");
        assertThatThrownBy(() -> commands.skipNext("nobody")).isInstanceOf(NoSuchElementException.class);
        join(ONE, JobConfiguration.newBuilder("byHand", 1).build());
        assertThatThrownBy(() -> commands.skipNext("byHand"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("has no schedule");
    }

    @Test
    void besideElasticJobTheJobIsPausedUntilShortlyAfterTheFiring() {
        join(ONE, job("a", 1, OFTEN).build());
        cluster.until("05.000");
        cluster.write(
                new Write.Create(paths.server(PEER), "ENABLED", CreateMode.PERSISTENT),
                new Write.Create(paths.instance(PEER + "@-@1"), "", CreateMode.PERSISTENT));
        cluster.pass(Duration.ofMillis(100));
        assertThat(commands.skipNext("a")).isEqualTo(Instant.parse("2026-01-01T00:00:08Z"));
        assertThat(cluster.node("a", "servers/" + PEER)).isEqualTo("DISABLED");
        cluster.until("09.900");
        assertThat(cluster.node("a", "servers/" + PEER)).isEqualTo("DISABLED");
        cluster.until("10.500");
        assertThat(cluster.node("a", "servers/" + PEER)).isEqualTo("ENABLED");
        assertThat(cluster.node("a", "servers/" + ONE)).isEqualTo("ENABLED");
        assertThat(ranFrom(8)).isEmpty();
    }
}

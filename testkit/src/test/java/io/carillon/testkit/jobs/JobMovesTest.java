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

import io.carillon.jobs.coordination.JobPaths;
import io.carillon.jobs.coordination.Registry.CreateMode;
import io.carillon.jobs.coordination.Registry.Write;
import io.carillon.jobs.operations.HealthReason;
import io.carillon.jobs.operations.JobMoves;
import io.carillon.jobs.operations.JobMoves.Unforetold;
import io.carillon.jobs.operations.JobQueries;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.NoSuchElementException;
import org.junit.jupiter.api.Test;

/** What the next deal of a job's items will change is told before it comes, and what changed is told after it. */
class JobMovesTest {

    private static final String ONE = "10.0.0.1";
    private static final String TWO = "10.0.0.2";
    private static final String OFTEN = "0/10 * * * * ?";

    private final OperatedCluster cluster = new OperatedCluster();
    private final JobQueries queries = cluster.operations.queries();
    private final JobPaths paths = new JobPaths(OperatedCluster.NAMESPACE, "a");

    private OperatedCluster.Instance instance(String ip) {
        return cluster.new Instance(ip).join(job("a", 4, OFTEN).build());
    }

    private JobMoves moves() {
        return queries.moves("a");
    }

    /** {@code item verb from to} with the last digit of the instances' addresses. */
    private static List<String> told(List<JobMoves.Move> moves) {
        return moves.stream()
                .map(move -> move.item() + " " + move.verb() + " " + digit(move.from()) + " " + digit(move.to()))
                .toList();
    }

    private static String digit(String id) {
        return id == null ? "-" : id.substring(7, 8);
    }

    @Test
    void whoJoinsTakesItemsFromOwnersThatAreThere() {
        instance(ONE);
        assertThat(moves().asked()).as("nothing was dealt yet").isTrue();
        assertThat(told(moves().foretold())).containsExactly("0 TAKE - 1", "1 TAKE - 1", "2 TAKE - 1", "3 TAKE - 1");
        cluster.until("10.500");
        assertThat(moves()).isEqualTo(JobMoves.NONE);

        instance(TWO);
        JobMoves next = moves();
        assertThat(next.asked()).isTrue();
        assertThat(next.unforetold()).isNull();
        assertThat(told(next.foretold())).containsExactly("0 REVOKE 1 2", "1 REVOKE 1 2");
        assertThat(next.seen()).as("nobody owned the items before").isEmpty();

        cluster.until("20.500");
        JobMoves after = moves();
        assertThat(after.asked()).isFalse();
        assertThat(after.foretold()).isEmpty();
        assertThat(told(after.seen())).containsExactlyInAnyOrder("0 REVOKE 1 2", "1 REVOKE 1 2");
        assertThat(after.seen()).allSatisfy(move -> assertThat(move.at())
                .isBetween(Instant.parse("2026-01-01T00:00:19Z"), Instant.parse("2026-01-01T00:00:20.500Z")));
    }

    @Test
    void theItemsOfWhoIsLostAreTakenAndThoseOfWhoLeavesInOrderAreReleased() {
        instance(ONE);
        OperatedCluster.Instance two = instance(TWO);
        cluster.until("10.500");
        assertThat(moves().foretold()).isEmpty();
        two.die();
        assertThat(told(moves().foretold())).containsExactly("0 TAKE 2 1", "1 TAKE 2 1");
        cluster.until("20.500");
        assertThat(told(moves().seen())).containsExactlyInAnyOrder("0 TAKE 2 1", "1 TAKE 2 1");

        OperatedCluster.Instance again = instance(TWO);
        cluster.until("30.500");
        again.engine.leaveAll();
        cluster.until("35.000");
        assertThat(told(moves().foretold())).containsExactly("0 RELEASE 2 1", "1 RELEASE 2 1");
        cluster.until("40.500");
        assertThat(told(moves().seen()).subList(0, 2)).containsExactlyInAnyOrder("0 RELEASE 2 1", "1 RELEASE 2 1");
        assertThat(told(moves().seen())).hasSize(6);
    }

    @Test
    void aServerThatIsSwitchedOffReleasesItsItems() {
        instance(ONE);
        instance(TWO);
        cluster.until("10.500");
        cluster.write(new Write.SetData(paths.server(TWO), "DISABLED", -1));
        assertThat(told(moves().foretold())).containsExactly("0 RELEASE 2 1", "1 RELEASE 2 1");
    }

    @Test
    void whereNobodyCanSayWhoComesNextTheItemsWait() {
        OperatedCluster.Instance one = instance(ONE);
        cluster.until("10.500");
        one.die();
        assertThat(moves().unforetold()).isEqualTo(Unforetold.NOBODY);
        assertThat(told(moves().foretold())).containsExactly("0 WAIT 1 -", "1 WAIT 1 -", "2 WAIT 1 -", "3 WAIT 1 -");

        instance(TWO);
        String stored = cluster.node("a", "config");
        cluster.write(new Write.SetData(paths.config(), stored + "\njobShardingStrategyType: OF_SOMEBODY_ELSE\n", -1));
        assertThat(moves().unforetold()).isEqualTo(Unforetold.STRATEGY);
        assertThat(told(moves().foretold())).hasSize(4).allMatch(move -> move.contains("WAIT"));
        cluster.write(new Write.SetData(paths.config(), "shardingTotalCount: many", -1));
        assertThat(moves().unforetold()).isEqualTo(Unforetold.CONFIGURATION);
        assertThatThrownBy(() -> queries.moves("b")).isInstanceOf(NoSuchElementException.class);
    }

    @Test
    void aDealWaitsForItemsThatRun() {
        OperatedCluster.Instance one = instance(ONE);
        cluster.until("09.000");
        one.hold = true;
        cluster.until("10.500");
        assertThat(moves().waitsFor()).as("no deal is asked for").isEmpty();
        instance(TWO);
        assertThat(moves().asked()).isTrue();
        assertThat(moves().waitsFor()).containsExactly(0, 1, 2, 3);
    }

    @Test
    void staticShardingKeepsItemsWithOwnersThatAreGoneUnlessSomebodyAsks() {
        OperatedCluster.Instance one = cluster.new Instance(ONE)
                .join(job("a", 2, OFTEN).staticSharding(true).build());
        cluster.new Instance(TWO).join(job("a", 2, OFTEN).staticSharding(true).build());
        cluster.until("10.500");
        one.die();
        assertThat(moves().asked()).isFalse();
        assertThat(moves().foretold()).isEmpty();
        cluster.write(new Write.Create(paths.necessary(), "", CreateMode.PERSISTENT));
        assertThat(told(moves().foretold()))
                .allMatch(move -> move.endsWith("TAKE 1 2"))
                .isNotEmpty();
    }

    @Test
    void anItemThatChangesItsOwnerWithDealAfterDealIsSaidToWander() {
        instance(ONE);
        cluster.until("10.500");
        for (int i = 0; i < 3; i++) {
            OperatedCluster.Instance two = instance(TWO);
            cluster.pass(Duration.ofSeconds(10));
            two.engine.leaveAll();
            cluster.pass(Duration.ofSeconds(10));
        }
        assertThat(queries.job("a").orElseThrow().health().reasons())
                .extracting(HealthReason::code)
                .contains(HealthReason.Code.FLAPPING);
    }

    @Test
    void theListOfSeenMovesDoesNotGrow() {
        OperatedCluster.Instance one = cluster.new Instance(ONE)
                .join(job("a", 1, "0/2 * * * * ?")
                        .jobShardingStrategyType("SINGLE_SHARDING_BALANCE")
                        .build());
        cluster.new Instance(TWO)
                .join(job("a", 1, "0/2 * * * * ?")
                        .jobShardingStrategyType("SINGLE_SHARDING_BALANCE")
                        .build());
        cluster.pass(Duration.ofSeconds(60));
        assertThat(one.ran()).isNotEmpty();
        assertThat(moves().seen()).hasSize(20).isSortedAccordingTo((left, right) -> right.at()
                .compareTo(left.at()));
    }
}

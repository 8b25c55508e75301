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

import io.carillon.launcher.SystemTime;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Two instances of Carillon and two of ElasticJob 3.0.4 share a job of ten items, with a leader of either side. */
@Tag("elasticjob")
class MixedClusterStoryTest {

    private static final int ITEMS = 10;

    @TempDir
    private Path folder;

    @ParameterizedTest(name = "{0} leads")
    @CsvSource({"c1, e1, c2, e2", "e1, c1, e2, c2"})
    void everyItemRunsOncePerFiringThroughJoinsLeavesAndKillsOfEachSide(
            String leader, String first, String second, String third) throws Exception {
        MixedFigures.Report report = play(leader, first, second, third);
        assertThat(report.firings()).isGreaterThanOrEqualTo(60);
        assertThat(report.faults()).isEmpty();
    }

    /** What ElasticJob among itself comes to in the same story: to know whose the gaps are. Reports only. */
    @Test
    void theSameStoryOfFourInstancesOfElasticJobIsReported() throws Exception {
        assertThat(play("e1", "e2", "e3", "e4").firings()).isGreaterThanOrEqualTo(60);
    }

    private MixedFigures.Report play(String leader, String first, String second, String third) throws Exception {
        String[] all = sorted(leader, first, second, third);
        try (MixedCluster cluster = new MixedCluster(folder, "* * * * * ?", ITEMS, false, Duration.ZERO).open()) {
            cluster.start(leader);
            long from = cluster.awaitSettled(2, leader);
            for (String next : List.of(first, second, third)) {
                cluster.start(next);
            }
            cluster.awaitSettled(10, all);
            assertThat(cluster.leader()).isEqualTo(leader);

            cluster.stop(third);
            cluster.awaitSettled(3, sorted(leader, first, second));
            cluster.start(third);
            cluster.awaitSettled(3, all);
            cluster.stop(second);
            cluster.awaitSettled(3, sorted(leader, first, third));
            cluster.start(second);
            cluster.awaitSettled(3, all);
            assertThat(cluster.leader()).isEqualTo(leader);

            cluster.kill(third);
            cluster.awaitSettled(3, sorted(leader, first, second));
            cluster.start(third);
            cluster.awaitSettled(3, all);
            cluster.kill(leader);
            cluster.awaitSettled(3, sorted(first, second, third));
            cluster.start(leader);
            cluster.awaitSettled(3, all);
            cluster.awaitSecond(from + 61);

            MixedFigures.Report report = cluster.judge(
                    leader + " led " + String.join(", ", all),
                    from,
                    SystemTime.now().getEpochSecond() - 2);
            System.out.println(report.table());
            return report;
        }
    }

    @ParameterizedTest(name = "{0} leads, {4} is killed")
    @CsvSource({"c1, e1, c2, e2, e2", "e1, c1, e2, c2, c2", "c1, e1, c2, e2, c1", "e1, c1, e2, c2, e1"})
    void withFailoverTheItemsThatAKillCutRunAgainOnceBeforeTheNextFiring(
            String leader, String first, String second, String third, String killed) throws Exception {
        int period = 20;
        try (MixedCluster cluster =
                new MixedCluster(folder, "0/" + period + " * * * * ?", ITEMS, true, Duration.ofMillis(1_500)).open()) {
            for (String next : List.of(leader, first, second, third)) {
                cluster.start(next);
            }
            MixedCluster.await("a firing on four instances", () -> {
                SystemTime.pause(Duration.ofMillis(100));
                Map<Integer, List<String>> runs = cluster.printed("RUN")
                        .getOrDefault(SystemTime.now().getEpochSecond() / period * period, Map.of());
                return runs.size() == ITEMS && new HashSet<>(runs.values()).size() == 4;
            });
            long cutFiring = SystemTime.now().getEpochSecond() / period * period;
            cluster.kill(killed);
            Set<Integer> cut = new HashSet<>();
            Map<Integer, List<String>> ended = cluster.printed("END").getOrDefault(cutFiring, Map.of());
            cluster.printed("RUN").get(cutFiring).forEach((item, runners) -> {
                if (runners.contains(killed) && !ended.containsKey(item)) {
                    cut.add(item);
                }
            });
            assertThat(cut).isNotEmpty();
            long next = cutFiring + period;
            MixedCluster.await("the firing after", () -> SystemTime.now().getEpochSecond() > next + 6);

            Map<Integer, Integer> again = new TreeMap<>();
            cluster.printed("RUN").forEach((at, runs) -> {
                if (at > cutFiring && at < next) {
                    runs.forEach((item, runners) -> again.merge(item, runners.size(), Integer::sum));
                }
            });
            System.out.println("leader " + leader + ", killed " + killed + ", cut " + cut + ", again " + again
                    + ", next " + cluster.printed("RUN").get(next));
            assertThat(again.keySet()).as("items that ran again").isEqualTo(cut);
            assertThat(again.values()).as("how often they ran again").containsOnly(1);
            assertThat(cluster.printed("RUN").get(next))
                    .hasSize(ITEMS)
                    .allSatisfy(
                            (item, runners) -> assertThat(runners).hasSize(1).doesNotContain(killed));
            assertThat(cluster.children(MixedCluster.PATHS.leader() + "/failover/items"))
                    .isEmpty();
        }
    }

    private static String[] sorted(String... names) {
        String[] result = names.clone();
        java.util.Arrays.sort(result);
        return result;
    }
}

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
import io.carillon.jobs.history.RunRecord;
import io.carillon.jobs.history.RunRecord.Outcome;
import io.carillon.jobs.history.RunRecord.Source;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What becomes of the items of an instance that dies, and of whoever takes them over; in virtual time. */
class FailoverTest {

    private final DrivenCluster cluster = new DrivenCluster();

    private static JobConfiguration job(int items) {
        return JobConfiguration.newBuilder("job", items)
                .cron("0/20 * * * * ?")
                .timeZone("GMT")
                .failover(true)
                .build();
    }

    private static List<String> log(DrivenCluster.Instance instance) {
        return instance.ended.stream()
                .filter(run -> run.outcome() == Outcome.SUCCEEDED)
                .map(run -> run.source() + " " + run.shardingItem())
                .sorted()
                .toList();
    }

    private List<String> marks() {
        return cluster.server.dump().keySet().stream()
                .filter(path -> path.matches(".*/(running|failover|failovering)|.*/failover/items/.*"))
                .toList();
    }

    @Test
    void whenTheTakerDiesTooAThirdRunsWhatItHadTakenAndWhatItRanItself() {
        List<DrivenCluster.Instance> alive = new ArrayList<>();
        for (int i = 1; i <= 3; i++) {
            alive.add(cluster.join("10.0.0." + i, job(3), context -> {}));
        }
        alive.forEach(instance -> instance.hold = true);
        cluster.until("20.500");
        assertThat(alive).allMatch(instance -> instance.waiting.size() == 1);
        alive.remove(0).die();
        cluster.until("21.000");
        DrivenCluster.Instance taker = alive.get(0).waiting.size() == 2 ? alive.get(0) : alive.get(1);
        assertThat(taker.waiting).hasSize(2);
        alive.remove(taker);
        taker.die();
        cluster.until("22.000");
        DrivenCluster.Instance third = alive.get(0);
        assertThat(third.waiting)
                .as("its own, the taker's own, and the one that the taker had taken")
                .hasSize(3);
        third.hold = false;
        cluster.until("23.000");
        assertThat(log(third))
                .hasSize(3)
                .filteredOn(run -> run.startsWith("FAILOVER "))
                .hasSize(2);
        assertThat(third.ended).extracting(RunRecord::shardingItem).containsExactlyInAnyOrder(0, 1, 2);
        assertThat(marks()).isEmpty();
        cluster.until("40.500");
        assertThat(third.ended).as("and once at the next firing").hasSize(6);
    }

    @Test
    void whoStartsAfterTheOnlyInstanceWasKilledRunsWhatThatWasRunningOnceAndAtOnce() {
        for (String successor : List.of("10.0.0.1", "10.0.0.2")) {
            DrivenCluster world = new DrivenCluster();
            DrivenCluster.Instance killed = world.join("10.0.0.1", job(2), context -> {});
            killed.hold = true;
            world.until("20.500");
            assertThat(killed.waiting).hasSize(2);
            killed.die();
            world.until("25.000");
            DrivenCluster.Instance next = world.join(successor, job(2), context -> {});
            world.until("26.000");
            assertThat(log(next)).as("of " + successor).containsExactly("FAILOVER 0", "FAILOVER 1");
            world.until("40.500");
            assertThat(log(next))
                    .as("of " + successor)
                    .containsExactly("FAILOVER 0", "FAILOVER 1", "NORMAL_TRIGGER 0", "NORMAL_TRIGGER 1");
        }
    }

    @Test
    void itemsThatNobodyRanWhenTheirOwnerDiedAreNotRepeated() {
        DrivenCluster.Instance a = cluster.join("10.0.0.1", job(4), context -> {});
        DrivenCluster.Instance b = cluster.join("10.0.0.2", job(4), context -> {});
        cluster.until("20.500");
        assertThat(a.ended).hasSize(2);
        assertThat(b.ended).hasSize(2);
        cluster.until("25.000");
        b.die();
        cluster.until("39.900");
        assertThat(a.ended).as("nothing before the next firing").hasSize(2);
        cluster.until("40.500");
        assertThat(a.ended.subList(2, 6)).extracting(RunRecord::source).containsOnly(Source.NORMAL_TRIGGER);
        assertThat(a.ended).hasSize(6);
    }

    /** The marks of one firing are taken away in one commit, when its last item has ended. */
    @Test
    void anItemThatHadEndedIsRepeatedWithTheOthersWhenItsFiringHadNot() {
        DrivenCluster.Instance a = cluster.join("10.0.0.1", job(4), context -> {});
        DrivenCluster.Instance b = cluster.join("10.0.0.2", job(4), context -> {});
        b.hold = true;
        cluster.until("20.500");
        assertThat(b.waiting).hasSize(2);
        b.waiting.remove(0).run();
        cluster.until("21.000");
        b.die();
        cluster.until("22.000");
        assertThat(log(a)).filteredOn(run -> run.startsWith("FAILOVER ")).hasSize(2);
    }
}

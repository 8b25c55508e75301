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

import io.carillon.jobs.coordination.ShardingStrategy;
import io.carillon.jobs.coordination.ShardingStrategy.Deal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What every sharding strategy must do. Extend it in a test and return yours. */
public abstract class ShardingStrategyContract {

    private static final List<String> JOBS = List.of("a", "b", "points", "polygenelubricants", "日结", "");

    /** The strategy under test. */
    protected abstract ShardingStrategy strategy();

    /** By how many items two instances may differ; override for a strategy that is uneven on purpose. */
    protected int mostUneven() {
        return 1;
    }

    private interface Case {
        void check(Deal deal, List<String> owners);
    }

    private void everyCase(Case check) {
        for (String job : JOBS) {
            for (int instances = 1; instances <= 5; instances++) {
                List<String> ids = IntStream.range(0, instances)
                        .mapToObj(i -> "10.0.0." + (9 - i / 2) + "@-@" + (9 - i % 2))
                        .toList();
                for (int total = 1; total <= 20; total++) {
                    Deal first = new Deal(job, ids, total, List.of());
                    List<String> owners = strategy().owners(first);
                    check.check(first, owners);
                    Deal again = new Deal(job, ids, total, owners);
                    check.check(again, strategy().owners(again));
                }
            }
        }
    }

    @Test
    void everyItemIsOwnedByOneOfThoseWhoTakePart() {
        everyCase((deal, owners) -> {
            assertThat(owners).as(deal.toString()).hasSize(deal.total());
            assertThat(deal.instances()).as(deal.toString()).containsAll(owners);
        });
    }

    @Test
    void theSameDealHasTheSameOwners() {
        everyCase((deal, owners) ->
                assertThat(strategy().owners(deal)).as(deal.toString()).isEqualTo(owners));
    }

    @Test
    void withoutMovingTheOwnersDoNotDependOnThePresentOnes() {
        everyCase((deal, owners) -> {
            if (!strategy().movesAfterEachRun()) {
                Deal fresh = new Deal(deal.jobName(), deal.instances(), deal.total(), List.of());
                assertThat(strategy().owners(fresh)).as(deal.toString()).isEqualTo(owners);
            }
        });
    }

    @Test
    void theItemsAreBalanced() {
        everyCase((deal, owners) -> {
            Map<String, Integer> counts = new HashMap<>();
            deal.instances().forEach(id -> counts.put(id, 0));
            owners.forEach(id -> counts.merge(id, 1, Integer::sum));
            TreeSet<Integer> sorted = new TreeSet<>(counts.values());
            assertThat(sorted.last() - sorted.first()).as(deal.toString()).isLessThanOrEqualTo(mostUneven());
        });
    }

    @Test
    void itIsFoundUnderItsType() {
        assertThat(ShardingStrategy.of(strategy().type())).isNotNull().hasSameClassAs(strategy());
    }
}

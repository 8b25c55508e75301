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
package io.carillon.jobs.coordination;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.jobs.coordination.ShardingStrategy.Deal;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The standard strategies against tables; instances are called by their place in the descending order, from 0. */
class StandardStrategyTest {

    private static final List<String> IDS =
            List.of("10.0.0.5@-@e", "10.0.0.4@-@d", "10.0.0.3@-@c", "10.0.0.2@-@b", "10.0.0.1@-@a");

    private static ShardingStrategy strategy(String type) {
        return Objects.requireNonNull(ShardingStrategy.of(type));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "AVG_ALLOCATION | a | 3 | 8  | 0 0 1 1 2 2 0 1",
                "AVG_ALLOCATION | b | 3 | 10 | 0 0 0 1 1 1 2 2 2 0",
                "AVG_ALLOCATION | a | 2 | 3  | 0 1 0",
                "AVG_ALLOCATION | a | 4 | 3  | 0 1 2",
                // the hash of a is 97, of b 98
                "ODEVITY        | a | 3 | 8  | 0 0 1 1 2 2 0 1",
                "ODEVITY        | b | 3 | 8  | 2 2 1 1 0 0 2 1",
                "ODEVITY        | b | 4 | 3  | 3 2 1",
                "ROUND_ROBIN    | a | 3 | 3  | 1 2 0",
                "ROUND_ROBIN    | b | 3 | 4  | 2 0 1 2",
                "ROUND_ROBIN    | b | 2 | 3  | 0 1 0",
                // a negative hash: -1424385949
                "ROUND_ROBIN    | abcdef | 3 | 3 | 1 2 0",
                // the hash is the smallest number there is: ElasticJob's leader fails
                "ROUND_ROBIN    | polygenelubricants | 3 | 4 | 2 0 1 2",
                "ROUND_ROBIN    | polygenelubricants | 2 | 2 | 0 1"
            })
    void itemsAreDealtAsElasticJobDealsThem(String type, String job, int instances, int total, String owners) {
        List<String> ids = IDS.subList(0, instances);
        List<String> places = new ArrayList<>();
        strategy(type)
                .owners(new Deal(job, ids, total, List.of()))
                .forEach(owner -> places.add(String.valueOf(ids.indexOf(owner))));
        assertThat(String.join(" ", places)).isEqualTo(owners);
    }

    @Test
    void singleShardingBalanceGivesEachInstanceItsTurnAlsoTwoOfOneHost() {
        ShardingStrategy turns = strategy("SINGLE_SHARDING_BALANCE");
        List<String> ids = List.of("10.0.0.2@-@b", "10.0.0.1@-@y", "10.0.0.1@-@x");
        List<String> owner = turns.owners(new Deal("a", ids, 1, List.of()));
        List<String> took = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            took.addAll(owner);
            owner = turns.owners(new Deal("a", ids, 1, owner));
        }
        assertThat(took)
                .containsExactly(
                        "10.0.0.1@-@y", "10.0.0.1@-@x", "10.0.0.2@-@b", "10.0.0.1@-@y", "10.0.0.1@-@x", "10.0.0.2@-@b");
    }

    @Test
    void singleShardingBalanceGoesOnBehindAnOwnerThatHasLeft() {
        List<String> left = List.of("10.0.0.5@-@e", "10.0.0.1@-@a");
        assertThat(strategy("SINGLE_SHARDING_BALANCE").owners(new Deal("a", left, 1, List.of("10.0.0.3@-@c"))))
                .containsExactly("10.0.0.1@-@a");
    }

    @Test
    void aTypeThatNobodyKnowsIsNotTakenForAnother() {
        assertThat(ShardingStrategy.of("average")).isNull();
        assertThat(ShardingStrategy.of(null)).isSameAs(StandardStrategy.AVG_ALLOCATION);
        assertThat(ShardingStrategy.types())
                .contains("AVG_ALLOCATION", "ODEVITY", "ROUND_ROBIN", "SINGLE_SHARDING_BALANCE");
    }
}

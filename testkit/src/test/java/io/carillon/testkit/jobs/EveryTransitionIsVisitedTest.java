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

import io.carillon.jobs.model.FiringLife;
import io.carillon.jobs.model.ItemRunLife;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/**
 * A transition that no test visits fails the build. Runs last, after all tests of this module: they are whole engines that go
 * through the tables of the job engine's state machines. Alone it fails. The life of a message is looked after by {@code
 * InMemoryMessageStoreTest} in the same way.
 */
@Order(Integer.MAX_VALUE)
class EveryTransitionIsVisitedTest {

    @Test
    void theTestsOfThisModuleVisitEveryTransitionOfTheEnginesMachines() {
        Set<String> expected = new TreeSet<>();
        add(expected, ItemRunLife.table());
        add(expected, FiringLife.table());
        assertThat(new TreeSet<>(VisitedTransitions.VISITED))
                .as("transitions visited (run the whole module, not this test alone)")
                .isEqualTo(expected);
    }

    private static <S extends Enum<S>, E extends Enum<E>> void add(Set<String> expected, Map<S, Map<E, S>> table) {
        table.forEach(
                (from, row) -> row.forEach((event, to) -> expected.add(VisitedTransitions.name(from, event, to))));
    }
}

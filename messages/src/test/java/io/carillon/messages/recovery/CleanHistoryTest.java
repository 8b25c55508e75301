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
package io.carillon.messages.recovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

class CleanHistoryTest {

    private static final Instant NOW = Instant.parse("2026-11-22T02:00:00Z");
    private static final Duration RETENTION = Duration.ofDays(30);

    private Instant time = NOW;

    /** A table with so many full batches, each of which takes ten seconds. */
    private final class Table implements AgedTable {

        private int batches;
        private final List<Instant> bounds = new ArrayList<>();

        Table(int batches) {
            this.batches = batches;
        }

        @Override
        public String name() {
            return "TABLE";
        }

        @Override
        public Done clean(Instant bound, int batch, BooleanSupplier goOn) {
            bounds.add(bound);
            if (batches < 0) {
                throw new IllegalStateException("locked");
            }
            long deleted = 0;
            while (batches > 0) {
                batches--;
                deleted += batch;
                time = time.plusSeconds(10);
                if (!goOn.getAsBoolean()) {
                    break;
                }
            }
            return new Done(deleted, batches > 0);
        }
    }

    private CleanHistory job(AgedTable... tables) {
        return new CleanHistory(List.of(tables), RETENTION, Duration.ofSeconds(25), () -> time);
    }

    @Test
    void theTimeBudgetEndsARunAndTheNextTakesUpTheRest() {
        Table large = new Table(5);
        CleanHistory job = job(large);
        MaintenanceResult first = job.run(NOW, 0, 1);
        assertThat(first.handled()).isEqualTo(3000);
        assertThat(first.left()).isEqualTo(1);
        assertThat(job.run(NOW, 0, 1).isComplete()).isTrue();
        assertThat(large.bounds).containsOnly(NOW.minus(RETENTION));
    }

    @Test
    void theTablesAreDealtOverTheShards() {
        Table first = new Table(1);
        Table second = new Table(1);
        Table third = new Table(1);
        CleanHistory job = job(first, second, third);
        assertThat(job.run(NOW, 1, 2).handled()).isEqualTo(1000);
        assertThat(second.batches).isZero();
        assertThat(job.run(NOW, 0, 2).handled()).isEqualTo(2000);
        assertThatThrownBy(() -> job.run(NOW, 2, 2)).hasMessageStartingWith("shard: 2 of 2");
    }

    @Test
    void aTableThatCannotBeCleanedKeepsNoOtherFromIt() {
        Table good = new Table(1);
        assertThatThrownBy(() -> job(new Table(-1), good).run(NOW, 0, 1)).hasMessage("locked");
        assertThat(good.batches).isZero();
    }

    @Test
    void aRetentionOfNothingIsRefused() {
        assertThatThrownBy(() -> new CleanHistory(List.of(), Duration.ZERO, Duration.ofSeconds(25), () -> time))
                .hasMessageStartingWith("retention: PT0S");
    }
}

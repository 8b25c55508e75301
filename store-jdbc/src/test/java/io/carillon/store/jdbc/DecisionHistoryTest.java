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
package io.carillon.store.jdbc;

import static io.carillon.store.jdbc.Seed.NOW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.jobs.history.Decision;
import io.carillon.jobs.history.DecisionHistory;
import io.carillon.jobs.history.RunRecord;
import io.carillon.jobs.model.WhyNot;
import io.carillon.messages.recovery.AgedTable;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Why firings did not run, on every database. */
@ParameterizedClass
@EnumSource(TestDatabase.class)
class DecisionHistoryTest {

    @Parameter
    TestDatabase database;

    private JdbcStore store;
    private DecisionHistory history;

    @BeforeEach
    void open() {
        javax.sql.DataSource dataSource = database.withTables();
        store = JdbcStore.open(dataSource, new JdbcTransactions(dataSource).connections());
        history = store.decisionHistory();
    }

    private static Decision decision(UUID id, Instant first, Instant last, boolean ended, String... arguments) {
        return new Decision(
                id,
                "job",
                3,
                "10.0.0.1@-@7",
                WhyNot.WAITS_FOR_ITEM,
                List.of(arguments),
                first,
                last,
                2,
                first.plusMillis(5),
                last.plusMillis(5),
                ended);
    }

    @Test
    void aDecisionComesBackAsItWasKept() {
        Decision kept = decision(UUID.randomUUID(), NOW, NOW.plusSeconds(2), true, "4", "", "10.0.0.2@-@8");
        history.record(List.of(kept));
        assertThat(history.between("job", NOW, NOW, 10)).containsExactly(kept);
        assertThat(history.between("other", NOW, NOW, 10)).isEmpty();
    }

    @Test
    void aLaterRecordOfTheSameIdReplacesTheEarlierOne() {
        UUID id = UUID.randomUUID();
        Decision begun = decision(id, NOW, NOW, false, "4", "b");
        Decision ended = decision(id, NOW, NOW.plusSeconds(60), true, "4", "b");
        history.record(List.of(begun));
        history.record(List.of(ended, ended));
        assertThat(history.between("job", NOW, NOW.plusSeconds(100), 10)).containsExactly(ended);
    }

    @Test
    void onlyWhatIsAboutTheSlotIsFound() {
        Decision before = decision(UUID.randomUUID(), NOW.minusSeconds(100), NOW.minusSeconds(50), true, "1", "b");
        Decision open = decision(UUID.randomUUID(), NOW.minusSeconds(100), NOW.minusSeconds(50), false, "2", "b");
        Decision within = decision(UUID.randomUUID(), NOW.plusSeconds(1), NOW.plusSeconds(2), true, "3", "b");
        Decision after = decision(UUID.randomUUID(), NOW.plusSeconds(11), NOW.plusSeconds(12), true, "4", "b");
        history.record(List.of(within, after, open, before));
        assertThat(history.between("job", NOW, NOW.plusSeconds(10), 10))
                .as("one that has not ended speaks on")
                .containsExactly(open, within);
        assertThat(history.between("job", NOW.plusSeconds(5), NOW.plusSeconds(10), 10))
                .isEmpty();
    }

    @Test
    void argumentsThatAreTooLongAreCut() {
        Decision said = decision(UUID.randomUUID(), NOW, NOW, true, "x".repeat(5_000), "a\nb");
        history.record(List.of(said));
        assertThat(history.between("job", NOW, NOW, 10).get(0).arguments()).containsExactly("x".repeat(900), "a b");
    }

    @Test
    void whatIsOldIsCleanedAndWhatStillHoldsStays() {
        AgedTable table = store.agedTables().stream()
                .filter(aged -> aged.name().equals(Tables.JOB_DECISION))
                .findFirst()
                .orElseThrow();
        for (int i = 0; i < 25; i++) {
            history.record(List.of(
                    decision(UUID.randomUUID(), NOW.minusSeconds(100 - i), NOW.minusSeconds(100 - i), true, "1", "b")));
        }
        Decision holds = decision(UUID.randomUUID(), NOW.minusSeconds(100), NOW.plusSeconds(1), false, "1", "b");
        history.record(List.of(holds));
        assertThat(table.clean(NOW, 10, () -> true)).isEqualTo(new AgedTable.Done(25, false));
        assertThat(history.between("job", NOW.minusSeconds(200), NOW.plusSeconds(1), 100))
                .containsExactly(holds);
    }

    @Test
    void runsArePickedByTheirPlannedTime() {
        RunRecord early = run(NOW.minusSeconds(10), NOW.minusSeconds(10));
        RunRecord late = run(NOW, NOW.plusSeconds(3_000));
        RunRecord next = run(NOW.plusSeconds(10), NOW.plusSeconds(3_001));
        store.runHistory().record(List.of(early, late, next));
        assertThat(store.runHistory().planned("job", NOW, NOW.plusSeconds(5), 10))
                .containsExactly(late);
        assertThatThrownBy(() -> store.runHistory().planned("job", NOW, NOW, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expected: 1..10000");
        assertThatThrownBy(() -> history.between("job", NOW, NOW, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expected: 1..10000");
    }

    private static RunRecord run(Instant planned, Instant started) {
        return new RunRecord(
                UUID.randomUUID(),
                "job",
                0,
                "instance",
                1,
                RunRecord.Source.NORMAL_TRIGGER,
                planned,
                started,
                started,
                RunRecord.Outcome.SUCCEEDED,
                0,
                null);
    }
}

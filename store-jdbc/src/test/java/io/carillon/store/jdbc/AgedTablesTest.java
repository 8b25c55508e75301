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

import io.carillon.jobs.history.RunRecord;
import io.carillon.messages.central.Outcome;
import io.carillon.messages.central.TransactionMarks;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.operations.Audit;
import io.carillon.messages.recovery.AgedTable;
import io.carillon.messages.recovery.CleanHistory;
import io.carillon.messages.recovery.MaintenanceResult;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** The tables that are cleaned by age, on every database. */
@ParameterizedClass
@EnumSource(TestDatabase.class)
class AgedTablesTest {

    private static final Duration RETENTION = Duration.ofDays(30);
    private static final Instant BOUND = NOW.minus(RETENTION);

    @Parameter
    TestDatabase database;

    private final Seed seed = new Seed();
    private JdbcStore store;
    private TransactionMarks marks;

    @BeforeEach
    void open() {
        DataSource dataSource = database.withTables();
        store = JdbcStore.open(dataSource, new JdbcTransactions(dataSource).connections());
        marks = store.transactionMarks();
    }

    private MessageId committed(Instant made) {
        MessageId id = seed.id(made);
        marks.committed(id);
        return id;
    }

    private AgedTable markTable() {
        return store.agedTables().stream()
                .filter(table -> table.name().equals(Tables.TRANSACTION_MARK))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void oneRunCleansRunsAndMarksThatAreOldEnoughAndNoOthers() {
        List<RunRecord> runs = new ArrayList<>();
        IntStream.range(0, 2100).forEach(i -> runs.add(run(BOUND.minusMillis(1 + i / 3))));
        runs.add(run(BOUND));
        store.runHistory().record(runs);
        IntStream.range(0, 30).forEach(i -> committed(BOUND.minusMillis(1 + i / 3)));
        MessageId young = committed(BOUND);

        CleanHistory job = new CleanHistory(store.agedTables(), RETENTION, Duration.ofMinutes(5), () -> NOW);
        MaintenanceResult done = job.run(NOW, 0, 1);

        assertThat(done.handled()).isEqualTo(2130);
        assertThat(done.isComplete()).isTrue();
        assertThat(store.runHistory().latest("", 100)).containsExactly(runs.get(2100));
        assertThat(marks.settle(young)).isEqualTo(Outcome.COMMITTED);
        assertThat(job.run(NOW, 0, 1).handled()).isZero();
    }

    @Test
    void aMarkThatWasCleanedIsNotTakenForATransactionThatNeverWas() {
        MessageId old = committed(BOUND.minusMillis(1));
        MessageId never = seed.id(BOUND.minusMillis(1));
        MessageId young = seed.id(BOUND);

        assertThat(markTable().clean(BOUND, 100, () -> true).deleted()).isEqualTo(1);

        assertThat(marks.settle(old)).isEqualTo(Outcome.UNKNOWN);
        assertThat(marks.settle(old)).as("nothing is fixed").isEqualTo(Outcome.UNKNOWN);
        assertThat(marks.settle(never)).isEqualTo(Outcome.UNKNOWN);
        assertThat(marks.settle(young)).isEqualTo(Outcome.ROLLED_BACK);
        assertThat(markTable().clean(BOUND.minusSeconds(60), 100, () -> true).deleted())
                .isZero();
        assertThat(marks.settle(old)).as("the bound never goes back").isEqualTo(Outcome.UNKNOWN);
    }

    @Test
    void aCleaningThatIsToldToStopStopsAfterABatchAndTheNextGoesOn() {
        IntStream.range(0, 25).forEach(i -> committed(BOUND.minusMillis(1 + i)));
        AgedTable.Done first = markTable().clean(BOUND, 10, () -> false);
        assertThat(first).isEqualTo(new AgedTable.Done(10, true));
        assertThat(markTable().clean(BOUND, 10, () -> true)).isEqualTo(new AgedTable.Done(15, false));
    }

    @Test
    void oldEntriesOfTheAuditAreCleaned() {
        Audit.Entry old = entry(BOUND.minusMillis(1));
        Audit.Entry young = entry(BOUND);
        store.audit().begin(old);
        store.audit().begin(young);
        new CleanHistory(store.agedTables(), RETENTION, Duration.ofMinutes(5), () -> NOW).run(NOW, 0, 1);
        assertThat(store.audit().latest(null, 10)).containsExactly(young);
    }

    private Audit.Entry entry(Instant at) {
        return new Audit.Entry(seed.id(at).uuid(), at, "ann", "replay", "all", null, null, "because", null);
    }

    private RunRecord run(Instant started) {
        return new RunRecord(
                new UUID(seed.id(started).uuid().getLeastSignificantBits(), 1),
                "job",
                0,
                "instance",
                1,
                RunRecord.Source.NORMAL_TRIGGER,
                started,
                started,
                started,
                RunRecord.Outcome.SUCCEEDED,
                0,
                null);
    }
}

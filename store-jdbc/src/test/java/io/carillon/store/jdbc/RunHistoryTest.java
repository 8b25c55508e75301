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

import io.carillon.jobs.history.RunHistory;
import io.carillon.jobs.history.RunRecord;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** The table of runs. */
@ParameterizedClass
@EnumSource(TestDatabase.class)
class RunHistoryTest {

    @Parameter
    TestDatabase database;

    private DataSource dataSource;
    private JdbcRunHistory history;

    @BeforeEach
    void open() {
        dataSource = database.withTables();
        history = JdbcStore.open(dataSource, Connections.of(dataSource)).cleanableRunHistory();
    }

    private static RunRecord run(String job, Instant started, String cause) {
        return new RunRecord(
                UUID.nameUUIDFromBytes((job + started).getBytes(java.nio.charset.StandardCharsets.UTF_8)),
                job,
                3,
                "192.168.1.1@-@42",
                77,
                RunRecord.Source.FAILOVER,
                started.minusMillis(5),
                started,
                started.plusMillis(10),
                cause == null ? RunRecord.Outcome.SUCCEEDED : RunRecord.Outcome.FAILED,
                1234,
                cause);
    }

    @Test
    void theLatestComeFirstOfOneJobOrOfAll() {
        List<RunRecord> runs = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            runs.add(run(i % 2 == 0 ? "even" : "odd", NOW.plusSeconds(i), i == 5 ? "java.lang.Error: 出错 🔔" : null));
        }
        history.record(runs);
        assertThat(history.latest("", 3)).containsExactly(runs.get(5), runs.get(4), runs.get(3));
        assertThat(history.latest("even", 10)).containsExactly(runs.get(4), runs.get(2), runs.get(0));
        assertThat(history.latest("EVEN", 10)).isEmpty();
        assertThatThrownBy(() -> history.latest("", 0)).hasMessageStartingWith("limit: 0 (expected: 1..10000)");
    }

    @Test
    void theLatestOfManyJobsComeInOneStatementPerHundred() {
        List<RunRecord> runs = new ArrayList<>();
        List<String> jobs = new ArrayList<>();
        for (int i = 0; i < 250; i++) {
            jobs.add("job-" + i);
            for (int second = 0; second < 3; second++) {
                runs.add(run("job-" + i, NOW.plusSeconds(second), null));
            }
        }
        history.record(runs);
        jobs.add("never");
        java.util.Map<String, List<RunRecord>> latest = history.latestOf(jobs, 2);
        assertThat(latest).hasSize(250);
        assertThat(latest.get("job-17")).containsExactly(runs.get(3 * 17 + 2), runs.get(3 * 17 + 1));
        assertThat(history.latestOf(List.of(), 2)).isEmpty();
        assertThatThrownBy(() -> history.latestOf(jobs, 0)).hasMessageStartingWith("perJob: 0 (expected: 1..1000)");
    }

    @Test
    void runsAreFoundByJobOutcomeAndTimeInPagesThatMissNothing() {
        List<RunRecord> runs = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            // five at a time start together
            runs.add(run("job" + i % 2, NOW.plusSeconds(i / 5).plusMillis(0), i % 4 == 0 ? "x.E: no" : null));
        }
        List<RunRecord> distinct = new ArrayList<>();
        for (int i = 0; i < runs.size(); i++) {
            RunRecord run = runs.get(i);
            distinct.add(new RunRecord(
                    new UUID(i % 3 - 1L, i),
                    run.jobName(),
                    i,
                    run.instance(),
                    run.fence(),
                    run.source(),
                    run.scheduledTime(),
                    run.started(),
                    run.ended(),
                    run.outcome(),
                    run.handled(),
                    run.cause()));
        }
        history.record(distinct);
        List<RunRecord> paged = new ArrayList<>();
        RunHistory.Question question = RunHistory.Question.of("", 7);
        List<RunRecord> page = history.find(question);
        while (!page.isEmpty()) {
            paged.addAll(page);
            question = question.after(page.get(page.size() - 1));
            page = history.find(question);
        }
        assertThat(paged).hasSize(40).doesNotHaveDuplicates().containsExactlyInAnyOrderElementsOf(distinct);
        assertThat(paged).extracting(RunRecord::started).isSortedAccordingTo(java.util.Comparator.reverseOrder());
        assertThat(history.find(RunHistory.Question.of("job0", 1_000)
                        .endedAs(RunRecord.Outcome.FAILED)
                        .between(NOW.plusSeconds(2), NOW.plusSeconds(6))))
                .isNotEmpty()
                .allMatch(run -> run.jobName().equals("job0")
                        && run.outcome() == RunRecord.Outcome.FAILED
                        && !run.started().isBefore(NOW.plusSeconds(2))
                        && run.started().isBefore(NOW.plusSeconds(6)));
        assertThatThrownBy(() -> RunHistory.Question.of("", 1_001)).hasMessageContaining("1..1000");
    }

    @Test
    void aRecordKeptTwiceIsThereOnce() {
        RunRecord first = run("job", NOW, null);
        RunRecord second = run("job", NOW.plusSeconds(1), null);
        history.record(List.of(first));
        history.record(List.of(first, second));
        assertThat(history.latest("job", 10)).containsExactly(second, first);
    }

    @Test
    void theNumberOfAnAttemptIsKeptAndARowWithoutOneIsAFirstAttempt() {
        RunRecord first = run("job", NOW, null);
        history.record(List.of(new RunRecord(
                first.id(),
                first.jobName(),
                first.shardingItem(),
                first.instance(),
                first.fence(),
                first.source(),
                first.scheduledTime(),
                first.started(),
                first.ended(),
                RunRecord.Outcome.TIMED_OUT,
                first.handled(),
                first.cause(),
                3)));
        assertThat(history.latest("job", 1)).allMatch(run -> run.attempt() == 3);
        assertThat(history.latest("job", 1)).allMatch(run -> run.outcome() == RunRecord.Outcome.TIMED_OUT);
        TestDatabase.run(dataSource, "UPDATE CARILLON_JOB_RUN SET attempt = NULL");
        assertThat(history.latest("job", 1)).allMatch(run -> run.attempt() == 1);
    }

    @Test
    void whatARunWasGivenAndItsTraceAreKept() {
        RunRecord traced = run("job", NOW, null)
                .given("参".repeat(RunRecord.MAX_PARAMETER + 1), "", "f".repeat(RunRecord.MAX_TRACE_ID));
        history.record(List.of(traced));
        assertThat(history.latest("job", 1)).containsExactly(traced);
        assertThat(history.find(RunHistory.Question.of("job", 1))).containsExactly(traced);
    }

    @Test
    void tablesOfTheVersionBeforeAreUpgradedAndItsInstancesGoOnWritingToThem() {
        DataSource older = database.empty();
        JdbcStore.createTables(older);
        for (String column : List.of("job_parameter", "item_parameter", "trace_id")) {
            TestDatabase.run(older, "ALTER TABLE CARILLON_JOB_RUN DROP COLUMN " + column);
        }
        writeAsBefore(older, "before");
        assertThatThrownBy(() -> JdbcStore.open(older, Connections.of(older)))
                .hasMessageStartingWith("table CARILLON_JOB_RUN: no column job_parameter");
        JdbcStore.createTables(older);
        writeAsBefore(older, "meanwhile");
        assertThat(JdbcStore.open(older, Connections.of(older)).runHistory().latest("", 10))
                .extracting(RunRecord::jobName, RunRecord::jobParameter, RunRecord::traceId)
                .containsExactlyInAnyOrder(
                        org.assertj.core.groups.Tuple.tuple("before", null, null),
                        org.assertj.core.groups.Tuple.tuple("meanwhile", null, null));
    }

    /** As the former version does. */
    private void writeAsBefore(DataSource tables, String job) {
        RunRecord run = run(job, NOW, null);
        String id = run.id().toString().replace("-", "");
        TestDatabase.run(
                tables,
                "INSERT INTO CARILLON_JOB_RUN (started_at, id, job_name, item, instance, fence, source, scheduled_at,"
                        + " ended_at, outcome, handled, cause, attempt) VALUES (1, "
                        + (database == TestDatabase.POSTGRESQL ? "decode('" + id + "', 'hex')" : "X'" + id + "'")
                        + ", '" + job + "', 0, 'a', 1, 'MANUAL', 1, 1, 'SUCCEEDED', 0, NULL, 1)");
    }

    @Test
    void aLongCauseIsCut() {
        history.record(List.of(run("job", NOW, "x".repeat(JdbcRunHistory.MAX_CAUSE + 5))));
        assertThat(history.latest("job", 1).get(0).cause()).hasSize(JdbcRunHistory.MAX_CAUSE);
    }

    @Test
    void rowsOfANewerVersionAreLeftOut() {
        history.record(List.of(run("job", NOW, null)));
        TestDatabase.run(dataSource, "UPDATE CARILLON_JOB_RUN SET source = 'BY_MAGIC'");
        assertThat(history.latest("job", 10)).isEmpty();
    }

    @Test
    void cleaningDeletesExactlyTheOldOnesInBatches() {
        for (int count : new int[] {0, 1, 99, 100, 101, 250}) {
            List<RunRecord> runs = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                runs.add(run("old" + i, NOW.minusMillis(1 + i / 7), null));
            }
            runs.add(run("young", NOW, null));
            runs.add(run("younger", NOW.plusSeconds(9), null));
            history.record(runs);
            assertThat(history.clean(NOW, 100)).as("of " + count).isEqualTo(count);
            assertThat(history.latest("", 1000)).hasSize(2);
        }
    }
}

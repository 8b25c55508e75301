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

import io.carillon.jobs.history.JobObserver.Task;
import io.carillon.jobs.history.RunRecord;
import io.carillon.jobs.history.RunRecord.Outcome;
import io.carillon.jobs.history.RunRecord.Source;
import io.carillon.store.jdbc.EventTracing.Settings;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** ElasticJob's event tables, those of old and new releases and our own, on every database. */
@ParameterizedClass
@EnumSource(TestDatabase.class)
class EventTracingTest {

    private static final Settings ALL = new Settings(false, Set.of(), Set.of());
    private static final Settings CREATING = new Settings(true, Set.of(), Set.of());

    @Parameter
    TestDatabase database;

    /** Tables as an ElasticJob has them: {@code is_success} always filled, {@code source} up to 3.0.4. */
    private DataSource tablesOfElasticJob(boolean withSource) {
        DataSource dataSource = database.empty();
        String success = database == TestDatabase.POSTGRESQL ? "BOOLEAN" : "INT";
        TestDatabase.run(
                dataSource,
                "CREATE TABLE JOB_EXECUTION_LOG (id VARCHAR(40) NOT NULL, job_name VARCHAR(100) NOT NULL,"
                        + " task_id VARCHAR(255) NOT NULL, hostname VARCHAR(255) NOT NULL, ip VARCHAR(50) NOT NULL,"
                        + " sharding_item INT NOT NULL, execution_source VARCHAR(20) NOT NULL,"
                        + " failure_cause VARCHAR(4000) NULL, is_success " + success + " NOT NULL,"
                        + " start_time TIMESTAMP NULL, complete_time TIMESTAMP NULL, PRIMARY KEY (id))",
                "CREATE TABLE JOB_STATUS_TRACE_LOG (id VARCHAR(40) NOT NULL, job_name VARCHAR(100) NOT NULL,"
                        + " original_task_id VARCHAR(255) NOT NULL, task_id VARCHAR(255) NOT NULL,"
                        + " slave_id VARCHAR(50) NOT NULL, " + (withSource ? "source VARCHAR(50) NOT NULL, " : "")
                        + "execution_type VARCHAR(20) NOT NULL, sharding_item VARCHAR(100) NOT NULL,"
                        + " state VARCHAR(20) NOT NULL, message VARCHAR(4000) NULL, creation_time TIMESTAMP NULL,"
                        + " PRIMARY KEY (id))");
        return dataSource;
    }

    private static Task task(String job, long fence, Source source, List<Integer> items) {
        String numbers = String.join(",", items.stream().map(String::valueOf).toList());
        return new Task(
                job + "@-@" + numbers + "@-@READY@-@10.0.0.1@-@7",
                job,
                "10.0.0.1@-@7",
                fence,
                items,
                source,
                NOW,
                NOW,
                NOW.plusSeconds(1));
    }

    private static RunRecord run(Task task, int item, Outcome outcome, String cause) {
        return new RunRecord(
                UUID.randomUUID(),
                task.jobName(),
                item,
                task.instance(),
                task.fence(),
                task.source(),
                NOW,
                NOW.plusSeconds(2),
                NOW.plusSeconds(3),
                outcome,
                0,
                cause);
    }

    private static void fire(EventTracing tracing, Task task) {
        tracing.begins(task);
        tracing.ended(run(task, 0, Outcome.SUCCEEDED, null));
        tracing.ended(run(task, 1, Outcome.FAILED, "java.io.IOException: no light\n at X"));
        tracing.ends(task, NOW.plusSeconds(4), List.of("1: java.io.IOException: no light"));
    }

    private void assertTraced(DataSource dataSource, String job) {
        assertThat(TestDatabase.rows(
                        dataSource,
                        "SELECT job_name, sharding_item, execution_source, CASE WHEN is_success = "
                                + (database == TestDatabase.POSTGRESQL ? "TRUE" : "1")
                                + " THEN 'well' ELSE 'badly' END, failure_cause, ip,"
                                + " CASE WHEN complete_time > start_time THEN 'ended' END"
                                + " FROM JOB_EXECUTION_LOG ORDER BY sharding_item"))
                .containsExactly(
                        job + " | 0 | MISFIRE | well | null | 10.0.0.1 | ended",
                        job + " | 1 | MISFIRE | badly | java.io.IOException: no light\n at X | 10.0.0.1 | ended");
        assertThat(TestDatabase.rows(
                        dataSource,
                        "SELECT job_name, task_id, slave_id, execution_type, sharding_item, state, message"
                                + " FROM JOB_STATUS_TRACE_LOG ORDER BY creation_time"))
                .containsExactly(
                        job + " | " + job
                                + "@-@0,1@-@READY@-@10.0.0.1@-@7 | 10.0.0.1 | READY | [0, 1] | TASK_STAGING | ",
                        job + " | " + job
                                + "@-@0,1@-@READY@-@10.0.0.1@-@7 | 10.0.0.1 | READY | [0, 1] | TASK_RUNNING | ",
                        job + " | " + job + "@-@0,1@-@READY@-@10.0.0.1@-@7 | 10.0.0.1 | READY | [0, 1] | TASK_ERROR | "
                                + "1: java.io.IOException: no light");
    }

    @Test
    void theTablesOfARunningElasticJobOfEitherAgeAreWrittenAsTheyAre() {
        for (boolean withSource : List.of(true, false)) {
            DataSource dataSource = tablesOfElasticJob(withSource);
            try (EventTracing tracing = EventTracing.start(dataSource, ALL)) {
                fire(tracing, task("job", 7, Source.MISFIRE, List.of(0, 1)));
            }
            assertTraced(dataSource, "job");
            if (withSource) {
                assertThat(TestDatabase.rows(dataSource, "SELECT DISTINCT source FROM JOB_STATUS_TRACE_LOG"))
                        .containsExactly("LITE_EXECUTOR");
            }
        }
    }

    @Test
    void missingTablesAreCreatedOnlyWhenAskedAndSuitPeersOfEitherAge() {
        DataSource dataSource = database.empty();
        try (EventTracing tracing = EventTracing.start(dataSource, ALL)) {
            fire(tracing, task("job", 7, Source.MISFIRE, List.of(0, 1)));
            tracing.close();
            assertThat(tracing.lost()).isEqualTo(4);
        }
        try (EventTracing tracing = EventTracing.start(dataSource, CREATING)) {
            fire(tracing, task("job", 7, Source.MISFIRE, List.of(0, 1)));
        }
        assertTraced(dataSource, "job");
        TestDatabase.run(
                dataSource,
                "INSERT INTO JOB_STATUS_TRACE_LOG (id, job_name, original_task_id, task_id, slave_id, execution_type,"
                        + " sharding_item, state) VALUES ('1', 'j', '', 't', 's', 'READY', '[]', 'TASK_STAGING')");
        assertThat(TestDatabase.rows(dataSource, "SELECT source FROM JOB_STATUS_TRACE_LOG WHERE id = '1'"))
                .containsExactly("LITE_EXECUTOR");
    }

    @Test
    void anItemThatRunsIsSeenWhereTheTableLetsItAndNeverLooksFailed() {
        DataSource theirs = tablesOfElasticJob(true);
        DataSource ours = database.empty();
        Task task = task("job", 7, Source.NORMAL_TRIGGER, List.of(0));
        for (DataSource dataSource : List.of(theirs, ours)) {
            try (EventTracing tracing = EventTracing.start(dataSource, CREATING)) {
                tracing.begins(task);
            }
        }
        assertThat(TestDatabase.rows(theirs, "SELECT is_success FROM JOB_EXECUTION_LOG"))
                .isEmpty();
        assertThat(TestDatabase.rows(ours, "SELECT is_success, complete_time FROM JOB_EXECUTION_LOG"))
                .containsExactly("null | null");
        assertThat(TestDatabase.rows(theirs, "SELECT state FROM JOB_STATUS_TRACE_LOG"))
                .contains("TASK_RUNNING");
    }

    @Test
    void onlyTheJobsThatAreAskedForAreTraced() {
        DataSource dataSource = tablesOfElasticJob(false);
        try (EventTracing including = EventTracing.start(dataSource, new Settings(false, Set.of("a"), Set.of()));
                EventTracing excluding = EventTracing.start(dataSource, new Settings(false, Set.of(), Set.of("a")))) {
            fire(including, task("a", 1, Source.MANUAL, List.of(0, 1)));
            fire(including, task("b", 2, Source.MANUAL, List.of(0, 1)));
            fire(excluding, task("a", 3, Source.FAILOVER, List.of(0, 1)));
            fire(excluding, task("c", 4, Source.FAILOVER, List.of(0, 1)));
        }
        assertThat(TestDatabase.rows(
                        dataSource,
                        "SELECT DISTINCT job_name, execution_source FROM JOB_EXECUTION_LOG ORDER BY job_name"))
                .containsExactly("a | NORMAL_TRIGGER", "c | FAILOVER");
        assertThatThrownBy(() -> new Settings(false, Set.of("a"), Set.of("b")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("(expected: one of them, or none)");
    }

    @Test
    void longTextsAreCutAndManyItemsFit() {
        DataSource dataSource = tablesOfElasticJob(false);
        List<Integer> many = IntStream.range(0, 1_000).boxed().toList();
        List<Integer> even = IntStream.range(0, 1_000).map(i -> 2 * i).boxed().toList();
        try (EventTracing tracing = EventTracing.start(dataSource, ALL)) {
            for (Task task : List.of(task("a", 1, Source.MANUAL, many), task("b", 2, Source.MANUAL, even))) {
                tracing.begins(task);
                tracing.ended(
                        run(task, 0, Outcome.FAILED, "x".repeat(3_999) + "\uD83D\uDD14" + "\0" + "y".repeat(9_000)));
                tracing.ends(task, NOW.plusSeconds(4), List.of("z".repeat(9_000)));
            }
            tracing.close();
            assertThat(tracing.lost()).isZero();
        }
        assertThat(TestDatabase.rows(dataSource, "SELECT DISTINCT sharding_item FROM JOB_STATUS_TRACE_LOG"))
                .hasSize(2)
                .contains("[0-999]")
                .allMatch(text -> text.length() <= 100 && text.endsWith("]"));
        assertThat(TestDatabase.rows(dataSource, "SELECT DISTINCT task_id FROM JOB_EXECUTION_LOG ORDER BY task_id"))
                .allMatch(id -> id.length() <= 255 && id.split("@-@").length == 5)
                .contains("a@-@0-999@-@READY@-@10.0.0.1@-@7");
        assertThat(TestDatabase.rows(dataSource, "SELECT failure_cause FROM JOB_EXECUTION_LOG"))
                .allMatch(cause -> cause.equals("x".repeat(3_999)));
    }

    @Test
    void aRowThatTheDatabaseRefusesDoesNotTakeTheOthersWithIt() {
        DataSource dataSource = tablesOfElasticJob(false);
        Task task = task("job", 7, Source.MISFIRE, List.of(0, 1));
        try (EventTracing tracing = EventTracing.start(dataSource, ALL)) {
            tracing.begins(task);
            tracing.ended(run(task, 0, Outcome.SUCCEEDED, null));
            tracing.ended(run(task, 0, Outcome.SUCCEEDED, null));
            tracing.ended(run(task, 1, Outcome.FAILED, "java.io.IOException: no light\n at X"));
            tracing.ends(task, NOW.plusSeconds(4), List.of("1: java.io.IOException: no light"));
            tracing.close();
            assertThat(tracing.lost()).isEqualTo(1);
        }
        assertTraced(dataSource, "job");
    }

    @Test
    void aDatabaseThatIsAwayCostsEventsAndNothingElse() {
        JdbcDataSource away = new JdbcDataSource();
        away.setURL("jdbc:h2:tcp://127.0.0.1:1/nothing");
        try (EventTracing tracing = EventTracing.start(away, ALL)) {
            for (int fence = 0; fence < 5_000; fence++) {
                fire(tracing, task("job", fence, Source.MISFIRE, List.of(0, 1)));
            }
            tracing.close();
            assertThat(tracing.lost()).isPositive();
        }
    }
}

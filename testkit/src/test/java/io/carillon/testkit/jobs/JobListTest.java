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
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.coordination.JobPaths;
import io.carillon.jobs.coordination.Registry.Write;
import io.carillon.jobs.history.RunHistory;
import io.carillon.jobs.history.RunRecord;
import io.carillon.jobs.history.RunRecord.Outcome;
import io.carillon.jobs.operations.ChangePreview;
import io.carillon.jobs.operations.ChangePreview.Effect;
import io.carillon.jobs.operations.ClusterCopy;
import io.carillon.jobs.operations.HealthReason.Code;
import io.carillon.jobs.operations.JobQueries;
import io.carillon.jobs.operations.JobQueries.Health.Level;
import io.carillon.jobs.operations.JobSearch;
import io.carillon.jobs.operations.JobSearch.Row;
import io.carillon.jobs.operations.JobSearch.Sort;
import io.carillon.jobs.operations.RegistryOperations;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The list of jobs, for five thousand of them, and what a console asks of one. */
class JobListTest {

    private static final Instant NOW = Instant.parse("2026-01-02T00:30:00Z");
    private static final ManyJobs JOBS = new ManyJobs("many", 5_000, 2, 1);

    private final ManualTime time = new ManualTime(NOW);
    private final InMemoryRegistry server = new InMemoryRegistry(time, Duration.ofSeconds(4), Runnable::run);
    private final Kept history = new Kept();
    private RegistryOperations operations;
    private JobQueries queries;

    /** Runs in memory that count how often they are asked for. */
    private static final class Kept implements RunHistory {
        private final List<RunRecord> runs = new ArrayList<>();
        private int asked;

        @Override
        public void record(List<RunRecord> ended) {
            runs.addAll(ended);
        }

        @Override
        public List<RunRecord> latest(String jobName, int limit) {
            asked++;
            return runs.stream()
                    .filter(run -> jobName.isEmpty() || run.jobName().equals(jobName))
                    .sorted(NEWEST_FIRST)
                    .limit(limit)
                    .toList();
        }

        @Override
        public java.util.Map<String, List<RunRecord>> latestOf(java.util.Collection<String> jobNames, int perJob) {
            asked++;
            java.util.Map<String, List<RunRecord>> found = new java.util.TreeMap<>();
            runs.stream().filter(run -> jobNames.contains(run.jobName())).forEach(run -> found.computeIfAbsent(
                            run.jobName(), name -> new ArrayList<>())
                    .add(0, run));
            return found;
        }
    }

    private void open(ManyJobs jobs, int firings) {
        jobs.fill(server.connect());
        history.record(jobs.runs(firings, NOW.minusSeconds(NOW.getEpochSecond() % 3_600)));
        operations = RegistryOperations.open(
                server.connect(), "many", RegistryOperations.Settings.of(time).history(history));
        queries = operations.queries();
    }

    @BeforeEach
    void settle() {
        history.asked = 0;
    }

    @AfterEach
    void close() {
        operations.close();
    }

    private JobSearch.Page search(String text) {
        return queries.search(JobSearch.parse(text, "owner-3"));
    }

    @Test
    void aListOfFiveThousandJobsAsksTheRegistryNothing() {
        open(JOBS, 2);
        assertThat(search("").all()).isEqualTo(5_000);
        for (int job : new int[] {0, 1, 17, 4_999}) {
            assertThat(operations.commands().configuration(JOBS.name(job))).contains(JOBS.configuration(job));
        }
        long before = server.requests();
        history.asked = 0;
        for (int page = 0; page < 20; page++) {
            JobSearch.Page found = queries.search(
                    JobSearch.parse("", "").sortedBy(Sort.NAME, false).page(page * 50, 50));
            assertThat(found.rows()).hasSize(50);
            assertThat(found.rows().get(0).jobName()).isEqualTo(JOBS.name(page * 50));
        }
        assertThat(server.requests() - before).as("requests").isZero();
        assertThat(history.asked).as("questions to the history").isLessThanOrEqualTo(20);
        time.advance(Duration.ofSeconds(11));
        search("");
        assertThat(server.requests() - before)
                .as("requests, when all rows are made anew")
                .isZero();
        ClusterCopy copy = queries.copy();
        assertThat(copy.jobs()).hasSize(5_000).allSatisfy(job -> assertThat(job.configuration())
                .isEqualTo(JOBS.configuration(Integer.parseInt(job.name().replaceAll("\\D", "")))));
        assertThat(copy.jobs()).allSatisfy(job -> assertThat(job.version()).isNotNegative());
        assertThat(server.requests() - before)
                .as("requests for the whole cluster with its settings")
                .isZero();
    }

    @Test
    void aJobThatRunsSeldomKeepsItsLastRunBesideOneThatRunsOften() {
        ManyJobs jobs = new ManyJobs("many", 20, 2, 2);
        open(jobs, 2);
        RunRecord often = history.runs.stream()
                .filter(run -> run.jobName().equals(jobs.name(1)))
                .findFirst()
                .orElseThrow();
        for (int i = 1; i <= 12_000; i++) {
            Instant at = NOW.plusMillis(i);
            history.runs.add(new RunRecord(
                    new UUID(812, i),
                    often.jobName(),
                    often.shardingItem(),
                    often.instance(),
                    often.fence(),
                    often.source(),
                    at,
                    at,
                    at,
                    often.outcome(),
                    often.handled(),
                    null));
        }
        time.advance(Duration.ofMinutes(1));
        assertThat(queries.jobs())
                .hasSize(20)
                .allSatisfy(job -> assertThat(job.lastRun()).as(job.jobName()).isNotNull());
    }

    @Test
    void theListCountsAllJobsByLevelAndReasonAndSortsWorstFirst() {
        open(new ManyJobs("many", 200, 2, 2), 8);
        JobSearch.Page all = search("");
        assertThat(all.found()).isEqualTo(200);
        assertThat(all.levels().values().stream().mapToInt(Integer::intValue).sum())
                .isEqualTo(200);
        assertThat(all.levels()).containsEntry(Level.DISABLED, 2);
        assertThat(all.reasons()).containsEntry(Code.DISABLED, 2);
        assertThat(all.rows())
                .extracting(row -> row.health().level())
                .isSortedAccordingTo(java.util.Comparator.reverseOrder());
        JobSearch.Page counted = queries.search(JobSearch.parse("", "").page(0, 0));
        assertThat(counted.rows()).isEmpty();
        assertThat(counted.reasons()).isEqualTo(all.reasons());
    }

    @Test
    void filtersAreKeysWithValuesWordsAndTheirContrary() {
        open(new ManyJobs("many", 200, 2, 2), 3);
        assertThat(names("group:group-3")).containsExactlyElementsOf(numbered(30, 40));
        assertThat(names("owner:me")).containsExactlyElementsOf(numbered(60, 80));
        assertThat(names("owner:me group:group-7 job-0007")).containsExactlyElementsOf(numbered(70, 80));
        assertThat(names("health:disabled")).containsExactly("job-00007", "job-00107");
        assertThat(names("intent:disabled -name:*107")).containsExactly("job-00007");
        assertThat(names("name:job-0000*")).hasSize(10);
        assertThat(names("\"region 3\" -assignment:unowned")).isNotEmpty().contains("job-00003");
        assertThat(names("server:10.0.0.1")).hasSize(200);
        assertThat(names("instance:10.0.0.9@-@1")).isEmpty();
        assertThat(names("group:")).isEmpty();
        assertThat(names("result:failed"))
                .isEqualTo(names("health:last_failed"))
                .isNotEmpty();
        JobSearch.Page odd = search("colour:red health:blue job-00001");
        assertThat(odd.problems())
                .hasSize(2)
                .anyMatch(problem -> problem.startsWith("colour:red (expected: one of [health, "))
                .contains("health:blue (expected: a level or a reason)");
        assertThat(odd.rows()).extracting(Row::jobName).containsExactly("job-00001");
        assertThatThrownBy(() -> JobSearch.parse("", "").page(0, 1_001)).isInstanceOf(IllegalArgumentException.class);
    }

    private List<String> names(String text) {
        return queries
                .search(JobSearch.parse(text, "owner-3")
                        .sortedBy(Sort.NAME, false)
                        .page(0, 1_000))
                .rows()
                .stream()
                .map(Row::jobName)
                .toList();
    }

    private static List<String> numbered(int from, int to) {
        List<String> names = new ArrayList<>();
        for (int i = from; i < to; i++) {
            names.add(JOBS.name(i));
        }
        return names;
    }

    @Test
    void aRowTellsTheLatestFiringsTheUsualDurationAndTheNextRunInTheZoneOfTheJob() {
        open(new ManyJobs("many", 20, 2, 2), 30);
        Row row = search("name:job-00005").rows().get(0);
        assertThat(row.group()).isEqualTo("group-0");
        assertThat(row.owner()).isEqualTo("owner-0");
        assertThat(row.zone()).isEqualTo("Asia/Shanghai");
        assertThat(row.nextRun()).isEqualTo("2026-01-02T01:05:00Z");
        assertThat(row.recent()).hasSizeBetween(10, 20);
        assertThat(row.recent().get(0).scheduledTime()).isEqualTo("2026-01-01T23:05:00Z");
        assertThat(row.recent().get(0).items()).isEqualTo(2);
        assertThat(row.usual()).isBetween(Duration.ofMillis(500), Duration.ofSeconds(5));
        assertThat(row.axes().online()).isEqualTo(2);
        assertThat(row.axes().owned()).isEqualTo(2);
        assertThat(row.axes().assignment()).isEqualTo(JobQueries.Assignment.SETTLED);
        List<Row> slowest = queries.search(JobSearch.parse("", "").sortedBy(Sort.DURATION, false))
                .rows();
        assertThat(slowest)
                .extracting(each -> each.axes().lastResult().took())
                .isSortedAccordingTo(java.util.Comparator.reverseOrder());
    }

    @Test
    void aRowFollowsItsJobAndItsRuns() {
        open(new ManyJobs("many", 20, 2, 2), 3);
        assertThat(search("name:job-00005").rows().get(0).axes().intent()).isEqualTo(JobQueries.Intent.ENABLED);
        operations.commands().disable("job-00005");
        assertThat(search("name:job-00005").rows().get(0).axes().intent().state())
                .isEqualTo(JobQueries.Intent.State.DISABLED);
        operations.commands().enable("job-00005");
        Instant due = NOW;
        history.record(List.of(new RunRecord(
                java.util.UUID.randomUUID(),
                "job-00005",
                0,
                "a",
                1,
                RunRecord.Source.MANUAL,
                due,
                due,
                due.plusSeconds(1),
                Outcome.FAILED,
                0,
                "x.E: no")));
        JobPaths paths = new JobPaths("many", "job-00005");
        admin(new Write.Create(paths.running(0), "a", io.carillon.jobs.coordination.Registry.CreateMode.PERSISTENT));
        time.advance(Duration.ofSeconds(1));
        admin(new Write.Delete(paths.running(0), -1));
        time.advance(Duration.ofSeconds(3));
        JobQueries.LastResult last =
                search("name:job-00005").rows().get(0).axes().lastResult();
        assertThat(last.scheduledTime()).isEqualTo(NOW);
        assertThat(last.state()).isEqualTo(JobQueries.LastResult.State.FAILED);
    }

    private void admin(Write... writes) {
        InMemoryRegistry.Client client = server.connect();
        client.commit(List.of(writes), result -> assertThat(result.toString()).startsWith("Committed"));
        client.close();
    }

    @Test
    void runsAreFoundByJobOutcomeAndTimeInPagesAndTheSameFailureIsCounted() {
        open(new ManyJobs("many", 200, 2, 2), 3);
        RunHistory.Question failed =
                RunHistory.Question.of("", 5).endedAs(Outcome.FAILED).between(NOW.minusSeconds(20_000), NOW);
        List<RunRecord> first = queries.runs(failed);
        List<RunRecord> second = queries.runs(failed.after(first.get(4)));
        assertThat(first).hasSize(5).isSortedAccordingTo(RunHistory.NEWEST_FIRST);
        assertThat(second).isNotEmpty().doesNotContainAnyElementsOf(first);
        List<RunRecord> all = new ArrayList<>(
                queries.runs(new RunHistory.Question("", Set.of(Outcome.FAILED), null, null, null, 1_000)));
        JobQueries.SameFailures same = queries.sameFailures(first.get(0), NOW.minusSeconds(20_000));
        assertThat(same.fingerprint()).matches("[0-9a-f]{8}");
        assertThat(same.complete()).isTrue();
        assertThat(same.count()).isBetween(1, all.size());
        assertThat(same.jobs().values().stream().mapToInt(Integer::intValue).sum())
                .isEqualTo(same.count());
        assertThat(same.count()).isEqualTo((int) all.stream()
                .filter(run -> frame(run).equals(frame(first.get(0))))
                .count());
    }

    private static String frame(RunRecord run) {
        return run.cause() == null
                ? ""
                : run.cause().lines().skip(1).findFirst().orElse("");
    }

    // ---- instances ---------------------------------------------------------------------------------------------

    @Test
    void anInstanceTellsWhatItHoldsAndWhatWouldComeOfItsStop() {
        open(new ManyJobs("many", 3, 2, 4), 0);
        String one = JOBS.instance(0);
        String two = JOBS.instance(1);
        JobQueries.InstanceDetail detail = queries.instanceDetails().get(0);
        assertThat(detail.id()).isEqualTo(one);
        assertThat(detail.jobs()).hasSize(3);
        assertThat(detail.items()).containsEntry("job-00001", List.of(0, 2));
        JobQueries.StopPreview preview = queries.whatIfStopped(one);
        assertThat(preview.stopped()).isEmpty();
        assertThat(preview.spareless()).containsExactly("job-00000", "job-00001", "job-00002");
        assertThat(preview.moves())
                .contains(new JobQueries.StopPreview.Move("job-00001", java.util.Map.of(0, two, 2, two), 0, false));
        admin(new Write.SetData(new JobPaths("many", "job-00002").server("10.0.0.2"), "DISABLED", -1));
        assertThat(queries.whatIfStopped(one).stopped()).containsExactly("job-00002");
        assertThatThrownBy(() -> queries.whatIfStopped("nobody")).isInstanceOf(NoSuchElementException.class);
    }

    // ---- changes -----------------------------------------------------------------------------------------------

    @Test
    void aChangeIsPreviewedWithItsEffectsAndTheNextFirings() {
        open(new ManyJobs("many", 3, 2, 4), 4);
        JobConfiguration stored =
                operations.commands().configuration("job-00001").orElseThrow();
        JobConfiguration changed =
                stored.toBuilder().cron("0/1 * * * * ?").shardingTotalCount(2).build();
        ChangePreview preview = queries.preview(changed, 10);
        assertThat(preview.changes())
                .extracting(change -> change.setting())
                .containsExactly("cron", "shardingTotalCount");
        assertThat(preview.effects())
                .containsExactlyInAnyOrder(Effect.RESCHEDULED, Effect.DEALT_ANEW, Effect.ITEMS_REMOVED);
        assertThat(preview.firings()).hasSize(10);
        assertThat(preview.overlaps()).as("each second, taking two or more").isEqualTo(9);
        assertThat(queries.preview(stored, 0).effects()).isEmpty();
        assertThat(operations.commands().configuration("job-00001")).contains(stored);
        assertThat(queries.definition("job-00001").stored()).isEqualTo(stored);
        assertThat(queries.definition("job-00001").drift()).isEmpty();
    }
}

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
package io.carillon.jobs.operations;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.jobs.history.Decision;
import io.carillon.jobs.history.RunRecord;
import io.carillon.jobs.history.RunRecord.Outcome;
import io.carillon.jobs.history.RunRecord.Source;
import io.carillon.jobs.model.WhyNot;
import io.carillon.jobs.operations.Explanation.Firing;
import io.carillon.jobs.operations.Explanation.State;
import io.carillon.jobs.scheduling.CronSchedule;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is made of records: a job with two items that fires every ten seconds, asked at second 35. */
class ExplainFiringsTest {

    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private final List<RunRecord> runs = new ArrayList<>();
    private final List<Decision> decisions = new ArrayList<>();
    private final Map<Integer, String> owners = new HashMap<>(Map.of(0, "a", 1, "b"));
    private final Map<Integer, String> running = new HashMap<>();

    private void ran(int item, String instance, int second, Source source) {
        Instant at = START.plusSeconds(second);
        runs.add(new RunRecord(
                UUID.randomUUID(), "job", item, instance, second, source, at, at, at, Outcome.SUCCEEDED, 0, null));
    }

    private void said(String instance, int item, WhyNot why, int first, int last, boolean ended) {
        decisions.add(new Decision(
                UUID.randomUUID(),
                "job",
                item,
                instance,
                why,
                List.of(),
                START.plusSeconds(first),
                START.plusSeconds(last),
                1,
                START.plusSeconds(first),
                START.plusSeconds(last),
                ended));
    }

    private Explanation explain(int from, int to, int now) {
        return ExplainFirings.of(
                new ExplainFirings.Facts(
                        "job", CronSchedule.of("0/10 * * * * ?", "GMT"), 2, owners, running, runs, decisions, false),
                START.plusSeconds(from),
                START.plusSeconds(to),
                START.plusSeconds(now));
    }

    private Explanation.Item item(int item, int second) {
        return explain(second, second, 35).firings().get(0).items().get(item);
    }

    @Test
    void eachPlannedFiringAndEachItemOfTheSlotIsTold() {
        ran(0, "a", 10, Source.NORMAL_TRIGGER);
        Explanation told = explain(10, 50, 35);
        assertThat(told.firings())
                .extracting(firing -> firing.due().getEpochSecond() % 60)
                .containsExactly(10L, 20L, 30L, 40L, 50L);
        assertThat(states(told, 0))
                .containsExactly(State.RAN, State.UNKNOWN, State.UNKNOWN, State.NOT_DUE, State.NOT_DUE);
        assertThat(states(told, 1))
                .containsExactly(State.UNKNOWN, State.UNKNOWN, State.UNKNOWN, State.NOT_DUE, State.NOT_DUE);
        assertThat(told.complete()).isTrue();
    }

    private static List<State> states(Explanation told, int item) {
        return told.firings().stream()
                .map(firing -> firing.items().get(item).state())
                .toList();
    }

    @ParameterizedTest
    @CsvSource({
        "ITEM_DISABLED, 0, PASSED",
        "ITEM_RUNS_ELSEWHERE, 0, PASSED",
        "ITEM_DISABLED, 1, UNKNOWN",
        "CLOSED, -1, PASSED",
        "MERGED, -1, PASSED",
        "WAITS_FOR_DEAL, -1, WAITING",
        "WAITS_FOR_ITEM, -1, WAITING",
        "NO_ITEMS, -1, UNKNOWN",
        "SERVER_DISABLED, -1, PASSED",
    })
    void aReasonOnRecordMakesTheState(WhyNot why, int item, State state) {
        said("a", item, why, 30, 30, false);
        assertThat(item(0, 30).state()).isEqualTo(state);
    }

    @Test
    void whatRanNeedsNoReasonButTellsWhyItRanLate() {
        said("a", Decision.ALL, WhyNot.WAITS_FOR_DEAL, 30, 30, true);
        said("b", Decision.ALL, WhyNot.NO_ITEMS, 30, 30, false);
        ran(0, "a", 30, Source.NORMAL_TRIGGER);
        assertThat(item(0, 30).state()).isEqualTo(State.RAN);
        assertThat(item(0, 30).reasons()).extracting(Decision::reason).containsExactly(WhyNot.WAITS_FOR_DEAL);
        assertThat(item(0, 30).text())
                .isEqualTo("Ran at 2026-01-01T00:00:30Z on a, fence 30: SUCCEEDED."
                        + " Waits until the leader '' has dealt the items anew. (a)");
    }

    @Test
    void theOwnersWordCountsMoreThanThatOfOthers() {
        said("a", Decision.ALL, WhyNot.STILL_RUNNING, 30, 30, false);
        said("b", Decision.ALL, WhyNot.CLOSED, 30, 30, true);
        assertThat(item(0, 30).reasons()).extracting(Decision::instance).containsExactly("a");
        assertThat(item(0, 30).state()).isEqualTo(State.WAITING);
        assertThat(item(1, 30).state()).isEqualTo(State.PASSED);
    }

    @Test
    void aReasonThatStillHoldsSpeaksUntilItWouldHaveBeenWrittenAnew() {
        said("a", 0, WhyNot.ITEM_DISABLED, 10, 10, false);
        assertThat(item(0, 20).state()).isEqualTo(State.PASSED);
        assertThat(item(0, 30).state()).as("10 s after it was last written").isEqualTo(State.UNKNOWN);
        decisions.clear();
        said("a", 0, WhyNot.ITEM_DISABLED, 0, 10, true);
        assertThat(item(0, 20).state()).isEqualTo(State.UNKNOWN);
    }

    @Test
    void anItemThatRunsNowRunsForTheLatestFiringThatNothingElseIsSaidOf() {
        running.put(0, "a");
        said("a", Decision.ALL, WhyNot.STILL_RUNNING, 20, 30, false);
        Explanation told = explain(0, 40, 35);
        assertThat(states(told, 0))
                .containsExactly(State.UNKNOWN, State.RUNNING, State.WAITING, State.WAITING, State.NOT_DUE);
        assertThat(told.firings().get(1).items().get(0).runningOn()).isEqualTo("a");
    }

    @Test
    void aTakeoverIsTheRunOfTheFiringThatDiedWithItsInstance() {
        ran(0, "b", 25, Source.FAILOVER);
        Explanation told = explain(20, 30, 35);
        assertThat(told.firings().get(0).items().get(0).run()).isEqualTo(runs.get(0));
        assertThat(told.firings()).filteredOn(firing -> !firing.planned()).hasSize(1);
    }

    @Test
    void theAttemptsBeforeTheLastAreToldFirstToLast() {
        for (int attempt = 3; attempt >= 1; attempt--) {
            Instant due = START.plusSeconds(10);
            runs.add(new RunRecord(
                    UUID.randomUUID(),
                    "job",
                    0,
                    "a",
                    1,
                    Source.NORMAL_TRIGGER,
                    due,
                    due.plusSeconds(attempt),
                    due.plusSeconds(attempt),
                    attempt == 3 ? Outcome.SUCCEEDED : Outcome.RETRIED,
                    0,
                    null,
                    attempt));
        }
        ran(1, "b", 10, Source.NORMAL_TRIGGER);
        assertThat(item(0, 10).run()).extracting(RunRecord::attempt).isEqualTo(3);
        assertThat(item(0, 10).earlier()).extracting(RunRecord::attempt).containsExactly(1, 2);
        assertThat(item(1, 10).earlier()).isEmpty();
    }

    @Test
    void aTriggerIsAFiringThatWasNotPlanned() {
        ran(1, "b", 33, Source.MANUAL);
        assertThat(explain(30, 35, 35).firings()).extracting(Firing::planned).containsExactly(true, false);
    }

    @Test
    void aSlotWithTooManyFiringsIsToldInPartAndSaysSo() {
        Explanation told = explain(0, 100_000, 35);
        assertThat(told.firings()).hasSize(ExplainFirings.MOST_FIRINGS);
        assertThat(told.complete()).isFalse();
    }

    @Test
    void whatIsNotAboutAFiringIsANote() {
        said("a", Decision.ALL, WhyNot.CONFIGURATION_UNUSABLE, 25, 25, false);
        assertThat(explain(20, 30, 35).notes()).hasSize(1);
        assertThat(item(0, 30).reasons()).isEmpty();
    }
}

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

import io.carillon.jobs.history.RunRecord;
import io.carillon.jobs.operations.JobHealth.Held;
import io.carillon.jobs.operations.JobHealth.Recent;
import io.carillon.jobs.operations.JobQueries.Health;
import io.carillon.jobs.operations.JobQueries.Health.Level;
import io.carillon.jobs.scheduling.CronSchedule;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class JobHealthTest {

    private static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");

    private static Health health(
            boolean readable, boolean disabled, int instances, int unowned, Instant expected, String failure) {
        return JobHealth.of(
                new JobHealth.Facts(
                        readable ? null : "config: no YAML (expected: a map).",
                        disabled,
                        instances,
                        instances > 0,
                        4,
                        unowned,
                        false,
                        0,
                        expected,
                        failure,
                        null,
                        null,
                        null,
                        Recent.NONE,
                        0,
                        0,
                        null,
                        null),
                NOW);
    }

    @Test
    void aJobWithTwoInstancesAndOwnersForAllItemsIsOk() {
        assertThat(health(true, false, 2, 0, NOW.plusSeconds(5), null).level()).isEqualTo(Level.OK);
    }

    @Test
    void eachThingThatIsWrongHasItsLevelAndItsReason() {
        assertThat(health(false, false, 2, 0, null, null).level()).isEqualTo(Level.BAD);
        assertThat(texts(health(true, false, 0, 4, null, null)))
                .containsExactly("No instance is online, so nothing runs.");
        assertThat(texts(health(true, false, 2, 3, null, null)))
                .containsExactly("3 of 4 items have no owner that is online.");
        assertThat(texts(health(true, false, 2, 0, NOW.minusSeconds(60), null)))
                .containsExactly("Late: a run was due at 2026-01-01T11:59:00Z.");
        assertThat(health(true, false, 1, 0, null, null).level()).isEqualTo(Level.WARNING);
        assertThat(texts(health(true, false, 2, 0, null, "java.io.IOException: x")))
                .containsExactly("The last known run failed: java.io.IOException: x");
        assertThat(health(true, true, 2, 0, NOW.minusSeconds(60), null).level()).isEqualTo(Level.DISABLED);
    }

    private static List<String> texts(Health health) {
        return health.reasons().stream().map(HealthReason::text).toList();
    }

    @Test
    void aReasonIsACodeWithWhatFillsItsSentence() {
        assertThat(health(true, false, 2, 3, null, null).reasons())
                .containsExactly(new HealthReason(HealthReason.Code.UNOWNED, List.of("3", "4")));
        assertThat(HealthReason.of(HealthReason.Code.LAST_FAILED, "100 % {0}").text())
                .isEqualTo("The last known run failed: 100 % {0}");
    }

    private static List<HealthReason.Code> codes(
            Recent recent, int itemsDisabled, int itemsLate, Held longest, Held blocks) {
        return JobHealth.of(
                        new JobHealth.Facts(
                                null,
                                false,
                                2,
                                true,
                                4,
                                0,
                                false,
                                1,
                                null,
                                null,
                                null,
                                null,
                                null,
                                recent,
                                itemsDisabled,
                                itemsLate,
                                longest,
                                blocks),
                        NOW)
                .reasons()
                .stream()
                .map(HealthReason::code)
                .toList();
    }

    @Test
    void whatTheLatestRunsWereLikeIsAReason() {
        assertThat(codes(runs(8, 2, 0, 5), 0, 0, null, null)).isEmpty();
        assertThat(codes(runs(2, 2, 0, 5), 0, 0, null, null)).containsExactly(HealthReason.Code.FAILING);
        assertThat(codes(runs(0, 3, 0, 5), 0, 0, null, null))
                .as("too few to say")
                .isEmpty();
        assertThat(codes(runs(6, 0, 3, 5), 0, 0, null, null)).containsExactly(HealthReason.Code.MISFIRING);
        assertThat(codes(runs(6, 0, 0, 31), 0, 0, null, null)).containsExactly(HealthReason.Code.SLOW);
        assertThat(codes(runs(6, 0, 0, 29), 0, 0, null, null))
                .as("short anyway")
                .isEmpty();
    }

    @Test
    void itemsThatAreOffOrLateAreCounted() {
        assertThat(codes(Recent.NONE, 1, 0, null, null)).containsExactly(HealthReason.Code.ITEMS_DISABLED);
        assertThat(codes(Recent.NONE, 0, 2, null, null)).containsExactly(HealthReason.Code.ITEMS_LATE);
        CronSchedule often = CronSchedule.of("0/10 * * * * ?", "GMT");
        Instant longAgo = NOW.minusSeconds(120);
        assertThat(JobHealth.late(Map.of(0, NOW, 1, longAgo, 2, longAgo), Set.of(2), often, NOW))
                .as("one is late, one is busy")
                .isEqualTo(1);
        assertThat(JobHealth.late(Map.of(0, longAgo, 1, longAgo), Set.of(), often, NOW))
                .as("the whole job is late, which is another reason")
                .isZero();
        assertThat(JobHealth.late(Map.of(0, NOW, 1, longAgo), Set.of(), null, NOW))
                .isZero();
    }

    @Test
    void anItemIsStuckWhenItRunsFarLongerThanTheLongestRunKnown() {
        Recent ten = runs(6, 0, 0, 10);
        assertThat(codes(ten, 0, 0, new Held(3, "a", NOW.minusSeconds(500)), null))
                .isEmpty();
        assertThat(codes(ten, 0, 0, new Held(3, "a", NOW.minusSeconds(700)), null))
                .containsExactly(HealthReason.Code.STUCK);
        assertThat(codes(runs(6, 0, 0, 1_000), 0, 0, new Held(3, "a", NOW.minusSeconds(700)), null))
                .containsExactly(HealthReason.Code.SLOW);
    }

    @Test
    void aDealThatWaitsForAnItemNamesIt() {
        Held held = new Held(3, "10.0.0.1@-@7", NOW.minusSeconds(61));
        Health health = JobHealth.of(
                new JobHealth.Facts(
                        null,
                        false,
                        2,
                        true,
                        4,
                        0,
                        true,
                        1,
                        null,
                        null,
                        null,
                        null,
                        null,
                        Recent.NONE,
                        0,
                        0,
                        held,
                        held),
                NOW);
        assertThat(texts(health))
                .containsExactly("The items should be dealt anew since 2026-01-01T11:58:59Z; item 3, which runs on"
                        + " 10.0.0.1@-@7, is waited for.");
    }

    /** So many runs; the good ones took two seconds each, but for the last one. */
    private static Recent runs(int good, int failed, int misfired, int lastSeconds) {
        List<RunRecord> runs = new ArrayList<>();
        for (int i = 0; i < good + failed; i++) {
            runs.add(new RunRecord(
                    UUID.randomUUID(),
                    "job",
                    0,
                    "a",
                    1,
                    i < misfired ? RunRecord.Source.MISFIRE : RunRecord.Source.NORMAL_TRIGGER,
                    NOW,
                    NOW,
                    NOW.plusSeconds(i == 0 ? lastSeconds : 2),
                    i < good ? RunRecord.Outcome.SUCCEEDED : RunRecord.Outcome.FAILED,
                    0,
                    null));
        }
        return Recent.of(runs);
    }

    @Test
    void aHistoryThatDoesNotAnswerIsAReasonToWarn() {
        Health health = JobHealth.of(
                new JobHealth.Facts(
                        null,
                        false,
                        2,
                        true,
                        4,
                        0,
                        false,
                        0,
                        null,
                        null,
                        "no store answers",
                        null,
                        null,
                        Recent.NONE,
                        0,
                        0,
                        null,
                        null),
                NOW);
        assertThat(health.level()).isEqualTo(Level.WARNING);
        assertThat(health.reasons())
                .containsExactly(HealthReason.of(HealthReason.Code.HISTORY_UNKNOWN, "no store answers"));
    }

    @Test
    void aScheduleThatHasEndedIsAReasonToWarn() {
        HealthReason ended = HealthReason.of(HealthReason.Code.NEVER_FIRES, "0 0 0 1 1 ? 2020");
        Health health = JobHealth.of(
                new JobHealth.Facts(
                        null,
                        false,
                        2,
                        true,
                        4,
                        0,
                        false,
                        0,
                        null,
                        null,
                        null,
                        null,
                        ended,
                        Recent.NONE,
                        0,
                        0,
                        null,
                        null),
                NOW);
        assertThat(health.level()).isEqualTo(Level.WARNING);
        assertThat(health.reasons()).containsExactly(ended);
    }
}

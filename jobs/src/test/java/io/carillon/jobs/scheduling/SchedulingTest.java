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
package io.carillon.jobs.scheduling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SchedulingTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0 0 2 * * ?       | Asia/Shanghai    | 2026-11-22T00:00:00Z | 2026-11-22T18:00:00Z",
                "0 0 2 * * ?       | GMT+8            | 2026-11-22T00:00:00Z | 2026-11-22T18:00:00Z",
                "0 0 2 * * ?       | GMT              | 2026-11-22T00:00:00Z | 2026-11-22T02:00:00Z",
                "0/30 * * * * ?    | GMT              | 2026-11-22T00:00:00Z | 2026-11-22T00:00:30Z",
                "0 0 1 1/1 * ?     | GMT              | 2026-11-22T01:00:00Z | 2026-11-23T01:00:00Z",
                "0 0 0 L * ?       | GMT              | 2026-02-01T00:00:00Z | 2026-02-28T00:00:00Z",
                "0 0 0 ? * MON#1   | GMT              | 2026-11-22T00:00:00Z | 2026-12-07T00:00:00Z",
                "0 30 2 * * ?      | Europe/Berlin    | 2026-10-25T02:00:00Z | 2026-10-26T01:30:00Z",
                "0 0 0 1 1 ? 2099  | GMT              | 2026-11-22T00:00:00Z | 2099-01-01T00:00:00Z",
            })
    void aCronExpressionFiresByTheWallClockOfItsZone(String cron, String zone, String after, String expected) {
        assertThat(CronSchedule.of(cron, zone).next(Instant.parse(after))).isEqualTo(Instant.parse(expected));
    }

    @Test
    void aScheduleThatHasEndedHasNoNextFiring() {
        assertThat(CronSchedule.of("0 0 0 1 1 ? 2020", "GMT").next(Instant.parse("2026-01-01T00:00:00Z")))
                .isNull();
    }

    @Test
    void anUnreadableExpressionIsRefused() {
        assertThatThrownBy(() -> CronSchedule.of("every day", null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("cron: 'every day'");
    }

    private final CronSchedule every4s = CronSchedule.of("0/4 * * * * ?", "GMT");

    private static Instant at(String second) {
        return Instant.parse("2026-01-01T00:00:" + second + "Z");
    }

    @Test
    void anIdleJobFiresWhenItIsDueAndNotBefore() {
        assertThat(PlanFire.decide(every4s, at("04"), at("03.999"), false, null))
                .isEqualTo(new PlanFire.Plan(null, null, at("04")));
        assertThat(PlanFire.decide(every4s, at("04"), at("04"), false, null))
                .isEqualTo(new PlanFire.Plan(at("04"), null, at("08")));
    }

    @Test
    void firingsThatCameDueTogetherAreOneWithTheLatestTime() {
        assertThat(PlanFire.decide(every4s, at("04"), at("13"), false, null))
                .isEqualTo(new PlanFire.Plan(at("12"), null, at("16")));
    }

    @Test
    void aBusyJobMissesItsFiringAndMakesUpForItOnceRightAfter() {
        PlanFire.Plan plan = PlanFire.decide(every4s, at("08"), at("08"), true, null);
        assertThat(plan).isEqualTo(new PlanFire.Plan(null, at("08"), at("12")));
        assertThat(PlanFire.afterRun(MisfirePolicy.COMPENSATE_ONCE, plan.missed(), false))
                .isEqualTo(at("08"));
        assertThat(PlanFire.afterRun(MisfirePolicy.DROP, plan.missed(), false)).isNull();
        assertThat(PlanFire.afterRun(MisfirePolicy.COMPENSATE_ONCE, plan.missed(), true))
                .as("the items may be another's after the resharding")
                .isNull();
        assertThat(PlanFire.afterRun(MisfirePolicy.COMPENSATE_ONCE, null, false))
                .isNull();
    }

    @ParameterizedTest
    @CsvSource({
        // every 4 s: the moments around the firing of second 4 and what comes of them
        "03.799, ",
        "03.800, 04.501",
        "04.000, 04.501",
        "04.499, 04.501",
        "04.500, ",
        "04.501, ",
        "06.000, "
    })
    void newsForElasticJobWaitsFromShortlyBeforeAFiringUntilAllHaveBegunIt(String now, String expected) {
        assertThat(QuietMoment.after(every4s, at(now))).isEqualTo(expected == null ? null : at(expected));
    }

    @Test
    void newsIsGoodAtAnyTimeForAJobThatFiresOnlyWhenAskedOrNeverAgain() {
        assertThat(QuietMoment.after(null, at("04"))).isNull();
        assertThat(QuietMoment.after(CronSchedule.of("0 0 0 1 1 ? 2020", "GMT"), at("04")))
                .isNull();
    }

    @Test
    void aJobThatFiresEachSecondHasAQuietMomentInEachSecond() {
        CronSchedule eachSecond = CronSchedule.of("* * * * * ?", "GMT");
        for (int millis = 0; millis < 1_000; millis++) {
            Instant now = at("04").plusMillis(millis);
            Instant later = QuietMoment.after(eachSecond, now);
            if (millis >= 500 && millis < 800) {
                assertThat(later).isNull();
            } else {
                assertThat(later).isAfter(now).isBefore(now.plusMillis(800));
                assertThat(QuietMoment.after(eachSecond, later)).isNull();
            }
        }
    }

    @Test
    void aWaitForAQuietMomentEndsWhenThreeHaveBeenPassedBy() {
        CronSchedule eachSecond = CronSchedule.of("* * * * * ?", "GMT");
        QuietMoment.Wait wait = new QuietMoment.Wait();
        assertThat(wait.after(eachSecond, at("04.000"))).isEqualTo(at("04.501"));
        assertThat(wait.after(eachSecond, at("04.100"))).isEqualTo(at("04.501"));
        assertThat(wait.after(eachSecond, at("04.900"))).isEqualTo(at("05.501"));
        assertThat(wait.after(eachSecond, at("05.900"))).isEqualTo(at("06.501"));
        assertThat(wait.after(eachSecond, at("05.950"))).isEqualTo(at("06.501"));
        assertThat(wait.after(eachSecond, at("06.900"))).isNull();
    }

    @Test
    void aWaitForAQuietMomentEndsAtTheFirst() {
        QuietMoment.Wait wait = new QuietMoment.Wait();
        assertThat(wait.after(every4s, at("04.000"))).isEqualTo(at("04.501"));
        assertThat(wait.after(every4s, at("04.501"))).isNull();
    }
}

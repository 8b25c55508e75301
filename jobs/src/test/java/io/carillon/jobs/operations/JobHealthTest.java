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
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.jobs.InvalidSettingException;
import io.carillon.jobs.history.FailureFingerprint;
import io.carillon.jobs.history.RunRecord;
import io.carillon.jobs.history.RunRecord.Outcome;
import io.carillon.jobs.history.RunRecord.Source;
import io.carillon.jobs.operations.HealthReason.Code;
import io.carillon.jobs.operations.JobHealth.Assignment;
import io.carillon.jobs.operations.JobHealth.Definition;
import io.carillon.jobs.operations.JobHealth.Facts;
import io.carillon.jobs.operations.JobHealth.Held;
import io.carillon.jobs.operations.JobHealth.Members;
import io.carillon.jobs.operations.JobHealth.Moved;
import io.carillon.jobs.operations.JobHealth.Off;
import io.carillon.jobs.operations.JobHealth.Past;
import io.carillon.jobs.operations.JobHealth.Recent;
import io.carillon.jobs.operations.JobHealth.Skew;
import io.carillon.jobs.operations.JobQueries.Health;
import io.carillon.jobs.operations.JobQueries.Health.Level;
import io.carillon.jobs.operations.JobQueries.Intent;
import io.carillon.jobs.operations.JobQueries.LastResult;
import io.carillon.jobs.scheduling.CronSchedule;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class JobHealthTest {

    private static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");
    private static final HealthThresholds DEFAULTS = HealthThresholds.DEFAULTS;
    private static final CronSchedule HOURLY = CronSchedule.of("0 0 * * * ?", "GMT");

    // ---- facts that a test begins from -------------------------------------------------------------------------

    private Intent intent = Intent.ENABLED;
    private Members members = new Members(2, 2, true, null);
    private Assignment assignment = items(0, null, 0, null, null, 0, null, null, false);
    private Past past = new Past(Recent.NONE, null, null, 0, null);
    private Definition definition = definition(null, null, null, Duration.ZERO, null, List.of());

    private static Assignment items(
            int unowned,
            @Nullable Instant unownedSince,
            int running,
            @Nullable Held longest,
            @Nullable Held blocks,
            int disabled,
            @Nullable Moved moved,
            @Nullable Off forgotten,
            boolean pending) {
        return new Assignment(4, unowned, unownedSince, pending, running, longest, blocks, disabled, moved, forgotten);
    }

    private static Definition definition(
            @Nullable String unusable,
            @Nullable String strategy,
            @Nullable HealthReason times,
            Duration timeout,
            @Nullable CronSchedule schedule,
            List<String> drift) {
        return new Definition(unusable, strategy, times, timeout, schedule, drift);
    }

    private static JobHealthTest facts() {
        return new JobHealthTest();
    }

    private JobHealthTest with(Object fact) {
        if (fact instanceof Intent given) {
            intent = given;
        } else if (fact instanceof Members given) {
            members = given;
        } else if (fact instanceof Assignment given) {
            assignment = given;
        } else if (fact instanceof Past given) {
            past = given;
        } else {
            definition = (Definition) fact;
        }
        return this;
    }

    private Health health() {
        return JobHealth.of(new Facts(intent, members, assignment, past, definition), DEFAULTS, NOW);
    }

    private List<Code> codes() {
        return health().reasons().stream().map(HealthReason::code).toList();
    }

    // ---- the table ---------------------------------------------------------------------------------------------

    private static Past expected(Duration ago) {
        return new Past(Recent.NONE, NOW.minus(ago), null, 0, null);
    }

    private static Assignment longest(Duration runs) {
        Held held = new Held(3, "a", NOW.minus(runs));
        return items(0, null, 1, held, null, 0, null, null, false);
    }

    private static Assignment blocks(Duration waits) {
        return items(0, null, 1, null, new Held(3, "a", NOW.minus(waits)), 0, null, null, true);
    }

    private static Assignment unowned(int count, Duration ago) {
        return items(count, NOW.minus(ago), 0, null, null, 0, null, null, false);
    }

    private static Past recent(Recent recent) {
        return new Past(recent, null, null, 0, null);
    }

    private static Intent disabled(Duration ago) {
        return new Intent(Intent.State.DISABLED, NOW.minus(ago), null, By.of("li", "why"));
    }

    private static Intent paused(Duration ago) {
        return new Intent(Intent.State.PAUSED, NOW.minus(ago), NOW.plusSeconds(60), By.of("li", "why"));
    }

    private static Assignment forgotten(Duration ago) {
        return items(0, null, 0, null, null, 0, null, new Off("item 3", NOW.minus(ago), "li"), false);
    }

    private static Assignment moved(int times) {
        return items(0, null, 0, null, null, 0, new Moved(3, times), null, false);
    }

    private static Members skewed(Duration ahead) {
        return new Members(2, 2, true, new Skew("a", ahead));
    }

    private static Arguments row(Code code, Level level, Object below, Object at, Object above) {
        return Arguments.of(code, level, below, at, above);
    }

    private static Duration s(long seconds) {
        return Duration.ofSeconds(seconds);
    }

    private static Duration ms(long millis) {
        return Duration.ofMillis(millis);
    }

    /** Each reason with a fact just below its threshold, one at it, and one just above. Met are the last ones only. */
    static Stream<Arguments> reasonsWithAThreshold() {
        Duration hour = Duration.ofHours(1);
        Duration week = Duration.ofDays(7);
        Definition hourly = definition(null, null, null, Duration.ZERO, HOURLY, List.of());
        Definition limited = definition(null, null, null, s(60), null, List.of());
        return Stream.of(
                row(Code.LATE, Level.BAD, expected(ms(29_999)), expected(s(30)), expected(ms(30_001))),
                row(Code.STUCK, Level.WARNING, longest(ms(599_999)), longest(s(600)), longest(ms(600_001))),
                row(
                        Code.STUCK,
                        Level.WARNING,
                        List.of(recent(runs(8, 0, 0, 200)), longest(s(999))),
                        List.of(recent(runs(8, 0, 0, 200)), longest(s(1_000))),
                        List.of(recent(runs(8, 0, 0, 200)), longest(s(1_001)))),
                row(
                        Code.STUCK,
                        Level.WARNING,
                        List.of(limited, longest(s(659))),
                        List.of(limited, longest(s(660))),
                        List.of(limited, longest(s(661)))),
                row(Code.BLOCKED, Level.WARNING, blocks(s(59)), blocks(s(60)), blocks(s(61))),
                row(Code.UNOWNED, Level.BAD, unowned(0, hour), unowned(1, s(60)), unowned(1, s(61))),
                row(
                        Code.UNOWNED,
                        Level.BAD,
                        List.of(hourly, unowned(1, s(0))),
                        List.of(hourly, unowned(1, s(0))),
                        List.of(hourly, unowned(1, s(3_601)))),
                row(
                        Code.NO_SPARE,
                        Level.WARNING,
                        new Members(3, 3, true, null),
                        new Members(2, 2, true, null),
                        new Members(2, 1, true, null)),
                row(
                        Code.FAILING,
                        Level.BAD,
                        recent(failures(19, 9, true)),
                        recent(failures(3, 3, true)),
                        recent(failures(20, 10, true))),
                row(
                        Code.FAILING_ALIKE,
                        Level.WARNING,
                        recent(failures(20, 1, false)),
                        recent(failures(20, 2, false)),
                        recent(failures(20, 3, false))),
                row(Code.FLAPPING, Level.WARNING, moved(4), moved(5), moved(6)),
                row(
                        Code.FORGOTTEN,
                        Level.WARNING,
                        disabled(week.minusSeconds(1)),
                        disabled(week),
                        disabled(week.plusSeconds(1))),
                row(
                        Code.FORGOTTEN,
                        Level.WARNING,
                        paused(week.minusSeconds(1)),
                        paused(week),
                        paused(week.plusSeconds(1))),
                row(
                        Code.FORGOTTEN,
                        Level.WARNING,
                        forgotten(week.minusSeconds(1)),
                        forgotten(week),
                        forgotten(week.plusSeconds(1))),
                row(Code.SKEW, Level.WARNING, skewed(ms(1_999)), skewed(s(2)), skewed(ms(2_001))),
                row(Code.SKEW, Level.WARNING, skewed(ms(-1_999)), skewed(s(-2)), skewed(ms(-2_001))),
                row(
                        Code.DRIFT,
                        Level.WARNING,
                        definition(null, null, null, Duration.ZERO, null, List.of()),
                        definition(null, null, null, Duration.ZERO, null, List.of()),
                        definition(null, null, null, Duration.ZERO, null, List.of("cron"))),
                row(
                        Code.MISFIRING,
                        Level.WARNING,
                        recent(runs(8, 0, 3, 2)),
                        recent(runs(3, 0, 3, 2)),
                        recent(runs(8, 0, 4, 2))),
                row(
                        Code.SLOW,
                        Level.WARNING,
                        recent(runs(8, 0, 0, 29)),
                        recent(runs(8, 0, 0, 30)),
                        recent(runs(8, 0, 0, 31))),
                row(
                        Code.NO_INSTANCE,
                        Level.BAD,
                        new Members(3, 3, true, null),
                        new Members(2, 2, true, null),
                        new Members(0, 0, false, null)),
                row(
                        Code.NO_LEADER,
                        Level.WARNING,
                        new Members(2, 2, true, null),
                        new Members(2, 2, true, null),
                        new Members(2, 2, false, null)),
                row(
                        Code.ITEMS_DISABLED,
                        Level.WARNING,
                        items(0, null, 0, null, null, 0, null, null, false),
                        items(0, null, 0, null, null, 0, null, null, false),
                        items(0, null, 0, null, null, 1, null, null, false)),
                row(Code.ITEMS_LATE, Level.WARNING, past(null, 0, null), past(null, 0, null), past(null, 1, null)),
                row(
                        Code.LAST_FAILED,
                        Level.WARNING,
                        past(null, 0, null),
                        past(null, 0, null),
                        past("java.io.IOException: x", 0, null)),
                row(
                        Code.HISTORY_UNKNOWN,
                        Level.WARNING,
                        past(null, 0, null),
                        past(null, 0, null),
                        past(null, 0, "no store answers")),
                row(
                        Code.UNREADABLE,
                        Level.BAD,
                        hourly,
                        hourly,
                        definition("no YAML", null, null, s(0), null, List.of())),
                row(
                        Code.UNKNOWN_STRATEGY,
                        Level.WARNING,
                        hourly,
                        hourly,
                        definition(null, "MINE", null, s(0), null, List.of())),
                row(
                        Code.NEVER_FIRES,
                        Level.WARNING,
                        hourly,
                        hourly,
                        definition(
                                null,
                                null,
                                HealthReason.of(Code.NEVER_FIRES, "0 0 0 1 1 ? 2020"),
                                s(0),
                                null,
                                List.of())),
                row(
                        Code.PEERS_ZONE,
                        Level.WARNING,
                        hourly,
                        hourly,
                        definition(
                                null, null, HealthReason.of(Code.PEERS_ZONE, "Asia/Shanghai"), s(0), null, List.of())),
                row(Code.PAUSED, Level.DISABLED, Intent.ENABLED, Intent.ENABLED, paused(s(1))),
                row(Code.DISABLED, Level.DISABLED, Intent.ENABLED, Intent.ENABLED, disabled(s(1))));
    }

    private static Past past(@Nullable String lastFailed, int late, @Nullable String unknown) {
        return new Past(Recent.NONE, null, lastFailed, late, unknown);
    }

    private static JobHealthTest of(Object facts) {
        JobHealthTest made = facts();
        if (facts instanceof List<?> several) {
            several.forEach(made::with);
        } else {
            made.with(facts);
        }
        return made;
    }

    @ParameterizedTest(name = "{0}, {index}")
    @MethodSource("reasonsWithAThreshold")
    void aReasonIsToldAboveItsThresholdAndNotAtItOrBelow(
            Code code, Level level, Object below, Object at, Object above) {
        assertThat(of(below).codes()).as("below").doesNotContain(code);
        assertThat(of(at).codes()).as("at").doesNotContain(code);
        Health met = of(above).health();
        assertThat(met.reasons()).as("above").extracting(HealthReason::code).contains(code);
        assertThat(met.level()).isGreaterThanOrEqualTo(level);
        assertThat(met.reasons())
                .allSatisfy(reason -> assertThat(reason.text()).isNotBlank().doesNotContain("%"));
    }

    @Test
    void everyReasonStandsInTheTable() {
        Set<Code> told = EnumSet.noneOf(Code.class);
        reasonsWithAThreshold().forEach(row -> told.add((Code) row.get()[0]));
        assertThat(told).containsExactlyInAnyOrder(Code.values());
        assertThat(told.stream().map(JobHealth::rank))
                .as("each has a place of its own")
                .doesNotHaveDuplicates()
                .doesNotContain(-1);
    }

    // ---- what the table does not show --------------------------------------------------------------------------

    @Test
    void aJobWithTwoInstancesAndOwnersForAllItemsIsOk() {
        assertThat(facts().health()).isEqualTo(new Health(Level.OK, List.of()));
    }

    @Test
    void theReasonsOfAJobThatIsSwitchedOffAreNotThoseOfOneThatShouldRun() {
        JobHealthTest off = facts().with(disabled(s(1)))
                .with(new Members(0, 0, false, null))
                .with(unowned(4, s(999)))
                .with(expected(s(999)));
        assertThat(off.codes()).containsExactly(Code.DISABLED);
        assertThat(off.health().level()).isEqualTo(Level.DISABLED);
    }

    @Test
    void aRunThatGoesOnIsNotLateAndItemsThatAreAboutToBeDealtAreNotUnowned() {
        Held held = new Held(0, "a", NOW.minusSeconds(40));
        assertThat(facts().with(expected(s(60)))
                        .with(items(0, null, 1, held, null, 0, null, null, false))
                        .codes())
                .isEmpty();
        assertThat(facts().with(items(2, NOW.minusSeconds(999), 0, null, null, 0, null, null, true))
                        .codes())
                .isEmpty();
    }

    @Test
    void reasonsAreToldWorstFirstWithWhatFillsTheirSentences() {
        Health health = facts().with(items(3, NOW.minusSeconds(61), 0, null, null, 0, new Moved(3, 9), null, false))
                .with(new Past(failures(6, 6, true), NOW.minusSeconds(60), "java.io.IOException: 100 % {0}", 0, null))
                .with(skewed(s(-3)))
                .with(definition(null, null, null, s(0), null, List.of("cron", "props.a")))
                .health();
        assertThat(health.level()).isEqualTo(Level.BAD);
        String print = FailureFingerprint.of("java.io.IOException: no\n\tat x.Y.z(Y.java:1)");
        assertThat(health.reasons())
                .extracting(HealthReason::text)
                .containsExactly(
                        "3 of 4 items have no owner that is online.",
                        "Late: a run was due at 2026-01-01T11:59:00Z.",
                        "6 of the last 6 runs failed.",
                        "6 of the last 6 runs failed alike (" + print + "): java.io.IOException: no",
                        "Item 3 changed its owner 9 times within 10 min.",
                        "The clock of a differs from the registry's by -3000 ms.",
                        "The last known run failed: java.io.IOException: 100 % {0}",
                        "What the code declares is not what is stored: cron, props.a. The stored configuration is in"
                                + " use.");
    }

    @Test
    void itemsThatAreLateAreThoseThatDidNotRunWhenOthersDid() {
        CronSchedule often = CronSchedule.of("0/10 * * * * ?", "GMT");
        Instant longAgo = NOW.minusSeconds(120);
        assertThat(JobHealth.late(Map.of(0, NOW, 1, longAgo, 2, longAgo), Set.of(2), often, DEFAULTS, NOW))
                .as("one is late, one is busy")
                .isEqualTo(1);
        assertThat(JobHealth.late(Map.of(0, longAgo, 1, longAgo), Set.of(), often, DEFAULTS, NOW))
                .as("the whole job is late, which is another reason")
                .isZero();
        assertThat(JobHealth.late(Map.of(0, NOW, 1, longAgo), Set.of(), null, DEFAULTS, NOW))
                .isZero();
    }

    @Test
    void aThresholdThatMakesNoSenseIsRefusedWithItsName() {
        assertThatThrownBy(() ->
                        new HealthThresholds(s(0), s(1), 1, s(1), s(1), 1, 1, 1, 1, 1, s(1), 1, s(1), s(1), s(1), true))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessageContaining("lateAfter");
        assertThatThrownBy(() ->
                        new HealthThresholds(s(1), s(1), 1, s(1), s(1), 5, 6, 1, 1, 1, s(1), 1, s(1), s(1), s(1), true))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessageContaining("fewRuns: 6");
    }

    // ---- the last result ---------------------------------------------------------------------------------------

    private static RunRecord run(int item, int due, Outcome outcome, int seconds, @Nullable String cause) {
        Instant planned = NOW.plusSeconds(due);
        return new RunRecord(
                UUID.randomUUID(),
                "job",
                item,
                "a",
                1,
                Source.NORMAL_TRIGGER,
                planned,
                planned,
                planned.plusSeconds(seconds),
                outcome,
                0,
                cause);
    }

    @Test
    void theLastResultIsThatOfTheLatestFiringOverItsItemsWithTheirLastAttempts() {
        assertThat(JobPast.of(List.of(), DEFAULTS).lastResult()).isEqualTo(LastResult.NEVER);
        assertThat(JobPast.of(
                                List.of(
                                        run(1, 10, Outcome.FAILED, 3, "java.io.IOException: x\n\tat"),
                                        run(0, 10, Outcome.SUCCEEDED, 5, null),
                                        run(0, 10, Outcome.RETRIED, 1, "y"),
                                        run(2, 10, Outcome.SUCCEEDED, 2, null),
                                        run(0, 0, Outcome.FAILED, 1, "of the firing before")),
                                DEFAULTS)
                        .lastResult())
                .isEqualTo(new LastResult(
                        LastResult.State.FAILED, 3, 1, NOW.plusSeconds(10), s(5), "java.io.IOException: x"));
    }

    // ---- fingerprints ------------------------------------------------------------------------------------------

    @Test
    void theSameFailureHasTheSameFingerprintWhateverItsMessageAndItsLines() {
        String one = "java.lang.IllegalStateException: order 17\n\tat a.B.c(B.java:10)\n\tat a.B.d(B.java:20)\n"
                + "Caused by: java.io.IOException: host x\n\tat a.C$$Lambda$17/0x1.run(C.java:1)\n\t... 7 more";
        String other = "java.lang.IllegalStateException: order 18\n\tat a.B.c(B.java:11)\n\tat a.B.d(B.java:21)\n"
                + "Caused by: java.io.IOException: host y\n\tat a.C$$Lambda$18/0x2.run(C.java:3)\n\t... 9 more";
        String elsewhere = one.replace("a.B.c", "a.B.e");
        String otherRoot = one.replace("java.io.IOException", "java.net.ConnectException");
        assertThat(FailureFingerprint.of(one)).matches("[0-9a-f]{8}").isEqualTo(FailureFingerprint.of(other));
        assertThat(List.of(FailureFingerprint.of(elsewhere), FailureFingerprint.of(otherRoot)))
                .doesNotContain(FailureFingerprint.of(one))
                .doesNotHaveDuplicates();
        assertThat(FailureFingerprint.of("exit code 17")).isEqualTo(FailureFingerprint.of("exit code 18"));
        assertThat(FailureFingerprint.of("timed out")).isNotEqualTo(FailureFingerprint.of("exit code 18"));
    }

    /** So many runs; the good ones took two seconds each, but for the last one. */
    private static Recent runs(int good, int failed, int misfired, int lastSeconds) {
        List<RunRecord> runs = new ArrayList<>();
        for (int i = 0; i < good + failed; i++) {
            boolean isGood = i < good;
            RunRecord run = run(0, 0, isGood ? Outcome.SUCCEEDED : Outcome.FAILED, i == 0 ? lastSeconds : 2, null);
            runs.add(i < misfired ? misfire(run) : run);
        }
        return Recent.of(runs, DEFAULTS);
    }

    private static RunRecord misfire(RunRecord run) {
        return new RunRecord(
                run.id(),
                run.jobName(),
                run.shardingItem(),
                run.instance(),
                run.fence(),
                Source.MISFIRE,
                run.scheduledTime(),
                run.started(),
                run.ended(),
                run.outcome(),
                run.handled(),
                run.cause());
    }

    /** So many runs of which some failed: each in its own way, or all in one of two. */
    private static Recent failures(int count, int failed, boolean alike) {
        List<RunRecord> runs = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String cause = alike || i < 3
                    ? "java.io.IOException: no\n\tat x.Y.z(Y.java:1)"
                    : "x.E" + (char) ('a' + i) + "\n\tat x.Y.z(Y.java:1)";
            runs.add(i < failed ? run(0, 0, Outcome.FAILED, 2, cause) : run(0, 0, Outcome.SUCCEEDED, 2, null));
        }
        return Recent.of(runs, DEFAULTS);
    }

    @Test
    void attemptsThatAreTriedAgainAndInterruptionsAreNoRuns() {
        Recent recent = Recent.of(
                Arrays.asList(
                        run(0, 0, Outcome.INTERRUPTED, 1, "x"),
                        run(0, 0, Outcome.RETRIED, 1, "x"),
                        run(0, 0, Outcome.TIMED_OUT, 1, "too long")),
                DEFAULTS);
        assertThat(recent.runs()).isEqualTo(1);
        assertThat(recent.failed()).isEqualTo(1);
    }
}

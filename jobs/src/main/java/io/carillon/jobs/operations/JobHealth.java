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

import io.carillon.jobs.history.RunRecord;
import io.carillon.jobs.history.RunRecord.Outcome;
import io.carillon.jobs.history.RunRecord.Source;
import io.carillon.jobs.operations.HealthReason.Code;
import io.carillon.jobs.operations.JobQueries.Health;
import io.carillon.jobs.operations.JobQueries.Health.Level;
import io.carillon.jobs.scheduling.CronSchedule;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Says how a job is, and why: one table of rules. Pure. */
final class JobHealth {

    /** How long after its planned time a firing may be unseen before the job counts as late. */
    static final Duration LATE_AFTER = Duration.ofSeconds(30);

    /** How many of the latest runs are looked at, and how few are too few to say anything. */
    static final int RECENT_RUNS = 20;

    private static final int FEW_RUNS = 4;
    /** An item that runs longer than this, and than five times the longest recent run, is stuck. */
    private static final Duration STUCK_AFTER = Duration.ofMinutes(10);

    private static final int STUCK_TIMES = 5;
    /** How long a deal may wait for running items without being told of. */
    private static final Duration BLOCKED_AFTER = Duration.ofMinutes(1);
    /** A run is slow from three times the usual on, when that is not short anyway. */
    private static final int SLOW_TIMES = 3;

    private static final Duration SLOW_FROM = Duration.ofSeconds(30);

    private JobHealth() {}

    /**
     * What the latest runs were like.
     *
     * @param runs how many are known, not counting those that were interrupted
     * @param failed how many of them failed
     * @param misfired how many of them made up for missed firings
     * @param last how long the last successful one took, or null
     * @param usual how long half of the successful ones took at most, or null when too few are known
     * @param longest how long the longest successful one took
     */
    record Recent(
            int runs,
            int failed,
            int misfired,
            @Nullable Duration last,
            @Nullable Duration usual,
            Duration longest) {

        static final Recent NONE = new Recent(0, 0, 0, null, null, Duration.ZERO);

        /** @param latest newest first */
        static Recent of(List<RunRecord> latest) {
            List<RunRecord> ended = latest.stream()
                    .filter(run -> run.outcome() != Outcome.INTERRUPTED)
                    .limit(RECENT_RUNS)
                    .toList();
            List<Duration> took = ended.stream()
                    .filter(run -> run.outcome() == Outcome.SUCCEEDED)
                    .map(run -> Duration.between(run.started(), run.ended()))
                    .toList();
            List<Duration> sorted = took.stream().sorted().toList();
            return new Recent(
                    ended.size(),
                    (int) ended.stream()
                            .filter(run -> run.outcome() == Outcome.FAILED)
                            .count(),
                    (int) ended.stream()
                            .filter(run -> run.source() == Source.MISFIRE)
                            .count(),
                    took.isEmpty() ? null : took.get(0),
                    sorted.size() <= FEW_RUNS ? null : sorted.get(sorted.size() / 2),
                    sorted.isEmpty() ? Duration.ZERO : sorted.get(sorted.size() - 1));
        }
    }

    /** An item that runs, who runs it, and since when it is known to. */
    record Held(int item, String instance, Instant since) {}

    /**
     * How many items did not run when others did.
     *
     * @param lastDue the planned time of each item's last known run
     * @param busy items that run, or that nobody is to run: not counted
     */
    static int late(Map<Integer, Instant> lastDue, Set<Integer> busy, @Nullable CronSchedule schedule, Instant now) {
        if (schedule == null) {
            return 0;
        }
        int late = 0;
        int timely = 0;
        for (Map.Entry<Integer, Instant> item : lastDue.entrySet()) {
            Instant expected = schedule.next(item.getValue());
            if (busy.contains(item.getKey()) || expected == null || !now.isAfter(expected.plus(LATE_AFTER))) {
                timely++;
            } else {
                late++;
            }
        }
        return timely == 0 ? 0 : late;
    }

    /**
     * What the rules look at.
     *
     * @param unusable why the stored configuration cannot be used, or null when it can
     * @param expectedRun the first firing after the last known run, or null when none is known or none comes
     * @param running how many items run now
     * @param unowned how many items have no owner that is online
     * @param lastRunFailed the stack trace's first line when the last known run failed, or null
     * @param historyUnknown why the run history did not answer, or null when it did
     * @param recent what the latest runs were like
     * @param itemsDisabled how many items are switched off
     * @param itemsLate how many items did not run when others did
     * @param longest the item that has been running longest, or null
     * @param blocks the item that a deal waits for, and since when the deal is due; null when none waits
     * @param unknownStrategy the configured sharding strategy where this process does not know it, or null
     * @param ofTimes what is wrong with the times of the schedule, or null
     */
    record Facts(
            @Nullable String unusable,
            boolean disabled,
            int instances,
            boolean leader,
            int items,
            int unowned,
            boolean reshardingPending,
            int running,
            @Nullable Instant expectedRun,
            @Nullable String lastRunFailed,
            @Nullable String historyUnknown,
            @Nullable String unknownStrategy,
            @Nullable HealthReason ofTimes,
            Recent recent,
            int itemsDisabled,
            int itemsLate,
            @Nullable Held longest,
            @Nullable Held blocks) {}

    private static boolean isStuck(Facts facts, Instant now) {
        Held held = facts.longest;
        if (held == null) {
            return false;
        }
        Duration runs = Duration.between(held.since, now);
        return runs.compareTo(STUCK_AFTER) > 0 && runs.compareTo(facts.recent.longest.multipliedBy(STUCK_TIMES)) > 0;
    }

    private static boolean isSlow(Recent recent) {
        return recent.last != null
                && recent.usual != null
                && recent.last.compareTo(SLOW_FROM) > 0
                && recent.last.compareTo(recent.usual.multipliedBy(SLOW_TIMES)) > 0;
    }

    private static boolean isMost(int count, Recent recent) {
        return recent.runs >= FEW_RUNS && 2 * count >= recent.runs;
    }

    private record Rule(Level level, Function<Facts, @Nullable HealthReason> reason) {}

    static Health of(Facts facts, Instant now) {
        Instant expected = facts.expectedRun;
        boolean late = expected != null && now.isAfter(expected.plus(LATE_AFTER)) && facts.running == 0;
        List<Rule> rules = List.of(
                new Rule(Level.BAD, f -> f.unusable == null ? null : HealthReason.of(Code.UNREADABLE, f.unusable)),
                new Rule(Level.BAD, f -> f.disabled || f.instances > 0 ? null : HealthReason.of(Code.NO_INSTANCE)),
                new Rule(
                        Level.BAD,
                        f -> f.disabled || f.unowned == 0 || f.reshardingPending || f.instances == 0
                                ? null
                                : HealthReason.of(Code.UNOWNED, f.unowned, f.items)),
                new Rule(
                        Level.BAD,
                        f -> f.disabled || !late || f.instances == 0 || expected == null
                                ? null
                                : HealthReason.of(Code.LATE, expected)),
                new Rule(
                        Level.BAD,
                        f -> isMost(f.recent.failed, f.recent)
                                ? HealthReason.of(Code.FAILING, f.recent.failed, f.recent.runs)
                                : null),
                new Rule(
                        Level.WARNING,
                        f -> f.disabled || late || f.itemsLate == 0
                                ? null
                                : HealthReason.of(Code.ITEMS_LATE, f.itemsLate, f.items)),
                new Rule(
                        Level.WARNING,
                        f -> f.longest == null || !isStuck(f, now)
                                ? null
                                : HealthReason.of(Code.STUCK, f.longest.item, f.longest.instance, f.longest.since)),
                new Rule(
                        Level.WARNING,
                        f -> f.disabled || f.blocks == null || !now.isAfter(f.blocks.since.plus(BLOCKED_AFTER))
                                ? null
                                : HealthReason.of(Code.BLOCKED, f.blocks.since, f.blocks.item, f.blocks.instance)),
                new Rule(
                        Level.WARNING,
                        f -> isMost(f.recent.misfired, f.recent)
                                ? HealthReason.of(Code.MISFIRING, f.recent.misfired, f.recent.runs)
                                : null),
                new Rule(
                        Level.WARNING,
                        f -> f.recent.last == null || f.recent.usual == null || !isSlow(f.recent)
                                ? null
                                : HealthReason.of(Code.SLOW, f.recent.last.toSeconds(), f.recent.usual.toSeconds())),
                new Rule(
                        Level.WARNING,
                        f -> f.disabled || f.itemsDisabled == 0
                                ? null
                                : HealthReason.of(Code.ITEMS_DISABLED, f.itemsDisabled, f.items)),
                new Rule(
                        Level.WARNING,
                        f -> f.lastRunFailed == null ? null : HealthReason.of(Code.LAST_FAILED, f.lastRunFailed)),
                new Rule(
                        Level.WARNING,
                        f -> f.disabled || f.leader || f.instances == 0 ? null : HealthReason.of(Code.NO_LEADER)),
                new Rule(Level.WARNING, f -> f.disabled || f.instances != 1 ? null : HealthReason.of(Code.NO_SPARE)),
                new Rule(
                        Level.WARNING,
                        f -> f.historyUnknown == null ? null : HealthReason.of(Code.HISTORY_UNKNOWN, f.historyUnknown)),
                new Rule(
                        Level.WARNING,
                        f -> f.unknownStrategy == null
                                ? null
                                : HealthReason.of(Code.UNKNOWN_STRATEGY, f.unknownStrategy)),
                new Rule(Level.WARNING, f -> f.ofTimes),
                new Rule(Level.DISABLED, f -> f.disabled ? HealthReason.of(Code.DISABLED) : null));
        List<Rule> met = new ArrayList<>();
        List<HealthReason> reasons = new ArrayList<>();
        for (Rule rule : rules) {
            HealthReason reason = rule.reason.apply(facts);
            if (reason != null) {
                met.add(rule);
                reasons.add(reason);
            }
        }
        Level worst =
                met.stream().map(Rule::level).max(Comparator.naturalOrder()).orElse(Level.OK);
        return new Health(worst, List.copyOf(reasons));
    }
}

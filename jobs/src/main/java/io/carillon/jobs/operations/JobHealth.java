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

import io.carillon.jobs.history.FailureFingerprint;
import io.carillon.jobs.history.RunRecord;
import io.carillon.jobs.history.RunRecord.Outcome;
import io.carillon.jobs.history.RunRecord.Source;
import io.carillon.jobs.operations.HealthReason.Code;
import io.carillon.jobs.operations.JobQueries.Health;
import io.carillon.jobs.operations.JobQueries.Health.Level;
import io.carillon.jobs.operations.JobQueries.Intent;
import io.carillon.jobs.scheduling.CronSchedule;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Says how a job is, and why: one table of rules. Pure. */
final class JobHealth {

    private JobHealth() {}

    // ---- facts -------------------------------------------------------------------------------------------------

    /**
     * What the latest runs were like.
     *
     * @param runs how many are known, not counting those that were interrupted or are tried again
     * @param failed how many of them failed
     * @param misfired how many of them made up for missed firings
     * @param last how long the last successful one took, or null
     * @param usual how long half of the successful ones took at most, or null when too few are known
     * @param longest how long the longest successful one took
     * @param alike how many failed with the most frequent fingerprint
     * @param fingerprint that one; empty when none failed
     * @param failure the first line of its latest cause; empty when none failed
     */
    record Recent(
            int runs,
            int failed,
            int misfired,
            @Nullable Duration last,
            @Nullable Duration usual,
            Duration longest,
            int alike,
            String fingerprint,
            String failure) {

        static final Recent NONE = new Recent(0, 0, 0, null, null, Duration.ZERO, 0, "", "");

        /** @param latest newest first */
        static Recent of(List<RunRecord> latest, HealthThresholds thresholds) {
            List<RunRecord> ended = latest.stream()
                    .filter(run -> run.outcome() != Outcome.INTERRUPTED && run.outcome() != Outcome.RETRIED)
                    .limit(thresholds.recentRuns())
                    .toList();
            List<Duration> took = ended.stream()
                    .filter(run -> run.outcome() == Outcome.SUCCEEDED)
                    .map(run -> Duration.between(run.started(), run.ended()))
                    .toList();
            List<Duration> sorted = took.stream().sorted().toList();
            List<RunRecord> failed =
                    ended.stream().filter(run -> run.outcome().isFailure()).toList();
            List<String> prints = failed.stream().map(Recent::fingerprint).toList();
            String most = FailureFingerprint.mostFrequent(prints);
            return new Recent(
                    ended.size(),
                    failed.size(),
                    (int) ended.stream()
                            .filter(run -> run.source() == Source.MISFIRE)
                            .count(),
                    took.isEmpty() ? null : took.get(0),
                    sorted.size() <= thresholds.fewRuns() ? null : sorted.get(sorted.size() / 2),
                    sorted.isEmpty() ? Duration.ZERO : sorted.get(sorted.size() - 1),
                    (int) prints.stream().filter(most::equals).count(),
                    most,
                    failed.stream()
                            .filter(run -> fingerprint(run).equals(most))
                            .findFirst()
                            .map(run -> FailureFingerprint.firstLine(causeOf(run)))
                            .orElse(""));
        }

        private static String fingerprint(RunRecord run) {
            return FailureFingerprint.of(causeOf(run));
        }

        private static String causeOf(RunRecord run) {
            String cause = run.cause();
            return cause == null ? run.outcome().name() : cause;
        }
    }

    /** An item that runs, who runs it, and since when it is known to. */
    record Held(int item, String instance, Instant since) {}

    /** An item that changes hands, and how often it has within the time that is looked at. */
    record Moved(int item, int times) {}

    /** An instance whose clock differs from the registry's; negative: it is behind. */
    record Skew(String instance, Duration ahead) {}

    /** Something of the job that is switched off by itself, or an instance that is drained. */
    record Off(String what, Instant since, String by) {}

    /**
     * Who is there.
     *
     * @param online how many instances
     * @param available how many of them take part: their servers are enabled
     * @param skew the instance whose clock differs most, or null when none is known to differ
     */
    record Members(
            int online,
            int available,
            boolean leader,
            @Nullable Skew skew) {}

    /**
     * Who owns what.
     *
     * @param unowned how many items have no owner that is online
     * @param unownedSince since when one of them has none, or null when all have
     * @param pending whether the items will be dealt anew, or never were
     * @param running how many items run now
     * @param longest the item that has been running longest, or null
     * @param blocks the item that a deal waits for, and since when the deal is due; null when none waits
     * @param disabled how many items are switched off
     * @param moved the item that changed its owner most often; null where none did, or that is how the strategy works
     * @param forgotten of the servers and items that are switched off by themselves, the one that is so longest; or null
     */
    record Assignment(
            int items,
            int unowned,
            @Nullable Instant unownedSince,
            boolean pending,
            int running,
            @Nullable Held longest,
            @Nullable Held blocks,
            int disabled,
            @Nullable Moved moved,
            @Nullable Off forgotten) {}

    /**
     * What happened.
     *
     * @param expected the first firing after the last known run, or null when none is known or none comes
     * @param lastFailed the first line of the stack trace of an item when the last known firing failed, or null
     * @param itemsLate how many items did not run when others did
     * @param unknown why the run history did not answer, or null when it did
     */
    record Past(
            Recent recent,
            @Nullable Instant expected,
            @Nullable String lastFailed,
            int itemsLate,
            @Nullable String unknown) {}

    /**
     * What the job is told to do.
     *
     * @param unusable why the stored configuration cannot be used, or null when it can
     * @param unknownStrategy the configured sharding strategy where this process does not know it, or null
     * @param ofTimes what is wrong with the times of the schedule, or null
     * @param timeout how long an item may run by the configuration; zero: as long as it likes
     * @param schedule null where the job runs when triggered
     * @param drift the settings in which the code differs from what is stored; empty where they agree, or nothing is declared
     */
    record Definition(
            @Nullable String unusable,
            @Nullable String unknownStrategy,
            @Nullable HealthReason ofTimes,
            Duration timeout,
            @Nullable CronSchedule schedule,
            List<String> drift) {}

    /** What the rules look at. */
    record Facts(Intent intent, Members members, Assignment assignment, Past past, Definition definition) {}

    /**
     * How many items did not run when others did.
     *
     * @param lastDue the planned time of each item's last known run
     * @param busy items that run, or that nobody is to run: not counted
     */
    static int late(
            Map<Integer, Instant> lastDue,
            Set<Integer> busy,
            @Nullable CronSchedule schedule,
            HealthThresholds thresholds,
            Instant now) {
        if (schedule == null) {
            return 0;
        }
        int late = 0;
        int timely = 0;
        for (Map.Entry<Integer, Instant> item : lastDue.entrySet()) {
            Instant expected = schedule.next(item.getValue());
            if (busy.contains(item.getKey())
                    || expected == null
                    || !now.isAfter(expected.plus(thresholds.lateAfter()))) {
                timely++;
            } else {
                late++;
            }
        }
        return timely == 0 ? 0 : late;
    }

    // ---- rules -------------------------------------------------------------------------------------------------

    /** The facts at one moment, as the rules ask for them. */
    private record Case(Facts facts, HealthThresholds than, Instant now) {

        Members members() {
            return facts.members;
        }

        Assignment assignment() {
            return facts.assignment;
        }

        Recent recent() {
            return facts.past.recent;
        }

        boolean off() {
            return facts.intent.state() != Intent.State.ENABLED;
        }

        boolean staffed() {
            return !off() && facts.members.online > 0;
        }

        boolean longer(@Nullable Instant since, Duration threshold) {
            return since != null && now.isAfter(since.plus(threshold));
        }

        boolean late() {
            return staffed() && longer(facts.past.expected, than.lateAfter()) && facts.assignment.running == 0;
        }

        /** For longer than one firing: one has come due since the item has no owner, or the time for it is over. */
        boolean unowned() {
            Instant since = facts.assignment.unownedSince;
            if (!staffed() || facts.assignment.pending || since == null || facts.assignment.unowned == 0) {
                return false;
            }
            CronSchedule schedule = facts.definition.schedule;
            Instant next = schedule == null ? null : schedule.next(since);
            return next == null ? longer(since, than.unownedAfter()) : now.isAfter(next);
        }

        boolean stuck() {
            Held held = facts.assignment.longest;
            if (held == null) {
                return false;
            }
            Duration timeout = facts.definition.timeout;
            if (!timeout.isZero()) {
                return longer(held.since, timeout.plus(than.stuckAfter()));
            }
            return longer(held.since, than.stuckAfter())
                    && longer(held.since, recent().longest.multipliedBy(than.stuckTimes()));
        }

        boolean slow() {
            Recent recent = recent();
            return recent.last != null
                    && recent.usual != null
                    && recent.last.compareTo(than.slowFrom()) > 0
                    && recent.last.compareTo(recent.usual.multipliedBy(than.slowTimes())) > 0;
        }

        boolean isShare(int count) {
            return recent().runs >= than.fewRuns() && 100 * count >= than.failedPercent() * recent().runs;
        }

        /** The job itself, else what of it is longest off. */
        @Nullable
        Off forgotten() {
            Intent intent = facts.intent;
            Instant since = intent.since();
            if (off()) {
                return since != null && longer(since, than.forgottenAfter())
                        ? new Off("job", since, intent.by().actor())
                        : null;
            }
            Off part = facts.assignment.forgotten;
            return part != null && longer(part.since, than.forgottenAfter()) ? part : null;
        }
    }

    /** A rule: how bad it is, and its reason, or null when it is not met. */
    private record Rule(Level level, java.util.function.Function<Case, @Nullable HealthReason> reason) {}

    private static @Nullable HealthReason when(boolean met, Code code, @Nullable Object... arguments) {
        return met ? HealthReason.of(code, arguments) : null;
    }

    private static @Nullable HealthReason unreadable(Case c) {
        return when(c.facts.definition.unusable != null, Code.UNREADABLE, c.facts.definition.unusable);
    }

    private static @Nullable HealthReason failingAlike(Case c) {
        Recent recent = c.recent();
        return when(
                recent.alike >= c.than.alikeFailures(),
                Code.FAILING_ALIKE,
                recent.alike,
                recent.runs,
                recent.failure,
                recent.fingerprint);
    }

    private static @Nullable HealthReason stuck(Case c) {
        Held held = c.assignment().longest;
        return held == null || !c.stuck() ? null : HealthReason.of(Code.STUCK, held.item, held.instance, held.since);
    }

    private static @Nullable HealthReason blocked(Case c) {
        Held held = c.assignment().blocks;
        return c.off() || held == null || !c.longer(held.since, c.than.blockedAfter())
                ? null
                : HealthReason.of(Code.BLOCKED, held.since, held.item, held.instance);
    }

    private static @Nullable HealthReason slow(Case c) {
        Recent recent = c.recent();
        return recent.last == null || recent.usual == null || !c.slow()
                ? null
                : HealthReason.of(Code.SLOW, recent.last.toSeconds(), recent.usual.toSeconds());
    }

    private static @Nullable HealthReason flapping(Case c) {
        Moved moved = c.assignment().moved;
        return moved == null || moved.times <= c.than.ownerChanges()
                ? null
                : HealthReason.of(
                        Code.FLAPPING,
                        moved.item,
                        moved.times,
                        c.than.ownerChangesWithin().toMinutes());
    }

    private static @Nullable HealthReason forgotten(Case c) {
        Off off = c.forgotten();
        return off == null ? null : HealthReason.of(Code.FORGOTTEN, off.what, off.since, off.by);
    }

    private static @Nullable HealthReason skew(Case c) {
        Skew skew = c.members().skew;
        return skew == null || skew.ahead.abs().compareTo(c.than.clockDifference()) <= 0
                ? null
                : HealthReason.of(Code.SKEW, skew.instance, skew.ahead.toMillis());
    }

    private static @Nullable HealthReason off(Case c) {
        Intent intent = c.facts.intent;
        return switch (intent.state()) {
            case ENABLED -> null;
            case DISABLED -> HealthReason.of(Code.DISABLED);
            case PAUSED ->
                HealthReason.of(Code.PAUSED, intent.until(), intent.by().actor());
        };
    }

    /** All rules; reasons are told in their order. */
    private static final List<Rule> RULES = List.of(
            new Rule(Level.BAD, JobHealth::unreadable),
            new Rule(Level.BAD, c -> when(!c.off() && c.members().online == 0, Code.NO_INSTANCE)),
            new Rule(Level.BAD, c -> when(c.unowned(), Code.UNOWNED, c.assignment().unowned, c.assignment().items)),
            new Rule(Level.BAD, c -> when(c.late(), Code.LATE, c.facts.past.expected)),
            new Rule(
                    Level.BAD,
                    c -> when(
                            c.recent().failed > 0 && c.isShare(c.recent().failed),
                            Code.FAILING,
                            c.recent().failed,
                            c.recent().runs)),
            new Rule(Level.WARNING, JobHealth::failingAlike),
            new Rule(
                    Level.WARNING,
                    c -> when(
                            !c.off() && !c.late() && c.facts.past.itemsLate > 0,
                            Code.ITEMS_LATE,
                            c.facts.past.itemsLate,
                            c.assignment().items)),
            new Rule(Level.WARNING, JobHealth::stuck),
            new Rule(Level.WARNING, JobHealth::blocked),
            new Rule(
                    Level.WARNING,
                    c -> when(
                            c.recent().misfired > 0 && c.isShare(c.recent().misfired),
                            Code.MISFIRING,
                            c.recent().misfired,
                            c.recent().runs)),
            new Rule(Level.WARNING, JobHealth::slow),
            new Rule(Level.WARNING, JobHealth::flapping),
            new Rule(Level.WARNING, JobHealth::skew),
            new Rule(
                    Level.WARNING,
                    c -> when(
                            !c.off() && c.assignment().disabled > 0,
                            Code.ITEMS_DISABLED,
                            c.assignment().disabled,
                            c.assignment().items)),
            new Rule(
                    Level.WARNING,
                    c -> when(c.facts.past.lastFailed != null, Code.LAST_FAILED, c.facts.past.lastFailed)),
            new Rule(Level.WARNING, c -> when(c.staffed() && !c.members().leader, Code.NO_LEADER)),
            new Rule(Level.WARNING, c -> when(c.staffed() && c.members().available <= 1, Code.NO_SPARE)),
            new Rule(
                    Level.WARNING, c -> when(c.facts.past.unknown != null, Code.HISTORY_UNKNOWN, c.facts.past.unknown)),
            new Rule(
                    Level.WARNING,
                    c -> when(
                            c.facts.definition.unknownStrategy != null,
                            Code.UNKNOWN_STRATEGY,
                            c.facts.definition.unknownStrategy)),
            new Rule(Level.WARNING, c -> c.facts.definition.ofTimes),
            new Rule(
                    Level.WARNING,
                    c -> when(
                            c.than.drift() && !c.off() && !c.facts.definition.drift.isEmpty(),
                            Code.DRIFT,
                            String.join(", ", c.facts.definition.drift))),
            new Rule(Level.WARNING, JobHealth::forgotten),
            new Rule(Level.DISABLED, JobHealth::off));

    /** The order in which the reasons of a job are told, worst first. */
    private static final List<Code> ORDER = List.of(
            Code.UNREADABLE,
            Code.NO_INSTANCE,
            Code.UNOWNED,
            Code.LATE,
            Code.FAILING,
            Code.FAILING_ALIKE,
            Code.ITEMS_LATE,
            Code.STUCK,
            Code.BLOCKED,
            Code.MISFIRING,
            Code.SLOW,
            Code.FLAPPING,
            Code.SKEW,
            Code.ITEMS_DISABLED,
            Code.LAST_FAILED,
            Code.NO_LEADER,
            Code.NO_SPARE,
            Code.HISTORY_UNKNOWN,
            Code.UNKNOWN_STRATEGY,
            Code.NEVER_FIRES,
            Code.PEERS_ZONE,
            Code.DRIFT,
            Code.FORGOTTEN,
            Code.PAUSED,
            Code.DISABLED);

    /** How far down a reason is told. */
    static int rank(Code code) {
        return ORDER.indexOf(code);
    }

    static Health of(Facts facts, HealthThresholds thresholds, Instant now) {
        Case asked = new Case(facts, thresholds, now);
        Level worst = Level.OK;
        List<HealthReason> reasons = new ArrayList<>();
        for (Rule rule : RULES) {
            HealthReason reason = rule.reason.apply(asked);
            if (reason != null) {
                worst = Comparator.<Level>naturalOrder().compare(rule.level, worst) > 0 ? rule.level : worst;
                reasons.add(reason);
            }
        }
        return new Health(worst, List.copyOf(reasons));
    }
}

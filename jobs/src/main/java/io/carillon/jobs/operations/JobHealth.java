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

import io.carillon.jobs.operations.HealthReason.Code;
import io.carillon.jobs.operations.JobQueries.Health;
import io.carillon.jobs.operations.JobQueries.Health.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Says how a job is, and why: one table of rules. Pure. */
final class JobHealth {

    /** How long after its planned time a firing may be unseen before the job counts as late. */
    static final Duration LATE_AFTER = Duration.ofSeconds(30);

    private JobHealth() {}

    /**
     * What the rules look at.
     *
     * @param unusable why the stored configuration cannot be used, or null when it can
     * @param expectedRun the first firing after the last known run, or null when none is known or none comes
     * @param running how many items run now
     * @param unowned how many items have no owner that is online
     * @param lastRunFailed the stack trace's first line when the last known run failed, or null
     * @param historyUnknown why the run history did not answer, or null when it did
     * @param unknownStrategy the configured sharding strategy where this process does not know it, or null
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
            @Nullable String unknownStrategy) {}

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

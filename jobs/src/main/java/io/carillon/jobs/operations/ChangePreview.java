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

import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.scheduling.CronSchedule;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What storing a configuration would change. Immutable.
 *
 * @param changes setting by setting; empty: nothing
 * @param effects what comes of it
 * @param firings the next firings by the new schedule, with those that a change of the clocks leaves out or doubles; empty for a
 *     job that runs when triggered
 * @param overlaps how many of these come due before one that takes as long as usual has ended
 * @param usual how long half of the recent firings took at most, or null when none is known
 */
public record ChangePreview(
        List<ConfigurationVersion.Change> changes,
        Set<Effect> effects,
        List<CronSchedule.Firing> firings,
        int overlaps,
        @Nullable Duration usual) {

    public ChangePreview {
        changes = List.copyOf(changes);
        effects = Set.copyOf(effects);
        firings = List.copyOf(firings);
    }

    /** What a change brings, apart from being used from the next firing on. */
    public enum Effect {
        /** The next firing comes at another time, from now on. */
        RESCHEDULED,
        /** The items are dealt anew at the next firing. */
        DEALT_ANEW,
        /** Items fall away: their checkpoints and marks have no meaning any more. */
        ITEMS_REMOVED,
        /** The schedule names no time from now on. */
        NEVER_FIRES,
        /** The job runs only when it is triggered, from now on. */
        TRIGGERED_ONLY,
        /** Only instances and servers that start later see it. */
        AT_NEXT_START
    }

    private static final Set<String> DEALING =
            Set.of("shardingTotalCount", "jobShardingStrategyType", "staticSharding");

    /** @param usual how long a firing takes, or null when that is not known */
    static ChangePreview of(
            @Nullable JobConfiguration stored,
            JobConfiguration changed,
            @Nullable Duration usual,
            int nextRuns,
            Instant now) {
        List<ConfigurationVersion.Change> changes =
                stored == null ? List.of() : ConfigurationVersion.between(stored, changed);
        List<Effect> effects = new ArrayList<>();
        CronSchedule schedule = changed.schedule();
        CronSchedule before = stored == null ? null : stored.schedule();
        if (stored != null && !java.util.Objects.equals(before, schedule)) {
            effects.add(schedule == null ? Effect.TRIGGERED_ONLY : Effect.RESCHEDULED);
        }
        if (schedule != null && schedule.next(now) == null) {
            effects.add(Effect.NEVER_FIRES);
        }
        if (changes.stream().anyMatch(change -> DEALING.contains(change.setting()))) {
            effects.add(Effect.DEALT_ANEW);
        }
        if (stored != null && changed.getShardingTotalCount() < stored.getShardingTotalCount()) {
            effects.add(Effect.ITEMS_REMOVED);
        }
        if (changes.stream()
                .anyMatch(change ->
                        change.setting().equals("disabled") || change.setting().equals("overwrite"))) {
            effects.add(Effect.AT_NEXT_START);
        }
        List<CronSchedule.Firing> firings =
                schedule == null || nextRuns == 0 ? List.of() : schedule.preview(now, nextRuns);
        int overlaps = 0;
        Instant last = null;
        for (CronSchedule.Firing firing : firings) {
            Instant at = firing.at();
            if (firing.mark() == CronSchedule.Mark.SKIPPED) {
                continue;
            }
            if (last != null && usual != null && at.isBefore(last.plus(usual))) {
                overlaps++;
            }
            last = at;
        }
        return new ChangePreview(changes, Set.copyOf(effects), firings, overlaps, usual);
    }
}

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
package io.carillon.console.screen.edit;

import io.carillon.jobs.InvalidSettingException;
import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.operations.ChangePreview;
import io.carillon.jobs.scheduling.CronSchedule;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The next runs by a schedule, with the odd days of clock changes. Immutable.
 *
 * @param zone in which the expression is read
 * @param problem why there are none, or empty
 * @param overlapFrom how long a run may take until it would overlap with the next, by the shortest distance; null when unknown
 * @param usual how long half of the recent runs took at most; null when that is not known
 * @param overlaps how many of the firings come due before one that takes as long as usual has ended
 */
public record ScheduleView(
        List<CronSchedule.Firing> firings,
        String zone,
        String problem,
        boolean hasCron,
        @Nullable Duration overlapFrom,
        @Nullable Duration usual,
        int overlaps) {
    static final int RUNS = 10;

    /** With what the job's past says of it, where that is known. */
    ScheduleView usually(@Nullable ChangePreview known) {
        return known == null
                ? this
                : new ScheduleView(firings, zone, problem, hasCron, overlapFrom, known.usual(), known.overlaps());
    }

    /** By an expression, a zone and a policy as people type them; the engine's own rules decide. */
    static ScheduleView of(String cron, String zone, String dst, Instant now) {
        if (cron.isBlank()) {
            return new ScheduleView(List.of(), zone, "", false, null, null, 0);
        }
        try {
            CronSchedule schedule = JobConfiguration.newBuilder("preview", 1)
                    .cron(cron)
                    .timeZone(zone)
                    .props(dst.isBlank() ? Map.of() : Map.of(JobConfiguration.DST, dst))
                    .build()
                    .schedule();
            return schedule == null ? new ScheduleView(List.of(), zone, "", false, null, null, 0) : of(schedule, now);
        } catch (InvalidSettingException invalid) {
            return new ScheduleView(List.of(), zone, invalid.problem(), true, null, null, 0);
        }
    }

    static ScheduleView of(CronSchedule schedule, Instant now) {
        List<CronSchedule.Firing> firings = schedule.preview(now, RUNS);
        List<Instant> at = new ArrayList<>();
        firings.stream()
                .filter(firing -> firing.mark() != CronSchedule.Mark.SKIPPED)
                .forEach(firing -> at.add(firing.at()));
        Duration shortest = null;
        for (int i = 1; i < at.size(); i++) {
            Duration distance = Duration.between(at.get(i - 1), at.get(i));
            shortest = shortest == null || distance.compareTo(shortest) < 0 ? distance : shortest;
        }
        return new ScheduleView(firings, schedule.zone().getId(), "", true, shortest, null, 0);
    }
}

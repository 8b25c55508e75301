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

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Decides when a job fires. Pure. */
public final class PlanFire {

    private static final int LOOK_BACK = 1_000;

    private PlanFire() {}

    /**
     * What to do now.
     *
     * @param fire the planned time of the firing to start now, or null
     * @param missed the planned time of a firing that could not start because the job is busy, or null
     * @param next the next planned time, or null when the schedule has ended
     */
    public record Plan(
            @Nullable Instant fire,
            @Nullable Instant missed,
            @Nullable Instant next) {}

    /**
     * Plans at an instant.
     *
     * <p>Several firings that came due at once, because the process was slow or frozen, are one firing with the latest of
     * their times.
     *
     * @param planned the next planned time as of the last plan, or null at the start
     * @param busy whether the last firing of the job has not ended on this instance
     * @param skipped the planned time of a firing that is left out, or null: nothing is due for it
     */
    public static Plan decide(
            CronSchedule schedule, @Nullable Instant planned, Instant now, boolean busy, @Nullable Instant skipped) {
        if (planned == null) {
            return new Plan(null, null, schedule.next(now));
        }
        if (planned.isAfter(now)) {
            return new Plan(null, null, planned);
        }
        Instant latest = planned.equals(skipped) ? null : planned;
        Instant each = planned;
        for (int i = 0; i < LOOK_BACK; i++) {
            Instant later = schedule.next(each);
            if (later == null || later.isAfter(now)) {
                break;
            }
            each = later;
            latest = later.equals(skipped) ? latest : later;
        }
        Instant next = schedule.next(now);
        return busy ? new Plan(null, latest, next) : new Plan(latest, null, next);
    }

    /**
     * What to make up for when a run has ended.
     *
     * @param missed the planned time of the latest firing that was missed during the run, or null
     * @param reshardingPending whether the items are about to be dealt anew; then nothing is made up for, as the items may
     *     belong to others by now
     * @return the planned time of the compensation run to start now, or null
     */
    public static @Nullable Instant afterRun(
            MisfirePolicy policy, @Nullable Instant missed, boolean reshardingPending) {
        return policy == MisfirePolicy.COMPENSATE_ONCE && !reshardingPending ? missed : null;
    }
}

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

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether news comes at a good moment: a change of who takes part, or a request to deal. Pure.
 *
 * <p>Instances of ElasticJob look for such a request only when they begin a firing, so one that comes while some have begun and
 * others have not makes an item run twice, or not at all. Carillon's instances run nothing twice, but an item that changes
 * hands while its new owner, whose clock is ahead, has begun and its old owner has not would miss that firing.
 */
public final class QuietMoment {

    /** How long after a firing they are taken to have begun it. */
    static final Duration AFTER = Duration.ofMillis(500);

    /** How long before a firing news reaches all of them in time. */
    static final Duration BEFORE = Duration.ofMillis(200);

    /** After so many good moments that passed by while nobody could look, a {@link Wait} ends at any moment. */
    static final int PASSED_BY = 3;

    private QuietMoment() {}

    /**
     * A wait for a good moment that does not last for ever: whoever is busy in each of them, as its registry answers slowly and
     * the firings follow each other closely, would wait without end. Better one firing missed than none run. Confined to a
     * thread.
     */
    public static final class Wait {
        private @Nullable Instant awaited;
        private int passedBy;

        /** As {@link QuietMoment#after}; null also when too many good moments have passed by. */
        public @Nullable Instant after(@Nullable CronSchedule schedule, Instant now) {
            Instant later = QuietMoment.after(schedule, now);
            if (later != null && awaited != null && !now.isBefore(awaited)) {
                passedBy++;
            }
            awaited = later;
            return passedBy < PASSED_BY ? later : null;
        }
    }

    /**
     * When to look again.
     *
     * @param schedule when they fire; null: only when asked
     * @return null when now is a good moment
     */
    public static @Nullable Instant after(@Nullable CronSchedule schedule, Instant now) {
        Instant firing = schedule == null ? null : schedule.next(now.minus(AFTER));
        return firing == null || firing.isAfter(now.plus(BEFORE)) ? null : begun(firing);
    }

    /** From when on ElasticJob's instances are taken to have begun what they begin at a moment. */
    public static Instant begun(Instant moment) {
        return moment.plus(AFTER).plusMillis(1);
    }
}

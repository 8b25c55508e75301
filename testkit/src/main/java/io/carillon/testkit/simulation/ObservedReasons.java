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
package io.carillon.testkit.simulation;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reasons that can be seen from outside: intervals of a fault, of a deal, of a long run, in which a firing may be lost. One
 * thread at a time.
 */
final class ObservedReasons implements FiringReasons {

    /** For reasons that hold for every job. */
    static final String ANY = "";

    private static final int ALL = -1;

    private final Duration tolerance;
    private final List<Interval> intervals = new ArrayList<>();
    private final Map<Firing, String> owners = new HashMap<>();

    private record Firing(String job, int item, Instant scheduledTime) {}

    /** An interval; open until it is told when it ends. */
    static final class Interval {
        private final String job;
        private final int item;
        /** Only for firings of items that this host owns; null: of any. */
        private final @Nullable String owner;
        /** Only for firings that were due later than this. */
        private final Instant laterThan;

        private final Instant from;
        private final String reason;
        private Instant to = Instant.MAX;

        private Interval(String job, int item, @Nullable String owner, Instant laterThan, Instant from, String reason) {
            this.job = job;
            this.item = item;
            this.owner = owner;
            this.laterThan = laterThan;
            this.from = from;
            this.reason = reason;
        }

        void ends(Instant at) {
            to = at;
        }
    }

    /** @param tolerance how far the clocks of hosts may be beside the true time */
    ObservedReasons(Duration tolerance) {
        this.tolerance = tolerance.plusMillis(20);
    }

    /** Begins an interval for a job, or for all ({@link #ANY}). */
    Interval begin(String job, Instant from, String reason) {
        return add(new Interval(job, ALL, null, Instant.MIN, from, reason));
    }

    /** Begins an interval for one item. */
    Interval beginItem(String job, int item, Instant from, String reason) {
        return add(new Interval(job, item, null, Instant.MIN, from, reason));
    }

    /** Begins an interval in which a host is busy with one firing of a job, and lets later ones go by. */
    Interval beginBusy(String job, String owner, Instant busyWith, Instant from) {
        return add(new Interval(job, ALL, owner, busyWith, from, owner + " was busy with an earlier firing"));
    }

    private Interval add(Interval interval) {
        intervals.add(interval);
        return interval;
    }

    /** An interval that is known as a whole. */
    void during(String job, Instant from, Instant to, String reason) {
        begin(job, from, reason).ends(to);
    }

    /** Notes whose item it is when a firing is due. */
    void due(String job, int item, Instant scheduledTime, @Nullable String owner) {
        if (owner != null) {
            owners.put(new Firing(job, item, scheduledTime), owner);
        }
    }

    /** Whose item it was when a firing was due. */
    @Nullable
    String ownerOf(String job, int item, Instant scheduledTime) {
        return owners.get(new Firing(job, item, scheduledTime));
    }

    /** Forgets a firing, and what ended long before. */
    void forget(String job, int item, Instant scheduledTime) {
        owners.remove(new Firing(job, item, scheduledTime));
        Instant before = scheduledTime.minus(tolerance).minusSeconds(5);
        intervals.removeIf(interval -> interval.to.isBefore(before));
    }

    /** From now on only switched off items and busy hosts excuse. */
    void calm(Instant now) {
        for (Interval interval : intervals) {
            if (interval.item == ALL && interval.owner == null && interval.to.isAfter(now)) {
                interval.to = now;
            }
        }
    }

    @Override
    public @Nullable String whyNot(String job, int item, Instant scheduledTime) {
        Instant from = scheduledTime.minus(tolerance);
        Instant to = scheduledTime.plus(tolerance);
        String owner = owners.get(new Firing(job, item, scheduledTime));
        for (Interval interval : intervals) {
            if ((interval.job.equals(ANY) || interval.job.equals(job))
                    && (interval.item == ALL || interval.item == item)
                    && (interval.owner == null || interval.owner.equals(owner))
                    && interval.laterThan.isBefore(scheduledTime)
                    && !interval.from.isAfter(to)
                    && !interval.to.isBefore(from)) {
                return interval.reason;
            }
        }
        return null;
    }
}

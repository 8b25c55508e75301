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

import io.carillon.jobs.engine.HostTime;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/**
 * The clock of a host: beside the true time by an offset, and faster or slower than it; it jumps when it is told to. One
 * thread at a time.
 */
public final class HostClock implements HostTime {

    private static final double MILLION = 1_000_000;

    private final InstantSource trueTime;
    private final Instant set;
    private Duration offset;
    private Duration jumped = Duration.ZERO;
    private final int drift;
    private Duration uncounted = Duration.ZERO;
    private @Nullable Instant suspended;

    /**
     * @param offset how far the clock is ahead now; negative: behind
     * @param drift by how many millionths it is faster; negative: slower
     */
    HostClock(InstantSource trueTime, Duration offset, int drift) {
        this.trueTime = trueTime;
        this.set = trueTime.instant();
        this.offset = offset;
        this.drift = drift;
    }

    @Override
    public Instant instant() {
        return at(trueTime.instant());
    }

    /** Only what the clock says, not how much time has passed. */
    InstantSource onTheWall() {
        return () -> at(trueTime.instant());
    }

    private Instant at(Instant instant) {
        long nanos = Duration.between(set, instant).toNanos();
        return instant.plus(offset).plusNanos((long) (nanos * (drift / MILLION)));
    }

    /** How long something takes that takes {@code wait} by this clock; a little longer, so that it is over then. */
    Duration trueLength(Duration wait) {
        return Duration.ofNanos((long) (wait.toNanos() / (1 + drift / MILLION)) + 1_000);
    }

    /** Somebody sets the clock: forward, or back when {@code by} is negative. */
    void jump(Duration by) {
        offset = offset.plus(by);
        jumped = jumped.plus(by);
    }

    /** The whole host stands still, or goes on: the time between is on the clock, but is not counted. */
    void suspend(boolean on) {
        Instant since = suspended;
        if (on && since == null) {
            suspended = trueTime.instant();
        } else if (!on && since != null) {
            uncounted = uncounted.plus(Duration.between(since, trueTime.instant()));
            suspended = null;
        }
    }

    /** By how much the clock was set in all. */
    Duration jumped() {
        return jumped;
    }

    @Override
    public long nanos() {
        Instant suspendedAt = suspended;
        Instant counts = suspendedAt == null ? trueTime.instant() : suspendedAt;
        long nanos = Duration.between(set, counts).minus(uncounted).toNanos();
        return nanos + (long) (nanos * (drift / MILLION));
    }

    /** How far the clock is ahead. */
    Duration ahead() {
        return Duration.between(trueTime.instant(), instant());
    }
}

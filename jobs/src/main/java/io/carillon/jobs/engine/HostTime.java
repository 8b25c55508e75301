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
package io.carillon.jobs.engine;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/**
 * The time of a host, by both its clocks: the one on the wall, for schedules and records, which somebody may set at any time;
 * and one that only counts what has passed, for how long something lasts. Thread-safe.
 *
 * <p>Neither is to be trusted alone. The clock on the wall may be set back while the process stands still. The other one, on
 * Linux {@code CLOCK_MONOTONIC}, does not count the time during which the whole host was suspended. So whoever asks whether too
 * much time has passed takes the longer one.
 */
public interface HostTime extends InstantSource {

    /** Nanoseconds since some moment; never less than before. */
    long nanos();

    /** The time of a clock that nobody sets, as in a test: it counts, too. Of what has both, that. */
    static HostTime of(InstantSource time) {
        if (time instanceof HostTime both) {
            return both;
        }
        return new HostTime() {
            @Override
            public Instant instant() {
                return time.instant();
            }

            @Override
            public long nanos() {
                return Duration.between(Instant.EPOCH, time.instant()).toNanos();
            }
        };
    }
}

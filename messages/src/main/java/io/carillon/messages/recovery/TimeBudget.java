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
package io.carillon.messages.recovery;

import io.carillon.messages.MessageServiceOptions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** How long one run of a maintenance job has taken and may still take. Thread-safe. */
record TimeBudget(InstantSource time, Instant begin, Duration longest) {

    static TimeBudget start(MessageServiceOptions options) {
        return new TimeBudget(options.time(), options.time().instant(), options.maintenanceBudget());
    }

    Duration taken() {
        Duration taken = Duration.between(begin, time.instant());
        return taken.isNegative() ? Duration.ZERO : taken;
    }

    boolean isSpent() {
        return taken().compareTo(longest) >= 0;
    }
}

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
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How this instance's clock differs from the registry's, found in the answers to commits that are made anyway. Thread-safe.
 */
final class InstanceClock {

    /** A change of less is not worth a request. */
    private static final Duration WORTH_TELLING = Duration.ofMillis(500);

    private final RegistryClock clock = new RegistryClock();
    private Duration told = Duration.ZERO;
    private @Nullable Consumer<Duration> follower;

    /** Tells somebody of each difference that is worth it. */
    synchronized void follow(Consumer<Duration> ahead) {
        follower = ahead;
    }

    synchronized void heard(Instant sent, long registryMillis, Instant answered) {
        clock.heard(sent, registryMillis, answered);
        Duration now = clock.difference();
        if (follower != null && now.minus(told).abs().compareTo(WORTH_TELLING) >= 0) {
            told = now;
            follower.accept(now);
        }
    }
}

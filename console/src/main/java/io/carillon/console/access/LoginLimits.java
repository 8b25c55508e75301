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
package io.carillon.console.access;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Slows down who guesses passwords: after five failures of one name or of one address each further failure doubles the wait,
 * from one second to five minutes. Thread-safe; each console counts for itself.
 */
final class LoginLimits {
    private static final int FREE = 5;
    private static final int MOST_KEYS = 10_000;
    private static final Duration LONGEST = Duration.ofMinutes(5);
    private static final Duration FORGOTTEN = Duration.ofMinutes(30);

    private record Failures(int count, Instant last) {}

    private final Map<String, Failures> failures = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Failures> eldest) {
            return size() > MOST_KEYS;
        }
    };

    /** How long is to be waited before the next try; zero when it may be now. */
    synchronized Duration left(String key, Instant now) {
        Failures known = failures.get(key);
        if (known == null || known.count < FREE) {
            return Duration.ZERO;
        }
        Duration left = Duration.between(now, known.last.plus(wait(known.count)));
        return left.isNegative() ? Duration.ZERO : left;
    }

    static Duration wait(int count) {
        if (count < FREE) {
            return Duration.ZERO;
        }
        Duration wait = Duration.ofSeconds(1L << Math.min(30, count - FREE));
        return wait.compareTo(LONGEST) > 0 ? LONGEST : wait;
    }

    synchronized void failed(String key, Instant now) {
        Failures known = failures.get(key);
        int before = known == null || known.last.plus(FORGOTTEN).isBefore(now) ? 0 : known.count;
        failures.put(key, new Failures(before + 1, now));
    }

    synchronized void succeeded(String key) {
        failures.remove(key);
    }
}

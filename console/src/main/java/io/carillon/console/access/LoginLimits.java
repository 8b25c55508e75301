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
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Slows down who guesses passwords: after five failures of one name or of one address each further failure doubles the wait,
 * from one second to five minutes. Thread-safe.
 *
 * <p>Where consoles share a store, they count together, so that it is of no use to ask another one. A failure costs one small
 * write per key; while somebody has to wait, nothing is asked and nothing is written. What the store does not take is counted
 * here all the same.
 */
final class LoginLimits {
    private static final Logger log = LoggerFactory.getLogger(LoginLimits.class);
    private static final String KIND = "login-failures";
    private static final int FREE = 5;
    private static final int MOST_KEYS = 10_000;
    private static final int MOST_TRIES = 5;
    private static final Duration LONGEST = Duration.ofMinutes(5);
    private static final Duration FORGOTTEN = Duration.ofMinutes(30);

    private record Failures(int count, Instant last) {
        static final Failures NONE = new Failures(0, Instant.EPOCH);

        static Failures read(ConsoleStore.Entry entry) {
            String[] parts = entry.value().split(" ", 2);
            return new Failures(Integer.parseInt(parts[0]), Instant.parse(parts[1]));
        }

        Failures one(Instant now) {
            return new Failures((last.plus(FORGOTTEN).isBefore(now) ? 0 : count) + 1, now);
        }

        Duration left(Instant now) {
            Duration left = Duration.between(now, last.plus(LoginLimits.wait(count)));
            return count < FREE || left.isNegative() ? Duration.ZERO : left;
        }

        String text() {
            return count + " " + last;
        }
    }

    private final ConsoleStore store;
    private final Map<String, Failures> failures = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Failures> eldest) {
            return size() > MOST_KEYS;
        }
    };

    LoginLimits(ConsoleStore store) {
        this.store = store;
    }

    /**
     * How long is to be waited before the next try; zero when it may be now.
     *
     * @throws RuntimeException when a shared store does not answer: then nobody can log in anyway
     */
    Duration left(String key, Instant now) {
        Duration here = known(key).left(now);
        if (!here.isZero() || !store.isShared()) {
            return here;
        }
        return store.find(KIND, id(key), now)
                .map(Failures::read)
                .orElse(Failures.NONE)
                .left(now);
    }

    static Duration wait(int count) {
        if (count < FREE) {
            return Duration.ZERO;
        }
        Duration wait = Duration.ofSeconds(1L << Math.min(30, count - FREE));
        return wait.compareTo(LONGEST) > 0 ? LONGEST : wait;
    }

    void failed(String key, Instant now) {
        Failures counted = known(key).one(now);
        if (store.isShared()) {
            try {
                counted = count(key, now);
            } catch (RuntimeException notKept) {
                log.warn(
                        "A failed login is counted by this console alone, as the store does not answer: {}",
                        notKept.getMessage());
            }
        }
        synchronized (failures) {
            failures.put(key, counted);
        }
    }

    /** Counts for all consoles; what others count at the same moment is not lost. */
    private Failures count(String key, Instant now) {
        Failures counted = Failures.NONE;
        for (int i = 0; i < MOST_TRIES; i++) {
            Optional<ConsoleStore.Entry> before = store.find(KIND, id(key), now);
            counted = before.map(Failures::read).orElse(Failures.NONE).one(now);
            Instant forgotten = now.plus(FORGOTTEN);
            boolean kept = before.isPresent()
                    ? store.replace(before.get(), counted.text(), forgotten)
                    : store.insert(KIND, id(key), counted.text(), forgotten, now);
            if (kept) {
                break;
            }
        }
        return counted;
    }

    void succeeded(String key) {
        synchronized (failures) {
            failures.remove(key);
        }
        if (store.isShared()) {
            store.delete(KIND, id(key));
        }
    }

    private Failures known(String key) {
        synchronized (failures) {
            return failures.getOrDefault(key, Failures.NONE);
        }
    }

    /** Names and addresses of who guesses are nothing to be kept in clear. */
    private static String id(String key) {
        return Secrets.hash(key);
    }
}

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
package io.carillon.console.api;

import io.carillon.console.access.ConsoleStore;
import io.carillon.console.access.Secrets;
import io.carillon.console.access.Visitor;
import io.carillon.console.command.Command;
import io.carillon.console.command.RefusedException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Lets a caller repeat a request whose answer was lost, without its being done twice: by the {@code Idempotency-Key}, within a day,
 * over all consoles that share a store. Thread-safe.
 */
public final class Repeats {
    private static final String KIND = "repeat";
    private static final int LONGEST_KEY = 200;
    private static final Duration KEPT = Duration.ofDays(1);

    private final ConsoleStore store;
    private final InstantSource time;

    public Repeats(ConsoleStore store, InstantSource time) {
        this.store = store;
        this.time = time;
    }

    /** {@link #begin(String, String, String)} for a visitor's command. */
    Optional<String> begin(Visitor visitor, @Nullable String key, Command command) {
        // a record's text is its content: the same key may only ask for the same again
        return key == null ? Optional.empty() : begin(whose(visitor), key, command.toString());
    }

    /** {@link #end(String, String, String)} for a visitor. */
    void end(Visitor visitor, @Nullable String key, String answer) {
        if (key != null) {
            end(whose(visitor), key, answer);
        }
    }

    /** {@link #forget(String, String)} for a visitor. */
    void forget(Visitor visitor, @Nullable String key) {
        if (key != null) {
            forget(whose(visitor), key);
        }
    }

    private static String whose(Visitor visitor) {
        return visitor.kind() + " " + visitor.name();
    }

    /**
     * Begins something that may be repeated.
     *
     * @param whose who asks: others may have the same key
     * @param what what is asked for, as a text: the same key may only ask for the same again
     * @return what was answered the first time; empty when this is the first time
     * @throws RefusedException 409 when the first is still being done, 422 when the key was used for something else
     */
    public Optional<String> begin(String whose, String key, String what) {
        if (key.isBlank() || key.length() > LONGEST_KEY) {
            throw new RefusedException(422, "problem.repeatKey", LONGEST_KEY);
        }
        String hash = Secrets.hash(what);
        Instant now = time.instant();
        if (store.insert(KIND, id(whose, key), hash + "\n", now.plus(KEPT), now)) {
            return Optional.empty();
        }
        String[] before = store.find(KIND, id(whose, key), now)
                .map(ConsoleStore.Entry::value)
                .orElse(hash + "\n")
                .split("\n", 2);
        if (!before[0].equals(hash)) {
            throw new RefusedException(422, "problem.repeatOther", key);
        }
        if (before[1].isEmpty()) {
            throw new RefusedException(409, "problem.repeatOpen", key);
        }
        return Optional.of(before[1]);
    }

    /** Keeps what was answered. */
    public void end(String whose, String key, String answer) {
        store.find(KIND, id(whose, key), time.instant())
                .ifPresent(entry ->
                        store.replace(entry, entry.value().split("\n", 2)[0] + "\n" + answer, entry.expires()));
    }

    /** Nothing was done: it may be tried again. */
    public void forget(String whose, String key) {
        store.delete(KIND, id(whose, key));
    }

    private static String id(String whose, String key) {
        return Secrets.hash(whose + "\n" + key);
    }
}

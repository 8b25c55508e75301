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

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The port that keeps what the console itself must remember: users, sessions, tokens, saved views, keys of requests.
 * Thread-safe. Several consoles may share one.
 *
 * <p>All methods throw a {@link RuntimeException} when it does not answer.
 */
public interface ConsoleStore {
    /** The longest id, in characters. */
    int MOST_ID = 200;

    /** The longest value, in characters. */
    int MOST_VALUE = 8_000;

    /** Whether other consoles may have the same records. */
    boolean isShared();

    /** The record, unless there is none or it has expired. */
    Optional<Entry> find(String kind, String id, Instant now);

    /** All records of a kind that have not expired, by id, at most 10,000. */
    List<Entry> all(String kind, Instant now);

    /**
     * Keeps a new record; one that has expired is replaced.
     *
     * @param expires when it is forgotten, or null for never
     * @return false when there is one already
     */
    boolean insert(String kind, String id, String value, @Nullable Instant expires, Instant now);

    /**
     * Replaces a record that has not changed.
     *
     * @return false when it has another version by now, or is gone
     */
    boolean replace(Entry entry, String value, @Nullable Instant expires);

    /** Forgets a record; false when there is none. Of several that forget the same one, one is told true. */
    boolean delete(String kind, String id);

    /** Forgets what has expired. */
    void deleteExpired(Instant now);

    /**
     * A record. Immutable.
     *
     * @param version grows with each change
     * @param expires when it is forgotten, or null for never
     */
    record Entry(
            String kind,
            String id,
            String value,
            int version,
            @Nullable Instant expires) {}
}

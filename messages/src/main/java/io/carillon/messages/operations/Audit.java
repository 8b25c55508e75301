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
package io.carillon.messages.operations;

import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The port that keeps what people commanded. Nothing is ever changed in it but the end of an entry. Thread-safe. */
public interface Audit {

    /**
     * Keeps that a command begins; its {@code result} is null. Committed before the command changes anything.
     *
     * @throws RuntimeException when it cannot be kept: the command is not carried out
     */
    void begin(Entry entry);

    /** Keeps how a command ended. */
    void end(UUID id, @Nullable String before, @Nullable String after, String result);

    /**
     * The latest entries, newest first.
     *
     * @param before only older ones than this, or null to begin
     * @param limit at most so many, 1 to 1,000
     */
    List<Entry> latest(@Nullable UUID before, int limit);

    /**
     * A command. Immutable.
     *
     * @param id of version 7, so that ids are in the order of time
     * @param what the command, such as {@code replay}
     * @param target a message's id, or which messages were meant
     * @param before the states that the messages had
     * @param after the states that they have now
     * @param result how it ended; null while it runs, and for ever when the process died in it
     */
    record Entry(
            UUID id,
            Instant at,
            String who,
            String what,
            String target,
            @Nullable String before,
            @Nullable String after,
            String reason,
            @Nullable String result) {}
}

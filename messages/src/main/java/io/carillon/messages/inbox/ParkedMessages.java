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
package io.carillon.messages.inbox;

import io.carillon.messages.model.MessageId;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The messages that a service received and could not handle, each with its reason. They wait for people. Thread-safe. */
public interface ParkedMessages {

    /**
     * The parked messages, oldest first.
     *
     * @param group whose, or null for all groups
     * @param after the last message of the page before, or null to begin
     * @param limit 1..1000
     */
    List<Parked> list(@Nullable String group, @Nullable Parked after, int limit);

    /** One parked message; empty when it is not parked (any more). */
    Optional<Parked> find(MessageId id, String group);

    /** What became of a parked message. */
    sealed interface Replay {
        /** Its effect is applied, and it is confirmed to its producer. */
        record Handled() implements Replay {}

        /** It stays parked, with a new reason. */
        record Failed(String reason) implements Replay {}

        /** It is not parked (any more): nothing was done. */
        record Absent() implements Replay {}
    }

    /**
     * Has a message handled once more, here and now, by the handler that its group has for its topic.
     *
     * @throws IllegalStateException when this process has no such handler
     */
    Replay replay(MessageId id, String group);

    /**
     * Gives a message up: it counts as received, is confirmed to its producer, and is never handled.
     *
     * @param who noted in the log
     * @return false when it was not parked
     */
    boolean discard(MessageId id, String group, String who);
}

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

import io.carillon.messages.model.MessageId;
import io.carillon.messages.model.StoredMessage;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The port by which people look for messages of one store. Reads only, without locks. Thread-safe. */
public interface MessageSearch {

    /** The largest limit of a page. */
    int MAX_LIMIT = 1000;

    /** One message. */
    Optional<Found> find(MessageId id);

    /**
     * Messages that a filter means, newest first. One call looks at a bounded number of rows: a page may be short, or empty,
     * and still not be the last one.
     *
     * @param before only older ones than this: {@link Page#next} of the page before, or null to begin
     * @param limit at most so many, 1 to {@link #MAX_LIMIT}
     */
    Page search(MessageFilter filter, @Nullable MessageId before, int limit);

    /** What is known of a message's confirmations, by group; empty before the broker has acknowledged it. */
    List<Confirmation> confirmations(MessageId id);

    /**
     * Dead messages without their contents, newest first.
     *
     * @param before only older ones than this, or null to begin
     * @param limit at most so many, 1 to {@link #MAX_LIMIT}; fewer than that: there are no more
     */
    List<DeadLetter> deadLetters(@Nullable MessageId before, int limit);

    /**
     * A message that was found. Immutable.
     *
     * @param sentAt when the broker last acknowledged it, or null
     * @param closedAt when it was finished or cancelled, or null
     */
    record Found(
            StoredMessage message,
            @Nullable Instant sentAt,
            @Nullable Instant closedAt) {}

    /**
     * A page of a search. Immutable.
     *
     * @param next where to go on; null when everything was looked at
     */
    record Page(List<Found> found, @Nullable MessageId next) {

        /** Whether nothing older is left to look at. */
        public boolean isLast() {
            return next == null;
        }
    }

    /**
     * A group's confirmation of a message. Immutable.
     *
     * @param confirmedAt null while it is outstanding
     * @param waivedBy who did without it; null when the group itself confirmed, or has yet to
     */
    record Confirmation(
            String group,
            @Nullable Instant confirmedAt,
            @Nullable String waivedBy) {}

    /**
     * A dead message, and why it died as far as is known. Immutable.
     *
     * @param waiting the groups whose confirmation is outstanding; empty when the broker never had it
     */
    record DeadLetter(
            MessageId id,
            String topic,
            String tag,
            int attempt,
            @Nullable String cause,
            List<String> waiting) {}
}

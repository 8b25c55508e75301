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
package io.carillon.console.screen.messages;

import io.carillon.console.ask.Answer;
import io.carillon.console.ask.Payload;
import io.carillon.messages.operations.MessageSearch.Found;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One message. Immutable.
 *
 * @param found empty when there is none (any more)
 * @param content null when the message is not known
 * @param commands whether commands are offered
 */
public record MessageView(
        String store,
        String id,
        Answer<Optional<Found>> found,
        @Nullable Content content,
        Answer<List<Confirmed>> confirmations,
        boolean commands) {

    /**
     * What is shown of payload and headers.
     *
     * @param hidden whether the host hides both
     * @param failed whether the host could not say what may be shown, so that both are hidden
     */
    public record Content(
            Payload payload, String contentType, Map<String, String> headers, boolean hidden, boolean failed) {}

    /** How far a group is with a message; text {@code confirmation.<STATE>}. */
    public enum State {
        /** Not confirmed yet. */
        PENDING,
        /** The group has it, and could not handle it: it is parked there. */
        RECEIVED,
        CONSUMED,
        /** Not confirmed for longer than it should take. */
        OVERDUE,
        /** Somebody did without it. */
        WAIVED;

        /** Whether the message waits for it. */
        public boolean isOpen() {
            return this == PENDING || this == RECEIVED || this == OVERDUE;
        }
    }

    /**
     * A group's confirmation.
     *
     * @param at when it was confirmed or waived, or null
     * @param by who waived it; empty for nobody
     * @param why it is parked; empty for unknown
     * @param parkedIn the store where it is parked; empty for none that is known
     */
    public record Confirmed(
            String group, State state, @Nullable Instant at, String by, String why, String parkedIn) {}

    /** Whether the payload is known and may be seen. */
    public boolean isShown() {
        return content != null && !content.hidden() && !content.failed();
    }
}

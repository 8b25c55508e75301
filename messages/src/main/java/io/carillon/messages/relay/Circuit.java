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
package io.carillon.messages.relay;

import io.carillon.messages.MessageServiceOptions;
import java.time.Duration;
import java.time.Instant;

/**
 * Whether messages of one topic are handed to the broker. Closed: yes. Open, after the broker was unavailable: no, until a
 * time; then one message is sent as a probe, and its outcome closes or opens it again for longer. Immutable and pure.
 *
 * @param failures how often in a row the broker was unavailable; 0 means closed
 * @param openUntil when the next probe may be sent
 * @param probing whether a probe is under way
 */
record Circuit(int failures, Instant openUntil, boolean probing) {

    /** The longest time between two probes: an outage that ended is noticed within it. */
    static final Duration LONGEST_OPEN = Duration.ofSeconds(30);

    static final Circuit CLOSED = new Circuit(0, Instant.MIN, false);

    /** What may be done with a message now. */
    enum Permission {
        SEND,
        /** Send this one, and no other until its outcome is known: the circuit must become {@link #withProbe}. */
        PROBE,
        /** Do not send; put it back until {@link #openUntil}. */
        HOLD
    }

    Permission ask(Instant now) {
        if (failures == 0) {
            return Permission.SEND;
        }
        return probing || now.isBefore(openUntil) ? Permission.HOLD : Permission.PROBE;
    }

    /** A probe is sent; the time until which others are held moves on by one base wait. */
    Circuit withProbe(Instant now, MessageServiceOptions options) {
        return new Circuit(failures, now.plus(options.backoffBase()), true);
    }

    /** The broker answered for this topic, with whatever verdict. */
    Circuit afterAnswer() {
        return CLOSED;
    }

    /** The broker was unavailable. Messages that were under way together count as one failure. */
    Circuit afterUnavailable(Instant now, MessageServiceOptions options, double random) {
        if (failures > 0 && !probing) {
            return this;
        }
        Duration cap = Decisions.shorter(options.backoffCap(), LONGEST_OPEN);
        Duration base = Decisions.shorter(options.backoffBase(), cap);
        return new Circuit(failures + 1, now.plus(Decisions.backoff(base, cap, failures, random)), false);
    }
}

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
package io.carillon.messages.model;

/**
 * Where a message stands. The codes are stored and never change; the first three are paascloud's.
 *
 * <p>The transitions are the table {@code MessageLife}.
 */
public enum MessageState {
    /** Prepared in the central service; whether its transaction committed is not known yet. Never sent. */
    WAITING_CONFIRM(10),
    /** Committed, to be sent; in flight while its lease lasts. */
    SENDING(20),
    /** Acknowledged by the broker; confirmations of subscribers are outstanding. */
    SENT(25),
    /** Confirmed by every subscriber that was expected to; or acknowledged, where none was. */
    FINISHED(30),
    /** Given up after too many attempts, or at once for a permanent error; waits for people. */
    DEAD(40),
    /** Will never be sent: its transaction rolled back, or people discarded it. */
    CANCELLED(50),
    /** Written by a newer version; left alone. */
    UNKNOWN(-1);

    private final int code;

    MessageState(int code) {
        this.code = code;
    }

    /** The stored number. */
    public int code() {
        return code;
    }

    /** Whether nothing more will happen to it: such rows may be cleaned. */
    public boolean isClosed() {
        return this == FINISHED || this == CANCELLED;
    }

    /** The state of a stored number; {@link #UNKNOWN} for a number of a newer version. */
    public static MessageState ofCode(int code) {
        for (MessageState state : values()) {
            if (state.code == code) {
                return state;
            }
        }
        return UNKNOWN;
    }
}

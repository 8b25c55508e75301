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

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The life of a message: {@link MessageState}, {@link Event}, and the one table that joins them. Immutable. Stores follow
 * it by guarding every write with the state it starts from; {@code docs/states/message.md} is drawn from it.
 */
public final class MessageLife {

    /** What can happen to a message. */
    public enum Event {
        /** Written into the business transaction. */
        APPEND,
        /** Central mode: written before the producer's business transaction. */
        PREPARE,
        /** Central mode: the producer's transaction committed. */
        SUBMIT,
        /** Central mode: the producer's transaction did not commit. */
        CANCEL,
        /** Taken by a node for the time of a lease, because its time had come. */
        CLAIM,
        /** The broker has it; confirmations are expected. */
        ACKNOWLEDGE,
        /** The broker has it; no confirmation is expected, or all are there already. */
        ACKNOWLEDGE_LAST,
        /** Put back after a failed try. */
        POSTPONE,
        /** A node that closes gave its lease back. */
        RELEASE,
        /** Some group confirmed; others are outstanding, or none was. */
        CONFIRM,
        /** The last expected group confirmed. */
        CONFIRM_LAST,
        /** Given up. */
        BURY,
        /** Its time was over before the broker had it. */
        EXPIRE,
        /** People have it sent again; the broker never had it. */
        REPLAY,
        /** People have it sent again; the broker had it, confirmations are outstanding. */
        REPLAY_UNCONFIRMED,
        /** People give it up for good. */
        DISCARD,
        /** People do without a group's confirmation; others are outstanding. */
        WAIVE,
        /** People do without the last confirmation that was outstanding. */
        WAIVE_LAST
    }

    /**
     * One row of the table.
     *
     * @param from the state it starts from, or null for a message that is not there yet
     */
    public record Transition(@Nullable MessageState from, Event event, MessageState to) {}

    private static final List<Transition> TABLE = List.of(
            new Transition(null, Event.APPEND, MessageState.SENDING),
            new Transition(null, Event.PREPARE, MessageState.WAITING_CONFIRM),
            new Transition(MessageState.WAITING_CONFIRM, Event.CLAIM, MessageState.WAITING_CONFIRM),
            new Transition(MessageState.WAITING_CONFIRM, Event.POSTPONE, MessageState.WAITING_CONFIRM),
            new Transition(MessageState.WAITING_CONFIRM, Event.SUBMIT, MessageState.SENDING),
            new Transition(MessageState.WAITING_CONFIRM, Event.CANCEL, MessageState.CANCELLED),
            new Transition(MessageState.SENDING, Event.CLAIM, MessageState.SENDING),
            new Transition(MessageState.SENDING, Event.POSTPONE, MessageState.SENDING),
            new Transition(MessageState.SENDING, Event.RELEASE, MessageState.SENDING),
            new Transition(MessageState.SENDING, Event.CONFIRM, MessageState.SENDING),
            new Transition(MessageState.SENDING, Event.CONFIRM_LAST, MessageState.SENDING),
            new Transition(MessageState.SENDING, Event.ACKNOWLEDGE, MessageState.SENT),
            new Transition(MessageState.SENDING, Event.ACKNOWLEDGE_LAST, MessageState.FINISHED),
            new Transition(MessageState.SENDING, Event.BURY, MessageState.DEAD),
            new Transition(MessageState.SENDING, Event.EXPIRE, MessageState.CANCELLED),
            new Transition(MessageState.SENT, Event.CLAIM, MessageState.SENT),
            new Transition(MessageState.SENT, Event.POSTPONE, MessageState.SENT),
            new Transition(MessageState.SENT, Event.ACKNOWLEDGE, MessageState.SENT),
            new Transition(MessageState.SENT, Event.CONFIRM, MessageState.SENT),
            new Transition(MessageState.SENT, Event.CONFIRM_LAST, MessageState.FINISHED),
            new Transition(MessageState.SENT, Event.REPLAY_UNCONFIRMED, MessageState.SENT),
            new Transition(MessageState.SENT, Event.WAIVE, MessageState.SENT),
            new Transition(MessageState.SENT, Event.WAIVE_LAST, MessageState.FINISHED),
            new Transition(MessageState.SENT, Event.BURY, MessageState.DEAD),
            new Transition(MessageState.DEAD, Event.CONFIRM, MessageState.DEAD),
            new Transition(MessageState.DEAD, Event.CONFIRM_LAST, MessageState.FINISHED),
            new Transition(MessageState.DEAD, Event.REPLAY, MessageState.SENDING),
            new Transition(MessageState.DEAD, Event.REPLAY_UNCONFIRMED, MessageState.SENT),
            new Transition(MessageState.DEAD, Event.DISCARD, MessageState.CANCELLED),
            new Transition(MessageState.DEAD, Event.WAIVE, MessageState.DEAD),
            new Transition(MessageState.DEAD, Event.WAIVE_LAST, MessageState.FINISHED),
            new Transition(MessageState.FINISHED, Event.CONFIRM, MessageState.FINISHED));

    private MessageLife() {}

    /** The whole table. */
    public static List<Transition> transitions() {
        return TABLE;
    }

    /**
     * The state after an event; empty when the event has no effect in that state.
     *
     * @param from the present state, or null for a message that is not there yet
     */
    public static Optional<MessageState> after(@Nullable MessageState from, Event event) {
        return TABLE.stream()
                .filter(row -> row.from() == from && row.event() == event)
                .map(Transition::to)
                .findFirst();
    }

    /** The table as a Mermaid state diagram; several events between the same two states share an arrow. */
    public static String toMermaid() {
        List<String> lines = new ArrayList<>();
        lines.add("stateDiagram-v2");
        for (int i = 0; i < TABLE.size(); i++) {
            Transition row = TABLE.get(i);
            if (firstOfArrow(row) != i) {
                continue;
            }
            String events = String.join(
                    ", ",
                    TABLE.stream()
                            .filter(other -> sameArrow(other, row))
                            .map(other -> other.event().name().toLowerCase(Locale.ROOT))
                            .toList());
            lines.add("    " + (row.from() == null ? "[*]" : row.from().name()) + " --> " + row.to() + ": " + events);
        }
        for (MessageState state : MessageState.values()) {
            if (state.isClosed()) {
                lines.add("    " + state + " --> [*]");
            }
        }
        return String.join("\n", lines) + "\n";
    }

    private static int firstOfArrow(Transition row) {
        for (int i = 0; i < TABLE.size(); i++) {
            if (sameArrow(TABLE.get(i), row)) {
                return i;
            }
        }
        throw new AssertionError(row);
    }

    private static boolean sameArrow(Transition one, Transition other) {
        return one.from() == other.from() && one.to() == other.to();
    }
}

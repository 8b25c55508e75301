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
package io.carillon.jobs.model;

import java.util.Map;
import java.util.Optional;

/**
 * The life of one item of one firing: two enums and one table. The diagram {@code docs/states/item-run.md} is printed from
 * it. Pure.
 */
public final class ItemRunLife {

    private ItemRunLife() {}

    /** Where an item's run is. */
    public enum State {
        /** The claim is committed; a worker is awaited. */
        CLAIMED,
        /** User code is called. */
        RUNNING,
        /** The thread was interrupted; user code has not returned yet. */
        STOPPING,
        /** The run took too long and its thread was interrupted; user code has not returned yet. */
        OVERDUE,
        /** An attempt failed or took too long; the next one is awaited, the claim is held. */
        PAUSING,
        SUCCEEDED,
        FAILED,
        /** User code took too long. */
        TIMED_OUT,
        /** Stopped by a lost claim, by closing or by a command, before or while user code ran. */
        INTERRUPTED;

        /** Whether nothing can happen any more. */
        public boolean isEnd() {
            return TABLE.isEnd(this);
        }
    }

    /** What can happen to an item's run. */
    public enum Event {
        START,
        RETURN,
        THROW,
        /** As {@link #THROW}, with an attempt left. */
        THROW_FOR_NOW,
        /** The time given to the run is over. */
        EXPIRE,
        /** No further attempt is made after all. */
        GIVE_UP,
        STOP
    }

    private static final LifeTable<State, Event> TABLE = new LifeTable<>(State.class, Event.class);

    static {
        TABLE.on(State.CLAIMED, Event.START, State.RUNNING);
        TABLE.on(State.CLAIMED, Event.STOP, State.INTERRUPTED);
        TABLE.on(State.RUNNING, Event.RETURN, State.SUCCEEDED);
        TABLE.on(State.RUNNING, Event.THROW, State.FAILED);
        TABLE.on(State.RUNNING, Event.STOP, State.STOPPING);
        TABLE.on(State.RUNNING, Event.THROW_FOR_NOW, State.PAUSING);
        TABLE.on(State.RUNNING, Event.EXPIRE, State.OVERDUE);
        TABLE.on(State.STOPPING, Event.RETURN, State.INTERRUPTED);
        TABLE.on(State.STOPPING, Event.THROW, State.INTERRUPTED);
        TABLE.on(State.OVERDUE, Event.RETURN, State.TIMED_OUT);
        TABLE.on(State.OVERDUE, Event.THROW, State.TIMED_OUT);
        TABLE.on(State.OVERDUE, Event.THROW_FOR_NOW, State.PAUSING);
        TABLE.on(State.OVERDUE, Event.STOP, State.STOPPING);
        TABLE.on(State.PAUSING, Event.START, State.RUNNING);
        TABLE.on(State.PAUSING, Event.GIVE_UP, State.FAILED);
        TABLE.on(State.PAUSING, Event.STOP, State.INTERRUPTED);
    }

    /** The whole table. */
    public static Map<State, Map<Event, State>> table() {
        return TABLE.rows();
    }

    /** The state after an event; empty when the event changes nothing in this state. */
    public static Optional<State> after(State state, Event event) {
        return TABLE.after(state, event);
    }

    /** The table as a Mermaid state diagram. */
    public static String mermaid() {
        return TABLE.mermaid(State.CLAIMED);
    }
}

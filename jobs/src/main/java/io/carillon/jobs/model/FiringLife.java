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
 * The life of one firing of a job on one instance: two enums and one table. The diagram {@code docs/states/firing.md} is
 * printed from it. Pure.
 */
public final class FiringLife {

    private FiringLife() {}

    /** Where a firing is. */
    public enum State {
        /** Its time has come; it may have to wait until the items are dealt, or the registry answers. */
        DUE,
        /** The claim of its items is asked for. */
        CLAIMING,
        /** Its items run, or wait for a worker. */
        RUNNING,
        /** Nothing runs any more; the marks of its items are to be removed. */
        RELEASING,
        ENDED;

        /** Whether nothing can happen any more. */
        public boolean isEnd() {
            return TABLE.isEnd(this);
        }
    }

    /** What can happen to a firing. */
    public enum Event {
        /** Its claim is asked for. */
        CLAIM,
        /** The claim was not committed: what it was based on has changed. */
        REFUSE,
        /** The claim was committed, and holds. */
        GRANT,
        /** The items are to be given back: all have ended, or the claim was lost or void before any began. */
        RELEASE,
        /** The items are given back, and their claim is to be asked for again. */
        AGAIN,
        /** There is nothing to do, or nothing more. */
        END
    }

    private static final LifeTable<State, Event> TABLE = new LifeTable<>(State.class, Event.class);

    static {
        TABLE.on(State.DUE, Event.CLAIM, State.CLAIMING);
        TABLE.on(State.DUE, Event.END, State.ENDED);
        TABLE.on(State.CLAIMING, Event.REFUSE, State.DUE);
        TABLE.on(State.CLAIMING, Event.GRANT, State.RUNNING);
        TABLE.on(State.CLAIMING, Event.RELEASE, State.RELEASING);
        TABLE.on(State.CLAIMING, Event.END, State.ENDED);
        TABLE.on(State.RUNNING, Event.RELEASE, State.RELEASING);
        TABLE.on(State.RELEASING, Event.AGAIN, State.DUE);
        TABLE.on(State.RELEASING, Event.END, State.ENDED);
    }

    /** The whole table. */
    public static Map<State, Map<Event, State>> table() {
        return TABLE.rows();
    }

    /** The state after an event; empty when the event cannot happen in this state. */
    public static Optional<State> after(State state, Event event) {
        return TABLE.after(state, event);
    }

    /** The table as a Mermaid state diagram. */
    public static String mermaid() {
        return TABLE.mermaid(State.DUE);
    }
}

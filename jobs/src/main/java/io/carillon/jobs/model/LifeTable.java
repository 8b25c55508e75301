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

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;

/**
 * The table of a state machine: which event leads from which state to which. Filled when the machine's class is loaded; immutable
 * and thread-safe from then on. A {@link TransitionWatcher} that is there is told of each transition that is made.
 */
final class LifeTable<S extends Enum<S>, E extends Enum<E>> {

    private static final @Nullable TransitionWatcher WATCHER = ServiceLoader.load(
                    TransitionWatcher.class, TransitionWatcher.class.getClassLoader())
            .findFirst()
            .orElse(null);

    private final Class<S> states;
    private final Class<E> events;
    private final Map<S, Map<E, S>> rows;

    LifeTable(Class<S> states, Class<E> events) {
        this.states = states;
        this.events = events;
        this.rows = new EnumMap<>(states);
    }

    void on(S from, E event, S to) {
        rows.computeIfAbsent(from, ignored -> new EnumMap<>(events)).put(event, to);
    }

    /** Whether nothing can happen in a state any more. */
    boolean isEnd(S state) {
        return !rows.containsKey(state);
    }

    /** The whole table. */
    Map<S, Map<E, S>> rows() {
        return Collections.unmodifiableMap(rows);
    }

    /** The state after an event; empty when there is none. */
    Optional<S> after(S state, E event) {
        Map<E, S> row = rows.get(state);
        S to = row == null ? null : row.get(event);
        if (WATCHER != null && to != null) {
            WATCHER.visited(state, event, to);
        }
        return Optional.ofNullable(to);
    }

    /** The table as a Mermaid state diagram. */
    String mermaid(S first) {
        StringBuilder text = new StringBuilder("stateDiagram-v2\n    [*] --> " + first + "\n");
        for (S state : states.getEnumConstants()) {
            Map<E, S> row = rows.get(state);
            if (row == null) {
                text.append("    ").append(state).append(" --> [*]\n");
                continue;
            }
            row.forEach((event, to) -> text.append("    ")
                    .append(state)
                    .append(" --> ")
                    .append(to)
                    .append(" : ")
                    .append(event)
                    .append('\n'));
        }
        return text.toString();
    }
}

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

/** Draws a table of transitions as a Mermaid state diagram. Pure. */
final class Diagram {

    private Diagram() {}

    static <S extends Enum<S>, E extends Enum<E>> String of(S first, S[] states, Map<S, Map<E, S>> table) {
        StringBuilder text = new StringBuilder("stateDiagram-v2\n    [*] --> " + first + "\n");
        for (S state : states) {
            Map<E, S> row = table.get(state);
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

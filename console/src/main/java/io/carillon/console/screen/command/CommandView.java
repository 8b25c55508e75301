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
package io.carillon.console.screen.command;

import java.util.List;

/**
 * What the dialog of a command shows. Immutable.
 *
 * @param name the command's
 * @param targets what it is done to
 * @param hidden what the form carries: names and values
 * @param needsReason whether somebody must say why
 * @param reason what was typed
 * @param choices what can be chosen; empty where nothing is
 * @param chosen which of them was chosen, or empty
 * @param typeCount whether the number of targets must be typed, because there are many
 * @param problem what was wrong, or empty
 * @param rows what came of it; empty before it was done
 * @param back where to go on, without the base
 */
public record CommandView(
        String name,
        List<String> targets,
        List<Field> hidden,
        boolean needsReason,
        String reason,
        List<String> choices,
        String chosen,
        boolean typeCount,
        String problem,
        List<Row> rows,
        String back) {

    /** One hidden field of the form. */
    public record Field(String name, String value) {}

    /** What came of it for one target, as a text. */
    public record Row(String target, boolean done, String text) {}

    /** How many were done. */
    public long done() {
        return rows.stream().filter(Row::done).count();
    }
}

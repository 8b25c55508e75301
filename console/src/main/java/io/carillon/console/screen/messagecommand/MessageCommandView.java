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
package io.carillon.console.screen.messagecommand;

import io.carillon.console.ask.Answer;
import io.carillon.console.command.MessageCommand.Report;
import io.carillon.console.command.MessageCommand.Row;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the dialog of a command on messages shows. Immutable.
 *
 * @param name the command's
 * @param target what it is done to
 * @param hidden what the form carries: names and values
 * @param many whether it may be done to many, so that a limit is asked for
 * @param paced whether a rate is asked for
 * @param limit no more than so many
 * @param rate how many a second; 0 for no limit
 * @param groups whose confirmation can be waived; empty for other commands
 * @param reason what was typed
 * @param foretold what it would do; null where that is not foretold
 * @param typed the number that must be typed, because much is touched; 0: none
 * @param problem what was wrong, or empty
 * @param done what it did, or null before
 * @param back where to go on, without the base
 */
public record MessageCommandView(
        String name,
        String target,
        List<Field> hidden,
        boolean many,
        boolean paced,
        int limit,
        int rate,
        List<String> groups,
        String reason,
        @Nullable Answer<Report> foretold,
        int typed,
        String problem,
        @Nullable Report done,
        String back) {
    private static final int MOST_ROWS = 500;

    /** One hidden field of the form. */
    public record Field(String name, String value) {}

    /** What became of single messages, those first that were not done. */
    public List<Row> rows(Report report) {
        return report.rows().stream()
                .sorted(Comparator.comparing(row -> row.outcome().contains(".")))
                .limit(MOST_ROWS)
                .toList();
    }
}

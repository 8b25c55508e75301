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
package io.carillon.console.text;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Says the engine's health reasons in the reader's language and zone. Immutable.
 *
 * <p>The engine gives its reasons as English sentences; the table knows their forms. A sentence of another form is shown as
 * it came: a newer engine is never silenced.
 */
final class HealthReasons {
    private record Form(Pattern sentence, String key) {}

    private static final List<Form> FORMS = List.of(
            form("The stored configuration cannot be read; correct its config node\\.", "reason.unreadable"),
            form("No instance is online, so nothing runs\\.", "reason.noInstance"),
            form("([0-9]+) of ([0-9]+) items have no owner that is online\\.", "reason.unowned"),
            form("Late: a run was due at ([0-9T:.Z+-]+?)\\.", "reason.late"),
            form("The last known run failed: (.*)", "reason.lastFailed"),
            form("No leader yet, so items cannot be dealt anew\\.", "reason.noLeader"),
            form("No spare: one instance is online, and nobody takes over from it\\.", "reason.noSpare"),
            form("Switched off on all its servers\\.", "reason.disabled"));

    private HealthReasons() {}

    static String say(String sentence, Texts texts, Formats formats) {
        for (Form form : FORMS) {
            Matcher matcher = form.sentence.matcher(sentence);
            if (matcher.matches()) {
                Object[] values = new Object[matcher.groupCount()];
                for (int i = 0; i < values.length; i++) {
                    values[i] =
                            form.key.equals("reason.late") ? time(matcher.group(i + 1), formats) : matcher.group(i + 1);
                }
                return texts.get(form.key, values);
            }
        }
        return sentence;
    }

    private static String time(String text, Formats formats) {
        try {
            return formats.time(Instant.parse(text));
        } catch (DateTimeParseException e) {
            return text;
        }
    }

    private static Form form(String sentence, String key) {
        return new Form(Pattern.compile(sentence, Pattern.DOTALL), key);
    }
}

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

import io.carillon.jobs.operations.HealthReason;
import java.time.Instant;
import java.time.format.DateTimeParseException;

/** Says the engine's health reasons in the reader's language and zone: one sentence of the bundle per code. Immutable. */
final class HealthReasons {

    private HealthReasons() {}

    static String say(HealthReason reason, Texts texts, Formats formats) {
        Object[] values = reason.arguments().toArray();
        switch (reason.code()) {
            case LATE, STUCK, BLOCKED, FORGOTTEN, PAUSED -> {
                for (int i = 0; i < values.length; i++) {
                    values[i] = time(reason.arguments().get(i), formats);
                }
            }
            default -> {}
        }
        return texts.get("reason." + reason.code().name(), values);
    }

    private static String time(String text, Formats formats) {
        try {
            return formats.time(Instant.parse(text));
        } catch (DateTimeParseException e) {
            return text;
        }
    }
}

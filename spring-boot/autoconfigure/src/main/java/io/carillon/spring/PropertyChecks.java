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
package io.carillon.spring;

import java.time.Duration;

/** Checks that several property classes share; pure functions. */
final class PropertyChecks {

    private PropertyChecks() {}

    static void positive(String property, Duration value) {
        if (value.isNegative() || value.isZero()) {
            throw new InvalidPropertyException(
                    property, text(value), "a duration above zero, such as 30s or 500ms", "Correct the duration.");
        }
    }

    static void notNegative(String property, Duration value) {
        if (value.isNegative()) {
            throw new InvalidPropertyException(
                    property, text(value), "zero or a duration, such as 30s or 500ms", "Correct the duration.");
        }
    }

    static void range(String property, int value, int least, int most) {
        if (value < least || value > most) {
            throw new InvalidPropertyException(
                    property, value, least + ".." + most, "Choose a value within the range.");
        }
    }

    static void cron(String property, String value) {
        // two marks switch a job off: "-" as Spring's own scheduling has it
        if (!value.equals("-") && !org.quartz.CronExpression.isValidExpression(value)) {
            throw new InvalidPropertyException(
                    property,
                    "'" + value + "'",
                    "6 or 7 fields in Quartz syntax, such as 0 0 2 * * ?, or - for never",
                    "Correct the expression.");
        }
    }

    /** A duration as people write it in a properties file. */
    static String text(Duration value) {
        return value.toMillis() % 1000 == 0 ? value.toSeconds() + "s" : value.toMillis() + "ms";
    }
}

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
package io.carillon.console;

import java.util.List;
import java.util.Locale;

/**
 * Settings of the application that people want to see: thresholds, retention. Immutable. Beans of this type are shown in their
 * order. Nothing secret belongs here.
 *
 * @param about what they are about
 */
public record ShownSettings(About about, List<Setting> settings) {
    public ShownSettings {
        settings = List.copyOf(settings);
    }

    /** What settings are about; texts {@code settings.<ABOUT>} say how they are changed. */
    public enum About {
        ALARMS,
        RETENTION,
        CONSOLE
    }

    /** One setting, as in the application's properties. */
    public record Setting(String name, String value) {
        /** A value of any type; durations are printed as properties take them. */
        public static Setting of(String name, Object value) {
            return new Setting(
                    name, value instanceof java.time.Duration duration ? print(duration) : String.valueOf(value));
        }

        private static String print(java.time.Duration duration) {
            long millis = duration.toMillis();
            if (millis % 86_400_000 == 0 && millis > 0) {
                return millis / 86_400_000 + "d";
            }
            return duration.toString().substring(2).toLowerCase(Locale.ROOT);
        }
    }
}

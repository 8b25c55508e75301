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
package io.carillon.jobs.operations;

import io.carillon.jobs.JobConfiguration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A configuration that is, or was, stored. Immutable.
 *
 * @param version grows by one with each change; one that is missing between two was stored by others, such as ElasticJob's
 *     console or an instance with {@code overwrite}, and replaced by them before a command came
 * @param at when it was stored, by the clock of who commanded it, or of the registry where that is not known
 * @param by who stored it; {@link By#UNKNOWN} for one that no command stored
 * @param configuration null when it cannot be read
 * @param changes against the one before it that is on record; empty for the oldest
 */
public record ConfigurationVersion(
        int version, Instant at, By by, @Nullable JobConfiguration configuration, List<Change> changes) {

    public ConfigurationVersion {
        changes = List.copyOf(changes);
    }

    /**
     * One setting that differs.
     *
     * @param setting its name as in ElasticJob's configuration; one of {@code props} as {@code props.name}
     * @param before its value as a text; empty when it had none
     * @param after its value as a text; empty when it has none
     */
    public record Change(String setting, String before, String after) {

        @Override
        public String toString() {
            return setting + ": '" + before + "' -> '" + after + "'";
        }
    }

    /** What differs between two configurations, by setting. */
    public static List<Change> between(JobConfiguration before, JobConfiguration after) {
        Map<String, String> old = settings(before);
        Map<String, String> now = settings(after);
        TreeSet<String> names = new TreeSet<>(old.keySet());
        names.addAll(now.keySet());
        return names.stream()
                .map(name -> new Change(name, old.getOrDefault(name, ""), now.getOrDefault(name, "")))
                .filter(change -> !change.before.equals(change.after))
                .toList();
    }

    private static Map<String, String> settings(JobConfiguration configuration) {
        Map<String, String> settings = new TreeMap<>();
        configuration.settings().forEach((name, value) -> {
            if (value instanceof Map<?, ?> props) {
                props.forEach((key, of) -> settings.put(name + "." + key, String.valueOf(of)));
            } else {
                settings.put(name, String.valueOf(value));
            }
        });
        return settings;
    }
}

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
package io.carillon.console.command;

import io.carillon.jobs.InvalidSettingException;
import io.carillon.jobs.JobConfiguration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The settings of a job as texts: for forms, for the JSON API, for telling what differs. Stateless. */
public final class Settings {
    /** How a setting is asked for. */
    public enum Kind {
        TEXT,
        NUMBER,
        SWITCH,
        /** Several lines. */
        LINES
    }

    /**
     * A setting.
     *
     * @param name as in the stored configuration; the text {@code setting.<name>} explains it
     */
    public record Field(
            String name,
            Kind kind,
            Function<JobConfiguration, String> read,
            BiConsumer<JobConfiguration.Builder, String> write) {}

    /** A setting that differs. */
    public record Change(String name, String before, String after) {}

    /** All that can be changed, in the order of the form: when, what, how, the rest. */
    public static final List<Field> ALL = List.of(
            text("cron", c -> orEmpty(c.getCron()), JobConfiguration.Builder::cron),
            text("timeZone", c -> orEmpty(c.getTimeZone()), JobConfiguration.Builder::timeZone),
            flag("misfire", JobConfiguration::isMisfire, JobConfiguration.Builder::misfire),
            number(
                    "shardingTotalCount",
                    JobConfiguration::getShardingTotalCount,
                    JobConfiguration.Builder::shardingTotalCount),
            text(
                    "shardingItemParameters",
                    JobConfiguration::getShardingItemParameters,
                    JobConfiguration.Builder::shardingItemParameters),
            text("jobParameter", JobConfiguration::getJobParameter, JobConfiguration.Builder::jobParameter),
            flag("failover", JobConfiguration::isFailover, JobConfiguration.Builder::failover),
            flag("monitorExecution", JobConfiguration::isMonitorExecution, JobConfiguration.Builder::monitorExecution),
            flag("staticSharding", JobConfiguration::isStaticSharding, JobConfiguration.Builder::staticSharding),
            text(
                    "jobShardingStrategyType",
                    c -> orEmpty(c.getJobShardingStrategyType()),
                    JobConfiguration.Builder::jobShardingStrategyType),
            text(
                    "jobExecutorThreadPoolSizeProviderType",
                    c -> orEmpty(c.getJobExecutorThreadPoolSizeProviderType()),
                    JobConfiguration.Builder::jobExecutorThreadPoolSizeProviderType),
            text(
                    "jobErrorHandlerType",
                    c -> orEmpty(c.getJobErrorHandlerType()),
                    JobConfiguration.Builder::jobErrorHandlerType),
            text(
                    "jobListenerTypes",
                    c -> String.join(", ", c.getJobListenerTypes()),
                    (builder, value) -> builder.jobListenerTypes(list(value))),
            number(
                    "reconcileIntervalMinutes",
                    JobConfiguration::getReconcileIntervalMinutes,
                    JobConfiguration.Builder::reconcileIntervalMinutes),
            number(
                    "maxTimeDiffSeconds",
                    JobConfiguration::getMaxTimeDiffSeconds,
                    JobConfiguration.Builder::maxTimeDiffSeconds),
            text("description", JobConfiguration::getDescription, JobConfiguration.Builder::description),
            text(
                    "label",
                    c -> orEmpty(c.getLabel()),
                    (builder, value) -> builder.label(value.isBlank() ? null : value)),
            flag("disabled", JobConfiguration::isDisabled, JobConfiguration.Builder::disabled),
            flag("overwrite", JobConfiguration::isOverwrite, JobConfiguration.Builder::overwrite),
            new Field(
                    "props",
                    Kind.LINES,
                    c -> lines(c.getProps()),
                    (builder, value) -> builder.props(properties(value))));

    private Settings() {}

    private static Field text(
            String name, Function<JobConfiguration, String> read, BiConsumer<JobConfiguration.Builder, String> write) {
        return new Field(name, Kind.TEXT, read, write);
    }

    private static Field number(
            String name,
            Function<JobConfiguration, Integer> read,
            BiConsumer<JobConfiguration.Builder, Integer> write) {
        return new Field(name, Kind.NUMBER, c -> String.valueOf(read.apply(c)), (builder, value) -> {
            if (!value.strip().matches("-?[0-9]{1,9}")) {
                throw new InvalidSettingException(name, "'" + value + "'", "a whole number", "Nothing was changed.");
            }
            write.accept(builder, Integer.parseInt(value.strip()));
        });
    }

    private static Field flag(
            String name,
            Function<JobConfiguration, Boolean> read,
            BiConsumer<JobConfiguration.Builder, Boolean> write) {
        return new Field(name, Kind.SWITCH, c -> String.valueOf(read.apply(c)), (builder, value) -> {
            String word = value.strip().toLowerCase(Locale.ROOT);
            if (!List.of("true", "false", "on", "").contains(word)) {
                throw new InvalidSettingException(name, "'" + value + "'", "true or false", "Nothing was changed.");
            }
            write.accept(builder, word.equals("true") || word.equals("on"));
        });
    }

    private static String orEmpty(@Nullable String text) {
        return text == null ? "" : text;
    }

    private static List<String> list(String text) {
        List<String> words = new ArrayList<>();
        for (String word : text.split(",", -1)) {
            if (!word.isBlank()) {
                words.add(word.strip());
            }
        }
        return words;
    }

    private static String lines(Map<String, String> properties) {
        List<String> lines = new ArrayList<>();
        new TreeMap<>(properties)
                .forEach((key, value) ->
                        lines.add(key + "=" + value.replace("\\", "\\\\").replace("\n", "\\n")));
        return String.join("\n", lines);
    }

    private static Map<String, String> properties(String text) {
        Map<String, String> properties = new TreeMap<>();
        for (String line : text.lines().toList()) {
            if (line.isBlank()) {
                continue;
            }
            int equals = line.indexOf('=');
            if (equals < 1) {
                throw new InvalidSettingException(
                        "props", "'" + line.strip() + "'", "key=value, one per line", "Nothing was changed.");
            }
            properties.put(
                    line.substring(0, equals).strip(),
                    line.substring(equals + 1)
                            .strip()
                            .replace("\\n", "\n")
                            .replace("\\\n", "\\n")
                            .replace("\\\\", "\\"));
        }
        return properties;
    }

    /** All settings by name, in the order of the form. */
    public static Map<String, String> values(JobConfiguration configuration) {
        Map<String, String> values = new LinkedHashMap<>();
        ALL.forEach(field -> values.put(field.name(), field.read().apply(configuration)));
        return values;
    }

    /**
     * A configuration with some settings changed, checked by the engine's own rules.
     *
     * @param values by name; what is not named stays
     * @throws InvalidSettingException naming the setting
     */
    public static JobConfiguration with(JobConfiguration configuration, Map<String, String> values) {
        JobConfiguration.Builder builder = configuration.toBuilder();
        for (Field field : ALL) {
            String value = values.get(field.name());
            if (value != null && !sameText(value, field.read().apply(configuration))) {
                field.write().accept(builder, value);
            }
        }
        return builder.build();
    }

    private static boolean sameText(String one, String other) {
        // browsers send lines with CR LF
        return one.replace("\r\n", "\n").strip().equals(other.strip());
    }

    /** What differs, in the order of the form; values that look secret are not told. */
    public static List<Change> changes(JobConfiguration before, JobConfiguration after) {
        List<Change> changes = new ArrayList<>();
        for (Field field : ALL) {
            String old = field.read().apply(before);
            String now = field.read().apply(after);
            if (!Objects.equals(old, now)) {
                changes.add(new Change(field.name(), masked(field, old), masked(field, now)));
            }
        }
        return changes;
    }

    /** The settings as lines for the audit: those that differ from another configuration, or all when there is none. */
    static String print(JobConfiguration configuration, @Nullable JobConfiguration other) {
        List<String> lines = new ArrayList<>();
        for (Field field : ALL) {
            String value = field.read().apply(configuration);
            if (other == null || !value.equals(field.read().apply(other))) {
                lines.add(field.name() + ": " + masked(field, value));
            }
        }
        return String.join("\n", lines);
    }

    /** Hides the values of properties whose name speaks of a secret. */
    public static String masked(Field field, String value) {
        return field.kind() == Kind.LINES
                ? value.replaceAll("(?im)^([^=\n]*(?:password|secret|token|credential)[^=\n]*=).+$", "$1******")
                : value;
    }
}

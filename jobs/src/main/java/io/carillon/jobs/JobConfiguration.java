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
package io.carillon.jobs;

import io.carillon.jobs.execution.ItemPolicy;
import io.carillon.jobs.scheduling.CronSchedule;
import io.carillon.jobs.scheduling.DstPolicy;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.BinaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How a job is scheduled and cut into sharding items. Immutable.
 *
 * <p>Names and defaults are ElasticJob's (see {@code docs/concepts.md}); what it stores in the registry is readable by
 * ElasticJob 3.0.1 to 3.0.5.
 */
public final class JobConfiguration {

    /** The most sharding items a job can have. */
    public static final int MAX_SHARDING_TOTAL_COUNT = 10_000;

    /** The property that holds the job's {@link DstPolicy}, such as {@code SKIP,TWICE}. */
    public static final String DST = "carillon.dst";

    /** The property that says how many finished requests of a job are kept, 0 to 1,000; default 20. */
    public static final String REQUESTS_KEPT = "carillon.requests.keep";

    private final Builder values;
    private final Map<Integer, String> itemParameters;
    /** Read once, when it is asked for: reading an expression takes longer than finding its next time. */
    private volatile @Nullable CronSchedule schedule;

    private JobConfiguration(Builder values) {
        this.values = values;
        this.itemParameters = java.util.Collections.unmodifiableMap(
                parseItemParameters(values.shardingItemParameters, values.shardingTotalCount));
    }

    /**
     * Starts a configuration.
     *
     * @param jobName unique within the namespace; cannot be changed later: another name is another job
     * @param shardingTotalCount how many items, 1 to {@value #MAX_SHARDING_TOTAL_COUNT}
     */
    public static Builder newBuilder(String jobName, int shardingTotalCount) {
        return new Builder(jobName, shardingTotalCount);
    }

    /**
     * What a class says of itself by {@link ElasticJobConfiguration}; a class without it is asked for what it extends.
     *
     * @throws InvalidSettingException when neither says anything, or what is said cannot be used
     */
    public static JobConfiguration of(Class<?> jobClass) {
        for (Class<?> type = jobClass; type != null; type = type.getSuperclass()) {
            ElasticJobConfiguration annotation = type.getDeclaredAnnotation(ElasticJobConfiguration.class);
            if (annotation != null) {
                return newBuilder(annotation, (attribute, text) -> text).build();
            }
        }
        throw new InvalidSettingException(
                "@ElasticJobConfiguration",
                "not on " + jobClass.getName(),
                "the annotation on the class of the job, or on what it extends",
                "The job was not started; annotate its class, or give its configuration when it is scheduled.");
    }

    /**
     * Starts a configuration with what an annotation says.
     *
     * @param resolve answers an attribute's name and its text with the text to use, such as one without placeholders
     * @throws InvalidSettingException when one of its extra configurations cannot be made, or a property stands twice
     */
    public static Builder newBuilder(ElasticJobConfiguration annotation, BinaryOperator<String> resolve) {
        Builder builder = new Builder(resolve.apply("jobName", annotation.jobName()), annotation.shardingTotalCount())
                .cron(resolve.apply("cron", annotation.cron()))
                .timeZone(resolve.apply("timeZone", annotation.timeZone()))
                .shardingItemParameters(resolve.apply("shardingItemParameters", annotation.shardingItemParameters()))
                .jobParameter(resolve.apply("jobParameter", annotation.jobParameter()))
                .monitorExecution(annotation.monitorExecution())
                .failover(annotation.failover())
                .misfire(annotation.misfire())
                .maxTimeDiffSeconds(annotation.maxTimeDiffSeconds())
                .reconcileIntervalMinutes(annotation.reconcileIntervalMinutes())
                .jobShardingStrategyType(resolve.apply("jobShardingStrategyType", annotation.jobShardingStrategyType()))
                .jobExecutorThreadPoolSizeProviderType(resolve.apply(
                        "jobExecutorThreadPoolSizeProviderType", annotation.jobExecutorThreadPoolSizeProviderType()))
                .jobErrorHandlerType(resolve.apply("jobErrorHandlerType", annotation.jobErrorHandlerType()))
                .jobListenerTypes(List.of(annotation.jobListenerTypes()))
                .description(resolve.apply("description", annotation.description()))
                .disabled(annotation.disabled())
                .overwrite(annotation.overwrite())
                .staticSharding(annotation.staticSharding());
        String label = resolve.apply("label", annotation.label());
        if (!label.isBlank()) {
            builder.label(label);
        }
        Map<String, String> props = new TreeMap<>();
        for (ElasticJobConfiguration.Prop prop : annotation.props()) {
            if (props.put(prop.key(), resolve.apply("props", prop.value())) != null) {
                throw new InvalidSettingException(
                        "props", prop.key(), "each key once", "Remove one of the two from the annotation.");
            }
        }
        builder.props(props);
        for (Class<? extends ElasticJobConfiguration.Extra> extra : annotation.extraConfigurations()) {
            try {
                var constructor = extra.getDeclaredConstructor();
                constructor.setAccessible(true);
                constructor.newInstance().addTo(builder);
            } catch (ReflectiveOperationException e) {
                throw new InvalidSettingException(
                        "extraConfigurations",
                        extra.getName(),
                        "a class with a constructor without parameters that does not fail",
                        "Job '" + builder.jobName + "' was not started; correct the class. It answers: " + e);
            }
        }
        return builder;
    }

    /** A builder that starts with the values of this configuration. */
    public Builder toBuilder() {
        return new Builder(values);
    }

    public String getJobName() {
        return values.jobName;
    }

    /** The cron expression (Quartz syntax, 6 or 7 fields), or null for a job that only runs when triggered. */
    public @Nullable String getCron() {
        return values.cron;
    }

    /** The zone of the cron expression as configured, or null for the zone of the JVM. */
    public @Nullable String getTimeZone() {
        return values.timeZone;
    }

    /** The times of the cron expression in its zone, by the policy in {@link #DST}; null for a job without one. */
    public @Nullable CronSchedule schedule() {
        if (values.cron == null) {
            return null;
        }
        CronSchedule known = schedule;
        if (known == null || (values.timeZone == null && !known.zone().equals(ZoneId.systemDefault()))) {
            known = CronSchedule.of(values.cron, values.timeZone, DstPolicy.of(values.props.get(DST)));
            schedule = known;
        }
        return known;
    }

    /** How long an item may run, {@code carillon.timeout}; zero: as long as it likes. */
    public java.time.Duration timeout() {
        java.time.Duration timeout = ItemPolicy.of(this).timeout();
        return timeout == null ? java.time.Duration.ZERO : timeout;
    }

    /** How many finished requests (triggers, backfills) are kept for people to look at. */
    public int requestsKept() {
        return values.requestsKept();
    }

    public int getShardingTotalCount() {
        return values.shardingTotalCount;
    }

    /** {@code 0=a,1=b}; empty when no item has a parameter. */
    public String getShardingItemParameters() {
        return values.shardingItemParameters;
    }

    /** {@link #getShardingItemParameters()}, parsed: item to parameter. */
    public Map<Integer, String> shardingParameters() {
        return itemParameters;
    }

    public String getJobParameter() {
        return values.jobParameter;
    }

    public boolean isMonitorExecution() {
        return values.monitorExecution;
    }

    public boolean isFailover() {
        return values.failover;
    }

    public boolean isMisfire() {
        return values.misfire;
    }

    /** The largest clock difference to the registry in seconds; negative switches the check off. */
    public int getMaxTimeDiffSeconds() {
        return values.maxTimeDiffSeconds;
    }

    /** Every how many minutes lost owners are looked for; below 1 switches it off. */
    public int getReconcileIntervalMinutes() {
        return values.reconcileIntervalMinutes;
    }

    /** The sharding strategy's type, or null for {@code AVG_ALLOCATION}. */
    public @Nullable String getJobShardingStrategyType() {
        return values.jobShardingStrategyType;
    }

    /** The thread pool's type, or null for {@code CPU}. */
    public @Nullable String getJobExecutorThreadPoolSizeProviderType() {
        return values.jobExecutorThreadPoolSizeProviderType;
    }

    /** The error handler's type, or null for {@code LOG}. */
    public @Nullable String getJobErrorHandlerType() {
        return values.jobErrorHandlerType;
    }

    public List<String> getJobListenerTypes() {
        return values.jobListenerTypes;
    }

    public String getDescription() {
        return values.description;
    }

    /** Free properties, such as {@code streaming.process}; keys that begin with {@code carillon.} are Carillon's own. */
    public Map<String, String> getProps() {
        return values.props;
    }

    public boolean isDisabled() {
        return values.disabled;
    }

    public boolean isOverwrite() {
        return values.overwrite;
    }

    public @Nullable String getLabel() {
        return values.label;
    }

    public boolean isStaticSharding() {
        return values.staticSharding;
    }

    /** All settings by name, as people read them: an absent text is empty, {@code props} is a map. */
    public Map<String, Object> settings() {
        return java.util.Collections.unmodifiableMap(values.asMap());
    }

    /** All settings as texts by name, for people to compare; each property by {@code props.} and its key. */
    public Map<String, String> settingsAsTexts() {
        Map<String, String> settings = new TreeMap<>();
        values.asMap().forEach((name, value) -> {
            if (value instanceof Map<?, ?> map) {
                map.forEach((key, one) -> settings.put(name + "." + key, String.valueOf(one)));
            } else {
                settings.put(
                        name,
                        value instanceof List<?> list
                                ? list.stream().map(String::valueOf).collect(Collectors.joining(","))
                                : String.valueOf(value));
            }
        });
        return settings;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof JobConfiguration that && values.asMap().equals(that.values.asMap());
    }

    @Override
    public int hashCode() {
        return values.asMap().hashCode();
    }

    @Override
    public String toString() {
        return "JobConfiguration" + values.asMap();
    }

    private static Map<Integer, String> parseItemParameters(String text, int total) {
        Map<Integer, String> parameters = new TreeMap<>();
        if (text.isBlank()) {
            return parameters;
        }
        for (String pair : text.split(",", -1)) {
            String[] parts = pair.trim().split("=", -1);
            if (parts.length != 2 || parts[1].isBlank() || !parts[0].trim().matches("[0-9]{1,9}")) {
                throw new InvalidSettingException(
                        "shardingItemParameters",
                        text,
                        "item=value pairs such as 0=Beijing,1=Shanghai",
                        "Correct the pair '" + pair.trim() + "'.");
            }
            int item = Integer.parseInt(parts[0].trim());
            if (item >= total) {
                throw new InvalidSettingException(
                        "shardingItemParameters",
                        text,
                        "items 0.." + (total - 1),
                        "Remove item " + item + " or raise shardingTotalCount, which is " + total + ".");
            }
            if (parameters.put(item, parts[1].trim()) != null) {
                throw new InvalidSettingException(
                        "shardingItemParameters",
                        text,
                        "each item once",
                        "Remove one of the pairs of item " + item + ".");
            }
        }
        return parameters;
    }

    /** Collects the values of a {@link JobConfiguration}. One thread at a time. */
    public static final class Builder {

        private final String jobName;
        private int shardingTotalCount;
        private @Nullable String cron;
        private @Nullable String timeZone;
        private String shardingItemParameters = "";
        private String jobParameter = "";
        private boolean monitorExecution = true;
        private boolean failover;
        private boolean misfire = true;
        private int maxTimeDiffSeconds = -1;
        private int reconcileIntervalMinutes = 10;
        private @Nullable String jobShardingStrategyType;
        private @Nullable String jobExecutorThreadPoolSizeProviderType;
        private @Nullable String jobErrorHandlerType;
        private List<String> jobListenerTypes = List.of();
        private String description = "";
        private Map<String, String> props = Map.of();
        private boolean disabled;
        private boolean overwrite;
        private @Nullable String label;
        private boolean staticSharding;

        private Builder(String jobName, int shardingTotalCount) {
            this.jobName = Objects.requireNonNull(jobName, "jobName");
            this.shardingTotalCount = shardingTotalCount;
        }

        private Builder(Builder from) {
            this.jobName = from.jobName;
            this.shardingTotalCount = from.shardingTotalCount;
            this.cron = from.cron;
            this.timeZone = from.timeZone;
            this.shardingItemParameters = from.shardingItemParameters;
            this.jobParameter = from.jobParameter;
            this.monitorExecution = from.monitorExecution;
            this.failover = from.failover;
            this.misfire = from.misfire;
            this.maxTimeDiffSeconds = from.maxTimeDiffSeconds;
            this.reconcileIntervalMinutes = from.reconcileIntervalMinutes;
            this.jobShardingStrategyType = from.jobShardingStrategyType;
            this.jobExecutorThreadPoolSizeProviderType = from.jobExecutorThreadPoolSizeProviderType;
            this.jobErrorHandlerType = from.jobErrorHandlerType;
            this.jobListenerTypes = from.jobListenerTypes;
            this.description = from.description;
            this.props = from.props;
            this.disabled = from.disabled;
            this.overwrite = from.overwrite;
            this.label = from.label;
            this.staticSharding = from.staticSharding;
        }

        /** A cron expression in Quartz syntax, 6 or 7 fields; null: the job runs only when triggered. */
        public Builder cron(@Nullable String cron) {
            this.cron = cron == null || cron.isBlank() ? null : cron.trim();
            return this;
        }

        /** The zone of the cron expression, such as {@code Asia/Shanghai} or {@code GMT+8}; null: the JVM's. */
        public Builder timeZone(@Nullable String timeZone) {
            this.timeZone = timeZone == null || timeZone.isBlank() ? null : timeZone.trim();
            return this;
        }

        public Builder shardingTotalCount(int count) {
            this.shardingTotalCount = count;
            return this;
        }

        public Builder shardingItemParameters(String parameters) {
            this.shardingItemParameters = parameters;
            return this;
        }

        public Builder jobParameter(String parameter) {
            this.jobParameter = parameter;
            return this;
        }

        /** Whether a running item is marked in the registry; default true. Needed for failover and for no overlap. */
        public Builder monitorExecution(boolean on) {
            this.monitorExecution = on;
            return this;
        }

        /** Whether another instance repeats the items of an instance that died while running them; default false. */
        public Builder failover(boolean on) {
            this.failover = on;
            return this;
        }

        /** Whether a firing that came due during a long run is made up for, once, after it; default true. */
        public Builder misfire(boolean on) {
            this.misfire = on;
            return this;
        }

        public Builder maxTimeDiffSeconds(int seconds) {
            this.maxTimeDiffSeconds = seconds;
            return this;
        }

        public Builder reconcileIntervalMinutes(int minutes) {
            this.reconcileIntervalMinutes = minutes;
            return this;
        }

        public Builder jobShardingStrategyType(@Nullable String type) {
            this.jobShardingStrategyType = type == null || type.isBlank() ? null : type;
            return this;
        }

        public Builder jobExecutorThreadPoolSizeProviderType(@Nullable String type) {
            this.jobExecutorThreadPoolSizeProviderType = type == null || type.isBlank() ? null : type;
            return this;
        }

        public Builder jobErrorHandlerType(@Nullable String type) {
            this.jobErrorHandlerType = type == null || type.isBlank() ? null : type;
            return this;
        }

        public Builder jobListenerTypes(List<String> types) {
            this.jobListenerTypes = List.copyOf(types);
            return this;
        }

        public Builder description(String description) {
            this.description = description;
            return this;
        }

        public Builder props(Map<String, String> props) {
            this.props = Map.copyOf(props);
            return this;
        }

        public Builder setProperty(String key, String value) {
            Map<String, String> copy = new TreeMap<>(props);
            copy.put(key, value);
            this.props = Map.copyOf(copy);
            return this;
        }

        /** Whether the server starts out disabled for this job; default false. */
        public Builder disabled(boolean disabled) {
            this.disabled = disabled;
            return this;
        }

        /** Whether this configuration replaces the stored one at start; default false. */
        public Builder overwrite(boolean overwrite) {
            this.overwrite = overwrite;
            return this;
        }

        public Builder label(@Nullable String label) {
            this.label = label;
            return this;
        }

        /** Whether items stay with their first owners, even when those leave; default false. */
        public Builder staticSharding(boolean on) {
            this.staticSharding = on;
            return this;
        }

        /**
         * Checks the values and makes the configuration. The cron expression and the zone are checked here too.
         *
         * @throws InvalidSettingException naming the setting, its value, what was expected and what to do
         */
        public JobConfiguration build() {
            if (jobName.isBlank() || jobName.contains("/")) {
                throw new InvalidSettingException(
                        "jobName", "'" + jobName + "'", "a text without '/'", "Give the job a name.");
            }
            if (shardingTotalCount < 1 || shardingTotalCount > MAX_SHARDING_TOTAL_COUNT) {
                throw new InvalidSettingException(
                        "shardingTotalCount",
                        shardingTotalCount,
                        "1.." + MAX_SHARDING_TOTAL_COUNT,
                        "Job '" + jobName + "' was not started; set how many items it is cut into.");
            }
            parseItemParameters(shardingItemParameters, shardingTotalCount);
            ItemPolicy.of(props);
            if (cron != null && !org.quartz.CronExpression.isValidExpression(cron)) {
                throw new InvalidSettingException(
                        "cron",
                        "'" + cron + "'",
                        "6 or 7 fields in Quartz syntax, such as 0 0 2 * * ?",
                        "Job '" + jobName + "' was not started; correct the expression.");
            }
            if (timeZone != null) {
                try {
                    CronSchedule.zoneOf(timeZone);
                } catch (java.time.DateTimeException e) {
                    throw new InvalidSettingException(
                            "timeZone",
                            "'" + timeZone + "'",
                            "a zone id such as Asia/Shanghai or GMT+8",
                            "Job '" + jobName + "' was not started; correct the zone.");
                }
            }
            try {
                DstPolicy.of(props.get(DST));
            } catch (IllegalArgumentException e) {
                throw new InvalidSettingException(
                        DST,
                        "'" + props.get(DST) + "'",
                        "SKIP or SHIFT, ONCE or TWICE, or one of each with a comma",
                        "Job '" + jobName + "' was not started; correct the policy.");
            }
            requestsKept();
            return new JobConfiguration(new Builder(this));
        }

        private int requestsKept() {
            String text = props.getOrDefault(REQUESTS_KEPT, "20").trim();
            if (!text.matches("[0-9]{1,4}") || Integer.parseInt(text) > 1_000) {
                throw new InvalidSettingException(
                        REQUESTS_KEPT,
                        "'" + text + "'",
                        "0..1000",
                        "Job '" + jobName + "' was not started; correct the number.");
            }
            return Integer.parseInt(text);
        }

        private Map<String, Object> asMap() {
            Map<String, Object> map = new TreeMap<>();
            map.put("jobName", jobName);
            map.put("cron", cron == null ? "" : cron);
            map.put("timeZone", timeZone == null ? "" : timeZone);
            map.put("shardingTotalCount", shardingTotalCount);
            map.put("shardingItemParameters", shardingItemParameters);
            map.put("jobParameter", jobParameter);
            map.put("monitorExecution", monitorExecution);
            map.put("failover", failover);
            map.put("misfire", misfire);
            map.put("maxTimeDiffSeconds", maxTimeDiffSeconds);
            map.put("reconcileIntervalMinutes", reconcileIntervalMinutes);
            map.put("jobShardingStrategyType", jobShardingStrategyType == null ? "" : jobShardingStrategyType);
            map.put(
                    "jobExecutorThreadPoolSizeProviderType",
                    jobExecutorThreadPoolSizeProviderType == null ? "" : jobExecutorThreadPoolSizeProviderType);
            map.put("jobErrorHandlerType", jobErrorHandlerType == null ? "" : jobErrorHandlerType);
            map.put("jobListenerTypes", jobListenerTypes);
            map.put("description", description);
            map.put("props", props);
            map.put("disabled", disabled);
            map.put("overwrite", overwrite);
            map.put("label", label == null ? "" : label);
            map.put("staticSharding", staticSharding);
            return map;
        }
    }
}

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
package io.carillon.spring.jobs;

import io.carillon.jobs.ElasticJobConfiguration;
import io.carillon.jobs.InvalidSettingException;
import io.carillon.jobs.JobConfiguration;
import io.carillon.spring.ElasticJobConfig;
import io.carillon.spring.InvalidPropertyException;
import io.carillon.spring.JobsProperties.Schedule;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.core.env.Environment;
import org.springframework.core.env.StandardEnvironment;

/**
 * Puts a job's configuration together: the annotation's attributes with their placeholders resolved, then the overrides of
 * {@code carillon.jobs.schedules.<job name>.*} or {@code carillon.jobs.schedules.<simple class name>.*}. Thread-safe.
 */
final class JobSettings {

    private static final ConfigurationPropertyName JOBS = ConfigurationPropertyName.of("carillon.jobs");
    private static final ConfigurationPropertyName SCHEDULES = JOBS.append("schedules");
    private static final Set<String> SETTINGS = Set.of(
            "enabled",
            "instanceip",
            "preferrednetworkinterface",
            "preferredip",
            "workerthreads",
            "closegrace",
            "peerversion",
            "dump",
            "tracing",
            "labels",
            "tracekey",
            "schedules");
    private static final Set<String> ATTRIBUTES = attributes();

    private final Environment environment;

    JobSettings(Environment environment) {
        this.environment = environment;
    }

    private static Set<String> attributes() {
        return java.util.Arrays.stream(Schedule.class.getRecordComponents())
                .map(component -> component.getName().toLowerCase(Locale.ROOT))
                .collect(java.util.stream.Collectors.toUnmodifiableSet());
    }

    /** Whether two names are the same to people: letter case and hyphens do not count. */
    static boolean matches(String one, String other) {
        return one.replace("-", "").equalsIgnoreCase(other.replace("-", ""));
    }

    /** Refuses properties below {@code carillon.jobs} that have no meaning. */
    void checkNames() {
        for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
            if (source instanceof IterableConfigurationPropertySource iterable && !isSystem(source)) {
                iterable.stream().filter(JOBS::isAncestorOf).forEach(this::checkName);
            }
        }
    }

    private static boolean isSystem(ConfigurationPropertySource source) {
        return source.getUnderlyingSource() instanceof org.springframework.core.env.PropertySource<?> underlying
                && underlying.getName().equals(StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME);
    }

    private void checkName(ConfigurationPropertyName name) {
        if (!SETTINGS.contains(name.getElement(2, ConfigurationPropertyName.Form.UNIFORM))) {
            throw new InvalidPropertyException(
                    name.toString(),
                    environment.getProperty(name.toString()),
                    "a property of carillon.jobs: enabled, instance-ip, preferred-network-interface, preferred-ip,"
                            + " worker-threads, close-grace, peer-version, dump, tracing, labels, trace-key, schedules",
                    "Correct or remove the property.");
        }
        if (SCHEDULES.isAncestorOf(name) && !endsWithAnAttribute(name)) {
            throw new InvalidPropertyException(
                    name.toString(),
                    environment.getProperty(name.toString()),
                    "an attribute of @ElasticJobConfig at the end of the name",
                    "Correct or remove the property.");
        }
    }

    /** Job names may have dots, and so may the keys of a job's properties; listeners are numbered. */
    private static boolean endsWithAnAttribute(ConfigurationPropertyName name) {
        int last = name.getNumberOfElements() - 1;
        for (int i = SCHEDULES.getNumberOfElements() + 1; i < last; i++) {
            if (name.getElement(i, ConfigurationPropertyName.Form.UNIFORM).equals("props")) {
                return true;
            }
        }
        if (name.isLastElementIndexed() && name.isNumericIndex(last)) {
            last--;
        }
        return ATTRIBUTES.contains(name.getElement(last, ConfigurationPropertyName.Form.UNIFORM));
    }

    /** Resolves the placeholders of an attribute. */
    String resolve(String source, String attribute, String text) {
        try {
            return environment.resolveRequiredPlaceholders(text);
        } catch (IllegalArgumentException e) {
            throw new InvalidPropertyException(
                    attribute + " in " + source,
                    "\"" + text + "\"",
                    "placeholders that the environment knows",
                    "Set the property that the placeholder names, or give it a default as in ${name:default}.");
        }
    }

    JobConfiguration configuration(String jobName, Class<?> type, ElasticJobConfig annotation, String source) {
        JobConfiguration.Builder builder = JobConfiguration.newBuilder(jobName, annotation.shardingTotalCount())
                .cron(resolve(source, "cron", annotation.cron()))
                .timeZone(resolve(source, "zone", annotation.zone()))
                .shardingItemParameters(resolve(source, "shardingItemParameters", annotation.shardingItemParameters()))
                .jobParameter(resolve(source, "jobParameter", annotation.jobParameter()))
                .failover(annotation.failover())
                .misfire(annotation.misfire())
                .description(resolve(source, "description", annotation.description()))
                .monitorExecution(annotation.monitorExecution())
                .maxTimeDiffSeconds(annotation.maxTimeDiffSeconds())
                .reconcileIntervalMinutes(annotation.reconcileIntervalMinutes())
                .jobShardingStrategyType(
                        resolve(source, "jobShardingStrategyType", annotation.jobShardingStrategyType()))
                .overwrite(annotation.overwrite())
                .disabled(annotation.disabled());
        if (annotation.streamingProcess()) {
            builder.setProperty("streaming.process", "true");
        }
        return build(builder, source, jobName, type.getSimpleName());
    }

    JobConfiguration configuration(Class<?> type, ElasticJobConfiguration annotation, String source) {
        JobConfiguration.Builder builder;
        try {
            builder = JobConfiguration.newBuilder(annotation, (attribute, text) -> resolve(source, attribute, text));
        } catch (InvalidSettingException e) {
            throw invalid(source, e);
        }
        String jobName = resolve(source, "jobName", annotation.jobName());
        return build(builder, source, jobName, type.getSimpleName());
    }

    JobConfiguration override(JobConfiguration configuration, String source, String jobName) {
        return build(configuration.toBuilder(), source, jobName);
    }

    private JobConfiguration build(JobConfiguration.Builder builder, String source, String... names) {
        String place = source;
        // the job's name wins over the simple name of its class: apply it last
        for (int i = names.length - 1; i >= 0; i--) {
            Schedule schedule = bind(names[i]);
            if (schedule != null) {
                apply(schedule, builder);
                place = source + " with carillon.jobs.schedules." + names[i];
            }
        }
        try {
            return builder.build();
        } catch (InvalidSettingException e) {
            throw invalid(place, e);
        }
    }

    static InvalidPropertyException invalid(String place, InvalidSettingException e) {
        return InvalidPropertyException.because(String.valueOf(e.getMessage()), "Change it in " + place + ".", e);
    }

    private @Nullable Schedule bind(String name) {
        List<ConfigurationPropertyName> places = new ArrayList<>();
        places.add(SCHEDULES.append("[" + name + "]"));
        ConfigurationPropertyName dotted = ConfigurationPropertyName.adapt(SCHEDULES + "." + name, '.');
        if (!places.contains(dotted)) {
            places.add(dotted);
        }
        Binder binder = Binder.get(environment);
        for (ConfigurationPropertyName place : places) {
            try {
                Schedule schedule =
                        binder.bind(place, Bindable.of(Schedule.class)).orElse(null);
                if (schedule != null) {
                    return schedule;
                }
            } catch (BindException e) {
                throw new InvalidPropertyException(
                        e.getName().toString(),
                        e.getProperty() == null ? "" : e.getProperty().getValue(),
                        "a " + e.getTarget().getType().toString().replaceAll(".*\\.", ""),
                        "Correct the value.",
                        e);
            }
        }
        return null;
    }

    private static void apply(Schedule from, JobConfiguration.Builder to) {
        set(from.cron(), to::cron);
        set(from.zone(), to::timeZone);
        set(from.shardingTotalCount(), to::shardingTotalCount);
        set(from.shardingItemParameters(), to::shardingItemParameters);
        set(from.jobParameter(), to::jobParameter);
        set(from.failover(), to::failover);
        set(from.misfire(), to::misfire);
        set(from.description(), to::description);
        set(from.monitorExecution(), to::monitorExecution);
        set(from.maxTimeDiffSeconds(), to::maxTimeDiffSeconds);
        set(from.reconcileIntervalMinutes(), to::reconcileIntervalMinutes);
        set(from.jobShardingStrategyType(), to::jobShardingStrategyType);
        set(from.jobExecutorThreadPoolSizeProviderType(), to::jobExecutorThreadPoolSizeProviderType);
        set(from.jobErrorHandlerType(), to::jobErrorHandlerType);
        set(from.jobListenerTypes(), to::jobListenerTypes);
        set(from.label(), to::label);
        set(from.staticSharding(), to::staticSharding);
        if (from.props() != null) {
            from.props().forEach(to::setProperty);
        }
        set(from.overwrite(), to::overwrite);
        set(from.disabled(), to::disabled);
        set(from.streamingProcess(), on -> to.setProperty("streaming.process", String.valueOf(on)));
    }

    private static <T> void set(@Nullable T value, Consumer<T> target) {
        if (value != null) {
            target.accept(value);
        }
    }
}

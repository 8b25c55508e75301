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

import io.carillon.console.ConsoleCluster;
import io.carillon.jobs.InvalidSettingException;
import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.operations.ConfigurationVersion;
import io.carillon.jobs.operations.JobCommands.Stored;
import io.carillon.jobs.operations.JobQueries.Definition;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A job's settings in their three forms: as its code declares them, as they are stored, and as they are in effect. Immutable.
 *
 * @param declared by the code of the instance that started last; null when no code has said anything, as with ElasticJob's own jobs
 * @param stored null when what is stored cannot be used
 * @param version of what is stored, usable or not
 * @param unusable why what is stored cannot be used; empty when it can
 * @param lastGood the newest on record that can be used; only looked for when what is stored cannot, and null when there is none
 */
public record ThreeForms(
        @Nullable JobConfiguration declared,
        @Nullable JobConfiguration stored,
        int version,
        String unusable,
        @Nullable ConfigurationVersion lastGood) {

    /** What counts only when an instance starts: the code may say otherwise without anything being amiss. */
    private static final Set<String> AT_START = Set.of("disabled", "overwrite");

    /**
     * One setting. {@code null}: that form does not exist, or is not known.
     *
     * @param differs whether code and store disagree, or what is in effect is not what is stored
     */
    public record Row(
            Settings.Field field,
            @Nullable String declared,
            @Nullable String stored,
            @Nullable String effective,
            boolean differs) {}

    /**
     * Asks a cluster; waits for its registry.
     *
     * @return empty when there is no such job, or nothing is stored for it
     * @throws RuntimeException when the registry does not answer
     */
    public static Optional<ThreeForms> of(ConsoleCluster cluster, String jobName) {
        try {
            Definition definition = cluster.queries().definition(jobName);
            Optional<Stored> stored;
            try {
                stored = cluster.commands().stored(jobName);
            } catch (InvalidSettingException unusable) {
                List<ConfigurationVersion> versions = cluster.queries().versions(jobName);
                return Optional.of(new ThreeForms(
                        definition.declared(),
                        null,
                        versions.isEmpty() ? 0 : versions.get(0).version(),
                        unusable.problem(),
                        versions.stream()
                                .filter(version -> version.configuration() != null)
                                .findFirst()
                                .orElse(null)));
            }
            return stored.map(
                    found -> new ThreeForms(definition.declared(), found.configuration(), found.version(), "", null));
        } catch (NoSuchElementException noJob) {
            return Optional.empty();
        }
    }

    /**
     * What instances use: what is stored, or the last of it that could be used; null when neither is known. An instance that started
     * since uses what its code says.
     */
    public @Nullable JobConfiguration effective() {
        return stored != null ? stored : lastGood == null ? null : lastGood.configuration();
    }

    /**
     * What a change begins with: what is in effect, or what the code declares where that is not known.
     *
     * @throws RefusedException when nothing of the job can be used
     */
    public JobConfiguration base(String jobName) {
        JobConfiguration base = effective() == null ? declared : effective();
        if (base == null) {
            throw new RefusedException(422, "problem.unusable", jobName, unusable);
        }
        return base;
    }

    /** Whether the code's values take the place of the stored ones whenever an instance starts. */
    public boolean isReplacedAtStart() {
        return declared != null && declared.isOverwrite();
    }

    /** Each setting, in the order of the form. */
    public List<Row> rows() {
        return Settings.ALL.stream().map(this::row).toList();
    }

    private Row row(Settings.Field field) {
        String inCode = read(field, declared);
        String kept = read(field, stored);
        String inUse = read(field, effective());
        boolean drifts = inCode != null && kept != null && !AT_START.contains(field.name()) && !inCode.equals(kept);
        return new Row(field, inCode, kept, inUse, drifts || (stored == null && !Objects.equals(inCode, inUse)));
    }

    private static @Nullable String read(Settings.Field field, @Nullable JobConfiguration configuration) {
        return configuration == null ? null : field.read().apply(configuration);
    }
}

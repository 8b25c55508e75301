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
package io.carillon.jobs.alarms;

import io.carillon.jobs.operations.HealthReason;
import io.carillon.jobs.operations.JobQueries.Health;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Something that is not well now, and why. Immutable.
 *
 * @param group of a job, as its configuration says; empty when it says none
 * @param symptoms worst first, at least one
 */
public record Finding(Subject subject, String group, Severity severity, List<Symptom> symptoms) {

    /** About a subject of no group. */
    public Finding(Subject subject, Severity severity, List<Symptom> symptoms) {
        this(subject, "", severity, symptoms);
    }

    public Finding {
        symptoms = List.copyOf(symptoms);
        if (symptoms.isEmpty()) {
            throw new IllegalArgumentException("symptoms: none (expected: at least one) of " + subject);
        }
    }

    /** How bad it is; the worse, the later. */
    public enum Severity {
        WARNING,
        BAD
    }

    /** What can be unwell. */
    public enum Kind {
        JOB,
        /** A whole cluster: its registry does not answer. */
        CLUSTER,
        /** A store of messages. */
        STORE
    }

    /**
     * Who it is about. Immutable; ordered for people.
     *
     * @param cluster of a job the cluster's name, at most 64 characters; empty for a store
     * @param name the job's, cluster's or store's, at most 200 characters
     */
    public record Subject(Kind kind, String cluster, String name) implements Comparable<Subject> {

        private static final Comparator<Subject> ORDER = Comparator.comparing(Subject::kind)
                .thenComparing(Subject::cluster)
                .thenComparing(Subject::name);

        public static Subject job(String cluster, String job) {
            return new Subject(Kind.JOB, cluster, job);
        }

        public static Subject cluster(String cluster) {
            return new Subject(Kind.CLUSTER, cluster, cluster);
        }

        public static Subject store(String store) {
            return new Subject(Kind.STORE, "", store);
        }

        @Override
        public int compareTo(Subject other) {
            return ORDER.compare(this, other);
        }

        /** For logs. */
        @Override
        public String toString() {
            return kind.name().toLowerCase(Locale.ROOT) + " '" + name + "'"
                    + (kind == Kind.JOB ? " of " + cluster : "");
        }
    }

    /**
     * One reason: the name of a {@link HealthReason.Code}, or one of {@link Code}, and what fills its sentence. Immutable.
     *
     * @param arguments as texts; instants in ISO form
     */
    public record Symptom(String code, List<String> arguments) {

        public Symptom {
            arguments = List.copyOf(arguments);
        }

        /** The code as one of a job's health, or null when it is none. */
        public HealthReason.@Nullable Code health() {
            for (HealthReason.Code known : HealthReason.Code.values()) {
                if (known.name().equals(code)) {
                    return known;
                }
            }
            return null;
        }
    }

    /** What can be said of clusters and stores. Codes are added, never renamed. */
    public enum Code {
        /** Why. */
        REGISTRY_SILENT,
        /** Why. */
        STORE_SILENT,
        /** How many. */
        MESSAGES_DEAD,
        /** The age of the oldest, in seconds, and the limit. */
        MESSAGES_WAIT,
        /** How many, and for how many seconds at least. */
        CONFIRMATIONS_OVERDUE;

        public Symptom with(Object... arguments) {
            return new Symptom(
                    name(),
                    java.util.Arrays.stream(arguments).map(String::valueOf).toList());
        }
    }

    /**
     * What a job's health says, or null when nobody needs to be told: it is well, switched off, or all its reasons are ignored.
     *
     * @param ignored codes that raise no alarm
     */
    public static @Nullable Finding of(
            String cluster, String job, String group, Health health, java.util.Set<HealthReason.Code> ignored) {
        if (health.level() != Health.Level.BAD && health.level() != Health.Level.WARNING) {
            return null;
        }
        List<Symptom> symptoms = health.reasons().stream()
                .filter(reason -> reason.code() != HealthReason.Code.DISABLED && !ignored.contains(reason.code()))
                .map(reason -> new Symptom(reason.code().name(), reason.arguments()))
                .toList();
        return symptoms.isEmpty()
                ? null
                : new Finding(
                        Subject.job(cluster, job),
                        group,
                        health.level() == Health.Level.BAD ? Severity.BAD : Severity.WARNING,
                        symptoms);
    }
}

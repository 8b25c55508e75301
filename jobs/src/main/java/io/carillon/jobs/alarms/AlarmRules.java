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

import io.carillon.jobs.alarms.Finding.Kind;
import io.carillon.jobs.alarms.Finding.Severity;
import io.carillon.jobs.alarms.Finding.Subject;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * When something is said, and to whom. Immutable.
 *
 * @param openAfter how long something must be wrong before it is spoken of
 * @param recoverAfter how long everything must be well again before it is over
 * @param channels by name, each once
 */
public record AlarmRules(Duration openAfter, Duration recoverAfter, List<Channel> channels) {

    public AlarmRules {
        channels = List.copyOf(channels);
    }

    /**
     * Who is told of what. Immutable.
     *
     * @param least tells of nothing less severe
     * @param clusters names of clusters, with {@code *} for any characters; empty: of all. Stores belong to no cluster and are
     *     told of where this is empty.
     * @param groups groups of jobs, in the same way; empty: of all. Clusters and stores are told of where this is empty.
     * @param names names of jobs or stores, in the same way; a cluster that is silent is told of whatever they are
     * @param remindEvery how often it is said that it still lasts; null: never
     * @param quiet when nothing is said; null: never
     * @param most so many announcements at most in each {@code per}; the rest becomes one summary
     */
    public record Channel(
            String name,
            Severity least,
            List<String> clusters,
            List<String> groups,
            List<String> names,
            @Nullable Duration remindEvery,
            @Nullable QuietHours quiet,
            int most,
            Duration per) {

        public Channel {
            clusters = List.copyOf(clusters);
            groups = List.copyOf(groups);
            names = List.copyOf(names);
            if (most < 1) {
                throw new IllegalArgumentException("most: " + most + " (expected: 1 or more)");
            }
        }

        boolean isFor(Subject subject, String group) {
            return (clusters.isEmpty() || (subject.kind() != Kind.STORE && matches(clusters, subject.cluster())))
                    && (groups.isEmpty() || (subject.kind() == Kind.JOB && matches(groups, group)))
                    && (names.isEmpty() || subject.kind() == Kind.CLUSTER || matches(names, subject.name()));
        }

        /** Until when nothing of this severity is said; null when it may be said now. */
        @Nullable
        Instant quietUntil(Severity severity, Instant now) {
            return quiet == null || (quiet.letsThrough != null && severity.compareTo(quiet.letsThrough) >= 0)
                    ? null
                    : quiet.endOf(now);
        }

        private static boolean matches(List<String> patterns, String name) {
            return patterns.stream()
                    .anyMatch(pattern -> pattern(pattern).matcher(name).matches());
        }

        private static Pattern pattern(String glob) {
            return Pattern.compile(
                    List.of(glob.split("\\*", -1)).stream().map(Pattern::quote).collect(Collectors.joining(".*")));
        }
    }

    /**
     * Hours in which people sleep. Immutable.
     *
     * @param from inclusive
     * @param until exclusive; before {@code from} when the hours include midnight
     * @param zone of both; an hour that summer time leaves out or repeats is taken as the zone's rules say
     * @param letsThrough what is at least so severe is said all the same; null: nothing is
     */
    public record QuietHours(
            LocalTime from,
            LocalTime until,
            ZoneId zone,
            @Nullable Severity letsThrough) {

        public QuietHours {
            if (from.equals(until)) {
                throw new IllegalArgumentException(
                        "until: " + until + " (expected: another time than from, or nothing would ever be said)");
            }
        }

        /** When the hours end that a moment is in; null when it is in none. */
        @Nullable
        Instant endOf(Instant moment) {
            LocalDate today = moment.atZone(zone).toLocalDate();
            for (LocalDate day : List.of(today.minusDays(1), today)) {
                ZonedDateTime start = day.atTime(from).atZone(zone);
                ZonedDateTime end = (until.isAfter(from) ? day : day.plusDays(1))
                        .atTime(until)
                        .atZone(zone);
                if (!moment.isBefore(start.toInstant()) && moment.isBefore(end.toInstant())) {
                    return end.toInstant();
                }
            }
            return null;
        }
    }
}

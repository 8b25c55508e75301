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
package io.carillon.console.ask;

import io.carillon.console.ConsoleAlarms;
import io.carillon.console.ask.Ask.Question;
import io.carillon.jobs.alarms.Announcement;
import io.carillon.jobs.alarms.Finding.Kind;
import io.carillon.jobs.alarms.Finding.Severity;
import io.carillon.jobs.alarms.Finding.Subject;
import io.carillon.jobs.alarms.Finding.Symptom;
import io.carillon.jobs.alarms.Incident;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What the pages ask about alarms, where the application sends any. Thread-safe. */
public final class AlarmDesk {
    /** Later than anything that was announced: only the incidents are wanted. */
    private static final Instant NEVER = Instant.ofEpochMilli(Long.MAX_VALUE);

    private static final int MOST_TOLD = 100;

    private final Questions questions;
    private final @Nullable ConsoleAlarms alarms;

    /** @param alarms null where the application sends none */
    public AlarmDesk(Questions questions, @Nullable ConsoleAlarms alarms) {
        this.questions = questions;
        this.alarms = alarms;
    }

    /** Who is told. */
    public enum Setting {
        /** This application sends no alarms. */
        ELSEWHERE("carillon.alarms.channels.<name>.type"),
        /** They are switched off. */
        OFF("carillon.alarms.enabled"),
        /** They are kept, but no channel is set. */
        NOBODY("carillon.alarms.channels.<name>.type"),
        TOLD("");

        private final String property;

        Setting(String property) {
            this.property = property;
        }

        /** The property that decides it; empty where nothing is missing. */
        public String property() {
            return property;
        }
    }

    /** Who is told here. */
    public Setting setting() {
        if (alarms == null) {
            return Setting.ELSEWHERE;
        }
        return !alarms.enabled() ? Setting.OFF : alarms.channels().isEmpty() ? Setting.NOBODY : Setting.TOLD;
    }

    /**
     * One thing that was said, on one channel or on several.
     *
     * @param channels how far it is on each
     */
    public record Told(
            Announcement.What what,
            Severity severity,
            List<Symptom> symptoms,
            Instant since,
            Instant at,
            Map<String, Announcement.State> channels) {}

    /**
     * The alarms of one job.
     *
     * @param incident what is wrong now, or was until a moment ago; null while nothing is
     * @param told what was said lately, newest first
     */
    public record OfJob(@Nullable Incident incident, List<Told> told) {
        public static final OfJob NONE = new OfJob(null, List.of());
    }

    /** The question about one job; null where this application sends no alarms. */
    public @Nullable Question<OfJob> ofJob(String cluster, String job, int most) {
        ConsoleAlarms known = alarms;
        if (known == null) {
            return null;
        }
        Subject subject = Subject.job(cluster, job);
        return questions.alarms("job " + cluster + " " + job, () -> {
            Incident incident = known.store().read(NEVER).incidents().stream()
                    .filter(one -> one.subject().equals(subject))
                    .findFirst()
                    .orElse(null);
            return new OfJob(incident, told(known.store().latest(subject, MOST_TOLD), most));
        });
    }

    /** What is said on several channels is one thing. */
    static List<Told> told(List<Announcement> announcements, int most) {
        record Said(UUID incident, Announcement.What what, Instant at) {}
        Map<Said, Told> told = new LinkedHashMap<>();
        for (Announcement one : announcements) {
            told.computeIfAbsent(
                            new Said(one.incident(), one.what(), one.decidedAt()),
                            said -> new Told(
                                    one.what(),
                                    one.severity(),
                                    one.symptoms(),
                                    one.since(),
                                    one.decidedAt(),
                                    new LinkedHashMap<>()))
                    .channels()
                    .put(one.channel(), one.state());
        }
        return told.values().stream().limit(most).toList();
    }

    /** The question which incidents of a cluster are open, worst and oldest first; null where this application sends none. */
    public @Nullable Question<List<Incident>> open(String cluster) {
        ConsoleAlarms known = alarms;
        if (known == null) {
            return null;
        }
        return questions.alarms("open " + cluster, () -> {
            List<Incident> open = new ArrayList<>();
            for (Incident incident : known.store().read(NEVER).incidents()) {
                boolean here = incident.subject().kind() == Kind.STORE
                        || incident.subject().cluster().equals(cluster);
                if (here && incident.openedAt() != null && incident.clearSince() == null) {
                    open.add(incident);
                }
            }
            open.sort(Comparator.comparing(Incident::severity).reversed().thenComparing(Incident::since));
            return List.copyOf(open);
        });
    }
}

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
package io.carillon.console.text;

import io.carillon.jobs.alarms.Announcement;
import io.carillon.jobs.alarms.Announcement.What;
import io.carillon.jobs.alarms.Finding.Kind;
import io.carillon.jobs.alarms.Finding.Subject;
import io.carillon.jobs.alarms.Finding.Symptom;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Says alarms in words: who, what, since when, what to do next, and where to look. Health reasons have the sentences that the
 * console's pages have. Immutable.
 */
public final class AlarmNotices {
    private static final int MOST_COVERED = 30;

    private final List<Texts> languages;
    private final ZoneId zone;
    private final String consoleUrl;

    /**
     * @param languages at least one; with several everything is said in each of them
     * @param zone in which times are told
     * @param consoleUrl the console's address as people reach it, without a slash at the end; empty for no links
     */
    public AlarmNotices(List<Texts> languages, ZoneId zone, String consoleUrl) {
        this.languages = List.copyOf(languages);
        this.zone = zone;
        this.consoleUrl = consoleUrl;
    }

    /**
     * An announcement in words. Immutable.
     *
     * @param title one line
     * @param text lines
     * @param facts the same for programs: ids, codes, instants in UTC
     */
    public record Said(String title, String text, Map<String, String> facts) {}

    /** Says one announcement. */
    public Said say(Announcement announcement) {
        String link = link(announcement);
        return new Said(
                languages.stream()
                        .map(texts -> new Speaker(texts, announcement).title())
                        .collect(Collectors.joining(" / ")),
                languages.stream()
                        .map(texts -> new Speaker(texts, announcement).text(link))
                        .collect(Collectors.joining("\n\n")),
                facts(announcement, link));
    }

    private static Map<String, String> facts(Announcement announcement, String link) {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("id", announcement.id().toString());
        facts.put("incident", announcement.incident().toString());
        facts.put("what", announcement.what().name());
        facts.put("severity", announcement.severity().name());
        if (announcement.what() != What.SUMMARY) {
            facts.put("kind", announcement.subject().kind().name());
            facts.put("cluster", announcement.subject().cluster());
            facts.put("name", announcement.subject().name());
            facts.put(
                    "reasons",
                    announcement.symptoms().stream().map(Symptom::code).collect(Collectors.joining(",")));
        }
        facts.put("since", announcement.since().toString());
        facts.put("at", announcement.decidedAt().toString());
        if (!link.isEmpty()) {
            facts.put("link", link);
        }
        return facts;
    }

    private String link(Announcement announcement) {
        if (consoleUrl.isEmpty()) {
            return "";
        }
        Subject subject = announcement.subject();
        String cluster = "/clusters/" + encoded(subject.cluster());
        if (announcement.what() == What.SUMMARY || subject.kind() == Kind.STORE) {
            return consoleUrl + "/";
        }
        return consoleUrl + (subject.kind() == Kind.JOB ? cluster + "/jobs/" + encoded(subject.name()) : cluster);
    }

    private static String encoded(String name) {
        return URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** One announcement in one language. */
    private final class Speaker {
        private final Texts texts;
        private final Announcement announcement;
        /** Who reads it may do so on another day: a day that is never today makes every time have its date. */
        private final Formats formats;

        Speaker(Texts texts, Announcement announcement) {
            this.texts = texts;
            this.announcement = announcement;
            this.formats = new Formats(texts, zone, Instant.EPOCH);
        }

        String title() {
            if (announcement.what() == What.SUMMARY) {
                return texts.get(
                        "alarm.title.SUMMARY",
                        formats.number(announcement.symptoms().size()));
            }
            return texts.get(
                    "alarm.title." + announcement.what().name(),
                    texts.get("alarm.severity." + announcement.severity().name()),
                    subject(announcement.subject()),
                    announcement.symptoms().isEmpty()
                            ? texts.get("alarm.noReason")
                            : formats.symptom(announcement.symptoms().get(0)));
        }

        String text(String link) {
            List<String> lines = new ArrayList<>();
            switch (announcement.what()) {
                case SUMMARY -> covered(lines);
                case RECOVERED -> {
                    lines.add(texts.get(
                            "alarm.lasted",
                            formats.time(announcement.since()),
                            formats.time(announcement.decidedAt())));
                    reasons(lines);
                }
                default -> {
                    reasons(lines);
                    lines.add(texts.get("alarm.since", formats.time(announcement.since())));
                    lines.add(texts.get("alarm.next", next()));
                }
            }
            if (!link.isEmpty()) {
                lines.add(texts.get("alarm.link", link));
            }
            return String.join("\n", lines);
        }

        private void reasons(List<String> lines) {
            announcement.symptoms().forEach(symptom -> lines.add("- " + formats.symptom(symptom)));
        }

        private void covered(List<String> lines) {
            List<Symptom> all = announcement.symptoms();
            all.stream().limit(MOST_COVERED).forEach(one -> lines.add("- " + covered(one)));
            if (all.size() > MOST_COVERED) {
                lines.add(texts.get("alarm.more", formats.number(all.size() - MOST_COVERED)));
            }
        }

        private String covered(Symptom one) {
            String key = "alarm.covered." + one.code();
            if (one.arguments().size() != 3 || !texts.has(key)) {
                return one.code();
            }
            Kind kind = Kind.valueOf(one.arguments().get(0));
            return texts.get(
                    key,
                    subject(new Subject(
                            kind, one.arguments().get(1), one.arguments().get(2))));
        }

        private String subject(Subject subject) {
            return texts.get("alarm.subject." + subject.kind().name(), subject.name(), subject.cluster());
        }

        private String next() {
            String code = announcement.symptoms().isEmpty()
                    ? ""
                    : announcement.symptoms().get(0).code();
            return texts.get(texts.has("alarm.next." + code) ? "alarm.next." + code : "alarm.next.OTHER");
        }
    }
}

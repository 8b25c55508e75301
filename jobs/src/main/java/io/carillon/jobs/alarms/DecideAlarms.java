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

import io.carillon.jobs.alarms.AlarmRules.Channel;
import io.carillon.jobs.alarms.Announcement.State;
import io.carillon.jobs.alarms.Announcement.What;
import io.carillon.jobs.alarms.Finding.Severity;
import io.carillon.jobs.alarms.Finding.Subject;
import io.carillon.jobs.alarms.Finding.Symptom;
import io.carillon.jobs.alarms.Incident.Told;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Decides what is to be said: once when a trouble has lasted a while, once when it gets worse, again while it lasts where people
 * asked for that, and once when it is over; never what a channel does not take, nothing in its quiet hours, and no more than it
 * bears. Pure but for the ids, which it takes from a supplier. One thread at a time.
 */
public final class DecideAlarms {

    /** The longest interval of a channel's limit: what was said longer ago does not matter. */
    public static final Duration LONGEST_PER = Duration.ofHours(24);

    private final AlarmRules rules;
    private final Supplier<UUID> ids;

    public DecideAlarms(AlarmRules rules, Supplier<UUID> ids) {
        this.rules = rules;
        this.ids = ids;
    }

    /**
     * What is to be kept and sent. Immutable.
     *
     * @param incidents new ones and changed ones
     * @param over subjects whose incident is over
     * @param made new announcements
     * @param summed announcements that one of the new ones covers
     */
    public record Decision(
            List<Incident> incidents, List<Subject> over, List<Announcement> made, List<Announcement> summed) {

        public Decision {
            incidents = List.copyOf(incidents);
            over = List.copyOf(over);
            made = List.copyOf(made);
            summed = List.copyOf(summed);
        }

        public boolean isEmpty() {
            return incidents.isEmpty() && over.isEmpty() && made.isEmpty() && summed.isEmpty();
        }
    }

    /** What is to be done about what is seen now. */
    public Decision decide(AlarmState state, AlarmView view, Instant now) {
        Map<Subject, Incident> known = new TreeMap<>();
        state.incidents().forEach(incident -> known.put(incident.subject(), incident));
        Map<Subject, Incident> current = new TreeMap<>(known);
        view.findings()
                .forEach(finding -> current.put(finding.subject(), seen(known.get(finding.subject()), finding, now)));
        Set<Subject> present = view.findings().stream().map(Finding::subject).collect(Collectors.toSet());

        Saying saying = new Saying(state.announcements(), now);
        List<Incident> changed = new ArrayList<>();
        List<Subject> over = new ArrayList<>();
        current.forEach((subject, incident) -> {
            if (!present.contains(subject) && view.isHidden(subject)) {
                return;
            }
            Incident next = present.contains(subject) ? incident : unseen(incident, now);
            if (isOver(next, now)) {
                saying.recovered(next);
                over.add(subject);
                return;
            }
            next = saying.lasts(next);
            if (!next.equals(known.get(subject))) {
                changed.add(next);
            }
        });
        saying.sumUp();
        return new Decision(changed, over, saying.made, saying.summed);
    }

    private Incident seen(@Nullable Incident known, Finding finding, Instant now) {
        Incident incident = known != null
                ? known
                : new Incident(
                        ids.get(),
                        finding.subject(),
                        finding.group(),
                        finding.severity(),
                        List.of(),
                        now,
                        null,
                        null,
                        Map.of());
        Instant opened = incident.openedAt();
        if (opened == null && !now.isBefore(incident.since().plus(rules.openAfter()))) {
            opened = now;
        }
        return new Incident(
                incident.id(),
                incident.subject(),
                finding.group(),
                finding.severity(),
                finding.symptoms(),
                incident.since(),
                opened,
                null,
                incident.told());
    }

    private static Incident unseen(Incident incident, Instant now) {
        return incident.clearSince() != null
                ? incident
                : new Incident(
                        incident.id(),
                        incident.subject(),
                        incident.group(),
                        incident.severity(),
                        incident.symptoms(),
                        incident.since(),
                        incident.openedAt(),
                        now,
                        incident.told());
    }

    /** What was never spoken of is over at once. */
    private boolean isOver(Incident incident, Instant now) {
        Instant clear = incident.clearSince();
        return clear != null && (incident.openedAt() == null || !now.isBefore(clear.plus(rules.recoverAfter())));
    }

    /** What is said in one decision. */
    private final class Saying {

        private final Instant now;
        private final Map<String, Integer> spent = new HashMap<>();
        private final Map<String, List<Announcement>> held = new HashMap<>();
        private final List<Announcement> made = new ArrayList<>();
        private final List<Announcement> summed = new ArrayList<>();

        Saying(List<Announcement> before, Instant now) {
            this.now = now;
            Map<String, Channel> channels = new HashMap<>();
            rules.channels().forEach(channel -> channels.put(channel.name(), channel));
            for (Announcement announcement : before) {
                Channel channel = channels.get(announcement.channel());
                if (channel == null) {
                    continue;
                }
                if (announcement.state() == State.HELD) {
                    held.computeIfAbsent(channel.name(), ignored -> new ArrayList<>())
                            .add(announcement);
                } else if (announcement.state() != State.SUMMED
                        && announcement.what() != What.SUMMARY
                        && announcement.decidedAt().isAfter(now.minus(channel.per()))) {
                    spent.merge(channel.name(), 1, Integer::sum);
                }
            }
        }

        /** Says of an incident that is not over what is to be said, and returns it with what was. */
        Incident lasts(Incident incident) {
            if (incident.openedAt() == null || incident.clearSince() != null) {
                return incident;
            }
            Map<String, Told> told = new HashMap<>(incident.told());
            for (Channel channel : rules.channels()) {
                What what = due(channel, incident, told.get(channel.name()));
                if (what != null && channel.quietUntil(incident.severity(), now) == null) {
                    say(channel, what, incident, now);
                    Told before = told.get(channel.name());
                    told.put(
                            channel.name(),
                            new Told(
                                    before != null && before.severity().compareTo(incident.severity()) > 0
                                            ? before.severity()
                                            : incident.severity(),
                                    now));
                }
            }
            return told.equals(incident.told())
                    ? incident
                    : new Incident(
                            incident.id(),
                            incident.subject(),
                            incident.group(),
                            incident.severity(),
                            incident.symptoms(),
                            incident.since(),
                            incident.openedAt(),
                            null,
                            told);
        }

        private @Nullable What due(Channel channel, Incident incident, @Nullable Told told) {
            if (!channel.isFor(incident.subject(), incident.group())
                    || incident.severity().compareTo(channel.least()) < 0) {
                return null;
            }
            if (told == null) {
                return What.OPENED;
            }
            if (incident.severity().compareTo(told.severity()) > 0) {
                return What.WORSE;
            }
            Duration every = channel.remindEvery();
            return every != null && !now.isBefore(told.at().plus(every)) ? What.LASTS : null;
        }

        void recovered(Incident incident) {
            if (incident.openedAt() == null) {
                return;
            }
            for (Channel channel : rules.channels()) {
                Told told = incident.told().get(channel.name());
                Instant quietUntil = channel.quietUntil(told == null ? incident.severity() : told.severity(), now);
                if (told != null) {
                    say(channel, What.RECOVERED, incident, quietUntil == null ? now : quietUntil);
                } else if (quietUntil != null && due(channel, incident, null) != null) {
                    made.add(announcement(channel, What.PASSED, incident, State.HELD, now));
                }
            }
        }

        private void say(Channel channel, What what, Incident incident, Instant dueAt) {
            if (spent.getOrDefault(channel.name(), 0) >= channel.most()) {
                made.add(announcement(channel, what, incident, State.HELD, dueAt));
                return;
            }
            spent.merge(channel.name(), 1, Integer::sum);
            made.add(announcement(channel, what, incident, State.PENDING, dueAt));
        }

        private Announcement announcement(Channel channel, What what, Incident incident, State state, Instant dueAt) {
            return new Announcement(
                    ids.get(),
                    incident.id(),
                    channel.name(),
                    what,
                    incident.subject(),
                    incident.severity(),
                    incident.symptoms(),
                    incident.since(),
                    now,
                    state,
                    0,
                    dueAt,
                    null,
                    null);
        }

        /** One summary per channel of what has waited for it as long as the channel's limit counts. */
        void sumUp() {
            for (Channel channel : rules.channels()) {
                List<Announcement> waiting = held.getOrDefault(channel.name(), List.of()).stream()
                        .sorted(Comparator.comparing(Announcement::decidedAt).thenComparing(Announcement::subject))
                        .toList();
                if (waiting.isEmpty()
                        || now.isBefore(waiting.get(0).decidedAt().plus(channel.per()))
                        || (channel.quiet() != null && channel.quiet().endOf(now) != null)) {
                    continue;
                }
                UUID id = ids.get();
                made.add(new Announcement(
                        id,
                        id,
                        channel.name(),
                        What.SUMMARY,
                        waiting.get(0).subject(),
                        worst(waiting),
                        waiting.stream().map(Saying::covered).toList(),
                        waiting.get(0).since(),
                        now,
                        State.PENDING,
                        0,
                        now,
                        null,
                        null));
                waiting.forEach(announcement -> summed.add(announcement.summed(now)));
            }
        }

        private static Severity worst(List<Announcement> announcements) {
            return announcements.stream()
                    .map(Announcement::severity)
                    .max(Comparator.naturalOrder())
                    .orElse(Severity.WARNING);
        }

        private static Symptom covered(Announcement announcement) {
            Subject subject = announcement.subject();
            return new Symptom(
                    announcement.what().name(), List.of(subject.kind().name(), subject.cluster(), subject.name()));
        }
    }
}

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
package io.carillon.console;

import io.carillon.jobs.alarms.AlarmState;
import io.carillon.jobs.alarms.AlarmStore;
import io.carillon.jobs.alarms.Announcement;
import io.carillon.jobs.alarms.DecideAlarms;
import io.carillon.jobs.alarms.Finding;
import io.carillon.jobs.alarms.Finding.Severity;
import io.carillon.jobs.alarms.Finding.Subject;
import io.carillon.jobs.alarms.Finding.Symptom;
import io.carillon.jobs.alarms.Incident;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;

/** Alarms that a test chooses; only reading them is there. It can be broken. Thread-safe. */
final class FakeAlarms implements AlarmStore {
    final List<Incident> incidents = new CopyOnWriteArrayList<>();
    final List<Announcement> announcements = new CopyOnWriteArrayList<>();
    volatile RuntimeException broken;

    /** Something that has been wrong with a job since some time, and was told when it had lasted a minute. */
    void open(String job, Severity severity, Duration since, Symptom... symptoms) {
        Instant began = Samples.NOW.minus(since);
        incidents.add(new Incident(
                new UUID(job.hashCode(), since.toSeconds()),
                Subject.job("shop", job),
                "",
                severity,
                List.of(symptoms),
                began,
                since.compareTo(Duration.ofMinutes(1)) < 0 ? null : began.plusSeconds(60),
                null,
                Map.of("ops", new Incident.Told(severity, began.plusSeconds(60)))));
    }

    void told(String job, Announcement.What what, String channel, Announcement.State state, Duration ago) {
        announcements.add(
                0,
                new Announcement(
                        UUID.randomUUID(),
                        new UUID(job.hashCode(), 1),
                        channel,
                        what,
                        Subject.job("shop", job),
                        Severity.BAD,
                        List.of(new Symptom("LATE", List.of("2026-11-22T09:00:00Z"))),
                        Samples.NOW.minus(ago).minusSeconds(90),
                        Samples.NOW.minus(ago),
                        state,
                        1,
                        Samples.NOW.minus(ago),
                        null,
                        null));
    }

    private void answer() {
        if (broken != null) {
            throw broken;
        }
    }

    @Override
    public AlarmState read(Instant since) {
        answer();
        return new AlarmState(incidents, List.of());
    }

    @Override
    public List<Announcement> latest(Finding.Subject subject, int limit) {
        answer();
        return announcements.stream()
                .filter(one -> subject == null || one.subject().equals(subject))
                .limit(limit)
                .toList();
    }

    @Override
    public Optional<Long> turn(String node, Duration length) {
        throw new AssertionError("the console only reads");
    }

    @Override
    public void leave(String node, long fence) {
        throw new AssertionError("the console only reads");
    }

    @Override
    public boolean keep(long fence, DecideAlarms.Decision decision) {
        throw new AssertionError("the console only reads");
    }

    @Override
    public List<Announcement> due(Instant now, int limit) {
        throw new AssertionError("the console only reads");
    }

    @Override
    public boolean change(long fence, Announcement before, Announcement after) {
        throw new AssertionError("the console only reads");
    }
}

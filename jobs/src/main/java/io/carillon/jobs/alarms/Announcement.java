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

import io.carillon.jobs.alarms.Finding.Severity;
import io.carillon.jobs.alarms.Finding.Subject;
import io.carillon.jobs.alarms.Finding.Symptom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Something that is to be said, or was said, on one channel. Immutable.
 *
 * @param id of the announcement; the same when it is sent again because nobody knows whether it arrived
 * @param incident whose; of a summary its own id
 * @param symptoms of a summary: what it covers, as {@code what kind cluster name} each
 * @param since when the trouble began
 * @param attempt how often it was tried to send it
 * @param dueAt when it is to be sent, or tried again
 * @param endedAt when it was sent, or given up; null before
 * @param failure why the last attempt failed; null when it did not
 */
public record Announcement(
        UUID id,
        UUID incident,
        String channel,
        What what,
        Subject subject,
        Severity severity,
        List<Symptom> symptoms,
        Instant since,
        Instant decidedAt,
        State state,
        int attempt,
        Instant dueAt,
        @Nullable Instant endedAt,
        @Nullable String failure) {

    /** How long it is tried to send one. */
    static final Duration TRIED_FOR = Duration.ofHours(24);

    private static final Duration FIRST_PAUSE = Duration.ofSeconds(15);
    private static final int MOST_DOUBLINGS = 6;
    /** How long a sender may take before another may take its place. */
    private static final Duration SENDING = Duration.ofMinutes(2);

    public Announcement {
        symptoms = List.copyOf(symptoms);
    }

    /** What is said. */
    public enum What {
        OPENED,
        /** It is worse than was said. */
        WORSE,
        /** It still lasts. */
        LASTS,
        RECOVERED,
        /** It came and went while the channel was quiet. */
        PASSED,
        /** Several that were not said one by one. */
        SUMMARY
    }

    /** How far it is. */
    public enum State {
        /** To be sent. */
        PENDING,
        /** Not to be sent by itself: it waits for a summary. */
        HELD,
        /** A summary says it. */
        SUMMED,
        SENT,
        /** Nobody could be told in a day, or the channel is gone. */
        GIVEN_UP
    }

    /** Taken by a sender: nobody else takes it for two minutes. */
    public Announcement taken(Instant now) {
        return with(State.PENDING, attempt + 1, now.plus(SENDING), null, failure);
    }

    public Announcement sent(Instant now) {
        return with(State.SENT, attempt, dueAt, now, null);
    }

    /** It could not be sent: it is tried again later and later, and given up after a day. */
    public Announcement failed(String why, Instant now) {
        if (!now.isBefore(decidedAt.plus(TRIED_FOR))) {
            return givenUp(why, now);
        }
        Duration pause = FIRST_PAUSE.multipliedBy(1L << Math.min(MOST_DOUBLINGS, Math.max(0, attempt - 1)));
        return with(State.PENDING, attempt, now.plus(pause), null, why);
    }

    public Announcement givenUp(String why, Instant now) {
        return with(State.GIVEN_UP, attempt, dueAt, now, why);
    }

    Announcement summed(Instant now) {
        return with(State.SUMMED, attempt, dueAt, now, failure);
    }

    private Announcement with(
            State newState, int newAttempt, Instant newDue, @Nullable Instant ended, @Nullable String why) {
        return new Announcement(
                id,
                incident,
                channel,
                what,
                subject,
                severity,
                symptoms,
                since,
                decidedAt,
                newState,
                newAttempt,
                newDue,
                ended,
                why);
    }
}

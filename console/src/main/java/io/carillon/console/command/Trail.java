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

import io.carillon.jobs.operations.JobAudit;
import io.carillon.jobs.operations.TimedId;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The port that keeps what people did by the console. Nothing is ever changed in it but the end of an entry. Thread-safe.
 */
public interface Trail {
    /** The most entries of one answer. */
    int MOST = 1_000;

    /**
     * Keeps that a command begins, before it changes anything.
     *
     * @throws RuntimeException when it cannot be kept: the command is not carried out
     */
    void begin(Entry entry);

    /** Keeps how a command ended. */
    void end(UUID id, @Nullable String after, String result);

    /**
     * The latest entries, newest first.
     *
     * @param before only older ones than this, or null to begin
     * @param limit at most so many, 1 to {@link #MOST}
     */
    List<Entry> latest(Question question, @Nullable UUID before, int limit);

    /** One entry. */
    Optional<Entry> find(UUID id);

    /** Which entries are asked for; each empty text or null means any. Immutable. */
    record Question(
            String cluster,
            String job,
            String who,
            String what,
            @Nullable Ended ended,
            @Nullable Instant from,
            @Nullable Instant to) {
        /** All entries. */
        public static final Question ALL = new Question("", "", "", "", null, null, null);

        /** What was done to one job. */
        public static Question ofJob(String cluster, String job) {
            return new Question(cluster, job, "", "", null, null, null);
        }

        /** Whether it asks for an entry. */
        public boolean asksFor(Entry entry) {
            return (cluster.isEmpty() || cluster.equals(entry.cluster))
                    && (job.isEmpty() || job.equals(entry.job))
                    && (who.isEmpty() || who.equals(entry.who))
                    && (what.isEmpty() || what.equals(entry.what))
                    && (ended == null || ended == entry.ended())
                    && (from == null || !entry.at.isBefore(from))
                    && (to == null || entry.at.isBefore(to));
        }
    }

    /** How a command ended. */
    enum Ended {
        DONE,
        REFUSED,
        FAILED,
        /** Not known: it runs, or the process died in it. */
        OPEN;

        /** What an entry's result begins with; empty for {@link #OPEN}. */
        public String prefix() {
            return this == OPEN ? "" : name().toLowerCase(Locale.ROOT);
        }

        /** As a result tells. */
        static Ended of(@Nullable String result) {
            return result == null
                    ? OPEN
                    : result.startsWith("refused") ? REFUSED : result.startsWith("failed") ? FAILED : DONE;
        }
    }

    /**
     * A command.
     *
     * @param id in the order of time, see {@link TimedId}
     * @param from the address it came from
     * @param cluster where; empty for what concerns none
     * @param job the job it was for, or empty
     * @param before what was there, or null
     * @param after what is there now, or null
     * @param result how it ended; null while it runs, and for ever when the process died in it
     */
    record Entry(
            UUID id,
            Instant at,
            String who,
            String from,
            String what,
            String cluster,
            String job,
            String target,
            @Nullable String before,
            @Nullable String after,
            String reason,
            @Nullable String result) {
        /** How it ended. */
        public Ended ended() {
            return Ended.of(result);
        }

        private Entry ended(@Nullable String state, String how) {
            return new Entry(id, at, who, from, what, cluster, job, target, before, state, reason, how);
        }
    }

    /** Keeps the latest thousand in memory: for a console without a database. */
    static Trail inMemory() {
        return new Trail() {
            private final Deque<Entry> entries = new ArrayDeque<>();

            @Override
            public synchronized void begin(Entry entry) {
                entries.addFirst(entry);
                if (entries.size() > MOST) {
                    entries.removeLast();
                }
            }

            @Override
            public synchronized void end(UUID id, @Nullable String after, String result) {
                List<Entry> all = new ArrayList<>(entries);
                entries.clear();
                for (Entry entry : all) {
                    entries.addLast(entry.id.equals(id) && entry.result == null ? entry.ended(after, result) : entry);
                }
            }

            @Override
            public synchronized List<Entry> latest(Question question, @Nullable UUID before, int limit) {
                return entries.stream()
                        .filter(question::asksFor)
                        .filter(entry -> before == null || TimedId.ORDER.compare(entry.id, before) < 0)
                        .limit(limit)
                        .toList();
            }

            @Override
            public synchronized Optional<Entry> find(UUID id) {
                return entries.stream().filter(entry -> entry.id.equals(id)).findFirst();
            }
        };
    }

    /**
     * The same trail, which also tells what was commanded without the console and is in the engine's audit: by code, by other
     * programs, of messages.
     *
     * @param cluster whose engine it is; empty where there are several
     */
    static Trail alongWith(Trail own, JobAudit engine, String cluster) {
        return new Trail() {
            @Override
            public void begin(Entry entry) {
                own.begin(entry);
            }

            @Override
            public void end(UUID id, @Nullable String after, String result) {
                own.end(id, after, result);
            }

            @Override
            public List<Entry> latest(Question question, @Nullable UUID before, int limit) {
                return Stream.concat(
                                own.latest(question, before, limit).stream(),
                                ofEngine(question, before, limit).stream())
                        .sorted((one, other) -> TimedId.ORDER.compare(other.id, one.id))
                        .limit(limit)
                        .toList();
            }

            private List<Entry> ofEngine(Question question, @Nullable UUID before, int limit) {
                List<Entry> found = new ArrayList<>();
                JobAudit.Question asked = new JobAudit.Question(
                        nullIfEmpty(question.job()),
                        nullIfEmpty(question.who()),
                        nullIfEmpty(question.what()),
                        question.from(),
                        question.to());
                UUID from = before;
                while (found.size() < limit) {
                    List<JobAudit.Entry> some = engine.latest(asked, from, MOST);
                    some.stream().map(this::entry).filter(question::asksFor).forEach(found::add);
                    if (some.size() < MOST) {
                        break;
                    }
                    from = some.get(some.size() - 1).id();
                }
                return found.size() > limit ? found.subList(0, limit) : found;
            }

            private Entry entry(JobAudit.Entry entry) {
                return new Entry(
                        entry.id(),
                        entry.at(),
                        entry.by().actor(),
                        entry.by().from(),
                        entry.what(),
                        cluster,
                        entry.target(),
                        entry.target(),
                        entry.before(),
                        entry.after(),
                        entry.by().reason(),
                        entry.result());
            }

            @Override
            public Optional<Entry> find(UUID id) {
                UUID next = new UUID(id.getMostSignificantBits(), id.getLeastSignificantBits() + 1);
                return own.find(id).or(() -> engine.latest(JobAudit.Question.ALL, next, 1).stream()
                        .filter(entry -> entry.id().equals(id))
                        .map(this::entry)
                        .findFirst());
            }
        };
    }

    private static @Nullable String nullIfEmpty(String text) {
        return text.isEmpty() ? null : text;
    }
}

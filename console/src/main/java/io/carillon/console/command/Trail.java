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

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The port that keeps what people did by the console. Nothing is ever changed in it but the end of an entry. Thread-safe.
 */
public interface Trail {
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
     * @param job only of this job; empty for all
     * @param cluster only of this cluster; empty for all
     * @param before only older ones than this, or null to begin
     * @param limit at most so many, 1 to 1,000
     */
    List<Entry> latest(String cluster, String job, @Nullable UUID before, int limit);

    /**
     * A command.
     *
     * @param id in the order of time
     * @param from the address it came from
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
            @Nullable String result) {}

    /** Keeps the latest thousand in memory: for a console without a database. */
    static Trail inMemory() {
        return new Trail() {
            private final Deque<Entry> entries = new ArrayDeque<>();

            @Override
            public synchronized void begin(Entry entry) {
                entries.addFirst(entry);
                if (entries.size() > 1_000) {
                    entries.removeLast();
                }
            }

            @Override
            public synchronized void end(UUID id, @Nullable String after, String result) {
                List<Entry> all = new ArrayList<>(entries);
                entries.clear();
                for (Entry e : all) {
                    entries.addLast(
                            e.id.equals(id)
                                    ? new Entry(
                                            e.id, e.at, e.who, e.from, e.what, e.cluster, e.job, e.target, e.before,
                                            after, e.reason, result)
                                    : e);
                }
            }

            @Override
            public synchronized List<Entry> latest(String cluster, String job, @Nullable UUID before, int limit) {
                return entries.stream()
                        .filter(e -> cluster.isEmpty() || e.cluster.equals(cluster))
                        .filter(e -> job.isEmpty() || e.job.equals(job))
                        .filter(e -> before == null || e.id.compareTo(before) < 0)
                        .limit(limit)
                        .toList();
            }
        };
    }
}

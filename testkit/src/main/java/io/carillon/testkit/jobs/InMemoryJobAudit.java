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
package io.carillon.testkit.jobs;

import io.carillon.jobs.operations.JobAudit;
import java.util.List;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** An audit of jobs in memory, for tests. Thread-safe. */
public final class InMemoryJobAudit implements JobAudit {

    private final TreeMap<UUID, Entry> entries = new TreeMap<>();

    @Override
    public synchronized void begin(Entry entry) {
        entries.put(entry.id(), entry);
    }

    @Override
    public synchronized void end(UUID id, @Nullable String before, @Nullable String after, String result) {
        entries.computeIfPresent(
                id,
                (key, begun) ->
                        new Entry(id, begun.at(), begun.by(), begun.what(), begun.target(), before, after, result));
    }

    @Override
    public synchronized List<Entry> latest(Question question, @Nullable UUID before, int limit) {
        if (limit < 1 || limit > 1000) {
            throw new IllegalArgumentException(
                    "limit: " + limit + " (expected: 1..1000). Nothing was read; ask for fewer entries.");
        }
        return (before == null ? entries : entries.headMap(before, false))
                .descendingMap().values().stream()
                        .filter(entry -> isMeant(question, entry))
                        .limit(limit)
                        .toList();
    }

    private static boolean isMeant(Question question, Entry entry) {
        return (question.target() == null || question.target().equals(entry.target()))
                && (question.who() == null || question.who().equals(entry.by().actor()))
                && (question.what() == null || question.what().equals(entry.what()))
                && (question.from() == null || !entry.at().isBefore(question.from()))
                && (question.to() == null || entry.at().isBefore(question.to()));
    }
}

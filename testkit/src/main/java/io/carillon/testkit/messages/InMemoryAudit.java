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
package io.carillon.testkit.messages;

import io.carillon.messages.operations.Audit;
import java.util.List;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** An audit in memory, for tests. Thread-safe. */
public final class InMemoryAudit implements Audit {

    private final TreeMap<UUID, Entry> entries = new TreeMap<>();

    @Override
    public synchronized void begin(Entry entry) {
        entries.put(entry.id(), entry);
    }

    @Override
    public synchronized void end(UUID id, @Nullable String before, @Nullable String after, String result) {
        entries.computeIfPresent(
                id,
                (key, begun) -> new Entry(
                        id,
                        begun.at(),
                        begun.who(),
                        begun.what(),
                        begun.target(),
                        before,
                        after,
                        begun.reason(),
                        result));
    }

    @Override
    public synchronized List<Entry> latest(@Nullable UUID before, int limit) {
        if (limit < 1 || limit > 1000) {
            throw new IllegalArgumentException(
                    "limit: " + limit + " (expected: 1..1000). Nothing was read; ask for fewer entries.");
        }
        return (before == null ? entries : entries.headMap(before, false))
                .descendingMap().values().stream().limit(limit).toList();
    }
}

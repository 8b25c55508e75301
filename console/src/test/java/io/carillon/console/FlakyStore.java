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

import io.carillon.console.access.ConsoleStore;
import io.carillon.console.access.FileStore;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** The memory's records, as several consoles may have them, as long as it is not down. Counts what is written. */
final class FlakyStore implements ConsoleStore {
    volatile boolean down;
    final AtomicInteger writes = new AtomicInteger();
    private final ConsoleStore records = FileStore.inMemory();

    private ConsoleStore up() {
        if (down) {
            throw new IllegalStateException("down");
        }
        return records;
    }

    @Override
    public boolean isShared() {
        return true;
    }

    @Override
    public Optional<Entry> find(String kind, String id, Instant now) {
        return up().find(kind, id, now);
    }

    @Override
    public List<Entry> all(String kind, Instant now) {
        return up().all(kind, now);
    }

    @Override
    public boolean insert(String kind, String id, String value, Instant expires, Instant now) {
        writes.incrementAndGet();
        return up().insert(kind, id, value, expires, now);
    }

    @Override
    public boolean replace(Entry entry, String value, Instant expires) {
        writes.incrementAndGet();
        return up().replace(entry, value, expires);
    }

    @Override
    public boolean delete(String kind, String id) {
        return up().delete(kind, id);
    }

    @Override
    public void deleteExpired(Instant now) {
        up().deleteExpired(now);
    }
}

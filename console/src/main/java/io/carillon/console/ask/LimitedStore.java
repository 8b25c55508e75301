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

import io.carillon.console.access.ConsoleStore;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A store that is waited for no longer than a limit. Thread-safe. */
public final class LimitedStore implements ConsoleStore {
    private final ConsoleStore store;
    private final TimeLimit limit;

    public LimitedStore(ConsoleStore store, TimeLimit limit) {
        this.store = store;
        this.limit = limit;
    }

    @Override
    public boolean isShared() {
        return store.isShared();
    }

    @Override
    public Optional<Entry> find(String kind, String id, Instant now) {
        return limit.call(() -> store.find(kind, id, now));
    }

    @Override
    public List<Entry> all(String kind, Instant now) {
        return limit.call(() -> store.all(kind, now));
    }

    @Override
    public boolean insert(String kind, String id, String value, @Nullable Instant expires, Instant now) {
        return limit.call(() -> store.insert(kind, id, value, expires, now));
    }

    @Override
    public boolean replace(Entry entry, String value, @Nullable Instant expires) {
        return limit.call(() -> store.replace(entry, value, expires));
    }

    @Override
    public boolean delete(String kind, String id) {
        return limit.call(() -> store.delete(kind, id));
    }

    @Override
    public void deleteExpired(Instant now) {
        limit.call(() -> {
            store.deleteExpired(now);
            return true;
        });
    }
}

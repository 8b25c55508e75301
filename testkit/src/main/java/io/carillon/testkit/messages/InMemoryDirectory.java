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

import io.carillon.messages.directory.Directory;
import io.carillon.messages.directory.DirectoryView;
import io.carillon.messages.outbox.MessageStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** A directory in memory, in front of a message store that reads its subscriptions. Thread-safe. */
public final class InMemoryDirectory implements Directory {

    private final MessageStore store;
    private final Map<Name, Entry> entries = new TreeMap<>();
    private final Map<String, List<Declared>> declared = new TreeMap<>();
    private final Map<String, Map<String, Set<String>>> resulting = new HashMap<>();

    public InMemoryDirectory(MessageStore store) {
        this.store = store;
    }

    @Override
    public synchronized DirectoryView read() {
        List<Declared> all = new ArrayList<>();
        declared.values().forEach(all::addAll);
        return new DirectoryView(entries.values(), all);
    }

    @Override
    public synchronized Change declare(
            String group,
            String application,
            String revision,
            Map<String, Set<String>> tags,
            Duration outlived,
            Instant now) {
        List<Declared> before = declared.getOrDefault(group, List.of());
        if (DirectoryView.isFresh(before, application, revision, tags, outlived, now)) {
            return new Change(false, Map.of(), Map.of());
        }
        declared.put(group, DirectoryView.afterDeclaring(before, group, application, revision, tags, outlived, now));
        return result(group, now);
    }

    private Change result(String group, Instant now) {
        Map<String, Set<String>> before = resulting.getOrDefault(group, Map.of());
        Map<String, Set<String>> after = read().subscriptions(group);
        resulting.put(group, after);
        store.subscribe(group, after, now);
        return new Change(true, before, after);
    }

    @Override
    public synchronized void declare(
            Collection<Name> names, Map<Name, String> details, String application, Instant now) {
        for (Name name : names) {
            Entry there = entries.get(name);
            String detail = details.getOrDefault(name, "");
            String kept = there == null || (!detail.isEmpty() && there.changedAt() == null) ? detail : there.detail();
            entries.put(
                    name,
                    new Entry(
                            name,
                            there == null ? Status.ACTIVE : there.status(),
                            kept,
                            application,
                            now,
                            there == null ? null : there.changedBy(),
                            there == null ? null : there.changedAt(),
                            there == null ? null : there.reason()));
        }
    }

    @Override
    public synchronized Change edit(Edit edit) {
        Entry there = entries.get(edit.name());
        Instant before = there == null ? null : there.changedAt();
        if (before != null && !edit.at().isAfter(before)) {
            return new Change(false, Map.of(), Map.of());
        }
        String kept = there == null ? "" : there.detail();
        String detail = edit.detail();
        entries.put(
                edit.name(),
                new Entry(
                        edit.name(),
                        edit.status(),
                        detail == null ? kept : detail,
                        there == null ? "" : there.declaredBy(),
                        there == null ? null : there.declaredAt(),
                        edit.who(),
                        edit.at(),
                        edit.reason()));
        Kind kind = edit.name().kind();
        return kind == Kind.GROUP || kind == Kind.SUBSCRIPTION
                ? result(edit.name().name(), edit.at())
                : new Change(true, Map.of(), Map.of());
    }
}

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
package io.carillon.testkit.simulation;

import java.io.PrintStream;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The latest events of a history, a column per host. Text is made only when somebody reads it. One thread at a time. */
final class Trace {

    private static final int KEPT = 80;
    private static final int WIDTH = 44;
    private static final int COLUMNS = 4;

    private final InstantSource time;
    private final @Nullable PrintStream out;
    private final Deque<Entry> entries = new ArrayDeque<>();
    private final List<String> columns = new ArrayList<>();

    private record Entry(Instant at, String host, Supplier<String> text) {}

    /** @param out gets every event as it happens; null: nobody does */
    Trace(InstantSource time, @Nullable PrintStream out) {
        this.time = time;
        this.out = out;
    }

    /** Adds an event of a host, or of the world when the name is empty. */
    void add(String host, Supplier<String> text) {
        Entry entry = new Entry(time.instant(), host, text);
        if (out != null) {
            out.println(line(entry));
        }
        entries.add(entry);
        if (entries.size() > KEPT) {
            entries.remove();
        }
    }

    /** The latest events, one per line. */
    String latest() {
        StringBuilder lines = new StringBuilder();
        entries.forEach(entry -> lines.append("  ").append(line(entry)).append('\n'));
        return lines.toString();
    }

    private String line(Entry entry) {
        String clock = String.format(
                Locale.ROOT,
                "%02d:%02d.%03d",
                entry.at.getEpochSecond() / 60 % 60,
                entry.at.getEpochSecond() % 60,
                entry.at.getNano() / 1_000_000);
        if (entry.host.isEmpty()) {
            return clock + "  -- " + entry.text.get();
        }
        if (!columns.contains(entry.host)) {
            columns.add(entry.host);
        }
        int column = columns.indexOf(entry.host) % COLUMNS;
        return clock + "  " + " ".repeat(column * WIDTH / 2) + entry.host + ": " + entry.text.get();
    }
}

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
package io.carillon.jobs.coordination;

import io.carillon.jobs.coordination.Registry.Write;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decides what is written down of items whose last run did not end well, so that they alone can be run again. Pure.
 *
 * <p>It goes into the commit that releases the items; nothing is written when all went well and nothing was on record.
 */
public final class FailedItems {

    private static final int LONGEST_CAUSE = 200;

    private FailedItems() {}

    /** What is on record of an item. */
    public enum State {
        FAILED,
        TIMED_OUT,
        INTERRUPTED,
        /** User code goes on after its interrupt: it runs still, and nobody else runs the item. */
        OVERSTAYING
    }

    /**
     * An item whose last run did not end well. Immutable.
     *
     * @param scheduledTime of the firing in which it ran
     * @param instance who ran it
     * @param cause the first line of the cause, at most 200 characters; empty when there is none
     */
    public record Entry(int item, State state, Instant scheduledTime, String instance, String cause) {

        public Entry {
            String line = cause.lines().findFirst().orElse("");
            cause = line.length() > LONGEST_CAUSE ? line.substring(0, LONGEST_CAUSE) : line;
        }

        private String print() {
            return state + "\n" + scheduledTime + "\n" + instance + "\n" + cause;
        }

        /** Reads a node; null when it is not one of these. */
        public static @Nullable Entry parse(int item, String data) {
            String[] lines = data.split("\n", 4);
            if (lines.length < 4) {
                return null;
            }
            try {
                return new Entry(item, State.valueOf(lines[0]), Instant.parse(lines[1]), lines[2], lines[3]);
            } catch (DateTimeException | IllegalArgumentException e) {
                return null;
            }
        }
    }

    /**
     * The writes; empty when nothing changes.
     *
     * @param failed what to put on record
     * @param succeeded items whose record goes
     */
    public static List<Write> decide(JobTree tree, List<Entry> failed, List<Integer> succeeded) {
        JobPaths paths = tree.paths();
        Writes writes = new Writes(tree);
        for (Entry entry : failed) {
            String path = paths.failedItem(entry.item());
            if (!entry.print().equals(tree.data(path))) {
                writes.put(path, entry.print());
            }
        }
        for (int item : succeeded) {
            writes.deleteIfExists(paths.failedItem(item));
        }
        return new ArrayList<>(writes.list());
    }
}

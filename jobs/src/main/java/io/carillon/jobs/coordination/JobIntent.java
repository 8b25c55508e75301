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

import java.time.DateTimeException;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What people want of a job where that is not the usual: who switched it, one of its servers or one of its items off, since
 * when, until when and why. Immutable.
 *
 * <p>It stands in one node of Carillon's own tree, which ElasticJob never reads. What takes effect is ElasticJob's own mark; a
 * command writes both in one commit. A mark of ElasticJob's without an entry here was written by nobody who is known.
 *
 * @param marks by what they are about: {@link #JOB}, {@link #SKIP}, {@link #server} or {@link #item}
 */
public record JobIntent(Map<String, Mark> marks) {

    /** The whole job: all its servers, and those to come. */
    public static final String JOB = "job";

    /** One firing that is left out: the one that is due at the mark's {@code until}. It is kept when that is over. */
    public static final String SKIP = "skip";

    /** Nobody has said anything. */
    public static final JobIntent NONE = new JobIntent(Map.of());

    public JobIntent {
        marks = Map.copyOf(marks);
    }

    /**
     * One thing that is switched off.
     *
     * @param until when it is switched on again, or null: when somebody does
     * @param actor who did it; empty when that is not known
     * @param reason why, one line
     * @param from from where, such as an address; empty when that is not known
     */
    public record Mark(Instant since, @Nullable Instant until, String actor, String reason, String from) {

        public Mark {
            actor = oneLine(actor);
            reason = oneLine(reason);
            from = oneLine(from);
        }

        private static String oneLine(String text) {
            return text.replace('\n', ' ').replace('\r', ' ').replace('\t', ' ');
        }

        /** Whether it is a pause whose time is over. */
        public boolean isOver(Instant now) {
            return until != null && !until.isAfter(now);
        }
    }

    public static String server(String ip) {
        return "server " + ip;
    }

    public static String item(int item) {
        return "item " + item;
    }

    /** The mark of the whole job, or null. */
    public @Nullable Mark job() {
        return marks.get(JOB);
    }

    /** The mark of the firing that is left out, or was left out last; or null. */
    public @Nullable Mark skip() {
        return marks.get(SKIP);
    }

    /** The planned time of that firing, or null. */
    public @Nullable Instant skipped() {
        Mark mark = skip();
        return mark == null ? null : mark.until();
    }

    /** The mark that holds for a server: its own, or the whole job's; or null. */
    public @Nullable Mark ofServer(String ip) {
        Mark own = marks.get(server(ip));
        return own == null ? marks.get(JOB) : own;
    }

    public @Nullable Mark ofItem(int item) {
        return marks.get(item(item));
    }

    /** The same with another mark; null takes one away. */
    public JobIntent with(String about, @Nullable Mark mark) {
        Map<String, Mark> changed = new TreeMap<>(marks);
        if (mark == null) {
            changed.remove(about);
        } else {
            changed.put(about, mark);
        }
        return new JobIntent(changed);
    }

    /** As it stands in the node: one mark per line. */
    public String print() {
        StringBuilder text = new StringBuilder();
        new TreeMap<>(marks).forEach((about, mark) -> text.append(String.join(
                        "\t",
                        about,
                        mark.since.toString(),
                        mark.until == null ? "-" : mark.until.toString(),
                        mark.actor,
                        mark.from,
                        mark.reason))
                .append('\n'));
        return text.toString();
    }

    /** Reads a node; what is not understood is left out. */
    public static JobIntent parse(@Nullable String text) {
        if (text == null || text.isBlank()) {
            return NONE;
        }
        Map<String, Mark> marks = new TreeMap<>();
        text.lines().forEach(line -> {
            String[] parts = line.split("\t", 6);
            if (parts.length == 6) {
                try {
                    marks.put(
                            parts[0],
                            new Mark(
                                    Instant.parse(parts[1]),
                                    parts[2].equals("-") ? null : Instant.parse(parts[2]),
                                    parts[3],
                                    parts[5],
                                    parts[4]));
                } catch (DateTimeException unreadable) {
                    // of a later version: what it means still stands in ElasticJob's mark
                }
            }
        });
        return new JobIntent(marks);
    }
}

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

import io.carillon.jobs.model.Progress;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * How far the items are that an instance runs, as their code says: its ephemeral node {@code
 * /{namespace}-carillon-instances/{instance}/progress}, which is there while any says something. Immutable.
 *
 * @param items by {@link #of}
 */
public record InstanceProgress(Map<String, Progress> items) {

    public static final InstanceProgress NONE = new InstanceProgress(Map.of());

    private static final String NAME = "/progress";

    public InstanceProgress {
        items = Map.copyOf(items);
    }

    /** Names an item of a job. */
    public static String of(String jobName, int item) {
        return item + " " + jobName;
    }

    /** Where it stands. */
    public static String path(String namespace, String instance) {
        return InstanceOrder.inbox(namespace, instance) + NAME;
    }

    /** Whether a node below those of the instances is one of these. */
    public static boolean isAt(String path) {
        return path.endsWith(NAME);
    }

    /** The jobs of the items. */
    public Set<String> jobs() {
        Set<String> jobs = new TreeSet<>();
        items.keySet().forEach(item -> jobs.add(item.substring(item.indexOf(' ') + 1)));
        return jobs;
    }

    /** What the code of an item says; null when it says nothing. */
    public @Nullable Progress item(String jobName, int item) {
        return items.get(of(jobName, item));
    }

    /** As it stands in the node: a line for each item. */
    public String print() {
        StringBuilder text = new StringBuilder();
        new TreeMap<>(items).forEach((item, progress) -> text.append(progress.done())
                .append(' ')
                .append(progress.total())
                .append(' ')
                .append(progress.at())
                .append(' ')
                .append(item)
                .append('\n'));
        return text.toString();
    }

    /** Reads a node; what is not understood is left out. */
    public static InstanceProgress parse(String text) {
        Map<String, Progress> items = new TreeMap<>();
        text.lines().forEach(line -> {
            String[] parts = line.split(" ", 4);
            if (parts.length == 4) {
                try {
                    items.put(
                            parts[3],
                            new Progress(Long.parseLong(parts[0]), Long.parseLong(parts[1]), Instant.parse(parts[2])));
                } catch (DateTimeException | IllegalArgumentException e) {
                    // of a later version
                }
            }
        });
        return new InstanceProgress(items);
    }
}

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
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What an instance of Carillon says of itself, in its ephemeral node {@code /{namespace}-carillon-instances/{instance}/about}.
 * Immutable.
 *
 * @param host the name of its machine, or of its container; empty when it has none
 * @param pid its process
 * @param version Carillon's
 * @param java the virtual machine's
 * @param started when its engine started, by its own clock
 * @param workers how many items can run at once
 * @param sessionTimeout how long the registry waits for it
 * @param ahead how far its clock is ahead of the registry's, as last noted; negative: behind
 */
public record InstanceAbout(
        String host,
        long pid,
        String version,
        String java,
        Instant started,
        int workers,
        Duration sessionTimeout,
        Duration ahead) {

    public InstanceAbout withAhead(Duration now) {
        return new InstanceAbout(host, pid, version, java, started, workers, sessionTimeout, now);
    }

    public InstanceAbout withSessionTimeout(Duration negotiated) {
        return new InstanceAbout(host, pid, version, java, started, workers, negotiated, ahead);
    }

    /** Where it stands. */
    public static String path(String namespace, String instance) {
        return InstanceOrder.inbox(namespace, instance) + "/about";
    }

    /** As it stands in the node: a line for each. */
    public String print() {
        Map<String, String> lines = new TreeMap<>();
        lines.put("host", host);
        lines.put("pid", String.valueOf(pid));
        lines.put("version", version);
        lines.put("java", java);
        lines.put("started", started.toString());
        lines.put("workers", String.valueOf(workers));
        lines.put("sessionTimeout", sessionTimeout.toString());
        lines.put("ahead", ahead.toString());
        StringBuilder text = new StringBuilder();
        lines.forEach((name, value) ->
                text.append(name).append('=').append(value.replace('\n', ' ')).append('\n'));
        return text.toString();
    }

    /** Reads a node; null when it is not understood. */
    public static @Nullable InstanceAbout parse(String text) {
        Map<String, String> lines = new TreeMap<>();
        text.lines().forEach(line -> {
            int at = line.indexOf('=');
            if (at > 0) {
                lines.put(line.substring(0, at), line.substring(at + 1));
            }
        });
        try {
            return new InstanceAbout(
                    lines.getOrDefault("host", ""),
                    Long.parseLong(lines.getOrDefault("pid", "0")),
                    lines.getOrDefault("version", ""),
                    lines.getOrDefault("java", ""),
                    Instant.parse(lines.getOrDefault("started", "")),
                    Integer.parseInt(lines.getOrDefault("workers", "0")),
                    Duration.parse(lines.getOrDefault("sessionTimeout", "")),
                    Duration.parse(lines.getOrDefault("ahead", "PT0S")));
        } catch (DateTimeException | NumberFormatException e) {
            return null;
        }
    }
}

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
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Something that an instance is asked to do, as it stands in the registry. Immutable.
 *
 * <p>An order is an ephemeral node below {@code /{namespace}-carillon-instances/{instance}}: the one watch that an engine has
 * besides its jobs'. The instance deletes it when it has taken it; it vanishes with its giver otherwise. Next to the orders
 * stands {@code drained}, the instance's own ephemeral node, while it takes no part.
 *
 * @param jobName the job; empty when the order is for the whole instance
 * @param items which items; empty: all
 * @param scheduledTime of the firing that is run again, or null
 * @param by who gives the order
 * @param reason why, one line
 */
public record InstanceOrder(
        Kind kind,
        String jobName,
        List<Integer> items,
        @Nullable Instant scheduledTime,
        String by,
        String reason) {

    /** What is asked for. */
    public enum Kind {
        /** Stop what runs of the items. */
        INTERRUPT,
        /** Run the items once more, as of that time. */
        RERUN,
        /** Hand all items over, and take no part until told otherwise. */
        DRAIN,
        /** Take part again. */
        UNDRAIN
    }

    private static final String NONE = "-";

    public InstanceOrder {
        items = List.copyOf(items);
        by = by.replace('\n', ' ');
        reason = reason.replace('\n', ' ');
    }

    /** The parent of all instances that ever got an order. */
    public static String root(String namespace) {
        return "/" + namespace + "-carillon-instances";
    }

    /** Where the orders of an instance are put. */
    public static String inbox(String namespace, String instance) {
        return root(namespace) + "/" + instance;
    }

    /** Where an order is put: the registry appends digits. */
    public static String path(String namespace, String instance) {
        return inbox(namespace, instance) + "/order-";
    }

    /** Whether the name of a node in the inbox is an order's. */
    public static boolean isOrder(String name) {
        return name.startsWith("order-");
    }

    /** The mark of an instance that takes no part. */
    public static String drained(String namespace, String instance) {
        return inbox(namespace, instance) + "/drained";
    }

    /** As it stands in the node. */
    public String print() {
        List<String> numbers = items.stream().map(String::valueOf).toList();
        return String.join(
                "\n",
                kind.name(),
                jobName,
                String.join(",", numbers),
                scheduledTime == null ? NONE : scheduledTime.toString(),
                by,
                reason);
    }

    /** Reads a node; null when it is not an order that this version knows. */
    public static @Nullable InstanceOrder parse(String data) {
        String[] lines = data.split("\n", 6);
        if (lines.length < 6) {
            return null;
        }
        try {
            List<Integer> items = new ArrayList<>();
            for (String number : lines[2].split(",", -1)) {
                if (!number.isEmpty()) {
                    items.add(Integer.valueOf(number));
                }
            }
            Instant time = lines[3].equals(NONE) ? null : Instant.parse(lines[3]);
            return new InstanceOrder(Kind.valueOf(lines[0]), lines[1], items, time, lines[4], lines[5]);
        } catch (DateTimeException | IllegalArgumentException e) {
            return null;
        }
    }

    /** Who and why, for people. */
    public String about() {
        return "by " + by + (reason.isEmpty() ? "" : ": " + reason);
    }
}

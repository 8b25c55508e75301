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
package io.carillon.messages.outbox;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * How the declarations of one group's instances make up its subscriptions. Instances of two releases may run side by side
 * and declare different things, each again and again: what any of them declares counts, and what none has declared for a
 * while, although the group was heard of, counts no more. A group that is silent keeps its subscriptions: its messages wait
 * for it. Pure.
 *
 * @param write the subscriptions whose time is to be noted
 * @param drop the subscriptions that count no more
 */
public record Declarations(Set<Subscribed> write, Set<Subscribed> drop) {

    /** A topic, and one of its tags or {@code *}. Ordered. */
    public record Subscribed(String topic, String tag) implements Comparable<Subscribed> {
        @Override
        public int compareTo(Subscribed other) {
            int order = topic.compareTo(other.topic);
            return order != 0 ? order : tag.compareTo(other.tag);
        }
    }

    /**
     * What a declaration changes.
     *
     * @param known when each subscription of the group was declared last
     * @param tags by topic: the declared tags
     * @param at when it was declared, which may be long ago
     * @param memory how long a subscription counts after the last declaration that named it
     */
    public static Declarations of(
            Map<Subscribed, Instant> known, Map<String, Set<String>> tags, Instant at, Duration memory) {
        Set<Subscribed> wanted = new TreeSet<>();
        tags.forEach((topic, names) -> names.forEach(tag -> wanted.add(new Subscribed(topic, tag))));
        Instant forgotten = at.minus(memory);
        if (known.values().stream().anyMatch(other -> other.minus(memory).isAfter(at))) {
            return new Declarations(Set.of(), Set.of()); // came late: others have spoken since
        }
        Set<Subscribed> write = new TreeSet<>();
        for (Subscribed each : wanted) {
            Instant last = known.get(each);
            if (last == null || last.isBefore(at.minus(memory.dividedBy(2)))) {
                write.add(each);
            }
        }
        Map<Subscribed, Instant> others = new TreeMap<>(known);
        others.keySet().removeAll(wanted);
        others.values().removeIf(last -> last.isAfter(forgotten));
        return new Declarations(write, others.keySet());
    }
}

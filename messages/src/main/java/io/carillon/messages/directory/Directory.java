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
package io.carillon.messages.directory;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The port to the directory of one store. Thread-safe; every method is a short transaction of its own.
 *
 * <p>Two sources meet in it. Services <b>declare</b> what they use, at every start and again and again; people <b>edit</b>. An
 * edit holds whatever is declared afterwards. What results for subscriptions is written to where {@code MessageStore} reads
 * the groups whose confirmation it expects.
 */
public interface Directory {

    /** The tag of a subscription to all tags, and the topic of a pause of all topics. */
    String ALL = "*";

    /** What an entry is about. The names are kept in the database. */
    enum Kind {
        TOPIC,
        TAG,
        PRODUCER,
        GROUP,
        SUBSCRIPTION,
        /** That a group receives nothing of a topic for now. */
        PAUSE
    }

    /** What people, or else the declaring services, want of an entry. The names are kept in the database. */
    enum Status {
        ACTIVE,
        DISABLED,
        REMOVED
    }

    /**
     * Which entry. Immutable.
     *
     * @param name the topic of a TOPIC or TAG, otherwise the group
     * @param topic of a SUBSCRIPTION or a PAUSE, {@link #ALL} for a pause of all; otherwise empty
     * @param tag of a TAG, or of a SUBSCRIPTION, {@link #ALL} for all; otherwise empty
     */
    record Name(Kind kind, String name, String topic, String tag) implements Comparable<Name> {

        public static Name topic(String topic) {
            return new Name(Kind.TOPIC, topic, "", "");
        }

        public static Name tag(String topic, String tag) {
            return new Name(Kind.TAG, topic, "", tag);
        }

        public static Name producer(String group) {
            return new Name(Kind.PRODUCER, group, "", "");
        }

        public static Name group(String group) {
            return new Name(Kind.GROUP, group, "", "");
        }

        public static Name subscription(String group, String topic, String tag) {
            return new Name(Kind.SUBSCRIPTION, group, topic, tag);
        }

        public static Name pause(String group, String topic) {
            return new Name(Kind.PAUSE, group, topic, "");
        }

        @Override
        public int compareTo(Name other) {
            int order = kind.compareTo(other.kind);
            order = order != 0 ? order : name.compareTo(other.name);
            order = order != 0 ? order : topic.compareTo(other.topic);
            return order != 0 ? order : tag.compareTo(other.tag);
        }

        /** For people, such as {@code subscription points orders:placed}. */
        @Override
        public String toString() {
            String kindOf = kind.name().toLowerCase(java.util.Locale.ROOT);
            return switch (kind) {
                case TOPIC, PRODUCER, GROUP -> kindOf + " " + name;
                case TAG -> kindOf + " " + name + ":" + tag;
                case SUBSCRIPTION -> kindOf + " " + name + " " + topic + ":" + tag;
                case PAUSE -> kindOf + " " + name + " " + topic;
            };
        }
    }

    /**
     * An entry. Immutable.
     *
     * @param detail of a PRODUCER, where it answers check backs; otherwise a description; empty for none
     * @param declaredBy the application that declared it last; empty when only people know it
     * @param declaredAt when, or null; noted again from time to time only
     * @param changedBy who edited it last, or null when nobody did
     */
    record Entry(
            Name name,
            Status status,
            String detail,
            String declaredBy,
            @Nullable Instant declaredAt,
            @Nullable String changedBy,
            @Nullable Instant changedAt,
            @Nullable String reason) {}

    /**
     * What people want of an entry. Immutable.
     *
     * @param detail the new detail, or null to leave it
     * @param at decides between two edits of one entry: the later one holds
     */
    record Edit(Name name, Status status, @Nullable String detail, String who, Instant at, String reason) {}

    /** A subscription that a release of an application declared. Immutable. */
    record Declared(String group, String application, String revision, String topic, String tag, Instant at) {}

    /** The subscriptions of a group. Immutable. */
    record Change(boolean applied, Map<String, Set<String>> before, Map<String, Set<String>> after) {}

    /** Everything. Two queries over small tables. */
    DirectoryView read();

    /**
     * Declares all that one release of an application subscribes for a group; idempotent. The declarations of other releases
     * stay beside it, as long as they are repeated: those that were not for {@code outlived} go. The last release that
     * declared stays for ever.
     *
     * @param tags by topic: the tags, or {@link #ALL}
     */
    Change declare(
            String group,
            String application,
            String revision,
            Map<String, Set<String>> tags,
            Duration outlived,
            Instant now);

    /** Declares other entries than subscriptions; what is there keeps its status. */
    void declare(Collection<Name> names, Map<Name, String> details, String application, Instant now);

    /**
     * Edits an entry, which need not be there yet. Refused, without effect, when the entry has a later edit, or the same one.
     *
     * @return whether it was applied, and what became of the subscriptions of the group concerned; both empty for others
     */
    Change edit(Edit edit);

    /** The entries that people edited. */
    default List<Entry> edited() {
        return read().entries().stream()
                .filter(entry -> entry.changedAt() != null)
                .toList();
    }
}

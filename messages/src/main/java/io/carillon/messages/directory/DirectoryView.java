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

import io.carillon.messages.directory.Directory.Declared;
import io.carillon.messages.directory.Directory.Entry;
import io.carillon.messages.directory.Directory.Kind;
import io.carillon.messages.directory.Directory.Name;
import io.carillon.messages.directory.Directory.Status;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** What is in a directory at one moment, and what follows from it. Immutable; pure. */
public final class DirectoryView {

    /** An empty directory. */
    public static final DirectoryView EMPTY = new DirectoryView(List.of(), List.of());

    private final List<Entry> entries;
    private final List<Declared> declared;
    private static final Duration DECLARED_AGAIN = Duration.ofHours(1);

    private final Map<Name, Entry> byName = new HashMap<>();

    public DirectoryView(Collection<Entry> entries, Collection<Declared> declared) {
        this.entries = List.copyOf(entries);
        this.declared = List.copyOf(declared);
        this.entries.forEach(entry -> byName.put(entry.name(), entry));
    }

    /** All entries but declared subscriptions. */
    public List<Entry> entries() {
        return entries;
    }

    /** The declared subscriptions, one by one. */
    public List<Declared> declared() {
        return declared;
    }

    public Optional<Entry> entry(Name name) {
        return Optional.ofNullable(byName.get(name));
    }

    private Status status(Name name) {
        Entry entry = byName.get(name);
        return entry == null ? Status.ACTIVE : entry.status();
    }

    /**
     * The subscriptions of a group whose confirmations are expected: what any release declares and people add, less what
     * people disable or remove; none for a group that is disabled or removed. By topic, the tags.
     */
    public Map<String, Set<String>> subscriptions(String group) {
        Map<String, Set<String>> tags = new TreeMap<>();
        if (status(Name.group(group)) != Status.ACTIVE) {
            return tags;
        }
        for (Declared each : declared) {
            if (each.group().equals(group)
                    && status(Name.subscription(group, each.topic(), each.tag())) == Status.ACTIVE) {
                tags.computeIfAbsent(each.topic(), topic -> new TreeSet<>()).add(each.tag());
            }
        }
        for (Entry entry : entries) {
            Name name = entry.name();
            if (name.kind() == Kind.SUBSCRIPTION
                    && name.name().equals(group)
                    && entry.status() == Status.ACTIVE
                    && entry.changedAt() != null) {
                tags.computeIfAbsent(name.topic(), topic -> new TreeSet<>()).add(name.tag());
            }
        }
        return tags;
    }

    /** Whether a group is known here, by a declaration of its own or by an edit. */
    public boolean knows(String group) {
        return declared.stream().anyMatch(each -> each.group().equals(group))
                || entries.stream()
                        .anyMatch(entry -> entry.name().kind() == Kind.SUBSCRIPTION
                                && entry.name().name().equals(group));
    }

    /** Which releases declare a group: those that are outlived by another are left out. */
    static List<Declared> living(List<Declared> ofGroup, Duration outlived, Instant now) {
        Map<List<String>, Instant> latest = new HashMap<>();
        Map<String, Instant> latestOfApplication = new HashMap<>();
        for (Declared each : ofGroup) {
            latest.merge(List.of(each.application(), each.revision()), each.at(), DirectoryView::later);
            latestOfApplication.merge(each.application(), each.at(), DirectoryView::later);
        }
        List<Declared> living = new ArrayList<>();
        for (Declared each : ofGroup) {
            Instant last = latest.getOrDefault(List.of(each.application(), each.revision()), each.at());
            boolean isLatest = last.equals(latestOfApplication.get(each.application()));
            if (isLatest || last.plus(outlived).isAfter(now)) {
                living.add(each);
            }
        }
        return living;
    }

    private static Instant later(Instant one, Instant other) {
        return one.isAfter(other) ? one : other;
    }

    /**
     * The declarations of a group after one of its releases declared again.
     *
     * @param before those that are there, of this group
     */
    public static List<Declared> afterDeclaring(
            List<Declared> before,
            String group,
            String application,
            String revision,
            Map<String, Set<String>> tags,
            Duration outlived,
            Instant now) {
        List<Declared> after = new ArrayList<>();
        for (Declared each : before) {
            if (!each.application().equals(application) || !each.revision().equals(revision)) {
                after.add(each);
            }
        }
        tags.forEach((topic, names) -> new TreeSet<>(names)
                .forEach(tag -> after.add(new Declared(group, application, revision, topic, tag, now))));
        return living(after, outlived, now);
    }

    /**
     * Whether declaring an entry would write something: it is not there, nobody declared it, its detail is another one and
     * people have not set it, or the same application declared it so long ago that it is noted again.
     *
     * @param detail empty where the application says nothing
     */
    public boolean isNews(Name name, String detail, String application, Instant now) {
        Entry known = byName.get(name);
        if (known == null || known.declaredAt() == null) {
            return true;
        }
        boolean detailIsNew = !detail.isEmpty()
                && known.changedAt() == null
                && !known.detail().equals(detail);
        boolean isOld = known.declaredBy().equals(application)
                && known.declaredAt().plus(DECLARED_AGAIN).isBefore(now);
        return detailIsNew || isOld;
    }

    /** Whether declaring would change nothing but times, which need not be noted yet; or it came late. */
    public static boolean isFresh(
            List<Declared> ofGroup,
            String application,
            String revision,
            Map<String, Set<String>> tags,
            Duration outlived,
            Instant now) {
        Map<String, Set<String>> there = new TreeMap<>();
        boolean fresh = true;
        for (Declared each : ofGroup) {
            if (each.application().equals(application) && each.revision().equals(revision)) {
                if (each.at().isAfter(now)) {
                    return true; // another instance of the release has spoken since
                }
                there.computeIfAbsent(each.topic(), topic -> new TreeSet<>()).add(each.tag());
                fresh &= each.at().plus(outlived.dividedBy(2)).isAfter(now);
            }
        }
        Map<String, Set<String>> wanted = new TreeMap<>();
        tags.forEach((topic, names) -> wanted.put(topic, new TreeSet<>(names)));
        return fresh && there.equals(wanted) && living(ofGroup, outlived, now).size() == ofGroup.size();
    }

    /**
     * Why a message may not be sent: its topic or tag is disabled or removed, or, in strict mode, nobody knows it.
     *
     * @param strict whether a topic must be declared, or made by people
     */
    public Optional<Refusal> refusal(String topic, String tag, boolean strict) {
        Entry known = byName.get(Name.topic(topic));
        if (known != null && known.status() != Status.ACTIVE) {
            return Optional.of(new Refusal("topic", topic + ", " + told(known), "a topic that is not switched off"));
        }
        if (known == null && strict) {
            return Optional.of(new Refusal("topic", topic + ", which nobody declared", "a declared topic"));
        }
        Entry knownTag = byName.get(Name.tag(topic, tag));
        if (knownTag != null && knownTag.status() != Status.ACTIVE) {
            return Optional.of(new Refusal("tag", tag + ", " + told(knownTag), "a tag that is not switched off"));
        }
        return Optional.empty();
    }

    /** Why a message is refused, in the parts of an error. Immutable. */
    public record Refusal(String name, String value, String expected) {}

    private static String told(Entry entry) {
        return entry.status().name().toLowerCase(java.util.Locale.ROOT)
                + (entry.changedBy() == null ? "" : " by " + entry.changedBy() + " at " + entry.changedAt())
                + (entry.reason() == null || entry.reason().isEmpty() ? "" : ": " + entry.reason());
    }

    /** Whether a group receives nothing of a topic for now. */
    public boolean isPaused(String group, String topic) {
        return isActive(Name.pause(group, topic)) || isActive(Name.pause(group, Directory.ALL));
    }

    /** Whether any group is paused. */
    public boolean hasPauses() {
        return entries.stream().anyMatch(entry -> entry.name().kind() == Kind.PAUSE && entry.status() == Status.ACTIVE);
    }

    private boolean isActive(Name name) {
        Entry entry = byName.get(name);
        return entry != null && entry.status() == Status.ACTIVE;
    }

    /** Where a producer answers check backs; empty when it is not known, disabled or removed. */
    public Optional<String> checkUrl(String producer) {
        return entry(Name.producer(producer))
                .filter(entry -> entry.status() == Status.ACTIVE)
                .map(Entry::detail)
                .filter(url -> !url.isEmpty());
    }
}

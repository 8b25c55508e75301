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
package io.carillon.spring.central;

import static io.carillon.spring.central.MessageBody.required;

import io.carillon.messages.Message;
import io.carillon.messages.directory.Directory;
import io.carillon.messages.directory.Directory.Declared;
import io.carillon.messages.directory.Directory.Entry;
import io.carillon.messages.directory.Directory.Kind;
import io.carillon.messages.directory.Directory.Name;
import io.carillon.messages.directory.Directory.Status;
import io.carillon.messages.directory.DirectoryView;
import io.carillon.messages.directory.LiveDirectory;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.operations.Audit;
import io.carillon.spring.central.CallerIdentity.Caller;
import io.carillon.spring.central.CallerIdentity.Scope;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * The directory of topics, tags, producers, consumer groups and subscriptions over HTTP: what services declared, and what
 * people edit. An edit holds at once here, and within seconds in every service; each leaves an entry in the audit.
 * Thread-safe.
 */
@RestController
@RequestMapping("/api/v1/directory")
public final class DirectoryController {

    private static final Map<String, Kind> KINDS = Map.of(
            "topics", Kind.TOPIC,
            "tags", Kind.TAG,
            "producers", Kind.PRODUCER,
            "groups", Kind.GROUP,
            "subscriptions", Kind.SUBSCRIPTION,
            "pauses", Kind.PAUSE);

    private final LiveDirectory directory;
    private final Audit audit;
    private final InstantSource time;
    private final CallerIdentity callers;

    DirectoryController(LiveDirectory directory, Audit audit, InstantSource time, CallerIdentity callers) {
        this.directory = directory;
        this.audit = audit;
        this.time = time;
        this.callers = callers;
    }

    /** Entries of one kind. Immutable. */
    public record EntryList(String kind, List<EntryRow> entries) {}

    /**
     * An entry. Immutable.
     *
     * @param name of a topic or tag, the topic; otherwise the group
     * @param topic of a subscription or a pause
     * @param tag of a tag or a subscription; * for all
     * @param detail of a producer, where it answers check backs; otherwise a description
     * @param declaredBy the application that declares it; of a subscription, each with its release
     */
    public record EntryRow(
            String name,
            String topic,
            String tag,
            String status,
            String detail,
            List<String> declaredBy,
            @Nullable String changedBy,
            @Nullable String changedAt,
            @Nullable String reason) {}

    /** The entries of a kind: topics, tags, producers, groups, subscriptions or pauses. */
    @GetMapping("/{kind}")
    EntryList list(@PathVariable("kind") String kindName, HttpServletRequest request) {
        callers.require(request, Scope.READ);
        Kind kind = kind(kindName);
        DirectoryView view = directory.directory().read();
        Map<Name, EntryRow> rows = new TreeMap<>();
        Map<Name, Set<String>> declared = new TreeMap<>();
        if (kind == Kind.SUBSCRIPTION) {
            for (Declared each : view.declared()) {
                declared.computeIfAbsent(
                                Name.subscription(each.group(), each.topic(), each.tag()), name -> new TreeSet<>())
                        .add(each.application() + (each.revision().isEmpty() ? "" : " " + each.revision()));
            }
            declared.forEach((name, by) -> rows.put(name, row(name, view.entry(name), List.copyOf(by))));
        }
        for (Entry entry : view.entries()) {
            if (entry.name().kind() == kind && !rows.containsKey(entry.name())) {
                List<String> by = entry.declaredBy().isEmpty() ? List.of() : List.of(entry.declaredBy());
                rows.put(entry.name(), row(entry.name(), Optional.of(entry), by));
            }
        }
        return new EntryList(kindName, List.copyOf(rows.values()));
    }

    private static EntryRow row(Name name, Optional<Entry> entry, List<String> declaredBy) {
        Instant changedAt = entry.map(Entry::changedAt).orElse(null);
        return new EntryRow(
                name.name(),
                name.topic(),
                name.tag(),
                entry.map(Entry::status).orElse(Status.ACTIVE).name(),
                entry.map(Entry::detail).orElse(""),
                declaredBy,
                entry.map(Entry::changedBy).orElse(null),
                changedAt == null ? null : changedAt.toString(),
                entry.map(Entry::reason).orElse(null));
    }

    private static Kind kind(String name) {
        Kind kind = KINDS.get(name);
        if (kind == null) {
            throw ApiProblem.missing("kind", name, "one of " + new TreeSet<>(KINDS.keySet()));
        }
        return kind;
    }

    /**
     * Which entry, and what is wanted of it. Immutable.
     *
     * @param name of a topic or tag, the topic; of a producer, a group or a subscription, the group
     * @param topic of a subscription or a pause; of a pause, by default * for all
     * @param tag of a tag or a subscription; of a subscription, by default * for all
     * @param detail put only: of a producer, where it answers check backs; otherwise a description; left as it is when left out
     * @param reason is kept in the audit
     */
    public record EditBody(
            @Nullable String name,
            @Nullable String topic,
            @Nullable String tag,
            @Nullable String detail,
            @Nullable String reason) {}

    /** Makes or changes an entry, and switches it on. */
    @PostMapping("/{kind}:put")
    EntryRow put(@PathVariable("kind") String kind, @RequestBody EditBody body, HttpServletRequest request) {
        return edit(kind, "put", Status.ACTIVE, body, request);
    }

    /** Switches an entry on. */
    @PostMapping("/{kind}:enable")
    EntryRow enable(@PathVariable("kind") String kind, @RequestBody EditBody body, HttpServletRequest request) {
        return edit(kind, "enable", Status.ACTIVE, body, request);
    }

    /**
     * Switches an entry off: a topic or tag refuses messages, a group's or a subscription's confirmations are no longer
     * expected, and outstanding ones are waived.
     */
    @PostMapping("/{kind}:disable")
    EntryRow disable(@PathVariable("kind") String kind, @RequestBody EditBody body, HttpServletRequest request) {
        return edit(kind, "disable", Status.DISABLED, body, request);
    }

    /** As switching off, for good: the entry stays on record. */
    @PostMapping("/{kind}:remove")
    EntryRow remove(@PathVariable("kind") String kind, @RequestBody EditBody body, HttpServletRequest request) {
        return edit(kind, "remove", Status.REMOVED, body, request);
    }

    /** Has a group receive nothing of a topic, or of all, for now: in all its instances, within seconds. */
    @PostMapping("/subscriptions:pause")
    EntryRow pause(@RequestBody EditBody body, HttpServletRequest request) {
        return edit("pauses", "pause", Status.ACTIVE, body, request);
    }

    /** Ends a pause: what was sent meanwhile is received. */
    @PostMapping("/subscriptions:resume")
    EntryRow resume(@RequestBody EditBody body, HttpServletRequest request) {
        return edit("pauses", "resume", Status.REMOVED, body, request);
    }

    private EntryRow edit(String kindName, String what, Status status, EditBody body, HttpServletRequest request) {
        Kind kind = kind(kindName);
        boolean pause = kind == Kind.PAUSE;
        Caller caller = callers.require(request, pause ? Scope.COMMAND : Scope.EDIT);
        Name name = name(kind, body);
        String reason = required("reason", body.reason());
        if (what.equals("resume") && directory.directory().read().entry(name).isEmpty()) {
            throw ApiProblem.missing("pause", name, "a group and topic that are paused");
        }
        String detail = what.equals("put") ? body.detail() : null;
        if (kind == Kind.PRODUCER && detail != null && !detail.isEmpty() && !detail.matches("https?://[^\\s]{1,480}")) {
            throw ApiProblem.invalid("detail", detail, "an http or https address where the producer answers, or empty");
        }
        Instant now = time.instant();
        ThreadLocalRandom random = ThreadLocalRandom.current();
        UUID entry = MessageId.of(now, random.nextLong(), random.nextLong()).uuid();
        audit.begin(new Audit.Entry(
                entry,
                now,
                caller.toString(),
                what + " " + kind.name().toLowerCase(Locale.ROOT),
                name.toString(),
                null,
                null,
                reason,
                null));
        LiveDirectory.Edited edited = directory.edit(name, status, detail, caller.toString(), reason);
        audit.end(
                entry,
                edited.before().map(before -> before.status().name()).orElse("not there"),
                edited.after().map(after -> after.status().name()).orElse("not there"),
                "done");
        return row(name, edited.after(), List.of());
    }

    private static Name name(Kind kind, EditBody body) {
        String name = text("name", required("name", body.name()), Message.MAX_TOPIC);
        String topic = Objects.requireNonNullElse(body.topic(), "");
        String tag = Objects.requireNonNullElse(body.tag(), "");
        text("topic", topic, Message.MAX_TOPIC);
        text("tag", tag, Message.MAX_TAG);
        return switch (kind) {
            case TOPIC -> Name.topic(name);
            case TAG -> Name.tag(name, required("tag", body.tag()));
            case PRODUCER -> Name.producer(name);
            case GROUP -> Name.group(name);
            case SUBSCRIPTION ->
                Name.subscription(name, required("topic", body.topic()), tag.isEmpty() ? Directory.ALL : tag);
            case PAUSE -> Name.pause(name, topic.isEmpty() ? Directory.ALL : topic);
        };
    }

    private static String text(String name, String value, int most) {
        if (value.length() > most || value.indexOf('\t') >= 0 || value.indexOf('\n') >= 0) {
            throw ApiProblem.invalid(
                    name, "'" + value + "'", "at most " + most + " characters on one line, without tabs");
        }
        return value;
    }
}

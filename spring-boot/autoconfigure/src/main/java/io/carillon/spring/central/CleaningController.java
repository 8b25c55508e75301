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

import io.carillon.messages.model.MessageId;
import io.carillon.messages.operations.Audit;
import io.carillon.messages.recovery.CleaningCommands;
import io.carillon.messages.recovery.CleaningStore;
import io.carillon.messages.recovery.CleaningStore.Kind;
import io.carillon.messages.recovery.CleaningStore.Progress;
import io.carillon.messages.recovery.CleaningStore.Task;
import io.carillon.spring.central.CallerIdentity.Caller;
import io.carillon.spring.central.CallerIdentity.Scope;
import jakarta.servlet.http.HttpServletRequest;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Cleanings that the centre commands over HTTP, and what each service reported. Thread-safe. */
@RestController
@RequestMapping("/api/v1/cleanings")
public final class CleaningController {

    private final CleaningCommands commands;
    private final CleaningStore cleanings;
    private final Audit audit;
    private final InstantSource time;
    private final CallerIdentity callers;

    CleaningController(
            CleaningCommands commands,
            CleaningStore cleanings,
            Audit audit,
            InstantSource time,
            CallerIdentity callers) {
        this.commands = commands;
        this.cleanings = cleanings;
        this.audit = audit;
        this.time = time;
        this.callers = callers;
    }

    /**
     * A command. Immutable.
     *
     * @param kind SENT or CONSUMED
     * @param retention what is older goes, such as P7D; at least P1D
     * @param shards into how many messages it is cut, by default 1
     * @param reason is kept in the audit
     */
    public record CleaningBody(
            @Nullable String kind,
            @Nullable String retention,
            @Nullable Integer shards,
            @Nullable String reason) {}

    /** Tasks, the newest command first. Immutable. */
    public record CleaningList(List<CleaningRow> cleanings) {}

    /**
     * One shard of one command, for one service. Immutable.
     *
     * @param state ASKED until the service reports, then DONE
     * @param left tables that were not finished
     */
    public record CleaningRow(
            String id,
            String service,
            String kind,
            int shard,
            int shards,
            String olderThan,
            String state,
            long deleted,
            long left,
            @Nullable String error,
            @Nullable String doneAt) {}

    /** Commands a cleaning of all services, as reliable messages, shard by shard. */
    @PostMapping
    CleaningList command(@RequestBody CleaningBody body, HttpServletRequest request) throws Exception {
        Caller caller = callers.require(request, Scope.COMMAND);
        Kind kind = kind(required("kind", body.kind()));
        Duration retention = duration(required("retention", body.retention()));
        String reason = required("reason", body.reason());
        int shards = body.shards() == null ? 1 : body.shards();
        Instant now = time.instant();
        ThreadLocalRandom random = ThreadLocalRandom.current();
        UUID entry = MessageId.of(now, random.nextLong(), random.nextLong()).uuid();
        audit.begin(new Audit.Entry(
                entry,
                now,
                caller.toString(),
                "clean " + kind,
                "older than " + retention + ", " + shards + " shards",
                null,
                null,
                reason,
                null));
        List<Task> tasks;
        try {
            tasks = commands.command(kind, retention, shards);
        } catch (Exception e) {
            audit.end(entry, null, null, "failed: " + e.getMessage());
            throw e;
        }
        audit.end(entry, null, null, "commanded " + tasks.size() + " shards of services");
        return new CleaningList(tasks.stream()
                .map(task -> row(new Progress(task, 0, 0, null, null)))
                .toList());
    }

    private static Kind kind(String name) {
        try {
            return Kind.valueOf(name.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw ApiProblem.invalid("kind", name, "one of " + Arrays.toString(Kind.values()));
        }
    }

    private static Duration duration(String text) {
        try {
            return Duration.parse(text);
        } catch (DateTimeException e) {
            throw ApiProblem.invalid("retention", text, "a duration such as P7D");
        }
    }

    /** What was commanded and reported. */
    @GetMapping
    CleaningList list(@RequestParam(name = "limit", defaultValue = "100") int limit, HttpServletRequest request) {
        callers.require(request, Scope.READ);
        return new CleaningList(
                cleanings.latest(limit).stream().map(CleaningController::row).toList());
    }

    private static CleaningRow row(Progress progress) {
        Task task = progress.task();
        Instant doneAt = progress.doneAt();
        return new CleaningRow(
                task.id().toString(),
                task.service(),
                task.kind().name(),
                task.shard(),
                task.shards(),
                task.bound().toString(),
                doneAt == null ? "ASKED" : "DONE",
                progress.deleted(),
                progress.left(),
                progress.error(),
                doneAt == null ? null : doneAt.toString());
    }
}

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

import io.carillon.messages.recovery.ParkedCommands;
import io.carillon.spring.central.CallerIdentity.Scope;
import jakarta.servlet.http.HttpServletRequest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/**
 * The messages that services received and could not handle, over HTTP. Each call is about one store: the one named by {@code
 * store}, by default the first, which is this process's own. Thread-safe.
 */
@RestController
@RequestMapping("/api/v1")
public final class ParkedController {

    private final Map<String, ParkedCommands> stores;
    private final CallerIdentity callers;

    /** @param stores by name, the own one first */
    ParkedController(Map<String, ParkedCommands> stores, CallerIdentity callers) {
        this.stores = new LinkedHashMap<>(stores);
        this.callers = callers;
    }

    private String name(@Nullable String store) {
        String name = store == null || store.isEmpty()
                ? stores.keySet().stream().findFirst().orElse("none")
                : store;
        if (!stores.containsKey(name)) {
            throw ApiProblem.missing("store", name, "one of " + stores.keySet());
        }
        return name;
    }

    private ParkedCommands commands(String name) {
        ParkedCommands commands = stores.get(name);
        if (commands == null) {
            throw ApiProblem.missing("store", name, "one of " + stores.keySet());
        }
        return commands;
    }

    /**
     * A page, oldest first. Immutable.
     *
     * @param next give it as {@code after} for the next page; null when nothing is left
     */
    public record ParkedPage(
            String store,
            List<ParkedRow> messages,
            @Nullable String next) {}

    /**
     * A parked message. Immutable.
     *
     * @param deliveries how often it was handed over in vain
     * @param reason what the handler threw last
     */
    public record ParkedRow(
            String id,
            String group,
            String producer,
            String topic,
            String tag,
            String key,
            String contentType,
            int bytes,
            int deliveries,
            String reason,
            String parkedAt) {}

    /** The parked messages, of one group or of all. */
    @GetMapping("/parked")
    ParkedPage list(
            @RequestParam(name = "store", required = false) @Nullable String store,
            @RequestParam(name = "group", required = false) @Nullable String group,
            @RequestParam(name = "after", required = false) @Nullable String after,
            @RequestParam(name = "limit", defaultValue = "50") int limit,
            HttpServletRequest request) {
        callers.require(request, Scope.READ);
        String name = name(store);
        ParkedCommands.Key last = after == null || after.isEmpty() ? null : ParkedCommands.Key.parse(after);
        List<ParkedCommands.Waiting> found =
                commands(name).list(group == null || group.isEmpty() ? null : group, last, limit);
        String next =
                found.size() < limit ? null : found.get(found.size() - 1).key().toString();
        return new ParkedPage(name, found.stream().map(ParkedController::row).toList(), next);
    }

    private static ParkedRow row(ParkedCommands.Waiting parked) {
        var received = parked.message();
        var message = received.message();
        return new ParkedRow(
                received.id().toString(),
                received.group(),
                received.producer(),
                message.topic(),
                message.tag(),
                message.key(),
                message.contentType(),
                message.payload().length,
                received.deliveryAttempt(),
                parked.reason(),
                parked.at().toString());
    }

    /** Which parked messages, and why. Immutable. */
    public record ParkedBody(
            @Nullable String store,
            @Nullable String reason,
            @Nullable List<ParkedKey> messages) {}

    /** One of them. Immutable. */
    public record ParkedKey(@Nullable String id, @Nullable String group) {}

    /** What a command did. Immutable. */
    public record ParkedReport(String store, Map<String, Long> counts, List<ParkedItem> items) {}

    /**
     * One message of a command. Immutable.
     *
     * @param outcome DONE, FAILED (it stays parked), ASKED (its service takes it within seconds), REFUSED, NOT_THERE
     * @param detail why it stays parked, or null
     */
    public record ParkedItem(
            String id,
            String group,
            String outcome,
            @Nullable String detail) {}

    /** Has messages handled once more. */
    @PostMapping("/parked:release")
    ParkedReport release(@RequestBody ParkedBody body, HttpServletRequest request) {
        return carryOut(body, request, ParkedCommands::release);
    }

    /** Gives messages up: they count as received, are confirmed to their producers, and are never handled. */
    @PostMapping("/parked:discard")
    ParkedReport discard(@RequestBody ParkedBody body, HttpServletRequest request) {
        return carryOut(body, request, ParkedCommands::discard);
    }

    private interface Command {
        ParkedCommands.Report on(ParkedCommands commands, String who, String reason, List<ParkedCommands.Key> keys);
    }

    private ParkedReport carryOut(ParkedBody body, HttpServletRequest request, Command command) {
        CallerIdentity.Caller caller = callers.require(request, Scope.COMMAND);
        String name = name(body.store());
        String reason = required("reason", body.reason());
        List<ParkedKey> messages = body.messages() == null ? List.of() : body.messages();
        List<ParkedCommands.Key> keys = messages.stream()
                .map(key -> ParkedCommands.Key.parse(required("id", key.id()) + " " + required("group", key.group())))
                .toList();
        ParkedCommands.Report report = command.on(commands(name), caller.toString(), reason, keys);
        Map<String, Long> counts = new LinkedHashMap<>();
        for (ParkedCommands.Outcome outcome : ParkedCommands.Outcome.values()) {
            counts.put(outcome.name(), report.count(outcome));
        }
        return new ParkedReport(
                name,
                counts,
                report.items().stream()
                        .map(item -> new ParkedItem(
                                item.key().id().toString(),
                                item.key().group(),
                                item.outcome().name(),
                                item.detail().isEmpty() ? null : item.detail()))
                        .toList());
    }
}

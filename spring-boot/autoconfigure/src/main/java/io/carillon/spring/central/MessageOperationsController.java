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
import io.carillon.messages.model.MessageState;
import io.carillon.messages.operations.Audit;
import io.carillon.messages.operations.DeadLetters;
import io.carillon.messages.operations.GroupLags;
import io.carillon.messages.operations.MessageCommands;
import io.carillon.messages.operations.MessageCommands.Order;
import io.carillon.messages.operations.MessageCommands.Report;
import io.carillon.messages.operations.MessageFilter;
import io.carillon.messages.operations.MessageOperations;
import io.carillon.messages.operations.MessageSearch;
import io.carillon.messages.operations.MessageSearch.Found;
import io.carillon.spring.central.CallerIdentity.Caller;
import io.carillon.spring.central.CallerIdentity.Scope;
import jakarta.servlet.http.HttpServletRequest;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/**
 * What people can see and do of messages, over HTTP. Each call is about one store: the one named by {@code store}, by default
 * the first, which is this process's own where it has one. Thread-safe.
 */
@RestController
@RequestMapping("/api/v1")
public final class MessageOperationsController {

    private static final int MOST_DEAD = 20_000;
    private static final int MOST_PAYLOAD = 64 * 1024;

    private final List<MessageOperations> stores;
    private final InstantSource time;
    private final CallerIdentity callers;
    private final @Nullable RepeatedCalls repeats;

    /** @param repeats null where keys of repeated calls are not kept: then such a key is refused */
    MessageOperationsController(
            List<MessageOperations> stores,
            InstantSource time,
            CallerIdentity callers,
            @Nullable RepeatedCalls repeats) {
        this.repeats = repeats;
        this.stores = List.copyOf(stores);
        this.time = time;
        this.callers = callers;
    }

    private MessageOperations store(@Nullable String name) {
        for (MessageOperations store : stores) {
            if (name == null || name.isEmpty() || store.store().equals(name)) {
                return store;
            }
        }
        throw ApiProblem.missing(
                "store",
                name == null || name.isEmpty() ? "none" : name,
                "one of " + stores.stream().map(MessageOperations::store).toList());
    }

    private MessageCommands commands(@Nullable String store) {
        MessageCommands commands = store(store).commands();
        if (commands == null) {
            throw new ApiProblem.ProblemException(
                    HttpStatus.FORBIDDEN,
                    "store: " + store + ", only read here (expected: one that takes commands). Nothing was changed; set"
                            + " carillon.center.stores." + store + ".commands=true and a user that may write.");
        }
        return commands;
    }

    // ---- see

    /** The stores by name. Immutable. */
    public record StoreList(List<StoreRow> stores) {}

    /** A store. Immutable. */
    public record StoreRow(String store, boolean commands) {}

    /** Which stores there are. */
    @GetMapping("/stores")
    StoreList stores(HttpServletRequest request) {
        callers.require(request, Scope.READ);
        return new StoreList(stores.stream()
                .map(store -> new StoreRow(store.store(), store.commands() != null))
                .toList());
    }

    /**
     * A message. Immutable.
     *
     * @param payload as text, where it is UTF-8 of at most 64 KiB; only for one message
     * @param confirmations only for one message
     */
    public record MessageRow(
            String id,
            String state,
            String topic,
            String tag,
            String key,
            String producer,
            int attempt,
            String madeAt,
            @Nullable String dueAt,
            @Nullable String sentAt,
            @Nullable String closedAt,
            @Nullable String owner,
            @Nullable String lastError,
            String contentType,
            int bytes,
            Map<String, String> headers,
            @Nullable String payload,
            @Nullable String payloadBase64,
            @Nullable List<ConfirmationRow> confirmations) {}

    /** A group's confirmation. Immutable. */
    public record ConfirmationRow(
            String group,
            @Nullable String confirmedAt,
            @Nullable String waivedBy) {}

    /**
     * A page. Immutable.
     *
     * @param next give it as {@code before} for the next page; null when everything was looked at. A page may be short, or
     *     empty, and still not be the last
     */
    public record MessagePage(
            String store,
            List<MessageRow> messages,
            @Nullable String next) {}

    /** One message, with its payload and its confirmations by consumer group. */
    @GetMapping("/messages/{id}")
    MessageRow message(
            @PathVariable("id") String text,
            @RequestParam(name = "store", required = false) @Nullable String store,
            HttpServletRequest request) {
        callers.require(request, Scope.READ);
        MessageId id = MessageBody.id(text, time);
        MessageSearch search = store(store).search();
        Found found = search.find(id)
                .orElseThrow(() -> ApiProblem.missing(
                        "message", id, "a message of store " + store(store).store()));
        return row(found, search);
    }

    private static MessageRow row(Found found, @Nullable MessageSearch details) {
        var stored = found.message();
        var message = stored.message();
        boolean open = !stored.state().isClosed() && stored.state() != MessageState.DEAD;
        String text = null;
        String bytes = null;
        List<ConfirmationRow> confirmations = null;
        if (details != null) {
            byte[] payload = message.payload();
            String decoded = message.text();
            if (payload.length <= MOST_PAYLOAD
                    && Arrays.equals(decoded.getBytes(java.nio.charset.StandardCharsets.UTF_8), payload)) {
                text = decoded;
            } else if (payload.length <= MOST_PAYLOAD) {
                bytes = Base64.getEncoder().encodeToString(payload);
            }
            confirmations = details.confirmations(stored.id()).stream()
                    .map(each -> new ConfirmationRow(each.group(), text(each.confirmedAt()), each.waivedBy()))
                    .toList();
        }
        return new MessageRow(
                stored.id().toString(),
                stored.state().name(),
                message.topic(),
                message.tag(),
                message.key(),
                stored.producer(),
                stored.attempt(),
                stored.id().time().toString(),
                open ? stored.dueAt().toString() : null,
                text(found.sentAt()),
                text(found.closedAt()),
                stored.owner(),
                stored.lastError(),
                message.contentType(),
                message.payload().length,
                message.headers(),
                text,
                bytes,
                confirmations);
    }

    private static @Nullable String text(@Nullable Instant instant) {
        return instant == null ? null : instant.toString();
    }

    /**
     * Messages that all given parameters match, newest first.
     *
     * @param state several are separated by commas
     * @param from made at this time or later, such as 2026-11-27T10:00:00Z
     * @param to made before
     * @param olderThan made longer ago than this, such as PT10M
     * @param attempts tried at least so often
     */
    @GetMapping("/messages")
    MessagePage search(
            @RequestParam(name = "store", required = false) @Nullable String store,
            @RequestParam(name = "state", required = false) @Nullable String state,
            @RequestParam(name = "topic", required = false) @Nullable String topic,
            @RequestParam(name = "tag", required = false) @Nullable String tag,
            @RequestParam(name = "key", required = false) @Nullable String key,
            @RequestParam(name = "producer", required = false) @Nullable String producer,
            @RequestParam(name = "group", required = false) @Nullable String group,
            @RequestParam(name = "from", required = false) @Nullable String from,
            @RequestParam(name = "to", required = false) @Nullable String to,
            @RequestParam(name = "olderThan", required = false) @Nullable String olderThan,
            @RequestParam(name = "attempts", required = false) @Nullable Integer attempts,
            @RequestParam(name = "before", required = false) @Nullable String before,
            @RequestParam(name = "limit", defaultValue = "50") int limit,
            HttpServletRequest request) {
        callers.require(request, Scope.READ);
        MessageFilter filter = new Selection(
                        states(state), topic, tag, key, producer, group, from, to, olderThan, attempts, null)
                .filter(time.instant());
        MessageSearch.Page page =
                store(store).search().search(filter, before == null ? null : MessageBody.id(before, time), limit);
        MessageId next = page.next();
        return new MessagePage(
                store(store).store(),
                page.found().stream().map(found -> row(found, null)).toList(),
                next == null ? null : next.toString());
    }

    private static @Nullable List<String> states(@Nullable String state) {
        return state == null ? null : List.of(state.split(","));
    }

    /**
     * Which messages are meant; what is left out does not matter. Immutable.
     *
     * @param attempts tried at least so often
     * @param cause dead messages of this cause only, as {@code /dead-letters} gives it
     */
    public record Selection(
            @Nullable List<String> states,
            @Nullable String topic,
            @Nullable String tag,
            @Nullable String key,
            @Nullable String producer,
            @Nullable String group,
            @Nullable String from,
            @Nullable String to,
            @Nullable String olderThan,
            @Nullable Integer attempts,
            @Nullable String cause) {

        MessageFilter filter(Instant now) {
            MessageState[] wanted = Objects.requireNonNullElse(states, List.<String>of()).stream()
                    .map(Selection::state)
                    .toArray(MessageState[]::new);
            Instant end = instant("to", to);
            if (olderThan != null) {
                Instant bound;
                try {
                    bound = now.minus(Duration.parse(olderThan));
                } catch (DateTimeException | ArithmeticException e) {
                    throw ApiProblem.invalid("olderThan", olderThan, "a duration such as PT10M or P7D");
                }
                end = end == null || bound.isBefore(end) ? bound : end;
            }
            return MessageFilter.all()
                    .states(wanted)
                    .topic(topic)
                    .tag(tag)
                    .key(key)
                    .producer(producer)
                    .group(group)
                    .made(instant("from", from), end)
                    .attempts(attempts == null ? 0 : attempts);
        }

        private static MessageState state(String name) {
            try {
                return MessageState.valueOf(name.strip().toUpperCase(Locale.ROOT));
            } catch (IllegalArgumentException e) {
                throw ApiProblem.invalid("state", name, "one of " + Arrays.toString(MessageState.values()));
            }
        }

        private static @Nullable Instant instant(String name, @Nullable String text) {
            try {
                return text == null ? null : Instant.parse(text);
            } catch (DateTimeException e) {
                throw ApiProblem.invalid(name, text, "a time such as 2026-11-27T10:00:00Z");
            }
        }
    }

    /** Counts. Immutable. */
    public record States(String store, Map<String, Long> states, long oldestOpenSeconds) {}

    /** How many messages are in each state, and how old the oldest open one is. */
    @GetMapping("/states")
    States states(@RequestParam(name = "store", required = false) @Nullable String store, HttpServletRequest request) {
        callers.require(request, Scope.READ);
        MessageOperations asked = store(store);
        Map<String, Long> counts = new LinkedHashMap<>();
        asked.queries().countByState().forEach((state, count) -> counts.put(state.name(), count));
        return new States(asked.store(), counts, asked.queries().oldestOpenAge().toSeconds());
    }

    /** Lags. Immutable. */
    public record Lags(String store, List<LagRow> groups) {}

    /**
     * How far a group is behind. Immutable.
     *
     * @param overdue how many of the outstanding ones the broker took longer than an hour ago
     */
    public record LagRow(
            String group,
            long outstanding,
            long overdue,
            @Nullable String oldest,
            long oldestSeconds) {}

    /** How many messages each consumer group has yet to confirm. */
    @GetMapping("/lag")
    Lags lag(@RequestParam(name = "store", required = false) @Nullable String store, HttpServletRequest request) {
        callers.require(request, Scope.READ);
        Instant now = time.instant();
        MessageOperations asked = store(store);
        return new Lags(
                asked.store(),
                asked.lags().lags(now.minus(GroupLags.OVERDUE)).stream()
                        .map(lag -> {
                            Instant oldest = lag.oldest();
                            long seconds = oldest == null
                                    ? 0
                                    : Math.max(0, Duration.between(oldest, now).toSeconds());
                            return new LagRow(lag.group(), lag.outstanding(), lag.overdue(), text(oldest), seconds);
                        })
                        .toList());
    }

    /** Dead letters. Immutable. */
    public record DeadLetterList(String store, int looked, boolean truncated, List<DeadLetterRow> groups) {}

    /** Dead messages of one topic and cause. Immutable. */
    public record DeadLetterRow(String topic, String cause, int count, String oldest, String newest) {}

    /** Dead messages grouped by topic and cause, the largest group first. */
    @GetMapping("/dead-letters")
    DeadLetterList deadLetters(
            @RequestParam(name = "store", required = false) @Nullable String store, HttpServletRequest request) {
        callers.require(request, Scope.READ);
        MessageOperations asked = store(store);
        DeadLetters dead = DeadLetters.of(asked.search(), MOST_DEAD);
        return new DeadLetterList(
                asked.store(),
                dead.looked(),
                dead.truncated(),
                dead.groups().stream()
                        .map(group -> new DeadLetterRow(
                                group.topic(),
                                group.cause(),
                                group.count(),
                                group.oldest().toString(),
                                group.newest().toString()))
                        .toList());
    }

    /** The audit. Immutable. */
    public record AuditPage(
            String store, List<AuditRow> entries, @Nullable String next) {}

    /** A command. Immutable. */
    public record AuditRow(
            String id,
            String at,
            String who,
            String what,
            String target,
            @Nullable String before,
            @Nullable String after,
            String reason,
            @Nullable String result) {}

    /** What people commanded, newest first. */
    @GetMapping("/message-audit")
    AuditPage audit(
            @RequestParam(name = "store", required = false) @Nullable String store,
            @RequestParam(name = "before", required = false) @Nullable String before,
            @RequestParam(name = "limit", defaultValue = "50") int limit,
            HttpServletRequest request) {
        callers.require(request, Scope.READ);
        UUID from = before == null ? null : MessageBody.id(before, time).uuid();
        List<Audit.Entry> entries = store(store).audit().latest(from, limit);
        String next = entries.size() < limit
                ? null
                : entries.get(entries.size() - 1).id().toString();
        return new AuditPage(
                store(store).store(),
                entries.stream()
                        .map(entry -> new AuditRow(
                                entry.id().toString(),
                                entry.at().toString(),
                                entry.who(),
                                entry.what(),
                                entry.target(),
                                entry.before(),
                                entry.after(),
                                entry.reason(),
                                entry.result()))
                        .toList(),
                next);
    }

    // ---- do

    /**
     * A command about messages: either ids, or a filter. Immutable.
     *
     * @param reason is kept in the audit
     * @param group waive only: whose confirmation is done without
     * @param dryRun says what would happen and changes nothing
     * @param limit takes no more messages than so many, by default 1,000, at most 10,000
     * @param perSecond replay only: how many become due in each second; 0, the default, for all at once
     */
    public record CommandBody(
            @Nullable String store,
            @Nullable String reason,
            @Nullable List<String> ids,
            @Nullable Selection filter,
            @Nullable String group,
            @Nullable Boolean dryRun,
            @Nullable Integer limit,
            @Nullable Integer perSecond) {}

    /**
     * What a command did. Immutable.
     *
     * @param truncated whether messages were left out
     * @param repeated whether this was done before, by a call with the same Idempotency-Key: then these are its counts, and the
     *     items are not kept
     * @param items one for each message taken: DONE, CONSUMED (all consumers have it, skipped), REFUSED, NOT_THERE, FAILED
     */
    public record CommandReport(
            String store,
            boolean dryRun,
            boolean repeated,
            boolean truncated,
            @Nullable String failure,
            Map<String, Long> counts,
            List<CommandItem> items) {}

    /** One message of a command. Immutable. */
    public record CommandItem(
            String id,
            String outcome,
            @Nullable String before,
            @Nullable String after) {}

    /** Has dead or unconfirmed messages sent again. */
    @PostMapping("/messages:replay")
    CommandReport replay(@RequestBody CommandBody body, HttpServletRequest request) {
        return carryOut(body, request, new Command() {
            @Override
            public Report on(MessageCommands commands, Order order, List<MessageId> ids) {
                return commands.replay(order, ids);
            }

            @Override
            public Report on(MessageCommands commands, Order order, MessageFilter filter) {
                return commands.replay(order, filter);
            }
        });
    }

    /** Gives dead messages up for good. */
    @PostMapping("/messages:discard")
    CommandReport discard(@RequestBody CommandBody body, HttpServletRequest request) {
        return carryOut(body, request, new Command() {
            @Override
            public Report on(MessageCommands commands, Order order, List<MessageId> ids) {
                return commands.discard(order, ids);
            }

            @Override
            public Report on(MessageCommands commands, Order order, MessageFilter filter) {
                return commands.discard(order, filter);
            }
        });
    }

    /** Does without a group's outstanding confirmations. */
    @PostMapping("/messages:waive")
    CommandReport waive(@RequestBody CommandBody body, HttpServletRequest request) {
        // what is missing is told to who may do it, and to nobody else
        return carryOut(body, request, new Command() {
            @Override
            public Report on(MessageCommands commands, Order order, List<MessageId> ids) {
                return commands.waive(order, required("group", body.group()), ids);
            }

            @Override
            public Report on(MessageCommands commands, Order order, MessageFilter filter) {
                return commands.waive(order, required("group", body.group()), filter);
            }
        });
    }

    private interface Command {
        Report on(MessageCommands commands, Order order, List<MessageId> ids);

        Report on(MessageCommands commands, Order order, MessageFilter filter);
    }

    /** Once for each {@code Idempotency-Key}; a dry run may be repeated anyway. */
    private CommandReport carryOut(CommandBody body, HttpServletRequest request, Command command) {
        Caller caller = callers.require(request, Scope.COMMAND);
        String key = request.getHeader("Idempotency-Key");
        if (key == null || Boolean.TRUE.equals(body.dryRun())) {
            return carryOut(body, caller, command);
        }
        if (repeats == null) {
            throw ApiProblem.invalid(
                    "Idempotency-Key", key, "none, because this process keeps none without the console");
        }
        Optional<String> before = repeats.begin(caller.name(), key, request.getRequestURI() + " " + body);
        if (before.isPresent()) {
            return kept(store(body.store()).store(), before.get());
        }
        CommandReport report;
        try {
            report = carryOut(body, caller, command);
        } catch (RuntimeException notDone) {
            repeats.forget(caller.name(), key);
            throw notDone;
        }
        repeats.end(caller.name(), key, keep(report));
        return report;
    }

    /** A report without its items, in lines. */
    private static String keep(CommandReport report) {
        StringBuilder lines = new StringBuilder().append(report.truncated()).append('\n');
        report.counts()
                .forEach((outcome, count) ->
                        lines.append(outcome).append('=').append(count).append('\n'));
        return lines.append(report.failure() == null ? "" : report.failure()).toString();
    }

    private static CommandReport kept(String store, String text) {
        String[] lines = text.split("\n", MessageCommands.Outcome.values().length + 2);
        Map<String, Long> counts = new LinkedHashMap<>();
        for (int i = 1; i < lines.length - 1; i++) {
            String[] count = lines[i].split("=", 2);
            counts.put(count[0], Long.valueOf(count[1]));
        }
        String failure = lines[lines.length - 1];
        return new CommandReport(
                store,
                false,
                true,
                Boolean.parseBoolean(lines[0]),
                failure.isEmpty() ? null : failure,
                counts,
                List.of());
    }

    private CommandReport carryOut(CommandBody body, Caller caller, Command command) {
        MessageCommands commands = commands(body.store());
        Order order = order(body, caller);
        List<String> texts = body.ids();
        Selection filter = body.filter();
        if ((texts == null) == (filter == null)) {
            throw ApiProblem.invalid(
                    "ids", texts == null ? "not set, nor filter" : "set, and filter too", "one of ids and filter");
        }
        Report report;
        boolean more = false;
        if (texts != null) {
            report = command.on(
                    commands,
                    order,
                    texts.stream().map(text -> MessageBody.id(text, time)).toList());
        } else {
            Selection chosen = Objects.requireNonNull(filter);
            String cause = chosen.cause();
            if (cause == null) {
                report = command.on(commands, order, chosen.filter(time.instant()));
            } else {
                List<MessageId> ids = new ArrayList<>(DeadLetters.ids(
                        store(body.store()).search(),
                        new DeadLetters.Choice(chosen.topic(), cause, null),
                        order.limit() + 1));
                more = ids.size() > order.limit();
                report = command.on(commands, order, ids.subList(0, Math.min(order.limit(), ids.size())));
            }
        }
        Map<String, Long> counts = new LinkedHashMap<>();
        for (MessageCommands.Outcome outcome : MessageCommands.Outcome.values()) {
            counts.put(outcome.name(), report.count(outcome));
        }
        return new CommandReport(
                store(body.store()).store(),
                report.dryRun(),
                false,
                report.truncated() || more,
                report.failure(),
                counts,
                report.items().stream()
                        .map(item -> new CommandItem(
                                item.id().toString(), item.outcome().name(), name(item.before()), name(item.after())))
                        .toList());
    }

    private static Order order(CommandBody body, Caller caller) {
        Order order = Order.of(caller.toString(), required("reason", body.reason()));
        if (Boolean.TRUE.equals(body.dryRun())) {
            order = order.asDryRun();
        }
        order = body.limit() == null ? order : order.limit(body.limit());
        return body.perSecond() == null ? order : order.perSecond(body.perSecond());
    }

    private static @Nullable String name(@Nullable MessageState state) {
        return state == null ? null : state.name();
    }
}

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
package io.carillon.console.api;

import io.carillon.console.ConsoleCluster;
import io.carillon.console.ConsoleMessages;
import io.carillon.console.ConsoleSources;
import io.carillon.console.access.Role;
import io.carillon.console.access.Visitor;
import io.carillon.console.ask.Answer;
import io.carillon.console.ask.Answer.Known;
import io.carillon.console.ask.Answer.Missing;
import io.carillon.console.ask.Ask;
import io.carillon.console.command.Command.Done;
import io.carillon.console.command.Commands;
import io.carillon.console.command.ImportJobs;
import io.carillon.console.command.JobCommand;
import io.carillon.console.command.RefusedException;
import io.carillon.jobs.history.Decision;
import io.carillon.jobs.operations.ClusterCopy;
import io.carillon.jobs.operations.ClusterCopy.ImportPlan;
import io.carillon.jobs.operations.Explanation;
import io.carillon.jobs.operations.JobQueries.JobStatus;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.model.MessageState;
import io.carillon.messages.operations.MessageCommands;
import io.carillon.messages.operations.MessageCommands.Order;
import io.carillon.messages.operations.MessageCommands.Report;
import io.carillon.messages.operations.MessageFilter;
import io.carillon.messages.operations.MessageSearch;
import io.carillon.messages.operations.MessageSearch.Found;
import jakarta.servlet.http.HttpServletRequest;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseBody;

/**
 * {@code /api/v1}: what is done to jobs, messages and whole clusters, and what they are asked in depth. Thread-safe.
 *
 * <p>A POST with the {@code Idempotency-Key} of an earlier one is answered as that was, and does nothing: this process remembers the
 * latest thousand. Commands pass the roles and the audit as those of the pages do.
 */
@Controller
@RequestMapping(path = "/api/v1")
public final class OperationsApi {
    private static final int MOST_MESSAGES = 1_000;
    private static final int MOST_ERROR = 500;

    private final ConsoleSources sources;
    private final List<ConsoleMessages> stores;
    private final Ask ask;
    private final Commands commands;
    private final Repeats repeats = new Repeats();

    public OperationsApi(ConsoleSources sources, Ask ask, Commands commands) {
        this.sources = sources;
        this.stores = sources.messages();
        this.ask = ask;
        this.commands = commands;
    }

    // ---- clusters and jobs

    public record ClusterList(List<ClusterName> clusters) {}

    public record ClusterName(String name) {}

    @GetMapping(path = "/clusters", produces = MediaType.APPLICATION_JSON_VALUE)
    @ResponseBody
    ClusterList clusters(HttpServletRequest request) {
        Visitor visitor = Visitor.of(request);
        return new ClusterList(sources.clusters().stream()
                .filter(cluster -> visitor.sees(cluster.name()))
                .map(cluster -> new ClusterName(cluster.name()))
                .toList());
    }

    /**
     * What a trigger asks for.
     *
     * @param time business time
     * @param items null or empty: all
     */
    public record RunOrder(
            @Nullable String parameter,
            @Nullable String time,
            @Nullable List<Integer> items,
            @Nullable String reason) {}

    public record RunAnswer(String cluster, String job, String request) {}

    @PostMapping(path = "/clusters/{cluster}/jobs/{job}/runs", produces = MediaType.APPLICATION_JSON_VALUE)
    @ResponseBody
    RunAnswer run(
            @PathVariable("cluster") String cluster,
            @PathVariable("job") String job,
            @RequestBody(required = false) @Nullable RunOrder order,
            @RequestHeader(name = "Idempotency-Key", required = false) @Nullable String key,
            HttpServletRequest request) {
        Visitor visitor = Visitor.of(request);
        RunOrder wanted = order == null ? new RunOrder(null, null, null, null) : order;
        Instant time = wanted.time() == null ? null : instant("time", wanted.time());
        return repeats.once(visitor.name() + " run " + cluster + " " + job, key, wanted, () -> {
            Done done = commands.run(
                    visitor,
                    new JobCommand.Trigger(
                            cluster,
                            job,
                            wanted.parameter(),
                            time,
                            wanted.items() == null ? List.of() : wanted.items()),
                    wanted.reason() == null ? "" : wanted.reason());
            return new RunAnswer(cluster, job, String.valueOf(done.values().get(1)));
        });
    }

    public record WhyAnswer(
            String cluster, String job, List<WhyFiring> firings, List<String> notes, boolean complete) {}

    public record WhyFiring(String due, boolean planned, List<WhyItem> items) {}

    public record WhyItem(int item, String state, String text) {}

    @GetMapping(path = "/clusters/{cluster}/jobs/{job}/why", produces = MediaType.APPLICATION_JSON_VALUE)
    @ResponseBody
    WhyAnswer why(
            @PathVariable("cluster") String name,
            @PathVariable("job") String job,
            @RequestParam("from") String from,
            @RequestParam("to") String to,
            HttpServletRequest request) {
        Instant first = instant("from", from);
        Instant last = instant("to", to);
        if (last.isBefore(first)) {
            throw invalid("to: " + to + " (expected: not before from)");
        }
        ConsoleCluster cluster = visibleJob(Visitor.of(request), name, job);
        Explanation why = known(name, "why " + job + " " + first + " " + last, () -> cluster.queries()
                .why(job, first, last));
        return new WhyAnswer(
                name,
                job,
                why.firings().stream()
                        .map(firing -> new WhyFiring(
                                firing.due().toString(),
                                firing.planned(),
                                firing.items().stream()
                                        .map(item -> new WhyItem(
                                                item.item(), item.state().name(), item.text()))
                                        .toList()))
                        .toList(),
                why.notes().stream().map(Decision::text).toList(),
                why.complete());
    }

    // ---- whole clusters

    @GetMapping(path = "/clusters/{cluster}/export", produces = "application/yaml;charset=UTF-8")
    @ResponseBody
    String export(@PathVariable("cluster") String name, HttpServletRequest request) {
        Visitor visitor = Visitor.of(request);
        ConsoleCluster cluster = cluster(visitor, name);
        // configurations hold what only those may see who may change them
        need(visitor, Role.EDITOR, name);
        return copy(cluster)
                .toText();
    }

    public record ImportAnswer(boolean dryRun, String text, List<Imported> jobs) {}

    public record Imported(
            String job, String step, @Nullable String failure) {}

    @PostMapping(
            path = "/clusters/{cluster}/imports",
            consumes = {"application/yaml", "text/plain"},
            produces = MediaType.APPLICATION_JSON_VALUE)
    @ResponseBody
    ImportAnswer importJobs(
            @PathVariable("cluster") String name,
            @RequestParam(name = "dryRun", defaultValue = "true") boolean dryRun,
            @RequestParam(name = "reason", defaultValue = "") String reason,
            @RequestBody byte[] body,
            HttpServletRequest request) {
        Visitor visitor = Visitor.of(request);
        ConsoleCluster cluster = cluster(visitor, name);
        need(visitor, Role.ADMIN, name);
        ClusterCopy wanted;
        try {
            wanted = ClusterCopy.ofText(new String(body, java.nio.charset.StandardCharsets.UTF_8));
        } catch (IllegalArgumentException e) {
            throw invalid(String.valueOf(e.getMessage()));
        }
        ImportPlan plan = wanted.planImportInto(
                copy(cluster));
        if (dryRun) {
            return new ImportAnswer(
                    true,
                    plan.toText(),
                    plan.jobs().stream()
                            .map(job -> new Imported(job.name(), job.step().name(), null))
                            .toList());
        }
        ImportJobs command = new ImportJobs(name, plan);
        commands.run(visitor, command, reason);
        return new ImportAnswer(
                false,
                plan.toText(),
                command.done().stream()
                        .map(done -> new Imported(done.jobName(), done.step().name(), done.failure()))
                        .toList());
    }

    // ---- messages

    public record MessageList(
            List<MessageRow> messages,
            List<String> unavailable,
            @Nullable String next) {}

    public record MessageRow(
            String id,
            String store,
            String state,
            String topic,
            String tag,
            String key,
            String producer,
            int attempt,
            String made,
            @Nullable String sentAt,
            @Nullable String lastError) {}

    @GetMapping(path = "/messages", produces = MediaType.APPLICATION_JSON_VALUE)
    @ResponseBody
    MessageList messages(
            @RequestParam(name = "q", defaultValue = "") String q,
            @RequestParam(name = "store", defaultValue = "") String store,
            @RequestParam(name = "limit", defaultValue = "50") int limit,
            HttpServletRequest request) {
        needEverywhere(Visitor.of(request), Role.VIEWER);
        if (limit < 1 || limit > MOST_MESSAGES) {
            throw invalid("limit: " + limit + " (expected: 1.." + MOST_MESSAGES + ")");
        }
        MessageFilter filter = filter(q);
        List<ConsoleMessages> asked = store.isEmpty() ? stores : List.of(store(store));
        List<MessageRow> rows = new ArrayList<>();
        List<String> unavailable = new ArrayList<>();
        boolean more = false;
        for (ConsoleMessages one : asked) {
            Answer<MessageSearch.Page> answer =
                    ask.now("store " + one.store(), "search " + limit + " " + filter, () -> one.search()
                            .get()
                            .search(filter, null, limit));
            if (answer instanceof Known<MessageSearch.Page> page) {
                page.value().found().forEach(found -> rows.add(row(one.store(), found)));
                more |= !page.value().isLast();
            } else {
                unavailable.add(one.store());
            }
        }
        rows.sort((a, b) -> b.id().compareTo(a.id()));
        List<MessageRow> shown = List.copyOf(rows.subList(0, Math.min(limit, rows.size())));
        boolean cut = more || shown.size() < rows.size();
        return new MessageList(
                shown,
                unavailable,
                cut && !shown.isEmpty() ? shown.get(shown.size() - 1).id() : null);
    }

    private static MessageRow row(String store, Found found) {
        String error = found.message().lastError();
        return new MessageRow(
                found.message().id().toString(),
                store,
                found.message().state().name(),
                found.message().message().topic(),
                found.message().message().tag(),
                found.message().message().key(),
                found.message().producer(),
                found.message().attempt(),
                found.message().id().time().toString(),
                found.sentAt() == null ? null : found.sentAt().toString(),
                error == null || error.length() <= MOST_ERROR ? error : error.substring(0, MOST_ERROR));
    }

    /**
     * Which messages are replayed, and how.
     *
     * @param q a filter; or null with {@code ids}
     * @param dryRun null or true: only foretells
     */
    public record ReplayOrder(
            @Nullable String store,
            @Nullable String q,
            @Nullable List<String> ids,
            @Nullable String reason,
            @Nullable Integer limit,
            @Nullable Integer perSecond,
            @Nullable Boolean dryRun) {}

    public record ReplayAnswer(
            boolean dryRun,
            Map<String, Long> counts,
            boolean truncated,
            @Nullable String failure,
            List<ReplayItem> items) {}

    public record ReplayItem(
            String id,
            String outcome,
            @Nullable String before,
            @Nullable String after) {}

    @PostMapping(path = "/messages/replays", produces = MediaType.APPLICATION_JSON_VALUE)
    @ResponseBody
    ReplayAnswer replay(
            @RequestBody ReplayOrder order,
            @RequestHeader(name = "Idempotency-Key", required = false) @Nullable String key,
            HttpServletRequest request) {
        Visitor visitor = Visitor.of(request);
        needEverywhere(visitor, Role.OPERATOR);
        if ((order.q() == null) == (order.ids() == null)) {
            throw invalid("q: " + order.q() + " (expected: a filter, or ids, and not both)");
        }
        ConsoleMessages store = store(order.store() == null ? "" : order.store());
        boolean dryRun = order.dryRun() == null || order.dryRun();
        if (!dryRun && (store.readOnly() || commands.isReadOnly())) {
            throw new RefusedException(403, "problem.readOnly");
        }
        try {
            MessageCommands replays = store.commands().get();
            Order how = new Order(
                    visitor.name().isEmpty() ? "anyone from " + visitor.from() : visitor.name(),
                    order.reason() == null ? "" : order.reason(),
                    dryRun,
                    order.limit() == null ? 1_000 : order.limit(),
                    order.perSecond() == null ? 0 : order.perSecond());
            Supplier<ReplayAnswer> act = () -> answer(
                    order.ids() != null
                            ? replays.replay(
                                    how,
                                    order.ids().stream().map(OperationsApi::id).toList())
                            : replays.replay(how, filter(order.q() == null ? "" : order.q())));
            return dryRun ? act.get() : repeats.once(visitor.name() + " replay", key, order, act);
        } catch (RefusedException e) {
            throw e;
        } catch (IllegalArgumentException e) {
            throw invalid(String.valueOf(e.getMessage()));
        } catch (RuntimeException e) {
            throw new RefusedException(503, "problem.failed", String.valueOf(e.getMessage()));
        }
    }

    private static ReplayAnswer answer(Report report) {
        Map<String, Long> counts = new TreeMap<>();
        report.items().forEach(item -> counts.merge(item.outcome().name(), 1L, Long::sum));
        return new ReplayAnswer(
                report.dryRun(),
                counts,
                report.truncated(),
                report.failure(),
                report.items().stream()
                        .map(item -> new ReplayItem(
                                item.id().toString(), item.outcome().name(), name(item.before()), name(item.after())))
                        .toList());
    }

    private static @Nullable String name(@Nullable MessageState state) {
        return state == null ? null : state.name();
    }

    private static MessageId id(String text) {
        try {
            return MessageId.parse(text);
        } catch (IllegalArgumentException e) {
            throw invalid("ids: " + text + " (expected: ids of messages)");
        }
    }

    /** A filter such as {@code state:dead topic:ORDERS from:2026-03-02T00:00:00Z}. */
    static MessageFilter filter(String q) {
        MessageFilter filter = MessageFilter.all();
        List<MessageState> states = new ArrayList<>();
        Instant from = null;
        Instant to = null;
        for (String word : q.strip().split("\\s+")) {
            if (word.isEmpty()) {
                continue;
            }
            int colon = word.indexOf(':');
            String name = colon < 0 ? "" : word.substring(0, colon).toLowerCase(Locale.ROOT);
            String value = word.substring(colon + 1);
            switch (name) {
                case "state" ->
                    states.add(Stream.of(MessageState.values())
                            .filter(state -> state.name().equalsIgnoreCase(value) && state != MessageState.UNKNOWN)
                            .findFirst()
                            .orElseThrow(
                                    () -> invalid("state: " + value + " (expected: one of waiting_confirm, sending,"
                                            + " sent, finished, dead, cancelled)")));
                case "topic" -> filter = filter.topic(value);
                case "tag" -> filter = filter.tag(value);
                case "key" -> filter = filter.key(value);
                case "producer" -> filter = filter.producer(value);
                case "group" -> filter = filter.group(value);
                case "from" -> from = instant("from", value);
                case "to" -> to = instant("to", value);
                default ->
                    throw invalid("q: " + word + " (expected: words that begin with state:, topic:, tag:, key:,"
                            + " producer:, group:, from: or to:)");
            }
        }
        return filter.states(states.toArray(MessageState[]::new)).made(from, to);
    }

    // ---- parts

    private ConsoleMessages store(String name) {
        return stores.stream()
                .filter(store -> store.store().equals(name))
                .findFirst()
                .orElseThrow(() -> invalid("store: " + name + " (expected: one of "
                        + stores.stream().map(ConsoleMessages::store).toList() + ")"));
    }

    private ConsoleCluster cluster(Visitor visitor, String name) {
        return sources.cluster(name)
                .filter(found -> visitor.sees(found.name()))
                .orElseThrow(() -> new RefusedException(404, "problem.unknownCluster", name));
    }

    private ConsoleCluster visibleJob(Visitor visitor, String name, String job) {
        ConsoleCluster cluster = cluster(visitor, name);
        Optional<JobStatus> status =
                known(name, "job " + job, () -> cluster.queries().job(job));
        status.filter(found -> visitor.may(Role.VIEWER, name, found.group()))
                .orElseThrow(() -> new RefusedException(404, "problem.unknownJob", job));
        return cluster;
    }

    private static void need(Visitor visitor, Role role, String cluster) {
        if (!visitor.may(role, cluster, io.carillon.console.access.Grant.ALL)) {
            throw new RefusedException(403, "problem.role", role.key(), cluster);
        }
    }

    private static void needEverywhere(Visitor visitor, Role role) {
        if (!visitor.mayEverywhere(role)) {
            throw new RefusedException(403, "problem.role", role.key(), "*");
        }
    }

    private <T> T known(String cluster, String what, Callable<T> call) {
        Answer<T> answer = ask.now("cluster " + cluster, what, call);
        if (answer instanceof Known<T> known) {
            return known.value();
        }
        throw new RefusedException(
                503,
                "problem.failed",
                answer instanceof Missing<T> missing && !missing.tooSlow() ? missing.reason() : "no answer in time");
    }

    /** One request per job: it may take longer than a page would wait. */
    private static ClusterCopy copy(ConsoleCluster cluster) {
        try {
            return ClusterCopy.read(cluster.queries(), cluster.commands());
        } catch (RuntimeException e) {
            throw new RefusedException(503, "problem.failed", String.valueOf(e.getMessage()));
        }
    }

    private static Instant instant(String name, String text) {
        try {
            return Instant.parse(text);
        } catch (DateTimeException e) {
            throw invalid(name + ": " + text + " (expected: a time such as 2026-11-27T02:00:00Z)");
        }
    }

    private static RefusedException invalid(String what) {
        return new RefusedException(422, "problem.invalid", what);
    }

    /** What was answered to requests with a key. Thread-safe: the same key twice at once is done once. */
    private static final class Repeats {
        private static final int KEPT = 1_000;
        private static final int LONGEST_KEY = 200;

        /** One key: who comes second waits for the first. */
        private static final class Kept {
            @Nullable
            Object order;

            @Nullable
            Object answer;
        }

        private final Map<String, Kept> answers = new LinkedHashMap<>() {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<String, Kept> eldest) {
                return size() > KEPT;
            }
        };

        @SuppressWarnings("unchecked") // a scope has one kind of answer
        <T> T once(String scope, @Nullable String key, Object order, Supplier<T> act) {
            if (key == null) {
                return act.get();
            }
            if (key.isBlank() || key.length() > LONGEST_KEY) {
                throw invalid("Idempotency-Key: " + key.length() + " characters (expected: 1.." + LONGEST_KEY + ")");
            }
            Kept kept;
            synchronized (answers) {
                kept = answers.computeIfAbsent(scope + '\n' + key, ignored -> new Kept());
            }
            synchronized (kept) {
                Object known = kept.answer;
                if (known == null) {
                    T answer = act.get();
                    kept.order = order;
                    kept.answer = answer;
                    return answer;
                }
                if (!order.equals(kept.order)) {
                    throw invalid("Idempotency-Key: used before for another request (expected: a key of its own)");
                }
                return (T) known;
            }
        }
    }
}

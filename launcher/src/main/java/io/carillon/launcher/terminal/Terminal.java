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
package io.carillon.launcher.terminal;

import com.fasterxml.jackson.databind.JsonNode;
import io.carillon.jobs.operations.ClusterCopy;
import io.carillon.jobs.operations.ClusterCopy.Comparison;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * The commands of {@code ./carillon} for a running centre: jobs, job, trigger, why, messages, replay, export, import, compare.
 * One command at a time.
 *
 * <p>Exit codes: 0 done; 1 the answer is no (clusters differ, a job is unwell and that was asked, something was not done); 2 bad
 * usage; 3 not there; 4 not allowed; 5 refused; 6 no answer.
 */
@Command(name = "carillon", sortOptions = false)
public final class Terminal {

    /** The commands that this class knows. */
    public static final List<String> COMMANDS =
            List.of("jobs", "job", "trigger", "why", "messages", "replay", "export", "import", "compare");

    private static final String DEFAULT_URL = "http://127.0.0.1:8848";
    private static final int RUNS_SHOWN = 10;
    private static final List<String> SELECTED_BY =
            List.of("state", "topic", "tag", "key", "producer", "group", "from", "to", "olderThan", "attempts");

    private final Map<String, String> environment;
    private final PrintStream out;
    private final PrintStream err;
    private final @Nullable BufferedReader answers;
    private final Words words;

    /**
     * @param environment CARILLON_URL, CARILLON_TOKEN, CARILLON_CLUSTER, CARILLON_LANG
     * @param answers where people answer questions; null: nobody is there, so what would be asked is not done
     * @param locale of the texts, where CARILLON_LANG says nothing
     */
    public Terminal(
            Map<String, String> environment,
            PrintStream out,
            PrintStream err,
            @Nullable BufferedReader answers,
            Locale locale) {
        this.environment = Map.copyOf(environment);
        this.out = out;
        this.err = err;
        this.answers = answers;
        String wanted = environment.getOrDefault("CARILLON_LANG", "");
        this.words = Words.of(
                wanted.isEmpty()
                        ? locale
                        : Locale.forLanguageTag(wanted.replace('_', '-').replaceAll("\\..*", "")),
                java.time.ZoneId.systemDefault());
    }

    /** Does one command, and returns the exit code. */
    public int run(List<String> arguments) {
        CommandLine line = new CommandLine(this)
                .setResourceBundle(words.bundle())
                .setOut(new java.io.PrintWriter(out, true, StandardCharsets.UTF_8))
                .setErr(new java.io.PrintWriter(err, true, StandardCharsets.UTF_8))
                .setParameterExceptionHandler((e, given) -> {
                    err.println(words.say("error.usage", TextTable.clean(String.valueOf(e.getMessage()))));
                    return CenterClient.USAGE;
                })
                .setExecutionExceptionHandler((e, command, parsed) -> {
                    if (e instanceof TerminalException said) {
                        err.println(said.getMessage());
                        return said.exitCode();
                    }
                    if (e instanceof InterruptedException) {
                        Thread.currentThread().interrupt();
                        err.println(words.say("error.interrupted"));
                        return CenterClient.NO_ANSWER;
                    }
                    throw e;
                });
        return line.execute(arguments.toArray(String[]::new));
    }

    /** Which centre, as whom, and how its answers are shown. */
    static final class Centre {
        @Option(names = "--url", paramLabel = "URL", descriptionKey = "url")
        @Nullable
        String url;

        @Option(names = "--token", paramLabel = "TOKEN", descriptionKey = "token")
        @Nullable
        String token;

        @Option(names = "--cluster", paramLabel = "NAME", descriptionKey = "cluster")
        @Nullable
        String cluster;

        @Option(names = "--json", descriptionKey = "json")
        boolean json;

        @Option(names = "--timeout", paramLabel = "SECONDS", descriptionKey = "timeout", defaultValue = "30")
        int timeout;

        @Option(
                names = {"-h", "--help"},
                usageHelp = true,
                descriptionKey = "help")
        boolean help;
    }

    private CenterClient client(Centre centre) {
        if (centre.timeout < 1 || centre.timeout > 3600) {
            throw new TerminalException(CenterClient.USAGE, words.say("error.timeout", centre.timeout));
        }
        String url = centre.url != null ? centre.url : environment.getOrDefault("CARILLON_URL", DEFAULT_URL);
        String token = centre.token != null ? centre.token : environment.getOrDefault("CARILLON_TOKEN", "");
        return new CenterClient(url, token.isEmpty() ? null : token, Duration.ofSeconds(centre.timeout), words);
    }

    /** The cluster that is meant: given, in the environment, or the only one that the centre shows. */
    private String cluster(Centre centre, CenterClient client) throws InterruptedException {
        if (centre.cluster != null) {
            return centre.cluster;
        }
        String given = environment.getOrDefault("CARILLON_CLUSTER", "");
        if (!given.isEmpty()) {
            return given;
        }
        List<String> names = new ArrayList<>();
        client.get("/clusters").path("clusters").forEach(one -> names.add(text(one, "name")));
        if (names.size() == 1) {
            return names.get(0);
        }
        throw new TerminalException(
                CenterClient.USAGE,
                names.isEmpty() ? words.say("error.noCluster") : words.say("error.whichCluster", names));
    }

    // ---- jobs

    @Command(name = "jobs", mixinStandardHelpOptions = false)
    int jobs(
            @Mixin Centre centre,
            @Parameters(arity = "0..*", paramLabel = "FILTER", descriptionKey = "jobsFilter") @Nullable
                    List<String> filter,
            @Option(names = "--health", paramLabel = "HEALTH", descriptionKey = "health") @Nullable String health,
            @Option(names = "--fail-on", paramLabel = "HEALTH", descriptionKey = "failOn") @Nullable String failOn)
            throws InterruptedException {
        List<String> failing = failOn == null
                ? List.of()
                : switch (failOn.toUpperCase(Locale.ROOT)) {
                    case "BAD" -> List.of("BAD");
                    case "WARNING" -> List.of("BAD", "WARNING");
                    default -> throw new TerminalException(CenterClient.USAGE, words.say("error.failOn", failOn));
                };
        CenterClient client = client(centre);
        String cluster = cluster(centre, client);
        Map<String, String> query = new LinkedHashMap<>();
        String asked = joined(filter);
        if (health != null) {
            asked = (asked == null ? "" : asked + " ") + "health:" + health.toLowerCase(Locale.ROOT);
        }
        putIfGiven(query, "q", asked);
        query.put("sort", "health");

        List<JsonNode> jobs = new ArrayList<>();
        JsonNode answer;
        int page = 1;
        do {
            query.put("page", Integer.toString(page));
            answer = client.get(CenterClient.path("/clusters/{}/jobs", cluster) + CenterClient.query(query));
            answer.path("jobs").forEach(jobs::add);
            page++;
        } while (answer.path("pages").asInt(1) >= page);
        if (centre.json) {
            com.fasterxml.jackson.databind.node.ArrayNode all =
                    com.fasterxml.jackson.databind.node.JsonNodeFactory.instance.arrayNode();
            jobs.forEach(all::add);
            out.println(CenterClient.pretty(all));
        } else if (jobs.isEmpty()) {
            out.println(words.say("jobs.none", cluster));
        } else {
            TextTable table = table("job", "health", "items", "lastRun", "nextRun", "reason");
            jobs.forEach(job -> table.add(List.of(
                    text(job, "name"),
                    words.word("health", text(job, "health")),
                    text(job, "itemsOwned") + "/" + text(job, "items"),
                    lastRun(job.path("lastRun")),
                    words.time(text(job, "nextRun")),
                    first(job.path("healthReasons")))));
            print(table);
        }
        return jobs.stream().anyMatch(job -> failing.contains(text(job, "health"))) ? CenterClient.SAID_NO : 0;
    }

    private String lastRun(JsonNode run) {
        return run.isMissingNode() || run.isNull()
                ? "-"
                : words.time(text(run, "started")) + " " + words.word("outcome", text(run, "outcome"));
    }

    @Command(name = "job")
    int job(@Mixin Centre centre, @Parameters(paramLabel = "NAME", descriptionKey = "jobName") String name)
            throws InterruptedException {
        CenterClient client = client(centre);
        JsonNode answer = client.get(CenterClient.path("/clusters/{}/jobs/{}", cluster(centre, client), name));
        if (centre.json) {
            return json(answer);
        }
        JsonNode job = answer.path("job");
        line("job", text(job, "name") + "  " + text(job, "description"));
        line("class", text(job, "jobClass"));
        line("cron", orDash(text(job, "cron")) + "  " + text(job, "zone"));
        line("nextRun", words.time(text(job, "nextRun")));
        line("health", words.word("health", text(job, "health")));
        job.path("healthReasons").forEach(reason -> out.println("    " + TextTable.clean(reason.asText())));
        line("leader", orDash(text(job, "leader")));
        List<String> instances = new ArrayList<>();
        job.path("instances").forEach(instance -> instances.add(instance.asText()));
        line("instances", instances.isEmpty() ? "-" : String.join(" ", instances));
        out.println();
        TextTable items = table("item", "parameter", "owner", "runningOn", "state");
        answer.path("items")
                .forEach(item -> items.add(List.of(
                        text(item, "item"),
                        text(item, "parameter"),
                        orDash(text(item, "owner")) + (item.path("ownerOnline").asBoolean(true) ? "" : " !"),
                        orDash(text(item, "runningOn")),
                        item.path("disabled").asBoolean() ? words.say("item.disabled") : "")));
        print(items);
        JsonNode runs = answer.path("runs");
        if (runs.isArray() && !runs.isEmpty()) {
            out.println();
            TextTable table = table("started", "item", "instance", "outcome", "duration", "cause");
            for (int i = 0; i < Math.min(RUNS_SHOWN, runs.size()); i++) {
                JsonNode run = runs.get(i);
                table.add(List.of(
                        words.time(text(run, "started")),
                        text(run, "item"),
                        text(run, "instance"),
                        words.word("outcome", text(run, "outcome")),
                        text(run, "durationMillis") + " ms",
                        text(run, "cause").lines().findFirst().orElse("")));
            }
            print(table);
        }
        return 0;
    }

    @Command(name = "trigger")
    int trigger(
            @Mixin Centre centre,
            @Parameters(paramLabel = "NAME", descriptionKey = "jobName") String name,
            @Option(names = "--parameter", paramLabel = "TEXT", descriptionKey = "parameter") @Nullable
                    String parameter,
            @Option(names = "--time", paramLabel = "TIME", descriptionKey = "businessTime") @Nullable String time,
            @Option(names = "--items", paramLabel = "N", split = ",", descriptionKey = "items") @Nullable
                    List<Integer> items,
            @Option(names = "--instances", paramLabel = "ID", split = ",", descriptionKey = "instances") @Nullable
                    List<String> instances,
            @Option(names = "--even-if-disabled", descriptionKey = "evenIfDisabled") boolean evenIfDisabled,
            @Option(names = "--dry-run", descriptionKey = "dryRun") boolean dryRun,
            @Option(names = "--reason", paramLabel = "TEXT", descriptionKey = "reason") @Nullable String reason,
            @Option(names = "--key", paramLabel = "KEY", descriptionKey = "key") @Nullable String key)
            throws InterruptedException {
        Map<String, Object> body = new LinkedHashMap<>();
        if (parameter != null) {
            body.put("parameter", parameter);
        }
        if (time != null) {
            body.put("time", instant("--time", time).toString());
        }
        if (items != null) {
            body.put("items", items);
        }
        if (instances != null) {
            body.put("instances", instances);
        }
        if (evenIfDisabled) {
            body.put("evenIfDisabled", true);
        }
        if (dryRun) {
            body.put("dryRun", true);
        }
        if (reason != null) {
            body.put("reason", reason);
        }
        CenterClient client = client(centre);
        JsonNode answer = client.post(
                CenterClient.path("/clusters/{}/jobs/{}/runs", cluster(centre, client), name),
                body,
                Map.of("Idempotency-Key", key == null ? UUID.randomUUID().toString() : key));
        if (centre.json) {
            return json(answer);
        }
        if (dryRun) {
            out.println(TextTable.clean(text(answer, "text")));
            for (JsonNode item : answer.path("plan")) {
                String fate = words.word("fate", text(item, "fate"));
                out.println(
                        "    " + words.say("trigger.item", text(item, "item"), fate, orDash(text(item, "instance"))));
            }
            return 0;
        }
        out.println(words.say("trigger.done", TextTable.clean(name), orDash(text(answer, "after"))));
        return 0;
    }

    @Command(name = "why")
    int why(
            @Mixin Centre centre,
            @Parameters(paramLabel = "NAME", descriptionKey = "jobName") String name,
            @Option(names = "--at", paramLabel = "TIME", descriptionKey = "at") @Nullable String at,
            @Option(names = "--from", paramLabel = "TIME", descriptionKey = "from") @Nullable String from,
            @Option(names = "--to", paramLabel = "TIME", descriptionKey = "to") @Nullable String to)
            throws InterruptedException {
        if ((at == null) == (from == null && to == null) || (from == null) != (to == null)) {
            throw new TerminalException(CenterClient.USAGE, words.say("error.slot"));
        }
        Map<String, String> query = new LinkedHashMap<>();
        if (at != null) {
            // firings are due at whole seconds
            String second = instant("--at", at).truncatedTo(ChronoUnit.SECONDS).toString();
            query.put("from", second);
            query.put("to", second);
        } else {
            query.put("from", instant("--from", String.valueOf(from)).toString());
            query.put("to", instant("--to", String.valueOf(to)).toString());
        }
        CenterClient client = client(centre);
        JsonNode answer = client.get(CenterClient.path("/clusters/{}/jobs/{}/why", cluster(centre, client), name)
                + CenterClient.query(query));
        if (centre.json) {
            return json(answer);
        }
        if (answer.path("firings").isEmpty()) {
            out.println(words.say("why.none"));
        }
        for (JsonNode firing : answer.path("firings")) {
            out.println(words.time(text(firing, "due"))
                    + (firing.path("planned").asBoolean(true) ? "" : "  " + words.say("why.unplanned")));
            for (JsonNode item : firing.path("items")) {
                out.println("    " + words.say("why.item", text(item, "item"), words.word("state", text(item, "state")))
                        + "  " + TextTable.clean(text(item, "text")));
            }
        }
        if (!answer.path("complete").asBoolean(true)) {
            out.println(words.say("why.incomplete"));
        }
        return 0;
    }

    // ---- messages

    @Command(name = "messages")
    int messages(
            @Mixin Centre centre,
            @Parameters(arity = "0..*", paramLabel = "FILTER", descriptionKey = "messageFilter") @Nullable
                    List<String> filter,
            @Option(names = "--store", paramLabel = "NAME", descriptionKey = "store") @Nullable String store,
            @Option(names = "--limit", paramLabel = "N", descriptionKey = "limit", defaultValue = "50") int limit)
            throws InterruptedException {
        CenterClient client = client(centre);
        Map<String, String> selection = selection(filter);
        List<String> stores = new ArrayList<>();
        if (store == null) {
            client.get("/stores").path("stores").forEach(one -> stores.add(text(one, "store")));
        } else {
            stores.add(store);
        }
        com.fasterxml.jackson.databind.node.ArrayNode pages =
                com.fasterxml.jackson.databind.node.JsonNodeFactory.instance.arrayNode();
        TextTable table = table("id", "state", "topic", "tag", "key", "attempt", "store", "error");
        List<String> unavailable = new ArrayList<>();
        boolean more = false;
        for (String one : stores) {
            Map<String, String> query = new LinkedHashMap<>(selection);
            query.put("store", one);
            query.put("limit", Integer.toString(limit));
            JsonNode page;
            try {
                page = client.get("/messages" + CenterClient.query(query));
            } catch (TerminalException e) {
                if (stores.size() == 1 || e.exitCode() != CenterClient.NO_ANSWER) {
                    throw e;
                }
                unavailable.add(one);
                continue;
            }
            pages.add(page);
            more |= page.hasNonNull("next");
            page.path("messages")
                    .forEach(message -> table.add(List.of(
                            text(message, "id"),
                            words.word("state", text(message, "state")),
                            text(message, "topic"),
                            text(message, "tag"),
                            text(message, "key"),
                            text(message, "attempt"),
                            one,
                            text(message, "lastError").lines().findFirst().orElse(""))));
        }
        if (centre.json) {
            out.println(CenterClient.pretty(pages));
            return unavailable.isEmpty() ? 0 : CenterClient.SAID_NO;
        }
        if (table.isEmpty()) {
            out.println(words.say("messages.none"));
        } else {
            print(table);
        }
        unavailable.forEach(one -> out.println(words.say("messages.unavailable", TextTable.clean(one))));
        if (more) {
            out.println(words.say("messages.more"));
        }
        return unavailable.isEmpty() ? 0 : CenterClient.SAID_NO;
    }

    /** Words such as {@code state:dead topic:ORDERS} as the parameters of the centre's search. */
    private Map<String, String> selection(@Nullable List<String> filter) {
        Map<String, String> selection = new LinkedHashMap<>();
        for (String word : filter == null ? List.<String>of() : filter) {
            String[] parts = word.split(":", 2);
            if (parts.length < 2 || parts[1].isEmpty() || !SELECTED_BY.contains(parts[0])) {
                throw new TerminalException(CenterClient.USAGE, words.say("error.filter", word, SELECTED_BY));
            }
            selection.merge(parts[0], parts[1], (before, now) -> before + "," + now);
        }
        return selection;
    }

    @Command(name = "replay")
    int replay(
            @Mixin Centre centre,
            @Parameters(arity = "0..*", paramLabel = "FILTER", descriptionKey = "replayFilter") @Nullable
                    List<String> filter,
            @Option(names = "--id", paramLabel = "ID", split = ",", descriptionKey = "ids") @Nullable List<String> ids,
            @Option(names = "--store", paramLabel = "NAME", required = true, descriptionKey = "store") String store,
            @Option(names = "--reason", paramLabel = "TEXT", required = true, descriptionKey = "reason") String reason,
            @Option(names = "--limit", paramLabel = "N", descriptionKey = "replayLimit", defaultValue = "1000")
                    int limit,
            @Option(names = "--per-second", paramLabel = "N", descriptionKey = "perSecond", defaultValue = "0")
                    int perSecond,
            @Option(names = "--key", paramLabel = "KEY", descriptionKey = "key") @Nullable String key,
            @Option(names = "--dry-run", descriptionKey = "dryRun") boolean dryRun,
            @Option(names = "--yes", descriptionKey = "yes") boolean yes)
            throws InterruptedException {
        if ((filter == null) == (ids == null)) {
            throw new TerminalException(CenterClient.USAGE, words.say("error.replayWhat"));
        }
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("store", store);
        if (ids != null) {
            body.put("ids", ids);
        } else {
            Map<String, Object> selected = new LinkedHashMap<>(selection(filter));
            Object states = selected.remove("state");
            if (states != null) {
                selected.put("states", List.of(states.toString().split(",", -1)));
            }
            body.put("filter", selected);
        }
        body.put("reason", reason);
        body.put("limit", limit);
        body.put("perSecond", perSecond);
        body.put("dryRun", true);
        CenterClient client = client(centre);
        JsonNode foretold = client.post("/messages:replay", body, Map.of());
        if (dryRun && centre.json) {
            return json(foretold);
        }
        if (!centre.json) {
            out.println(report("replay.foretold", foretold));
        }
        int replayable = foretold.path("counts").path("DONE").asInt();
        if (dryRun || replayable == 0) {
            return dryRun || replayable > 0 ? 0 : CenterClient.SAID_NO;
        }
        if (!agreed(yes, words.say("replay.ask", replayable))) {
            return CenterClient.SAID_NO;
        }
        body.put("dryRun", false);
        JsonNode done = client.post(
                "/messages:replay",
                body,
                Map.of("Idempotency-Key", key == null ? UUID.randomUUID().toString() : key));
        if (centre.json) {
            json(done);
        } else {
            out.println(report("replay.done", done));
            TextTable left = table("id", "outcome", "before");
            done.path("items").forEach(item -> {
                if (!text(item, "outcome").equals("DONE")) {
                    left.add(List.of(
                            text(item, "id"),
                            words.word("replayed", text(item, "outcome")),
                            words.word("state", text(item, "before"))));
                }
            });
            if (!left.isEmpty()) {
                print(left);
            }
        }
        boolean all =
                done.path("items").size() == done.path("counts").path("DONE").asInt()
                        && !done.path("truncated").asBoolean()
                        && !done.hasNonNull("failure");
        return all ? 0 : CenterClient.SAID_NO;
    }

    private String report(String key, JsonNode report) {
        JsonNode counts = report.path("counts");
        String text = words.say(
                key,
                counts.path("DONE").asInt(),
                counts.path("REFUSED").asInt(),
                counts.path("NOT_THERE").asInt(),
                counts.path("FAILED").asInt());
        if (report.path("truncated").asBoolean()) {
            text += " " + words.say("replay.truncated");
        }
        if (report.hasNonNull("failure")) {
            text += " " + TextTable.clean(text(report, "failure"));
        }
        return text;
    }

    // ---- whole clusters

    @Command(name = "export")
    int export(
            @Mixin Centre centre,
            @Option(
                            names = {"-o", "--output"},
                            paramLabel = "FILE",
                            descriptionKey = "output")
                    @Nullable
                    String file)
            throws InterruptedException {
        CenterClient client = client(centre);
        String text = client.text(CenterClient.path("/clusters/{}/export", cluster(centre, client)));
        if (file == null) {
            out.print(text);
            out.flush();
            return 0;
        }
        try {
            Files.writeString(Path.of(file), text);
        } catch (IOException | InvalidPathException e) {
            throw new TerminalException(
                    CenterClient.USAGE, words.say("error.file", file, String.valueOf(e.getMessage())));
        }
        out.println(words.say("export.done", ClusterCopy.ofText(text).jobs().size(), file));
        return 0;
    }

    @Command(name = "import")
    int importJobs(
            @Mixin Centre centre,
            @Parameters(paramLabel = "FILE", descriptionKey = "input") String file,
            @Option(names = "--dry-run", descriptionKey = "dryRun") boolean dryRun,
            @Option(names = "--reason", paramLabel = "TEXT", descriptionKey = "reason") @Nullable String reason,
            @Option(names = "--yes", descriptionKey = "yes") boolean yes)
            throws InterruptedException {
        String text = fileText(file);
        copyOf(file, text);
        CenterClient client = client(centre);
        String path = CenterClient.path("/clusters/{}/imports", cluster(centre, client));
        Map<String, String> query = new LinkedHashMap<>();
        putIfGiven(query, "reason", reason);
        query.put("dryRun", "true");
        JsonNode plan = client.postText(path + CenterClient.query(query), text, "application/yaml");
        if (dryRun && centre.json) {
            return json(plan);
        }
        if (!centre.json) {
            out.print(text(plan, "text"));
        }
        long changes = count(plan, "ADD") + count(plan, "UPDATE");
        if (dryRun || changes == 0) {
            if (changes == 0 && !centre.json) {
                out.println(words.say("import.nothing"));
            }
            return count(plan, "REFUSED") == 0 ? 0 : CenterClient.SAID_NO;
        }
        if (!agreed(yes, words.say("import.ask", count(plan, "ADD"), count(plan, "UPDATE")))) {
            return CenterClient.SAID_NO;
        }
        query.put("dryRun", "false");
        JsonNode done = client.postText(path + CenterClient.query(query), text, "application/yaml");
        int failed = 0;
        for (JsonNode job : done.path("jobs")) {
            if (job.hasNonNull("failure")) {
                failed++;
                if (!centre.json) {
                    out.println(
                            "! " + TextTable.clean(text(job, "job")) + ": " + TextTable.clean(text(job, "failure")));
                }
            }
        }
        if (centre.json) {
            json(done);
        } else {
            out.println(words.say("import.done", changes - Math.min(changes, failed), failed));
        }
        return failed == 0 ? 0 : CenterClient.SAID_NO;
    }

    private static long count(JsonNode plan, String step) {
        long count = 0;
        for (JsonNode job : plan.path("jobs")) {
            count += text(job, "step").equals(step) ? 1 : 0;
        }
        return count;
    }

    @Command(name = "compare")
    int compare(
            @Mixin Centre centre,
            @Parameters(index = "0", paramLabel = "A", descriptionKey = "side") String first,
            @Parameters(index = "1", paramLabel = "B", descriptionKey = "side") String second)
            throws InterruptedException {
        Comparison comparison = side(centre, first).compareWith(side(centre, second));
        if (centre.json) {
            out.println(CenterClient.pretty(new com.fasterxml.jackson.databind.ObjectMapper().valueToTree(comparison)));
        } else {
            out.print(comparison.toText(first, second));
        }
        return comparison.isSame() ? 0 : CenterClient.SAID_NO;
    }

    /** A file where there is one of that name, or else a cluster of the centre. */
    private ClusterCopy side(Centre centre, String name) throws InterruptedException {
        boolean file;
        try {
            file = Files.isRegularFile(Path.of(name));
        } catch (InvalidPathException e) {
            file = false;
        }
        return copyOf(
                name, file ? fileText(name) : client(centre).text(CenterClient.path("/clusters/{}/export", name)));
    }

    private ClusterCopy copyOf(String name, String text) {
        try {
            return ClusterCopy.ofText(text);
        } catch (IllegalArgumentException e) {
            throw new TerminalException(CenterClient.USAGE, name + ": " + e.getMessage());
        }
    }

    private String fileText(String file) {
        try {
            return Files.readString(Path.of(file));
        } catch (IOException | InvalidPathException e) {
            throw new TerminalException(
                    CenterClient.USAGE, words.say("error.file", file, String.valueOf(e.getMessage())));
        }
    }

    // ---- parts

    /** Whether it may be done: said beforehand, or answered now. */
    private boolean agreed(boolean yes, String question) {
        if (yes) {
            return true;
        }
        if (answers == null) {
            err.println(words.say("ask.nobody"));
            return false;
        }
        err.print(question + " " + words.say("ask.choice") + " ");
        err.flush();
        try {
            String answer = answers.readLine();
            if (answer != null
                    && List.of("y", "yes", "是").contains(answer.strip().toLowerCase(Locale.ROOT))) {
                return true;
            }
        } catch (IOException e) {
            // nobody answers: no
        }
        err.println(words.say("ask.no"));
        return false;
    }

    /** A time with an offset, or one of the terminal's zone. */
    private Instant instant(String option, String text) {
        try {
            return Instant.parse(text);
        } catch (DateTimeException e) {
            // another form, perhaps
        }
        String iso = text.strip().replaceFirst("(?<=\\d) (?=\\d)", "T");
        try {
            return OffsetDateTime.parse(iso).toInstant();
        } catch (DateTimeException e) {
            // another form, perhaps
        }
        try {
            return LocalDateTime.parse(iso).atZone(words.zone()).toInstant();
        } catch (DateTimeException e) {
            throw new TerminalException(CenterClient.USAGE, words.say("error.time", option, text));
        }
    }

    private TextTable table(String... titles) {
        return new TextTable(List.of(titles).stream()
                .map(title -> words.say("title." + title))
                .toList());
    }

    private void print(TextTable table) {
        table.lines().forEach(out::println);
    }

    private void line(String title, String value) {
        String name = words.say("title." + title);
        out.println(name + " ".repeat(Math.max(1, 12 - TextTable.width(name))) + TextTable.clean(value));
    }

    private int json(JsonNode answer) {
        out.println(CenterClient.pretty(answer));
        return 0;
    }

    private static String text(JsonNode node, String member) {
        JsonNode value = node.path(member);
        return value.isNull() || value.isMissingNode() ? "" : value.asText();
    }

    private static String first(JsonNode array) {
        return array.isEmpty() ? "" : array.get(0).asText();
    }

    private static String orDash(String text) {
        return text.isEmpty() ? "-" : text;
    }

    private static @Nullable String joined(@Nullable List<String> words) {
        return words == null || words.isEmpty() ? null : String.join(" ", words);
    }

    private static void putIfGiven(Map<String, String> query, String name, @Nullable String value) {
        if (value != null && !value.isBlank()) {
            query.put(name, value);
        }
    }
}

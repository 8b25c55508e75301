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
package io.carillon.console;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.console.access.Accounts;
import io.carillon.console.access.Grant;
import io.carillon.console.access.Role;
import io.carillon.console.command.Trail;
import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.coordination.Registry;
import io.carillon.jobs.history.RunRecord;
import io.carillon.jobs.operations.JobCommands.Stored;
import io.carillon.jobs.operations.RegistryOperations;
import io.carillon.messages.model.MessageId;
import io.carillon.testkit.jobs.InMemoryRegistry;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.springframework.http.HttpMethod;
import org.springframework.mock.web.MockHttpServletResponse;
import org.springframework.test.web.servlet.request.MockHttpServletRequestBuilder;
import org.springframework.test.web.servlet.request.MockMvcRequestBuilders;
import org.springframework.web.bind.annotation.RequestMethod;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;

/**
 * Who may ask what: every route that the console really has, for every role in every scope. A route without a row fails, and so
 * does a row without a route.
 */
class RoleMatrixTest {
    private static final InstantSource TIME = InstantSource.fixed(Samples.NOW);
    private static final String JOB = "billing-run";

    /** What a route is about: from where on a grant reaches it. */
    private enum About {
        /** For everybody, also without a login. */
        NOBODY,
        /** For everybody who is in. */
        NOTHING,
        /** Whatever cluster one may see. */
        SOME_CLUSTER,
        /** A cluster, as far as one may see of it. */
        A_CLUSTER,
        /** One job of group {@code billing} in cluster {@code shop}. */
        A_JOB,
        /** All of cluster {@code shop}. */
        A_WHOLE_CLUSTER,
        /** Messages, which belong to no cluster: who sees all of some cluster sees them. */
        MESSAGES,
        /** The console itself. */
        EVERYTHING
    }

    /** @param send how it is asked, by example */
    private record Row(About about, Role least, String address, List<String> send) {}

    private static final Map<String, Row> ROWS = new LinkedHashMap<>();

    private static void row(String route, About about, Role least, String address, String... send) {
        assertThat(ROWS.put(route, new Row(about, least, address, List.of(send))))
                .as(route)
                .isNull();
    }

    private static final String SHOP = "/clusters/shop";
    private static final String API = "/api/v1/clusters/shop";
    private static final String RUN = new UUID(7, 7).toString();
    private static final MessageShop ORDERS = new MessageShop("orders");
    private static final MessageId DEAD = ORDERS.dead("4711", "down");
    private static final UUID ENTRY = UUID.fromString("019aab00-0000-7000-8000-000000000001");

    static {
        row("GET /assets/{hash}/{name}", About.NOBODY, Role.VIEWER, "/assets/x/console.css");
        row("GET /login", About.NOBODY, Role.VIEWER, "/login");
        row("POST /login", About.NOBODY, Role.VIEWER, "/login", "name", "x", "password", "y");
        row("POST /logout", About.NOTHING, Role.VIEWER, "/logout");
        row("GET /welcome", About.NOBODY, Role.VIEWER, "/welcome");
        row("POST /welcome", About.NOBODY, Role.VIEWER, "/welcome", "password", "x", "again", "y");
        row("GET /preferences", About.NOBODY, Role.VIEWER, "/preferences");
        row("POST /preferences", About.NOBODY, Role.VIEWER, "/preferences");

        row("GET /", About.SOME_CLUSTER, Role.VIEWER, "/");
        row("GET /stream", About.NOTHING, Role.VIEWER, "/stream?topics=shop");
        row("GET /clusters", About.SOME_CLUSTER, Role.VIEWER, "/clusters");
        row("GET /clusters/{cluster}", About.A_CLUSTER, Role.VIEWER, SHOP);
        row("GET /clusters/{cluster}/jobs", About.A_CLUSTER, Role.VIEWER, SHOP + "/jobs");
        row("POST /clusters/{cluster}/views", About.A_CLUSTER, Role.VIEWER, SHOP + "/views", "name", "mine");
        row("GET /clusters/{cluster}/schedule", About.A_CLUSTER, Role.VIEWER, SHOP + "/schedule?cron=0+0+1+*+*+?");
        row("GET /clusters/{cluster}/instances", About.A_CLUSTER, Role.VIEWER, SHOP + "/instances");
        row(
                "GET /clusters/{cluster}/instances/{instance}",
                About.A_CLUSTER,
                Role.VIEWER,
                SHOP + "/instances/" + Samples.ONE);
        row("GET /clusters/{cluster}/jobs/{job}", About.A_JOB, Role.VIEWER, SHOP + "/jobs/" + JOB);
        row(
                "GET /clusters/{cluster}/jobs/{job}/timeline",
                About.A_JOB,
                Role.VIEWER,
                SHOP + "/jobs/" + JOB + "/timeline");
        row(
                "GET /clusters/{cluster}/jobs/{job}/runs/{run}",
                About.A_JOB,
                Role.VIEWER,
                SHOP + "/jobs/" + JOB + "/runs/" + RUN);
        row("GET /clusters/{cluster}/jobs/{job}/edit", About.A_JOB, Role.EDITOR, SHOP + "/jobs/" + JOB + "/edit");
        row(
                "POST /clusters/{cluster}/jobs/{job}/edit",
                About.A_JOB,
                Role.EDITOR,
                SHOP + "/jobs/" + JOB + "/edit",
                "version",
                "4",
                "cron",
                "0 0 2 * * ?",
                "shards",
                "2",
                "reason",
                "x",
                "step",
                "save");
        row("GET /clusters/{cluster}/jobs/{job}/trigger", About.A_JOB, Role.VIEWER, SHOP + "/jobs/" + JOB + "/trigger");
        row(
                "POST /clusters/{cluster}/jobs/{job}/trigger",
                About.A_JOB,
                Role.OPERATOR,
                SHOP + "/jobs/" + JOB + "/trigger",
                "kind",
                "once");
        row(
                "GET /clusters/{cluster}/commands/{command}",
                About.A_CLUSTER,
                Role.VIEWER,
                SHOP + "/commands/disable?job=" + JOB);
        row(
                "POST /clusters/{cluster}/commands/{command}",
                About.A_JOB,
                Role.OPERATOR,
                SHOP + "/commands/disable",
                "job",
                JOB,
                "reason",
                "x");

        row("GET /clusters/{cluster}/registry", About.A_WHOLE_CLUSTER, Role.VIEWER, SHOP + "/registry");
        row("GET /clusters/{cluster}/registry/dump", About.A_WHOLE_CLUSTER, Role.VIEWER, SHOP + "/registry/dump");
        row(
                "POST /clusters/{cluster}/registry",
                About.A_WHOLE_CLUSTER,
                Role.ADMIN,
                SHOP + "/registry",
                "path",
                "/ns/a",
                "typed",
                "/ns/a",
                "version",
                "0",
                "text",
                "x",
                "reason",
                "y",
                "step",
                "write");

        row("GET /messages", About.MESSAGES, Role.VIEWER, "/messages");
        row("GET /messages/stores/{store}/{id}", About.MESSAGES, Role.VIEWER, "/messages/stores/orders/" + DEAD);
        row("GET /messages/dead", About.MESSAGES, Role.VIEWER, "/messages/dead");
        row("GET /messages/dead/export", About.MESSAGES, Role.VIEWER, "/messages/dead/export");
        row("GET /messages/consumers", About.MESSAGES, Role.VIEWER, "/messages/consumers");
        row("GET /messages/consumers/parked", About.MESSAGES, Role.VIEWER, "/messages/consumers/parked");
        row(
                "GET /messages/commands/{command}",
                About.MESSAGES,
                Role.OPERATOR,
                "/messages/commands/replay?store=orders&id=" + DEAD);
        row(
                "POST /messages/commands/{command}",
                About.MESSAGES,
                Role.OPERATOR,
                "/messages/commands/replay",
                "store",
                "orders",
                "id",
                DEAD.toString(),
                "reason",
                "x");

        row("GET /audit", About.NOTHING, Role.VIEWER, "/audit");
        row("GET /audit/export", About.NOTHING, Role.VIEWER, "/audit/export");
        row("GET /audit/{id}", About.A_JOB, Role.VIEWER, "/audit/" + ENTRY);
        row("GET /access", About.NOTHING, Role.VIEWER, "/access");
        row("GET /access/{command}", About.EVERYTHING, Role.ADMIN, "/access/new-link?user=ada");
        row("POST /access/{command}", About.EVERYTHING, Role.ADMIN, "/access/new-link", "user", "ada");

        row("GET /api/v1/openapi.json", About.NOTHING, Role.VIEWER, "/api/v1/openapi.json");
        row("GET /api/v1/clusters", About.NOTHING, Role.VIEWER, "/api/v1/clusters");
        row("GET /api/v1/cluster-health", About.NOTHING, Role.VIEWER, "/api/v1/cluster-health");
        row("GET /api/v1/messages/counts", About.NOTHING, Role.VIEWER, "/api/v1/messages/counts");
        row(
                "POST /api/v1/schedules/preview",
                About.NOTHING,
                Role.VIEWER,
                "/api/v1/schedules/preview",
                "{\"cron\":\"0 0 1 * * ?\"}");
        row("GET /api/v1/clusters/{cluster}/export", About.A_WHOLE_CLUSTER, Role.EDITOR, API + "/export");
        row("GET /clusters/{cluster}/compare", About.A_CLUSTER, Role.VIEWER, SHOP + "/compare?with=shop&show=same");
        row("GET /clusters/{cluster}/import", About.A_WHOLE_CLUSTER, Role.ADMIN, SHOP + "/import");
        row(
                "POST /clusters/{cluster}/import",
                About.A_WHOLE_CLUSTER,
                Role.ADMIN,
                SHOP + "/import",
                "text",
                "# Carillon jobs, format 1",
                "step",
                "check");
        row(
                "GET /api/v1/clusters/{cluster}/compare",
                About.A_CLUSTER,
                Role.VIEWER,
                API + "/compare?with=shop&show=same");
        row(
                "POST /api/v1/clusters/{cluster}/takeovers",
                About.A_JOB,
                Role.EDITOR,
                API + "/takeovers",
                "{\"from\":\"shop\",\"jobs\":[\"" + JOB + "\"],\"dryRun\":false}");
        row("POST /api/v1/clusters/{cluster}/imports", About.A_WHOLE_CLUSTER, Role.ADMIN, API + "/imports", "# text");
        row("GET /api/v1/clusters/{cluster}/jobs", About.A_CLUSTER, Role.VIEWER, API + "/jobs");
        row("GET /api/v1/clusters/{cluster}/instances", About.A_CLUSTER, Role.VIEWER, API + "/instances");
        row(
                "GET /api/v1/clusters/{cluster}/instances/{instance}",
                About.A_CLUSTER,
                Role.VIEWER,
                API + "/instances/" + Samples.ONE);
        row(
                "GET /api/v1/clusters/{cluster}/instances/{instance}/what-if",
                About.A_CLUSTER,
                Role.VIEWER,
                API + "/instances/" + Samples.ONE + "/what-if");
        row("GET /api/v1/clusters/{cluster}/jobs/{job}", About.A_JOB, Role.VIEWER, API + "/jobs/" + JOB);
        for (String part : List.of("shards", "runs", "why", "definition", "requests", "servers", "alarms")) {
            row(
                    "GET /api/v1/clusters/{cluster}/jobs/{job}/" + part,
                    About.A_JOB,
                    Role.VIEWER,
                    API + "/jobs/" + JOB + "/" + part);
        }
        row(
                "GET /api/v1/clusters/{cluster}/jobs/{job}/runs/{run}",
                About.A_JOB,
                Role.VIEWER,
                API + "/jobs/" + JOB + "/runs/" + RUN);
        job("POST", "runs", Role.OPERATOR, "{}");
        job(
                "POST",
                "backfills",
                Role.OPERATOR,
                "{\"from\":\"2026-11-01T00:00:00Z\",\"to\":\"2026-11-02T00:00:00Z\",\"reason\":\"x\"}");
        job("POST", "reruns", Role.OPERATOR, "{}");
        job("POST", "interrupts", Role.OPERATOR, "{\"reason\":\"x\"}");
        job("POST", "skips", Role.OPERATOR, "{\"reason\":\"x\"}");
        row(
                "PUT /api/v1/clusters/{cluster}/jobs/{job}/shards/{item}/owner",
                About.A_JOB,
                Role.OPERATOR,
                API + "/jobs/" + JOB + "/shards/1/owner",
                "{\"instance\":\"" + Samples.TWO + "\",\"reason\":\"x\"}");
        job("PUT", "state", Role.OPERATOR, "{\"state\":\"disabled\",\"reason\":\"x\"}");
        job("PUT", "definition", Role.EDITOR, "{\"settings\":{\"cron\":\"0 0 2 * * ?\"},\"reason\":\"x\"}");
        row(
                "PUT /api/v1/clusters/{cluster}/jobs/{job}/shards/{item}/state",
                About.A_JOB,
                Role.OPERATOR,
                API + "/jobs/" + JOB + "/shards/1/state",
                "{\"state\":\"disabled\",\"reason\":\"x\"}");
        row(
                "PUT /api/v1/clusters/{cluster}/jobs/{job}/requests/{id}/state",
                About.A_JOB,
                Role.OPERATOR,
                API + "/jobs/" + JOB + "/requests/r1/state",
                "{\"state\":\"paused\",\"reason\":\"x\"}");
        row(
                "DELETE /api/v1/clusters/{cluster}/jobs/{job}",
                About.A_JOB,
                Role.ADMIN,
                API + "/jobs/" + JOB + "?reason=x");
        row(
                "PUT /api/v1/clusters/{cluster}/instances/{instance}/state",
                About.A_WHOLE_CLUSTER,
                Role.OPERATOR,
                API + "/instances/" + Samples.ONE + "/state",
                "{\"state\":\"drained\",\"reason\":\"x\"}");
        row(
                "PUT /api/v1/clusters/{cluster}/servers/{server}/state",
                About.A_WHOLE_CLUSTER,
                Role.OPERATOR,
                API + "/servers/10.0.0.7/state",
                "{\"state\":\"disabled\",\"reason\":\"x\"}");

        row("GET /api/v1/audit", About.NOTHING, Role.VIEWER, "/api/v1/audit");
        row("GET /api/v1/clusters/{cluster}/registry", About.A_WHOLE_CLUSTER, Role.VIEWER, API + "/registry");
        row(
                "PUT /api/v1/clusters/{cluster}/registry",
                About.A_WHOLE_CLUSTER,
                Role.ADMIN,
                API + "/registry?path=/ns/a",
                "{\"text\":\"x\",\"reason\":\"y\"}");
        row(
                "DELETE /api/v1/clusters/{cluster}/registry",
                About.A_WHOLE_CLUSTER,
                Role.ADMIN,
                API + "/registry?path=/ns/a&reason=x",
                "");
        row("GET /api/v1/thresholds", About.NOTHING, Role.VIEWER, "/api/v1/thresholds");
        row(
                "PUT /api/v1/thresholds",
                About.EVERYTHING,
                Role.ADMIN,
                "/api/v1/thresholds",
                "{\"values\":{\"late-after\":\"31s\"}}");
        row("DELETE /api/v1/thresholds", About.EVERYTHING, Role.ADMIN, "/api/v1/thresholds?reason=x", "");
        row("GET /api/v1/users", About.EVERYTHING, Role.ADMIN, "/api/v1/users");
        row(
                "POST /api/v1/users/{user}/roles",
                About.EVERYTHING,
                Role.ADMIN,
                "/api/v1/users/ada/roles",
                "{\"role\":\"viewer\"}");
        row("DELETE /api/v1/users/{user}/roles", About.EVERYTHING, Role.ADMIN, "/api/v1/users/ada/roles?role=viewer");
        row("POST /api/v1/users/{user}/links", About.EVERYTHING, Role.ADMIN, "/api/v1/users/ada/links");
        row("DELETE /api/v1/users/{user}", About.EVERYTHING, Role.ADMIN, "/api/v1/users/nobody?reason=x");
        row("GET /api/v1/tokens", About.EVERYTHING, Role.ADMIN, "/api/v1/tokens");
        row(
                "POST /api/v1/tokens",
                About.EVERYTHING,
                Role.ADMIN,
                "/api/v1/tokens",
                "{\"name\":\"ci\",\"roles\":[\"viewer\"]}");
        row("DELETE /api/v1/tokens/{id}", About.EVERYTHING, Role.ADMIN, "/api/v1/tokens/none");
    }

    private static void job(String verb, String part, Role least, String body) {
        row(
                verb + " /api/v1/clusters/{cluster}/jobs/{job}/" + part,
                About.A_JOB,
                least,
                API + "/jobs/" + JOB + "/" + part,
                body);
    }

    /** What becomes of a request, as far as rights are concerned. */
    private enum Fate {
        ALLOWED,
        /** Asked to log in. */
        LOGIN,
        /** Told that the role is missing. */
        FORBIDDEN,
        /** Told that there is no such thing. */
        HIDDEN
    }

    private static Fate expected(Row row, List<Grant> grants, boolean in) {
        if (row.about == About.NOBODY) {
            return Fate.ALLOWED;
        }
        if (!in) {
            return Fate.LOGIN;
        }
        boolean sees = grants.stream().anyMatch(grant -> grant.reaches("shop"));
        return switch (row.about) {
            case NOBODY, NOTHING -> Fate.ALLOWED;
            case SOME_CLUSTER -> sees ? Fate.ALLOWED : Fate.FORBIDDEN;
            case A_CLUSTER -> sees ? Fate.ALLOWED : Fate.HIDDEN;
            case A_JOB ->
                may(grants, row.least, "shop", "billing")
                        ? Fate.ALLOWED
                        : may(grants, Role.VIEWER, "shop", "billing") ? Fate.FORBIDDEN : Fate.HIDDEN;
            case A_WHOLE_CLUSTER ->
                may(grants, row.least, "shop", "*") ? Fate.ALLOWED : sees ? Fate.FORBIDDEN : Fate.HIDDEN;
            case MESSAGES ->
                may(grants, row.least, "shop", "*") || may(grants, row.least, "*", "*") ? Fate.ALLOWED : Fate.FORBIDDEN;
            case EVERYTHING -> may(grants, row.least, "*", "*") ? Fate.ALLOWED : Fate.FORBIDDEN;
        };
    }

    private static boolean may(List<Grant> grants, Role role, String cluster, String group) {
        return grants.stream().anyMatch(grant -> grant.allows(role, cluster, group));
    }

    private static ConsolePages console(String anyone) {
        FakeCluster cluster = Samples.fullCluster();
        cluster.jobs = List.of(Samples.inGroup(JOB, "billing"), Samples.inGroup("stock-run", "stock"));
        RunRecord run = Samples.run(JOB, 0, RunRecord.Outcome.FAILED, Duration.ofMinutes(5), Duration.ofSeconds(1));
        cluster.runs = List.of(new RunRecord(
                UUID.fromString(RUN),
                run.jobName(),
                run.shardingItem(),
                run.instance(),
                run.fence(),
                run.source(),
                run.scheduledTime(),
                run.started(),
                run.ended(),
                run.outcome(),
                run.handled(),
                run.cause()));
        cluster.stored.put(
                JOB,
                new Stored(
                        JobConfiguration.newBuilder(JOB, 2)
                                .cron("0 0 1 * * ?")
                                .setProperty("carillon.group", "billing")
                                .build(),
                        4));
        InMemoryRegistry server = new InMemoryRegistry(TIME, Duration.ofSeconds(4), Runnable::run);
        Registry client = server.connect();
        client.commit(
                List.of(
                        new Registry.Write.Create("/ns", "", Registry.CreateMode.PERSISTENT),
                        new Registry.Write.Create("/ns/a", "", Registry.CreateMode.PERSISTENT)),
                result -> {});
        cluster.tree = RegistryOperations.open(client, "ns", RegistryOperations.Settings.of(TIME))
                .tree();
        ConsolePages console = new ConsolePages(
                new ConsoleOptions(TIME, ZoneId.of("UTC"), Duration.ofSeconds(2), Duration.ofSeconds(5)),
                anyone,
                cluster,
                ORDERS.messages());
        console.bean(Accounts.class).grant("ada", Grant.parse("admin"));
        Trail trail = console.bean(ConsoleConfiguration.Remembered.class).trail();
        trail.begin(new Trail.Entry(
                ENTRY, Samples.NOW, "ada", "10.0.0.1", "disable", "shop", JOB, JOB, null, null, "x", null));
        return console;
    }

    private static List<String> routes(ConsolePages console) {
        List<String> routes = new ArrayList<>();
        console.bean(RequestMappingHandlerMapping.class).getHandlerMethods().forEach((info, method) -> {
            assertThat(info.getMethodsCondition().getMethods())
                    .as(method.toString())
                    .isNotEmpty();
            for (RequestMethod verb : info.getMethodsCondition().getMethods()) {
                info.getPatternValues().forEach(pattern -> routes.add(verb + " " + pattern));
            }
        });
        return routes;
    }

    private static ConsolePages shared;

    @BeforeAll
    static void open() {
        shared = console("");
    }

    @AfterAll
    static void close() {
        shared.close();
    }

    @Test
    void everyAnswerTellsBrowsersToRunNothingButOurOwnAndToKeepNothing() throws Exception {
        try (ConsolePages console = console("admin")) {
            for (Map.Entry<String, Row> row : ROWS.entrySet()) {
                MockHttpServletResponse answer = ask(console, row.getKey(), row.getValue(), null);
                assertThat(answer.getHeader("Content-Security-Policy"))
                        .as(row.getKey())
                        .contains("default-src 'none'", "frame-ancestors 'none'", "form-action 'self'")
                        .doesNotContain("unsafe");
                assertThat(answer.getHeader("X-Content-Type-Options"))
                        .as(row.getKey())
                        .isEqualTo("nosniff");
                assertThat(answer.getHeader("X-Frame-Options")).as(row.getKey()).isEqualTo("DENY");
                if (!row.getKey().contains("/assets/")) {
                    assertThat(answer.getHeader("Cache-Control"))
                            .as(row.getKey())
                            .contains("no-store");
                }
            }
        }
    }

    @Test
    void nothingIsChangedByAPageOfOthersNorWithoutTheTokenOfOurs() throws Exception {
        try (ConsolePages console = console("admin")) {
            for (Map.Entry<String, Row> row : ROWS.entrySet()) {
                String verb = row.getKey().substring(0, row.getKey().indexOf(' '));
                if (verb.equals("GET")) {
                    continue;
                }
                List<MockHttpServletRequestBuilder> forged = List.of(
                        request(verb, row.getValue()),
                        request(verb, row.getValue()).header("Sec-Fetch-Site", "same-origin"),
                        request(verb, row.getValue())
                                .header("Sec-Fetch-Site", "same-origin")
                                .header("X-Carillon-Csrf", "0".repeat(32)),
                        with(console.request(verb, row.getValue().address), row.getValue())
                                .with(sent -> {
                                    sent.removeHeader("Sec-Fetch-Site");
                                    sent.addHeader("Sec-Fetch-Site", "cross-site");
                                    return sent;
                                }),
                        with(console.request(verb, row.getValue().address), row.getValue())
                                .with(sent -> {
                                    sent.removeHeader("Sec-Fetch-Site");
                                    sent.addHeader("Host", "console.example");
                                    sent.addHeader("Origin", "null");
                                    return sent;
                                }));
                for (MockHttpServletRequestBuilder one : forged) {
                    assertThat(console.answer(one).getStatus()).as(row.getKey()).isEqualTo(403);
                }
            }
            assertThat(console.cluster.done).isEmpty();
            assertThat(console.bean(Accounts.class).tokens()).isEmpty();
        }
    }

    @Test
    void everyRouteHasARowAndEveryRowARoute() {
        assertThat(new TreeSet<>(ROWS.keySet())).isEqualTo(new TreeSet<>(routes(shared)));
    }

    @TestFactory
    Stream<DynamicTest> everyRoleInEveryScopeMayWhatItsRowSays() {
        List<String> callers = new ArrayList<>(List.of("", "NO LOGIN"));
        for (Role role : Role.values()) {
            for (String scope : List.of("shop/billing", "shop/stock", "shop", "other", "*", "*/billing")) {
                callers.add(role.key() + "@" + scope);
            }
        }
        callers.add("admin@other, viewer@shop/billing");
        callers.add("operator@shop/billing, viewer@*");
        return ROWS.keySet().stream()
                .map(route -> DynamicTest.dynamicTest(route, () -> {
                    Row row = ROWS.get(route);
                    List<String> wrong = new ArrayList<>();
                    for (String caller : callers) {
                        shared.cluster.done.clear();
                        boolean in = !caller.equals("NO LOGIN");
                        List<Grant> grants = in ? Grant.parse(caller) : List.of();
                        String token = in ? shared.bean(Accounts.class).makeToken("t", grants, "ada", null) : null;
                        MockHttpServletResponse answer = ask(shared, route, row, token);
                        Fate fate = fate(answer);
                        Fate right = expected(row, grants, in);
                        if (row.about == About.NOBODY ? fate == Fate.LOGIN : fate != right) {
                            wrong.add(
                                    "'" + caller + "' is " + fate + " (" + answer.getStatus() + "), expected " + right);
                        }
                        if (right != Fate.ALLOWED) {
                            assertThat(shared.cluster.done)
                                    .as(caller + " changed something")
                                    .isEmpty();
                            assertThat(ConsolePages.text(answer))
                                    .as("what is hidden is not told")
                                    .doesNotContain("0/30 * * * * ?");
                        }
                    }
                    assertThat(wrong).isEmpty();
                }));
    }

    private static Fate fate(MockHttpServletResponse answer) {
        String to = answer.getRedirectedUrl();
        return switch (answer.getStatus()) {
            case 401 -> Fate.LOGIN;
            case 302 -> to != null && to.startsWith("/login?") ? Fate.LOGIN : Fate.ALLOWED;
            case 403 -> Fate.FORBIDDEN;
            case 404 -> Fate.HIDDEN;
            default -> Fate.ALLOWED;
        };
    }

    /** By a token where somebody is in; else as a page of the console would without a session. */
    private static MockHttpServletResponse ask(ConsolePages console, String route, Row row, String token)
            throws Exception {
        String verb = route.substring(0, route.indexOf(' '));
        MockHttpServletRequestBuilder request = token == null && !verb.equals("GET")
                ? with(console.request(verb, row.address), row)
                : request(verb, row);
        if (token != null) {
            request.header("Authorization", "Bearer " + token);
        }
        return console.answer(request);
    }

    private static MockHttpServletRequestBuilder request(String verb, Row row) {
        return with(MockMvcRequestBuilders.request(HttpMethod.valueOf(verb), URI.create(row.address)), row);
    }

    private static MockHttpServletRequestBuilder with(MockHttpServletRequestBuilder request, Row row) {
        if (row.send.size() == 1) {
            String body = row.send.get(0);
            request.contentType(body.startsWith("{") ? "application/json" : "text/plain")
                    .content(body.getBytes(StandardCharsets.UTF_8))
                    .header("If-Match", "\"4\"");
        } else {
            for (int i = 0; i < row.send.size(); i += 2) {
                request.param(row.send.get(i), row.send.get(i + 1));
            }
        }
        return request;
    }
}

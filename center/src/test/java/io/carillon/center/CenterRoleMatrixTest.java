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
package io.carillon.center;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.console.access.Accounts;
import io.carillon.console.access.Grant;
import io.carillon.console.access.Role;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.web.bind.annotation.RequestMethod;
import org.springframework.web.servlet.mvc.method.RequestMappingInfoHandlerMapping;

/**
 * Who may ask what of the centre beside the console: every route of the central message service, of the actuator and of the
 * centre itself, for every role in every scope, on a real server. A route without a row fails, and so does a row without a route.
 * The console's own routes have their rows in its own test.
 */
class CenterRoleMatrixTest {
    /** What is needed, everywhere: messages belong to no cluster. Null: nothing, also without a login. */
    private record Row(Role least, String address, String body) {}

    private static final Map<String, Row> ROWS = new LinkedHashMap<>();
    private static final String ID = "019aab00-0000-7000-8000-000000000001";
    private static final String REASON = "{\"store\":\"orders\",\"reason\":\"x\",\"ids\":[\"" + ID + "\"]}";

    private static void row(String route, Role least, String address, String body) {
        assertThat(ROWS.put(route, new Row(least, address, body))).as(route).isNull();
    }

    private static void get(Role least, String pattern, String address) {
        row("GET " + pattern, least, address, "");
    }

    private static void post(Role least, String pattern, String address, String body) {
        row("POST " + pattern, least, address, body);
    }

    static {
        String api = "/api/v1";
        get(Role.VIEWER, api + "/stores", api + "/stores");
        get(Role.VIEWER, api + "/messages/{id}", api + "/messages/" + ID);
        get(Role.VIEWER, api + "/messages", api + "/messages?store=orders");
        get(Role.VIEWER, api + "/states", api + "/states");
        get(Role.VIEWER, api + "/lag", api + "/lag");
        get(Role.VIEWER, api + "/dead-letters", api + "/dead-letters?store=orders");
        get(Role.VIEWER, api + "/message-audit", api + "/message-audit?store=orders");
        post(Role.OPERATOR, api + "/messages:replay", api + "/messages:replay", REASON);
        post(Role.OPERATOR, api + "/messages:discard", api + "/messages:discard", REASON);
        post(Role.OPERATOR, api + "/messages:waive", api + "/messages:waive", REASON);

        String message = "{\"topic\":\"T\",\"tag\":\"A\",\"key\":\"1\",\"producer\":\"orders\",\"payload\":\"{}\"}";
        post(Role.OPERATOR, api + "/messages:prepare", api + "/messages:prepare", message);
        post(Role.OPERATOR, api + "/messages/{id}:submit", api + "/messages/" + ID + ":submit", "");
        post(Role.OPERATOR, api + "/messages/{id}:cancel", api + "/messages/" + ID + ":cancel", "");
        post(Role.OPERATOR, api + "/messages", api + "/messages", message);
        post(Role.OPERATOR, api + "/messages:batch", api + "/messages:batch", "{\"messages\":[]}");
        post(Role.OPERATOR, api + "/deliveries:confirm", api + "/deliveries:confirm", "{\"deliveries\":[]}");

        get(Role.VIEWER, api + "/parked", api + "/parked?store=orders");
        post(Role.OPERATOR, api + "/parked:release", api + "/parked:release", REASON);
        post(Role.OPERATOR, api + "/parked:discard", api + "/parked:discard", REASON);

        get(Role.VIEWER, api + "/directory/{kind}", api + "/directory/topics");
        String entry = "{\"name\":\"T\",\"reason\":\"x\"}";
        for (String verb : List.of("put", "enable", "disable", "remove")) {
            post(Role.EDITOR, api + "/directory/{kind}:" + verb, api + "/directory/topics:" + verb, entry);
        }
        String subscription = "{\"group\":\"points\",\"topic\":\"T\",\"reason\":\"x\"}";
        for (String verb : List.of("pause", "resume")) {
            post(
                    Role.OPERATOR,
                    api + "/directory/subscriptions:" + verb,
                    api + "/directory/subscriptions:" + verb,
                    subscription);
        }

        get(Role.VIEWER, api + "/cleanings", api + "/cleanings");
        post(Role.OPERATOR, api + "/cleanings", api + "/cleanings", "{}");

        // what the centre asks of services; an id that nobody knows is all that protects it
        post(null, "/carillon/message-check", "/carillon/message-check", "{\"ids\":[]}");
        get(null, api + "/openapi.yaml", api + "/openapi.yaml");
        get(null, "/actuator", "/actuator");
        get(null, "/actuator/health", "/actuator/health");
        get(null, "/actuator/health/**", "/actuator/health/nothing");
        row("ANY /error", null, "/error", "");
    }

    @TempDir
    static Path folder;

    private static ConfigurableApplicationContext center;
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @BeforeAll
    static void start() throws Exception {
        Files.createDirectories(Path.of(System.getProperty("java.io.tmpdir")));
        JdbcDataSource orders = new JdbcDataSource();
        orders.setURL("jdbc:h2:mem:matrix;DB_CLOSE_DELAY=-1");
        orders.setUser("sa");
        io.carillon.store.jdbc.JdbcStore.createTables(orders);
        center = new SpringApplicationBuilder(CenterApplication.class)
                .run(
                        "--server.port=0",
                        "--carillon.center.data-dir=" + folder.resolve("data"),
                        "--carillon.messages.central.enabled=true",
                        "--carillon.messages.broker=in-jvm",
                        "--carillon.center.stores.orders.url=" + orders.getURL(),
                        "--carillon.center.stores.orders.username=sa",
                        "--carillon.center.stores.orders.commands=true");
    }

    @AfterAll
    static void stop() {
        center.close();
    }

    private static Set<String> routes() {
        Set<String> routes = new TreeSet<>();
        for (RequestMappingInfoHandlerMapping mapping :
                center.getBeansOfType(RequestMappingInfoHandlerMapping.class).values()) {
            mapping.getHandlerMethods().forEach((info, method) -> {
                if (method.getBeanType().getName().startsWith("io.carillon.console.")) {
                    return;
                }
                Set<RequestMethod> verbs = info.getMethodsCondition().getMethods();
                for (String pattern : info.getPatternValues()) {
                    if (verbs.isEmpty()) {
                        routes.add("ANY " + pattern);
                    }
                    verbs.forEach(verb -> routes.add(verb + " " + pattern));
                }
            });
        }
        return routes;
    }

    @Test
    void everyRouteHasARowAndEveryRowARoute() {
        assertThat(new TreeSet<>(ROWS.keySet())).isEqualTo(routes());
    }

    private static HttpResponse<String> ask(String route, Row row, String... headers) throws Exception {
        String verb = route.substring(0, route.indexOf(' '));
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:"
                        + center.getEnvironment().getRequiredProperty("local.server.port") + row.address))
                .header("Content-Type", "application/json")
                .method(verb.equals("ANY") ? "GET" : verb, HttpRequest.BodyPublishers.ofString(row.body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    @TestFactory
    Stream<DynamicTest> everyRoleInEveryScopeMayWhatItsRowSays() {
        List<String> callers = new ArrayList<>(List.of("", "NO LOGIN", "A GUESSED TOKEN"));
        for (Role role : Role.values()) {
            for (String scope : List.of("shop/billing", "shop", "*/billing", "*")) {
                callers.add(role.key() + "@" + scope);
            }
        }
        Accounts accounts = center.getBean(Accounts.class);
        Map<String, String> tokens = new LinkedHashMap<>();
        for (String caller : callers) {
            tokens.put(
                    caller,
                    caller.equals("NO LOGIN")
                            ? ""
                            : caller.startsWith("A GUESSED")
                                    ? "guessed"
                                    : accounts.makeToken("t", Grant.parse(caller), "ada", null));
        }
        return ROWS.entrySet().stream()
                .map(entry -> DynamicTest.dynamicTest(entry.getKey(), () -> {
                    Row row = entry.getValue();
                    List<String> wrong = new ArrayList<>();
                    for (String caller : callers) {
                        String token = tokens.get(caller);
                        HttpResponse<String> answer = token.isEmpty()
                                ? ask(entry.getKey(), row)
                                : ask(entry.getKey(), row, "Authorization", "Bearer " + token);
                        String fate = fate(answer);
                        String right = expected(row, caller);
                        if (!fate.equals(right)) {
                            wrong.add("'" + caller + "' is " + fate + " (" + answer.statusCode() + "), expected "
                                    + right);
                        }
                        if (!right.equals("allowed")) {
                            assertThat(answer.body()).as(caller).contains("Nothing was done");
                        }
                        assertThat(answer.statusCode())
                                .as(caller + ": " + answer.body())
                                .isNotEqualTo(500);
                    }
                    assertThat(wrong).isEmpty();
                }));
    }

    private static String fate(HttpResponse<String> answer) {
        return switch (answer.statusCode()) {
            case 401 -> "unknown";
            case 403 -> "refused";
            default -> "allowed";
        };
    }

    private static String expected(Row row, String caller) {
        if (row.least == null) {
            return "allowed";
        }
        if (caller.equals("NO LOGIN") || caller.startsWith("A GUESSED")) {
            return "unknown";
        }
        return Grant.parse(caller).stream().anyMatch(grant -> grant.allows(row.least, Grant.ALL, Grant.ALL))
                ? "allowed"
                : "refused";
    }

    @Test
    void aPageOfOthersChangesNothing() throws Exception {
        for (Map.Entry<String, Row> entry : ROWS.entrySet()) {
            if (entry.getKey().startsWith("POST ") && entry.getValue().least != null) {
                assertThat(ask(entry.getKey(), entry.getValue(), "Sec-Fetch-Site", "cross-site")
                                .statusCode())
                        .as(entry.getKey())
                        .isIn(401, 403);
            }
        }
    }
}

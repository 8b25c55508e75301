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
import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.coordination.Registry;
import io.carillon.jobs.operations.RegistryOperations;
import io.carillon.testkit.jobs.InMemoryRegistry;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;

/** Two centres on one database and one registry, as behind a proxy that sends each request to either of them. */
class TwoCentresTest {
    private static final String PASSWORD = "correct horse battery";

    @TempDir
    Path folder;

    private final InMemoryRegistry registry = InMemoryRegistry.threaded(SystemTime.source(), Duration.ofSeconds(30));
    private final List<ConfigurableApplicationContext> centres = new ArrayList<>();
    private RegistryOperations people;
    private ConfigurableApplicationContext one;
    private ConfigurableApplicationContext two;

    @BeforeEach
    void startBoth() throws Exception {
        Files.createDirectories(Path.of(System.getProperty("java.io.tmpdir")));
        people = RegistryOperations.open(
                registry.connect(), "shop", RegistryOperations.Settings.of(SystemTime.source()));
        people.commands()
                .add(
                        JobConfiguration.newBuilder("billing", 2)
                                .cron("0 0 2 * * ?")
                                .build(),
                        "com.example.Billing");
        await("the job", () -> !people.queries().jobs().isEmpty());
        one = start();
        two = start();
        Accounts accounts = one.getBean(Accounts.class);
        accounts.redeem(accounts.firstLink().orElseThrow(), "ada", PASSWORD);
        for (String name : List.of("vera", "omar")) {
            accounts.redeem(accounts.grant(name, Grant.parse("operator@shop")).orElseThrow(), name, PASSWORD);
        }
    }

    @AfterEach
    void stopAll() {
        centres.forEach(ConfigurableApplicationContext::close);
        people.close();
    }

    private ConfigurableApplicationContext start() {
        ConfigurableApplicationContext centre = new SpringApplicationBuilder(CenterApplication.class)
                .initializers(context -> ((GenericApplicationContext) context)
                        .registerBean("registry", Registry.class, () -> registry.connect()))
                .run(
                        "--server.port=0",
                        "--carillon.jobs.enabled=false",
                        "--carillon.registry.namespace=shop",
                        "--spring.datasource.url=jdbc:h2:mem:two-" + folder.getFileName() + ";DB_CLOSE_DELAY=-1",
                        "--spring.datasource.username=sa");
        centres.add(centre);
        return centre;
    }

    private static void await(String what, Callable<Boolean> condition) throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        for (int i = 0; i < 600 && !condition.call(); i++) {
            never.await(50, TimeUnit.MILLISECONDS);
        }
        assertThat(condition.call()).as(what).isTrue();
    }

    /** A browser that does not know which of the two answers: it keeps its cookies whatever it asks. */
    private static final class Browser {
        private final Map<String, String> cookies = new LinkedHashMap<>();

        private HttpResponse<String> send(
                ConfigurableApplicationContext centre,
                String verb,
                String path,
                String type,
                String body,
                String... headers)
                throws Exception {
            HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:"
                            + centre.getEnvironment().getRequiredProperty("local.server.port") + path))
                    .header("Sec-Fetch-Site", "same-origin")
                    .header("Accept-Language", "en")
                    .header("Content-Type", type)
                    .method(verb, HttpRequest.BodyPublishers.ofString(body));
            if (!cookies.isEmpty()) {
                request.header(
                        "Cookie",
                        cookies.entrySet().stream()
                                .map(cookie -> cookie.getKey() + "=" + cookie.getValue())
                                .collect(Collectors.joining("; ")));
            }
            for (int i = 0; i < headers.length; i += 2) {
                request.header(headers[i], headers[i + 1]);
            }
            HttpResponse<String> answer =
                    HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
            for (String cookie : answer.headers().allValues("Set-Cookie")) {
                String[] pair = cookie.split(";", 2)[0].split("=", 2);
                cookies.put(pair[0], pair[1]);
            }
            return answer;
        }

        HttpResponse<String> get(ConfigurableApplicationContext centre, String path) throws Exception {
            return send(centre, "GET", path, "text/plain", "");
        }

        Document page(ConfigurableApplicationContext centre, String path) throws Exception {
            return Jsoup.parse(get(centre, path).body());
        }

        String csrf(ConfigurableApplicationContext centre) throws Exception {
            return page(centre, "/preferences").select("input[name=_csrf]").attr("value");
        }

        /** Sends a form to one of them with the token of a page of the other. */
        HttpResponse<String> post(
                ConfigurableApplicationContext shown,
                ConfigurableApplicationContext sent,
                String path,
                String... fields)
                throws Exception {
            StringBuilder form = new StringBuilder("_csrf=").append(csrf(shown));
            for (int i = 0; i < fields.length; i += 2) {
                form.append('&')
                        .append(fields[i])
                        .append('=')
                        .append(URLEncoder.encode(fields[i + 1], StandardCharsets.UTF_8));
            }
            return send(sent, "POST", path, "application/x-www-form-urlencoded", form.toString());
        }

        /** The same with JSON. */
        HttpResponse<String> json(
                ConfigurableApplicationContext shown,
                ConfigurableApplicationContext sent,
                String verb,
                String path,
                String body,
                String... headers)
                throws Exception {
            List<String> all = new ArrayList<>(List.of("X-Carillon-Csrf", csrf(shown)));
            all.addAll(List.of(headers));
            return send(sent, verb, path, "application/json", body, all.toArray(String[]::new));
        }

        Browser logIn(ConfigurableApplicationContext shown, ConfigurableApplicationContext sent, String name)
                throws Exception {
            HttpResponse<String> answer = post(shown, sent, "/login", "name", name, "password", PASSWORD);
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(302);
            return this;
        }

        boolean isIn(ConfigurableApplicationContext centre) throws Exception {
            HttpResponse<String> answer = get(centre, "/clusters/shop/jobs");
            assertThat(answer.statusCode()).isIn(200, 302);
            return answer.statusCode() == 200;
        }
    }

    @Test
    void whatIsDoneOnOneHoldsOnTheOther() throws Exception {
        // the form is of the one, the login is sent to the other
        Browser ada = new Browser().logIn(one, two, "ada");
        assertThat(ada.isIn(one)).isTrue();
        assertThat(ada.csrf(one)).isNotEmpty().isEqualTo(ada.csrf(two));

        assertThat(ada.post(one, two, "/clusters/shop/views", "name", "mine", "q", "health:bad")
                        .statusCode())
                .isEqualTo(302);
        await("the view", () -> ada.page(one, "/clusters/shop/jobs")
                .select(".views .counters a")
                .eachText()
                .equals(List.of("mine")));

        HttpResponse<String> made = ada.json(
                one, two, "POST", "/api/v1/tokens", "{\"name\":\"ci\",\"roles\":[\"operator@shop\"],\"reason\":\"t\"}");
        assertThat(made.statusCode()).as(made.body()).isEqualTo(200);
        String token = made.body().replaceAll("(?s).*\"(carillon_[^\"]+)\".*", "$1");
        String order = "{\"parameter\":\"full\",\"reason\":\"once\"}";
        List<String> answers = new ArrayList<>();
        for (ConfigurableApplicationContext centre : List.of(one, two, one)) {
            HttpResponse<String> run = new Browser()
                    .send(
                            centre,
                            "POST",
                            "/api/v1/clusters/shop/jobs/billing/runs",
                            "application/json",
                            order,
                            "Authorization",
                            "Bearer " + token,
                            "Idempotency-Key",
                            "4711");
            assertThat(run.statusCode()).as(run.body()).isEqualTo(200);
            answers.add(run.body());
        }
        assertThat(answers).as("the same answer to the same key").containsOnly(answers.get(0));
        assertThat(people.commands().requests().requests("billing"))
                .as("asked for once")
                .hasSize(1);

        for (ConfigurableApplicationContext centre : List.of(one, two)) {
            assertThat(ada.get(centre, "/api/v1/audit").body())
                    .contains("\"who\":\"token:ci\"", "\"what\":\"make-token\"")
                    .containsOnlyOnce("\"what\":\"trigger\"");
        }
        assertThat(ada.json(two, one, "POST", "/api/v1/users/newcomer/roles", "{\"role\":\"viewer\",\"reason\":\"t\"}")
                        .statusCode())
                .isEqualTo(200);
        assertThat(ada.get(two, "/api/v1/users").body()).contains("\"newcomer\"");
    }

    @Test
    void whatIsTakenAwayOnOneIsGoneOnTheOtherAtOnceAndARestartLosesNoSession() throws Exception {
        Browser ada = new Browser().logIn(one, one, "ada");
        Browser vera = new Browser().logIn(two, two, "vera");
        Browser omar = new Browser().logIn(two, two, "omar");
        for (Browser browser : List.of(ada, vera, omar)) {
            assertThat(browser.isIn(one)).isTrue();
            assertThat(browser.isIn(two)).isTrue();
        }

        one.close();
        one = start();
        assertThat(ada.isIn(one)).as("after a restart").isTrue();
        assertThat(ada.post(two, one, "/preferences", "theme", "dark").statusCode())
                .as("and a page that was open before still sends its forms")
                .isEqualTo(302);

        assertThat(ada.json(one, one, "DELETE", "/api/v1/users/vera?reason=left", "")
                        .statusCode())
                .isEqualTo(200);
        assertThat(vera.isIn(two)).as("a user who was removed on the other").isFalse();

        assertThat(ada.json(one, one, "DELETE", "/api/v1/users/omar/roles?role=operator@shop&reason=moved", "")
                        .statusCode())
                .isEqualTo(200);
        assertThat(omar.get(two, "/clusters/shop/jobs").statusCode())
                .as("a role that was taken away on the other")
                .isEqualTo(404);

        String token = two.getBean(Accounts.class).makeToken("ci", Grant.parse("viewer@shop"), "ada", null);
        Browser program = new Browser();
        for (ConfigurableApplicationContext centre : List.of(one, two)) {
            assertThat(program.send(
                                    centre,
                                    "GET",
                                    "/api/v1/clusters",
                                    "text/plain",
                                    "",
                                    "Authorization",
                                    "Bearer " + token)
                            .statusCode())
                    .isEqualTo(200);
        }
        String id = one.getBean(Accounts.class).tokens().get(0).id();
        assertThat(ada.json(one, one, "DELETE", "/api/v1/tokens/" + id + "?reason=leaked", "")
                        .statusCode())
                .isEqualTo(200);
        assertThat(program.send(two, "GET", "/api/v1/clusters", "text/plain", "", "Authorization", "Bearer " + token)
                        .statusCode())
                .as("a token that was taken back on the other")
                .isEqualTo(401);

        String session = ada.cookies.get("carillon-session");
        assertThat(session).isNotBlank();
        assertThat(ada.isIn(two)).isTrue();
        assertThat(ada.post(one, one, "/logout").statusCode()).isEqualTo(302);
        // somebody has kept the cookie
        ada.cookies.put("carillon-session", session);
        assertThat(ada.isIn(two)).as("a session that was ended on the other").isFalse();
    }
}

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
import static org.assertj.core.api.Assertions.catchThrowable;

import io.carillon.console.access.Accounts;
import io.carillon.console.access.Grant;
import io.carillon.console.command.Trail;
import io.carillon.jobs.coordination.Registry;
import io.carillon.jobs.history.RunRecord;
import io.carillon.messages.Message;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.model.MessageState;
import io.carillon.messages.model.StoredMessage;
import io.carillon.spring.InvalidPropertyException;
import io.carillon.store.jdbc.Connections;
import io.carillon.store.jdbc.JdbcStore;
import io.carillon.testkit.jobs.InMemoryRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.h2.jdbcx.JdbcDataSource;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The whole centre on a port of its own; the registry is in memory, the services' databases are H2. */
class CenterTest {
    static {
        try {
            // the build's own place for temporary files is not there before the first of them
            Files.createDirectories(Path.of(System.getProperty("java.io.tmpdir")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @TempDir
    Path folder;

    @Configuration(proxyBeanMethods = false)
    static class InMemory {
        @Bean
        Registry registry() {
            return InMemoryRegistry.threaded(SystemTime.source(), java.time.Duration.ofSeconds(30))
                    .connect();
        }
    }

    private ConfigurableApplicationContext start(Class<?> more, String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.add("--server.port=0");
        if (all.stream().noneMatch(argument -> argument.contains("console.anyone"))) {
            all.add("--carillon.console.anyone=admin");
        }
        if (all.stream().noneMatch(argument -> argument.contains("data-dir"))) {
            all.add("--carillon.center.data-dir=" + folder.resolve("data"));
        }
        SpringApplicationBuilder builder = new SpringApplicationBuilder(CenterApplication.class);
        if (more != null) {
            builder.sources(more);
        }
        SpringApplication application = builder.build();
        return application.run(all.toArray(String[]::new));
    }

    private static HttpResponse<String> get(ConfigurableApplicationContext context, String path) throws Exception {
        String port = context.getEnvironment().getRequiredProperty("local.server.port");
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
    }

    private static Document page(ConfigurableApplicationContext context, String path) throws Exception {
        return Jsoup.parse(get(context, path).body());
    }

    private JdbcDataSource database(String name) {
        JdbcDataSource source = new JdbcDataSource();
        source.setURL("jdbc:h2:mem:" + name + "-" + folder.getFileName() + ";DB_CLOSE_DELAY=-1");
        source.setUser("sa");
        return source;
    }

    @Test
    void withoutARegistryItStartsOnItsOwnDatabaseAndTellsTheNextStep() throws Exception {
        try (ConfigurableApplicationContext context = start(null)) {
            HttpResponse<String> start = get(context, "/");
            assertThat(start.statusCode()).isEqualTo(200);
            assertThat(start.body()).contains("carillon.registry.server-lists");
            assertThat(Files.exists(folder.resolve("data/center.mv.db"))).isTrue();
            assertThat(context.getEnvironment().getProperty("server.address")).isEqualTo("127.0.0.1");
        }
    }

    @Test
    void theStoresOfServicesAreReadAndOneThatIsDownRecoversWithoutARestart() throws Exception {
        JdbcDataSource orders = database("orders");
        JdbcStore.createTables(orders);
        JdbcStore store = JdbcStore.open(orders, Connections.of(orders));
        Instant now = SystemTime.source().instant();
        store.runHistory()
                .record(List.of(new RunRecord(
                        UUID.randomUUID(),
                        "orders-resend",
                        0,
                        "10.0.0.7@-@1",
                        7,
                        RunRecord.Source.NORMAL_TRIGGER,
                        now.minusSeconds(2),
                        now.minusSeconds(2),
                        now.minusSeconds(1),
                        RunRecord.Outcome.SUCCEEDED,
                        3,
                        null)));
        JdbcDataSource points = database("points");
        try (ConfigurableApplicationContext context = start(
                InMemory.class,
                "--carillon.registry.namespace=shop",
                "--carillon.jobs.enabled=false",
                "--carillon.center.stores.orders.url=" + orders.getURL(),
                "--carillon.center.stores.orders.username=sa",
                "--carillon.center.stores.points.url=" + points.getURL(),
                "--carillon.center.stores.points.username=sa")) {
            HttpResponse<String> counts = get(context, "/api/v1/messages/counts");
            assertThat(counts.body())
                    .contains("\"store\":\"orders\",\"available\":true", "\"store\":\"points\",\"available\":false");
            Document overview = page(context, "/clusters/shop");
            assertThat(overview.select(".notice.bad").text()).contains("The store points does not answer");
            assertThat(overview.select("section[aria-labelledby=jobs-title] .empty")
                            .text())
                    .contains("There is no job in this namespace yet");
            assertThat(page(context, "/clusters/shop/jobs/orders-resend")
                            .select("section[aria-labelledby=runs-title] tbody tr"))
                    .hasSize(1);

            JdbcStore.createTables(points);
            String answer = "";
            for (Instant end = SystemTime.source().instant().plusSeconds(20);
                    SystemTime.source().instant().isBefore(end)
                            && !answer.contains("\"points\",\"available\":true"); ) {
                answer = get(context, "/api/v1/messages/counts").body();
            }
            assertThat(answer).contains("\"store\":\"points\",\"available\":true");
        }
    }

    private static MessageId deadIn(JdbcStore store) {
        Instant now = SystemTime.source().instant();
        MessageId id = MessageId.of(now, 1, 2);
        store.messageStore()
                .append(List.of(new StoredMessage(
                        id,
                        Message.to("orders", "placed").key("42").json("{}").build(),
                        "orders",
                        MessageState.DEAD,
                        12,
                        now,
                        null,
                        "no route to host 10.0.0.7",
                        null)));
        return id;
    }

    /** The same database twice: with commands as {@code orders}, without as {@code read}. */
    private ConfigurableApplicationContext startOn(JdbcDataSource orders, String... arguments) throws Exception {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.add("--carillon.center.stores.orders.url=" + orders.getURL());
        all.add("--carillon.center.stores.orders.username=sa");
        all.add("--carillon.center.stores.orders.commands=true");
        all.add("--carillon.center.stores.read.url=" + orders.getURL());
        all.add("--carillon.center.stores.read.username=sa");
        return start(null, all.toArray(String[]::new));
    }

    @Test
    void theMessagesOfAServiceAreSeenAndReplayedFromTheCentreWhereThatIsAllowed() throws Exception {
        JdbcDataSource orders = database("commanded");
        JdbcStore.createTables(orders);
        JdbcStore store = JdbcStore.open(orders, Connections.of(orders));
        MessageId id = deadIn(store);
        try (ConfigurableApplicationContext context =
                startOn(orders, "--carillon.messages.central.enabled=true", "--carillon.messages.broker=in-jvm")) {
            assertThat(get(context, "/api/v1/messages?store=orders&state=DEAD").body())
                    .contains(id.toString(), "no route to host");
            assertThat(get(context, "/api/v1/dead-letters?store=orders").body())
                    .contains("\"cause\":\"no route to host #\"", "\"count\":1");
            String order = "\"reason\":\"it is back\",\"filter\":{\"cause\":\"no route to host #\"}}";
            HttpResponse<String> refused = post(context, "/api/v1/messages:replay", "{\"store\":\"read\"," + order);
            assertThat(refused.statusCode()).isEqualTo(403);
            assertThat(refused.body()).contains("carillon.center.stores.read.commands=true");
            assertThat(post(context, "/api/v1/messages:replay", "{\"store\":\"orders\"," + order)
                            .body())
                    .contains("\"DONE\":1");
            assertThat(store.messageStore().find(id).orElseThrow().state()).isEqualTo(MessageState.SENDING);
            assertThat(get(context, "/api/v1/message-audit?store=orders").body())
                    .contains("it is back");
            assertThat(get(context, "/api/v1/messages?store=nowhere").statusCode())
                    .isEqualTo(404);
        }
    }

    @Test
    void theMessagesOfAServiceAreAnsweredAsJsonWhereTheCentreHasNoMessagesOfItsOwn() throws Exception {
        JdbcDataSource orders = database("json");
        JdbcStore.createTables(orders);
        JdbcStore store = JdbcStore.open(orders, Connections.of(orders));
        MessageId id = deadIn(store);
        try (ConfigurableApplicationContext context = startOn(orders, "--carillon.console.anyone=")) {
            Accounts accounts = context.getBean(Accounts.class);
            String viewer = accounts.makeToken("looks", Grant.parse("viewer"), "ada", null);
            String operator = accounts.makeToken("acts", Grant.parse("operator"), "ada", null);
            for (String path : List.of(
                    "/messages?store=orders&limit=50",
                    "/messages/" + id + "?store=orders",
                    "/states?store=orders",
                    "/lag?store=orders",
                    "/stores",
                    "/dead-letters?store=orders",
                    "/parked?store=orders",
                    "/message-audit?store=orders")) {
                assertThat(call(context, "/api/v1" + path, null, null)).as(path).isEqualTo(401);
                assertThat(call(context, "/api/v1" + path, null, viewer))
                        .as(path)
                        .isEqualTo(200);
            }
            assertThat(call(context, "/api/v1/messages?store=nowhere", null, viewer))
                    .isEqualTo(404);
            assertThat(call(context, "/api/v1/messages?store=center", null, viewer))
                    .as("it has none of its own")
                    .isEqualTo(404);
            String order = "\"reason\":\"it is back\",\"ids\":[\"" + id + "\"]}";
            String here = "{\"store\":\"orders\"," + order;
            assertThat(call(context, "/api/v1/messages:replay", here, null)).isEqualTo(401);
            assertThat(call(context, "/api/v1/messages:replay", here, viewer)).isEqualTo(403);
            assertThat(call(context, "/api/v1/messages:replay", "{\"store\":\"read\"," + order, operator))
                    .isEqualTo(403);
            assertThat(store.messageStore().find(id).orElseThrow().state()).isEqualTo(MessageState.DEAD);
            assertThat(call(context, "/api/v1/messages:replay", here, operator)).isEqualTo(200);
            assertThat(store.messageStore().find(id).orElseThrow().state()).isEqualTo(MessageState.SENDING);
            assertThat(store.audit().latest(null, 1).get(0).reason()).isEqualTo("it is back");
            for (String path : List.of("/messages:prepare", "/messages:batch", "/cleanings", "/deliveries:confirm")) {
                assertThat(call(context, "/api/v1" + path, "{}", operator))
                        .as("only with the central mode: " + path)
                        .isEqualTo(404);
            }
            assertThat(get(context, "/api/v1/openapi.yaml").body())
                    .contains("/api/v1/messages:replay:")
                    .doesNotContain("prepare:", "/api/v1/cleanings:", "/api/v1/directory");
        }
    }

    @Test
    void programsSeeAndCommandMessagesWithTheRolesThatThePagesAskFor() throws Exception {
        JdbcDataSource orders = database("roles");
        JdbcStore.createTables(orders);
        JdbcStore store = JdbcStore.open(orders, Connections.of(orders));
        MessageId id = deadIn(store);
        try (ConfigurableApplicationContext context = start(
                InMemory.class,
                "--carillon.registry.namespace=shop",
                "--carillon.jobs.enabled=false",
                "--carillon.console.anyone=",
                "--carillon.center.stores.orders.url=" + orders.getURL(),
                "--carillon.center.stores.orders.username=sa",
                "--carillon.center.stores.orders.commands=true")) {
            Accounts accounts = context.getBean(Accounts.class);
            String here = "{\"store\":\"orders\",\"reason\":\"it is back\",\"ids\":[\"" + id + "\"]}";
            String inAGroup = accounts.makeToken("group", Grant.parse("operator@shop/billing"), "ada", null);
            assertThat(call(context, "/api/v1/messages?store=orders", null, inAGroup))
                    .as("messages belong to no group of jobs")
                    .isEqualTo(403);
            String looks = accounts.makeToken("looks", Grant.parse("viewer@shop"), "ada", null);
            assertThat(call(context, "/api/v1/messages?store=orders", null, looks))
                    .isEqualTo(200);
            assertThat(call(context, "/api/v1/messages:replay", here, looks)).isEqualTo(403);
            String acts = accounts.makeToken("acts", Grant.parse("operator@shop"), "ada", null);
            assertThat(call(context, "/api/v1/messages:replay", here, acts))
                    .as("shop is all there is")
                    .isEqualTo(200);
            assertThat(store.messageStore().find(id).orElseThrow().state()).isEqualTo(MessageState.SENDING);
        }
    }

    private static HttpResponse<String> post(ConfigurableApplicationContext context, String path, String body)
            throws Exception {
        String port = context.getEnvironment().getRequiredProperty("local.server.port");
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                                .header(
                                        "Authorization",
                                        "Bearer "
                                                + context.getBean(Accounts.class)
                                                        .makeToken("test", Grant.parse("admin"), "test", null))
                                .header("Content-Type", "application/json")
                                .POST(HttpRequest.BodyPublishers.ofString(body))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void anAddressWithoutAnythingIsAnsweredInWordsAndTheApiInJson() throws Exception {
        try (ConfigurableApplicationContext context = start(null)) {
            HttpResponse<String> nothing = get(context, "/nothing/here");
            assertThat(nothing.statusCode()).isEqualTo(404);
            assertThat(Jsoup.parse(nothing.body()).select("h1").text()).isEqualTo("No such page");
            assertThat(nothing.headers().firstValue("Content-Security-Policy")).isPresent();
            assertThat(get(context, "/api/v1/nothing").headers().firstValue("Content-Type"))
                    .hasValueSatisfying(type -> assertThat(type).startsWith("application/problem+json"));
        }
    }

    @Test
    void aSettingThatMakesNoSenseStopsTheStartWithItsName() throws Exception {
        assertThat(problem("--carillon.center.zone=Mars/Base"))
                .contains("carillon.center.zone: Mars/Base (expected: a zone such as");
        assertThat(problem("--carillon.center.stores.orders.url=jdbc:oracle:thin:@x"))
                .contains(
                        "carillon.center.stores.orders.url: jdbc:oracle:thin:@x (expected: one that begins with jdbc:h2:, jdbc:mariadb:, jdbc:postgresql:, jdbc:mysql:");
        assertThat(problem("--carillon.center.stores.orders.url=jdbc:mysql://127.0.0.1/orders"))
                .contains("(expected: a database whose driver is on the class path)");
        assertThat(problem("--carillon.center.refresh=1ms")).contains("carillon.center.refresh");
        Path file = Files.createFile(folder.resolve("file"));
        assertThat(problem("--carillon.center.data-dir=" + file)).contains("carillon.center.data-dir");
    }

    private String problem(String argument) {
        Throwable failure = catchThrowable(() -> start(null, argument).close());
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof InvalidPropertyException) {
                return cause.getMessage();
            }
        }
        throw new AssertionError("no InvalidPropertyException", failure);
    }

    @Test
    void theFirstStartLetsNobodyInButByTheLinkAndUsersOutliveARestart() throws Exception {
        String link;
        try (ConfigurableApplicationContext context = start(null, "--carillon.console.anyone=")) {
            Accounts accounts = context.getBean(Accounts.class);
            assertThat(get(context, "/preferences").statusCode()).isEqualTo(200);
            assertThat(get(context, "/").headers().firstValue("Location"))
                    .hasValueSatisfying(location -> assertThat(location).contains("/login"));
            link = accounts.firstLink().orElseThrow();
            accounts.redeem(link, "ada", "a long way home");
        }
        try (ConfigurableApplicationContext context = start(null, "--carillon.console.anyone=")) {
            Accounts accounts = context.getBean(Accounts.class);
            assertThat(accounts.firstLink()).isEmpty();
            assertThat(accounts.linkFor(link)).isEmpty();
            String session = accounts.logIn("ada", "a long way home", "127.0.0.1");
            assertThat(accounts.bySession(session)).isPresent();
            Trail trail = context.getBean(Trail.class);
            UUID id = UUID.randomUUID();
            trail.begin(new Trail.Entry(
                    id,
                    Instant.EPOCH,
                    "ada",
                    "127.0.0.1",
                    "disable",
                    "shop",
                    "billing",
                    "billing",
                    "enabled",
                    null,
                    "x",
                    null));
            trail.end(id, "disabled", "done");
            trail.end(id, "enabled", "changed afterwards");
            assertThat(trail.latest(Trail.Question.ofJob("shop", "billing"), null, 10))
                    .extracting(Trail.Entry::after, Trail.Entry::result)
                    .containsExactly(org.assertj.core.groups.Tuple.tuple("disabled", "done"));
            assertThat(trail.latest(Trail.Question.ofJob("other", ""), null, 10))
                    .isEmpty();
        }
    }

    @Test
    void theCentralServiceIsForThoseWhoHaveATokenWithTheRole() throws Exception {
        try (ConfigurableApplicationContext context = start(
                null,
                "--carillon.console.anyone=",
                "--carillon.messages.central.enabled=true",
                "--carillon.messages.broker=in-jvm")) {
            Accounts accounts = context.getBean(Accounts.class);
            String viewer = accounts.makeToken("looks", Grant.parse("viewer"), "ada", null);
            String service = accounts.makeToken("orders", Grant.parse("operator"), "ada", null);
            String inAGroup = accounts.makeToken("billing", Grant.parse("operator@shop"), "ada", null);
            String message = "{\"topic\":\"T\",\"tag\":\"A\",\"key\":\"1\",\"producer\":\"orders\",\"payload\":\"{}\"}";

            assertThat(call(context, "/api/v1/states", null, null)).isEqualTo(401);
            assertThat(call(context, "/api/v1/messages", message, null)).isEqualTo(401);
            assertThat(call(context, "/api/v1/states", null, "guessed")).isEqualTo(401);
            assertThat(call(context, "/api/v1/states", null, viewer)).isEqualTo(200);
            assertThat(call(context, "/api/v1/messages", message, viewer)).isEqualTo(403);
            assertThat(call(context, "/api/v1/messages", message, inAGroup))
                    .as("messages belong to no cluster")
                    .isEqualTo(403);
            assertThat(call(context, "/api/v1/messages", message, service)).isBetween(200, 202);
        }
    }

    private static int call(ConfigurableApplicationContext context, String path, String body, String token)
            throws Exception {
        String port = context.getEnvironment().getRequiredProperty("local.server.port");
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .header("Content-Type", "application/json");
        if (token != null) {
            request.header("Authorization", "Bearer " + token);
        }
        if (body != null) {
            request.POST(HttpRequest.BodyPublishers.ofString(body));
        }
        return HttpClient.newHttpClient()
                .send(request.build(), HttpResponse.BodyHandlers.ofString())
                .statusCode();
    }
}

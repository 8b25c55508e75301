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
package io.carillon.spring.console;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.console.access.Accounts;
import io.carillon.console.access.Grant;
import io.carillon.messages.Message;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.model.MessageState;
import io.carillon.messages.model.StoredMessage;
import io.carillon.messages.outbox.MessageStore;
import io.carillon.spring.SystemTime;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.Banner;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;
import org.yaml.snakeyaml.Yaml;

/** What the console's pages do with messages, as JSON, in a service that is no centre. */
class MessagesOverHttpTest {
    private static final String API = "/carillon/api/v1";

    private ConfigurableApplicationContext context;

    /** An application with calls of its own where a centre has its own. */
    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Service {
        @RestController
        static final class Own {
            @GetMapping("/api/v1/messages")
            String messages() {
                return "those of the application";
            }
        }
    }

    private void start(String... properties) throws IOException {
        Files.createDirectories(Path.of(System.getProperty("java.io.tmpdir")));
        List<String> all = new ArrayList<>(List.of(properties));
        all.add("server.port=0");
        all.add("spring.application.name=shop");
        all.add("spring.datasource.url=jdbc:h2:mem:over-http-" + System.identityHashCode(this) + ";DB_CLOSE_DELAY=-1");
        all.add("carillon.store.create-tables=true");
        all.add("carillon.messages.broker=in-jvm");
        context = new SpringApplicationBuilder(Service.class)
                .bannerMode(Banner.Mode.OFF)
                .properties(all.toArray(String[]::new))
                .run();
    }

    @AfterEach
    void stop() {
        if (context != null) {
            context.close();
        }
    }

    private String token(String grants) {
        return context.getBean(Accounts.class).makeToken(grants, Grant.parse(grants), "ada", null);
    }

    private HttpResponse<String> call(String path, @Nullable String token, @Nullable String body, String... headers)
            throws Exception {
        String port = context.getEnvironment().getRequiredProperty("local.server.port");
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .header("Content-Type", "application/json");
        if (token != null) {
            request.header("Authorization", "Bearer " + token);
        }
        if (headers.length > 0) {
            request.headers(headers);
        }
        if (body != null) {
            request.POST(BodyPublishers.ofString(body));
        }
        return HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofString());
    }

    private MessageId dead() {
        Instant now = SystemTime.instants().instant();
        MessageId id = MessageId.of(now, 1, 2);
        context.getBean(MessageStore.class)
                .append(List.of(new StoredMessage(
                        id,
                        Message.to("orders", "placed").key("42").json("{}").build(),
                        "shop",
                        MessageState.DEAD,
                        12,
                        now,
                        null,
                        "no route to host 10.0.0.7",
                        null)));
        return id;
    }

    @Test
    void aServiceAnswersBelowItsConsoleWhatThePagesShowOfItsMessagesToThoseWhoMay() throws Exception {
        start();
        MessageId id = dead();
        String viewer = token("viewer");
        String operator = token("operator");
        for (String path : List.of(
                "/messages?store=shop&limit=50",
                "/messages/" + id,
                "/states",
                "/lag",
                "/stores",
                "/dead-letters",
                "/parked",
                "/message-audit",
                "/directory/topics")) {
            assertThat(call(API + path, null, null).statusCode()).as(path).isEqualTo(401);
            assertThat(call(API + path, viewer, null).statusCode()).as(path).isEqualTo(200);
        }
        assertThat(call(API + "/messages?store=shop", viewer, null).body()).contains(id.toString(), "no route to host");
        assertThat(call(API + "/messages?store=nowhere", viewer, null).statusCode())
                .isEqualTo(404);
        assertThat(call("/api/v1/messages", null, null).body()).isEqualTo("those of the application");

        String order = "{\"store\":\"shop\",\"reason\":\"it is back\",\"ids\":[\"" + id + "\"]}";
        assertThat(call(API + "/messages:replay", null, order).statusCode()).isEqualTo(401);
        assertThat(call(API + "/messages:replay", viewer, order).statusCode()).isEqualTo(403);
        HttpResponse<String> large =
                call(API + "/messages:replay", operator, "{\"reason\":\"" + "x".repeat(600 * 1024) + "\",\"ids\":[]}");
        assertThat(large.statusCode()).isEqualTo(413);
        assertThat(context.getBean(MessageStore.class).find(id).orElseThrow().state())
                .isEqualTo(MessageState.DEAD);

        assertThat(call(API + "/messages:replay", operator, order, "Idempotency-Key", "k")
                        .body())
                .contains("\"repeated\":false", "\"DONE\":1");
        assertThat(call(API + "/messages:replay", operator, order, "Idempotency-Key", "k")
                        .body())
                .contains("\"repeated\":true", "\"DONE\":1");
        assertThat(call(API + "/message-audit", viewer, null).body()).contains("it is back", "operator from 127.0.0.1");
        assertThat(call(
                                API + "/directory/subscriptions:pause",
                                operator,
                                "{\"name\":\"points\",\"reason\":\"they are full\"}")
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void whatOnlyACentreDoesIsNotThereAndTheDescriptionSaysWhatIs() throws Exception {
        start();
        String admin = token("admin");
        for (String path : List.of(API + "/messages:prepare", API + "/cleanings", "/api/v1/messages:prepare")) {
            assertThat(call(path, admin, "{}").statusCode()).as(path).isEqualTo(404);
        }
        Map<String, Object> document =
                new Yaml().load(call(API + "/openapi.yaml", admin, null).body());
        assertThat(document.get("servers")).isEqualTo(List.of(Map.of("url", "/carillon")));
        Set<String> described = new TreeSet<>();
        ((Map<?, ?>) document.get("paths")).forEach((path, verbs) -> ((Map<?, ?>) verbs)
                .keySet()
                .forEach(verb -> described.add(String.valueOf(verb).toUpperCase(Locale.ROOT) + " /carillon" + path)));
        Set<String> routes = new TreeSet<>();
        context.getBean("requestMappingHandlerMapping", RequestMappingHandlerMapping.class)
                .getHandlerMethods()
                .forEach((mapping, method) -> {
                    if (method.getBeanType().getPackageName().equals("io.carillon.spring.central")
                            && !method.getMethod().getName().equals("check")) {
                        mapping.getPatternValues().forEach(path -> mapping.getMethodsCondition()
                                .getMethods()
                                .forEach(verb -> routes.add(verb + " " + path)));
                    }
                });
        assertThat(described).isEqualTo(routes).hasSizeGreaterThan(15);
    }

    @Test
    void aConsoleThroughWhichNothingCanBeChangedTakesNoCommandsAsJsonEither() throws Exception {
        start("carillon.console.read-only=true");
        MessageId id = dead();
        String admin = token("admin");
        HttpResponse<String> refused =
                call(API + "/messages:discard", admin, "{\"reason\":\"x\",\"ids\":[\"" + id + "\"]}");
        assertThat(refused.statusCode()).isEqualTo(403);
        assertThat(refused.body()).contains("carillon.console.read-only");
        assertThat(call(API + "/messages", admin, null).statusCode()).isEqualTo(200);
    }

    @Test
    void withoutAConsoleAServiceAnswersNothingOfItsMessages() throws Exception {
        start("carillon.console.enabled=false");
        assertThat(call(API + "/messages", null, null).statusCode()).isEqualTo(404);
        assertThat(call("/api/v1/states", null, null).statusCode()).isEqualTo(404);
    }
}

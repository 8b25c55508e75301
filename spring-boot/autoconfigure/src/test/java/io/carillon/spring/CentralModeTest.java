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
package io.carillon.spring;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.messages.Message;
import io.carillon.messages.MessageServiceOptions;
import io.carillon.messages.ReceivedMessage;
import io.carillon.messages.central.CentralMessages;
import io.carillon.messages.central.Outcome;
import io.carillon.messages.central.TransactionMarks;
import io.carillon.messages.inbox.InboxStore;
import io.carillon.messages.inbox.Parked;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.model.MessageState;
import io.carillon.messages.outbox.MessageStore;
import io.carillon.messages.outbox.Transactions;
import io.carillon.messages.recovery.CheckBack;
import io.carillon.messages.recovery.MaintenanceResult;
import io.carillon.messages.recovery.ParkedCommands;
import io.carillon.spring.central.CentralClient;
import io.carillon.spring.central.CentralClient.CentralException;
import io.carillon.spring.central.CentralTransactions;
import io.carillon.spring.central.HttpProducerCheck;
import io.carillon.spring.central.MessageCheckController;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.springframework.boot.Banner;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.transaction.support.TransactionTemplate;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;
import org.yaml.snakeyaml.Yaml;

/** A centre over HTTP, which is also the producer that it asks. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CentralModeTest {

    private static final String CHECK_TOKEN = "open sesame";

    private ConfigurableApplicationContext application;
    private String url;
    private CentralClient client;
    private MessageStore store;

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(Received.class)
    static class Centre {}

    static class Received {

        final Queue<ReceivedMessage> messages = new ConcurrentLinkedQueue<>();

        @ReliableListener(topic = "CENTRAL")
        public void receive(ReceivedMessage message) {
            messages.add(message);
        }
    }

    @BeforeAll
    void start() throws IOException {
        // the web server's working folders go there
        Files.createDirectories(Path.of(System.getProperty("java.io.tmpdir")));
        application = new SpringApplicationBuilder(Centre.class)
                .bannerMode(Banner.Mode.OFF)
                .properties(Map.of(
                        "server.port", "0",
                        "spring.application.name", "centre",
                        "spring.datasource.url", "jdbc:h2:mem:centre;DB_CLOSE_DELAY=-1",
                        "carillon.store.create-tables", "true",
                        "carillon.messages.broker", "in-jvm",
                        "carillon.messages.central.enabled", "true",
                        "carillon.console.anyone", "admin",
                        "carillon.central.check-token", CHECK_TOKEN,
                        "carillon.messages.central.check-token", CHECK_TOKEN,
                        "carillon.messages.check-after", "1ms"))
                .run();
        url = "http://127.0.0.1:" + application.getEnvironment().getRequiredProperty("local.server.port");
        store = application.getBean(MessageStore.class);
        client = new CentralClient(
                url, "remote", url + MessageCheckController.PATH, Duration.ofSeconds(30), SystemTime.instants());
    }

    @AfterAll
    void stop() {
        application.close();
    }

    private static Message message(String text) {
        return Message.to("CENTRAL", "")
                .key("key of " + text)
                .text(text)
                .header("h", text)
                .build();
    }

    private MessageState state(MessageId id) {
        return store.find(id).orElseThrow().state();
    }

    private void awaitReceived(MessageId id) {
        Await.until("received " + id, () -> application.getBean(Received.class).messages.stream()
                .anyMatch(message -> message.id().equals(id)));
    }

    @Test
    void aPreparedMessageIsSentWhenItIsSubmitted() {
        MessageId id = client.prepare(message("a"));
        assertThat(state(id)).isEqualTo(MessageState.WAITING_CONFIRM);
        client.submit(id);
        client.submit(id);
        awaitReceived(id);
        assertThat(application.getBean(Received.class).messages)
                .filteredOn(message -> message.id().equals(id))
                .singleElement()
                .satisfies(received -> {
                    assertThat(received.producer()).as("whose store holds it").isEqualTo("centre");
                    assertThat(received.message().headers()).containsEntry("carillon-origin", "remote");
                    assertThat(received.message().text()).isEqualTo("a");
                    assertThat(received.message().key()).isEqualTo("key of a");
                    assertThat(received.message().contentType()).isEqualTo("text/plain");
                    assertThat(received.message().headers()).containsEntry("h", "a");
                });
    }

    @Test
    void aCancelledMessageIsNeverSent() {
        MessageId id = client.prepare(message("b"));
        client.cancel(id);
        client.cancel(id);
        assertThat(state(id)).isEqualTo(MessageState.CANCELLED);
        assertThatThrownBy(() -> client.submit(id))
                .isInstanceOfSatisfying(
                        CentralException.class, e -> assertThat(e.status()).isEqualTo(409))
                .hasMessageContaining("SUBMIT in state CANCELLED, submitted or cancelled before")
                .hasMessageContaining("\"state\":\"CANCELLED\"")
                .hasMessageContaining("\"event\":\"SUBMIT\"")
                .hasMessageContaining("\"id\":\"" + id + "\"");
    }

    @Test
    void anIdThatIsUsedAgainForAnotherContentIsAConflict() {
        MessageId id = client.newId();
        client.saveAndSend(id, message("one"));
        client.saveAndSend(id, message("one"));
        assertThatThrownBy(() -> client.saveAndSend(id, message("two")))
                .isInstanceOfSatisfying(
                        CentralException.class, e -> assertThat(e.status()).isEqualTo(409));
    }

    @Test
    void aBodyOfTenMegabytesIsRefusedWithAnAnswer() throws Exception {
        String large =
                "{\"producer\":\"p\",\"topic\":\"CENTRAL\",\"payload\":\"" + "x".repeat(10 * 1024 * 1024) + "\"}";
        HttpResponse<String> known = post("/api/v1/messages", HttpRequest.BodyPublishers.ofString(large));
        assertThat(known.statusCode()).isEqualTo(413);
        assertThat(known.headers().firstValue("Content-Type")).contains("application/problem+json");
        assertThat(known.body()).contains("bytes (expected: at most 6291456 bytes)");
        HttpResponse<String> chunked = post(
                "/api/v1/messages",
                HttpRequest.BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(large.getBytes(UTF_8))));
        assertThat(chunked.statusCode()).isEqualTo(413);
        assertThat(chunked.body()).contains("body: more than 6291456 bytes (expected: at most");
    }

    private HttpResponse<String> postWithKey(String path, String key, String body) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url + path))
                .header("Content-Type", "application/json")
                .header("Idempotency-Key", key)
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> post(String path, HttpRequest.BodyPublisher body) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url + path))
                .header("Content-Type", "application/json")
                .POST(body);
        if (path.equals(MessageCheckController.PATH)) {
            request.header("Authorization", "Bearer " + CHECK_TOKEN);
        }
        return HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> post(String path, String body) throws Exception {
        return post(path, HttpRequest.BodyPublishers.ofString(body));
    }

    private String get(String path) throws Exception {
        HttpResponse<String> response = HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(URI.create(url + path)).build(), HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return response.body();
    }

    @Test
    void aBatchHasAnOutcomePerItemAndABadOneStopsNoOther() throws Exception {
        MessageId known = client.saveAndSend(message("known"));
        String body = "{\"messages\":["
                + "{\"producer\":\"p\",\"topic\":\"CENTRAL\",\"payload\":\"one\"},"
                + "{\"producer\":\"p\"},"
                + "null,"
                + "{\"id\":\"" + known + "\",\"producer\":\"p\",\"topic\":\"CENTRAL\",\"payload\":\"other\"},"
                + "{\"producer\":\"p\",\"topic\":\"CENTRAL\",\"payload\":\"two\"}]}";
        HttpResponse<String> answer = post("/api/v1/messages:batch", body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.body())
                .contains("\"DONE\":2", "\"INVALID\":2", "\"CONFLICT\":1", "topic: not set (expected: a text)");
        MessageId prepared = client.prepare(message("p"));
        assertThat(post("/api/v1/messages:batch", "{\"operation\":\"submit\",\"ids\":[\"" + prepared + "\",\"x\"]}")
                        .body())
                .contains("\"DONE\":1", "\"INVALID\":1");
        awaitReceived(prepared);
    }

    @Test
    void whatIsKeptIsFoundByItsPartsAndItsConfirmationsAreTold() throws Exception {
        MessageId id = client.saveAndSend(message("findme"));
        Await.until("it is finished", () -> state(id) == MessageState.FINISHED);
        assertThat(get("/api/v1/messages/" + id))
                .contains(
                        "\"payload\":\"findme\"",
                        "\"state\":\"FINISHED\"",
                        "\"group\":\"centre\"",
                        "\"producer\":\"remote\"");
        assertThat(
                        get(
                                "/api/v1/messages?key=key%20of%20findme&topic=CENTRAL&state=FINISHED,SENT&producer=remote&group=centre"))
                .contains(id.toString());
        assertThat(get("/api/v1/messages?key=nothing")).doesNotContain(id.toString());
        assertThat(get("/api/v1/messages?olderThan=P1D")).doesNotContain(id.toString());
        assertThat(get("/api/v1/states")).contains("\"FINISHED\":");
        assertThat(get("/api/v1/lag")).contains("\"store\":\"centre\"");
        assertThat(get("/api/v1/dead-letters")).contains("\"truncated\":false");
        assertThat(get("/api/v1/stores")).contains("{\"store\":\"centre\",\"commands\":true}");
        assertThat(post("/api/v1/messages:replay", "{\"reason\":\"r\",\"ids\":[\"" + id + "\"]}")
                        .body())
                .contains("\"CONSUMED\":1");
        assertThat(get("/api/v1/message-audit")).contains("anyone from 127.0.0.1", id.toString());
    }

    @Test
    void confirmationsAreTakenOverHttpAndRepeatedOnesAreHarmless() throws Exception {
        store.subscribe(
                "elsewhere",
                Map.of("ABROAD", Set.of("*")),
                SystemTime.instants().instant());
        MessageId id = client.saveAndSend(Message.to("ABROAD", "").text("x").build());
        Await.until("it is sent", () -> state(id) == MessageState.SENT);
        assertThat(get("/api/v1/lag")).contains("\"group\":\"elsewhere\"");
        String body = "{\"deliveries\":[{\"id\":\"" + id + "\",\"group\":\"elsewhere\"},{\"group\":\"g\"},{\"id\":\""
                + client.newId() + "\",\"group\":\"g\"}]}";
        assertThat(post("/api/v1/deliveries:confirm", body).body())
                .contains("\"DONE\":1", "\"INVALID\":1", "\"NOT_FOUND\":1");
        assertThat(state(id)).isEqualTo(MessageState.FINISHED);
        assertThat(post("/api/v1/deliveries:confirm", body).body()).contains("\"ALREADY_DONE\":1");
    }

    @Test
    void anEditOfTheDirectoryHoldsAtOnceAndIsInTheAudit() throws Exception {
        String edit = "{\"name\":\"CLOSED\",\"reason\":\"stock count\"}";
        assertThat(post("/api/v1/directory/topics:disable", edit).statusCode()).isEqualTo(200);
        HttpResponse<String> refused =
                post("/api/v1/messages", "{\"producer\":\"p\",\"topic\":\"CLOSED\",\"payload\":\"x\"}");
        assertThat(refused.statusCode()).isEqualTo(422);
        assertThat(refused.body()).contains("topic: CLOSED, disabled by anyone from 127.0.0.1 at ", "stock count");
        assertThat(get("/api/v1/directory/topics")).contains("\"name\":\"CLOSED\"", "\"status\":\"DISABLED\"");
        assertThat(post("/api/v1/directory/topics:enable", edit).statusCode()).isEqualTo(200);
        assertThat(post("/api/v1/messages", "{\"producer\":\"p\",\"topic\":\"CLOSED\",\"payload\":\"x\"}")
                        .statusCode())
                .isEqualTo(200);
        assertThat(get("/api/v1/message-audit")).contains("disable topic", "enable topic", "stock count");
        Await.until("the own subscription is declared", () -> {
            try {
                return get("/api/v1/directory/subscriptions").contains("\"topic\":\"CENTRAL\"");
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
        assertThat(get("/api/v1/directory/producers")).contains("\"name\":\"centre\"");
    }

    @Test
    void belowTheConsoleOfACentreItsMessagesAreSeenToo() throws Exception {
        assertThat(get("/carillon/api/v1/states")).isEqualTo(get("/api/v1/states"));
        assertThat(get("/carillon/api/v1/directory/topics")).isEqualTo(get("/api/v1/directory/topics"));
    }

    @Test
    void theOpenApiDocumentAgreesWithTheRoutes() throws Exception {
        Map<String, Object> document = new Yaml().load(get("/api/v1/openapi.yaml"));
        Set<String> described = new TreeSet<>();
        ((Map<?, ?>) document.get("paths")).forEach((path, methods) -> ((Map<?, ?>) methods)
                .keySet()
                .forEach(method -> described.add(String.valueOf(method).toUpperCase(Locale.ROOT) + " " + path)));
        Set<String> routes = new TreeSet<>();
        application
                .getBean("requestMappingHandlerMapping", RequestMappingHandlerMapping.class)
                .getHandlerMethods()
                .forEach((mapping, method) -> {
                    if (method.getBeanType().getPackageName().equals("io.carillon.spring.central")) {
                        for (String path : mapping.getPatternValues()) {
                            if (path.startsWith("/api/v1/")) {
                                mapping.getMethodsCondition()
                                        .getMethods()
                                        .forEach(verb -> routes.add(verb + " " + path));
                            }
                        }
                    }
                });
        assertThat(document.get("openapi")).isEqualTo("3.1.0");
        assertThat(routes).hasSizeGreaterThan(20);
        assertThat(described).isEqualTo(routes);
    }

    @Test
    void aSavedMessageIsSentAtOnce() {
        awaitReceived(client.saveAndSend(message("c")));
    }

    @Test
    void anUnknownMessageIsNotFound() {
        assertThatThrownBy(() -> client.submit(client.newId()))
                .isInstanceOfSatisfying(
                        CentralException.class, e -> assertThat(e.status()).isEqualTo(404))
                .hasMessageContaining("prepare it first");
    }

    @Test
    void aReplayWithAnIdempotencyKeyIsDoneOnceHoweverOftenItIsAskedFor() throws Exception {
        MessageId id = client.saveAndSend(message("once"));
        Await.until("it is finished", () -> state(id) == MessageState.FINISHED);
        String body = "{\"reason\":\"lost answer\",\"ids\":[\"" + id + "\"]}";
        HttpResponse<String> first = postWithKey("/api/v1/messages:replay", "k-1", body);
        assertThat(first.body()).contains("\"repeated\":false", "\"CONSUMED\":1", "\"items\":[{");
        long commands = entriesAbout(id);
        HttpResponse<String> again = postWithKey("/api/v1/messages:replay", "k-1", body);
        assertThat(again.statusCode()).isEqualTo(200);
        assertThat(again.body()).contains("\"repeated\":true", "\"CONSUMED\":1", "\"truncated\":false", "\"items\":[]");
        assertThat(entriesAbout(id)).as("it was not done again").isEqualTo(commands);
        HttpResponse<String> other =
                postWithKey("/api/v1/messages:replay", "k-1", body.replace("lost answer", "another"));
        assertThat(other.statusCode()).isEqualTo(422);
        assertThat(other.body()).contains("was used for something else");
        HttpResponse<String> refused =
                postWithKey("/api/v1/messages:replay", "k-2", "{\"reason\":\"r\",\"ids\":[],\"limit\":0}");
        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(postWithKey("/api/v1/messages:replay", "k-2", "{\"reason\":\"r\",\"ids\":[],\"limit\":0}")
                        .statusCode())
                .as("nothing was done, so the key is free")
                .isEqualTo(400);
    }

    private long entriesAbout(MessageId id) throws Exception {
        return get("/api/v1/message-audit?limit=1000").split(id.toString(), -1).length;
    }

    @Test
    void parkedMessagesAreSeenHandledAgainAndGivenUpOverHttp() throws Exception {
        InboxStore inbox = application.getBean(InboxStore.class);
        List<MessageId> ids = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            MessageId id = MessageId.of(SystemTime.instants().instant(), i, i);
            ids.add(id);
            inbox.park(new Parked(
                    new ReceivedMessage(id, message("parked " + i), "remote", "centre", 16),
                    "no such customer",
                    SystemTime.instants().instant()));
        }
        String page = get("/api/v1/parked?group=centre&limit=2");
        assertThat(page).contains(ids.get(0).toString(), "\"reason\":\"no such customer\"", "\"deliveries\":16");
        assertThat(get("/api/v1/parked?after=" + ids.get(1) + "%20centre"))
                .contains(ids.get(2).toString())
                .doesNotContain(ids.get(0).toString());
        assertThat(get("/api/v1/parked?group=nobody")).contains("\"messages\":[]");

        String keys = "[{\"id\":\"" + ids.get(0) + "\",\"group\":\"centre\"},{\"id\":\"" + ids.get(0)
                + "\",\"group\":\"gone\"}]";
        HttpResponse<String> released =
                post("/api/v1/parked:release", "{\"reason\":\"the customer is there\",\"messages\":" + keys + "}");
        assertThat(released.body()).contains("\"DONE\":1", "\"NOT_THERE\":1");
        awaitReceived(ids.get(0));
        String other = "[{\"id\":\"" + ids.get(1) + "\",\"group\":\"centre\"}]";
        assertThat(post("/api/v1/parked:discard", "{\"reason\":\"a test\",\"messages\":" + other + "}")
                        .body())
                .contains("\"DONE\":1");
        assertThat(inbox.parked("centre", null, 10))
                .extracting(each -> each.message().id())
                .containsExactly(ids.get(2));
        assertThat(get("/api/v1/message-audit")).contains("release parked", "discard parked", "the customer is there");
        assertBad("/api/v1/parked:release", "{\"messages\":[]}", "reason: not set");
        assertBad("/api/v1/parked:release", "{\"reason\":\"r\"}", "messages: 0 (expected: 1..1000)");
        assertBad(
                "/api/v1/parked:discard",
                "{\"reason\":\"r\",\"messages\":[{\"id\":\"x\",\"group\":\"g\"}]}",
                "message id: 'x' (expected: a UUID)");
    }

    @Test
    void whatACentreWantsOfAParkedMessageIsDoneByTheServiceThatHasIt() throws Exception {
        InboxStore inbox = application.getBean(InboxStore.class);
        MessageId id = MessageId.of(SystemTime.instants().instant(), 77, 77);
        inbox.park(new Parked(
                new ReceivedMessage(id, message("wanted"), "remote", "centre", 16),
                "no such customer",
                SystemTime.instants().instant()));
        application
                .getBean(ParkedCommands.Elsewhere.class)
                .ask(true, new ParkedCommands.Key(id, "centre"), "ann from 10.0.0.9", "the customer is there");
        awaitReceived(id);
        Await.until("it is parked no more", () -> inbox.findParked(id, "centre").isEmpty());
        assertThat(get("/api/v1/message-audit")).contains("ann from 10.0.0.9", id + " centre");
    }

    @Test
    void aBadRequestIsExplained() throws Exception {
        assertBad("/api/v1/messages:prepare", "{\"topic\":\"T\"}", "producer: not set (expected: a text)");
        assertBad("/api/v1/messages:prepare", "{\"producer\":\"p\"}", "topic: not set (expected: a text)");
        assertBad("/api/v1/messages:prepare", "{", "body: unreadable (expected: a JSON object)");
        assertBad(
                "/api/v1/messages",
                "{\"id\":\"6b4e1f3e-6f0c-4a3e-9a55-000000000000\",\"producer\":\"p\",\"topic\":\"T\"}",
                "(expected: a UUID of version 7");
        assertBad("/api/v1/messages/x:submit", "", "id: x (expected: a UUID of version 7)");
        assertBad("/api/v1/messages/x:cancel", "", "id: x (expected: a UUID of version 7)");
        assertBad("/api/v1/messages:batch", "{}", "messages: not set (expected: 1..1000 of them)");
        assertBad("/api/v1/messages:batch", "{\"operation\":\"EAT\"}", "operation: EAT (expected: SEND, PREPARE,");
        assertBad("/api/v1/deliveries:confirm", "{\"deliveries\":[]}", "deliveries: 0 of them (expected: 1..1000");
        assertBad("/api/v1/messages:replay", "{\"ids\":[]}", "reason: not set");
        assertBad("/api/v1/messages:replay", "{\"reason\":\"r\"}", "ids: not set, nor filter (expected: one of");
        assertBad(
                "/api/v1/messages:replay",
                "{\"reason\":\"r\",\"filter\":{\"states\":[\"GONE\"]}}",
                "state: GONE (expected: one of");
        assertBad(
                "/api/v1/messages:replay",
                "{\"reason\":\"r\",\"ids\":[],\"limit\":0}",
                "limit: 0 (expected: 1..10000)");
        assertBad("/api/v1/directory/topics:put", "{\"reason\":\"r\"}", "name: not set");
        assertBad("/api/v1/directory/topics:disable", "{\"name\":\"T\"}", "reason: not set");
        assertBad(
                "/api/v1/messages:prepare",
                "{\"producer\":\"p\",\"topic\":\"T\",\"checkUrl\":\"file:///etc\"}",
                "checkUrl: file:///etc (expected: an http or https address");
        assertBad(MessageCheckController.PATH, "{}", "ids: not set (expected: 0..100 message ids)");
        assertBad(MessageCheckController.PATH, "{\"ids\":[\"x\"]}", "message id: 'x' (expected: a UUID)");
    }

    private void assertBad(String path, String body, String text) throws Exception {
        HttpResponse<String> response = post(path, body);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
        assertThat(response.headers().firstValue("Content-Type")).contains("application/problem+json");
        assertThat(response.body()).contains(text);
    }

    @Test
    void aLostSubmitIsMadeUpForByAskingTheProducer() {
        TransactionMarks marks = application.getBean(TransactionMarks.class);
        MessageId committed = client.prepare(message("d"));
        application.getBean(TransactionTemplate.class).executeWithoutResult(status -> marks.committed(committed));
        MessageId neverBegun = client.prepare(message("e"));

        CheckBack checkBack = new CheckBack(
                store,
                application.getBean(CentralMessages.class),
                new HttpProducerCheck(Duration.ofSeconds(30), CHECK_TOKEN),
                application.getBean(MessageServiceOptions.class));
        MaintenanceResult result = checkBack.run(SystemTime.instants().instant().plusSeconds(5), 0, 1);

        assertThat(result.handled()).isEqualTo(2);
        awaitReceived(committed);
        assertThat(state(neverBegun)).isEqualTo(MessageState.CANCELLED);
        assertThatThrownBy(() -> application
                        .getBean(TransactionTemplate.class)
                        .executeWithoutResult(status -> marks.committed(neverBegun)))
                .isInstanceOf(IllegalStateException.class);
    }

    private CentralTransactions transactions(String centre) {
        return new CentralTransactions(
                new CentralClient(
                        centre,
                        "remote",
                        url + MessageCheckController.PATH,
                        Duration.ofSeconds(30),
                        SystemTime.instants()),
                application.getBean(Transactions.class),
                application.getBean(TransactionMarks.class));
    }

    @Test
    void theMessagesOfATransactionAreSentIfAndOnlyIfItCommits() throws Exception {
        Map<String, Object> seen = new HashMap<>();
        String done = transactions(url).inNew(List.of(message("tx one"), message("tx two")), () -> {
            seen.put("waiting", store.latest(MessageState.WAITING_CONFIRM, 10).size());
            return "done";
        });
        assertThat(done).isEqualTo("done");
        assertThat((Integer) seen.get("waiting")).as("prepared before the work").isGreaterThanOrEqualTo(2);
        Await.until(
                "both are received",
                () -> application.getBean(Received.class).messages.stream()
                                .filter(each -> each.message().text().startsWith("tx "))
                                .count()
                        == 2);

        assertThatThrownBy(() -> transactions(url).inNew(List.of(message("never")), () -> {
                    throw new IllegalStateException("no stock");
                }))
                .hasMessage("no stock");
        assertThat(store.latest(null, 50))
                .filteredOn(row -> row.message().text().equals("never"))
                .singleElement()
                .satisfies(row -> assertThat(row.state()).isEqualTo(MessageState.CANCELLED));
    }

    @Test
    void noTransactionBeginsWhenTheCentreCannotBeReachedOrOneIsOpen() {
        Callable<String> work = () -> {
            throw new AssertionError("it must not begin");
        };
        assertThatThrownBy(() -> transactions("http://127.0.0.1:1").inNew(List.of(message("x")), work))
                .isInstanceOf(CentralException.class);
        application.getBean(TransactionTemplate.class).executeWithoutResult(status -> assertThatThrownBy(
                        () -> transactions(url).inNew(List.of(message("x")), work))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("transaction: open on this thread"));
    }

    @Test
    void aProducerThatDoesNotAnswerDecidesNothing() {
        HttpProducerCheck check = new HttpProducerCheck(Duration.ofSeconds(30));
        assertThatThrownBy(() -> check.ask(url + "/nothing/here", List.of(client.newId())))
                .hasMessageContaining("status 404 (expected: 200)");
    }

    @Test
    void everyIdGetsAnOutcome() throws Exception {
        MessageId one = client.newId();
        MessageId two = client.newId();
        assertThat(new HttpProducerCheck(Duration.ofSeconds(30), CHECK_TOKEN)
                        .ask(url + MessageCheckController.PATH, List.of(one, two)))
                .isEqualTo(Map.of(one, Outcome.ROLLED_BACK, two, Outcome.ROLLED_BACK));
    }

    @Test
    void nothingIsSettledForWhoDoesNotHaveTheTokenOfTheProducer() throws Exception {
        MessageId open = client.newId();
        for (String token : List.of("", "guessed")) {
            assertThatThrownBy(() -> new HttpProducerCheck(Duration.ofSeconds(30), token)
                            .ask(url + MessageCheckController.PATH, List.of(open)))
                    .hasMessageContaining("status 401 (expected: 200)");
        }
        TransactionMarks marks = application.getBean(TransactionMarks.class);
        application.getBean(TransactionTemplate.class).executeWithoutResult(status -> marks.committed(open));
        assertThat(new HttpProducerCheck(Duration.ofSeconds(30), CHECK_TOKEN)
                        .ask(url + MessageCheckController.PATH, List.of(open)))
                .isEqualTo(Map.of(open, Outcome.COMMITTED));
    }
}

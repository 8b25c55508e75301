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

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.messages.Message;
import io.carillon.messages.MessageServiceOptions;
import io.carillon.messages.ReceivedMessage;
import io.carillon.messages.central.CentralMessages;
import io.carillon.messages.central.Outcome;
import io.carillon.messages.central.TransactionMarks;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.model.MessageState;
import io.carillon.messages.outbox.MessageStore;
import io.carillon.messages.recovery.CheckBack;
import io.carillon.messages.recovery.MaintenanceResult;
import io.carillon.spring.central.CentralClient;
import io.carillon.spring.central.CentralClient.CentralException;
import io.carillon.spring.central.HttpProducerCheck;
import io.carillon.spring.central.MessageCheckController;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
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

/** A centre over HTTP, which is also the producer that it asks. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CentralModeTest {

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
                .hasMessageContaining("submitted or cancelled before");
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
    void aBadRequestIsExplained() throws Exception {
        assertBad("/api/v1/messages:prepare", "{\"topic\":\"T\"}", "producer: not set (expected: a text)");
        assertBad("/api/v1/messages:prepare", "{\"producer\":\"p\"}", "topic: not set (expected: a text)");
        assertBad("/api/v1/messages:prepare", "{", "body: unreadable (expected: a JSON object)");
        assertBad(
                "/api/v1/messages",
                "{\"id\":\"6b4e1f3e-6f0c-4a3e-9a55-000000000000\",\"producer\":\"p\",\"topic\":\"T\"}",
                "(expected: a UUID of version 7");
        assertBad("/api/v1/messages:submit", "{\"id\":\"x\"}", "id: x (expected: a UUID of version 7)");
        assertBad("/api/v1/messages:cancel", "{}", "id: not set");
        assertBad(
                "/api/v1/messages:prepare",
                "{\"producer\":\"p\",\"topic\":\"T\",\"checkUrl\":\"file:///etc\"}",
                "checkUrl: file:///etc (expected: an http or https address");
        assertBad(MessageCheckController.PATH, "{}", "ids: not set (expected: 0..100 message ids)");
        assertBad(MessageCheckController.PATH, "{\"ids\":[\"x\"]}", "message id: 'x' (expected: a UUID)");
    }

    private void assertBad(String path, String body, String text) throws Exception {
        HttpResponse<String> response = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create(url + path))
                                .header("Content-Type", "application/json")
                                .POST(HttpRequest.BodyPublishers.ofString(body))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
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
                new HttpProducerCheck(Duration.ofSeconds(30)),
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
        assertThat(new HttpProducerCheck(Duration.ofSeconds(30))
                        .ask(url + MessageCheckController.PATH, List.of(one, two)))
                .isEqualTo(Map.of(one, Outcome.ROLLED_BACK, two, Outcome.ROLLED_BACK));
    }
}

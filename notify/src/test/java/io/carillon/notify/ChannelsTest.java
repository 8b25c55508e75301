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
package io.carillon.notify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The channels beside WeCom and DingTalk, against a real HTTP server in this JVM. */
class ChannelsTest {

    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final Instant NOW = Instant.parse("2026-11-27T10:15:30Z");

    private record Request(String query, String signature, String timestamp, String body) {}

    private final List<Request> requests = new ArrayList<>();
    private volatile String answer = "ok";
    private volatile int status = 200;
    private HttpServer http;
    private URI address;

    @BeforeEach
    void start() throws IOException {
        http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        http.createContext("/", exchange -> {
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            requests.add(new Request(
                    exchange.getRequestURI().getRawQuery(),
                    exchange.getRequestHeaders().getFirst(WebhookNotifier.SIGNATURE),
                    exchange.getRequestHeaders().getFirst(WebhookNotifier.TIMESTAMP),
                    body));
            byte[] text = answer.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, text.length);
            exchange.getResponseBody().write(text);
            exchange.close();
        });
        http.start();
        address = URI.create("http://127.0.0.1:" + http.getAddress().getPort() + "/hook?token=secret-token");
    }

    @AfterEach
    void stop() {
        http.stop(0);
    }

    @Test
    void aWebhookGetsTheFactsAsJsonAndASignatureOverTimeAndBody() throws Exception {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("id", "17");
        facts.put("job", "a\"b\n灯");
        WebhookNotifier webhook = new WebhookNotifier(address, "key", TIMEOUT, () -> NOW);
        status = 204;
        answer = "";
        webhook.send(new Notice("Late", "since 10:00", facts));
        Request request = requests.get(0);
        assertThat(request.body)
                .isEqualTo("{\"id\":\"17\",\"job\":\"a\\\"b\\u000a灯\",\"title\":\"Late\",\"text\":\"since 10:00\"}");
        assertThat(request.timestamp).isEqualTo("1795774530");
        // printf '%s' '1795774530.{...}' | openssl dgst -sha256 -hmac key
        assertThat(request.signature)
                .isEqualTo("sha256=252189cabc2dee993e0aa03acb02c5c3e3f96c07b52f9f14ac597833bd054c1d");
        assertThat(request.query).isEqualTo("token=secret-token");
        assertThat(webhook.target()).startsWith("webhook #").doesNotContain("secret-token");
    }

    @Test
    void aWebhookWithoutASecretIsNotSigned() throws Exception {
        new WebhookNotifier(address, null, TIMEOUT).send(new Notice("t", "x"));
        assertThat(requests.get(0).signature).isNull();
    }

    @Test
    void aWebhookThatRefusesIsAnErrorThatShowsNoToken() {
        status = 500;
        answer = "out of order";
        assertThatThrownBy(() -> new WebhookNotifier(address, "key", TIMEOUT).send(new Notice("t", "x")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("status 500, out of order")
                .hasMessageNotContaining("secret-token");
        http.stop(0);
        assertThatThrownBy(() -> new WebhookNotifier(address, "key", TIMEOUT).send(new Notice("t", "x")))
                .isInstanceOf(IOException.class)
                .hasMessageNotContaining("secret-token");
    }

    @Test
    void feishuGetsATextWithItsKeywordAndASignatureKeyedWithTimeAndSecret() throws Exception {
        answer = "{\"code\":0,\"msg\":\"success\"}";
        new FeishuNotifier(address, "[Carillon]", "demo", TIMEOUT, () -> Instant.ofEpochSecond(1599360473L))
                .send(new Notice("作业延迟", "下一步"));
        // printf '' | openssl dgst -sha256 -hmac $'1599360473\ndemo' -binary | base64
        assertThat(requests.get(0).body)
                .isEqualTo("{\"timestamp\":\"1599360473\",\"sign\":\"l1N0gAcBjdwBvGm1xMjOF0XSyaLRpR7tuO5dHfhAYc8=\","
                        + "\"msg_type\":\"text\",\"content\":{\"text\":\"[Carillon] 作业延迟\\u000a下一步\"}}");
    }

    @Test
    void whatFeishuRefusesWithACodeIsAnError() {
        answer = "{\"code\":19021,\"msg\":\"sign match fail or timestamp is not within one hour\"}";
        assertThatThrownBy(() -> new FeishuNotifier(address, null, "demo", TIMEOUT).send(new Notice("t", "x")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("19021");
    }

    @Test
    void slackGetsATextInWhichAJobsNameMentionsNobody() throws Exception {
        new SlackNotifier(address, TIMEOUT).send(new Notice("job <!channel>", "a & b"));
        assertThat(requests.get(0).body).isEqualTo("{\"text\":\"job &lt;!channel&gt;\\u000aa &amp; b\"}");
        status = 404;
        answer = "no_service";
        assertThatThrownBy(() -> new SlackNotifier(address, TIMEOUT).send(new Notice("t", "x")))
                .hasMessageContaining("status 404, no_service");
    }

    @Test
    void aMailServerWithoutALoginTakesMailWithoutOne() throws Exception {
        ServerSetup setup = new ServerSetup(0, "127.0.0.1", ServerSetup.PROTOCOL_SMTP);
        setup.setServerStartupTimeout(60_000);
        GreenMail mail = new GreenMail(setup);
        mail.start();
        try {
            new MailNotifier(new MailNotifier.Server(
                            "127.0.0.1",
                            mail.getSmtp().getPort(),
                            "",
                            "",
                            false,
                            null,
                            null,
                            "a@example.com",
                            "b@example.com",
                            null,
                            null,
                            false))
                    .send(new Notice("Recovered", "text"));
            assertThat(mail.getReceivedMessages()[0].getSubject()).isEqualTo("Recovered");
        } finally {
            mail.stop();
        }
    }
}

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
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;

/** Bodies that come byte by byte, or that are too long, on the centre's real server with six threads. */
@ExtendWith(OutputCaptureExtension.class)
class SlowRequestsTest {
    private static final int THREADS = 6;
    /** Between two bytes. */
    private static final int PAUSE_MILLIS = 200;

    @TempDir
    static Path folder;

    private static ConfigurableApplicationContext center;
    private static String token;
    private static final ExecutorService CLIENTS = Executors.newCachedThreadPool();

    @BeforeAll
    static void start() throws Exception {
        Files.createDirectories(Path.of(System.getProperty("java.io.tmpdir")));
        center = new SpringApplicationBuilder(CenterApplication.class)
                .run(
                        "--server.port=0",
                        "--server.tomcat.threads.max=" + THREADS,
                        "--carillon.console.body-within=4s",
                        "--carillon.center.data-dir=" + folder.resolve("data"));
        token = center.getBean(Accounts.class).makeToken("t", Grant.parse("admin"), "ada", null);
    }

    @AfterAll
    static void stop() {
        CLIENTS.shutdownNow();
        center.close();
    }

    private static int port() {
        return Integer.parseInt(center.getEnvironment().getRequiredProperty("local.server.port"));
    }

    private static Socket connect(String head) throws IOException {
        Socket socket = new Socket();
        socket.connect(new InetSocketAddress("127.0.0.1", port()));
        socket.getOutputStream().write((head + "\r\nHost: 127.0.0.1\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
        socket.getOutputStream().flush();
        return socket;
    }

    /** Sends a body byte by byte until the server hangs up; all that it said. */
    private static String trickle(String head) throws IOException {
        StringBuilder said = new StringBuilder();
        try (Socket socket = connect(head)) {
            OutputStream to = socket.getOutputStream();
            InputStream from = socket.getInputStream();
            socket.setSoTimeout(PAUSE_MILLIS);
            byte[] part = new byte[8192];
            for (int i = 0; i < 150; i++) {
                try {
                    to.write('x');
                    to.flush();
                    for (int n = from.read(part); n >= 0; n = from.read(part)) {
                        said.append(new String(part, 0, n, StandardCharsets.UTF_8));
                    }
                    return said.toString();
                } catch (SocketTimeoutException nothingYet) {
                    // the next byte
                } catch (IOException hungUp) {
                    return said.toString();
                }
            }
            throw new AssertionError("the server still listens; it said: " + said);
        }
    }

    private static String post(String path, String type, String... more) {
        return "POST " + path + " HTTP/1.1\r\nContent-Length: 400000\r\nContent-Type: " + type
                + (more.length == 0 ? "" : "\r\n" + String.join("\r\n", more));
    }

    private static String authorized() {
        return "Authorization: Bearer " + token;
    }

    @Test
    void bodiesThatComeByteByByteAreCutOffWhileOthersAreAnsweredAndTheLogHasALineForEach(CapturedOutput output)
            throws Exception {
        List<String> heads = List.of(
                post("/api/v1/tokens", "application/json", authorized()),
                post("/login", "application/x-www-form-urlencoded"),
                // whom nobody wanted to read
                post("/api/v1/tokens", "application/json"),
                "GET /preferences HTTP/1.1\r\nContent-Length: 1000",
                "POST /api/v1/tokens HTTP/1.1\r\nContent-Length: 10000000\r\n" + authorized());
        List<Future<String>> slow = new ArrayList<>();
        for (String head : heads) {
            slow.add(CLIENTS.submit(() -> trickle(head)));
        }
        HttpClient others = HttpClient.newHttpClient();
        for (int i = 0; i < 20; i++) {
            assertThat(others.send(
                                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + "/login"))
                                            .build(),
                                    HttpResponse.BodyHandlers.ofString())
                            .statusCode())
                    .isEqualTo(200);
        }
        List<String> said = new ArrayList<>();
        for (Future<String> one : slow) {
            said.add(one.get(60, TimeUnit.SECONDS));
        }
        assertThat(said)
                .satisfiesExactly(
                        json -> assertThat(json).startsWith("HTTP/1.1 408").contains("Nothing was changed"),
                        form -> assertThat(form).startsWith("HTTP/1.1 408").contains("Nothing was changed"),
                        unknown -> assertThat(unknown).startsWith("HTTP/1.1 403"),
                        page -> assertThat(page).startsWith("HTTP/1.1 200").contains("</html>"),
                        large -> assertThat(large).startsWith("HTTP/1.1 413").contains("10000000 bytes"));
        assertThat(output.getAll())
                .contains("POST /api/v1/tokens of 127.0.0.1: body: not complete after 4 s")
                .contains("POST /login of 127.0.0.1: body: not complete after 4 s")
                .doesNotContain("\tat ", " ERROR ");
    }

    @Test
    void tenMegabytesAreRefusedWhetherTheirLengthIsToldOrNot(CapturedOutput output) throws Exception {
        HttpClient http = HttpClient.newHttpClient();
        byte[] body = " ".repeat(10_000_000).getBytes(StandardCharsets.US_ASCII);
        for (HttpRequest.BodyPublisher publisher : List.of(
                HttpRequest.BodyPublishers.ofByteArray(body),
                HttpRequest.BodyPublishers.fromPublisher(HttpRequest.BodyPublishers.ofByteArray(body)))) {
            HttpResponse<String> answer = http.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + "/api/v1/tokens"))
                            .header("Authorization", "Bearer " + token)
                            .header("Content-Type", "application/json")
                            .POST(publisher)
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).isEqualTo(413);
            assertThat(answer.body()).contains("Nothing was changed");
        }
        assertThat(output.getAll()).doesNotContain("\tat ", " ERROR ");
    }
}

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
package io.carillon.shop.accounts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The adapter against a few lines that speak S3; the demo runs it against a whole S3 server. */
class S3ObjectStoreTest {

    private HttpServer server;
    private S3ObjectStore store;
    private final Set<String> buckets = ConcurrentHashMap.newKeySet();
    private final Map<String, byte[]> objects = new ConcurrentHashMap<>();
    private volatile boolean refuse;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
        store = new S3ObjectStore(new FileSettings(
                "s3",
                URI.create("http://127.0.0.1:" + server.getAddress().getPort()),
                "files",
                "access",
                "secret",
                Duration.ofDays(1),
                100,
                1000));
    }

    @AfterEach
    void stop() {
        store.close();
        server.stop(0);
    }

    @Test
    void theFirstFileMakesTheBucketAndComesBackUnchanged() {
        byte[] content = {0, 1, 2, (byte) 0xff};
        store.put("uploads/a", content, "application/octet-stream");
        assertThat(buckets).containsExactly("files");
        assertThat(objects).containsOnlyKeys("files/uploads/a");
        assertThat(store.get("uploads/a"))
                .hasValueSatisfying(read -> assertThat(read).isEqualTo(content));
    }

    @Test
    void aMissingObjectIsEmptyToReadAndASuccessToDelete() {
        buckets.add("files");
        assertThat(store.get("uploads/none")).isEmpty();
        store.delete("uploads/none");
        store.put("uploads/b", new byte[] {1}, "text/plain");
        store.delete("uploads/b");
        assertThat(objects).isEmpty();
    }

    @Test
    void aStoreThatRefusesIsAFailure() {
        refuse = true;
        assertThatThrownBy(() -> store.delete("uploads/a")).isInstanceOf(RuntimeException.class);
    }

    private void answer(HttpExchange exchange) throws IOException {
        byte[] body = exchange.getRequestBody().readAllBytes();
        String path = exchange.getRequestURI().getPath().substring(1).replaceAll("/$", "");
        boolean ofBucket = !path.contains("/");
        String bucket = ofBucket ? path : path.substring(0, path.indexOf('/'));
        String authorization = exchange.getRequestHeaders().getFirst("Authorization");
        if (refuse || authorization == null || !authorization.contains("access/")) {
            error(exchange, 403, "AccessDenied");
        } else if (ofBucket && exchange.getRequestMethod().equals("PUT")) {
            buckets.add(bucket);
            exchange.sendResponseHeaders(200, -1);
        } else if (!buckets.contains(bucket)) {
            error(exchange, 404, "NoSuchBucket");
        } else {
            object(exchange, path, body);
        }
        exchange.close();
    }

    private void object(HttpExchange exchange, String path, byte[] body) throws IOException {
        switch (exchange.getRequestMethod()) {
            case "PUT" -> {
                objects.put(path, body);
                exchange.sendResponseHeaders(200, -1);
            }
            case "DELETE" -> {
                objects.remove(path);
                exchange.sendResponseHeaders(204, -1);
            }
            default -> {
                byte[] content = objects.get(path);
                if (content == null) {
                    error(exchange, 404, "NoSuchKey");
                } else {
                    exchange.sendResponseHeaders(200, content.length);
                    exchange.getResponseBody().write(content);
                }
            }
        }
    }

    private static void error(HttpExchange exchange, int status, String code) throws IOException {
        byte[] xml = ("<?xml version=\"1.0\"?><Error><Code>" + code + "</Code><Message>no</Message></Error>")
                .getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/xml");
        exchange.sendResponseHeaders(status, xml.length);
        exchange.getResponseBody().write(xml);
    }
}

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
package io.carillon.launcher;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Customers: places orders at a steady rate on the orders services in turn, one in twenty to be rolled back by the service.
 * What became of a request whose answer was lost is the databases' business, so nothing here counts for the verdict.
 * Thread-safe.
 */
public final class OrderTraffic implements AutoCloseable {

    private static final int ROLLED_BACK_EVERY = 20;

    private final HttpClient client =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private final List<Integer> ports;
    private final AtomicLong number = new AtomicLong();
    private final CountDownLatch firstAccepted = new CountDownLatch(1);

    /** @param ports where the orders services answer */
    public OrderTraffic(List<Integer> ports) {
        this.ports = List.copyOf(ports);
    }

    /** Starts to place orders. */
    public void start(int perSecond) {
        long micros = TimeUnit.SECONDS.toMicros(1) / perSecond;
        timer.scheduleAtFixedRate(this::placeNext, 0, micros, TimeUnit.MICROSECONDS);
    }

    /** Waits for the first order that a service has accepted. */
    public boolean awaitFirst(Duration limit) throws InterruptedException {
        return firstAccepted.await(limit.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void placeNext() {
        long n = number.incrementAndGet();
        boolean rolledBack = n % ROLLED_BACK_EVERY == 0;
        int port = ports.get((int) (n % ports.size()));
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + port + "/orders" + (rolledBack ? "?fail=true" : "")))
                .timeout(Duration.ofSeconds(5))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(
                        "{\"customer\":\"customer-" + n % 50 + "\",\"amountCents\":" + (100 + n % 900) + "}"))
                .build();
        client.sendAsync(request, HttpResponse.BodyHandlers.discarding()).thenAccept(response -> {
            if (response.statusCode() / 100 == 2) {
                firstAccepted.countDown();
            }
        });
    }

    /** Sends one request and returns the answer's text; for seeding. */
    static String post(int port, String path) throws IOException, InterruptedException {
        HttpResponse<String> response = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                                .timeout(Duration.ofMinutes(1))
                                .POST(HttpRequest.BodyPublishers.noBody())
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() / 100 != 2) {
            throw new IOException("POST " + path + " on port " + port + ": " + response.statusCode()
                    + " (expected: 200). It said: " + response.body());
        }
        return response.body();
    }

    /** Stops placing orders; requests on their way may still end. */
    @Override
    public void close() {
        timer.shutdownNow();
    }
}

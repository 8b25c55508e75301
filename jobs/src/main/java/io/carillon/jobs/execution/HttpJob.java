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
package io.carillon.jobs.execution;

import io.carillon.jobs.InvalidSettingException;
import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.ShardingContext;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodySubscribers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The type {@code HTTP}: sends one request per item, with the sharding context as JSON in the header {@code shardingContext}.
 * Thread-safe.
 *
 * <p>Properties, as ElasticJob names them: {@code http.uri}, {@code http.method} (both required), {@code http.data} (sent with
 * POST, PUT and DELETE), {@code http.content.type}, {@code http.connect.timeout.milliseconds} (3000) and {@code
 * http.read.timeout.milliseconds} (5000, for the whole answer). Unlike ElasticJob, which only warns, a status of 400 or more is
 * a failure of the item. When the item is stopped, the request is cancelled.
 */
final class HttpJob implements JobType {

    private static final Set<String> WITH_BODY = Set.of("POST", "PUT", "DELETE");
    private static final int MOST_SHOWN = 1_000;

    /** One client per connect time-out; there are only a few. */
    private final Map<Integer, HttpClient> clients = new ConcurrentHashMap<>();

    @Override
    public String type() {
        return "HTTP";
    }

    @Override
    public void check(JobConfiguration configuration) {
        request(configuration);
        milliseconds(configuration, "http.connect.timeout.milliseconds", 3_000);
        milliseconds(configuration, "http.read.timeout.milliseconds", 5_000);
    }

    @Override
    public void execute(JobConfiguration configuration, ShardingContext context) throws Exception {
        int connect = milliseconds(configuration, "http.connect.timeout.milliseconds", 3_000);
        int read = milliseconds(configuration, "http.read.timeout.milliseconds", 5_000);
        HttpRequest request = request(configuration)
                .header("shardingContext", ContextJson.of(context))
                .build();
        CompletableFuture<HttpResponse<String>> answer = clients.computeIfAbsent(
                        connect, limit -> HttpClient.newBuilder()
                                .connectTimeout(Duration.ofMillis(limit))
                                .build())
                .sendAsync(
                        request,
                        info -> info.statusCode() < 400
                                ? BodySubscribers.replacing("")
                                : BodySubscribers.ofString(StandardCharsets.UTF_8));
        HttpResponse<String> response;
        try {
            response = answer.get((long) connect + read, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            answer.cancel(true);
            throw e;
        } catch (TimeoutException e) {
            answer.cancel(true);
            throw new IllegalStateException(
                    failed(configuration, context, request) + "no complete answer within " + (connect + read)
                            + " ms (expected: one; see http.read.timeout.milliseconds)",
                    e);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new IllegalStateException(failed(configuration, context, request) + cause, cause);
        }
        if (response.statusCode() >= 400) {
            String body = response.body();
            throw new IllegalStateException(failed(configuration, context, request) + "status " + response.statusCode()
                    + " (expected: below 400). The item is recorded as failed. The answer:\n"
                    + body.substring(0, Math.min(MOST_SHOWN, body.length())));
        }
    }

    private static String failed(JobConfiguration configuration, ShardingContext context, HttpRequest request) {
        return "job '" + configuration.getJobName() + "': item " + context.getShardingItem() + ": " + request.method()
                + " " + request.uri() + ": ";
    }

    private static HttpRequest.Builder request(JobConfiguration configuration) {
        Map<String, String> props = configuration.getProps();
        String uri = props.getOrDefault("http.uri", "");
        String method = props.getOrDefault("http.method", "").trim().toUpperCase(Locale.ROOT);
        HttpRequest.Builder request;
        try {
            request = HttpRequest.newBuilder(URI.create(uri.trim()));
        } catch (IllegalArgumentException e) {
            throw wrong(configuration, "http.uri", uri, "an absolute http or https address");
        }
        try {
            request.method(
                    method,
                    WITH_BODY.contains(method)
                            ? HttpRequest.BodyPublishers.ofString(props.getOrDefault("http.data", ""))
                            : HttpRequest.BodyPublishers.noBody());
        } catch (IllegalArgumentException e) {
            throw wrong(configuration, "http.method", method, "GET, POST, PUT, DELETE or another method");
        }
        String type = props.getOrDefault("http.content.type", "");
        if (!type.isBlank()) {
            request.header("Content-Type", type.trim());
        }
        return request;
    }

    private static int milliseconds(JobConfiguration configuration, String key, int missing) {
        String value = configuration.getProps().getOrDefault(key, String.valueOf(missing));
        int number;
        try {
            number = Integer.parseInt(value.trim());
        } catch (NumberFormatException e) {
            number = 0;
        }
        if (number < 1) {
            throw wrong(configuration, key, value, "a number of milliseconds, 1 or more");
        }
        return number;
    }

    private static InvalidSettingException wrong(
            JobConfiguration configuration, String key, String value, String expected) {
        return new InvalidSettingException(
                key,
                "'" + value + "'",
                expected,
                "Job '" + configuration.getJobName() + "' cannot send its request; correct the property.");
    }
}

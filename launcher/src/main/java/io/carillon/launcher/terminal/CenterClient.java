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
package io.carillon.launcher.terminal;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Asks a centre over {@code /api/v1}. Thread-safe. */
final class CenterClient {

    /** Exit codes, by what a centre answered. */
    static final int SAID_NO = 1;

    static final int USAGE = 2;
    static final int NOT_THERE = 3;
    static final int NOT_ALLOWED = 4;
    static final int REFUSED = 5;
    static final int NO_ANSWER = 6;

    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient http;
    private final String base;
    private final @Nullable String token;
    private final Duration timeout;
    private final Words words;

    /**
     * @param url of the centre
     * @param token of an account, or null for none
     * @param timeout for one answer
     */
    CenterClient(String url, @Nullable String token, Duration timeout, Words words) {
        this.base = url.replaceAll("/+$", "");
        this.token = token;
        this.timeout = timeout;
        this.words = words;
        this.http = HttpClient.newBuilder().connectTimeout(timeout).build();
        try {
            String scheme = URI.create(base).getScheme();
            if (URI.create(base).getHost() != null && ("http".equals(scheme) || "https".equals(scheme))) {
                return;
            }
        } catch (IllegalArgumentException e) {
            // said below
        }
        throw new TerminalException(USAGE, words.say("error.url", url));
    }

    /** A path of names and values, each encoded: {@code path("/clusters/{}/jobs/{}", cluster, job)}. */
    static String path(String pattern, String... names) {
        String path = pattern;
        for (String name : names) {
            path = path.replaceFirst("\\{\\}", java.util.regex.Matcher.quoteReplacement(encoded(name)));
        }
        return path;
    }

    /** A query of what is not null. */
    static String query(Map<String, String> parameters) {
        return parameters.isEmpty()
                ? ""
                : "?"
                        + parameters.entrySet().stream()
                                .map(one -> one.getKey() + "=" + encoded(one.getValue()))
                                .collect(Collectors.joining("&"));
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    JsonNode get(String path) throws InterruptedException {
        return json(text(path));
    }

    /** A GET whose answer is not JSON. */
    String text(String path) throws InterruptedException {
        return exchange(request(path).GET());
    }

    /** A POST of JSON. */
    JsonNode post(String path, Object body, Map<String, String> headers) throws InterruptedException {
        HttpRequest.Builder request = request(path)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(write(body)));
        headers.forEach(request::header);
        return json(exchange(request));
    }

    /** A POST of a text. */
    JsonNode postText(String path, String body, String type) throws InterruptedException {
        return json(
                exchange(request(path).header("Content-Type", type).POST(HttpRequest.BodyPublishers.ofString(body))));
    }

    static String pretty(JsonNode json) {
        try {
            return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String write(Object body) {
        try {
            return JSON.writeValueAsString(body);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private HttpRequest.Builder request(String path) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + "/api/v1" + path))
                .timeout(timeout)
                .header("Accept", "application/json, application/problem+json, */*;q=0.1")
                .header("Accept-Language", words.language());
        return token == null ? request : request.header("Authorization", "Bearer " + token);
    }

    private JsonNode json(String text) {
        try {
            return text.isEmpty() ? MissingNode.getInstance() : JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new TerminalException(NO_ANSWER, words.say("error.notCenter", base));
        }
    }

    private String exchange(HttpRequest.Builder request) throws InterruptedException {
        HttpResponse<String> response;
        try {
            response = http.send(request.build(), HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
        } catch (IOException e) {
            String why = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
            throw new TerminalException(NO_ANSWER, words.say("error.noAnswer", base, why));
        } catch (IllegalArgumentException e) {
            throw new TerminalException(USAGE, words.say("error.token"));
        }
        if (response.statusCode() / 100 == 2) {
            return response.body();
        }
        throw refusal(response);
    }

    private TerminalException refusal(HttpResponse<String> response) {
        int status = response.statusCode();
        String said = said(response.body());
        return switch (status) {
            case 401 -> new TerminalException(NOT_ALLOWED, words.say("error.login", said));
            case 403 -> new TerminalException(NOT_ALLOWED, words.say("error.role", said));
            case 404 -> new TerminalException(NOT_THERE, words.say("error.notThere", said));
            default ->
                status / 100 == 4
                        ? new TerminalException(REFUSED, words.say("error.refused", said))
                        : new TerminalException(NO_ANSWER, words.say("error.failed", status, said));
        };
    }

    /** What a problem says, cut to what fits a terminal. */
    private static String said(String body) {
        String said = body;
        try {
            JsonNode problem = JSON.readTree(body);
            if (problem.hasNonNull("detail")) {
                said = problem.get("detail").asText();
            } else if (problem.hasNonNull("title")) {
                said = problem.get("title").asText();
            }
        } catch (JsonProcessingException e) {
            // a page of somebody else's: its beginning is all that can be said
        }
        String clean = TextTable.clean(said);
        return clean.length() > 500 ? clean.substring(0, 500) + "..." : clean;
    }
}

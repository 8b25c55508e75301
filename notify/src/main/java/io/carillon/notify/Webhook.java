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

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Posts JSON to an address that answers with an {@code errcode}, as WeCom and DingTalk do. Thread-safe; all share one client.
 *
 * @param timeout for the whole exchange, from connecting to the last byte of the answer
 */
record Webhook(URI address, Duration timeout) {

    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static final Pattern CODE = Pattern.compile("\"errcode\"\\s*:\\s*\"?(-?[0-9]+)");

    /** The address without path and query, where tokens are. */
    String host() {
        return address.getScheme() + "://" + address.getRawAuthority();
    }

    /**
     * Posts a text message.
     *
     * @param query more parameters, encoded, beginning with {@code &}; or nothing
     */
    void post(String query, String content) throws IOException, InterruptedException {
        String separator = query.isEmpty() || address.getRawQuery() != null ? "" : "?";
        URI uri = URI.create(address + separator + (separator.isEmpty() ? query : query.substring(1)));
        HttpRequest request = HttpRequest.newBuilder(uri)
                .timeout(timeout)
                .header("Content-Type", "application/json; charset=utf-8")
                .POST(HttpRequest.BodyPublishers.ofString(
                        "{\"msgtype\":\"text\",\"text\":{\"content\":" + json(content) + "}}"))
                .build();
        CompletableFuture<HttpResponse<String>> answer =
                CLIENT.sendAsync(request, HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
        try {
            accept(answer.get(timeout.toMillis(), TimeUnit.MILLISECONDS));
        } catch (TimeoutException e) {
            throw new IOException("no answer within " + timeout.toMillis() + " ms", e);
        } catch (ExecutionException e) {
            // the cause's text may show the address, which holds the token
            throw new IOException(
                    String.valueOf(e.getCause()).replace(uri.toString(), host()).replace(address.toString(), host()));
        } finally {
            answer.cancel(true);
        }
    }

    private static void accept(HttpResponse<String> response) throws IOException {
        Matcher code = CODE.matcher(response.body());
        boolean coded = code.find();
        if (response.statusCode() != 200 || (coded && !code.group(1).equals("0"))) {
            String body = response.body();
            throw new IOException("status " + response.statusCode() + ", "
                    + (body.length() > 500 ? body.substring(0, 500) + "..." : body));
        }
    }

    static String json(String text) {
        StringBuilder json = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                json.append('\\').append(c);
            } else if (c < 0x20) {
                json.append(String.format("\\u%04x", (int) c));
            } else {
                json.append(c);
            }
        }
        return json.append('"').toString();
    }
}

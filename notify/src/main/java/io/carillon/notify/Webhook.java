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
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Posts JSON to an address and looks at what it answers. Thread-safe; all share one client.
 *
 * @param timeout for the whole exchange, from connecting to the last byte of the answer
 */
record Webhook(URI address, Duration timeout) {

    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    /** What robots answer beside a status of 200: WeCom and DingTalk {@code errcode}, Feishu {@code code}, older {@code StatusCode}. */
    private static final Pattern CODE = Pattern.compile("\"(?:errcode|code|StatusCode)\"\\s*:\\s*\"?(-?[0-9]+)");

    /** The address without path and query, where tokens are. */
    String host() {
        return address.getScheme() + "://" + address.getRawAuthority();
    }

    /** What a log may say of a robot behind the address. */
    String robot(String kind) {
        return kind + " #" + Integer.toHexString(address.hashCode()) + " at " + host();
    }

    /**
     * Posts a text message in the form of WeCom and DingTalk.
     *
     * @param query more parameters, encoded, beginning with {@code &}; or nothing
     */
    void post(String query, String content) throws IOException, InterruptedException {
        String separator = query.isEmpty() || address.getRawQuery() != null ? "" : "?";
        robotPost(
                URI.create(address + separator + (separator.isEmpty() ? query : query.substring(1))),
                "{\"msgtype\":\"text\",\"text\":{\"content\":" + json(content) + "}}");
    }

    /** Posts to a robot, whose answer must be 200 and, where it holds a code, the code 0. */
    void robotPost(String json) throws IOException, InterruptedException {
        robotPost(address, json);
    }

    private void robotPost(URI uri, String json) throws IOException, InterruptedException {
        HttpResponse<String> response = exchange(uri, json, Map.of());
        Matcher code = CODE.matcher(response.body());
        refuseUnless(
                response.statusCode() == 200 && (!code.find() || code.group(1).equals("0")), response);
    }

    /** Posts with more headers to a program of the user's, whose answer must be a status of 2xx. */
    void programPost(String json, Map<String, String> headers) throws IOException, InterruptedException {
        HttpResponse<String> response = exchange(address, json, headers);
        refuseUnless(response.statusCode() / 100 == 2, response);
    }

    private static void refuseUnless(boolean taken, HttpResponse<String> response) throws IOException {
        if (!taken) {
            String body = response.body();
            throw new IOException("status " + response.statusCode() + ", "
                    + (body.length() > 500 ? body.substring(0, 500) + "..." : body));
        }
    }

    private HttpResponse<String> exchange(URI uri, String json, Map<String, String> headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri)
                .timeout(timeout)
                .header("Content-Type", "application/json; charset=utf-8")
                .POST(HttpRequest.BodyPublishers.ofString(json));
        headers.forEach(request::header);
        CompletableFuture<HttpResponse<String>> answer =
                CLIENT.sendAsync(request.build(), HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
        try {
            return answer.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
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

    /** HMAC-SHA256. */
    static byte[] hmac(byte[] key, byte[] data) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return mac.doFinal(data);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has HmacSHA256", e);
        }
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
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

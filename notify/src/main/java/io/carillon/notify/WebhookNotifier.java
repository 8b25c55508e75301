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
import java.time.Duration;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A program of the user's: a POST of JSON with the notice's {@code title}, {@code text} and facts; any 2xx says that it was taken.
 * With a secret the header {@value #SIGNATURE} holds {@code sha256=} and, in hexadecimal digits, HMAC-SHA256 over the value of
 * {@value #TIMESTAMP} (seconds since 1970), a dot, and the body. Thread-safe.
 */
public final class WebhookNotifier implements Notifier {

    /** The header with the time of a request. */
    public static final String TIMESTAMP = "X-Carillon-Timestamp";
    /** The header with the signature of a request. */
    public static final String SIGNATURE = "X-Carillon-Signature";

    private final Webhook webhook;
    private final @Nullable String secret;
    private final InstantSource time;

    /**
     * @param address where to post
     * @param secret the key of the signature; null for none
     * @param timeout for one notice, from connecting to the answer
     */
    public WebhookNotifier(URI address, @Nullable String secret, Duration timeout) {
        this(address, secret, timeout, new SystemTime());
    }

    WebhookNotifier(URI address, @Nullable String secret, Duration timeout, InstantSource time) {
        this.webhook = new Webhook(address, timeout);
        this.secret = secret;
        this.time = time;
    }

    @Override
    public String target() {
        return webhook.robot("webhook");
    }

    @Override
    public void send(Notice notice) throws IOException, InterruptedException {
        Map<String, String> members = new LinkedHashMap<>(notice.facts());
        members.put("title", notice.title());
        members.put("text", notice.text());
        StringBuilder json = new StringBuilder();
        members.forEach((name, value) -> json.append(json.isEmpty() ? "{" : ",")
                .append(Webhook.json(name))
                .append(':')
                .append(Webhook.json(value)));
        json.append('}');
        long seconds = time.instant().getEpochSecond();
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put(TIMESTAMP, Long.toString(seconds));
        if (secret != null) {
            headers.put(SIGNATURE, signature(secret, seconds, json.toString()));
        }
        webhook.programPost(json.toString(), headers);
    }

    static String signature(String secret, long seconds, String body) {
        byte[] sign = Webhook.hmac(Webhook.utf8(secret), Webhook.utf8(seconds + "." + body));
        return "sha256=" + HexFormat.of().formatHex(sign);
    }
}

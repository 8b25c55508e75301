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
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** A robot of a DingTalk group, by its webhook. Thread-safe. */
public final class DingTalkNotifier implements Notifier {

    /** DingTalk refuses longer ones. */
    private static final int LONGEST = 20_000;

    private final Webhook webhook;
    private final @Nullable String keyword;
    private final @Nullable String secret;
    private final InstantSource time;

    /**
     * @param webhook the robot's address, with its token
     * @param keyword a word that the robot expects in each notice, put in front; null for none
     * @param secret the key of the robot's signature, HMAC-SHA256 over the time in milliseconds, a line feed, and the key itself;
     *     null for a robot without
     * @param timeout for one notice, from connecting to the answer
     */
    public DingTalkNotifier(URI webhook, @Nullable String keyword, @Nullable String secret, Duration timeout) {
        this(webhook, keyword, secret, timeout, new SystemTime());
    }

    DingTalkNotifier(
            URI webhook, @Nullable String keyword, @Nullable String secret, Duration timeout, InstantSource time) {
        this.webhook = new Webhook(webhook, timeout);
        this.keyword = keyword;
        this.secret = secret;
        this.time = time;
    }

    @Override
    public String target() {
        return webhook.robot("DingTalk robot");
    }

    @Override
    public void send(Notice notice) throws IOException, InterruptedException {
        Notice said = keyword == null ? notice : notice.titled(keyword + " " + notice.title());
        String query = secret == null ? "" : signature(secret, time.instant().toEpochMilli());
        webhook.post(query, said.cutTo(LONGEST));
    }

    /** The parameters that sign a request: DingTalk takes them for an hour. */
    static String signature(String secret, long millis) {
        byte[] sign = Webhook.hmac(Webhook.utf8(secret), Webhook.utf8(millis + "\n" + secret));
        return "&timestamp=" + millis + "&sign="
                + URLEncoder.encode(Base64.getEncoder().encodeToString(sign), StandardCharsets.UTF_8);
    }
}

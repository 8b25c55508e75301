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

/** A channel of Slack, by an incoming webhook. Thread-safe. */
public final class SlackNotifier implements Notifier {

    /** Slack cuts what is longer than 40,000 characters. */
    private static final int LONGEST = 30_000;

    private final Webhook webhook;

    /**
     * @param webhook the address, with its token
     * @param timeout for one notice, from connecting to the answer
     */
    public SlackNotifier(URI webhook, Duration timeout) {
        this.webhook = new Webhook(webhook, timeout);
    }

    @Override
    public String target() {
        return webhook.robot("Slack channel");
    }

    /** {@inheritDoc} What has a meaning in Slack's markup is escaped: a job's name mentions nobody and links nowhere. */
    @Override
    public void send(Notice notice) throws IOException, InterruptedException {
        String text =
                notice.cutTo(LONGEST).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
        webhook.robotPost("{\"text\":" + Webhook.json(text) + "}");
    }
}

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

/** A robot of a WeCom (WeChat Work) group, by its webhook. Thread-safe. */
public final class WeComNotifier implements Notifier {

    /** WeCom refuses longer ones. */
    private static final int LONGEST = 2048;

    private final Webhook webhook;

    /**
     * @param webhook the robot's address, with its key
     * @param timeout for one notice, from connecting to the answer
     */
    public WeComNotifier(URI webhook, Duration timeout) {
        this.webhook = new Webhook(webhook, timeout);
    }

    @Override
    public String target() {
        return webhook.robot("WeCom robot");
    }

    @Override
    public void send(Notice notice) throws IOException, InterruptedException {
        webhook.post("", notice.cutTo(LONGEST));
    }
}

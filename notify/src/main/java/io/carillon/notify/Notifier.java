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

/** The port to a channel that reaches people, with its settings. Thread-safe. */
public interface Notifier {

    /** Where notices go, in words for a log; without passwords and tokens. Notices of one target are sent one by one. */
    String target();

    /**
     * Sends one notice. Blocks until the other side has taken it, and no longer than the channel's time-outs say; so it is called
     * by {@link NoticeQueue} rather than directly.
     *
     * @throws IOException when the other side cannot be reached, does not answer in time, or refuses; says why, and holds neither
     *     passwords nor tokens
     */
    void send(Notice notice) throws IOException, InterruptedException;
}

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
package io.carillon.messages.relay;

import io.carillon.messages.ReceivedMessage;
import java.time.Duration;
import org.slf4j.Logger;

/** What brokers do alike with a message whose handler failed. */
public final class Redelivery {

    private Redelivery() {}

    /**
     * The pause after a number of attempts, in milliseconds: doubled from one to the next, up to the longest.
     *
     * @param attempts from 1
     */
    public static long pauseMillis(Duration first, int attempts, Duration longest) {
        long pause = first.toMillis() << Math.min(attempts - 1, 20);
        return Math.min(pause, Math.max(first.toMillis(), longest.toMillis()));
    }

    /** Tells in the log that a message comes again, and why. */
    public static void noteFailure(Logger log, ReceivedMessage message, Throwable e) {
        log.warn(
                "message {} of topic {} for group {}: delivery {} failed: {}. It comes again.",
                message.id(),
                message.message().topic(),
                message.group(),
                message.deliveryAttempt(),
                e.toString());
        log.debug("stack of message {}", message.id(), e);
    }
}

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
package io.carillon.console.ask;

import io.carillon.messages.operations.DeadLetters.Choice;
import org.jspecify.annotations.Nullable;

/** How addresses choose a group of dead messages: by topic, cause and consumer, each empty for any. */
public final class DeadWords {
    /** Stands for no consumer at all: the broker never had the message. */
    public static final String NEVER = "-";

    private DeadWords() {}

    /** The choice of an address; null when it chooses nothing. */
    public static @Nullable Choice choice(String topic, String cause, String consumer) {
        if (topic.isEmpty() && cause.isEmpty() && consumer.isEmpty()) {
            return null;
        }
        return new Choice(
                topic.isEmpty() ? null : topic,
                cause.isEmpty() ? null : cause,
                consumer.isEmpty() ? null : consumer.equals(NEVER) ? "" : consumer);
    }

    /** A consumer as addresses name it. */
    public static String consumer(@Nullable String consumer) {
        return consumer == null ? "" : consumer.isEmpty() ? NEVER : consumer;
    }
}

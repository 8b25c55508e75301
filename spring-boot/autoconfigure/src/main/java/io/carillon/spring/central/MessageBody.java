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
package io.carillon.spring.central;

import io.carillon.messages.Message;
import io.carillon.messages.model.MessageId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * A message as JSON. Immutable.
 *
 * @param id a UUID of version 7 made by the producer; where it is left out, one is made, and the call cannot be repeated
 * @param producer the producer group
 * @param checkUrl prepare only: where the producer is asked what became of its transaction
 * @param payload the payload as text
 * @param payloadBase64 the payload as bytes; instead of {@code payload}
 * @param contentType default application/json
 * @param delayMillis how long after the submit it is sent
 */
public record MessageBody(
        @Nullable String id,
        @Nullable String producer,
        @Nullable String checkUrl,
        @Nullable String topic,
        @Nullable String tag,
        @Nullable String key,
        @Nullable String payload,
        @Nullable String payloadBase64,
        @Nullable String contentType,
        @Nullable Map<String, String> headers,
        @Nullable Long delayMillis) {

    private static final Duration AHEAD = Duration.ofHours(1);

    Message message() {
        Message.Builder message = Message.to(required("topic", topic), Objects.requireNonNullElse(tag, ""));
        String type = Objects.requireNonNullElse(contentType, "application/json");
        if (payload != null && payloadBase64 != null) {
            throw ApiProblem.invalid("payloadBase64", "set", "one of payload and payloadBase64");
        }
        if (payloadBase64 != null) {
            try {
                message.payload(Base64.getDecoder().decode(payloadBase64), type);
            } catch (IllegalArgumentException e) {
                throw ApiProblem.invalid("payloadBase64", String.valueOf(e.getMessage()), "Base64");
            }
        } else {
            message.text(Objects.requireNonNullElse(payload, ""));
            message.payload(message.build().payload(), type);
        }
        if (key != null) {
            message.key(key);
        }
        if (headers != null) {
            headers.forEach(message::header);
        }
        if (delayMillis != null) {
            message.delay(Duration.ofMillis(delayMillis));
        }
        return message.build();
    }

    String producerGroup() {
        return required("producer", producer);
    }

    @Nullable
    String checkAddress() {
        String url = checkUrl == null || checkUrl.isBlank() ? null : checkUrl;
        if (url != null && !url.matches("https?://[^\\s]{1,480}")) {
            throw ApiProblem.invalid("checkUrl", url, "an http or https address of at most 490 characters, or none");
        }
        return url;
    }

    MessageId idOrNew(InstantSource time) {
        if (id != null) {
            return id(id, time);
        }
        ThreadLocalRandom random = ThreadLocalRandom.current();
        return MessageId.of(time.instant(), random.nextLong(), random.nextLong());
    }

    /** The id's own time decides when the row is cleaned, so it must be one of version 7 and not of the future. */
    static MessageId id(String text, InstantSource time) {
        MessageId id;
        try {
            id = MessageId.parse(text);
        } catch (IllegalArgumentException e) {
            throw ApiProblem.invalid("id", text, "a UUID of version 7");
        }
        Instant latest = time.instant().plus(AHEAD);
        if (id.uuid().version() != 7 || id.time().isAfter(latest)) {
            throw ApiProblem.invalid("id", text, "a UUID of version 7, made before " + latest);
        }
        return id;
    }

    static String required(String name, @Nullable String value) {
        if (value == null || value.isBlank()) {
            throw ApiProblem.invalid(name, "not set", "a text");
        }
        return value;
    }
}

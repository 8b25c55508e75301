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

import io.carillon.messages.InvalidMessageException;
import io.carillon.messages.Message;
import io.carillon.messages.central.CentralMessages;
import io.carillon.messages.central.CentralMessages.Answer;
import io.carillon.messages.model.MessageId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.http.converter.HttpMessageNotReadableException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * The central message service over HTTP, version 1. Every call may be repeated. Answers 400 for a body that cannot be
 * accepted, 404 for an unknown message, 409 for a message that went another way before; each with a problem text (RFC 9457).
 * Thread-safe.
 */
@RestController
@RequestMapping("/api/v1")
public final class CentralMessagesController {

    private final CentralMessages messages;
    private final InstantSource time;

    CentralMessagesController(CentralMessages messages, InstantSource time) {
        this.messages = messages;
        this.time = time;
    }

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
            @Nullable Long delayMillis) {}

    /** Names a message. Immutable. */
    public record IdBody(@Nullable String id) {}

    /** What became of a call. Immutable. */
    public record Outcome(String id, String outcome) {}

    /** Keeps a message that is not to be sent yet. */
    @PostMapping("/messages:prepare")
    ResponseEntity<Object> prepare(@RequestBody MessageBody body) throws Exception {
        MessageId id = idOrNew(body.id());
        String checkUrl = body.checkUrl() == null || body.checkUrl().isBlank() ? null : body.checkUrl();
        if (checkUrl != null && !checkUrl.matches("https?://[^\\s]+")) {
            throw invalid("checkUrl", checkUrl, "an http or https address, or none");
        }
        return answer(id, messages.prepare(id, message(body), required("producer", body.producer()), checkUrl));
    }

    /** The producer's transaction committed: the message is sent. */
    @PostMapping("/messages:submit")
    ResponseEntity<Object> submit(@RequestBody IdBody body) {
        MessageId id = id(required("id", body.id()));
        return answer(id, messages.submit(id));
    }

    /** The producer's transaction did not commit: the message is never sent. */
    @PostMapping("/messages:cancel")
    ResponseEntity<Object> cancel(@RequestBody IdBody body) {
        MessageId id = id(required("id", body.id()));
        return answer(id, messages.cancel(id));
    }

    /** Keeps a message and sends it. */
    @PostMapping("/messages")
    ResponseEntity<Object> saveAndSend(@RequestBody MessageBody body) throws Exception {
        MessageId id = idOrNew(body.id());
        return answer(id, messages.saveAndSend(id, message(body), required("producer", body.producer())));
    }

    private static ResponseEntity<Object> answer(MessageId id, Answer answer) {
        return switch (answer) {
            case DONE, ALREADY_DONE -> ResponseEntity.ok(new Outcome(id.toString(), answer.name()));
            case CONFLICT ->
                problem(
                        HttpStatus.CONFLICT,
                        "message " + id
                                + ": submitted or cancelled before (expected: a message that waits, or a repeated"
                                + " call). Nothing was changed; ask the business transaction which of the two is right.");
            case NOT_FOUND ->
                problem(
                        HttpStatus.NOT_FOUND,
                        "message " + id + ": not there (expected: a prepared message). Nothing was changed; prepare it"
                                + " first.");
        };
    }

    private static Message message(MessageBody body) {
        Message.Builder message =
                Message.to(required("topic", body.topic()), Objects.requireNonNullElse(body.tag(), ""));
        String contentType = Objects.requireNonNullElse(body.contentType(), "application/json");
        if (body.payload() != null && body.payloadBase64() != null) {
            throw invalid("payloadBase64", "set", "one of payload and payloadBase64");
        }
        if (body.payloadBase64() != null) {
            try {
                message.payload(Base64.getDecoder().decode(body.payloadBase64()), contentType);
            } catch (IllegalArgumentException e) {
                throw invalid("payloadBase64", String.valueOf(e.getMessage()), "Base64");
            }
        } else {
            message.text(Objects.requireNonNullElse(body.payload(), ""));
            message.payload(message.build().payload(), contentType);
        }
        if (body.key() != null) {
            message.key(body.key());
        }
        if (body.headers() != null) {
            body.headers().forEach(message::header);
        }
        if (body.delayMillis() != null) {
            message.delay(Duration.ofMillis(body.delayMillis()));
        }
        return message.build();
    }

    private MessageId idOrNew(@Nullable String text) {
        if (text != null) {
            return id(text);
        }
        ThreadLocalRandom random = ThreadLocalRandom.current();
        return MessageId.of(time.instant(), random.nextLong(), random.nextLong());
    }

    /** The id's own time decides when the row is cleaned, so it must be one of version 7 and not of the future. */
    private MessageId id(String text) {
        MessageId id;
        try {
            id = MessageId.parse(text);
        } catch (IllegalArgumentException e) {
            throw invalid("id", text, "a UUID of version 7");
        }
        Instant latest = time.instant().plus(Duration.ofHours(1));
        if (id.uuid().version() != 7 || id.time().isAfter(latest)) {
            throw invalid("id", text, "a UUID of version 7, made before " + latest);
        }
        return id;
    }

    private static String required(String name, @Nullable String value) {
        if (value == null || value.isBlank()) {
            throw invalid(name, "not set", "a text");
        }
        return value;
    }

    private static InvalidMessageException invalid(String name, String value, String expected) {
        return new InvalidMessageException(name, value, expected, "Nothing was changed; correct the request.");
    }

    @ExceptionHandler
    ResponseEntity<Object> invalid(InvalidMessageException e) {
        return problem(HttpStatus.BAD_REQUEST, String.valueOf(e.getMessage()));
    }

    @ExceptionHandler
    ResponseEntity<Object> unreadable(HttpMessageNotReadableException e) {
        return problem(
                HttpStatus.BAD_REQUEST,
                "body: unreadable (expected: a JSON object). Nothing was changed; correct the request.");
    }

    private static ResponseEntity<Object> problem(HttpStatus status, String detail) {
        return ResponseEntity.of(ProblemDetail.forStatusAndDetail(status, detail))
                .build();
    }
}

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
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * A client of the central message service, for a service that has no outbox of its own. Thread-safe.
 *
 * <p>The way of one message: {@link #prepare} before the business transaction; {@code TransactionMarks.committed(id)} in it;
 * {@link #submit} after the commit, or {@link #cancel} after a rollback. When the last step is lost, the centre asks {@code
 * checkUrl}, and the mark answers. Calls wait for the network: none belongs into an open transaction.
 */
public final class CentralClient {

    private final String url;
    private final String producer;
    private final @Nullable String checkUrl;
    private final InstantSource time;
    private final JsonCalls calls;

    /**
     * @param url the address of the central service, such as {@code http://centre:8080}
     * @param producer the producer group of this service
     * @param checkUrl where the centre asks this service, or null: then only submit and cancel decide
     * @param timeout how long one call may take
     */
    public CentralClient(String url, String producer, @Nullable String checkUrl, Duration timeout, InstantSource time) {
        this(url, producer, checkUrl, "", timeout, time);
    }

    /**
     * The same for a centre that wants to know who calls.
     *
     * @param token of the centre's console, with the operator's role; empty for none
     */
    public CentralClient(
            String url,
            String producer,
            @Nullable String checkUrl,
            String token,
            Duration timeout,
            InstantSource time) {
        this.url = url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
        this.producer = producer;
        this.checkUrl = checkUrl;
        this.time = time;
        this.calls = new JsonCalls(timeout, token);
    }

    /** The centre cannot be reached, or refuses a call. When it cannot be reached, whether it took the call is not known. */
    public static final class CentralException extends RuntimeException {

        private static final long serialVersionUID = 1L;

        private final int status;

        CentralException(String message, int status, @Nullable Throwable cause) {
            super(message, cause);
            this.status = status;
        }

        /** The HTTP status: 400, 404, 409 or another; 0 when there was no answer. */
        public int status() {
            return status;
        }
    }

    /** A new id, for a call that is to be repeated until it is answered. */
    public MessageId newId() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        return MessageId.of(time.instant(), random.nextLong(), random.nextLong());
    }

    /**
     * Has the centre keep a message that is not to be sent yet.
     *
     * @return its id
     * @throws CentralException when it is not kept, or that is not known: do not begin the business transaction
     */
    public MessageId prepare(Message message) {
        MessageId id = newId();
        prepare(id, message);
        return id;
    }

    /** As {@link #prepare(Message)}, with an id of the caller's; may be repeated. */
    public void prepare(MessageId id, Message message) {
        Map<String, Object> body = body(id, message);
        if (checkUrl != null) {
            body.put("checkUrl", checkUrl);
        }
        call("/api/v1/messages:prepare", body);
    }

    /** The business transaction committed: send the message. May be repeated; a lost one is made up for by the check. */
    public void submit(MessageId id) {
        call("/api/v1/messages/" + id + ":submit", Map.of());
    }

    /** The business transaction did not commit: never send the message. May be repeated. */
    public void cancel(MessageId id) {
        call("/api/v1/messages/" + id + ":cancel", Map.of());
    }

    /**
     * Has the centre keep a message and send it.
     *
     * @return its id
     */
    public MessageId saveAndSend(Message message) {
        MessageId id = newId();
        saveAndSend(id, message);
        return id;
    }

    /** As {@link #saveAndSend(Message)}, with an id of the caller's; may be repeated. */
    public void saveAndSend(MessageId id, Message message) {
        call("/api/v1/messages", body(id, message));
    }

    private Map<String, Object> body(MessageId id, Message message) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("id", id.toString());
        body.put("producer", producer);
        body.put("topic", message.topic());
        body.put("tag", message.tag());
        body.put("key", message.key());
        body.put("payloadBase64", Base64.getEncoder().encodeToString(message.payload()));
        body.put("contentType", message.contentType());
        body.put("headers", message.headers());
        body.put("delayMillis", message.delay().toMillis());
        return body;
    }

    private void call(String path, Map<String, ?> body) {
        JsonCalls.Answer answer;
        try {
            answer = calls.post(url + path, body);
        } catch (IOException e) {
            throw new CentralException(
                    "central message service: " + url + " (expected: an answer). " + e
                            + ". Whether it took the call is not known; repeat the call with the same id.",
                    0,
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CentralException(
                    "central message service: interrupted while waiting for " + url
                            + " (expected: an answer). Repeat the call with the same id.",
                    0,
                    e);
        }
        if (answer.status() != 200) {
            throw new CentralException(
                    "central message service: status " + answer.status() + " from " + url + path + " (expected: 200). "
                            + answer.body(),
                    answer.status(),
                    null);
        }
    }
}

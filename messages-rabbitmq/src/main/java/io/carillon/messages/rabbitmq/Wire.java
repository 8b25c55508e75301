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
package io.carillon.messages.rabbitmq;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Delivery;
import io.carillon.messages.Message;
import io.carillon.messages.ReceivedMessage;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.model.StoredMessage;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How a message looks on AMQP 0-9-1, and what it cannot carry. Stateless.
 *
 * <p>The exchange is the topic, the routing key the tag; id, producer, tag, key and content type are headers, as are the
 * user's. A user's header that begins with {@code carillon-}, or with {@code x-} as the server's own do, is carried under
 * {@code carillon-header-}.
 */
final class Wire {

    static final String ID = "carillon-id";
    static final String PRODUCER = "carillon-producer";
    static final String CONTENT_TYPE = "carillon-content-type";
    static final String TAG = "carillon-tag";
    static final String KEY = "carillon-key";
    static final String ESCAPE = "carillon-header-";
    /** Why a message was parked. */
    static final String ERROR = "carillon-error";

    /** AMQP wants all headers in one frame, 128 KiB unless the server says less. */
    private static final int MAX_HEADER_BYTES = 48 * 1024;
    /** The longest name of an exchange, a queue, a routing key or a header, in bytes. */
    private static final int MAX_NAME_BYTES = 255;

    private static final String OWN = "carillon-";
    private static final Pattern GROUP = Pattern.compile("[A-Za-z0-9_-]{1,120}");
    private static final Pattern TOPIC = Pattern.compile("[A-Za-z0-9._-]{1,120}");

    private Wire() {}

    static boolean isLegalTopic(String topic) {
        return TOPIC.matcher(topic).matches() && !topic.startsWith("amq.");
    }

    /** No dot: it separates group and topic. */
    static boolean isLegalGroup(String group) {
        return GROUP.matcher(group).matches();
    }

    static boolean isLegalTag(String tag) {
        return utf8(tag).length <= MAX_NAME_BYTES;
    }

    /** The queue of a Carillon group and a topic. */
    static String queue(String group, String topic) {
        return group + "." + topic;
    }

    /** Where a message goes whose redeliveries are used up. */
    static String deadQueue(String group, String topic) {
        return queue(group, topic) + ".dead";
    }

    /** Why it could never be carried, or null when it can. */
    static @Nullable String reasonToRefuse(StoredMessage stored, int maxPayloadBytes) {
        Message message = stored.message();
        if (!isLegalTopic(message.topic())) {
            return "topic: '" + message.topic()
                    + "' (expected: letters, digits, '.', '-' or '_', and a name that AMQP does not keep for itself)";
        }
        if (!isLegalTag(message.tag())) {
            return "tag: '" + message.tag() + "' (expected: at most " + MAX_NAME_BYTES + " bytes in UTF-8)";
        }
        if (message.payload().length > maxPayloadBytes) {
            return "payload: " + message.payload().length + " bytes (expected: at most " + maxPayloadBytes + ")";
        }
        int bytes = utf8(message.key()).length + utf8(message.contentType()).length;
        for (Map.Entry<String, String> header : message.headers().entrySet()) {
            int name = utf8(ESCAPE + header.getKey()).length;
            if (name > MAX_NAME_BYTES) {
                return "header: '" + header.getKey() + "' (expected: a name of at most "
                        + (MAX_NAME_BYTES - ESCAPE.length()) + " bytes in UTF-8)";
            }
            bytes += name + utf8(header.getValue()).length + 8;
        }
        if (bytes > MAX_HEADER_BYTES) {
            return "headers: " + bytes + " bytes with the key (expected: at most " + MAX_HEADER_BYTES + ")";
        }
        return null;
    }

    /** Of a message that {@link #reasonToRefuse} has nothing against; persistent. */
    static BasicProperties encode(StoredMessage stored) {
        Message message = stored.message();
        Map<String, Object> headers = new HashMap<>();
        message.headers().forEach((name, value) -> headers.put(isReserved(name) ? ESCAPE + name : name, value));
        headers.put(ID, stored.id().toString());
        headers.put(PRODUCER, stored.producer());
        headers.put(CONTENT_TYPE, message.contentType());
        headers.put(TAG, message.tag());
        headers.put(KEY, message.key());
        return new BasicProperties.Builder()
                .deliveryMode(2)
                .messageId(stored.id().toString())
                .headers(headers)
                .build();
    }

    private static boolean isReserved(String name) {
        return name.startsWith(OWN) || name.startsWith("x-");
    }

    /**
     * A received message, its attempt counted as far as the server knows; null when it is not one of Carillon's: its id is
     * missing or malformed.
     */
    static @Nullable ReceivedMessage decode(Delivery delivery, String group, String topic) {
        Map<String, Object> headers = delivery.getProperties().getHeaders();
        if (headers == null || headers.get(ID) == null || headers.get(PRODUCER) == null) {
            return null;
        }
        try {
            Message.Builder message = Message.to(
                            topic, text(headers, TAG, delivery.getEnvelope().getRoutingKey()))
                    .key(text(headers, KEY, ""))
                    .payload(delivery.getBody(), text(headers, CONTENT_TYPE, ""));
            headers.forEach((name, value) -> {
                if (name.startsWith(ESCAPE)) {
                    message.header(name.substring(ESCAPE.length()), String.valueOf(value));
                } else if (!isReserved(name)) {
                    message.header(name, String.valueOf(value));
                }
            });
            return ReceivedMessage.of(
                    MessageId.parse(text(headers, ID, "")),
                    message,
                    text(headers, PRODUCER, ""),
                    group,
                    1 + redeliveries(delivery, headers));
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** A quorum queue counts them; others know no more than whether there was one. */
    private static int redeliveries(Delivery delivery, Map<String, Object> headers) {
        if (headers.get("x-delivery-count") instanceof Number count) {
            return count.intValue();
        }
        return delivery.getEnvelope().isRedeliver() ? 1 : 0;
    }

    private static String text(Map<String, Object> headers, String name, String otherwise) {
        return Objects.toString(headers.get(name), otherwise);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(UTF_8);
    }
}

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
package io.carillon.messages.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.carillon.messages.Message;
import io.carillon.messages.ReceivedMessage;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.model.StoredMessage;
import java.util.Map;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/**
 * How a message looks on Kafka, and what Kafka cannot carry. Stateless.
 *
 * <p>The key is the message's key, null when it has none; the value is the payload; tag, id, producer and content type are
 * headers in UTF-8, as are the user's. A user's header that begins with {@code carillon-} is carried under {@code
 * carillon-header-}.
 */
final class Wire {

    static final String ID = "carillon-id";
    static final String PRODUCER = "carillon-producer";
    static final String CONTENT_TYPE = "carillon-content-type";
    static final String TAG = "carillon-tag";
    static final String ESCAPE = "carillon-header-";
    /** Why a message was parked. */
    static final String ERROR = "carillon-error";

    /** What key and headers may take besides the payload. */
    static final int ROOM_FOR_HEADERS = 48 * 1024;

    private static final String OWN = "carillon-";
    private static final Pattern TOPIC = Pattern.compile("[A-Za-z0-9._-]{1,249}");
    private static final Pattern GROUP = Pattern.compile("[A-Za-z0-9_-]{1,120}");

    private Wire() {}

    static boolean isLegalTopic(String topic) {
        return TOPIC.matcher(topic).matches() && !topic.equals(".") && !topic.equals("..") && !topic.startsWith("__");
    }

    /** No dot: it separates group and topic. */
    static boolean isLegalGroup(String group) {
        return GROUP.matcher(group).matches();
    }

    /** The Kafka group of a Carillon group and a topic: every pair is one of its own. */
    static String consumerGroup(String group, String topic) {
        return group + "." + topic;
    }

    /** Where a message goes whose redeliveries are used up. */
    static String deadTopic(String group, String topic) {
        String name = consumerGroup(group, topic) + ".dead";
        return name.length() <= 249 ? name : name.substring(0, 244) + ".dead";
    }

    /** Why Kafka could never carry this message, or null when it can. */
    static @Nullable String reasonToRefuse(StoredMessage stored, int maxPayloadBytes) {
        Message message = stored.message();
        if (!isLegalTopic(message.topic())) {
            return "topic: '" + message.topic()
                    + "' (expected: letters, digits, '.', '-' or '_', and a name that Kafka does not keep for itself)";
        }
        if (message.payload().length > maxPayloadBytes) {
            return "payload: " + message.payload().length + " bytes (expected: at most " + maxPayloadBytes + ")";
        }
        int bytes = utf8(message.key()).length + utf8(message.contentType()).length;
        for (Map.Entry<String, String> header : message.headers().entrySet()) {
            bytes += utf8(header.getKey()).length + utf8(header.getValue()).length + 32;
        }
        if (bytes > ROOM_FOR_HEADERS) {
            return "headers: " + bytes + " bytes with the key (expected: at most " + ROOM_FOR_HEADERS + ")";
        }
        return null;
    }

    /** A message that {@link #reasonToRefuse} has nothing against, as Kafka takes it. */
    static ProducerRecord<byte[], byte[]> encode(StoredMessage stored) {
        Message message = stored.message();
        byte @Nullable [] key = message.key().isEmpty() ? null : utf8(message.key());
        ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(message.topic(), key, message.payload());
        Headers headers = record.headers();
        headers.add(ID, utf8(stored.id().toString()));
        headers.add(PRODUCER, utf8(stored.producer()));
        headers.add(CONTENT_TYPE, utf8(message.contentType()));
        if (!message.tag().isEmpty()) {
            headers.add(TAG, utf8(message.tag()));
        }
        message.headers()
                .forEach((name, value) -> headers.add(name.startsWith(OWN) ? ESCAPE + name : name, utf8(value)));
        return record;
    }

    /** A received message; null when it is not one of Carillon's: its id is missing or malformed, or a part too long. */
    static @Nullable ReceivedMessage decode(ConsumerRecord<byte @Nullable [], byte @Nullable []> record, String group) {
        String id = text(record.headers(), ID);
        String producer = text(record.headers(), PRODUCER);
        if (id == null || producer == null) {
            return null;
        }
        try {
            String tag = text(record.headers(), TAG);
            String contentType = text(record.headers(), CONTENT_TYPE);
            byte[] key = record.key();
            byte[] value = record.value();
            Message.Builder message = Message.to(record.topic(), tag == null ? "" : tag)
                    .key(key == null ? "" : new String(key, UTF_8))
                    .payload(value == null ? new byte[0] : value, contentType == null ? "" : contentType);
            for (Header header : record.headers()) {
                String name = header.key();
                String text = header.value() == null ? "" : new String(header.value(), UTF_8);
                if (name.startsWith(ESCAPE)) {
                    message.header(name.substring(ESCAPE.length()), text);
                } else if (!name.startsWith(OWN)) {
                    message.header(name, text);
                }
            }
            return ReceivedMessage.of(MessageId.parse(id), message, producer, group, 1);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static @Nullable String text(Headers headers, String name) {
        Header header = headers.lastHeader(name);
        return header == null || header.value() == null ? null : new String(header.value(), UTF_8);
    }

    static byte[] utf8(String text) {
        return text.getBytes(UTF_8);
    }
}

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
package io.carillon.messages.rocketmq;

import io.carillon.messages.ReceivedMessage;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.model.StoredMessage;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import java.util.zip.CRC32;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageConst;
import org.apache.rocketmq.common.message.MessageDecoder;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.topic.TopicValidator;
import org.jspecify.annotations.Nullable;

/**
 * What a message looks like on RocketMQ's wire. Stateless, pure.
 *
 * <p>The body is the payload; KEYS is the business key, TAGS the tag. User properties: {@value #ID}, {@value #PRODUCER},
 * {@value #CONTENT_TYPE}, and each user header under its own name. A header whose name RocketMQ or Carillon keeps for
 * itself, or whose value RocketMQ would refuse (blank), travels as property {@value #ESCAPE} + name with value {@code =}
 * + value. RocketMQ has no empty body: an empty payload travels as one zero byte and the property {@value #EMPTY}.
 */
final class Wire {

    static final String ID = "carillon-id";
    static final String PRODUCER = "carillon-producer";
    static final String CONTENT_TYPE = "carillon-content-type";
    static final String EMPTY = "carillon-empty";
    static final String ESCAPE = "carillon-header-";

    /** The longest group: the broker puts 7 characters before it and takes no topic above 127. */
    static final int MAX_GROUP = 120;

    private static final int MAX_TOPIC = 127;
    /** RocketMQ's limit is 32767 bytes; it adds some properties on the way and on each retry. */
    private static final int MAX_PROPERTY_BYTES = 30_000;

    private static final String OWN = "carillon-";

    private Wire() {}

    /** Whether it can be a topic or a group. */
    static boolean isLegalName(String name, int maxLength) {
        return !name.isBlank()
                && name.length() <= maxLength
                && name.indexOf('%') < 0 // RocketMQ's sign for namespaces, retry and dead letter topics
                && name.indexOf('|') < 0
                && !TopicValidator.isTopicOrGroupIllegal(name);
    }

    /**
     * The RocketMQ group of a Carillon group and a topic: every pair is a RocketMQ group of its own, because RocketMQ
     * wants one set of subscriptions per group. Names that get too long are cut and end with a checksum.
     */
    static String consumerGroup(String group, String topic) {
        String name = group + "-" + topic;
        if (name.length() <= MAX_GROUP) {
            return name;
        }
        CRC32 checksum = new CRC32();
        checksum.update(name.getBytes(StandardCharsets.UTF_8));
        return name.substring(0, MAX_GROUP - 9) + "-" + HexFormat.of().toHexDigits((int) checksum.getValue());
    }

    /** Why RocketMQ could never carry this message, or null when it can. */
    static @Nullable String reasonToRefuse(StoredMessage stored, int maxPayloadBytes) {
        io.carillon.messages.Message message = stored.message();
        String topic = message.topic();
        if (!isLegalName(topic, MAX_TOPIC)) {
            return "topic: '" + topic + "' (expected: 1.." + MAX_TOPIC + " letters, digits, '-' or '_')";
        }
        if (TopicValidator.isSystemTopic(topic) || TopicValidator.isNotAllowedSendTopic(topic)) {
            return "topic: '" + topic + "' (expected: a name that RocketMQ does not keep for itself)";
        }
        if (!isLegalTag(message.tag())) {
            return "tag: '" + message.tag() + "' (expected: no '|', not '*', no blanks around, no control characters)";
        }
        if (message.payload().length > maxPayloadBytes) {
            return "payload: " + message.payload().length + " bytes (expected: at most " + maxPayloadBytes + ")";
        }
        if (hasSeparator(message.key()) || hasSeparator(message.contentType()) || hasSeparator(stored.producer())) {
            return "key, content type or producer: holds U+0001 or U+0002 (expected: no control characters)";
        }
        for (Map.Entry<String, String> header : message.headers().entrySet()) {
            if (header.getKey().isBlank() || hasSeparator(header.getKey()) || hasSeparator(header.getValue())) {
                return "header: '" + header.getKey() + "' (expected: a name, and no U+0001 or U+0002 in name or value)";
            }
        }
        int characters = message.contentType().length();
        for (Map.Entry<String, String> header : message.headers().entrySet()) {
            characters += header.getKey().length() + header.getValue().length();
        }
        if (characters > MAX_PROPERTY_BYTES / 8) { // else it fits, whatever the characters
            int bytes = MessageDecoder.messageProperties2String(encode(stored).getProperties())
                    .getBytes(StandardCharsets.UTF_8)
                    .length;
            if (bytes > MAX_PROPERTY_BYTES) {
                return "headers: " + bytes + " bytes with key and tag (expected: at most " + MAX_PROPERTY_BYTES + ")";
            }
        }
        return null;
    }

    /** Whether a tag can be sent and subscribed to; the empty tag can. */
    static boolean isLegalTag(String tag) {
        return tag.indexOf('|') < 0 && !tag.equals("*") && tag.strip().equals(tag) && !hasSeparator(tag);
    }

    private static boolean hasSeparator(String text) {
        return text.indexOf(MessageDecoder.NAME_VALUE_SEPARATOR) >= 0
                || text.indexOf(MessageDecoder.PROPERTY_SEPARATOR) >= 0;
    }

    /** A message that {@link #reasonToRefuse} has nothing against, as RocketMQ takes it. */
    static Message encode(StoredMessage stored) {
        io.carillon.messages.Message message = stored.message();
        boolean empty = message.payload().length == 0;
        Message wire = new Message(message.topic(), empty ? new byte[1] : message.payload());
        if (!message.tag().isEmpty()) {
            wire.setTags(message.tag());
        }
        if (!message.key().isEmpty()) {
            wire.setKeys(message.key());
        }
        wire.putUserProperty(ID, stored.id().toString());
        wire.putUserProperty(PRODUCER, stored.producer());
        if (!message.contentType().isBlank()) {
            wire.putUserProperty(CONTENT_TYPE, message.contentType());
        }
        if (empty) {
            wire.putUserProperty(EMPTY, "true");
        }
        message.headers().forEach((name, value) -> {
            if (isReserved(name) || value.isBlank()) {
                wire.putUserProperty(ESCAPE + name, "=" + value);
            } else {
                wire.putUserProperty(name, value);
            }
        });
        return wire;
    }

    private static boolean isReserved(String name) {
        return name.startsWith(OWN) || isRocketMqs(name);
    }

    /** The names RocketMQ uses itself; some of them are missing in its own set. */
    private static boolean isRocketMqs(String name) {
        return MessageConst.STRING_HASH_SET.contains(name)
                || name.startsWith("__")
                || name.startsWith("TIMER_")
                || name.startsWith("TRAN")
                || name.startsWith("DLQ_")
                || name.startsWith("INNER_")
                || name.startsWith("_SYS_")
                || OTHER_NAMES_OF_ROCKETMQ.contains(name);
    }

    private static final java.util.Set<String> OTHER_NAMES_OF_ROCKETMQ = java.util.Set.of(
            MessageConst.PROPERTY_POP_CK,
            MessageConst.PROPERTY_POP_CK_OFFSET,
            MessageConst.PROPERTY_FIRST_POP_TIME,
            MessageConst.PROPERTY_REDIRECT,
            MessageConst.PROPERTY_FORWARD_QUEUE_ID,
            MessageConst.PROPERTY_TRACE_CONTEXT,
            MessageConst.PROPERTY_BORN_TIMESTAMP,
            MessageConst.PROPERTY_CLUSTER,
            MessageConst.PROPERTY_MESSAGE_TYPE,
            MessageConst.DUP_INFO);

    /** A received message; null when it is not one of Carillon's: its id is missing or malformed. */
    static @Nullable ReceivedMessage decode(MessageExt wire, String group) {
        String id = wire.getUserProperty(ID);
        String producer = wire.getUserProperty(PRODUCER);
        if (id == null || producer == null) {
            return null;
        }
        MessageId messageId;
        try {
            messageId = MessageId.parse(id);
        } catch (IllegalArgumentException e) {
            return null;
        }
        byte[] payload = wire.getUserProperty(EMPTY) == null ? wire.getBody() : new byte[0];
        io.carillon.messages.Message.Builder message = io.carillon.messages.Message.to(
                        wire.getTopic(), Objects.requireNonNullElse(wire.getTags(), ""))
                .key(Objects.requireNonNullElse(wire.getKeys(), ""))
                .payload(payload, Objects.requireNonNullElse(wire.getUserProperty(CONTENT_TYPE), ""));
        wire.getProperties().forEach((name, value) -> {
            if (name.startsWith(ESCAPE) && value.startsWith("=")) {
                message.header(name.substring(ESCAPE.length()), value.substring(1));
            } else if (!isReserved(name)) {
                message.header(name, value);
            }
        });
        return ReceivedMessage.of(messageId, message, producer, group, wire.getReconsumeTimes() + 1);
    }
}

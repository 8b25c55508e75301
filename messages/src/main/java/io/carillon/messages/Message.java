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
package io.carillon.messages;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * What is sent: bytes for a topic, with a tag, a business key and headers. Immutable; the payload array is not copied and
 * must not be changed.
 */
public final class Message {

    /** The longest topic, tag and key, in characters. */
    public static final int MAX_TOPIC = 120;

    public static final int MAX_TAG = 120;
    public static final int MAX_KEY = 200;

    /** The longest name of a type, and the longest dedupe key, in characters. */
    public static final int MAX_TYPE = 120;

    public static final int MAX_DEDUPE_KEY = 200;

    // What Carillon adds to a message travels and is kept as headers; no broker and no table need know of it.
    private static final String TYPE = "carillon-type";
    private static final String TYPE_VERSION = "carillon-type-version";
    private static final String DEDUPE_KEY = "carillon-dedupe-key";
    private static final String EXPIRE_AFTER = "carillon-expire-after";
    private static final String ORDERING = "carillon-ordering";
    private static final String SEQUENCE = "carillon-sequence";

    private final String topic;
    private final String tag;
    private final String key;
    private final byte[] payload;
    private final String contentType;
    private final Map<String, String> headers;
    private final Duration delay;

    private Message(Builder builder) {
        this.topic = builder.topic;
        this.tag = builder.tag;
        this.key = builder.key;
        this.payload = builder.payload;
        this.contentType = builder.contentType;
        this.headers = Map.copyOf(builder.headers);
        this.delay = builder.delay;
    }

    /** Starts a message for a topic and a tag; the tag may be empty. */
    public static Builder to(String topic, String tag) {
        return new Builder(topic, tag);
    }

    public String topic() {
        return topic;
    }

    public String tag() {
        return tag;
    }

    /** The business key, such as an order number: searchable, not unique; empty when none was set. */
    public String key() {
        return key;
    }

    public byte[] payload() {
        return payload;
    }

    /** The payload as UTF-8 text. */
    public String text() {
        return new String(payload, StandardCharsets.UTF_8);
    }

    public String contentType() {
        return contentType;
    }

    public Map<String, String> headers() {
        return headers;
    }

    /** How long after the commit it is sent; zero: at once. */
    public Duration delay() {
        return delay;
    }

    /** The logical name of the payload's type, such as {@code order-placed}; empty when none was set. Never a class name. */
    public String type() {
        return headers.getOrDefault(TYPE, "");
    }

    /** The version of {@link #type}, from 1; 0 when no type was set. */
    public int typeVersion() {
        return (int) number(TYPE_VERSION);
    }

    /** What makes this message the same as an earlier one of its topic; empty when none was set. */
    public String dedupeKey() {
        return headers.getOrDefault(DEDUPE_KEY, "");
    }

    /** How long after it was written it is of use; zero: for ever. */
    public Duration expireAfter() {
        return Duration.ofMillis(number(EXPIRE_AFTER));
    }

    /** The order that messages of its topic and key keep. */
    public Ordering ordering() {
        String name = headers.getOrDefault(ORDERING, "");
        for (Ordering ordering : Ordering.values()) {
            if (ordering.name().equals(name)) {
                return ordering;
            }
        }
        return Ordering.NONE;
    }

    /**
     * The place of a strictly ordered message among those of its topic and key; 0 for any other. It grows from message to
     * message, not by one. A consumer that keeps the last place it has seen per key can tell what comes late.
     */
    public long sequence() {
        return number(SEQUENCE);
    }

    /** A header of Carillon's own as a number; 0 when it is absent, or what somebody else put there is none. */
    private long number(String header) {
        String text = headers.getOrDefault(header, "");
        return text.matches("[0-9]{1,18}") ? Long.parseLong(text) : 0;
    }

    /** This message at its place among the strictly ordered ones of its key. For the outbox. */
    public Message withSequence(long sequence) {
        return toBuilder().header(SEQUENCE, String.valueOf(sequence)).build();
    }

    /** A builder with the parts of this message. */
    public Builder toBuilder() {
        Builder builder =
                new Builder(topic, tag).key(key).payload(payload, contentType).delay(delay);
        headers.forEach(builder::header);
        return builder;
    }

    @Override
    public String toString() {
        return "Message[" + topic + ":" + tag + " key=" + key + " " + payload.length + " bytes]";
    }

    /** Collects the parts of a {@link Message}. One thread at a time. */
    public static final class Builder {

        private final String topic;
        private final String tag;
        private String key = "";
        private byte[] payload = {};
        private String contentType = "application/octet-stream";
        private final Map<String, String> headers = new TreeMap<>();
        private Duration delay = Duration.ZERO;

        private Builder(String topic, String tag) {
            this.topic = Objects.requireNonNull(topic, "topic");
            this.tag = Objects.requireNonNull(tag, "tag");
        }

        public Builder key(String key) {
            this.key = Objects.requireNonNull(key, "key");
            return this;
        }

        public Builder payload(byte[] payload, String contentType) {
            this.payload = Objects.requireNonNull(payload, "payload");
            this.contentType = Objects.requireNonNull(contentType, "contentType");
            return this;
        }

        /** UTF-8 JSON. */
        public Builder json(String json) {
            return payload(json.getBytes(StandardCharsets.UTF_8), "application/json");
        }

        /** UTF-8 text. */
        public Builder text(String text) {
            return payload(text.getBytes(StandardCharsets.UTF_8), "text/plain");
        }

        public Builder header(String name, String value) {
            this.headers.put(name, value);
            return this;
        }

        public Builder delay(Duration delay) {
            this.delay = Objects.requireNonNull(delay, "delay");
            return this;
        }

        /**
         * The logical type of the payload, for readers that must tell versions apart.
         *
         * @param name 1 to 120 characters, such as {@code order-placed}; not a class name, which would change with the code
         * @param version from 1
         */
        public Builder type(String name, int version) {
            check("type", Objects.requireNonNull(name, "name"), 1, MAX_TYPE);
            if (version < 1) {
                throw new InvalidMessageException(
                        "type version", version, "1 or more", "The message was not sent; correct the version.");
            }
            return header(TYPE, name).header(TYPE_VERSION, String.valueOf(version));
        }

        /**
         * Makes sending idempotent: while a message of the same topic and dedupe key is on record, sending writes nothing and
         * answers that message's id. Records are kept as long as the retention of the cleaning of history.
         */
        public Builder dedupeKey(String dedupeKey) {
            check("dedupe key", Objects.requireNonNull(dedupeKey, "dedupeKey"), 1, MAX_DEDUPE_KEY);
            return header(DEDUPE_KEY, dedupeKey);
        }

        /**
         * How long after it was written the message is of use. One that the broker does not have by then is CANCELLED and
         * never sent; a consumer that receives it later confirms it without handling it.
         *
         * @param expireAfter 1 ms or longer
         */
        public Builder expireAfter(Duration expireAfter) {
            if (expireAfter.toMillis() < 1) {
                throw new InvalidMessageException(
                        "expireAfter",
                        expireAfter,
                        "1 ms or longer",
                        "The message was not sent; correct it, or leave it away for a message that is of use for ever.");
            }
            return header(EXPIRE_AFTER, String.valueOf(expireAfter.toMillis()));
        }

        /** The order that this message keeps with the others of its topic and key; the key must be set. */
        public Builder ordering(Ordering ordering) {
            headers.remove(ORDERING);
            return ordering == Ordering.NONE ? this : header(ORDERING, ordering.name());
        }

        /**
         * Checks the parts and makes the message.
         *
         * @throws InvalidMessageException naming the part, its value, what was expected and what to do
         */
        public Message build() {
            check("topic", topic, 1, MAX_TOPIC);
            check("tag", tag, 0, MAX_TAG);
            check("key", key, 0, MAX_KEY);
            if (delay.isNegative()) {
                throw new InvalidMessageException(
                        "delay", delay, "zero or longer", "The message was not sent; correct the delay.");
            }
            Message message = new Message(this);
            if (message.ordering() != Ordering.NONE && key.isEmpty()) {
                throw new InvalidMessageException(
                        "key",
                        "none",
                        "a key, for " + message.ordering(),
                        "The message was not sent; set the key whose messages are to keep their order.");
            }
            if (message.ordering() == Ordering.KEY_STRICT && !delay.isZero()) {
                throw new InvalidMessageException(
                        "delay",
                        delay,
                        "zero for " + Ordering.KEY_STRICT,
                        "The message was not sent; a delayed one would hold up those behind it.");
            }
            return message;
        }

        /** What can be kept of parts that cannot make a message, with the reason. */
        Message unreadable(String reason) {
            Builder kept = new Builder(cut(topic, MAX_TOPIC), cut(tag, MAX_TAG)).key(cut(key, MAX_KEY));
            headers.forEach(kept::header);
            kept.headers.remove(ORDERING);
            return kept.payload(payload, contentType)
                    .header(ReceivedMessage.UNREADABLE, reason)
                    .build();
        }

        private static String cut(String text, int most) {
            return text.length() <= most ? text : text.substring(0, most);
        }

        private static void check(String name, String value, int min, int max) {
            if (value.length() < min || value.length() > max) {
                throw new InvalidMessageException(
                        name,
                        value.length() + " characters",
                        min + ".." + max + " characters",
                        "The message was not sent; shorten or set the " + name + ".");
            }
        }
    }
}

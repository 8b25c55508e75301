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
            return new Message(this);
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

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

import io.carillon.messages.MessageHandler;
import io.carillon.messages.model.StoredMessage;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The port to a message broker. Thread-safe. */
public interface Broker extends AutoCloseable {

    /** A short name for logs and pages, such as {@code rocketmq}. */
    String name();

    /** The largest payload it takes, in bytes. */
    int maxPayloadBytes();

    /**
     * Why the broker could never take a message, in the shape {@code name: value (expected: ...)}; null when nothing is known
     * against it. Asked where the message is written, so that business code hears of it at once; looks at the message only.
     */
    default @Nullable String reasonToRefuse(StoredMessage message) {
        int bytes = message.message().payload().length;
        return bytes <= maxPayloadBytes()
                ? null
                : "payload: " + bytes + " bytes (expected: at most " + maxPayloadBytes()
                        + " bytes; store the content elsewhere and send a reference)";
    }

    /**
     * Sends messages. Messages of one topic and key that ask for an {@link io.carillon.messages.Ordering} get to the same
     * queue or partition, in the order in which they are given here. Returns at once, or when a place in its own bounded pipeline is free.
     *
     * @param results called exactly once per message, on any thread, in any order; also when the broker is closed
     */
    void publish(List<StoredMessage> messages, Consumer<PublishResult> results);

    /** How one message fared. */
    sealed interface PublishResult {

        /** Which message. */
        StoredMessage message();

        /** The broker keeps it, by the durability that its settings promise. */
        record Acknowledged(StoredMessage message, String brokerRef) implements PublishResult {}

        /** Not sent, or not known: the broker or the way to it is at fault. To be tried again; no attempt is burned. */
        record Unavailable(StoredMessage message, String reason) implements PublishResult {}

        /** The broker refuses this message for good. */
        record Refused(StoredMessage message, String reason) implements PublishResult {}
    }

    /**
     * Receives messages of a topic for a consumer group; each message goes to one member of the group. A message that
     * carries no {@code carillon-id} is not ours: it is logged at WARN, acknowledged, and not passed on.
     *
     * @param tags the wanted tags; empty for all
     * @param handler called concurrently; when it throws, the message comes again after a while, when it returns, the
     *     message is acknowledged to the broker
     * @param concurrency how many calls at once, at most
     */
    Subscription subscribe(String group, String topic, Set<String> tags, MessageHandler handler, int concurrency);

    /**
     * The same, with more to say about how messages are handed over.
     *
     * @throws IllegalArgumentException when the broker cannot keep the order of keys and is asked to
     */
    default Subscription subscribe(
            String group, String topic, Set<String> tags, MessageHandler handler, Delivery delivery) {
        if (delivery.ordered()) {
            throw new IllegalArgumentException("ordered: true (expected: false, with the broker " + name()
                    + ", which does not keep the order of keys). Nothing was subscribed; subscribe unordered, or use"
                    + " another broker.");
        }
        return subscribe(group, topic, tags, handler, delivery.concurrency());
    }

    /**
     * How messages are handed over.
     *
     * @param concurrency how many calls at once, at most
     * @param ordered whether the messages of a key come one after the other, in the order in which the broker got them, over
     *     all members of the group: the next not before the handler of the one before has returned, however often it threw
     */
    record Delivery(int concurrency, boolean ordered) {}

    /** A running subscription. */
    interface Subscription extends AutoCloseable {

        /** Stops receiving; returns when no handler of it runs any more. Idempotent. */
        @Override
        void close();
    }

    /** Closes all subscriptions, then the connections. Idempotent. */
    @Override
    void close();
}

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
package io.carillon.testkit.messages;

import io.carillon.messages.Message;
import io.carillon.messages.MessageHandler;
import io.carillon.messages.ReceivedMessage;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.model.MessageState;
import io.carillon.messages.model.StoredMessage;
import io.carillon.messages.relay.Broker;
import io.carillon.messages.relay.Broker.PublishResult;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** For tests of brokers: makes messages, collects results and deliveries, waits for conditions. Thread-safe. */
public final class Traffic {

    /** The producer group of the messages made here. */
    public static final String PRODUCER = "orders";

    private static final AtomicLong NUMBERS = new AtomicLong();

    private Traffic() {}

    /** A name that no other test uses. */
    public static String unique(String prefix) {
        return prefix + "-" + NUMBERS.incrementAndGet() + "-"
                + ProcessHandle.current().pid();
    }

    /** The message as an outbox would hold it, with an id of its own. */
    public static StoredMessage stored(Message message) {
        long number = NUMBERS.incrementAndGet();
        return new StoredMessage(
                MessageId.of(Instant.EPOCH, number >>> 62, number),
                message,
                PRODUCER,
                MessageState.SENDING,
                1,
                Instant.EPOCH,
                "node",
                null,
                null);
    }

    /** So many messages {@code message 0}, {@code message 1} and on. */
    public static List<StoredMessage> many(String topic, String tag, int count) {
        return IntStream.range(0, count)
                .mapToObj(
                        i -> stored(Message.to(topic, tag).text("message " + i).build()))
                .toList();
    }

    /** Publishes and waits for the result of each message. */
    public static List<PublishResult> publish(Broker broker, List<StoredMessage> messages) {
        Results results = new Results();
        broker.publish(messages, results);
        await(() -> results.all.size() >= messages.size(), "a result of each message");
        return List.copyOf(results.all);
    }

    /** Publishes one message and waits for its result. */
    public static PublishResult publish(Broker broker, Message message) {
        return publish(broker, List.of(stored(message))).get(0);
    }

    /** Waits up to a minute until a condition holds. */
    public static void await(BooleanSupplier condition, String what) {
        await(condition, what, Duration.ofSeconds(60));
    }

    /** Waits until a condition holds, as long as is said. */
    public static void await(BooleanSupplier condition, String what, Duration atMost) {
        for (long i = 0; i < atMost.toMillis() / 10; i++) {
            if (condition.getAsBoolean()) {
                return;
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
        }
        throw new AssertionError("waited " + atMost + " in vain for " + what);
    }

    /** Every result that came. */
    public static final class Results implements Consumer<PublishResult> {

        /** In the order in which they came. */
        public final Collection<PublishResult> all = new ConcurrentLinkedQueue<>();

        @Override
        public void accept(PublishResult result) {
            all.add(result);
        }
    }

    /** A handler that remembers. */
    public static final class Inbox implements MessageHandler {

        /** In the order in which they came. */
        public final Collection<ReceivedMessage> all = new ConcurrentLinkedQueue<>();

        @Override
        public void handle(ReceivedMessage message) {
            all.add(message);
        }

        /** The messages' texts. */
        public List<String> texts() {
            return all.stream().map(received -> received.message().text()).toList();
        }
    }
}

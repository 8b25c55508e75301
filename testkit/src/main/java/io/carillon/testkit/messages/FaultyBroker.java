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

import io.carillon.messages.MessageHandler;
import io.carillon.messages.model.StoredMessage;
import io.carillon.messages.relay.Broker;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A broker whose answers can be scripted, in front of a real one, for tests. Without a script it is the real one.
 * Thread-safe.
 */
public final class FaultyBroker implements Broker {

    /** What happens to a message instead of being sent. */
    public enum Fault {
        /** The broker takes it, but its acknowledgement is lost: the sender hears "unavailable". */
        DROP_ACK,
        /** The broker takes it twice and acknowledges once. */
        DUPLICATE,
        /** Refused for good. */
        REFUSE,
        /** Not taken; may be tried again. */
        UNAVAILABLE,
        /** Taken or not, no answer comes until {@link #answerHeld}. */
        HOLD,
        /** Publishing throws. */
        THROW,
        /** Publishing throws an Error. */
        ERROR
    }

    private record Rule(Predicate<StoredMessage> matches, Fault fault, AtomicInteger left) {}

    private final Broker real;
    private final List<Rule> rules = new ArrayList<>();
    private final ArrayDeque<Runnable> held = new ArrayDeque<>();
    private final List<StoredMessage> published = new CopyOnWriteArrayList<>();

    public FaultyBroker(Broker real) {
        this.real = real;
    }

    /** The next so many messages that match meet a fault; rules are asked in the order they were given. */
    public synchronized void next(int times, Fault fault, Predicate<StoredMessage> matches) {
        rules.add(new Rule(matches, fault, new AtomicInteger(times)));
    }

    /** The next so many messages of a topic meet a fault. */
    public void next(int times, Fault fault, String topic) {
        next(times, fault, message -> message.message().topic().equals(topic));
    }

    /** Forgets all rules: the broker works from now on. */
    public synchronized void recover() {
        rules.clear();
    }

    /** Sends what was held, and lets its answers come. */
    public void answerHeld() {
        List<Runnable> answers;
        synchronized (this) {
            answers = List.copyOf(held);
            held.clear();
        }
        answers.forEach(Runnable::run);
    }

    /** How many messages are held. */
    public synchronized int held() {
        return held.size();
    }

    /** Every try to publish a message of a topic, in order. */
    public List<StoredMessage> published(String topic) {
        return published.stream()
                .filter(message -> message.message().topic().equals(topic))
                .toList();
    }

    @Override
    public String name() {
        return "faulty-" + real.name();
    }

    @Override
    public int maxPayloadBytes() {
        return real.maxPayloadBytes();
    }

    @Override
    public void publish(List<StoredMessage> messages, Consumer<PublishResult> results) {
        for (StoredMessage message : messages) {
            published.add(message);
            Fault fault = fault(message);
            if (fault == null) {
                real.publish(List.of(message), results);
                continue;
            }
            switch (fault) {
                case DROP_ACK ->
                    real.publish(
                            List.of(message),
                            result -> results.accept(new PublishResult.Unavailable(message, "the answer was lost")));
                case DUPLICATE -> {
                    real.publish(List.of(message), result -> {});
                    real.publish(List.of(message), results);
                }
                case REFUSE -> results.accept(new PublishResult.Refused(message, "refused by the script"));
                case UNAVAILABLE -> results.accept(new PublishResult.Unavailable(message, "away, by the script"));
                case HOLD -> {
                    synchronized (this) {
                        held.add(() -> real.publish(List.of(message), results));
                    }
                }
                case THROW -> throw new IllegalStateException("thrown by the script");
                case ERROR -> throw new NoClassDefFoundError("thrown by the script");
            }
        }
    }

    private synchronized @Nullable Fault fault(StoredMessage message) {
        for (Rule rule : rules) {
            if (rule.left().get() > 0 && rule.matches().test(message)) {
                rule.left().decrementAndGet();
                return rule.fault();
            }
        }
        return null;
    }

    @Override
    public Subscription subscribe(
            String group, String topic, Set<String> tags, MessageHandler handler, int concurrency) {
        return real.subscribe(group, topic, tags, handler, concurrency);
    }

    @Override
    public Subscription subscribe(
            String group, String topic, Set<String> tags, MessageHandler handler, Delivery delivery) {
        return real.subscribe(group, topic, tags, handler, delivery);
    }

    @Override
    public @Nullable String reasonToRefuse(StoredMessage message) {
        return real.reasonToRefuse(message);
    }

    @Override
    public void close() {
        answerHeld();
        real.close();
    }
}

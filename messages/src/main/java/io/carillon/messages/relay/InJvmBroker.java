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
import io.carillon.messages.ReceivedMessage;
import io.carillon.messages.model.StoredMessage;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A broker inside this JVM, for services that need no other infrastructure: all senders and receivers share one object of
 * this class. It keeps messages in memory only; what a crash loses is sent again from the outbox, because it stays
 * unconfirmed. A message is acknowledged once it is queued for every consumer group that is present; when one of their
 * queues is full the broker is unavailable for it. Thread-safe.
 */
public final class InJvmBroker implements Broker {

    private static final Logger log = LoggerFactory.getLogger(InJvmBroker.class);
    private static final int MAX_PAYLOAD = 4 * 1024 * 1024;
    private static final Duration LONGEST_REDELIVERY = Duration.ofSeconds(30);

    private final int capacity;
    private final Duration redelivery;
    private final Object lock = new Object();
    private final Map<Channel.Name, Channel> channels = new HashMap<>();
    private final AtomicLong accepted = new AtomicLong();
    private final ScheduledThreadPoolExecutor redeliveries;
    private boolean closed;

    /** A broker that keeps up to 10,000 messages per group and topic, and delivers again after 1 s, doubling to 30 s. */
    public InJvmBroker() {
        this(10_000, Duration.ofSeconds(1));
    }

    /**
     * Makes a broker.
     *
     * @param capacity how many messages wait per group and topic, at most
     * @param redelivery how long after a handler's first exception the message comes again; doubles up to 30 s
     */
    public InJvmBroker(int capacity, Duration redelivery) {
        this.capacity = capacity;
        this.redelivery = redelivery;
        this.redeliveries = new ScheduledThreadPoolExecutor(1, runnable -> {
            Thread thread = new Thread(runnable, "carillon-in-jvm-redelivery");
            thread.setDaemon(true);
            return thread;
        });
        this.redeliveries.setRemoveOnCancelPolicy(true);
    }

    @Override
    public String name() {
        return "in-jvm";
    }

    @Override
    public int maxPayloadBytes() {
        return MAX_PAYLOAD;
    }

    @Override
    public void publish(List<StoredMessage> messages, Consumer<PublishResult> results) {
        for (StoredMessage message : messages) {
            results.accept(offer(message));
        }
    }

    private PublishResult offer(StoredMessage message) {
        if (message.message().payload().length > MAX_PAYLOAD) {
            return new PublishResult.Refused(message, "payload longer than " + MAX_PAYLOAD + " bytes");
        }
        synchronized (lock) {
            if (closed) {
                return new PublishResult.Unavailable(message, "the broker is closed");
            }
            List<Channel> wanting = new ArrayList<>();
            for (Channel channel : channels.values()) {
                if (channel.wants(message)) {
                    if (channel.held >= capacity) {
                        return new PublishResult.Unavailable(
                                message, "the queue of " + channel.name + " is full: " + capacity + " messages");
                    }
                    wanting.add(channel);
                }
            }
            for (Channel channel : wanting) {
                channel.held++;
                channel.arrived(new Pending(message, 1));
            }
            lock.notifyAll();
        }
        return new PublishResult.Acknowledged(message, Long.toString(accepted.incrementAndGet()));
    }

    /**
     * {@inheritDoc}
     *
     * <p>Members of a group that subscribe the same topic share one queue, with the tags of the latest of them.
     */
    @Override
    public Subscription subscribe(
            String group, String topic, Set<String> tags, MessageHandler handler, int concurrency) {
        return subscribe(group, topic, tags, handler, new Delivery(concurrency, false));
    }

    @Override
    public Subscription subscribe(
            String group, String topic, Set<String> tags, MessageHandler handler, Delivery delivery) {
        Member member;
        synchronized (lock) {
            if (closed) {
                throw new IllegalStateException("in-jvm broker: closed (expected: open). Nothing was subscribed.");
            }
            Channel channel = channels.computeIfAbsent(new Channel.Name(group, topic), Channel::new);
            channel.tags = Set.copyOf(tags);
            channel.ordered |= delivery.ordered();
            member = new Member(channel, handler, delivery.concurrency());
            channel.members.add(member);
        }
        member.start();
        return member;
    }

    @Override
    public void close() {
        List<Member> open = new ArrayList<>();
        synchronized (lock) {
            closed = true;
            channels.values().forEach(channel -> open.addAll(channel.members));
            lock.notifyAll();
        }
        open.forEach(Member::close);
        redeliveries.shutdownNow();
    }

    /** A message on its way to one group. */
    private record Pending(StoredMessage message, int attempt) {}

    /** The queue of one group for one topic. Guarded by {@link #lock}. */
    private static final class Channel {

        record Name(String group, String topic) {
            @Override
            public String toString() {
                return "group " + group + ", topic " + topic;
            }
        }

        final Name name;
        final ArrayDeque<Pending> queue = new ArrayDeque<>();
        final KeyLanes<Pending> lanes = new KeyLanes<>();
        final List<Member> members = new ArrayList<>();
        Set<String> tags = Set.of();
        /** Whether one member at least wants the order of keys: then all get it. */
        boolean ordered;
        /** Queued, being handled, or waiting for redelivery. */
        int held;

        Channel(Name name) {
            this.name = name;
        }

        void arrived(Pending pending) {
            if (lanes.enter(key(pending), pending)) {
                queue.add(pending);
            }
        }

        void done(Pending pending) {
            held--;
            Pending next = lanes.leave(key(pending));
            if (next != null) {
                queue.add(next);
            }
        }

        private String key(Pending pending) {
            return ordered ? pending.message().message().key() : "";
        }

        boolean wants(StoredMessage message) {
            return name.topic().equals(message.message().topic())
                    && (tags.isEmpty() || tags.contains(message.message().tag()));
        }
    }

    /** One subscription and its threads. Thread-safe. */
    private final class Member implements Subscription {

        private final Channel channel;
        private final MessageHandler handler;
        private final List<Thread> threads = new ArrayList<>();
        private boolean ended; // guarded by lock

        Member(Channel channel, MessageHandler handler, int concurrency) {
            this.channel = channel;
            this.handler = handler;
            for (int i = 0; i < concurrency; i++) {
                Thread thread = new Thread(
                        this::work, "carillon-in-jvm-" + channel.name.group() + "-" + channel.name.topic() + "-" + i);
                thread.setDaemon(true);
                threads.add(thread);
            }
        }

        void start() {
            threads.forEach(Thread::start);
        }

        private void work() {
            while (true) {
                Pending pending = next();
                if (pending == null) {
                    return;
                }
                handle(pending);
            }
        }

        private @Nullable Pending next() {
            synchronized (lock) {
                while (!ended && channel.queue.isEmpty()) {
                    try {
                        lock.wait();
                    } catch (InterruptedException e) {
                        return null;
                    }
                }
                return ended ? null : channel.queue.remove();
            }
        }

        private void handle(Pending pending) {
            StoredMessage message = pending.message();
            try {
                handler.handle(new ReceivedMessage(
                        message.id(), message.message(), message.producer(), channel.name.group(), pending.attempt()));
                synchronized (lock) {
                    channel.done(pending);
                    lock.notifyAll();
                }
            } catch (Throwable e) { // also an Error must not end the thread
                Duration wait = Decisions.backoff(redelivery, longestRedelivery(), pending.attempt() - 1, 1);
                log.warn("{}: message {} failed; it comes again in {}", channel.name, message.id(), wait, e);
                again(new Pending(message, pending.attempt() + 1), wait);
            }
        }

        private void again(Pending pending, Duration wait) {
            synchronized (lock) {
                if (closed) {
                    return;
                }
                redeliveries.schedule(
                        () -> {
                            synchronized (lock) {
                                channel.queue.add(pending);
                                lock.notifyAll();
                            }
                        },
                        wait.toMillis(),
                        TimeUnit.MILLISECONDS);
            }
        }

        private Duration longestRedelivery() {
            return redelivery.compareTo(LONGEST_REDELIVERY) > 0 ? redelivery : LONGEST_REDELIVERY;
        }

        @Override
        public void close() {
            synchronized (lock) {
                ended = true;
                channel.members.remove(this); // the queue stays, as a real broker's would: the group may come back
                lock.notifyAll();
            }
            for (Thread thread : threads) {
                if (thread != Thread.currentThread()) {
                    join(thread);
                }
            }
        }

        private void join(Thread thread) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}

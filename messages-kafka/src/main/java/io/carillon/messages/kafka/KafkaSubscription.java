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

import io.carillon.messages.MessageHandler;
import io.carillon.messages.ReceivedMessage;
import io.carillon.messages.relay.Broker.Subscription;
import io.carillon.messages.relay.KeyLanes;
import io.carillon.messages.relay.Redelivery;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One member of the Kafka consumer group of a group and a topic. Thread-safe.
 *
 * <p>One thread owns Kafka's consumer: it polls all the time, so that slow handlers never cost the membership, and commits.
 * As many threads as the concurrency run handlers. Of each partition it is known which offsets are open; what is committed is
 * the lowest of them, so nothing unfinished is ever behind the committed offset, whatever the order in which handlers end. A
 * partition whose oldest open message is too far behind is paused; the others go on.
 *
 * <p>A partition that is taken away: handlers that have not begun do not begin, those that run are waited for, a limited time,
 * and what has ended is committed. What a handler ends later than that is delivered again, to the next owner.
 */
final class KafkaSubscription implements Subscription {

    /** How many records one poll brings. */
    static final int MAX_POLL = 64;
    /** How far ahead of its oldest open message a partition is read. */
    static final int WINDOW = 500;

    private static final Duration POLL = Duration.ofMillis(100);
    private static final Duration COMMIT = Duration.ofSeconds(5);
    private static final Duration WAIT_FOR_HANDLERS = Duration.ofSeconds(30);
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(5);

    private static final Logger LOG = LoggerFactory.getLogger(KafkaSubscription.class);

    private final String group;
    private final String topic;
    private final Set<String> tags;
    private final MessageHandler handler;
    private final KafkaOptions options;
    private final int maxQueued;
    private final KafkaConsumer<byte @Nullable [], byte @Nullable []> consumer;
    private final Parking parking;
    private final Consumer<KafkaSubscription> afterClose;
    private final ScheduledThreadPoolExecutor workers;
    private final Thread poller;
    private final CountDownLatch closed = new CountDownLatch(1);

    private final Object lock = new Object();
    private final Map<TopicPartition, Track> tracks = new HashMap<>();
    private int queued;
    private int running;
    private boolean closing;

    /** Confined to the polling thread. */
    private boolean committing;

    /** Where messages go that nobody could handle. */
    interface Parking {
        void park(ProducerRecord<byte[], byte[]> record)
                throws InterruptedException, TimeoutException, ExecutionException;
    }

    /** What is open of one partition. Guarded by the lock. */
    private static final class Track {
        private final TreeSet<Long> open = new TreeSet<>();
        private final KeyLanes<Task> lanes = new KeyLanes<>();

        private long next = -1;
        private long committed = -1;
        private int running;
        private boolean givenUp;

        /** The offset from which another member would have to go on. */
        long position() {
            return open.isEmpty() ? next : open.first();
        }
    }

    /** One message on its way to the handler. The attempt is guarded by the lock. */
    private static final class Task {
        private final Track track;
        private final ConsumerRecord<byte @Nullable [], byte @Nullable []> record;
        private final ReceivedMessage message;
        private int attempt = 1;

        Task(Track track, ConsumerRecord<byte @Nullable [], byte @Nullable []> record, ReceivedMessage message) {
            this.track = track;
            this.record = record;
            this.message = message;
        }
    }

    KafkaSubscription(
            String group,
            String topic,
            Set<String> tags,
            MessageHandler handler,
            int concurrency,
            KafkaOptions options,
            KafkaConsumer<byte @Nullable [], byte @Nullable []> consumer,
            Parking parking,
            Consumer<KafkaSubscription> afterClose) {
        this.group = group;
        this.topic = topic;
        this.tags = Set.copyOf(tags);
        this.handler = handler;
        this.options = options;
        this.maxQueued = Math.max(MAX_POLL, 2 * concurrency);
        this.consumer = consumer;
        this.parking = parking;
        this.afterClose = afterClose;
        String name = Wire.consumerGroup(group, topic);
        AtomicInteger number = new AtomicInteger();
        this.workers = new ScheduledThreadPoolExecutor(
                concurrency, task -> daemon(task, name + "-" + number.incrementAndGet()));
        this.workers.setRemoveOnCancelPolicy(true);
        this.poller = daemon(this::pollLoop, name + "-poll");
    }

    private static Thread daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    void start() {
        poller.start();
    }

    Set<String> tags() {
        return tags;
    }

    // ------------------------------------------------------------------ the polling thread

    private void pollLoop() {
        try {
            consumer.subscribe(List.of(topic), new Rebalancing());
            while (!mayEnd()) {
                try {
                    balance();
                    take(consumer.poll(POLL));
                    commit();
                } catch (InterruptException e) {
                    Thread.interrupted(); // nobody has reason to: the way to end is close()
                } catch (RuntimeException e) {
                    LOG.warn("topic {} for group {}: receiving failed: {}. Tried again.", topic, group, e.toString());
                    LOG.debug("stack of it", e);
                    LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(1));
                }
            }
        } finally {
            workers.shutdownNow();
            try {
                consumer.close(CloseOptions.timeout(COMMIT)); // commits by way of the rebalance listener
            } catch (RuntimeException e) {
                LOG.warn("topic {} for group {}: closing failed: {}", topic, group, e.toString());
            }
            afterClose.accept(this);
            closed.countDown();
        }
    }

    private boolean mayEnd() {
        synchronized (lock) {
            return closing && running == 0;
        }
    }

    /** Stops reading where enough is open, and goes on where it is not any more. */
    private void balance() {
        Set<TopicPartition> pause = new HashSet<>();
        Set<TopicPartition> resume = new HashSet<>();
        Set<TopicPartition> paused = consumer.paused();
        synchronized (lock) {
            for (TopicPartition partition : consumer.assignment()) {
                Track track = tracks.get(partition);
                boolean full = closing
                        || queued >= maxQueued
                        || (track != null && !track.open.isEmpty() && track.next - track.open.first() >= WINDOW);
                if (full != paused.contains(partition)) {
                    (full ? pause : resume).add(partition);
                }
            }
        }
        consumer.pause(pause);
        consumer.resume(resume);
    }

    private void take(ConsumerRecords<byte @Nullable [], byte @Nullable []> records) {
        for (ConsumerRecord<byte @Nullable [], byte @Nullable []> record : records) {
            ReceivedMessage message = Wire.decode(record, group);
            if (message == null) {
                LOG.warn(
                        "offset {} of {}-{}: no valid {} (expected: a message sent by Carillon). Acknowledged to the"
                                + " broker and left alone; let foreign producers use a topic of their own.",
                        record.offset(),
                        topic,
                        record.partition(),
                        Wire.ID);
            }
            boolean wanted = message != null
                    && (tags.isEmpty() || tags.contains(message.message().tag()));
            synchronized (lock) {
                Track track = tracks.computeIfAbsent(
                        new TopicPartition(record.topic(), record.partition()), partition -> new Track());
                track.next = record.offset() + 1;
                if (wanted && message != null) {
                    track.open.add(record.offset());
                    enqueue(new Task(track, record, message));
                }
            }
        }
    }

    /** Under the lock. */
    private void enqueue(Task task) {
        if (task.track.lanes.enter(task.message.message().key(), task)) {
            dispatch(task);
        }
    }

    /** Under the lock. */
    private void dispatch(Task task) {
        queued++;
        workers.execute(() -> run(task));
    }

    /** Commits what has ended, one request at a time, without waiting. */
    private void commit() {
        if (committing) {
            return;
        }
        Map<TopicPartition, OffsetAndMetadata> offsets;
        synchronized (lock) {
            offsets = uncommitted(tracks.keySet());
        }
        if (offsets.isEmpty()) {
            return;
        }
        committing = true;
        consumer.commitAsync(offsets, (done, failure) -> {
            committing = false;
            if (failure == null) {
                committed(done);
            } else {
                LOG.debug("topic {} for group {}: commit failed, tried again", topic, group, failure);
            }
        });
    }

    /** Under the lock. */
    private Map<TopicPartition, OffsetAndMetadata> uncommitted(Collection<TopicPartition> partitions) {
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        for (TopicPartition partition : partitions) {
            Track track = tracks.get(partition);
            if (track != null && track.position() > track.committed) {
                offsets.put(partition, new OffsetAndMetadata(track.position()));
            }
        }
        return offsets;
    }

    private void committed(Map<TopicPartition, OffsetAndMetadata> offsets) {
        synchronized (lock) {
            offsets.forEach((partition, offset) -> {
                Track track = tracks.get(partition);
                if (track != null) {
                    track.committed = Math.max(track.committed, offset.offset());
                }
            });
        }
    }

    /** What happens when partitions come and go; called within poll and close, on the polling thread. */
    private final class Rebalancing implements ConsumerRebalanceListener {

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            synchronized (lock) {
                partitions.forEach(partition -> tracks.put(partition, new Track()));
            }
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            Map<TopicPartition, OffsetAndMetadata> offsets;
            synchronized (lock) {
                giveUp(partitions);
                awaitHandlers(partitions);
                offsets = uncommitted(partitions);
            }
            try {
                if (!offsets.isEmpty()) {
                    consumer.commitSync(offsets, COMMIT);
                }
            } catch (KafkaException e) {
                LOG.warn(
                        "topic {} for group {}: what was handled of {} could not be committed: {}. It comes again.",
                        topic,
                        group,
                        partitions,
                        e.toString());
            }
            remove(partitions);
        }

        @Override
        public void onPartitionsLost(Collection<TopicPartition> partitions) {
            synchronized (lock) {
                giveUp(partitions);
            }
            remove(partitions);
        }

        private void giveUp(Collection<TopicPartition> partitions) {
            for (TopicPartition partition : partitions) {
                Track track = tracks.get(partition);
                if (track != null) {
                    track.givenUp = true;
                }
            }
        }

        private void awaitHandlers(Collection<TopicPartition> partitions) {
            long begun = SystemTime.nanos();
            while (partitions.stream().anyMatch(this::isRunning)) {
                long left = WAIT_FOR_HANDLERS.toNanos() - (SystemTime.nanos() - begun);
                if (left <= 0) {
                    LOG.warn(
                            "topic {} for group {}: handlers still run after {}; their messages come again elsewhere.",
                            topic,
                            group,
                            WAIT_FOR_HANDLERS);
                    return;
                }
                try {
                    lock.wait(TimeUnit.NANOSECONDS.toMillis(left) + 1);
                } catch (InterruptedException e) {
                    return; // nobody has reason to; what runs is delivered again
                }
            }
        }

        private boolean isRunning(TopicPartition partition) {
            Track track = tracks.get(partition);
            return track != null && track.running > 0;
        }

        private void remove(Collection<TopicPartition> partitions) {
            synchronized (lock) {
                partitions.forEach(tracks::remove);
            }
        }
    }

    // ------------------------------------------------------------------ the handlers' threads

    private void run(Task task) {
        int attempt;
        synchronized (lock) {
            queued--;
            if (closing || task.track.givenUp) {
                return;
            }
            running++;
            task.track.running++;
            attempt = task.attempt;
        }
        boolean done = false;
        try {
            done = handle(task, attempt);
        } finally {
            synchronized (lock) {
                running--;
                task.track.running--;
                if (done) {
                    ended(task);
                } else {
                    again(task);
                }
                lock.notifyAll();
            }
        }
    }

    /** Under the lock: the message is done; the next one of its key may go. */
    private void ended(Task task) {
        Track track = task.track;
        track.open.remove(task.record.offset());
        Task following = track.lanes.leave(task.message.message().key());
        if (following != null && !closing && !track.givenUp) {
            dispatch(following);
        }
    }

    /** Under the lock: the message is tried again after a pause. */
    private void again(Task task) {
        if (closing || task.track.givenUp) {
            return;
        }
        long pause = Redelivery.pauseMillis(options.redeliveryDelay(), task.attempt, LONGEST_PAUSE);
        task.attempt++;
        workers.schedule(
                () -> {
                    synchronized (lock) {
                        queued++;
                    }
                    run(task);
                },
                pause,
                TimeUnit.MILLISECONDS);
    }

    /** Whether the message needs no further attempt: it was handled, or parked. */
    private boolean handle(Task task, int attempt) {
        ReceivedMessage first = task.message;
        ReceivedMessage message = new ReceivedMessage(first.id(), first.message(), first.producer(), group, attempt);
        try {
            handler.handle(message);
            return true;
        } catch (Throwable e) {
            if (e instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            if (attempt > options.maxRedeliveries()) {
                return parked(task, e);
            }
            Redelivery.noteFailure(LOG, message, e);
            return false;
        }
    }

    private boolean parked(Task task, Throwable cause) {
        String dead = Wire.deadTopic(group, topic);
        ProducerRecord<byte[], byte[]> record =
                new ProducerRecord<>(dead, null, task.record.key(), task.record.value(), task.record.headers());
        String reason = cause.toString();
        record.headers().remove(Wire.ERROR);
        record.headers().add(Wire.ERROR, Wire.utf8(reason.substring(0, Math.min(reason.length(), 500))));
        try {
            parking.park(record);
            LOG.error(
                    "message {} of topic {} for group {}: every redelivery failed, the last one with: {}. It is parked in"
                            + " topic {}; correct the cause. Its producer sends it again while it is unconfirmed.",
                    task.message.id(),
                    topic,
                    group,
                    reason,
                    dead);
            return true;
        } catch (KafkaException | TimeoutException | ExecutionException e) {
            LOG.warn(
                    "message {} of topic {} for group {}: could not be parked in topic {}: {}. It comes again.",
                    task.message.id(),
                    topic,
                    group,
                    dead,
                    e.toString());
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /**
     * {@inheritDoc}
     *
     * <p>Messages that were fetched and not begun stay with the broker. A handler must not close its own subscription: it
     * would wait for itself.
     */
    @Override
    public void close() {
        synchronized (lock) {
            closing = true;
        }
        boolean interrupted = false;
        while (true) {
            try {
                closed.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}

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
package io.carillon.jobs.engine;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The loop: events queued per job, timers by key, drained by a few threads. Thread-safe.
 *
 * <p>One mailbox is never drained by two threads at once, so what belongs to a job needs no locks. Without {@link #start} no
 * thread exists, and a driver calls {@link #poll}.
 */
public final class EngineLoop implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(EngineLoop.class);
    private static final int BATCH = 64;
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(1);

    private final HostTime time;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition work = lock.newCondition();
    private final Deque<Mailbox> ready = new ArrayDeque<>();
    /** By the clock on the wall, which may be set; and by what has passed, on a scale of its own. */
    private final PriorityQueue<Timer> timers = new PriorityQueue<>();

    private final PriorityQueue<Timer> waits = new PriorityQueue<>();
    private final List<Thread> threads = new ArrayList<>();
    private long timerNumber;
    private boolean closed;

    public EngineLoop(InstantSource time) {
        this.time = HostTime.of(time);
    }

    /** A queue of events that are handled one at a time, in order. Thread-safe. */
    public final class Mailbox {

        private final String name;
        private final Deque<Runnable> events = new ArrayDeque<>();
        private final Map<String, Timer> keyed = new HashMap<>();
        private boolean queued;

        private Mailbox(String name) {
            this.name = name;
        }

        /** Handles an event later, after those that are queued. */
        public void post(Runnable event) {
            lock.lock();
            try {
                add(event);
                work.signal();
            } finally {
                lock.unlock();
            }
        }

        private void add(Runnable event) {
            events.add(event);
            if (!queued) {
                queued = true;
                ready.add(this);
            }
        }

        /** Handles an event when the clock says so; a timer of the same key is replaced. */
        public void timer(String key, Instant at, Runnable event) {
            add(timers, key, at, event);
        }

        /** Handles an event when so much time has passed, whatever the clock is set to; a timer of the same key is replaced. */
        public void after(String key, Duration wait, Runnable event) {
            add(waits, key, elapsed().plus(wait), event);
        }

        private void add(PriorityQueue<Timer> to, String key, Instant at, Runnable event) {
            lock.lock();
            try {
                cancelLocked(key);
                Timer timer = new Timer(this, key, at, ++timerNumber, event);
                keyed.put(key, timer);
                to.add(timer);
                work.signal();
            } finally {
                lock.unlock();
            }
        }

        /** Forgets a timer; does nothing when there is none. */
        public void cancel(String key) {
            lock.lock();
            try {
                cancelLocked(key);
            } finally {
                lock.unlock();
            }
        }

        /** Forgets all timers. */
        public void cancelAll() {
            lock.lock();
            try {
                List.copyOf(keyed.keySet()).forEach(this::cancelLocked);
            } finally {
                lock.unlock();
            }
        }

        private void cancelLocked(String key) {
            Timer old = keyed.remove(key);
            if (old != null && !timers.remove(old)) {
                waits.remove(old);
            }
        }
    }

    private record Timer(Mailbox mailbox, String key, Instant at, long number, Runnable event)
            implements Comparable<Timer> {

        @Override
        public int compareTo(Timer other) {
            int byTime = at.compareTo(other.at);
            return byTime != 0 ? byTime : Long.compare(number, other.number);
        }
    }

    /** A new queue. */
    public Mailbox mailbox(String name) {
        return new Mailbox(name);
    }

    /**
     * Handles what is due and what is queued, until nothing is left.
     *
     * @return how long the caller may wait before the next call; null when only an event can bring work
     */
    public @Nullable Duration poll(Instant now) {
        while (true) {
            Mailbox mailbox;
            lock.lock();
            try {
                Instant elapsed = elapsed();
                fire(timers, now);
                fire(waits, elapsed);
                mailbox = ready.poll();
                if (mailbox == null) {
                    return untilNext(now, elapsed);
                }
            } finally {
                lock.unlock();
            }
            drain(mailbox);
        }
    }

    /** Starts threads that drain the queues until {@link #close}. */
    public void start(int count) {
        for (int i = 1; i <= count; i++) {
            Thread thread = new Thread(this::run, "carillon-loop-" + i);
            thread.setDaemon(true);
            threads.add(thread);
            thread.start();
        }
    }

    private void run() {
        while (true) {
            Mailbox mailbox;
            lock.lock();
            try {
                if (closed) {
                    return;
                }
                Instant now = time.instant();
                Instant elapsed = elapsed();
                fire(timers, now);
                fire(waits, elapsed);
                mailbox = ready.poll();
                if (mailbox == null) {
                    Duration next = untilNext(now, elapsed);
                    Duration wait = next == null ? LONGEST_WAIT : next;
                    long nanos = Math.min(
                            LONGEST_WAIT.toNanos(),
                            Math.max(1, wait.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT.toNanos() : wait.toNanos()));
                    work.awaitNanos(nanos);
                    continue;
                }
                if (!ready.isEmpty()) {
                    work.signal();
                }
            } catch (InterruptedException e) {
                return;
            } finally {
                lock.unlock();
            }
            drain(mailbox);
        }
    }

    /** What has passed, as a point on a scale that has nothing to do with the clock on the wall. */
    private Instant elapsed() {
        return Instant.EPOCH.plusNanos(time.nanos());
    }

    private static void fire(PriorityQueue<Timer> timers, Instant now) {
        Timer next = timers.peek();
        while (next != null && !next.at.isAfter(now)) {
            timers.poll();
            next.mailbox.keyed.remove(next.key, next);
            next.mailbox.add(next.event);
            next = timers.peek();
        }
    }

    private @Nullable Duration untilNext(Instant now, Instant elapsed) {
        Timer first = timers.peek();
        Timer second = waits.peek();
        Duration one = first == null ? null : Duration.between(now, first.at);
        Duration other = second == null ? null : Duration.between(elapsed, second.at);
        return one == null || (other != null && other.compareTo(one) < 0) ? other : one;
    }

    private void drain(Mailbox mailbox) {
        for (int i = 0; i < BATCH; i++) {
            Runnable event;
            lock.lock();
            try {
                event = mailbox.events.poll();
                if (event == null) {
                    mailbox.queued = false;
                    return;
                }
            } finally {
                lock.unlock();
            }
            try {
                event.run();
            } catch (RuntimeException e) {
                LOG.error("an event of '{}' failed; the next one is handled", mailbox.name, e);
            }
        }
        lock.lock();
        try {
            ready.add(mailbox);
            work.signal();
        } finally {
            lock.unlock();
        }
    }

    /** Ends the threads; what is queued is not handled any more. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            work.signalAll();
        } finally {
            lock.unlock();
        }
        if (!threads.contains(Thread.currentThread())) {
            for (Thread thread : threads) {
                try {
                    thread.join(TimeUnit.SECONDS.toMillis(5));
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return;
                }
            }
        }
    }
}

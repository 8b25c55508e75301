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
package io.carillon.notify;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps channels away from those who have something to tell: {@link #add} never waits. Thread-safe.
 *
 * <p>Each target has a queue of its own with a bound; what finds no place is dropped, counted, logged, and said in the next notice
 * that this target takes. A notice that a channel does not take is logged and not sent again. A few daemon threads serve all
 * targets, one at a time each, and end when idle for half a minute.
 */
public final class NoticeQueue {

    /** For those who need none of their own. */
    public static final NoticeQueue SHARED = new NoticeQueue(4, 100);

    private static final Logger LOG = LoggerFactory.getLogger(NoticeQueue.class);

    private final int perTarget;
    private final ThreadPoolExecutor threads;
    private final Map<String, Lane> lanes = new HashMap<>();
    private long dropped;

    private record Waiting(Notifier notifier, Notice notice) {}

    private static final class Lane {
        final Deque<Waiting> waiting = new ArrayDeque<>();
        long dropped;
    }

    /**
     * @param threads how many targets are served at once
     * @param perTarget how many notices wait for one target at most, beside the one on its way
     */
    public NoticeQueue(int threads, int perTarget) {
        this.perTarget = perTarget;
        AtomicInteger number = new AtomicInteger();
        this.threads =
                new ThreadPoolExecutor(threads, threads, 30, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
                    Thread thread = new Thread(task, "carillon-notify-" + number.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
        this.threads.allowCoreThreadTimeOut(true);
    }

    /** Sends a notice soon, or drops it when too many wait for its target. */
    public void add(Notifier notifier, Notice notice) {
        String target = notifier.target();
        long lost;
        synchronized (lanes) {
            Lane lane = lanes.get(target);
            if (lane == null) {
                lanes.put(target, new Lane());
                threads.execute(() -> send(target, new Waiting(notifier, notice)));
                return;
            }
            if (lane.waiting.size() < perTarget) {
                lane.waiting.add(new Waiting(notifier, notice));
                return;
            }
            dropped++;
            lost = ++lane.dropped;
        }
        // the first, the second, the fourth ...: the log must not be flooded by what floods the channel
        if (Long.bitCount(lost) == 1) {
            LOG.warn("{}: {} notices wait, so '{}' was dropped ({} so far)", target, perTarget, notice.title(), lost);
        }
    }

    /** How many notices were dropped because too many waited. */
    public long dropped() {
        synchronized (lanes) {
            return dropped;
        }
    }

    /** How many notices wait or are on their way. */
    public int waiting() {
        synchronized (lanes) {
            return lanes.values().stream()
                    .mapToInt(lane -> 1 + lane.waiting.size())
                    .sum();
        }
    }

    private void send(String target, Waiting next) {
        long lost;
        synchronized (lanes) {
            Lane lane = lanes.get(target);
            lost = lane == null ? 0 : lane.dropped;
        }
        Notice notice = next.notice;
        try {
            next.notifier.send(
                    lost == 0
                            ? notice
                            : new Notice(
                                    notice.title(),
                                    "(Before this, " + lost + " notices were dropped: too many at once.)\n"
                                            + notice.text()));
            said(target, lost);
        } catch (IOException | RuntimeException e) {
            LOG.warn("{}: did not take '{}', which is not sent again: {}", target, notice.title(), e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            next(target);
        }
    }

    private void said(String target, long lost) {
        synchronized (lanes) {
            Lane lane = lanes.get(target);
            if (lane != null) {
                lane.dropped -= lost;
            }
        }
    }

    private void next(String target) {
        Waiting next;
        synchronized (lanes) {
            Lane lane = lanes.get(target);
            next = lane == null ? null : lane.waiting.poll();
            if (next == null) {
                lanes.remove(target);
            }
        }
        if (next != null) {
            Waiting waiting = next;
            threads.execute(() -> send(target, waiting));
        }
    }
}

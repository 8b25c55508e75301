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

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A queue that is emptied in batches: as soon as a batch is full, or some time after its first element, or at once when an
 * element is urgent. Thread-safe; its waits are real time.
 */
public final class Gathering<T> {

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ArrayDeque<T> elements = new ArrayDeque<>();
    private boolean urgent;
    private boolean closed;

    /** Adds an element that may wait for others; never blocks. */
    public void add(T element) {
        add(element, false);
    }

    /**
     * Adds an element; never blocks.
     *
     * @param atOnce whether whatever waits is taken now, with this element
     */
    public void add(T element, boolean atOnce) {
        lock.lock();
        try {
            elements.add(element);
            urgent |= atOnce;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** How many elements wait. */
    public int size() {
        lock.lock();
        try {
            return elements.size();
        } finally {
            lock.unlock();
        }
    }

    /** Ends all waits, now and later; elements can still be added and taken. */
    public void close() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes a batch.
     *
     * @param most the size of a full batch
     * @param idle how long to wait for the first element
     * @param delay how long to wait for a full batch after the first element
     * @return up to {@code most} elements; empty after {@code idle}, or when closed and empty
     */
    public List<T> take(int most, Duration idle, Duration delay) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            await(1, idle);
            if (!elements.isEmpty()) {
                await(most, delay);
            }
            List<T> batch = new ArrayList<>(Math.min(most, elements.size()));
            while (batch.size() < most && !elements.isEmpty()) {
                batch.add(elements.remove());
            }
            urgent &= !elements.isEmpty();
            changed.signalAll();
            return batch;
        } finally {
            lock.unlock();
        }
    }

    /** Waits until fewer than {@code bound} elements wait, or it is closed. */
    public void awaitBelow(int bound) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (elements.size() >= bound && !closed) {
                changed.await(1, TimeUnit.SECONDS);
            }
        } finally {
            lock.unlock();
        }
    }

    private void await(int wanted, Duration longest) throws InterruptedException {
        long nanos = longest.toNanos();
        while (elements.size() < wanted && !urgent && !closed && nanos > 0) {
            nanos = changed.awaitNanos(nanos);
        }
    }
}

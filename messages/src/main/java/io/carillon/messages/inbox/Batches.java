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
package io.carillon.messages.inbox;

import io.carillon.messages.ReceivedMessage;
import io.carillon.messages.model.MessageId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Makes batches of messages that a broker hands over one by one: its threads meet here, the first of them handles for all,
 * and each takes home the outcome of its own message; so a broker need not know of batches. Thread-safe; its waits are real
 * time.
 */
final class Batches {

    /** Handles a batch; tells of those that failed. */
    interface Work {
        Map<MessageId, Throwable> handle(List<ReceivedMessage> messages);
    }

    /** A batch. Its messages are guarded by the lock until it is closed. */
    private static final class Batch {
        final List<ReceivedMessage> messages = new ArrayList<>();
        final CompletableFuture<Map<MessageId, Throwable>> failures = new CompletableFuture<>();
    }

    private final int size;
    private final Duration delay;
    private final Semaphore places;
    private final Work work;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private @Nullable Batch open;

    /**
     * @param concurrency how many batches are handled at once, at most
     * @param delay how long the first message of a batch waits for others
     */
    Batches(int concurrency, int size, Duration delay, Work work) {
        this.places = new Semaphore(concurrency);
        this.size = size;
        this.delay = delay;
        this.work = work;
    }

    /** Returns when the batch with this message has been handled; throws what this message failed with. */
    void handle(ReceivedMessage message) throws Exception {
        Batch batch;
        boolean first = false;
        lock.lockInterruptibly();
        try {
            if (open == null) {
                open = new Batch();
                first = true;
            }
            batch = open;
            batch.messages.add(message);
            if (batch.messages.size() == size) {
                open = null;
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
        if (first) {
            lead(batch);
        }
        Map<MessageId, Throwable> failures;
        try {
            failures = batch.failures.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("the batch of message " + message.id() + " was not handled", e.getCause());
        }
        Throwable failure = failures.get(message.id());
        if (failure instanceof Error error) {
            throw error;
        }
        if (failure instanceof Exception exception) {
            throw exception;
        }
    }

    /** Whatever happens, the others are told. */
    private void lead(Batch batch) throws InterruptedException {
        boolean placed = false;
        try {
            awaitFull(batch);
            places.acquire(); // meanwhile the batch may still grow
            placed = true;
            close(batch);
            batch.failures.complete(work.handle(List.copyOf(batch.messages)));
        } catch (InterruptedException | RuntimeException | Error e) {
            close(batch);
            batch.failures.completeExceptionally(e);
            throw e;
        } finally {
            if (placed) {
                places.release();
            }
        }
    }

    private void awaitFull(Batch batch) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long nanos = delay.toNanos();
            while (open == batch && nanos > 0) {
                nanos = changed.awaitNanos(nanos);
            }
        } finally {
            lock.unlock();
        }
    }

    private void close(Batch batch) {
        lock.lock();
        try {
            if (open == batch) {
                open = null;
            }
        } finally {
            lock.unlock();
        }
    }
}

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
package io.carillon.console.ask;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Calls something that may hang, and waits no longer than a limit. Thread-safe. Has threads of its own, so that what hangs here
 * holds up nothing else. After a call was too slow, calls fail at once for a second, so that one page does not wait several times.
 *
 * <p>What is too slow goes on: its thread is not interrupted, since an embedded database may close its file by that.
 */
public final class TimeLimit implements AutoCloseable {
    private static final Duration REMEMBERED = Duration.ofSeconds(1);
    private static final int MOST_THREADS = 16;
    private static final int MOST_WAITING = 1_000;

    private final String what;
    private final Duration limit;
    private final InstantSource time;
    private final ThreadPoolExecutor threads;
    private volatile @Nullable Instant slowAt;

    /** @param what of which it is said that it does not answer */
    public TimeLimit(String what, Duration limit, InstantSource time) {
        this.what = what;
        this.limit = limit;
        this.time = time;
        AtomicInteger number = new AtomicInteger();
        // what comes while all threads are busy waits its turn: a burst of short calls is nothing that does not answer
        this.threads = new ThreadPoolExecutor(
                MOST_THREADS, MOST_THREADS, 30, TimeUnit.SECONDS, new ArrayBlockingQueue<>(MOST_WAITING), work -> {
                    Thread thread = new Thread(work, "carillon-console-limit-" + number.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
        threads.allowCoreThreadTimeOut(true);
    }

    /** It failed, or did not answer in time. */
    public static final class NotAnsweredException extends IllegalStateException {
        private static final long serialVersionUID = 1L;

        NotAnsweredException(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /**
     * What the call answers.
     *
     * @throws NotAnsweredException when it fails, or does not answer in time
     */
    public <T> T call(Callable<T> call) {
        Instant slow = slowAt;
        if (slow != null && Duration.between(slow, time.instant()).abs().compareTo(REMEMBERED) < 0) {
            throw tooSlow();
        }
        FutureTask<T> task = new FutureTask<>(call);
        try {
            threads.execute(task);
            T answer = task.get(limit.toMillis(), TimeUnit.MILLISECONDS);
            slowAt = null;
            return answer;
        } catch (TimeoutException | RejectedExecutionException | CancellationException hangs) {
            slowAt = time.instant();
            threads.remove(task);
            throw tooSlow();
        } catch (ExecutionException failed) {
            throw new NotAnsweredException(what + " failed: " + failed.getCause(), failed.getCause());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw tooSlow();
        }
    }

    private NotAnsweredException tooSlow() {
        return new NotAnsweredException(what + " has not answered within " + limit.toMillis() + " ms", null);
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}

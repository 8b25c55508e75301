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

import io.carillon.console.ask.Answer.Known;
import io.carillon.console.ask.Answer.Missing;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Asks registries and stores, so that no page waits longer than the limit and many open pages cost one question. Thread-safe.
 *
 * <p>A question that is already on its way is shared, and so is an answer younger than a second. A source that hangs holds
 * one thread per question, and no more than some, so that others are still asked; after ten limits the question is given up (its
 * thread is interrupted) and asked anew.
 */
public final class Ask implements AutoCloseable {
    private static final Duration SHARED_FOR = Duration.ofSeconds(1);
    private static final int MOST_THREADS = 64;
    private static final int MOST_OF_A_SOURCE = 12;
    private static final int MOST_REMEMBERED = 512;
    private static final int LONGEST_REASON = 300;

    private final InstantSource time;
    private final Duration limit;
    private final ConcurrentHashMap<String, Question<?>> questions = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<String, AtomicInteger> busy = new ConcurrentHashMap<>();
    private final ThreadPoolExecutor threads;

    public Ask(InstantSource time, Duration limit) {
        this.time = time;
        this.limit = limit;
        AtomicInteger number = new AtomicInteger();
        this.threads = new ThreadPoolExecutor(0, MOST_THREADS, 30, TimeUnit.SECONDS, new SynchronousQueue<>(), work -> {
            Thread thread = new Thread(work, "carillon-console-ask-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
    }

    /**
     * Begins to ask; the answer is awaited by {@link Question#answer()}. Begin all questions of a page before the first is
     * awaited: then the page waits one limit, not one for each.
     *
     * @param source the registry or store
     * @param what the question and its parameters: the same two texts mean the same question
     */
    public <T> Question<T> begin(String source, String what, Callable<T> call) {
        Instant now = time.instant();
        String key = source + '\n' + what;
        if (questions.size() >= MOST_REMEMBERED) {
            questions.values().removeIf(question -> question.isOver(now));
        }
        Question<?> shared = questions.compute(key, (k, known) -> {
            if (known != null && known.isShareable(now)) {
                return known;
            }
            if (known != null) {
                known.giveUp();
            }
            Question<T> asked = new Question<>(call, now, limit, time);
            AtomicInteger ofSource = busy.computeIfAbsent(source, ignored -> new AtomicInteger());
            if (ofSource.incrementAndGet() > MOST_OF_A_SOURCE) {
                ofSource.decrementAndGet();
                asked.refuse();
                return asked;
            }
            try {
                threads.execute(() -> {
                    try {
                        asked.task.run();
                    } finally {
                        ofSource.decrementAndGet();
                    }
                });
            } catch (RejectedExecutionException tooMany) {
                ofSource.decrementAndGet();
                asked.refuse();
            }
            return asked;
        });
        @SuppressWarnings("unchecked") // the same key is the same question, so the same type
        Question<T> question = (Question<T>) shared;
        return question;
    }

    /** Begins to ask and awaits the answer. */
    public <T> Answer<T> now(String source, String what, Callable<T> call) {
        return begin(source, what, call).answer();
    }

    /** Answers of a source are not shared any more. */
    public void forget(String source) {
        questions.keySet().removeIf(key -> key.startsWith(source + '\n'));
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }

    /** A question on its way. Thread-safe. */
    public static final class Question<T> {
        private final FutureTask<T> task;
        private final Instant askedAt;
        private final Duration limit;
        private final InstantSource time;
        private volatile boolean refused;

        private Question(Callable<T> call, Instant askedAt, Duration limit, InstantSource time) {
            this.task = new FutureTask<>(call);
            this.askedAt = askedAt;
            this.limit = limit;
            this.time = time;
        }

        /** The answer; waits until the limit has passed since the question was first asked. Never throws. */
        public Answer<T> answer() {
            if (refused) {
                return new Missing<>(false, "too many questions are waiting for an answer", askedAt);
            }
            try {
                long left = limit.toMillis()
                        - Duration.between(askedAt, time.instant()).toMillis();
                return new Known<>(task.get(Math.max(1, left), TimeUnit.MILLISECONDS), askedAt);
            } catch (TimeoutException | CancellationException slow) {
                return new Missing<>(true, "", askedAt);
            } catch (ExecutionException failed) {
                return new Missing<>(false, inOneLine(failed), askedAt);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                return new Missing<>(true, "", askedAt);
            }
        }

        private boolean isShareable(Instant now) {
            Duration age = Duration.between(askedAt, now).abs();
            return (task.isDone() || refused)
                    ? age.compareTo(SHARED_FOR) < 0
                    : age.compareTo(limit.multipliedBy(10)) < 0;
        }

        private boolean isOver(Instant now) {
            return !isShareable(now) && (task.isDone() || refused);
        }

        private void giveUp() {
            task.cancel(true);
        }

        private void refuse() {
            refused = true;
        }

        private static String inOneLine(ExecutionException failed) {
            Throwable failure = failed.getCause() == null ? failed : failed.getCause();
            String message = failure.getMessage();
            String text = message == null || message.isBlank()
                    ? failure.getClass().getSimpleName()
                    : message.strip().lines().findFirst().orElse("");
            return text.length() > LONGEST_REASON ? text.substring(0, LONGEST_REASON) + "…" : text;
        }
    }
}

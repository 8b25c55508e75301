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

import io.carillon.jobs.history.Decision;
import io.carillon.jobs.history.JobObserver;
import io.carillon.jobs.history.RunRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands records, such as ended runs, to the history in batches, on one thread of its own. Thread-safe.
 *
 * <p>When the history is slower than the jobs and 10,000 records wait, new ones are dropped and counted in the log: jobs run
 * on.
 */
final class HistoryWriter<T> implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(HistoryWriter.class);
    private static final int BATCH = 500;

    private final String name;
    private final Consumer<List<T>> history;
    private final BlockingQueue<T> waiting = new LinkedBlockingQueue<>(10_000);
    private final Thread thread;
    private volatile boolean closing;
    private long dropped;

    /** @param name what the records are called in the log, such as {@code run history} */
    HistoryWriter(String name, Consumer<List<T>> history) {
        this.name = name;
        this.history = history;
        this.thread = new Thread(this::run, "carillon-history");
        thread.setDaemon(true);
        thread.start();
    }

    /** What writes of an engine's firings; a writer that is null writes nothing. */
    static JobObserver observer(@Nullable HistoryWriter<RunRecord> runs, @Nullable HistoryWriter<Decision> decisions) {
        if (runs == null && decisions == null) {
            return JobObserver.NONE;
        }
        return new JobObserver() {
            @Override
            public void ended(RunRecord run) {
                if (runs != null) {
                    runs.add(run);
                }
            }

            @Override
            public void decided(Decision decision) {
                if (decisions != null) {
                    decisions.add(decision);
                }
            }
        };
    }

    void add(T record) {
        if (!waiting.offer(record)) {
            synchronized (this) {
                if (dropped++ % 1_000 == 0) {
                    LOG.warn("{}: {} records dropped so far, as the history is slower than the jobs", name, dropped);
                }
            }
        }
    }

    private void run() {
        List<T> batch = new ArrayList<>();
        while (!closing || !waiting.isEmpty()) {
            try {
                T first = waiting.poll(200, TimeUnit.MILLISECONDS);
                if (first == null) {
                    continue;
                }
                batch.add(first);
                waiting.drainTo(batch, BATCH - 1);
                history.accept(List.copyOf(batch));
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                LOG.warn("{}: {} records were not kept; the jobs run on", name, batch.size(), e);
            }
            batch.clear();
        }
    }

    /** Hands over what waits, then ends; waits for it at most so long. */
    void close(Duration atMost) {
        closing = true;
        try {
            thread.join(Math.max(1, atMost.toMillis()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        close(Duration.ofSeconds(5));
    }
}

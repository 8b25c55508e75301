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

import io.carillon.jobs.history.RunHistory;
import io.carillon.jobs.history.RunRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands ended runs to the history in batches, on one thread of its own. Thread-safe.
 *
 * <p>When the history is slower than the jobs and 10,000 records wait, new ones are dropped and counted in the log: jobs run
 * on.
 */
final class HistoryWriter implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(HistoryWriter.class);
    private static final int BATCH = 500;

    private final RunHistory history;
    private final BlockingQueue<RunRecord> waiting = new LinkedBlockingQueue<>(10_000);
    private final Thread thread;
    private volatile boolean closing;
    private long dropped;

    HistoryWriter(RunHistory history) {
        this.history = history;
        this.thread = new Thread(this::run, "carillon-history");
        thread.setDaemon(true);
        thread.start();
    }

    void add(RunRecord run) {
        if (!waiting.offer(run)) {
            synchronized (this) {
                if (dropped++ % 1_000 == 0) {
                    LOG.warn("run history: {} records dropped so far, as the history is slower than the jobs", dropped);
                }
            }
        }
    }

    private void run() {
        List<RunRecord> batch = new ArrayList<>();
        while (!closing || !waiting.isEmpty()) {
            try {
                RunRecord first = waiting.poll(200, TimeUnit.MILLISECONDS);
                if (first == null) {
                    continue;
                }
                batch.add(first);
                waiting.drainTo(batch, BATCH - 1);
                history.record(List.copyOf(batch));
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                LOG.warn("run history: {} records were not kept; the jobs run on", batch.size(), e);
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

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
package io.carillon.jobs.execution;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** One pool of threads for the items of all jobs, bounded per job. Its threads end when idle for a minute. Thread-safe. */
public final class WorkerPool implements Workers {

    private final ThreadPoolExecutor threads;
    private final Map<String, Lane> lanes = new HashMap<>();

    /** The runs of one job: how many are under way, and which wait for their turn. */
    private static final class Lane {
        int underWay;
        final Deque<ItemRun> waiting = new ArrayDeque<>();
    }

    public WorkerPool(int size) {
        AtomicInteger number = new AtomicInteger();
        threads = new ThreadPoolExecutor(size, size, 60, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
            Thread thread = new Thread(task, "carillon-job-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
        threads.allowCoreThreadTimeOut(true);
    }

    @Override
    public void start(ItemRun run, int atOnce) {
        String job = run.order().configuration().getJobName();
        synchronized (lanes) {
            Lane lane = lanes.computeIfAbsent(job, ignored -> new Lane());
            if (lane.underWay >= atOnce) {
                lane.waiting.add(run);
                return;
            }
            lane.underWay++;
        }
        threads.execute(() -> work(job, run));
    }

    private void work(String job, ItemRun run) {
        try {
            run.run();
        } finally {
            next(job);
        }
    }

    private void next(String job) {
        ItemRun next;
        synchronized (lanes) {
            Lane lane = lanes.get(job);
            if (lane == null) {
                return;
            }
            next = lane.waiting.poll();
            if (next == null && --lane.underWay == 0) {
                lanes.remove(job);
            }
        }
        if (next != null) {
            ItemRun run = next;
            threads.execute(() -> work(job, run));
        }
    }

    @Override
    public void execute(Runnable task) {
        threads.execute(task);
    }

    @Override
    public void close() {
        threads.shutdown();
    }
}

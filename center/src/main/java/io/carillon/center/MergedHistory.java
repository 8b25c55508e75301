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
package io.carillon.center;

import io.carillon.jobs.history.RunHistory;
import io.carillon.jobs.history.RunRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * The histories of several stores as one, newest first. Thread-safe. Reads only.
 *
 * <p>All are asked at once, each with a time limit. What some do not answer is left out; when none answers, that is an
 * error.
 */
final class MergedHistory implements RunHistory, AutoCloseable {
    private final Map<String, RunHistory> histories;
    private final Duration limit;
    private final ExecutorService threads;

    MergedHistory(Map<String, RunHistory> histories, Duration limit) {
        this.histories = new TreeMap<>(histories);
        this.limit = limit;
        this.threads = Executors.newFixedThreadPool(Math.max(2, histories.size() * 2), work -> {
            Thread thread = new Thread(work, "carillon-center-history");
            thread.setDaemon(true);
            return thread;
        });
    }

    @Override
    public void record(List<RunRecord> runs) {
        throw new UnsupportedOperationException("the merged history is only read");
    }

    @Override
    public List<RunRecord> latest(String jobName, int limitOfRuns) {
        if (histories.isEmpty()) {
            return List.of();
        }
        List<String> names = List.copyOf(histories.keySet());
        List<RunRecord> runs = new ArrayList<>();
        List<String> problems = new ArrayList<>();
        List<Future<List<RunRecord>>> answers;
        try {
            answers = threads.invokeAll(
                    histories.values().stream()
                            .map(history -> (Callable<List<RunRecord>>) () -> history.latest(jobName, limitOfRuns))
                            .toList(),
                    limit.toMillis(),
                    TimeUnit.MILLISECONDS);
            for (int i = 0; i < answers.size(); i++) {
                try {
                    runs.addAll(answers.get(i).get());
                } catch (CancellationException slow) {
                    problems.add(names.get(i) + ": no answer within " + limit.toMillis() + " ms");
                } catch (ExecutionException failed) {
                    problems.add(names.get(i) + ": " + message(failed));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("run history: interrupted while the stores were asked", e);
        }
        if (problems.size() == names.size()) {
            throw new IllegalStateException("run history: no store answers: " + String.join("; ", problems));
        }
        return runs.stream()
                .sorted(Comparator.comparing(RunRecord::ended).reversed())
                .limit(limitOfRuns)
                .toList();
    }

    private static String message(ExecutionException failed) {
        Throwable cause = failed.getCause() == null ? failed : failed.getCause();
        return cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}

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

import io.carillon.jobs.history.Decision;
import io.carillon.jobs.history.DecisionHistory;
import io.carillon.jobs.history.RunHistory;
import io.carillon.jobs.history.RunRecord;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
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
import java.util.function.Function;

/**
 * The histories of several stores as one: runs newest first, and why firings did not run. Thread-safe. Reads only.
 *
 * <p>All are asked at once, each with a time limit. What some do not answer is left out; when none answers, that is an
 * error.
 */
final class MergedHistory implements RunHistory, AutoCloseable {
    private final Map<String, Histories> stores;
    private final Duration limit;
    private final ExecutorService threads;

    /** What one store knows. */
    record Histories(RunHistory runs, DecisionHistory decisions) {}

    MergedHistory(Map<String, Histories> stores, Duration limit) {
        this.stores = new TreeMap<>(stores);
        this.limit = limit;
        this.threads = Executors.newFixedThreadPool(Math.max(2, stores.size() * 2), work -> {
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
        return ask("run history", store -> store.runs.latest(jobName, limitOfRuns)).stream()
                .sorted(Comparator.comparing(RunRecord::ended).reversed())
                .limit(limitOfRuns)
                .toList();
    }

    @Override
    public List<RunRecord> planned(String jobName, Instant from, Instant to, int limitOfRuns) {
        return ask("run history", store -> store.runs.planned(jobName, from, to, limitOfRuns)).stream()
                .limit(limitOfRuns)
                .toList();
    }

    @Override
    public Map<String, List<RunRecord>> latestOf(Collection<String> jobNames, int perJob) {
        Map<String, List<RunRecord>> merged = new TreeMap<>();
        ask(
                        "run history",
                        store -> List.copyOf(
                                store.runs.latestOf(jobNames, perJob).values()))
                .forEach(runs -> runs.forEach(run -> merged.computeIfAbsent(run.jobName(), name -> new ArrayList<>())
                        .add(run)));
        merged.replaceAll(
                (name, runs) -> runs.stream().sorted(NEWEST_FIRST).limit(perJob).toList());
        return merged;
    }

    @Override
    public List<RunRecord> find(Question question) {
        return ask("run history", store -> store.runs.find(question)).stream()
                .sorted(NEWEST_FIRST)
                .limit(question.limit())
                .toList();
    }

    /** The decisions of all stores, by their first firing. */
    DecisionHistory decisions() {
        return new DecisionHistory() {
            @Override
            public void record(List<Decision> decisions) {
                throw new UnsupportedOperationException("the merged history is only read");
            }

            @Override
            public List<Decision> between(String jobName, Instant from, Instant to, int limitOfDecisions) {
                return ask(
                                "history of decisions",
                                store -> store.decisions.between(jobName, from, to, limitOfDecisions))
                        .stream()
                        .sorted(Comparator.comparing(Decision::firstDue).thenComparing(Decision::from))
                        .limit(limitOfDecisions)
                        .toList();
            }
        };
    }

    /** The answers of all stores that answer, in no order. */
    private <T> List<T> ask(String what, Function<Histories, List<T>> question) {
        if (stores.isEmpty()) {
            return List.of();
        }
        List<String> names = List.copyOf(stores.keySet());
        List<T> found = new ArrayList<>();
        List<String> problems = new ArrayList<>();
        List<Future<List<T>>> answers;
        try {
            answers = threads.invokeAll(
                    stores.values().stream()
                            .map(store -> (Callable<List<T>>) () -> question.apply(store))
                            .toList(),
                    limit.toMillis(),
                    TimeUnit.MILLISECONDS);
            for (int i = 0; i < answers.size(); i++) {
                try {
                    found.addAll(answers.get(i).get());
                } catch (CancellationException slow) {
                    problems.add(names.get(i) + ": no answer within " + limit.toMillis() + " ms");
                } catch (ExecutionException failed) {
                    problems.add(names.get(i) + ": " + message(failed));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(what + ": interrupted while the stores were asked", e);
        }
        if (problems.size() == names.size()) {
            throw new IllegalStateException(what + ": no store answers: " + String.join("; ", problems));
        }
        return found;
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

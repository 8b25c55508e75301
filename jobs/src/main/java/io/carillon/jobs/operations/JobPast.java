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
package io.carillon.jobs.operations;

import io.carillon.jobs.history.RunRecord;
import io.carillon.jobs.history.RunRecord.Outcome;
import io.carillon.jobs.operations.JobQueries.LastResult;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a job's latest runs, without the runs themselves. Immutable.
 *
 * @param last the last ended item run, without its cause but for the first line; null when none is known
 * @param lastDue the planned time of each item's last known run
 * @param firings how the latest firings ended, at most 20, newest first
 * @param usual how long half of them took at most, or null when none is known
 */
record JobPast(
        JobHealth.Recent recent,
        @Nullable RunRecord last,
        Map<Integer, Instant> lastDue,
        List<LastResult> firings,
        @Nullable Duration usual) {

    static final JobPast NONE = new JobPast(JobHealth.Recent.NONE, null, Map.of(), List.of(), null);

    private static final int FIRINGS = 20;

    /** @param latest newest first */
    static JobPast of(List<RunRecord> latest, HealthThresholds thresholds) {
        if (latest.isEmpty()) {
            return NONE;
        }
        Map<Integer, Instant> lastDue = new TreeMap<>();
        Map<Instant, Map<Integer, RunRecord>> firings = new LinkedHashMap<>();
        for (RunRecord run : latest) {
            lastDue.putIfAbsent(run.shardingItem(), run.scheduledTime());
            if (run.outcome() != Outcome.RETRIED) {
                firings.computeIfAbsent(run.scheduledTime(), due -> new TreeMap<>())
                        .putIfAbsent(run.shardingItem(), run);
            }
        }
        List<LastResult> results = firings.values().stream()
                .limit(FIRINGS)
                .map(items -> result(List.copyOf(items.values())))
                .toList();
        List<Duration> took = results.stream().map(LastResult::took).sorted().toList();
        return new JobPast(
                JobHealth.Recent.of(latest, thresholds),
                latest.get(0),
                Map.copyOf(lastDue),
                results,
                took.isEmpty() ? null : took.get(took.size() / 2));
    }

    LastResult lastResult() {
        return firings.isEmpty() ? LastResult.NEVER : firings.get(0);
    }

    /** @param items the last attempt of each item of one firing, at least one */
    private static LastResult result(List<RunRecord> items) {
        LastResult.State worst = LastResult.State.SUCCEEDED;
        Instant begun = items.get(0).started();
        Instant ended = items.get(0).ended();
        int notWell = 0;
        String reason = "";
        for (RunRecord run : items) {
            LastResult.State state =
                    switch (run.outcome()) {
                        case SUCCEEDED, RETRIED -> LastResult.State.SUCCEEDED;
                        case INTERRUPTED -> LastResult.State.INTERRUPTED;
                        case TIMED_OUT -> LastResult.State.TIMED_OUT;
                        case FAILED -> LastResult.State.FAILED;
                    };
            notWell += state == LastResult.State.SUCCEEDED ? 0 : 1;
            if (state.compareTo(worst) > 0) {
                worst = state;
                reason = run.cause() == null ? "" : SnapshotQueries.firstLine(run.cause());
            }
            begun = run.started().isBefore(begun) ? run.started() : begun;
            ended = run.ended().isAfter(ended) ? run.ended() : ended;
        }
        return new LastResult(
                worst, items.size(), notWell, items.get(0).scheduledTime(), Duration.between(begun, ended), reason);
    }
}

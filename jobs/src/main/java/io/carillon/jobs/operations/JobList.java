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

import io.carillon.jobs.coordination.JobTree;
import io.carillon.jobs.history.RunHistory;
import io.carillon.jobs.history.RunRecord;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The list of jobs, for thousands of them. Thread-safe.
 *
 * <p>A row is computed anew when its job has changed, when its next run is due, and after some seconds, as some reasons come with
 * time alone; for other questions it is remembered. What is known of a job's runs is remembered, too: the history is asked
 * for many jobs in one statement, for those that have run since and those that were asked for long ago, some hundreds per
 * question, so that no question waits for all.
 */
final class JobList {

    private static final Logger LOG = LoggerFactory.getLogger(JobList.class);
    private static final int FIRST_RUNS = 10_000;
    private static final int RUNS_OF_ONE = 40;
    private static final int JOBS_AT_ONCE = 500;
    private static final Duration ROW_AGE = Duration.ofSeconds(5);
    private static final Duration PAST_AGE = Duration.ofSeconds(60);
    /** Runs come into the history some moments after they have ended. */
    private static final Duration WRITTEN_WITHIN = Duration.ofSeconds(2);

    private final NamespaceView view;
    private final RunHistory history;
    private final Supplier<HealthThresholds> thresholds;
    private final InstantSource time;
    private final Duration timeout;
    private final Map<String, Cached> rows = new HashMap<>();
    private final Map<String, Read> pasts = new HashMap<>();
    private HealthThresholds used;
    private boolean begun;
    private @Nullable String historyUnknown;
    private Instant askAgainAt = Instant.MIN;

    JobList(
            NamespaceView view,
            RunHistory history,
            Supplier<HealthThresholds> thresholds,
            InstantSource time,
            Duration timeout) {
        this.view = view;
        this.history = history;
        this.thresholds = thresholds;
        this.used = thresholds.get();
        this.time = time;
        this.timeout = timeout;
    }

    /** Makes a row from what is seen and known. */
    interface RowMaker {
        JobSearch.Row row(String name, JobTree tree, JobPast past, @Nullable String historyUnknown, Instant now);
    }

    /** A row, the changes of its job that it has seen, and until when it holds. */
    private record Cached(
            JobSearch.Row row,
            long changes,
            @Nullable Instant read,
            @Nullable String unknown,
            Instant until) {}

    /** What the history said of a job, and when it was asked. */
    private record Read(JobPast past, Instant at) {}

    synchronized JobSearch.Page search(JobSearch search, RowMaker maker) {
        readHistory();
        Instant now = time.instant();
        List<JobSearch.Row> all = view.look(timeout, trees -> {
            List<JobSearch.Row> made = new ArrayList<>(trees.size());
            trees.forEach((name, tree) -> {
                if (tree.exists(tree.paths().config())) {
                    made.add(row(name, tree, maker, now));
                }
            });
            rows.keySet().retainAll(trees.keySet());
            pasts.keySet().retainAll(trees.keySet());
            return made;
        });
        JobSearch.Filter filter = search.filter();
        Map<JobQueries.Health.Level, Integer> levels = new EnumMap<>(JobQueries.Health.Level.class);
        Map<HealthReason.Code, Integer> reasons = new EnumMap<>(HealthReason.Code.class);
        List<JobSearch.Row> found = new ArrayList<>();
        for (JobSearch.Row row : all) {
            levels.merge(row.health().level(), 1, Integer::sum);
            row.health().reasons().forEach(reason -> reasons.merge(reason.code(), 1, Integer::sum));
            if (filter.meant().test(row)) {
                found.add(row);
            }
        }
        List<JobSearch.Row> part = search.limit() == 0
                ? List.of()
                : found.stream()
                        .sorted(search.order())
                        .skip(search.offset())
                        .limit(search.limit())
                        .toList();
        return new JobSearch.Page(
                part, found.size(), all.size(), Map.copyOf(levels), Map.copyOf(reasons), filter.problems());
    }

    /** What is known of the jobs' runs; of a job that nobody has asked for yet, soon. */
    synchronized Map<String, JobPast> pasts() {
        readHistory();
        Map<String, JobPast> known = new HashMap<>();
        pasts.forEach((name, read) -> known.put(name, read.past));
        return known;
    }

    private JobSearch.Row row(String name, JobTree tree, RowMaker maker, Instant now) {
        Read read = pasts.get(name);
        JobPast past = read == null ? JobPast.NONE : read.past;
        Instant readAt = read == null ? null : read.at;
        long changes = view.changes(name);
        Cached cached = rows.get(name);
        if (cached != null
                && cached.changes == changes
                && Objects.equals(cached.read, readAt)
                && Objects.equals(cached.unknown, historyUnknown)
                && now.isBefore(cached.until)) {
            return cached.row;
        }
        JobSearch.Row row = maker.row(name, tree, past, historyUnknown, now);
        // spread over time, so that no question meets all at once
        Instant until = now.plus(ROW_AGE).plusMillis(Math.floorMod(name.hashCode(), 5_000));
        Instant next = row.nextRun();
        rows.put(
                name,
                new Cached(row, changes, readAt, historyUnknown, next != null && next.isBefore(until) ? next : until));
        return row;
    }

    /** What was concluded by other thresholds is not so any more. */
    private void forgetWhatWasMeasuredOtherwise() {
        HealthThresholds now = thresholds.get();
        if (!now.equals(used)) {
            used = now;
            rows.clear();
            pasts.clear();
            begun = false;
            askAgainAt = Instant.MIN;
        }
    }

    private void readHistory() {
        forgetWhatWasMeasuredOtherwise();
        Instant now = time.instant();
        if (history == RunHistory.NONE || now.isBefore(askAgainAt)) {
            return;
        }
        Map<String, Instant> ended = view.look(timeout, trees -> {
            Map<String, Instant> lastEnds = new HashMap<>();
            trees.keySet().forEach(name -> lastEnds.put(name, view.lastEnd(name)));
            return lastEnds;
        });
        try {
            if (!begun) {
                Map<String, List<RunRecord>> runs = new HashMap<>();
                history.latest("", FIRST_RUNS)
                        .forEach(run -> runs.computeIfAbsent(run.jobName(), name -> new ArrayList<>())
                                .add(run));
                runs.forEach((name, latest) -> keep(name, latest, now));
                begun = true;
            }
            Set<String> wanted = new HashSet<>();
            for (Map.Entry<String, Instant> job : ended.entrySet()) {
                if (wanted.size() < JOBS_AT_ONCE && isToRead(job.getKey(), job.getValue(), now)) {
                    wanted.add(job.getKey());
                }
            }
            if (!wanted.isEmpty()) {
                Map<String, List<RunRecord>> runs = history.latestOf(wanted, RUNS_OF_ONE);
                wanted.forEach(name -> keep(name, runs.getOrDefault(name, List.of()), now));
            }
            historyUnknown = null;
        } catch (RuntimeException e) {
            LOG.debug("the run history does not answer", e);
            String message = e.getMessage();
            historyUnknown = message == null ? e.getClass().getSimpleName() : SnapshotQueries.firstLine(message);
            askAgainAt = now.plusSeconds(1);
        }
    }

    private boolean isToRead(String name, Instant lastEnd, Instant now) {
        Read read = pasts.get(name);
        if (read == null) {
            return true;
        }
        boolean ranSince = lastEnd.plus(WRITTEN_WITHIN).isAfter(read.at) && !now.isBefore(read.at.plus(WRITTEN_WITHIN));
        return ranSince || !now.isBefore(read.at.plus(PAST_AGE).plusMillis(Math.floorMod(name.hashCode(), 30_000)));
    }

    private void keep(String name, List<RunRecord> latest, Instant now) {
        pasts.put(name, new Read(JobPast.of(latest, used), now));
    }
}

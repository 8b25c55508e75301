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
package io.carillon.jobs.history;

import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The port that keeps what happened to the items of a job. Thread-safe. */
public interface RunHistory {

    /**
     * Keeps records of ended item runs, in order. Called from a thread of the engine's that may block; never from the loop
     * or from user code's threads.
     *
     * @throws RuntimeException when they cannot be kept now: the engine logs it and drops them, the jobs run on
     */
    void record(List<RunRecord> runs);

    /**
     * The latest runs, newest first.
     *
     * @param jobName only of this job; empty for all jobs
     * @param limit at most so many, 1 to 10,000
     */
    List<RunRecord> latest(String jobName, int limit);

    /**
     * Runs of one job that were planned for a slot, and started at most a day after it, in any order.
     *
     * <p>Where a history does not say it better, they are looked for among the latest 10,000 runs.
     *
     * @param from inclusive
     * @param to inclusive
     * @param limit at most so many, 1 to 10,000
     */
    default List<RunRecord> planned(String jobName, Instant from, Instant to, int limit) {
        return latest(jobName, 10_000).stream()
                .filter(run -> !run.scheduledTime().isBefore(from)
                        && !run.scheduledTime().isAfter(to))
                .limit(limit)
                .toList();
    }

    /**
     * The latest runs of each of some jobs, newest first; a job without runs is left out.
     *
     * <p>Where a history does not say it better, each job is asked for by itself.
     *
     * @param perJob at most so many of each, 1 to 1,000
     */
    default Map<String, List<RunRecord>> latestOf(Collection<String> jobNames, int perJob) {
        Map<String, List<RunRecord>> found = new TreeMap<>();
        for (String name : jobNames) {
            List<RunRecord> runs = latest(name, perJob);
            if (!runs.isEmpty()) {
                found.put(name, runs);
            }
        }
        return found;
    }

    /**
     * The runs that a question means, newest first: by their start, then by their id.
     *
     * <p>Where a history does not say it better, they are looked for among the latest 10,000 runs.
     */
    default List<RunRecord> find(Question question) {
        return latest(question.jobName(), 10_000).stream()
                .filter(question::means)
                .sorted(NEWEST_FIRST)
                .limit(question.limit())
                .toList();
    }

    /** By the start, then by the id as a database orders its bytes. */
    Comparator<RunRecord> NEWEST_FIRST = Comparator.comparing(RunRecord::started)
            .thenComparing(run -> run.id().toString())
            .reversed();

    /**
     * Which runs are asked for. Immutable.
     *
     * @param jobName only of this job; empty for all jobs
     * @param outcomes only those that ended so; empty for all
     * @param from only those that started then or later, or null
     * @param to only those that started before, or null
     * @param after only those that come after this one in the order of the answer, or null to begin: the last of the page before
     * @param limit at most so many, 1 to 1,000
     */
    record Question(
            String jobName,
            Set<RunRecord.Outcome> outcomes,
            @Nullable Instant from,
            @Nullable Instant to,
            @Nullable Place after,
            int limit) {

        /** @throws IllegalArgumentException when the limit is out of range */
        public Question {
            outcomes = Set.copyOf(outcomes);
            if (limit < 1 || limit > 1_000) {
                throw new IllegalArgumentException(
                        "limit: " + limit + " (expected: 1..1000). Nothing was read; ask for fewer runs.");
            }
        }

        /** All runs of a job, or of all jobs when the name is empty. */
        public static Question of(String jobName, int limit) {
            return new Question(jobName, Set.of(), null, null, null, limit);
        }

        public Question endedAs(RunRecord.Outcome... wanted) {
            return new Question(jobName, Set.of(wanted), from, to, after, limit);
        }

        public Question between(@Nullable Instant first, @Nullable Instant end) {
            return new Question(jobName, outcomes, first, end, after, limit);
        }

        /** The page that comes after a run. */
        public Question after(RunRecord last) {
            return new Question(jobName, outcomes, from, to, new Place(last.started(), last.id()), limit);
        }

        boolean means(RunRecord run) {
            return (jobName.isEmpty() || jobName.equals(run.jobName()))
                    && (outcomes.isEmpty() || outcomes.contains(run.outcome()))
                    && (from == null || !run.started().isBefore(from))
                    && (to == null || run.started().isBefore(to))
                    && (after == null || after.isBefore(run));
        }
    }

    /** A place in the order of runs. */
    record Place(Instant started, UUID id) {

        /** Whether a run comes after this place, newest first. */
        boolean isBefore(RunRecord run) {
            int order = run.started().compareTo(started);
            return order < 0 || (order == 0 && run.id().toString().compareTo(id.toString()) < 0);
        }
    }

    /** Keeps nothing and finds nothing; always the same one. */
    static RunHistory none() {
        return NONE;
    }

    /** See {@link #none}. */
    RunHistory NONE = new RunHistory() {
        @Override
        public void record(List<RunRecord> runs) {}

        @Override
        public List<RunRecord> latest(String jobName, int limit) {
            return List.of();
        }
    };
}

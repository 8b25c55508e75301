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

import io.carillon.jobs.requests.JobRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Runs that people ask for beyond a job's schedule, each followed by an id. Thread-safe; each call waits for the registry's
 * answer, and reads it there and then.
 *
 * <p>A request is kept in the registry until all of it has run: it waits while a job is busy, while no instance of Carillon
 * is online or enabled, and while an item that it needs is switched off; whoever owns an item when its turn comes runs it.
 * Firings of the schedule go first: a request's next items begin when none of them is due or running on that instance.
 * Without a failure each item runs once per business time; after the loss of an instance, those items that it was running
 * run again. An item that fails is counted and the request goes on.
 *
 * <p>Instances of ElasticJob know no requests: items that they own are run by Carillon's, with the {@code running} mark that
 * keeps ElasticJob away from the item meanwhile, as far as the job's {@code monitorExecution} is on; a firing of theirs that comes due
 * during it is left out for that item, as ElasticJob leaves out any item that is running.
 *
 * <p>All methods throw {@link IllegalStateException} when the registry does not answer in time, and
 * {@link java.util.NoSuchElementException} when there is no such job or request.
 */
public interface JobRequests {

    /**
     * Asks for one run.
     *
     * @return the request's id
     * @throws io.carillon.jobs.InvalidSettingException when an item is not the job's, or is switched off
     */
    String trigger(TriggerRequest request);

    /**
     * Asks for the business times of a range, ascending.
     *
     * @return the request's id
     * @throws io.carillon.jobs.InvalidSettingException when the range is reversed or empty, holds more business times than
     *     allowed, or the job has no cron expression and no step is given
     */
    String backfill(BackfillRequest request);

    /** Nothing more of a request begins until it is resumed; what runs ends as it would. Does nothing when it is paused. */
    void pause(String jobName, String id);

    /** Goes on where it was paused. Does nothing when it is not paused. */
    void resume(String jobName, String id);

    /** Nothing more of a request begins, ever; what runs ends as it would. Does nothing when that was asked before. */
    void cancel(String jobName, String id);

    /** A job's requests, newest first: those that are open, and the latest that ended ({@code carillon.requests.keep}). */
    List<RequestStatus> requests(String jobName);

    /** One of them. */
    Optional<RequestStatus> request(String jobName, String id);

    /**
     * One run of a job. Immutable.
     *
     * @param parameter what {@code ShardingContext.getJobParameter()} says in this run; null: the job's own
     * @param time what {@code ShardingContext.scheduledTime()} says in this run; null: the time of asking
     * @param items which items; empty: all that are not switched off when it begins
     */
    record TriggerRequest(
            String jobName,
            @Nullable String parameter,
            @Nullable Instant time,
            List<Integer> items) {

        public TriggerRequest {
            items = List.copyOf(items);
        }

        /** All items, with the job's own parameter, for the time of asking. */
        public static TriggerRequest of(String jobName) {
            return new TriggerRequest(jobName, null, null, List.of());
        }

        public TriggerRequest withParameter(String parameter) {
            return new TriggerRequest(jobName, parameter, time, items);
        }

        public TriggerRequest at(Instant time) {
            return new TriggerRequest(jobName, parameter, time, items);
        }

        public TriggerRequest onItems(List<Integer> items) {
            return new TriggerRequest(jobName, parameter, time, items);
        }
    }

    /**
     * The planned times of a range. Immutable.
     *
     * @param from the first business time that may be
     * @param to the first that may not be any more
     * @param step their distance; null: those that the job's schedule plans, as it is at the time of asking
     * @param parameter what {@code ShardingContext.getJobParameter()} says in these runs; null: the job's own
     * @param items which items; empty: all that are not switched off when a business time begins
     * @param atOnce how many business times may be open at once, 1 to 100
     * @param pause between the end of a business time and the beginning of the next
     * @param atMost how many business times there may be; a range with more is refused
     */
    record BackfillRequest(
            String jobName,
            Instant from,
            Instant to,
            @Nullable Duration step,
            @Nullable String parameter,
            List<Integer> items,
            int atOnce,
            Duration pause,
            int atMost) {

        /** The default of {@code atMost}. */
        public static final int AT_MOST = 10_000;

        public BackfillRequest {
            items = List.copyOf(items);
        }

        /** All items, one business time after the other, without a pause, at most 10,000 business times. */
        public static BackfillRequest of(String jobName, Instant from, Instant to) {
            return new BackfillRequest(jobName, from, to, null, null, List.of(), 1, Duration.ZERO, AT_MOST);
        }

        public BackfillRequest every(Duration step) {
            return new BackfillRequest(jobName, from, to, step, parameter, items, atOnce, pause, atMost);
        }

        public BackfillRequest withParameter(String parameter) {
            return new BackfillRequest(jobName, from, to, step, parameter, items, atOnce, pause, atMost);
        }

        public BackfillRequest onItems(List<Integer> items) {
            return new BackfillRequest(jobName, from, to, step, parameter, items, atOnce, pause, atMost);
        }

        /** The throttle. */
        public BackfillRequest throttled(int atOnce, Duration pause) {
            return new BackfillRequest(jobName, from, to, step, parameter, items, atOnce, pause, atMost);
        }

        public BackfillRequest atMost(int atMost) {
            return new BackfillRequest(jobName, from, to, step, parameter, items, atOnce, pause, atMost);
        }
    }

    /**
     * How far a request is.
     *
     * @param items which were asked for; empty: all
     * @param times how many business times it has
     * @param timesDone how many have ended; those that are {@code open} or still to come are left
     * @param next the next business time to be opened, or null
     * @param open the business times under way
     * @param itemsGone how many item runs fell away because the job has fewer items by now
     * @param failures the latest item runs that failed, at most 100
     * @param waitsFor what it waits for, or null when it runs, or waits for nothing but its items' turn
     * @param ended when it ended, or null
     */
    record RequestStatus(
            String jobName,
            String id,
            JobRequest.Kind kind,
            JobRequest.State state,
            Instant asked,
            @Nullable String parameter,
            List<Integer> items,
            int times,
            int timesDone,
            @Nullable Instant next,
            List<OpenTime> open,
            long itemsDone,
            long itemsFailed,
            long itemsGone,
            List<JobRequest.Failure> failures,
            @Nullable WaitsFor waitsFor,
            @Nullable Instant ended) {

        /** How many business times have not ended. */
        public int timesLeft() {
            return times - timesDone;
        }
    }

    /**
     * A business time under way.
     *
     * @param left the items that have not ended, ascending
     * @param running which of them run now, and on which instance
     */
    record OpenTime(Instant time, List<Integer> left, Map<Integer, String> running) {}

    /** What a request waits for. */
    enum WaitsFor {
        /** An instance of Carillon's: none is online and enabled. */
        INSTANCE,
        /** People: it is paused. */
        RESUME,
        /** The end of the pause between two business times. */
        PAUSE_TO_END,
        /** Items that are switched off: nothing else is left of the business time. */
        ITEMS_TO_BE_ENABLED
    }
}

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
package io.carillon.jobs;

import java.time.Instant;
import java.util.Optional;

/**
 * One sharding item of one firing, as user code sees it.
 *
 * <p>Thread-safe. A real one comes from the engine; for a unit test of a job, the testkit builds one.
 */
public interface ShardingContext {

    /** The job's name. */
    String getJobName();

    /** Identifies this firing on this instance, as {@code job@-@items@-@READY@-@instance} (ElasticJob's form). */
    String getTaskId();

    /** How many items the job is cut into. */
    int getShardingTotalCount();

    /** The parameter that all items share; empty when none was set. */
    String getJobParameter();

    /** Which item this is, from 0 to {@link #getShardingTotalCount()} - 1. */
    int getShardingItem();

    /** The parameter of this item, from {@code 0=a,1=b}; empty when none was set for it. */
    String getShardingParameter();

    /**
     * A number that only grows for this job and item from one owner to the next. Storage can refuse a late writer by it,
     * for example {@code UPDATE ... WHERE fence <= ?}.
     */
    long fence();

    /**
     * Whether this instance may still work on the item. Turns false for good when the registry session is lost, when it
     * was suspended longer than its timeout, or when the process was frozen that long; the thread is interrupted as well.
     */
    boolean isClaimHeld();

    /** The planned time of this firing, not the time at which it really started. */
    Instant scheduledTime();

    /**
     * Adds to the number of rows, objects or whatever this item handled in this firing; shown in the run history.
     *
     * @param count how many more, 0 or greater
     */
    void reportHandled(long count);

    /**
     * Says how far this run is: people see it while the item runs, at most some seconds old. It may be called as often as you
     * like: it keeps two numbers, and an instance writes what its running items say in one node, at most every 5 s.
     *
     * @param done how much is done, in whatever is counted; 0 or greater. It may be less than before
     * @param total how much there is to do; 0 or less when that is not known
     */
    void reportProgress(long done, long total);

    /**
     * Says by which id this attempt's trace is found, for a job that opens its trace itself; shown in the run history, and led
     * out by the console's {@code trace-link}. Needed only where the id is not in the log's context (MDC, key {@code traceId}
     * unless the engine's options say another) when user code begins or returns. The last one said counts.
     *
     * @param traceId 1 to {@value #MAX_TRACE_ID} characters
     * @throws IllegalArgumentException when it is blank or longer
     */
    void reportTraceId(String traceId);

    /** Which attempt at this item this is within the firing: 1, or more when {@code carillon.retry.max} lets it be repeated. */
    int attempt();

    /**
     * The item's checkpoint: a small text that is kept in the registry and travels with the item, over firings, failures and
     * owners; empty when none is saved. Lets the next run go on where the last one stopped.
     *
     * <p>The first of these three methods called in a firing asks the registry twice, each {@link #saveCheckpoint} once; a job
     * that calls none of them costs nothing. They block, at most for the engine's {@code registryTimeout}.
     *
     * @throws CheckpointException when the claim is lost, the registry does not answer in time, or the thread is interrupted
     */
    Optional<String> checkpoint();

    /**
     * Replaces the item's checkpoint, under this claim's {@link #fence}: refused when a newer owner has looked at it, so that a
     * loser never overwrites its successor's.
     *
     * @param text at most {@value #MAX_CHECKPOINT_BYTES} bytes in UTF-8
     * @throws CheckpointException as {@link #checkpoint} does; whether it was saved is then not known
     * @throws IllegalArgumentException when the text is too long; nothing was saved
     */
    void saveCheckpoint(String text);

    /** Removes the item's checkpoint; otherwise as {@link #saveCheckpoint}. */
    void clearCheckpoint();

    /** The longest checkpoint in UTF-8. */
    int MAX_CHECKPOINT_BYTES = 4_096;

    /** The longest id of a trace, in characters. */
    int MAX_TRACE_ID = 128;
}

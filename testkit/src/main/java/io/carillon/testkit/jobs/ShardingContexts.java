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
package io.carillon.testkit.jobs;

import io.carillon.jobs.CheckpointException;
import io.carillon.jobs.ShardingContext;
import io.carillon.jobs.model.Progress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Makes sharding contexts for unit tests of jobs. */
public final class ShardingContexts {

    private ShardingContexts() {}

    /**
     * A context with a held claim.
     *
     * @param jobName the job's name
     * @param item which item, from 0
     * @param total how many items
     */
    public static TestShardingContext of(String jobName, int item, int total) {
        return new TestShardingContext(jobName, item, total, "", "", 1, Instant.EPOCH);
    }

    /** A context whose claim a test can take away, and whose count it can read. Thread-safe. */
    public static final class TestShardingContext implements ShardingContext {

        private final String jobName;
        private final int item;
        private final int total;
        private final String jobParameter;
        private final String shardingParameter;
        private final long fence;
        private final Instant scheduledTime;
        private final AtomicBoolean held = new AtomicBoolean(true);
        private final AtomicLong handled = new AtomicLong();
        private volatile @Nullable String checkpoint;
        private volatile @Nullable Progress progress;
        private volatile @Nullable String traceId;
        private final AtomicInteger attempt = new AtomicInteger(1);

        private TestShardingContext(
                String jobName,
                int item,
                int total,
                String jobParameter,
                String shardingParameter,
                long fence,
                Instant scheduledTime) {
            if (item < 0 || item >= total) {
                throw new IllegalArgumentException("item: " + item + " (expected: 0.." + (total - 1) + ")");
            }
            this.jobName = jobName;
            this.item = item;
            this.total = total;
            this.jobParameter = jobParameter;
            this.shardingParameter = shardingParameter;
            this.fence = fence;
            this.scheduledTime = scheduledTime;
        }

        /** The same with parameters. */
        public TestShardingContext withParameters(String jobParameter, String shardingParameter) {
            return new TestShardingContext(jobName, item, total, jobParameter, shardingParameter, fence, scheduledTime);
        }

        /** The same at a planned time and with a fence. */
        public TestShardingContext at(Instant scheduledTime, long fence) {
            return new TestShardingContext(jobName, item, total, jobParameter, shardingParameter, fence, scheduledTime);
        }

        /** Takes the claim away: {@link #isClaimHeld()} is false from now on. */
        public void loseClaim() {
            held.set(false);
        }

        /** Which attempt {@link #attempt()} says it is. */
        public void attempt(int number) {
            attempt.set(number);
        }

        @Override
        public int attempt() {
            return attempt.get();
        }

        @Override
        public Optional<String> checkpoint() {
            checkHeld();
            return Optional.ofNullable(checkpoint);
        }

        @Override
        public void saveCheckpoint(String text) {
            int bytes = text.getBytes(StandardCharsets.UTF_8).length;
            if (bytes > MAX_CHECKPOINT_BYTES) {
                throw new IllegalArgumentException(
                        "checkpoint: " + bytes + " bytes (expected: at most " + MAX_CHECKPOINT_BYTES + ")");
            }
            checkHeld();
            checkpoint = text;
        }

        @Override
        public void clearCheckpoint() {
            checkHeld();
            checkpoint = null;
        }

        private void checkHeld() {
            if (!held.get()) {
                throw new CheckpointException("checkpoint of item " + item + ": the claim is lost", true, null);
            }
        }

        /** How far the job said last that it is; null when it never did. Its {@code at} is the planned time. */
        public @Nullable Progress progress() {
            return progress;
        }

        /** What the job reported as its trace's id, or null. */
        public @Nullable String traceId() {
            return traceId;
        }

        @Override
        public void reportTraceId(String id) {
            if (id.isBlank() || id.length() > MAX_TRACE_ID) {
                throw new IllegalArgumentException(
                        "traceId: '" + id + "' (expected: 1 to " + MAX_TRACE_ID + " characters)");
            }
            traceId = id;
        }

        /** What the job reported as handled. */
        public long handled() {
            return handled.get();
        }

        @Override
        public String getJobName() {
            return jobName;
        }

        @Override
        public String getTaskId() {
            return jobName + "@-@" + item + "@-@READY@-@127.0.0.1@-@1";
        }

        @Override
        public int getShardingTotalCount() {
            return total;
        }

        @Override
        public String getJobParameter() {
            return jobParameter;
        }

        @Override
        public int getShardingItem() {
            return item;
        }

        @Override
        public String getShardingParameter() {
            return shardingParameter;
        }

        @Override
        public long fence() {
            return fence;
        }

        @Override
        public boolean isClaimHeld() {
            return held.get();
        }

        @Override
        public Instant scheduledTime() {
            return scheduledTime;
        }

        @Override
        public void reportHandled(long count) {
            if (count < 0) {
                throw new IllegalArgumentException("count: " + count + " (expected: 0 or greater)");
            }
            handled.addAndGet(count);
        }

        @Override
        public void reportProgress(long done, long total) {
            progress = new Progress(done, total, scheduledTime);
        }
    }
}

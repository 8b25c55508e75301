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

import io.carillon.jobs.DataflowJob;
import io.carillon.jobs.ElasticJob;
import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.ShardingContext;
import io.carillon.jobs.SimpleJob;
import io.carillon.jobs.TypedJob;
import io.carillon.jobs.model.ItemRunLife;
import io.carillon.jobs.model.ItemRunLife.Event;
import io.carillon.jobs.model.ItemRunLife.State;
import io.carillon.jobs.model.Progress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * One item of one firing while user code works on it, with all its attempts. Thread-safe.
 *
 * <p>It is given to the workers once per attempt. Between two attempts it is {@link State#PAUSING} and holds no thread.
 */
public final class ItemRun {

    private static final Logger LOG = LoggerFactory.getLogger(ItemRun.class);

    /**
     * What a run is about. Immutable.
     *
     * @param taskId names the firing on this instance
     * @param mustPause asked between two rounds of a streaming data flow: true ends it, so that items can be dealt anew
     * @param policy how long it may take and how often it is tried again
     * @param retryUntil no attempt begins at or after this instant; null: no bound
     * @param checkpoint makes the place where its checkpoint is kept; asked at most once
     * @param trace is opened around user code
     */
    public record Order(
            ElasticJob job,
            JobConfiguration configuration,
            int item,
            String taskId,
            Instant scheduledTime,
            Claim claim,
            ErrorHandler errors,
            FiringListeners listeners,
            BooleanSupplier mustPause,
            ItemPolicy policy,
            @Nullable Instant retryUntil,
            Supplier<CheckpointStore> checkpoint,
            ItemTrace trace) {}

    /**
     * How an attempt ended. Immutable.
     *
     * @param state an end of the run, or {@link State#PAUSING}: another attempt follows
     * @param failure what user code threw, or null
     * @param reason why it was stopped or interrupted, or null
     * @param traceId by which its trace is found, or null
     */
    public record Result(
            State state,
            int attempt,
            Instant started,
            Instant ended,
            long handled,
            @Nullable Throwable failure,
            @Nullable String reason,
            @Nullable String traceId) {}

    /** Hears of a run's attempts, on whatever thread brings them about. */
    public interface Listener {

        /** User code is about to be called. */
        void started(ItemRun run, int attempt, Instant at);

        /** An attempt ended; told once per attempt, and once more when the run is given up between two. */
        void ended(ItemRun run, Result result);

        /** User code has said how far it is, for the first time since {@link ItemRun#takeProgress}. */
        default void progressed(ItemRun run) {}
    }

    private final Order order;
    private final InstantSource time;
    private final Listener listener;
    private final LongAdder handled = new LongAdder();
    private volatile long progressTotal;
    private volatile long progressDone = -1;
    private volatile boolean progressTold;
    private State state = State.CLAIMED;
    private @Nullable Thread thread;
    private @Nullable Throwable failure;
    private @Nullable String reason;
    private @Nullable String traceId;
    private @Nullable CheckpointStore checkpoint;
    private boolean lastAttempt;
    private int attempt;
    private Instant started;
    private Instant ended;

    public ItemRun(Order order, InstantSource time, Listener listener) {
        this.order = order;
        this.time = time;
        this.listener = listener;
        this.started = time.instant();
        this.ended = started;
    }

    public Order order() {
        return order;
    }

    /** Calls user code, unless the run was stopped before or its claim is lost; returns when it has returned. */
    public void run() {
        if (!order.claim.isHeld()) {
            stop(null);
            return;
        }
        int number;
        Instant begin;
        synchronized (this) {
            if (lastAttempt && state == State.PAUSING) {
                number = 0;
            } else if (!move(Event.START)) {
                return;
            } else {
                thread = Thread.currentThread();
                number = ++attempt;
                started = time.instant();
                failure = null;
                reason = null;
                traceId = null;
            }
            begin = started;
        }
        if (number == 0) {
            finish(null, Event.GIVE_UP);
            return;
        }
        listener.started(this, number, begin);
        Throwable thrown = null;
        ShardingContext context = new Context();
        ItemTrace.@Nullable Open trace = openTrace(context);
        try {
            order.listeners.before(order.item);
            look(trace);
            if (!order.claim.isHeld()) {
                stop(null);
            }
            if (state() == State.STOPPING) {
                throw new InterruptedException("stopped before user code was called");
            }
            call(context);
        } catch (Throwable e) {
            thrown = e;
        }
        look(trace);
        endTrace(trace, thrown);
        finish(thrown, thrown == null ? Event.RETURN : Event.THROW);
    }

    private ItemTrace.@Nullable Open openTrace(ShardingContext context) {
        try {
            return order.trace.begin(context);
        } catch (RuntimeException e) {
            LOG.warn("{}: its trace was not opened; it runs all the same", context, e);
            return null;
        }
    }

    /** Takes the trace's id, unless there is one. */
    private void look(ItemTrace.@Nullable Open trace) {
        try {
            String found = trace == null ? null : trace.traceId();
            synchronized (this) {
                traceId = traceId == null ? found : traceId;
            }
        } catch (RuntimeException e) {
            LOG.warn("{}#{}: the id of its trace is not known", order.taskId, order.item, e);
        }
    }

    private void endTrace(ItemTrace.@Nullable Open trace, @Nullable Throwable thrown) {
        try {
            if (trace != null) {
                trace.end(thrown);
            }
        } catch (RuntimeException e) {
            LOG.warn("{}#{}: its trace was not ended", order.taskId, order.item, e);
        }
    }

    private void finish(@Nullable Throwable thrown, Event event) {
        Result result;
        synchronized (this) {
            thread = null;
            if (event != Event.GIVE_UP) {
                ended = time.instant();
                failure = thrown;
                boolean failed = thrown != null || state == State.OVERDUE;
                move(failed && mayTryAgain() ? Event.THROW_FOR_NOW : event);
            } else if (!move(event)) {
                return; // stopped, or given up on another thread, meanwhile: that was told
            }
            result = result();
            // an interrupt that came late must not reach a listener or the next item on this thread
            Thread.interrupted();
        }
        if (!result.state.isEnd()) {
            listener.ended(this, result);
            return;
        }
        order.listeners.ended(order.item, true);
        listener.ended(this, result);
        if (result.state == State.FAILED || result.state == State.TIMED_OUT) {
            order.errors.handle(order.configuration, order.item, causeOf(result));
        }
    }

    private boolean mayTryAgain() {
        Instant until = order.retryUntil;
        return !lastAttempt
                && attempt <= order.policy.retries()
                && (state == State.RUNNING || state == State.OVERDUE)
                && order.claim.isHeld()
                && (until == null || ended.plus(pause()).isBefore(until));
    }

    /** The wait after the attempt that ended last. */
    public synchronized Duration pause() {
        return order.policy.pause(order.claim.fence(), order.item, Math.max(1, attempt));
    }

    private Result result() {
        return new Result(state, attempt, started, ended, handled.sumThenReset(), failure, reason, traceId);
    }

    private static Throwable causeOf(Result result) {
        Throwable thrown = result.failure;
        if (result.state != State.TIMED_OUT && thrown != null) {
            return thrown;
        }
        Exception late = new TimeoutException(result.reason);
        if (thrown != null) {
            late.initCause(thrown);
        }
        return late;
    }

    /**
     * Stops the run for good: user code is interrupted, or not called at all, or not called again.
     *
     * @param why for people; null when the claim is lost or the instance leaves
     * @return whether it could still be stopped
     */
    public boolean stop(@Nullable String why) {
        Result result;
        synchronized (this) {
            if (!move(Event.STOP)) {
                return false;
            }
            reason = why;
            if (!state.isEnd()) {
                if (thread != null) {
                    thread.interrupt();
                }
                return true;
            }
            ended = time.instant();
            result = result();
        }
        order.listeners.ended(order.item, false);
        listener.ended(this, result);
        return true;
    }

    /**
     * The time given to an attempt is over: user code is interrupted.
     *
     * @return whether that attempt was still under way
     */
    public boolean expire(int ofAttempt) {
        synchronized (this) {
            if (attempt != ofAttempt || !move(Event.EXPIRE)) {
                return false;
            }
            reason = "timed out after " + order.policy.timeout();
            if (thread != null) {
                thread.interrupt();
            }
            return true;
        }
    }

    /**
     * No attempt begins any more; one that is under way goes on.
     *
     * @return whether the run is between two attempts: then it must be given to the workers once more, to end as failed
     */
    public synchronized boolean tryNoMore() {
        lastAttempt = true;
        return state == State.PAUSING;
    }

    /**
     * How far user code says it is; null when it has said nothing since it was asked last.
     *
     * @param now what {@link Progress#at} is to be
     */
    public @Nullable Progress takeProgress(Instant now) {
        if (!progressTold) {
            return null;
        }
        progressTold = false;
        return new Progress(progressDone, progressTotal, now);
    }

    /** Whether user code has ever said how far it is. */
    public boolean hasProgress() {
        return progressDone >= 0;
    }

    private synchronized CheckpointStore checkpointStore() {
        CheckpointStore known = checkpoint;
        if (known == null) {
            known = order.checkpoint.get();
            checkpoint = known;
        }
        return known;
    }

    private boolean move(Event event) {
        Optional<State> next = ItemRunLife.after(state, event);
        next.ifPresent(to -> state = to);
        return next.isPresent();
    }

    private void call(ShardingContext context) throws Exception {
        if (order.job instanceof SimpleJob simple) {
            simple.execute(context);
        } else if (order.job instanceof DataflowJob<?> dataflow) {
            flow(dataflow, context);
        } else if (order.job instanceof JobExecutor.Bound bound) {
            bound.executor().execute(bound.job(), order.configuration, context);
        } else if (order.job instanceof TypedJob typed) {
            JobType type = JobType.of(typed.type());
            if (type == null) {
                throw new IllegalStateException("job '" + order.configuration.getJobName() + "': type " + typed.type()
                        + " (expected: one of " + JobType.types() + ")");
            }
            type.execute(order.configuration, context);
        } else {
            throw new IllegalStateException("job '" + order.configuration.getJobName() + "': "
                    + order.job.getClass().getName() + " (expected: a SimpleJob, a DataflowJob or a TypedJob)");
        }
    }

    private <T> void flow(DataflowJob<T> job, ShardingContext context) throws Exception {
        boolean streaming =
                Boolean.parseBoolean(order.configuration.getProps().getOrDefault("streaming.process", "false"));
        do {
            List<T> data = job.fetchData(context);
            if (data == null || data.isEmpty()) {
                return;
            }
            job.processData(context, data);
        } while (streaming && order.claim.isHeld() && !order.mustPause.getAsBoolean());
    }

    public synchronized State state() {
        return state;
    }

    private final class Context implements ShardingContext {

        private final String parameter =
                order.configuration.shardingParameters().getOrDefault(order.item, "");

        @Override
        public String getJobName() {
            return order.configuration.getJobName();
        }

        @Override
        public String getTaskId() {
            return order.taskId;
        }

        @Override
        public int getShardingTotalCount() {
            return order.configuration.getShardingTotalCount();
        }

        @Override
        public String getJobParameter() {
            return order.configuration.getJobParameter();
        }

        @Override
        public int getShardingItem() {
            return order.item;
        }

        @Override
        public String getShardingParameter() {
            return parameter;
        }

        @Override
        public long fence() {
            return order.claim.fence();
        }

        @Override
        public boolean isClaimHeld() {
            return order.claim.isHeld();
        }

        @Override
        public Instant scheduledTime() {
            return order.scheduledTime;
        }

        @Override
        public void reportHandled(long count) {
            if (count < 0) {
                throw new IllegalArgumentException("count: " + count + " (expected: 0 or greater)");
            }
            handled.add(count);
        }

        @Override
        public void reportProgress(long done, long total) {
            if (done < 0) {
                throw new IllegalArgumentException("done: " + done + " (expected: 0 or greater)");
            }
            progressTotal = total;
            progressDone = done;
            if (!progressTold) {
                progressTold = true;
                listener.progressed(ItemRun.this);
            }
        }

        @Override
        public void reportTraceId(String id) {
            if (id.isBlank() || id.length() > MAX_TRACE_ID) {
                throw new IllegalArgumentException("traceId: '" + id + "' (expected: 1 to " + MAX_TRACE_ID
                        + " characters). Nothing was recorded; the run goes on without it.");
            }
            synchronized (ItemRun.this) {
                traceId = id;
            }
        }

        @Override
        public int attempt() {
            synchronized (ItemRun.this) {
                return attempt;
            }
        }

        @Override
        public Optional<String> checkpoint() {
            return Optional.ofNullable(checkpointStore().load());
        }

        @Override
        public void saveCheckpoint(String text) {
            int bytes = text.getBytes(StandardCharsets.UTF_8).length;
            if (bytes > MAX_CHECKPOINT_BYTES) {
                throw new IllegalArgumentException("checkpoint: " + bytes + " bytes (expected: at most "
                        + MAX_CHECKPOINT_BYTES + "). Nothing was saved; keep a cursor there, and data in a store.");
            }
            checkpointStore().save(text);
        }

        @Override
        public void clearCheckpoint() {
            checkpointStore().save(null);
        }

        @Override
        public String toString() {
            return order.taskId + "#" + order.item + " fence " + order.claim.fence();
        }
    }

    /** {@link ItemTrace#ofLog}: in this file, as each run passes through it. */
    record LoggedTrace(String key) implements ItemTrace {

        @Override
        public Open begin(ShardingContext context) {
            return new Looked(key, MDC.get(key));
        }

        private record Looked(String key, @Nullable String left) implements Open {

            @Override
            public @Nullable String traceId() {
                String found = MDC.get(key);
                return found == null || found.equals(left) ? null : found;
            }

            @Override
            public void end(@Nullable Throwable thrown) {
                // nothing was opened
            }
        }
    }
}

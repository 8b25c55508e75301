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
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One item of one firing while user code works on it. Thread-safe. */
public final class ItemRun {

    /**
     * What a run is about. Immutable.
     *
     * @param taskId names the firing on this instance
     * @param mustPause asked between two rounds of a streaming data flow: true ends it, so that items can be dealt anew
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
            BooleanSupplier mustPause) {}

    private final Order order;
    private final InstantSource time;
    private final Consumer<ItemRun> onEnd;
    private final LongAdder handled = new LongAdder();
    private State state = State.CLAIMED;
    private @Nullable Thread thread;
    private @Nullable Throwable failure;
    private Instant started;
    private Instant ended;

    /** @param onEnd told once, on whatever thread ends the run */
    public ItemRun(Order order, InstantSource time, Consumer<ItemRun> onEnd) {
        this.order = order;
        this.time = time;
        this.onEnd = onEnd;
        this.started = time.instant();
        this.ended = started;
    }

    public Order order() {
        return order;
    }

    /** Calls user code, unless the run was stopped before or its claim is lost; returns when it has returned. */
    public void run() {
        if (!order.claim.isHeld()) {
            stop();
            return;
        }
        synchronized (this) {
            if (!move(Event.START)) {
                return;
            }
            thread = Thread.currentThread();
            started = time.instant();
        }
        Throwable thrown = null;
        try {
            order.listeners.before(order.item);
            call();
        } catch (Throwable e) {
            thrown = e;
        }
        State end;
        synchronized (this) {
            thread = null;
            move(thrown == null ? Event.RETURN : Event.THROW);
            failure = thrown;
            ended = time.instant();
            end = state;
            // an interrupt that came late must not reach a listener or the next item on this thread
            Thread.interrupted();
        }
        order.listeners.ended(order.item, true);
        onEnd.accept(this);
        if (end == State.FAILED && thrown != null) {
            order.errors.handle(order.configuration, order.item, thrown);
        }
    }

    /** Stops the run: user code is interrupted, or not called at all. */
    public void stop() {
        boolean endedHere;
        synchronized (this) {
            if (!move(Event.STOP)) {
                return;
            }
            endedHere = state.isEnd();
            if (endedHere) {
                ended = time.instant();
            } else if (thread != null) {
                thread.interrupt();
            }
        }
        if (endedHere) {
            order.listeners.ended(order.item, false);
            onEnd.accept(this);
        }
    }

    private boolean move(Event event) {
        Optional<State> next = ItemRunLife.after(state, event);
        next.ifPresent(to -> state = to);
        return next.isPresent();
    }

    private void call() throws Exception {
        ShardingContext context = new Context();
        if (order.job instanceof SimpleJob simple) {
            simple.execute(context);
        } else if (order.job instanceof DataflowJob<?> dataflow) {
            flow(dataflow, context);
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

    public synchronized Instant started() {
        return started;
    }

    public synchronized Instant ended() {
        return ended;
    }

    /** What user code threw, or null. */
    public synchronized @Nullable Throwable failure() {
        return failure;
    }

    /** What user code reported as handled. */
    public long handled() {
        return handled.sum();
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
        public String toString() {
            return order.taskId + "#" + order.item + " fence " + order.claim.fence();
        }
    }
}

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

import io.carillon.jobs.ShardingContext;
import org.jspecify.annotations.Nullable;

/**
 * The trace of an attempt at an item: opened and ended around user code, on the thread that runs it. What it throws is logged
 * and harms no run. Thread-safe.
 */
@FunctionalInterface
public interface ItemTrace {

    /** The key under which most tracing libraries put the trace's id into the log's context. */
    String DEFAULT_KEY = "traceId";

    /** An attempt begins; listeners that are told of the firing's begin, and user code, come after. */
    Open begin(ShardingContext context);

    /** The trace of one attempt under way. Confined to the thread that runs it. */
    interface Open {

        /** The id by which the trace is found, or null. Asked right before user code is called, and when it has returned. */
        @Nullable
        String traceId();

        /**
         * The attempt ended; called once.
         *
         * @param thrown what user code threw, or null
         */
        default void end(@Nullable Throwable thrown) {}
    }

    /**
     * Opens nothing, and finds the id in the log's context (MDC).
     *
     * <p>A value that is there before the attempt begins is what an earlier one left on the thread, and is none.
     *
     * @param key the key in that context
     */
    static ItemTrace ofLog(String key) {
        return new ItemRun.LoggedTrace(key);
    }
}

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

import java.time.Duration;

/**
 * A listener that is called once per firing for all instances together: before the first item begins anywhere, and after the last
 * one has ended anywhere. Thread-safe; registered and asked for like any {@link JobListener}.
 *
 * <p>The instances meet for it in the registry: no item begins before all that will run items have come and one of them has
 * returned from {@link #beforeFirstItem}; and none of them goes on to its next firing before one has returned from {@link
 * #afterLastItem}. They meet with ElasticJob's instances, from 3.0.3, whose job has an {@code
 * AbstractDistributeOnceElasticJobListener}. Nobody waits for an instance that is gone, switched off, or late by a whole firing.
 * While they wait, no thread does.
 *
 * <p>When the instance that is in one of the calls dies, another makes the call again. Cut items that another instance repeats
 * begin without a meeting, but the end waits for them. What a call throws goes to the job's error handler, and the items run all
 * the same.
 */
public abstract class DistributeOnceListener implements JobListener {

    private final Duration startedTimeout;
    private final Duration completedTimeout;

    /** Waits without end, as ElasticJob does by default. */
    protected DistributeOnceListener() {
        this(Duration.ZERO, Duration.ZERO);
    }

    /**
     * @param startedTimeout how long an instance waits before its items; then the error handler is told, and the items run. Zero or
     *     less: without end
     * @param completedTimeout how long it waits after its items; then the error handler is told. Zero or less: without end
     */
    protected DistributeOnceListener(Duration startedTimeout, Duration completedTimeout) {
        this.startedTimeout = startedTimeout;
        this.completedTimeout = completedTimeout;
    }

    public final Duration startedTimeout() {
        return startedTimeout;
    }

    public final Duration completedTimeout() {
        return completedTimeout;
    }

    /**
     * Called once per firing, on a worker of one instance; interrupted when that instance loses its claim.
     *
     * @param here the firing as it is on that instance
     */
    public abstract void beforeFirstItem(Firing here) throws Exception;

    /** As {@link #beforeFirstItem}, when all items have ended. */
    public abstract void afterLastItem(Firing here) throws Exception;

    /** Does nothing: this instance alone is not what it is about. */
    @Override
    public final void beforeJobExecuted(Firing firing) {}

    /** Does nothing, as {@link #beforeJobExecuted}. */
    @Override
    public final void afterJobExecuted(Firing firing) {}
}

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

import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.execution.JobListener.Firing;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells the listeners of one firing: the first item to begin tells of the begin, the last to end of the end. Thread-safe. */
public final class FiringListeners {

    private static final Logger LOG = LoggerFactory.getLogger(FiringListeners.class);

    private final List<JobListener> listeners;
    private final Supplier<Firing> firing;
    private final String jobName;
    private final ErrorHandler errors;
    private final JobConfiguration configuration;
    private final AtomicInteger left;
    private volatile boolean begun;

    /**
     * @param listeners in any order
     * @param items how many items the firing has here
     * @param firing what the listeners are told; not asked for when there are none
     */
    public FiringListeners(
            List<JobListener> listeners,
            int items,
            Supplier<Firing> firing,
            ErrorHandler errors,
            JobConfiguration configuration) {
        this.jobName = configuration.getJobName();
        this.listeners = listeners.stream()
                .sorted(Comparator.comparingInt(JobListener::order))
                .toList();
        this.firing = firing;
        this.errors = errors;
        this.configuration = configuration;
        this.left = new AtomicInteger(items);
    }

    /** An item is about to call user code, on its worker's thread; waits while another tells the listeners. */
    void before(int item) {
        if (listeners.isEmpty()) {
            return;
        }
        synchronized (this) {
            if (!begun) {
                begun = true;
                listeners.forEach(listener -> tell(item, () -> listener.beforeJobExecuted(firing.get())));
            }
        }
    }

    /**
     * An item has ended.
     *
     * @param onWorker whether this is a worker's thread, where listeners may be called
     */
    void ended(int item, boolean onWorker) {
        if (left.decrementAndGet() == 0 && begun && onWorker) {
            listeners.forEach(listener -> tell(item, () -> listener.afterJobExecuted(firing.get())));
        }
    }

    private interface Call {
        void call() throws Exception;
    }

    private void tell(int item, Call call) {
        try {
            call.call();
        } catch (Throwable e) {
            if (e instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            try {
                errors.handle(configuration, item, e);
            } catch (RuntimeException thrown) {
                LOG.error("job '{}': a listener failed; the items run all the same", jobName, thrown);
            }
        }
    }
}

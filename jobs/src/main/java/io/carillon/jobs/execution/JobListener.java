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

import io.carillon.jobs.model.Extensions;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Is told before and after each firing on each instance that runs items of it. Thread-safe. Registered with {@link
 * java.util.ServiceLoader} and asked for by {@code jobListenerTypes}.
 *
 * <p>What a listener throws goes to the job's error handler; the other listeners are called and the items run all the same.
 */
public interface JobListener {

    /**
     * One firing on one instance. Immutable.
     *
     * @param items the items that run here, with their parameters; never empty
     */
    record Firing(
            String jobName,
            String taskId,
            int shardingTotalCount,
            String jobParameter,
            Map<Integer, String> items,
            Instant scheduledTime,
            long fence) {

        public Firing {
            items = Map.copyOf(items);
        }
    }

    /** The name under which {@code jobListenerTypes} asks for it. */
    String type();

    /** Smaller ones are called earlier, before and after; default: last. */
    default int order() {
        return Integer.MAX_VALUE;
    }

    /**
     * Called once on a worker's thread before the first item begins; the items wait until it returns. Not called when nothing
     * runs here.
     */
    void beforeJobExecuted(Firing firing) throws Exception;

    /**
     * Called once on a worker's thread when the last item has ended, and before the next firing begins. Not called when {@link
     * #beforeJobExecuted} was not, when the items that came last were stopped before they began, and when the process dies.
     */
    void afterJobExecuted(Firing firing) throws Exception;

    /** Finds a listener, or null when there is none of that name. */
    static @Nullable JobListener of(String type) {
        return Listeners.ALL.find(type);
    }

    /** The names that {@link #of} knows. */
    static Set<String> types() {
        return Listeners.ALL.types();
    }

    /** Holds what was found. */
    final class Listeners {
        private static final Extensions<JobListener> ALL =
                new Extensions<>(JobListener.class, JobListener::type, Map.of());

        private Listeners() {}
    }
}

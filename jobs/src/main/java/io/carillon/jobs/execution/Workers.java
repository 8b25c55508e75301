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

/** Runs user code. Thread-safe. */
public interface Workers extends AutoCloseable {

    /**
     * Calls {@link ItemRun#run} soon, on another thread.
     *
     * @param atOnce how many runs of that job may be under way at once on this instance
     */
    void start(ItemRun run, int atOnce);

    /** Runs something short that belongs to a firing, on another thread; without threads of its own: at once. */
    default void execute(Runnable task) {
        task.run();
    }

    /** Takes no more runs; those under way go on. */
    @Override
    void close();
}

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

import io.carillon.jobs.CheckpointException;
import org.jspecify.annotations.Nullable;

/** The port by which an item's run keeps its checkpoint under its claim. Thread-safe; both methods block. */
public interface CheckpointStore {

    /**
     * The saved text, or null when there is none. From then on no older claim can save.
     *
     * @throws CheckpointException when the claim is lost, or the store does not answer in time
     */
    @Nullable
    String load();

    /**
     * Saves a text; null removes it.
     *
     * @throws CheckpointException when the claim is lost, or the store does not answer in time
     */
    void save(@Nullable String text);
}

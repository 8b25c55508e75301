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
package io.carillon.jobs.model;

import java.util.Optional;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;

/** Tells the watcher of transitions, if there is one. Thread-safe. */
final class Watched {

    private static final @Nullable TransitionWatcher WATCHER = ServiceLoader.load(
                    TransitionWatcher.class, TransitionWatcher.class.getClassLoader())
            .findFirst()
            .orElse(null);

    private Watched() {}

    /** The state after an event, told to the watcher. */
    static <S extends Enum<S>> Optional<S> go(S from, Enum<?> event, @Nullable S to) {
        if (WATCHER != null && to != null) {
            WATCHER.visited(from, event, to);
        }
        return Optional.ofNullable(to);
    }
}

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

import io.carillon.jobs.model.TransitionWatcher;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The transitions that the tests of this module have visited so far. Thread-safe. */
public final class VisitedTransitions implements TransitionWatcher {

    static final Set<String> VISITED = ConcurrentHashMap.newKeySet();

    @Override
    public void visited(Enum<?> from, Enum<?> event, Enum<?> to) {
        VISITED.add(name(from, event, to));
    }

    static String name(Enum<?> from, Enum<?> event, Enum<?> to) {
        return from.getDeclaringClass().getEnclosingClass().getSimpleName() + ": " + from + " --" + event + "--> " + to;
    }
}

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
package io.carillon.messages.relay;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Lets one piece of work per key through at a time, in the order of arrival; work without a key is not held up. Not
 * thread-safe: for one thread, or guarded by its owner.
 *
 * @param <T> the work
 */
public final class KeyLanes<T> {

    /** Those that wait behind the one of their key that was let through. */
    private final Map<String, ArrayDeque<T>> lanes = new HashMap<>();

    /** True when the work may begin at once; otherwise it waits here until {@link #leave} hands it out. */
    public boolean enter(String key, T work) {
        if (key.isEmpty()) {
            return true;
        }
        ArrayDeque<T> waiting = lanes.get(key);
        if (waiting == null) {
            lanes.put(key, new ArrayDeque<>());
            return true;
        }
        waiting.add(work);
        return false;
    }

    /** The work of a key that was let through is done; the one that may begin now, or null. */
    public @Nullable T leave(String key) {
        ArrayDeque<T> waiting = lanes.get(key);
        if (waiting == null) {
            return null;
        }
        T next = waiting.poll();
        if (next == null) {
            lanes.remove(key);
        }
        return next;
    }

    /** Forgets all. */
    public void clear() {
        lanes.clear();
    }
}

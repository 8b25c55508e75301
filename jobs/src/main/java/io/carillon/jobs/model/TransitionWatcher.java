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

import java.util.ServiceLoader;

/**
 * Is told of each transition of the engine's state machines, where one is registered for {@link ServiceLoader} beside this
 * class: tests find out in this way which transitions they visit. In production there is none, which costs nothing.
 * Thread-safe.
 */
public interface TransitionWatcher {

    /** A machine went from a state to a state. */
    void visited(Enum<?> from, Enum<?> event, Enum<?> to);
}

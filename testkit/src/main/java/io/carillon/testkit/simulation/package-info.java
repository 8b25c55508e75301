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
/**
 * A cluster in one thread: engines with their production code, virtual time, an in-memory registry, faults drawn from a
 * seed, and invariants that are looked at after every event. Open {@link io.carillon.testkit.simulation.EngineSimulation}
 * first; {@link io.carillon.testkit.simulation.VirtualWorld} knows nothing of jobs and may carry other things that talk
 * over a network.
 */
@NullMarked
package io.carillon.testkit.simulation;

import org.jspecify.annotations.NullMarked;

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
package io.carillon.testkit.simulation;

import java.util.Map;

/**
 * What a history was like. Immutable.
 *
 * @param events how many steps it took
 * @param faults how many faults of each kind were injected
 * @param ran how many firings of items were run, at their time or a little later
 * @param excuses how many were not, by reason
 * @param takenOver how many items were run again after a failover
 * @param runAgain how many firings of an item were begun a second time, under a larger fence, after the first claim was lost
 * @param rerun how many failed items were run again by command
 * @param requested how many items were run for requests
 * @param saves how many checkpoints were saved
 */
public record SimulationReport(
        long seed,
        int events,
        Map<FaultKind, Integer> faults,
        int ran,
        Map<String, Integer> excuses,
        int takenOver,
        int runAgain,
        int rerun,
        int requested,
        int saves) {

    public SimulationReport {
        faults = Map.copyOf(faults);
        excuses = Map.copyOf(excuses);
    }

    public int allFaults() {
        return faults.values().stream().mapToInt(Integer::intValue).sum();
    }

    /** How many firings of items were not run, for whatever reason. */
    public int excused() {
        return excuses.values().stream().mapToInt(Integer::intValue).sum();
    }
}

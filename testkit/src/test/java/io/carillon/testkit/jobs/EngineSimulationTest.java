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

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class EngineSimulationTest {

    /** {@code -Dcarillon.seeds=N} plays N histories, {@code -Dcarillon.seed=S} only that one. */
    @Test
    void everyHistoryKeepsTheInvariants() {
        Long only = Long.getLong("carillon.seed");
        if (only != null) {
            System.out.println(new EngineSimulation(only).run());
            return;
        }
        int seeds = Integer.getInteger("carillon.seeds", 200);
        int faults = 0;
        int firings = 0;
        for (long seed = 1; seed <= seeds; seed++) {
            EngineSimulation.Report report = new EngineSimulation(seed).run();
            if (Boolean.getBoolean("carillon.reports")) {
                System.out.println(report);
            }
            faults += report.faults();
            firings += report.firings();
        }
        System.out.println(seeds + " histories with " + faults + " faults; " + firings + " firings watched after them");
        assertThat(firings).isGreaterThanOrEqualTo(seeds * 4);
    }

    @Test
    void aSeedPlaysTheSameHistoryAgain() {
        assertThat(new EngineSimulation(42).run()).isEqualTo(new EngineSimulation(42).run());
    }
}

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

import io.carillon.jobs.execution.DistributeOnceListener;
import org.jspecify.annotations.Nullable;

/**
 * What the instances of simulated jobs meet for: it tells the history that plays on this thread. Registered as a service, as
 * users register theirs. Thread-safe.
 */
public final class SimulatedMeeting extends DistributeOnceListener {

    static final String TYPE = "CARILLON_SIMULATION";

    private static final ThreadLocal<@Nullable EngineSimulation> PLAYING = new ThreadLocal<>();

    /** Made by {@link java.util.ServiceLoader}. */
    public SimulatedMeeting() {}

    /** The history that this thread plays from now on; null: none. */
    static void plays(@Nullable EngineSimulation simulation) {
        PLAYING.set(simulation);
    }

    @Override
    public String type() {
        return TYPE;
    }

    @Override
    public void beforeFirstItem(Firing here) {
        tell(here, false);
    }

    @Override
    public void afterLastItem(Firing here) {
        tell(here, true);
    }

    private static void tell(Firing here, boolean after) {
        EngineSimulation simulation = PLAYING.get();
        if (simulation != null) {
            simulation.invariants().met(here.jobName(), here.scheduledTime(), after);
        }
    }
}

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

import io.carillon.jobs.execution.ItemRun;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Keeps account of checkpoints: what an owner has saved is what the next one finds, and an owner that has been followed by
 * another saves nothing any more. One thread at a time.
 */
final class CheckpointLedger {

    private final EngineSimulation simulation;
    private final Map<String, Kept> kept = new HashMap<>();
    private int saves;

    /** What is known of an item's checkpoint. */
    private static final class Kept {
        /** The largest fence under which it was loaded. */
        private long loadedBy;
        /** What it may be: the text saved last, and those of which nobody knows whether they were saved since. */
        private final Set<@Nullable String> possible = new HashSet<>();

        private Kept() {
            possible.add(null);
        }
    }

    CheckpointLedger(EngineSimulation simulation) {
        this.simulation = simulation;
    }

    int saves() {
        return saves;
    }

    private Kept of(ItemRun run) {
        return kept.computeIfAbsent(
                run.order().configuration().getJobName() + " item "
                        + run.order().item(),
                item -> new Kept());
    }

    void loaded(ItemRun run, @Nullable String text) {
        Kept item = of(run);
        if (!item.possible.contains(text)) {
            simulation.fail(Invariants.text(run) + " finds the checkpoint '" + text + "' (expected: one of "
                    + item.possible + ")");
        }
        item.possible.clear();
        item.possible.add(text);
        item.loadedBy = Math.max(item.loadedBy, run.order().claim().fence());
    }

    /** A save was answered. */
    void saved(ItemRun run, @Nullable String text) {
        Kept item = of(run);
        if (item.loadedBy > run.order().claim().fence()) {
            simulation.fail(Invariants.text(run) + " saves the checkpoint '" + text
                    + "', although a newer owner, with fence " + item.loadedBy + ", has it");
        }
        saves++;
        item.possible.clear();
        item.possible.add(text);
    }

    /** A save was not answered, or refused: it may have been made, or was not. */
    void unsure(ItemRun run, @Nullable String text) {
        Kept item = of(run);
        if (item.loadedBy <= run.order().claim().fence()) {
            item.possible.add(text);
        }
    }
}

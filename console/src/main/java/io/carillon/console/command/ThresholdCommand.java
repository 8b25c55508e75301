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
package io.carillon.console.command;

import io.carillon.console.access.Role;
import io.carillon.console.command.Command.By;
import io.carillon.console.command.Command.Done;
import java.util.Map;

/** What administrators do with the thresholds of health. The audit keeps all of them before and after. */
public sealed interface ThresholdCommand extends ConsoleCommand {
    Thresholds thresholds();

    @Override
    default Role role() {
        return Role.ADMIN;
    }

    @Override
    default String target() {
        return "carillon.health";
    }

    @Override
    default boolean concernsJobs() {
        return true;
    }

    @Override
    default String before() {
        return Thresholds.text(thresholds().look().now());
    }

    /**
     * Changes some.
     *
     * @param wanted values by names such as {@code late-after}
     * @param version what the change was made from
     */
    record Change(Thresholds thresholds, Map<String, String> wanted, int version) implements ThresholdCommand {
        public Change {
            wanted = Map.copyOf(wanted);
        }

        @Override
        public String name() {
            return "set-thresholds";
        }

        @Override
        public Done run(By by) {
            return Done.of("done.set-thresholds").now(Thresholds.text(thresholds.change(wanted, version)));
        }
    }

    /** What the properties say holds again. */
    record Reset(Thresholds thresholds) implements ThresholdCommand {
        @Override
        public String name() {
            return "reset-thresholds";
        }

        @Override
        public Done run(By by) {
            return Done.of("done.reset-thresholds").now(Thresholds.text(thresholds.reset()));
        }
    }
}

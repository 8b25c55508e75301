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

import io.carillon.console.ConsoleCluster;
import io.carillon.console.access.Role;
import io.carillon.jobs.TypedJob;
import io.carillon.jobs.operations.RegistryTree;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What administrators do to a node of the registry. The audit keeps what it held, without secrets. */
public sealed interface RegistryCommand extends Command {
    /** Which node. */
    String path();

    /** The version of it that was looked at. */
    int version();

    @Override
    default Role role() {
        return Role.ADMIN;
    }

    @Override
    default @Nullable String jobName() {
        return null;
    }

    @Override
    default String target() {
        return path();
    }

    @Override
    default boolean needsReason() {
        return true;
    }

    @Override
    default @Nullable String before(ConsoleCluster in) {
        return in.tree()
                .look(path(), "", 1)
                .map(seen -> RegistryTree.masked(seen.text()))
                .orElse(null);
    }

    /** Replaces what a node holds. */
    record Write(String cluster, String path, String text, int version) implements RegistryCommand {
        @Override
        public String name() {
            return "write-node";
        }

        @Override
        public List<String> newPrograms(ConsoleCluster in) {
            Set<String> present = in.tree()
                    .look(path(), "", 1)
                    .map(seen -> commandLines(seen.text()))
                    .orElse(Set.of());
            return present.containsAll(commandLines(text)) ? List.of() : List.of(path);
        }

        private static Set<String> commandLines(String text) {
            return text.lines()
                    .filter(line -> line.contains(TypedJob.COMMAND_LINE))
                    .map(String::strip)
                    .collect(Collectors.toSet());
        }

        @Override
        public Done run(ConsoleCluster in, By by) {
            int stored = in.tree().write(path, text, version);
            return Done.of("done.write-node", path, stored).now(RegistryTree.masked(text));
        }
    }

    /** Deletes a node that has no children. */
    record Delete(String cluster, String path, int version) implements RegistryCommand {
        @Override
        public String name() {
            return "delete-node";
        }

        @Override
        public Done run(ConsoleCluster in, By by) {
            in.tree().delete(path, version);
            return Done.of("done.delete-node", path);
        }
    }
}

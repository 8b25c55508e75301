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
package io.carillon.console;

import io.carillon.jobs.operations.JobCommands;
import io.carillon.jobs.operations.JobQueries;
import io.carillon.jobs.operations.RegistryTree;
import java.util.regex.Pattern;

/**
 * One namespace of one registry, as the console shows it. Immutable.
 *
 * @param name unique in a console and part of its addresses: letters, digits, {@code . _ -}, at most 64
 * @param queries what the pages ask; may throw when the registry does not answer, the page then says so
 * @param commands what people may do
 * @param tree the registry node by node
 * @param readOnly whether nothing can be changed in it from here
 */
public record ConsoleCluster(
        String name, JobQueries queries, JobCommands commands, RegistryTree tree, boolean readOnly) {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

    public ConsoleCluster {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("cluster name: '" + name
                    + "' (expected: 1 to 64 of letters, digits, '.', '_', '-', a letter or digit first)."
                    + " The name is part of the console's addresses; choose another.");
        }
    }

    /** One that can be changed. */
    public ConsoleCluster(String name, JobQueries queries, JobCommands commands, RegistryTree tree) {
        this(name, queries, commands, tree, false);
    }

    /** One whose registry cannot be looked at node by node. */
    public ConsoleCluster(String name, JobQueries queries, JobCommands commands) {
        this(name, queries, commands, RegistryTree.none());
    }
}

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
import org.jspecify.annotations.Nullable;

/** One thing that somebody asks for that concerns no cluster; otherwise as {@link Command}. Immutable. */
public interface ConsoleCommand {
    /** What it is called in addresses, in the audit and in the text {@code command.<name>}. */
    String name();

    /** Who may do it: who has this role everywhere. */
    Role role();

    /** What it is done to, in the audit's words. */
    String target();

    /** Whether somebody must say why. */
    default boolean needsReason() {
        return false;
    }

    /** Whether what pages show of jobs is other by that. */
    default boolean concernsJobs() {
        return false;
    }

    /** What will be changed, as it is now, for the audit; null when there is nothing to keep. */
    default @Nullable String before() {
        return null;
    }

    /** Does it. What it throws is said to who asked; see {@link Commands}. */
    Done run(By by);
}

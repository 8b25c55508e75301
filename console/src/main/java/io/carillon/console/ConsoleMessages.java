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

import io.carillon.messages.directory.Directory;
import io.carillon.messages.directory.DirectoryEdits;
import io.carillon.messages.operations.MessageOperations;
import io.carillon.messages.recovery.ParkedCommands;
import org.jspecify.annotations.Nullable;

/**
 * A message store in which people can look and command. Immutable.
 *
 * @param operations its messages; its commands are null where it is only read
 * @param directory who sends and receives what, as the store knows it; null where that is not known here
 * @param edits how the directory is edited; null where it is only read
 * @param parked what its service received and could not handle; null where that is not known here
 */
public record ConsoleMessages(
        MessageOperations operations,
        @Nullable Directory directory,
        @Nullable DirectoryEdits edits,
        @Nullable ParkedCommands parked) {

    /** The store's name. */
    public String store() {
        return operations.store();
    }
}

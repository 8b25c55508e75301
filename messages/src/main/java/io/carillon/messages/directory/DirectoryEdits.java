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
package io.carillon.messages.directory;

import io.carillon.messages.directory.Directory.Name;
import io.carillon.messages.directory.Directory.Status;
import io.carillon.messages.directory.LiveDirectory.Edited;
import org.jspecify.annotations.Nullable;

/** How people edit a directory so that all services hear of it: {@link LiveDirectory#edit}. Thread-safe. */
@FunctionalInterface
public interface DirectoryEdits {

    /**
     * Edits an entry; it holds over every edit before.
     *
     * @param detail the new detail, or null to leave it
     * @param who is kept with the entry
     * @return the entry before and after
     */
    Edited edit(Name name, Status status, @Nullable String detail, String who, String reason);
}

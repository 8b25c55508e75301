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

import io.carillon.messages.operations.MessageCommands;
import io.carillon.messages.operations.MessageSearch;
import java.util.function.Supplier;

/**
 * A message store in depth: search, and what people can do. Immutable.
 *
 * @param store its name, as in {@link ConsoleSources}
 * @param search given when it is asked for, since a store may be away; then it throws
 * @param commands the same
 * @param readOnly whether only dry runs may be asked of the commands
 */
public record ConsoleMessages(
        String store, Supplier<MessageSearch> search, Supplier<MessageCommands> commands, boolean readOnly) {}

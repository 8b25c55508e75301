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
package io.carillon.spring.central;

import io.carillon.console.ConsoleMessages;
import io.carillon.messages.operations.MessageOperations;
import io.carillon.messages.recovery.ParkedCommands;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The message stores that the console shows, for the HTTP interface. Immutable. */
record StoresOfConsole(List<ConsoleMessages> shown) implements MessageStores {

    @Override
    public List<MessageOperations> stores() {
        return shown.stream().map(ConsoleMessages::operations).toList();
    }

    @Override
    public Map<String, ParkedCommands> parked() {
        Map<String, ParkedCommands> parked = new LinkedHashMap<>();
        for (ConsoleMessages each : shown) {
            ParkedCommands commands = each.parked();
            if (commands != null) {
                parked.put(each.store(), commands);
            }
        }
        return parked;
    }
}

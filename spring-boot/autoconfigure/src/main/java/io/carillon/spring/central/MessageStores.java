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

import io.carillon.messages.operations.MessageOperations;
import io.carillon.messages.recovery.ParkedCommands;
import java.util.List;
import java.util.Map;

/** More message stores for the HTTP interface than the own one: in the centre, those of the services. Thread-safe. */
public interface MessageStores {

    /** The stores, each under a name of its own. */
    List<MessageOperations> stores();

    /** By the stores' names: what their services received and could not handle. */
    Map<String, ParkedCommands> parked();
}

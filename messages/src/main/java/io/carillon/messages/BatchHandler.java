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
package io.carillon.messages;

import java.util.List;

/** Handles received messages many at a time, in one transaction. Called by several threads. */
@FunctionalInterface
public interface BatchHandler {

    /**
     * Applies the effect of all messages. Runs in the transaction that also holds their inbox rows: when it throws, nothing
     * of any of them is kept, and each is handed over again alone, so that one bad message holds up no other.
     *
     * @param messages at least one; none has been handled before
     */
    void handle(List<ReceivedMessage> messages) throws Exception;
}

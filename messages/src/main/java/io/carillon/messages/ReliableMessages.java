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

import io.carillon.messages.model.MessageId;

/**
 * Sends messages that are delivered if and only if the caller's transaction commits. Thread-safe.
 *
 * <p>Delivery is at least once, or the message ends in state DEAD, where people see it. The effect is once where the
 * handler's writes share the inbox's transaction.
 */
public interface ReliableMessages {

    /**
     * Writes the message into the caller's transaction. It is sent right after the commit, never before, and never after a
     * rollback; nothing remote happens in this call.
     *
     * @return the message's id, also for the receivers
     * @throws IllegalStateException when no transaction is open: nothing was written
     * @throws InvalidMessageException when the message cannot be sent as it is: nothing was written
     */
    MessageId send(Message message);
}

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

/** A user's code for received messages. */
@FunctionalInterface
public interface MessageHandler {

    /**
     * Applies the effect of one message, inside a transaction that also holds the inbox row: both commit or neither.
     *
     * <p>Not called again for a message whose transaction committed, however often it arrives.
     *
     * @throws Exception the transaction is rolled back, and the message comes again after a while
     */
    void handle(ReceivedMessage message) throws Exception;
}

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

/** Which order the messages of one topic and key keep among themselves (design: guarantee G5). */
public enum Ordering {
    /** None: the default, and the fastest. */
    NONE,
    /**
     * Messages of a key go through one queue or partition of the broker, in the order in which this node committed them. One
     * that has to be sent again may come after a later one; writers on two nodes are not ordered among themselves.
     */
    KEY_RELAXED,
    /**
     * A message is handed to the broker only when the one before it is acknowledged, on whatever node either was written.
     * Writers of one key wait for each other's commit, from {@code send} on: that is what the order is made of. A message
     * that is DEAD holds up those behind it, unless the service is set to go on ({@code
     * MessageServiceOptions.deadKeys}).
     */
    KEY_STRICT
}

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
package io.carillon.messages.operations;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The port by which people see how far consumer groups are behind the messages of one store. Reads only. Thread-safe. */
public interface GroupLags {

    /** One for each group with outstanding confirmations of messages that the broker has; in the order of the groups. */
    List<Lag> lags();

    /**
     * How far a group is behind. Immutable.
     *
     * @param outstanding how many messages the broker has and the group has not confirmed
     * @param oldest when the broker took the oldest of them
     */
    record Lag(String group, long outstanding, @Nullable Instant oldest) {}
}

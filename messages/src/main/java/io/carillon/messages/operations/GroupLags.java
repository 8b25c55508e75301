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

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The port by which people see how far consumer groups are behind the messages of one store. Reads only. Thread-safe. */
public interface GroupLags {

    /** How long after the broker took a message a confirmation is overdue, for people who look. */
    Duration OVERDUE = Duration.ofHours(1);

    /** How many of the newest confirmations {@link #lastConfirmed} looks at. */
    int MOST_CONFIRMATIONS = 20_000;

    /**
     * One for each group with outstanding confirmations of messages that the broker has; in the order of the groups.
     *
     * @param overdueBefore what the broker took before this time, and is not confirmed yet, is overdue
     */
    List<Lag> lags(Instant overdueBefore);

    /**
     * When each group last confirmed, as far as the {@link #MOST_CONFIRMATIONS} confirmations of the newest messages tell; what
     * was waived does not count.
     */
    Map<String, Instant> lastConfirmed();

    /**
     * How far a group is behind. Immutable.
     *
     * @param outstanding how many messages the broker has and the group has not confirmed
     * @param oldest when the broker took the oldest of them
     * @param overdue how many of them it took before the time that was asked for
     */
    record Lag(String group, long outstanding, @Nullable Instant oldest, long overdue) {}
}

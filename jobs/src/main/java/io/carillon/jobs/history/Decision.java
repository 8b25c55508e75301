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
package io.carillon.jobs.history;

import io.carillon.jobs.model.WhyNot;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/**
 * What an instance decided about due firings that did not run, or wait: one reason, over as many firings as it held for.
 * Immutable. A later record of the same id replaces an earlier one.
 *
 * @param id unique to the reason's spell
 * @param item the sharding item, or {@link #ALL}
 * @param instance whose decision it is, as printed by {@code InstanceId}
 * @param reason why
 * @param arguments what the reason says it has, as texts; instants in ISO form
 * @param firstDue the planned time of the first firing it is about
 * @param lastDue the planned time of the last firing it is about
 * @param firings how many firings it is about
 * @param from when it was first found
 * @param to when it was last found
 * @param ended whether it holds no more
 */
public record Decision(
        UUID id,
        String jobName,
        int item,
        String instance,
        WhyNot reason,
        List<String> arguments,
        Instant firstDue,
        Instant lastDue,
        long firings,
        Instant from,
        Instant to,
        boolean ended) {

    /** The item number that stands for the whole firing. */
    public static final int ALL = -1;

    /** A spell that goes on is written anew after this time, and then whenever it has become twice as long. */
    private static final Duration FIRST_REFRESH = Duration.ofSeconds(10);

    private static final Duration LONGEST_REFRESH = Duration.ofHours(1);

    public Decision {
        arguments = List.copyOf(arguments);
    }

    /** When a spell that goes on is written anew. */
    public Instant nextRefresh() {
        Duration age = Duration.between(from, to);
        Duration wait = age.compareTo(FIRST_REFRESH) < 0 ? FIRST_REFRESH : age;
        return to.plus(wait.compareTo(LONGEST_REFRESH) > 0 ? LONGEST_REFRESH : wait);
    }

    /**
     * Whether it is about a firing. One that has not ended speaks for what comes after its last firing, too, until it is due
     * to be written anew: a change would have been written at once.
     */
    public boolean isAbout(Instant due) {
        return !due.isBefore(firstDue) && (!due.isAfter(lastDue) || (!ended && !due.isAfter(nextRefresh())));
    }

    /** The reason as an English sentence. */
    public String text() {
        return reason.text(arguments);
    }
}

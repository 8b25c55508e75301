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
package io.carillon.console.screen.timeline;

import io.carillon.console.ask.Answer;
import io.carillon.jobs.history.RunRecord;
import io.carillon.jobs.operations.Explanation;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the timeline shows. Immutable.
 *
 * @param range the chosen length, as in the address
 * @param to the end; the page follows the time when none was chosen
 * @param follows whether the end is now
 */
public record TimelineView(
        String jobName, String range, Instant from, Instant to, boolean follows, Answer<Explanation> told) {
    /** The lengths that can be chosen. */
    public static final List<String> RANGES = List.of("15m", "1h", "6h", "1d", "7d", "30d");

    /**
     * A part of a lane.
     *
     * @param state a key of a text and a style
     * @param started when it began to run, or null
     * @param ended when it ended, or null while it runs or where it did not
     */
    public record Bar(
            int item,
            String state,
            boolean planned,
            Instant due,
            @Nullable Instant started,
            @Nullable Instant ended,
            String instance,
            @Nullable RunRecord run,
            Explanation.Item told) {

        /** How long it waited after its planned time; null while it waits or where it did not run. */
        public @Nullable Duration waited() {
            return started == null || started.isBefore(due) ? null : Duration.between(due, started);
        }
    }

    static Bar bar(Explanation.Firing firing, Explanation.Item item) {
        RunRecord run = item.run();
        String state = run != null ? run.outcome().name() : item.state().name();
        String instance = run != null ? run.instance() : item.runningOn() == null ? "" : item.runningOn();
        return new Bar(
                item.item(),
                state,
                firing.planned(),
                firing.due(),
                run == null ? null : run.started(),
                run == null ? null : run.ended(),
                instance,
                run,
                item);
    }

    /** All parts, latest first. */
    public List<Bar> bars() {
        return told instanceof Answer.Known<Explanation> known
                ? known.value().firings().stream()
                        .flatMap(firing -> firing.items().stream().map(item -> bar(firing, item)))
                        .sorted((one, other) -> other.due().compareTo(one.due()) != 0
                                ? other.due().compareTo(one.due())
                                : Integer.compare(one.item(), other.item()))
                        .toList()
                : List.of();
    }
}

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
import io.carillon.jobs.history.RunRecord.Source;
import io.carillon.jobs.operations.Explanation;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the timeline shows. Immutable.
 *
 * @param range the chosen length, as in the address
 * @param to the end; the page follows the time when none was chosen
 * @param follows whether the end is now
 * @param all whether the whole table is shown, not only the latest of it
 * @param bars all parts, latest first
 */
public record TimelineView(
        String jobName,
        String range,
        Instant from,
        Instant to,
        boolean follows,
        boolean all,
        Answer<Explanation> told,
        List<Bar> bars) {
    /** The lengths that can be chosen. */
    public static final List<String> RANGES = List.of("15m", "1h", "6h", "1d", "7d", "30d");

    /** How many parts are drawn and told at most; of more, the latest. */
    public static final int MOST_BARS = 2_000;

    /** How many rows the table shows unless all are wanted. */
    public static final int ROWS = 100;

    private static final Comparator<Bar> LATEST_FIRST =
            Comparator.comparing(Bar::due).reversed().thenComparing(Bar::item);

    /**
     * A part of a lane.
     *
     * @param state a key of a text and a style
     * @param started when it began to run, or null
     * @param ended when it ended, or null while it runs or where it did not
     * @param movedFrom who ran the item before, where that was another instance; else null
     * @param run the run behind it; for what was lost with its instance, the one that took over; null where there is none
     */
    public record Bar(
            int item,
            String state,
            boolean planned,
            Instant due,
            @Nullable Instant started,
            @Nullable Instant ended,
            String instance,
            @Nullable String movedFrom,
            @Nullable RunRecord run,
            Explanation.Item told) {

        /** How long it waited after its planned time; null while it waits or where it did not run. */
        public @Nullable Duration waited() {
            return started == null || started.isBefore(due) ? null : Duration.between(due, started);
        }

        /** Whether its time has not come. */
        public boolean isToCome() {
            return told.state() == Explanation.State.NOT_DUE;
        }

        /** Whether what should have run was lost with its instance, and another has taken over. */
        public boolean isLost() {
            return state.equals(LOST);
        }

        /** Whether it is the run that took over what was lost with an instance. */
        public boolean isTakeover() {
            return !isLost() && run != null && run.source() == Source.FAILOVER;
        }

        /** The attempts before the last, first to last. */
        public List<RunRecord> earlier() {
            return isLost() ? List.of() : told.earlier();
        }
    }

    private static final String LOST = "LOST";

    private static Bar bar(Explanation.Firing firing, Explanation.Item item, @Nullable String before) {
        RunRecord run = item.run();
        if (run == null) {
            return new Bar(
                    item.item(),
                    item.state().name(),
                    firing.planned(),
                    firing.due(),
                    null,
                    null,
                    item.runningOn() == null ? "" : item.runningOn(),
                    before == null || item.runningOn() == null || before.equals(item.runningOn()) ? null : before,
                    null,
                    item);
        }
        boolean lost = run.source() == Source.FAILOVER && !run.scheduledTime().equals(firing.due());
        return new Bar(
                item.item(),
                lost ? LOST : run.outcome().name(),
                firing.planned(),
                firing.due(),
                run.started(),
                run.ended(),
                run.instance(),
                lost || before == null || before.equals(run.instance()) ? null : before,
                run,
                item);
    }

    /** The parts of what was told, latest first. */
    static List<Bar> barsOf(Answer<Explanation> answer) {
        return answer instanceof Answer.Known<Explanation> known ? barsOf(known.value()) : List.of();
    }

    private static List<Bar> barsOf(Explanation told) {
        Map<Integer, String> ranBy = new HashMap<>();
        List<Bar> bars = new ArrayList<>();
        told.firings().stream()
                .sorted(Comparator.comparing(Explanation.Firing::due))
                .forEach(firing -> firing.items().forEach(item -> {
                    Bar bar = bar(firing, item, ranBy.get(item.item()));
                    bars.add(bar);
                    if (!bar.instance().isEmpty() && !bar.isLost()) {
                        ranBy.put(item.item(), bar.instance());
                    }
                }));
        return bars.stream().sorted(LATEST_FIRST).toList();
    }

    /** What has come, latest first, as much as is drawn. */
    public List<Bar> past() {
        return bars.stream().filter(bar -> !bar.isToCome()).limit(MOST_BARS).toList();
    }

    /** What is to come, next first, as much as is drawn. */
    public List<Bar> toCome() {
        List<Bar> later = bars.stream().filter(Bar::isToCome).toList();
        return later.stream()
                .sorted(Comparator.comparing(Bar::due).thenComparing(Bar::item))
                .limit(MOST_BARS)
                .toList();
    }

    /** Whether there are more parts than are drawn and told. */
    public boolean isCut() {
        return bars.stream().filter(bar -> !bar.isToCome()).count() > MOST_BARS
                || bars.stream().filter(Bar::isToCome).count() > MOST_BARS;
    }

    /** The rows of {@link #past} that the table shows. */
    public List<Bar> shown() {
        List<Bar> past = past();
        return all ? past : past.subList(0, Math.min(ROWS, past.size()));
    }

    /** Those that it does not show, and that are drawn all the same. */
    public List<Bar> hidden() {
        List<Bar> past = past();
        return past.subList(shown().size(), past.size());
    }
}

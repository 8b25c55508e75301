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
package io.carillon.console;

import io.carillon.jobs.history.Decision;
import io.carillon.jobs.history.RunRecord;
import io.carillon.jobs.history.RunRecord.Outcome;
import io.carillon.jobs.history.RunRecord.Source;
import io.carillon.jobs.model.WhyNot;
import io.carillon.jobs.operations.Explanation;
import io.carillon.jobs.operations.Explanation.Firing;
import io.carillon.jobs.operations.Explanation.Item;
import io.carillon.jobs.operations.Explanation.State;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * An hour of credit-points with three shards, every ten minutes: retried, moved, lost with its instance and taken over, passed
 * by, running, owed, to come.
 */
final class TimelineSample {
    static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

    private TimelineSample() {}

    static RunRecord run(
            int item,
            String instance,
            Source source,
            Instant due,
            int late,
            int seconds,
            Outcome outcome,
            int attempt) {
        return new RunRecord(
                new UUID(item, due.getEpochSecond() * 10 + attempt),
                "credit-points",
                item,
                instance,
                4_294_967_301L,
                source,
                due,
                due.plusSeconds(late),
                due.plusSeconds(late + seconds),
                outcome,
                1_250L * item,
                outcome == Outcome.SUCCEEDED
                        ? null
                        : "java.lang.IllegalStateException: points of customer 77 are locked since 10:02\n"
                                + "\tat com.example.points.Ledger.credit(Ledger.java:88)\n",
                attempt,
                "region=eu",
                item == 2 ? "" : "Beijing",
                item == 0 ? TRACE : null);
    }

    private static Item ran(RunRecord run, RunRecord... earlier) {
        return new Item(run.shardingItem(), State.RAN, run, null, List.of(), List.of(earlier));
    }

    private static Decision why(WhyNot reason, int item, Instant due, Object... arguments) {
        return new Decision(
                new UUID(9, item),
                "credit-points",
                item,
                Samples.TWO,
                reason,
                java.util.stream.Stream.of(arguments).map(String::valueOf).toList(),
                due,
                due,
                1,
                due,
                due,
                true);
    }

    static Explanation hour() {
        Instant now = Samples.NOW;
        List<Firing> firings = new ArrayList<>();
        for (int minutes = 60; minutes > 0; minutes -= 10) {
            Instant due = now.minus(Duration.ofMinutes(minutes));
            String second = minutes > 40 ? Samples.ONE : Samples.TWO;
            List<Item> items = new ArrayList<>();
            items.add(
                    minutes == 50
                            ? ran(
                                    run(0, Samples.ONE, Source.NORMAL_TRIGGER, due, 190, 60, Outcome.SUCCEEDED, 3),
                                    run(0, Samples.ONE, Source.NORMAL_TRIGGER, due, 2, 60, Outcome.RETRIED, 1),
                                    run(0, Samples.ONE, Source.NORMAL_TRIGGER, due, 92, 60, Outcome.RETRIED, 2))
                            : ran(run(
                                    0,
                                    Samples.ONE,
                                    Source.NORMAL_TRIGGER,
                                    due,
                                    minutes == 20 ? 120 : 1,
                                    150,
                                    minutes == 30 ? Outcome.FAILED : Outcome.SUCCEEDED,
                                    1)));
            if (minutes == 30) {
                // cut by a crash, taken over two minutes later
                RunRecord takeover =
                        run(1, Samples.ONE, Source.FAILOVER, due.plusSeconds(120), 0, 200, Outcome.SUCCEEDED, 1);
                items.add(ran(takeover));
                firings.add(new Firing(due.plusSeconds(120), false, List.of(ran(takeover))));
            } else if (minutes == 10) {
                items.add(new Item(1, State.PASSED, null, null, List.of(why(WhyNot.MISFIRE_OFF, 1, due, due))));
            } else {
                items.add(ran(run(
                        1,
                        second,
                        Source.NORMAL_TRIGGER,
                        due,
                        1,
                        240,
                        minutes == 20 ? Outcome.TIMED_OUT : Outcome.SUCCEEDED,
                        1)));
            }
            items.add(
                    minutes == 10
                            ? new Item(2, State.RUNNING, null, Samples.TWO, List.of())
                            : minutes == 60
                                    ? new Item(2, State.UNKNOWN, null, null, List.of())
                                    : ran(run(
                                            2,
                                            Samples.TWO,
                                            Source.NORMAL_TRIGGER,
                                            due,
                                            1,
                                            400,
                                            minutes == 40 ? Outcome.INTERRUPTED : Outcome.SUCCEEDED,
                                            1)));
            firings.add(new Firing(due, true, items));
        }
        firings.add(new Firing(
                now,
                true,
                List.of(new Item(0, State.WAITING, null, null, List.of(why(WhyNot.STILL_RUNNING, 0, now))))));
        for (int item = 0; item < 3; item++) {
            firings.add(new Firing(
                    now.plusSeconds(300 + item), true, List.of(new Item(item, State.NOT_DUE, null, null, List.of()))));
        }
        return new Explanation("credit-points", firings, List.of(), true);
    }

    /** The runs of that hour. */
    static List<RunRecord> runs() {
        List<RunRecord> runs = new ArrayList<>();
        hour().firings().forEach(firing -> firing.items().forEach(item -> {
            runs.addAll(item.earlier());
            if (item.run() != null && !runs.contains(item.run())) {
                runs.add(item.run());
            }
        }));
        return runs.stream()
                .sorted(java.util.Comparator.comparing(RunRecord::started).reversed())
                .toList();
    }
}

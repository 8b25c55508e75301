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
package io.carillon.jobs.operations;

import io.carillon.jobs.history.Decision;
import io.carillon.jobs.history.RunRecord;
import io.carillon.jobs.history.RunRecord.Source;
import io.carillon.jobs.model.WhyNot;
import io.carillon.jobs.operations.Explanation.Firing;
import io.carillon.jobs.operations.Explanation.Item;
import io.carillon.jobs.operations.Explanation.State;
import io.carillon.jobs.scheduling.CronSchedule;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Says what became of firings, from what is on record and what is seen now. Pure. */
final class ExplainFirings {

    /** How many firings are told at once. */
    static final int MOST_FIRINGS = 1_000;

    private ExplainFirings() {}

    /**
     * What is known.
     *
     * @param schedule the present one; null for a job that runs when triggered
     * @param items how many the job has now
     * @param owners the present owner by item, where there is one
     * @param running who runs what now, by item
     * @param runs the runs planned in the slot, in any order
     * @param decisions those about the slot, in any order
     * @param cut whether there may be more runs or decisions than these
     */
    record Facts(
            String jobName,
            @Nullable CronSchedule schedule,
            int items,
            Map<Integer, String> owners,
            Map<Integer, String> running,
            List<RunRecord> runs,
            List<Decision> decisions,
            boolean cut) {}

    /**
     * Explains a slot.
     *
     * @param from inclusive
     * @param to inclusive
     */
    static Explanation of(Facts facts, Instant from, Instant to, Instant now) {
        SortedSet<Instant> planned = planned(facts.schedule, from, to);
        boolean complete = !facts.cut && planned.size() <= MOST_FIRINGS;
        TreeMap<Instant, Boolean> dues = new TreeMap<>();
        planned.stream().limit(MOST_FIRINGS).forEach(due -> dues.put(due, true));
        Instant end = complete || dues.isEmpty() ? to : dues.lastKey();
        TreeSet<Integer> items = new TreeSet<>();
        for (int item = 0; item < facts.items; item++) {
            items.add(item);
        }
        for (RunRecord run : facts.runs) {
            if (!run.scheduledTime().isBefore(from) && !run.scheduledTime().isAfter(end)) {
                dues.putIfAbsent(run.scheduledTime(), false);
                items.add(run.shardingItem());
            }
        }
        List<Firing> firings = new ArrayList<>();
        dues.forEach((due, isPlanned) -> {
            List<Item> told = new ArrayList<>();
            for (int item : items) {
                RunRecord run = run(facts, due, item);
                if (isPlanned && run == null) {
                    run = takeover(facts, due, dues.higherKey(due), item);
                }
                if (run != null || isPlanned) {
                    told.add(item(facts, due, item, run, now));
                }
            }
            firings.add(new Firing(due, isPlanned, told));
        });
        List<Decision> notes = facts.decisions.stream()
                .filter(decision -> decision.reason().kind() == WhyNot.Kind.NOTE)
                .sorted(Comparator.comparing(Decision::from))
                .toList();
        return new Explanation(facts.jobName, markRunning(facts, firings, now), notes, complete);
    }

    private static SortedSet<Instant> planned(@Nullable CronSchedule schedule, Instant from, Instant to) {
        SortedSet<Instant> planned = new TreeSet<>();
        Instant next = schedule == null ? null : schedule.next(from.minusMillis(1));
        while (schedule != null && next != null && !next.isAfter(to) && planned.size() <= MOST_FIRINGS) {
            planned.add(next);
            next = schedule.next(next);
        }
        return planned;
    }

    /** The last run of an item that was planned for that time. */
    private static @Nullable RunRecord run(Facts facts, Instant due, int item) {
        return facts.runs.stream()
                .filter(run -> run.shardingItem() == item && run.scheduledTime().equals(due))
                .max(Comparator.comparing(RunRecord::started))
                .orElse(null);
    }

    /** The attempts at the item in the same firing before its last. */
    private static List<RunRecord> earlier(Facts facts, RunRecord last) {
        return facts.runs.stream()
                .filter(run -> run.shardingItem() == last.shardingItem()
                        && run.scheduledTime().equals(last.scheduledTime())
                        && !run.id().equals(last.id())
                        && !run.started().isAfter(last.started()))
                .sorted(Comparator.comparing(RunRecord::started))
                .toList();
    }

    /** The run that repeated a firing which died with its instance. */
    private static @Nullable RunRecord takeover(Facts facts, Instant due, @Nullable Instant before, int item) {
        return facts.runs.stream()
                .filter(run -> run.source() == Source.FAILOVER
                        && run.shardingItem() == item
                        && !run.scheduledTime().isBefore(due)
                        && (before == null || !run.scheduledTime().isAfter(before)))
                .min(Comparator.comparing(RunRecord::started))
                .orElse(null);
    }

    private static Item item(Facts facts, Instant due, int item, @Nullable RunRecord run, Instant now) {
        if (run == null && due.isAfter(now)) {
            return new Item(item, State.NOT_DUE, null, null, List.of());
        }
        List<Decision> about = about(facts, due, item, now);
        if (run != null) {
            String instance = run.instance();
            List<Decision> late = about.stream()
                    .filter(decision -> decision.instance().equals(instance)
                            && (decision.reason().kind() == WhyNot.Kind.WAITING
                                    || decision.reason() == WhyNot.CLAIM_LOST
                                    || decision.reason() == WhyNot.CLOSED))
                    .toList();
            return new Item(item, State.RAN, run, null, late, earlier(facts, run));
        }
        State state = State.UNKNOWN;
        if (about.stream().anyMatch(decision -> decision.reason().kind() == WhyNot.Kind.PASSED)) {
            state = State.PASSED;
        } else if (about.stream()
                .anyMatch(decision -> decision.reason().kind() == WhyNot.Kind.WAITING
                        && decision.isAbout(due)
                        && !decision.ended()
                        && !now.isAfter(decision.nextRefresh()))) {
            state = State.WAITING;
        } else if (!about.isEmpty()
                && about.stream().allMatch(decision -> decision.reason() == WhyNot.SERVER_DISABLED)) {
            state = State.PASSED;
        }
        return new Item(item, state, null, null, about);
    }

    /** What is on record about an item of a firing, the most telling first. */
    private static List<Decision> about(Facts facts, Instant due, int item, Instant now) {
        List<Decision> about = facts.decisions.stream()
                .filter(decision -> decision.reason().kind() != WhyNot.Kind.NOTE
                        && (decision.item() == item || decision.item() == Decision.ALL)
                        && decision.isAbout(due)
                        && (decision.reason() != WhyNot.MERGED
                                || !due.isAfter(decision.lastDue())
                                || isLaterDue(facts, due, now)))
                .toList();
        String owner = facts.owners.get(item);
        boolean ownerSpeaks = about.stream()
                .anyMatch(decision ->
                        decision.instance().equals(owner) && decision.reason().kind() != WhyNot.Kind.NOT_HERE);
        return about.stream()
                .filter(decision ->
                        !ownerSpeaks || decision.item() == item || Objects.equals(decision.instance(), owner))
                .sorted(Comparator.comparing((Decision decision) -> decision.item() == Decision.ALL)
                        .thenComparing(decision -> rank(decision.reason().kind()))
                        .thenComparing(Decision::from)
                        .thenComparing(Decision::instance))
                .toList();
    }

    /** Whether another firing came due after one: a merging that goes on has reached all but the latest. */
    private static boolean isLaterDue(Facts facts, Instant due, Instant now) {
        Instant next = facts.schedule == null ? null : facts.schedule.next(due);
        return next != null && !next.isAfter(now);
    }

    private static int rank(WhyNot.Kind kind) {
        return switch (kind) {
            case PASSED -> 0;
            case WAITING -> 1;
            case NOT_HERE -> 2;
            case NOTE -> 3;
        };
    }

    /** An item that runs now runs for the latest firing that is due and of which nothing else is on record. */
    private static List<Firing> markRunning(Facts facts, List<Firing> firings, Instant now) {
        List<Firing> marked = new ArrayList<>(firings);
        facts.running.forEach((item, instance) -> {
            for (int i = marked.size() - 1; i >= 0; i--) {
                Firing firing = marked.get(i);
                List<Item> items = new ArrayList<>(firing.items());
                int at = index(items, item);
                if (at < 0 || firing.due().isAfter(now)) {
                    continue;
                }
                State state = items.get(at).state();
                if (state == State.RAN) {
                    return;
                }
                if (state == State.UNKNOWN) {
                    items.set(
                            at,
                            new Item(
                                    item,
                                    State.RUNNING,
                                    null,
                                    instance,
                                    items.get(at).reasons()));
                    marked.set(i, new Firing(firing.due(), firing.planned(), items));
                    return;
                }
            }
        });
        return marked;
    }

    private static int index(List<Item> items, int item) {
        for (int i = 0; i < items.size(); i++) {
            if (items.get(i).item() == item) {
                return i;
            }
        }
        return -1;
    }
}

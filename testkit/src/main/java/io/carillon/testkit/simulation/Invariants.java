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
package io.carillon.testkit.simulation;

import io.carillon.jobs.coordination.JobPaths;
import io.carillon.jobs.execution.ItemRun;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What must always hold, looked at after every event. One thread at a time. */
final class Invariants {

    /** A firing is owed this long; then it must have run, or there must be a reason. */
    private static final Duration OWED = Duration.ofSeconds(4);

    /** How long a switched monitorExecution may go unnoticed. */
    private static final Duration NOTICED = Duration.ofSeconds(10);

    private final EngineSimulation simulation;
    private final Map<Item, Long> fences = new HashMap<>();
    private final Map<Firing, String> begun = new HashMap<>();
    private final Map<ItemRun, Instant> beganAt = new HashMap<>();
    private final Map<Item, String> lastRunBy = new HashMap<>();
    private final Set<Item> untouched = new HashSet<>();
    private final Set<Takeover> takeovers = new HashSet<>();
    private final Map<Item, String> cut = new HashMap<>();
    private final Map<Item, Integer> byHand = new HashMap<>();
    private final Deque<Due> owed = new ArrayDeque<>();
    private final Map<String, ObservedReasons.Interval> pending = new HashMap<>();
    private int ran;
    private int excused;
    private int takenOver;

    private record Item(String job, int item) {
        @Override
        public String toString() {
            return job + " item " + item;
        }
    }

    private record Firing(Item item, Instant scheduledTime) {}

    private record Due(Item item, Instant scheduledTime) {}

    private record Takeover(String job, long fence) {}

    Invariants(EngineSimulation simulation) {
        this.simulation = simulation;
    }

    int ran() {
        return ran;
    }

    int excused() {
        return excused;
    }

    int takenOver() {
        return takenOver;
    }

    static String text(ItemRun run) {
        return run.order().configuration().getJobName() + " item " + run.order().item() + " of "
                + run.order().scheduledTime() + ", fence " + run.order().claim().fence();
    }

    /** Whether a run is for a planned time, not for a trigger or a takeover; those are for the moment, with its fractions. */
    boolean isPlannedTime(ItemRun run) {
        Instant time = run.order().scheduledTime();
        return time.truncatedTo(ChronoUnit.SECONDS).equals(time) && !isTakeover(run);
    }

    boolean isTakeover(ItemRun run) {
        return takeovers.contains(new Takeover(
                run.order().configuration().getJobName(), run.order().claim().fence()));
    }

    // ---- told by hosts and faults ------------------------------------------------------------------------------

    void begins(SimulatedHost host, ItemRun run) {
        Item item =
                new Item(run.order().configuration().getJobName(), run.order().item());
        long fence = run.order().claim().fence();
        boolean takeover = isTakeover(run);
        simulation.trace().add(host.name(), () -> "begins " + text(run) + (takeover ? " (takeover)" : ""));
        beganAt.put(run, simulation.world().now());
        Long before = fences.get(item);
        if (before != null && before >= fence && run.order().configuration().isMonitorExecution() && !isExempt(run)) {
            simulation.fail(item + ": fence " + fence + " after " + before);
        }
        fences.merge(item, fence, Math::max);
        if (isPlannedTime(run)) {
            String other = begun.put(new Firing(item, run.order().scheduledTime()), host.toString());
            if (other != null) {
                simulation.fail(item + ": the firing of " + run.order().scheduledTime() + " runs twice, on " + other
                        + " and on " + host);
            }
        } else if (takeover) {
            takenOver++;
            cut.remove(item);
            if (untouched.contains(item)) {
                simulation.fail(
                        item + ": runs again on " + host + " although nothing had happened to " + lastRunBy.get(item));
            }
        } else {
            byHand.merge(item, 1, Integer::sum);
        }
        lastRunBy.put(item, host.toString());
        if (host.isWell()) {
            untouched.add(item);
        }
    }

    /** A host asks for items: whatever comes of it, the last run is not the last claim any more. */
    void claiming(String job, List<Integer> items) {
        items.forEach(item -> untouched.remove(new Item(job, item)));
    }

    /** A takeover was committed; its runs are told by their fence. */
    void takenOver(String job, long fence) {
        takeovers.add(new Takeover(job, fence));
    }

    /** Something happened to a host, so that others may take over what it was doing. */
    void lostTouch(SimulatedHost host) {
        untouched.removeIf(item -> host.toString().equals(lastRunBy.get(item)));
    }

    /** A host is gone in the midst of its runs: with failover each of them must be run again. */
    void crashed(SimulatedHost host) {
        lostTouch(host);
        for (ItemRun run : host.begun()) {
            Item item = new Item(
                    run.order().configuration().getJobName(), run.order().item());
            SimulatedJob job = simulation.job(item.job);
            if (run.order().configuration().isFailover()
                    && job.configuration().isFailover()
                    && job.configuration().isMonitorExecution()
                    && !job.disabledItems.contains(item.item)
                    && host.toString().equals(simulation.server().data(job.paths.running(item.item)))) {
                cut.put(item, host.toString());
            }
        }
    }

    /** The configuration of a job changed, or what takes part in it: what was to be run again may not be any more. */
    void configured(SimulatedJob job) {
        cut.keySet().removeIf(item -> item.job.equals(job.name()));
        untouched.removeIf(item -> item.job.equals(job.name()));
    }

    // ---- after every event -------------------------------------------------------------------------------------

    void check() {
        checkHolders();
        Instant now = simulation.world().now();
        for (SimulatedJob job : simulation.jobs()) {
            observe(job, now);
            for (Instant due = job.takeDue(now); due != null; due = job.takeDue(now)) {
                for (int item = 0; item < job.items(); item++) {
                    String owner = simulation.server().data(job.paths.owner(item));
                    String running = simulation.server().data(job.paths.running(item));
                    simulation.reasons().due(job.name(), item, due, owner);
                    if (simulation.server().data(job.paths.failover(item)) != null
                            || (running != null && !running.equals(owner))) {
                        simulation
                                .reasons()
                                .beginItem(job.name(), item, due, "another was running it")
                                .ends(due);
                    }
                    owed.add(new Due(new Item(job.name(), item), due));
                }
            }
        }
        for (Due due = owed.peek(); due != null && !due.scheduledTime.plus(OWED).isAfter(now); due = owed.peek()) {
            owed.remove();
            account(due);
        }
    }

    private void checkHolders() {
        Map<Item, SimulatedHost> holders = new HashMap<>();
        for (SimulatedHost host : simulation.hosts()) {
            for (ItemRun run : host.begun()) {
                if (run.order().configuration().isMonitorExecution() && host.believesToHold(run) && !isExempt(run)) {
                    Item item = new Item(
                            run.order().configuration().getJobName(),
                            run.order().item());
                    SimulatedHost other = holders.put(item, host);
                    if (other != null) {
                        simulation.fail(item + " has two holders: " + other + " and " + host);
                    }
                }
            }
        }
    }

    /** Without monitorExecution items may overlap; where it is switched, some overlap until all have noticed. */
    private boolean isExempt(ItemRun run) {
        SimulatedJob job = simulation.job(run.order().configuration().getJobName());
        Instant began = beganAt.get(run);
        if (began == null) {
            return true;
        }
        return !job.monitorSwitched.equals(Instant.MIN) && began.isBefore(job.monitorSwitched.plus(NOTICED));
    }

    /** Notes times without a leader, and deals: reasons why a firing may be lost. */
    private void observe(SimulatedJob job, Instant now) {
        JobPaths paths = job.paths;
        String reason = null;
        if (simulation.server().data(paths.leaderInstance()) == null) {
            reason = "there was no leader";
        } else if (simulation.server().data(paths.necessary()) != null
                || simulation.server().data(paths.processing()) != null) {
            reason = "the items were about to be dealt anew";
        }
        ObservedReasons.Interval open = pending.get(job.name());
        if (reason != null && open == null) {
            pending.put(job.name(), simulation.reasons().begin(job.name(), now, reason));
        } else if (reason == null && open != null) {
            open.ends(now.plusMillis(300));
            pending.remove(job.name());
        }
    }

    private void account(Due due) {
        Firing firing = new Firing(due.item, due.scheduledTime);
        if (begun.containsKey(firing)) {
            ran++;
        } else {
            String reason = simulation.reason(due.item.job, due.item.item, due.scheduledTime);
            if (reason == null) {
                simulation.fail(due.item + ": the firing of " + due.scheduledTime
                        + " was not run, and there is no reason for it; it was due on "
                        + simulation.reasons().ownerOf(due.item.job, due.item.item, due.scheduledTime));
            }
            excused++;
        }
        simulation.reasons().forget(due.item.job, due.item.item, due.scheduledTime);
    }

    // ---- when the faults are over ------------------------------------------------------------------------------

    /** The bound has passed: every item has an owner that is there, and every cut item was run again. */
    void checkSettled() {
        for (SimulatedJob job : simulation.jobs()) {
            JobPaths paths = job.paths;
            if (!job.isPlanned()) {
                continue;
            }
            if (simulation.server().data(paths.necessary()) != null && !movesAfterEachRun(job)) {
                simulation.fail(job.name() + ": the items are still to be dealt anew");
            }
            for (int item = 0; item < job.items(); item++) {
                String owner = simulation.server().data(paths.owner(item));
                if (owner == null || simulation.server().data(paths.instance(owner)) == null) {
                    simulation.fail(new Item(job.name(), item) + " has no owner, but " + owner);
                }
            }
        }
        cut.forEach((item, host) ->
                simulation.fail(item + " was cut off on " + host + " and has not been run again, with failover on"));
    }

    private static boolean movesAfterEachRun(SimulatedJob job) {
        return job.items() == 1
                && "SINGLE_SHARDING_BALANCE".equals(job.configuration().getJobShardingStrategyType());
    }

    void forgetByHand() {
        byHand.clear();
    }

    /** A trigger that nothing disturbed ran every item that is switched on, once. */
    void checkByHand(SimulatedJob job) {
        for (int number = 0; number < job.items(); number++) {
            Item item = new Item(job.name(), number);
            int expected = job.disabledItems.contains(number) ? 0 : 1;
            int count = byHand.getOrDefault(item, 0);
            if (count != expected) {
                simulation.fail(item + ": ran " + count + " times after one trigger (expected: " + expected + ")");
            }
        }
    }

    /** All engines have left: nothing of theirs may be in the registry. */
    void checkNothingLeftBehind() {
        List<String> left = new ArrayList<>();
        for (String path : simulation.server().dump().keySet()) {
            if (path.contains("/instances/")
                    || path.endsWith("/running")
                    || path.endsWith("/election/instance")
                    || path.contains("/latch/")) {
                left.add(path);
            }
        }
        if (!left.isEmpty()) {
            simulation.fail("left behind after all engines have gone: " + left);
        }
    }
}

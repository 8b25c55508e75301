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
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Keeps account of every planned firing of every item: it is run, or there is a reason why not, or an engine says that it
 * still waits. One thread at a time.
 */
final class FiringLedger {

    /** A firing is owed this long before it is asked what has become of it. */
    private static final Duration OWED = Duration.ofSeconds(4);

    /** A firing that waits, and says so, is asked again after this time. */
    private static final Duration ASKED_AGAIN = Duration.ofSeconds(1);

    /** Nothing waits longer than this. */
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);

    /** Once the faults are over nothing waits longer than this. */
    private static final Duration LONGEST_WAIT_IN_CALM = Duration.ofSeconds(12);

    private final EngineSimulation simulation;
    private final Set<Firing> run = new HashSet<>();
    private final PriorityQueue<Due> owed =
            new PriorityQueue<>(Comparator.comparing(Due::asked).thenComparing(Due::scheduledTime));
    private final Map<String, @Nullable String[]> owners = new HashMap<>();
    /** The marks of those who wait for the other instances, of each item. */
    private final Map<String, @Nullable String[]> waiting = new HashMap<>();
    /** The marks that were taken off last, of each item: who waited then begins. */
    private final Map<String, Met> met = new HashMap<>();

    private final Map<String, Integer> excuses = new TreeMap<>();
    private long seen = -1;
    private int ran;
    private boolean closed;
    private @Nullable Instant calmSince;

    private record Firing(String job, int item, Instant scheduledTime) {}

    private record Met(String mark, Instant at) {}

    private record Due(String job, int item, Instant scheduledTime, Instant asked) {}

    FiringLedger(EngineSimulation simulation) {
        this.simulation = simulation;
    }

    int ran() {
        return ran;
    }

    /** How many firings were not run, by reason. */
    Map<String, Integer> excuses() {
        return excuses;
    }

    void begins(String job, int item, Instant scheduledTime) {
        run.add(new Firing(job, item, scheduledTime));
    }

    void calm(Instant now) {
        calmSince = now;
    }

    /** The engines leave: what is due from now on may be lost, and is not looked at. */
    void close() {
        closed = true;
    }

    void check() {
        if (closed) {
            return;
        }
        Instant now = simulation.world().now();
        long commits = simulation.server().commits();
        if (commits != seen) {
            seen = commits;
            simulation.jobs().forEach(this::look);
        }
        for (SimulatedJob job : simulation.jobs()) {
            for (Instant due = job.takeDue(now); due != null; due = job.takeDue(now)) {
                for (int item = 0; item < job.items(); item++) {
                    simulation
                            .reasons()
                            .due(job.name(), item, due, simulation.server().data(job.paths.owner(item)));
                    owed.add(new Due(job.name(), item, due, due.plus(OWED)));
                }
            }
        }
        for (Due due = owed.peek(); due != null && !due.asked.isAfter(now); due = owed.peek()) {
            owed.remove();
            account(due, now);
        }
    }

    /** Notes whose the items are. */
    private void look(SimulatedJob job) {
        JobPaths paths = job.paths;
        @Nullable
        String[] before = owners.computeIfAbsent(job.name(), name -> new @Nullable String[SimulatedJob.MOST_ITEMS]);
        for (int item = 0; item < before.length; item++) {
            String owner = simulation.server().data(paths.owner(item));
            if (owner != null && !owner.equals(before[item])) {
                simulation
                        .reasons()
                        .owned(
                                job.name(),
                                item,
                                before[item],
                                owner,
                                simulation.world().now());
            }
            before[item] = owner == null ? before[item] : owner;
        }
        simulation.faults().look(job);
        if (job.meets) {
            lookWhoWaits(job);
        }
        String leader = simulation.server().data(paths.leaderInstance());
        if (leader != null && simulation.isPeer(leader)) {
            job.ledByPeers = simulation.world().now();
        }
    }

    /** Notes until when a firing was waiting for the other instances. */
    private void lookWhoWaits(SimulatedJob job) {
        @Nullable
        String[] before = waiting.computeIfAbsent(job.name(), name -> new @Nullable String[SimulatedJob.MOST_ITEMS]);
        for (int item = 0; item < before.length; item++) {
            String mark = simulation.server().data(job.paths.guaranteeMarks("started") + "/" + item);
            String last = before[item];
            if (last != null && !last.equals(mark)) {
                met.put(
                        job.name() + " " + item,
                        new Met(last, simulation.world().now()));
            }
            if (last != null && !last.equals(mark) && !last.startsWith("-")) {
                Instant time = Instant.parse(last.substring(0, last.indexOf(' ')));
                simulation
                        .reasons()
                        .waited(job.name(), item, time, simulation.world().now());
            }
            before[item] = mark;
        }
    }

    private void account(Due due, Instant now) {
        Instant calm = calmSince;
        if (run.contains(new Firing(due.job, due.item, due.scheduledTime))) {
            ran++;
        } else {
            boolean mayWait = now.isBefore(due.scheduledTime.plus(LONGEST_WAIT))
                    && (calm == null
                            || now.isBefore(calm.plus(LONGEST_WAIT_IN_CALM))
                            || due.scheduledTime.isAfter(calm));
            if (mayWait
                    && (simulation.reasons().isWaiting(due.job, due.item, due.scheduledTime)
                            || isMeeting(due)
                            || hasJustMet(due, now))) {
                owed.add(new Due(due.job, due.item, due.scheduledTime, now.plus(ASKED_AGAIN)));
                return;
            }
            String reason = simulation.reason(due.job, due.item, due.scheduledTime);
            SimulatedJob job = simulation.job(due.job);
            if (reason == null && job.isLedByPeer(simulation) && isOwnerGone(job, due.item)) {
                reason = "its owner was gone, and ElasticJob's leader had not dealt its items";
            }
            if (reason == null) {
                simulation.fail(due.job + " item " + due.item + ": the firing of " + due.scheduledTime
                        + " was not run, and there is no reason for it; it was due on "
                        + simulation.reasons().ownersOf(due.job, due.item, due.scheduledTime));
            } else {
                excuses.merge(reason, 1, Integer::sum);
            }
        }
        simulation.reasons().forget(due.job, due.item, due.scheduledTime);
    }

    /** Whether an instance has come for a firing, and waits for the others. */
    private boolean isMeeting(Due due) {
        String mark =
                simulation.server().data(simulation.job(due.job).paths.guaranteeMarks("started") + "/" + due.item);
        return mark != null && isOf(due, mark);
    }

    /** Whether the instance that came for it has waited until a moment ago, and begins now. */
    private boolean hasJustMet(Due due, Instant now) {
        Met last = met.get(due.job + " " + due.item);
        return last != null && isOf(due, last.mark) && now.isBefore(last.at.plus(ObservedReasons.TOLD));
    }

    private static boolean isOf(Due due, String mark) {
        // a trigger that has waited until the planned time came has a mark without a time
        return mark.startsWith(due.scheduledTime + " ") || mark.startsWith("- ");
    }

    private boolean isOwnerGone(SimulatedJob job, int item) {
        String owner = simulation.server().data(job.paths.owner(item));
        return owner == null || simulation.server().data(job.paths.instance(owner)) == null;
    }
}

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

import io.carillon.jobs.coordination.InstanceOrder;
import io.carillon.jobs.coordination.JobPaths;
import io.carillon.jobs.coordination.MovedItems;
import io.carillon.jobs.execution.ItemRun;
import io.carillon.jobs.history.JobObserver.Task;
import io.carillon.jobs.history.RunRecord;
import io.carillon.jobs.history.RunRecord.Source;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What must always hold, looked at after every event. One thread at a time. */
final class Invariants {

    /** How long a switched monitorExecution may go unnoticed. */
    private static final Duration NOTICED = Duration.ofSeconds(10);

    /**
     * How long a claim may be believed in after its session has ended unheard: the server ends it two thirds of the time-out
     * after the silence began, the client hears nothing for two thirds, too, and trusts its claims for three fifths more.
     */
    private static final Duration BELIEVED_UNHEARD =
            EngineSimulation.SESSION_TIMEOUT.multipliedBy(3).dividedBy(5).plusMillis(200);

    /** How far the clocks of hosts may be beside the true time, unless they jump. */
    private static final Duration CLOCKS_DIFFER = Duration.ofMillis(500);

    private final EngineSimulation simulation;
    private final FiringLedger firings;
    private final RequestLedger requests;
    private final CheckpointLedger checkpoints;
    private final Map<Item, Long> fences = new HashMap<>();
    private final Map<Firing, Begun> begun = new HashMap<>();
    private final Map<Object, Instant> beganAt = new HashMap<>();
    private final Map<Item, String> lastRunBy = new HashMap<>();
    private final Set<Item> untouched = new HashSet<>();
    private final Map<Claimed, Source> sources = new HashMap<>();
    private final Set<Claimed> takeovers = new HashSet<>();
    private final Map<Firing, Integer> reruns = new HashMap<>();
    private final Map<Item, String> cut = new HashMap<>();
    private final Map<Item, Integer> byHand = new HashMap<>();
    private final Map<Item, Instant> touchedByPeers = new HashMap<>();
    private final Map<Meeting, int[]> meetings = new HashMap<>();
    private final Set<Firing> metByHand = new HashSet<>();
    private int takenOver;
    private int runAgain;
    private int rerun;

    private record Item(String job, int item) {
        @Override
        public String toString() {
            return job + " item " + item;
        }
    }

    private record Firing(Item item, Instant scheduledTime) {}

    private record Claimed(String job, long fence) {}

    private record Meeting(String job, Instant scheduledTime) {}

    /** Who began a planned firing of an item; {@code run} is null where that was an instance of ElasticJob. */
    private static final class Begun {
        private final Object holder;
        private final @Nullable SimulatedHost host;
        private final @Nullable ItemRun run;
        private final Instant at;
        private boolean done;

        private Begun(Object holder, @Nullable SimulatedHost host, @Nullable ItemRun run, Instant at) {
            this.holder = holder;
            this.host = host;
            this.run = run;
            this.at = at;
        }

        private boolean isLost() {
            return !done && host != null && run != null && host.hasLostTouch(run, at);
        }

        /** Whether it was run ahead of its time, by a clock that was set wrong, and another now has its item. */
        private boolean isEarly(Instant time, Object next) {
            return host != null && next != host && at.isBefore(time.minus(CLOCKS_DIFFER));
        }
    }

    /** What a run is for. */
    private enum Purpose {
        PLANNED,
        TAKEOVER,
        REQUEST,
        RERUN,
        BY_HAND
    }

    Invariants(EngineSimulation simulation) {
        this.simulation = simulation;
        this.firings = new FiringLedger(simulation);
        this.requests = new RequestLedger(simulation);
        this.checkpoints = new CheckpointLedger(simulation);
    }

    FiringLedger firings() {
        return firings;
    }

    RequestLedger requests() {
        return requests;
    }

    CheckpointLedger checkpoints() {
        return checkpoints;
    }

    /** How many items were run again after a failover. */
    int takenOver() {
        return takenOver;
    }

    /** How many firings of an item were begun a second time, after the claim of the first was lost. */
    int runAgain() {
        return runAgain;
    }

    /** How many failed items were run again by command. */
    int rerun() {
        return rerun;
    }

    static String text(ItemRun run) {
        return run.order().configuration().getJobName() + " item " + run.order().item() + " of "
                + run.order().scheduledTime() + ", fence " + run.order().claim().fence();
    }

    private static Item itemOf(ItemRun run) {
        return new Item(run.order().configuration().getJobName(), run.order().item());
    }

    private static Claimed claimOf(ItemRun run) {
        return new Claimed(
                run.order().configuration().getJobName(), run.order().claim().fence());
    }

    private static boolean isWholeSecond(Instant time) {
        return time.truncatedTo(ChronoUnit.SECONDS).equals(time);
    }

    private Purpose purposeOf(ItemRun run) {
        if (isTakeover(run)) {
            return Purpose.TAKEOVER;
        }
        if (requests.isOfRequest(run)) {
            return Purpose.REQUEST;
        }
        Instant time = run.order().scheduledTime();
        if (sources.get(claimOf(run)) == Source.MANUAL && reruns.containsKey(new Firing(itemOf(run), time))) {
            return Purpose.RERUN;
        }
        return isWholeSecond(time) ? Purpose.PLANNED : Purpose.BY_HAND;
    }

    boolean isTakeover(ItemRun run) {
        return takeovers.contains(claimOf(run)) || sources.get(claimOf(run)) == Source.FAILOVER;
    }

    // ---- told by hosts and faults ------------------------------------------------------------------------------

    /** An engine begins the runs of a claim. */
    void claimed(Task task) {
        sources.put(new Claimed(task.jobName(), task.fence()), task.source());
    }

    void begins(SimulatedHost host, ItemRun run) {
        Item item = itemOf(run);
        long fence = run.order().claim().fence();
        Purpose purpose = purposeOf(run);
        simulation
                .trace()
                .add(host.name(), () -> "begins " + text(run) + (purpose == Purpose.PLANNED ? "" : " " + purpose));
        if (beganAt.putIfAbsent(run, simulation.world().now()) != null) {
            // another attempt under the same claim
            return;
        }
        Long before = fences.get(item);
        if (before != null && before >= fence && run.order().configuration().isMonitorExecution() && !isExempt(run)) {
            simulation.fail(item + ": fence " + fence + " after " + before);
        }
        fences.merge(item, fence, Math::max);
        switch (purpose) {
            case PLANNED -> {
                beginsPlanned(host, run, item);
                checkMet(run);
            }
            case TAKEOVER -> {
                takenOver++;
                cut.remove(item);
                if (untouched.contains(item)) {
                    simulation.fail(item + ": runs again on " + host + " although nothing had happened to "
                            + lastRunBy.get(item));
                }
            }
            case REQUEST -> requests.begins(host, run);
            case RERUN -> {
                rerun++;
                Firing firing = new Firing(item, run.order().scheduledTime());
                if (reruns.merge(firing, -1, Integer::sum) < 0) {
                    simulation.fail(text(run) + " is run again more often than that was commanded");
                }
            }
            case BY_HAND -> byHand.merge(item, 1, Integer::sum);
        }
        lastRunBy.put(item, host.toString());
        if (host.isWell()) {
            untouched.add(item);
        }
    }

    private void beginsPlanned(SimulatedHost host, ItemRun run, Item item) {
        Instant time = run.order().scheduledTime();
        Source source = sources.get(claimOf(run));
        if (simulation.job(item.job).skipped.contains(time)
                && (source == Source.NORMAL_TRIGGER || source == Source.MISFIRE)) {
            simulation.fail(text(run) + " begins on " + host + ", although that firing was to be skipped");
        }
        firings.begins(item.job, item.item, time);
        Begun before = begun.put(
                new Firing(item, time),
                new Begun(host, host, run, simulation.world().now()));
        if (before == null) {
            return;
        }
        boolean fenced = before.run == null
                || before.run.order().claim().fence() < run.order().claim().fence();
        // the deals of ElasticJob's leaders say nothing of what has been run
        boolean byPeers =
                before.run == null || !simulation.job(item.job).ledByPeers.isBefore(before.at.minusMillis(500));
        if ((byPeers && (simulation.isDisturbed() || before.isEarly(time, host))) || (before.isLost() && fenced)) {
            runAgain++;
        } else {
            simulation.fail(item + ": the firing of " + time + " runs twice, on " + before.holder + " and on " + host);
        }
    }

    /** An instance of ElasticJob begins a planned firing of an item. */
    void peerBegins(ElasticJobPeer peer, String job, int number, Instant time) {
        Item item = new Item(job, number);
        firings.begins(job, number, time);
        Begun before = begun.put(
                new Firing(item, time),
                new Begun(peer, null, null, simulation.world().now()));
        // what others say that they have run, its instances do not read
        if (before != null && !simulation.isDisturbed() && !before.isEarly(time, peer)) {
            simulation.fail(item + ": the firing of " + time + " runs twice, on " + before.holder + " and on " + peer);
        }
        untouched.remove(item);
        touchedByPeers.put(item, simulation.world().now());
    }

    void peerTakesOver(String job, int number) {
        takenOver++;
        cut.remove(new Item(job, number));
        touchedByPeers.put(new Item(job, number), simulation.world().now());
    }

    void peerRunsByHand(String job, int number) {
        byHand.merge(new Item(job, number), 1, Integer::sum);
    }

    /** An attempt has ended, as the engine says. */
    void ended(RunRecord record) {
        requests.ended(record);
        Begun planned =
                begun.get(new Firing(new Item(record.jobName(), record.shardingItem()), record.scheduledTime()));
        if (planned != null
                && planned.run != null
                && planned.run.order().claim().fence() == record.fence()
                && record.outcome() != RunRecord.Outcome.RETRIED
                && record.outcome() != RunRecord.Outcome.INTERRUPTED) {
            planned.done = true;
        }
    }

    /** Somebody commands that failed items are run again. */
    void rerunOrdered(String job, List<Integer> items, Instant scheduledTime) {
        items.forEach(item -> reruns.merge(new Firing(new Item(job, item), scheduledTime), 1, Integer::sum));
    }

    /** A host asks for items: whatever comes of it, the last run is not the last claim any more. */
    void claiming(String job, List<Integer> items) {
        items.forEach(item -> untouched.remove(new Item(job, item)));
    }

    /** A takeover was committed; its runs are told by their fence. */
    void takenOver(String job, long fence) {
        takeovers.add(new Claimed(job, fence));
    }

    /** Something happened to a host, so that others may take over what it was doing. */
    void lostTouch(SimulatedHost host) {
        untouched.removeIf(item -> host.toString().equals(lastRunBy.get(item)));
    }

    /** A host is gone in the midst of its runs: with failover each of them must be run again. */
    void crashed(SimulatedHost host) {
        lostTouch(host);
        for (ItemRun run : host.begun()) {
            if (purposeOf(run) != Purpose.REQUEST && run.order().configuration().isFailover()) {
                mustBeRunAgain(itemOf(run), host.toString());
            }
        }
    }

    /** An instance of ElasticJob is gone while it was running an item. */
    void peerCrashed(ElasticJobPeer peer, String job, int item) {
        mustBeRunAgain(new Item(job, item), peer.toString());
    }

    private void mustBeRunAgain(Item item, String holder) {
        SimulatedJob job = simulation.job(item.job);
        if (job.configuration().isFailover()
                && job.configuration().isMonitorExecution()
                && item.item < job.items()
                && !job.disabledItems.contains(item.item)
                && holder.equals(simulation.server().data(job.paths.running(item.item)))) {
            cut.put(item, holder);
        }
    }

    /** The configuration of a job changed, or what takes part in it: what was to be run again may not be any more. */
    void configured(SimulatedJob job) {
        cut.keySet().removeIf(item -> item.job.equals(job.name()));
        untouched.removeIf(item -> item.job.equals(job.name()));
    }

    // ---- meetings ----------------------------------------------------------------------------------------------

    /** What is done once for all before a firing, or after it, is done. */
    void met(String job, Instant scheduledTime, boolean after) {
        simulation.trace().add("", () -> job + ": " + (after ? "after" : "before") + " all items of " + scheduledTime);
        if (!after) {
            metByHand(simulation.job(job));
        }
        meetings.computeIfAbsent(new Meeting(job, scheduledTime), key -> new int[2])[after ? 1 : 0]++;
    }

    /** What is done before all items of a trigger is done for all that wait: a trigger has no time by which to tell them apart. */
    private void metByHand(SimulatedJob job) {
        Set<Firing> waiting = new HashSet<>();
        boolean byHand = false;
        for (int item = 0; item < SimulatedJob.MOST_ITEMS; item++) {
            String mark = simulation.server().data(job.paths.guaranteeMarks("started") + "/" + item);
            if (mark != null && mark.startsWith("-")) {
                byHand = true;
            } else if (mark != null) {
                Instant time = Instant.parse(mark.substring(0, mark.indexOf(' ')));
                waiting.add(new Firing(new Item(job.name(), item), time));
            }
        }
        if (byHand) {
            metByHand.addAll(waiting);
        }
    }

    private void checkMet(ItemRun run) {
        SimulatedJob job = simulation.job(run.order().configuration().getJobName());
        Instant time = run.order().scheduledTime();
        // who is late by a whole firing is let go with the next one; with faults a mark may be taken for an older one
        boolean met = meetings.keySet().stream()
                .anyMatch(meeting -> meeting.job.equals(job.name())
                        && !meeting.scheduledTime.isBefore(simulation.isCalm() ? time : time.minusSeconds(4)));
        met |= metByHand.contains(new Firing(itemOf(run), time));
        if (job.meets && !met && sources.get(claimOf(run)) != Source.MANUAL) {
            simulation.fail(text(run) + " begins before anybody has done what comes before all items");
        }
    }

    /** In calm each firing of a job that meets had its beginning and its end, once. */
    void checkMeetings(Instant from, Instant to) {
        meetings.forEach((meeting, counts) -> {
            if (!meeting.scheduledTime.isBefore(from)
                    && meeting.scheduledTime.isBefore(to)
                    && isWholeSecond(meeting.scheduledTime)
                    && (counts[0] != 1 || counts[1] != 1)) {
                simulation.fail(meeting.job + ": the firing of " + meeting.scheduledTime + " was begun for all "
                        + counts[0] + " times, and ended " + counts[1] + " times");
            }
        });
    }

    // ---- after every event -------------------------------------------------------------------------------------

    void check() {
        checkHolders();
        firings.check();
        requests.check();
    }

    private void checkHolders() {
        Map<Item, Object> holders = new HashMap<>();
        for (SimulatedHost host : simulation.hosts()) {
            for (ItemRun run : host.begun()) {
                if (run.order().configuration().isMonitorExecution() && !isExempt(run)) {
                    if (host.believesToHold(run)) {
                        holds(itemOf(run), host, holders);
                    } else {
                        checkBelief(host, run);
                    }
                }
            }
        }
        for (ElasticJobPeer peer : simulation.peers()) {
            peer.eachRunning((job, item) -> {
                if (!simulation.isDisturbed()
                        && simulation.job(job).configuration().isMonitorExecution()) {
                    holds(new Item(job, item), peer, holders);
                }
            });
        }
    }

    private void holds(Item item, Object holder, Map<Item, Object> holders) {
        Object other = holders.put(item, holder);
        if (other != null && !isOfPeers(item)) {
            simulation.fail(item + " has two holders: " + other + " and " + holder);
        }
    }

    /** ElasticJob's instances take over what runs, and take others' marks off, when something has happened to an instance. */
    private boolean isOfPeers(Item item) {
        Instant touched = touchedByPeers.get(item);
        return touched != null && simulation.world().now().isBefore(touched.plusSeconds(8)) && simulation.isDisturbed();
    }

    /** Who cannot know that its session has ended finds out in time. */
    private void checkBelief(SimulatedHost host, ItemRun run) {
        Instant gone = host.sessionGoneAt();
        if (gone != null
                && !run.state().isEnd()
                && simulation.world().now().isAfter(gone.plus(BELIEVED_UNHEARD))
                && run.order().claim().isHeld()) {
            simulation.fail(
                    text(run) + ": " + host + " still believes in its claim, although its session ended at " + gone);
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

    // ---- when the faults are over ------------------------------------------------------------------------------

    /** The bound has passed: every item has an owner that is there, and everything that was owed beside the schedule is done. */
    void checkSettled() {
        for (SimulatedJob job : simulation.jobs()) {
            JobPaths paths = job.paths;
            if (simulation.faults().isPaused(job)) {
                simulation.fail(
                        job.name() + " is still paused: " + simulation.server().data(paths.intent()));
            }
            for (String id : simulation.server().childrenOf(paths.triggers())) {
                // a leader of ElasticJob's deals the items when it fires itself; until then all wait with what they owe
                boolean waits =
                        job.isLedByPeer(simulation) && simulation.server().data(paths.necessary()) != null;
                if (simulation.server().data(paths.instance(id)) != null && !waits) {
                    simulation.fail(job.name() + ": " + id + " has not done what it was triggered for");
                }
            }
            if (!job.isPlanned() || job.isLedByPeer(simulation)) {
                continue;
            }
            if (simulation.server().data(paths.necessary()) != null && !movesAfterEachRun(job)) {
                simulation.fail(job.name() + ": the items are still to be dealt anew");
            }
            checkOwners();
            checkMoved(job);
            for (int item = 0; item < job.items(); item++) {
                String runner = simulation.server().data(paths.running(item));
                if (runner != null && simulation.server().data(paths.instance(runner)) == null) {
                    simulation.fail(
                            new Item(job.name(), item) + " is marked as running on " + runner + ", which is gone");
                }
            }
        }
        for (SimulatedHost host : simulation.hosts()) {
            String inbox = InstanceOrder.inbox(SimulatedJob.NAMESPACE, host.toString());
            simulation.server().childrenOf(inbox).stream()
                    .filter(InstanceOrder::isOrder)
                    .forEach(order -> simulation.fail(host + " has not taken an order: " + order));
        }
        cut.forEach((item, host) ->
                simulation.fail(item + " was cut off on " + host + " and has not been run again, with failover on"));
    }

    /** What was given to somebody who takes part is his, until the next one comes or goes. */
    private void checkMoved(SimulatedJob job) {
        JobPaths paths = job.paths;
        MovedItems moved = MovedItems.parse(simulation.server().data(paths.moved()));
        List<String> available = simulation.server().childrenOf(paths.instances()).stream()
                .filter(id -> JobPaths.ENABLED.equals(simulation.server().data(paths.server(JobPaths.ipOf(id)))))
                .toList();
        if (moved.holdsAmong(available) && !movesAfterEachRun(job)) {
            moved.owners().forEach((item, wished) -> {
                String owner = simulation.server().data(paths.owner(item));
                if (item < job.items() && available.contains(wished) && !wished.equals(owner)) {
                    simulation.fail(
                            new Item(job.name(), item) + " was given to " + wished + ", and belongs to " + owner);
                }
            });
        }
    }

    /** Every item has an owner that is there. */
    void checkOwners() {
        for (SimulatedJob job : simulation.jobs()) {
            // a leader of ElasticJob's that comes after a loss does not hear of it, and deals at its next chance only
            for (int item = 0; job.isPlanned() && !job.isLedByPeer(simulation) && item < job.items(); item++) {
                String owner = simulation.server().data(job.paths.owner(item));
                if (owner == null || simulation.server().data(job.paths.instance(owner)) == null) {
                    simulation.fail(new Item(job.name(), item) + " has no owner, but " + owner);
                }
            }
        }
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
                    || path.endsWith("/drained")
                    || path.endsWith("/progress")
                    || path.matches(".*/requests/open/[^/]+/.*")
                    || path.contains("/latch/")) {
                left.add(path);
            }
        }
        if (!left.isEmpty()) {
            simulation.fail("left behind after all engines have gone: " + left);
        }
    }
}

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
package io.carillon.testkit.jobs;

import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.SimpleJob;
import io.carillon.jobs.engine.DrivenEngine;
import io.carillon.jobs.execution.ItemRun;
import io.carillon.jobs.execution.Workers;
import io.carillon.jobs.model.InstanceId;
import io.carillon.jobs.model.ItemRunLife;
import io.carillon.jobs.scheduling.CronSchedule;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A cluster of engines and its registry on one thread, with faults, all drawn from a seed: the same seed plays the same
 * history. One thread only.
 *
 * <p>After every event it checks that no item has two holders and that fences grow. After the last fault, when the cluster
 * has settled, every firing must run every item exactly once. At the end all engines leave, and nothing of theirs may be
 * left in the registry.
 */
public final class EngineSimulation {

    private static final String NAMESPACE = "sim";
    private static final String JOB = "job";
    private static final Duration SESSION_TIMEOUT = Duration.ofSeconds(4);
    private static final Duration FAULTS_LAST = Duration.ofSeconds(30);
    private static final Duration SETTLE = Duration.ofSeconds(20);
    private static final Duration WATCHED = Duration.ofSeconds(10);
    private static final int MOST_EVENTS = 400_000;
    private static final int MOST_ENGINES = 4;

    private final long seed;
    private final Random random;
    private final ManualTime time = new ManualTime(Instant.parse("2026-01-01T00:00:00.100Z"));
    private final List<Runnable> steps = new ArrayList<>();
    private final InMemoryRegistry server = new InMemoryRegistry(time, SESSION_TIMEOUT, steps::add);
    private final List<Host> processes = new ArrayList<>();
    private final List<Planned> plans = new ArrayList<>();
    private final Map<Integer, Long> fences = new HashMap<>();
    private final Map<Instant, Map<Integer, Integer>> ran = new HashMap<>();
    private final Deque<String> trace = new ArrayDeque<>();
    private final JobConfiguration configuration;
    private int items;
    private int events;
    private int names;
    private int faults;

    /** Something that will happen at an instant. */
    private record Planned(Instant at, Runnable action) {}

    /**
     * What a history was like.
     *
     * @param events how many steps it took
     * @param faults how many faults were injected
     * @param firings how many firings were watched after the cluster had settled
     */
    public record Report(long seed, int events, int faults, int firings) {}

    public EngineSimulation(long seed) {
        this.seed = seed;
        this.random = new Random(seed);
        this.items = 1 + random.nextInt(6);
        this.configuration = JobConfiguration.newBuilder(JOB, items)
                .cron("0/2 * * * * ?")
                .timeZone("GMT")
                .failover(random.nextBoolean())
                .misfire(random.nextBoolean())
                .build();
    }

    /**
     * Plays the history to its end.
     *
     * @throws AssertionError naming the seed and what was violated, with the latest events
     */
    public Report run() {
        start();
        Instant quiet = time.instant().plus(FAULTS_LAST);
        planFault(quiet);
        playUntil(quiet);
        plans.clear();
        heal();
        Instant settled = time.instant().plus(SETTLE);
        playUntil(settled);
        Instant end = settled.plus(WATCHED);
        playUntil(end.plusMillis(1_900));
        int firings = checkFirings(settled, end);
        leaveAll();
        return new Report(seed, events, faults, firings);
    }

    // ---- the play ----------------------------------------------------------------------------------------------

    private void playUntil(Instant until) {
        while (time.instant().isBefore(until)) {
            event(until);
        }
    }

    private void event(Instant until) {
        if (++events > MOST_EVENTS) {
            fail("the cluster does not come to rest: " + events + " events");
        }
        Instant now = time.instant();
        for (Planned plan : List.copyOf(plans)) {
            if (!plan.at.isAfter(now) && plans.remove(plan)) {
                plan.action.run();
            }
        }
        if (!steps.isEmpty() && random.nextInt(4) > 0) {
            step();
            return;
        }
        Instant next = until;
        for (Host process : List.copyOf(processes)) {
            Instant wakes = process.poll(now);
            next = wakes != null && wakes.isBefore(next) ? wakes : next;
        }
        checkHolders();
        if (!steps.isEmpty() && random.nextInt(10) > 0) {
            step();
        } else if (!steps.isEmpty()) {
            time.advance(Duration.ofMillis(1 + random.nextInt(3)));
        } else {
            for (Planned plan : plans) {
                next = plan.at.isBefore(next) ? plan.at : next;
            }
            time.advanceTo(next.isAfter(now) ? next : now.plusMillis(1));
        }
    }

    /** Lets the registry do something: serve or deliver the oldest thing of some client. */
    private void step() {
        int index = random.nextInt(steps.size());
        Runnable step = steps.get(index);
        steps.set(index, steps.get(steps.size() - 1));
        steps.remove(steps.size() - 1);
        step.run();
    }

    private void planFault(Instant quiet) {
        Instant at = time.instant().plusMillis(200 + random.nextInt(3_000));
        if (at.isBefore(quiet)) {
            plans.add(new Planned(at, () -> {
                fault();
                planFault(quiet);
            }));
        }
    }

    private void fault() {
        faults++;
        List<Host> well = processes.stream().filter(Host::isWell).toList();
        if (well.isEmpty() || (processes.size() < MOST_ENGINES && random.nextInt(3) == 0)) {
            start();
            return;
        }
        Host victim = well.get(random.nextInt(well.size()));
        switch (random.nextInt(7)) {
            case 0 -> victim.kill();
            case 1 -> victim.leave();
            case 2 -> victim.cut(Duration.ofMillis(100 + random.nextInt(2_000)), false);
            case 3 -> victim.cut(SESSION_TIMEOUT.plusMillis(1_000 + random.nextInt(2_000)), true);
            case 4 -> victim.freeze(SESSION_TIMEOUT.plusMillis(1_000 + random.nextInt(2_000)));
            case 5 -> {
                note(victim + " loses its next answer");
                victim.client.loseNextAnswer();
                plans.add(new Planned(time.instant().plusMillis(300), victim.client::reconnect));
            }
            default -> {
                note("empty containers are deleted");
                server.reapContainers();
            }
        }
    }

    private void start() {
        Host process = new Host("10.0.0." + (1 + names % 3), "p" + names++);
        processes.add(process);
        note(process + " starts");
        process.join();
    }

    /** Ends all faults, and makes sure that somebody is there. */
    private void heal() {
        note("no more faults");
        for (Host process : List.copyOf(processes)) {
            process.heal();
        }
        if (processes.stream().noneMatch(Host::isWell)) {
            start();
        }
    }

    private void leaveAll() {
        processes.forEach(Host::leave);
        playUntil(time.instant().plusSeconds(15));
        for (String path : server.dump().keySet()) {
            if (path.contains("/instances/")
                    || path.endsWith("/running")
                    || path.endsWith("/election/instance")
                    || path.contains("/latch/")) {
                fail("left behind after all engines have gone: " + path);
            }
        }
    }

    // ---- the invariants ----------------------------------------------------------------------------------------

    private void checkHolders() {
        Map<Integer, Host> holders = new HashMap<>();
        for (Host process : processes) {
            for (ItemRun run : process.begun) {
                if (!run.state().isEnd() && run.order().claim().isHeld()) {
                    Host other = holders.put(run.order().item(), process);
                    if (other != null) {
                        fail("item " + run.order().item() + " has two holders: " + other + " and " + process);
                    }
                }
            }
        }
    }

    private void begins(Host process, ItemRun run) {
        long fence = run.order().claim().fence();
        Long before = fences.put(run.order().item(), fence);
        note(process + " begins item " + run.order().item() + " of "
                + run.order().scheduledTime() + ", fence " + fence);
        if (before != null && before >= fence) {
            fail("item " + run.order().item() + ": fence " + fence + " after " + before);
        }
    }

    private int checkFirings(Instant from, Instant to) {
        CronSchedule schedule = CronSchedule.of("0/2 * * * * ?", "GMT");
        int firings = 0;
        for (Instant due = schedule.next(from); due != null && !due.isAfter(to); due = schedule.next(due)) {
            firings++;
            Map<Integer, Integer> counts = ran.getOrDefault(due, Map.of());
            for (int item = 0; item < items; item++) {
                int count = counts.getOrDefault(item, 0);
                if (count != 1) {
                    fail("the firing of " + due + " ran item " + item + " " + count + " times (expected: once)");
                }
            }
        }
        return firings;
    }

    private void note(String what) {
        trace.add(time.instant() + " " + what);
        if (trace.size() > 60) {
            trace.remove();
        }
    }

    private void fail(String what) {
        throw new AssertionError("seed " + seed + ": " + what + "\nreplay: new EngineSimulation(" + seed + "L).run()\n"
                + "latest events:\n  " + String.join("\n  ", trace) + "\nregistry: " + server.dump());
    }

    // ---- a process ---------------------------------------------------------------------------------------------

    /** One engine with its client of the registry and its workers. */
    private final class Host implements Workers {

        private final InstanceId id;
        private final InMemoryRegistry.Client client = server.connect();
        private final DrivenEngine engine;
        private final List<ItemRun> begun = new ArrayList<>();
        private final List<Work> work = new ArrayList<>();
        private boolean dead;
        private boolean frozen;
        private boolean cut;
        private @Nullable CompletableFuture<Void> leaving;

        /** A run that begins, or ends, at an instant. */
        private record Work(Instant at, ItemRun run, boolean begins) {}

        Host(String ip, String suffix) {
            this.id = new InstanceId(ip, suffix);
            this.engine = new DrivenEngine(client, NAMESPACE, id, Duration.ofSeconds(3), time, this, record -> {});
        }

        void join() {
            engine.open();
            SimpleJob job = new Simulated();
            engine.schedule(job, configuration);
        }

        boolean isWell() {
            return !dead && !frozen && !cut && leaving == null;
        }

        @Nullable
        Instant poll(Instant now) {
            if (dead || frozen) {
                return null;
            }
            for (Work due : List.copyOf(work)) {
                if (!due.at.isAfter(now) && work.remove(due)) {
                    if (due.begins) {
                        if (!due.run.state().isEnd() && due.run.order().claim().isHeld()) {
                            begun.add(due.run);
                            begins(this, due.run);
                        }
                    } else {
                        due.run.run();
                        begun.remove(due.run);
                        if (due.run.state() == ItemRunLife.State.SUCCEEDED) {
                            ran.computeIfAbsent(due.run.order().scheduledTime(), at -> new HashMap<>())
                                    .merge(due.run.order().item(), 1, Integer::sum);
                        }
                    }
                }
            }
            Duration wait = engine.poll(now);
            Instant next = wait == null ? null : now.plus(wait);
            for (Work waiting : work) {
                next = next == null || waiting.at.isBefore(next) ? waiting.at : next;
            }
            if (leaving != null && leaving.isDone()) {
                note(this + " has left");
                client.close();
                processes.remove(this);
                return null;
            }
            return next;
        }

        @Override
        public void start(ItemRun run, int atOnce) {
            Instant begins = time.instant().plusMillis(random.nextInt(5));
            int length = random.nextInt(10) == 0 ? 1_500 : 1 + random.nextInt(300);
            work.add(new Work(begins, run, true));
            work.add(new Work(begins.plusMillis(length), run, false));
        }

        @Override
        public void close() {}

        void kill() {
            note(this + " is killed");
            dead = true;
            begun.clear();
            client.disconnect();
            plans.add(new Planned(time.instant().plus(SESSION_TIMEOUT), this::bury));
        }

        private void bury() {
            client.expireSession();
            processes.remove(this);
        }

        void leave() {
            if (leaving == null && !dead) {
                note(this + " leaves");
                leaving = engine.leaveAll();
            }
        }

        void cut(Duration length, boolean expire) {
            note(this + " is cut off for " + length);
            cut = true;
            client.disconnect();
            if (expire) {
                plans.add(new Planned(time.instant().plus(SESSION_TIMEOUT).plusMillis(500), client::expireSession));
            }
            plans.add(new Planned(time.instant().plus(length), this::heal));
        }

        void freeze(Duration length) {
            note(this + " stands still for " + length);
            frozen = true;
            client.freeze(true);
            plans.add(new Planned(time.instant().plus(SESSION_TIMEOUT).plusMillis(500), client::expireSession));
            plans.add(new Planned(time.instant().plus(length), this::heal));
        }

        void heal() {
            if (dead) {
                bury();
                return;
            }
            note(this + " is well again");
            if (frozen) {
                frozen = false;
                client.freeze(false);
            }
            cut = false;
            client.reconnect();
        }

        @Override
        public String toString() {
            return id.toString();
        }
    }

    /** The user's code; what it does is counted where its run ends. */
    private static final class Simulated implements SimpleJob {
        @Override
        public void execute(io.carillon.jobs.ShardingContext context) {
            context.reportHandled(1);
        }
    }
}

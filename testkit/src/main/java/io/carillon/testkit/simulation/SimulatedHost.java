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

import io.carillon.jobs.engine.DrivenEngine;
import io.carillon.jobs.execution.ItemRun;
import io.carillon.jobs.execution.Workers;
import io.carillon.jobs.model.InstanceId;
import io.carillon.testkit.jobs.InMemoryRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A process: one engine, its clock, its connection to the registry, and its workers. One thread at a time. */
final class SimulatedHost implements Workers {

    /** How long after the end of a run its marks may take to go. */
    private static final Duration RELEASE = Duration.ofMillis(300);

    private final EngineSimulation simulation;
    private final VirtualWorld world;
    private final InstanceId id;
    private final HostClock clock;
    private final VirtualWorld.Link link;
    private final InMemoryRegistry.Client client;
    private final DrivenEngine engine;
    private final List<ItemRun> begun = new ArrayList<>();
    private final List<Work> work = new ArrayList<>();
    /** The runs of a session that the server ended without need: their claims end before anybody here can hear of it. */
    private final Set<ItemRun> cannotKnow = new HashSet<>();

    private final Map<ItemRun, ObservedReasons.Interval> busy = new HashMap<>();
    private boolean dead;
    private boolean frozen;
    private boolean cut;
    private Instant stalledUntil = Instant.MIN;
    private @Nullable CompletableFuture<Void> leaving;

    /** A run that begins, or ends, at an instant. */
    private record Work(Instant at, ItemRun run, boolean begins) {}

    SimulatedHost(EngineSimulation simulation, InstanceId id, HostClock clock) {
        this.simulation = simulation;
        this.world = simulation.world();
        this.id = id;
        this.clock = clock;
        this.link = world.link();
        this.client = simulation.server().connect(link);
        Mutant mutant = simulation.mutant();
        var used =
                mutant == null ? client : new MutantRegistry(client, mutant, simulation.server(), world, id.toString());
        this.engine = new DrivenEngine(
                new HostRegistry(used, this, simulation),
                SimulatedJob.NAMESPACE,
                id,
                Duration.ofSeconds(3),
                clock,
                this,
                record -> {});
    }

    /** The part of its id that no other host has. */
    String name() {
        return id.suffix();
    }

    InstanceId id() {
        return id;
    }

    void join(List<SimulatedJob> jobs) {
        engine.open();
        jobs.forEach(job -> engine.schedule(job.code(), job.configuration()));
    }

    boolean isWell() {
        return !dead && !frozen && !cut && leaving == null;
    }

    boolean isDead() {
        return dead;
    }

    /** The runs whose user code is at work. */
    List<ItemRun> begun() {
        return begun;
    }

    /** Whether user code may believe that the item is its own. */
    boolean believesToHold(ItemRun run) {
        return simulation.mutant() == Mutant.IGNORE_LOST_CLAIM
                || (!run.state().isEnd() && run.order().claim().isHeld() && !cannotKnow.contains(run));
    }

    // ---- life --------------------------------------------------------------------------------------------------

    /** Does what is due here; says when the next thing is, in true time. */
    @Nullable
    Instant poll() {
        Instant now = world.now();
        if (dead || frozen) {
            return null;
        }
        if (stalledUntil.isAfter(now)) {
            return stalledUntil;
        }
        for (Work due : List.copyOf(work)) {
            if (!due.at.isAfter(now) && work.remove(due)) {
                if (due.begins) {
                    begin(due.run);
                } else {
                    end(due.run);
                }
            }
        }
        Duration wait = engine.poll(clock.instant());
        if (dead) {
            return null;
        }
        Instant next = wait == null ? null : now.plus(clock.trueLength(wait));
        for (Work waiting : work) {
            next = next == null || waiting.at.isBefore(next) ? waiting.at : next;
        }
        if (leaving != null && leaving.isDone()) {
            gone();
            return null;
        }
        return next;
    }

    @Override
    public void start(ItemRun run, int atOnce) {
        String job = run.order().configuration().getJobName();
        Instant with = simulation.invariants().isPlannedTime(run) ? run.order().scheduledTime() : Instant.MIN;
        busy.put(run, simulation.reasons().beginBusy(job, id.toString(), with, world.now()));
        Instant begins = world.now().plus(world.millis(0, 4));
        int kind = world.draw(30);
        Duration length =
                kind == 0 ? Duration.ofSeconds(4) : kind < 4 ? Duration.ofMillis(1_500) : world.millis(1, 300);
        if (!isForgotten(run)) {
            work.add(new Work(begins, run, true));
        }
        work.add(new Work(begins.plus(length), run, false));
    }

    /** Whether a deliberate fault has dropped the item from the takeover that the engine believes to have made. */
    private boolean isForgotten(ItemRun run) {
        SimulatedJob job = simulation.job(run.order().configuration().getJobName());
        return simulation.mutant() == Mutant.FORGET_FAILOVER_ITEM
                && simulation.invariants().isTakeover(run)
                && !id.toString()
                        .equals(simulation
                                .server()
                                .data(job.paths.running(run.order().item())));
    }

    private void begin(ItemRun run) {
        if (believesToHold(run)) {
            begun.add(run);
            simulation.invariants().begins(this, run);
        }
    }

    private void end(ItemRun run) {
        run.run();
        boolean began = begun.remove(run);
        free(run);
        if (began) {
            simulation.trace().add(name(), () -> "ends   " + Invariants.text(run) + " " + run.state());
        }
    }

    private void free(ItemRun run) {
        cannotKnow.remove(run);
        ObservedReasons.Interval interval = busy.remove(run);
        if (interval != null) {
            interval.ends(world.now().plus(RELEASE));
        }
    }

    @Override
    public void close() {}

    // ---- faults ------------------------------------------------------------------------------------------------

    /** The process is gone; the registry finds out when the session ends. */
    void crash(Duration expiry) {
        note("crashes");
        ObservedReasons.Interval lost =
                simulation.reasons().begin(ObservedReasons.ANY, world.now(), name() + " crashed");
        dead = true;
        simulation.invariants().crashed(this);
        List.copyOf(busy.keySet()).forEach(this::free);
        begun.clear();
        work.clear();
        client.disconnect();
        world.after(expiry, () -> {
            simulation.trace().add(name(), () -> "its session has expired");
            client.expireSession();
            gone();
            lost.ends(world.now().plus(EngineSimulation.RECOVERY));
        });
    }

    private void gone() {
        if (!dead) {
            note("has left");
        }
        client.close();
        link.close();
        simulation.hosts().remove(this);
    }

    void leave() {
        if (leaving == null && !dead) {
            note("leaves");
            ObservedReasons.Interval lost =
                    simulation.reasons().begin(ObservedReasons.ANY, world.now(), name() + " was leaving");
            CompletableFuture<Void> left = engine.leaveAll();
            leaving = left;
            left.whenComplete((done, failure) -> lost.ends(world.now().plus(EngineSimulation.RECOVERY)));
        }
    }

    /** The connection is lost; with an expiry the session is, too. */
    void cut(Duration length, @Nullable Duration expiry) {
        note("is cut off for " + length.toMillis() + " ms" + (expiry == null ? "" : ", its session expires"));
        cut = true;
        link.open();
        client.disconnect();
        troubled(length, expiry, "was cut off");
    }

    /** The process stands still, user code and all. */
    void freeze(Duration length, @Nullable Duration expiry) {
        note("stands still for " + length.toMillis() + " ms" + (expiry == null ? "" : ", its session expires"));
        frozen = true;
        client.freeze(true);
        troubled(length, expiry, "stood still");
    }

    private void troubled(Duration length, @Nullable Duration expiry, String what) {
        ObservedReasons.Interval lost =
                simulation.reasons().begin(ObservedReasons.ANY, world.now(), name() + " " + what);
        simulation.invariants().lostTouch(this);
        if (expiry != null) {
            world.after(expiry, () -> {
                if (!dead && (cut || frozen)) {
                    simulation.trace().add(name(), () -> "its session has expired");
                    client.expireSession();
                }
            });
        }
        world.after(length, () -> {
            heal();
            lost.ends(world.now().plus(EngineSimulation.RECOVERY));
        });
    }

    /** The server ends the session although the connection is good. */
    void expire() {
        note("its session is ended by the server");
        simulation.invariants().lostTouch(this);
        excuse(Duration.ZERO, "lost its session");
        cannotKnow.addAll(busy.keySet());
        client.expireSession();
    }

    /** The next request takes effect, but its answer is lost with the connection. */
    void loseNextAnswer() {
        note("loses the connection with its next answer");
        simulation.invariants().lostTouch(this);
        Duration length = world.millis(100, 800);
        excuse(length, "lost an answer");
        client.loseNextAnswer();
        world.after(length, this::heal);
    }

    void slow(Duration length) {
        note("has a slow network for " + length.toMillis() + " ms");
        excuse(length, "had a slow network");
        link.delay(length);
    }

    void stall(Duration length) {
        note("does nothing for " + length.toMillis() + " ms");
        excuse(length, "was slow");
        stalledUntil = world.now().plus(length);
    }

    void lag(Duration length) {
        note("reads from a server that lags, for " + length.toMillis() + " ms");
        excuse(length, "read from a server that lagged");
        client.lag(true);
        world.after(length, () -> client.lag(false));
    }

    private void excuse(Duration length, String what) {
        simulation
                .reasons()
                .during(
                        ObservedReasons.ANY,
                        world.now(),
                        world.now().plus(length).plus(EngineSimulation.RECOVERY),
                        name() + " " + what);
    }

    void heal() {
        if (dead || simulation.hosts().stream().noneMatch(host -> host == this)) {
            return;
        }
        if (frozen) {
            frozen = false;
            client.freeze(false);
        }
        if (cut) {
            note("is connected again");
        }
        cut = false;
        client.lag(false);
        client.reconnect();
    }

    private void note(String what) {
        simulation.trace().add(name(), () -> what);
    }

    /** How far its clock is ahead. */
    Duration ahead() {
        return clock.ahead();
    }

    @Override
    public String toString() {
        return id.toString();
    }
}

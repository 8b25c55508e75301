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

import io.carillon.jobs.CheckpointException;
import io.carillon.jobs.engine.DrivenEngine;
import io.carillon.jobs.execution.CheckpointStore;
import io.carillon.jobs.execution.ItemRun;
import io.carillon.jobs.execution.Workers;
import io.carillon.jobs.history.Decision;
import io.carillon.jobs.history.JobObserver;
import io.carillon.jobs.history.RunRecord;
import io.carillon.jobs.model.InstanceId;
import io.carillon.jobs.model.ItemRunLife;
import io.carillon.jobs.model.PeerVersion;
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
final class SimulatedHost implements Workers, JobObserver {

    /** How long a fault of the connection may cost firings after its end. */
    private static final Duration RECOVERY = Duration.ofMillis(500);

    private final EngineSimulation simulation;
    private final VirtualWorld world;
    private final InstanceId id;
    private final HostClock clock;
    private final VirtualWorld.Link link;
    private final InMemoryRegistry.Client client;
    private final HostRegistry registry;
    private final DrivenEngine engine;
    private final List<ItemRun> begun = new ArrayList<>();
    private final List<Work> work = new ArrayList<>();
    /** Given to the workers and not ended. */
    private final Set<ItemRun> active = new HashSet<>();
    /** The runs of a session whose end nobody here could hear of: their claims end before. */
    private final Set<ItemRun> cannotKnow = new HashSet<>();

    private final Map<ItemRun, CheckpointStore> checkpoints = new HashMap<>();
    private boolean dead;
    /** Numbers the faults that end by themselves. */
    private int trouble;

    private boolean frozen;
    private boolean cut;
    private boolean unheard;
    private boolean jumped;
    /** Whether it was suspended, and has not looked at its clock since. */
    private boolean slept;

    private Instant setBack = Instant.EPOCH;

    private boolean drained;
    private boolean handedOver;
    private Instant lastTrouble = Instant.MIN;
    private Instant stalledUntil = Instant.MIN;
    private @Nullable Instant sessionGoneAt;
    private @Nullable CompletableFuture<Void> leaving;
    private ObservedReasons.@Nullable Interval absent;
    /** From when on it had handed over the items of a job. */
    private final List<ObservedReasons.Interval> farewells = new ArrayList<>();

    /** What a worker does next. */
    private enum Step {
        BEGIN,
        SAVE,
        END
    }

    /** A step of a run at an instant. */
    private record Work(Instant at, ItemRun run, Step step) {}

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
        this.registry = new HostRegistry(used, this, simulation);
        this.engine = new DrivenEngine(
                registry,
                SimulatedJob.NAMESPACE,
                id,
                Duration.ofSeconds(3),
                Duration.ofSeconds(15),
                mutant == Mutant.TRUST_BY_THE_WALL ? clock.onTheWall() : clock,
                this,
                this,
                PeerVersion.V3_0_4);
    }

    /** The part of its id that no other host has. */
    String name() {
        return id.suffix();
    }

    InstanceId id() {
        return id;
    }

    VirtualWorld.Link link() {
        return link;
    }

    void join(List<SimulatedJob> jobs) {
        engine.open();
        jobs.forEach(job -> engine.schedule(job.code(), job.configuration()));
    }

    boolean isWell() {
        return !dead && !frozen && !cut && !unheard && leaving == null;
    }

    boolean isDead() {
        return dead;
    }

    boolean isDrained() {
        return drained;
    }

    boolean hasJumped() {
        return jumped;
    }

    /** Whether somebody may set its clock wrong now. */
    boolean isClockRight() {
        return !jumped && !slept;
    }

    /** The runs whose user code is at work. */
    List<ItemRun> begun() {
        return begun;
    }

    /** Whether user code may believe that the item is its own, and could know better. */
    boolean believesToHold(ItemRun run) {
        return simulation.mutant() == Mutant.IGNORE_LOST_CLAIM
                || (!run.state().isEnd() && run.order().claim().isHeld() && !cannotKnow.contains(run));
    }

    /** Whether others may have taken what a run was about, as something has happened to this host since it began. */
    boolean hasLostTouch(ItemRun run, Instant begun) {
        return dead || !lastTrouble.isBefore(begun) || !run.order().claim().isHeld();
    }

    /** When the session was ended without this host hearing of it; null when it was not, or has heard. */
    @Nullable
    Instant sessionGoneAt() {
        return sessionGoneAt;
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
                switch (due.step) {
                    case BEGIN -> begin(due.run);
                    case SAVE -> save(due.run, false);
                    case END -> end(due.run);
                }
                if (dead) {
                    return null;
                }
            }
        }
        Duration wait = engine.poll(clock.instant());
        slept = false;
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
        active.add(run);
        if (sessionGoneAt != null) {
            cannotKnow.add(run);
        }
        Instant begins = world.now().plus(world.millis(0, 4));
        // another attempt takes no time: its run is in no state between two events that the engine would not know
        Duration length = run.state() == ItemRunLife.State.PAUSING
                ? Duration.ZERO
                : simulation.job(run.order().configuration().getJobName()).drawLength(world);
        if (!isForgotten(run)) {
            work.add(new Work(begins, run, Step.BEGIN));
            if (simulation.job(run.order().configuration().getJobName()).keepsCheckpoints) {
                work.add(new Work(begins.plus(length.dividedBy(2)), run, Step.SAVE));
            }
        }
        work.add(new Work(begins.plus(length), run, Step.END));
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
        if (!believesToHold(run) || isOver(run)) {
            return;
        }
        if (handedOver) {
            simulation.fail(Invariants.text(run) + " begins on " + id + ", which is drained");
        }
        begun.add(run);
        simulation.invariants().begins(this, run);
        if (simulation.job(run.order().configuration().getJobName()).keepsCheckpoints && link.isOpen()) {
            CheckpointStore store = run.order().checkpoint().get();
            try {
                String text = registry.inUserCode(store::load);
                simulation.invariants().checkpoints().loaded(run, text);
                checkpoints.put(run, store);
            } catch (CheckpointException e) {
                simulation.trace().add(name(), () -> "does not get the checkpoint of " + Invariants.text(run));
            }
        }
    }

    private static boolean isOver(ItemRun run) {
        return run.state() != ItemRunLife.State.CLAIMED && run.state() != ItemRunLife.State.PAUSING;
    }

    /** Saves a checkpoint in the midst of a run, or clears it at the end. */
    private void save(ItemRun run, boolean clear) {
        CheckpointStore store = checkpoints.get(run);
        if (store == null || !begun.contains(run) || !link.isOpen()) {
            return;
        }
        String text = clear ? null : "fence " + run.order().claim().fence() + " at " + world.now();
        try {
            registry.inUserCode(() -> {
                store.save(text);
                return text;
            });
            simulation.invariants().checkpoints().saved(run, text);
            simulation.trace().add(name(), () -> "saves  " + Invariants.text(run) + ": " + text);
        } catch (CheckpointException e) {
            simulation.invariants().checkpoints().unsure(run, text);
            simulation.trace().add(name(), () -> "has not saved the checkpoint of " + Invariants.text(run));
        }
    }

    private void end(ItemRun run) {
        if (run.order().claim().fence() % 3 == 0 && !run.state().isEnd()) {
            save(run, true);
            if (dead) {
                return;
            }
        }
        run.run();
        boolean began = begun.remove(run);
        free(run);
        if (began) {
            simulation.trace().add(name(), () -> "ends   " + Invariants.text(run) + " " + run.state());
        }
    }

    private void free(ItemRun run) {
        cannotKnow.remove(run);
        active.remove(run);
        checkpoints.remove(run);
    }

    @Override
    public void close() {}

    // ---- told by the engine ------------------------------------------------------------------------------------

    @Override
    public void begins(Task task) {
        simulation.invariants().claimed(task);
    }

    @Override
    public void ended(RunRecord record) {
        simulation.invariants().ended(record);
        simulation.reasons().ended(record);
    }

    @Override
    public void decided(Decision decision) {
        simulation
                .trace()
                .add(
                        name(),
                        () -> (decision.ended() ? "said   " : "says   ") + decision.jobName()
                                + (decision.item() < 0 ? "" : " item " + decision.item()) + " of " + decision.firstDue()
                                + (decision.lastDue().equals(decision.firstDue()) ? "" : " to " + decision.lastDue())
                                + ": " + decision.reason() + " " + decision.arguments());
        simulation.reasons().decided(decision, world.now());
    }

    // ---- orders ------------------------------------------------------------------------------------------------

    /** Hands over all items; takes no part any more. */
    void drain() {
        note("is drained");
        drained = true;
        if (simulation.hosts().stream().noneMatch(host -> host.isWell() && !host.isDrained())) {
            absent = suffers("was drained, and nobody else was there");
        }
        if (simulation.mutant() == Mutant.DRAIN_WHILE_RUNNING) {
            giveAwayWhatRuns();
        }
        CompletableFuture<Void> away = engine.drain();
        away.thenRun(() -> {
            handedOver = drained;
            if (handedOver && !dead && leaving == null) {
                note("has handed over");
                if (absent == null) {
                    absent = suffers("had handed over, and its items were not dealt yet");
                }
            }
        });
    }

    /** It is off the registry for a job, in order: its items are to be dealt anew. */
    void saidFarewell(String job) {
        if (leaving != null || drained) {
            String what = "its owner had handed over, and its items were not dealt yet";
            farewells.add(simulation.reasons().beginOwner(job, id.toString(), world.now(), what));
        }
    }

    /** A deliberate fault: the instance is off the registry while its items run. */
    private void giveAwayWhatRuns() {
        for (ItemRun run : begun) {
            SimulatedJob job = simulation.job(run.order().configuration().getJobName());
            String mark = job.paths.running(run.order().item());
            if (id.toString().equals(simulation.server().data(mark))) {
                client.commit(List.of(new io.carillon.jobs.coordination.Registry.Write.Delete(mark, -1)), result -> {});
            }
        }
    }

    void undrain() {
        if (drained && !dead) {
            note("takes part again");
            drained = false;
            handedOver = false;
            if (absent != null) {
                absent.ends(world.now().plus(RECOVERY));
                absent = null;
            }
            farewells.forEach(interval -> interval.ends(world.now().plus(RECOVERY)));
            farewells.clear();
            engine.undrain();
        }
    }

    // ---- faults ------------------------------------------------------------------------------------------------

    private ObservedReasons.Interval suffers(String what) {
        simulation.disturbed();
        return simulation.reasons().beginOwner(ObservedReasons.ANY, id.toString(), world.now(), "its owner " + what);
    }

    private void suffers(Duration length, String what) {
        suffers(what).ends(world.now().plus(length).plus(RECOVERY));
    }

    private void touchIsLost() {
        simulation.invariants().lostTouch(this);
        lastTrouble = world.now();
    }

    /** The process is gone; the registry finds out when the session ends. */
    void crash(Duration expiry) {
        note("crashes");
        suffers("had crashed");
        dead = true;
        lastTrouble = world.now();
        simulation.invariants().crashed(this);
        active.clear();
        begun.clear();
        work.clear();
        client.disconnect();
        world.after(expiry, () -> {
            simulation.trace().add(name(), () -> "its session has expired");
            client.expireSession();
            gone();
        });
    }

    private void gone() {
        if (!dead) {
            note("has left");
            suffers("had left, and its items were not dealt yet");
        }
        simulation.disturbed();
        dead = true;
        client.close();
        link.close();
        simulation.hosts().remove(this);
    }

    void leave() {
        if (leaving == null && !dead) {
            note("leaves");
            simulation.disturbed();
            if (simulation.hosts().stream().noneMatch(host -> host != this && host.isWell() && !host.isDrained())) {
                suffers("was leaving, and nobody else was there");
            }
            leaving = engine.leaveAll();
        }
    }

    /** The connection is lost; with an expiry the session is, too. */
    void cut(Duration length, @Nullable Duration expiry) {
        note("is cut off for " + length.toMillis() + " ms" + (expiry == null ? "" : ", its session expires"));
        cut = true;
        link.open();
        client.disconnect();
        troubled(length, expiry, expiry == null ? "was cut off" : "was cut off until its session had expired");
    }

    /** The process stands still, user code and all. */
    void freeze(Duration length, @Nullable Duration expiry) {
        note("stands still for " + length.toMillis() + " ms" + (expiry == null ? "" : ", its session expires"));
        frozen = true;
        client.freeze(true);
        troubled(length, expiry, expiry == null ? "stood still" : "stood still until its session had expired");
    }

    /**
     * The whole host stands still, and does not count the time. Where the clock has just been set back, so that its engine has not
     * looked at it since, the time is counted: else no clock of the host would tell how long it slept.
     */
    void suspend(Duration length, Duration expiry) {
        if (world.now().isAfter(setBack.plus(EngineSimulation.SESSION_TIMEOUT.dividedBy(2)))) {
            clock.suspend(true);
            slept = true;
        }
        freeze(length, expiry);
    }

    private void troubled(Duration length, @Nullable Duration expiry, String what) {
        ObservedReasons.Interval lost = suffers(what);
        int number = ++trouble;
        touchIsLost();
        if (expiry != null) {
            world.after(expiry, () -> {
                if (!dead && (cut || frozen) && trouble == number) {
                    simulation.trace().add(name(), () -> "its session has expired");
                    simulation.disturbed();
                    client.expireSession();
                }
            });
        }
        world.after(length, () -> {
            heal();
            lost.ends(world.now().plus(RECOVERY));
        });
    }

    /**
     * The network swallows what this host sends, or what is sent to it, or both, without a sign.
     *
     * @param noticed when the client has read nothing for so long that it gives the connection up
     * @param expiry when the server, which has heard nothing, ends the session; null when it goes on hearing
     */
    void swallow(boolean requests, boolean answers, Duration noticed, @Nullable Duration expiry, Duration length) {
        note("is in a network that swallows " + (requests ? "requests " : "") + (answers ? "answers " : "") + "for "
                + length.toMillis() + " ms" + (expiry == null ? "" : ", its session expires"));
        unheard = true;
        ObservedReasons.Interval lost = suffers("was in a network that swallows messages");
        int number = ++trouble;
        touchIsLost();
        client.swallow(requests, answers);
        world.after(noticed, () -> {
            if (unheard && !dead && trouble == number) {
                note("has heard nothing for too long: its connection is lost");
                unheard = false;
                cut = true;
                client.disconnect();
            }
        });
        if (expiry != null) {
            world.after(expiry, () -> {
                if (!dead && (unheard || cut) && trouble == number) {
                    simulation.trace().add(name(), () -> "its session has expired, and it does not hear of it");
                    simulation.disturbed();
                    touchIsLost();
                    sessionGoneAt = world.now();
                    cannotKnow.addAll(active);
                    client.expireUnheard();
                }
            });
        }
        world.after(length, () -> {
            heal();
            lost.ends(world.now().plus(RECOVERY));
        });
    }

    /** The server ends the session although the connection is good. */
    void expire() {
        note("its session is ended by the server");
        touchIsLost();
        suffers(Duration.ZERO, "had its session ended by the server");
        cannotKnow.addAll(active);
        client.expireSession();
    }

    /** The next request takes effect, but its answer is lost with the connection. */
    void loseNextAnswer() {
        note("loses the connection with its next answer");
        touchIsLost();
        Duration length = world.millis(100, 800);
        suffers(length, "was cut off with an answer");
        client.loseNextAnswer();
        world.after(length, this::heal);
    }

    void slow(Duration length) {
        note("has a slow network for " + length.toMillis() + " ms");
        suffers(length, "had a slow network");
        link.delay(length);
    }

    void stall(Duration length) {
        note("does nothing for " + length.toMillis() + " ms");
        suffers(length, "was slow");
        stalledUntil = world.now().plus(length);
    }

    void lag(Duration length) {
        note("reads from a server that lags, for " + length.toMillis() + " ms");
        suffers(length, "read from a server that lagged");
        client.lag(true);
        world.after(length, () -> client.lag(false));
    }

    /** Somebody sets its clock, and right again later. */
    void jump(Duration by, Duration length) {
        note("its clock jumps by " + by.toMillis() + " ms, for " + length.toMillis() + " ms");
        // what was run ahead of time is not run again, also by those who get the items
        ObservedReasons.Interval wrong =
                suffers("had a clock that was set wrong").alsoOfFormerOwners();
        jumped = true;
        set(by);
        world.after(
                length,
                () -> onceAwake(() -> {
                    if (jumped && !dead) {
                        setRight();
                    }
                    // what it took for past it does not run again, and what it took for to come it has run
                    wrong.ends(world.now().plus(by.abs()).plus(RECOVERY));
                }));
    }

    /**
     * Nobody sets the clock of a suspended host: what it says when the host goes on is all that tells how long it slept, as the
     * other clock has not counted that.
     */
    private void onceAwake(Runnable setting) {
        if (slept && !dead) {
            world.after(Duration.ofMillis(100), () -> onceAwake(setting));
        } else {
            setting.run();
        }
    }

    private void setRight() {
        note("its clock is set right");
        jumped = false;
        set(clock.jumped().negated());
    }

    private void set(Duration by) {
        clock.jump(by);
        if (by.isNegative()) {
            setBack = world.now();
        }
    }

    void heal() {
        if (dead || simulation.hosts().stream().noneMatch(host -> host == this)) {
            return;
        }
        simulation.disturbed();
        if (frozen || cut || unheard) {
            lastTrouble = world.now();
        }
        if (frozen) {
            frozen = false;
            clock.suspend(false);
            client.freeze(false);
        }
        if (unheard) {
            unheard = false;
            client.swallow(false, false);
            if (sessionGoneAt != null) {
                client.disconnect();
            }
        }
        if (cut) {
            note("is connected again");
        }
        cut = false;
        sessionGoneAt = null;
        client.lag(false);
        client.reconnect();
    }

    /** No more faults: heals, and takes part. */
    void recover() {
        heal();
        onceAwake(() -> {
            if (jumped && !dead) {
                setRight();
            }
        });
        undrain();
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

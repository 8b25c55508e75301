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

import io.carillon.jobs.model.InstanceId;
import io.carillon.testkit.jobs.InMemoryRegistry;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A cluster of engines and its registry on one thread, with faults, all drawn from a seed: the same seed plays the same
 * history. One thread only, but many simulations may be played at once.
 *
 * <p>The {@link Invariants} are looked at after every event. After the last fault the cluster has a stated time to settle;
 * from then on nothing but a long run or a disabled item excuses a lost firing. At the end all engines leave, and nothing of
 * theirs may be left in the registry.
 */
public final class EngineSimulation {

    static final Duration SESSION_TIMEOUT = Duration.ofSeconds(4);
    /** When the faults are over, every item has an owner after this time. */
    static final Duration SETTLE = Duration.ofSeconds(15);

    /** Not on a millisecond: what is done in whole ones never meets a planned time by chance. */
    private static final Instant START = Instant.parse("2026-01-01T00:00:00.100007Z");

    /** How long after a fault, or after its end, ElasticJob's instances may run twice what others run, too. */
    private static final Duration DISTURBED = Duration.ofSeconds(6);

    private static final Duration FAULTS_LAST = Duration.ofSeconds(30);
    private static final Duration WATCHED = Duration.ofSeconds(11);
    private static final Duration LAST_ONES = Duration.ofSeconds(5);

    /** Where instances meet, a firing waits for a long run of another, then takes as long itself, and waits again. */
    private static final Duration LAST_MEETINGS = Duration.ofSeconds(14);

    private static final int MOST_EVENTS = 1_000_000;

    private final long seed;
    private final @Nullable Mutant mutant;
    private final VirtualWorld world;
    private final InMemoryRegistry server;
    private final Trace trace;
    private final List<SimulatedHost> hosts = new ArrayList<>();
    private final List<ElasticJobPeer> peers = new ArrayList<>();
    private final List<SimulatedJob> jobs = new ArrayList<>();
    private final ObservedReasons reasons;
    private final List<FiringReasons> allReasons = new ArrayList<>();
    private final Invariants invariants;
    private final Faults faults;
    private final int skew;
    private final boolean mixed;
    private Instant disturbedAt = Instant.MIN;
    private boolean calm;
    private int events;
    private int names;

    public EngineSimulation(long seed) {
        this(seed, null, null);
    }

    /**
     * @param mutant a deliberate fault in the protocol, or null
     * @param out gets every event as it happens, or null
     */
    public EngineSimulation(long seed, @Nullable Mutant mutant, @Nullable PrintStream out) {
        this.seed = seed;
        this.mutant = mutant;
        this.world = new VirtualWorld(seed, START);
        this.server = new InMemoryRegistry(world.time(), SESSION_TIMEOUT, world.link());
        this.trace = new Trace(world.time(), out);
        this.skew = world.chance(2) ? 0 : 20 + world.draw(400);
        this.reasons = new ObservedReasons(Duration.ofMillis(skew));
        this.allReasons.add(reasons);
        this.invariants = new Invariants(this);
        this.faults = new Faults(this);
        this.mixed = world.chance(4);
        int count = 1 + Math.min(world.draw(3), world.draw(3));
        for (int i = 1; i <= count; i++) {
            jobs.add(new SimulatedJob("job" + i, world, mixed));
        }
    }

    /** Asks one more source why a firing was not run. */
    public void addReasons(FiringReasons more) {
        allReasons.add(more);
    }

    /**
     * Plays the history to its end.
     *
     * @throws Violation naming the seed and what was violated, with the latest events
     */
    public SimulationReport run() {
        SimulatedMeeting.plays(this);
        try {
            return play();
        } finally {
            SimulatedMeeting.plays(null);
            List.copyOf(peers).forEach(ElasticJobPeer::end);
        }
    }

    private SimulationReport play() {
        for (SimulatedJob job : jobs) {
            trace.add("", () -> "job " + job.configuration());
        }
        if (mixed && world.chance(2)) {
            startPeer();
        }
        startHost();
        if (mixed && peers.isEmpty()) {
            startPeer();
        }
        Instant quiet = world.now().plus(FAULTS_LAST);
        faults.planUntil(quiet);
        playUntil(quiet);
        faults.end();
        playUntil(world.now().plus(SETTLE));
        calm = true;
        reasons.calm(world.now());
        invariants.firings().calm(world.now());
        invariants.checkSettled();
        watch();
        leaveAll();
        return new SimulationReport(
                seed,
                events,
                faults.counts(),
                invariants.firings().ran(),
                invariants.firings().excuses(),
                invariants.takenOver(),
                invariants.runAgain(),
                invariants.rerun(),
                invariants.requests().runs(),
                invariants.checkpoints().saves());
    }

    /** Nothing disturbs the cluster any more. */
    private void watch() {
        invariants.forgetByHand();
        Instant from = world.now();
        List<SimulatedJob> triggered =
                // an item that runs for a request is left out by a trigger
                jobs.stream()
                        .filter(job ->
                                !job.isPlanned() && !invariants.requests().isOpen(job))
                        .toList();
        triggered.forEach(faults::trigger);
        playUntil(from.plus(LAST_ONES));
        triggered.forEach(invariants::checkByHand);
        jobs.forEach(job -> faults.request(job, true));
        playUntil(from.plus(WATCHED));
        Instant to = world.now();
        playUntil(to.plus(jobs.stream().anyMatch(job -> job.meets) ? LAST_MEETINGS : LAST_ONES));
        invariants.checkOwners();
        invariants.requests().checkDone();
        invariants.checkMeetings(from.plusSeconds(5), to);
    }

    private void leaveAll() {
        invariants.firings().close();
        List.copyOf(peers).forEach(ElasticJobPeer::leave);
        List.copyOf(hosts).forEach(SimulatedHost::leave);
        playUntil(world.now().plus(SETTLE));
        invariants.checkNothingLeftBehind();
    }

    // ---- the play ----------------------------------------------------------------------------------------------

    void playUntil(Instant until) {
        while (world.now().isBefore(until)) {
            if (++events > MOST_EVENTS) {
                fail("the cluster does not come to rest: " + events + " events");
            }
            event(until);
            invariants.check();
        }
    }

    private void event(Instant until) {
        if (world.doWhatIsDue()) {
            return;
        }
        boolean busy = world.isNetworkBusy();
        if (busy && world.draw(4) > 0) {
            world.deliverSomething();
            return;
        }
        if (busy && world.chance(2) && !hosts.isEmpty()) {
            world.pick(hosts).poll();
            return;
        }
        Instant now = world.now();
        Instant next = until;
        for (ElasticJobPeer peer : List.copyOf(peers)) {
            Instant wakes = peer.poll();
            next = wakes != null && wakes.isBefore(next) ? wakes : next;
        }
        for (SimulatedHost host : List.copyOf(hosts)) {
            Instant wakes = host.poll();
            next = wakes != null && wakes.isBefore(next) ? wakes : next;
        }
        if (world.isNetworkBusy()) {
            if (world.chance(8)) {
                world.time().advance(world.millis(1, 3));
            }
            return;
        }
        Instant plan = world.nextPlan();
        next = plan != null && plan.isBefore(next) ? plan : next;
        world.time().advanceTo(next.isAfter(now) ? next : now.plusNanos(1_000));
    }

    void startHost() {
        Duration offset = Duration.ofMillis(skew == 0 ? 0 : world.draw(2 * skew + 1) - skew);
        int drift = skew == 0 ? 0 : world.draw(401) - 200;
        if (skew > 0) {
            faults.counts().merge(FaultKind.CLOCK_SKEW, 1, Integer::sum);
        }
        int number = names++;
        SimulatedHost host = new SimulatedHost(
                this,
                new InstanceId("10.0.0." + (1 + number % 3), "p" + number),
                new HostClock(world.time(), offset, drift));
        hosts.add(host);
        disturbed();
        trace.add(host.name(), () -> host + " starts, its clock " + offset.toMillis() + " ms ahead");
        host.join(jobs);
    }

    void startPeer() {
        int number = names++;
        ElasticJobPeer peer = new ElasticJobPeer(this, new InstanceId("10.0.0." + (1 + number % 3), "e" + number));
        peers.add(peer);
        peer.join(jobs);
    }

    // ---- for the parts -----------------------------------------------------------------------------------------

    VirtualWorld world() {
        return world;
    }

    InMemoryRegistry server() {
        return server;
    }

    Trace trace() {
        return trace;
    }

    List<SimulatedHost> hosts() {
        return hosts;
    }

    List<ElasticJobPeer> peers() {
        return peers;
    }

    /** Whether instances of ElasticJob take part. */
    boolean isMixed() {
        return mixed;
    }

    /** Whether the faults are over, and the time to settle, too. */
    boolean isCalm() {
        return calm;
    }

    boolean isPeer(String id) {
        return id.contains("@-@e");
    }

    /** Something has happened that ElasticJob's instances do not bear without runs that are doubled. */
    void disturbed() {
        disturbedAt = world.now();
    }

    boolean isDisturbed() {
        return world.now().isBefore(disturbedAt.plus(DISTURBED));
    }

    List<SimulatedJob> jobs() {
        return jobs;
    }

    SimulatedJob job(String name) {
        return jobs.stream().filter(job -> job.name().equals(name)).findFirst().orElseThrow();
    }

    ObservedReasons reasons() {
        return reasons;
    }

    Invariants invariants() {
        return invariants;
    }

    Faults faults() {
        return faults;
    }

    @Nullable
    Mutant mutant() {
        return mutant;
    }

    /** Why a firing was not run, by whoever knows. */
    @Nullable
    String reason(String job, int item, Instant scheduledTime) {
        for (FiringReasons source : allReasons) {
            String reason = source.whyNot(job, item, scheduledTime);
            if (reason != null) {
                return reason;
            }
        }
        return null;
    }

    void fail(String what) {
        StringBuilder text = new StringBuilder("latest events (of " + events + "):\n").append(trace.latest());
        text.append("registry at ").append(world.now()).append(":\n");
        server.dump().forEach((path, data) -> text.append("  ")
                .append(path)
                .append(data.isEmpty() || data.contains("\n") ? "" : " = " + data)
                .append('\n'));
        throw new Violation(seed, what, text.toString());
    }
}

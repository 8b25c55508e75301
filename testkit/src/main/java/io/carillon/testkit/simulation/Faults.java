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

import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.coordination.FailedItems;
import io.carillon.jobs.coordination.InstanceOrder;
import io.carillon.jobs.coordination.InstanceOrder.Kind;
import io.carillon.jobs.coordination.JobIntent;
import io.carillon.jobs.coordination.JobPaths;
import io.carillon.jobs.coordination.Registry;
import io.carillon.jobs.coordination.Registry.CreateMode;
import io.carillon.jobs.coordination.Registry.Write;
import io.carillon.jobs.history.RunHistory;
import io.carillon.jobs.operations.JobCommands;
import io.carillon.jobs.operations.JobRequests;
import io.carillon.jobs.operations.JobRequests.BackfillRequest;
import io.carillon.jobs.operations.JobRequests.TriggerRequest;
import io.carillon.jobs.operations.RegistryOperations;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Injects faults, drawn from the seed: one now and then, and some that wait for the worst moment. One thread at a time. */
final class Faults {

    /** How long it may take until a switch is known everywhere. */
    private static final Duration SWITCHED = Duration.ofMillis(500);

    private static final int MOST_HOSTS = 4;
    private static final int MOST_PEERS = 2;
    private static final EnumSet<FaultKind> OF_PEERS =
            EnumSet.of(FaultKind.PEER_JOIN, FaultKind.PEER_LEAVE, FaultKind.PEER_CRASH, FaultKind.PEER_DELAYED);
    private static final List<FaultKind> DRAWN = Arrays.stream(FaultKind.values())
            .filter(kind -> kind != FaultKind.CLOCK_SKEW && !OF_PEERS.contains(kind))
            .toList();

    private final EngineSimulation simulation;
    private final VirtualWorld world;
    private final Registry operator;
    private final Map<FaultKind, Integer> counts = new EnumMap<>(FaultKind.class);
    private final Map<String, ObservedReasons.Interval> off = new HashMap<>();
    private final Map<String, ObservedReasons.Interval> noItems = new HashMap<>();
    private final int longestGap;
    private final List<Open> open = new ArrayList<>();
    private @Nullable Ambush ambush;
    private int parameters;
    private boolean over;

    /** A request that was asked and may be open. */
    private record Open(SimulatedJob job, String id) {}

    /** A fault that waits for its moment. */
    private record Ambush(FaultKind kind, List<Moment> moments, boolean before, int passes, Consumer<Strike> action) {}

    /** Where an ambush strikes. */
    private record Strike(SimulatedHost host, String job) {}

    Faults(EngineSimulation simulation) {
        this.simulation = simulation;
        this.world = simulation.world();
        this.longestGap = world.pick(List.of(1_200, 2_500, 6_000));
        this.operator = simulation.server().connect(inTurn());
    }

    Map<FaultKind, Integer> counts() {
        return counts;
    }

    private void count(FaultKind kind) {
        counts.merge(kind, 1, Integer::sum);
    }

    // ---- when --------------------------------------------------------------------------------------------------

    /** Plans faults up to an instant. */
    void planUntil(Instant quiet) {
        Duration wait = world.millis(100, longestGap);
        if (world.chance(3)) {
            // about when firings are due
            long into = world.now().plus(wait).toEpochMilli() % 1_000;
            wait = wait.plusMillis(Math.max(-50, 1_000 - into - 50 + world.draw(100)));
        }
        if (world.now().plus(wait).isBefore(quiet)) {
            world.after(wait, () -> {
                if (!over) {
                    inject();
                    planUntil(quiet);
                }
            });
        }
    }

    /** Ends all faults; makes sure that somebody is there, and that everything is switched on. */
    void end() {
        over = true;
        ambush = null;
        simulation.trace().add("", () -> "no more faults");
        List.copyOf(simulation.hosts()).forEach(SimulatedHost::recover);
        if (simulation.hosts().stream().noneMatch(SimulatedHost::isWell)) {
            simulation.startHost();
        }
        open.forEach(request -> rule(request, JobRequests::resume));
        for (SimulatedJob job : simulation.jobs()) {
            if (open.stream().anyMatch(request -> request.job == job)) {
                List.copyOf(job.disabledItems).forEach(item -> switchItem(job, item));
            }
            // a pause ends by itself
            if (!isPaused(job)) {
                switchOn(job);
            }
        }
    }

    private void switchOn(SimulatedJob job) {
        for (String ip : simulation.server().childrenOf(job.paths.servers())) {
            admin(List.of(new Write.SetData(job.paths.server(ip), JobPaths.ENABLED, -1)));
        }
    }

    void before(SimulatedHost host, Moment moment, List<Write> writes) {
        strike(host, moment, writes, true);
    }

    void after(SimulatedHost host, Moment moment, List<Write> writes) {
        strike(host, moment, writes, false);
    }

    private void strike(SimulatedHost host, Moment moment, List<Write> writes, boolean before) {
        Ambush waiting = ambush;
        if (waiting == null || waiting.before != before || !waiting.moments.contains(moment) || !host.isWell()) {
            return;
        }
        if (waiting.passes > 0) {
            ambush = new Ambush(waiting.kind, waiting.moments, before, waiting.passes - 1, waiting.action);
            return;
        }
        ambush = null;
        count(waiting.kind);
        simulation.trace().add(host.name(), () -> waiting.kind + (before ? " before " : " after ") + moment);
        waiting.action.accept(new Strike(host, Moment.jobOf(writes)));
    }

    private void lieInWait(FaultKind kind, List<Moment> moments, int passes, Consumer<Strike> action) {
        ambush = new Ambush(kind, moments, world.chance(2), passes, action);
    }

    // ---- what --------------------------------------------------------------------------------------------------

    private void inject() {
        List<SimulatedHost> well =
                simulation.hosts().stream().filter(SimulatedHost::isWell).toList();
        if (well.isEmpty() || (simulation.hosts().size() < MOST_HOSTS && world.chance(5))) {
            count(FaultKind.JOIN);
            simulation.startHost();
            return;
        }
        if (simulation.isMixed() && world.chance(4)) {
            injectIntoPeers();
            return;
        }
        FaultKind kind = draw();
        SimulatedHost victim = world.pick(well);
        switch (kind) {
            case LEADER_LOST ->
                lieInWait(kind, List.of(Moment.REQUEST, Moment.DEAL), world.draw(2), strike -> lose(strike.host));
            case CRASH_AT_COMMIT ->
                lieInWait(kind, List.of(Moment.values()), world.draw(6), strike -> strike.host.crash(expiry()));
            case CONFIGURED_AT_COMMIT ->
                lieInWait(
                        kind,
                        List.of(Moment.REQUEST, Moment.DEAL, Moment.CLAIM, Moment.TAKEOVER, Moment.RELEASE),
                        world.draw(3),
                        strike -> simulation.jobs().stream()
                                .filter(job -> job.name().equals(strike.job))
                                .forEach(this::configure));
            case MESSAGES_DELAYED_AT_COMMIT ->
                lieInWait(
                        kind,
                        List.of(Moment.CLAIM, Moment.CLAIM, Moment.DEAL, Moment.RELEASE, Moment.TAKEOVER),
                        world.draw(3),
                        strike -> strike.host.slow(world.millis(50, 1_500)));
            case CONNECTION_LOST_AT_CLAIM ->
                lieInWait(
                        kind,
                        List.of(Moment.CLAIM, Moment.TAKEOVER),
                        world.draw(3),
                        strike -> strike.host.cut(world.millis(10, 800), null));
            case BLACK_HOLE_AT_CLAIM ->
                lieInWait(
                        kind,
                        List.of(Moment.CLAIM, Moment.TAKEOVER, Moment.REQUEST_CLAIM, Moment.CHECKPOINT),
                        world.draw(3),
                        strike -> blackHole(strike.host, true, true));
            case JOIN -> {
                if (simulation.hosts().size() < MOST_HOSTS) {
                    count(kind);
                    simulation.startHost();
                }
            }
            case STORM -> {
                count(kind);
                storm(1 + world.draw(4));
            }
            default -> {
                count(kind);
                inject(kind, victim);
            }
        }
    }

    private FaultKind draw() {
        Mutant mutant = simulation.mutant();
        List<FaultKind> needs = mutant == null ? List.of() : mutant.needs();
        return world.pick(!needs.isEmpty() && world.chance(2) ? needs : DRAWN);
    }

    private void inject(FaultKind kind, SimulatedHost victim) {
        SimulatedJob job = world.pick(simulation.jobs());
        switch (kind) {
            case MESSAGES_DELAYED -> victim.slow(world.millis(50, 1_500));
            case CONNECTION_LOST -> victim.cut(world.millis(50, 2_000), null);
            case ANSWER_LOST -> victim.loseNextAnswer();
            case SESSION_EXPIRED -> victim.cut(world.millis(5_000, 7_000), expiry());
            case SESSION_ENDED -> victim.expire();
            case CRASH -> victim.crash(expiry());
            case PAUSE -> victim.freeze(world.millis(50, 2_500), null);
            case BLACK_HOLE -> blackHole(victim, true, true);
            case ANSWERS_SWALLOWED -> blackHole(victim, false, true);
            case REQUESTS_SWALLOWED -> blackHole(victim, true, false);
            case CLOCK_FORWARD -> jump(victim, 1);
            case CLOCK_BACK -> jump(victim, -1);
            case REQUESTED -> request(job, false);
            case BACKFILLED -> backfill(job);
            case REQUEST_RULED -> ruleOne();
            case RERUN -> rerunSoon(10);
            case INTERRUPTED -> interrupt(job, victim);
            case DRAINED -> {
                if (!victim.isDrained()) {
                    victim.drain();
                }
            }
            case UNDRAINED ->
                simulation.hosts().stream()
                        .filter(SimulatedHost::isDrained)
                        .findFirst()
                        .ifPresent(SimulatedHost::undrain);
            case FREEZE -> victim.freeze(world.millis(5_000, 7_000), expiry());
            case SUSPENDED -> victim.suspend(world.millis(5_000, 7_000), expiry());
            case CLOCK_BACK_IN_FREEZE -> {
                victim.freeze(world.millis(5_000, 7_000), expiry());
                if (victim.isClockRight()) {
                    victim.jump(world.millis(3_000, 12_000).negated(), world.millis(7_000, 10_000));
                }
            }
            case STALL -> victim.stall(world.millis(50, 900));
            case STALE_READS -> victim.lag(world.millis(100, 3_000));
            case CONTAINERS_DELETED -> simulation.server().reapContainers();
            case CONFIGURED -> configure(job);
            case SERVER_SWITCHED -> switchServer(job, victim.id().ip());
            case ITEM_SWITCHED -> switchItem(job, world.draw(job.items()));
            case PAUSED -> pause(job);
            case ITEM_MOVED -> moveItem(job);
            case SKIPPED -> skipNext(job);
            case TRIGGERED -> trigger(job);
            case LEAVE -> victim.leave();
            default -> throw new IllegalArgumentException("kind: " + kind);
        }
    }

    /**
     * When a server ends the session of a client whose connection was just lost. It counts from what it heard last, which
     * may be a third of the time-out ago, and looks at sessions now and then.
     */
    private Duration expiry() {
        int timeout = (int) EngineSimulation.SESSION_TIMEOUT.toMillis();
        return world.millis(timeout * 2 / 3, timeout + 500);
    }

    /** The client gives up when it has read nothing for two thirds of the time-out, of which a third may have passed before. */
    private void blackHole(SimulatedHost host, boolean requests, boolean answers) {
        int timeout = (int) EngineSimulation.SESSION_TIMEOUT.toMillis();
        host.swallow(
                requests,
                answers,
                world.millis(timeout / 3, timeout * 2 / 3),
                requests ? expiry() : null,
                world.chance(3) ? world.millis(500, 2_500) : world.millis(5_000, 8_000));
    }

    private void jump(SimulatedHost host, int sign) {
        if (host.isClockRight()) {
            host.jump(world.millis(300, 12_000).multipliedBy(sign), world.millis(500, 10_000));
        }
    }

    private void injectIntoPeers() {
        List<ElasticJobPeer> well =
                simulation.peers().stream().filter(ElasticJobPeer::isWell).toList();
        if (well.isEmpty() || (well.size() < MOST_PEERS && world.chance(2))) {
            count(FaultKind.PEER_JOIN);
            simulation.startPeer();
            return;
        }
        ElasticJobPeer victim = world.pick(well);
        FaultKind kind = world.pick(List.of(FaultKind.PEER_LEAVE, FaultKind.PEER_CRASH, FaultKind.PEER_DELAYED));
        count(kind);
        switch (kind) {
            case PEER_LEAVE -> victim.leave();
            case PEER_CRASH -> victim.crash(expiry());
            default -> victim.slow(world.millis(20, 400));
        }
    }

    private void lose(SimulatedHost leader) {
        switch (world.draw(4)) {
            case 0 -> leader.crash(expiry());
            case 1 -> leader.freeze(world.millis(5_000, 7_000), expiry());
            case 2 -> leader.cut(world.millis(5_000, 7_000), expiry());
            default -> leader.cut(world.millis(50, 2_000), null);
        }
    }

    private void storm(int left) {
        List<SimulatedHost> well =
                simulation.hosts().stream().filter(SimulatedHost::isWell).toList();
        if (simulation.hosts().size() < MOST_HOSTS && (well.isEmpty() || world.chance(2))) {
            simulation.startHost();
        } else if (!well.isEmpty()) {
            world.pick(well).leave();
        }
        if (left > 0) {
            world.after(world.millis(0, 200), () -> {
                if (!over) {
                    storm(left - 1);
                }
            });
        }
    }

    // ---- by operations -----------------------------------------------------------------------------------------

    private void configure(SimulatedJob job) {
        if (simulation.server().data(job.paths.config()) != null) {
            configure(job, job.change(world));
        }
    }

    void configure(SimulatedJob job, JobConfiguration next) {
        simulation.trace().add("", () -> "configures " + job.name() + ": " + next);
        operate(commands -> commands.update(next));
        excuse(job, "its configuration was changed");
        simulation.invariants().configured(job);
        itemsComeAndGo(job, job.items(), next.getShardingTotalCount());
        job.changed(next, world.now());
    }

    private void itemsComeAndGo(SimulatedJob job, int before, int after) {
        for (int item = after; item < before; item++) {
            noItems.put(job.name() + " " + item, simulation.reasons().noItem(job.name(), item, world.now()));
        }
        for (int item = before; item < after; item++) {
            ObservedReasons.Interval gone = noItems.remove(job.name() + " " + item);
            if (gone != null) {
                gone.ends(world.now().plus(SWITCHED));
            }
        }
    }

    /** Switches a job off on all its servers for some seconds; one of the instances that are there switches it on again. */
    void pause(SimulatedJob job) {
        boolean anyOfOurs =
                simulation.server().childrenOf(job.paths.instances()).stream().anyMatch(id -> !simulation.isPeer(id));
        boolean anyEnabled = simulation.server().childrenOf(job.paths.servers()).stream()
                .anyMatch(ip -> JobPaths.ENABLED.equals(simulation.server().data(job.paths.server(ip))));
        if (!anyOfOurs || !anyEnabled || isPaused(job)) {
            return;
        }
        Instant until = world.now().plus(world.millis(1_500, 6_000));
        simulation.trace().add("", () -> "pauses " + job.name() + " until " + until);
        operate(commands -> commands.pauseUntil(job.name(), until));
        simulation.disturbed();
        simulation.invariants().configured(job);
        job.paused = simulation.reasons().beginJob(job.name(), world.now(), "it was paused");
    }

    /** Whether the registry says that a job is paused. */
    boolean isPaused(SimulatedJob job) {
        return JobIntent.parse(simulation.server().data(job.paths.intent())).job() != null;
    }

    /** Notes when a pause is over: from then on nothing is excused by it, once that is known everywhere. */
    void look(SimulatedJob job) {
        ObservedReasons.Interval paused = job.paused;
        if (paused != null && !isPaused(job)) {
            simulation.trace().add("", () -> job.name() + " is not paused any more");
            simulation.disturbed();
            simulation.invariants().configured(job);
            paused.ends(world.now().plus(SWITCHED));
            job.paused = null;
            if (over) {
                // its end leaves those servers off that were switched off by themselves
                switchOn(job);
            }
        }
    }

    /** Gives an item to one of those who are there, whoever that is. */
    private void moveItem(SimulatedJob job) {
        List<String> ids = simulation.server().childrenOf(job.paths.instances());
        if (!ids.isEmpty()) {
            int item = world.draw(job.items());
            String to = world.pick(ids);
            tryTo("moves " + job.name() + " item " + item + " to " + to, commands -> {
                commands.moveItem(job.name(), item, to);
                return "";
            });
        }
    }

    private void skipNext(SimulatedJob job) {
        tryTo("skips the next firing of " + job.name(), commands -> {
            Instant skipped = commands.skipNext(job.name());
            job.skipped.add(skipped);
            return ", of " + skipped;
        });
        if (job.paused == null && isPaused(job)) {
            // as there are instances of ElasticJob
            simulation.disturbed();
            simulation.invariants().configured(job);
            job.paused = simulation.reasons().beginJob(job.name(), world.now(), "it was paused to skip a firing");
        }
    }

    /** A command that may be refused, as things are. */
    private void tryTo(String what, Function<JobCommands, String> command) {
        operate(commands -> {
            String came;
            try {
                came = command.apply(commands);
            } catch (IllegalStateException | IllegalArgumentException | NoSuchElementException e) {
                came = ", refused: " + e.getMessage();
            }
            String of = came;
            simulation.trace().add("", () -> what + of);
        });
    }

    void trigger(SimulatedJob job) {
        if (simulation.server().data(job.paths.config()) != null) {
            simulation.trace().add("", () -> "triggers " + job.name());
            operate(commands -> commands.trigger(job.name()));
        }
    }

    /** @param calm whether nothing will disturb it */
    void request(SimulatedJob job, boolean calm) {
        if (simulation.server().data(job.paths.triggers()) == null
                && simulation.server().data(job.paths.deal()) == null) {
            return;
        }
        String parameter = "request " + ++parameters;
        List<Integer> items = new ArrayList<>();
        for (int item = 0; item < job.items(); item++) {
            if (!job.disabledItems.contains(item)
                    && simulation.server().data(job.paths.disabled(item)) == null
                    && world.chance(2)) {
                items.add(item);
            }
        }
        if (items.isEmpty() && job.disabledItems.size() >= job.items()) {
            return;
        }
        ask(
                job,
                parameter,
                calm,
                requests -> requests.trigger(TriggerRequest.of(job.name())
                        .withParameter(parameter)
                        .at(world.now().minusSeconds(60 + world.draw(1_000)))
                        .onItems(world.chance(3) ? List.of() : items)));
    }

    private void backfill(SimulatedJob job) {
        if (simulation.server().data(job.paths.deal()) == null) {
            return;
        }
        String parameter = "request " + ++parameters;
        Instant from = world.now().truncatedTo(ChronoUnit.HOURS).minus(Duration.ofHours(1 + world.draw(100)));
        ask(
                job,
                parameter,
                false,
                requests -> requests.backfill(
                        BackfillRequest.of(job.name(), from, from.plusSeconds(60L * (1 + world.draw(4))))
                                .every(Duration.ofMinutes(1))
                                .withParameter(parameter)
                                .throttled(1 + world.draw(3), Duration.ofMillis(world.draw(2) * 300L))));
    }

    private void ask(SimulatedJob job, String parameter, boolean calm, Function<JobRequests, String> ask) {
        operate(commands -> {
            String id = ask.apply(commands.requests());
            simulation.trace().add("", () -> "asks of " + job.name() + ": " + parameter + ", " + id);
            simulation.invariants().requests().asked(job, id, parameter, calm);
            open.add(new Open(job, id));
        });
    }

    private void ruleOne() {
        if (!open.isEmpty()) {
            Open request = world.pick(open);
            int what = world.draw(5);
            String id = request.id;
            simulation.trace().add("", () -> "rules " + id + ": " + what);
            if (what == 0) {
                simulation.invariants().requests().cancelled(id);
                rule(request, JobRequests::cancel);
            } else {
                rule(request, what < 3 ? JobRequests::pause : JobRequests::resume);
            }
        }
    }

    private void rule(Open request, Rule rule) {
        if (simulation.server().data(request.job.paths.openRequest(request.id)) != null) {
            operate(commands -> rule.apply(commands.requests(), request.job.name(), request.id));
        }
    }

    /** What people say of a request. */
    private interface Rule {
        void apply(JobRequests requests, String job, String id);
    }

    private void rerunSoon(int times) {
        for (SimulatedJob job : simulation.jobs()) {
            if (!simulation.server().childrenOf(job.paths.failed()).isEmpty()) {
                rerun(job);
                return;
            }
        }
        if (times > 0) {
            world.after(world.millis(100, 1_000), () -> {
                if (!over) {
                    rerunSoon(times - 1);
                }
            });
        }
    }

    /** As the operations do: each failed item of the latest failed firing is ordered of its owner. */
    private void rerun(SimulatedJob job) {
        Map<Integer, FailedItems.Entry> failed = new TreeMap<>();
        for (String name : simulation.server().childrenOf(job.paths.failed())) {
            int item = Integer.parseInt(name);
            String data = simulation.server().data(job.paths.failedItem(item));
            FailedItems.Entry entry = data == null ? null : FailedItems.Entry.parse(item, data);
            if (entry != null) {
                failed.put(item, entry);
            }
        }
        Instant latest = failed.values().stream()
                .map(FailedItems.Entry::scheduledTime)
                .max(Comparator.naturalOrder())
                .orElse(null);
        if (latest == null) {
            return;
        }
        failed.forEach((item, entry) -> {
            String owner = simulation.server().data(job.paths.owner(item));
            if (entry.scheduledTime().equals(latest)
                    && simulation.hosts().stream()
                            .anyMatch(host -> host.toString().equals(owner))
                    && owner != null) {
                simulation.invariants().rerunOrdered(job.name(), List.of(item), latest);
                put(owner, new InstanceOrder(Kind.RERUN, job.name(), List.of(item), latest, "", ""));
            }
        });
    }

    private void interrupt(SimulatedJob job, SimulatedHost host) {
        job.wasInterrupted = true;
        put(host.toString(), new InstanceOrder(Kind.INTERRUPT, job.name(), List.of(), null, "the simulation", ""));
    }

    /** Gives an order to an instance. */
    private void put(String instance, InstanceOrder order) {
        simulation
                .trace()
                .add(
                        "",
                        () -> "orders " + instance + ": " + order.kind() + " " + order.jobName() + " " + order.items());
        String root = InstanceOrder.root(SimulatedJob.NAMESPACE);
        String inbox = InstanceOrder.inbox(SimulatedJob.NAMESPACE, instance);
        List<Write> writes = new ArrayList<>();
        if (simulation.server().data(root) == null) {
            writes.add(new Write.Create(root, "", CreateMode.PERSISTENT));
        }
        if (simulation.server().data(inbox) == null) {
            writes.add(new Write.Create(inbox, "", CreateMode.CONTAINER));
        }
        writes.add(new Write.Create(
                InstanceOrder.path(SimulatedJob.NAMESPACE, instance), order.print(), CreateMode.EPHEMERAL_SEQUENTIAL));
        operator.commit(writes, result -> {});
    }

    private void operate(Consumer<JobCommands> command) {
        Registry registry = simulation.server().connect(inTurn());
        try (RegistryOperations operations =
                RegistryOperations.open(registry, SimulatedJob.NAMESPACE, RunHistory.none(), world.time())) {
            command.accept(operations.commands());
        } finally {
            registry.close();
        }
    }

    void switchServer(SimulatedJob job, String ip) {
        String now = simulation.server().data(job.paths.server(ip));
        if (now == null || now.isBlank() || isPaused(job)) {
            return;
        }
        String next = now.equals(JobPaths.ENABLED) ? JobPaths.DISABLED : JobPaths.ENABLED;
        simulation.trace().add("", () -> job.name() + ": server " + ip + " " + next);
        admin(List.of(new Write.SetData(job.paths.server(ip), next, -1)));
        simulation.disturbed();
        ObservedReasons.Interval last = off.remove(job.name() + " " + ip);
        if (last != null) {
            last.ends(world.now().plus(SWITCHED));
        }
        if (next.equals(JobPaths.DISABLED)) {
            off.put(
                    job.name() + " " + ip,
                    simulation
                            .reasons()
                            .beginOwner(job.name(), ip, world.now(), "its owner's server was switched off"));
        }
        simulation.invariants().configured(job);
    }

    private void switchItem(SimulatedJob job, int item) {
        String path = job.paths.disabled(item);
        String key = job.name() + " " + item;
        if (simulation.server().data(path) != null) {
            admin(List.of(new Write.Delete(path, -1)));
            job.disabledItems.remove(item);
        } else if (simulation.server().data(job.paths.item(item)) != null) {
            admin(List.of(new Write.Create(path, "", CreateMode.PERSISTENT)));
            job.disabledItems.add(item);
        } else {
            return;
        }
        boolean disabled = job.disabledItems.contains(item);
        simulation.trace().add("", () -> job.name() + ": item " + item + (disabled ? " disabled" : " enabled"));
        simulation.invariants().configured(job);
        ObservedReasons.Interval last = off.remove(key);
        if (last != null) {
            last.ends(world.now().plus(SWITCHED));
        }
        if (disabled) {
            off.put(key, simulation.reasons().beginItem(job.name(), item, world.now(), "it was disabled"));
            if (!world.chance(4)) {
                world.after(world.millis(1_000, 6_000), () -> {
                    if (!over && job.disabledItems.contains(item)) {
                        switchItem(job, item);
                    }
                });
            }
        }
    }

    private void excuse(SimulatedJob job, String what) {
        simulation.disturbed();
        simulation.reasons().during(job.name(), world.now(), world.now().plus(SWITCHED), what);
    }

    private void admin(List<Write> writes) {
        Registry registry = simulation.server().connect(inTurn());
        registry.commit(writes, result -> {
            if (!(result instanceof Registry.CommitResult.Committed)) {
                simulation.trace().add("", () -> "refused: " + result);
            }
        });
        registry.close();
    }

    /** An operator's connection knows no delay: what is asked is done at once. */
    private static Executor inTurn() {
        Deque<Runnable> steps = new ArrayDeque<>();
        boolean[] busy = {false};
        return step -> {
            steps.add(step);
            if (!busy[0]) {
                busy[0] = true;
                for (Runnable next = steps.poll(); next != null; next = steps.poll()) {
                    next.run();
                }
                busy[0] = false;
            }
        };
    }
}

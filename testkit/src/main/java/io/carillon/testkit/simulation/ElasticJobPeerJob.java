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
import io.carillon.jobs.coordination.ConfigYaml;
import io.carillon.jobs.coordination.JobPaths;
import io.carillon.jobs.coordination.Registry;
import io.carillon.jobs.coordination.Registry.Answer;
import io.carillon.jobs.coordination.Registry.Change;
import io.carillon.jobs.coordination.Registry.CommitResult;
import io.carillon.jobs.coordination.Registry.CreateMode;
import io.carillon.jobs.coordination.Registry.Read;
import io.carillon.jobs.coordination.Registry.ReadResult;
import io.carillon.jobs.coordination.Registry.Write;
import io.carillon.jobs.coordination.ShardingStrategy;
import io.carillon.jobs.history.Decision;
import io.carillon.jobs.model.PeerVersion;
import io.carillon.jobs.model.WhyNot;
import io.carillon.jobs.scheduling.CronSchedule;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One job of an instance of ElasticJob 3.0.4: its registration, its listeners on one thread, its scheduler with one worker on
 * another. One thread at a time.
 */
final class ElasticJobPeerJob {

    private static final Duration LOOP = Duration.ofMillis(100);

    private final EngineSimulation simulation;
    private final VirtualWorld world;
    private final ElasticJobPeer peer;
    private final Registry registry;
    private final SimulatedJob job;
    private final JobPaths paths;
    private final String me;
    private final String ip;
    private final Map<String, String> cache = new TreeMap<>();
    private final Deque<Event> events = new ArrayDeque<>();
    private final Map<Integer, Instant> running = new TreeMap<>();
    private final Coroutine listeners;
    private final Coroutine scheduler;
    private Coroutine turn;
    private final List<Instant> wakes = new ArrayList<>();

    private JobConfiguration configuration;
    private @Nullable CronSchedule cron;
    private int knownTotal;
    private boolean started;
    private boolean leaving;
    private boolean left;
    private boolean busy;
    private boolean asked;
    /** Whether the one worker is at work, also where it only waits for a deal. */
    private boolean firing;
    /** Whether a firing came due meanwhile. */
    private boolean passed;

    private @Nullable Instant planned;

    /** What a listener is told: the data is what the cache has just read; null for a node that is gone. */
    private record Event(
            String path, boolean created, @Nullable String data) {}

    ElasticJobPeerJob(EngineSimulation simulation, ElasticJobPeer peer, Registry registry, SimulatedJob job) {
        this.simulation = simulation;
        this.world = simulation.world();
        this.peer = peer;
        this.registry = registry;
        this.job = job;
        this.paths = job.paths;
        this.me = peer.id().toString();
        this.ip = peer.id().ip();
        this.configuration = job.configuration();
        this.cron = configuration.schedule();
        this.listeners = new Coroutine("peer-listeners", this::listen);
        this.scheduler = new Coroutine("peer-scheduler", this::schedule);
        this.turn = listeners;
    }

    // ---- life --------------------------------------------------------------------------------------------------

    @Nullable
    Instant poll() {
        boolean any = true;
        while (any) {
            turn = listeners;
            any = listeners.resume();
            turn = scheduler;
            any |= scheduler.resume();
        }
        if (firing) {
            passBy();
        }
        Instant now = world.now();
        wakes.removeIf(wake -> !wake.isAfter(now));
        Instant next = planned != null && planned.isAfter(now) ? planned : null;
        for (Instant wake : wakes) {
            next = next == null || wake.isBefore(next) ? wake : next;
        }
        return next;
    }

    void kill() {
        listeners.kill();
        scheduler.kill();
        running.clear();
    }

    void leave() {
        leaving = true;
    }

    boolean hasLeft() {
        return left;
    }

    void eachRunning(BiConsumer<String, Integer> action) {
        running.keySet().forEach(item -> action.accept(job.name(), item));
    }

    private void sleep(Duration length) {
        Instant until = world.now().plus(length);
        wakes.add(until);
        turn.await(() -> !world.now().isBefore(until));
    }

    // ---- its listeners' thread ---------------------------------------------------------------------------------

    private void listen() {
        register();
        started = true;
        while (true) {
            listeners.await(() -> !events.isEmpty());
            Event event = events.remove();
            if (!left) {
                handle(event);
            }
        }
    }

    private void register() {
        String stored = get(paths.config());
        if (stored == null) {
            persist(paths.config(), ConfigYaml.write(job.configuration(), null, PeerVersion.V3_0_4));
            persist(paths.root(), job.code().getClass().getName());
        } else {
            take(Objects.requireNonNullElse(ConfigYaml.readOrNull(stored), configuration));
        }
        knownTotal = configuration.getShardingTotalCount();
        follow();
        elect();
        persist(
                paths.server(ip),
                JobPaths.DISABLED.equals(get(paths.server(ip))) ? JobPaths.DISABLED : JobPaths.ENABLED);
        persistEphemeral(paths.instance(me), "jobInstanceId: " + me + "\nserverIp: " + ip + "\n");
        reschedule();
    }

    /** Fills the cache, and keeps it filled: data is read after a change was told, so it comes later. */
    private void follow() {
        boolean[] ready = {false};
        registry.watch(
                paths.root(),
                new Registry.Watcher() {
                    @Override
                    public void changed(Change change) {
                        heard(change.path(), change.kind());
                    }

                    @Override
                    public void resync() {}
                },
                () -> ready[0] = true);
        turn.await(() -> ready[0]);
        fill(paths.root());
    }

    private void fill(String path) {
        String data = get(path);
        if (data != null && !path.equals(paths.root())) {
            cache.put(path, data);
            events.add(new Event(path, true, data));
        }
        for (String child : children(path)) {
            fill(path + "/" + child);
        }
    }

    private void heard(String path, Change.Kind kind) {
        if (path.equals(paths.root())) {
            return;
        }
        if (kind == Change.Kind.DELETED) {
            cache.remove(path);
            events.add(new Event(path, false, null));
            return;
        }
        registry.read(List.of(new Read.Get(path)), result -> {
            if (result instanceof ReadResult.Values values && values.answers().get(0) instanceof Answer.Found found) {
                boolean created = !cache.containsKey(path);
                cache.put(path, found.node().data());
                events.add(new Event(path, created, found.node().data()));
            }
        });
    }

    private void handle(Event event) {
        String path = event.path;
        boolean deleted = event.data == null;
        if (!exists(paths.leaderInstance())) {
            boolean ownServer = path.equals(paths.server(ip)) && !deleted && !JobPaths.DISABLED.equals(event.data);
            boolean lost = deleted && path.equals(paths.leaderInstance()) && isAvailable();
            if (ownServer || lost) {
                elect();
            }
        }
        if (path.equals(paths.server(ip)) && JobPaths.DISABLED.equals(event.data) && isLeader()) {
            remove(paths.leaderInstance());
        }
        if (path.equals(paths.config()) && event.data != null) {
            configured(event.data, event.created);
        }
        boolean instance = path.startsWith(paths.instances() + "/");
        if ((instance && (deleted || event.created)) || path.startsWith(paths.servers() + "/")) {
            requestDeal();
        }
        if (instance && deleted && configuration.isFailover() && !path.equals(paths.instance(me))) {
            crashed(path.substring(paths.instances().length() + 1));
        }
        if (path.equals(paths.instance(me))
                && event.created
                && configuration.isFailover()
                && available().equals(List.of(me))) {
            takeLeftovers();
        }
        if (path.equals(paths.instance(me)) && deleted && !exists(path)) {
            left = true;
        }
        if (path.equals(paths.trigger(me)) && event.created) {
            remove(path);
            if (!busy) {
                asked = true;
            }
        }
    }

    private void configured(String text, boolean first) {
        JobConfiguration next = ConfigYaml.readOrNull(text);
        if (next == null) {
            return;
        }
        boolean sameCron = Objects.equals(next.getCron(), configuration.getCron());
        take(next);
        if (next.getShardingTotalCount() != knownTotal) {
            requestDeal();
            knownTotal = next.getShardingTotalCount();
        }
        if (first) {
            return;
        }
        for (String item : children(paths.sharding())) {
            if (!next.isFailover()) {
                remove(paths.sharding() + "/" + item + "/failover");
            }
            if (!next.isMonitorExecution()) {
                remove(paths.sharding() + "/" + item + "/running");
            }
        }
        if (!sameCron) {
            reschedule();
        }
    }

    private void take(JobConfiguration next) {
        configuration = next;
        cron = next.schedule();
    }

    private void reschedule() {
        planned = cron == null ? null : cron.next(world.now());
    }

    // ---- leader ------------------------------------------------------------------------------------------------

    private void elect() {
        atLatch(paths.latch(), () -> {
            if (!exists(paths.leaderInstance())) {
                create(paths.leaderInstance(), me, CreateMode.EPHEMERAL);
            }
        });
    }

    private boolean isLeader() {
        return me.equals(cache.get(paths.leaderInstance()));
    }

    private boolean isLeaderUntilBlock() {
        while (!cache.containsKey(paths.leaderInstance())
                && !exists(paths.leaderInstance())
                && !available().isEmpty()) {
            sleep(LOOP);
            if (isAvailable()) {
                elect();
            }
        }
        return isLeader();
    }

    private void requestDeal() {
        if (isLeaderUntilBlock() && exists(paths.root()) && !exists(paths.necessary())) {
            simulation.trace().add(peer.name(), () -> "asks for a deal of " + job.name());
            persist(paths.necessary(), "");
        }
    }

    /** The instances whose server takes part, in the order in which items are dealt. */
    private List<String> available() {
        List<String> ids = new ArrayList<>(children(paths.instances()));
        ids.sort(Comparator.reverseOrder());
        ids.removeIf(id -> !JobPaths.ENABLED.equals(cached(paths.server(JobPaths.ipOf(id)))));
        return ids;
    }

    private boolean isAvailable() {
        return JobPaths.ENABLED.equals(cached(paths.server(ip))) && exists(paths.instance(me));
    }

    private void dealIfNecessary() {
        List<String> available = available();
        if (!exists(paths.necessary()) || available.isEmpty()) {
            return;
        }
        if (!isLeaderUntilBlock()) {
            while (!isLeader() && (exists(paths.necessary()) || exists(paths.processing()))) {
                sleep(LOOP);
            }
            return;
        }
        while (configuration.isMonitorExecution() && isAnyRunning()) {
            sleep(LOOP);
        }
        String text = get(paths.config());
        JobConfiguration now = text == null ? null : ConfigYaml.readOrNull(text);
        if (now == null) {
            return;
        }
        persistEphemeral(paths.processing(), "");
        int total = now.getShardingTotalCount();
        for (int item = 0; item < total; item++) {
            remove(paths.owner(item));
            if (!exists(paths.item(item))) {
                persist(paths.item(item), "");
            }
        }
        for (int item = total; item < children(paths.sharding()).size() + total && exists(paths.item(item)); item++) {
            removeTree(paths.item(item));
        }
        ShardingStrategy strategy = Objects.requireNonNull(ShardingStrategy.of(now.getJobShardingStrategyType()));
        List<String> owners = strategy.owners(new ShardingStrategy.Deal(job.name(), available, total, List.of()));
        List<Write> writes = new ArrayList<>();
        for (int item = 0; item < total; item++) {
            writes.add(new Write.Create(paths.owner(item), owners.get(item), CreateMode.PERSISTENT));
        }
        writes.add(new Write.Delete(paths.necessary(), -1));
        writes.add(new Write.Delete(paths.processing(), -1));
        boolean done = commit(writes);
        simulation.trace().add(peer.name(), () -> "deals " + job.name() + ": " + owners + (done ? "" : ", in vain"));
    }

    private boolean isAnyRunning() {
        for (int item = 0; item < configuration.getShardingTotalCount(); item++) {
            if (exists(paths.running(item))) {
                return true;
            }
        }
        return false;
    }

    // ---- failover ----------------------------------------------------------------------------------------------

    private void crashed(String other) {
        boolean repeating = false;
        for (String name : children(paths.sharding())) {
            int item = Integer.parseInt(name);
            if (other.equals(get(paths.failovering(item)))) {
                repeating = true;
                putUp(item);
            }
        }
        if (!repeating) {
            for (String name : children(paths.sharding())) {
                int item = Integer.parseInt(name);
                if (other.equals(cached(paths.owner(item)))
                        && exists(paths.running(item))
                        && JobPaths.ENABLED.equals(cached(paths.server(JobPaths.ipOf(other))))
                        && !exists(paths.failover(item))) {
                    putUp(item);
                    remove(paths.running(item));
                }
            }
        }
        failoverIfNecessary();
    }

    private void takeLeftovers() {
        List<String> online = children(paths.instances());
        for (String name : children(paths.sharding())) {
            int item = Integer.parseInt(name);
            for (String mark : List.of(paths.failovering(item), paths.running(item))) {
                String holder = get(mark);
                if (holder != null && !online.contains(holder)) {
                    putUp(item);
                    remove(mark);
                }
            }
        }
        failoverIfNecessary();
    }

    private void putUp(int item) {
        if (exists(paths.root()) && !exists(paths.failoverItem(item))) {
            persist(paths.failoverItem(item), "");
        }
    }

    private void failoverIfNecessary() {
        if (children(paths.failoverItems()).isEmpty() || busy) {
            return;
        }
        atLatch(paths.leader() + "/failover/latch", () -> {
            List<String> items = new ArrayList<>(children(paths.failoverItems()));
            if (items.isEmpty() || busy) {
                return;
            }
            items.sort(Comparator.reverseOrder());
            int item = Integer.parseInt(items.get(0));
            simulation.trace().add(peer.name(), () -> "takes over " + job.name() + " item " + item);
            persistEphemeral(paths.failover(item), me);
            persist(paths.failovering(item), me);
            remove(paths.failoverItem(item));
            asked = true;
        });
    }

    // ---- its scheduler's thread --------------------------------------------------------------------------------

    private void schedule() {
        scheduler.await(() -> started);
        while (true) {
            scheduler.await(() -> asked || leaving || (planned != null && !planned.isAfter(world.now())));
            if (leaving) {
                if (isLeader()) {
                    remove(paths.leaderInstance());
                }
                remove(paths.instance(me));
                left = true;
                return;
            }
            Instant due = planned;
            if (due != null && !due.isAfter(world.now())) {
                planned = cron == null ? null : cron.next(due);
                firing = true;
                waits(due, false);
                fire(due);
                waits(due, true);
                missed();
            } else {
                asked = false;
                firing = true;
                fire(null);
                missed();
            }
        }
    }

    /** What comes due while the one worker is busy is not run. */
    private void passBy() {
        while (cron != null && planned != null && !planned.isAfter(world.now())) {
            say(planned, Decision.ALL, WhyNot.MISFIRE_OFF);
            planned = cron.next(planned);
            passed = true;
        }
    }

    /** What came due during a run is not made up for; a mark is made, and the next firing runs twice. */
    private void missed() {
        firing = false;
        if (passed) {
            passed = false;
            for (int item : mine()) {
                persist(paths.item(item) + "/misfire", "");
            }
        }
    }

    private List<Integer> mine() {
        List<Integer> items = new ArrayList<>();
        if (isAvailable()) {
            for (int item = 0; item < configuration.getShardingTotalCount(); item++) {
                if (me.equals(cached(paths.owner(item)))) {
                    items.add(item);
                }
            }
        }
        return items;
    }

    private void fire(@Nullable Instant time) {
        List<Integer> items = new ArrayList<>();
        boolean takeover = false;
        if (configuration.isFailover()) {
            for (String name : children(paths.sharding())) {
                if (me.equals(get(paths.failover(Integer.parseInt(name))))) {
                    items.add(Integer.parseInt(name));
                }
            }
            takeover = !items.isEmpty();
        }
        if (takeover && time != null) {
            say(time, Decision.ALL, WhyNot.MISFIRE_OFF);
        }
        if (!takeover) {
            dealIfNecessary();
            for (int item : mine()) {
                if (configuration.isFailover() && exists(paths.failover(item))) {
                    say(time, item, WhyNot.ITEM_TAKEN_OVER);
                } else if (exists(paths.disabled(item))) {
                    say(time, item, WhyNot.ITEM_DISABLED);
                } else if (configuration.isMonitorExecution() && exists(paths.running(item))) {
                    say(time, item, WhyNot.ITEM_RUNS_ELSEWHERE);
                } else {
                    items.add(item);
                }
            }
        }
        if (!items.isEmpty()) {
            boolean again = takeover;
            busy = true;
            run(items, time, again);
            busy = false;
            while (configuration.isMisfire() && !exists(paths.necessary()) && isAnyMissed(items)) {
                items.forEach(item -> remove(paths.item(item) + "/misfire"));
                busy = true;
                run(items, null, false);
                busy = false;
            }
        }
        if (configuration.isFailover()) {
            failoverIfNecessary();
        }
    }

    private boolean isAnyMissed(List<Integer> items) {
        return items.stream().anyMatch(item -> exists(paths.item(item) + "/misfire"));
    }

    private void run(List<Integer> items, @Nullable Instant time, boolean takeover) {
        boolean marks = configuration.isMonitorExecution();
        boolean failover = configuration.isFailover();
        for (int item : items) {
            if (marks && failover) {
                persist(paths.running(item), me);
            } else if (marks) {
                persistEphemeral(paths.running(item), me);
            }
        }
        for (int item : items) {
            running.put(item, world.now().plus(job.drawLength(world)));
            simulation.trace().add(peer.name(), () -> "begins " + job.name() + " item " + item + " of " + time);
            if (time != null) {
                simulation.invariants().peerBegins(peer, job.name(), item, time);
            } else if (takeover) {
                simulation.invariants().peerTakesOver(job.name(), item);
            } else {
                simulation.invariants().peerRunsByHand(job.name(), item);
            }
        }
        while (!running.isEmpty()) {
            Instant first =
                    running.values().stream().min(Comparator.naturalOrder()).orElseThrow();
            sleep(Duration.between(world.now(), first));
            running.values().removeIf(end -> !end.isAfter(world.now()));
        }
        simulation.trace().add(peer.name(), () -> "ends " + job.name() + " items " + items);
        for (int item : items) {
            if (marks) {
                remove(paths.running(item));
            }
            if (failover) {
                remove(paths.failover(item));
                remove(paths.failovering(item));
            }
        }
    }

    private void waits(Instant due, boolean ended) {
        say(due, Decision.ALL, WhyNot.WAITS_FOR_DEAL, ended);
    }

    private void say(@Nullable Instant due, int item, WhyNot why) {
        say(due, item, why, true);
    }

    private void say(@Nullable Instant due, int item, WhyNot why, boolean ended) {
        if (due != null) {
            Instant now = world.now();
            simulation
                    .reasons()
                    .decided(
                            new Decision(
                                    new UUID(
                                            due.getEpochSecond(),
                                            why.name().hashCode() * 1_000L + item + peer.hashCode() * 100_000L),
                                    job.name(),
                                    item,
                                    me,
                                    why,
                                    List.of(),
                                    due,
                                    due,
                                    1,
                                    now,
                                    now,
                                    ended),
                            now);
        }
    }

    // ---- the registry, as ElasticJob uses it -------------------------------------------------------------------

    private <T> T wait(Consumer<Consumer<T>> request) {
        List<T> answer = new ArrayList<>(1);
        request.accept(answer::add);
        turn.await(() -> !answer.isEmpty());
        return answer.get(0);
    }

    private @Nullable Answer ask(Read read) {
        ReadResult result = wait(callback -> registry.read(List.of(read), callback));
        return result instanceof ReadResult.Values values ? values.answers().get(0) : null;
    }

    private @Nullable String get(String path) {
        return ask(new Read.Get(path)) instanceof Answer.Found found
                ? found.node().data()
                : null;
    }

    private boolean exists(String path) {
        return get(path) != null;
    }

    private List<String> children(String path) {
        return ask(new Read.Children(path)) instanceof Answer.Names names ? names.children() : List.of();
    }

    /** From the cache when the node is there, else from the registry. */
    private @Nullable String cached(String path) {
        String known = cache.get(path);
        return known != null ? known : get(path);
    }

    private boolean commit(List<Write> writes) {
        CommitResult result = wait(callback -> registry.commit(writes, callback));
        return result instanceof CommitResult.Committed;
    }

    private boolean create(String path, String data, CreateMode mode) {
        if (commit(List.of(new Write.Create(path, data, mode)))) {
            return true;
        }
        String parent = path.substring(0, path.lastIndexOf('/'));
        if (parent.isEmpty() || exists(parent)) {
            return false;
        }
        create(parent, "", CreateMode.PERSISTENT);
        return commit(List.of(new Write.Create(path, data, mode)));
    }

    private void persist(String path, String data) {
        if (exists(path)) {
            commit(List.of(new Write.SetData(path, data, -1)));
        } else {
            create(path, data, CreateMode.PERSISTENT);
        }
    }

    private void persistEphemeral(String path, String data) {
        remove(path);
        create(path, data, CreateMode.EPHEMERAL);
    }

    private void remove(String path) {
        if (exists(path)) {
            removeTree(path);
        }
    }

    private void removeTree(String path) {
        for (String child : children(path)) {
            removeTree(path + "/" + child);
        }
        commit(List.of(new Write.Delete(path, -1)));
    }

    /** Curator's latch: the lowest of the sequential nodes has it. */
    private void atLatch(String path, Runnable action) {
        if (!exists(path)) {
            create(path, "", CreateMode.CONTAINER);
        }
        String name = "_c_" + peer.name() + "-" + world.draw(1_000_000) + "-latch-";
        if (!create(path + "/" + name, "", CreateMode.EPHEMERAL_SEQUENTIAL)) {
            return;
        }
        while (true) {
            List<String> places = new ArrayList<>(children(path));
            places.sort(Comparator.comparing(place -> place.substring(place.lastIndexOf("latch-"))));
            if (places.isEmpty() || places.get(0).startsWith(name)) {
                action.run();
                places.stream().filter(place -> place.startsWith(name)).forEach(place -> remove(path + "/" + place));
                return;
            }
            sleep(Duration.ofMillis(10));
        }
    }
}

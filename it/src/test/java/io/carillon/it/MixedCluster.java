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
package io.carillon.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.jobs.coordination.JobPaths;
import io.carillon.jobs.coordination.Registry;
import io.carillon.jobs.coordination.Registry.Answer;
import io.carillon.jobs.coordination.Registry.Read;
import io.carillon.jobs.coordination.Registry.ReadResult;
import io.carillon.jobs.zookeeper.ZooKeeperOptions;
import io.carillon.jobs.zookeeper.ZooKeeperRegistry;
import io.carillon.launcher.ChildProcess;
import io.carillon.launcher.ChildProcess.Program;
import io.carillon.launcher.Ports;
import io.carillon.launcher.SystemTime;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * One job on instances of Carillon (names beginning with {@code c}) and of ElasticJob 3.0.4 ({@code e}), each a process of its
 * own, and a real ZooKeeper server. Confined to the thread of a test.
 */
public final class MixedCluster implements AutoCloseable {

    static final String NAMESPACE = "mixed";
    static final String JOB = "shared-job";
    static final JobPaths PATHS = new JobPaths(NAMESPACE, JOB);

    /** How late a process must get the processor for a firing to be called disturbed by the machine. */
    static final Duration A_STALL = Duration.ofMillis(250);

    private final Path folder;
    private final String cron;
    private final int items;
    private final boolean failover;
    private final Duration work;
    private final Map<String, ChildProcess> workers = new TreeMap<>();
    private final Map<String, Integer> dumpPorts = new ConcurrentHashMap<>();
    private final Map<String, String> names = new TreeMap<>();
    private ChildProcess server;
    private String zooKeeper = "";
    private Registry registry;
    private MixedFigures figures;
    private int commands;

    MixedCluster(Path folder, String cron, int items, boolean failover, Duration work) {
        this.folder = folder;
        this.cron = cron;
        this.items = items;
        this.failover = failover;
        this.work = work;
    }

    /** A program of the peer module, on ElasticJob's own class path. */
    public static Program peer(String mainClass) {
        return Program.ofModule(Stories.root().resolve("it/elasticjob-peer"), "io.carillon.it." + mainClass);
    }

    MixedCluster open() throws InterruptedException {
        int port = new Ports().next();
        zooKeeper = "127.0.0.1:" + port;
        server = new ChildProcess(
                "zookeeper",
                Stories.server("ZooKeeperServer"),
                Stories.SMALL_JVM,
                List.of("--port", "" + port, "--dir", folder.resolve("zk").toString()),
                folder,
                line -> line.startsWith("READY "));
        server.start().awaitReady(Duration.ofMinutes(1));
        registry = ZooKeeperRegistry.open(ZooKeeperOptions.builder(zooKeeper).build());
        figures = new MixedFigures(registry, PATHS, items);
        figures.follow();
        return this;
    }

    Registry registry() {
        return registry;
    }

    /**
     * Starts an instance and waits until it is registered and fires. One of ElasticJob's registers first and starts its scheduler
     * later; the firings in between may lack its items, whoever leads.
     */
    ChildProcess start(String name) throws Exception {
        ChildProcess worker = workers.computeIfAbsent(
                name,
                ignored -> new ChildProcess(
                        name,
                        name.startsWith("c") ? Stories.program("io.carillon.it.MixedWorker") : peer("ElasticJobWorker"),
                        Stories.SMALL_JVM,
                        List.of(
                                zooKeeper,
                                NAMESPACE,
                                JOB,
                                cron,
                                "" + items,
                                "" + failover,
                                "" + work.toMillis(),
                                "" + dumpPort(name)),
                        folder,
                        line -> line.startsWith("READY ")));
        worker.start().awaitReady(Duration.ofMinutes(1));
        figures.happened(name + " started");
        String id = idOf(name);
        names.put(id, name);
        if (name.startsWith("e")) {
            await("the registration of " + name, () -> figures.seen(id, false) != null);
            figures.started(name, id, figures.seen(id, false), SystemTime.now().toEpochMilli());
        }
        return worker;
    }

    /** Where an instance answers ElasticJob's dump. */
    int dumpPort(String name) {
        return dumpPorts.computeIfAbsent(name, ignored -> {
            try (ServerSocket free = new ServerSocket(0)) {
                return free.getLocalPort();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    /** Lets an instance leave in order. One of ElasticJob's stops its scheduler first and its registration ends later. */
    void stop(String name) throws Exception {
        String id = idOf(name);
        long asked = SystemTime.now().toEpochMilli();
        figures.happened(name + " is told to leave");
        // not by Process.destroy, which closes the pipe on which it says that it has left
        workers.get(name).signal("TERM");
        assertThat(workers.get(name).awaitExit(Duration.ofSeconds(30))).isEqualTo(143);
        await(
                name + " has left",
                () -> Files.readString(workers.get(name).log()).contains("LEFT") && figures.seen(id, true) != null);
        long gone = figures.seen(id, true);
        figures.happened(name + " has left, its node after " + (gone - asked) + " ms");
        if (name.startsWith("e")) {
            // one that goes less than 200 ms before a firing goes too late for a deal that all hear of before they
            // begin
            figures.excuse(new MixedFigures.Excuse(
                    name + " did not fire any more and was, or had just been, registered", id, asked, gone + 200));
        }
    }

    /**
     * Kills an instance. Until the registry has ended its session its items may be missing, and anybody's for a second more,
     * which is the firing before which the leader deals them anew.
     */
    void kill(String name) throws Exception {
        String id = idOf(name);
        boolean leads = name.equals(leader());
        long killed = SystemTime.now().toEpochMilli();
        workers.get(name).kill();
        figures.happened(name + " is killed" + (leads ? ", the leader" : ""));
        await("the end of the session of " + name, () -> figures.seen(id, true) != null);
        long gone = figures.seen(id, true);
        figures.happened("the session of " + name + " ended " + (gone - killed) + " ms after its death");
        figures.excuse(new MixedFigures.Excuse(name + " was dead, and its session alive", id, killed, gone));
        figures.excuse(new MixedFigures.Excuse(
                "the session of " + name + " had ended less than a second before", "", gone, gone + 1_000));
    }

    /** Runs commands of ElasticJob's lifecycle API and returns what it printed. */
    List<String> lifecycle(String... wanted) throws Exception {
        List<String> arguments = new ArrayList<>(List.of(zooKeeper, NAMESPACE));
        arguments.addAll(List.of(wanted));
        ChildProcess api = new ChildProcess(
                "lifecycle-" + ++commands,
                peer("ElasticJobLifecycle"),
                Stories.SMALL_JVM,
                arguments,
                folder,
                line -> line.equals("DONE"));
        api.start().awaitReady(Duration.ofMinutes(1));
        api.awaitExit(Duration.ofSeconds(30));
        return Files.readAllLines(api.log()).stream()
                .filter(line -> List.of(wanted).stream().anyMatch(command -> line.startsWith(command + ": ")))
                .toList();
    }

    /** A node's text; empty when there is no such node. */
    String node(String path) throws Exception {
        return node(registry, path);
    }

    boolean exists(String path) throws Exception {
        return read(registry, new Read.Get(path)) instanceof Answer.Found;
    }

    List<String> children(String path) throws Exception {
        return children(registry, path);
    }

    static String node(Registry registry, String path) throws Exception {
        return read(registry, new Read.Get(path)) instanceof Answer.Found found
                ? found.node().data()
                : "";
    }

    /** The names of a node's children, in order; none when there is no such node. */
    static List<String> children(Registry registry, String path) throws Exception {
        return read(registry, new Read.Children(path)) instanceof Answer.Names names
                ? names.children().stream().sorted().toList()
                : List.of();
    }

    private static Answer read(Registry registry, Read read) throws Exception {
        CompletableFuture<ReadResult> result = new CompletableFuture<>();
        registry.read(List.of(read), result::complete);
        return ((ReadResult.Values) result.get(30, TimeUnit.SECONDS)).answers().get(0);
    }

    /** The name of the instance that leads, or the leader's id when it is none of these. */
    String leader() throws Exception {
        String id = node(PATHS.leaderInstance());
        return nameOf(id);
    }

    String nameOf(String id) {
        for (ChildProcess worker : workers.values()) {
            if (worker.isAlive() && isOf(id, worker)) {
                return worker.name();
            }
        }
        return id;
    }

    /** Whether an id is of a process: ElasticJob's end in its number, Carillon's have it before their last part. */
    private static boolean isOf(String id, ChildProcess process) {
        return id.endsWith("@-@" + process.pid()) || id.matches(".*[@-]" + process.pid() + "-[^-]+");
    }

    /** The id of an instance that runs. */
    String idOf(String name) throws Exception {
        return children(PATHS.instances()).stream()
                .filter(id -> isOf(id, workers.get(name)))
                .findFirst()
                .orElseThrow();
    }

    interface Condition {
        boolean holds() throws Exception;
    }

    static void await(String what, Condition condition) throws Exception {
        long start = SystemTime.startNanos();
        while (!condition.holds()) {
            assertThat(SystemTime.elapsedSince(start)).as("time until " + what).isLessThan(Duration.ofSeconds(60));
            SystemTime.pause(Duration.ofMillis(200));
        }
    }

    /** Lines of a kind, RUN or END: second, item, instances that printed it. */
    Map<Long, Map<Integer, List<String>>> printed(String kind) throws IOException {
        Map<Long, Map<Integer, List<String>>> firings = new TreeMap<>();
        for (ChildProcess worker : workers.values()) {
            for (String line : Files.exists(worker.log()) ? Files.readAllLines(worker.log()) : List.<String>of()) {
                String[] parts = line.split(" ");
                if (parts.length == 3 && parts[0].equals(kind)) {
                    firings.computeIfAbsent(Long.valueOf(parts[1]), second -> new TreeMap<>())
                            .computeIfAbsent(Integer.valueOf(parts[2]), item -> new ArrayList<>())
                            .add(worker.name());
                }
            }
        }
        return firings;
    }

    /** Waits until a second since 1970 has begun. */
    void awaitSecond(long second) throws Exception {
        await("the last firing", () -> SystemTime.now().getEpochSecond() >= second);
    }

    /** Waits until {@code wanted} firings in a row were whole and on exactly these instances; with a firing each second. */
    long awaitSettled(int wanted, String... names) throws Exception {
        long from = SystemTime.now().getEpochSecond() + 1;
        await(wanted + " whole firings in a row on " + List.of(names), () -> {
            Map<Long, Map<Integer, List<String>>> firings = printed("RUN");
            int inARow = 0;
            for (long second = from; second < SystemTime.now().getEpochSecond() - 1; second++) {
                Map<Integer, List<String>> runs = firings.getOrDefault(second, Map.of());
                List<String> runners = runs.values().stream()
                        .flatMap(List::stream)
                        .distinct()
                        .sorted()
                        .toList();
                inARow = runs.size() == items && runners.equals(List.of(names)) ? inARow + 1 : 0;
            }
            return inARow >= wanted;
        });
        return from;
    }

    /** Judges the firings from a second to another; with a firing each second. */
    MixedFigures.Report judge(String title, long from, long until) throws IOException {
        List<MixedFigures.Stall> stalls = new ArrayList<>();
        for (ChildProcess worker : workers.values()) {
            for (String line : Files.readAllLines(worker.log())) {
                String[] parts = line.split(" ");
                if (parts.length == 3 && parts[0].equals("STALL")) {
                    long end = Long.parseLong(parts[1]);
                    if (end >= from * 1_000 && end <= until * 1_000 + 999) {
                        stalls.add(new MixedFigures.Stall(worker.name(), end - Long.parseLong(parts[2]), end));
                    }
                }
            }
        }
        return figures.judge(title, from, until, printed("RUN"), stalls, names);
    }

    @Override
    public void close() throws Exception {
        for (ChildProcess worker : workers.values()) {
            worker.close();
            worker.kill();
        }
        if (registry != null) {
            registry.close();
        }
        server.close();
        server.kill();
    }
}

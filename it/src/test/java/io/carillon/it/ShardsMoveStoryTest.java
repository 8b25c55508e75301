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

import io.carillon.launcher.ChildProcess;
import io.carillon.launcher.Ports;
import io.carillon.launcher.SystemTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A second instance of a 4-item job joins and leaves, on a real ZooKeeper, each instance a process of its own. */
class ShardsMoveStoryTest {

    private static final int ITEMS = 4;
    private static final int FIRINGS_WATCHED = 4;

    @TempDir
    private Path folder;

    private final List<ChildProcess> processes = new ArrayList<>();
    private String zooKeeper = "";

    @BeforeEach
    void startZooKeeper() throws InterruptedException {
        int port = new Ports().next();
        zooKeeper = "127.0.0.1:" + port;
        ChildProcess server = new ChildProcess(
                "zookeeper",
                Stories.server("ZooKeeperServer"),
                Stories.SMALL_JVM,
                List.of("--port", "" + port, "--dir", folder.resolve("zk").toString()),
                folder,
                line -> line.startsWith("READY "));
        processes.add(server);
        server.start().awaitReady(Duration.ofMinutes(1));
    }

    @AfterEach
    void stopEverything() throws InterruptedException {
        for (ChildProcess process : processes) {
            process.close();
            process.kill();
        }
    }

    @Test
    void everyItemRunsOnceAtEachFiringAfterAnInstanceJoinedClosedAndWasKilled() throws Exception {
        ChildProcess first = worker("first");
        awaitSettled(List.of("first"));

        ChildProcess second = worker("second");
        awaitSettled(List.of("first", "second"));

        assertThat(second.stop(Duration.ofSeconds(30))).isEqualTo(143);
        assertThat(Files.readString(second.log())).contains("LEFT");
        awaitSettled(List.of("first"));

        second.start().awaitReady(Duration.ofMinutes(1));
        awaitSettled(List.of("first", "second"));
        second.kill();
        awaitSettled(List.of("first"));

        ChildProcess third = worker("third");
        awaitSettled(List.of("first", "third"));
        first.kill();
        awaitSettled(List.of("third"));
        assertFencesGrow();
        assertThat(third.isAlive()).isTrue();
    }

    /**
     * Waits until {@link #FIRINGS_WATCHED} firings in a row ran every item exactly once, spread over exactly the given
     * workers. A doubled item fails at once.
     */
    private void awaitSettled(List<String> workers) throws Exception {
        long start = SystemTime.startNanos();
        long from = SystemTime.now().getEpochSecond() + 1;
        String seen = "";
        while (SystemTime.elapsedSince(start).compareTo(Duration.ofSeconds(60)) < 0) {
            Map<Long, Map<Integer, List<String>>> firings = firings();
            long now = SystemTime.now().getEpochSecond();
            int inARow = 0;
            List<String> active = new ArrayList<>();
            for (long second = from; second < now - 1; second++) {
                Map<Integer, List<String>> items = firings.getOrDefault(second, Map.of());
                assertThat(items.values())
                        .as("runs of each item in the firing of second " + second + ": " + items)
                        .allSatisfy(runners -> assertThat(runners).hasSize(1));
                List<String> runners = items.values().stream()
                        .flatMap(List::stream)
                        .distinct()
                        .sorted()
                        .toList();
                inARow = items.size() == ITEMS && runners.equals(workers) ? inARow + 1 : 0;
                active = runners;
                seen = "second " + second + " ran " + items;
            }
            if (inARow >= FIRINGS_WATCHED && active.equals(workers)) {
                return;
            }
            SystemTime.pause(Duration.ofMillis(250));
        }
        throw new AssertionError("no " + FIRINGS_WATCHED + " whole firings in a row on " + workers + "; last " + seen);
    }

    /** What every worker has printed: second, item, workers that ran it. */
    private Map<Long, Map<Integer, List<String>>> firings() throws IOException {
        Map<Long, Map<Integer, List<String>>> firings = new TreeMap<>();
        for (ChildProcess process : processes) {
            for (String line : Files.exists(process.log()) ? Files.readAllLines(process.log()) : List.<String>of()) {
                if (line.startsWith("RUN ")) {
                    String[] parts = line.split(" ");
                    firings.computeIfAbsent(Long.valueOf(parts[1]), second -> new TreeMap<>())
                            .computeIfAbsent(Integer.valueOf(parts[2]), item -> new ArrayList<>())
                            .add(process.name());
                }
            }
        }
        return firings;
    }

    private void assertFencesGrow() throws IOException {
        Map<Integer, TreeMap<Long, Long>> fences = new TreeMap<>();
        for (ChildProcess process : processes) {
            for (String line : Files.readAllLines(process.log())) {
                if (line.startsWith("RUN ")) {
                    String[] parts = line.split(" ");
                    fences.computeIfAbsent(Integer.valueOf(parts[2]), item -> new TreeMap<>())
                            .put(Long.valueOf(parts[1]), Long.valueOf(parts[3]));
                }
            }
        }
        assertThat(fences.values()).allSatisfy(bySecond -> assertThat(new ArrayList<>(bySecond.values()))
                .isSorted());
    }

    private ChildProcess worker(String name) throws InterruptedException {
        ChildProcess worker = new ChildProcess(
                name,
                Stories.program(ShardWorker.class.getName()),
                Stories.SMALL_JVM,
                List.of(zooKeeper, "sharded", "" + ITEMS),
                folder,
                line -> line.startsWith("READY "));
        processes.add(worker);
        worker.start().awaitReady(Duration.ofMinutes(1));
        return worker;
    }
}

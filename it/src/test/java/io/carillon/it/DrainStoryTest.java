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
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Processes of a job that fires each second are stopped with SIGTERM, one after the other; no firing is lost or doubled. */
@Tag("story")
class DrainStoryTest {

    private static final int ITEMS = 6;

    @TempDir
    private Path folder;

    private final List<ChildProcess> workers = new ArrayList<>();
    private ChildProcess server;
    private String zooKeeper = "";

    @BeforeEach
    void startZooKeeper() throws InterruptedException {
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
    }

    @AfterEach
    void stopEverything() throws InterruptedException {
        for (ChildProcess worker : workers) {
            worker.close();
            worker.kill();
        }
        server.close();
        server.kill();
    }

    @Test
    void everyItemRunsExactlyOncePerFiringWhileTheProcessesGo() throws Exception {
        for (int i = 0; i < 4; i++) {
            worker("worker" + i);
        }
        long from = settled(4);
        long to = from;
        for (int left = 3; left >= 1; left--) {
            // the first worker leads: it goes first
            ChildProcess goes = workers.get(3 - left);
            assertThat(goes.stop(Duration.ofSeconds(60))).isEqualTo(143);
            assertThat(Files.readString(goes.log())).contains("LEFT");
            to = settled(left);
        }
        Map<Long, List<Integer>> runs = runs();
        for (long second = from; second <= to; second++) {
            List<Integer> items = new ArrayList<>(runs.getOrDefault(second, List.of()));
            Collections.sort(items);
            assertThat(items).as("items of second " + second).containsExactly(0, 1, 2, 3, 4, 5);
        }
    }

    /** Waits until two firings in a row were whole, on so many workers; the second of the last. */
    private long settled(int instances) throws Exception {
        long start = SystemTime.startNanos();
        long from = SystemTime.now().getEpochSecond() + 1;
        while (SystemTime.elapsedSince(start).compareTo(Duration.ofSeconds(90)) < 0) {
            for (long second = from; second < SystemTime.now().getEpochSecond() - 1; second++) {
                if (isWhole(second, instances) && isWhole(second + 1, instances)) {
                    return second + 1;
                }
            }
            SystemTime.pause(Duration.ofMillis(200));
        }
        throw new AssertionError("not settled on " + instances + " workers; the last firings: " + runs());
    }

    private boolean isWhole(long second, int instances) throws IOException {
        long running = 0;
        for (ChildProcess worker : workers) {
            running += runsOf(worker).containsKey(second) ? 1 : 0;
        }
        return running == instances && runs().getOrDefault(second, List.of()).size() == ITEMS;
    }

    private Map<Long, List<Integer>> runs() throws IOException {
        Map<Long, List<Integer>> all = new TreeMap<>();
        for (ChildProcess worker : workers) {
            runsOf(worker).forEach((second, items) -> all.computeIfAbsent(second, ignored -> new ArrayList<>())
                    .addAll(items));
        }
        return all;
    }

    private static Map<Long, List<Integer>> runsOf(ChildProcess worker) throws IOException {
        Map<Long, List<Integer>> runs = new TreeMap<>();
        for (String line : Files.readAllLines(worker.log())) {
            if (line.startsWith("RUN ")) {
                String[] parts = line.split(" ");
                runs.computeIfAbsent(Long.valueOf(parts[1]), ignored -> new ArrayList<>())
                        .add(Integer.valueOf(parts[2]));
            }
        }
        return runs;
    }

    private void worker(String name) throws InterruptedException {
        ChildProcess worker = new ChildProcess(
                name,
                Stories.program(ShardWorker.class.getName()),
                Stories.SMALL_JVM,
                List.of(zooKeeper, "drained", "" + ITEMS),
                folder,
                line -> line.startsWith("READY "));
        workers.add(worker);
        worker.start().awaitReady(Duration.ofMinutes(1));
    }
}

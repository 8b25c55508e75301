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
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A process is frozen in the middle of an item for longer than its session lives, and thawed when its successor has written. */
@Tag("story")
class FenceStoryTest {

    @TempDir
    private Path folder;

    private final List<ChildProcess> processes = new ArrayList<>();
    private String zooKeeper = "";
    private String database = "";

    @BeforeEach
    void startServers() throws Exception {
        Ports ports = new Ports();
        int zooKeeperPort = ports.next();
        int h2Port = ports.next();
        server("zookeeper", "ZooKeeperServer", zooKeeperPort);
        server("h2", "H2Server", h2Port);
        zooKeeper = "127.0.0.1:" + zooKeeperPort;
        database = "jdbc:h2:tcp://127.0.0.1:" + h2Port + "/./fences";
        for (ChildProcess server : processes) {
            server.awaitReady(Duration.ofMinutes(1));
        }
        try (Connection connection = DriverManager.getConnection(database);
                Statement statement = connection.createStatement()) {
            statement.execute(
                    "CREATE TABLE account (id INTEGER PRIMARY KEY, balance BIGINT, owner VARCHAR(20), fence BIGINT)");
            statement.execute("INSERT INTO account VALUES (1, 0, 'nobody', 0)");
            statement.execute("CREATE TABLE job_guard (job VARCHAR(200), item INTEGER, fence BIGINT NOT NULL,"
                    + " PRIMARY KEY (job, item))");
            statement.execute("INSERT INTO job_guard VALUES ('fenced', 0, 0)");
            statement.execute("CREATE TABLE effect (owner VARCHAR(20), fence BIGINT)");
        }
    }

    private void server(String name, String mainClass, int port) {
        ChildProcess server = new ChildProcess(
                name,
                Stories.server(mainClass),
                Stories.SMALL_JVM,
                List.of("--port", "" + port, "--dir", folder.resolve(name).toString()),
                folder,
                line -> line.startsWith("READY "));
        processes.add(server);
        server.start();
    }

    @AfterEach
    void stopEverything() throws InterruptedException {
        for (ChildProcess process : processes) {
            process.close();
            process.kill();
        }
    }

    @ParameterizedTest
    @CsvSource({"true, true", "false, true", "false, false"})
    void theThawedLoserIsToldAndRefused(boolean failover, boolean monitorExecution) throws Exception {
        ChildProcess first = worker("first", failover, monitorExecution);
        until("the first worker has written", () -> lines(first, "WROTE 1").size() >= 1);
        ChildProcess second = worker("second", failover, monitorExecution);
        int begun = lines(first, "BEGIN").size() + lines(second, "BEGIN").size();
        until(
                "the item begins once more",
                () -> lines(first, "BEGIN").size() + lines(second, "BEGIN").size() > begun);
        ChildProcess loser =
                lines(first, "WROTE").size() < lines(first, "BEGIN").size() ? first : second;
        ChildProcess winner = loser == first ? second : first;
        loser.signal("STOP");
        long lost = fences(loser).get(fences(loser).size() - 1);
        int written = lines(loser, "WROTE").size();
        until(
                "the successor has written",
                () -> !fences(winner).isEmpty()
                        && fences(winner).get(fences(winner).size() - 1) > lost
                        && lines(winner, "WROTE 1").size() == fences(winner).size());
        long won = fences(winner).get(fences(winner).size() - 1);
        loser.signal("CONT");
        int guarded = lines(loser, "GUARDED").size();
        until("the loser tried to write", () -> lines(loser, "GUARDED").size() > guarded);

        assertThat(last(loser, "HELD")).isEqualTo("HELD false");
        assertThat(last(loser, "INTERRUPTED")).isEqualTo("INTERRUPTED true");
        assertThat(last(loser, "REFUSED")).isEqualTo("REFUSED checkpoint true");
        assertThat(lines(loser, "WROTE").get(written)).isEqualTo("WROTE 0");
        assertThat(lines(loser, "GUARDED").get(guarded)).isEqualTo("GUARDED false");
        assertThat(lines(winner, "GUARDED true")).isNotEmpty();
        try (Connection connection = DriverManager.getConnection(database);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT owner, fence FROM account")) {
            assertThat(row.next()).isTrue();
            assertThat(row.getLong("fence")).isGreaterThanOrEqualTo(won).isGreaterThan(lost);
        }
        try (Connection connection = DriverManager.getConnection(database);
                Statement statement = connection.createStatement();
                ResultSet effects = statement.executeQuery("SELECT COUNT(*) FROM effect WHERE fence = " + lost)) {
            assertThat(effects.next()).isTrue();
            assertThat(effects.getLong(1)).as("effects of the loser").isZero();
        }
    }

    private ChildProcess worker(String name, boolean failover, boolean monitorExecution) throws InterruptedException {
        ChildProcess worker = new ChildProcess(
                name,
                Stories.program(FenceWorker.class.getName()),
                Stories.SMALL_JVM,
                List.of(zooKeeper, database, name, "" + failover, "" + monitorExecution),
                folder,
                line -> line.startsWith("READY "));
        processes.add(worker);
        worker.start().awaitReady(Duration.ofMinutes(1));
        return worker;
    }

    private static List<String> lines(ChildProcess process, String start) throws IOException {
        return Files.readAllLines(process.log()).stream()
                .filter(line -> line.startsWith(start))
                .toList();
    }

    private static String last(ChildProcess process, String start) throws IOException {
        List<String> lines = lines(process, start);
        return lines.isEmpty() ? "none" : lines.get(lines.size() - 1);
    }

    private static List<Long> fences(ChildProcess process) throws IOException {
        return lines(process, "BEGIN ").stream()
                .map(line -> Long.valueOf(line.substring("BEGIN ".length())))
                .toList();
    }

    private static void until(String what, Callable<Boolean> condition) throws Exception {
        long start = SystemTime.startNanos();
        while (!condition.call()) {
            if (SystemTime.elapsedSince(start).compareTo(Duration.ofSeconds(90)) > 0) {
                throw new AssertionError("not within 90 s: " + what);
            }
            SystemTime.pause(Duration.ofMillis(20));
        }
    }
}

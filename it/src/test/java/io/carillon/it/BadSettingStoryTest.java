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
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A person starts a service with a bad setting: a process ends, with one clear line and not with a stack trace. */
@Tag("story")
class BadSettingStoryTest {

    @TempDir
    private static Path folder;

    private static ChildProcess zooKeeper;
    private static ChildProcess h2;
    private static int zooKeeperPort;
    private static int h2Port;

    @BeforeAll
    static void startServers() throws Exception {
        Ports ports = new Ports();
        zooKeeperPort = ports.next();
        h2Port = ports.next();
        zooKeeper = server("zookeeper", "ZooKeeperServer", zooKeeperPort);
        h2 = server("h2", "H2Server", h2Port);
        zooKeeper.awaitReady(Duration.ofMinutes(1));
        h2.awaitReady(Duration.ofMinutes(1));
        // the first to connect makes the database and its password
        try (Connection made = DriverManager.getConnection(url(), "shop", "right")) {
            assertThat(made.isValid(5)).isTrue();
        }
    }

    @AfterAll
    static void stopServers() {
        zooKeeper.close();
        h2.close();
    }

    static Stream<Arguments> badSettings() {
        return Stream.of(
                Arguments.of(
                        "an unknown cron",
                        "accounts.AccountsApplication",
                        List.of("carillon.jobs.schedules.ExpireTokensJob.cron=every day"),
                        List.of("cron", "'every day'", "(expected: 6 or 7 fields")),
                Arguments.of(
                        "zero shards",
                        "orders.OrdersApplication",
                        List.of("carillon.maintenance.sharding-total-count=0"),
                        List.of("sharding-total-count", "0 (expected: 1..10000)")),
                Arguments.of(
                        "zero shards of a job",
                        "accounts.AccountsApplication",
                        List.of("carillon.jobs.schedules.ExpireTokensJob.sharding-total-count=0"),
                        List.of("0 (expected: 1..10000)", "ExpireTokensJob")),
                Arguments.of(
                        "item parameters out of range",
                        "accounts.AccountsApplication",
                        List.of("carillon.jobs.schedules.ExpireTokensJob.sharding-item-parameters=0=a,9=b"),
                        List.of("0=a,9=b (expected: items 0..", "item 9")),
                Arguments.of(
                        "a ZooKeeper that does not answer",
                        "orders.OrdersApplication",
                        List.of("carillon.registry.server-lists=127.0.0.1:1"),
                        List.of("127.0.0.1:1 (expected: a ZooKeeper that answers")),
                Arguments.of(
                        "a database that does not answer",
                        "orders.OrdersApplication",
                        List.of("spring.datasource.url=jdbc:h2:tcp://127.0.0.1:1/./shop"),
                        List.of("spring.datasource.url", "jdbc:h2:tcp://127.0.0.1:1/./shop (expected: ")),
                Arguments.of(
                        "a wrong database password",
                        "orders.OrdersApplication",
                        List.of("spring.datasource.password=wrong"),
                        List.of("spring.datasource.password", "(expected: ")),
                Arguments.of(
                        "an unknown broker",
                        "orders.OrdersApplication",
                        List.of("carillon.messages.broker=carrier-pigeon"),
                        List.of("carillon.messages.broker", "carrier-pigeon (expected: ")));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("badSettings")
    void theProcessEndsWithOneClearLine(String what, String application, List<String> bad, List<String> words)
            throws Exception {
        List<String> arguments = new ArrayList<>(List.of(
                "--server.port=0",
                "--carillon.registry.server-lists=127.0.0.1:" + zooKeeperPort,
                "--carillon.registry.base-sleep-time=100ms",
                "--carillon.registry.max-sleep-time=500ms",
                "--carillon.registry.max-retries=2",
                "--carillon.messages.broker=in-jvm",
                "--spring.datasource.url=" + url(),
                "--spring.datasource.username=shop",
                "--spring.datasource.password=right",
                "--spring.datasource.hikari.connection-timeout=3000"));
        for (String setting : bad) {
            // Spring would join the values of a repeated option
            String name = "--" + setting.substring(0, setting.indexOf('=') + 1);
            arguments.removeIf(argument -> argument.startsWith(name));
            arguments.add("--" + setting);
        }
        ChildProcess service = new ChildProcess(
                "service-" + Math.abs(what.hashCode()),
                Stories.shop(application),
                Stories.SMALL_JVM,
                arguments,
                folder,
                line -> line.contains("Application in "));
        try (service) {
            service.start();
            assertThat(service.awaitExit(Duration.ofMinutes(2))).isNotZero();
        }
        List<String> output = Files.readAllLines(service.log());
        List<String> clear = output.stream()
                .filter(line -> words.stream().allMatch(line::contains))
                .toList();
        assertThat(clear).as("the clear line of\n" + String.join("\n", output)).isNotEmpty();
        int clearAt = output.indexOf(clear.get(0));
        assertThat(output.subList(0, clearAt))
                .as("what a person sees before it")
                .noneMatch(line -> line.startsWith("\tat "));
    }

    private static String url() {
        return "jdbc:h2:tcp://127.0.0.1:" + h2Port + "/./shop";
    }

    private static ChildProcess server(String name, String mainClass, int port) {
        return new ChildProcess(
                        name,
                        Stories.server(mainClass),
                        Stories.SMALL_JVM,
                        List.of(
                                "--port",
                                "" + port,
                                "--dir",
                                folder.resolve(name).toString()),
                        folder,
                        line -> line.startsWith("READY "))
                .start();
    }
}

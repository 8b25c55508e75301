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

import io.carillon.center.CenterApplication;
import io.carillon.console.access.Accounts;
import io.carillon.console.access.Grant;
import io.carillon.launcher.ChildProcess;
import io.carillon.launcher.ChildProcess.Program;
import io.carillon.launcher.Ports;
import io.carillon.launcher.SystemTime;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

/** The commands of the terminal, each a process, against a real centre over a real ZooKeeper with a job that runs. */
@Tag("story")
class TerminalStoryTest {

    @TempDir
    private Path folder;

    private final List<ChildProcess> processes = new ArrayList<>();
    private int number;
    private ConfigurableApplicationContext context;

    @AfterEach
    void stopEverything() throws InterruptedException {
        if (context != null) {
            context.close();
        }
        for (ChildProcess process : processes) {
            process.close();
            process.kill();
        }
    }

    @Test
    void jobsAreListedTriggeredExplainedExportedAndCompared() throws Exception {
        int zooKeeper = new Ports().next();
        start(
                "zookeeper",
                Stories.server("ZooKeeperServer"),
                List.of("--port", "" + zooKeeper, "--dir", folder.resolve("zk").toString()),
                "READY ");
        start(
                "worker",
                Stories.program(ShardWorker.class.getName()),
                List.of("127.0.0.1:" + zooKeeper, "shards", "3"),
                "READY shard-worker");
        context = SpringApplication.run(
                CenterApplication.class,
                "--server.port=0",
                "--carillon.center.data-dir=" + folder.resolve("data"),
                "--carillon.registry.server-lists=127.0.0.1:" + zooKeeper,
                "--carillon.registry.namespace=stories",
                "--carillon.alarms.every=1s");
        String http = context.getEnvironment().getRequiredProperty("local.server.port");
        String token = context.getBean(Accounts.class).makeToken("story", Grant.parse("admin"), "story", null);
        List<String> centre = List.of("--url", "http://127.0.0.1:" + http, "--token", token);

        String jobs = awaitOutput("shards", with(centre, "jobs", "--health", "warning"));
        assertThat(jobs).contains("3/3", "warning");
        assertThat(output(0, with(centre, "job", "shards"))).contains("* * * * * ?", "ShardWorker");
        assertThat(output(0, with(centre, "trigger", "shards", "--parameter", "x")))
                .contains("request");
        assertThat(output(
                        0,
                        with(
                                centre,
                                "why",
                                "shards",
                                "--at",
                                SystemTime.now().minusSeconds(5).toString())))
                .contains("item 0");
        Path file = folder.resolve("jobs.yaml");
        // the centre's own job, which cleans its history, is the other one
        assertThat(output(0, with(centre, "export", "-o", file.toString()))).contains("2 jobs are in");
        assertThat(output(0, with(centre, "compare", "stories", file.toString())))
                .contains("= 2");
        Files.writeString(file, Files.readString(file).replace("'* * * * * ?'", "'0/5 * * * * ?'"));
        assertThat(output(0, with(centre, "import", file.toString(), "--dry-run")))
                .contains("cron: * * * * * ? -> 0/5");
        assertThat(output(0, with(centre, "import", file.toString(), "--yes", "--reason", "story")))
                .contains("1 jobs were taken over, 0 were not");
        awaitOutput("0/5", with(centre, "job", "shards"));
        assertThat(output(4, List.of("jobs", "--url", "http://127.0.0.1:" + http, "--cluster", "stories")))
                .contains("--token: not accepted");
        assertThat(output(3, with(centre, "job", "none"))).contains("not there");
    }

    private static List<String> with(List<String> centre, String... command) {
        List<String> all = new ArrayList<>(List.of(command));
        all.addAll(centre);
        return all;
    }

    private ChildProcess start(String name, Program program, List<String> arguments, String ready) throws Exception {
        ChildProcess process =
                new ChildProcess(name, program, Stories.SMALL_JVM, arguments, folder, line -> line.contains(ready));
        processes.add(process);
        process.start().awaitReady(Duration.ofMinutes(3));
        return process;
    }

    private String output(int code, List<String> arguments) throws Exception {
        ChildProcess terminal = new ChildProcess(
                "terminal-" + ++number,
                Program.ofModule(Stories.root().resolve("launcher"), "io.carillon.launcher.Main"),
                List.of("-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Duser.language=en"),
                arguments,
                folder,
                line -> false);
        processes.add(terminal);
        terminal.start();
        int ended = terminal.awaitExit(Duration.ofMinutes(2));
        String said = Files.readString(terminal.log());
        assertThat(ended).as(arguments + ": " + said).isEqualTo(code);
        return said;
    }

    /** Asks until the answer contains a text: what people wait for, too. */
    private String awaitOutput(String text, List<String> arguments) throws Exception {
        long began = SystemTime.startNanos();
        String said = "";
        while (SystemTime.elapsedSince(began).compareTo(Duration.ofMinutes(1)) < 0) {
            said = output(0, arguments);
            if (said.contains(text)) {
                return said;
            }
        }
        throw new AssertionError("no '" + text + "' in: " + said);
    }
}

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
import io.carillon.launcher.ChildProcess.Program;
import io.carillon.launcher.Ports;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many jobs on one instance, a process of its own, on a real ZooKeeper in another; the programs are the bench's. */
@Tag("story")
class ManyJobsStoryTest {

    @TempDir
    private Path folder;

    /** Runs the bench's program; its figures, each under the word that begins its line and its key. */
    private Map<String, Long> load(int jobs, String cron, int seconds) throws Exception {
        int port = new Ports().next();
        try (ChildProcess server = new ChildProcess(
                        "zookeeper",
                        Stories.server("ZooKeeperServer"),
                        List.of("-Xmx512m", "-Dlogback.configurationFile=io/carillon/launcher/servers/logback.xml"),
                        List.of(
                                "--port",
                                "" + port,
                                "--dir",
                                folder.resolve("zk").toString()),
                        folder,
                        line -> line.startsWith("READY "));
                ChildProcess instance = new ChildProcess(
                        "instance",
                        Program.ofModule(Stories.root().resolve("bench"), "io.carillon.bench.JobLoad"),
                        List.of("-Xmx512m", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"),
                        List.of("" + port, "many", "" + jobs, "1", cron, "" + seconds),
                        folder,
                        line -> line.startsWith("STARTED "))) {
            server.start().awaitReady(Duration.ofMinutes(1));
            assertThat(instance.start().awaitExit(Duration.ofMinutes(5))).isZero();
            Map<String, Long> figures = new HashMap<>();
            for (String line : Files.readAllLines(instance.log())) {
                String[] words = line.split(" ");
                if (words[0].equals("STARTED") || words[0].equals("FIRED")) {
                    System.out.println(line);
                    for (int i = 1; i < words.length; i++) {
                        String[] figure = words[i].split("=");
                        figures.put(words[0] + " " + figure[0], Long.valueOf(figure[1]));
                    }
                }
            }
            return figures;
        }
    }

    @Test
    void ofFiveHundredJobsThatFireEachSecondOnOneInstanceNoFiringIsSkipped() throws Exception {
        int seconds = 30;
        Map<String, Long> figures = load(500, "* * * * * ?", seconds);
        assertThat(figures).containsEntry("FIRED due", 500L * seconds).containsEntry("FIRED run", 500L * seconds);
        assertThat(figures.get("STARTED threads"))
                .as("threads that 500 jobs need: the workers, shared, and these only when code runs")
                .isLessThanOrEqualTo(Math.max(8, 4 * Runtime.getRuntime().availableProcessors()));
        // two per firing, the pings, and the ends of a second that lap over
        assertThat(figures.get("FIRED requests")).isLessThan(2 * 500L * seconds + 1_100);
    }

    @Test
    void aThousandJobsStartWithoutAThreadMoreAndWithAHandfulOfRequestsEach() throws Exception {
        Map<String, Long> figures = load(1_000, "0 0 0 1 1 ? 2099", 0);
        assertThat(figures).containsEntry("STARTED threads", 0L);
        assertThat(figures.get("STARTED requests")).isLessThan(15_000);
    }
}

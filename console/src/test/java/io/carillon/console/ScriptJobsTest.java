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
package io.carillon.console;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.console.command.Trail;
import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.operations.By;
import io.carillon.jobs.operations.ConfigurationVersion;
import io.carillon.jobs.operations.JobCommands.Stored;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.mock.web.MockHttpServletResponse;

/** Text that instances run as a program comes from nobody's browser, unless who runs the console has switched that on. */
class ScriptJobsTest {
    private static final String JOB = "credit-points";
    private static final String EDIT = "/clusters/shop/jobs/" + JOB + "/edit";
    private static final ConsoleOptions OPTIONS = new ConsoleOptions(
            InstantSource.fixed(Samples.NOW), ZoneId.of("UTC"), Duration.ofSeconds(2), Duration.ofSeconds(5));

    private static FakeCluster cluster() {
        FakeCluster cluster = Samples.fullCluster();
        cluster.stored.put(JOB, new Stored(running("credit.sh"), 7));
        return cluster;
    }

    private static JobConfiguration running(String commandLine) {
        return JobConfiguration.newBuilder(JOB, 3)
                .cron("0 0 1 * * ?")
                .setProperty("script.command.line", commandLine)
                .build();
    }

    private static MockHttpServletResponse save(ConsolePages console, String cron, String properties) throws Exception {
        return console.answer(console.post(EDIT, "version", "7", "cron", cron, "props", properties, "step", "save"));
    }

    private static String commandLine(FakeCluster cluster) {
        return cluster.stored.get(JOB).configuration().getProps().get("script.command.line");
    }

    @Test
    void anEditorChangesTheScheduleOfAScriptButNotWhatItRuns() throws Exception {
        FakeCluster cluster = cluster();
        try (ConsolePages console = new ConsolePages(OPTIONS, "admin@*", cluster)) {
            MockHttpServletResponse refused = save(console, "0 0 1 * * ?", "script.command.line=rm -rf /");
            assertThat(refused.getStatus()).isEqualTo(403);
            assertThat(ConsolePages.text(refused))
                    .contains("script.command.line is text that instances run as a program")
                    .contains("Nothing was changed");
            assertThat(commandLine(cluster)).isEqualTo("credit.sh");
            assertThat(cluster.done).isEmpty();
            assertThat(console.bean(ConsoleConfiguration.Remembered.class)
                            .trail()
                            .latest(Trail.Question.ofJob("shop", JOB), null, 1)
                            .get(0)
                            .ended())
                    .isEqualTo(Trail.Ended.REFUSED);

            assertThat(save(console, "0 0 2 * * ?", "script.command.line=credit.sh")
                            .getStatus())
                    .isEqualTo(200);
            assertThat(cluster.stored.get(JOB).configuration().getCron()).isEqualTo("0 0 2 * * ?");
        }
    }

    @Test
    void anotherCommandLineDoesNotComeBackByRollingBack() throws Exception {
        FakeCluster cluster = cluster();
        cluster.versions = List.of(new ConfigurationVersion(5, Samples.NOW, By.UNKNOWN, running("old.sh"), List.of()));
        try (ConsolePages console = new ConsolePages(OPTIONS, "admin@*", cluster)) {
            assertThat(console.answer(console.post(
                                    "/clusters/shop/commands/roll-back",
                                    "job",
                                    JOB,
                                    "to",
                                    "5",
                                    "version",
                                    "7",
                                    "reason",
                                    "as before"))
                            .getStatus())
                    .isEqualTo(403);
            assertThat(commandLine(cluster)).isEqualTo("credit.sh");
        }
    }

    @Test
    void whoRunsTheConsoleCanSwitchItOn() throws Exception {
        FakeCluster cluster = cluster();
        try (ConsolePages console = new ConsolePages(OPTIONS.scriptJobs(true), "admin@*", cluster)) {
            assertThat(save(console, "0 0 1 * * ?", "script.command.line=other.sh")
                            .getStatus())
                    .isEqualTo(200);
            assertThat(commandLine(cluster)).isEqualTo("other.sh");
        }
    }
}

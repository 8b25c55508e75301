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
import io.carillon.jobs.coordination.Registry;
import io.carillon.jobs.coordination.Registry.CreateMode;
import io.carillon.jobs.coordination.Registry.Write;
import io.carillon.jobs.operations.RegistryOperations;
import io.carillon.testkit.jobs.InMemoryRegistry;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import org.jsoup.nodes.Document;
import org.junit.jupiter.api.Test;
import org.springframework.mock.web.MockHttpServletResponse;

/** Is the tree what the engine believes? */
class RegistryPageTest {
    private static final InstantSource TIME = InstantSource.fixed(Samples.NOW);
    private static final ConsoleOptions OPTIONS =
            new ConsoleOptions(TIME, ZoneId.of("Europe/Berlin"), Duration.ofSeconds(2), Duration.ofSeconds(5));
    private static final String HERE = "/clusters/shop/registry";

    private final InMemoryRegistry server = new InMemoryRegistry(TIME, Duration.ofSeconds(4), Runnable::run);
    private final FakeCluster cluster = Samples.fullCluster();

    RegistryPageTest() {
        Registry client = server.connect();
        List<Write> writes = new ArrayList<>(List.of(
                node("/ns", ""),
                node("/ns/billing", ""),
                node("/ns/billing/config", "jobName: billing\ncron: 0 0 1 * * ?\ndb.password: hunter2\n"),
                node("/ns/billing/instances", ""),
                new Write.Create("/ns/billing/instances/10.0.0.1@-@7", "", CreateMode.EPHEMERAL),
                node("/ns/billing/servers", ""),
                node("/ns-carillon", ""),
                node("/outside", "secret of others")));
        for (int i = 0; i < 150; i++) {
            writes.add(node(String.format("/ns/billing/servers/10.0.1.%03d", i), "ENABLED"));
        }
        client.commit(writes, result -> {});
        cluster.tree = RegistryOperations.open(client, "ns", RegistryOperations.Settings.of(TIME))
                .tree();
    }

    private static Write node(String path, String data) {
        return new Write.Create(path, data, CreateMode.PERSISTENT);
    }

    private ConsolePages as(String grants) {
        return new ConsolePages(OPTIONS, grants, cluster);
    }

    @Test
    void aNodeIsShownByWhatItIsWithItsVersionAndOwnerAndPagesOfChildren() throws Exception {
        try (ConsolePages console = as("admin")) {
            Document root = console.page(HERE);
            assertThat(root.select("dl.facts").text()).contains("one child for each job");
            assertThat(root.select("ul.names a").eachText()).containsExactly("billing");
            Document config = console.page(HERE + "?path=/ns/billing/config");
            assertThat(config.select("dl.facts").text()).contains("A job's configuration", "Until it is deleted");
            assertThat(config.select("tbody th").eachText()).containsExactly("jobName", "cron", "db.password");
            assertThat(config.select("tbody td").eachText()).containsExactly("billing", "0 0 1 * * ?", "hunter2");
            assertThat(config.select("p.path a").eachText()).containsExactly("ns", "billing", "config");
            assertThat(console.page(HERE + "?path=/ns/billing/instances/10.0.0.1@-@7")
                            .select("dl.facts")
                            .text())
                    .contains("An instance that is online", "0x");
            Document servers = console.page(HERE + "?path=/ns/billing/servers");
            assertThat(servers.select("ul.names a")).hasSize(100);
            String next = servers.select("a[rel=next]").attr("href");
            assertThat(console.page(next).select("ul.names a")).hasSize(50);
            Document bytes = console.page(HERE + "?path=/ns/billing/config&view=hex");
            assertThat(bytes.select("pre").text()).startsWith("000000  6a 6f 62 4e 61 6d 65");
        }
    }

    @Test
    void onlyThisNamespaceIsReadAndWhatIsNotThereIsSaid() throws Exception {
        try (ConsolePages console = as("admin")) {
            assertThat(console.status(HERE + "?path=/ns/absent")).isEqualTo(404);
            assertThat(console.page(HERE + "?path=/ns/absent").select(".notice").text())
                    .contains("There is no node /ns/absent");
            Document outside = console.page(HERE + "?path=/outside");
            assertThat(outside.text()).doesNotContain("secret of others");
            assertThat(outside.select(".notice").text()).contains("expected: /ns or /ns-carillon");
        }
    }

    @Test
    void secretsAreForEditorsAndTheTreeIsForWhoSeesTheWholeCluster() throws Exception {
        try (ConsolePages console = as("viewer@shop")) {
            for (String view : List.of("", "&view=hex")) {
                Document config = console.page(HERE + "?path=/ns/billing/config" + view);
                assertThat(config.text()).doesNotContain("hunter2").doesNotContain("68 75 6e 74 65 72");
                assertThat(config.select(".notice").text()).contains("hidden");
                assertThat(config.select("form[action$=registry]")).isEmpty();
            }
        }
        try (ConsolePages console = as("admin@shop/billing")) {
            assertThat(console.status(HERE)).isEqualTo(403);
            assertThat(console.status(HERE + "/dump?path=/ns")).isEqualTo(403);
            assertThat(console.page("/clusters/shop/jobs").select(".tabs a").eachText())
                    .doesNotContain("Registry");
        }
    }

    @Test
    void administratorsWriteAndDeleteAfterTypingThePathAndThatIsOnRecordWithoutSecrets() throws Exception {
        String path = "/ns/billing/config";
        try (ConsolePages console = as("admin@shop")) {
            String[] fields = {
                "path",
                path,
                "version",
                "0",
                "text",
                "cron: -\r\ndb.password: new\r\n",
                "reason",
                "repair",
                "step",
                "write"
            };
            MockHttpServletResponse untyped = console.answer(console.post(HERE, fields));
            assertThat(untyped.getStatus()).isEqualTo(400);
            assertThat(ConsolePages.text(untyped)).contains("Nothing was changed");
            assertThat(server.data(path)).contains("hunter2");

            assertThat(console.answer(console.post(HERE, fields).param("typed", path))
                            .getStatus())
                    .isEqualTo(200);
            assertThat(server.data(path)).isEqualTo("cron: -\ndb.password: new\n");
            assertThat(console.answer(console.post(HERE, fields).param("typed", path))
                            .getStatus())
                    .as("it has another version by now")
                    .isEqualTo(409);

            String server1 = "/ns/billing/servers/10.0.1.001";
            assertThat(console.answer(console.post(
                                    HERE, "path", server1, "version", "0", "typed", server1, "reason", "gone", "step",
                                    "delete"))
                            .getStatus())
                    .isEqualTo(200);
            assertThat(console.status(HERE + "?path=" + server1)).isEqualTo(404);

            List<Trail.Entry> kept =
                    console.bean(ConsoleConfiguration.Remembered.class).trail().latest(Trail.Question.ALL, null, 10);
            assertThat(kept).extracting(Trail.Entry::what).containsExactly("delete-node", "write-node", "write-node");
            assertThat(kept.get(2).before()).contains("cron: 0 0 1").doesNotContain("hunter2");
            assertThat(kept.get(2).after()).contains("cron: -").doesNotContain("new");
            assertThat(kept.get(1).ended()).isEqualTo(Trail.Ended.REFUSED);
        }
        try (ConsolePages console = as("editor")) {
            assertThat(console.answer(console.post(
                                    HERE, "path", path, "version", "1", "typed", path, "text", "x", "reason", "y",
                                    "step", "write"))
                            .getStatus())
                    .isEqualTo(403);
            assertThat(server.data(path)).startsWith("cron: -");
        }
    }

    @Test
    void notEvenAnAdministratorWritesACommandLineIntoTheTree() throws Exception {
        String path = "/ns/billing/config";
        try (ConsolePages console = as("admin@shop")) {
            MockHttpServletResponse refused = console.answer(console.post(
                    HERE,
                    "path",
                    path,
                    "version",
                    "0",
                    "typed",
                    path,
                    "text",
                    "props:\n  script.command.line: rm -rf /\n",
                    "reason",
                    "repair",
                    "step",
                    "write"));
            assertThat(refused.getStatus()).isEqualTo(403);
            assertThat(ConsolePages.text(refused)).contains("carillon.console.script-jobs=true");
            assertThat(server.data(path)).contains("hunter2");
        }
    }

    @Test
    void theDumpIsAFileWithoutAddressesAndSecrets() throws Exception {
        try (ConsolePages console = as("viewer@shop")) {
            MockHttpServletResponse dump = console.answer(ConsolePages.get(HERE + "/dump?path=/ns/billing"));
            assertThat(dump.getHeader("Content-Disposition")).isEqualTo("attachment; filename=\"registry-shop.txt\"");
            assertThat(ConsolePages.text(dump))
                    .contains("/ns/billing/config | jobName: billing")
                    .contains("ip1")
                    .doesNotContain("10.0.0.1")
                    .doesNotContain("hunter2");
            assertThat(console.status(HERE + "/dump?path=/ns/absent")).isEqualTo(404);
            assertThat(console.status(HERE + "/dump?path=/outside")).isEqualTo(503);
        }
    }
}

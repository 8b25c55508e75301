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

import io.carillon.console.access.Accounts;
import io.carillon.console.access.Grant;
import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.operations.JobCommands.Stored;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.mock.web.MockHttpServletResponse;
import org.springframework.test.web.servlet.request.MockHttpServletRequestBuilder;
import org.springframework.test.web.servlet.request.MockMvcRequestBuilders;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Whole clusters over {@code /api/v1}, by tokens of several roles. */
class ClustersApiTest {
    private final FakeCluster cluster = Samples.fullCluster();
    private final FakeStore store = Samples.fullStore();
    private final ConsolePages console = new ConsolePages(cluster, store);

    @AfterEach
    void close() {
        console.close();
    }

    private String token(String grants) {
        return console.bean(Accounts.class).makeToken("ci", Grant.parse(grants), "ada", null);
    }

    private static JsonNode json(MockHttpServletResponse response) throws Exception {
        return JsonMapper.shared().readTree(ConsolePages.text(response));
    }

    private MockHttpServletResponse get(String token, String address) throws Exception {
        return console.answer(ConsolePages.get(address).header("Authorization", "Bearer " + token));
    }

    private MockHttpServletResponse post(String token, String address, String type, String body, String... headers)
            throws Exception {
        MockHttpServletRequestBuilder request = MockMvcRequestBuilders.post(URI.create(address))
                .header("Authorization", "Bearer " + token)
                .contentType(type)
                .content(body.getBytes(StandardCharsets.UTF_8));
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return console.answer(request);
    }

    @Test
    void whoMayNotDoesNotAndWhoMaySeeNothingLearnsNothing() throws Exception {
        String viewer = token("viewer@shop");
        String stranger = token("admin@other");
        assertThat(json(get(stranger, "/api/v1/clusters")).at("/clusters").size())
                .isZero();
        assertThat(json(get(viewer, "/api/v1/clusters")).at("/clusters/0/name").asString())
                .isEqualTo("shop");
        assertThat(get(viewer, "/api/v1/clusters/shop/export").getStatus())
                .as("configurations may hold secrets")
                .isEqualTo(403);
        assertThat(post(viewer, "/api/v1/clusters/shop/imports", "application/yaml", "x")
                        .getStatus())
                .isEqualTo(403);
        assertThat(cluster.done).isEmpty();
    }

    @Test
    void anExportOfOneClusterIsImportedIntoAnother() throws Exception {
        String admin = token("admin@shop");
        cluster.stored.put(
                "credit-points",
                new Stored(
                        JobConfiguration.newBuilder("credit-points", 4)
                                .cron("0 0 1 * * ?")
                                .build(),
                        3));
        String export = ConsolePages.text(get(admin, "/api/v1/clusters/shop/export"));
        assertThat(export).startsWith("# Carillon jobs, format 1").contains("jobName: credit-points");
        String wanted = export.replace("0 0 1 * * ?", "0 0 2 * * ?");
        JsonNode plan = json(post(admin, "/api/v1/clusters/shop/imports", "application/yaml", wanted));
        assertThat(plan.at("/dryRun").asBoolean()).as("the default").isTrue();
        assertThat(plan.at("/text").asString()).contains("~ credit-points", "cron: 0 0 1 * * ? -> 0 0 2 * * ?");
        assertThat(cluster.done).isEmpty();
        JsonNode done =
                json(post(admin, "/api/v1/clusters/shop/imports?dryRun=false&reason=x", "application/yaml", wanted));
        assertThat(done.at("/jobs/0/step").asString()).isEqualTo("UPDATE");
        assertThat(done.at("/jobs/0/failure").isNull()).isTrue();
        assertThat(cluster.done).isNotEmpty();
        assertThat(post(admin, "/api/v1/clusters/shop/imports", "application/yaml", "jobs: []")
                        .getStatus())
                .isEqualTo(422);
    }

    @Test
    void anImportBringsNoJobThatRunsTextAsAProgram() throws Exception {
        String admin = token("admin@shop");
        String script = "# Carillon jobs, format 1\n---\njobClass: SCRIPT\nconfiguration:\n  jobName: s\n"
                + "  shardingTotalCount: 1\n  props:\n    script.command.line: rm -rf /\n";
        MockHttpServletResponse refused =
                post(admin, "/api/v1/clusters/shop/imports?dryRun=false", "application/yaml", script);
        assertThat(refused.getStatus()).isEqualTo(403);
        assertThat(json(refused).at("/detail").asString())
                .contains("s: script.command.line is text that instances run as a program");
        assertThat(cluster.done).isEmpty();
    }
}

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
import io.carillon.jobs.operations.JobRequests.TriggerRequest;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.http.MediaType;
import org.springframework.mock.web.MockHttpServletResponse;
import org.springframework.test.web.servlet.request.MockHttpServletRequestBuilder;
import org.springframework.test.web.servlet.request.MockMvcRequestBuilders;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Commands and deep questions over {@code /api/v1}, by tokens of several roles. */
class OperationsApiTest {
    private static final String JOBS = "/api/v1/clusters/shop/jobs/";

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

    private MockHttpServletResponse postJson(String token, String address, String body, String... headers)
            throws Exception {
        return post(token, address, MediaType.APPLICATION_JSON_VALUE, body, headers);
    }

    @Test
    void aTriggerCarriesWhatItSaysAndIsDoneOncePerKey() throws Exception {
        String operator = token("operator@shop");
        String body = "{\"parameter\":\"p\",\"time\":\"2026-11-20T02:00:00Z\",\"items\":[1],\"reason\":\"again\"}";
        MockHttpServletResponse first = postJson(operator, JOBS + "credit-points/runs", body, "Idempotency-Key", "k1");
        assertThat(first.getStatus()).isEqualTo(200);
        assertThat(json(first).at("/request").asString()).isEqualTo("r1");
        assertThat(cluster.requests.asked)
                .containsExactly(
                        new TriggerRequest("credit-points", "p", Instant.parse("2026-11-20T02:00:00Z"), List.of(1)));

        assertThat(json(postJson(operator, JOBS + "credit-points/runs", body, "Idempotency-Key", "k1"))
                        .at("/request")
                        .asString())
                .isEqualTo("r1");
        assertThat(cluster.requests.asked).as("not again").hasSize(1);
        assertThat(postJson(operator, JOBS + "credit-points/runs", "{}", "Idempotency-Key", "k1")
                        .getStatus())
                .as("the key of another request")
                .isEqualTo(422);
        postJson(operator, JOBS + "credit-points/runs", "{}", "Idempotency-Key", "k2");
        postJson(operator, JOBS + "credit-points/runs", "{}");
        assertThat(cluster.requests.asked).hasSize(3);
    }

    @Test
    void whoMayNotDoesNotAndWhoMaySeeNothingLearnsNothing() throws Exception {
        String viewer = token("viewer@shop");
        String stranger = token("admin@other");
        assertThat(postJson(viewer, JOBS + "credit-points/runs", "{}").getStatus())
                .isEqualTo(403);
        assertThat(postJson(stranger, JOBS + "credit-points/runs", "{}").getStatus())
                .isEqualTo(404);
        assertThat(get(stranger, JOBS + "credit-points/why?from=2026-11-20T02:00:00Z&to=2026-11-20T02:00:00Z")
                        .getStatus())
                .isEqualTo(404);
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
        assertThat(get(viewer, "/api/v1/messages").getStatus()).isEqualTo(403);
        assertThat(postJson(viewer, "/api/v1/messages/replays", "{}").getStatus())
                .isEqualTo(403);
        assertThat(cluster.done).isEmpty();
    }

    @Test
    void whyIsAskedForASlot() throws Exception {
        String viewer = token("viewer@shop");
        MockHttpServletResponse why =
                get(viewer, JOBS + "credit-points/why?from=2026-11-20T02:00:00Z&to=2026-11-20T03:00:00Z");
        assertThat(why.getStatus()).isEqualTo(200);
        assertThat(json(why).at("/complete").asBoolean()).isTrue();
        assertThat(get(viewer, JOBS + "credit-points/why?from=2026-11-20T02:00:00Z&to=2026-11-20T01:00:00Z")
                        .getStatus())
                .isEqualTo(422);
        assertThat(json(get(viewer, JOBS + "credit-points/why?from=soon&to=2026-11-20T01:00:00Z"))
                        .at("/detail")
                        .asString())
                .contains("from: soon (expected: a time such as");
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
        assertThat(json(refused).at("/detail").asString()).contains("SCRIPT of [s]");
        assertThat(cluster.done).isEmpty();
    }

    @Test
    void aFilterThatMakesNoSenseIsRefusedInWords() throws Exception {
        String viewer = token("viewer");
        assertThat(json(get(viewer, "/api/v1/messages?q=colour:red"))
                        .at("/detail")
                        .asString())
                .contains("q: colour:red (expected: words that begin with state:");
        assertThat(json(get(viewer, "/api/v1/messages?q=state:lost"))
                        .at("/detail")
                        .asString())
                .contains("state: lost (expected: one of");
        assertThat(get(viewer, "/api/v1/messages?limit=0").getStatus()).isEqualTo(422);
        assertThat(get(viewer, "/api/v1/messages?store=none").getStatus()).isEqualTo(422);
    }
}

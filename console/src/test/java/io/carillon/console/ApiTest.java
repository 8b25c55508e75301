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

import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.operations.JobCommands.Stored;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneId;
import org.junit.jupiter.api.Test;
import org.springframework.mock.web.MockHttpServletResponse;
import org.springframework.test.web.servlet.request.MockHttpServletRequestBuilder;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ApiTest {
    private static JsonNode json(ConsolePages console, String address) throws Exception {
        return JsonMapper.shared().readTree(ConsolePages.text(console.answer(ConsolePages.get(address))));
    }

    @Test
    void jobsInstancesAndCountsAreJson() throws Exception {
        FakeStore down = new FakeStore("points");
        down.broken = new IllegalStateException("Connection refused");
        try (ConsolePages console = new ConsolePages(Samples.fullCluster(), Samples.fullStore(), down)) {
            JsonNode jobs = json(console, "/api/v1/clusters/shop/jobs");
            assertThat(jobs.at("/cluster").asString()).isEqualTo("shop");
            assertThat(jobs.at("/asOf").asString()).isEqualTo("2026-11-22T10:15:30Z");
            assertThat(jobs.at("/jobs").size()).isEqualTo(6);
            assertThat(jobs.at("/jobs/1/health").asString()).isEqualTo("BAD");
            assertThat(jobs.at("/jobs/1/itemsOwned").asInt()).isEqualTo(1);
            assertThat(jobs.at("/jobs/1/nextRun").asString()).isEqualTo("2026-11-23T01:00:00Z");
            assertThat(jobs.at("/jobs/1/lastRun/durationMillis").asLong()).isEqualTo(95_000);

            JsonNode job = json(console, "/api/v1/clusters/shop/jobs/credit-points");
            assertThat(job.at("/items/2/owner").isNull()).isTrue();
            assertThat(job.at("/runs").size()).isEqualTo(4);

            assertThat(json(console, "/api/v1/clusters/shop/instances")
                            .at("/instances/0/id")
                            .asString())
                    .isEqualTo("10.0.0.7@-@4711");

            JsonNode counts = json(console, "/api/v1/messages/counts");
            assertThat(counts.at("/stores/0/counts/FINISHED").asLong()).isEqualTo(1_204_377);
            assertThat(counts.at("/stores/0/oldestOpenSeconds").asLong()).isEqualTo(73);
            assertThat(counts.at("/stores/1/available").asBoolean()).isFalse();
            assertThat(counts.at("/stores/1/problem").asString()).isEqualTo("Connection refused");
        }
    }

    @Test
    void problemsAreProblemDetails() throws Exception {
        FakeCluster cluster = Samples.fullCluster();
        try (ConsolePages console = new ConsolePages(cluster)) {
            MockHttpServletResponse unknown = console.answer(ConsolePages.get("/api/v1/clusters/none/jobs"));
            assertThat(unknown.getStatus()).isEqualTo(404);
            assertThat(unknown.getContentType()).isEqualTo("application/problem+json");
            assertThat(json(console, "/api/v1/clusters/none/jobs").at("/detail").asString())
                    .startsWith("There is no cluster 'none' here");
            assertThat(console.status("/api/v1/clusters/shop/jobs/none")).isEqualTo(404);
        }
        cluster.broken = new IllegalStateException("no connection");
        try (ConsolePages console = new ConsolePages(cluster)) {
            assertThat(console.status("/api/v1/clusters/shop/jobs")).isEqualTo(503);
            assertThat(json(console, "/api/v1/clusters/shop/jobs").at("/title").asString())
                    .isEqualTo("The registry does not answer");
        }
    }

    @Test
    void whatIsAskedForTwiceWithOneKeyIsDoneOnce() throws Exception {
        FakeCluster cluster = Samples.fullCluster();
        try (ConsolePages console = new ConsolePages(cluster)) {
            String runs = "/api/v1/clusters/shop/jobs/check-back/runs";
            String first = ConsolePages.text(console.answer(
                    json(console, "POST", runs, "{\"parameter\":\"a\"}").header("Idempotency-Key", "k1")));
            assertThat(JsonMapper.shared().readTree(first).at("/text").asString())
                    .contains("request r1");
            String again = ConsolePages.text(console.answer(
                    json(console, "POST", runs, "{\"parameter\":\"a\"}").header("Idempotency-Key", "k1")));
            assertThat(again).contains("parameter a").isEqualTo(first);
            assertThat(cluster.requests.asked).hasSize(1);
            assertThat(console.answer(json(console, "POST", runs, "{\"parameter\":\"b\"}")
                                    .header("Idempotency-Key", "k1"))
                            .getStatus())
                    .as("the same key for something else")
                    .isEqualTo(422);
            console.answer(json(console, "POST", runs, "{}").header("Idempotency-Key", "k2"));
            assertThat(cluster.requests.asked).hasSize(2);
            assertThat(console.answer(json(console, "POST", "/api/v1/clusters/shop/jobs/none/runs", "{}")
                                    .header("Idempotency-Key", "k3"))
                            .getStatus())
                    .isEqualTo(404);
        }
    }

    @Test
    void aDefinitionIsChangedFromTheVersionThatWasRead() throws Exception {
        FakeCluster cluster = Samples.fullCluster();
        cluster.stored.put(
                "check-back",
                new Stored(
                        JobConfiguration.newBuilder("check-back", 2)
                                .cron("0/30 * * * * ?")
                                .setProperty("api.token", "s3cret")
                                .build(),
                        4));
        String definition = "/api/v1/clusters/shop/jobs/check-back/definition";
        String change = "{\"settings\":{\"cron\":\"0 0/5 * * * ?\"},\"reason\":\"calmer\"}";
        try (ConsolePages console = new ConsolePages(cluster)) {
            MockHttpServletResponse read = console.answer(ConsolePages.get(definition));
            assertThat(read.getHeader("ETag")).isEqualTo("\"4\"");
            assertThat(console.answer(json(console, "PUT", definition, change)).getStatus())
                    .isEqualTo(412);
            assertThat(console.answer(json(console, "PUT", definition, change).header("If-Match", "\"3\""))
                            .getStatus())
                    .isEqualTo(409);
            assertThat(cluster.stored.get("check-back").version()).isEqualTo(4);
            MockHttpServletResponse changed =
                    console.answer(json(console, "PUT", definition, change).header("If-Match", "\"4\""));
            assertThat(changed.getHeader("ETag")).isEqualTo("\"5\"");
            assertThat(cluster.stored.get("check-back").configuration().getCron())
                    .isEqualTo("0 0/5 * * * ?");
            MockHttpServletResponse wrong =
                    console.answer(json(console, "PUT", definition, "{\"settings\":{\"cron\":\"x\"}}")
                            .header("If-Match", "\"5\""));
            assertThat(wrong.getStatus()).isEqualTo(422);
            assertThat(wrong.getContentAsString()).contains("cron: 'x' (expected:");
            assertThat(console.answer(json(console, "PUT", definition, "{\"settings\":{\"corn\":\"x\"}}")
                                    .header("If-Match", "\"5\""))
                            .getStatus())
                    .as("an unknown setting")
                    .isEqualTo(422);
        }
        try (ConsolePages console = new ConsolePages(
                new ConsoleOptions(
                        InstantSource.fixed(Samples.NOW),
                        ZoneId.of("UTC"),
                        Duration.ofSeconds(2),
                        Duration.ofSeconds(5)),
                "viewer",
                cluster)) {
            assertThat(ConsolePages.text(console.answer(ConsolePages.get(definition))))
                    .contains("api.token=******")
                    .doesNotContain("s3cret");
        }
    }

    @Test
    void whatIsNotReadableIsSaidAndAScheduleIsCheckedWithoutAJob() throws Exception {
        try (ConsolePages console = new ConsolePages(Samples.fullCluster())) {
            MockHttpServletResponse broken =
                    console.answer(json(console, "PUT", "/api/v1/clusters/shop/jobs/check-back/state", "{"));
            assertThat(broken.getStatus()).isEqualTo(400);
            assertThat(broken.getContentType()).isEqualTo("application/problem+json");
            assertThat(console.answer(json(
                                    console,
                                    "PUT",
                                    "/api/v1/clusters/shop/jobs/check-back/state",
                                    "{\"state\":\"off\"}"))
                            .getStatus())
                    .isEqualTo(422);
            String runs = ConsolePages.text(console.answer(json(
                    console,
                    "POST",
                    "/api/v1/schedules/preview",
                    "{\"cron\":\"0 0 1 * * ?\",\"timeZone\":\"UTC\",\"count\":2}")));
            assertThat(JsonMapper.shared().readTree(runs).at("/runs/1/at").asString())
                    .isEqualTo("2026-11-24T01:00:00Z");
        }
    }

    @Test
    void theDescriptionHasEveryHandlerAndNeedsARoleWhereTheHandlerDoes() throws Exception {
        try (ConsolePages console = new ConsolePages(Samples.fullCluster())) {
            JsonNode description = json(console, "/api/v1/openapi.json");
            assertThat(description.at("/openapi").asString()).isEqualTo("3.1.0");
            assertThat(description.at("/paths").size()).isGreaterThan(15);
            assertThat(description
                            .at("/paths/~1api~1v1~1clusters~1{cluster}~1jobs~1{job}~1definition/put/requestBody")
                            .isMissingNode())
                    .isFalse();
            assertThat(description.at("/components/schemas/Definition/required").toString())
                    .contains("version");
            String ok = "/get/responses/200/content/";
            assertThat(description
                            .at("/paths/~1api~1v1~1cluster-health" + ok + "application~1json/schema/$ref")
                            .asString())
                    .isEqualTo("#/components/schemas/ClusterHealthList");
            assertThat(description
                            .at("/paths/~1api~1v1~1clusters~1{cluster}~1export" + ok + "application~1yaml/schema/type")
                            .asString())
                    .isEqualTo("string");
            assertThat(description
                            .at("/paths/~1api~1v1~1clusters~1{cluster}~1imports/post/requestBody/content")
                            .has("application/yaml"))
                    .isTrue();
        }
    }

    private static MockHttpServletRequestBuilder json(ConsolePages console, String verb, String address, String body)
            throws Exception {
        return console.request(verb, address).contentType("application/json").content(body);
    }
}

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

import org.junit.jupiter.api.Test;
import org.springframework.mock.web.MockHttpServletResponse;
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
            assertThat(jobs.at("/jobs/3/health").asString()).isEqualTo("BAD");
            assertThat(jobs.at("/jobs/3/itemsOwned").asInt()).isEqualTo(1);
            assertThat(jobs.at("/jobs/3/nextRun").asString()).isEqualTo("2026-11-23T01:00:00Z");
            assertThat(jobs.at("/jobs/3/lastRun/durationMillis").asLong()).isEqualTo(95_000);

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
                    .isEqualTo("cluster: 'none' (expected: one of [shop])");
            assertThat(console.status("/api/v1/clusters/shop/jobs/none")).isEqualTo(404);
        }
        cluster.broken = new IllegalStateException("no connection");
        try (ConsolePages console = new ConsolePages(cluster)) {
            assertThat(console.status("/api/v1/clusters/shop/jobs")).isEqualTo(503);
            assertThat(json(console, "/api/v1/clusters/shop/jobs").at("/title").asString())
                    .isEqualTo("The registry does not answer");
        }
    }
}

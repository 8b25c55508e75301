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

import io.carillon.jobs.operations.JobRequests.BackfillRequest;
import io.carillon.jobs.operations.JobRequests.TriggerRequest;
import java.util.List;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.junit.jupiter.api.Test;
import org.springframework.http.MediaType;
import org.springframework.mock.web.MockHttpServletResponse;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A run beside the schedule: on which instances, although it is disabled, looked at before, and followed after. */
class TriggerPageTest {
    private static final String JOB = "/clusters/shop/jobs/orders-resend";
    private static final String API = "/api/v1" + JOB + "/runs";

    private static Document page(MockHttpServletResponse answer) throws Exception {
        return Jsoup.parse(ConsolePages.text(answer));
    }

    private static MockHttpServletResponse order(ConsolePages console, String address, String body) throws Exception {
        return console.answer(console.request("POST", address)
                .contentType(MediaType.APPLICATION_JSON)
                .content(body));
    }

    private static JsonNode json(MockHttpServletResponse answer) throws Exception {
        return new JsonMapper().readTree(ConsolePages.text(answer));
    }

    @Test
    void chosenInstancesMeanTheShardsThatTheyOwnAtThatMoment() throws Exception {
        FakeCluster cluster = Samples.fullCluster();
        try (ConsolePages console = new ConsolePages(cluster)) {
            assertThat(console.page(JOB + "/trigger")
                            .select("label:has(input[name=instance])")
                            .eachText())
                    .containsExactly(Samples.ONE + " owns shards 0", Samples.TWO + " owns shards 1, 2, 3");
            console.answer(console.post(JOB + "/trigger", "kind", "once", "instance", Samples.TWO));
            console.answer(console.post(JOB + "/trigger", "kind", "once", "instance", Samples.TWO, "items", "0, 3"));
            assertThat(cluster.requests.asked)
                    .as("one that is switched off is left out")
                    .containsExactly(
                            TriggerRequest.of("orders-resend").onItems(List.of(1, 3)),
                            TriggerRequest.of("orders-resend").onItems(List.of(3)));
            MockHttpServletResponse none = console.answer(
                    console.post(JOB + "/trigger", "kind", "once", "instance", Samples.ONE, "items", "1"));
            assertThat(none.getStatus()).isEqualTo(422);
            assertThat(page(none).select("[role=alert]").text()).contains("owns none of the shards");
            assertThat(order(console, API, "{\"instances\":[\"10.9.9.9@-@1\"]}").getStatus())
                    .isEqualTo(422);
            JsonNode outcome = json(order(console, API, "{\"instances\":[\"" + Samples.ONE + "\"]}"));
            assertThat(outcome.at("/request").asString()).isEqualTo("r3");
            assertThat(cluster.requests.asked.get(2))
                    .isEqualTo(TriggerRequest.of("orders-resend").onItems(List.of(0)));
            order(
                    console,
                    "/api/v1" + JOB + "/backfills",
                    "{\"from\":\"2026-11-01T00:00:00Z\",\"to\":\"2026-11-02T00:00:00Z\",\"reason\":\"x\",\"instances\":[\""
                            + Samples.ONE + "\"]}");
            assertThat(((BackfillRequest) cluster.requests.asked.get(3)).items())
                    .containsExactly(0);
        }
    }

    @Test
    void aDisabledJobIsOnlyAskedToRunWhenThatIsSaidInSoManyWords() throws Exception {
        FakeCluster cluster = Samples.fullCluster();
        String address = "/clusters/shop/jobs/expire-tokens/trigger";
        try (ConsolePages console = new ConsolePages(cluster)) {
            assertThat(console.page(JOB + "/trigger").select("input[name=evenIfDisabled]"))
                    .as("where it is of no use")
                    .isEmpty();
            assertThat(console.page(address)
                            .select("label:has(input[name=evenIfDisabled])")
                            .text())
                    .contains("even if disabled");
            MockHttpServletResponse refused = console.answer(console.post(address, "kind", "once"));
            assertThat(refused.getStatus()).isEqualTo(409);
            assertThat(page(refused).select("[role=alert]").text()).contains("is disabled or paused");
            assertThat(order(console, "/api/v1/clusters/shop/jobs/expire-tokens/runs", "{}")
                            .getStatus())
                    .isEqualTo(409);
            assertThat(cluster.requests.asked).isEmpty();
            console.answer(console.post(address, "kind", "once", "evenIfDisabled", "true"));
            assertThat(order(console, "/api/v1/clusters/shop/jobs/expire-tokens/runs", "{\"evenIfDisabled\":true}")
                            .getStatus())
                    .isEqualTo(200);
            assertThat(cluster.requests.asked).hasSize(2);
        }
    }

    @Test
    void aDryRunSaysWhichShardsWouldRunWhereAndDoesNothing() throws Exception {
        FakeCluster cluster = Samples.fullCluster();
        try (ConsolePages console = new ConsolePages(cluster)) {
            Document plan = page(console.answer(console.post(JOB + "/trigger", "kind", "once", "step", "preview")));
            assertThat(plan.select("[role=status] strong").text())
                    .isEqualTo("3 shards would run: 1 of them after a run that is under way, 0 when somebody owns them."
                            + " 1 are switched off and left out.");
            assertThat(plan.select("[role=status] li").eachText())
                    .containsExactly(
                            "Shard 0 Beijing: after the run that is under way on " + Samples.ONE,
                            "Shard 1 Shanghai: at once, on " + Samples.TWO,
                            "Shard 2: switched off, left out",
                            "Shard 3 Chengdu: at once, on " + Samples.TWO);
            Document unowned = page(console.answer(console.post(
                    "/clusters/shop/jobs/credit-points/trigger", "kind", "once", "items", "1-2", "step", "preview")));
            assertThat(unowned.select("[role=status]").text())
                    .contains("The shards are dealt first", "nobody who is online owns it");
            JsonNode told = json(order(console, API, "{\"dryRun\":true,\"items\":[0,2]}"));
            assertThat(told.at("/dryRun").asBoolean()).isTrue();
            assertThat(told.at("/request").isNull()).isTrue();
            assertThat(told.at("/plan/0/fate").asString()).isEqualTo("WAITS");
            assertThat(told.at("/plan/0/instance").asString()).isEqualTo(Samples.ONE);
            assertThat(told.at("/plan/1/fate").asString()).isEqualTo("OFF");
            assertThat(order(console, API, "{\"dryRun\":true,\"items\":[4]}").getStatus())
                    .as("what would be refused is refused")
                    .isEqualTo(422);
            assertThat(cluster.done).isEmpty();
        }
        try (ConsolePages console = new ConsolePages(
                new ConsoleOptions(
                        java.time.InstantSource.fixed(Samples.NOW),
                        java.time.ZoneId.of("UTC"),
                        java.time.Duration.ofSeconds(2),
                        java.time.Duration.ofSeconds(5)),
                "viewer",
                cluster)) {
            assertThat(order(console, API, "{\"dryRun\":true}").getStatus())
                    .as("for who may run it")
                    .isEqualTo(403);
        }
    }

    @Test
    void theRequestThatWasMadeIsNamedAndCanBeFollowedAlsoWhenItWasAskedForTwice() throws Exception {
        FakeCluster cluster = Samples.fullCluster();
        try (ConsolePages console = new ConsolePages(cluster)) {
            Document done = page(console.answer(console.post(JOB + "/trigger", "kind", "once", "parameter", "p")));
            assertThat(done.select("a[href$=#request-r1]").attr("href")).isEqualTo(JOB + "#request-r1");
            for (int i = 0; i < 2; i++) {
                JsonNode told = json(console.answer(console.request("POST", API)
                        .contentType(MediaType.APPLICATION_JSON)
                        .header("Idempotency-Key", "once")
                        .content("{\"parameter\":\"q\"}")));
                assertThat(told.at("/request").asString()).isEqualTo("r2");
                assertThat(told.at("/requestLink").asString())
                        .isEqualTo("/api/v1/clusters/shop/jobs/orders-resend/requests");
                assertThat(told.at("/after").asString()).isEqualTo("request r2, parameter q");
            }
            assertThat(cluster.requests.asked).hasSize(2);
        }
    }
}

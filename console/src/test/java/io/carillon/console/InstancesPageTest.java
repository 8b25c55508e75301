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

import io.carillon.jobs.operations.JobQueries.StopPreview;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jsoup.nodes.Document;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Who runs the jobs, is one of them bad, may I stop this one? */
class InstancesPageTest {
    private static final String INSTANCES = "/clusters/shop/instances";

    private static String row(Document page, String id) {
        return page.select("tbody tr:has(a:containsOwn(" + id + "))").text();
    }

    private static JsonNode json(ConsolePages console, String address) throws Exception {
        return new JsonMapper().readTree(ConsolePages.text(console.answer(ConsolePages.get(address))));
    }

    @Test
    void theListTellsWhatIsKnownOfEachAndTheBadOnesComeFirst() throws Exception {
        try (ConsolePages console = new ConsolePages(MovingJob.cluster())) {
            Document page = console.page(INSTANCES);
            assertThat(page.select("tbody th a").eachText())
                    .as("clock off, another version, drained, the others")
                    .containsExactly(Samples.TWO, MovingJob.NEW, "10.0.0.4@-@1400", MovingJob.PEER, Samples.ONE);
            assertThat(row(page, Samples.TWO))
                    .contains("7 s behind", "clock of 10.0.0.8@-@5822 differs", "pid 4711", "3 of 8", "1.1.0")
                    .contains("started 1 d 6 h ago", "lost after 30 s of silence");
            assertThat(row(page, MovingJob.NEW)).contains("1.0.0", "most run another one");
            assertThat(row(page, "10.0.0.4@-@1400"))
                    .contains("Drained", "by zhang.min since 09:45:30 UTC+1", "a new kernel", "Let it take part again");
            assertThat(row(page, MovingJob.PEER))
                    .contains("ElasticJob", "says nothing of itself", "not known", "of how many is not known")
                    .doesNotContain("Drain");
            assertThat(page.select(".notice").text()).contains("different versions of Carillon: 1.1.0 (3), 1.0.0 (1)");
            assertThat(page.select(".counters a").eachText())
                    .containsExactly("5 all", "2 with trouble", "1 Drained", "1 ElasticJob");
        }
    }

    @Test
    void wordsInTheAddressFindInstances() throws Exception {
        try (ConsolePages console = new ConsolePages(MovingJob.cluster())) {
            Map<String, Integer> found = Map.of(
                    "state:drained", 1,
                    "state:elasticjob", 1,
                    "state:trouble", 2,
                    "-state:elasticjob", 4,
                    "state:online%20version:1.1.0", 2,
                    "10.0.0.9", 1,
                    "host:web-15", 4,
                    "state:nothing", 0);
            for (Map.Entry<String, Integer> words : found.entrySet()) {
                Document page = console.page(INSTANCES + "?q=" + words.getKey());
                assertThat(page.select("tbody tr")).as(words.getKey()).hasSize(words.getValue());
                assertThat(page.select("#live").attr("hx-get")).contains("q=").contains("lang=en");
                assertThat(json(console, "/api/v1" + INSTANCES + "?q=" + words.getKey())
                                .at("/instances"))
                        .as(words.getKey())
                        .hasSize(words.getValue());
            }
            assertThat(console.page(INSTANCES + "?q=state:nothing")
                            .select(".empty")
                            .text())
                    .isEqualTo("No instance matches. Show all");
        }
    }

    @Test
    void anInstanceTellsWhoWouldGetWhichOfItsShards() throws Exception {
        FakeCluster cluster = MovingJob.cluster();
        cluster.previews.put(
                Samples.ONE,
                new StopPreview(
                        Samples.ONE,
                        List.of(
                                new StopPreview.Move(
                                        MovingJob.NAME, Map.of(0, Samples.TWO, 1, MovingJob.NEW), 2, false),
                                new StopPreview.Move("orders-resend", Map.of(), 0, true),
                                new StopPreview.Move("orders-clean-sent", Map.of(), 0, false),
                                new StopPreview.Move("check-back", Map.of(0, Samples.TWO), 0, false)),
                        List.of("credit-points"),
                        List.of("check-back"),
                        Map.of(MovingJob.NAME, List.of(0))));
        try (ConsolePages console = new ConsolePages(cluster)) {
            Document page = console.page(INSTANCES + "/" + Samples.ONE);
            assertThat(page.select("tbody th a").first().text())
                    .as("the worst first")
                    .isEqualTo("credit-points");
            assertThat(row(page, MovingJob.NAME))
                    .contains("Others take them: 2 are online", "0 → " + Samples.TWO, "1 → " + MovingJob.NEW)
                    .contains("2 further shards would change hands")
                    .contains("Leads the job");
            assertThat(row(page, "orders-resend")).contains("Its sharding is static");
            assertThat(row(page, "orders-clean-sent")).contains("who takes which is not known here");
            assertThat(row(page, "check-back")).contains("One instance would be left");
            assertThat(page.select(".notice").eachText())
                    .anyMatch(text -> text.contains("1 jobs would have nobody left"))
                    .anyMatch(text -> text.contains("1 jobs would have one instance left"))
                    .anyMatch(text -> text.contains("It runs 1 shards now. Stopped in order, it waits"));
            assertThat(page.select("dl.facts dt").eachText())
                    .contains("Host", "Address", "Process", "Version", "Started", "Clock", "Session");
            assertThat(page.select("dl.facts").text()).contains("0x10000d1eca7f0001");
            JsonNode same = json(console, "/api/v1" + INSTANCES + "/" + Samples.ONE + "/what-if");
            assertThat(same.at("/orphans/0").asString()).isEqualTo("credit-points");
            assertThat(same.at("/jobs")).hasSize(6);
            JsonNode moving = same.at("/jobs").findParents("job").stream()
                    .filter(job -> job.at("/job").asString().equals(MovingJob.NAME))
                    .findFirst()
                    .orElseThrow();
            assertThat(moving.at("/takers").get(Samples.TWO).get(0).asInt()).isZero();
            assertThat(moving.at("/othersMove").asInt()).isEqualTo(2);
            JsonNode one = json(console, "/api/v1" + INSTANCES + "/" + Samples.TWO);
            assertThat(one.at("/clockAheadMillis").asLong()).isEqualTo(-7_000);
            assertThat(one.at("/version").asString()).isEqualTo("1.1.0");
            assertThat(one.at("/session").asString()).isEqualTo("10000d1eca7f0001");
            assertThat(console.status("/api/v1" + INSTANCES + "/none")).isEqualTo(404);
            assertThat(console.status("/api/v1" + INSTANCES + "/none/what-if")).isEqualTo(404);
        }
    }

    @Test
    void whatElasticJobDoesNotSayIsSaidToBeUnknownInBothLanguages() throws Exception {
        try (ConsolePages console = new ConsolePages(MovingJob.cluster())) {
            Document page = console.page(INSTANCES + "/" + MovingJob.PEER);
            assertThat(page.select(".notice").text()).contains("cannot be drained");
            assertThat(page.select("dl.facts dd").eachText()).doesNotContain("").contains("not known");
            assertThat(page.select("[data-actions]")).isEmpty();
            Document chinese = console.page(INSTANCES + "/" + MovingJob.PEER, Locale.SIMPLIFIED_CHINESE);
            assertThat(chinese.select(".notice").text()).contains("不能摘除流量");
            assertThat(chinese.select("dl.facts dd").eachText()).contains("未知");
        }
    }

    @Test
    void whoSeesOneGroupOfJobsIsNotToldTheNamesOfOthers() throws Exception {
        FakeCluster cluster = MovingJob.cluster();
        cluster.jobs = List.of(Samples.inGroup("invoices", "billing"), Samples.inGroup("secret-stock", "stock"));
        ConsoleOptions options = new ConsoleOptions(
                InstantSource.fixed(Samples.NOW), ZoneId.of("UTC"), Duration.ofSeconds(2), Duration.ofSeconds(5));
        try (ConsolePages console = new ConsolePages(options, "viewer@shop/billing", cluster)) {
            Document page = console.page(INSTANCES + "/" + Samples.ONE);
            assertThat(page.text()).contains("invoices", "1 further jobs").doesNotContain("secret-stock");
            String json = json(console, "/api/v1" + INSTANCES + "/" + Samples.ONE + "/what-if")
                    .toString();
            assertThat(json).contains("invoices", "\"hiddenJobs\":1").doesNotContain("secret-stock");
        }
    }
}

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

import org.jsoup.nodes.Document;
import org.junit.jupiter.api.Test;

class JobPageTest {
    @Test
    void itemsShowOwnerParameterAndWhoRunsThem() throws Exception {
        try (ConsolePages console = new ConsolePages(Samples.fullCluster())) {
            Document page = console.page("/clusters/shop/jobs/credit-points");
            assertThat(page.select("section[aria-labelledby=shards-title] thead th")
                            .eachText())
                    .containsExactly(
                            "Item", "Parameter", "10.0.0.7@-@4711Online · Leader", "10.0.0.8@-@5822Offline", "Actions");
            assertThat(page.select("section[aria-labelledby=shards-title] tbody tr")
                            .eachText())
                    .containsExactly(
                            "Item 0Fence 4294967292 Beijing Runs – Disable Move… Interrupt",
                            "Item 1Fence 4294967292 Shanghai – Lost Disable Move…",
                            "Item 2No ownerFence 4294967292 – – – Disable Move…");
            assertThat(page.select("section[aria-labelledby=shards-title] .notice")
                            .text())
                    .contains("dealt anew");
            assertThat(console.page("/clusters/shop/jobs/check-back")
                            .select("section[aria-labelledby=shards-title] tbody")
                            .text())
                    .contains("Owns, switched off", "Taken over");
        }
    }

    @Test
    void runsShowTheWholeFailure() throws Exception {
        try (ConsolePages console = new ConsolePages(Samples.fullCluster())) {
            Document page = console.page("/clusters/shop/jobs/credit-points");
            assertThat(page.select("section[aria-labelledby=runs-title] tbody .badge")
                            .eachText())
                    .containsExactly("Succeeded", "Failed", "Interrupted", "Succeeded");
            String run = page.select("section[aria-labelledby=runs-title] td.cause a")
                    .attr("href");
            Document failure = console.page(run);
            assertThat(failure.select(".failure").text())
                    .isEqualTo("java.lang.IllegalStateExceptionpoints of customer 77 are locked since 10:02");
            assertThat(failure.select("details.trace summary").eachText())
                    .hasSize(2)
                    .last()
                    .asString()
                    .startsWith("Caused by: java.sql.SQLTransactionRollback");
            assertThat(failure.select("details.trace pre b").eachText())
                    .as("the application's own lines")
                    .allMatch(line -> line.startsWith("at com.example"));
            assertThat(failure.text()).contains("4294967292", "Fingerprint");
            assertThat(console.status("/clusters/shop/jobs/credit-points/runs/none"))
                    .isEqualTo(404);
            assertThat(page.select("section[aria-labelledby=runs-title] tbody").text())
                    .contains("Failover", "1,250", "2026-11-21 02:15:30 UTC+1", "1 d 9 h ago", "1 h 12 min");
        }
    }

    @Test
    void aJobThatIsUnknownIsA404ThatShowsTheRunsOnRecord() throws Exception {
        FakeCluster cluster = Samples.fullCluster();
        cluster.jobs = cluster.jobs.subList(0, 1);
        try (ConsolePages console = new ConsolePages(cluster)) {
            assertThat(console.answer(ConsolePages.get("/clusters/shop/jobs/credit-points"))
                            .getStatus())
                    .isEqualTo(404);
            Document page = console.page("/clusters/shop/jobs/credit-points");
            assertThat(page.select(".notice").text()).contains("There is no job 'credit-points'");
            assertThat(page.select("section[aria-labelledby=runs-title] tbody tr"))
                    .hasSize(4);
        }
    }

    @Test
    void historyIsReadableWhileTheRegistryIsGoneAndTheOtherWayRound() throws Exception {
        FakeCluster cluster = Samples.fullCluster();
        cluster.broken = new IllegalStateException("registry: no connection");
        try (ConsolePages console = new ConsolePages(cluster)) {
            Document page = console.page("/clusters/shop/jobs/credit-points");
            assertThat(page.select(".notice.bad").text())
                    .contains("The registry of shop does not answer", "The runs on record are shown below");
            assertThat(page.select("section[aria-labelledby=runs-title] tbody tr"))
                    .hasSize(4);
        }
        FakeCluster other = Samples.fullCluster();
        other.historyBroken = new IllegalStateException("Connection refused");
        try (ConsolePages console = new ConsolePages(other)) {
            Document page = console.page("/clusters/shop/jobs/credit-points");
            assertThat(page.select(".notice.bad").text())
                    .contains("The run history does not answer", "The shards above are current");
            assertThat(page.select("section[aria-labelledby=shards-title] tbody tr"))
                    .hasSize(3);
        }
    }

    @Test
    void aJobWithoutShardsAndRunsTellsWhenTheyCome() throws Exception {
        try (ConsolePages console = new ConsolePages(Samples.fullCluster())) {
            assertThat(console.page("/clusters/shop/jobs/export-ledger")
                            .select(".empty")
                            .eachText())
                    .as("shards, servers, alarms, requests, runs, audit")
                    .hasSize(6);
        }
    }
}

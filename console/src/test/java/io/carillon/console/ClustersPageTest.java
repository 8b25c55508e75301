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

import io.carillon.console.live.Hints;
import io.carillon.jobs.operations.JobQueries.Health;
import io.carillon.jobs.operations.RegistryTree;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.jsoup.nodes.Document;
import org.junit.jupiter.api.Test;
import org.springframework.mock.web.MockHttpServletResponse;

/** Several clusters in one console. */
class ClustersPageTest {
    private final FakeCluster shop = Samples.fullCluster();
    private final FakeCluster well = new FakeCluster();
    private final FakeCluster gone = new FakeCluster();
    private final FakeCluster bank = new FakeCluster();

    private ConsolePages console(String anyone) {
        well.jobs = List.of(Samples.job("well-run", Health.Level.OK));
        bank.jobs = List.of(Samples.job("a", Health.Level.BAD), Samples.job("b", Health.Level.BAD));
        gone.broken = new IllegalStateException("registry: no connection since noon");
        return ConsolePages.of(
                anyone,
                List.of(
                        new ConsoleCluster("aaa-well", well, well),
                        new ConsoleCluster("shop", shop, shop),
                        new ConsoleCluster("bank", bank, bank, RegistryTree.none(), true),
                        new ConsoleCluster("gone", gone, gone)),
                new FakeStore("orders"));
    }

    @Test
    void theStartLeadsToAllClustersTheWorstFirstEachWithItsFiguresOrWithWords() throws Exception {
        try (ConsolePages console = console("admin")) {
            assertThat(console.answer(ConsolePages.get("/?lang=en")).getRedirectedUrl())
                    .isEqualTo("/clusters?lang=en");
            Document page = console.page("/clusters");
            assertThat(page.select("section[aria-labelledby=clusters-title] tbody th a")
                            .eachText())
                    .containsExactly("gone", "bank", "shop", "aaa-well");
            assertThat(page.select("section[aria-labelledby=clusters-title] tbody tr")
                            .eachText())
                    .satisfiesExactly(
                            row -> assertThat(row)
                                    .contains("The registry of gone does not answer", "no connection since noon"),
                            row -> assertThat(row).isEqualTo("bankRead-only 2 0 0 0 2 2"),
                            row -> assertThat(row).isEqualTo("shop 1 1 3 1 5 6"),
                            row -> assertThat(row).isEqualTo("aaa-well 0 0 1 0 1 1"));
            assertThat(page.select(".notice.bad").first().text()).startsWith("1 of 4 clusters do not answer");
            assertThat(page.select("a[href='/clusters/bank/jobs?q=health:bad']").text())
                    .isEqualTo("2");
            assertThat(page.select("section[aria-labelledby=messages-title] tbody")
                            .text())
                    .contains("orders");
            assertThat(page.select("nav.clusters a").eachText())
                    .containsExactly("All", "aaa-well", "shop", "bank", "gone");
            assertThat(page.select("nav.clusters a[aria-current]").eachText()).containsExactly("All");
            assertThat(console.bean(Hints.class).subscriptions())
                    .as("one for each cluster")
                    .isEqualTo(4);
        }
    }

    @Test
    void oneThatDoesNotAnswerHoldsUpNoOther() throws Exception {
        try (ConsolePages console = console("admin")) {
            gone.broken = null;
            gone.hangsUntil = new CountDownLatch(1);
            // more questions than a source may hold threads
            for (int i = 0; i < 80; i++) {
                int number = i;
                Thread asker = new Thread(() -> {
                    try {
                        console.page("/clusters/gone/jobs/job-" + number);
                    } catch (Exception e) {
                        throw new AssertionError(e);
                    }
                });
                asker.setDaemon(true);
                asker.start();
            }
            while (gone.asked.get() < 12) {
                Thread.onSpinWait();
            }
            assertThat(console.page("/clusters/shop/jobs").select("tbody tr")).hasSize(6);
            assertThat(console.page("/clusters/bank/jobs").select("tbody tr")).hasSize(2);
            gone.hangsUntil.countDown();
        }
    }

    @Test
    void whoSeesOneClusterIsLedThereAndLearnsOfNoOther() throws Exception {
        try (ConsolePages console = console("viewer@bank")) {
            assertThat(console.answer(ConsolePages.get("/")).getRedirectedUrl()).isEqualTo("/clusters/bank");
            assertThat(console.page("/clusters").select("tbody th a").eachText())
                    .containsOnlyOnce("bank")
                    .doesNotContain("shop", "gone");
            assertThat(console.page("/clusters").text()).doesNotContain("shop", "aaa-well", "gone");
            assertThat(console.status("/clusters/shop")).isEqualTo(404);
            String json = ConsolePages.text(console.answer(ConsolePages.get("/api/v1/cluster-health")));
            assertThat(json)
                    .isEqualTo(
                            "{\"clusters\":[{\"name\":\"bank\",\"readOnly\":true,\"available\":true,\"problem\":null,"
                                    + "\"jobs\":{\"BAD\":2,\"DISABLED\":0,\"OK\":0,\"WARNING\":0},\"running\":2}]}");
        }
    }

    @Test
    void aClusterThatIsReadOnlyTakesNoCommandAndOffersNone() throws Exception {
        try (ConsolePages console = console("admin")) {
            MockHttpServletResponse refused =
                    console.answer(console.post("/clusters/bank/commands/disable", "job", "a", "reason", "because"));
            assertThat(refused.getStatus()).isEqualTo(403);
            assertThat(ConsolePages.text(refused)).contains("carillon.center.clusters.bank.read-only");
            assertThat(bank.done).isEmpty();
            assertThat(console.page("/clusters/bank/jobs/a").select("a[href*='/commands/']"))
                    .isEmpty();
            assertThat(console.page("/clusters/bank").select(".environment").text())
                    .contains("nothing can be changed here");
            assertThat(console.answer(console.post(
                                    "/clusters/shop/commands/disable", "job", "check-back", "reason", "because"))
                            .getStatus())
                    .isEqualTo(200);
            assertThat(shop.done).hasSize(1);
        }
    }
}

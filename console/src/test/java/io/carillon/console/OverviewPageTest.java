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

import io.carillon.jobs.history.RunRecord;
import io.carillon.jobs.operations.HealthReason;
import io.carillon.jobs.operations.JobQueries.Health;
import io.carillon.jobs.operations.JobQueries.JobStatus;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.jsoup.nodes.Document;
import org.junit.jupiter.api.Test;
import org.springframework.mock.web.MockHttpServletResponse;

class OverviewPageTest {
    @Test
    void theStartLeadsToTheFirstCluster() throws Exception {
        try (ConsolePages console = new ConsolePages(Samples.fullCluster())) {
            assertThat(console.answer(ConsolePages.get("/")).getRedirectedUrl()).isEqualTo("/clusters/shop");
        }
    }

    @Test
    void jobsAreListedWorstFirstWithHealthInWords() throws Exception {
        try (ConsolePages console = new ConsolePages(Samples.fullCluster(), Samples.fullStore())) {
            Document page = console.page("/clusters/shop/jobs");
            assertThat(page.select("section[aria-labelledby=jobs-title] tbody th a")
                            .eachText())
                    .containsExactly(
                            "credit-points",
                            "check-back",
                            "expire-tokens",
                            "export-ledger",
                            "orders-clean-sent",
                            "orders-resend");
            assertThat(page.select("section[aria-labelledby=jobs-title] tbody .badge[class*=level]")
                            .eachText())
                    .containsExactly("Bad", "Warning", "Disabled", "Healthy", "Healthy", "Healthy");
            assertThat(page.select("tbody tr").first().text())
                    .contains("0 0 1 * * ?", "UTC", "Failed", "1 min 35 s", "1 of 3", "to be dealt anew");
        }
    }

    @Test
    void timesShowTheirZoneAndTheJobsOwnWhereTheClocksDiffer() throws Exception {
        try (ConsolePages console = new ConsolePages(Samples.fullCluster())) {
            String next = console.page("/clusters/shop/jobs?q=check-back")
                    .select("td[data-label='Next run']")
                    .text();
            assertThat(next).isEqualTo("11:16:00 UTC+1 18:16:00 UTC+8 in Asia/Shanghai in 30 s");
        }
    }

    @Test
    void countersAreFiltersAndTheAddressKeepsThem() throws Exception {
        try (ConsolePages console = new ConsolePages(Samples.fullCluster())) {
            Document all = console.page("/clusters/shop/jobs");
            assertThat(all.select(".counters a").eachText())
                    .containsExactly("6 all", "1 Bad", "1 Warning", "3 Healthy", "1 Disabled");
            Document bad = console.page(all.select(".counters a.level-bad").attr("href"));
            assertThat(bad.select("section[aria-labelledby=jobs-title] tbody tr"))
                    .hasSize(1);
            assertThat(bad.select("#live").attr("hx-get")).isEqualTo("/clusters/shop/jobs?q=health%3Abad&lang=en");
            Document none = console.page("/clusters/shop/jobs?q=nothing%20like%20this");
            assertThat(none.select("section[aria-labelledby=jobs-title] .empty").text())
                    .isEqualTo("No job matches. Show all");
        }
    }

    @Test
    void aJobThatRunsSeldomShowsItsLastRunsHoweverMuchTheOthersRun() throws Exception {
        FakeCluster cluster = new FakeCluster();
        cluster.jobs = List.of(Samples.job("monthly", Health.Level.OK), Samples.job("often", Health.Level.OK));
        List<RunRecord> runs = new ArrayList<>();
        for (int i = 0; i < 3_000; i++) {
            runs.add(
                    Samples.run("often", 0, RunRecord.Outcome.SUCCEEDED, Duration.ofSeconds(i), Duration.ofMillis(10)));
        }
        runs.add(Samples.run("monthly", 0, RunRecord.Outcome.SUCCEEDED, Duration.ofDays(2), Duration.ofSeconds(1)));
        runs.add(Samples.run("monthly", 0, RunRecord.Outcome.FAILED, Duration.ofDays(33), Duration.ofSeconds(1)));
        cluster.runs = runs;
        try (ConsolePages console = new ConsolePages(cluster)) {
            Document page = console.page("/clusters/shop/jobs");
            assertThat(page.select("tr:has(a:containsOwn(monthly)) .sparks i").eachAttr("class"))
                    .as("oldest first")
                    .containsExactly("outcome-failed", "outcome-succeeded");
            assertThat(page.select("tr:has(a:containsOwn(often)) .sparks i")).hasSize(20);
            assertThat(cluster.askedForRunsOf.get()).as("for all jobs at once").isEqualTo(1);
        }
    }

    @Test
    void fiveThousandJobsComeInPages() throws Exception {
        FakeCluster cluster = new FakeCluster();
        cluster.jobs = IntStream.range(0, 5_000)
                .mapToObj(i -> Samples.job(String.format("job-%04d", i), Health.Level.OK))
                .toList();
        try (ConsolePages console = new ConsolePages(cluster)) {
            Document page = console.page("/clusters/shop/jobs?page=50");
            assertThat(page.select("section[aria-labelledby=jobs-title] tbody th a")
                            .eachText())
                    .hasSize(100)
                    .endsWith("job-4999");
            assertThat(page.select(".pages").text()).isEqualTo("Previous Page 50 of 50, 5,000 jobs");
            assertThat(cluster.asked.get()).as("questions to the registry").isEqualTo(1);
        }
    }

    @Test
    void instancesAndMessagesAreCounted() throws Exception {
        try (ConsolePages console = new ConsolePages(Samples.fullCluster(), Samples.fullStore())) {
            Document page = console.page("/clusters/shop");
            assertThat(page.select("section[aria-labelledby=instances-title]").text())
                    .contains("2 online, which own 17 shards");
            assertThat(page.select("section[aria-labelledby=messages-title] tbody tr")
                            .text())
                    .isEqualTo("orders 2 14 302 1,204,377 2 0 1 min 13 s");
            assertThat(page.select("section[aria-labelledby=dead-title] tbody tr"))
                    .hasSize(2);
            assertThat(page.select("section[aria-labelledby=dead-title] tbody").text())
                    .contains("Key order-1002", "has no route", "No error on record");
        }
    }

    @Test
    void emptyPartsTellTheNextStep() throws Exception {
        try (ConsolePages console = new ConsolePages(new FakeCluster())) {
            Document page = console.page("/clusters/shop");
            assertThat(page.select(".empty").eachText()).hasSize(4).allSatisfy(text -> assertThat(text)
                    .containsAnyOf(
                            "Start a service",
                            "service with jobs is started",
                            "carillon.center.stores",
                            "within the next hour"));
        }
        try (ConsolePages console = new ConsolePages(new FakeCluster(), new FakeStore("orders"))) {
            assertThat(console.page("/clusters/shop").select("#live").text())
                    .contains("None open", "No message is dead");
        }
    }

    @Test
    void aBrokenRegistryIsNamedAndMessagesStayReadable() throws Exception {
        FakeCluster cluster = new FakeCluster();
        cluster.broken = new IllegalStateException("registry: no connection for 12 s");
        try (ConsolePages console = new ConsolePages(cluster, Samples.fullStore())) {
            assertThat(console.answer(ConsolePages.get("/clusters/shop")).getStatus())
                    .isEqualTo(200);
            Document page = console.page("/clusters/shop");
            assertThat(page.select(".notice.bad").eachText()).hasSize(2).allSatisfy(text -> assertThat(text)
                    .contains("does not answer", "registry: no connection for 12 s", "go on"));
            assertThat(page.text()).contains("1,204,377");
        }
    }

    @Test
    void aStoreThatIsDownIsNamedAndTheOthersStayReadable() throws Exception {
        FakeStore down = new FakeStore("points");
        down.broken = new IllegalStateException("Connection refused");
        try (ConsolePages console = new ConsolePages(Samples.fullCluster(), Samples.fullStore(), down)) {
            Document page = console.page("/clusters/shop");
            assertThat(page.select(".notice.bad").eachText())
                    .containsExactly("The store points does not answer: its messages are not known now."
                            + " It answered: Connection refused"
                            + " The other stores and the jobs are shown. The page asks again by itself.");
            assertThat(page.text()).contains("1,204,377", "Not all stores answered: there may be more.");
        }
    }

    @Test
    void aRegistryThatHangsDoesNotHoldThePage() throws Exception {
        FakeCluster cluster = Samples.fullCluster();
        cluster.hangsUntil = new CountDownLatch(1);
        try (ConsolePages console = new ConsolePages(
                InstantSource.fixed(Samples.NOW), Duration.ofMillis(200), cluster, Samples.fullStore())) {
            Document page = console.page("/clusters/shop");
            assertThat(page.select(".notice.bad").eachText()).hasSize(2).allSatisfy(text -> assertThat(text)
                    .contains("has not answered within the time limit"));
            assertThat(page.text()).contains("1,204,377");
            int asked = cluster.asked.get();
            console.page("/clusters/shop");
            assertThat(cluster.asked.get()).as("the hanging question is shared").isEqualTo(asked);
        } finally {
            cluster.hangsUntil.countDown();
        }
    }

    @Test
    void theLivePartAloneIsWhatHtmxGets() throws Exception {
        try (ConsolePages console = new ConsolePages(Samples.fullCluster(), Samples.fullStore())) {
            MockHttpServletResponse answer = console.answer(
                    ConsolePages.get("/clusters/shop/jobs?lang=zh-CN").header("HX-Request", "true"));
            assertThat(answer.getCookie("carillon-lang")).isNull();
            String part = ConsolePages.text(answer);
            assertThat(part).doesNotContain("<html", "<header").contains("credit-points", "作业");
        }
    }

    @Test
    void anUnknownClusterIsAPageWithAWayBack() throws Exception {
        try (ConsolePages console = new ConsolePages(Samples.fullCluster())) {
            assertThat(console.answer(ConsolePages.get("/clusters/other")).getStatus())
                    .isEqualTo(404);
            Document page = console.page("/clusters/other");
            assertThat(page.select("h1").text()).isEqualTo("No such cluster");
            assertThat(page.select("main a").attr("href")).isEqualTo("/");
        }
    }

    @Test
    void hostileTextsStayTexts() throws Exception {
        List<String> hostile = List.of(
                "<script>alert(1)</script>",
                "\"><img src=x onerror=alert(1)>",
                "' onmouseover='alert(1)",
                "javascript:alert(1)",
                "${7*7}#{7*7}<%= 7*7 %>",
                "</textarea></title></style><svg onload=alert(1)>",
                "a&b=c?d#e;f%2e%2e+g",
                "\u202egnp.exe\u0000");
        FakeCluster cluster = new FakeCluster();
        List<JobStatus> jobs = new ArrayList<>();
        for (String name : hostile) {
            jobs.add(new JobStatus(
                    name,
                    name,
                    name,
                    name,
                    name,
                    false,
                    List.of(name),
                    name,
                    false,
                    List.of(Samples.item(0, name, name, true, name)),
                    Samples.NOW,
                    null,
                    new Health(Health.Level.BAD, List.of(HealthReason.of(HealthReason.Code.LAST_FAILED, name)))));
        }
        cluster.jobs = List.copyOf(jobs);
        FakeStore store = new FakeStore("orders");
        store.messages = hostile.stream()
                .filter(text -> text.indexOf(0) < 0)
                .map(text -> Samples.dead("k", text))
                .toList();
        try (ConsolePages console = new ConsolePages(cluster, store)) {
            Document page = console.page("/clusters/shop/jobs?q=");
            check(page, 3);
            assertThat(page.select("section[aria-labelledby=jobs-title] tbody th a")
                            .eachText())
                    .hasSize(hostile.size())
                    .contains("<script>alert(1)</script>", "javascript:alert(1)", "${7*7}#{7*7}<%= 7*7 %>");
            for (String link : page.select("section[aria-labelledby=jobs-title] tbody th a")
                    .eachAttr("href")) {
                assertThat(link).startsWith("/clusters/shop/jobs/");
                Document job = console.page(link);
                check(job, 4);
                for (String more : List.of("/timeline", "/edit", "/trigger")) {
                    // what is not there is said on a page, too
                    Document other = console.page(link + more);
                    check(other, other.select("script").size());
                }
                assertThat(job.select("h1").text()).startsWith("Job ");
            }
        }
    }

    private static void check(Document page, int scripts) {
        assertThat(page.select("script")).hasSize(scripts).allMatch(script -> script.hasAttr("src"));
        assertThat(page.select("img[src=x], svg, style, [style]")).isEmpty();
        page.getAllElements().forEach(element -> element.attributes()
                .forEach(attribute -> assertThat(attribute.getKey()).doesNotStartWith("on")));
        assertThat(page.select("a").eachAttr("href")).noneMatch(link -> link.startsWith("javascript"));
    }

    @Test
    void whatNeedsSomebodyComesFirstAndEachReasonLeadsToItsJobs() throws Exception {
        try (ConsolePages console = new ConsolePages(Samples.fullCluster(), Samples.fullStore())) {
            Document page = console.page("/clusters/shop");
            assertThat(page.select("section[aria-labelledby=jobs-title] tbody th a")
                            .eachText())
                    .containsExactly("credit-points", "check-back");
            String link = page.select(".counters.small a:contains(no spare)").attr("href");
            assertThat(console.page(link)
                            .select("section[aria-labelledby=jobs-title] tbody th a")
                            .eachText())
                    .containsExactly("check-back");
            assertThat(page.select("section[aria-labelledby=due-title] tbody th")
                            .eachText())
                    .contains("check-back")
                    .doesNotContain("credit-points");
        }
    }
}

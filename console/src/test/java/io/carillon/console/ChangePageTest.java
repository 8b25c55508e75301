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
import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.history.Decision;
import io.carillon.jobs.history.RunRecord;
import io.carillon.jobs.model.WhyNot;
import io.carillon.jobs.operations.Explanation;
import io.carillon.jobs.operations.JobCommands.Stored;
import io.carillon.jobs.operations.JobQueries.Health;
import io.carillon.jobs.operations.JobQueries.InstanceDetail;
import io.carillon.jobs.operations.JobQueries.Intent;
import io.carillon.jobs.operations.JobRequests.BackfillRequest;
import io.carillon.jobs.operations.JobRequests.TriggerRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.junit.jupiter.api.Test;
import org.springframework.mock.web.MockHttpServletResponse;

/** Changing, running, draining: the pages by which people do things. */
class ChangePageTest {
    private static final String EDIT = "/clusters/shop/jobs/credit-points/edit";

    private static FakeCluster stored() {
        FakeCluster cluster = Samples.fullCluster();
        cluster.stored.put(
                "credit-points",
                new Stored(
                        JobConfiguration.newBuilder("credit-points", 3)
                                .cron("0 0 1 * * ?")
                                .timeZone("Europe/Berlin")
                                .setProperty("db.password", "hunter2")
                                .failover(true)
                                .build(),
                        7));
        return cluster;
    }

    private static Document page(MockHttpServletResponse answer) throws Exception {
        return Jsoup.parse(ConsolePages.text(answer));
    }

    @Test
    void aChangeShowsWhatDiffersAndTheNextRunsBeforeItIsSavedAndIsOnRecord() throws Exception {
        FakeCluster cluster = stored();
        try (ConsolePages console = new ConsolePages(cluster)) {
            Document form = console.page(EDIT);
            assertThat(form.select("input[name=cron]").attr("value")).isEqualTo("0 0 1 * * ?");
            assertThat(form.select("input[name=failover]").hasAttr("checked")).isTrue();
            assertThat(form.select("#schedule li")).hasSize(10);
            Document diff = page(console.answer(console.post(
                    EDIT,
                    "version",
                    "7",
                    "cron",
                    "0 30 2 * * ?",
                    "failover",
                    "true",
                    "misfire",
                    "true",
                    "monitorExecution",
                    "true",
                    "step",
                    "check")));
            assertThat(diff.select("#edit section").first().select("tbody tr").eachText())
                    .containsExactly("Schedulecron 0 0 1 * * ? 0 30 2 * * ?");
            assertThat(cluster.done).isEmpty();
            Document saved = page(console.answer(console.post(
                    EDIT,
                    "version",
                    "7",
                    "cron",
                    "0 30 2 * * ?",
                    "failover",
                    "true",
                    "misfire",
                    "true",
                    "monitorExecution",
                    "true",
                    "reason",
                    "quiet hours",
                    "step",
                    "save")));
            assertThat(saved.select(".notice.good").text()).contains("version 8");
            assertThat(cluster.stored.get("credit-points").configuration().getCron())
                    .isEqualTo("0 30 2 * * ?");
            assertThat(cluster.stored.get("credit-points").configuration().getProps())
                    .containsEntry("db.password", "hunter2");
            Trail.Entry entry = console.bean(ConsoleConfiguration.Remembered.class)
                    .trail()
                    .latest(Trail.Question.ofJob("shop", "credit-points"), null, 1)
                    .get(0);
            assertThat(entry.before()).isEqualTo("cron: 0 0 1 * * ?");
            assertThat(entry.after()).isEqualTo("cron: 0 30 2 * * ?");
            assertThat(entry.reason()).isEqualTo("quiet hours");
            assertThat(entry.result()).isEqualTo("done");
        }
    }

    @Test
    void theEnginesOwnRulesRefuseAndNameTheSetting() throws Exception {
        FakeCluster cluster = stored();
        try (ConsolePages console = new ConsolePages(cluster)) {
            MockHttpServletResponse answer =
                    console.answer(console.post(EDIT, "version", "7", "cron", "every day", "step", "save"));
            assertThat(answer.getStatus()).isEqualTo(422);
            assertThat(page(answer).select("[role=alert]").text())
                    .contains("cron: 'every day' (expected: 6 or 7 fields");
            assertThat(page(answer).select("input[name=cron]").attr("value")).isEqualTo("every day");
            assertThat(page(console.answer(
                                    console.post(EDIT, "version", "7", "shardingTotalCount", "0", "step", "check")))
                            .select("[role=alert]")
                            .text())
                    .contains("shardingTotalCount: 0");
            assertThat(cluster.done).isEmpty();
        }
    }

    @Test
    void whoWasOvertakenIsToldAndKeepsTheValues() throws Exception {
        FakeCluster cluster = stored();
        try (ConsolePages console = new ConsolePages(cluster)) {
            MockHttpServletResponse answer = console.answer(
                    console.post(EDIT, "version", "6", "cron", "0 0 5 * * ?", "failover", "true", "step", "save"));
            assertThat(answer.getStatus()).isEqualTo(409);
            assertThat(page(answer).text()).contains("Somebody else has changed it");
            assertThat(page(answer).select("input[name=cron]").attr("value")).isEqualTo("0 0 5 * * ?");
            assertThat(page(answer).select("button[value=save]")).isEmpty();
            assertThat(cluster.done).isEmpty();
        }
    }

    @Test
    void thePreviewMarksTheDaysOnWhichClocksChange() throws Exception {
        try (ConsolePages console = new ConsolePages(
                new ConsoleOptions(
                        java.time.InstantSource.fixed(Instant.parse("2026-03-27T12:00:00Z")),
                        java.time.ZoneId.of("UTC"),
                        Duration.ofSeconds(2),
                        Duration.ofSeconds(5)),
                "admin",
                stored())) {
            Document shifted =
                    console.page("/clusters/shop/schedule?cron=0%2030%202%20*%20*%20%3F&timeZone=Europe/Berlin");
            assertThat(shifted.select("li.odd").text()).contains("2026-03-29 01:00:00 UTC", "runs right after the gap");
            Document left = console.page(
                    "/clusters/shop/schedule?cron=0%2030%202%20*%20*%20%3F&timeZone=Europe/Berlin&dst=SKIP");
            assertThat(left.select("li.odd").text()).contains("left out");
            assertThat(console.page("/clusters/shop/schedule?cron=x")
                            .select(".notice")
                            .text())
                    .contains("cron: 'x' (expected:");
            assertThat(console.page("/clusters/shop/schedule?cron=x&lang=zh-CN")
                            .select(".notice")
                            .text())
                    .isEqualTo("cron：'x'（应为：Quartz 语法的 6 或 7 个字段，例如 0 0 2 * * ?）。");
        }
    }

    @Test
    void aRunIsAskedForWithParameterTimeAndItemsAndARangeCanBeLookedAtBefore() throws Exception {
        FakeCluster cluster = stored();
        String address = "/clusters/shop/jobs/credit-points/trigger";
        try (ConsolePages console = new ConsolePages(cluster)) {
            MockHttpServletResponse done = console.answer(console.post(
                    address,
                    "kind",
                    "once",
                    "parameter",
                    "2026-11-21",
                    "items",
                    "0, 2",
                    "time",
                    "2026-11-21T01:00:00"));
            assertThat(page(done).select("[role=status]").text()).contains("request r1");
            assertThat(done.getHeader("HX-Trigger")).isEqualTo("carillon-done");
            assertThat(cluster.requests.asked)
                    .containsExactly(new TriggerRequest(
                            "credit-points", "2026-11-21", Instant.parse("2026-11-21T00:00:00Z"), List.of(0, 2)));
            Document preview = page(console.answer(console.post(
                    address,
                    "kind",
                    "range",
                    "from",
                    "2026-11-01T00:00",
                    "to",
                    "2026-11-04T00:00",
                    "step",
                    "preview")));
            assertThat(preview.select("[role=status]").text()).startsWith("3 business times");
            assertThat(cluster.requests.asked).hasSize(1);
            assertThat(console.answer(console.post(
                                    address, "kind", "range", "from", "2026-11-01T00:00", "to", "2026-11-04T00:00"))
                            .getStatus())
                    .as("a range needs a reason")
                    .isEqualTo(400);
            console.answer(console.post(
                    address,
                    "kind",
                    "range",
                    "from",
                    "2026-11-01T00:00",
                    "to",
                    "2026-11-04T00:00",
                    "atOnce",
                    "2",
                    "reason",
                    "catch up"));
            assertThat(cluster.requests.asked.get(1))
                    .isEqualTo(BackfillRequest.of(
                                    "credit-points",
                                    Instant.parse("2026-10-31T23:00:00Z"),
                                    Instant.parse("2026-11-03T23:00:00Z"))
                            .throttled(2, Duration.ZERO));
            assertThat(console.answer(console.post(address, "kind", "once", "items", "a"))
                            .getStatus())
                    .isEqualTo(422);
        }
    }

    @Test
    void manyAreConfirmedByTheirNumberAndReportedOneByOne() throws Exception {
        FakeCluster cluster = new FakeCluster();
        cluster.jobs = IntStream.range(0, 30)
                .mapToObj(i -> Samples.job(String.format("job-%02d", i), Health.Level.OK))
                .toList();
        String address = "/clusters/shop/commands/disable";
        try (ConsolePages console = new ConsolePages(cluster)) {
            Document dialog = console.page(address + "?matching=job");
            assertThat(dialog.select("label[for=count]").text()).contains("30");
            String[] all = {"matching", "job", "expected", "30", "reason", "move"};
            assertThat(console.answer(console.post(address, all)).getStatus())
                    .as("without the number")
                    .isEqualTo(400);
            assertThat(cluster.done).isEmpty();
            Document done = page(console.answer(
                    console.post(address, "matching", "job", "expected", "30", "reason", "move", "count", "30")));
            assertThat(done.select("[role=status]").text()).startsWith("Done for 30 of 30.");
            assertThat(cluster.done).hasSize(30);
            assertThat(console.answer(console.post(
                                    address, "matching", "job", "expected", "29", "reason", "move", "count", "30"))
                            .getStatus())
                    .as("more match than when it was looked at")
                    .isEqualTo(409);
            assertThat(console.answer(console.post(address, "job", "job-01")).getStatus())
                    .as("without a reason")
                    .isEqualTo(400);
            assertThat(console.status(address)).as("nothing chosen").isEqualTo(400);
        }
    }

    @Test
    void anInstanceTellsWhatHappensIfItStopsAndIsDrained() throws Exception {
        FakeCluster cluster = Samples.fullCluster();
        try (ConsolePages console = new ConsolePages(cluster)) {
            Document page = console.page("/clusters/shop/instances/" + Samples.ONE);
            assertThat(page.select("tbody tr:contains(credit-points)").text()).contains("Nobody runs them");
            assertThat(page.select("tbody tr:contains(check-back)").text()).contains("Others take them: 1");
            assertThat(page.select(".notice.bad").text()).contains("1 jobs would have nobody left");
            console.answer(
                    console.post("/clusters/shop/commands/drain", "instance", Samples.ONE, "reason", "new release"));
            assertThat(cluster.done).containsExactly("drain " + Samples.ONE + " by anyone: new release");
            assertThat(console.page("/clusters/shop/instances")
                            .select("tbody tr:contains(" + Samples.ONE + ")")
                            .text())
                    .contains("Drained", "Let it take part again");
            assertThat(console.status("/clusters/shop/instances/none")).isEqualTo(404);
        }
    }

    @Test
    void theTimelineTellsInWordsWhatItDrawsAndWhySomethingDidNotRun() throws Exception {
        FakeCluster cluster = stored();
        Instant due = Samples.NOW.minusSeconds(1_200);
        RunRecord run = Samples.run(
                "credit-points", 0, RunRecord.Outcome.SUCCEEDED, Duration.ofMinutes(20), Duration.ofSeconds(9));
        Decision passed = new Decision(
                new UUID(1, 1),
                "credit-points",
                1,
                Samples.TWO,
                WhyNot.MISFIRE_OFF,
                List.of(due.toString()),
                due,
                due,
                1,
                due,
                due,
                true);
        cluster.told = new Explanation(
                "credit-points",
                List.of(
                        new Explanation.Firing(
                                due,
                                true,
                                List.of(
                                        new Explanation.Item(0, Explanation.State.RAN, run, null, List.of()),
                                        new Explanation.Item(1, Explanation.State.PASSED, null, null, List.of(passed)),
                                        new Explanation.Item(
                                                2, Explanation.State.RUNNING, null, Samples.ONE, List.of()))),
                        new Explanation.Firing(
                                Samples.NOW.plusSeconds(60),
                                true,
                                List.of(new Explanation.Item(0, Explanation.State.NOT_DUE, null, null, List.of())))),
                List.of(),
                false);
        try (ConsolePages console = new ConsolePages(cluster)) {
            Document page = console.page("/clusters/shop/jobs/credit-points/timeline?range=1h");
            assertThat(page.select("#timeline-table tbody .badge").eachText())
                    .containsExactly("Succeeded", "Passed by", "Runs now");
            assertThat(page.select("#timeline-table tbody tr").get(1).text())
                    .contains("misfire is off", "10:55:30 UTC+1");
            assertThat(page.select("#timeline-table tbody tr").get(0).text()).contains("12 ms", "9 s");
            assertThat(page.select("details#timeline-to-come").hasAttr("open")).isFalse();
            assertThat(page.select("#timeline-to-come summary").text()).isEqualTo("To come in this range: 1");
            assertThat(page.select("#timeline-to-come tbody .badge").eachText()).containsExactly("To come");
            assertThat(page.select(".notice").text()).contains("choose a shorter range");
            assertThat(page.select("#timeline").attr("data-zone")).isEqualTo("Europe/Berlin");
        }
    }

    @Test
    void wordsFindJobsAndViewsAreKept() throws Exception {
        FakeCluster cluster = Samples.fullCluster();
        try (ConsolePages console = new ConsolePages(cluster)) {
            assertThat(names(console, "health:bad")).containsExactly("credit-points");
            assertThat(names(console, "reason:no-spare")).containsExactly("check-back");
            assertThat(names(console, "last:never")).contains("export-ledger");
            assertThat(names(console, "state:running -health:bad")).doesNotContain("credit-points");
            assertThat(names(console, "orders- -clean")).containsExactly("orders-resend");
            assertThat(console.page("/clusters/shop/jobs?sort=name")
                            .select("tbody th a")
                            .first()
                            .text())
                    .isEqualTo("check-back");
            console.answer(console.post("/clusters/shop/views", "name", "mine", "q", "owner:me", "sort", "next"));
            assertThat(console.page("/clusters/shop/jobs").select(".views a").attr("href"))
                    .isEqualTo("/clusters/shop/jobs?q=owner%3Ame&sort=next");
            console.answer(console.post("/clusters/shop/views", "name", "mine", "forget", "true"));
            assertThat(console.page("/clusters/shop/jobs").select(".views a")).isEmpty();
        }
    }

    private static List<String> names(ConsolePages console, String words) throws Exception {
        return console.page("/clusters/shop/jobs?q=" + words.replace(" ", "%20"))
                .select("section[aria-labelledby=jobs-title] tbody th a")
                .eachText();
    }

    @Test
    void aJobThatOnlyElasticJobRunsIsTriggeredAsElasticJobDoesIt() throws Exception {
        FakeCluster cluster = Samples.fullCluster();
        String address = "/clusters/shop/jobs/credit-points/trigger";
        try (ConsolePages console = new ConsolePages(cluster)) {
            cluster.details = List.of(instance(Samples.ONE, true), instance(Samples.TWO, false));
            console.answer(console.post(address, "kind", "once"));
            cluster.details = List.of(instance(Samples.ONE, true));
            assertThat(page(console.answer(console.post(address, "kind", "once")))
                            .select(".notice.good")
                            .text())
                    .contains("as ElasticJob does it");
            // a parameter waits for an instance of Carillon, and the job's page says so
            console.answer(console.post(address, "kind", "once", "parameter", "full"));
        }
        assertThat(cluster.done)
                .containsExactly("request credit-points", "trigger credit-points", "request credit-points");
    }

    private static InstanceDetail instance(String id, boolean peer) {
        return new InstanceDetail(
                id,
                "10.0.0.7",
                peer,
                "",
                1,
                "",
                null,
                null,
                1,
                null,
                List.of("credit-points"),
                Map.of(),
                0,
                0,
                Intent.ENABLED,
                List.of());
    }
}

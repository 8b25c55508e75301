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

import io.carillon.jobs.operations.JobMoves;
import io.carillon.jobs.operations.JobMoves.Move;
import io.carillon.jobs.operations.JobMoves.Unforetold;
import io.carillon.jobs.operations.JobMoves.Verb;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.jsoup.nodes.Document;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The map of a job's shards with what moves, its servers and its alarms. */
class JobMapPageTest {
    private static final String PAGE = "/clusters/shop/jobs/" + MovingJob.NAME;
    private static final ConsoleOptions OPTIONS = new ConsoleOptions(
            InstantSource.fixed(Samples.NOW), ZoneId.of("UTC"), Duration.ofSeconds(2), Duration.ofSeconds(5));

    private static JsonNode json(ConsolePages console, String address) throws Exception {
        return new JsonMapper().readTree(ConsolePages.text(console.answer(ConsolePages.get(address))));
    }

    @Test
    void whatMovesIsSaidWithItsVerbInBothLanguagesAndSoThatItCanBeDrawn() throws Exception {
        try (ConsolePages console = new ConsolePages(MovingJob.cluster())) {
            Document page = console.page(PAGE);
            assertThat(page.select("ul.moves[aria-labelledby=moves-next] li").eachText())
                    .containsExactly(
                            "1: " + Samples.ONE + " → " + MovingJob.NEW + " · revoke its owner is online and loses it",
                            "3: " + MovingJob.GONE + " → " + Samples.ONE
                                    + " · take nobody owned it, or its owner was lost",
                            "4: nobody → " + MovingJob.NEW + " · take nobody owned it, or its owner was lost");
            assertThat(page.select("ul.moves[aria-labelledby=moves-seen] li").eachText())
                    .hasSize(3)
                    .first()
                    .asString()
                    .startsWith("11:14:50 UTC+1 2: " + MovingJob.GONE + " → " + Samples.TWO + " · take");
            assertThat(page.select("li[data-move=seen]").eachAttr("data-item"))
                    .as("what was seen within a quarter of an hour is drawn")
                    .containsExactly("2", "5");
            assertThat(page.select("tr.moved").eachAttr("data-item")).containsExactly("2", "5");
            page.select("li[data-move=next]").forEach(move -> {
                assertThat(page.select("tr[data-item=" + move.attr("data-item") + "]"))
                        .hasSize(1);
                assertThat(page.select("td[data-instance='" + move.attr("data-to") + "']"))
                        .isNotEmpty();
            });
            assertThat(page.select("thead th").eachText())
                    .as("who lost a shard has a column, too")
                    .anyMatch(text -> text.startsWith(MovingJob.GONE))
                    .anyMatch(text -> text.startsWith(MovingJob.PEER));
            assertThat(page.select("#live .notice").eachText()).contains("The deal waits for shards that run now: 0.");
            Document chinese = console.page(PAGE, Locale.SIMPLIFIED_CHINESE);
            assertThat(chinese.select("li[data-move=next]").eachAttr("data-word"))
                    .containsExactly("收回", "接手", "接手");
            JsonNode deal = json(console, "/api/v1" + PAGE + "/shards").at("/deal");
            assertThat(deal.at("/asked").asBoolean()).isTrue();
            assertThat(deal.at("/foretold/0/verb").asString()).isEqualTo("REVOKE");
            assertThat(deal.at("/seen/1/verb").asString()).isEqualTo("RELEASE");
            assertThat(deal.at("/waitsFor/0").asInt()).isZero();
        }
    }

    @Test
    void whereNobodyCanSayWhoComesNextThePageSaysWhy() throws Exception {
        FakeCluster cluster = MovingJob.cluster();
        cluster.moves = new JobMoves(
                true,
                Unforetold.STRATEGY,
                List.of(new Move(3, Verb.WAIT, MovingJob.GONE, null, null)),
                List.of(),
                List.of());
        try (ConsolePages console = new ConsolePages(cluster)) {
            Document page = console.page(PAGE);
            assertThat(page.select("#live .notice").text()).contains("does not know the sharding strategy");
            assertThat(page.select("li[data-move=next]").text())
                    .isEqualTo("3: " + MovingJob.GONE + " → nobody · wait nobody can say who gets it");
        }
    }

    @Test
    void ofManyMovesTheFirstAreListedAndAllAreDrawn() throws Exception {
        FakeCluster cluster = MovingJob.cluster();
        cluster.moves = new JobMoves(
                true,
                null,
                IntStream.range(0, 300)
                        .mapToObj(item -> new Move(item, Verb.REVOKE, Samples.ONE, MovingJob.NEW, null))
                        .toList(),
                List.of(),
                List.of());
        try (ConsolePages console = new ConsolePages(cluster)) {
            Document page = console.page(PAGE);
            assertThat(page.select("ul.moves[aria-labelledby=moves-next] li")).hasSize(20);
            assertThat(page.select("#moves-rest summary").text()).isEqualTo("280 more");
            assertThat(page.select("li[data-move=next]")).hasSize(300);
        }
    }

    @Test
    void aCellTellsSinceWhenItRunsAndWhoSwitchedAShardOff() throws Exception {
        try (ConsolePages console = new ConsolePages(MovingJob.cluster())) {
            Document page = console.page(PAGE);
            assertThat(page.select("tr[data-item=0] td.cell-running").text())
                    .isEqualTo("Runssince 11:15:02 UTC+1, for 28 s 1,200 of 5,000");
            assertThat(page.select("tr[data-item=0] td.cell-running time").attr("datetime"))
                    .isEqualTo("2026-11-22T10:15:02Z");
            assertThat(page.select("tr[data-item=5] th").text()).contains("Off, by li.na since", "bad data in shop 5");
            assertThat(json(console, "/api/v1" + PAGE + "/shards")
                            .at("/items/0/runningSince")
                            .asString())
                    .isEqualTo("2026-11-22T10:15:02Z");
        }
    }

    @Test
    void serversTellWhoSwitchedThemOffAndCanBeSwitched() throws Exception {
        FakeCluster cluster = MovingJob.cluster();
        try (ConsolePages console = new ConsolePages(cluster)) {
            Document page = console.page(PAGE);
            assertThat(page.select("section[aria-labelledby=servers-title] tbody tr")
                            .eachText())
                    .containsExactly(
                            "10.0.0.5 Disablednobody is on record None online Enable for all jobs",
                            "10.0.0.7 Enabled 10.0.0.7@-@4711 Disable for all jobs",
                            "10.0.0.8 Disabledby wang.fang since 11:05:30 UTC+1the disk is full"
                                    + " 10.0.0.8@-@5822 Enable for all jobs",
                            "10.0.0.9 Enabled 10.0.0.9@-@6933 Disable for all jobs");
            String link = page.select("section[aria-labelledby=servers-title] a.action")
                    .first()
                    .attr("href");
            assertThat(console.page(link).text()).contains("10.0.0.5");
            JsonNode servers = json(console, "/api/v1" + PAGE + "/servers").at("/servers");
            assertThat(servers.at("/2/enabled").asBoolean()).isFalse();
            assertThat(servers.at("/2/off/by").asString()).isEqualTo("wang.fang");
            assertThat(servers.at("/1/off").isNull()).isTrue();
        }
        try (ConsolePages console = new ConsolePages(OPTIONS, "viewer@shop", cluster)) {
            assertThat(console.page(PAGE).select("section[aria-labelledby=servers-title] a.action"))
                    .isEmpty();
        }
    }

    @Test
    void alarmsTellWhatIsOpenAndWhoWasToldLately() throws Exception {
        FakeAlarms alarms = MovingJob.alarms();
        ConsoleAlarms told = new ConsoleAlarms(alarms, true, List.of("ops", "mail"));
        try (ConsolePages console = ConsolePages.with(told, OPTIONS, "admin", MovingJob.cluster())) {
            Document page = console.page(PAGE);
            assertThat(page.select("section[aria-labelledby=alarms-title] .notice.bad")
                            .text())
                    .isEqualTo("Bad · open since 10:06:30 UTC, 9 min ago 2 of 6 shards have no owner that is online.");
            assertThat(page.select("section[aria-labelledby=alarms-title] tbody tr")
                            .eachText())
                    .as("what was said on two channels is one line")
                    .hasSize(2)
                    .first()
                    .asString()
                    .contains("Recovered", "Late: a run was due", "ops: told", "mail: could not be told");
            JsonNode same = json(console, "/api/v1" + PAGE + "/alarms");
            assertThat(same.at("/setting").asString()).isEqualTo("TOLD");
            assertThat(same.at("/incident/reasons/0/code").asString()).isEqualTo("UNOWNED");
            assertThat(same.at("/told/0/channels/mail").asString()).isEqualTo("GIVEN_UP");
            Document quiet = console.page("/clusters/shop/jobs/check-back");
            assertThat(quiet.select("section[aria-labelledby=alarms-title] .empty")
                            .text())
                    .isEqualTo("No alarm about this job is on record.");
            Document overview = console.page("/clusters/shop");
            assertThat(overview.select("section[aria-labelledby=alarms-title] tbody th")
                            .eachText())
                    .as("the worst first")
                    .containsExactly(MovingJob.NAME, "credit-points");
        }
        alarms.broken = new IllegalStateException("Connection refused");
        try (ConsolePages console = ConsolePages.with(told, OPTIONS, "admin", MovingJob.cluster())) {
            Document page = console.page(PAGE);
            assertThat(page.select("section[aria-labelledby=alarms-title] .notice.bad")
                            .text())
                    .contains("The alarms are not known now", "Connection refused");
            assertThat(page.select("tr[data-item]")).as("the rest is there").hasSize(6);
            assertThat(console.status("/api/v1" + PAGE + "/alarms")).isEqualTo(503);
        }
    }

    @Test
    void whereNobodyIsToldOfAlarmsThePageSaysTheNextStep() throws Exception {
        try (ConsolePages console = new ConsolePages(MovingJob.cluster())) {
            assertThat(console.page(PAGE)
                            .select("section[aria-labelledby=alarms-title] .empty")
                            .text())
                    .contains("A Carillon centre does", "carillon.alarms.channels.<name>.type");
            assertThat(console.page("/clusters/shop").select("section[aria-labelledby=alarms-title]"))
                    .isEmpty();
        }
        ConsoleAlarms nobody = new ConsoleAlarms(new FakeAlarms(), true, List.of());
        try (ConsolePages console = ConsolePages.with(nobody, OPTIONS, "admin", MovingJob.cluster())) {
            assertThat(console.page(PAGE)
                            .select("section[aria-labelledby=alarms-title] .empty")
                            .eachText())
                    .first()
                    .asString()
                    .contains("Nobody is told yet");
        }
    }

    @Test
    void whoMayNotSeeAJobIsToldNeitherItsServersNorItsAlarms() throws Exception {
        FakeCluster cluster = MovingJob.cluster();
        cluster.jobs = List.of(Samples.inGroup(MovingJob.NAME, "stock"));
        ConsoleAlarms told = new ConsoleAlarms(MovingJob.alarms(), true, List.of("ops"));
        try (ConsolePages console = ConsolePages.with(told, OPTIONS, "viewer@shop/billing", cluster)) {
            assertThat(console.status(PAGE)).isEqualTo(404);
            assertThat(console.page(PAGE).text()).doesNotContain("wang.fang", "ops: told", "shards have no owner");
            assertThat(console.page("/clusters/shop").text()).doesNotContain(MovingJob.NAME);
        }
    }

    @Test
    void theOverviewTellsTheWorstReasonOnceAndNamesTheOthers() throws Exception {
        try (ConsolePages console = new ConsolePages(MovingJob.cluster())) {
            Document page = console.page("/clusters/shop");
            assertThat(page.select("section[aria-labelledby=jobs-title] tbody tr:contains(credit-points) td")
                            .first()
                            .text())
                    .isEqualTo("Bad 2 of 3 shards have no owner that is online."
                            + " java.lang.IllegalStateException: points of customer 77 are locked since 10:02"
                            + " Also: last run failed");
            assertThat(page.select("section[aria-labelledby=instances-title] tbody tr")
                            .eachText())
                    .hasSize(5);
            assertThat(page.select("section[aria-labelledby=instances-title] tbody tr:contains(" + Samples.ONE + ") td")
                            .eachText())
                    .as("state, jobs it leads, jobs, shards, running")
                    .containsExactly("Online", "6", "2", "2", "3 of 8");
        }
    }
}

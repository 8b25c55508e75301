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
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.jobs.history.RunRecord;
import io.carillon.jobs.history.RunRecord.Outcome;
import io.carillon.jobs.history.RunRecord.Source;
import io.carillon.jobs.operations.Explanation;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The page of a run, where it leads out to, and the timeline. */
class RunAndTimelinePageTest {
    private static final String JOB = "/clusters/shop/jobs/credit-points";
    private static final ConsoleOptions OPTIONS = new ConsoleOptions(
            InstantSource.fixed(Samples.NOW), ZoneId.of("UTC"), Duration.ofSeconds(2), Duration.ofSeconds(5));

    private static FakeCluster cluster() {
        FakeCluster cluster = Samples.fullCluster();
        cluster.told = TimelineSample.hour();
        cluster.runs = TimelineSample.runs();
        return cluster;
    }

    private static ConsolePages console(String trace, String log) throws Exception {
        return new ConsolePages(OPTIONS.leadingTo(new OutLinks(trace, log)), "admin", cluster());
    }

    private static RunRecord failed(int item) {
        return TimelineSample.run(
                item,
                Samples.ONE,
                Source.NORMAL_TRIGGER,
                Samples.NOW.minus(Duration.ofMinutes(30)),
                1,
                150,
                Outcome.FAILED,
                1);
    }

    @Test
    void aRunTellsWhatItWasGivenAndLeadsToItsTraceAndItsLog() throws Exception {
        RunRecord run = failed(0);
        try (ConsolePages console = console(
                "https://tempo.example/trace/{traceId}?job={job}#{item}",
                "https://kibana.example/?q={host}%20{instance}&from={from}&to={toMillis}&c={cluster}&r={run}")) {
            Document page = console.page(JOB + "/runs/" + run.id());
            assertThat(page.select("dl.facts").text())
                    .contains("Job parameter region=eu", "Parameter of the shard Beijing", TimelineSample.TRACE);
            assertThat(page.select("a.action[target=_blank]").eachAttr("href"))
                    .containsExactly(
                            "https://tempo.example/trace/" + TimelineSample.TRACE + "?job=credit-points#0",
                            "https://kibana.example/?q=10.0.0.7%2010.0.0.7%40-%404711&from=2026-11-22T09%3A45%3A31Z&to="
                                    + run.ended().toEpochMilli() + "&c=shop&r=" + run.id());
            assertThat(page.select("a.action[target=_blank]").eachAttr("rel")).containsOnly("noopener noreferrer");
            assertThat(page.select("#markdown-text").text()).contains(TimelineSample.TRACE, "Ledger.java:88");
            assertThat(page.select("button[data-copy=markdown-text]").hasAttr("hidden"))
                    .as("shown by the script that can copy")
                    .isTrue();
        }
    }

    @Test
    void aRunWithoutATraceHasNoLinkThatWantsOneAndWhatIsNotOnRecordIsSaid() throws Exception {
        FakeCluster cluster = cluster();
        RunRecord old = Samples.run("credit-points", 1, Outcome.SUCCEEDED, Duration.ofHours(3), Duration.ofSeconds(1));
        cluster.runs = List.of(old);
        try (ConsolePages console = new ConsolePages(
                OPTIONS.leadingTo(new OutLinks("https://tempo.example/{traceId}", "https://log.example/?from={from}")),
                "admin",
                cluster)) {
            Document page = console.page(JOB + "/runs/" + old.id());
            assertThat(page.select("a.action[target=_blank]").eachAttr("href"))
                    .containsExactly("https://log.example/?from=2026-11-22T07%3A15%3A30.012Z");
            assertThat(page.select("dl.facts").text())
                    .contains("Job parameter Not recorded", "Trace id None on record");
        }
    }

    @Test
    void aParameterThatWasCutSaysSo() throws Exception {
        FakeCluster cluster = cluster();
        RunRecord run = failed(0);
        RunRecord large = run.given("x".repeat(5_000), "", null);
        cluster.runs = List.of(large);
        try (ConsolePages console = new ConsolePages(OPTIONS, "admin", cluster)) {
            assertThat(console.page(JOB + "/runs/" + run.id())
                            .select("dl.facts")
                            .text())
                    .contains("Longer than 1,000 characters: this is its beginning.", "Parameter of the shard –");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tempo.example/{traceId}",
                "ftp://tempo.example/{traceId}",
                "javascript:alert(1)",
                "https://{cluster}.example/{traceId}",
                "https:///{traceId}",
                "https://tempo.example/{traceId",
                "https://tempo.example/a b",
                "https://tempo.example/?left={\"a\":1}"
            })
    void whatIsNoAddressIsRefused(String template) {
        assertThatThrownBy(() -> new OutLinks("", template))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("log-link: '" + template + "'")
                .hasMessageContaining("(expected: ");
    }

    @Test
    void anUnknownNameIsNamed() {
        assertThatThrownBy(() -> new OutLinks("https://tempo.example/{trace}", ""))
                .hasMessageStartingWith(
                        "trace-link: 'https://tempo.example/{trace}' has {trace} (expected: only {cluster}");
    }

    @Test
    void theApiTellsTheSame() throws Exception {
        RunRecord run = failed(0);
        try (ConsolePages console = console("", "")) {
            JsonNode json = JsonMapper.shared()
                    .readTree(console.answer(ConsolePages.get("/api/v1" + JOB + "/runs/" + run.id()))
                            .getContentAsString());
            assertThat(json.at("/run/jobParameter").asString()).isEqualTo("region=eu");
            assertThat(json.at("/run/shardingParameter").asString()).isEqualTo("Beijing");
            assertThat(json.at("/run/traceId").asString()).isEqualTo(TimelineSample.TRACE);
            assertThat(json.at("/run/attempt").asInt()).isEqualTo(1);
        }
    }

    private static Element row(Document page, int item, int minutesAgo) {
        long due = Samples.NOW.minus(Duration.ofMinutes(minutesAgo)).toEpochMilli();
        return page.select("tr[data-item=" + item + "][data-due=" + due + "]").first();
    }

    @Test
    void theTimelineTellsRetriesMovesAndWhatWasLostWithAnInstance() throws Exception {
        try (ConsolePages console = console("", "")) {
            Document page = console.page(JOB + "/timeline?range=1h");
            assertThat(row(page, 0, 50).select("[data-attempt]").eachText())
                    .containsExactly("Attempt 1: Failed, tried again", "Attempt 2: Failed, tried again");
            assertThat(row(page, 0, 50).select("[data-attempt]").eachAttr("data-started"))
                    .hasSize(2);
            assertThat(row(page, 1, 40).attr("data-moved")).isEqualTo("true");
            assertThat(row(page, 1, 40).text()).contains("Moved here from " + Samples.ONE);
            assertThat(row(page, 1, 50).attr("data-moved")).isEmpty();
            Element lost = row(page, 1, 30);
            assertThat(lost.attr("data-state")).isEqualTo("lost");
            assertThat(lost.select(".badge").text()).isEqualTo("Lost, taken over");
            Element takeover = row(page, 1, 28);
            assertThat(takeover.attr("data-takeover")).isEqualTo("true");
            assertThat(takeover.text())
                    .contains(
                            "Succeeded", "Took over from an instance that was lost", "Moved here from " + Samples.TWO);
            assertThat(lost.select("th a").attr("href"))
                    .isEqualTo(takeover.select("th a").attr("href"));
            assertThat(page.select("figure [data-key]").eachText())
                    .contains("Lost, taken over", "Moved to another instance", "Timed out");
        }
    }

    @Test
    void theTableBeginsWithWhatHasComeAndSaysHowMuchItDoesNotShow() throws Exception {
        FakeCluster cluster = cluster();
        List<Explanation.Firing> firings = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            Instant due = Samples.NOW.minusSeconds(10L * i);
            firings.add(new Explanation.Firing(
                    due, true, List.of(new Explanation.Item(0, Explanation.State.UNKNOWN, null, null, List.of()))));
        }
        cluster.told = new Explanation("credit-points", firings, List.of(), true);
        try (ConsolePages console = new ConsolePages(OPTIONS, "admin", cluster)) {
            Document page = console.page(JOB + "/timeline?range=1h");
            assertThat(page.select("#timeline-table tbody:not([hidden]) tr")).hasSize(100);
            assertThat(page.select("#timeline-table tbody[hidden] tr"))
                    .as("drawn all the same")
                    .hasSize(200);
            assertThat(page.select("section:has(#timeline-table) > .hint").text())
                    .startsWith("The latest 100 of 300 rows are shown.");
            Document all = console.page(
                    page.select("section:has(#timeline-table) > .hint a").attr("href"));
            assertThat(all.select("#timeline-table tbody:not([hidden]) tr")).hasSize(300);
            assertThat(all.select("#live").attr("hx-get")).contains("rows=all");
            assertThat(page.select("#timeline-to-come")).isEmpty();
        }
    }

    @Test
    void whatIsMoreThanCanBeDrawnIsSaid() throws Exception {
        FakeCluster cluster = cluster();
        List<Explanation.Firing> firings = new ArrayList<>();
        for (int i = 0; i < 700; i++) {
            List<Explanation.Item> items = new ArrayList<>();
            for (int item = 0; item < 3; item++) {
                items.add(new Explanation.Item(item, Explanation.State.UNKNOWN, null, null, List.of()));
            }
            firings.add(new Explanation.Firing(Samples.NOW.minusSeconds(10L * i), true, items));
        }
        cluster.told = new Explanation("credit-points", firings, List.of(), true);
        try (ConsolePages console = new ConsolePages(OPTIONS, "admin", cluster)) {
            Document page = console.page(JOB + "/timeline?range=1h");
            assertThat(page.select("#timeline-table tr[data-due]")).hasSize(2_000);
            assertThat(page.select(".notice").text()).contains("choose a shorter range");
        }
    }
}

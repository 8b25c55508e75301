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
import io.carillon.jobs.operations.By;
import io.carillon.jobs.operations.ChangePreview.Effect;
import io.carillon.jobs.operations.ConfigurationVersion;
import io.carillon.jobs.operations.JobCommands.Stored;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.junit.jupiter.api.Test;
import org.springframework.http.MediaType;
import org.springframework.mock.web.MockHttpServletResponse;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the code of a job declares, what is stored, and what is in effect: side by side in the editor and in the API. */
class ThreeFormsPageTest {
    private static final String EDIT = "/clusters/shop/jobs/credit-points/edit";
    private static final String API = "/api/v1/clusters/shop/jobs/credit-points/definition";

    private static JobConfiguration.Builder configuration() {
        return JobConfiguration.newBuilder("credit-points", 3).cron("0 0 1 * * ?");
    }

    private static FakeCluster cluster() {
        FakeCluster cluster = Samples.fullCluster();
        cluster.stored.put("credit-points", new Stored(configuration().build(), 7));
        return cluster;
    }

    private static Document page(MockHttpServletResponse answer) throws Exception {
        return Jsoup.parse(ConsolePages.text(answer));
    }

    private static JsonNode json(ConsolePages console, String address) throws Exception {
        return new JsonMapper().readTree(ConsolePages.text(console.answer(ConsolePages.get(address))));
    }

    private static List<String> differing(Document page) {
        return page.select("section[aria-labelledby=forms-title] > table tbody tr")
                .eachText();
    }

    @Test
    void whereTheCodeSaysOtherwiseThanTheStoreBothStandBesideWhatIsInEffect() throws Exception {
        FakeCluster cluster = cluster();
        cluster.declared.put(
                "credit-points",
                configuration().cron("0 0 3 * * ?").jobParameter("full").build());
        try (ConsolePages console = new ConsolePages(cluster)) {
            Document page = console.page(EDIT);
            assertThat(differing(page))
                    .containsExactly(
                            "Schedule Differscron 0 0 3 * * ? Take over 0 0 1 * * ? 0 0 1 * * ?",
                            "Parameter of the job DiffersjobParameter full Take over (empty) (empty)");
            assertThat(page.select(".field:has(input[name=cron]) .hint").text()).contains("In the code: 0 0 3 * * ?");
            assertThat(page.select("section[aria-labelledby=forms-title] details tbody tr"))
                    .as("the others can be looked at, too")
                    .hasSize(18);
            assertThat(page.select("section[aria-labelledby=forms-title] > .hint")
                            .text())
                    .startsWith("What is stored counts.");
            JsonNode told = json(console, API);
            assertThat(told.at("/declared/cron").asString()).isEqualTo("0 0 3 * * ?");
            assertThat(told.at("/effective/cron").asString()).isEqualTo("0 0 1 * * ?");
            assertThat(told.at("/drift").toString()).isEqualTo("[\"cron\",\"jobParameter\"]");
            assertThat(told.at("/unusable").isNull()).isTrue();
            cluster.declared.put(
                    "credit-points", configuration().overwrite(true).build());
        }
        try (ConsolePages console = new ConsolePages(cluster)) {
            Document page = console.page(EDIT);
            assertThat(differing(page))
                    .as("what counts only at a start is no difference")
                    .isEmpty();
            assertThat(page.select("section[aria-labelledby=forms-title]").text())
                    .contains("The code and the store agree", "when an instance starts, its values take the place");
        }
    }

    @Test
    void whatTheCodeDeclaresIsTakenOverIntoTheFormWithTheOtherValuesAndNothingIsStored() throws Exception {
        FakeCluster cluster = cluster();
        cluster.declared.put(
                "credit-points",
                configuration().cron("0 0 3 * * ?").jobParameter("full").build());
        try (ConsolePages console = new ConsolePages(cluster)) {
            Document one = page(console.answer(
                    console.post(EDIT, "version", "7", "cron", "0 0 9 * * ?", "jobParameter", "mine", "take", "cron")));
            assertThat(one.select("[role=status]").text()).contains("Nothing is stored yet");
            assertThat(one.select("input[name=cron]").attr("value")).isEqualTo("0 0 3 * * ?");
            assertThat(one.select("input[name=jobParameter]").attr("value")).isEqualTo("mine");
            assertThat(one.select("button[name=take]").eachAttr("value"))
                    .as("what stands in the form need not be taken over")
                    .containsExactly("jobParameter", "*");
            Document all = page(console.answer(console.post(EDIT, "version", "7", "take", "*")));
            assertThat(all.select("input[name=jobParameter]").attr("value")).isEqualTo("full");
            assertThat(all.select("button[name=take]")).isEmpty();
            assertThat(cluster.done).isEmpty();
        }
    }

    @Test
    void aJobOfWhichTheCodeHasSaidNothingSaysSo() throws Exception {
        FakeCluster cluster = cluster();
        try (ConsolePages console = new ConsolePages(cluster)) {
            Document page = console.page(EDIT);
            assertThat(page.select("section[aria-labelledby=forms-title] > .empty")
                            .text())
                    .startsWith("The code has not said what it wants");
            assertThat(page.select("section[aria-labelledby=forms-title] details td[data-label='The code declares']")
                            .first()
                            .text())
                    .isEqualTo("the code has not said");
            assertThat(page.select("button[name=take]")).isEmpty();
            assertThat(json(console, API).at("/declared").isNull()).isTrue();
            assertThat(console.page(EDIT + "?lang=zh-CN", Locale.CHINA).text()).contains("代码没有声明配置");
        }
    }

    @Test
    void whatCannotBeUsedIsMendedFromTheLastGoodOneWhichIsInEffect() throws Exception {
        FakeCluster cluster = cluster();
        cluster.unusable = "shardingTotalCount: 0 (expected: 1..10000)";
        cluster.declared.put(
                "credit-points", configuration().cron("0 0 3 * * ?").build());
        cluster.versions = List.of(
                new ConfigurationVersion(8, Samples.NOW, By.UNKNOWN, null, List.of()),
                new ConfigurationVersion(
                        7, Samples.NOW, By.UNKNOWN, configuration().build(), List.of()));
        cluster.stored.put("credit-points", new Stored(configuration().build(), 8));
        try (ConsolePages console = new ConsolePages(cluster)) {
            Document page = console.page(EDIT);
            assertThat(page.select("section[aria-labelledby=forms-title] .notice.bad")
                            .text())
                    .contains(
                            "What is stored (version 8) cannot be used",
                            "shardingTotalCount: 0 (expected: 1..10000)",
                            "version 7 on record");
            assertThat(differing(page))
                    .containsExactly("Schedule Differscron 0 0 3 * * ? Take over cannot be used 0 0 1 * * ?");
            assertThat(page.select("input[name=cron]").attr("value")).isEqualTo("0 0 1 * * ?");
            JsonNode told = json(console, API);
            assertThat(told.at("/unusable").asString()).startsWith("shardingTotalCount: 0");
            assertThat(told.at("/version").asInt()).isEqualTo(8);
            assertThat(told.at("/effective/cron").asString()).isEqualTo("0 0 1 * * ?");
            Document check = page(console.answer(console.post(
                    EDIT, "version", "8", "misfire", "true", "monitorExecution", "true", "step", "check")));
            assertThat(check.select("section[aria-labelledby=diff-title]").text())
                    .contains("in place of what cannot be used");
            console.answer(console.post(
                    EDIT,
                    "version",
                    "8",
                    "misfire",
                    "true",
                    "monitorExecution",
                    "true",
                    "reason",
                    "mended",
                    "step",
                    "save"));
            assertThat(cluster.done).containsExactly("update credit-points");
        }
    }

    @Test
    void beforeItIsSavedItIsSaidWhatAChangeBringsAndHowManyRunsWouldOverlap() throws Exception {
        FakeCluster cluster = cluster();
        cluster.usual = Duration.ofMinutes(4);
        cluster.overlaps = 3;
        cluster.effects = Set.of(Effect.RESCHEDULED, Effect.DEALT_ANEW);
        try (ConsolePages console = new ConsolePages(cluster)) {
            Document diff =
                    page(console.answer(console.post(EDIT, "version", "7", "cron", "0 0/3 * * * ?", "step", "check")));
            assertThat(diff.select(".effects li").eachText())
                    .containsExactly(
                            "The next run comes at another time, from now on.",
                            "The shards are dealt anew at the next run.");
            Document typed =
                    console.page("/clusters/shop/schedule?job=credit-points&cron=0%200/3%20*%20*%20*%20%3F&timeZone=");
            assertThat(typed.select(".notice").text())
                    .isEqualTo("A run usually takes 4 min (median): 3 of these 10 come due before the one before"
                            + " them has ended.");
            cluster.overlaps = 0;
        }
        try (ConsolePages console = new ConsolePages(cluster)) {
            assertThat(console.page(EDIT).select("#schedule .hint").text()).contains("none of these 10 comes due");
        }
        try (ConsolePages console = new ConsolePages(
                new ConsoleOptions(
                        java.time.InstantSource.fixed(Samples.NOW),
                        java.time.ZoneId.of("UTC"),
                        Duration.ofSeconds(2),
                        Duration.ofSeconds(5)),
                "viewer",
                cluster)) {
            assertThat(console.status("/clusters/shop/schedule?job=credit-points&cron=x"))
                    .as("a viewer does not see the settings by another way")
                    .isEqualTo(403);
        }
    }

    @Test
    void secretsOfTheCodeAreToldToEditorsOnly() throws Exception {
        FakeCluster cluster = cluster();
        cluster.declared.put(
                "credit-points",
                configuration().setProperty("db.password", "hunter2").build());
        try (ConsolePages console = new ConsolePages(cluster)) {
            assertThat(console.page(EDIT)
                            .select("section[aria-labelledby=forms-title]")
                            .text())
                    .contains("db.password=******")
                    .doesNotContain("hunter2");
            assertThat(json(console, API).at("/declared/props").asString()).contains("hunter2");
        }
        try (ConsolePages console = new ConsolePages(
                new ConsoleOptions(
                        java.time.InstantSource.fixed(Samples.NOW),
                        java.time.ZoneId.of("UTC"),
                        Duration.ofSeconds(2),
                        Duration.ofSeconds(5)),
                "viewer",
                cluster)) {
            MockHttpServletResponse answer =
                    console.answer(ConsolePages.get(API).accept(MediaType.APPLICATION_JSON));
            assertThat(ConsolePages.text(answer)).contains("******").doesNotContain("hunter2");
        }
    }
}

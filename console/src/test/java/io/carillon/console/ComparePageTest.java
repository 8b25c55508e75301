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

import io.carillon.console.access.Accounts;
import io.carillon.console.access.Grant;
import io.carillon.console.command.Trail;
import io.carillon.console.web.Page;
import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.operations.ClusterCopy;
import io.carillon.jobs.operations.JobCommands.Stored;
import io.carillon.jobs.operations.JobQueries.Health;
import io.carillon.jobs.operations.JobQueries.JobStatus;
import io.carillon.jobs.operations.RegistryTree;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.mock.web.MockHttpServletResponse;
import org.springframework.test.web.servlet.request.MockMvcRequestBuilders;

/** Two clusters side by side, and jobs that are taken over from one to the other or out of a text. */
class ComparePageTest {
    private final FakeCluster shop = new FakeCluster();
    private final FakeCluster bank = new FakeCluster();

    private static void put(
            FakeCluster cluster, String job, int version, UnaryOperator<JobConfiguration.Builder> with) {
        List<JobStatus> jobs = new ArrayList<>(cluster.jobs);
        jobs.add(Samples.job(job, Health.Level.OK));
        cluster.jobs = List.copyOf(jobs);
        cluster.stored.put(
                job,
                new Stored(
                        with.apply(JobConfiguration.newBuilder(job, 2).cron("0 0 2 * * ?"))
                                .build(),
                        version));
    }

    /** What both have, one has, and has otherwise: settings of ElasticJob's and of Carillon's, and a secret. */
    private ConsolePages console(String anyone) {
        put(shop, "billing", 4, b -> b.cron("0 0 3 * * ?")
                .jobParameter("full")
                .setProperty("carillon.group", "money")
                .setProperty("carillon.timeout", "5m"));
        put(bank, "billing", 7, b -> b.setProperty("carillon.group", "money").setProperty("carillon.timeout", "9m"));
        put(shop, "ledger", 1, b -> b.setProperty("carillon.group", "money"));
        put(bank, "ledger", 9, b -> b.setProperty("carillon.group", "money"));
        put(shop, "mail", 2, b -> b.setProperty("mail.password", "hunter2"));
        put(bank, "mail", 3, b -> b.setProperty("mail.password", "hunter3"));
        put(shop, "only-shop", 1, b -> b);
        put(bank, "only-bank", 1, b -> b.setProperty("carillon.group", "vault"));
        shop.unreadable = Map.of("odd", "cron: 'x' (expected: an expression)");
        put(bank, "odd", 1, b -> b);
        return pages(anyone);
    }

    private ConsolePages pages(String anyone) {
        return ConsolePages.of(
                anyone,
                List.of(
                        new ConsoleCluster("shop", shop, shop),
                        new ConsoleCluster("bank", bank, bank, RegistryTree.none(), false)));
    }

    private static String golden(String name) throws IOException {
        try (var file = ComparePageTest.class.getResourceAsStream(name)) {
            return new String(Objects.requireNonNull(file, name).readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** The rows of a table as lines. */
    private static String lines(Document page) {
        return page.select("table.list tbody tr").stream()
                .map(row -> row.select("th, td").eachText().stream()
                        .filter(cell -> !cell.isEmpty())
                        .collect(Collectors.joining(" | ")))
                .collect(Collectors.joining("\n", "", "\n"));
    }

    private static MockHttpServletResponse get(ConsolePages console, String grants, String address) throws Exception {
        String token = console.bean(Accounts.class).makeToken("t", Grant.parse(grants), "ada", null);
        return console.answer(ConsolePages.get(address).header("Authorization", "Bearer " + token));
    }

    private static MockHttpServletResponse takeOver(ConsolePages console, String grants, String body) throws Exception {
        String token = console.bean(Accounts.class).makeToken("t", Grant.parse(grants), "ada", null);
        return console.answer(MockMvcRequestBuilders.post(URI.create("/api/v1/clusters/bank/takeovers"))
                .header("Authorization", "Bearer " + token)
                .contentType("application/json")
                .content(body));
    }

    @Test
    void whatOnlyOneHasAndWhatDiffersIsThisTableAndThisJson() throws Exception {
        try (ConsolePages console = console("admin")) {
            Document page = console.page("/clusters/shop/compare?with=bank");
            assertThat(lines(page)).isEqualTo(golden("compare-page.txt"));
            assertThat(page.select(".counters li").eachText())
                    .containsExactly(
                            "1 only in shop",
                            "1 only in bank",
                            "2 with other settings",
                            "1 cannot be compared",
                            "1 the same",
                            "All that is not the same");
            assertThat(page.text()).doesNotContain("hunter");
            assertThat(page.select("table.list input[name=job]").eachAttr("value"))
                    .as("what cannot be read cannot be taken over")
                    .containsExactly("billing", "mail", "only-bank", "only-shop");
            assertThat(ConsolePages.text(get(console, "admin", "/api/v1/clusters/shop/compare?with=bank")))
                    .isEqualTo(golden("compare.json").strip());
        }
    }

    @Test
    void theFilterIsInTheAddress() throws Exception {
        try (ConsolePages console = console("admin")) {
            String address = "/clusters/shop/compare?with=bank";
            assertThat(lines(console.page(address + "&q=group:vault"))).isEqualTo("only-bankvault | only in bank\n");
            assertThat(lines(console.page(address + "&show=same"))).startsWith("ledgermoney | the same");
            assertThat(lines(console.page(address + "&q=timeout")))
                    .as("a setting that differs")
                    .startsWith("billingmoney | with other settings")
                    .doesNotContain("mail");
            Document none = console.page(address + "&q=group:vault&show=different");
            assertThat(none.select("#live .empty")).hasSize(1);
            assertThat(none.select(".counters a").eachAttr("href"))
                    .as("a kind keeps the words")
                    .contains("/clusters/shop/compare?with=bank&q=group%3Avault&show=here");
            assertThat(console.page("/clusters/shop/compare")
                            .select("#with option")
                            .eachAttr("value"))
                    .containsExactly("bank");
        }
    }

    @Test
    void everyCellOfTheTablesHasAHeadingAndEveryFieldALabelInBothLanguages() throws Exception {
        try (ConsolePages console = console("admin")) {
            for (java.util.Locale locale : List.of(java.util.Locale.ENGLISH, java.util.Locale.SIMPLIFIED_CHINESE)) {
                for (String address : List.of(
                        "/clusters/shop/compare?with=bank",
                        "/clusters/bank/import",
                        "/clusters/bank/import?from=shop&job=billing&job=only-shop")) {
                    Document page = console.page(address, locale);
                    for (Element field : page.select("main input:not([type=hidden]), main select, main textarea")) {
                        assertThat(field.hasAttr("aria-label")
                                        || field.parents().is("label")
                                        || page.getElementsByAttributeValue("for", field.id())
                                                        .size()
                                                == 1)
                                .as(address + " " + field)
                                .isTrue();
                    }
                    assertThat(page.select("main table")).allSatisfy(table -> assertThat(
                                    table.select("thead th:not([scope]), tbody th:not([scope])"))
                            .isEmpty());
                    assertThat(page.select("main table tbody td:not([data-label]):not([colspan])")
                                    .eachText())
                            .as("cells without a title as cards")
                            .allSatisfy(text -> assertThat(text).isEmpty());
                    assertThat(page.select("main [style], main script:not([src])"))
                            .isEmpty();
                }
            }
        }
    }

    @Test
    void fiveThousandJobsCostOneQuestionOfMemoryPerSideAndAreShownInPages() throws Exception {
        for (FakeCluster cluster : List.of(shop, bank)) {
            List<JobStatus> jobs = new ArrayList<>();
            for (int i = 0; i < 5_000; i++) {
                String name = String.format("job-%04d", i);
                jobs.add(Samples.job(name, Health.Level.OK));
                JobConfiguration.Builder job =
                        JobConfiguration.newBuilder(name, 2).cron("0 0 2 * * ?");
                boolean other = cluster == bank && i % 10 == 0;
                cluster.stored.put(name, new Stored((other ? job.jobParameter("other") : job).build(), 1));
            }
            cluster.jobs = List.copyOf(jobs);
        }
        try (ConsolePages console = pages("admin")) {
            Document page = console.page("/clusters/shop/compare?with=bank&page=5");
            assertThat(shop.asked.get() + bank.asked.get()).isEqualTo(2);
            assertThat(page.select("table.list > tbody")).hasSize(100);
            assertThat(page.select("table.list > tbody").first().text()).contains("job-4000");
            assertThat(page.select("nav.pages").text()).contains("5 of 5");
            assertThat(page.select(".counters").text()).contains("4,500 the same", "500 with other settings");
        }
    }

    @Test
    void aRegistryThatDoesNotAnswerIsSaidAndTheOtherIsAskedAllTheSame() throws Exception {
        try (ConsolePages console = console("admin")) {
            bank.broken = new IllegalStateException("registry: no connection since noon");
            Document page = console.page("/clusters/shop/compare?with=bank");
            assertThat(page.select(".notice.bad").eachText())
                    .singleElement()
                    .asString()
                    .contains("The registry of bank does not answer", "no connection since noon");
            assertThat(page.select("table.list")).isEmpty();
            String json = ConsolePages.text(get(console, "admin", "/api/v1/clusters/shop/compare?with=bank"));
            assertThat(json).contains("\"problem\":null,\"otherProblem\":\"registry: no connection since noon\"");
            assertThat(get(console, "admin", "/clusters/bank/import?from=shop&job=billing")
                            .getStatus())
                    .isEqualTo(503);
            assertThat(bank.done).isEmpty();
        }
    }

    @Test
    void oneSeesOfEachSideWhatOneMaySeeThereAndMustSeeBoth() throws Exception {
        try (ConsolePages console = console("")) {
            String both = "viewer@shop, viewer@bank/money";
            String json = ConsolePages.text(get(console, both, "/api/v1/clusters/shop/compare?with=bank"));
            assertThat(json)
                    .contains("\"job\":\"billing\"", "\"DIFFERENT\":1", "\"THERE\":0", "\"HERE\":2")
                    .doesNotContain("only-bank", "vault");
            assertThat(json)
                    .as("not seen there, so not known there")
                    .contains("\"job\":\"mail\",\"group\":\"\",\"kind\":\"HERE\"");
            for (String address :
                    List.of("/clusters/shop/compare?with=bank", "/api/v1/clusters/shop/compare?with=bank")) {
                assertThat(get(console, "admin@shop", address).getStatus()).isEqualTo(404);
                assertThat(get(console, "admin@bank", address).getStatus()).isEqualTo(404);
                assertThat(get(console, both, address).getStatus()).isEqualTo(200);
            }
            Document page = Jsoup.parse(
                    ConsolePages.text(get(console, "viewer@shop, viewer@bank", "/clusters/shop/compare?with=bank")));
            assertThat(page.select("input[name=job], button[name=from], a[download], a[href$=/import]"))
                    .as("a viewer is offered nothing")
                    .isEmpty();
            Document editor = Jsoup.parse(
                    ConsolePages.text(get(console, "viewer@shop, editor@bank", "/clusters/shop/compare?with=bank")));
            assertThat(editor.select("button[name=from]").eachAttr("formaction"))
                    .containsExactly("/clusters/bank/import");
        }
    }

    @Test
    void whoIsEditorInTheTargetTakesOverWhatTheySeeInTheOtherButNoSecretThatTheyDoNotSee() throws Exception {
        try (ConsolePages console = console("")) {
            String billing = "{\"from\":\"shop\",\"jobs\":[\"billing\"],\"dryRun\":false,\"reason\":\"as in shop\"}";
            String mail = billing.replace("billing", "mail");
            for (String grants :
                    List.of("viewer@bank, admin@shop", "operator@bank, admin@shop", "editor@bank/vault, admin@shop")) {
                assertThat(takeOver(console, grants, billing).getStatus())
                        .as(grants)
                        .isEqualTo(403);
            }
            assertThat(takeOver(console, "admin@bank", billing).getStatus())
                    .as("sees nothing of the source")
                    .isEqualTo(404);
            assertThat(takeOver(console, "admin@bank, viewer@shop/other", billing)
                            .getStatus())
                    .as("does not see that job")
                    .isEqualTo(404);
            assertThat(takeOver(console, "admin@bank, viewer@shop", mail).getStatus())
                    .isEqualTo(403);
            assertThat(bank.done).isEmpty();
            assertThat(takeOver(console, "editor@bank, editor@shop", mail).getStatus())
                    .isEqualTo(200);
            assertThat(bank.stored.get("mail").configuration().getProps()).containsEntry("mail.password", "hunter2");
            MockHttpServletResponse done = takeOver(console, "editor@bank, viewer@shop/money", billing);
            assertThat(ConsolePages.text(done)).contains("\"step\":\"UPDATE\",\"failure\":null");
            assertThat(bank.stored.get("billing").configuration())
                    .isEqualTo(shop.stored.get("billing").configuration());
            assertThat(shop.done).isEmpty();
        }
    }

    @Test
    void whoIsEditorOfAGroupTakesOverTheJobsOfThatGroupAndIsToldWhichOthersTheyMayNot() throws Exception {
        try (ConsolePages console = console("")) {
            put(shop, "only-bank", 3, b -> b.setProperty("carillon.group", "money"));
            put(shop, "petty-cash", 1, b -> b.setProperty("carillon.group", "money"));
            String grants = "editor@bank/money, viewer@shop";
            String order = "{\"from\":\"shop\",\"jobs\":[JOBS],\"dryRun\":false,\"reason\":\"as in shop\"}";
            MockHttpServletResponse refused =
                    takeOver(console, grants, order.replace("JOBS", "\"billing\",\"only-bank\",\"only-shop\""));
            assertThat(refused.getStatus()).isEqualTo(403);
            assertThat(ConsolePages.text(refused))
                    .as("the group that it has there counts, for a new one the group that it will have")
                    .contains("editor for only-bank, only-shop")
                    .doesNotContain("vault");
            assertThat(takeOver(console, grants, order.replace("JOBS", "\"odd\""))
                            .getStatus())
                    .as("cannot be read in the source")
                    .isEqualTo(404);
            assertThat(bank.done).isEmpty();
            MockHttpServletResponse done =
                    takeOver(console, grants, order.replace("JOBS", "\"billing\",\"petty-cash\""));
            assertThat(ConsolePages.text(done))
                    .contains("\"step\":\"UPDATE\",\"failure\":null", "\"step\":\"ADD\",\"failure\":null");
            assertThat(bank.done).containsExactly("update billing", "add petty-cash");
            Document page = Jsoup.parse(ConsolePages.text(
                    get(console, "viewer@shop, viewer@bank, editor@bank/money", "/clusters/shop/compare?with=bank")));
            assertThat(page.select("table.list input[name=job]").eachAttr("value"))
                    .as("the others cannot be chosen")
                    .containsExactly("only-bank", "petty-cash");
            assertThat(page.select("button[name=from]").eachAttr("formaction"))
                    .containsExactly("/clusters/bank/import");
        }
    }

    @Test
    void aTakeOverShowsWhatChangesAndDoesThatAndNothingElseAndIsOnRecord() throws Exception {
        try (ConsolePages console = console("admin")) {
            String address = "/clusters/bank/import?from=shop&job=billing&job=ledger&job=only-shop";
            Document plan = console.page(address);
            assertThat(lines(plan)).isEqualTo(golden("take-over-plan.txt"));
            assertThat(plan.select("#plan-title").text()).isEqualTo("1 to add, 1 to change, 1 the same, 0 left alone");
            Document chosen = Jsoup.parse(ConsolePages.text(console.answer(
                    console.post("/clusters/bank/import", "from", "shop", "job", "billing", "job", "only-shop"))));
            assertThat(lines(chosen)).as("what was chosen in the comparison").isEqualTo(golden("take-over-plan.txt"));
            assertThat(bank.done).as("nothing is done before somebody agrees").isEmpty();
            String[] fields = plan.select("main form input[type=hidden]").stream()
                    .filter(field -> !field.attr("name").equals("_csrf"))
                    .flatMap(field -> java.util.stream.Stream.of(field.attr("name"), field.val()))
                    .toArray(String[]::new);
            String[] all = java.util.stream.Stream.concat(
                            java.util.Arrays.stream(fields),
                            java.util.stream.Stream.of("step", "import", "reason", "as in shop"))
                    .toArray(String[]::new);

            // somebody else is faster
            bank.stored.put("billing", new Stored(bank.stored.get("billing").configuration(), 8));
            console.bean(io.carillon.console.ask.Questions.class).forget(new ConsoleCluster("bank", bank, bank));
            MockHttpServletResponse late = console.answer(console.post("/clusters/bank/import", all));
            assertThat(late.getStatus()).isEqualTo(409);
            assertThat(ConsolePages.text(late)).contains("not any more what you have seen");
            assertThat(bank.done).isEmpty();
            bank.stored.put("billing", new Stored(bank.stored.get("billing").configuration(), 7));
            console.bean(io.carillon.console.ask.Questions.class).forget(new ConsoleCluster("bank", bank, bank));

            MockHttpServletResponse done = console.answer(console.post("/clusters/bank/import", all));
            assertThat(Jsoup.parse(ConsolePages.text(done))
                            .select(".notice.good")
                            .text())
                    .contains("3 jobs were taken over, 0 were not.");
            assertThat(bank.done).containsExactly("update billing", "add only-shop");
            Trail.Entry entry = console.bean(ConsoleConfiguration.Remembered.class)
                    .trail()
                    .latest(Trail.Question.ALL, null, 1)
                    .get(0);
            assertThat(entry.what()).isEqualTo("import");
            assertThat(entry.cluster()).isEqualTo("bank");
            assertThat(entry.reason()).isEqualTo("as in shop");
            assertThat(entry.before()).startsWith("from shop\n").contains("cron: 0 0 2 * * ? -> 0 0 3 * * ?");
        }
    }

    @Test
    void aTextIsImportedAfterAPlanAndWhatIsWrongWithItIsSaidWithTheLine() throws Exception {
        try (ConsolePages console = console("admin")) {
            String text = shop.copy()
                    .where(job -> job.name().equals("billing"), job -> false)
                    .toText();
            Document plan = Jsoup.parse(ConsolePages.text(
                    console.answer(console.post("/clusters/bank/import", "text", text, "step", "check"))));
            assertThat(lines(plan)).startsWith("billing | is changed\n");
            assertThat(bank.done).isEmpty();
            Document done = Jsoup.parse(ConsolePages.text(console.answer(console.post(
                    "/clusters/bank/import",
                    "text",
                    plan.select("input[name=text]").val(),
                    "plan",
                    plan.select("input[name=plan]").val(),
                    "step",
                    "import"))));
            assertThat(done.select(".notice.good").text()).contains("1 jobs were taken over");
            assertThat(bank.done).containsExactly("update billing");

            MockHttpServletResponse wrong =
                    console.answer(console.post("/clusters/bank/import", "text", text.replace("  jobName", "jobName")));
            assertThat(wrong.getStatus()).isEqualTo(422);
            Document form = Jsoup.parse(ConsolePages.text(wrong));
            assertThat(form.select(".notice.bad:not([hidden])").text())
                    .contains("line 9: ", "two blanks and a setting");
            assertThat(form.select("textarea").val())
                    .as("what was typed is kept")
                    .contains("jobName: billing");
            MockHttpServletResponse tooLong = console.answer(
                    console.post("/clusters/bank/import", "text", text + "#".repeat(500_001 - text.length())));
            assertThat(tooLong.getStatus()).isEqualTo(413);
            assertThat(ConsolePages.text(tooLong)).contains("500,000 characters");
            assertThat(bank.done).hasSize(1);
        }
    }

    @Test
    void whoChangesManyTypesHowMany() throws Exception {
        for (int i = 0; i < 30; i++) {
            put(shop, "job-" + i, 1, b -> b);
        }
        try (ConsolePages console = pages("admin")) {
            String text = shop.copy().toText();
            Document plan =
                    Jsoup.parse(ConsolePages.text(console.answer(console.post("/clusters/bank/import", "text", text))));
            assertThat(plan.select("label[for=count]").text()).contains("Type 30");
            String hash = plan.select("input[name=plan]").val();
            assertThat(console.answer(console.post(
                                    "/clusters/bank/import",
                                    "text",
                                    text,
                                    "plan",
                                    hash,
                                    "step",
                                    "import",
                                    "count",
                                    "3"))
                            .getStatus())
                    .isEqualTo(409);
            assertThat(bank.done).isEmpty();
            console.answer(
                    console.post("/clusters/bank/import", "text", text, "plan", hash, "step", "import", "count", "30"));
            assertThat(bank.done).hasSize(30);
        }
    }

    @ParameterizedTest
    @MethodSource("io.carillon.console.HostileTextsTest#corpus")
    void hostileNamesAndValuesAreShownAsText(String text) throws Exception {
        String name = text.replace("/", ".");
        for (FakeCluster cluster : List.of(shop, bank)) {
            put(cluster, name, 1, b -> b.jobParameter(cluster == shop ? text : "plain")
                    .setProperty(name, "x" + text));
        }
        put(shop, name + "2", 1, b -> b.description(text));
        try (ConsolePages console = pages("admin")) {
            for (String address : List.of(
                    "/clusters/shop/compare?with=bank",
                    "/clusters/bank/import?from=shop&job=" + Page.parameter(name) + "&job="
                            + Page.parameter(name + "2"))) {
                Document page = console.page(address);
                assertThat(page.select("table.list > tbody").size()).as(address).isEqualTo(2);
                assertThat(page.select(
                                "main img, main svg, main base, main style, main math, main [onerror], main [onload]"))
                        .as(address)
                        .isEmpty();
                assertThat(page.select("main script:not([src^=/assets/])")).isEmpty();
                assertThat(page.select("main [href], main [formaction]")).allSatisfy(link -> assertThat(
                                link.hasAttr("href") ? link.attr("href") : link.attr("formaction"))
                        .startsWith("/"));
                assertThat(page.select("table.list td").eachText().stream().map(cell -> cell.replaceAll("\\s+", " ")))
                        .anyMatch(cell -> cell.contains(text.strip().replaceAll("\\s+", " ")));
            }
        }
    }

    @Test
    void anExportComesBackAsTheSameJobs() throws Exception {
        try (ConsolePages console = console("")) {
            MockHttpServletResponse export = get(console, "editor@shop", "/api/v1/clusters/shop/export");
            ClusterCopy read = ClusterCopy.ofText(ConsolePages.text(export));
            assertThat(read.compareWith(shop.copy()).isSame()).isTrue();
            assertThat(ConsolePages.text(export)).contains("# left out, its configuration cannot be used: odd");
            assertThat(get(console, "viewer@shop", "/api/v1/clusters/shop/export")
                            .getStatus())
                    .isEqualTo(403);
        }
    }
}

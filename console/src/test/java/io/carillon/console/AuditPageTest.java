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
import io.carillon.console.text.TextDiff;
import io.carillon.jobs.operations.By;
import io.carillon.jobs.operations.JobAudit;
import io.carillon.jobs.operations.TimedId;
import io.carillon.testkit.jobs.InMemoryJobAudit;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.jsoup.nodes.Document;
import org.junit.jupiter.api.Test;
import org.springframework.mock.web.MockHttpServletResponse;

/** Who did this, and why? */
class AuditPageTest {
    private static final ConsoleOptions OPTIONS = new ConsoleOptions(
            InstantSource.fixed(Samples.NOW), ZoneId.of("Europe/Berlin"), Duration.ofSeconds(2), Duration.ofSeconds(5));

    private static Trail trail(ConsolePages console) {
        return console.bean(ConsoleConfiguration.Remembered.class).trail();
    }

    private static UUID did(
            Trail trail, Instant at, String who, String what, String cluster, String job, String result) {
        UUID id = TimedId.at(at);
        trail.begin(new Trail.Entry(
                id,
                at,
                who,
                "10.0.0.7",
                what,
                cluster,
                job,
                job.isEmpty() ? "ada" : job,
                "cron: 1\nshards: 2",
                null,
                "because",
                null));
        if (result != null) {
            trail.end(id, "cron: 3\nshards: 2", result);
        }
        return id;
    }

    @Test
    void anEntrySaysWhoWhenFromWhereWhatWithADiffWhyAndHowItEnded() throws Exception {
        try (ConsolePages console = new ConsolePages(Samples.fullCluster())) {
            UUID id = did(trail(console), Samples.NOW, "li", "edit", "shop", "billing", "done");
            Document page = console.page("/audit");
            assertThat(page.select("tbody tr")).hasSize(1);
            String row = page.select("tbody tr").text();
            assertThat(row).contains("li", "10.0.0.7", "billing", "because", "Done");
            assertThat(page.select("tbody del").eachText()).containsExactly("cron: 1");
            assertThat(page.select("tbody ins").eachText()).containsExactly("cron: 3");
            assertThat(page.select("tbody .same").eachText()).containsExactly("shards: 2");
            assertThat(page.select("tbody th a").attr("href")).isEqualTo("/audit/" + id);
            assertThat(console.page("/audit/" + id).select("dl.facts").text()).contains("li", "because");
            assertThat(console.status("/audit/" + UUID.randomUUID())).isEqualTo(404);
            assertThat(console.status("/audit/x")).isEqualTo(404);
            assertThat(console.page("/audit/" + id, Locale.CHINESE).select("h1").text())
                    .isEqualTo("一条审计记录");
        }
    }

    @Test
    void theFilterIsInTheAddress() throws Exception {
        try (ConsolePages console = new ConsolePages(Samples.fullCluster())) {
            Trail trail = trail(console);
            did(trail, Samples.NOW.minusSeconds(7_200), "li", "disable", "shop", "billing", "done");
            did(trail, Samples.NOW.minusSeconds(60), "ada", "edit", "shop", "billing", "refused: problem.conflict");
            did(trail, Samples.NOW, "ada", "give-role", "", "", "failed: down");
            did(trail, Samples.NOW, "ada", "trigger", "other", "stock", null);
            assertThat(rows(console, "/audit")).hasSize(4);
            assertThat(rows(console, "/audit?who=ada")).hasSize(3);
            assertThat(rows(console, "/audit?what=disable"))
                    .hasSize(1)
                    .first()
                    .asString()
                    .contains("li");
            assertThat(rows(console, "/audit?job=billing&cluster=shop")).hasSize(2);
            assertThat(rows(console, "/audit?ended=refused"))
                    .hasSize(1)
                    .first()
                    .asString()
                    .contains("Changed meanwhile");
            assertThat(rows(console, "/audit?ended=failed"))
                    .hasSize(1)
                    .first()
                    .asString()
                    .contains("down");
            assertThat(rows(console, "/audit?ended=open"))
                    .hasSize(1)
                    .first()
                    .asString()
                    .contains("Not known");
            String hourAgo = Samples.NOW.minusSeconds(3_600).toString();
            assertThat(rows(console, "/audit?to=" + hourAgo)).hasSize(1);
            assertThat(rows(console, "/audit?from=" + hourAgo)).hasSize(3);
            Document none = console.page("/audit?who=nobody");
            assertThat(none.select("input[name=who]").attr("value")).isEqualTo("nobody");
            assertThat(none.select(".empty").text()).contains("Nothing matches");
            assertThat(console.status("/audit?from=yesterday")).isEqualTo(422);
        }
    }

    private static List<String> rows(ConsolePages console, String address) throws Exception {
        return console.page(address).select("tbody tr").eachText();
    }

    @Test
    void olderEntriesComeByTheKeyOfTheLastAndNoneIsShownTwice() throws Exception {
        try (ConsolePages console = new ConsolePages(Samples.fullCluster())) {
            Trail trail = trail(console);
            for (int i = 0; i < 120; i++) {
                did(trail, Samples.NOW.plusMillis(i / 40), "u" + i, "enable", "shop", "billing", "done");
            }
            List<String> ids = new ArrayList<>();
            String next = "/audit?what=enable";
            for (int pages = 0; !next.isEmpty(); pages++) {
                assertThat(pages).isLessThan(3);
                Document page = console.page(next);
                page.select("tbody th a").forEach(link -> ids.add(link.attr("href")));
                next = page.select("nav.pages a[rel=next]").attr("href");
            }
            assertThat(ids).hasSize(120).doesNotHaveDuplicates();
        }
    }

    @Test
    void onlyWhatBelongsToOnesOwnJobsIsTold() throws Exception {
        FakeCluster cluster = Samples.fullCluster();
        cluster.jobs = List.of(Samples.inGroup("billing-run", "billing"), Samples.inGroup("stock-run", "stock"));
        try (ConsolePages console = new ConsolePages(OPTIONS, "viewer@shop/billing", cluster)) {
            Trail trail = trail(console);
            UUID own = did(trail, Samples.NOW, "li", "enable", "shop", "billing-run", "done");
            UUID foreign = did(trail, Samples.NOW, "li", "enable", "shop", "stock-run", "done");
            UUID instance = did(trail, Samples.NOW, "li", "drain", "shop", "", "done");
            UUID roles = did(trail, Samples.NOW, "li", "give-role", "", "", "done");
            assertThat(console.page("/audit").select("tbody th a").eachAttr("href"))
                    .containsExactly("/audit/" + own);
            for (UUID hidden : List.of(foreign, instance, roles)) {
                assertThat(console.status("/audit/" + hidden)).isEqualTo(404);
            }
            assertThat(ConsolePages.text(console.answer(ConsolePages.get("/audit/export"))))
                    .contains("billing-run")
                    .doesNotContain("stock-run")
                    .doesNotContain("give-role");
        }
    }

    @Test
    void theExportIsSafeInSpreadsheets() throws Exception {
        try (ConsolePages console = new ConsolePages(Samples.fullCluster())) {
            did(trail(console), Samples.NOW, "=HYPERLINK(\"http://evil\")", "enable", "shop", " \u3000+1", "done");
            did(trail(console), Samples.NOW, "-2+3", "enable", "shop", "a\"b,c\nd", "done");
            MockHttpServletResponse file = console.answer(ConsolePages.get("/audit/export"));
            assertThat(file.getContentType()).isEqualTo("text/csv;charset=UTF-8");
            assertThat(file.getHeader("Content-Disposition")).contains("attachment");
            assertThat(ConsolePages.text(file))
                    .startsWith("\ufeff\"id\",\"at\",\"who\"")
                    .contains("\"'=HYPERLINK(\"\"http://evil\"\")\"")
                    .contains("\"' \u3000+1\"")
                    .contains("\"'-2+3\"")
                    .contains("\"a\"\"b,c\nd\"");
        }
    }

    @Test
    void whatWasCommandedWithoutTheConsoleIsToldToo() {
        InMemoryJobAudit engine = new InMemoryJobAudit();
        Trail own = Trail.inMemory();
        Trail both = Trail.alongWith(own, engine, "shop");
        UUID first = did(both, Samples.NOW, "ada", "enable", "shop", "billing", "done");
        UUID second = TimedId.at(Samples.NOW.plusSeconds(1));
        engine.begin(new JobAudit.Entry(
                second,
                Samples.NOW.plusSeconds(1),
                new By("deployer", "", "ci"),
                "disable",
                "billing",
                null,
                null,
                null));
        engine.end(second, "ENABLED", "DISABLED", "failed: no");
        UUID third = did(both, Samples.NOW.plusSeconds(2), "ada", "enable", "shop", "billing", "done");

        assertThat(both.latest(Trail.Question.ALL, null, 10))
                .extracting(Trail.Entry::id)
                .containsExactly(third, second, first);
        assertThat(both.latest(Trail.Question.ALL, third, 1))
                .extracting(Trail.Entry::who, Trail.Entry::from)
                .containsExactly(org.assertj.core.groups.Tuple.tuple("deployer", "ci"));
        assertThat(both.latest(new Trail.Question("", "", "", "", Trail.Ended.FAILED, null, null), null, 10))
                .extracting(Trail.Entry::id)
                .containsExactly(second);
        assertThat(both.find(second)).isPresent();
        assertThat(both.find(first)).isPresent();
        assertThat(both.find(UUID.randomUUID())).isEmpty();
    }

    @Test
    void anEntryIsNeverChangedAfterItsEnd() {
        Trail trail = Trail.inMemory();
        UUID id = did(trail, Samples.NOW, "ada", "enable", "shop", "billing", "done");
        trail.end(id, "forged", "forged");
        assertThat(trail.find(id).orElseThrow().result()).isEqualTo("done");
    }

    @Test
    void aDiffShowsWhatWasTakenAwayBeforeWhatCameInItsPlace() {
        assertThat(TextDiff.of("a\nb\nc", "a\nx\nc\nd"))
                .extracting(line -> line.kind().name().charAt(0) + line.text())
                .containsExactly("Sa", "Rb", "Ax", "Sc", "Ad");
        assertThat(TextDiff.of(null, "a")).extracting(TextDiff.Line::kind).containsExactly(TextDiff.Kind.ADDED);
        assertThat(TextDiff.of("a", null)).extracting(TextDiff.Line::kind).containsExactly(TextDiff.Kind.REMOVED);
        assertThat(TextDiff.of(null, null)).isEmpty();
    }
}

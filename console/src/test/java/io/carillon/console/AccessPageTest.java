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
import io.carillon.console.access.HostAccess;
import io.carillon.console.command.Thresholds;
import io.carillon.console.command.Trail;
import io.carillon.jobs.operations.HealthThresholds;
import jakarta.servlet.http.Cookie;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.List;
import java.util.Locale;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.junit.jupiter.api.Test;
import org.springframework.mock.web.MockHttpServletResponse;

/** Who may do what? */
class AccessPageTest {
    private static final String PASSWORD = "a long way home";
    private static final ConsoleOptions OPTIONS = new ConsoleOptions(
            InstantSource.fixed(Samples.NOW), ZoneId.of("Europe/Berlin"), Duration.ofSeconds(2), Duration.ofSeconds(5));

    private final ConsolePages console = new ConsolePages(OPTIONS, "", Samples.fullCluster());
    private final Accounts accounts = console.bean(Accounts.class);

    private Cookie[] in(String name, String grants) {
        String link = accounts.grant(name, Grant.parse(grants)).orElseThrow();
        accounts.redeem(link, name, PASSWORD);
        return new Cookie[] {new Cookie("carillon-session", accounts.logIn(name, PASSWORD, "10.0.0.1"))};
    }

    private Document send(Cookie[] who, int status, String command, String... fields) throws Exception {
        MockHttpServletResponse answer = console.answer(console.post(who, "/access/" + command, fields));
        assertThat(answer.getStatus()).isEqualTo(status);
        return Jsoup.parse(ConsolePages.text(answer));
    }

    private Document page(Cookie[] who, String address) throws Exception {
        return Jsoup.parse(ConsolePages.text(
                console.answer(ConsolePages.get(address).cookie(who).locale(Locale.ENGLISH))));
    }

    private List<Trail.Entry> kept() {
        return console.bean(ConsoleConfiguration.Remembered.class).trail().latest(Trail.Question.ALL, null, 100);
    }

    @Test
    void anAdministratorGivesSomebodyNewARoleAndALinkThatIsShownOnce() throws Exception {
        Cookie[] ada = in("ada", "admin");
        Document given =
                send(ada, 200, "give-role", "user", "vera", "role", "viewer", "cluster", "shop", "group", "billing");
        String address = given.select(".secret code").text();
        assertThat(address).startsWith("http://localhost/welcome?link=");
        String link = address.substring(address.indexOf('=') + 1);
        assertThat(accounts.linkFor(link)).contains("vera");
        assertThat(page(ada, "/access").text())
                .contains("vera", "Viewer shop / billing", "Has not used the link yet")
                .doesNotContain(link);
        assertThat(kept()).hasSize(1);
        assertThat(kept().get(0).toString())
                .contains("give-role", "vera", "viewer@shop/billing", "ada")
                .as("whoever reads the audit cannot use the link")
                .doesNotContain(link);
        send(ada, 200, "give-role", "user", "vera", "role", "operator", "cluster", "*", "group", "");
        assertThat(accounts.users().get(1).grants()).isEqualTo(Grant.parse("viewer@shop/billing, operator@*"));
        assertThat(kept().get(0).before()).isEqualTo("viewer@shop/billing");
        send(ada, 200, "take-role", "user", "vera", "grant", "operator@*");
        assertThat(accounts.users().get(1).grants()).isEqualTo(Grant.parse("viewer@shop/billing"));
    }

    @Test
    void whatIsWrongIsSaidWhereItWasTyped() throws Exception {
        Cookie[] ada = in("ada", "admin");
        Document badName =
                send(ada, 422, "give-role", "user", "no blanks", "role", "viewer", "cluster", "*", "group", "");
        assertThat(badName.select("[role=alert]").text()).contains("A name has");
        assertThat(badName.select("#g-user").attr("value")).isEqualTo("no blanks");
        send(ada, 422, "give-role", "user", "bob", "role", "king", "cluster", "*", "group", "");
        send(ada, 422, "give-role", "user", "bob", "role", "viewer", "cluster", "*", "group", "a/b");
        send(ada, 422, "make-token", "user", "ci", "grants", "viewer@", "days", "");
        send(ada, 422, "make-token", "user", "ci", "grants", "", "days", "");
        assertThat(send(ada, 422, "make-token", "user", "ci", "grants", "viewer", "days", "0")
                        .select("[role=alert]")
                        .text())
                .contains("not a number of days");
        send(ada, 404, "make-coffee");
        assertThat(accounts.users()).hasSize(1);
        assertThat(accounts.tokens()).isEmpty();
    }

    @Test
    void aRemovedUserIsOutAndANewOneOfTheSameNameInheritsNeitherSessionNorLink() throws Exception {
        Cookie[] ada = in("ada", "admin");
        Cookie[] vera = in("vera", "admin@shop");
        String link = accounts.newLink("vera");
        assertThat(page(ada, "/access/remove-user?user=vera").select("#reason").hasAttr("required"))
                .isTrue();
        send(ada, 400, "remove-user", "user", "vera", "reason", "");
        send(ada, 200, "remove-user", "user", "vera", "reason", "left");
        assertThat(console.answer(ConsolePages.get("/clusters/shop").cookie(vera))
                        .getStatus())
                .isEqualTo(302);
        accounts.grant("vera", Grant.parse("admin"));
        assertThat(console.answer(ConsolePages.get("/clusters/shop").cookie(vera))
                        .getStatus())
                .as("the session was somebody else's")
                .isEqualTo(302);
        assertThat(accounts.linkFor(link)).isEmpty();
        assertThat(send(ada, 422, "remove-user", "user", "nobody", "reason", "x")
                        .text())
                .contains("no user");
    }

    @Test
    void theLastAdministratorStays() throws Exception {
        Cookie[] ada = in("ada", "admin");
        assertThat(send(ada, 422, "remove-user", "user", "ada", "reason", "x").text())
                .contains("is the last");
        send(ada, 422, "take-role", "user", "ada", "grant", "admin@*");
        accounts.grant("bob", Grant.parse("admin"));
        assertThat(send(ada, 422, "take-role", "user", "ada", "grant", "admin@*")
                        .text())
                .as("bob cannot log in yet")
                .contains("is the last");
        in("eve", "admin");
        send(ada, 200, "take-role", "user", "ada", "grant", "admin@*");
        assertThat(page(ada, "/access").select("#users")).isEmpty();
    }

    @Test
    void aTokenIsShownOnceHasItsRolesAndEnds() throws Exception {
        Cookie[] ada = in("ada", "admin");
        String token = send(ada, 200, "make-token", "user", "ci", "grants", "viewer@shop", "days", "30")
                .select(".secret code")
                .text();
        assertThat(accounts.byToken(token)).isPresent();
        Document page = page(ada, "/access");
        assertThat(page.text()).contains("ci", "Viewer shop", "ada").doesNotContain(token);
        assertThat(accounts.tokens().get(0).expires()).isEqualTo(Samples.NOW.plus(Duration.ofDays(30)));
        String id = accounts.tokens().get(0).id();
        assertThat(page(ada, "/access/remove-token?id=" + id).select(".targets").text())
                .isEqualTo("ci");
        send(ada, 200, "remove-token", "id", id);
        assertThat(accounts.byToken(token)).isEmpty();
        assertThat(kept().toString()).contains("make-token", "remove-token").doesNotContain(token);
    }

    @Test
    void whoDoesNotAdministerEverywhereSeesOnlyOwnRolesAndSettings() throws Exception {
        in("ada", "admin");
        for (String grants : List.of("viewer", "editor", "admin@shop", "admin@*/billing")) {
            String name = "u" + grants.replaceAll("[^a-z]", "");
            Cookie[] who = in(name, grants);
            Document page = page(who, "/access");
            assertThat(page.select("#own-roles")).hasSize(1);
            assertThat(page.select("#users, #tokens, form.fields")).isEmpty();
            assertThat(console.answer(ConsolePages.get("/access/remove-user?user=ada")
                                    .cookie(who))
                            .getStatus())
                    .isEqualTo(403);
            send(who, 403, "give-role", "user", name, "role", "admin", "cluster", "*", "group", "");
            send(who, 403, "new-link", "user", "ada");
            send(who, 403, "make-token", "user", "t", "grants", "admin", "days", "");
        }
        assertThat(accounts.tokens()).isEmpty();
        assertThat(kept()).isEmpty();
    }

    @Test
    void aReadOnlyConsoleOffersAndDoesNothing() throws Exception {
        try (ConsolePages frozen = new ConsolePages(OPTIONS.readOnly(true), "admin", Samples.fullCluster())) {
            assertThat(frozen.page("/access").select("form.fields")).isEmpty();
            assertThat(frozen.answer(frozen.post("/access/make-token", "user", "t", "grants", "admin", "days", ""))
                            .getStatus())
                    .isEqualTo(403);
            assertThat(frozen.bean(Accounts.class).tokens()).isEmpty();
        }
    }

    private static String value(Document page, String threshold) {
        return page.select("#h-" + threshold).attr("value");
    }

    @Test
    void anAdministratorChangesThresholdsWhileEverythingRunsAndTakesThatBack() throws Exception {
        Cookie[] ada = in("ada", "admin");
        Thresholds thresholds = console.bean(Thresholds.class);
        Document before = page(ada, "/access");
        assertThat(value(before, "late-after")).isEqualTo("30s");
        assertThat(before.select("a[href$=reset-thresholds]")).isEmpty();

        Document refused = send(ada, 422, "set-thresholds", "version", "0", "late-after", "soon", "drift", "true");
        assertThat(refused.select("[role=alert]").text())
                .contains("carillon.health.late-after: soon (expected: a duration such as 30s");
        assertThat(value(refused, "late-after")).isEqualTo("soon");
        assertThat(send(ada, 422, "set-thresholds", "version", "0", "few-runs", "21")
                        .select("[role=alert]")
                        .text())
                .as("as the properties say")
                .contains("fewRuns: 21 (expected: 1..20)");
        assertThat(thresholds.get().lateAfter()).isEqualTo(Duration.ofSeconds(30));

        assertThat(send(
                                ada,
                                200,
                                "set-thresholds",
                                "version",
                                "0",
                                "late-after",
                                "1m30s",
                                "drift",
                                "false",
                                "reason",
                                "slow discs")
                        .text())
                .contains("are changed and hold from now on");
        assertThat(thresholds.get().lateAfter()).isEqualTo(Duration.ofSeconds(90));
        assertThat(thresholds.get().drift()).isFalse();
        assertThat(kept().get(0).what()).isEqualTo("set-thresholds");
        assertThat(kept().get(0).before()).contains("carillon.health.late-after=30s");
        assertThat(kept().get(0).after()).contains("carillon.health.late-after=1m30s", "drift=false");
        Document after = page(ada, "/access");
        assertThat(value(after, "late-after")).isEqualTo("1m30s");
        assertThat(after.select("section[aria-labelledby=thresholds] .badge")).hasSize(2);
        assertThat(after.text()).contains("carillon.health.late-after=30s");
        assertThat(send(ada, 409, "set-thresholds", "version", "0", "late-after", "2m")
                        .select("[role=alert]")
                        .text())
                .contains("Somebody else has changed the thresholds");

        send(ada, 200, "reset-thresholds", "reason", "new discs");
        assertThat(thresholds.get().lateAfter()).isEqualTo(Duration.ofSeconds(30));
        assertThat(kept().get(0).after()).contains("late-after=30s", "drift=true");
    }

    @Test
    void whoDoesNotAdministerSeesTheThresholdsAndChangesNone() throws Exception {
        Cookie[] ed = in("ed", "editor");
        Document page = page(ed, "/access");
        assertThat(page.select("section[aria-labelledby=thresholds]").text())
                .contains("A firing is late after 30s", "Administrators can change them");
        assertThat(page.select("section[aria-labelledby=thresholds] button")).isEmpty();
        send(ed, 403, "set-thresholds", "version", "0", "late-after", "1m");
        assertThat(console.bean(Thresholds.class).get().lateAfter()).isEqualTo(Duration.ofSeconds(30));
    }

    @Test
    void anotherProcessOnTheSameStoreLearnsOfItAndKeepsWhatItKnewWhileTheStoreIsDown() {
        FlakyStore store = new FlakyStore();
        InstantSource time = InstantSource.fixed(Samples.NOW);
        try (Thresholds one = new Thresholds(HealthThresholds.DEFAULTS, store, time);
                Thresholds other = new Thresholds(HealthThresholds.DEFAULTS, store, time)) {
            store.insert("settings", "health", "late-after=5m", null, Samples.NOW);
            assertThat(one.look().now().lateAfter()).isEqualTo(Duration.ofMinutes(5));
            while (!other.get().lateAfter().equals(Duration.ofMinutes(5))) {
                Thread.onSpinWait();
            }
            store.down = true;
            assertThat(other.get().lateAfter()).isEqualTo(Duration.ofMinutes(5));
            store.down = false;
            store.delete("settings", "health");
            store.insert("settings", "health", "few-runs=100", null, Samples.NOW);
            assertThat(one.look().now())
                    .as("what does not go together with the properties is left out")
                    .isEqualTo(HealthThresholds.DEFAULTS);
        }
    }

    @Test
    void settingsOfTheApplicationAreShownToEverybodyWhoIsIn() throws Exception {
        ShownSettings shown = new ShownSettings(
                ShownSettings.About.RETENTION,
                List.of(
                        ShownSettings.Setting.of("carillon.maintenance.retention", Duration.ofDays(7)),
                        ShownSettings.Setting.of("carillon.health.late-after", Duration.ofSeconds(90))));
        assertThat(shown.settings()).extracting(ShownSettings.Setting::value).containsExactly("7d", "1m30s");
        try (ConsolePages with = ConsolePages.with(shown, OPTIONS, "viewer@shop", Samples.fullCluster())) {
            assertThat(with.page("/access")
                            .select("#settings-RETENTION + p + table")
                            .text())
                    .contains("carillon.maintenance.retention 7d");
        }
    }

    @Test
    void whereTheApplicationKnowsThePeopleTheConsoleHasNoUsersButTokens() throws Exception {
        HostAccess host = request -> java.util.Optional.of(new HostAccess.Person("root", Grant.parse("admin")));
        try (ConsolePages embedded = ConsolePages.with(host, OPTIONS, "", Samples.fullCluster())) {
            Document page = embedded.page("/access");
            assertThat(page.text()).contains("says who is there");
            assertThat(page.select("form[action$=give-role]")).isEmpty();
            assertThat(embedded.answer(embedded.post(
                                    "/access/give-role", "user", "x", "role", "viewer", "cluster", "*", "group", ""))
                            .getStatus())
                    .isEqualTo(404);
        }
    }
}

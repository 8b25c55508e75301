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

import io.carillon.console.access.Accounts;
import io.carillon.console.access.Accounts.AccountException;
import io.carillon.console.access.FileStore;
import io.carillon.console.access.Grant;
import io.carillon.console.access.Role;
import io.carillon.console.command.Commands;
import jakarta.servlet.http.Cookie;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.mock.web.MockHttpServletResponse;
import org.springframework.test.web.servlet.request.MockMvcRequestBuilders;

/** Who comes in, from where, and what may be done then. */
class GateTest {
    private static final String PASSWORD = "a long way home";

    private static ConsoleOptions options() {
        return new ConsoleOptions(
                InstantSource.fixed(Samples.NOW),
                ZoneId.of("Europe/Berlin"),
                Duration.ofSeconds(2),
                Duration.ofSeconds(5));
    }

    private static ConsolePages closed() {
        return new ConsolePages(options(), "", Samples.fullCluster());
    }

    /** A user with roles, logged in by the pages. */
    private static Cookie[] user(ConsolePages console, String name, String grants) throws Exception {
        String link =
                console.bean(Accounts.class).grant(name, Grant.parse(grants)).orElseThrow();
        MockHttpServletResponse in =
                console.answer(console.post("/welcome", "link", link, "password", PASSWORD, "again", PASSWORD));
        assertThat(in.getStatus()).isEqualTo(302);
        return new Cookie[] {in.getCookie("carillon-session")};
    }

    @Test
    void withoutALoginPagesLeadToItAndTheApiSays401() throws Exception {
        try (ConsolePages console = closed()) {
            assertThat(console.answer(ConsolePages.get("/clusters/shop?q=a")).getRedirectedUrl())
                    .isEqualTo("/login?back=%2Fclusters%2Fshop%3Fq%3Da");
            MockHttpServletResponse api = console.answer(ConsolePages.get("/api/v1/clusters/shop/jobs"));
            assertThat(api.getStatus()).isEqualTo(401);
            assertThat(api.getContentType()).isEqualTo("application/problem+json");
            assertThat(api.getContentAsString()).contains("\"code\":\"noLogin\"");
            assertThat(console.answer(ConsolePages.get("/stream?topics=shop")).getStatus())
                    .isEqualTo(302);
            MockHttpServletResponse part =
                    console.answer(ConsolePages.get("/clusters/shop").header("HX-Request", "true"));
            assertThat(part.getStatus()).isEqualTo(401);
            assertThat(part.getHeader("HX-Redirect")).startsWith("/login");
        }
    }

    @Test
    void theFirstAdministratorComesByALinkThatWorksOnce() throws Exception {
        try (ConsolePages console = closed()) {
            Accounts accounts = console.bean(Accounts.class);
            String link = accounts.firstLink().orElseThrow();
            assertThat(console.page("/welcome?link=" + link).select("input[name=name]"))
                    .hasSize(1);
            MockHttpServletResponse weak = console.answer(
                    console.post("/welcome", "link", link, "name", "ada", "password", "ada", "again", "ada"));
            assertThat(weak.getStatus()).isEqualTo(422);
            MockHttpServletResponse in = console.answer(
                    console.post("/welcome", "link", link, "name", "ada", "password", PASSWORD, "again", PASSWORD));
            Cookie session = in.getCookie("carillon-session");
            assertThat(session.isHttpOnly()).isTrue();
            assertThat(session.getAttribute("SameSite")).isEqualTo("Lax");
            assertThat(console.answer(ConsolePages.get("/clusters/shop").cookie(session))
                            .getStatus())
                    .isEqualTo(200);
            assertThat(accounts.users())
                    .containsExactly(new Accounts.User("ada", List.of(Grant.everywhere(Role.ADMIN)), true));
            assertThat(accounts.firstLink()).isEmpty();
            assertThat(console.answer(console.post(
                                    "/welcome", "link", link, "name", "eve", "password", PASSWORD, "again", PASSWORD))
                            .getStatus())
                    .isEqualTo(404);
            assertThat(accounts.users()).hasSize(1);
        }
    }

    @Test
    void aSessionEndsWithTheLogoutAndIsSentOnlyOverHttpsWhereItCameSo() throws Exception {
        try (ConsolePages console = closed()) {
            Cookie[] ada = user(console, "ada", "viewer");
            assertThat(console.answer(ConsolePages.get("/clusters/shop").cookie(ada))
                            .getStatus())
                    .isEqualTo(200);
            console.answer(console.post(ada, "/logout"));
            assertThat(console.answer(ConsolePages.get("/clusters/shop").cookie(ada))
                            .getStatus())
                    .isEqualTo(302);
            MockHttpServletResponse secure = console.answer(
                    console.post("/login", "name", "ada", "password", PASSWORD).secure(true));
            assertThat(secure.getCookie("carillon-session").getSecure()).isTrue();
        }
    }

    @Test
    void guessingIsSlowedForANameAndForAnAddressAndAWrongNameLooksLikeAWrongPassword() throws Exception {
        Accounts accounts = new Accounts(FileStore.inMemory(), InstantSource.fixed(Samples.NOW));
        accounts.redeem(accounts.grant("ada", Grant.parse("viewer")).orElseThrow(), "", PASSWORD);
        for (int i = 0; i < 5; i++) {
            assertThatThrownBy(() -> accounts.logIn("ada", "wrong", "10.0.0.1")).hasMessage("account.wrong");
        }
        assertThatThrownBy(() -> accounts.logIn("ada", PASSWORD, "10.0.0.2"))
                .as("the name waits, whoever asks")
                .hasMessage("account.wait");
        assertThatThrownBy(() -> accounts.logIn("bob", PASSWORD, "10.0.0.1"))
                .as("the address waits, whatever name")
                .isInstanceOfSatisfying(AccountException.class, wait -> assertThat(wait.values())
                        .containsExactly(2L));
        assertThatThrownBy(() -> accounts.logIn("nobody", "x", "10.0.0.3")).hasMessage("account.wrong");
    }

    @Test
    void guessingIsSlowedOverAllConsolesOfADatabaseWithOneWriteForTheNameAndOneForTheAddress() {
        FlakyStore store = new FlakyStore();
        Accounts one = new Accounts(store, InstantSource.fixed(Samples.NOW));
        Accounts two = new Accounts(store, InstantSource.fixed(Samples.NOW));
        one.redeem(one.grant("ada", Grant.parse("viewer")).orElseThrow(), "", PASSWORD);
        for (int i = 0; i < 5; i++) {
            Accounts asked = i % 2 == 0 ? one : two;
            store.writes.set(0);
            assertThatThrownBy(() -> asked.logIn("ada", "wrong", "10.0.0.1")).hasMessage("account.wrong");
            assertThat(store.writes.get()).isEqualTo(2);
        }
        store.writes.set(0);
        for (Accounts asked : List.of(one, two, new Accounts(store, InstantSource.fixed(Samples.NOW)))) {
            assertThatThrownBy(() -> asked.logIn("ada", PASSWORD, "10.0.0.2"))
                    .as("the name waits, whichever console is asked")
                    .hasMessage("account.wait");
            assertThatThrownBy(() -> asked.logIn("bob", PASSWORD, "10.0.0.1")).hasMessage("account.wait");
        }
        assertThat(store.writes.get()).as("while somebody waits").isZero();
        Accounts later = new Accounts(store, InstantSource.fixed(Samples.NOW.plusSeconds(2)));
        assertThat(later.logIn("ada", PASSWORD, "10.0.0.2")).isNotEmpty();
        assertThat(new Accounts(store, InstantSource.fixed(Samples.NOW)).logIn("ada", PASSWORD, "10.0.0.3"))
                .as("who has logged in begins anew everywhere")
                .isNotEmpty();
        store.down = true;
        assertThatThrownBy(() -> one.logIn("eve", "wrong", "10.0.0.9")).hasMessage("down");
    }

    @Test
    void aPostFromElsewhereOrWithoutThePagesTokenChangesNothing() throws Exception {
        try (ConsolePages console = new ConsolePages(Samples.fullCluster())) {
            String address = "/clusters/shop/commands/enable";
            assertThat(console.answer(console.post(address, "job", "check-back"))
                            .getStatus())
                    .isEqualTo(200);
            assertThat(console.cluster.done).hasSize(1);
            for (String site : List.of("cross-site", "same-site", "none")) {
                assertThat(console.answer(console.post(address, "job", "check-back")
                                        .with(request -> {
                                            request.removeHeader("Sec-Fetch-Site");
                                            request.addHeader("Sec-Fetch-Site", site);
                                            return request;
                                        }))
                                .getStatus())
                        .as(site)
                        .isEqualTo(403);
            }
            assertThat(console.answer(console.post(address, "job", "check-back").with(request -> {
                                request.setParameter("_csrf", "0".repeat(32));
                                return request;
                            }))
                            .getStatus())
                    .isEqualTo(403);
            assertThat(console.answer(MockMvcRequestBuilders.post(URI.create(address))
                                    .param("job", "check-back"))
                            .getStatus())
                    .isEqualTo(403);
            assertThat(console.answer(console.post(address, "job", "check-back").with(request -> {
                                request.removeHeader("Sec-Fetch-Site");
                                request.addHeader("Host", "console.example:8848");
                                request.addHeader("Origin", "http://evil.example");
                                return request;
                            }))
                            .getStatus())
                    .as("browsers on plain http send no Sec-Fetch-Site, but an origin")
                    .isEqualTo(403);
            assertThat(console.cluster.done).hasSize(1);
        }
    }

    @Test
    void rolesHoldForTheirClusterAndGroupAndWhatIsNotSeenIsNotThere() throws Exception {
        FakeCluster cluster = Samples.fullCluster();
        cluster.jobs = List.of(Samples.inGroup("billing-run", "billing"), Samples.inGroup("stock-run", "stock"));
        try (ConsolePages console = new ConsolePages(options(), "", cluster)) {
            Cookie[] operator = user(console, "omar", "operator@shop/billing");
            Cookie[] viewer = user(console, "vera", "viewer@shop");
            Cookie[] elsewhere = user(console, "eli", "admin@other");
            String disable = "/clusters/shop/commands/disable";
            assertThat(console.answer(console.post(operator, disable, "job", "billing-run", "reason", "audit"))
                            .getStatus())
                    .isEqualTo(200);
            assertThat(console.answer(console.post(operator, disable, "job", "stock-run", "reason", "audit"))
                            .getStatus())
                    .isEqualTo(404);
            assertThat(console.answer(console.post(viewer, disable, "job", "billing-run", "reason", "audit"))
                            .getStatus())
                    .isEqualTo(403);
            assertThat(console.answer(console.post(elsewhere, disable, "job", "billing-run", "reason", "audit"))
                            .getStatus())
                    .isEqualTo(404);
            assertThat(console.answer(console.post(
                                    operator, "/clusters/shop/commands/drain", "instance", Samples.ONE, "reason", "x"))
                            .getStatus())
                    .as("an instance has jobs of all groups")
                    .isEqualTo(403);
            assertThat(cluster.done).containsExactly("disable job 'billing-run'");
            assertThat(ConsolePages.text(console.answer(
                            ConsolePages.get("/api/v1/clusters/shop/jobs").cookie(operator))))
                    .contains("billing-run")
                    .doesNotContain("stock-run");
            assertThat(console.answer(ConsolePages.get("/clusters/shop/jobs/stock-run")
                                    .cookie(operator))
                            .getStatus())
                    .isEqualTo(404);
            assertThat(console.answer(ConsolePages.get("/clusters/shop").cookie(elsewhere))
                            .getStatus())
                    .isEqualTo(404);
        }
    }

    @Test
    void aTokenOfTheApiActsAlone() throws Exception {
        try (ConsolePages console = closed()) {
            Accounts accounts = console.bean(Accounts.class);
            String token = accounts.makeToken("ci", Grant.parse("viewer@shop"), "ada", null);
            assertThat(console.answer(ConsolePages.get("/api/v1/clusters/shop/jobs")
                                    .header("Authorization", "Bearer " + token))
                            .getStatus())
                    .isEqualTo(200);
            assertThat(console.answer(ConsolePages.get("/api/v1/clusters/shop/jobs")
                                    .header("Authorization", "Bearer " + token + "x"))
                            .getStatus())
                    .isEqualTo(401);
            accounts.removeToken(accounts.tokens().get(0).id());
            assertThat(console.answer(ConsolePages.get("/api/v1/clusters/shop/jobs")
                                    .header("Authorization", "Bearer " + token))
                            .getStatus())
                    .isEqualTo(401);
        }
    }

    @Test
    void aReadOnlyConsoleChangesNothingWhoeverAsks() throws Exception {
        try (ConsolePages console = new ConsolePages(options().readOnly(true), "admin", Samples.fullCluster())) {
            assertThat(console.answer(console.post("/clusters/shop/commands/enable", "job", "check-back"))
                            .getStatus())
                    .isEqualTo(403);
            assertThat(console.cluster.done).isEmpty();
            assertThat(console.bean(Commands.class).isReadOnly()).isTrue();
            assertThat(console.page("/clusters/shop").select(".environment").text())
                    .contains("Read-only");
        }
    }

    @Test
    void usersOutliveTheProcessInAFileThatOnlyItsOwnerReads(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("data/users");
        Accounts first = new Accounts(FileStore.open(file), InstantSource.fixed(Samples.NOW));
        first.redeem(first.firstLink().orElseThrow(), "ada", PASSWORD);
        assertThat(Files.readString(file)).doesNotContain(PASSWORD).contains("argon2id");
        assertThat(Files.getPosixFilePermissions(file))
                .containsExactlyInAnyOrder(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);
        Accounts second = new Accounts(FileStore.open(file), InstantSource.fixed(Samples.NOW));
        assertThat(second.logIn("ada", PASSWORD, "10.0.0.1")).isNotBlank();
    }

    @Test
    void aDatabaseThatIsDownLetsThoseInWhoWereHereAndSaysSoToOthers() {
        FlakyStore store = new FlakyStore();
        java.util.concurrent.atomic.AtomicReference<java.time.Instant> now =
                new java.util.concurrent.atomic.AtomicReference<>(Samples.NOW);
        Accounts accounts = new Accounts(store, now::get);
        accounts.redeem(accounts.grant("ada", Grant.parse("viewer")).orElseThrow(), "", PASSWORD);
        String session = accounts.logIn("ada", PASSWORD, "10.0.0.1");
        assertThat(accounts.bySession(session)).isPresent();
        store.down = true;
        now.set(Samples.NOW.plusSeconds(600));
        assertThat(accounts.bySession(session)).isPresent();
        assertThatThrownBy(() -> accounts.bySession(session + "x")).hasMessage("down");
        now.set(Samples.NOW.plusSeconds(3_600));
        assertThatThrownBy(() -> accounts.bySession(session)).hasMessage("down");
    }
}

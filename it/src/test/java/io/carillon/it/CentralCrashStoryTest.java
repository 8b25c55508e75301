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
package io.carillon.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.it.KillHook.Step;
import io.carillon.launcher.ChildProcess;
import io.carillon.launcher.ShopCluster;
import io.carillon.launcher.ShopCluster.Service;
import io.carillon.launcher.ShopCluster.Settings;
import io.carillon.messages.model.MessageState;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * The rows of the crash matrix that are about the centre, docs/crash-matrix.md: the shop's accounts service, which has no outbox
 * of its own, and the centre, on MariaDB and RocketMQ, killed at the row's step. In each row an account has exactly one welcome
 * if it was committed, and none if it was not.
 */
@Tag("story")
@TestMethodOrder(MethodOrderer.MethodName.class)
class CentralCrashStoryTest {

    private static final Duration LIMIT = MessageStage.LIMIT;

    @TempDir
    private static Path folder;

    private static ShopCluster cluster;
    private static ChildProcess centre;

    private final List<ChildProcess> started = new ArrayList<>();

    @BeforeAll
    static void startServers() throws Exception {
        cluster = new ShopCluster(Stories.root(), folder.resolve("shop"), new Settings(true, true, true, List.of()));
        cluster.startServers(Stories.QUIET);
        // used by the last row only
        centre = cluster.startCenter(
                Stories.centreWithStories(),
                List.of(
                        "spring.main.sources=io.carillon.it.KillHookConfiguration",
                        "it.step=" + Step.BROKER_HAS_IT,
                        "it.once=" + armed()));
        Files.createFile(armed());
        ChildProcess points = cluster.startPoints("points-1");
        centre.awaitReady(LIMIT);
        points.awaitReady(LIMIT);
        MessageStage.await(
                "the centre knows its subscriber",
                () -> number(Service.CENTER, "SELECT COUNT(*) FROM CARILLON_SUBSCRIPTION") > 0);
    }

    /** The centre ends itself only while this file is not there. */
    private static Path armed() {
        return folder.resolve("centre-once");
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @AfterEach
    void endAccounts() throws InterruptedException {
        for (ChildProcess process : started) {
            process.kill();
        }
    }

    @Test
    void x1PreparedAndTheTransactionRolledBackByTheCrashIsCancelledByTheCheckBack() throws Exception {
        ChildProcess accounts = accounts("x1", "it.step=" + Step.AFTER_MARK, "it.once=" + folder.resolve("x1.once"));
        String name = registerAndDie("x1", accounts);
        assertThat(accountsOf(name)).as("rolled back with its process").isZero();
        assertThat(waiting()).isEqualTo(1);

        accounts.start().awaitReady(LIMIT);
        MessageStage.await("the check back has cancelled it", () -> waiting() == 0);
        assertThat(state("CANCELLED")).isEqualTo(1);
        registersAnother("x1");
        assertThat(welcomesOf(name)).isZero();
    }

    @Test
    void x2CommittedAndTheSubmitLostIsSentByTheCheckBack() throws Exception {
        ChildProcess accounts =
                accounts("x2", "it.step=" + Step.AFTER_MARKED_COMMIT, "it.once=" + folder.resolve("x2.once"));
        String name = registerAndDie("x2", accounts);
        assertThat(accountsOf(name)).as("committed").isEqualTo(1);
        assertThat(waiting()).isEqualTo(1);

        accounts.start().awaitReady(LIMIT);
        MessageStage.await("the welcome of the committed account", () -> welcomesOf(name) == 1);
        registersAnother("x2");
        assertThat(welcomesOf(name)).isEqualTo(1);
    }

    @Test
    void x3ATransactionThatIsOpenAtTheCheckBackAndHasLeftNoMarkCannotCommitAfterwards() throws Exception {
        Path goOn = folder.resolve("x3.go-on");
        accounts("x3", "it.step=" + Step.BEFORE_MARK, "it.hold=" + goOn);
        int cancelled = state("CANCELLED");
        CompletableFuture<Integer> call = CompletableFuture.supplyAsync(() -> register("x3", "x3"));
        MessageStage.await("the check back has won", () -> state("CANCELLED") == cancelled + 1);
        Files.createFile(goOn);
        assertThat(call.join()).as("a definite failure").isEqualTo(500);
        assertThat(accountsOf("x3")).isZero();
        registersAnother("x3");
        assertThat(welcomesOf("x3")).isZero();
    }

    @Test
    void x3ATransactionThatIsOpenAtTheCheckBackAndHasLeftItsMarkIsWaitedFor() throws Exception {
        Path goOn = folder.resolve("x3m.go-on");
        accounts("x3m", "it.step=" + Step.AFTER_MARK, "it.hold=" + goOn);
        int cancelled = state("CANCELLED");
        CompletableFuture<Integer> call = CompletableFuture.supplyAsync(() -> register("x3m", "x3m"));
        MessageStage.await(
                "the centre has claimed it, and asks",
                () -> number(
                                Service.CENTER,
                                "SELECT COUNT(*) FROM CARILLON_MESSAGE WHERE state = 10 AND (owner IS NOT NULL OR"
                                        + " last_error IS NOT NULL)")
                        == 1);
        assertThat(accountsOf("x3m")).isZero();
        Files.createFile(goOn);
        assertThat(call.join()).isEqualTo(201);
        MessageStage.await("its welcome", () -> welcomesOf("x3m") == 1);
        assertThat(state("CANCELLED")).isEqualTo(cancelled);
    }

    @Test
    void x4ACentreThatIsDownAtThePrepareFailsTheCallBeforeTheBusinessBegins() throws Exception {
        accounts("x4");
        centre.kill();
        assertThat(register("x4", "x4")).isEqualTo(503);
        assertThat(accountsOf("x4")).isZero();
        centre.start().awaitReady(LIMIT);
        registersAnother("x4");
        assertThat(welcomesOf("x4")).isZero();
    }

    @Test
    void x5ACentreThatDiesAfterTheBrokersAcknowledgementSendsAgainAndTheEffectIsOne() throws Exception {
        accounts("x5");
        Files.delete(armed());
        assertThat(register("x5", "x5")).isEqualTo(201);
        assertThat(centre.awaitExit(LIMIT)).isEqualTo(KillHook.EXIT_CODE);
        assertThat(state("SENDING")).isEqualTo(1);
        centre.start().awaitReady(LIMIT);
        registersAnother("x5");
        assertThat(welcomesOf("x5")).isEqualTo(1);
    }

    // ------------------------------------------------------------------ the shop

    private ChildProcess accounts(String name, String... settings) throws InterruptedException {
        List<String> all = new ArrayList<>(List.of(settings));
        all.add("spring.main.sources=io.carillon.it.KillHookConfiguration");
        ChildProcess accounts = cluster.startService(
                name, Stories.shopWithStories("accounts.AccountsApplication"), Service.ACCOUNTS, all);
        started.add(accounts);
        accounts.awaitReady(LIMIT);
        return accounts;
    }

    /** The name of the account that was being registered when the process ended itself. */
    private static String registerAndDie(String service, ChildProcess accounts) throws InterruptedException {
        assertThat(register(service, service)).as("no answer").isZero();
        assertThat(accounts.awaitExit(LIMIT)).isEqualTo(KillHook.EXIT_CODE);
        return service;
    }

    /** Another account gets its welcome, and nothing is open at the centre. */
    private static void registersAnother(String service) throws Exception {
        String name = service + " behind it";
        assertThat(register(service, name)).isEqualTo(201);
        MessageStage.await("the welcome of " + name, () -> welcomesOf(name) == 1);
        MessageStage.await(
                "nothing is open at the centre",
                () -> number(Service.CENTER, "SELECT COUNT(*) FROM CARILLON_MESSAGE WHERE state IN (10, 20, 25)") == 0);
        System.out.println("FIGURES " + service + " accounts "
                + number(Service.ACCOUNTS, "SELECT COUNT(*) FROM account") + ", welcomes "
                + number(Service.POINTS, "SELECT COUNT(*) FROM point_entry") + ", doubled "
                + number(Service.POINTS, "SELECT COUNT(*) - COUNT(DISTINCT order_id) FROM point_entry") + ", cancelled "
                + state("CANCELLED") + ", finished " + state("FINISHED") + ", dead " + state("DEAD"));
        assertThat(number(Service.POINTS, "SELECT COUNT(*) FROM point_entry"))
                .isEqualTo(number(Service.ACCOUNTS, "SELECT COUNT(*) FROM account"));
        assertThat(number(Service.POINTS, "SELECT COUNT(*) - COUNT(DISTINCT order_id) FROM point_entry"))
                .isZero();
    }

    /** The status of the answer; 0 for none. */
    private static int register(String service, String name) {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + cluster.httpPort(service) + "/accounts"))
                .header("Content-Type", "application/json")
                .timeout(LIMIT)
                .POST(HttpRequest.BodyPublishers.ofString("{\"name\":\"" + name + "\"}"))
                .build();
        try {
            return HttpClient.newHttpClient()
                    .send(request, HttpResponse.BodyHandlers.discarding())
                    .statusCode();
        } catch (IOException e) {
            return 0;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static int accountsOf(String name) throws SQLException {
        return number(Service.ACCOUNTS, "SELECT COUNT(*) FROM account WHERE name = '" + name + "'");
    }

    private static int welcomesOf(String name) throws SQLException {
        return number(Service.POINTS, "SELECT COUNT(*) FROM point_entry WHERE customer = '" + name + "'");
    }

    private static int waiting() throws SQLException {
        return state("WAITING_CONFIRM");
    }

    private static int state(String name) throws SQLException {
        return number(
                Service.CENTER,
                "SELECT COUNT(*) FROM CARILLON_MESSAGE WHERE state = "
                        + MessageState.valueOf(name).code());
    }

    private static int number(Service service, String sql) throws SQLException {
        try (Connection connection = cluster.connect(service);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getInt(1);
        }
    }
}

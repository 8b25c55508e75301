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
import io.carillon.it.MessageStage.Case;
import io.carillon.it.MessageStage.Database;
import io.carillon.it.MessageStage.Figures;
import io.carillon.it.MessageStage.Side;
import io.carillon.launcher.ChildProcess;
import io.carillon.launcher.SystemTime;
import io.carillon.messages.model.MessageState;
import io.carillon.messages.operations.DeadLetters;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceAccessMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.ResourceLockTarget;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The crash matrix, docs/crash-matrix.md: each test is a row and begins with its number. A process ends itself at the row's
 * step, on real servers; another one that was not there goes on with what is in the database. In each row nothing is lost,
 * nothing has two effects, and a message that is placed behind the crash arrives.
 */
@Tag("story")
@ResourceLock(
        value = CrashMatrixStoryTest.SERVERS,
        mode = ResourceAccessMode.READ,
        target = ResourceLockTarget.CHILDREN)
class CrashMatrixStoryTest {

    /**
     * Rows run side by side, for they mostly wait, but beside no other story: so it is said of each row, and not of the class. A
     * row that kills a server runs alone.
     */
    static final String SERVERS = "the servers of the crash matrix";

    private static final List<Side> ORDERS = List.of(Side.ORDERS);
    private static final List<Side> BOTH = List.of(Side.ORDERS, Side.POINTS);

    @TempDir
    private static Path folder;

    private static MessageStage stage;

    private Case row;

    @BeforeAll
    static void startServers() throws Exception {
        List<String> topics = new ArrayList<>();
        for (String name :
                List.of("P0", "P1", "P2", "P3", "P4", "P5", "P6", "P7", "P8", "C2", "C3", "C5", "R1", "M2")) {
            topics.add(name + "_MARIADB");
            topics.add(name + "_POSTGRESQL");
        }
        topics.addAll(List.of("P9", "P10_MARIADB", "C1_MARIADB", "C4_MARIADB", "M1_MARIADB"));
        stage = MessageStage.start(folder, topics);
    }

    @AfterAll
    static void stopServers() throws Exception {
        stage.close();
    }

    @AfterEach
    void endProcesses() throws InterruptedException {
        if (row != null) {
            row.end();
        }
    }

    private void open(String name, Database database) throws Exception {
        row = stage.open(name + "_" + database, database);
    }

    private static Instant longAgo() {
        return SystemTime.now().minus(Duration.ofDays(30));
    }

    private int attempts(int ofAtLeast) throws Exception {
        return row.number(Side.ORDERS, "SELECT COUNT(*) FROM CARILLON_MESSAGE WHERE attempt >= " + ofAtLeast);
    }

    // ------------------------------------------------------------------ the producer

    @ParameterizedTest
    @Execution(ExecutionMode.CONCURRENT)
    @EnumSource
    void p0DeadBeforeTheInsertLeavesNothing(Database database) throws Exception {
        open("P0", database);
        row.halted(Step.BEFORE_INSERT, ORDERS, "send=1");
        assertThat(row.placed()).isEmpty();
        row.survivor();
        assertThat(row.settled().placed()).isEqualTo(1);
    }

    @ParameterizedTest
    @Execution(ExecutionMode.CONCURRENT)
    @EnumSource
    void p1DeadBetweenTheInsertAndTheCommitLeavesNothing(Database database) throws Exception {
        open("P1", database);
        row.halted(Step.AFTER_INSERT, ORDERS, "send=1");
        assertThat(row.placed()).isEmpty();
        assertThat(row.messageStore().countByState()).isEmpty();
        row.survivor();
        assertThat(row.settled().placed()).isEqualTo(1);
    }

    @ParameterizedTest
    @Execution(ExecutionMode.CONCURRENT)
    @EnumSource
    void p2CommittedAndNotHandedOverIsSentByAnotherNode(Database database) throws Exception {
        open("P2", database);
        row.halted(Step.AFTER_COMMIT, ORDERS, "send=1");
        isSentByAnotherNodeOnce();
    }

    @ParameterizedTest
    @Execution(ExecutionMode.CONCURRENT)
    @EnumSource
    void p3QueuedAndNotSentIsSentByAnotherNode(Database database) throws Exception {
        open("P3", database);
        row.halted(Step.BEFORE_SEND, ORDERS, "send=1");
        isSentByAnotherNodeOnce();
    }

    private void isSentByAnotherNodeOnce() throws Exception {
        assertThat(row.placed()).containsExactly(1);
        assertThat(row.messageStore().countByState()).containsOnlyKeys(MessageState.SENDING);
        row.survivor();
        assertThat(row.settled().placed()).isEqualTo(2);
        assertThat(row.deliveries()).as("each came once").isEqualTo(2);
        assertThat(attempts(2)).as("the dead node's message was claimed").isEqualTo(1);
    }

    @ParameterizedTest
    @Execution(ExecutionMode.CONCURRENT)
    @EnumSource
    void p4StoredByTheBrokerAndNotAcknowledgedIsSentAgainAndAppliedOnce(Database database) throws Exception {
        open("P4", database);
        row.halted(Step.BROKER_HAS_IT, ORDERS, "send=1");
        assertThat(row.messageStore().countByState()).containsOnlyKeys(MessageState.SENDING);
        row.survivor();
        assertThat(row.settled().effects()).isEqualTo(2);
        MessageStage.await("the broker has delivered it twice", () -> row.deliveries() == 3);
        assertThat(row.settled().effects()).isEqualTo(2);
    }

    @ParameterizedTest
    @Execution(ExecutionMode.CONCURRENT)
    @EnumSource
    void p5AcknowledgedAndTheCompletionBufferedIsSentAgainAtMostABufferOfThem(Database database) throws Exception {
        open("P5", database);
        int buffer = 40;
        // completions are gathered for so long that the buffer is full when it is written for the first time
        row.halted(Step.BEFORE_COMPLETION, ORDERS, "send=" + buffer, "batch=" + buffer, "gather=60000", "grace=20");
        assertThat(row.placed()).hasSize(buffer);
        assertThat(row.messageStore().countByState()).containsOnlyKeys(MessageState.SENDING);
        row.survivor();
        Figures figures = row.settled();
        MessageStage.await("the broker has delivered all it was given", () -> row.deliveries() == 2 * buffer + 1);
        assertThat(figures.effects()).isEqualTo(buffer + 1);
        assertThat(row.settled().effects()).isEqualTo(buffer + 1);
    }

    @ParameterizedTest
    @Execution(ExecutionMode.CONCURRENT)
    @EnumSource
    void p6CompletedIsNotSentAgain(Database database) throws Exception {
        open("P6", database);
        row.halted(Step.AFTER_COMPLETION, ORDERS, "send=1");
        assertThat(row.messageStore().countByState()).containsOnlyKeys(MessageState.SENT);
        row.survivor();
        assertThat(row.settled().placed()).isEqualTo(2);
        assertThat(row.deliveries()).isEqualTo(2);
        assertThat(attempts(2)).isZero();
    }

    @ParameterizedTest
    @Execution(ExecutionMode.CONCURRENT)
    @EnumSource
    void p7ClaimedByAPollerAndNotSentIsClaimedAgain(Database database) throws Exception {
        open("P7", database);
        row.halted(Step.AFTER_CLAIM, ORDERS, "send=1", "delay=300");
        assertThat(row.messageStore().countByState()).containsOnlyKeys(MessageState.SENDING);
        isSentByAnotherNodeOnce();
    }

    @ParameterizedTest
    @Execution(ExecutionMode.CONCURRENT)
    @EnumSource
    void p8DeadIsSeenByWhoeverAsksTheTable(Database database) throws Exception {
        open("P8", database);
        // more than the broker takes, and less than the service believes that it takes
        row.halted(Step.AFTER_DEAD, ORDERS, "send=1", "payload=6000000", "payloadLimit=8000000");
        assertThat(row.store(Side.ORDERS).queries("orders").countByState().get(MessageState.DEAD))
                .isEqualTo(1);
        DeadLetters dead = DeadLetters.of(row.store(Side.ORDERS).messageSearch(), 100);
        assertThat(dead.groups()).hasSize(1);
        assertThat(dead.groups().get(0).cause()).startsWith("refused by the broker: ");
        row.survivor();
        assertThat(row.settled().dead()).isEqualTo(1);
        assertThat(row.effects()).containsExactly(1001);
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    @ResourceLock(SERVERS)
    void p9TheDatabaseGoneAfterTheCommitDelaysTheCompletionAndLosesNothing() throws Exception {
        row = stage.open("P9", Database.MARIADB, Database.POSTGRESQL);
        Path goOn = row.file("go-on");
        row.worker("points", List.of(Side.POINTS)).awaitReady(MessageStage.LIMIT);
        ChildProcess orders =
                row.worker("orders", ORDERS, "send=1", "step=" + Step.BEFORE_SEND, "hold=" + goOn, "grace=120");
        MessageStage.await("it is about to be sent", () -> !row.lines("AT ").isEmpty());
        assertThat(row.placed()).containsExactly(1);
        stage.killMariaDb();
        Files.createFile(goOn);
        MessageStage.await("it was sent from memory", () -> row.effects().equals(List.of(1)));
        assertThat(orders.isAlive()).isTrue();
        stage.startMariaDb();
        assertThat(row.settled().effects()).isEqualTo(1);
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    @ResourceLock(SERVERS)
    void p10TheBrokerGoneOpensTheCircuitAndBurnsNoAttempt() throws Exception {
        open("P10", Database.MARIADB);
        // two attempts in all: one that is burned by the outage would show as a dead message
        Path stop = row.file("stop");
        row.both("living", "rate=50", "stop=" + stop, "attempts=2", "grace=60", "lease=60")
                .awaitReady(MessageStage.LIMIT);
        MessageStage.await("traffic", () -> row.placed().size() > 50);
        stage.rocketMq().kill();
        int before = row.placed().size();
        MessageStage.await(
                "the business goes on while the broker is gone",
                () -> row.placed().size() > before + 300);
        Files.createFile(stop);
        MessageStage.await("the callers have ended", () -> !row.lines("STOPPED").isEmpty());
        assertThat(row.lines("CALL ")).noneMatch(call -> call.endsWith("failed"));
        stage.rocketMq().start().awaitReady(MessageStage.LIMIT);
        assertThat(row.settled().dead()).isZero();
        assertThat(attempts(3)).isZero();
    }

    // ------------------------------------------------------------------ the consumer

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void c1ReceivedBeforeTheTransactionComesAgain() throws Exception {
        open("C1", Database.MARIADB);
        row.halted(Step.BEFORE_CONSUMER_TRANSACTION, BOTH, "send=1");
        comesAgainAndIsAppliedOnce(0);
    }

    @ParameterizedTest
    @Execution(ExecutionMode.CONCURRENT)
    @EnumSource
    void c2AppliedBeforeTheCommitIsRolledBackAndComesAgain(Database database) throws Exception {
        open("C2", database);
        row.halted(Step.BEFORE_CONSUMER_COMMIT, BOTH, "send=1");
        comesAgainAndIsAppliedOnce(0);
    }

    @ParameterizedTest
    @Execution(ExecutionMode.CONCURRENT)
    @EnumSource
    void c3CommittedBeforeTheBrokersAcknowledgementIsNotAppliedAgain(Database database) throws Exception {
        open("C3", database);
        row.halted(Step.AFTER_CONSUMER_COMMIT, BOTH, "send=1");
        comesAgainAndIsAppliedOnce(1);
    }

    private void comesAgainAndIsAppliedOnce(int effectsOfTheDead) throws Exception {
        assertThat(row.placed()).containsExactly(1);
        assertThat(row.effects()).hasSize(effectsOfTheDead);
        row.survivor();
        MessageStage.await("the broker has brought it again", () -> row.deliveries() >= 3);
        assertThat(row.settled().effects()).isEqualTo(2);
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void c4AcknowledgedBeforeItsConfirmationIsConfirmedFromTheInbox() throws Exception {
        open("C4", Database.MARIADB);
        row.halted(Step.BEFORE_CONFIRMATION, BOTH, "send=1");
        assertThat(row.effects()).containsExactly(1);
        String unconfirmed = "SELECT COUNT(*) FROM CARILLON_INBOX WHERE unconfirmed_since IS NOT NULL";
        assertThat(row.number(Side.POINTS, unconfirmed)).isEqualTo(1);
        row.survivor();
        assertThat(row.settled().effects()).isEqualTo(2);
        MessageStage.await("no confirmation is outstanding", () -> row.number(Side.POINTS, unconfirmed) == 0);
        assertThat(row.messageStore().countByState()).containsOnlyKeys(MessageState.FINISHED);
    }

    @ParameterizedTest
    @Execution(ExecutionMode.CONCURRENT)
    @EnumSource
    void c5AHandlerThatAlwaysThrowsHasItsMessageParkedWithTheReason(Database database) throws Exception {
        open("C5", database);
        row.both("living", "send=3", "poison=2", "deliveries=2").awaitReady(MessageStage.LIMIT);
        String parked = "SELECT deliveries, reason FROM CARILLON_PARKED";
        MessageStage.await("it is parked", () -> !row.rows(Side.POINTS, parked).isEmpty());
        MessageStage.await("the others have arrived", () -> row.effects().equals(List.of(1, 3)));
        assertThat(row.rows(Side.POINTS, parked))
                .containsExactly("2 | java.lang.IllegalStateException: the handler cannot do number 2\ufffd");
        MessageStage.await(
                "the others are confirmed",
                () -> row.number(Side.ORDERS, "SELECT COUNT(*) FROM CARILLON_MESSAGE WHERE state = 30") == 2);
        Figures figures = row.figures();
        System.out.println("FIGURES " + row.name() + " " + figures + " parked=1");
        assertThat(figures.dead()).isZero();
        assertThat(figures.open()).as("not confirmed while it is parked").isEqualTo(1);
    }

    // ------------------------------------------------------------------ retention, and nodes beside each other

    @ParameterizedTest
    @Execution(ExecutionMode.CONCURRENT)
    @EnumSource
    void r1CleaningThatDiesBetweenItsBatchesIsGoneOnWith(Database database) throws Exception {
        open("R1", database);
        row.insertMessages(12_000, MessageState.FINISHED.code(), longAgo());
        row.insertMessages(50, MessageState.DEAD.code(), longAgo());
        row.halted(Step.AFTER_CLEANING, BOTH, "clean=true");
        String finished = "SELECT COUNT(*) FROM CARILLON_MESSAGE WHERE state = 30";
        assertThat(row.number(Side.ORDERS, finished)).isEqualTo(11_000);
        assertThat(row.worker("cleaner", BOTH, "clean=true").awaitExit(MessageStage.LIMIT))
                .isZero();
        assertThat(row.number(Side.ORDERS, finished)).isZero();
        assertThat(row.lines("CLEANED ")).containsExactly("11000");
        assertThat(row.number(Side.ORDERS, "SELECT COUNT(*) FROM CARILLON_MESSAGE"))
                .isEqualTo(50);
        assertThat(row.number(Side.ORDERS, "SELECT COUNT(*) FROM CARILLON_CONFIRMATION"))
                .isEqualTo(50);
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void m1TheCompletionOfANodeThatWasStoppedLongerThanItsLeaseIsRefused() throws Exception {
        open("M1", Database.MARIADB);
        Path goOn = row.file("go-on");
        ChildProcess stopped =
                row.worker("stopped", ORDERS, "send=5", "key=A", "step=" + Step.BEFORE_SEND, "hold=" + goOn);
        MessageStage.await(
                "the first is about to be sent", () -> !row.lines("AT ").isEmpty());
        MessageStage.await("all are committed", () -> row.placed().size() == 5);
        stopped.signal("STOP");
        row.survivor("key=A");
        // not its confirmation: RocketMQ gives the queue of a node that stands still to nobody else for two minutes
        MessageStage.await(
                "the survivor has sent all of them", () -> row.effects().size() == 6 && sending() == 0);
        String completions = "SELECT id, attempt, sent_at FROM CARILLON_MESSAGE ORDER BY id";
        List<String> before = row.rows(Side.ORDERS, completions);
        int deliveries = row.deliveries();

        stopped.signal("CONT");
        Files.createFile(goOn);
        MessageStage.await("what it had in hand has come once more", () -> row.deliveries() > deliveries);
        assertThat(stopped.stop(MessageStage.LIMIT)).isEqualTo(143); // in order: its outcomes are written, or refused
        assertThat(row.settled().effects()).isEqualTo(6);
        assertThat(row.rows(Side.ORDERS, completions)).isEqualTo(before);
    }

    private int sending() throws Exception {
        return row.number(Side.ORDERS, "SELECT COUNT(*) FROM CARILLON_MESSAGE WHERE state = 20");
    }

    @ParameterizedTest
    @Execution(ExecutionMode.CONCURRENT)
    @EnumSource
    void m2BesideANewerVersionItsRowsAreLeftAloneAndItsColumnsDoNotMatter(Database database) throws Exception {
        open("M2", database);
        row.survivor();
        // what a newer release does while this one runs: a column more in each table, and a state that is not known
        // here
        for (String table : List.of("MESSAGE", "CONFIRMATION", "SUBSCRIPTION", "INBOX")) {
            for (Side side : Side.values()) {
                MessageStage.execute(
                        row.dataSource(side), "ALTER TABLE CARILLON_" + table + " ADD COLUMN newer INTEGER");
            }
        }
        row.insertMessages(1, 77, longAgo());
        MessageStage.execute(
                row.dataSource(Side.ORDERS), "UPDATE CARILLON_MESSAGE SET due_at = 0, newer = 1 WHERE state = 77");
        String newer = "SELECT * FROM CARILLON_MESSAGE WHERE state = 77";
        List<String> before = row.rows(Side.ORDERS, newer);

        row.both("started-again", "send=20", "from=2001").awaitReady(MessageStage.LIMIT);
        MessageStage.await(
                "what this release sends arrives", () -> row.effects().size() == 21);
        MessageStage.await(
                "it is confirmed",
                () -> row.number(Side.ORDERS, "SELECT COUNT(*) FROM CARILLON_MESSAGE WHERE state = 30") == 21);
        assertThat(row.worker("cleaner", BOTH, "clean=true").awaitExit(MessageStage.LIMIT))
                .isZero();
        System.out.println("FIGURES " + row.name() + " " + row.figures() + " of which a newer version's 1");
        assertThat(row.rows(Side.ORDERS, newer)).isEqualTo(before);
        assertThat(row.effects()).containsExactlyElementsOf(row.placed());
    }
}

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

import io.carillon.it.MessageStage.Case;
import io.carillon.it.MessageStage.Database;
import io.carillon.it.MessageStage.Figures;
import io.carillon.it.MessageStage.Side;
import io.carillon.launcher.ChildProcess;
import io.carillon.launcher.SystemTime;
import io.carillon.messages.model.MessageState;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Expired rows are cleaned among live traffic, by a process that is killed in the middle. */
@Tag("story")
class CleaningStoryTest {

    private static final int EXPIRED = 200_000;
    private static final int OTHERS = 500;
    private static final int BATCH = 1_000;

    @TempDir
    private Path folder;

    private MessageStage stage;

    @BeforeEach
    void startServers() throws Exception {
        stage = MessageStage.start(folder, List.of("Cleaned"));
    }

    @AfterEach
    void stopServers() throws Exception {
        stage.close();
    }

    @Test
    void expiredRowsAreGoneNothingElseIsTouchedAndAKilledCleanerIsGoneOnWith() throws Exception {
        Case cleaned = stage.open("Cleaned", Database.MARIADB);
        Instant longAgo = SystemTime.now().minus(Duration.ofDays(30));
        cleaned.insertMessages(EXPIRED - EXPIRED / 10, MessageState.FINISHED.code(), longAgo);
        cleaned.insertMessages(EXPIRED / 10, MessageState.CANCELLED.code(), longAgo);
        // not to be touched: whatever is not closed, however old; what a newer version wrote; what is not old enough
        for (int state : List.of(10, 20, 25, 40, 77)) {
            cleaned.insertMessages(OTHERS, state, longAgo);
        }
        cleaned.insertMessages(OTHERS, 30, SystemTime.now().minus(Duration.ofDays(6)));
        Instant bound = SystemTime.now();
        Map<String, List<String>> before = others(cleaned, bound);
        assertThat(before.get("CARILLON_MESSAGE")).hasSize(6 * OTHERS);

        Path stop = cleaned.file("stop");
        cleaned.both("living", "rate=50", "stop=" + stop).awaitReady(MessageStage.LIMIT);
        ChildProcess killed = cleaned.worker("killed", List.of(Side.ORDERS, Side.POINTS), "clean=true");
        MessageStage.await("the cleaner is in the middle", () -> expired(cleaned) < EXPIRED - EXPIRED / 4);
        killed.kill();
        int left = expired(cleaned);
        assertThat(left).as("left by the killed cleaner").isPositive();

        ChildProcess second = cleaned.worker("second", List.of(Side.ORDERS, Side.POINTS), "clean=true");
        assertThat(second.awaitExit(Duration.ofMinutes(5)))
                .as(second::lastLines)
                .isZero();
        Files.createFile(stop);
        MessageStage.await(
                "the callers have ended", () -> !cleaned.lines("STOPPED").isEmpty());
        MessageStage.await(
                "the live traffic has arrived",
                () -> cleaned.effects().size() >= cleaned.placed().size() && openOfTraffic(cleaned, bound) == 0);

        Figures live = cleaned.figures();
        List<Integer> transactions =
                cleaned.lines("TRANSACTION ").stream().map(Integer::valueOf).toList();
        int largest = transactions.stream().mapToInt(Integer::intValue).max().orElse(0);
        System.out.println("CLEANING expired " + EXPIRED + ", left by the killed cleaner " + left + ", left at the end "
                + expired(cleaned) + ", the second deleted " + cleaned.lines("CLEANED ") + "; " + transactions.size()
                + " transactions, the largest deleted " + largest + " rows (messages and confirmations); live "
                + live);
        assertThat(expired(cleaned)).isZero();
        assertThat(cleaned.lines("CLEANED ")).containsExactly("" + left);
        // each message has one confirmation
        assertThat(largest).isLessThanOrEqualTo(2 * BATCH);
        assertThat(others(cleaned, bound)).isEqualTo(before);
        assertThat(cleaned.number(
                        Side.ORDERS,
                        "SELECT COUNT(*) FROM CARILLON_CONFIRMATION WHERE message_id NOT IN"
                                + " (SELECT id FROM CARILLON_MESSAGE)"))
                .isZero();
        assertThat(cleaned.effects()).doesNotHaveDuplicates();
        assertThat(cleaned.effects()).containsExactlyElementsOf(cleaned.placed());
        assertThat(cleaned.placed().size()).isPositive();
    }

    private static int expired(Case cleaned) throws Exception {
        return cleaned.number(
                Side.ORDERS,
                "SELECT COUNT(*) FROM CARILLON_MESSAGE WHERE state IN (30, 50) AND payload LIKE 'old %' AND "
                        + olderThan(SystemTime.now().minus(Duration.ofDays(7))));
    }

    private static int openOfTraffic(Case cleaned, Instant from) throws Exception {
        return cleaned.number(
                Side.ORDERS,
                "SELECT COUNT(*) FROM CARILLON_MESSAGE WHERE state NOT IN (30, 50) AND NOT " + olderThan(from));
    }

    /** All columns of all rows that cleaning has to leave as they are. */
    private static Map<String, List<String>> others(Case cleaned, Instant bound) throws Exception {
        String kept = olderThan(bound) + " AND (state NOT IN (30, 50) OR NOT "
                + olderThan(bound.minus(Duration.ofDays(7))) + ")";
        return Map.of(
                "CARILLON_MESSAGE",
                cleaned.rows(Side.ORDERS, "SELECT * FROM CARILLON_MESSAGE WHERE " + kept + " ORDER BY id"),
                "CARILLON_CONFIRMATION",
                cleaned.rows(
                        Side.ORDERS,
                        "SELECT c.* FROM CARILLON_CONFIRMATION c JOIN CARILLON_MESSAGE ON message_id = id WHERE " + kept
                                + " ORDER BY message_id, group_id"),
                "CARILLON_INBOX of the past",
                cleaned.rows(
                        Side.POINTS,
                        "SELECT * FROM CARILLON_INBOX WHERE received_at < " + bound.toEpochMilli()
                                + " ORDER BY message_id"));
    }

    /** A condition on the time in the ids. */
    private static String olderThan(Instant time) {
        return String.format("id < UNHEX('%012x00000000000000000000')", time.toEpochMilli());
    }
}

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
import io.carillon.launcher.SystemTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * 200 business calls a second, each with a message, while the broker or the database is killed and comes back.
 *
 * <p>The broker is down for {@code -Dcarillon.outage=SECONDS}, 60 unless told; the full bar is 300.
 */
@Tag("story")
@Timeout(value = 20, unit = TimeUnit.MINUTES)
class OutageStoryTest {

    private static final int RATE = 200;

    @TempDir
    private static Path folder;

    private static MessageStage stage;

    private Case outage;

    @BeforeAll
    static void startServers() throws Exception {
        stage = MessageStage.start(folder, List.of("BrokerDown", "DatabaseDown"));
    }

    @AfterAll
    static void stopServers() throws Exception {
        stage.close();
    }

    @AfterEach
    void endProcesses() throws InterruptedException {
        if (outage != null) {
            outage.end();
        }
    }

    @Test
    void businessCallsDoNotNoticeThatTheBrokerIsDownAndEveryMessageArrivesAfterwards() throws Exception {
        Duration down = Duration.ofSeconds(Long.getLong("carillon.outage", 60));
        traffic("BrokerDown");
        Instant steady = SystemTime.now();
        SystemTime.pause(Duration.ofSeconds(15));

        Instant gone = SystemTime.now();
        stage.rocketMq().kill();
        SystemTime.pause(down);
        Instant back = SystemTime.now();
        Figures atTheEnd = outage.figures();
        stage.rocketMq().start().awaitReady(MessageStage.LIMIT);
        SystemTime.pause(Duration.ofSeconds(5));
        stopTraffic();

        Latencies before = latencies(steady, gone);
        Latencies during = latencies(gone, back);
        System.out.println("OUTAGE broker down " + down.toSeconds() + " s at " + RATE + "/s");
        System.out.println("OUTAGE calls before: " + before);
        System.out.println("OUTAGE calls during: " + during);
        System.out.println("OUTAGE at its end:   " + atTheEnd);
        Figures figures = outage.settled();
        System.out.println("OUTAGE after:        " + figures + ", drained within "
                + Duration.between(back, SystemTime.now()).toSeconds() + " s of the broker's start");
        assertThat(during.failed()).as("calls that failed").isZero();
        assertThat(during.blocked())
                .as("calls that took longer than the database's time-outs")
                .isZero();
        // callers at their times: as many as asked for, but for what a busy machine leaves out
        assertThat(during.calls()).isGreaterThan((int) (down.toSeconds() * RATE / 2));
        assertThat(atTheEnd.open()).as("kept in the outbox").isGreaterThan((int) (down.toSeconds() * RATE / 2));
        assertThat(figures.dead()).isZero();
        assertThat(figures.effects()).isEqualTo(figures.placed());
    }

    @Test
    void aDatabaseThatIsKilledInTheMiddleOfTheTrafficLosesAndDoublesNothing() throws Exception {
        traffic("DatabaseDown");
        int before = outage.placed().size();
        Instant gone = SystemTime.now();
        stage.killMariaDb();
        SystemTime.pause(Duration.ofSeconds(3));
        stage.startMariaDb();
        MessageStage.await("traffic again", () -> outage.placed().size() > before + 5 * RATE);
        stopTraffic();
        Figures figures = outage.settled();
        System.out.println("OUTAGE calls around the database's restart: " + latencies(gone, SystemTime.now()));
        System.out.println("OUTAGE after the database's restart: " + figures + ", deliveries " + outage.deliveries());
        assertThat(figures.dead()).isZero();
        assertThat(figures.effects()).isEqualTo(figures.placed());
    }

    private void traffic(String name) throws Exception {
        outage = stage.open(name, Database.MARIADB);
        outage.worker("points", List.of(Side.POINTS)).awaitReady(MessageStage.LIMIT);
        outage.worker("orders", List.of(Side.ORDERS), "rate=" + RATE, "stop=" + outage.file("stop"))
                .awaitReady(MessageStage.LIMIT);
        MessageStage.await("traffic", () -> outage.placed().size() > 5 * RATE);
    }

    private void stopTraffic() throws Exception {
        Files.createFile(outage.file("stop"));
        MessageStage.await(
                "the callers have ended", () -> !outage.lines("STOPPED").isEmpty());
    }

    // ------------------------------------------------------------------ the business calls

    /** How long the calls took, in microseconds. */
    private record Latencies(int calls, int failed, int blocked, long median, long p99, long longest) {

        /** Longer than any time-out that a call could run into. */
        private static final long BLOCKED_MICROS = 30_000_000;

        static Latencies of(List<String[]> calls) {
            long[] micros = calls.stream()
                    .mapToLong(call -> Long.parseLong(call[1]))
                    .sorted()
                    .toArray();
            int count = micros.length;
            return new Latencies(
                    count,
                    (int) calls.stream().filter(call -> !call[2].equals("ok")).count(),
                    (int) calls.stream()
                            .filter(call -> Long.parseLong(call[1]) > BLOCKED_MICROS)
                            .count(),
                    count == 0 ? 0 : micros[count / 2],
                    count == 0 ? 0 : micros[count * 99 / 100],
                    count == 0 ? 0 : micros[count - 1]);
        }

        @Override
        public String toString() {
            return calls + " calls, " + failed + " failed, " + blocked + " blocked; median " + median + " us, 99% "
                    + p99 + " us, longest " + longest + " us";
        }
    }

    /** The calls that began in between. */
    private Latencies latencies(Instant from, Instant to) throws IOException {
        return Latencies.of(outage.lines("CALL ").stream()
                .map(line -> line.split(" "))
                .filter(call ->
                        Long.parseLong(call[0]) >= from.toEpochMilli() && Long.parseLong(call[0]) < to.toEpochMilli())
                .toList());
    }
}

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
package io.carillon.messages.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.messages.Message;
import io.carillon.messages.MessageServiceOptions;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.model.MessageState;
import io.carillon.messages.model.StoredMessage;
import io.carillon.messages.relay.Broker.PublishResult;
import io.carillon.messages.relay.Circuit.Permission;
import io.carillon.messages.relay.Decisions.Decision;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DecisionsTest {

    private static final Instant NOW = Instant.parse("2026-11-22T10:00:00Z");
    private static final MessageServiceOptions OPTIONS = MessageServiceOptions.of("orders")
            .maxAttempts(3)
            .confirmTimeout(Duration.ofMinutes(5))
            .build();

    @ParameterizedTest(name = "try {0}, chance {1}: {2} ms")
    @CsvSource({
        "0, 1.0, 1000",
        "0, 0.0, 500",
        "0, 0.5, 750",
        "1, 1.0, 2000",
        "2, 1.0, 4000",
        "9, 1.0, 512000",
        "10, 1.0, 600000",
        "10, 0.0, 300000",
        "500, 1.0, 600000"
    })
    void theWaitDoublesUpToTheCapTimesAHalfToOne(int n, double random, long millis) {
        assertThat(Decisions.backoff(Duration.ofSeconds(1), Duration.ofMinutes(10), n, random))
                .isEqualTo(Duration.ofMillis(millis));
    }

    @Test
    void anAcknowledgedMessageIsComplete() {
        StoredMessage message = message(1);
        assertThat(Decisions.afterResult(new PublishResult.Acknowledged(message, "ref"), NOW, OPTIONS))
                .isEqualTo(new Decision.Complete(Duration.ofMinutes(5)));
    }

    @Test
    void aRefusedMessageIsBuriedAtOnce() {
        assertThat(Decisions.afterResult(new PublishResult.Refused(message(1), "too large"), NOW, OPTIONS))
                .isEqualTo(new Decision.Bury("refused by the broker: too large"));
    }

    @Test
    void anUnavailableBrokerBurnsNoAttemptHoweverOften() {
        for (int attempt = 1; attempt < 100; attempt++) {
            Decision decision = Decisions.afterResult(
                    new PublishResult.Unavailable(message(attempt), "away"), NOW.plusSeconds(9), OPTIONS);
            assertThat(decision)
                    .isEqualTo(new Decision.Postpone(NOW.plusSeconds(9), "broker unavailable: away", false));
        }
    }

    @Test
    void aFaultBurnsAnAttemptAndTheLastOneBuries() {
        assertThat(Decisions.afterFault(message(1), "boom", OPTIONS, NOW, 1))
                .isEqualTo(new Decision.Postpone(NOW.plusSeconds(1), "boom", true));
        assertThat(Decisions.afterFault(message(2), "boom", OPTIONS, NOW, 1))
                .isEqualTo(new Decision.Postpone(NOW.plusSeconds(2), "boom", true));
        assertThat(Decisions.afterFault(message(3), "boom", OPTIONS, NOW, 1))
                .isEqualTo(new Decision.Bury("gave up after 3 attempts: boom"));
    }

    @Test
    void aMessageClaimedAfterAllItsAttemptsIsExhausted() {
        assertThat(Decisions.isExhausted(message(3), OPTIONS)).isFalse();
        assertThat(Decisions.isExhausted(message(4), OPTIONS)).isTrue();
        assertThat(Decisions.exhausted(message(4), OPTIONS))
                .isEqualTo("gave up after 3 attempts, state SENDING: no error noted");
    }

    @ParameterizedTest(name = "after send {0}: {1} min")
    @CsvSource({"1, 5", "2, 10", "3, 20", "4, 40", "5, 60", "6, 60", "100, 60", "0, 5"})
    void confirmationsAreAwaitedLongerAfterEachSend(int attempt, long minutes) {
        assertThat(Decisions.patience(attempt, OPTIONS)).isEqualTo(Duration.ofMinutes(minutes));
    }

    @Test
    void aLongErrorIsShortened() {
        Decision decision =
                Decisions.afterResult(new PublishResult.Refused(message(1), "x".repeat(5000)), NOW, OPTIONS);
        assertThat(((Decision.Bury) decision).error()).hasSize(1000);
    }

    // ------------------------------------------------------------------ the circuit

    @Test
    void aClosedCircuitLetsEverythingPass() {
        assertThat(Circuit.CLOSED.ask(NOW)).isEqualTo(Permission.SEND);
    }

    @Test
    void anOpenCircuitHoldsUntilItsTimeThenLetsOneProbePass() {
        Circuit open = Circuit.CLOSED.afterUnavailable(NOW, OPTIONS, 1);
        assertThat(open.openUntil()).isEqualTo(NOW.plusSeconds(1));
        assertThat(open.ask(NOW)).isEqualTo(Permission.HOLD);
        assertThat(open.ask(NOW.plusMillis(999))).isEqualTo(Permission.HOLD);
        assertThat(open.ask(NOW.plusSeconds(1))).isEqualTo(Permission.PROBE);
        Circuit probing = open.withProbe(NOW.plusSeconds(1), OPTIONS);
        assertThat(probing.ask(NOW.plusSeconds(100))).isEqualTo(Permission.HOLD);
    }

    @Test
    void messagesUnderWayTogetherCountAsOneFailure() {
        Circuit open = Circuit.CLOSED.afterUnavailable(NOW, OPTIONS, 1);
        assertThat(open.afterUnavailable(NOW.plusMillis(5), OPTIONS, 1)).isEqualTo(open);
    }

    @Test
    void eachFailedProbeOpensTheCircuitForLongerUpToHalfAMinute() {
        Circuit circuit = Circuit.CLOSED.afterUnavailable(NOW, OPTIONS, 1);
        long[] seconds = {2, 4, 8, 16, 30, 30, 30};
        for (long each : seconds) {
            Instant probe = circuit.openUntil();
            circuit = circuit.withProbe(probe, OPTIONS).afterUnavailable(probe, OPTIONS, 1);
            assertThat(circuit.openUntil()).isEqualTo(probe.plusSeconds(each));
        }
    }

    @Test
    void anAnswerClosesTheCircuit() {
        Circuit open = Circuit.CLOSED.afterUnavailable(NOW, OPTIONS, 1);
        assertThat(open.withProbe(NOW, OPTIONS).afterAnswer().ask(NOW)).isEqualTo(Permission.SEND);
    }

    private static StoredMessage message(int attempt) {
        return new StoredMessage(
                MessageId.of(NOW, 1, 2),
                Message.to("orders", "placed").build(),
                "orders",
                MessageState.SENDING,
                attempt,
                NOW,
                "node",
                null,
                null);
    }
}

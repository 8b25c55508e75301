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
package io.carillon.store.jdbc;

import static io.carillon.store.jdbc.Seed.NOW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.jobs.alarms.AlarmState;
import io.carillon.jobs.alarms.AlarmStore;
import io.carillon.jobs.alarms.Announcement;
import io.carillon.jobs.alarms.Announcement.State;
import io.carillon.jobs.alarms.Announcement.What;
import io.carillon.jobs.alarms.DecideAlarms.Decision;
import io.carillon.jobs.alarms.Finding.Severity;
import io.carillon.jobs.alarms.Finding.Subject;
import io.carillon.jobs.alarms.Finding.Symptom;
import io.carillon.jobs.alarms.Incident;
import io.carillon.jobs.alarms.Incident.Told;
import io.carillon.messages.recovery.AgedTable;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What is wrong and what was said about it, on every database. */
@ParameterizedClass
@EnumSource(TestDatabase.class)
class AlarmStoreTest {

    private static final Duration LONG = Duration.ofHours(1);
    private static final Subject BILL = Subject.job("shop", "bill");

    @Parameter
    TestDatabase database;

    private JdbcStore store;
    private AlarmStore alarms;

    @BeforeEach
    void open() {
        DataSource dataSource = database.withTables();
        store = JdbcStore.open(dataSource, Connections.of(dataSource));
        alarms = store.alarmStore();
    }

    private static Incident incident(Subject subject, Severity severity, Instant opened, Map<String, Told> told) {
        return new Incident(
                UUID.nameUUIDFromBytes(subject.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8)),
                subject,
                "billing",
                severity,
                List.of(new Symptom("LATE", List.of("2026-01-01T00:00:00Z")), new Symptom("NO_LEADER", List.of())),
                NOW,
                opened,
                null,
                told);
    }

    private static Announcement announcement(Subject subject, Instant at, State state) {
        return new Announcement(
                UUID.randomUUID(),
                UUID.randomUUID(),
                "ops",
                What.OPENED,
                subject,
                Severity.BAD,
                List.of(new Symptom("FAILING", List.of("3", "4"))),
                NOW,
                at,
                state,
                0,
                at,
                null,
                null);
    }

    private static Decision decision(List<Incident> incidents, List<Subject> over, Announcement... made) {
        return new Decision(incidents, over, List.of(made), List.of());
    }

    private long myTurn() {
        return alarms.turn("me", LONG).orElseThrow();
    }

    @Test
    void whatWasDecidedIsThereAgainAfterARestart() {
        Incident opened = incident(BILL, Severity.BAD, NOW, Map.of("ops", new Told(Severity.BAD, NOW)));
        Incident young = incident(Subject.store("orders"), Severity.WARNING, null, Map.of());
        Announcement said = announcement(BILL, NOW, State.PENDING);
        assertThat(alarms.keep(myTurn(), decision(List.of(opened, young), List.of(), said)))
                .isTrue();

        AlarmState read = store.alarmStore().read(NOW);
        assertThat(read.incidents()).containsExactlyInAnyOrder(opened, young);
        assertThat(read.announcements()).containsExactly(said);
        assertThat(alarms.read(NOW.plusMillis(1)).announcements()).isEmpty();
    }

    @Test
    void anIncidentIsChangedInPlaceAndGoneWhenItIsOver() {
        long fence = myTurn();
        alarms.keep(fence, decision(List.of(incident(BILL, Severity.WARNING, null, Map.of())), List.of()));
        Incident worse = incident(BILL, Severity.BAD, NOW, Map.of("ops", new Told(Severity.BAD, NOW)));
        alarms.keep(fence, decision(List.of(worse), List.of()));
        assertThat(alarms.read(NOW).incidents()).containsExactly(worse);
        alarms.keep(fence, decision(List.of(), List.of(BILL)));
        assertThat(alarms.read(NOW).incidents()).isEmpty();
    }

    @Test
    void ofSeveralProcessesOneHasTheTurnUntilItLeaves() throws Exception {
        ExecutorService nodes = Executors.newFixedThreadPool(4);
        try {
            List<Callable<Long>> asked = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                String node = "node-" + i;
                asked.add(() -> alarms.turn(node, LONG).orElse(null));
            }
            List<Long> fences = new ArrayList<>();
            for (Future<Long> answer : nodes.invokeAll(asked)) {
                fences.add(answer.get());
            }
            assertThat(fences.stream().filter(Objects::nonNull)).hasSize(1);
            int winner = fences.indexOf(
                    fences.stream().filter(Objects::nonNull).findFirst().orElseThrow());
            long fence = fences.get(winner);
            assertThat(alarms.turn("node-" + winner, LONG))
                    .as("it keeps its turn")
                    .hasValue(fence);
            alarms.leave("node-" + winner, fence);
            assertThat(alarms.turn("another", LONG)).hasValue(fence + 1);
        } finally {
            nodes.shutdownNow();
        }
    }

    @Test
    void whoLostTheTurnKeepsNothing() {
        long old = alarms.turn("old", Duration.ZERO.minusSeconds(1)).orElseThrow();
        Announcement said = announcement(BILL, NOW, State.PENDING);
        long fence = myTurn();
        assertThat(fence).isGreaterThan(old);
        assertThat(alarms.keep(old, decision(List.of(incident(BILL, Severity.BAD, NOW, Map.of())), List.of(), said)))
                .isFalse();
        assertThat(alarms.read(NOW)).isEqualTo(AlarmState.EMPTY);
        assertThat(alarms.keep(fence, decision(List.of(), List.of(), said))).isTrue();
        assertThat(alarms.change(old, said, said.sent(NOW))).isFalse();
        alarms.leave("old", old);
        assertThat(alarms.turn("third", LONG))
                .as("leaving late changes nothing")
                .isEmpty();
    }

    @Test
    void anAnnouncementIsDueUntilItWasSent() {
        long fence = myTurn();
        Announcement later = announcement(BILL, NOW.plusSeconds(9), State.PENDING);
        Announcement held = announcement(BILL, NOW.minusSeconds(5), State.HELD);
        Announcement first = announcement(BILL, NOW, State.PENDING);
        alarms.keep(fence, decision(List.of(), List.of(), later, held, first));
        assertThat(alarms.due(NOW, 10)).containsExactly(first);

        Announcement taken = first.taken(NOW);
        assertThat(alarms.change(fence, first, taken)).isTrue();
        assertThat(alarms.change(fence, first, taken)).as("taken once").isFalse();
        assertThat(alarms.due(NOW, 10)).isEmpty();
        Announcement failed = taken.failed("no answer", NOW);
        assertThat(alarms.change(fence, taken, failed)).isTrue();
        assertThat(alarms.due(NOW.plusSeconds(30), 10)).containsExactly(later, failed);
        alarms.change(fence, failed, failed.sent(NOW.plusSeconds(30)));
        assertThat(alarms.due(NOW.plusSeconds(30), 10)).containsExactly(later);
        assertThat(alarms.latest(BILL, 10))
                .extracting(Announcement::state)
                .containsExactly(State.PENDING, State.SENT, State.HELD);
        assertThat(alarms.latest(Subject.job("shop", "other"), 10)).isEmpty();
        assertThat(alarms.read(NOW.plusSeconds(100)).announcements())
                .as("what waits for a summary is read however old it is")
                .containsExactly(held);
    }

    @Test
    void textsThatAreTooLongAreCutAndNeverSpoilTheirLine() {
        Incident loud = new Incident(
                UUID.randomUUID(),
                BILL,
                "",
                Severity.BAD,
                java.util.Collections.nCopies(40, new Symptom("UNREADABLE", List.of("a\tb\nc", "灯".repeat(500)))),
                NOW,
                null,
                null,
                Map.of());
        alarms.keep(myTurn(), decision(List.of(loud), List.of()));
        List<Symptom> read = alarms.read(NOW).incidents().get(0).symptoms();
        assertThat(read).hasSizeBetween(5, 39);
        assertThat(read.get(0).arguments()).containsExactly("a b c", "灯".repeat(300));
    }

    @Test
    void whatHasEndedIsCleanedByAgeAndWhatHasNotStays() {
        long fence = myTurn();
        Announcement open = announcement(BILL, NOW.minusSeconds(100), State.PENDING);
        Announcement ended = announcement(BILL, NOW.minusSeconds(100), State.PENDING);
        alarms.keep(fence, decision(List.of(), List.of(), open, ended));
        alarms.change(fence, ended, ended.sent(NOW.minusSeconds(90)));
        AgedTable table = store.agedTables().stream()
                .filter(aged -> aged.name().equals(Tables.ALARM_NOTICE))
                .findFirst()
                .orElseThrow();
        assertThat(table.clean(NOW, 10, () -> true).deleted()).isEqualTo(1);
        assertThat(alarms.latest(null, 10)).containsExactly(open);
        assertThatThrownBy(() -> alarms.latest(null, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expected: 1..1000");
    }
}

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
package io.carillon.jobs.alarms;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.jobs.alarms.AlarmRules.Channel;
import io.carillon.jobs.alarms.AlarmRules.QuietHours;
import io.carillon.jobs.alarms.Announcement.State;
import io.carillon.jobs.alarms.Announcement.What;
import io.carillon.jobs.alarms.DecideAlarms.Decision;
import io.carillon.jobs.alarms.Finding.Severity;
import io.carillon.jobs.alarms.Finding.Subject;
import io.carillon.jobs.alarms.Finding.Symptom;
import io.carillon.jobs.operations.HealthReason;
import io.carillon.jobs.operations.JobQueries.Health;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What is said when, to whom; the store is a map, the clock a field. */
class DecideAlarmsTest {

    private static final ZoneId SHANGHAI = ZoneId.of("Asia/Shanghai");
    private static final Subject BILL = Subject.job("shop", "bill");
    private static final Subject MAIL = Subject.job("shop", "mail");
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private Instant now = Instant.parse("2026-03-02T04:00:00Z"); // 12:00 in Shanghai
    private final Map<Subject, Incident> incidents = new LinkedHashMap<>();
    private final Map<UUID, Announcement> announcements = new LinkedHashMap<>();
    private final List<Channel> channels = new ArrayList<>();
    private long lastId;

    private static Channel channel(String name) {
        return new Channel(
                name, Severity.WARNING, List.of(), List.of(), List.of(), null, null, 100, Duration.ofMinutes(10));
    }

    private static Channel atMost(int most) {
        return new Channel(
                "ops", Severity.WARNING, List.of(), List.of(), List.of(), null, null, most, Duration.ofMinutes(10));
    }

    private static Channel quiet(String from, String until, Severity letsThrough) {
        return new Channel(
                "ops",
                Severity.WARNING,
                List.of(),
                List.of(),
                List.of(),
                null,
                new QuietHours(LocalTime.parse(from), LocalTime.parse(until), SHANGHAI, letsThrough),
                100,
                Duration.ofMinutes(10));
    }

    private static Finding bad(Subject subject) {
        return new Finding(subject, Severity.BAD, List.of(new Symptom("LATE", List.of("2026-03-02T03:59:00Z"))));
    }

    private static Finding warning(Subject subject) {
        return new Finding(subject, Severity.WARNING, List.of(new Symptom("NO_LEADER", List.of())));
    }

    /** Sees, keeps as a store would, and returns what is said, such as {@code ops OPENED bill}. */
    private List<String> see(AlarmView view) {
        DecideAlarms decide =
                new DecideAlarms(new AlarmRules(MINUTE, MINUTE.multipliedBy(2), channels), () -> new UUID(0, ++lastId));
        Decision decision = decide.decide(
                new AlarmState(List.copyOf(incidents.values()), List.copyOf(announcements.values())), view, now);
        decision.incidents().forEach(incident -> incidents.put(incident.subject(), incident));
        decision.over().forEach(incidents::remove);
        decision.made().forEach(made -> announcements.put(made.id(), made));
        decision.summed().forEach(summed -> announcements.put(summed.id(), summed));
        return decision.made().stream()
                .filter(made -> made.state() == State.PENDING)
                .map(made -> made.channel() + " " + made.what() + " "
                        + made.subject().name())
                .toList();
    }

    private List<String> see(Finding... findings) {
        return see(new AlarmView(List.of(findings), Set.of()));
    }

    private void pass(Duration time) {
        now = now.plus(time);
    }

    private void at(String moment) {
        now = Instant.parse(moment);
    }

    @Test
    void aTroubleThatLastsIsSaidOnceAndThenThatItIsOver() {
        channels.add(channel("ops"));
        assertThat(see(bad(BILL))).as("too young").isEmpty();
        pass(MINUTE);
        assertThat(see(bad(BILL))).containsExactly("ops OPENED bill");
        pass(Duration.ofHours(5));
        assertThat(see(bad(BILL))).as("once per incident").isEmpty();
        assertThat(see()).isEmpty();
        pass(MINUTE.multipliedBy(2));
        assertThat(see()).containsExactly("ops RECOVERED bill");
        assertThat(incidents).isEmpty();
        pass(MINUTE);
        assertThat(see()).isEmpty();
    }

    @Test
    void aTroubleThatIsGoneBeforeItIsSpokenOfIsNeverSpokenOf() {
        channels.add(channel("ops"));
        see(bad(BILL));
        pass(Duration.ofSeconds(59));
        assertThat(see()).isEmpty();
        assertThat(incidents).isEmpty();
        pass(MINUTE);
        assertThat(see(bad(BILL))).as("a new one").isEmpty();
    }

    @Test
    void whatComesBackBeforeItCountsAsOverIsTheSameIncident() {
        channels.add(channel("ops"));
        see(bad(BILL));
        pass(MINUTE);
        see(bad(BILL));
        for (int i = 0; i < 10; i++) {
            pass(MINUTE);
            assertThat(see()).isEmpty();
            pass(MINUTE);
            assertThat(see(bad(BILL))).isEmpty();
        }
        assertThat(incidents.get(BILL).clearSince()).isNull();
    }

    @Test
    void whatGetsWorseIsSaidAgainAndWhatGetsBetterIsNot() {
        channels.add(channel("ops"));
        see(warning(BILL));
        pass(MINUTE);
        assertThat(see(warning(BILL))).containsExactly("ops OPENED bill");
        assertThat(see(bad(BILL))).containsExactly("ops WORSE bill");
        assertThat(see(warning(BILL))).isEmpty();
        assertThat(see(bad(BILL))).as("it was told of that already").isEmpty();
    }

    @Test
    void aReminderComesOnlyWhereItIsAskedFor() {
        channels.add(channel("ops"));
        channels.add(new Channel(
                "boss",
                Severity.BAD,
                List.of(),
                List.of(),
                List.of(),
                Duration.ofHours(1),
                null,
                100,
                Duration.ofMinutes(10)));
        see(bad(BILL));
        pass(MINUTE);
        assertThat(see(bad(BILL))).containsExactly("ops OPENED bill", "boss OPENED bill");
        pass(Duration.ofMinutes(59));
        assertThat(see(bad(BILL))).isEmpty();
        pass(MINUTE);
        assertThat(see(bad(BILL))).containsExactly("boss LASTS bill");
    }

    @Test
    void eachChannelTakesWhatItsSeverityClustersAndNamesSay() {
        channels.add(new Channel(
                "billing",
                Severity.WARNING,
                List.of("sh*"),
                List.of(),
                List.of("bill*"),
                null,
                null,
                9,
                Duration.ofMinutes(10)));
        channels.add(new Channel(
                "bad", Severity.BAD, List.of(), List.of(), List.of(), null, null, 9, Duration.ofMinutes(10)));
        channels.add(new Channel(
                "other",
                Severity.WARNING,
                List.of("other"),
                List.of(),
                List.of(),
                null,
                null,
                9,
                Duration.ofMinutes(10)));
        Subject dot = Subject.job("other", "bill.x");
        Subject store = Subject.store("billing-store");
        Subject cluster = Subject.cluster("shop");
        Finding[] all = {warning(BILL), bad(MAIL), warning(dot), warning(store), bad(cluster)};
        see(all);
        pass(MINUTE);
        assertThat(see(all))
                .containsExactlyInAnyOrder(
                        "billing OPENED bill",
                        "bad OPENED mail",
                        "other OPENED bill.x",
                        "billing OPENED shop",
                        "bad OPENED shop");
    }

    @Test
    void aChannelOfAGroupIsToldOfItsJobsOnly() {
        channels.add(new Channel(
                "payments",
                Severity.WARNING,
                List.of(),
                List.of("pay*"),
                List.of(),
                null,
                null,
                9,
                Duration.ofMinutes(10)));
        Finding mine = new Finding(BILL, "payments", Severity.BAD, List.of(new Symptom("NO_INSTANCE", List.of())));
        Finding other = new Finding(MAIL, "mailing", Severity.BAD, List.of(new Symptom("NO_INSTANCE", List.of())));
        see(mine, other, bad(Subject.store("pay")), bad(Subject.cluster("shop")));
        pass(MINUTE);
        assertThat(see(mine, other, bad(Subject.store("pay")), bad(Subject.cluster("shop"))))
                .containsExactly("payments OPENED bill");
    }

    @Test
    void whatOpensInQuietHoursIsSaidWhenTheyEndIfItStillLasts() {
        channels.add(quiet("22:00", "07:00", null));
        at("2026-03-02T18:00:00Z"); // 02:00
        see(bad(BILL));
        pass(MINUTE);
        assertThat(see(bad(BILL))).isEmpty();
        at("2026-03-02T22:59:59Z");
        assertThat(see(bad(BILL))).isEmpty();
        at("2026-03-02T23:00:00Z");
        assertThat(see(bad(BILL))).containsExactly("ops OPENED bill");
    }

    @Test
    void whatIsBadEnoughWakesPeople() {
        channels.add(quiet("22:00", "07:00", Severity.BAD));
        at("2026-03-02T18:00:00Z");
        see(bad(BILL), warning(MAIL));
        pass(MINUTE);
        assertThat(see(bad(BILL), warning(MAIL))).containsExactly("ops OPENED bill");
    }

    @Test
    void whatCameAndWentInQuietHoursIsInASummaryAfterThem() {
        channels.add(quiet("22:00", "07:00", null));
        at("2026-03-02T18:00:00Z");
        see(bad(BILL), bad(MAIL));
        pass(MINUTE);
        see(bad(BILL), bad(MAIL));
        see();
        pass(MINUTE.multipliedBy(2));
        assertThat(see()).isEmpty();
        pass(Duration.ofHours(1));
        assertThat(see()).as("still quiet").isEmpty();
        at("2026-03-02T23:00:00Z");
        assertThat(see()).containsExactly("ops SUMMARY bill");
        Announcement summary = announcements.values().stream()
                .filter(announcement -> announcement.what() == What.SUMMARY)
                .findFirst()
                .orElseThrow();
        assertThat(summary.symptoms())
                .containsExactly(
                        new Symptom("PASSED", List.of("JOB", "shop", "bill")),
                        new Symptom("PASSED", List.of("JOB", "shop", "mail")));
        pass(Duration.ofHours(1));
        assertThat(see()).as("said once").isEmpty();
    }

    @Test
    void thatSomethingIsOverWaitsForTheMorning() {
        channels.add(quiet("22:00", "07:00", null));
        see(bad(BILL));
        pass(MINUTE);
        assertThat(see(bad(BILL))).containsExactly("ops OPENED bill");
        at("2026-03-02T18:00:00Z");
        see();
        pass(MINUTE.multipliedBy(2));
        assertThat(see()).containsExactly("ops RECOVERED bill");
        Announcement recovered = announcements.values().stream()
                .filter(announcement -> announcement.what() == What.RECOVERED)
                .findFirst()
                .orElseThrow();
        assertThat(recovered.dueAt()).isEqualTo(Instant.parse("2026-03-02T23:00:00Z"));
    }

    @Test
    void quietHoursFollowTheirZoneOverSummerTime() {
        QuietHours berlin = new QuietHours(LocalTime.of(22, 0), LocalTime.of(7, 0), ZoneId.of("Europe/Berlin"), null);
        // summer time began on 2026-03-29 at 02:00
        assertThat(berlin.endOf(Instant.parse("2026-03-28T05:59:59Z"))).isEqualTo("2026-03-28T06:00:00Z");
        assertThat(berlin.endOf(Instant.parse("2026-03-28T21:00:00Z"))).isEqualTo("2026-03-29T05:00:00Z");
        assertThat(berlin.endOf(Instant.parse("2026-03-29T05:00:00Z"))).isNull();
        QuietHours noon = new QuietHours(LocalTime.of(12, 0), LocalTime.of(13, 0), SHANGHAI, null);
        assertThat(noon.endOf(now)).isEqualTo("2026-03-02T05:00:00Z");
        assertThat(noon.endOf(now.minusMillis(1))).isNull();
    }

    @Test
    void aFloodIsCutToAFewAnnouncementsAndOneSummary() {
        channels.add(atMost(3));
        Finding[] all = new Finding[20];
        for (int i = 0; i < all.length; i++) {
            all[i] = bad(Subject.job("shop", "job-" + (10 + i)));
        }
        see(all);
        pass(MINUTE);
        assertThat(see(all)).containsExactly("ops OPENED job-10", "ops OPENED job-11", "ops OPENED job-12");
        pass(Duration.ofMinutes(9));
        assertThat(see(all)).isEmpty();
        pass(MINUTE);
        assertThat(see(all)).containsExactly("ops SUMMARY job-13");
        Announcement summary = new ArrayList<>(announcements.values()).get(announcements.size() - 1);
        assertThat(summary.symptoms()).hasSize(17);
        pass(Duration.ofDays(1));
        assertThat(see(all)).as("all of them were said").isEmpty();
        see();
        pass(MINUTE.multipliedBy(2));
        assertThat(see()).as("and so the limit holds for what is over").hasSize(3);
    }

    @Test
    void whatCannotBeSeenStaysAsItWas() {
        channels.add(channel("ops"));
        see(bad(BILL));
        pass(MINUTE);
        see(bad(BILL));
        see();
        AlarmView silent = new AlarmView(List.of(bad(Subject.cluster("shop"))), Set.of("shop"));
        see(silent);
        pass(Duration.ofHours(2));
        assertThat(see(silent)).as("nobody knows whether the job is well").containsExactly("ops OPENED shop");
        assertThat(see(bad(BILL))).isEmpty();
        pass(Duration.ofHours(2));
        assertThat(see(bad(BILL))).containsExactly("ops RECOVERED shop");
    }

    @Test
    void aRestartNeitherRepeatsNorForgets() {
        channels.add(channel("ops"));
        see(bad(BILL));
        pass(MINUTE);
        see(bad(BILL));
        // each see() makes everything anew but what is kept
        pass(Duration.ofDays(3));
        assertThat(see(bad(BILL))).isEmpty();
        channels.add(channel("new"));
        assertThat(see(bad(BILL))).as("a new channel learns what is open").containsExactly("new OPENED bill");
        channels.remove(0);
        see();
        pass(MINUTE.multipliedBy(2));
        assertThat(see()).containsExactly("new RECOVERED bill");
    }

    @Test
    void aHealthWithoutAReasonThatCountsIsNoFinding() {
        Health spare = new Health(Health.Level.WARNING, List.of(HealthReason.of(HealthReason.Code.NO_SPARE)));
        assertThat(Finding.of("shop", "bill", "", spare, Set.of(HealthReason.Code.NO_SPARE)))
                .isNull();
        assertThat(Finding.of("shop", "bill", "", spare, Set.of())).isNotNull();
        assertThat(Finding.of(
                        "shop",
                        "bill",
                        "",
                        new Health(Health.Level.DISABLED, List.of(HealthReason.of(HealthReason.Code.DISABLED))),
                        Set.of()))
                .isNull();
        Finding late = Finding.of(
                "shop",
                "bill",
                "",
                new Health(
                        Health.Level.BAD,
                        List.of(
                                HealthReason.of(HealthReason.Code.LATE, now),
                                HealthReason.of(HealthReason.Code.NO_SPARE))),
                Set.of(HealthReason.Code.NO_SPARE));
        assertThat(late)
                .isEqualTo(new Finding(BILL, Severity.BAD, List.of(new Symptom("LATE", List.of(now.toString())))));
    }

    @Test
    void whatCannotBeSentIsTriedLaterAndLaterForADay() {
        channels.add(channel("ops"));
        see(bad(BILL));
        pass(MINUTE);
        see(bad(BILL));
        Announcement announcement = announcements.values().iterator().next();
        List<Long> pauses = new ArrayList<>();
        while (announcement.state() == State.PENDING) {
            Instant at = announcement.dueAt();
            announcement = announcement.taken(at).failed("refused", at);
            pauses.add(Duration.between(at, announcement.dueAt()).toSeconds());
        }
        assertThat(pauses).startsWith(15L, 30L, 60L, 120L, 240L, 480L, 960L, 960L);
        assertThat(announcement.state()).isEqualTo(State.GIVEN_UP);
        assertThat(announcement.failure()).isEqualTo("refused");
        assertThat(announcement.attempt()).isBetween(90, 110);
    }
}

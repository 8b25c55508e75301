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
package io.carillon.jobs.scheduling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.jobs.InvalidSettingException;
import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.scheduling.CronSchedule.Firing;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Zones whose clocks are put forward and back, and days that do not exist. */
class ZonesTest {

    private static final List<DstPolicy> POLICIES = List.of(
            DstPolicy.of("SKIP,ONCE"),
            DstPolicy.of("SKIP,TWICE"),
            DstPolicy.of("SHIFT,ONCE"),
            DstPolicy.of("SHIFT,TWICE"));

    /** {@code M-dTHH:mm offset mark} of each firing. */
    private static String show(String cron, String zone, String dst, String after, int count) {
        ZoneId id = ZoneId.of(zone);
        List<String> shown = new ArrayList<>();
        for (Firing firing : CronSchedule.of(cron, zone, DstPolicy.of(dst)).preview(Instant.parse(after), count)) {
            shown.add(firing.wall().toString().substring(5) + " "
                    + firing.at().atZone(id).toString().substring(11, 22)
                    + (firing.mark() == CronSchedule.Mark.NORMAL ? "" : " " + firing.mark()));
        }
        return String.join("; ", shown);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // New York 2026: 8 March 02:00 to 03:00, 1 November 02:00 to 01:00
                "0 30 2 * * ? | America/New_York | SHIFT | 2026-03-07T00:00:00Z | 3 | 03-07T02:30 02:30-05:00; 03-08T02:30 03:00-04:00 SHIFTED; 03-09T02:30 02:30-04:00",
                "0 30 2 * * ? | America/New_York | SKIP  | 2026-03-07T00:00:00Z | 2 | 03-07T02:30 02:30-05:00; 03-08T02:30 03:00-04:00 SKIPPED; 03-09T02:30 02:30-04:00",
                "0 30 1 * * ? | America/New_York | ONCE  | 2026-10-31T12:00:00Z | 2 | 11-01T01:30 01:30-04:00 FIRST; 11-02T01:30 01:30-05:00",
                "0 30 1 * * ? | America/New_York | TWICE | 2026-10-31T12:00:00Z | 3 | 11-01T01:30 01:30-04:00 FIRST; 11-01T01:30 01:30-05:00 SECOND; 11-02T01:30 01:30-05:00",
                "0 0/30 * * * ? | America/New_York | ONCE | 2026-11-01T05:00:00Z | 4 | 11-01T01:30 01:30-04:00 FIRST; 11-01T01:00 01:00-05:00 SECOND; 11-01T01:30 01:30-05:00 SECOND; 11-01T02:00 02:00-05:00",
                "0 0/30 * * * ? | America/New_York | SHIFT | 2026-03-08T06:00:00Z | 3 | 03-08T01:30 01:30-05:00; 03-08T03:00 03:00-04:00; 03-08T03:30 03:30-04:00",
                // Paris 2026: 29 March 02:00 to 03:00, 25 October 03:00 to 02:00
                "0 30 2 * * ? | Europe/Paris | SHIFT,ONCE | 2026-03-28T12:00:00Z | 2 | 03-29T02:30 03:00+02:00 SHIFTED; 03-30T02:30 02:30+02:00",
                "0 30 2 * * ? | Europe/Paris | TWICE | 2026-10-24T12:00:00Z | 3 | 10-25T02:30 02:30+02:00 FIRST; 10-25T02:30 02:30+01:00 SECOND; 10-26T02:30 02:30+01:00",
                // Lord Howe 2026: 4 October 02:00 to 02:30, 5 April 02:00 to 01:30
                "0 15 2 * * ? | Australia/Lord_Howe | SHIFT | 2026-10-03T00:00:00Z | 2 | 10-04T02:15 02:30+11:00 SHIFTED; 10-05T02:15 02:15+11:00",
                "0 45 1 * * ? | Australia/Lord_Howe | TWICE | 2026-04-04T12:00:00Z | 3 | 04-05T01:45 01:45+11:00 FIRST; 04-05T01:45 01:45+10:30 SECOND; 04-06T01:45 01:45+10:30",
                "0 15 1 * * ? | Australia/Lord_Howe | TWICE | 2026-04-04T12:00:00Z | 2 | 04-05T01:15 01:15+11:00; 04-06T01:15 01:15+10:30",
                // Shanghai has no summer time
                "0 30 2 * * ? | Asia/Shanghai | SHIFT | 2026-03-07T00:00:00Z | 2 | 03-08T02:30 02:30+08:00; 03-09T02:30 02:30+08:00",
                // Apia had no 30 December 2011
                "0 0 12 * * ? | Pacific/Apia | SHIFT | 2011-12-29T00:00:00Z | 3 | 12-29T12:00 12:00-10:00; 12-30T12:00 00:00+14:00 SHIFTED; 12-31T12:00 12:00+14:00",
                "0 0 12 * * ? | Pacific/Apia | SKIP  | 2011-12-29T00:00:00Z | 2 | 12-29T12:00 12:00-10:00; 12-30T12:00 00:00+14:00 SKIPPED; 12-31T12:00 12:00+14:00",
                "0 0 * * * ?  | Pacific/Apia | SHIFT | 2011-12-30T08:30:00Z | 3 | 12-29T23:00 23:00-10:00; 12-31T00:00 00:00+14:00; 12-31T01:00 01:00+14:00",
                // Sao Paulo 2018: 4 November 00:00 to 01:00, 18 February 00:00 to the 17th, 23:00
                "0 0 0 * * ?  | America/Sao_Paulo | SHIFT | 2018-11-03T12:00:00Z | 2 | 11-04T00:00 01:00-02:00 SHIFTED; 11-05T00:00 00:00-02:00",
                "0 30 23 * * ? | America/Sao_Paulo | ONCE | 2018-02-17T12:00:00Z | 2 | 02-17T23:30 23:30-02:00 FIRST; 02-18T23:30 23:30-03:00",
            })
    void eachZoneHasItsOddDaysAndEachPolicyItsAnswer(
            String cron, String zone, String dst, String after, int count, String expected) {
        assertThat(show(cron, zone, dst, after, count)).isEqualTo(expected);
    }

    @Test
    void aTimeThatIsAlwaysInTheGapNeverFiresWhenItIsSkippedAndAlwaysWhenItIsShifted() {
        String cron = "0 30 2 ? 3 1#2 2026-2030";
        Instant from = Instant.parse("2026-01-01T00:00:00Z");
        assertThat(CronSchedule.of(cron, "America/New_York", DstPolicy.of("SKIP"))
                        .next(from))
                .isNull();
        assertThat(CronSchedule.of(cron, "America/New_York", DstPolicy.of("SHIFT"))
                        .preview(from, 10))
                .hasSize(5)
                .allMatch(firing -> firing.mark() == CronSchedule.Mark.SHIFTED);
    }

    @Test
    void severalTimesInOneGapAreOneShiftedFiringWhichMayMeetARegularOne() {
        assertThat(show("0 0/20 2-3 * * ?", "Europe/Paris", "SHIFT", "2026-03-29T00:00:00Z", 3))
                .isEqualTo("03-29T02:00 03:00+02:00 SHIFTED; 03-29T03:20 03:20+02:00; 03-29T03:40 03:40+02:00");
    }

    /** A pattern of minutes, told twice: as an expression, and as what it means. */
    private record Pattern(String cron, boolean interval, Predicate<LocalDateTime> fires) {}

    private static final List<Pattern> PATTERNS = List.of(
            new Pattern("0 0/15 * * * ?", true, at -> at.getMinute() % 15 == 0),
            new Pattern("0 7 0-23 * * ?", true, at -> at.getMinute() == 7),
            new Pattern("0 * * * * ?", true, at -> true),
            new Pattern("0 30 2 * * ?", false, at -> at.getHour() == 2 && at.getMinute() == 30),
            new Pattern("0 45 1 * * ?", false, at -> at.getHour() == 1 && at.getMinute() == 45),
            new Pattern("0 0 0 * * ?", false, at -> at.getHour() == 0 && at.getMinute() == 0),
            new Pattern("0 0 0/2 * * ?", false, at -> at.getHour() % 2 == 0 && at.getMinute() == 0),
            new Pattern(
                    "0 0/20 1-3 * * ?",
                    false,
                    at -> at.getHour() >= 1 && at.getHour() <= 3 && at.getMinute() % 20 == 0),
            new Pattern(
                    "0 10 23 L * ?",
                    false,
                    at -> at.getHour() == 23
                            && at.getMinute() == 10
                            && at.toLocalDate().plusDays(1).getDayOfMonth() == 1));

    /** Walks minute by minute, and asks of each what the clock on the wall shows, has shown, and has leapt over. */
    private static List<Instant> byWalking(Pattern pattern, ZoneId zone, DstPolicy dst, Instant from, Instant to) {
        List<Instant> firings = new ArrayList<>();
        Set<LocalDateTime> shown = new HashSet<>();
        LocalDateTime before = LocalDateTime.ofInstant(from, zone);
        for (Instant at = from.plusSeconds(60); !at.isAfter(to); at = at.plusSeconds(60)) {
            LocalDateTime wall = LocalDateTime.ofInstant(at, zone);
            boolean fires = pattern.fires.test(wall)
                    && (shown.add(wall) || pattern.interval || dst.overlap() == DstPolicy.Overlap.TWICE);
            shown.add(wall);
            if (!pattern.interval && dst.gap() == DstPolicy.Gap.SHIFT) {
                for (LocalDateTime leapt = before.plusMinutes(1); leapt.isBefore(wall); leapt = leapt.plusMinutes(1)) {
                    fires |= pattern.fires.test(leapt);
                }
            }
            before = wall;
            if (fires) {
                firings.add(at);
            }
        }
        return firings;
    }

    @ParameterizedTest
    @CsvSource({
        "America/New_York,    2026-03-08T07:00:00Z",
        "America/New_York,    2026-11-01T06:00:00Z",
        "Europe/Paris,        2026-03-29T01:00:00Z",
        "Europe/Paris,        2026-10-25T01:00:00Z",
        "Australia/Lord_Howe, 2026-10-03T15:30:00Z",
        "Australia/Lord_Howe, 2026-04-04T15:00:00Z",
        "Asia/Shanghai,       2026-03-31T12:00:00Z",
        "Pacific/Apia,        2011-12-30T10:00:00Z",
        "America/Sao_Paulo,   2018-11-04T03:00:00Z",
        "America/Sao_Paulo,   2018-02-18T02:00:00Z",
    })
    void theFiringsAroundEachChangeAreThoseFoundByWalkingMinuteByMinute(String zone, Instant change) {
        Instant from = change.minus(Duration.ofHours(30));
        Instant to = change.plus(Duration.ofHours(54));
        for (Pattern pattern : PATTERNS) {
            for (DstPolicy dst : POLICIES) {
                CronSchedule schedule = CronSchedule.of(pattern.cron, zone, dst);
                List<Instant> expected = byWalking(pattern, ZoneId.of(zone), dst, from, to);
                List<Instant> found = new ArrayList<>();
                for (Instant at = schedule.next(from); at != null && !at.isAfter(to); at = schedule.next(at)) {
                    assertThat(found.isEmpty() || at.isAfter(found.get(found.size() - 1)))
                            .as("firings grow: %s", schedule)
                            .isTrue();
                    found.add(at);
                }
                assertThat(found).as("%s", schedule).isEqualTo(expected);
                // asked from anywhere, it answers the same: also from within an hour that comes twice
                for (int minutes = -150; minutes < 150; minutes += 7) {
                    Instant after = change.plus(Duration.ofMinutes(minutes)).plusMillis(1);
                    Instant first = expected.stream()
                            .filter(at -> at.isAfter(after))
                            .findFirst()
                            .orElse(null);
                    if (first != null) {
                        assertThat(schedule.next(after))
                                .as("%s after %s", schedule, after)
                                .isEqualTo(first);
                    }
                }
                if (pattern.cron.equals("0 0/15 * * * ?")) {
                    for (int i = 1; i < found.size(); i++) {
                        assertThat(Duration.between(found.get(i - 1), found.get(i)))
                                .as("even: %s", schedule)
                                .isEqualTo(Duration.ofMinutes(15));
                    }
                }
            }
        }
    }

    @Test
    void aPreviewGoesOnOverManyYearsAndEndsWithItsSchedule() {
        CronSchedule yearly = CronSchedule.of("0 30 2 8 3 ? 2026-2040", "America/New_York", DstPolicy.of("SKIP"));
        List<Firing> all = yearly.preview(Instant.parse("2026-01-01T00:00:00Z"), 100);
        assertThat(all)
                .filteredOn(firing -> firing.mark() == CronSchedule.Mark.SKIPPED)
                .hasSize(2);
        assertThat(all)
                .filteredOn(firing -> firing.mark() == CronSchedule.Mark.NORMAL)
                .hasSize(13);
        assertThat(CronSchedule.of("0 0 0 1 1 ? 2020", "GMT").preview(Instant.parse("2026-01-01T00:00:00Z"), 5))
                .isEmpty();
        assertThatThrownBy(() -> yearly.preview(Instant.EPOCH, 0))
                .hasMessageContaining("count: 0 (expected: 1..10000)");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0 0 0 LW * ?        | 2026-01-30T00:00, 2026-02-27T00:00, 2026-03-31T00:00",
                "0 0 0 15W * ?       | 2026-01-15T00:00, 2026-02-16T00:00, 2026-03-16T00:00",
                "0 0 0 1W * ?        | 2026-01-01T00:00, 2026-02-02T00:00, 2026-03-02T00:00",
                "0 0 0 L-3 * ?       | 2026-01-28T00:00, 2026-02-25T00:00, 2026-03-28T00:00",
                "0 0 0 ? * 6L        | 2026-01-30T00:00, 2026-02-27T00:00, 2026-03-27T00:00",
                "0 0 0 ? * FRI#5     | 2026-01-30T00:00, 2026-05-29T00:00, 2026-07-31T00:00",
                "0 0 0 ? * MON-FRI   | 2026-01-01T00:00, 2026-01-02T00:00, 2026-01-05T00:00",
                "0 0 0 29 2 ?        | 2028-02-29T00:00, 2032-02-29T00:00, 2036-02-29T00:00",
                "0 0 0 29 2 ? 2030/1 | 2032-02-29T00:00, 2036-02-29T00:00, 2040-02-29T00:00",
                "10/25 59 23 31 12 ? | 2025-12-31T23:59:10, 2025-12-31T23:59:35, 2026-12-31T23:59:10",
            })
    void lastWorkingAndNumberedDaysAndYearsAreThoseOfTheCalendar(String cron, String expected) {
        List<String> found = CronSchedule.of(cron, "GMT").preview(Instant.parse("2025-12-31T23:00:00Z"), 3).stream()
                .map(firing -> firing.wall().toString())
                .toList();
        assertThat(String.join(", ", found)).isEqualTo(expected);
    }

    @Test
    void zonesAreReadAsElasticJobReadsThemToo() {
        assertThat(CronSchedule.zoneOf("GMT+8:30")
                        .getRules()
                        .getOffset(Instant.EPOCH)
                        .getTotalSeconds())
                .isEqualTo(30_600);
        assertThat(CronSchedule.zoneOf("GMT+08:00")
                        .getRules()
                        .getOffset(Instant.EPOCH)
                        .getTotalSeconds())
                .isEqualTo(28_800);
        assertThat(CronSchedule.zoneOf("GMT-0")
                        .getRules()
                        .getOffset(Instant.EPOCH)
                        .getTotalSeconds())
                .isZero();
        assertThatThrownBy(() -> CronSchedule.zoneOf("GMT+99")).isInstanceOf(java.time.DateTimeException.class);
    }

    @Test
    void aPolicyIsReadFromTheJobsPropertiesAndRefusedWhenItSaysNothing() {
        assertThat(DstPolicy.of(null)).isEqualTo(DstPolicy.DEFAULT).hasToString("SHIFT,ONCE");
        assertThat(DstPolicy.of(" twice , skip ")).hasToString("SKIP,TWICE");
        for (String bad : List.of("NEVER", "SKIP,SHIFT", "ONCE,ONCE", ",")) {
            assertThatThrownBy(() -> JobConfiguration.newBuilder("j", 1)
                            .setProperty(JobConfiguration.DST, bad)
                            .build())
                    .isInstanceOf(InvalidSettingException.class)
                    .hasMessageContaining("carillon.dst: '" + bad + "' (expected: SKIP or SHIFT, ONCE or TWICE");
        }
        JobConfiguration job = JobConfiguration.newBuilder("j", 1)
                .cron("0 30 2 * * ?")
                .timeZone("Europe/Paris")
                .setProperty(JobConfiguration.DST, "TWICE")
                .build();
        assertThat(job.schedule()).isEqualTo(CronSchedule.of("0 30 2 * * ?", "Europe/Paris", DstPolicy.of("TWICE")));
        assertThat(job.toBuilder()
                        .setProperty(JobConfiguration.DST, "SKIP")
                        .build()
                        .schedule())
                .isNotEqualTo(job.schedule());
        assertThat(JobConfiguration.newBuilder("j", 1).build().schedule()).isNull();
    }

    @Test
    void whatWasAskedBeforeChangesNoAnswer() {
        List<String> zones = List.of("America/New_York", "Europe/Paris", "Australia/Lord_Howe", "Asia/Shanghai");
        List<String> expressions =
                List.of("0 30 2 * * ?", "0 0/20 * * * ?", "0 15 1,2 ? 3,4,10,11 SUN", "0 0 0 1 1 ? 2026-2027");
        Random random = new Random(7);
        for (String zone : zones) {
            for (String expression : expressions) {
                CronSchedule asked = CronSchedule.of(expression, zone);
                Instant at = Instant.parse("2026-03-01T00:00:00Z");
                for (int i = 0; i < 300; i++) {
                    at = at.plusSeconds(random.nextInt(-86_400, 4 * 86_400));
                    Instant before = at.minusSeconds(random.nextInt(3 * 3_600));
                    assertThat(asked.next(at))
                            .as("%s in %s after %s", expression, zone, at)
                            .isEqualTo(CronSchedule.of(expression, zone).next(at));
                    assertThat(asked.next(before))
                            .as("%s in %s after %s", expression, zone, before)
                            .isEqualTo(CronSchedule.of(expression, zone).next(before));
                }
            }
        }
    }
}

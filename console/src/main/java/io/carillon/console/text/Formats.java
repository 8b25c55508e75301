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
package io.carillon.console.text;

import io.carillon.jobs.alarms.Finding.Symptom;
import io.carillon.jobs.history.Decision;
import io.carillon.jobs.operations.HealthReason;
import java.text.NumberFormat;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Prints times, durations and numbers for one reader; the only formatter of the console. Immutable. */
public final class Formats {
    private static final String NO_BREAK = "\u00a0";

    private static final DateTimeFormatter CLOCK = DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT);
    private static final DateTimeFormatter DATE_AND_CLOCK =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT);
    private static final DateTimeFormatter OFFSET = new DateTimeFormatterBuilder()
            .appendLiteral("UTC")
            .appendOffset("+H:mm", "")
            .toFormatter(Locale.ROOT);

    private final Texts texts;
    private final ZoneId zone;
    private final Instant now;

    public Formats(Texts texts, ZoneId zone, Instant now) {
        this.texts = texts;
        this.zone = zone;
        this.now = now;
    }

    /** The time of this page. */
    public Instant now() {
        return now;
    }

    /** The reader's zone. */
    public ZoneId zoneId() {
        return zone;
    }

    /** The reader's zone by name and offset, such as {@code Asia/Shanghai (UTC+8)}. */
    public String zone() {
        String offset = offset(now.atZone(zone));
        return zone instanceof ZoneOffset || zone.getId().equals(offset) ? offset : zone.getId() + " (" + offset + ")";
    }

    /** A time in the reader's zone, with its offset; the date is left out when it is today. */
    public String time(Instant instant) {
        return time(instant, zone);
    }

    /** {@link #time} for a narrow column: no line break parts the clock from its offset. */
    public String timeUnparted(Instant instant) {
        String time = time(instant);
        int offset = time.lastIndexOf(' ');
        return time.substring(0, offset) + NO_BREAK + time.substring(offset + 1);
    }

    /** The same instant in a job's zone, or null where the clocks agree or the zone is not known here. */
    public @Nullable String timeInOtherZone(Instant instant, String zoneId) {
        ZoneId other;
        try {
            other = ZoneId.of(zoneId);
        } catch (DateTimeException unknown) {
            return null;
        }
        boolean same =
                other.getRules().getOffset(instant).equals(zone.getRules().getOffset(instant));
        return same ? null : time(instant, other);
    }

    private String time(Instant instant, ZoneId in) {
        ZonedDateTime when = instant.atZone(in);
        boolean today = when.toLocalDate().equals(now.atZone(in).toLocalDate());
        return (today ? CLOCK : DATE_AND_CLOCK).format(when) + " " + offset(when);
    }

    /** For machines and for copying: date, time to the millisecond, offset and zone. */
    public String exact(Instant instant) {
        return DateTimeFormatter.ISO_ZONED_DATE_TIME.format(
                instant.truncatedTo(ChronoUnit.MILLIS).atZone(zone));
    }

    /** For the attribute of {@code <time>}. */
    public String machine(Instant instant) {
        return instant.truncatedTo(ChronoUnit.MILLIS).toString();
    }

    /** How far a time is from now: "in 5 min", "3 s ago". */
    public String relative(Instant instant) {
        Duration ahead = Duration.between(now, instant);
        if (ahead.abs().compareTo(Duration.ofSeconds(1)) < 0) {
            return texts.get("time.now");
        }
        return ahead.isNegative() ? texts.get("time.ago", rough(ahead.negated())) : texts.get("time.in", rough(ahead));
    }

    /** A duration in its two largest units. */
    public String rough(Duration duration) {
        long millis = Math.max(0, duration.toMillis());
        if (millis < 1_000) {
            return texts.get("time.ms", millis);
        }
        long seconds = millis / 1_000;
        if (seconds < 10) {
            return texts.get("time.s", decimal(millis / 1_000.0));
        }
        if (seconds < 60) {
            return texts.get("time.s", seconds);
        }
        if (seconds < 3_600) {
            return two("time.min", seconds / 60, "time.s", seconds % 60);
        }
        if (seconds < 86_400) {
            return two("time.h", seconds / 3_600, "time.min", seconds % 3_600 / 60);
        }
        return two("time.d", seconds / 86_400, "time.h", seconds % 86_400 / 3_600);
    }

    private String two(String large, long many, String small, long few) {
        String first = texts.get(large, many);
        return few == 0 ? first : first + " " + texts.get(small, few);
    }

    /** A health reason of the engine's in the reader's language and zone. */
    public String reason(HealthReason reason) {
        return HealthReasons.say(reason, texts, this);
    }

    /** A reason of an alarm in the reader's language and zone. */
    public String symptom(Symptom symptom) {
        HealthReason.Code health = symptom.health();
        if (health != null) {
            return reason(new HealthReason(health, symptom.arguments()));
        }
        String key = "alarm.reason." + symptom.code();
        return texts.has(key)
                ? texts.get(key, symptom.arguments().toArray())
                : symptom.code().toLowerCase(Locale.ROOT) + " " + symptom.arguments();
    }

    /** Why a firing did not run, or waits, in the reader's language and zone. */
    public String why(Decision decision) {
        return HealthReasons.say(decision, texts, this);
    }

    /** A count, grouped as the language does. */
    public String number(long number) {
        return NumberFormat.getIntegerInstance(texts.locale()).format(number);
    }

    private String decimal(double number) {
        NumberFormat format = NumberFormat.getNumberInstance(texts.locale());
        format.setMaximumFractionDigits(1);
        return format.format(number);
    }

    private static String offset(ZonedDateTime when) {
        int seconds = when.getOffset().getTotalSeconds();
        if (seconds == 0) {
            return "UTC";
        }
        String text = OFFSET.format(when);
        return text.endsWith(":00") ? text.substring(0, text.length() - 3) : text;
    }
}

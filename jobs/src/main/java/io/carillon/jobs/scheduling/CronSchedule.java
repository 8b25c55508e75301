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

import java.text.ParseException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.zone.ZoneOffsetTransition;
import java.time.zone.ZoneRules;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.TimeZone;
import org.jspecify.annotations.Nullable;
import org.quartz.CronExpression;

/**
 * A cron expression (Quartz syntax, 6 or 7 fields) read in a zone. Thread-safe.
 *
 * <p>The expression is asked for times on the wall only; where these are in time, and what becomes of those that do not exist
 * or come twice, is decided here, by a {@link DstPolicy}. Two schedules are equal when they say the same.
 */
public final class CronSchedule {

    private static final TimeZone WALL = TimeZone.getTimeZone("UTC");
    private static final LocalDateTime ANY_DAY = LocalDateTime.of(2000, 1, 1, 0, 0);

    private final String cron;
    private final CronExpression expression;
    private final ZoneId zone;
    private final DstPolicy dst;
    /** Whether it fires in every hour of the day, and so means an interval. */
    private final boolean interval;

    /** The last two answers: who shows thousands of jobs asks the same again and again, from now and from the last run. */
    private volatile @Nullable Known latest;

    private volatile @Nullable Known beforeThat;

    private CronSchedule(String cron, CronExpression expression, ZoneId zone, DstPolicy dst, boolean interval) {
        this.cron = cron;
        this.expression = expression;
        this.zone = zone;
        this.dst = dst;
        this.interval = interval;
    }

    /** {@link #of(String, String, DstPolicy)} with {@link DstPolicy#DEFAULT}. */
    public static CronSchedule of(String cron, @Nullable String zone) {
        return of(cron, zone, DstPolicy.DEFAULT);
    }

    /**
     * Reads an expression.
     *
     * @param zone a zone id such as {@code Asia/Shanghai} or {@code GMT+8}; null: the zone of the JVM
     * @throws IllegalArgumentException when the expression or the zone cannot be read
     */
    public static CronSchedule of(String cron, @Nullable String zone, DstPolicy dst) {
        try {
            ZoneId id = zone == null ? ZoneId.systemDefault() : zoneOf(zone);
            CronExpression expression = expression(cron);
            return new CronSchedule(cron, expression, id, dst, firesInEveryHour(cron));
        } catch (ParseException | java.time.DateTimeException e) {
            throw new IllegalArgumentException(
                    "cron: '" + cron + "' in zone " + zone + " (expected: Quartz syntax and a zone id)", e);
        }
    }

    /**
     * Reads a zone id. What begins with GMT is also read as ElasticJob reads it, such as {@code GMT+8:30}.
     *
     * @throws java.time.DateTimeException when it is none
     */
    public static ZoneId zoneOf(String text) {
        if (text.matches("GMT[+-][0-9]{1,2}(:?[0-9]{2})?")) {
            TimeZone custom = TimeZone.getTimeZone(text);
            if (custom.getRawOffset() != 0 || text.matches("GMT[+-]0{1,2}(:?00)?")) {
                return custom.toZoneId();
            }
        }
        return ZoneId.of(text);
    }

    private static CronExpression expression(String cron) throws ParseException {
        CronExpression expression = new CronExpression(cron);
        expression.setTimeZone(WALL);
        return expression;
    }

    private static boolean firesInEveryHour(String cron) throws ParseException {
        String field = cron.trim().split("\\s+")[2];
        if (field.equals("*")) {
            return true;
        }
        CronExpression hours = expression("0 0 " + field + " * * ?");
        LocalDateTime at = ANY_DAY.minusNanos(1);
        for (int hour = 0; hour < 24; hour++) {
            at = nextOnWall(hours, at);
            if (at == null || !at.equals(ANY_DAY.plusHours(hour))) {
                return false;
            }
        }
        return true;
    }

    private static @Nullable LocalDateTime nextOnWall(CronExpression expression, LocalDateTime after) {
        synchronized (expression) {
            Date next = expression.getNextValidTimeAfter(Date.from(after.toInstant(ZoneOffset.UTC)));
            return next == null ? null : LocalDateTime.ofInstant(next.toInstant(), ZoneOffset.UTC);
        }
    }

    /** The first firing strictly after an instant, or null when there is none any more. */
    public @Nullable Instant next(Instant after) {
        Known last = latest;
        if (last != null && last.holdsFor(after)) {
            return last.next;
        }
        Known earlier = beforeThat;
        if (earlier != null && earlier.holdsFor(after)) {
            return earlier.next;
        }
        Firing next = find(after);
        beforeThat = last;
        latest = new Known(after, next == null ? null : next.at);
        return next == null ? null : next.at;
    }

    /** Between an instant and the firing after it, that firing is the next. */
    private record Known(Instant after, @Nullable Instant next) {
        boolean holdsFor(Instant asked) {
            return !asked.isBefore(after) && (next == null || asked.isBefore(next));
        }
    }

    // ---- odd days ----------------------------------------------------------------------------------------------

    /** How a firing lies in its day. */
    public enum Mark {
        /** Its time on the wall comes once. */
        NORMAL,
        /** Its time does not exist on that day; it fires right after the gap. */
        SHIFTED,
        /** Its time does not exist on that day, and it does not fire; its instant is the gap's. */
        SKIPPED,
        /** Its time comes twice on that day; this is the first. Whether there is a second is the policy's choice. */
        FIRST,
        /** Its time comes twice on that day; this is the second. */
        SECOND
    }

    /**
     * A planned firing.
     *
     * @param wall what the expression asks for, as a time on the wall
     * @param at when it fires
     */
    public record Firing(LocalDateTime wall, Instant at, Mark mark) {}

    /**
     * The next firings after an instant, in order, with those that are left out for a gap among them.
     *
     * @param count how many that do fire, 1 to 10,000; fewer come when the schedule ends
     */
    public List<Firing> preview(Instant after, int count) {
        if (count < 1 || count > 10_000) {
            throw new IllegalArgumentException("count: " + count + " (expected: 1..10000)");
        }
        List<Firing> firings = new ArrayList<>();
        Instant at = after;
        for (int i = 0; i < count; i++) {
            Firing next = find(at);
            if (next == null) {
                break;
            }
            addSkipped(at, next.at, firings);
            firings.add(next);
            at = next.at;
        }
        return List.copyOf(firings);
    }

    private void addSkipped(Instant after, Instant until, List<Firing> to) {
        if (interval || dst.gap() != DstPolicy.Gap.SKIP) {
            return;
        }
        ZoneRules rules = zone.getRules();
        ZoneOffsetTransition next = rules.nextTransition(after);
        while (next != null && !next.getInstant().isAfter(until)) {
            if (next.isGap()) {
                LocalDateTime wall =
                        nextOnWall(expression, next.getDateTimeBefore().minusNanos(1));
                while (wall != null && wall.isBefore(next.getDateTimeAfter())) {
                    to.add(new Firing(wall, next.getInstant(), Mark.SKIPPED));
                    wall = nextOnWall(expression, wall);
                }
            }
            next = rules.nextTransition(next.getInstant());
        }
    }

    /** Walks from one stretch of constant offset to the next, or leaps over those in which nothing is planned. */
    private @Nullable Firing find(Instant after) {
        ZoneRules rules = zone.getRules();
        boolean again = interval || dst.overlap() == DstPolicy.Overlap.TWICE;
        boolean shifted = !interval && dst.gap() == DstPolicy.Gap.SHIFT;
        Instant stretch = after;
        LocalDateTime from = LocalDateTime.ofInstant(after, zone);
        ZoneOffsetTransition before = rules.previousTransition(after.plusNanos(1));
        if (before != null && !again && before.isOverlap() && from.isBefore(before.getDateTimeBefore())) {
            from = before.getDateTimeBefore().minusNanos(1);
        }
        while (true) {
            LocalDateTime wall = nextOnWall(expression, from);
            ZoneOffsetTransition end = rules.nextTransition(stretch);
            if (wall != null && (end == null || wall.isBefore(end.getDateTimeBefore()))) {
                return at(wall, rules.getOffset(stretch));
            }
            if (end != null && end.isOverlap() && !from.isBefore(end.getDateTimeAfter())) {
                // the clocks go back to before the time from which on is looked
                stretch = end.getInstant();
                from = (again ? end.getDateTimeAfter() : end.getDateTimeBefore()).minusNanos(1);
                continue;
            }
            if (wall == null) {
                return null;
            }
            ZoneOffsetTransition odd = rules.getTransition(wall);
            if (odd == null) {
                return at(wall, rules.getOffset(wall));
            }
            if (odd.isOverlap()) {
                return at(wall, odd.getOffsetBefore());
            }
            if (shifted) {
                return new Firing(wall, odd.getInstant(), Mark.SHIFTED);
            }
            stretch = odd.getInstant();
            from = odd.getDateTimeAfter().minusNanos(1);
        }
    }

    private Firing at(LocalDateTime wall, ZoneOffset offset) {
        ZoneOffsetTransition odd = zone.getRules().getTransition(wall);
        Mark mark = odd == null || odd.isGap()
                ? Mark.NORMAL
                : odd.getOffsetBefore().equals(offset) ? Mark.FIRST : Mark.SECOND;
        return new Firing(wall, wall.toInstant(offset), mark);
    }

    // ---- what it is --------------------------------------------------------------------------------------------

    /** The expression as given. */
    public String cron() {
        return cron;
    }

    /** The zone in which the expression is read. */
    public ZoneId zone() {
        return zone;
    }

    public DstPolicy dst() {
        return dst;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof CronSchedule that
                && cron.equals(that.cron)
                && zone.equals(that.zone)
                && dst.equals(that.dst);
    }

    @Override
    public int hashCode() {
        return cron.hashCode() * 31 + zone.hashCode();
    }

    @Override
    public String toString() {
        return cron + " in " + zone + " (" + dst + ")";
    }
}

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
import java.time.ZoneId;
import java.util.Date;
import java.util.TimeZone;
import org.jspecify.annotations.Nullable;
import org.quartz.CronExpression;

/** A cron expression (Quartz syntax, 6 or 7 fields) read in a zone. Thread-safe. */
public final class CronSchedule {

    private final CronExpression expression;
    private final ZoneId zone;

    private CronSchedule(CronExpression expression, ZoneId zone) {
        this.expression = expression;
        this.zone = zone;
    }

    /**
     * Reads an expression.
     *
     * @param zone a zone id such as {@code Asia/Shanghai} or {@code GMT+8}; null: the zone of the JVM
     * @throws IllegalArgumentException when the expression or the zone cannot be read
     */
    public static CronSchedule of(String cron, @Nullable String zone) {
        try {
            ZoneId id = zone == null ? ZoneId.systemDefault() : ZoneId.of(zone);
            CronExpression expression = new CronExpression(cron);
            expression.setTimeZone(TimeZone.getTimeZone(id));
            return new CronSchedule(expression, id);
        } catch (ParseException | java.time.DateTimeException e) {
            throw new IllegalArgumentException(
                    "cron: '" + cron + "' in zone " + zone + " (expected: Quartz syntax and a zone id)", e);
        }
    }

    /** The first firing strictly after an instant, or null when there is none any more. */
    public synchronized @Nullable Instant next(Instant after) {
        Date next = expression.getNextValidTimeAfter(Date.from(after));
        return next == null ? null : next.toInstant();
    }

    /** The zone in which the expression is read. */
    public ZoneId zone() {
        return zone;
    }
}

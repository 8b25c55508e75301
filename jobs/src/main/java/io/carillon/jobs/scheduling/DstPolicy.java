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

import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of planned times where a zone's clocks are put forward or back. Immutable.
 *
 * <p>It rules expressions that name hours of the day ({@code 0 30 2 * * ?}). An expression that fires in every hour
 * ({@code 0 0/15 * * * ?}) means an interval: it goes on evenly over both changes, whatever is set here. Times that do not
 * exist are passed over, as the clock passes them over, and times that come twice fire twice.
 *
 * @param gap for a time that the clocks leap over, such as 02:30 on the day they are put forward
 * @param overlap for a time that the clocks show twice, such as 01:30 on the day they are put back
 */
public record DstPolicy(Gap gap, Overlap overlap) {

    /** For times that do not exist. */
    public enum Gap {
        /** No firing: that day's is left out. */
        SKIP,
        /**
         * One firing at the first instant after the gap, however many of the job's times are in it: no day is left out, and
         * nothing runs later than the clocks force it to.
         */
        SHIFT
    }

    /** For times that come twice. */
    public enum Overlap {
        /** The first one fires: each day has each of its times once. */
        ONCE,
        /** Both fire. */
        TWICE
    }

    /** {@link Gap#SHIFT} and {@link Overlap#ONCE}: each planned time of each day fires once. */
    public static final DstPolicy DEFAULT = new DstPolicy(Gap.SHIFT, Overlap.ONCE);

    /**
     * Reads a policy: one word of {@code SKIP} and {@code SHIFT}, one of {@code ONCE} and {@code TWICE}, or both with a comma;
     * what is not named is the default's.
     *
     * @param text null or blank for the default
     * @throws IllegalArgumentException for anything else
     */
    public static DstPolicy of(@Nullable String text) {
        Gap gap = null;
        Overlap overlap = null;
        for (String word : text == null || text.isBlank() ? new String[0] : text.split(",", -1)) {
            String name = word.trim().toUpperCase(Locale.ROOT);
            if (gap == null
                    && Arrays.stream(Gap.values())
                            .anyMatch(known -> known.name().equals(name))) {
                gap = Gap.valueOf(name);
            } else if (overlap == null
                    && Arrays.stream(Overlap.values())
                            .anyMatch(known -> known.name().equals(name))) {
                overlap = Overlap.valueOf(name);
            } else {
                throw new IllegalArgumentException(
                        "dst: '" + text + "' (expected: SKIP or SHIFT, ONCE or TWICE, or one of each with a comma)");
            }
        }
        return new DstPolicy(gap == null ? DEFAULT.gap : gap, overlap == null ? DEFAULT.overlap : overlap);
    }

    @Override
    public String toString() {
        return gap + "," + overlap;
    }
}

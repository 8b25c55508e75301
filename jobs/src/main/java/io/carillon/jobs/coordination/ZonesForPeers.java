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
package io.carillon.jobs.coordination;

import java.time.DateTimeException;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.zone.ZoneOffsetTransition;
import java.time.zone.ZoneRules;
import java.util.List;
import java.util.TimeZone;
import org.jspecify.annotations.Nullable;

/**
 * Zones as instances of ElasticJob can have them: text that begins with GMT, and nothing else. Pure.
 *
 * <p>Where a zone keeps one offset for good ({@code Asia/Shanghai}), the offset is written for them and they fire with
 * Carillon. Where it changes ({@code America/New_York}), nothing is written: each of them uses the zone of its own JVM, and
 * only with that one set right does it fire at the same times, but for the hours in which the clocks change.
 */
public final class ZonesForPeers {

    private ZonesForPeers() {}

    /** The text for them that means the same as a zone for good, such as {@code GMT+08:00}; null when there is none. */
    public static @Nullable String sameAs(String zone) {
        try {
            ZoneRules rules = ZoneId.of(zone).getRules();
            if (!rules.getTransitionRules().isEmpty()) {
                return null;
            }
            List<ZoneOffsetTransition> changes = rules.getTransitions();
            ZoneOffset offset = changes.isEmpty()
                    ? rules.getOffset(java.time.Instant.EPOCH)
                    : changes.get(changes.size() - 1).getOffsetAfter();
            if (offset.getTotalSeconds() == 0) {
                return "GMT";
            }
            String text = "GMT" + offset.getId();
            return TimeZone.getTimeZone(text).getRawOffset() == offset.getTotalSeconds() * 1_000 ? text : null;
        } catch (DateTimeException e) {
            return null;
        }
    }

    /** Whether what stands for them goes with a zone of ours; otherwise one of them has been given another zone since. */
    static boolean isOf(String zone, @Nullable String text) {
        return text == null || text.isBlank() || text.equals(sameAs(zone));
    }

    /**
     * Whether instances of ElasticJob can fire at other times than Carillon's for a zone.
     *
     * @param zone as configured; null is each JVM's own, for all alike
     */
    public static boolean mayDiffer(@Nullable String zone) {
        return zone != null && !zone.startsWith("GMT") && sameAs(zone) == null;
    }
}

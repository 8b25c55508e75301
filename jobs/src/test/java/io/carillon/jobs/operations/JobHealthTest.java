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
package io.carillon.jobs.operations;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.jobs.operations.JobQueries.Health;
import io.carillon.jobs.operations.JobQueries.Health.Level;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class JobHealthTest {

    private static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");

    private static Health health(
            boolean readable, boolean disabled, int instances, int unowned, Instant expected, String failure) {
        return JobHealth.of(
                new JobHealth.Facts(
                        readable ? null : "config: no YAML (expected: a map).",
                        disabled,
                        instances,
                        instances > 0,
                        4,
                        unowned,
                        false,
                        0,
                        expected,
                        failure,
                        null,
                        null),
                NOW);
    }

    @Test
    void aJobWithTwoInstancesAndOwnersForAllItemsIsOk() {
        assertThat(health(true, false, 2, 0, NOW.plusSeconds(5), null).level()).isEqualTo(Level.OK);
    }

    @Test
    void eachThingThatIsWrongHasItsLevelAndItsReason() {
        assertThat(health(false, false, 2, 0, null, null).level()).isEqualTo(Level.BAD);
        assertThat(texts(health(true, false, 0, 4, null, null)))
                .containsExactly("No instance is online, so nothing runs.");
        assertThat(texts(health(true, false, 2, 3, null, null)))
                .containsExactly("3 of 4 items have no owner that is online.");
        assertThat(texts(health(true, false, 2, 0, NOW.minusSeconds(60), null)))
                .containsExactly("Late: a run was due at 2026-01-01T11:59:00Z.");
        assertThat(health(true, false, 1, 0, null, null).level()).isEqualTo(Level.WARNING);
        assertThat(texts(health(true, false, 2, 0, null, "java.io.IOException: x")))
                .containsExactly("The last known run failed: java.io.IOException: x");
        assertThat(health(true, true, 2, 0, NOW.minusSeconds(60), null).level()).isEqualTo(Level.DISABLED);
    }

    private static List<String> texts(Health health) {
        return health.reasons().stream().map(HealthReason::text).toList();
    }

    @Test
    void aReasonIsACodeWithWhatFillsItsSentence() {
        assertThat(health(true, false, 2, 3, null, null).reasons())
                .containsExactly(new HealthReason(HealthReason.Code.UNOWNED, List.of("3", "4")));
        assertThat(HealthReason.of(HealthReason.Code.LAST_FAILED, "100 % {0}").text())
                .isEqualTo("The last known run failed: 100 % {0}");
    }

    @Test
    void aHistoryThatDoesNotAnswerIsAReasonToWarn() {
        Health health = JobHealth.of(
                new JobHealth.Facts(null, false, 2, true, 4, 0, false, 0, null, null, "no store answers", null), NOW);
        assertThat(health.level()).isEqualTo(Level.WARNING);
        assertThat(health.reasons())
                .containsExactly(HealthReason.of(HealthReason.Code.HISTORY_UNKNOWN, "no store answers"));
    }
}

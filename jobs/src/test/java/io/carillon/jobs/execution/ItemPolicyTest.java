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
package io.carillon.jobs.execution;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ItemPolicyTest {

    @Test
    void aConfigurationThatAsksForNothingHasThePolicyOfNothing() {
        assertThat(ItemPolicy.of(Map.of("streaming.process", "true"))).isSameAs(ItemPolicy.NONE);
    }

    @Test
    void durationsAreWrittenShortOrInIsoForm() {
        assertThat(ItemPolicy.of(Map.of(ItemPolicy.TIMEOUT, "500ms")).timeout()).isEqualTo(Duration.ofMillis(500));
        assertThat(ItemPolicy.of(Map.of(ItemPolicy.TIMEOUT, " 30s ")).timeout()).isEqualTo(Duration.ofSeconds(30));
        assertThat(ItemPolicy.of(Map.of(ItemPolicy.TIMEOUT, "2h")).timeout()).isEqualTo(Duration.ofHours(2));
        assertThat(ItemPolicy.of(Map.of(ItemPolicy.TIMEOUT, "PT5M")).timeout()).isEqualTo(Duration.ofMinutes(5));
    }

    @Test
    void pausesDoubleUpToTheCapAndAreTheSameEachTimeForOneClaim() {
        ItemPolicy policy = ItemPolicy.of(
                Map.of(ItemPolicy.RETRY_MAX, "9", ItemPolicy.RETRY_BACKOFF, "1s", ItemPolicy.RETRY_CAP, "10s"));
        long[] most = {1_000, 2_000, 4_000, 8_000, 10_000, 10_000};
        Set<Duration> firsts = new HashSet<>();
        for (int item = 0; item < 50; item++) {
            for (int attempt = 1; attempt <= most.length; attempt++) {
                Duration pause = policy.pause(4_711, item, attempt);
                assertThat(pause.toMillis()).isBetween(most[attempt - 1] * 3 / 4, most[attempt - 1]);
                assertThat(policy.pause(4_711, item, attempt)).isEqualTo(pause);
            }
            firsts.add(policy.pause(4_711, item, 1));
        }
        assertThat(firsts).as("items that failed together come back apart").hasSizeGreaterThan(40);
    }
}

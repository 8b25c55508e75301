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
package io.carillon.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.jobs.operations.HealthThresholds;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

class HealthPropertiesTest {

    private static HealthThresholds bound(Map<String, String> properties) {
        return new Binder(new MapConfigurationPropertySource(properties))
                .bindOrCreate("carillon.health", HealthProperties.class)
                .thresholds();
    }

    @Test
    void thePropertiesHaveTheDefaultsOfTheThresholds() {
        assertThat(bound(Map.of())).isEqualTo(HealthThresholds.DEFAULTS);
    }

    @Test
    void aPropertyIsTheThresholdOfItsNameAndOneThatMakesNoSenseIsRefused() {
        HealthThresholds changed = bound(Map.of(
                "carillon.health.late-after", "5m",
                "carillon.health.owner-changes-within", "1h",
                "carillon.health.drift", "false"));
        assertThat(changed.lateAfter()).isEqualTo(Duration.ofMinutes(5));
        assertThat(changed.ownerChangesWithin()).isEqualTo(Duration.ofHours(1));
        assertThat(changed.drift()).isFalse();
        assertThatThrownBy(() -> bound(Map.of("carillon.health.slow-times", "0")))
                .hasRootCauseMessage(
                        "slowTimes: 0 (expected: 1..1000). The health of jobs is not computed; correct the threshold.");
    }
}

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
package io.carillon.messages;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.messages.MessageServiceOptions.Builder;
import java.time.Duration;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class MessageServiceOptionsTest {

    @Test
    void theDefaultsAreThoseOfTheDocumentation() {
        MessageServiceOptions options = MessageServiceOptions.of("orders").build();
        assertThat(options.producerGroup()).isEqualTo("orders");
        assertThat(options.grace()).isEqualTo(Duration.ofSeconds(20));
        assertThat(options.lease()).isEqualTo(Duration.ofSeconds(30));
        assertThat(options.confirmTimeout()).isEqualTo(Duration.ofMinutes(5));
        assertThat(options.queueCapacity()).isEqualTo(10_000);
        assertThat(options.maxInFlight()).isEqualTo(256);
        assertThat(options.completionBatch()).isEqualTo(500);
        assertThat(options.completionDelay()).isEqualTo(Duration.ofMillis(200));
        assertThat(options.pollInterval()).isEqualTo(Duration.ofSeconds(1));
        assertThat(options.maxAttempts()).isEqualTo(12);
        assertThat(options.backoffBase()).isEqualTo(Duration.ofSeconds(1));
        assertThat(options.backoffCap()).isEqualTo(Duration.ofMinutes(10));
        assertThat(options.subscriptionInterval()).isEqualTo(Duration.ofSeconds(30));
        assertThat(options.retention()).isEqualTo(Duration.ofDays(7));
        assertThat(options.maintenanceBudget()).isEqualTo(Duration.ofSeconds(25));
    }

    @Test
    void twoNodesOfOneHostHaveDifferentNames() {
        String one = MessageServiceOptions.of("orders").build().node();
        String other = MessageServiceOptions.of("orders").build().node();
        assertThat(one).isNotEqualTo(other).hasSizeLessThanOrEqualTo(64);
    }

    @Test
    void aBadSettingIsRefusedByName() {
        refused("producerGroup", options -> MessageServiceOptions.of(" "));
        refused("node", options -> options.node("x".repeat(65)));
        refused("grace", options -> options.grace(Duration.ZERO));
        refused("lease", options -> options.lease(Duration.ofSeconds(-1)));
        refused("queueCapacity", options -> options.queueCapacity(0));
        refused("maxInFlight", options -> options.maxInFlight(-3));
        refused("completionBatch", options -> options.completionBatch(0));
        refused("maxAttempts", options -> options.maxAttempts(0));
        refused("retention", options -> options.retention(Duration.ZERO));
    }

    @Test
    void aContradictionNamesBothSettings() {
        assertThatThrownBy(() -> MessageServiceOptions.of("orders")
                        .backoffBase(Duration.ofMinutes(20))
                        .build())
                .isInstanceOf(InvalidMessageException.class)
                .hasMessageContaining("backoffCap: PT10M (expected: not shorter than backoffBase, PT20M)");
    }

    private static void refused(String setting, UnaryOperator<Builder> change) {
        assertThatThrownBy(
                        () -> change.apply(MessageServiceOptions.of("orders")).build())
                .isInstanceOf(InvalidMessageException.class)
                .hasMessageStartingWith(setting + ": ")
                .hasMessageContaining("(expected: ");
    }
}

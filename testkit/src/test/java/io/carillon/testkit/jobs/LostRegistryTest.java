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
package io.carillon.testkit.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.operations.RegistryOperations;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** What is told of jobs while their registry cannot be reached. */
class LostRegistryTest {
    private static final Instant START = Instant.parse("2026-11-27T10:00:00Z");

    private final AtomicReference<Instant> now = new AtomicReference<>(START);
    private final InMemoryRegistry registry = new InMemoryRegistry(now::get, Duration.ofSeconds(60), Runnable::run);

    @Test
    void jobsAreShownAsLastSeenForAMomentThenItIsSaidThatNothingIsKnownUntilTheConnectionIsBack() {
        RegistryOperations.Settings settings = RegistryOperations.Settings.of(now::get);
        InMemoryRegistry.Client client = registry.connect();
        try (RegistryOperations others = RegistryOperations.open(registry.connect(), "shop", settings);
                RegistryOperations patient = RegistryOperations.open(client, "shop", settings);
                RegistryOperations honest =
                        RegistryOperations.open(client, "shop", settings.staleAfter(Duration.ofSeconds(5)))) {
            others.commands()
                    .add(
                            JobConfiguration.newBuilder("billing", 1)
                                    .cron("0 0 2 * * ?")
                                    .build(),
                            "com.example.Billing");
            assertThat(honest.queries().jobs()).hasSize(1);
            client.disconnect();
            now.set(START.plusSeconds(4));
            assertThat(honest.queries().jobs()).hasSize(1);
            now.set(START.plusSeconds(5));
            assertThatThrownBy(() -> honest.queries().jobs())
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageStartingWith(
                            "registry: no connection since 2026-11-27T10:00:00Z (expected: one, to read");
            assertThat(patient.queries().jobs()).hasSize(1);
            client.reconnect();
            assertThat(honest.queries().jobs()).hasSize(1);
        }
    }

    @Test
    void whoseRegistryWasNeverThereDoesNotWaitLongerThanThat() {
        InMemoryRegistry.Client client = registry.connect();
        client.disconnect();
        try (RegistryOperations honest = RegistryOperations.open(
                client, "shop", RegistryOperations.Settings.of(now::get).staleAfter(Duration.ofSeconds(5)))) {
            now.set(START.plusSeconds(5));
            assertThatThrownBy(() -> honest.queries().jobs()).hasMessageContaining("no connection since");
            client.reconnect();
            assertThat(honest.queries().jobs()).isEmpty();
        }
    }
}

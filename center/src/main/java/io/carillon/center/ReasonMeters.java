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
package io.carillon.center;

import io.carillon.center.LookAround.Seen;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;

/**
 * The reasons that the console shows and the alarms are about, as gauges {@code carillon.health.reasons} with the tags
 * {@code kind} (job, cluster, store), {@code cluster} (of a store its name) and {@code reason}: how many have it. A reason that
 * nobody has any more is gone, not 0. Thread-safe.
 */
final class ReasonMeters {
    private final MultiGauge reasons;

    ReasonMeters(MeterRegistry registry) {
        this.reasons = MultiGauge.builder("carillon.health.reasons")
                .description("How many jobs, clusters and message stores have a reason for not being well")
                .register(registry);
    }

    void seen(Seen seen) {
        reasons.register(
                seen.reasons().entrySet().stream()
                        .map(reason -> MultiGauge.Row.of(
                                Tags.of(
                                        "kind", reason.getKey().kind(),
                                        "cluster", reason.getKey().cluster(),
                                        "reason", reason.getKey().code()),
                                reason.getValue()))
                        .toList(),
                true);
    }
}

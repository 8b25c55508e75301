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

import io.carillon.jobs.engine.SystemTime;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits in real time, for at most 30 s. */
final class Until {

    private Until() {}

    static void holds(BooleanSupplier condition) {
        SystemTime time = new SystemTime();
        var until = time.instant().plusSeconds(30);
        while (!condition.getAsBoolean()) {
            assertThat(time.instant()).isBefore(until);
            LockSupport.parkNanos(1_000_000);
        }
    }
}

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
package io.carillon.messages.recovery;

import java.time.Duration;

/**
 * What one run of a maintenance job did. Immutable.
 *
 * @param handled rows deleted, resent or decided
 * @param left rows that were due and are still there, because the time budget ended or something was unavailable; a lower
 *     bound when counting them would cost a scan, but 0 only when none is known to be left
 * @param took how long it ran
 */
public record MaintenanceResult(long handled, long left, Duration took) {

    /** Whether everything that was due is done. */
    public boolean isComplete() {
        return left == 0;
    }
}

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

import io.carillon.jobs.engine.SystemTime;
import java.time.Instant;

/** Breaks a room rule on purpose, to show that the rules find it: a decision that reads the engine's clock. */
public final class BrokenRoomExample {

    private BrokenRoomExample() {}

    public static Instant decideWithAClock() {
        return new SystemTime().instant();
    }
}

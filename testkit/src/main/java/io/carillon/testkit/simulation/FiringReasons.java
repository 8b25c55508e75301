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
package io.carillon.testkit.simulation;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Says why a firing of an item was not run. The simulation accepts no lost firing without a reason; where reasons come from
 * (what can be seen from outside, or decisions that the engine recorded) is not its business. One thread at a time.
 */
public interface FiringReasons {

    /**
     * @param scheduledTime when the firing was due
     * @return the recorded reason; null when there is none
     */
    @Nullable
    String whyNot(String job, int item, Instant scheduledTime);
}

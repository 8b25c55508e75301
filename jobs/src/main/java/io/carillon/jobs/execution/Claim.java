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

import java.time.Duration;
import java.util.function.BooleanSupplier;

/** The right of an instance to work on the items of one firing. Thread-safe. */
public final class Claim {

    private final long fence;
    private final BooleanSupplier alive;
    private volatile boolean lost;

    /**
     * @param fence the number of the commit that made it
     * @param alive whether this process was not frozen longer than {@link #trustedFor} allows, by the clock on the wall or by
     *     the time that has passed, whichever says more; asked each time
     */
    public Claim(long fence, BooleanSupplier alive) {
        this.fence = fence;
        this.alive = alive;
    }

    /**
     * How long a claim may be trusted while nothing is heard from the registry, or while the process stands still. A client
     * lets up to a third of the session time-out pass between two signs of life, so the registry may end its session two
     * thirds of it after the connection is lost; the rest is for a slow clock.
     */
    public static Duration trustedFor(Duration sessionTimeout) {
        return sessionTimeout.multipliedBy(3).dividedBy(5);
    }

    public long fence() {
        return fence;
    }

    /** Ends the right for good. */
    public void lose() {
        lost = true;
    }

    public boolean isHeld() {
        return !lost && alive.getAsBoolean();
    }
}

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

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for conditions. Stateless. */
final class Await {

    private static final long LIMIT = TimeUnit.SECONDS.toNanos(30);

    private Await() {}

    /** Returns when the condition holds; fails after half a minute. */
    static void until(String what, BooleanSupplier condition) {
        long start = SystemTime.nanos().getAsLong();
        while (!condition.getAsBoolean()) {
            if (SystemTime.nanos().getAsLong() - start > LIMIT) {
                throw new AssertionError("did not come true: " + what);
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
        }
    }
}

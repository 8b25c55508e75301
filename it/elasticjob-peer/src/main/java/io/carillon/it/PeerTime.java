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
package io.carillon.it;

import java.util.concurrent.locks.LockSupport;

/** The only class here that reads the clock and waits. Stateless. */
final class PeerTime {

    private PeerTime() {}

    /** The second in which now is. ElasticJob tells no scheduled time; a run that starts less than a second late counts for its firing. */
    static long epochSecond() {
        return System.currentTimeMillis() / 1_000;
    }

    static long millis() {
        return System.currentTimeMillis();
    }

    static long nanos() {
        return System.nanoTime();
    }

    /** Prints {@code STALL <end> <length>} in milliseconds when this process did not get the processor when it should have. */
    static void tellOfStalls(long atLeastMillis) {
        while (true) {
            long start = System.nanoTime();
            pause(20);
            long late = (System.nanoTime() - start) / 1_000_000 - 20;
            if (late >= atLeastMillis) {
                System.out.println("STALL " + System.currentTimeMillis() + " " + late);
            }
        }
    }

    /** Waits about so long. */
    static void pause(long millis) {
        long end = System.nanoTime() + millis * 1_000_000;
        long left = millis * 1_000_000;
        while (left > 0) {
            LockSupport.parkNanos(left);
            left = end - System.nanoTime();
        }
    }
}

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
package io.carillon.jobs.operations;

import java.time.Instant;
import java.util.Comparator;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;

/** Ids of version 7 for what is kept in the order of time. Thread-safe. */
public final class TimedId {

    /** The order of time, as databases see it too: that of the ids as text. {@link UUID#compareTo} has another. */
    public static final Comparator<UUID> ORDER = Comparator.comparing(UUID::toString);

    private static final AtomicLong LAST = new AtomicLong();

    private TimedId() {}

    /** An id: the time, a number that grows within a millisecond of this process, then chance. */
    public static UUID at(Instant now) {
        long number = LAST.updateAndGet(last -> Math.max(last + 1, now.toEpochMilli() << 12));
        long first = ((number >>> 12) << 16) | 0x7000 | (number & 0xFFF);
        long second = (ThreadLocalRandom.current().nextLong() & 0x3FFF_FFFF_FFFF_FFFFL) | 0x8000_0000_0000_0000L;
        return new UUID(first, second);
    }
}

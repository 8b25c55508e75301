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
package io.carillon.messages;

import java.time.Duration;

/**
 * How a group receives the messages of a topic. Immutable.
 *
 * @param concurrency how many calls of the handler run at once in this process, at most; 1..1000, and with batches so that
 *     {@code concurrency * batchSize} is not above 1000
 * @param ordered whether the messages of a key are handled one after the other, in the order in which the broker got them,
 *     over all processes of the group
 * @param batchSize how many messages one call gets, at most; used by batch handlers only
 * @param batchDelay how long a batch waits to become full
 */
public record Reception(int concurrency, boolean ordered, int batchSize, Duration batchDelay) {

    private static final int MOST = 1000;

    /** @throws InvalidMessageException naming the setting that is out of its range */
    public Reception {
        check("concurrency", concurrency, 1, MOST);
        check("batchSize", batchSize, 1, MOST / concurrency);
        if (batchDelay.isNegative() || batchDelay.compareTo(Duration.ofMinutes(1)) > 0) {
            throw new InvalidMessageException(
                    "batchDelay", batchDelay, "zero to a minute", "Nothing was subscribed; correct the batchDelay.");
        }
    }

    private static void check(String name, int value, int least, int most) {
        if (value < least || value > most) {
            throw new InvalidMessageException(
                    name, value, least + ".." + most, "Nothing was subscribed; correct the " + name + ".");
        }
    }

    /** In any order, by up to so many calls at once. */
    public static Reception concurrently(int concurrency) {
        return new Reception(concurrency, false, 1, Duration.ZERO);
    }

    /** The same, keeping the order of each key. */
    public Reception inOrder() {
        return new Reception(concurrency, true, batchSize, batchDelay);
    }

    /** The same, in batches. */
    public Reception inBatches(int size, Duration delay) {
        return new Reception(concurrency, ordered, size, delay);
    }
}

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
package io.carillon.messages.relay;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class GatheringTest {

    private static final Duration LONG = Duration.ofMinutes(5);

    private final Gathering<Integer> gathering = new Gathering<>();

    @Test
    void aFullBatchIsTakenAtOnce() throws Exception {
        for (int i = 0; i < 5; i++) {
            gathering.add(i);
        }
        assertThat(gathering.take(3, LONG, LONG)).containsExactly(0, 1, 2);
        assertThat(gathering.size()).isEqualTo(2);
    }

    @Test
    void aPartOfABatchIsTakenAfterTheDelay() throws Exception {
        gathering.add(1);
        assertThat(gathering.take(3, LONG, Duration.ofMillis(1))).containsExactly(1);
    }

    @Test
    void anUrgentElementTakesThoseThatWaitWithIt() throws Exception {
        gathering.add(1);
        gathering.add(2, true);
        assertThat(gathering.take(3, LONG, LONG)).containsExactly(1, 2);
        gathering.add(3);
        assertThat(gathering.take(3, LONG, Duration.ofMillis(1))).containsExactly(3);
    }

    @Test
    void anUrgentElementBehindAFullBatchDoesNotWaitEither() throws Exception {
        for (int i = 0; i < 3; i++) {
            gathering.add(i);
        }
        gathering.add(3, true);
        assertThat(gathering.take(3, LONG, LONG)).containsExactly(0, 1, 2);
        assertThat(gathering.take(3, LONG, LONG)).containsExactly(3);
    }

    @Test
    void nothingIsTakenAfterTheIdleTime() throws Exception {
        assertThat(gathering.take(3, Duration.ofMillis(1), LONG)).isEmpty();
    }

    @Test
    void closingEndsTheWait() throws Exception {
        CompletableFuture<List<Integer>> taker = CompletableFuture.supplyAsync(() -> {
            try {
                return gathering.take(3, LONG, LONG);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        gathering.close();
        assertThat(taker.get(60, TimeUnit.SECONDS)).isEmpty();
        gathering.add(1);
        assertThat(gathering.take(3, LONG, LONG)).containsExactly(1);
        gathering.awaitBelow(0);
    }

    @Test
    void whoWaitsForRoomGoesOnWhenThereIsSome() throws Exception {
        gathering.add(1);
        gathering.add(2);
        CompletableFuture<Void> waiter = CompletableFuture.runAsync(() -> {
            try {
                gathering.awaitBelow(2);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        gathering.take(1, LONG, Duration.ZERO);
        waiter.get(60, TimeUnit.SECONDS);
    }
}

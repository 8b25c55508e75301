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
import org.junit.jupiter.api.Test;

class RedeliveryTest {

    @Test
    void thePauseDoublesUpToTheLongest() {
        Duration longest = Duration.ofMinutes(1);
        assertThat(Redelivery.pauseMillis(Duration.ofSeconds(1), 1, longest)).isEqualTo(1_000);
        assertThat(Redelivery.pauseMillis(Duration.ofSeconds(1), 4, longest)).isEqualTo(8_000);
        assertThat(Redelivery.pauseMillis(Duration.ofSeconds(1), 900, longest)).isEqualTo(60_000);
        assertThat(Redelivery.pauseMillis(Duration.ofHours(1), 900, longest)).isEqualTo(3_600_000);
    }

    @Test
    void oneOfAKeyIsLetThroughAtATimeAndWorkWithoutAKeyNeverWaits() {
        KeyLanes<String> lanes = new KeyLanes<>();
        assertThat(lanes.enter("a", "a1")).isTrue();
        assertThat(lanes.enter("a", "a2")).isFalse();
        assertThat(lanes.enter("b", "b1")).isTrue();
        assertThat(lanes.enter("a", "a3")).isFalse();
        assertThat(lanes.enter("", "none")).isTrue();
        assertThat(lanes.leave("")).isNull();
        assertThat(lanes.leave("a")).isEqualTo("a2");
        assertThat(lanes.leave("a")).isEqualTo("a3");
        assertThat(lanes.leave("a")).isNull();
        assertThat(lanes.enter("a", "a4")).isTrue();
    }
}

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
package io.carillon.jobs.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What of a run is kept, and how much. */
class RunRecordTest {

    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

    private static RunRecord with(String jobParameter, String shardingParameter, String traceId) {
        return new RunRecord(
                UUID.randomUUID(),
                "job",
                0,
                "a",
                1,
                RunRecord.Source.NORMAL_TRIGGER,
                NOON,
                NOON,
                NOON,
                RunRecord.Outcome.SUCCEEDED,
                0,
                null,
                1,
                jobParameter,
                shardingParameter,
                traceId);
    }

    @Test
    void aParameterOfAThousandCharactersIsKeptWholeAndALongerOneSaysThatItIsCut() {
        String whole = "x".repeat(RunRecord.MAX_PARAMETER);
        RunRecord run = with(whole, whole + "y", null);
        assertThat(run.jobParameter()).isEqualTo(whole).matches(text -> !RunRecord.isCut(text));
        assertThat(run.shardingParameter()).hasSize(RunRecord.MAX_PARAMETER).matches(RunRecord::isCut);
        assertThat(with("", null, null).jobParameter()).isEmpty();
        assertThat(with("", null, null).shardingParameter()).isNull();
    }

    @Test
    void noCharacterIsCutInTwo() {
        String kept = with("x".repeat(RunRecord.MAX_PARAMETER - 2) + "\uD83D\uDD14\uD83D\uDD14", null, null)
                .jobParameter();
        assertThat(kept)
                .isEqualTo("x".repeat(RunRecord.MAX_PARAMETER - 2) + "\u2026")
                .matches(RunRecord::isCut);
    }

    @Test
    void anIdOfATraceThatIsBlankOrTooLongToBeOneIsNone() {
        assertThat(with("", "", "4bf92f35").traceId()).isEqualTo("4bf92f35");
        assertThat(with("", "", " ").traceId()).isNull();
        assertThat(with("", "", "x".repeat(RunRecord.MAX_TRACE_ID + 1)).traceId())
                .isNull();
    }
}

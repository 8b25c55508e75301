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
package io.carillon.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class SimulateTest {

    @Test
    void aSeedAloneIsOneHistoryAndNothingIsTwoHundred() {
        assertThat(SimulateOptions.parse(List.of())).isEqualTo(new SimulateOptions(200, 1, false, false));
        assertThat(SimulateOptions.parse(List.of("--seed", "7", "--trace")))
                .isEqualTo(new SimulateOptions(1, 7, true, false));
        assertThat(SimulateOptions.parse(List.of("--seeds", "2000", "--seed", "9")))
                .isEqualTo(new SimulateOptions(2_000, 9, false, false));
        assertThat(SimulateOptions.parse(List.of("--mutants"))).isEqualTo(new SimulateOptions(1_000, 1, false, true));
    }

    @Test
    void whatCannotBePlayedIsRefusedWithWhatIsExpected() {
        assertThatThrownBy(() -> SimulateOptions.parse(List.of("--seeds", "0")))
                .hasMessage("--seeds: 0 (expected: 1..1000000). Nothing was played.");
        assertThatThrownBy(() -> SimulateOptions.parse(List.of("--trace")))
                .hasMessageContaining("expected: one history");
        assertThatThrownBy(() -> SimulateOptions.parse(List.of("--speed", "1")))
                .hasMessageContaining("expected: --seeds, --seed, --trace or --mutants");
    }

    @Test
    void theHistoriesAreCountedWithTheirFaults() {
        String text = run("simulate", "--seeds", "5");
        assertThat(text).contains("every invariant held after every event", "crash", "session expired");
        assertThat(text.lines().filter(line -> line.startsWith("  histories")))
                .allMatch(line -> line.strip().endsWith(" 5"))
                .hasSize(1);
    }

    @Test
    void aTraceShowsWhatEachHostDoes() {
        assertThat(run("simulate", "--seed", "1", "--trace"))
                .contains("p0: 10.0.0.1@-@p0 starts", "asks JOIN job1", "no more faults", "every invariant held");
    }

    private static String run(String... arguments) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        int code = Main.run(Path.of("."), List.of(arguments), new PrintStream(bytes, true, StandardCharsets.UTF_8));
        assertThat(code).isZero();
        return bytes.toString(StandardCharsets.UTF_8);
    }
}

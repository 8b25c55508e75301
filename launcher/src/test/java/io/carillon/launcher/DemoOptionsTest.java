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

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DemoOptionsTest {

    @Test
    void withoutOptionsItRunsAMinuteOnH2AndRocketMq() {
        assertThat(DemoOptions.parse(List.of())).isEqualTo(new DemoOptions(60, "h2", "rocketmq", 20, false, "short"));
    }

    @Test
    void everyOptionIsTaken() {
        assertThat(DemoOptions.parse(List.of(
                        "--seconds",
                        "30",
                        "--database",
                        "mariadb",
                        "--broker",
                        "in-jvm",
                        "--rate",
                        "5",
                        "--keep",
                        "--schedules",
                        "mission")))
                .isEqualTo(new DemoOptions(30, "mariadb", "in-jvm", 5, true, "mission"));
    }

    @ParameterizedTest
    @CsvSource({
        "--seconds,abc,--seconds: abc (expected: 20..3600)",
        "--seconds,5,--seconds: 5 (expected: 20..3600)",
        "--rate,0,--rate: 0 (expected: 1..500)",
        "--database,oracle,--database: oracle (expected: h2 or mariadb)",
        "--broker,kafka,--broker: kafka (expected: rocketmq or in-jvm)",
        "--colour,red,option: --colour (expected: --seconds"
    })
    void aBadOptionIsNamedWithItsValueAndWhatWasExpected(String name, String value, String words) {
        assertThatThrownBy(() -> DemoOptions.parse(List.of(name, value)))
                .isInstanceOf(UsageException.class)
                .hasMessageStartingWith(words)
                .hasMessageContaining("Nothing was started");
    }

    @Test
    void anOptionWithoutItsValueIsNamed() {
        assertThatThrownBy(() -> DemoOptions.parse(List.of("--seconds")))
                .hasMessageStartingWith("--seconds: nothing (expected: a value behind it)");
    }
}

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
package io.carillon.store.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The text form of headers. */
class HeadersTest {

    @Test
    void whatIsWrittenIsRead() {
        Random random = new Random(7);
        for (int round = 0; round < 500; round++) {
            Map<String, String> headers = new TreeMap<>();
            for (int i = random.nextInt(6); i > 0; i--) {
                headers.put(text(random), text(random));
            }
            String text = Headers.encode(headers);
            assertThat(Headers.decode(text)).isEqualTo(headers);
            assertThat(text).matches("[ -~]*");
        }
    }

    private static String text(Random random) {
        int[] characters = {'a', 'Z', '0', '=', '&', '%', '+', ' ', '\n', '\t', 0, 0xe9, 0x4e2d, 0x1f514};
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(12); i > 0; i--) {
            text.appendCodePoint(characters[random.nextInt(characters.length)]);
        }
        return text.toString();
    }

    @Test
    void theFormIsFixed() {
        assertThat(Headers.encode(Map.of())).isEmpty();
        assertThat(Headers.encode(Map.of("b", "1 2", "a", "=&%+é"))).isEqualTo("a=%3D%26%25%2B%C3%A9&b=1+2");
    }

    @Test
    void aPartThatCannotBeReadIsKept() {
        assertThat(Headers.decode(null)).isEmpty();
        assertThat(Headers.decode("a=%zz&b=1&c")).isEqualTo(Map.of("a", "%zz", "b", "1", "c", ""));
    }
}

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
package io.carillon.console.ask;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.messages.model.MessageState;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The words of the search for messages, and payloads made readable. */
class MessageWordsTest {
    private static final Instant NOW = Instant.parse("2026-11-22T10:00:00Z");

    private static MessageWords of(String text) {
        return MessageWords.of(text, NOW);
    }

    @Test
    void eachWordIsOnePartOfTheFilter() {
        MessageWords words =
                of("STATE:dead,sent topic:orders tag:placed producer:shop group:points attempts:>=3 age:>10m age:<2h");
        assertThat(words.unknown()).isEmpty();
        assertThat(words.filter().states()).containsExactlyInAnyOrder(MessageState.DEAD, MessageState.SENT);
        assertThat(words.filter().topic()).isEqualTo("orders");
        assertThat(words.filter().tag()).isEqualTo("placed");
        assertThat(words.filter().producer()).isEqualTo("shop");
        assertThat(words.filter().group()).isEqualTo("points");
        assertThat(words.filter().attempts()).isEqualTo(3);
        assertThat(words.filter().to()).isEqualTo(NOW.minus(Duration.ofMinutes(10)));
        assertThat(words.filter().from()).isEqualTo(NOW.minus(Duration.ofHours(2)));
    }

    @Test
    void aWordAloneIsAKeyOrAnIdAndQuotesHoldBlanks() {
        assertThat(of("4711").filter().key()).isEqualTo("4711");
        assertThat(of("\"A 1\"").filter().key()).isEqualTo("A 1");
        assertThat(of("key:\"state:dead\"").filter().key()).isEqualTo("state:dead");
        assertThat(of("订单-1").filter().key()).isEqualTo("订单-1");
        assertThat(of("4711:7").filter().key()).as("a number names no part").isEqualTo("4711:7");
        assertThat(of("01932b2e-7c00-7000-8000-000000000001").id()).isNotNull();
        assertThat(of("01932b2e-7c00-7000-8000-00000000000x").filter().key()).isNotNull();
    }

    @Test
    void whatMeansNothingIsNamed() {
        assertThat(of("state:deed").unknown()).containsExactly("state:deed");
        assertThat(of("colour:red age:10m attempts:many topic:").unknown())
                .containsExactly("colour:red", "age:10m", "attempts:many", "topic:");
        assertThat(of("one two").unknown()).containsExactly("two");
        assertThat(of(null).filter()).isEqualTo(io.carillon.messages.operations.MessageFilter.all());
        assertThat(of("x".repeat(2_000)).text()).hasSize(500);
    }

    @Test
    void whatIsWrittenIsReadAgain() {
        for (String value : new String[] {"a", "A 1", "state:dead", "x:y", "键", "a\tb"}) {
            assertThat(of(MessageWords.written("key", value)).filter().key()).isEqualTo(value);
            assertThat(of(MessageWords.written("", value)).filter().key()).isEqualTo(value);
            assertThat(of(MessageWords.written("topic", value) + " state:dead").only(MessageState.SENT))
                    .isEqualTo(MessageWords.written("topic", value) + " state:sent");
        }
        assertThat(of("state:dead 4711").only(null)).isEqualTo("4711");
        assertThat(of("state:dead").isOnly(MessageState.DEAD)).isTrue();
        assertThat(of("").isOnly(null)).isTrue();
    }

    @Test
    void anyBytesAreReadableAndNothingOfThemIsLost() {
        Random random = new Random(20261122);
        for (int i = 0; i < 2_000; i++) {
            byte[] bytes = new byte[random.nextInt(300)];
            random.nextBytes(bytes);
            if (i % 2 == 0) {
                for (int j = 0; j < bytes.length; j++) {
                    bytes[j] = (byte) "{}[]\",:\\ \n1aé".charAt(Math.abs(bytes[j]) % 13);
                }
            }
            Payload payload = Payload.of(bytes, "application/json");
            assertThat(payload.bytes()).isEqualTo(bytes.length);
            assertThat(payload.text().codePoints())
                    .noneMatch(c -> Character.isISOControl(c) && c != '\n' && c != '\t' && c != '\r');
            if (payload.kind() == Payload.Kind.JSON) {
                assertThat(payload.text().replaceAll("\\s", ""))
                        .isEqualTo(Payload.seen(new String(bytes, StandardCharsets.UTF_8))
                                .replaceAll("\\s", ""));
            }
        }
        byte[] cut = "€".repeat(30_000).getBytes(StandardCharsets.UTF_8);
        Payload payload = Payload.of(cut, "text/plain");
        assertThat(payload.isCut()).isTrue();
        assertThat(payload.shown() % 3).as("not in the middle of a character").isZero();
        assertThat(payload.kind()).isEqualTo(Payload.Kind.TEXT);
    }
}

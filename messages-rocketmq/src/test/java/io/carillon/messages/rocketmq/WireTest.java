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
package io.carillon.messages.rocketmq;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.messages.Message;
import io.carillon.messages.ReceivedMessage;
import io.carillon.messages.model.StoredMessage;
import io.carillon.testkit.messages.Traffic;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.common.message.MessageDecoder;
import org.apache.rocketmq.common.message.MessageExt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class WireTest {

    @ParameterizedTest
    @EnumSource(SendStatus.class)
    void onlyAFullSuccessIsAnAcknowledgement(SendStatus status) {
        assertThat(RocketMqBroker.reasonNotKept(status))
                .isEqualTo(status == SendStatus.SEND_OK ? null : "send status " + status);
    }

    @Test
    void whatIsEncodedIsDecoded() {
        StoredMessage stored = Traffic.stored(Message.to("orders", "paid")
                .key("order-7")
                .json("{\"id\":7}")
                .header("trace", "abc")
                .build());

        ReceivedMessage received = Wire.decode(carried(stored), "points");

        assertThat(received.id()).isEqualTo(stored.id());
        assertThat(received.producer()).isEqualTo("orders");
        assertThat(received.group()).isEqualTo("points");
        assertThat(received.deliveryAttempt()).isEqualTo(1);
        assertThat(received.message().topic()).isEqualTo("orders");
        assertThat(received.message().tag()).isEqualTo("paid");
        assertThat(received.message().key()).isEqualTo("order-7");
        assertThat(received.message().contentType()).isEqualTo("application/json");
        assertThat(received.message().headers()).containsOnly(java.util.Map.entry("trace", "abc"));
        assertThat(received.message().text()).isEqualTo("{\"id\":7}");
    }

    @Test
    void anEmptyMessageArrivesEmpty() {
        StoredMessage stored =
                Traffic.stored(Message.to("orders", "").payload(new byte[0], "").build());

        Message received = Wire.decode(carried(stored), "points").message();

        assertThat(received.payload()).isEmpty();
        assertThat(received.tag()).isEmpty();
        assertThat(received.key()).isEmpty();
        assertThat(received.contentType()).isEmpty();
        assertThat(received.headers()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "KEYS",
                "UNIQ_KEY",
                "DELAY",
                "TIMER_DELAY_SEC",
                "__STARTDELIVERTIME",
                "carillon-id",
                "carillon-x",
                "CLUSTER"
            })
    void aHeaderWithAReservedNameArrivesAndTouchesNothingElse(String name) {
        StoredMessage stored = Traffic.stored(Message.to("orders", "paid")
                .key("k")
                .text("t")
                .header(name, "mine")
                .build());

        ReceivedMessage received = Wire.decode(carried(stored), "points");

        assertThat(received.id()).isEqualTo(stored.id());
        assertThat(received.message().key()).isEqualTo("k");
        assertThat(received.message().headers()).containsOnly(java.util.Map.entry(name, "mine"));
    }

    @Test
    void aBlankHeaderArrivesBlank() {
        StoredMessage stored = Traffic.stored(Message.to("orders", "")
                .text("t")
                .header("a", "")
                .header("b", " ")
                .build());

        assertThat(Wire.decode(carried(stored), "points").message().headers())
                .containsOnly(java.util.Map.entry("a", ""), java.util.Map.entry("b", " "));
    }

    @Test
    void aMessageOfSomebodyElseIsNotDecoded() {
        MessageExt foreign = new MessageExt();
        foreign.setTopic("orders");
        foreign.setBody(new byte[1]);
        assertThat(Wire.decode(foreign, "points")).isNull();

        foreign.putUserProperty(Wire.PRODUCER, "orders");
        foreign.putUserProperty(Wire.ID, "17");
        assertThat(Wire.decode(foreign, "points")).isNull();
    }

    @Test
    void whatRocketMqCannotCarryIsRefusedWithItsReason() {
        assertThat(reason(Message.to("orders.paid", ""))).startsWith("topic: 'orders.paid' (expected:");
        assertThat(reason(Message.to("%RETRY%orders", ""))).startsWith("topic: '%RETRY%orders' (expected:");
        assertThat(reason(Message.to("SCHEDULE_TOPIC_XXXX", ""))).contains("does not keep for itself");
        assertThat(reason(Message.to("orders", "a|b"))).startsWith("tag: 'a|b' (expected:");
        assertThat(reason(Message.to("orders", "*"))).startsWith("tag:");
        assertThat(reason(Message.to("orders", " a"))).startsWith("tag:");
        assertThat(reason(Message.to("orders", "").key("a\u0001b"))).startsWith("key");
        assertThat(reason(Message.to("orders", "").header("a\u0002", "b"))).startsWith("header:");
        assertThat(reason(Message.to("orders", "").header(" ", "b"))).startsWith("header:");
        assertThat(reason(Message.to("orders", "").header("a", "x".repeat(31_000))))
                .startsWith("headers: 31");
        assertThat(reason(Message.to("orders", "").text("12345678901")))
                .isEqualTo("payload: 11 bytes (expected: at most 10)");
        assertThat(reason(Message.to("orders", "paid").text("1234567890"))).isNull();
    }

    @Test
    void everyGroupAndTopicHaveAGroupOfTheirOwn() {
        assertThat(Wire.consumerGroup("points", "orders")).isEqualTo("points-orders");
        String one = Wire.consumerGroup("g".repeat(100), "t".repeat(100));
        String other = Wire.consumerGroup("g".repeat(100), "t".repeat(99));
        assertThat(one).hasSize(Wire.MAX_GROUP).isNotEqualTo(other);
        assertThat(Wire.isLegalName(one, Wire.MAX_GROUP)).isTrue();
    }

    private static String reason(Message.Builder message) {
        return Wire.reasonToRefuse(Traffic.stored(message.build()), 10);
    }

    /** As the consumer gets it: properties go through RocketMQ's own text form. */
    private static MessageExt carried(StoredMessage stored) {
        assertThat(Wire.reasonToRefuse(stored, 1000)).isNull();
        org.apache.rocketmq.common.message.Message sent = Wire.encode(stored);
        MessageExt received = new MessageExt();
        received.setTopic(sent.getTopic());
        received.setBody(sent.getBody());
        org.apache.rocketmq.common.message.MessageAccessor.setProperties(
                received,
                MessageDecoder.string2messageProperties(MessageDecoder.messageProperties2String(sent.getProperties())));
        return received;
    }
}

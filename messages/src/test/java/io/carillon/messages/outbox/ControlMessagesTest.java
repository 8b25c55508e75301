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
package io.carillon.messages.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.messages.Message;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.outbox.MessageStore.ConfirmedBy;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ControlMessagesTest {

    private static final MessageId ID = MessageId.of(Instant.parse("2026-11-22T10:00:00Z"), 1, 2);

    @Test
    void confirmationsAreReadAsTheyWereWritten() {
        List<ConfirmedBy> confirmations = List.of(new ConfirmedBy(ID, "points"), new ConfirmedBy(ID, "mail"));
        Message message = ControlMessages.confirmations("orders", confirmations);
        assertThat(message.topic()).isEqualTo("CARILLON_CONFIRM");
        assertThat(message.tag()).isEqualTo("orders");
        assertThat(message.text()).startsWith("points\t" + ID + "\n");
        assertThat(ControlMessages.confirmations(message)).isEqualTo(confirmations);
    }

    @Test
    void subscriptionsAreReadAsTheyWereWritten() {
        Message message =
                ControlMessages.subscriptions("points", Map.of("orders", Set.of("placed", "paid"), "users", Set.of()));
        assertThat(message.topic()).isEqualTo("CARILLON_SUBSCRIBE");
        assertThat(message.tag()).isEmpty();
        assertThat(ControlMessages.subscriptions(message))
                .isEqualTo(Map.of("points", Map.of("orders", Set.of("placed", "paid"), "users", Set.of("*"))));
    }

    @Test
    void linesThatCannotBeReadArePassedOver() {
        Message message = Message.to(ControlMessages.CONFIRM_TOPIC, "orders")
                .text("points\tno id\nonly one field\n\npoints\t" + ID + "\n")
                .build();
        assertThat(ControlMessages.confirmations(message)).containsExactly(new ConfirmedBy(ID, "points"));
        assertThat(ControlMessages.subscriptions(message)).isEmpty();
    }

    @Test
    void theControlTopicsAreNotForUsers() {
        assertThat(ControlMessages.isControlTopic("CARILLON_CONFIRM")).isTrue();
        assertThat(ControlMessages.isControlTopic("CARILLON_SUBSCRIBE")).isTrue();
        assertThat(ControlMessages.isControlTopic("orders")).isFalse();
    }
}

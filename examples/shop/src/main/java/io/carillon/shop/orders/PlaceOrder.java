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
package io.carillon.shop.orders;

import io.carillon.messages.Message;
import io.carillon.messages.ReliableMessages;
import io.carillon.messages.model.MessageId;
import io.carillon.shop.common.DbTime;
import io.carillon.shop.common.Refused;
import java.time.InstantSource;
import java.util.Map;
import java.util.UUID;
import org.springframework.http.HttpStatus;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;
import tools.jackson.databind.json.JsonMapper;

/**
 * Places an order: the order's row and its message are written in one transaction, so the message is delivered if and only
 * if the order exists. Thread-safe.
 */
@Component
public class PlaceOrder {

    /** Where orders are announced. */
    public static final String TOPIC = "ORDER_TOPIC";

    /** An order was placed. Key: the order's number; body: {@code {"orderNo", "customer", "amountCents"}}. */
    public static final String PLACED = "ORDER_PLACED";

    private final JdbcClient jdbc;
    private final ReliableMessages messages;
    private final JsonMapper json;
    private final InstantSource time;

    public PlaceOrder(JdbcClient jdbc, ReliableMessages messages, JsonMapper json, InstantSource time) {
        this.jdbc = jdbc;
        this.messages = messages;
        this.json = json;
        this.time = time;
    }

    /** What a customer wants to buy. Immutable. */
    public record NewOrder(String customer, long amountCents) {}

    /** An order and the message that tells of it. Immutable. */
    public record PlacedOrder(String orderNo, MessageId messageId) {}

    /**
     * Places an order.
     *
     * @param fail true: everything is written, then the transaction is rolled back, to show that no message goes out
     * @throws Refused when {@code fail} is set
     */
    @Transactional
    public PlacedOrder place(NewOrder order, boolean fail) {
        String orderNo = newOrderNo();
        insert(orderNo, order);
        MessageId messageId = messages.send(announcement(orderNo, order));
        if (fail) {
            throw rolledBack(orderNo);
        }
        return new PlacedOrder(orderNo, messageId);
    }

    static String newOrderNo() {
        return UUID.randomUUID().toString();
    }

    /** Writes an order's row into the caller's transaction. */
    public void insert(String orderNo, NewOrder order) {
        jdbc.sql("INSERT INTO orders (order_no, customer, amount_cents, created_at) VALUES (?, ?, ?, ?)")
                .params(orderNo, order.customer(), order.amountCents(), DbTime.of(time.instant()))
                .update();
    }

    /** The message that tells of an order. */
    public Message announcement(String orderNo, NewOrder order) {
        return Message.to(TOPIC, PLACED)
                .key(orderNo)
                .json(json.writeValueAsString(
                        Map.of("orderNo", orderNo, "customer", order.customer(), "amountCents", order.amountCents())))
                .build();
    }

    static Refused rolledBack(String orderNo) {
        return new Refused(
                HttpStatus.CONFLICT,
                "fail: true (expected: false). Order " + orderNo + " and its message were written and rolled back; "
                        + "leave the parameter out to place an order.");
    }
}

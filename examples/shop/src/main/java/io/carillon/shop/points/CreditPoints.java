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
package io.carillon.shop.points;

import io.carillon.messages.ReceivedMessage;
import io.carillon.shop.common.DbTime;
import io.carillon.spring.ReliableListener;
import java.time.InstantSource;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Credits points for messages of the other services. The entry, the balance and the inbox row commit together, so a message
 * that comes twice credits once; nothing else here guards against that. Thread-safe.
 */
@Component
public class CreditPoints {

    /** The group of this service's subscriptions, in which every instance takes its share. */
    public static final String GROUP = "points";

    /** What a new account gets. */
    public static final long WELCOME_POINTS = 100;

    private final JdbcClient jdbc;
    private final JsonMapper json;
    private final InstantSource time;

    public CreditPoints(JdbcClient jdbc, JsonMapper json, InstantSource time) {
        this.jdbc = jdbc;
        this.json = json;
        this.time = time;
    }

    /** One point for each full 100 cents of an order. */
    @ReliableListener(topic = "ORDER_TOPIC", tags = "ORDER_PLACED", group = GROUP)
    public void orderPlaced(ReceivedMessage received) {
        JsonNode order = json.readTree(received.message().text());
        credit(
                order.required("orderNo").asString(),
                "ORDER",
                order.required("customer").asString(),
                order.required("amountCents").asLong() / 100);
    }

    /** A welcome for each new account. */
    @ReliableListener(topic = "ACCOUNT_TOPIC", tags = "ACCOUNT_REGISTERED", group = GROUP)
    public void accountRegistered(ReceivedMessage received) {
        JsonNode account = json.readTree(received.message().text());
        credit(
                account.required("accountNo").asString(),
                "WELCOME",
                account.required("name").asString(),
                WELCOME_POINTS);
    }

    private void credit(String orderId, String kind, String customer, long points) {
        jdbc.sql("INSERT INTO point_entry (order_id, kind, customer, points, created_at) VALUES (?, ?, ?, ?, ?)")
                .params(orderId, kind, customer, points, DbTime.of(time.instant()))
                .update();
        if (!addToBalance(customer, points)) {
            try {
                jdbc.sql("INSERT INTO point_account (customer, balance) VALUES (?, ?)")
                        .params(customer, points)
                        .update();
            } catch (DuplicateKeyException e) {
                // The customer's first two orders at once: the other one made the row.
                addToBalance(customer, points);
            }
        }
    }

    private boolean addToBalance(String customer, long points) {
        return jdbc.sql("UPDATE point_account SET balance = balance + ? WHERE customer = ?")
                        .params(points, customer)
                        .update()
                == 1;
    }
}

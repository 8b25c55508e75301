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
package io.carillon.shop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.jobs.JobEngine;
import io.carillon.messages.model.MessageState;
import io.carillon.messages.outbox.MessageStore;
import java.net.http.HttpResponse;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class OrdersAndPointsTest {

    private static final String ORDER = "{\"customer\":\"%s\",\"amountCents\":1250}";

    private static ShopFixture shop;

    @BeforeAll
    static void start() {
        shop = ShopFixture.start("orders,points", context -> {});
        ShopFixture.await("orders knows its subscriber", () -> !shop.bean(MessageStore.class)
                .subscribers("ORDER_TOPIC", "ORDER_PLACED")
                .isEmpty());
    }

    @AfterAll
    static void stop() {
        shop.close();
    }

    @Test
    void anOrderCreditsPointsOnceAndItsMessageIsClosed() {
        HttpResponse<String> placed = shop.postJson("/orders", ORDER.formatted("li"));
        assertThat(placed.statusCode()).isEqualTo(201);
        assertThat(shop.postJson("/orders", ORDER.formatted("li")).statusCode()).isEqualTo(201);

        ShopFixture.await("both orders are credited", () -> shop.count("point_entry WHERE customer = 'li'") == 2);
        ShopFixture.await(
                "both messages are closed",
                () -> shop.count("CARILLON_MESSAGE m WHERE m.state = 30"
                                + " AND m.msg_key IN (SELECT order_no FROM orders WHERE customer = 'li')")
                        == 2);
        assertThat(shop.count("point_entry WHERE customer = 'li'")).isEqualTo(2);
        assertThat(shop.get("/points/balance/li").body()).isEqualTo("{\"balance\":24}");
        assertThat(shop.get("/points/balance/nobody").body()).isEqualTo("{\"balance\":0}");
    }

    @Test
    void anOrderThroughTheAnnotationCreditsPointsOnce() {
        assertThat(shop.postJson("/orders?annotated=true", ORDER.formatted("annotated"))
                        .statusCode())
                .isEqualTo(201);
        ShopFixture.await("the order is credited", () -> shop.count("point_entry WHERE customer = 'annotated'") == 1);
    }

    @Test
    void anOrderThatIsRolledBackLeavesNothing() {
        for (String way : Set.of("/orders?fail=true", "/orders?fail=true&annotated=true")) {
            HttpResponse<String> refused = shop.postJson(way, ORDER.formatted("rolled-back"));
            assertThat(refused.statusCode()).isEqualTo(409);
            assertThat(refused.body()).contains("were written and rolled back");
            String orderNo = refused.body().replaceAll(".*Order ([0-9a-f-]+) and.*", "$1");
            assertThat(orderNo).hasSize(36);
            assertThat(shop.count("CARILLON_MESSAGE WHERE msg_key = '" + orderNo + "'"))
                    .isZero();
        }
        assertThat(shop.count("orders WHERE customer = 'rolled-back'")).isZero();
        // An order behind it has arrived, so the one before it would have.
        shop.postJson("/orders", ORDER.formatted("behind"));
        ShopFixture.await("the order behind", () -> shop.count("point_entry WHERE customer = 'behind'") == 1);
        assertThat(shop.count("point_entry WHERE customer = 'rolled-back'")).isZero();
    }

    @Test
    void aRequestThatCannotBeDoneSaysWhatWasExpected() {
        assertThat(shop.postJson("/orders", "{\"customer\":\"li\",\"amountCents\":0}")
                        .body())
                .contains("amountCents: 0 (expected: 1..100000000)");
        assertThat(shop.postJson("/orders", "{\"customer\":\" \",\"amountCents\":1}")
                        .statusCode())
                .isEqualTo(400);
        assertThat(shop.postJson("/orders", "{\"amountCents\":1}").body())
                .contains("customer: not set (expected: 1..80 characters");
        HttpResponse<String> broken = shop.postJson("/orders", "{\"amountCents\":");
        assertThat(broken.statusCode()).isEqualTo(400);
        assertThat(broken.body()).contains("body: ").contains("(expected: JSON as the README shows it)");
    }

    @Test
    void theSeedGivesTheMaintenanceJobsWorkAndTheyDoExactlyThat() {
        HttpResponse<String> seeded = shop.postJson("/demo/seed?size=50", "");
        assertThat(seeded.statusCode()).isEqualTo(200);
        assertThat(seeded.body())
                .contains("\"messagesFinishedOld\":50", "\"receivedConfirmedOld\":50", "\"ordersStuckInSending\":50");
        assertThat(shop.count("CARILLON_MESSAGE WHERE msg_key = 'seeded'")).isEqualTo(60);
        assertThat(shop.count("CARILLON_INBOX WHERE producer = 'seeded'")).isEqualTo(55);

        JobEngine engine = shop.bean(JobEngine.class);
        engine.commands().trigger("orders-points-clean-sent");
        engine.commands().trigger("orders-points-clean-consumed");

        ShopFixture.await(
                "old messages are cleaned", () -> shop.count("CARILLON_MESSAGE WHERE msg_key = 'seeded'") == 5);
        ShopFixture.await(
                "old receipts are cleaned", () -> shop.count("CARILLON_INBOX WHERE producer = 'seeded'") == 5);
        ShopFixture.await(
                "stuck orders are credited",
                () -> shop.count("orders o WHERE o.customer LIKE 'customer-%' AND (SELECT COUNT(*) FROM point_entry p"
                                + " WHERE p.order_id = o.order_no) = 1")
                        == 50);
        ShopFixture.await("and closed", () -> shop.count("CARILLON_MESSAGE WHERE state NOT IN (30, 50)") == 0);
        assertThat(shop.bean(MessageStore.class).countByState().getOrDefault(MessageState.DEAD, 0L))
                .isZero();
    }

    @Test
    void anUnknownRoleIsRefusedWithTheNamesOfTheRoles() {
        assertThatThrownBy(() -> ShopApplication.application("orders,pints"))
                .hasMessageContaining("shop.roles: 'orders,pints' (expected: one or more of orders, points, accounts");
        assertThatThrownBy(() -> ShopApplication.application("")).hasMessageContaining("shop.roles: ''");
    }
}

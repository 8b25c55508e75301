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

import io.carillon.shop.common.Refused;
import io.carillon.shop.orders.PlaceOrder.NewOrder;
import io.carillon.shop.orders.PlaceOrder.PlacedOrder;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** {@code /orders}. Thread-safe. */
@RestController
@RequestMapping("/orders")
final class OrderController {

    private static final long MAX_AMOUNT_CENTS = 100_000_000;

    private final PlaceOrder placeOrder;
    private final PlaceOrderAnnotated placeOrderAnnotated;
    private final JdbcClient jdbc;

    OrderController(PlaceOrder placeOrder, PlaceOrderAnnotated placeOrderAnnotated, JdbcClient jdbc) {
        this.placeOrder = placeOrder;
        this.placeOrderAnnotated = placeOrderAnnotated;
        this.jdbc = jdbc;
    }

    /** What {@code POST /orders} takes. */
    record Wanted(@Nullable String customer, @Nullable Long amountCents) {}

    /** What {@code POST /orders} answers; the annotated way does not tell the message's id. */
    record Placed(String orderNo, @Nullable String messageId) {}

    @PostMapping
    @ResponseStatus(HttpStatus.CREATED)
    Placed place(
            @RequestBody Wanted wanted,
            @RequestParam(defaultValue = "false") boolean fail,
            @RequestParam(defaultValue = "false") boolean annotated) {
        String customer = Refused.checkText("customer", wanted.customer(), 80);
        Long amountCents = wanted.amountCents();
        if (amountCents == null || amountCents < 1 || amountCents > MAX_AMOUNT_CENTS) {
            throw Refused.value("amountCents", amountCents == null ? "not set" : amountCents, "1.." + MAX_AMOUNT_CENTS);
        }
        NewOrder order = new NewOrder(customer, amountCents);
        if (annotated) {
            String orderNo = PlaceOrder.newOrderNo();
            placeOrderAnnotated.place(orderNo, order, fail);
            return new Placed(orderNo, null);
        }
        PlacedOrder placed = placeOrder.place(order, fail);
        return new Placed(placed.orderNo(), placed.messageId().toString());
    }

    @GetMapping("/count")
    Map<String, Long> count() {
        return Map.of(
                "count",
                jdbc.sql("SELECT COUNT(*) FROM orders").query(Long.class).single());
    }
}

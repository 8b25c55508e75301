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
import io.carillon.messages.MessageServiceOptions;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.model.MessageState;
import io.carillon.messages.model.StoredMessage;
import io.carillon.messages.outbox.MessageStore;
import io.carillon.shop.common.DemoSeed;
import io.carillon.shop.common.DemoTimes;
import io.carillon.shop.orders.PlaceOrder.NewOrder;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Seeds messages: closed ones that are too old to keep, closed ones that are not, and committed ones whose instance died
 * before it sent them. Thread-safe.
 */
@Component
@ConditionalOnProperty(name = "shop.demo", havingValue = "true")
final class OrdersSeed implements DemoSeed {

    private static final int ROWS_PER_TRANSACTION = 500;
    private static final Duration BETWEEN_LEASE_ENDS = Duration.ofMillis(200);

    private final MessageStore store;
    private final PlaceOrder placeOrder;
    private final TransactionTemplate transaction;
    private final InstantSource time;
    private final String producer;

    OrdersSeed(
            MessageStore store,
            PlaceOrder placeOrder,
            PlatformTransactionManager transactions,
            InstantSource time,
            MessageServiceOptions options) {
        this.store = store;
        this.placeOrder = placeOrder;
        this.transaction = new TransactionTemplate(transactions);
        this.time = time;
        this.producer = options.producerGroup();
    }

    @Override
    public Map<String, Integer> seed(int size) {
        Instant now = time.instant();
        int few = Math.max(1, size / 10);
        closed(size, now.minus(Duration.ofDays(OLD_DAYS)), MessageState.FINISHED);
        closed(few, now.minus(Duration.ofDays(OLD_DAYS)), MessageState.CANCELLED);
        closed(few, now.minus(Duration.ofDays(1)), MessageState.FINISHED);
        stuck(size, now);
        return Map.of(
                "messagesFinishedOld", size,
                "messagesCancelledOld", few,
                "messagesFinishedYoung", few,
                "ordersStuckInSending", size);
    }

    /** Messages that are done with; no order belongs to them. */
    private void closed(int count, Instant made, MessageState state) {
        Message message = Message.to(PlaceOrder.TOPIC, PlaceOrder.PLACED)
                .key("seeded")
                .json("{}")
                .build();
        for (int from = 0; from < count; from += ROWS_PER_TRANSACTION) {
            List<StoredMessage> rows = new ArrayList<>();
            for (int i = from; i < Math.min(count, from + ROWS_PER_TRANSACTION); i++) {
                MessageId id = DemoTimes.idMadeAt(made);
                rows.add(new StoredMessage(id, message, producer, state, 1, made, null, null, null));
            }
            transaction.executeWithoutResult(status -> store.append(rows));
        }
    }

    /**
     * Real orders, committed with their messages, whose instance died before it sent them. Their leases end one after the
     * other, so that the resend job finds some of them before the poller does.
     */
    private void stuck(int count, Instant now) {
        for (int i = 0; i < count; i++) {
            Instant leaseEnd = now.plus(BETWEEN_LEASE_ENDS.multipliedBy(i));
            NewOrder order = new NewOrder("customer-" + i % 50, 100 + i % 900);
            String orderNo = PlaceOrder.newOrderNo();
            transaction.executeWithoutResult(status -> {
                placeOrder.insert(orderNo, order);
                store.append(List.of(new StoredMessage(
                        DemoTimes.idMadeAt(now),
                        placeOrder.announcement(orderNo, order),
                        producer,
                        MessageState.SENDING,
                        1,
                        leaseEnd,
                        "an-instance-that-died",
                        null,
                        null)));
            });
        }
    }
}

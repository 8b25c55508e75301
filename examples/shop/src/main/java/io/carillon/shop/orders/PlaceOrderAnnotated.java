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
import io.carillon.shop.orders.PlaceOrder.NewOrder;
import io.carillon.spring.MqProducerStore;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;

/**
 * Places an order as {@link PlaceOrder} does, in paascloud's manner: the method returns the message, the annotation writes
 * it in the method's transaction. Thread-safe.
 */
@Component
public class PlaceOrderAnnotated {

    private final PlaceOrder placeOrder;

    public PlaceOrderAnnotated(PlaceOrder placeOrder) {
        this.placeOrder = placeOrder;
    }

    /**
     * Places an order.
     *
     * @param fail true: the order is written and rolled back, to show that no message goes out
     * @return the message to send, which is sent after the commit
     * @throws io.carillon.shop.common.Refused when {@code fail} is set
     */
    @Transactional
    @MqProducerStore
    public Message place(String orderNo, NewOrder order, boolean fail) {
        placeOrder.insert(orderNo, order);
        if (fail) {
            throw PlaceOrder.rolledBack(orderNo);
        }
        return placeOrder.announcement(orderNo, order);
    }
}

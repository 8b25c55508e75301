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

import io.carillon.messages.inbox.InboxStore;
import io.carillon.messages.inbox.InboxStore.Unconfirmed;
import io.carillon.shop.common.DemoSeed;
import io.carillon.shop.common.DemoTimes;
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

/** Seeds rows of received and confirmed messages, too old to keep and not. Thread-safe. */
@Component
@ConditionalOnProperty(name = "shop.demo", havingValue = "true")
final class PointsSeed implements DemoSeed {

    private static final int ROWS_PER_TRANSACTION = 500;
    private static final String PRODUCER = "seeded";

    private final InboxStore inbox;
    private final TransactionTemplate transaction;
    private final InstantSource time;

    PointsSeed(InboxStore inbox, PlatformTransactionManager transactions, InstantSource time) {
        this.inbox = inbox;
        this.transaction = new TransactionTemplate(transactions);
        this.time = time;
    }

    @Override
    public Map<String, Integer> seed(int size) {
        Instant now = time.instant();
        int few = Math.max(1, size / 10);
        confirmed(size, now.minus(Duration.ofDays(OLD_DAYS)));
        confirmed(few, now.minus(Duration.ofDays(1)));
        return Map.of("receivedConfirmedOld", size, "receivedConfirmedYoung", few);
    }

    private void confirmed(int count, Instant received) {
        for (int from = 0; from < count; from += ROWS_PER_TRANSACTION) {
            List<Unconfirmed> rows = new ArrayList<>();
            for (int i = from; i < Math.min(count, from + ROWS_PER_TRANSACTION); i++) {
                rows.add(new Unconfirmed(DemoTimes.idMadeAt(received), CreditPoints.GROUP, PRODUCER));
            }
            transaction.executeWithoutResult(
                    status -> rows.forEach(row -> inbox.receive(row.id(), row.group(), row.producer(), received)));
            inbox.confirmed(rows, received);
        }
    }
}

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
package io.carillon.spring.messages;

import io.carillon.messages.Message;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.model.MessageState;
import io.carillon.messages.model.StoredMessage;
import io.carillon.messages.outbox.Transactions;
import io.carillon.messages.relay.Broker;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends messages that are written down nowhere: after the commit, or at once without a transaction. What the broker does not
 * take is lost, with a line in the log. Thread-safe.
 */
public final class DirectSending {

    private static final Logger log = LoggerFactory.getLogger(DirectSending.class);

    private final Transactions transactions;
    private final Broker broker;
    private final String producerGroup;
    private final InstantSource time;

    DirectSending(Transactions transactions, Broker broker, String producerGroup, InstantSource time) {
        this.transactions = transactions;
        this.broker = broker;
        this.producerGroup = producerGroup;
        this.time = time;
    }

    /** Sends after the commit of the caller's transaction, not at all after a rollback. */
    public void send(Message message) {
        if (transactions.isActive()) {
            transactions.afterCommit(() -> publish(message));
        } else {
            publish(message);
        }
    }

    private void publish(Message message) {
        Instant now = time.instant();
        ThreadLocalRandom random = ThreadLocalRandom.current();
        StoredMessage unstored = new StoredMessage(
                MessageId.of(now, random.nextLong(), random.nextLong()),
                message,
                producerGroup,
                MessageState.SENDING,
                1,
                now,
                null,
                null,
                null);
        try {
            broker.publish(List.of(unstored), DirectSending::noteLoss);
        } catch (RuntimeException e) {
            log.warn("{} was not sent and is lost, as DIRECT_SEND keeps nothing: {}", message, e.toString());
        }
    }

    private static void noteLoss(Broker.PublishResult result) {
        if (result instanceof Broker.PublishResult.Unavailable unavailable) {
            log.warn(
                    "{} was not sent and is lost, as DIRECT_SEND keeps nothing: {}",
                    result.message().message(),
                    unavailable.reason());
        } else if (result instanceof Broker.PublishResult.Refused refused) {
            log.warn(
                    "{} was refused and is lost, as DIRECT_SEND keeps nothing: {}",
                    result.message().message(),
                    refused.reason());
        }
    }
}

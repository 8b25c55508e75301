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
package io.carillon.spring.central;

import io.carillon.messages.Message;
import io.carillon.messages.central.TransactionMarks;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.outbox.Transactions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A business transaction with messages that the centre keeps: they are delivered if and only if it commits. Thread-safe.
 *
 * <ol>
 *   <li>Before the transaction, every message is prepared; when one cannot be, the transaction does not begin.
 *   <li>In the transaction, each id is marked; the mark commits with it.
 *   <li>After the commit the messages are submitted, after a failure of the work they are cancelled. What is lost here, or a
 *       commit whose outcome is not known, is decided by the mark when the centre checks back.
 * </ol>
 */
public final class CentralTransactions {

    private static final Logger log = LoggerFactory.getLogger(CentralTransactions.class);

    private final CentralClient client;
    private final Transactions transactions;
    private final TransactionMarks marks;

    public CentralTransactions(CentralClient client, Transactions transactions, TransactionMarks marks) {
        this.client = client;
        this.transactions = transactions;
        this.marks = marks;
    }

    /**
     * Does some work in a transaction of its own, with messages.
     *
     * @throws IllegalStateException when a transaction is open on this thread: no call over the network belongs into one
     * @throws CentralClient.CentralException when a message could not be prepared: nothing was begun
     * @throws Exception what the work or the commit threw
     */
    public <T> T inNew(List<Message> messages, Callable<T> work) throws Exception {
        if (transactions.isActive()) {
            throw new IllegalStateException(
                    "transaction: open on this thread (expected: none, because the centre is called"
                            + " before it begins). Nothing was done; call this first, and do all the work in it.");
        }
        List<MessageId> ids = new ArrayList<>();
        try {
            for (Message message : messages) {
                MessageId id = client.newId();
                ids.add(id);
                client.prepare(id, message);
            }
        } catch (RuntimeException e) {
            each(ids, "cancelled", client::cancel);
            throw e;
        }
        boolean[] worked = new boolean[1];
        T result;
        try {
            result = transactions.inNew(() -> {
                ids.forEach(marks::committed);
                T done = work.call();
                worked[0] = true;
                return done;
            });
        } catch (Exception e) {
            if (!worked[0]) {
                each(ids, "cancelled", client::cancel);
            } // otherwise the commit failed, or only its answer did: the mark knows
            throw e;
        }
        each(ids, "submitted", client::submit);
        return result;
    }

    private static void each(List<MessageId> ids, String what, Consumer<MessageId> call) {
        for (MessageId id : ids) {
            try {
                call.accept(id);
            } catch (RuntimeException e) {
                log.warn("message {}: could not be {}. The centre will ask this service, and do it then.", id, what, e);
            }
        }
    }
}

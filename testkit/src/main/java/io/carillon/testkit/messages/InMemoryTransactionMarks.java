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
package io.carillon.testkit.messages;

import io.carillon.messages.central.Outcome;
import io.carillon.messages.central.TransactionMarks;
import io.carillon.messages.model.MessageId;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Transaction marks in memory, for tests. Keeps every promise of the port but durability. Thread-safe. */
public final class InMemoryTransactionMarks implements TransactionMarks {

    private final ManualTransactions transactions;
    private final Map<MessageId, Mark> marks = new HashMap<>();

    /** Marks whose {@link #committed} takes part in the given transactions. */
    public InMemoryTransactionMarks(ManualTransactions transactions) {
        this.transactions = transactions;
    }

    /**
     * A mark.
     *
     * @param writer whose transaction wrote it, while that is open
     */
    private record Mark(Outcome outcome, @Nullable Thread writer) {}

    @Override
    public synchronized void committed(MessageId id) {
        Mark mark = settled(id);
        if (mark == null) {
            marks.put(id, new Mark(Outcome.COMMITTED, Thread.currentThread()));
            transactions.join(() -> end(id, new Mark(Outcome.COMMITTED, null)), () -> end(id, null));
        } else if (mark.outcome() == Outcome.ROLLED_BACK) {
            throw new IllegalStateException(
                    "message " + id + ": cancelled, because its transaction was taken for rolled"
                            + " back (expected: no mark). The message will never be sent; roll the transaction back.");
        }
    }

    @Override
    public synchronized Outcome settle(MessageId id) {
        Mark mark = settled(id);
        if (mark == null) {
            mark = new Mark(Outcome.ROLLED_BACK, null);
            marks.put(id, mark);
        }
        return mark.outcome();
    }

    /** The mark of a message, after any other thread's open transaction that holds the key has ended. */
    private @Nullable Mark settled(MessageId id) {
        Mark mark = marks.get(id);
        while (mark != null && mark.writer() != null && mark.writer() != Thread.currentThread()) {
            try {
                wait();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while waiting for another transaction", e);
            }
            mark = marks.get(id);
        }
        return mark;
    }

    private synchronized void end(MessageId id, @Nullable Mark mark) {
        if (mark == null) {
            marks.remove(id);
        } else {
            marks.put(id, mark);
        }
        notifyAll();
    }
}

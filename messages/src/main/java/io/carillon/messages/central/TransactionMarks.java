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
package io.carillon.messages.central;

import io.carillon.messages.model.MessageId;

/**
 * The fence between a producer's business transaction and the check back of the central service. Thread-safe.
 *
 * <p>A message of the central service is prepared before the producer's transaction and submitted after it. When the
 * submit is lost, the centre asks the producer what became of the transaction; "no trace of it" is not an answer, because
 * the transaction may still be open (reliable-messages.md B.3, X1 to X3). So both sides write a mark under the same unique
 * key, in the producer's own database, and who comes first wins:
 *
 * <ul>
 *   <li>X1, the transaction never began or rolled back: the check back's mark is written, the message is cancelled;
 *   <li>X2, the transaction committed and its submit was lost: its mark is there, the message is submitted;
 *   <li>X3, the transaction is still open: the check back waits on the key until it ends; or, when the check back wrote its
 *       mark first, the transaction fails at {@link #committed}, and the caller sees a definite failure.
 * </ul>
 */
public interface TransactionMarks {

    /**
     * Writes the mark of the business transaction, in that transaction: it says "committed" to others once, and only if,
     * the transaction commits. Call it at any point of the transaction; the earlier, the shorter the time in which a check
     * back can win. Calling it again in the same transaction, or after it committed, changes nothing.
     *
     * @throws IllegalStateException when a rolled-back mark exists: the transaction must be rolled back, its message is
     *     cancelled and will never be sent
     */
    void committed(MessageId id);

    /**
     * Finds out, and fixes for ever, what became of the transaction of a message. In a transaction of its own: writes a
     * rolled-back mark unless a mark exists, waits for an open transaction that holds the same key, then reads who won.
     *
     * @return COMMITTED or ROLLED_BACK, the same for every later call; UNKNOWN when the wait timed out: nothing is fixed
     */
    Outcome settle(MessageId id);
}

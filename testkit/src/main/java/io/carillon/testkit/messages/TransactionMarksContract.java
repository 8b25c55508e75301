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

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.messages.central.Outcome;
import io.carillon.messages.central.TransactionMarks;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.outbox.Transactions;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What {@link TransactionMarks} promise. */
public abstract class TransactionMarksContract {

    private static final Instant NOW = Instant.parse("2026-11-22T10:00:00.123Z");

    /** Marks without any mark. Called before {@link #transactions}. */
    protected abstract TransactionMarks noMarks() throws Exception;

    /** The transactions that {@code committed} takes part in. */
    protected abstract Transactions transactions();

    private TransactionMarks marks;

    /** Gets the marks. */
    @SuppressWarnings("NullAway.Init")
    protected TransactionMarksContract() {}

    @BeforeEach
    void open() throws Exception {
        marks = noMarks();
    }

    @Test
    void aCommittedTransactionIsCommittedForEver() throws Exception {
        MessageId id = Messages.id(NOW);
        commit(id);
        assertThat(marks.settle(id)).isEqualTo(Outcome.COMMITTED);
        assertThat(marks.settle(id)).isEqualTo(Outcome.COMMITTED);
    }

    @Test
    void aTransactionThatNeverBeganIsRolledBackForEver() {
        MessageId id = Messages.id(NOW);
        assertThat(marks.settle(id)).isEqualTo(Outcome.ROLLED_BACK);
        assertThat(marks.settle(id)).isEqualTo(Outcome.ROLLED_BACK);
    }

    @Test
    void aTransactionThatRolledBackLeavesNoMark() {
        MessageId id = Messages.id(NOW);
        assertThatThrownBy(() -> transactions().inNew(() -> {
                    marks.committed(id);
                    throw new IllegalStateException("the business failed");
                }))
                .hasMessageContaining("the business failed");
        assertThat(marks.settle(id)).isEqualTo(Outcome.ROLLED_BACK);
    }

    @Test
    void afterTheCheckBackWonTheTransactionFails() {
        MessageId id = Messages.id(NOW);
        assertThat(marks.settle(id)).isEqualTo(Outcome.ROLLED_BACK);
        assertThatThrownBy(() -> commit(id))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(id.toString());
        assertThat(marks.settle(id)).isEqualTo(Outcome.ROLLED_BACK);
    }

    @Test
    void markingTwiceIsHarmless() throws Exception {
        MessageId id = Messages.id(NOW);
        transactions().inNew(() -> {
            marks.committed(id);
            marks.committed(id);
            return true;
        });
        commit(id);
        assertThat(marks.settle(id)).isEqualTo(Outcome.COMMITTED);
    }

    @Test
    void theMarksOfMessagesAreIndependent() throws Exception {
        MessageId id = Messages.id(NOW);
        MessageId other = Messages.id(NOW);
        commit(id);
        assertThat(marks.settle(other)).isEqualTo(Outcome.ROLLED_BACK);
        assertThat(marks.settle(id)).isEqualTo(Outcome.COMMITTED);
    }

    @Test
    void aCheckBackDuringATransactionHearsItsCommit() throws Exception {
        assertThat(settleDuring(true)).isEqualTo(Outcome.COMMITTED);
    }

    @Test
    void aCheckBackDuringATransactionHearsItsRollback() throws Exception {
        assertThat(settleDuring(false)).isEqualTo(Outcome.ROLLED_BACK);
    }

    private Outcome settleDuring(boolean commit) throws Exception {
        MessageId id = Messages.id(NOW);
        CountDownLatch marked = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        CompletableFuture<Void> business = CompletableFuture.runAsync(
                () -> {
                    try {
                        transactions().inNew(() -> {
                            marks.committed(id);
                            marked.countDown();
                            assertThat(go.await(60, TimeUnit.SECONDS)).isTrue();
                            if (!commit) {
                                throw new IllegalStateException("the business failed");
                            }
                            return true;
                        });
                    } catch (Exception e) {
                        assertThat(e).hasMessageContaining("the business failed");
                    }
                },
                command -> new Thread(command).start());
        assertThat(marked.await(60, TimeUnit.SECONDS)).isTrue();
        CountDownLatch asking = new CountDownLatch(1);
        CompletableFuture<Outcome> check = CompletableFuture.supplyAsync(
                () -> {
                    asking.countDown();
                    return marks.settle(id);
                },
                command -> new Thread(command).start());
        assertThat(asking.await(60, TimeUnit.SECONDS)).isTrue();
        go.countDown();
        business.get(60, TimeUnit.SECONDS);
        return check.get(60, TimeUnit.SECONDS);
    }

    private void commit(MessageId id) throws Exception {
        transactions().inNew(() -> {
            marks.committed(id);
            return true;
        });
    }
}

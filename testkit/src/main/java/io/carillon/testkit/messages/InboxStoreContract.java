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

import io.carillon.messages.Message;
import io.carillon.messages.ReceivedMessage;
import io.carillon.messages.inbox.InboxStore;
import io.carillon.messages.inbox.InboxStore.Unconfirmed;
import io.carillon.messages.inbox.Parked;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.outbox.MessageStore.Cleaned;
import io.carillon.messages.outbox.Transactions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every {@link InboxStore} promises. */
public abstract class InboxStoreContract {

    /** A time of whole milliseconds, which every database keeps. */
    protected static final Instant NOW = Instant.parse("2026-11-22T10:00:00.123Z");

    /** An empty inbox. Called before {@link #transactions}. */
    protected abstract InboxStore emptyInbox() throws Exception;

    /** The transactions that {@code receive} takes part in. */
    protected abstract Transactions transactions();

    private InboxStore inbox;

    /** Gets the inbox. */
    @SuppressWarnings("NullAway.Init")
    protected InboxStoreContract() {}

    @BeforeEach
    void open() throws Exception {
        inbox = emptyInbox();
    }

    @Test
    void aMessageIsReceivedOnce() throws Exception {
        MessageId id = Messages.id(NOW);
        assertThat(receive(id, "points")).isTrue();
        assertThat(receive(id, "points")).isFalse();
        assertThat(receive(id, "points")).isFalse();
    }

    @Test
    void eachGroupReceivesAMessageForItself() throws Exception {
        MessageId id = Messages.id(NOW);
        assertThat(receive(id, "points")).isTrue();
        assertThat(receive(id, "mail")).isTrue();
        assertThat(inbox.unconfirmed(10))
                .containsExactlyInAnyOrder(
                        new Unconfirmed(id, "points", "orders"), new Unconfirmed(id, "mail", "orders"));
    }

    @Test
    void afterARollbackAMessageIsReceivedAgain() throws Exception {
        MessageId id = Messages.id(NOW);
        assertThatThrownBy(() -> transactions().inNew(() -> {
                    assertThat(inbox.receive(id, "points", "orders", NOW)).isTrue();
                    throw new IllegalStateException("the handler failed");
                }))
                .hasMessageContaining("the handler failed");
        assertThat(inbox.unconfirmed(10)).isEmpty();
        assertThat(receive(id, "points")).isTrue();
    }

    @Test
    void aTransactionThatFoundADuplicateStillCommits() throws Exception {
        MessageId duplicate = Messages.id(NOW);
        MessageId other = Messages.id(NOW);
        receive(duplicate, "points");
        transactions().inNew(() -> {
            assertThat(inbox.receive(duplicate, "points", "orders", NOW)).isFalse();
            return inbox.receive(other, "points", "orders", NOW);
        });
        assertThat(receive(other, "points")).isFalse();
    }

    @Test
    void aConcurrentDuplicateWaitsForTheCommitAndIsRefused() throws Exception {
        assertThat(duplicateDuring(true)).isFalse();
    }

    @Test
    void aConcurrentDuplicateWaitsForTheRollbackAndIsReceived() throws Exception {
        assertThat(duplicateDuring(false)).isTrue();
    }

    private boolean duplicateDuring(boolean commit) throws Exception {
        MessageId id = Messages.id(NOW);
        CountDownLatch received = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        CompletableFuture<Void> first = CompletableFuture.runAsync(
                () -> {
                    try {
                        transactions().inNew(() -> {
                            assertThat(inbox.receive(id, "points", "orders", NOW))
                                    .isTrue();
                            received.countDown();
                            assertThat(go.await(60, TimeUnit.SECONDS)).isTrue();
                            if (!commit) {
                                throw new IllegalStateException("the handler failed");
                            }
                            return true;
                        });
                    } catch (Exception e) {
                        assertThat(e).hasMessageContaining("the handler failed");
                    }
                },
                command -> new Thread(command).start());
        assertThat(received.await(60, TimeUnit.SECONDS)).isTrue();
        CountDownLatch running = new CountDownLatch(1);
        CompletableFuture<Boolean> second = CompletableFuture.supplyAsync(
                () -> {
                    running.countDown();
                    try {
                        return receive(id, "points");
                    } catch (Exception e) {
                        throw new IllegalStateException(e);
                    }
                },
                command -> new Thread(command).start());
        assertThat(running.await(60, TimeUnit.SECONDS)).isTrue();
        go.countDown();
        first.get(60, TimeUnit.SECONDS);
        return second.get(60, TimeUnit.SECONDS);
    }

    @Test
    void ofManyAtOnceExactlyOneReceives() throws Exception {
        MessageId id = Messages.id(NOW);
        List<CompletableFuture<Boolean>> all = new ArrayList<>();
        CountDownLatch go = new CountDownLatch(1);
        for (int i = 0; i < 4; i++) {
            all.add(CompletableFuture.supplyAsync(
                    () -> {
                        try {
                            assertThat(go.await(60, TimeUnit.SECONDS)).isTrue();
                            return receive(id, "points");
                        } catch (Exception e) {
                            throw new IllegalStateException(e);
                        }
                    },
                    command -> new Thread(command).start()));
        }
        go.countDown();
        int received = 0;
        for (CompletableFuture<Boolean> each : all) {
            received += each.get(60, TimeUnit.SECONDS) ? 1 : 0;
        }
        assertThat(received).isEqualTo(1);
    }

    // ------------------------------------------------------------------ many at once, and parked ones

    private static ReceivedMessage message(MessageId id, String group, String key) {
        return new ReceivedMessage(
                id,
                Message.to("orders", "placed")
                        .key(key)
                        .payload(new byte[] {1, 2, 3}, "x/y")
                        .header("trace", "t")
                        .build(),
                "orders",
                group,
                3);
    }

    @Test
    void ofManyMessagesThoseThatAreNewAreToldAndWritten() throws Exception {
        List<ReceivedMessage> messages = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            messages.add(message(Messages.id(NOW), "points", "" + i));
        }
        receive(messages.get(7).id(), "points");
        receive(messages.get(8).id(), "mail");
        assertThat(transactions().inNew(() -> inbox.receive(messages, "points", NOW)))
                .hasSize(29)
                .doesNotContain(messages.get(7).id());
        assertThat(transactions().inNew(() -> inbox.receive(messages, "points", NOW)))
                .isEmpty();
        assertThat(inbox.unconfirmed(100)).hasSize(31);
    }

    @Test
    void ofManyMessagesOfARolledBackTransactionNothingIsLeft() throws Exception {
        List<ReceivedMessage> messages =
                List.of(message(Messages.id(NOW), "points", "1"), message(Messages.id(NOW), "points", "2"));
        assertThatThrownBy(() -> transactions().inNew(() -> {
                    assertThat(inbox.receive(messages, "points", NOW)).hasSize(2);
                    throw new IllegalStateException("the handler failed");
                }))
                .hasMessageContaining("the handler failed");
        assertThat(transactions().inNew(() -> inbox.receive(messages, "points", NOW)))
                .hasSize(2);
    }

    @Test
    void aParkedMessageIsKeptAsItWasUntilItIsReceived() throws Exception {
        MessageId id = Messages.id(NOW);
        assertThat(inbox.findParked(id, "points")).isEmpty();
        inbox.park(new Parked(message(id, "points", "k"), "first", NOW));
        inbox.park(new Parked(message(id, "points", "k"), "x".repeat(2000), NOW.plusSeconds(1)));
        Parked found = inbox.findParked(id, "points").orElseThrow();
        assertThat(found.reason()).startsWith("xxx");
        assertThat(found.at()).isEqualTo(NOW.plusSeconds(1));
        assertThat(found.message().deliveryAttempt()).isEqualTo(3);
        assertThat(found.message().producer()).isEqualTo("orders");
        assertThat(found.message().message())
                .usingRecursiveComparison()
                .isEqualTo(message(id, "points", "k").message());
        assertThat(inbox.findParked(id, "mail")).isEmpty();
        receive(id, "points");
        assertThat(inbox.findParked(id, "points")).isEmpty();
        assertThat(inbox.parked(null, null, 10)).isEmpty();
    }

    @Test
    void parkedMessagesAreListedInPagesAndLetGo() throws Exception {
        List<MessageId> ids = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            ids.add(Messages.id(NOW.plusMillis(i)));
            inbox.park(new Parked(message(ids.get(i), "points", "k"), "why", NOW));
            inbox.park(new Parked(message(ids.get(i), "mail", "k"), "why", NOW));
        }
        List<MessageId> listed = new ArrayList<>();
        List<Parked> page = inbox.parked("points", null, 2);
        while (!page.isEmpty()) {
            page.forEach(each -> listed.add(each.message().id()));
            page = inbox.parked("points", page.get(page.size() - 1), 2);
        }
        assertThat(listed).isEqualTo(ids);
        assertThat(inbox.parked(null, null, 100)).hasSize(10);
        assertThat(transactions().inNew(() -> inbox.unpark(ids.get(0), "points")))
                .isTrue();
        assertThat(transactions().inNew(() -> inbox.unpark(ids.get(0), "points")))
                .isFalse();
        assertThat(inbox.parked(null, null, 100)).hasSize(9);
    }

    @Test
    void cleaningForgetsWhatWasReceivedAfterAllAndKeepsWhatIsParked() throws Exception {
        MessageId handled = Messages.id(NOW);
        MessageId waiting = Messages.id(NOW);
        inbox.park(new Parked(message(handled, "points", "k"), "why", NOW));
        inbox.park(new Parked(message(handled, "mail", "k"), "why", NOW));
        inbox.park(new Parked(message(waiting, "points", "k"), "why", NOW));
        receive(handled, "points");
        inbox.confirmed(inbox.unconfirmed(10), NOW);
        inbox.cleanConfirmed(null, MessageId.leastAt(NOW.plusSeconds(1)), 0, 1, 100);
        assertThat(inbox.parked(null, null, 10))
                .extracting(each -> each.message().id() + " " + each.message().group())
                .containsExactlyInAnyOrder(handled + " mail", waiting + " points");
    }

    @Test
    void committedRowsAreToBeConfirmedOldestFirst() throws Exception {
        MessageId young = Messages.id(NOW.plusMillis(2));
        MessageId old = Messages.id(NOW);
        MessageId middle = Messages.id(NOW.plusMillis(1));
        receive(young, "points", NOW.plusMillis(2));
        receive(old, "points", NOW.plusMillis(2));
        receive(middle, "points", NOW.plusMillis(2));
        assertThat(inbox.unconfirmed(10)).extracting(Unconfirmed::id).containsExactly(old, middle, young);
        assertThat(inbox.unconfirmed(2)).extracting(Unconfirmed::id).containsExactly(old, middle);
    }

    @Test
    void rowsOfOpenTransactionsAreNotConfirmed() throws Exception {
        MessageId id = Messages.id(NOW);
        transactions().inNew(() -> {
            inbox.receive(id, "points", "orders", NOW);
            CompletableFuture<List<Unconfirmed>> other =
                    CompletableFuture.supplyAsync(() -> inbox.unconfirmed(10), command -> new Thread(command).start());
            assertThat(other.get(60, TimeUnit.SECONDS)).isEmpty();
            return true;
        });
        assertThat(inbox.unconfirmed(10)).hasSize(1);
    }

    @Test
    void aConfirmedRowIsNotConfirmedAgainUntilTheMessageComesAgain() throws Exception {
        MessageId id = Messages.id(NOW);
        MessageId other = Messages.id(NOW);
        receive(id, "points");
        receive(id, "mail");
        receive(other, "points");
        inbox.confirmed(
                List.of(new Unconfirmed(id, "points", "orders"), new Unconfirmed(other, "points", "orders")), NOW);
        assertThat(inbox.unconfirmed(10)).containsExactly(new Unconfirmed(id, "mail", "orders"));
        inbox.confirmAgain(id, "points");
        assertThat(inbox.unconfirmed(10))
                .containsExactlyInAnyOrder(
                        new Unconfirmed(id, "mail", "orders"), new Unconfirmed(id, "points", "orders"));
    }

    @Test
    void confirmingWhatIsNotThereIsHarmless() {
        inbox.confirmed(List.of(), NOW);
        inbox.confirmed(List.of(new Unconfirmed(Messages.id(NOW), "points", "orders")), NOW);
        inbox.confirmAgain(Messages.id(NOW), "points");
        assertThat(inbox.unconfirmed(10)).isEmpty();
    }

    @Test
    void manyAreConfirmedAtOnce() throws Exception {
        transactions().inNew(() -> {
            for (int i = 0; i < 600; i++) {
                inbox.receive(Messages.id(NOW), "points", "orders", NOW);
            }
            return true;
        });
        List<Unconfirmed> all = inbox.unconfirmed(1000);
        assertThat(all).hasSize(600);
        inbox.confirmed(all, NOW);
        assertThat(inbox.unconfirmed(10)).isEmpty();
    }

    @Test
    void cleaningLeavesNoExpiredConfirmedRowAndTouchesNoOther() throws Exception {
        for (int count : new int[] {0, 1, 999, 1000, 1001}) {
            cleanAll(count);
        }
    }

    private void cleanAll(int count) throws Exception {
        inbox = emptyInbox();
        Instant bound = NOW.minus(Duration.ofDays(7));
        Instant old = NOW.minus(Duration.ofDays(8));
        List<MessageId> expired = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            expired.add(Messages.id(old.plusMillis(i / 3)));
        }
        MessageId unconfirmed = Messages.id(old);
        MessageId young = Messages.id(bound);
        transactions().inNew(() -> {
            for (MessageId id : expired) {
                inbox.receive(id, "points", "orders", NOW);
            }
            inbox.receive(young, "points", "orders", NOW);
            return true;
        });
        inbox.confirmed(inbox.unconfirmed(10_000), NOW);
        receive(unconfirmed, "points");

        int deleted = 0;
        MessageId last = null;
        Cleaned batch;
        do {
            batch = inbox.cleanConfirmed(last, MessageId.leastAt(bound), 0, 1, 100);
            deleted += batch.deleted();
            last = batch.last();
        } while (batch.more());

        assertThat(deleted).isEqualTo(count);
        for (MessageId id : expired.subList(0, Math.min(3, count))) {
            assertThat(receive(id, "points")).as("its row is gone").isTrue();
        }
        assertThat(receive(young, "points")).as("its row is there").isFalse();
        assertThat(receive(unconfirmed, "points")).as("its row is there").isFalse();
    }

    @Test
    void allGroupsAreCleanedAndNoneIsForgottenBetweenBatches() throws Exception {
        Instant old = NOW.minus(Duration.ofDays(8));
        for (int i = 0; i < 7; i++) {
            MessageId id = Messages.id(old);
            receive(id, "points");
            receive(id, "mail");
            receive(id, "stock");
        }
        inbox.confirmed(inbox.unconfirmed(100), NOW);
        assertThat(cleanAll(0, 1, 2)).isEqualTo(21);
    }

    @Test
    void theShardsCleanDisjointRowsAndAllOfThemTogether() throws Exception {
        Instant old = NOW.minus(Duration.ofDays(8));
        List<MessageId> ids = new ArrayList<>();
        transactions().inNew(() -> {
            for (int i = 0; i < 100; i++) {
                ids.add(Messages.id(old.plusMillis(i)));
                inbox.receive(ids.get(i), "points", "orders", NOW);
            }
            return true;
        });
        inbox.confirmed(inbox.unconfirmed(1000), NOW);
        for (int shard = 0; shard < 3; shard++) {
            int mine = shard;
            assertThat(cleanAll(shard, 3, 10)).isEqualTo((int)
                    ids.stream().filter(id -> id.shard(3) == mine).count());
        }
    }

    private int cleanAll(int shard, int shards, int limit) {
        int deleted = 0;
        MessageId last = null;
        Cleaned batch;
        do {
            batch = inbox.cleanConfirmed(last, MessageId.leastAt(NOW), shard, shards, limit);
            deleted += batch.deleted();
            last = batch.last();
        } while (batch.more());
        return deleted;
    }

    private boolean receive(MessageId id, String group) throws Exception {
        return receive(id, group, NOW);
    }

    private boolean receive(MessageId id, String group, Instant now) throws Exception {
        return transactions().inNew(() -> inbox.receive(id, group, "orders", now));
    }
}

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

import static io.carillon.messages.model.MessageState.CANCELLED;
import static io.carillon.messages.model.MessageState.DEAD;
import static io.carillon.messages.model.MessageState.FINISHED;
import static io.carillon.messages.model.MessageState.SENDING;
import static io.carillon.messages.model.MessageState.SENT;
import static io.carillon.messages.model.MessageState.WAITING_CONFIRM;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.messages.Message;
import io.carillon.messages.Ordering;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.model.MessageLife;
import io.carillon.messages.model.MessageLife.Event;
import io.carillon.messages.model.MessageState;
import io.carillon.messages.model.StoredMessage;
import io.carillon.messages.outbox.MessageStore;
import io.carillon.messages.outbox.MessageStore.Attempt;
import io.carillon.messages.outbox.MessageStore.Cleaned;
import io.carillon.messages.outbox.MessageStore.ConfirmedBy;
import io.carillon.messages.outbox.MessageStore.Cursor;
import io.carillon.messages.outbox.Transactions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every {@link MessageStore} promises. */
public abstract class MessageStoreContract {

    /** A time of whole milliseconds, which every database keeps. */
    protected static final Instant NOW = Instant.parse("2026-11-22T10:00:00.123Z");

    private static final Duration LEASE = Duration.ofSeconds(30);
    private static final Duration TIMEOUT = Duration.ofMinutes(5);
    private static final Set<MessageState> TO_SEND = Set.of(SENDING);

    /** An empty store. Called once per test, before {@link #transactions}. */
    protected abstract MessageStore emptyStore() throws Exception;

    /** The transactions that {@code append} takes part in. */
    protected abstract Transactions transactions();

    private MessageStore store;

    /** Gets the store. */
    @SuppressWarnings("NullAway.Init")
    protected MessageStoreContract() {}

    @BeforeEach
    void open() throws Exception {
        store = emptyStore();
    }

    // ------------------------------------------------------------------ append

    @Test
    void whatWasAppendedIsFoundAsItWas() throws Exception {
        Message message = Message.to("orders", "placed")
                .key("order-7")
                .payload(new byte[] {0, (byte) 0xff, 10, 13, 39}, "application/x-test")
                .header("trace", "abc")
                .header("ünïcode", "键 = 'x'")
                .build();
        StoredMessage row = new StoredMessage(
                Messages.id(NOW),
                message,
                "orders-service",
                WAITING_CONFIRM,
                3,
                NOW.plusMillis(7),
                "node-1",
                "some error",
                "http://orders/check");
        append(row);

        StoredMessage found = find(row);
        assertThat(found.message().topic()).isEqualTo("orders");
        assertThat(found.message().tag()).isEqualTo("placed");
        assertThat(found.message().key()).isEqualTo("order-7");
        assertThat(found.message().payload()).isEqualTo(message.payload());
        assertThat(found.message().contentType()).isEqualTo("application/x-test");
        assertThat(found.message().headers()).isEqualTo(message.headers());
        assertThat(found.producer()).isEqualTo("orders-service");
        assertThat(found.state()).isEqualTo(WAITING_CONFIRM);
        assertThat(found.attempt()).isEqualTo(3);
        assertThat(found.dueAt()).isEqualTo(NOW.plusMillis(7));
        assertThat(found.owner()).isEqualTo("node-1");
        assertThat(found.checkUrl()).isEqualTo("http://orders/check");
    }

    @Test
    void anEmptyTagAnEmptyKeyAndAnEmptyPayloadAreKept() throws Exception {
        StoredMessage row = new StoredMessage(
                Messages.id(NOW), Message.to("orders", "").build(), "orders", SENDING, 0, NOW, null, null, null);
        append(row);
        StoredMessage found = find(row);
        assertThat(found.message().tag()).isEmpty();
        assertThat(found.message().key()).isEmpty();
        assertThat(found.message().payload()).isEmpty();
        assertThat(found.message().headers()).isEmpty();
        assertThat(found.owner()).isNull();
        assertThat(found.lastError()).isNull();
        assertThat(found.checkUrl()).isNull();
    }

    @Test
    void aLargePayloadIsKept() throws Exception {
        byte[] payload = new byte[3 * 1024 * 1024];
        for (int i = 0; i < payload.length; i++) {
            payload[i] = (byte) (i * 31);
        }
        StoredMessage row = new StoredMessage(
                Messages.id(NOW),
                Message.to("orders", "placed")
                        .payload(payload, "application/octet-stream")
                        .build(),
                "orders",
                SENDING,
                1,
                NOW,
                "node",
                null,
                null);
        append(row);
        assertThat(find(row).message().payload()).isEqualTo(payload);
    }

    @Test
    void nothingIsThereAfterARollback() {
        StoredMessage row = due(NOW);
        assertThatThrownBy(() -> transactions().inNew(() -> {
                    store.append(List.of(row));
                    throw new IllegalStateException("the business failed");
                }))
                .hasMessageContaining("the business failed");
        assertThat(store.find(row.id())).isEmpty();
        assertThat(claim(10, NOW.plusSeconds(60))).isEmpty();
    }

    @Test
    void nothingIsClaimedBeforeTheCommit() throws Exception {
        StoredMessage row = due(NOW);
        CountDownLatch appended = new CountDownLatch(1);
        CountDownLatch claimed = new CountDownLatch(1);
        CompletableFuture<Void> writer = CompletableFuture.runAsync(() -> inNew(() -> {
            store.append(List.of(row));
            appended.countDown();
            await(claimed);
        }));
        await(appended);
        assertThat(claim(10, NOW.plusSeconds(60))).isEmpty();
        claimed.countDown();
        writer.get(60, TimeUnit.SECONDS);
        assertThat(claim(10, NOW.plusSeconds(60))).hasSize(1);
    }

    @Test
    void anIdIsTakenOnce() throws Exception {
        StoredMessage row = due(NOW);
        StoredMessage other = due(NOW);
        append(row);
        assertThatThrownBy(() -> append(other, row)).isInstanceOf(RuntimeException.class);
        assertThat(store.find(other.id())).isEmpty();
        assertThat(total()).isEqualTo(1);
    }

    // ------------------------------------------------------------------ claim

    @Test
    void aMessageIsClaimedWhenItIsDueAndNotBefore() throws Exception {
        StoredMessage row = Messages.sending(NOW, "orders", "placed", "node-1", NOW.plusSeconds(20));
        append(row);
        assertThat(claim(10, NOW.plusSeconds(20).minusMillis(1))).isEmpty();

        StoredMessage claimed = only(claim(10, NOW.plusSeconds(20)));
        assertThat(claimed.id()).isEqualTo(row.id());
        assertThat(claimed.attempt()).isEqualTo(2);
        assertThat(claimed.owner()).isEqualTo("node-2");
        assertThat(claimed.dueAt()).as("when it was due: the cursor").isEqualTo(NOW.plusSeconds(20));
        assertThat(claimed.message().payload()).isEqualTo(row.message().payload());
        StoredMessage found = find(row);
        assertThat(found.owner()).isEqualTo("node-2");
        assertThat(found.attempt()).isEqualTo(2);
        assertThat(found.dueAt()).isEqualTo(NOW.plusSeconds(20).plus(LEASE));
    }

    @Test
    void aClaimedMessageIsClaimedAgainWhenItsLeaseIsOver() throws Exception {
        append(due(NOW));
        assertThat(claim(10, NOW)).hasSize(1);
        assertThat(claim(10, NOW.plus(LEASE).minusMillis(1))).isEmpty();
        assertThat(only(claim(10, NOW.plus(LEASE))).attempt()).isEqualTo(2);
    }

    @Test
    void onlyTheAskedStatesAreClaimed() throws Exception {
        StoredMessage sending = due(NOW);
        StoredMessage waiting = Messages.unowned(NOW, "orders", "placed", WAITING_CONFIRM, NOW);
        append(sending, waiting);
        List<StoredMessage> claimed =
                store.claimDue(Set.of(WAITING_CONFIRM), "node-2", LEASE, 10, NOW.plusSeconds(1), null);
        assertThat(only(claimed).id()).isEqualTo(waiting.id());
        assertThat(find(sending).attempt()).isZero();
    }

    @Test
    void dueMessagesComeInTheOrderOfTheirTimesAndBehindTheCursor() throws Exception {
        List<StoredMessage> rows = new ArrayList<>();
        for (int i = 0; i < 25; i++) {
            rows.add(due(NOW.plusMillis(1000 - 10 * (i / 2))));
        }
        append(rows.toArray(StoredMessage[]::new));

        List<StoredMessage> all = new ArrayList<>();
        Cursor after = null;
        while (true) {
            List<StoredMessage> batch = store.claimDue(TO_SEND, "node-2", LEASE, 10, NOW.plusSeconds(2), after);
            all.addAll(batch);
            if (batch.size() < 10) {
                break;
            }
            StoredMessage last = batch.get(9);
            after = new Cursor(last.dueAt(), last.id());
        }
        assertThat(all).hasSize(25);
        assertThat(all)
                .isSortedAccordingTo(
                        java.util.Comparator.comparing(StoredMessage::dueAt).thenComparing(StoredMessage::id));
    }

    @Test
    void messagesBeforeTheCursorAreLeftAlone() throws Exception {
        StoredMessage early = due(NOW);
        StoredMessage late = due(NOW.plusSeconds(1));
        append(early, late);
        List<StoredMessage> claimed =
                store.claimDue(TO_SEND, "node-2", LEASE, 10, NOW.plusSeconds(2), new Cursor(early.dueAt(), early.id()));
        assertThat(only(claimed).id()).isEqualTo(late.id());
    }

    @Test
    void messagesNotDueNeverHideDueOnes() throws Exception {
        StoredMessage[] rows = new StoredMessage[301];
        for (int i = 0; i < 300; i++) {
            rows[i] = due(NOW.plusSeconds(1000));
        }
        rows[300] = due(NOW);
        append(rows);
        assertThat(only(claim(10, NOW)).id()).isEqualTo(rows[300].id());
    }

    @Test
    void concurrentClaimsAreDisjoint() throws Exception {
        int count = 400;
        StoredMessage[] rows = new StoredMessage[count];
        for (int i = 0; i < count; i++) {
            rows[i] = due(NOW.plusMillis(i % 7));
        }
        append(rows);
        CountDownLatch go = new CountDownLatch(1);
        List<CompletableFuture<List<MessageId>>> claimers = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            String node = "node-" + i;
            claimers.add(CompletableFuture.supplyAsync(
                    () -> {
                        await(go);
                        List<MessageId> mine = new ArrayList<>();
                        for (int empty = 0; empty < 20; ) {
                            List<StoredMessage> batch =
                                    store.claimDue(TO_SEND, node, LEASE, 17, NOW.plusSeconds(1), null);
                            batch.forEach(message -> mine.add(message.id()));
                            empty = batch.isEmpty() ? empty + 1 : 0;
                        }
                        return mine;
                    },
                    command -> new Thread(command).start()));
        }
        go.countDown();
        List<MessageId> all = new ArrayList<>();
        for (CompletableFuture<List<MessageId>> claimer : claimers) {
            all.addAll(claimer.get(120, TimeUnit.SECONDS));
        }
        assertThat(all).doesNotHaveDuplicates().hasSize(count);
    }

    // ------------------------------------------------------------------ acknowledge

    @Test
    void anAcknowledgedMessageThatNobodySubscribesIsFinished() throws Exception {
        StoredMessage row = leased();
        assertThat(store.acknowledged(List.of(attempt(row)), NOW, TIMEOUT)).containsExactly(row.id());
        assertThat(find(row).state()).isEqualTo(FINISHED);
        assertThat(find(row).owner()).isNull();
    }

    @Test
    void anAcknowledgedMessageWaitsForItsSubscribers() throws Exception {
        store.subscribe("points", Map.of("orders", Set.of("placed")), NOW);
        StoredMessage row = leased();
        store.acknowledged(List.of(attempt(row)), NOW, TIMEOUT);
        assertThat(find(row).state()).isEqualTo(SENT);
        assertThat(find(row).dueAt()).isEqualTo(NOW.plus(TIMEOUT));
        assertThat(find(row).owner()).isNull();
    }

    @Test
    void anAcknowledgementOfAnOldAttemptHasNoEffect() throws Exception {
        StoredMessage row = leased();
        StoredMessage claimed = only(claim(10, row.dueAt()));
        assertThat(store.acknowledged(List.of(attempt(row)), NOW, TIMEOUT)).isEmpty();
        assertThat(find(row).state()).isEqualTo(SENDING);
        assertThat(find(row).owner()).isEqualTo("node-2");
        assertThat(store.acknowledged(List.of(attempt(claimed)), NOW, TIMEOUT)).containsExactly(row.id());
    }

    @Test
    void manyAreAcknowledgedAtOnceEachByItself() throws Exception {
        store.subscribe("points", Map.of("orders", Set.of("*")), NOW);
        List<StoredMessage> rows = new ArrayList<>();
        for (int i = 0; i < 600; i++) {
            rows.add(Messages.sending(NOW, i % 3 == 0 ? "orders" : "other", "placed", "node-1", NOW.plusSeconds(20)));
        }
        append(rows.toArray(StoredMessage[]::new));
        List<Attempt> attempts = new ArrayList<>();
        for (int i = 0; i < rows.size(); i++) {
            attempts.add(new Attempt(rows.get(i).id(), i % 10 == 9 ? 7 : 1));
        }
        attempts.add(new Attempt(Messages.id(NOW), 1));
        assertThat(store.acknowledged(attempts, NOW, TIMEOUT)).hasSize(540);
        assertThat(store.countByState())
                .containsEntry(SENDING, 60L)
                .containsEntry(SENT, 180L)
                .containsEntry(FINISHED, 360L);
    }

    @Test
    void aMessageSentAgainStaysSentAndIsDueAnew() throws Exception {
        store.subscribe("points", Map.of("orders", Set.of("placed")), NOW);
        StoredMessage row = sent();
        store.subscribe("late", Map.of("orders", Set.of("placed")), NOW);
        Instant overdue = NOW.plus(TIMEOUT);
        StoredMessage again = only(store.claimDue(Set.of(SENDING, SENT), "node-2", LEASE, 10, overdue, null));
        assertThat(again.state()).isEqualTo(SENT);
        assertThat(again.attempt()).isEqualTo(2);
        assertThat(store.acknowledged(List.of(attempt(again)), overdue, TIMEOUT))
                .containsExactly(row.id());
        assertThat(find(row).state()).isEqualTo(SENT);
        assertThat(find(row).dueAt()).isEqualTo(overdue.plus(TIMEOUT));
        assertThat(confirm(row, "points")).as("the late group is not expected").isEqualTo(1);
    }

    @Test
    void noAttemptsAreNoFault() {
        assertThat(store.acknowledged(List.of(), NOW, TIMEOUT)).isEmpty();
        assertThat(store.postpone(List.of(), NOW, "error", true)).isEmpty();
        assertThat(store.bury(List.of(), "error")).isEmpty();
        assertThat(store.confirm(List.of(), NOW)).isZero();
    }

    // ------------------------------------------------------------------ postpone, bury, release

    @Test
    void aPostponedMessageIsDueAtItsNewTimeWithoutALease() throws Exception {
        StoredMessage row = leased();
        Instant later = NOW.plusSeconds(77);
        assertThat(store.postpone(List.of(attempt(row)), later, "it failed", true))
                .containsExactly(row.id());
        StoredMessage found = find(row);
        assertThat(found.state()).isEqualTo(SENDING);
        assertThat(found.dueAt()).isEqualTo(later);
        assertThat(found.owner()).isNull();
        assertThat(found.lastError()).isEqualTo("it failed");
        assertThat(found.attempt()).isEqualTo(1);
    }

    @Test
    void aTryThatDoesNotCountIsGivenBack() throws Exception {
        StoredMessage row = leased();
        store.postpone(List.of(attempt(row)), NOW, "away", false);
        assertThat(find(row).attempt()).isZero();
        StoredMessage none = due(NOW);
        append(none);
        store.postpone(List.of(attempt(none)), NOW, "away", false);
        assertThat(find(none).attempt()).isZero();
    }

    @Test
    void postponingIsFencedByTheAttempt() throws Exception {
        StoredMessage row = leased();
        assertThat(store.postpone(List.of(new Attempt(row.id(), 9)), NOW, "late", true))
                .isEmpty();
        assertThat(find(row).owner()).isEqualTo("node-1");
        assertThat(find(row).lastError()).isNull();
    }

    @Test
    void buryingIsFencedByTheAttempt() throws Exception {
        StoredMessage row = leased();
        assertThat(store.bury(List.of(new Attempt(row.id(), 9)), "late")).isEmpty();
        assertThat(find(row).state()).isEqualTo(SENDING);
        assertThat(store.bury(List.of(attempt(row)), "too large")).containsExactly(row.id());
        assertThat(find(row).state()).isEqualTo(DEAD);
        assertThat(find(row).lastError()).isEqualTo("too large");
        assertThat(claim(10, NOW.plusSeconds(10_000))).isEmpty();
    }

    @Test
    void aLongErrorIsNotAFault() throws Exception {
        StoredMessage row = leased();
        store.postpone(List.of(attempt(row)), NOW, "x".repeat(1000), true);
        assertThat(find(row).lastError()).startsWith("xxx");
    }

    @Test
    void aClosingNodeGivesItsOwnLeasesBackAndNoOthers() throws Exception {
        StoredMessage mine = Messages.sending(NOW, "orders", "placed", "node-1", NOW.plusSeconds(20));
        StoredMessage others = Messages.sending(NOW, "orders", "placed", "node-9", NOW.plusSeconds(20));
        append(mine, others);
        assertThat(store.release("node-1", NOW)).isEqualTo(1);
        assertThat(find(mine).owner()).isNull();
        assertThat(find(mine).dueAt()).isEqualTo(NOW);
        assertThat(find(others).owner()).isEqualTo("node-9");
        assertThat(only(claim(10, NOW)).id()).isEqualTo(mine.id());
    }

    // ------------------------------------------------------------------ confirm, subscribe

    @Test
    void theLastExpectedConfirmationFinishesAMessage() throws Exception {
        store.subscribe("points", Map.of("orders", Set.of("placed")), NOW);
        store.subscribe("mail", Map.of("orders", Set.of("*")), NOW);
        StoredMessage row = sent();
        assertThat(confirm(row, "points")).isZero();
        assertThat(find(row).state()).isEqualTo(SENT);
        assertThat(confirm(row, "mail")).isEqualTo(1);
        assertThat(find(row).state()).isEqualTo(FINISHED);
    }

    @Test
    void twoConfirmationsAtOnceFinishAMessageOnce() throws Exception {
        store.subscribe("points", Map.of("orders", Set.of("placed")), NOW);
        store.subscribe("mail", Map.of("orders", Set.of("*")), NOW);
        StoredMessage row = sent();
        StoredMessage other = sent();
        assertThat(store.confirm(
                        List.of(
                                new ConfirmedBy(row.id(), "points"),
                                new ConfirmedBy(row.id(), "mail"),
                                new ConfirmedBy(other.id(), "mail")),
                        NOW))
                .isEqualTo(1);
        assertThat(find(row).state()).isEqualTo(FINISHED);
        assertThat(find(other).state()).isEqualTo(SENT);
    }

    @Test
    void confirmationsAreHarmlessWhenRepeatedLateOrUnexpected() throws Exception {
        store.subscribe("points", Map.of("orders", Set.of("placed")), NOW);
        StoredMessage row = sent();
        assertThat(confirm(row, "stranger")).isZero();
        assertThat(find(row).state()).isEqualTo(SENT);
        assertThat(confirm(row, "points")).isEqualTo(1);
        assertThat(confirm(row, "points")).isZero();
        assertThat(confirm(row, "points", "points", "stranger")).isZero();
        assertThat(find(row).state()).isEqualTo(FINISHED);
    }

    @Test
    void aConfirmationBeforeTheAcknowledgementCounts() throws Exception {
        store.subscribe("points", Map.of("orders", Set.of("placed")), NOW);
        StoredMessage row = leased();
        assertThat(confirm(row, "points")).isZero();
        assertThat(find(row).state()).isEqualTo(SENDING);
        store.acknowledged(List.of(attempt(row)), NOW, TIMEOUT);
        assertThat(find(row).state()).isEqualTo(FINISHED);
    }

    @Test
    void oneOfTwoConfirmationsBeforeTheAcknowledgementCounts() throws Exception {
        store.subscribe("points", Map.of("orders", Set.of("placed")), NOW);
        store.subscribe("mail", Map.of("orders", Set.of("placed")), NOW);
        StoredMessage row = leased();
        confirm(row, "points");
        store.acknowledged(List.of(attempt(row)), NOW, TIMEOUT);
        assertThat(find(row).state()).isEqualTo(SENT);
        assertThat(confirm(row, "mail")).isEqualTo(1);
    }

    @Test
    void aLateConfirmationFinishesADeadMessage() throws Exception {
        store.subscribe("points", Map.of("orders", Set.of("placed")), NOW);
        StoredMessage row = sent();
        store.bury(List.of(attempt(row)), "nobody confirmed");
        assertThat(confirm(row, "points")).isEqualTo(1);
        assertThat(find(row).state()).isEqualTo(FINISHED);
    }

    @Test
    void aConfirmationOfAMessageThatIsGoneLeavesNothing() throws Exception {
        StoredMessage row = leased();
        assertThat(store.confirm(List.of(new ConfirmedBy(Messages.id(NOW), "points")), NOW))
                .isZero();
        assertThat(find(row).state()).isEqualTo(SENDING);
    }

    @Test
    void subscriptionsMatchTopicAndTag() {
        store.subscribe("points", Map.of("orders", Set.of("placed", "paid"), "users", Set.of("*")), NOW);
        store.subscribe("mail", Map.of("orders", Set.of("*")), NOW);
        assertThat(store.subscribers("orders", "placed")).containsExactlyInAnyOrder("points", "mail");
        assertThat(store.subscribers("orders", "cancelled")).containsExactly("mail");
        assertThat(store.subscribers("orders", "")).containsExactly("mail");
        assertThat(store.subscribers("users", "any")).containsExactly("points");
        assertThat(store.subscribers("nobody", "any")).isEmpty();
    }

    @Test
    void subscribingAgainReplacesTheGroupsSubscriptionsOnly() {
        store.subscribe("points", Map.of("orders", Set.of("placed"), "users", Set.of("*")), NOW);
        store.subscribe("mail", Map.of("orders", Set.of("*")), NOW);
        store.subscribe("points", Map.of("orders", Set.of("paid")), NOW);
        store.subscribe("points", Map.of("orders", Set.of("paid")), NOW.plusSeconds(30));
        assertThat(store.subscribers("orders", "placed")).containsExactly("mail");
        assertThat(store.subscribers("orders", "paid")).containsExactlyInAnyOrder("points", "mail");
        assertThat(store.subscribers("users", "any")).isEmpty();
    }

    @Test
    void twoReleasesOfAGroupDoNotOverwriteEachOther() {
        Duration memory = Duration.ofMinutes(2);
        Map<String, Set<String>> older = Map.of("orders", Set.of("placed"));
        Map<String, Set<String>> newer = Map.of("orders", Set.of("paid"), "users", Set.of("*"));
        for (int i = 0; i < 20; i++) {
            store.declare("points", older, NOW.plusSeconds(30L * i), memory);
            store.declare("points", newer, NOW.plusSeconds(30L * i + 10), memory);
            assertThat(store.subscribers("orders", "placed")).containsExactly("points");
            assertThat(store.subscribers("orders", "paid")).containsExactly("points");
            assertThat(store.subscribers("users", "any")).containsExactly("points");
        }
    }

    @Test
    void whatNoInstanceDeclaresAnyMoreIsForgottenAfterAWhile() {
        Duration memory = Duration.ofMinutes(2);
        store.declare("points", Map.of("orders", Set.of("placed")), NOW, memory);
        store.declare("points", Map.of("orders", Set.of("paid")), NOW.plusSeconds(100), memory);
        assertThat(store.subscribers("orders", "placed")).containsExactly("points");
        store.declare("points", Map.of("orders", Set.of("paid")), NOW.plusSeconds(130), memory);
        assertThat(store.subscribers("orders", "placed")).isEmpty();
        assertThat(store.subscribers("orders", "paid")).containsExactly("points");
    }

    @Test
    void aGroupThatIsSilentKeepsItsSubscriptionsAndALateDeclarationBringsNothingBack() {
        Duration memory = Duration.ofMinutes(2);
        store.declare("points", Map.of("orders", Set.of("placed")), NOW, memory);
        store.declare("mail", Map.of("orders", Set.of("placed")), NOW.plus(Duration.ofDays(3)), memory);
        assertThat(store.subscribers("orders", "placed")).containsExactlyInAnyOrder("points", "mail");
        store.declare("mail", Map.of("orders", Set.of("paid")), NOW, memory);
        assertThat(store.subscribers("orders", "paid")).isEmpty();
        assertThat(store.subscribers("orders", "placed")).containsExactlyInAnyOrder("points", "mail");
    }

    @Test
    void onlyMessagesThatWerePutBackWithTheErrorAreHastened() throws Exception {
        Instant later = NOW.plusSeconds(600);
        List<StoredMessage> held = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            held.add(Messages.sending(NOW.plusMillis(i), "orders", "placed", "node-1", NOW.plusSeconds(20)));
        }
        StoredMessage other = Messages.sending(NOW, "users", "placed", "node-1", NOW.plusSeconds(20));
        StoredMessage delayed = Messages.unowned(NOW, "orders", "placed", SENDING, later);
        StoredMessage leased = Messages.sending(NOW, "orders", "placed", "node-1", NOW.plusSeconds(20));
        held.forEach(row -> appendUnchecked(row));
        append(other, delayed, leased);
        List<Attempt> attempts =
                held.stream().map(row -> new Attempt(row.id(), 1)).toList();
        store.postpone(attempts, later, "held", false);
        store.postpone(List.of(new Attempt(other.id(), 1)), later, "held", false);

        assertThat(store.hasten("orders", "held", NOW, later.minusMillis(1), 10))
                .isZero();
        assertThat(store.hasten("orders", "held", NOW, later, 2)).isEqualTo(2);
        assertThat(store.hasten("orders", "held", NOW, later, 2)).isEqualTo(1);
        assertThat(store.hasten("orders", "held", NOW, later, 2)).isZero();
        assertThat(store.hasten("orders", "else", NOW, later, 2)).isZero();
        assertThat(store.hasten(null, "held", NOW, later, 10)).isEqualTo(1);
        assertThat(store.claimDue(Set.of(SENDING), "node-2", Duration.ofSeconds(30), 10, NOW, null))
                .extracting(StoredMessage::id)
                .containsExactlyInAnyOrder(
                        held.get(0).id(), held.get(1).id(), held.get(2).id(), other.id());
    }

    private void appendUnchecked(StoredMessage row) {
        inNew(() -> store.append(List.of(row)));
    }

    // ------------------------------------------------------------------ central mode

    @Test
    void aSubmittedMessageIsLeasedToItsNode() throws Exception {
        StoredMessage row = Messages.unowned(NOW, "orders", "placed", WAITING_CONFIRM, NOW.plus(TIMEOUT));
        append(row);
        assertThat(store.submit(row.id(), "node-1", NOW.plusSeconds(20))).isTrue();
        assertThat(find(row).state()).isEqualTo(SENDING);
        assertThat(find(row).owner()).isEqualTo("node-1");
        assertThat(find(row).dueAt()).isEqualTo(NOW.plusSeconds(20));
        assertThat(find(row).attempt()).isEqualTo(1);
        assertThat(store.submit(row.id(), "node-2", NOW)).isFalse();
        assertThat(store.cancel(row.id(), NOW)).isFalse();
        assertThat(find(row).owner()).isEqualTo("node-1");
    }

    @Test
    void aMessageSubmittedWithoutANodeIsDueAtItsTime() throws Exception {
        StoredMessage row = Messages.unowned(NOW, "orders", "placed", WAITING_CONFIRM, NOW.plus(TIMEOUT));
        append(row);
        assertThat(store.submit(row.id(), null, NOW.plusSeconds(5))).isTrue();
        assertThat(find(row).owner()).isNull();
        assertThat(claim(10, NOW.plusSeconds(4))).isEmpty();
        assertThat(claim(10, NOW.plusSeconds(5))).hasSize(1);
    }

    @Test
    void aCancelledMessageIsNeverSubmitted() throws Exception {
        StoredMessage row = Messages.unowned(NOW, "orders", "placed", WAITING_CONFIRM, NOW);
        append(row);
        assertThat(store.cancel(row.id(), NOW)).isTrue();
        assertThat(store.submit(row.id(), "node-1", NOW)).isFalse();
        assertThat(find(row).state()).isEqualTo(CANCELLED);
    }

    @Test
    void whatIsNotThereIsNeitherSubmittedNorCancelled() {
        assertThat(store.submit(Messages.id(NOW), "node-1", NOW)).isFalse();
        assertThat(store.cancel(Messages.id(NOW), NOW)).isFalse();
        assertThat(store.find(Messages.id(NOW))).isEmpty();
    }

    @Test
    void postponingACheckThatTheProducerOvertookHasNoEffect() throws Exception {
        StoredMessage row = Messages.unowned(NOW, "orders", "placed", WAITING_CONFIRM, NOW);
        append(row);
        StoredMessage claimed =
                only(store.claimDue(Set.of(WAITING_CONFIRM), "node-2", LEASE, 10, NOW.plusSeconds(1), null));
        store.submit(row.id(), "node-1", NOW.plusSeconds(20));
        assertThat(store.postpone(List.of(attempt(claimed)), NOW.plusSeconds(600), "unknown", false))
                .isEmpty();
        assertThat(find(row).owner()).isEqualTo("node-1");
    }

    // ------------------------------------------------------------------ the table of states

    @Test
    void everyEventHasInEveryStateTheEffectOfTheTable() throws Exception {
        store.subscribe("points", Map.of("orders", Set.of("placed")), NOW);
        store.subscribe("mail", Map.of("orders", Set.of("placed")), NOW);
        List<String> wrong = new ArrayList<>();
        for (MessageState from : List.of(WAITING_CONFIRM, SENDING, SENT, FINISHED, DEAD, CANCELLED)) {
            for (Event event : Event.values()) {
                if (event == Event.APPEND
                        || event == Event.PREPARE
                        || MessageOperationsContract.EVENTS.contains(event)) {
                    continue;
                }
                String topic = event == Event.ACKNOWLEDGE_LAST ? "lonely" : "orders";
                if (topic.equals("lonely") && from == SENT) {
                    continue; // a message that nobody is to confirm is never SENT
                }
                StoredMessage row = inState(from, topic);
                if (find(row).state() != from) {
                    continue; // DEAD and SENT need a subscriber
                }
                apply(event, row);
                MessageState expected = MessageLife.after(from, event).orElse(from);
                MessageState actual = find(row).state();
                if (actual != expected) {
                    wrong.add(from + " --" + event + "--> " + actual + " (expected: " + expected + ")");
                }
            }
        }
        assertThat(wrong).isEmpty();
    }

    private StoredMessage inState(MessageState state, String topic) throws Exception {
        StoredMessage waiting = Messages.unowned(NOW, topic, "placed", WAITING_CONFIRM, NOW.plus(TIMEOUT));
        StoredMessage row = Messages.sending(NOW, topic, "placed", "node-1", NOW.plusSeconds(20));
        switch (state) {
            case WAITING_CONFIRM -> {
                append(waiting);
                return waiting;
            }
            case CANCELLED -> {
                append(waiting);
                store.cancel(waiting.id(), NOW);
                return waiting;
            }
            case SENDING -> append(row);
            case SENT -> {
                append(row);
                store.acknowledged(List.of(attempt(row)), NOW, TIMEOUT);
            }
            case DEAD -> {
                append(row);
                store.acknowledged(List.of(attempt(row)), NOW, TIMEOUT);
                store.bury(List.of(attempt(row)), "gave up");
            }
            default -> {
                append(row);
                store.acknowledged(List.of(attempt(row)), NOW, TIMEOUT);
                confirm(row, "points", "mail");
            }
        }
        return row;
    }

    private void apply(Event event, StoredMessage row) {
        Collection<Attempt> attempts = List.of(attempt(find(row)));
        switch (event) {
            case SUBMIT -> store.submit(row.id(), "node-1", NOW.plusSeconds(20));
            case CANCEL -> store.cancel(row.id(), NOW);
            case CLAIM ->
                store.claimDue(
                        Set.of(find(row).state()),
                        "node-2",
                        LEASE,
                        1000,
                        NOW.plus(TIMEOUT).plus(TIMEOUT),
                        null);
            case ACKNOWLEDGE, ACKNOWLEDGE_LAST -> store.acknowledged(attempts, NOW, TIMEOUT);
            case POSTPONE -> store.postpone(attempts, NOW.plus(TIMEOUT), "it failed", true);
            case RELEASE -> store.release("node-1", NOW.plus(TIMEOUT));
            case CONFIRM -> confirm(row, "points");
            case CONFIRM_LAST -> confirm(row, "points", "mail");
            case BURY -> store.bury(attempts, "gave up");
            case EXPIRE -> store.expire(attempts, NOW);
            default -> throw new AssertionError(event);
        }
    }

    // ------------------------------------------------------------------ dedupe keys, order of keys, expiry

    @Test
    void aDedupeKeyStandsForTheFirstIdOfItsTopic() throws Exception {
        MessageId first = Messages.id(NOW);
        MessageId second = Messages.id(NOW);
        assertThat(keepDedupeKey("orders", "key-1", first)).isEmpty();
        assertThat(keepDedupeKey("orders", "key-1", second)).contains(first);
        assertThat(keepDedupeKey("bills", "key-1", second)).isEmpty();
        assertThat(keepDedupeKey("orders", "key-2", second)).isEmpty();
    }

    @Test
    void aDedupeKeyOfARolledBackTransactionIsFree() throws Exception {
        MessageId never = Messages.id(NOW);
        assertThatThrownBy(() -> transactions().inNew(() -> {
                    store.keepDedupeKey("orders", "key-1", never);
                    throw new IllegalStateException("rolled back");
                }))
                .hasMessage("rolled back");
        assertThat(keepDedupeKey("orders", "key-1", Messages.id(NOW))).isEmpty();
    }

    private Optional<MessageId> keepDedupeKey(String topic, String key, MessageId id) throws Exception {
        return transactions().inNew(() -> store.keepDedupeKey(topic, key, id));
    }

    @Test
    void theFirstOfAKeyIsWhoeverHasNobodyBeforeIt() throws Exception {
        StoredMessage one = strict("order-1");
        StoredMessage two = strict("order-1");
        StoredMessage three = strict("order-1");
        StoredMessage other = strict("order-2");
        assertThat(two.message().sequence()).isGreaterThan(one.message().sequence());
        assertThat(three.message().sequence()).isGreaterThan(two.message().sequence());
        assertThat(first(one, two, three, other)).containsExactlyInAnyOrder(one.id(), other.id());

        store.acknowledged(List.of(attempt(one)), NOW, TIMEOUT);
        assertThat(first(two, three)).containsExactly(two.id());
        store.postpone(List.of(attempt(two)), NOW, "again", true);
        assertThat(first(two, three)).containsExactly(two.id());
        store.bury(List.of(attempt(two)), "gave up", false);
        assertThat(first(three)).as("a dead one holds up the others").isEmpty();
    }

    @Test
    void aTurnEndsWhenItsMessageIsBuriedToGoOnOrExpires() throws Exception {
        StoredMessage one = strict("order-1");
        StoredMessage two = strict("order-1");
        StoredMessage three = strict("order-1");
        store.bury(List.of(attempt(one)), "gave up", true);
        assertThat(first(two, three)).containsExactly(two.id());
        assertThat(store.expire(List.of(attempt(two)), NOW)).containsExactly(two.id());
        assertThat(first(three)).containsExactly(three.id());
    }

    @Test
    void theNextOfAKeyIsWokenUnlessSomebodyHoldsIt() throws Exception {
        StoredMessage one = strict("order-1");
        StoredMessage two = strict("order-1");
        StoredMessage three = strict("order-1");
        store.postpone(List.of(attempt(two)), NOW.plus(TIMEOUT), "waits", false);
        store.postpone(List.of(attempt(three)), NOW.plus(TIMEOUT), "waits", false);
        store.acknowledged(List.of(attempt(one)), NOW, TIMEOUT);
        store.wakeNext(List.of(one), NOW);
        assertThat(find(two).dueAt()).isEqualTo(NOW);
        assertThat(find(three).dueAt()).isEqualTo(NOW.plus(TIMEOUT));

        StoredMessage first = strict("order-2");
        StoredMessage held = strict("order-2");
        store.acknowledged(List.of(attempt(first)), NOW, TIMEOUT);
        store.wakeNext(List.of(first), NOW);
        assertThat(find(held).dueAt()).as("leased to a node").isEqualTo(held.dueAt());
    }

    @Test
    void writersOfNewKeysWaitForEachOtherAndNeverFail() throws Exception {
        int writers = 6;
        for (int round = 0; round < 5; round++) {
            String name = "round-" + round;
            CountDownLatch together = new CountDownLatch(writers);
            List<CompletableFuture<Void>> done = new ArrayList<>();
            for (int writer = 0; writer < writers; writer++) {
                String key = writer % 2 == 0 ? name : name + "-" + writer;
                CompletableFuture<Void> end = new CompletableFuture<>();
                done.add(end);
                Thread thread = new Thread(() -> {
                    try {
                        transactions().inNew(() -> {
                            together.countDown();
                            if (!together.await(20, TimeUnit.SECONDS)) {
                                throw new IllegalStateException("the others have not come");
                            }
                            store.keepDedupeKey("orders", key, Messages.id(NOW));
                            return store.takeTurn("orders", key, Messages.id(NOW), NOW);
                        });
                        end.complete(null);
                    } catch (Throwable e) {
                        end.completeExceptionally(e);
                    }
                });
                thread.start();
            }
            for (CompletableFuture<Void> end : done) {
                end.get(60, TimeUnit.SECONDS);
            }
        }
    }

    @Test
    void aTurnOfARolledBackTransactionHoldsUpNobody() throws Exception {
        assertThatThrownBy(() -> transactions().inNew(() -> {
                    store.takeTurn("orders", "order-1", Messages.id(NOW), NOW);
                    throw new IllegalStateException("rolled back");
                }))
                .hasMessage("rolled back");
        StoredMessage next = strict("order-1");
        assertThat(first(next)).containsExactly(next.id());
    }

    @Test
    void anExpiredMessageIsCancelledWithTheReason() throws Exception {
        StoredMessage row = leased();
        assertThat(store.expire(List.of(new Attempt(row.id(), 9)), NOW))
                .as("fenced")
                .isEmpty();
        assertThat(store.expire(List.of(attempt(row)), NOW)).containsExactly(row.id());
        assertThat(find(row).state()).isEqualTo(CANCELLED);
        assertThat(find(row).lastError()).isEqualTo(MessageStore.EXPIRED);
        assertThat(find(row).owner()).isNull();
    }

    private Set<MessageId> first(StoredMessage... rows) {
        return store.first(List.of(rows));
    }

    /** Appends a strictly ordered message, leased to node-1. */
    private StoredMessage strict(String key) throws Exception {
        return transactions().inNew(() -> {
            StoredMessage row = Messages.sending(NOW, "orders", "placed", "node-1", NOW.plusSeconds(20));
            long place = store.takeTurn("orders", key, row.id(), NOW);
            StoredMessage placed = new StoredMessage(
                    row.id(),
                    Message.to("orders", "placed")
                            .key(key)
                            .ordering(Ordering.KEY_STRICT)
                            .build()
                            .withSequence(place),
                    row.producer(),
                    row.state(),
                    row.attempt(),
                    row.dueAt(),
                    row.owner(),
                    null,
                    null);
            store.append(List.of(placed));
            return placed;
        });
    }

    // ------------------------------------------------------------------ queries

    @Test
    void theLatestComeFirst() throws Exception {
        StoredMessage old = Messages.sending(NOW.minusSeconds(60), "orders", "placed", "node-1", NOW.plusSeconds(20));
        StoredMessage middle =
                Messages.unowned(NOW.minusSeconds(30), "orders", "placed", WAITING_CONFIRM, NOW.plus(TIMEOUT));
        StoredMessage young = Messages.sending(NOW, "orders", "placed", "node-1", NOW.plusSeconds(20));
        append(middle, young, old);
        assertThat(store.latest(null, 10).stream().map(StoredMessage::id))
                .containsExactly(young.id(), middle.id(), old.id());
        assertThat(store.latest(null, 1).stream().map(StoredMessage::id)).containsExactly(young.id());
        assertThat(store.latest(SENDING, 10).stream().map(StoredMessage::id)).containsExactly(young.id(), old.id());
        assertThat(store.countByState()).containsEntry(SENDING, 2L).containsEntry(WAITING_CONFIRM, 1L);
    }

    // ------------------------------------------------------------------ clean

    @Test
    void cleaningLeavesNoExpiredClosedRowAndTouchesNoOther() throws Exception {
        for (int count : new int[] {0, 1, 999, 1000, 1001}) {
            cleanAll(count);
        }
    }

    private void cleanAll(int count) throws Exception {
        store = emptyStore();
        store.subscribe("points", Map.of("orders", Set.of("placed")), NOW);
        Instant old = NOW.minus(Duration.ofDays(8));
        Instant bound = NOW.minus(Duration.ofDays(7));
        List<StoredMessage> expired = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            expired.add(Messages.sending(old.plusMillis(i / 3), "unheard", "placed", "node-1", NOW));
        }
        StoredMessage cancelled = Messages.unowned(old, "orders", "placed", WAITING_CONFIRM, NOW);
        StoredMessage confirmed = Messages.sending(old, "orders", "placed", "node-1", NOW);
        StoredMessage sending = Messages.sending(old, "orders", "placed", "node-1", NOW);
        StoredMessage waiting = Messages.unowned(old, "orders", "placed", WAITING_CONFIRM, NOW);
        StoredMessage sent = Messages.sending(old, "orders", "placed", "node-1", NOW);
        StoredMessage dead = Messages.sending(old, "orders", "placed", "node-1", NOW);
        StoredMessage young = Messages.sending(bound, "unheard", "placed", "node-1", NOW);
        List<StoredMessage> all = new ArrayList<>(expired);
        all.addAll(List.of(cancelled, confirmed, sending, waiting, sent, dead, young));
        append(all.toArray(StoredMessage[]::new));
        List<Attempt> acknowledged = new ArrayList<>();
        expired.forEach(row -> acknowledged.add(attempt(row)));
        acknowledged.add(attempt(young));
        acknowledged.add(attempt(sent));
        acknowledged.add(attempt(confirmed));
        store.acknowledged(acknowledged, NOW, TIMEOUT);
        confirm(confirmed, "points");
        store.bury(List.of(attempt(dead)), "gave up");
        store.cancel(cancelled.id(), NOW);

        int deleted = 0;
        MessageId last = null;
        Cleaned batch;
        do {
            batch = store.cleanClosed(last, MessageId.leastAt(bound), 0, 1, 100);
            assertThat(batch.deleted()).isLessThanOrEqualTo(100);
            deleted += batch.deleted();
            last = batch.last();
        } while (batch.more());

        assertThat(deleted).isEqualTo(count + 2);
        Set<MessageId> left = new HashSet<>();
        store.latest(null, 10_000).forEach(row -> left.add(row.id()));
        assertThat(left).containsExactlyInAnyOrder(sending.id(), waiting.id(), sent.id(), dead.id(), young.id());
        assertThat(confirm(sent, "points")).as("its expectations are kept").isEqualTo(1);
    }

    @Test
    void theShardsCleanDisjointRowsAndAllOfThemTogether() throws Exception {
        Instant old = NOW.minus(Duration.ofDays(8));
        List<StoredMessage> rows = new ArrayList<>();
        List<Attempt> attempts = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            StoredMessage row = Messages.sending(old.plusMillis(i), "unheard", "placed", "node-1", NOW);
            rows.add(row);
            attempts.add(attempt(row));
        }
        append(rows.toArray(StoredMessage[]::new));
        store.acknowledged(attempts, NOW, TIMEOUT);
        for (int shard = 0; shard < 3; shard++) {
            int mine = shard;
            long expected =
                    rows.stream().filter(row -> row.id().shard(3) == mine).count();
            assertThat(expected).isBetween(30L, 100L);
            long deleted = 0;
            MessageId last = null;
            Cleaned batch;
            do {
                batch = store.cleanClosed(last, MessageId.leastAt(NOW), shard, 3, 10);
                deleted += batch.deleted();
                last = batch.last();
            } while (batch.more());
            assertThat(deleted).isEqualTo(expected);
            assertThat(store.latest(null, 1000)).allMatch(row -> row.id().shard(3) > mine);
        }
        assertThat(total()).isZero();
    }

    @Test
    void aCleanedBatchTellsWhereItEnded() throws Exception {
        Instant old = NOW.minus(Duration.ofDays(8));
        StoredMessage first = Messages.sending(old, "unheard", "placed", "node-1", NOW);
        StoredMessage second = Messages.sending(old.plusMillis(1), "unheard", "placed", "node-1", NOW);
        append(first, second);
        store.acknowledged(List.of(attempt(first), attempt(second)), NOW, TIMEOUT);
        Cleaned one = store.cleanClosed(null, MessageId.leastAt(NOW), 0, 1, 1);
        assertThat(one).isEqualTo(new Cleaned(1, first.id(), true));
        assertThat(store.find(second.id())).isPresent();
        assertThat(store.cleanClosed(second.id(), MessageId.leastAt(NOW), 0, 1, 10)
                        .deleted())
                .as("nothing lies behind the cursor")
                .isZero();
        assertThat(store.cleanClosed(one.last(), MessageId.leastAt(NOW), 0, 1, 10)
                        .deleted())
                .isEqualTo(1);
    }

    // ------------------------------------------------------------------ common

    private void append(StoredMessage... rows) throws Exception {
        transactions().inNew(() -> {
            store.append(List.of(rows));
            return true;
        });
    }

    private StoredMessage leased() throws Exception {
        StoredMessage row = Messages.sending(NOW, "orders", "placed", "node-1", NOW.plusSeconds(20));
        append(row);
        return row;
    }

    private StoredMessage sent() throws Exception {
        StoredMessage row = leased();
        store.acknowledged(List.of(attempt(row)), NOW, TIMEOUT);
        assertThat(find(row).state()).isEqualTo(SENT);
        return row;
    }

    private static StoredMessage due(Instant dueAt) {
        return Messages.unowned(NOW, "orders", "placed", SENDING, dueAt);
    }

    private List<StoredMessage> claim(int limit, Instant now) {
        return store.claimDue(TO_SEND, "node-2", LEASE, limit, now, null);
    }

    private int confirm(StoredMessage row, String... groups) {
        List<ConfirmedBy> confirmations = new ArrayList<>();
        for (String group : groups) {
            confirmations.add(new ConfirmedBy(row.id(), group));
        }
        return store.confirm(confirmations, NOW);
    }

    private StoredMessage find(StoredMessage row) {
        return store.find(row.id()).orElseThrow();
    }

    private long total() {
        return store.countByState().values().stream().mapToLong(Long::longValue).sum();
    }

    private static Attempt attempt(StoredMessage row) {
        return new Attempt(row.id(), row.attempt());
    }

    private static <T> T only(List<T> list) {
        assertThat(list).hasSize(1);
        return list.get(0);
    }

    private void inNew(Runnable work) {
        try {
            transactions().<@Nullable Object>inNew(() -> {
                work.run();
                return null;
            });
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            if (!latch.await(60, TimeUnit.SECONDS)) {
                throw new AssertionError("waited in vain");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}

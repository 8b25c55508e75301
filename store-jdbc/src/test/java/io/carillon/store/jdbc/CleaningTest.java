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
package io.carillon.store.jdbc;

import static io.carillon.store.jdbc.Seed.NOW;
import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.messages.MessageServiceOptions;
import io.carillon.messages.inbox.InboxStore;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.model.MessageState;
import io.carillon.messages.model.StoredMessage;
import io.carillon.messages.outbox.MessageStore;
import io.carillon.messages.outbox.MessageStore.Cleaned;
import io.carillon.messages.recovery.CleanConsumed;
import io.carillon.messages.recovery.CleanSent;
import io.carillon.messages.recovery.MaintenanceResult;
import java.sql.PreparedStatement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Cleaning deletes every expired closed row and touches no other; on real databases, with whole row sets compared. */
@ParameterizedClass
@EnumSource(TestDatabase.class)
class CleaningTest {

    private static final Duration RETENTION = Duration.ofDays(7);
    private static final Instant BOUND_TIME = NOW.minus(RETENTION);
    private static final MessageId BOUND = MessageId.leastAt(BOUND_TIME);
    private static final int BATCH = 1000;
    private static final MessageServiceOptions OPTIONS =
            MessageServiceOptions.of("orders").retention(RETENTION).build();
    private static final List<MessageState> UNFINISHED =
            List.of(MessageState.DEAD, MessageState.SENDING, MessageState.SENT, MessageState.WAITING_CONFIRM);

    @Parameter
    TestDatabase database;

    private final Seed seed = new Seed();

    @ParameterizedTest
    @CsvSource({"1000, 1", "1001, 1", "25000, 1", "1000, 4", "1001, 4", "25000, 4"})
    void noExpiredClosedMessageIsLeftAndNoOtherIsTouched(int expired, int shards) throws Exception {
        DataSource dataSource = database.withTables();
        CleanSent job = new CleanSent(open(dataSource).messageStore(), OPTIONS);
        Set<String> gone = messages(dataSource, expired);
        List<String> before = TestDatabase.rows(dataSource, "SELECT * FROM CARILLON_MESSAGE ORDER BY id");
        List<String> confirmationsBefore =
                TestDatabase.rows(dataSource, "SELECT * FROM CARILLON_CONFIRMATION ORDER BY message_id, group_id");

        long deleted = IntStream.range(0, shards)
                .mapToLong(shard -> toTheEnd(() -> job.run(NOW, shard, shards)))
                .sum();

        assertThat(deleted).isEqualTo(expired);
        assertThat(TestDatabase.rows(dataSource, "SELECT * FROM CARILLON_MESSAGE ORDER BY id"))
                .isEqualTo(without(gone, before));
        assertThat(TestDatabase.rows(dataSource, "SELECT * FROM CARILLON_CONFIRMATION ORDER BY message_id, group_id"))
                .isEqualTo(without(gone, confirmationsBefore))
                .isNotEmpty();
    }

    @ParameterizedTest
    @CsvSource({"1000, 1", "1001, 1", "25000, 1", "1000, 4", "1001, 4", "25000, 4"})
    void noExpiredConfirmedInboxRowIsLeftAndNoOtherIsTouched(int expired, int shards) throws Exception {
        DataSource dataSource = database.withTables();
        CleanConsumed job = new CleanConsumed(open(dataSource).inboxStore(), OPTIONS);
        Set<String> gone = inboxRows(dataSource, expired);
        List<String> before =
                TestDatabase.rows(dataSource, "SELECT * FROM CARILLON_INBOX ORDER BY message_id, group_id");

        long deleted = IntStream.range(0, shards)
                .mapToLong(shard -> toTheEnd(() -> job.run(NOW, shard, shards)))
                .sum();

        assertThat(deleted).isEqualTo(expired);
        assertThat(TestDatabase.rows(dataSource, "SELECT * FROM CARILLON_INBOX ORDER BY message_id, group_id"))
                .isEqualTo(without(gone, before));
    }

    @Test
    void aRunThatWasAbortedIsTakenUpByTheNext() throws Exception {
        DataSource dataSource = database.withTables();
        MessageStore store = open(dataSource).messageStore();
        Set<String> gone = messages(dataSource, 2500);
        List<String> before = TestDatabase.rows(dataSource, "SELECT * FROM CARILLON_MESSAGE ORDER BY id");

        Cleaned first = store.cleanClosed(null, BOUND, 0, 1, BATCH);
        assertThat(first.deleted()).isEqualTo(BATCH);
        assertThat(first.more()).isTrue();
        int rest = clean((after, limit) -> store.cleanClosed(after, BOUND, 0, 1, limit));

        assertThat(rest).isEqualTo(1500);
        assertThat(TestDatabase.rows(dataSource, "SELECT * FROM CARILLON_MESSAGE ORDER BY id"))
                .isEqualTo(without(gone, before));
    }

    @Test
    void theShardOfARowIsTheSameInSqlAndInJava() throws Exception {
        DataSource dataSource = database.withTables();
        MessageStore store = open(dataSource).messageStore();
        List<StoredMessage> messages = IntStream.range(0, 500)
                .mapToObj(i -> seed.message(BOUND_TIME.minusSeconds(60), MessageState.FINISHED))
                .toList();
        store.append(messages);
        for (int shards : new int[] {1, 2, 3, 4, 7, 10, 1024}) {
            for (StoredMessage message : messages) {
                int shard = message.id().shard(shards);
                assertThat(Math.floorMod(JdbcMessageStore.shardHash(message.id()), (long) shards))
                        .isEqualTo(shard);
            }
        }
        Set<MessageId> left =
                new TreeSet<>(messages.stream().map(StoredMessage::id).toList());
        for (int shard = 0; shard < 7; shard++) {
            int current = shard;
            clean((after, limit) -> store.cleanClosed(after, BOUND, current, 7, limit));
            left.removeIf(id -> id.shard(7) == current);
            assertThat(store.latest(null, 1000).stream().map(StoredMessage::id))
                    .containsExactlyInAnyOrderElementsOf(left);
        }
    }

    @Test
    void inboxRowsOfOneMessageInSeveralGroupsAreCleanedAcrossTheEdgeOfABatch() throws Exception {
        DataSource dataSource = database.withTables();
        InboxStore store = open(dataSource).inboxStore();
        for (int i = 0; i < 3; i++) {
            MessageId id = seed.id(BOUND_TIME.minusSeconds(60));
            for (String group : List.of("points", "mail", "stock")) {
                store.receive(id, group, "orders", BOUND_TIME);
                store.confirmed(List.of(new InboxStore.Unconfirmed(id, group, "orders")), BOUND_TIME);
            }
        }
        int deleted = 0;
        MessageId after = null;
        Cleaned batch;
        do {
            batch = store.cleanConfirmed(after, BOUND, 0, 1, 2);
            deleted += batch.deleted();
            after = batch.last();
        } while (batch.more());
        assertThat(deleted).isEqualTo(9);
        assertThat(TestDatabase.rows(dataSource, "SELECT * FROM CARILLON_INBOX"))
                .isEmpty();
    }

    private JdbcStore open(DataSource dataSource) {
        return JdbcStore.open(dataSource, Connections.of(dataSource));
    }

    /** Runs a cleaning job again while its time budget ends too early. */
    private static long toTheEnd(Supplier<MaintenanceResult> run) {
        long handled = 0;
        while (true) {
            MaintenanceResult result = run.get();
            handled += result.handled();
            if (result.left() == 0) {
                return handled;
            }
        }
    }

    private interface Batch {
        Cleaned clean(MessageId after, int limit);
    }

    private static int clean(Batch batch) {
        int deleted = 0;
        MessageId after = null;
        while (true) {
            Cleaned done = batch.clean(after, BATCH);
            deleted += done.deleted();
            after = done.last();
            if (!done.more()) {
                return deleted;
            }
        }
    }

    private static List<String> without(Set<String> ids, List<String> rows) {
        return rows.stream().filter(row -> !ids.contains(row.substring(0, 32))).toList();
    }

    /** Expired closed messages, mixed with young and unfinished ones; each with a confirmation. Returns the first's ids. */
    private Set<String> messages(DataSource dataSource, int expired) throws Exception {
        List<StoredMessage> all = new ArrayList<>();
        Set<String> gone = new HashSet<>();
        for (int i = 0; i < expired; i++) {
            MessageState closed = i % 5 == 0 ? MessageState.CANCELLED : MessageState.FINISHED;
            StoredMessage message = seed.message(BOUND_TIME.minusMillis(1 + i % 997L), closed);
            all.add(message);
            gone.add(hex(message.id()));
            if (i % 10 == 0) {
                all.add(seed.message(BOUND_TIME.minusMillis(1 + i % 997L), UNFINISHED.get(i / 10 % 4)));
                all.add(seed.message(BOUND_TIME.plusMillis(i), closed));
            }
        }
        all.add(seed.message(BOUND_TIME, MessageState.FINISHED));
        MessageStore store = open(dataSource).messageStore();
        for (int from = 0; from < all.size(); from += 2000) {
            store.append(all.subList(from, Math.min(all.size(), from + 2000)));
        }
        JdbcTransactions transactions = new JdbcTransactions(dataSource);
        transactions.inNew(() -> {
            try (PreparedStatement insert = transactions
                    .connection()
                    .prepareStatement(
                            "INSERT INTO CARILLON_CONFIRMATION (message_id, group_id) VALUES (?, 'points')")) {
                for (StoredMessage message : all) {
                    insert.setBytes(1, message.id().toBytes());
                    insert.addBatch();
                }
                return insert.executeBatch().length;
            }
        });
        return gone;
    }

    /** Expired confirmed inbox rows, mixed with young and unconfirmed ones. */
    private Set<String> inboxRows(DataSource dataSource, int expired) throws Exception {
        Set<String> gone = new HashSet<>();
        JdbcTransactions transactions = new JdbcTransactions(dataSource);
        transactions.inNew(() -> {
            try (PreparedStatement insert = transactions
                    .connection()
                    .prepareStatement("INSERT INTO CARILLON_INBOX (message_id, group_id, producer, shard_hash,"
                            + " received_at, unconfirmed_since) VALUES (?, 'points', 'orders', ?, ?, ?)")) {
                for (int i = 0; i < expired; i++) {
                    MessageId id = seed.id(BOUND_TIME.minusMillis(1 + i % 997L));
                    gone.add(hex(id));
                    add(insert, id, null);
                    if (i % 10 == 0) {
                        add(insert, seed.id(BOUND_TIME.minusMillis(1 + i % 997L)), BOUND_TIME);
                        add(insert, seed.id(BOUND_TIME.plusMillis(i)), null);
                    }
                }
                add(insert, BOUND, null);
                return insert.executeBatch().length;
            }
        });
        return gone;
    }

    private static void add(PreparedStatement insert, MessageId id, Instant unconfirmedSince) throws Exception {
        insert.setBytes(1, id.toBytes());
        insert.setLong(2, JdbcMessageStore.shardHash(id));
        insert.setLong(3, id.time().toEpochMilli());
        insert.setObject(4, unconfirmedSince == null ? null : unconfirmedSince.toEpochMilli(), java.sql.Types.BIGINT);
        insert.addBatch();
    }

    private static String hex(MessageId id) {
        return java.util.HexFormat.of().formatHex(id.toBytes());
    }
}

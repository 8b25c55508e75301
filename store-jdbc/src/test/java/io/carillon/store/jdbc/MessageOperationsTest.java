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

import io.carillon.messages.model.MessageId;
import io.carillon.messages.model.MessageState;
import io.carillon.messages.model.StoredMessage;
import io.carillon.messages.operations.GroupLags;
import io.carillon.messages.operations.MessageFilter;
import io.carillon.messages.operations.MessageSearch.Page;
import io.carillon.messages.outbox.MessageStore.Attempt;
import io.carillon.messages.outbox.MessageStore.ConfirmedBy;
import io.carillon.testkit.messages.MessageOperationsContract;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** The contract of the ports of operations, on every database; and how far a search walks. */
@ParameterizedClass
@EnumSource(TestDatabase.class)
class MessageOperationsTest extends MessageOperationsContract {

    @Parameter
    TestDatabase database;

    private JdbcStore open() {
        DataSource dataSource = database.withTables();
        return JdbcStore.open(dataSource, new JdbcTransactions(dataSource).connections());
    }

    @Override
    protected Ports empty() {
        JdbcStore jdbc = open();
        return new Ports(jdbc.messageStore(), jdbc.messageSearch(), jdbc.messageChanges(), jdbc.audit());
    }

    @Test
    void aGroupsLagTellsWhatIsOverdueAndWhenItLastConfirmed() {
        JdbcStore jdbc = open();
        Seed seed = new Seed();
        jdbc.messageStore()
                .subscribe(
                        "points",
                        Map.of(
                                seed.message(NOW, MessageState.SENDING, NOW, null)
                                        .message()
                                        .topic(),
                                Set.of("*")),
                        NOW);
        List<StoredMessage> rows = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            rows.add(seed.message(NOW.plusMillis(i), MessageState.SENDING, NOW, null));
        }
        jdbc.messageStore().append(rows);
        for (int i = 0; i < 3; i++) {
            jdbc.messageStore()
                    .acknowledged(
                            List.of(new Attempt(rows.get(i).id(), rows.get(i).attempt())),
                            NOW.plusSeconds(i),
                            Duration.ofMinutes(5));
        }
        jdbc.messageStore().confirm(List.of(new ConfirmedBy(rows.get(1).id(), "points")), NOW.plusSeconds(9));

        assertThat(jdbc.groupLags().lags(NOW.plusSeconds(1))).containsExactly(new GroupLags.Lag("points", 2, NOW, 1));
        assertThat(jdbc.groupLags().lastConfirmed()).isEqualTo(Map.of("points", NOW.plusSeconds(9)));
    }

    @Test
    void aPageOfClosedMessagesLooksAtABoundedNumberOfRowsAndSaysSo() {
        JdbcStore jdbc = open();
        Seed seed = new Seed();
        int count = JdbcMessageSearch.WALK + 500;
        List<StoredMessage> rows = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            rows.add(seed.message(
                    NOW.plusMillis(i), i == 0 ? MessageState.CANCELLED : MessageState.FINISHED, NOW, null));
        }
        for (int from = 0; from < count; from += 1000) {
            jdbc.messageStore().append(rows.subList(from, Math.min(count, from + 1000)));
        }
        MessageId oldest = rows.get(0).id();
        MessageFilter cancelled = MessageFilter.all().states(MessageState.CANCELLED);

        Page first = jdbc.messageSearch().search(cancelled, null, 10);
        assertThat(first.found()).isEmpty();
        assertThat(first.isLast()).isFalse();
        assertThat(first.next()).isEqualTo(rows.get(500).id());
        Page second = jdbc.messageSearch().search(cancelled, first.next(), 10);
        assertThat(second.found()).extracting(found -> found.message().id()).containsExactly(oldest);
        assertThat(second.isLast()).isTrue();
        assertThat(jdbc.messageSearch()
                        .search(cancelled.made(NOW.plusMillis(501), null), null, 10)
                        .isLast())
                .isTrue();
    }

    @Test
    void whereTheKeyIsIndexedAClosedMessageIsFoundByItsKeyHoweverOldItIs() {
        DataSource dataSource = database.empty();
        JdbcStore.createTables(dataSource);
        TestDatabase.run(dataSource, "CREATE INDEX CARILLON_MESSAGE_KEY ON CARILLON_MESSAGE (msg_key, id)");
        JdbcStore jdbc = JdbcStore.open(dataSource, new JdbcTransactions(dataSource).connections());
        Seed seed = new Seed();
        int count = JdbcMessageSearch.WALK + 500;
        List<StoredMessage> rows = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            rows.add(seed.message(NOW.plusMillis(i), MessageState.FINISHED));
        }
        for (int from = 0; from < count; from += 1000) {
            jdbc.messageStore().append(rows.subList(from, Math.min(count, from + 1000)));
        }
        MessageId oldest = rows.get(0).id();
        TestDatabase.run(
                dataSource,
                "UPDATE CARILLON_MESSAGE SET msg_key = 'rare' WHERE shard_hash = "
                        + (oldest.uuid().getLeastSignificantBits() & 0xffff_ffffL));

        Page rare = jdbc.messageSearch().search(MessageFilter.all().key("rare"), null, 10);
        assertThat(rare.found()).extracting(found -> found.message().id()).containsExactly(oldest);
        assertThat(rare.isLast()).isTrue();
        MessageFilter cancelled = MessageFilter.all().key("order-1").states(MessageState.CANCELLED);
        Page first = jdbc.messageSearch().search(cancelled, null, 10);
        assertThat(first.found()).isEmpty();
        assertThat(first.next())
                .as("a key of many messages is walked in pieces")
                .isEqualTo(rows.get(500).id());
        assertThat(jdbc.messageSearch().search(cancelled, first.next(), 10).isLast())
                .isTrue();
    }
}

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
package io.carillon.console;

import io.carillon.messages.Message;
import io.carillon.messages.ReceivedMessage;
import io.carillon.messages.directory.Directory.Edit;
import io.carillon.messages.directory.Directory.Entry;
import io.carillon.messages.directory.Directory.Name;
import io.carillon.messages.directory.Directory.Status;
import io.carillon.messages.directory.LiveDirectory.Edited;
import io.carillon.messages.inbox.Parked;
import io.carillon.messages.inbox.ParkedMessages;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.model.MessageState;
import io.carillon.messages.model.StoredMessage;
import io.carillon.messages.operations.GroupLags;
import io.carillon.messages.operations.MessageCommands;
import io.carillon.messages.operations.MessageOperations;
import io.carillon.messages.operations.MessageQueries;
import io.carillon.messages.operations.MessageSearch;
import io.carillon.messages.outbox.MessageStore.Attempt;
import io.carillon.messages.outbox.MessageStore.ConfirmedBy;
import io.carillon.messages.recovery.ParkedCommands;
import io.carillon.testkit.messages.InMemoryAudit;
import io.carillon.testkit.messages.InMemoryDirectory;
import io.carillon.testkit.messages.InMemoryMessageStore;
import io.carillon.testkit.messages.ManualTransactions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;

/** A store with messages in every state, its directory and what was parked: real commands on memory. Thread-safe. */
final class MessageShop implements MessageQueries, GroupLags, ParkedMessages {
    private static final Duration TIMEOUT = Duration.ofMinutes(5);

    final String name;
    final InMemoryMessageStore store = new InMemoryMessageStore(new ManualTransactions());
    final InMemoryAudit audit = new InMemoryAudit();
    final InMemoryDirectory directory = new InMemoryDirectory(store);
    final List<Parked> parked = new ArrayList<>();
    final List<String> handled = new ArrayList<>();
    volatile RuntimeException broken;
    /** While it is set, nothing is answered. */
    volatile CountDownLatch hangs;

    private int made;

    MessageShop(String name) {
        this.name = name;
        store.subscribe("points", Map.of("orders", Set.of("*")), Samples.NOW);
        store.subscribe("mail", Map.of("orders", Set.of("*")), Samples.NOW);
    }

    /** Everything of it, with commands. */
    ConsoleMessages messages() {
        return new ConsoleMessages(
                operations(true),
                directory,
                (entry, status, detail, who, reason) -> {
                    Optional<Entry> before = directory.read().entry(entry);
                    directory.edit(new Edit(entry, status, detail, who, Samples.NOW, reason));
                    return new Edited(before, directory.read().entry(entry));
                },
                new ParkedCommands(this, audit, () -> Samples.NOW));
    }

    /** Only read, and nothing but its messages is known. */
    ConsoleMessages readOnly() {
        return new ConsoleMessages(operations(false), null, null, null);
    }

    private MessageOperations operations(boolean commands) {
        MessageSearch search = store.search();
        MessageSearch guarded = new MessageSearch() {
            @Override
            public Optional<Found> find(MessageId id) {
                check();
                return search.find(id);
            }

            @Override
            public Page search(io.carillon.messages.operations.MessageFilter filter, MessageId before, int limit) {
                check();
                return search.search(filter, before, limit);
            }

            @Override
            public List<Confirmation> confirmations(MessageId id) {
                check();
                return search.confirmations(id);
            }

            @Override
            public List<DeadLetter> deadLetters(MessageId before, int limit) {
                check();
                return search.deadLetters(before, limit);
            }
        };
        return new MessageOperations(
                name,
                this,
                guarded,
                this,
                commands ? new MessageCommands(guarded, store, audit, () -> Samples.NOW) : null,
                audit);
    }

    private void check() {
        if (hangs != null) {
            try {
                hangs.await();
            } catch (InterruptedException givenUp) {
                Thread.currentThread().interrupt();
            }
        }
        if (broken != null) {
            throw broken;
        }
    }

    MessageId sending(Message message) {
        made++;
        Instant at = Samples.NOW.minusSeconds(10_000).plusSeconds(made);
        StoredMessage row = new StoredMessage(
                MessageId.of(at, made, made), message, "shop", MessageState.SENDING, 1, at, "node-1", null, null);
        store.append(List.of(row));
        return row.id();
    }

    MessageId sending(String key) {
        return sending(Message.to("orders", "placed")
                .key(key)
                .json("{\"order\":\"" + key + "\"}")
                .build());
    }

    /** Points and mail have yet to confirm. */
    MessageId sent(String key) {
        MessageId id = sending(key);
        store.acknowledged(List.of(new Attempt(id, 1)), Samples.NOW.minusSeconds(60), TIMEOUT);
        return id;
    }

    MessageId finished(String key) {
        MessageId id = sent(key);
        store.confirm(
                List.of(new ConfirmedBy(id, "points"), new ConfirmedBy(id, "mail")), Samples.NOW.minusSeconds(30));
        return id;
    }

    MessageId dead(String key, String error) {
        MessageId id = sending(key);
        store.bury(List.of(new Attempt(id, 1)), error);
        return id;
    }

    Parked park(MessageId id, String group, String reason) {
        Message message = Message.to("orders", "placed").key("77").json("{}").build();
        Parked each =
                new Parked(new ReceivedMessage(id, message, "shop", group, 16), reason, Samples.NOW.minusSeconds(90));
        parked.add(each);
        return each;
    }

    MessageState state(MessageId id) {
        return store.find(id).orElseThrow().state();
    }

    // ---- queries

    @Override
    public String store() {
        return name;
    }

    @Override
    public Map<MessageState, Long> countByState() {
        check();
        Map<MessageState, Long> counts = new EnumMap<>(MessageState.class);
        for (MessageState state : MessageState.values()) {
            if (state != MessageState.UNKNOWN) {
                counts.put(state, 0L);
            }
        }
        counts.putAll(store.countByState());
        return counts;
    }

    @Override
    public Duration oldestOpenAge() {
        check();
        return Duration.ofMinutes(3);
    }

    @Override
    public long overdueConfirmations(Duration age) {
        return 0;
    }

    @Override
    public List<StoredMessage> latest(MessageState state, int limit) {
        check();
        return store.latest(state, limit);
    }

    @Override
    public List<Lag> lags(Instant overdueBefore) {
        check();
        return List.of(new Lag("points", 1_234, Samples.NOW.minusSeconds(7_200), 7));
    }

    @Override
    public Map<String, Instant> lastConfirmed() {
        check();
        return Map.of("mail", Samples.NOW.minusSeconds(30));
    }

    // ---- parked

    @Override
    public List<Parked> list(String group, Parked after, int limit) {
        check();
        return parked.stream()
                .filter(each -> group == null || each.message().group().equals(group))
                .filter(each -> after == null
                        || each.message().id().compareTo(after.message().id()) > 0)
                .limit(limit)
                .toList();
    }

    @Override
    public Optional<Parked> find(MessageId id, String group) {
        check();
        return parked.stream()
                .filter(each ->
                        each.message().id().equals(id) && each.message().group().equals(group))
                .findFirst();
    }

    @Override
    public Replay replay(MessageId id, String group) {
        Optional<Parked> found = find(id, group);
        if (found.isEmpty()) {
            return new Replay.Absent();
        }
        if (found.get().reason().contains("never")) {
            return new Replay.Failed("failed again: " + found.get().reason());
        }
        parked.remove(found.get());
        handled.add(id + " " + group);
        return new Replay.Handled();
    }

    @Override
    public boolean discard(MessageId id, String group, String who) {
        return parked.removeIf(
                each -> each.message().id().equals(id) && each.message().group().equals(group));
    }

    /** Declares a topic, a producer and the subscriptions of the two groups. */
    MessageShop declared() {
        directory.declare(
                List.of(
                        Name.topic("orders"),
                        Name.tag("orders", "placed"),
                        Name.producer("shop"),
                        Name.group("points")),
                Map.of(Name.producer("shop"), "http://shop:8080/check"),
                "shop",
                Samples.NOW.minusSeconds(600));
        for (String group : List.of("points", "mail")) {
            directory.declare(
                    group,
                    group,
                    "1.4",
                    Map.of("orders", Set.of("*")),
                    Duration.ofHours(1),
                    Samples.NOW.minusSeconds(60));
        }
        return this;
    }

    boolean isPaused(String group, String topic) {
        return directory.read().isPaused(group, topic);
    }

    Status status(Name name) {
        return directory.read().entry(name).map(Entry::status).orElse(Status.ACTIVE);
    }

    /** Two stores to look at: one with everything, one that is down. */
    static List<ConsoleMessages> examples() {
        MessageShop orders = new MessageShop("orders").declared();
        for (int i = 0; i < 14; i++) {
            orders.finished("47" + i);
        }
        for (int i = 0; i < 5; i++) {
            orders.sending("48" + i);
        }
        MessageId waiting = orders.sent("4900");
        orders.store.confirm(List.of(new ConfirmedBy(waiting, "mail")), Samples.NOW);
        orders.park(waiting, "points", "java.lang.IllegalStateException: points of customer 77 are locked since 10:02");
        for (int i = 0; i < 7; i++) {
            orders.dead(
                    "50" + i,
                    "org.apache.rocketmq.client.exception.MQClientException: No route info of topic orders, try " + i);
        }
        orders.dead("511", "message is 5242880 bytes (expected: at most 4194304)");
        orders.directory.edit(new Edit(
                Name.pause("points", "orders"),
                Status.ACTIVE,
                null,
                "li",
                Samples.NOW.minusSeconds(300),
                "its database moves"));
        MessageShop down = new MessageShop("points");
        down.broken = new IllegalStateException("Connection refused: 127.0.0.1:3306");
        return List.of(orders.messages(), down.messages());
    }
}

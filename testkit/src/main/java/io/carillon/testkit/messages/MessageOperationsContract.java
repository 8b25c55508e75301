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
import io.carillon.messages.model.MessageId;
import io.carillon.messages.model.MessageLife.Event;
import io.carillon.messages.model.MessageState;
import io.carillon.messages.model.StoredMessage;
import io.carillon.messages.operations.Audit;
import io.carillon.messages.operations.DeadLetters;
import io.carillon.messages.operations.MessageChanges;
import io.carillon.messages.operations.MessageChanges.Change;
import io.carillon.messages.operations.MessageCommands;
import io.carillon.messages.operations.MessageCommands.Item;
import io.carillon.messages.operations.MessageCommands.Order;
import io.carillon.messages.operations.MessageCommands.Outcome;
import io.carillon.messages.operations.MessageCommands.Report;
import io.carillon.messages.operations.MessageFilter;
import io.carillon.messages.operations.MessageSearch;
import io.carillon.messages.operations.MessageSearch.Confirmation;
import io.carillon.messages.operations.MessageSearch.Found;
import io.carillon.messages.operations.MessageSearch.Page;
import io.carillon.messages.outbox.MessageStore;
import io.carillon.messages.outbox.MessageStore.Attempt;
import io.carillon.messages.outbox.MessageStore.ConfirmedBy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What {@link MessageSearch}, {@link MessageChanges} and {@link Audit} promise, and what is built on them. */
public abstract class MessageOperationsContract {

    /** What people do; everything else that can happen to a message is in {@link MessageStoreContract}. */
    static final Set<Event> EVENTS =
            Set.of(Event.REPLAY, Event.REPLAY_UNCONFIRMED, Event.DISCARD, Event.WAIVE, Event.WAIVE_LAST);

    private static final Instant NOW = Instant.parse("2026-11-22T10:00:00.123Z");
    private static final Duration TIMEOUT = Duration.ofMinutes(5);
    private static final MessageFilter ALL = MessageFilter.all();
    private static final Order ORDER = Order.of("ann", "the topic is there now");

    /** The ports of one empty store. */
    public record Ports(MessageStore store, MessageSearch search, MessageChanges changes, Audit audit) {}

    /** An empty store. Called once per test. */
    protected abstract Ports empty() throws Exception;

    private MessageStore store;
    private MessageSearch search;
    private MessageChanges changes;
    private Audit audit;
    private MessageCommands commands;

    /** Gets the store. */
    @SuppressWarnings("NullAway.Init")
    protected MessageOperationsContract() {}

    @BeforeEach
    void open() throws Exception {
        Ports ports = empty();
        store = ports.store();
        search = ports.search();
        changes = ports.changes();
        audit = ports.audit();
        commands = new MessageCommands(search, changes, audit, () -> NOW);
    }

    // ------------------------------------------------------------------ messages in every state

    private MessageId made(Instant time, String topic, String tag, String key, String producer) {
        Message message = Message.to(topic, tag).key(key).json("{}").build();
        StoredMessage row = new StoredMessage(
                Messages.id(time), message, producer, SENDING, 1, time.plusSeconds(20), "node-1", null, null);
        store.append(List.of(row));
        return row.id();
    }

    private MessageId sending(int second) {
        return made(NOW.plusSeconds(second), "orders", "placed", "order-1", "shop");
    }

    private MessageId finished(int second) {
        MessageId id = sending(second);
        store.acknowledged(List.of(new Attempt(id, 1)), NOW, TIMEOUT);
        return id;
    }

    /** Acknowledged, while points and mail subscribe it. */
    private MessageId sent(int second) {
        store.subscribe("points", Map.of("orders", Set.of("*")), NOW);
        store.subscribe("mail", Map.of("orders", Set.of("*")), NOW);
        MessageId id = sending(second);
        store.acknowledged(List.of(new Attempt(id, 1)), NOW, TIMEOUT);
        store.subscribe("points", Map.of(), NOW);
        store.subscribe("mail", Map.of(), NOW);
        return id;
    }

    private MessageId dead(int second, String error) {
        MessageId id = sending(second);
        store.bury(List.of(new Attempt(id, 1)), error);
        return id;
    }

    private MessageId deadUnconfirmed(int second) {
        MessageId id = sent(second);
        store.bury(List.of(new Attempt(id, 1)), "no confirmation");
        return id;
    }

    private MessageState state(MessageId id) {
        return store.find(id).orElseThrow().state();
    }

    private List<MessageId> found(MessageFilter filter) {
        Page page = search.search(filter, null, 100);
        assertThat(page.isLast()).isTrue();
        return page.found().stream().map(found -> found.message().id()).toList();
    }

    // ------------------------------------------------------------------ search

    @Test
    void eachPartOfAFilterCountsAndTheNewestComeFirst() {
        MessageId first = made(NOW, "orders", "placed", "k-1", "shop");
        MessageId second = made(NOW.plusSeconds(1), "orders", "paid", "k-2", "shop");
        MessageId third = made(NOW.plusSeconds(2), "mail", "", "k-1", "points");
        MessageId dead = dead(3, "no route");
        MessageId sent = sent(4);

        assertThat(found(ALL)).containsExactly(sent, dead, third, second, first);
        assertThat(found(ALL.topic("orders"))).containsExactly(sent, dead, second, first);
        assertThat(found(ALL.topic("ORDERS"))).isEmpty();
        assertThat(found(ALL.topic("orders").tag("paid"))).containsExactly(second);
        assertThat(found(ALL.tag(""))).containsExactly(third);
        assertThat(found(ALL.key("k-1"))).containsExactly(third, first);
        assertThat(found(ALL.producer("points"))).containsExactly(third);
        assertThat(found(ALL.states(DEAD, SENT))).containsExactly(sent, dead);
        assertThat(found(ALL.states(FINISHED))).isEmpty();
        assertThat(found(ALL.states(FINISHED, DEAD))).containsExactly(dead);
        assertThat(found(ALL.group("mail"))).containsExactly(sent);
        assertThat(found(ALL.group("mail").states(DEAD))).isEmpty();
        assertThat(found(ALL.made(NOW.plusSeconds(1), NOW.plusSeconds(3)))).containsExactly(third, second);
        assertThat(found(ALL.made(NOW.plusSeconds(1), null).states(SENDING))).containsExactly(third, second);
        assertThat(found(ALL.made(null, NOW.plusSeconds(1)).topic("orders"))).containsExactly(first);
    }

    @Test
    void pagesGoOnWhereTheLastOneEnded() {
        List<MessageId> ids = new ArrayList<>();
        for (int i = 0; i < 25; i++) {
            ids.add(0, i % 2 == 0 ? finished(i) : dead(i, "no route"));
        }
        for (MessageFilter filter : List.of(ALL, ALL.states(DEAD, FINISHED), ALL.states(DEAD))) {
            List<MessageId> all = new ArrayList<>();
            MessageId before = null;
            do {
                Page page = search.search(filter, before, 4);
                assertThat(page.found()).hasSizeLessThanOrEqualTo(4);
                page.found().forEach(found -> all.add(found.message().id()));
                before = page.next();
            } while (before != null);
            assertThat(all)
                    .containsExactlyElementsOf(ids.stream()
                            .filter(id ->
                                    filter.states().isEmpty() || filter.states().contains(state(id)))
                            .toList());
        }
        assertThatThrownBy(() -> search.search(ALL, null, 0)).hasMessageStartingWith("limit: 0 (expected: 1..1000)");
    }

    @Test
    void aMessageIsFoundByItsIdWithItsTimes() {
        MessageId sent = sent(0);
        MessageId finished = finished(1);
        Found found = search.find(sent).orElseThrow();
        assertThat(found.message().message().text()).isEqualTo("{}");
        assertThat(found.sentAt()).isEqualTo(NOW);
        assertThat(found.closedAt()).isNull();
        assertThat(search.find(finished).orElseThrow().closedAt()).isEqualTo(NOW);
        assertThat(search.find(sending(2)).orElseThrow().sentAt()).isNull();
        assertThat(search.find(Messages.id(NOW))).isEmpty();
    }

    @Test
    void theConfirmationsOfAMessageTellWhoIsOutstanding() {
        MessageId sent = sent(0);
        assertThat(search.confirmations(sent))
                .containsExactly(new Confirmation("mail", null, null), new Confirmation("points", null, null));
        store.confirm(List.of(new ConfirmedBy(sent, "points")), NOW.plusSeconds(1));
        changes.waive(List.of(sent), "mail", "ann", NOW.plusSeconds(2));
        assertThat(search.confirmations(sent))
                .containsExactly(
                        new Confirmation("mail", NOW.plusSeconds(2), "ann"),
                        new Confirmation("points", NOW.plusSeconds(1), null));
        assertThat(search.confirmations(sending(1))).isEmpty();
    }

    @Test
    void deadLettersAreGroupedByTopicAndCause() {
        MessageId first = dead(0, "no route to topic orders, 3 tries");
        dead(1, "no route to topic orders, 12 tries");
        MessageId last = dead(2, "no route to topic orders, 5 tries\n at line two");
        MessageId large = dead(3, "message 01932b2e-7c00-7000-8000-000000000001: too large");
        finished(4);

        DeadLetters dead = DeadLetters.of(search, 100);
        assertThat(dead.truncated()).isFalse();
        assertThat(dead.looked()).isEqualTo(4);
        assertThat(dead.groups())
                .containsExactly(
                        new DeadLetters.Group("orders", "no route to topic orders, # tries", "", 3, 1, first, last),
                        new DeadLetters.Group("orders", "message #: too large", "", 1, 1, large, large));

        DeadLetters some = DeadLetters.of(search, 2);
        assertThat(some.truncated()).isTrue();
        assertThat(some.looked()).isEqualTo(2);
        assertThat(DeadLetters.of(search, 4).truncated()).isFalse();
    }

    @Test
    void deadLettersAreGroupedByTheConsumersTheyWaitFor() {
        MessageId waiting = deadUnconfirmed(0);
        store.confirm(List.of(new ConfirmedBy(waiting, "mail")), NOW);
        MessageId never = dead(1, "no route");

        assertThat(search.deadLetters(null, 10))
                .extracting(MessageSearch.DeadLetter::waiting)
                .containsExactly(List.of(), List.of("points"));
        assertThat(DeadLetters.of(search, DeadLetters.By.CONSUMER, 10).groups())
                .containsExactly(
                        new DeadLetters.Group("", "no route", "", 1, 1, never, never),
                        new DeadLetters.Group("", "no confirmation", "points", 1, 1, waiting, waiting));
        assertThat(DeadLetters.ids(search, new DeadLetters.Choice(null, null, "points"), 10))
                .containsExactly(waiting);
        assertThat(DeadLetters.ids(search, new DeadLetters.Choice("orders", null, ""), 10))
                .containsExactly(never);
        assertThat(DeadLetters.letters(search, new DeadLetters.Choice(null, null, null), never, 10))
                .extracting(MessageSearch.DeadLetter::id)
                .containsExactly(waiting);
    }

    @Test
    void messagesAreFoundByTheNumberOfTheirAttempts() {
        MessageId once = sending(0);
        MessageId twice = sending(1);
        store.claimDue(Set.of(SENDING), "node-2", TIMEOUT, 10, NOW.plusSeconds(21), null);
        int attempts = store.find(twice).orElseThrow().attempt();
        assertThat(search.search(ALL.attempts(attempts), null, 10).found())
                .extracting(found -> found.message().id())
                .contains(twice);
        assertThat(search.search(ALL.attempts(attempts + 1), null, 10).found()).isEmpty();
        assertThat(search.search(ALL.attempts(1), null, 10).found())
                .extracting(found -> found.message().id())
                .contains(once, twice);
        assertThatThrownBy(() -> ALL.attempts(-1)).hasMessageStartingWith("attempts: -1 (expected: 0 or more)");
    }

    // ------------------------------------------------------------------ changes

    @Test
    void aReplayedMessageIsSentWithAllItsAttemptsBeforeIt() {
        MessageId id = dead(0, "no route");
        assertThat(changes.replay(Map.of(id, NOW.plusSeconds(60)))).isEqualTo(Map.of(id, new Change(DEAD, SENDING)));
        StoredMessage row = store.find(id).orElseThrow();
        assertThat(row.attempt()).isZero();
        assertThat(row.owner()).isNull();
        assertThat(row.dueAt()).isEqualTo(NOW.plusSeconds(60));
        assertThat(row.lastError()).isEqualTo("no route");

        assertThat(store.acknowledged(List.of(new Attempt(id, 1)), NOW, TIMEOUT))
                .as("the attempt before the replay")
                .isEmpty();
        List<StoredMessage> claimed = store.claimDue(Set.of(SENDING), "node-2", TIMEOUT, 10, NOW.plusSeconds(60), null);
        assertThat(claimed).hasSize(1);
        store.acknowledged(List.of(new Attempt(id, claimed.get(0).attempt())), NOW, TIMEOUT);
        assertThat(state(id)).isEqualTo(FINISHED);
    }

    @Test
    void aReplayedMessageThatTheBrokerHadStillWaitsForItsConfirmations() {
        MessageId dead = deadUnconfirmed(0);
        MessageId sent = sent(1);
        assertThat(changes.replay(Map.of(dead, NOW, sent, NOW)))
                .isEqualTo(Map.of(dead, new Change(DEAD, SENT), sent, new Change(SENT, SENT)));
        List<StoredMessage> claimed = store.claimDue(Set.of(SENT), "node-2", TIMEOUT, 10, NOW, null);
        assertThat(claimed).extracting(StoredMessage::id).containsExactlyInAnyOrder(dead, sent);
        store.acknowledged(
                claimed.stream()
                        .map(row -> new Attempt(row.id(), row.attempt()))
                        .toList(),
                NOW,
                TIMEOUT);
        assertThat(state(dead)).isEqualTo(SENT);
        store.confirm(List.of(new ConfirmedBy(dead, "points"), new ConfirmedBy(dead, "mail")), NOW);
        assertThat(state(dead)).isEqualTo(FINISHED);
    }

    @Test
    void onlyDeadMessagesAreDiscarded() {
        MessageId dead = dead(0, "no route");
        MessageId unconfirmed = deadUnconfirmed(1);
        MessageId sent = sent(2);
        MessageId finished = finished(3);
        MessageId nobody = Messages.id(NOW);
        assertThat(changes.discard(List.of(dead, unconfirmed, sent, finished, nobody), NOW))
                .isEqualTo(Map.of(
                        dead, new Change(DEAD, CANCELLED),
                        unconfirmed, new Change(DEAD, CANCELLED),
                        sent, new Change(SENT, null),
                        finished, new Change(FINISHED, null)));
        assertThat(state(dead)).isEqualTo(CANCELLED);
        assertThat(search.find(dead).orElseThrow().closedAt()).isEqualTo(NOW);
        assertThat(state(sent)).isEqualTo(SENT);
    }

    @Test
    void whatIsClosedOrNotYetSentCannotBeReplayed() {
        MessageId finished = finished(0);
        MessageId sending = sending(1);
        MessageId waiting = Messages.id(NOW);
        store.append(List.of(new StoredMessage(
                waiting,
                Message.to("orders", "placed").json("{}").build(),
                "shop",
                WAITING_CONFIRM,
                0,
                NOW,
                null,
                null,
                null)));
        Map<MessageId, Change> refused =
                changes.replay(Map.of(finished, NOW, sending, NOW, waiting, NOW, Messages.id(NOW), NOW));
        assertThat(refused).hasSize(3);
        assertThat(refused.values()).allMatch(change -> change.after() == null);
        assertThat(store.find(sending).orElseThrow().attempt()).isEqualTo(1);
    }

    @Test
    void theLastConfirmationThatIsWaivedFinishesAMessage() {
        MessageId sent = sent(0);
        MessageId dead = deadUnconfirmed(1);
        MessageId never = dead(2, "no route");
        List<MessageId> ids = List.of(sent, dead, never);
        assertThat(changes.waive(ids, "points", "ann", NOW))
                .isEqualTo(Map.of(
                        sent, new Change(SENT, SENT), dead, new Change(DEAD, DEAD), never, new Change(DEAD, null)));
        assertThat(changes.waive(ids, "points", "bob", NOW).values())
                .as("a second time")
                .allMatch(change -> change.after() == null);
        assertThat(changes.waive(ids, "unknown", "ann", NOW).values()).allMatch(change -> change.after() == null);
        assertThat(changes.waive(ids, "mail", "ann", NOW))
                .isEqualTo(Map.of(
                        sent,
                        new Change(SENT, FINISHED),
                        dead,
                        new Change(DEAD, FINISHED),
                        never,
                        new Change(DEAD, null)));
        assertThat(state(sent)).isEqualTo(FINISHED);
        assertThat(state(dead)).isEqualTo(FINISHED);
        assertThat(search.find(sent).orElseThrow().closedAt()).isEqualTo(NOW);
        assertThat(store.confirm(List.of(new ConfirmedBy(sent, "points")), NOW))
                .as("a late confirmation")
                .isZero();
    }

    // ------------------------------------------------------------------ commands

    @Test
    void aDryRunForetellsWhatTheCommandThenDoesAndChangesNothing() {
        List<MessageId> ids =
                List.of(dead(0, "no route"), deadUnconfirmed(1), sent(2), finished(3), sending(4), Messages.id(NOW));
        List<List<Item>> foretold = List.of(
                commands.replay(ORDER.asDryRun(), ids).items(),
                commands.waive(ORDER.asDryRun(), "mail", ids).items(),
                commands.discard(ORDER.asDryRun(), ids).items());
        assertThat(ids.subList(0, 5).stream().map(this::state)).containsExactly(DEAD, DEAD, SENT, FINISHED, SENDING);
        assertThat(audit.latest(null, 10)).isEmpty();

        Report discarded = commands.discard(ORDER, ids.subList(5, 6));
        assertThat(discarded.items()).isEqualTo(foretold.get(2).subList(5, 6));
        assertThat(commands.waive(ORDER, "mail", ids).items()).isEqualTo(foretold.get(1));
        assertThat(commands.replay(ORDER, ids).items()).isEqualTo(foretold.get(0));
        assertThat(foretold.get(0))
                .extracting(Item::outcome)
                .containsExactly(
                        Outcome.DONE, Outcome.DONE, Outcome.DONE, Outcome.CONSUMED, Outcome.REFUSED, Outcome.NOT_THERE);
        assertThat(foretold.get(2))
                .extracting(Item::after)
                .containsExactly(CANCELLED, CANCELLED, null, null, null, null);
    }

    @Test
    void aCommandForAllThatMatchSaysWhenItWasNotAll() {
        for (int i = 0; i < 7; i++) {
            dead(i, "no route");
        }
        made(NOW, "mail", "", "k", "shop");
        Report some = commands.replay(ORDER.limit(5), ALL.topic("orders"));
        assertThat(some.count(Outcome.DONE)).isEqualTo(5);
        assertThat(some.truncated()).isTrue();
        Report rest = commands.replay(ORDER.limit(5), ALL.topic("orders"));
        assertThat(rest.count(Outcome.DONE)).isEqualTo(2);
        assertThat(rest.truncated()).isFalse();
        assertThat(commands.replay(ORDER, ALL).items()).isEmpty();
        Report exactly = commands.discard(ORDER.limit(1), List.of(dead(8, "x"), dead(9, "y")));
        assertThat(exactly.items()).hasSize(1);
        assertThat(exactly.truncated()).isTrue();
    }

    @Test
    void aRateSpreadsTheReplayOverTime() {
        List<MessageId> ids = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            ids.add(dead(i, "no route"));
        }
        commands.replay(ORDER.perSecond(2), ids);
        assertThat(ids.stream().map(id -> store.find(id).orElseThrow().dueAt()))
                .containsExactly(NOW, NOW, NOW.plusSeconds(1), NOW.plusSeconds(1), NOW.plusSeconds(2));
    }

    @Test
    void waivingForAllThatMatchFinishesWhatWaitedForTheGroup() {
        MessageId sent = sent(0);
        MessageId dead = deadUnconfirmed(1);
        store.confirm(List.of(new ConfirmedBy(sent, "points"), new ConfirmedBy(dead, "points")), NOW);
        Report report = commands.waive(ORDER, "mail", ALL);
        assertThat(report.count(Outcome.DONE)).isEqualTo(2);
        assertThat(state(sent)).isEqualTo(FINISHED);
        assertThat(state(dead)).isEqualTo(FINISHED);
    }

    @Test
    void eachCommandIsInTheAudit() {
        MessageId dead = dead(0, "no route");
        MessageId finished = finished(1);
        commands.replay(ORDER, List.of(dead, finished));
        commands.discard(Order.of("bob", "r".repeat(2000)), ALL.topic("orders"));

        List<Audit.Entry> entries = audit.latest(null, 10);
        assertThat(entries).hasSize(2).allSatisfy(entry -> assertThat(entry.at())
                .isEqualTo(NOW));
        Audit.Entry replay = entries.get(0).what().equals("replay") ? entries.get(0) : entries.get(1);
        assertThat(replay.who()).isEqualTo("ann");
        assertThat(replay.target()).isEqualTo(dead + " " + finished);
        assertThat(replay.reason()).isEqualTo("the topic is there now");
        assertThat(replay.before()).isEqualTo("FINISHED 1, DEAD 1");
        assertThat(replay.after()).isEqualTo("SENDING 1");
        assertThat(replay.result()).isEqualTo("done 1, consumed 1, refused 0, not there 0, failed 0");
        assertThat(audit.latest(entries.get(0).id(), 10)).containsExactly(entries.get(1));
        assertThat(audit.latest(null, 1)).containsExactly(entries.get(0));
    }

    @Test
    void nothingIsDoneThatCannotBeAudited() {
        MessageId dead = dead(0, "no route");
        Audit broken = new Audit() {
            @Override
            public void begin(Entry entry) {
                throw new IllegalStateException("the disk is full");
            }

            @Override
            public void end(UUID id, @Nullable String before, @Nullable String after, String result) {}

            @Override
            public List<Entry> latest(@Nullable UUID before, int limit) {
                return List.of();
            }
        };
        MessageCommands unaudited = new MessageCommands(search, changes, broken, () -> NOW);
        assertThatThrownBy(() -> unaudited.discard(ORDER, List.of(dead))).hasMessage("the disk is full");
        assertThat(state(dead)).isEqualTo(DEAD);
    }

    @Test
    void anOrderSaysWhoAndWhy() {
        assertThatThrownBy(() -> Order.of(" ", "x")).hasMessageStartingWith("who: empty (expected: ");
        assertThatThrownBy(() -> Order.of("ann", "")).hasMessageStartingWith("reason: empty (expected: ");
        assertThatThrownBy(() -> ORDER.limit(10_001)).hasMessageStartingWith("limit: 10001 (expected: 1..10000)");
        assertThatThrownBy(() -> ORDER.perSecond(-1)).hasMessageStartingWith("perSecond: -1 (expected: 0");
    }
}

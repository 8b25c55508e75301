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

import io.carillon.messages.Message;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.model.MessageLife;
import io.carillon.messages.model.MessageLife.Event;
import io.carillon.messages.model.MessageState;
import io.carillon.messages.model.StoredMessage;
import io.carillon.messages.operations.MessageChanges;
import io.carillon.messages.operations.MessageFilter;
import io.carillon.messages.operations.MessageSearch;
import io.carillon.messages.outbox.Declarations;
import io.carillon.messages.outbox.Declarations.Subscribed;
import io.carillon.messages.outbox.MessageStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A message store in memory, for tests. Keeps every promise of the port but durability. Thread-safe. */
public final class InMemoryMessageStore implements MessageStore, MessageChanges {

    private static final Comparator<StoredMessage> BY_DUE =
            Comparator.comparing(StoredMessage::dueAt).thenComparing(StoredMessage::id);

    private final ManualTransactions transactions;
    private final TreeMap<MessageId, Row> rows = new TreeMap<>();
    private final Set<MessageId> written = new HashSet<>();
    private final Map<String, Map<Subscribed, Instant>> subscriptions = new TreeMap<>();
    private final Map<List<String>, MessageId> dedupeKeys = new HashMap<>();
    private final Map<List<String>, Long> places = new HashMap<>();
    private final Map<List<String>, TreeMap<Long, MessageId>> turns = new HashMap<>();
    private final Set<MessageLife.Transition> visited = new LinkedHashSet<>();

    /** A store whose {@link #append} takes part in the given transactions. */
    public InMemoryMessageStore(ManualTransactions transactions) {
        this.transactions = transactions;
    }

    /** A committed row. Guarded by the store. */
    private static final class Row {
        StoredMessage message;
        /** Groups whose confirmation is expected; null before the acknowledgement. */
        @Nullable
        Set<String> expected;

        final Set<String> confirmed = new HashSet<>();
        final Map<String, Instant> confirmedAt = new HashMap<>();
        final Map<String, String> waivedBy = new HashMap<>();

        @Nullable
        Instant sentAt;

        @Nullable
        Instant closedAt;

        Row(StoredMessage message) {
            this.message = message;
        }

        boolean isConfirmed() {
            return expected != null && confirmed.containsAll(expected);
        }
    }

    /** The transitions that happened so far. */
    public synchronized Set<MessageLife.Transition> visited() {
        return Set.copyOf(visited);
    }

    @Override
    public synchronized void append(List<StoredMessage> messages) {
        for (StoredMessage message : messages) {
            if (written.contains(message.id())) {
                throw new IllegalStateException("message id: " + message.id() + " is there already");
            }
        }
        messages.forEach(message -> written.add(message.id()));
        transactions.join(() -> insert(messages), () -> forget(messages));
    }

    private synchronized void insert(List<StoredMessage> messages) {
        for (StoredMessage message : messages) {
            Event event = message.state() == MessageState.SENDING ? Event.APPEND : Event.PREPARE;
            visited.add(new MessageLife.Transition(null, event, message.state()));
            rows.put(message.id(), new Row(message));
        }
    }

    private synchronized void forget(List<StoredMessage> messages) {
        messages.forEach(message -> written.remove(message.id()));
    }

    /** Another transaction's key counts at once here, where a database would wait for its end. */
    @Override
    public synchronized Optional<MessageId> keepDedupeKey(String topic, String dedupeKey, MessageId id) {
        List<String> key = List.of(topic, dedupeKey);
        MessageId before = dedupeKeys.putIfAbsent(key, id);
        if (before == null) {
            transactions.join(() -> {}, () -> forgetDedupeKey(key));
        }
        return Optional.ofNullable(before);
    }

    private synchronized void forgetDedupeKey(List<String> key) {
        dedupeKeys.remove(key);
    }

    @Override
    public synchronized long takeTurn(String topic, String key, MessageId id, Instant now) {
        List<String> name = List.of(topic, key);
        long place = places.merge(name, now.toEpochMilli() * 1000, (last, first) -> last + 1);
        transactions.join(() -> addTurn(name, place, id), () -> {});
        return place;
    }

    private synchronized void addTurn(List<String> key, long place, MessageId id) {
        turns.computeIfAbsent(key, any -> new TreeMap<>()).put(place, id);
    }

    private void endTurn(Row row) {
        Message message = row.message.message();
        TreeMap<Long, MessageId> ofKey = turns.get(List.of(message.topic(), message.key()));
        if (ofKey != null) {
            ofKey.values().remove(row.message.id());
        }
    }

    @Override
    public synchronized void wakeNext(Collection<StoredMessage> ended, Instant now) {
        for (StoredMessage message : ended) {
            TreeMap<Long, MessageId> ofKey = turns.get(
                    List.of(message.message().topic(), message.message().key()));
            Row row = ofKey == null || ofKey.isEmpty()
                    ? null
                    : rows.get(ofKey.firstEntry().getValue());
            if (row != null
                    && row.message.state() == MessageState.SENDING
                    && row.message.owner() == null
                    && row.message.dueAt().isAfter(now)) {
                with(row, row.message.attempt(), now, null, row.message.lastError());
            }
        }
    }

    @Override
    public synchronized Set<MessageId> first(Collection<StoredMessage> messages) {
        Set<MessageId> first = new HashSet<>();
        for (StoredMessage message : messages) {
            TreeMap<Long, MessageId> ofKey = turns.get(
                    List.of(message.message().topic(), message.message().key()));
            if (ofKey == null
                    || !ofKey.containsValue(message.id())
                    || ofKey.firstEntry().getValue().equals(message.id())) {
                first.add(message.id());
            }
        }
        return first;
    }

    @Override
    public synchronized List<StoredMessage> claimDue(
            Set<MessageState> states, String owner, Duration lease, int limit, Instant now, @Nullable Cursor after) {
        List<StoredMessage> due = rows.values().stream()
                .map(row -> row.message)
                .filter(message ->
                        states.contains(message.state()) && !message.dueAt().isAfter(now))
                .filter(message -> after == null || isBehind(message, after))
                .sorted(BY_DUE)
                .limit(limit)
                .toList();
        List<StoredMessage> claimed = new ArrayList<>();
        for (StoredMessage message : due) {
            Row row = row(message.id());
            move(row, Event.CLAIM);
            StoredMessage taken = with(row, message.attempt() + 1, now.plus(lease), owner, message.lastError());
            claimed.add(new StoredMessage(
                    taken.id(),
                    taken.message(),
                    taken.producer(),
                    taken.state(),
                    taken.attempt(),
                    message.dueAt(),
                    taken.owner(),
                    taken.lastError(),
                    taken.checkUrl()));
        }
        return claimed;
    }

    private static boolean isBehind(StoredMessage message, Cursor after) {
        int order = message.dueAt().compareTo(after.dueAt());
        return order > 0 || (order == 0 && message.id().compareTo(after.id()) > 0);
    }

    @Override
    public synchronized Set<MessageId> acknowledged(
            Collection<Attempt> attempts, Instant now, Duration confirmTimeout) {
        return fenced(attempts, row -> {
            Set<String> expected = row.expected;
            if (expected == null) {
                expected = subscribers(
                        row.message.message().topic(), row.message.message().tag());
            }
            boolean last = row.confirmed.containsAll(expected);
            if (!move(row, last ? Event.ACKNOWLEDGE_LAST : Event.ACKNOWLEDGE)) {
                return false;
            }
            row.expected = expected;
            row.sentAt = now;
            row.closedAt = last && row.message.state() == MessageState.FINISHED ? now : null;
            with(row, row.message.attempt(), now.plus(confirmTimeout), null, row.message.lastError());
            return true;
        });
    }

    @Override
    public synchronized Set<MessageId> postpone(
            Collection<Attempt> attempts, Instant dueAt, String error, boolean burned) {
        return fenced(attempts, row -> {
            if (!move(row, Event.POSTPONE)) {
                return false;
            }
            int attempt = burned ? row.message.attempt() : Math.max(0, row.message.attempt() - 1);
            with(row, attempt, dueAt, null, error);
            return true;
        });
    }

    @Override
    public synchronized Set<MessageId> bury(Collection<Attempt> attempts, String error, boolean endsTurn) {
        return fenced(attempts, row -> {
            if (!move(row, Event.BURY)) {
                return false;
            }
            if (endsTurn) {
                endTurn(row);
            }
            with(row, row.message.attempt(), row.message.dueAt(), null, error);
            return true;
        });
    }

    @Override
    public synchronized int hasten(@Nullable String topic, String error, Instant now, Instant latest, int limit) {
        List<Row> held = rows.values().stream()
                .filter(row -> row.message.state() == MessageState.SENDING && row.message.owner() == null)
                .filter(row ->
                        topic == null || topic.equals(row.message.message().topic()))
                .filter(row -> error.equals(row.message.lastError())
                        && row.message.dueAt().isAfter(now)
                        && !row.message.dueAt().isAfter(latest))
                .sorted((one, other) -> BY_DUE.compare(one.message, other.message))
                .limit(limit)
                .toList();
        held.forEach(row -> with(row, row.message.attempt(), now, null, error));
        return held.size();
    }

    @Override
    public synchronized Set<MessageId> expire(Collection<Attempt> attempts, Instant now) {
        return fenced(attempts, row -> {
            if (!move(row, Event.EXPIRE)) {
                return false;
            }
            row.closedAt = now;
            with(row, row.message.attempt(), row.message.dueAt(), null, EXPIRED);
            return true;
        });
    }

    private Set<MessageId> fenced(Collection<Attempt> attempts, Predicate<Row> change) {
        Set<MessageId> changed = new LinkedHashSet<>();
        for (Attempt attempt : attempts) {
            Row row = rows.get(attempt.id());
            if (row != null && row.message.attempt() == attempt.attempt() && change.test(row)) {
                changed.add(attempt.id());
            }
        }
        return changed;
    }

    @Override
    public synchronized int release(String owner, Instant now) {
        int released = 0;
        for (Row row : rows.values()) {
            if (owner.equals(row.message.owner()) && move(row, Event.RELEASE)) {
                with(row, row.message.attempt(), now, null, row.message.lastError());
                released++;
            }
        }
        return released;
    }

    @Override
    public synchronized int confirm(Collection<ConfirmedBy> confirmations, Instant now) {
        int finished = 0;
        for (ConfirmedBy each : confirmations) {
            Row row = rows.get(each.id());
            if (row == null) {
                continue;
            }
            row.confirmed.add(each.group());
            row.confirmedAt.putIfAbsent(each.group(), now);
            boolean all = row.isConfirmed()
                    || (row.message.state() == MessageState.SENDING
                            && row.confirmed.containsAll(subscribers(
                                    row.message.message().topic(),
                                    row.message.message().tag())));
            boolean closed = row.message.state() == MessageState.FINISHED;
            move(row, all && !closed ? Event.CONFIRM_LAST : Event.CONFIRM);
            if (!closed && row.message.state() == MessageState.FINISHED) {
                with(row, row.message.attempt(), row.message.dueAt(), null, row.message.lastError());
                row.closedAt = now;
                finished++;
            }
        }
        return finished;
    }

    @Override
    public synchronized void declare(String group, Map<String, Set<String>> tags, Instant at, Duration memory) {
        Map<Subscribed, Instant> known = subscriptions.computeIfAbsent(group, any -> new TreeMap<>());
        Declarations changes = Declarations.of(known, tags, at, memory);
        known.keySet().removeAll(changes.drop());
        changes.write().forEach(each -> known.put(each, at));
    }

    @Override
    public synchronized Set<String> subscribers(String topic, String tag) {
        Set<String> groups = new TreeSet<>();
        subscriptions.forEach((group, known) -> {
            if (known.containsKey(new Subscribed(topic, tag)) || known.containsKey(new Subscribed(topic, "*"))) {
                groups.add(group);
            }
        });
        return groups;
    }

    @Override
    public synchronized boolean submit(MessageId id, @Nullable String owner, Instant dueAt) {
        Row row = rows.get(id);
        if (row == null || !move(row, Event.SUBMIT)) {
            return false;
        }
        with(row, row.message.attempt() + 1, dueAt, owner, row.message.lastError());
        return true;
    }

    @Override
    public synchronized boolean cancel(MessageId id, Instant now) {
        Row row = rows.get(id);
        if (row == null || !move(row, Event.CANCEL)) {
            return false;
        }
        row.closedAt = now;
        with(row, row.message.attempt(), row.message.dueAt(), null, row.message.lastError());
        return true;
    }

    @Override
    public synchronized Optional<StoredMessage> find(MessageId id) {
        return Optional.ofNullable(rows.get(id)).map(row -> row.message);
    }

    @Override
    public synchronized Map<MessageState, Long> countByState() {
        return rows.values().stream()
                .collect(Collectors.groupingBy(
                        row -> row.message.state(), () -> new EnumMap<>(MessageState.class), Collectors.counting()));
    }

    @Override
    public synchronized List<StoredMessage> latest(@Nullable MessageState state, int limit) {
        return rows.descendingMap().values().stream()
                .map(row -> row.message)
                .filter(message -> state == null || message.state() == state)
                .limit(limit)
                .toList();
    }

    @Override
    public synchronized Cleaned cleanClosed(
            @Nullable MessageId after, MessageId bound, int shard, int shards, int limit) {
        List<MessageId> closed = rows.headMap(bound, false).values().stream()
                .map(row -> row.message)
                .filter(message -> message.state().isClosed())
                .map(StoredMessage::id)
                .filter(id -> after == null || id.compareTo(after) > 0)
                .filter(id -> id.shard(shards) == shard)
                .limit(limit)
                .toList();
        closed.forEach(id -> {
            rows.remove(id);
            written.remove(id);
        });
        MessageId last = closed.isEmpty() ? after : closed.get(closed.size() - 1);
        return new Cleaned(closed.size(), last, closed.size() == limit);
    }

    // ---- what people do

    @Override
    public synchronized Map<MessageId, Change> replay(Map<MessageId, Instant> dueAt) {
        Map<MessageId, Change> changes = new TreeMap<>();
        dueAt.forEach((id, due) -> {
            Row row = rows.get(id);
            if (row != null) {
                Event event = row.expected == null ? Event.REPLAY : Event.REPLAY_UNCONFIRMED;
                Change change = change(row, event);
                changes.put(id, change);
                if (change.after() != null) {
                    with(row, 0, due, null, row.message.lastError());
                }
            }
        });
        return changes;
    }

    @Override
    public synchronized Map<MessageId, Change> discard(Collection<MessageId> ids, Instant now) {
        Map<MessageId, Change> changes = new TreeMap<>();
        for (MessageId id : ids) {
            Row row = rows.get(id);
            if (row != null) {
                Change change = change(row, Event.DISCARD);
                changes.put(id, change);
                row.closedAt = change.after() == null ? row.closedAt : now;
            }
        }
        return changes;
    }

    @Override
    public synchronized Map<MessageId, Change> waive(Collection<MessageId> ids, String group, String who, Instant now) {
        Map<MessageId, Change> changes = new TreeMap<>();
        for (MessageId id : ids) {
            Row row = rows.get(id);
            if (row == null) {
                continue;
            }
            Change change = new Change(row.message.state(), null);
            if (row.expected != null && row.expected.contains(group) && !row.confirmed.contains(group)) {
                Set<String> outstanding = new HashSet<>(row.expected);
                outstanding.removeAll(row.confirmed);
                change = change(row, outstanding.size() == 1 ? Event.WAIVE_LAST : Event.WAIVE);
            }
            changes.put(id, change);
            if (change.after() != null) {
                row.confirmed.add(group);
                row.confirmedAt.put(group, now);
                row.waivedBy.put(group, who);
                if (change.after() == MessageState.FINISHED) {
                    row.closedAt = now;
                    with(row, row.message.attempt(), row.message.dueAt(), null, row.message.lastError());
                }
            }
        }
        return changes;
    }

    private Change change(Row row, Event event) {
        MessageState before = row.message.state();
        return new Change(before, move(row, event) ? row.message.state() : null);
    }

    /** The search over these messages; it looks at all of them in one page. */
    public MessageSearch search() {
        return new Search();
    }

    private final class Search implements MessageSearch {

        @Override
        public Optional<Found> find(MessageId id) {
            synchronized (InMemoryMessageStore.this) {
                return Optional.ofNullable(rows.get(id)).map(Search::found);
            }
        }

        private static Found found(Row row) {
            return new Found(row.message, row.sentAt, row.closedAt);
        }

        @Override
        public Page search(MessageFilter filter, @Nullable MessageId before, int limit) {
            checkLimit(limit);
            synchronized (InMemoryMessageStore.this) {
                List<Found> found = rows.descendingMap().values().stream()
                        .filter(row -> before == null || row.message.id().compareTo(before) < 0)
                        .filter(row -> filter.matches(row.message))
                        .filter(row -> filter.group() == null || groups(row).contains(filter.group()))
                        .limit(limit)
                        .map(Search::found)
                        .toList();
                return new Page(
                        found,
                        found.size() == limit ? found.get(limit - 1).message().id() : null);
            }
        }

        private static Set<String> groups(Row row) {
            Set<String> groups = new TreeSet<>(row.confirmed);
            if (row.expected != null) {
                groups.addAll(row.expected);
            }
            return groups;
        }

        @Override
        public List<Confirmation> confirmations(MessageId id) {
            synchronized (InMemoryMessageStore.this) {
                Row row = rows.get(id);
                return row == null
                        ? List.of()
                        : groups(row).stream()
                                .map(group ->
                                        new Confirmation(group, row.confirmedAt.get(group), row.waivedBy.get(group)))
                                .toList();
            }
        }

        @Override
        public List<DeadLetter> deadLetters(@Nullable MessageId before, int limit) {
            return search(MessageFilter.all().states(MessageState.DEAD), before, limit).found().stream()
                    .map(Found::message)
                    .map(message -> new DeadLetter(
                            message.id(),
                            message.message().topic(),
                            message.message().tag(),
                            message.attempt(),
                            message.lastError(),
                            confirmations(message.id()).stream()
                                    .filter(each -> each.confirmedAt() == null)
                                    .map(Confirmation::group)
                                    .toList()))
                    .toList();
        }

        private static void checkLimit(int limit) {
            if (limit < 1 || limit > MAX_LIMIT) {
                throw new IllegalArgumentException("limit: " + limit + " (expected: 1.." + MAX_LIMIT
                        + "). Nothing was read; ask for a smaller page.");
            }
        }
    }

    private Row row(MessageId id) {
        Row row = rows.get(id);
        if (row == null) {
            throw new AssertionError(id);
        }
        return row;
    }

    /** Follows the table; false when the event has no effect in the row's state. */
    private boolean move(Row row, Event event) {
        MessageState from = row.message.state();
        Optional<MessageState> to = MessageLife.after(from, event);
        to.ifPresent(state -> {
            visited.add(new MessageLife.Transition(from, event, state));
            StoredMessage old = row.message;
            if (state == MessageState.SENT || state.isClosed()) {
                endTurn(row);
            }
            row.message = new StoredMessage(
                    old.id(),
                    old.message(),
                    old.producer(),
                    state,
                    old.attempt(),
                    old.dueAt(),
                    old.owner(),
                    old.lastError(),
                    old.checkUrl());
        });
        return to.isPresent();
    }

    private static StoredMessage with(
            Row row, int attempt, Instant dueAt, @Nullable String owner, @Nullable String lastError) {
        StoredMessage old = row.message;
        row.message = new StoredMessage(
                old.id(), old.message(), old.producer(), old.state(), attempt, dueAt, owner, lastError, old.checkUrl());
        return row.message;
    }
}

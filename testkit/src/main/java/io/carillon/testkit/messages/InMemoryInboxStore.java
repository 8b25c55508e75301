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

import io.carillon.messages.inbox.InboxStore;
import io.carillon.messages.inbox.Parked;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.outbox.MessageStore.Cleaned;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** An inbox in memory, for tests. Keeps every promise of the port but durability. Thread-safe. */
public final class InMemoryInboxStore implements InboxStore {

    private final ManualTransactions transactions;
    private static final Comparator<Key> ORDER = Comparator.comparing(Key::id).thenComparing(Key::group);

    private final TreeMap<Key, Row> rows = new TreeMap<>(ORDER);
    private final TreeMap<Key, Parked> parked = new TreeMap<>(ORDER);

    /** An inbox whose {@link #receive} takes part in the given transactions. */
    public InMemoryInboxStore(ManualTransactions transactions) {
        this.transactions = transactions;
    }

    private record Key(MessageId id, String group) {}

    /** A row, perhaps of a transaction that is still open. Guarded by the store. */
    private static final class Row {
        final String producer;
        boolean committed;
        boolean confirmed;
        /** Whose transaction wrote it, while that is open. */
        @Nullable
        Thread writer = Thread.currentThread();

        Row(String producer) {
            this.producer = producer;
        }
    }

    @Override
    public synchronized boolean receive(MessageId id, String group, String producer, Instant now) {
        Key key = new Key(id, group);
        Row other = rows.get(key);
        while (other != null && !other.committed && other.writer != Thread.currentThread()) {
            try {
                wait();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while waiting for another transaction", e);
            }
            other = rows.get(key);
        }
        if (other != null) {
            return false;
        }
        Row row = new Row(producer);
        rows.put(key, row);
        transactions.join(() -> commit(row), () -> forget(key));
        return true;
    }

    private synchronized void commit(Row row) {
        row.committed = true;
        row.writer = null;
        notifyAll();
    }

    private synchronized void forget(Key key) {
        rows.remove(key);
        notifyAll();
    }

    @Override
    public synchronized void park(Parked message) {
        parked.put(new Key(message.message().id(), message.message().group()), message);
    }

    @Override
    public synchronized Optional<Parked> findParked(MessageId id, String group) {
        Key key = new Key(id, group);
        return isReceived(key) ? Optional.empty() : Optional.ofNullable(parked.get(key));
    }

    private boolean isReceived(Key key) {
        Row row = rows.get(key);
        return row != null && row.committed;
    }

    @Override
    public synchronized List<Parked> parked(@Nullable String group, @Nullable Parked after, int limit) {
        Map<Key, Parked> behind = after == null
                ? parked
                : parked.tailMap(new Key(after.message().id(), after.message().group()), false);
        return behind.entrySet().stream()
                .filter(entry -> !isReceived(entry.getKey()))
                .map(Map.Entry::getValue)
                .filter(each -> group == null || group.equals(each.message().group()))
                .limit(limit)
                .toList();
    }

    @Override
    public synchronized boolean unpark(MessageId id, String group) {
        Key key = new Key(id, group);
        boolean known = parked.containsKey(key);
        transactions.join(() -> forgetParked(key), () -> {});
        return known;
    }

    private synchronized void forgetParked(Key key) {
        parked.remove(key);
    }

    @Override
    public synchronized List<Unconfirmed> unconfirmed(int limit) {
        return rows.entrySet().stream()
                .filter(entry -> entry.getValue().committed && !entry.getValue().confirmed)
                .limit(limit)
                .map(entry ->
                        new Unconfirmed(entry.getKey().id(), entry.getKey().group(), entry.getValue().producer))
                .toList();
    }

    @Override
    public synchronized void confirmed(Collection<Unconfirmed> sent, Instant now) {
        sent.forEach(each -> mark(each.id(), each.group(), true));
    }

    @Override
    public synchronized void confirmAgain(MessageId id, String group) {
        mark(id, group, false);
    }

    private void mark(MessageId id, String group, boolean confirmed) {
        Row row = rows.get(new Key(id, group));
        if (row != null && row.committed) {
            row.confirmed = confirmed;
        }
    }

    /** How many rows are committed. */
    public synchronized long size() {
        return rows.values().stream().filter(row -> row.committed).count();
    }

    @Override
    public synchronized Cleaned cleanConfirmed(
            @Nullable MessageId after, MessageId bound, int shard, int shards, int limit) {
        int deleted = 0;
        int ids = 0;
        MessageId last = after;
        var entries = rows.entrySet().iterator();
        while (entries.hasNext()) {
            Map.Entry<Key, Row> entry = entries.next();
            MessageId id = entry.getKey().id();
            boolean inRange = id.compareTo(bound) < 0 && (after == null || id.compareTo(after) > 0);
            if (inRange && id.shard(shards) == shard && entry.getValue().committed && entry.getValue().confirmed) {
                if (!id.equals(last)) {
                    if (ids == limit) { // the rows of one message, of several groups, go together
                        return new Cleaned(deleted, last, true);
                    }
                    ids++;
                }
                last = id;
                parked.remove(entry.getKey());
                entries.remove();
                deleted++;
            }
        }
        return new Cleaned(deleted, last, false);
    }
}

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
package io.carillon.messages.relay;

import io.carillon.messages.model.MessageId;
import io.carillon.messages.model.StoredMessage;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Lets one strictly ordered message of a key through at a time; the next ones of this node wait here, by their places. The
 * store knows about those of other nodes. Thread-safe.
 */
final class KeyTurns {

    private record Key(String topic, String key) {
        static Key of(StoredMessage message) {
            return new Key(message.message().topic(), message.message().key());
        }
    }

    /** A key with somebody under way. */
    private static final class Turn {
        final MessageId underWay;
        final int attempt;
        final PriorityQueue<StoredMessage> waiting;

        Turn(StoredMessage message, PriorityQueue<StoredMessage> waiting) {
            this.underWay = message.id();
            this.attempt = message.attempt();
            this.waiting = waiting;
        }

        boolean isOf(StoredMessage message) {
            return underWay.equals(message.id()) && attempt == message.attempt();
        }
    }

    private final Map<Key, Turn> turns = new HashMap<>();
    private final int capacity;
    private int waiting;

    /** @param capacity how many messages may wait; more are left to the poller */
    KeyTurns(int capacity) {
        this.capacity = capacity;
    }

    /** True when the message is the one of its key from now on, until {@link #leave}; otherwise it waits here. */
    synchronized boolean enter(StoredMessage message) {
        Turn turn = turns.get(Key.of(message));
        if (turn == null) {
            Comparator<StoredMessage> byPlace =
                    Comparator.comparingLong(waiting -> waiting.message().sequence());
            turns.put(Key.of(message), new Turn(message, new PriorityQueue<>(byPlace)));
            return true;
        }
        if (waiting < capacity) {
            turn.waiting.add(message);
            waiting++;
        }
        return false;
    }

    /** Ends the turn of a message, if it has it; the one to try next, or null. */
    synchronized @Nullable StoredMessage leave(StoredMessage message) {
        Key key = Key.of(message);
        Turn turn = turns.get(key);
        if (turn == null || !turn.isOf(message)) {
            return null;
        }
        turns.remove(key);
        StoredMessage next = turn.waiting.poll();
        if (next != null) {
            turns.put(key, new Turn(next, turn.waiting));
            waiting--;
        }
        return next;
    }

    /** Whether the message is the one of its key. */
    synchronized boolean has(StoredMessage message) {
        Turn turn = turns.get(Key.of(message));
        return turn != null && turn.isOf(message);
    }
}

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
package io.carillon.messages.inbox;

import io.carillon.messages.ReceivedMessage;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.outbox.MessageStore;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The port to the table of received messages. Thread-safe.
 *
 * <p>{@link #receive} writes into the caller's transaction; every other method runs in a short transaction of its own and
 * sees committed rows only.
 */
public interface InboxStore {

    /**
     * Writes the row of a received message into the caller's transaction. A concurrent duplicate waits for the first one's
     * end.
     *
     * @param producer whom the confirmation goes to
     * @return false when the row is already there: the effect has been applied, do nothing
     */
    boolean receive(MessageId id, String group, String producer, Instant now);

    /**
     * Writes the rows of several messages of one group into the caller's transaction.
     *
     * @return those whose rows were not there yet: their effects are to be applied
     * @throws RuntimeException when another transaction writes one of them at the same time; nothing is certain then but that
     *     the caller's transaction must be rolled back
     */
    default Set<MessageId> receive(Collection<ReceivedMessage> messages, String group, Instant now) {
        Set<MessageId> fresh = new LinkedHashSet<>();
        for (ReceivedMessage message : messages) {
            if (receive(message.id(), group, message.producer(), now)) {
                fresh.add(message.id());
            }
        }
        return fresh;
    }

    /** Keeps a message that could not be handled; where it is kept already, with its new reason. In a transaction of its own. */
    void park(Parked parked);

    /** A kept message that has not been received meanwhile. */
    Optional<Parked> findParked(MessageId id, String group);

    /**
     * Kept messages that have not been received meanwhile, in the order of (id, group).
     *
     * @param group whose, or null for all groups
     * @param after the last one of the page before, or null to begin
     */
    List<Parked> parked(@Nullable String group, @Nullable Parked after, int limit);

    /** Keeps a message no more; in the caller's transaction. False when it was not kept. */
    boolean unpark(MessageId id, String group);

    /** Committed rows whose confirmation has not been sent yet, oldest first. */
    List<Unconfirmed> unconfirmed(int limit);

    /** A received message and whom to tell. */
    record Unconfirmed(MessageId id, String group, String producer) {}

    /** Marks confirmations as sent; those that are not there (any more) are passed over. */
    void confirmed(Collection<Unconfirmed> sent, Instant now);

    /** Marks a confirmation as to be sent again, because the message arrived once more; nothing when there is no row. */
    void confirmAgain(MessageId id, String group);

    /** Deletes confirmed rows, of every group; unconfirmed ones stay, however old. The arguments and the answer are those of {@link MessageStore#cleanClosed}. */
    MessageStore.Cleaned cleanConfirmed(@Nullable MessageId after, MessageId bound, int shard, int shards, int limit);
}

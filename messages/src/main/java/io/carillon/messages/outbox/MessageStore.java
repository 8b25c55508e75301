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
package io.carillon.messages.outbox;

import io.carillon.messages.model.MessageId;
import io.carillon.messages.model.MessageState;
import io.carillon.messages.model.StoredMessage;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The port to the table of messages and its neighbours (confirmations, subscriptions). Thread-safe.
 *
 * <p>{@link #append} writes into the caller's transaction when there is one; every other method runs in
 * short transactions of its own, also when the caller has one open. Every transition is guarded by the state (and attempt) it starts from and tells whom it
 * won; the states follow {@code MessageLife}.
 */
public interface MessageStore {

    /** The error that an expired message notes. */
    String EXPIRED = "expired before the broker had it";

    /**
     * Writes new rows in state SENDING (or WAITING_CONFIRM in central mode), as given, into the caller's transaction.
     *
     * @throws RuntimeException when a row of the same id is there: nothing was written
     */
    void append(List<StoredMessage> messages);

    /**
     * Keeps the id that a dedupe key of a topic stands for, in the caller's transaction. Waits while another transaction that
     * keeps the same key is open.
     *
     * @return the id that is kept already; empty when the given one is kept from now on
     */
    Optional<MessageId> keepDedupeKey(String topic, String dedupeKey, MessageId id);

    /**
     * Gives a message its place behind all others of its topic and key, in the caller's transaction, and holds up other
     * writers of the key until that ends. Its turn lasts from then on until the message is acknowledged, finished, cancelled,
     * or buried with {@code endsTurn}.
     *
     * @return the place: greater than all before
     */
    long takeTurn(String topic, String key, MessageId id, Instant now);

    /**
     * Makes the first message whose turn lasts due now, for each key of these messages, unless somebody holds it: the turn of
     * one of these has just ended. Only wakes; a message that is missed is due by itself later.
     */
    void wakeNext(Collection<StoredMessage> ended, Instant now);

    /** Which of these strictly ordered messages have nobody before them whose turn lasts. One that has no turn is first. */
    Set<MessageId> first(Collection<StoredMessage> messages);

    /**
     * Takes messages whose time has come: state is one of {@code states}, {@code dueAt <= now}. Each gets a new lease:
     * {@code owner}, {@code attempt + 1}, {@code dueAt = now + lease}. Rows that another transaction holds are skipped
     * (SKIP LOCKED); two callers never get the same row within a lease.
     *
     * @param after only messages whose (dueAt, id) lies behind this cursor, or null to begin; see reliable-messages B.12:
     *     do not restart at the head of the index inside one run
     * @return the messages with their new owner and attempt, in the order of (dueAt, id); their {@code dueAt} is still the
     *     one they were claimed at, so that the last of them is the cursor of the next call. Their lease ends at
     *     {@code now + lease}
     */
    List<StoredMessage> claimDue(
            Set<MessageState> states, String owner, Duration lease, int limit, Instant now, @Nullable Cursor after);

    /** A position in the order of claiming. */
    record Cursor(Instant dueAt, MessageId id) {}

    /**
     * Notes that the broker acknowledged messages. SENDING becomes SENT with one confirmation expected from each group
     * whose subscription matches topic and tag, or FINISHED where no group does or all have already confirmed. A SENT
     * message that was sent again stays SENT, and keeps the confirmations it expects. The lease ends. Refused without effect
     * for a message whose attempt is no longer the given one, or which is in another state.
     *
     * @param confirmTimeout a message that stays unconfirmed becomes due again after this
     * @return the ids that were changed
     */
    Set<MessageId> acknowledged(Collection<Attempt> attempts, Instant now, Duration confirmTimeout);

    /** One try to send one message. */
    record Attempt(MessageId id, int attempt) {}

    /**
     * Puts messages back after a failed try: due again at the given time, lease ended, error noted. The state (SENDING, SENT
     * or WAITING_CONFIRM) stays. Fenced by the attempt.
     *
     * @param burned whether the try counts; false for faults of the infrastructure, which gives the attempt back (attempt -
     *     1, not below 0)
     */
    Set<MessageId> postpone(Collection<Attempt> attempts, Instant dueAt, String error, boolean burned);

    /**
     * SENDING or SENT becomes DEAD, fenced by the attempt.
     *
     * @param endsTurn whether strictly ordered messages behind one of these may go on; otherwise they wait until it is
     *     replayed and acknowledged, or discarded
     */
    Set<MessageId> bury(Collection<Attempt> attempts, String error, boolean endsTurn);

    /** SENDING or SENT becomes DEAD, fenced by the attempt; what is strictly ordered behind one of these waits. */
    default Set<MessageId> bury(Collection<Attempt> attempts, String error) {
        return bury(attempts, error, false);
    }

    /**
     * Makes messages due now that were put back with a certain error: those in SENDING that nobody holds and that would be
     * due after {@code now}, not after {@code latest}; the earliest first.
     *
     * @param topic whose messages; null for all topics
     * @param limit how many at most
     * @return how many
     */
    int hasten(@Nullable String topic, String error, Instant now, Instant latest, int limit);

    /** SENDING becomes CANCELLED because its time was over, fenced by the attempt. */
    Set<MessageId> expire(Collection<Attempt> attempts, Instant now);

    /** Ends the leases of a node that is closing: its SENDING messages become due now, without an owner. Returns how many. */
    int release(String owner, Instant now);

    /**
     * Notes confirmations of consumer groups. Harmless when repeated, late, or unexpected. A message whose last expected
     * confirmation this is becomes FINISHED, also from DEAD; a message still SENDING stays so, and its acknowledgement will
     * find the confirmation. A confirmation of a message that is not there (any more) is dropped and leaves no row.
     *
     * @return how many messages were finished by it
     */
    int confirm(Collection<ConfirmedBy> confirmations, Instant now);

    /** A group's word that a message's effect is committed. */
    record ConfirmedBy(MessageId id, String group) {}

    /** Replaces the subscriptions of a consumer group by the given ones, as a {@link #declare} that remembers nothing. */
    default void subscribe(String group, Map<String, Set<String>> tags, Instant now) {
        declare(group, tags, now, Duration.ZERO);
    }

    /**
     * Notes what one instance of a consumer group subscribes; idempotent. The subscriptions of all its instances count
     * together, see {@link Declarations}. They decide about acknowledgements from now on, not about messages that are already
     * SENT.
     *
     * @param tags by topic: the tags, or {@code *} for all
     * @param at when it was declared
     * @param memory how long a subscription counts after the last declaration that named it
     */
    void declare(String group, Map<String, Set<String>> tags, Instant at, Duration memory);

    /** The groups expected to confirm a message of this topic and tag. */
    Set<String> subscribers(String topic, String tag);

    /**
     * WAITING_CONFIRM becomes SENDING, leased to {@code owner} until {@code dueAt}, attempt + 1 as by a claim; without an
     * owner it is simply due then. False when it was not waiting (or is not there).
     */
    boolean submit(MessageId id, @Nullable String owner, Instant dueAt);

    /** WAITING_CONFIRM becomes CANCELLED. False when it was not waiting (or is not there). */
    boolean cancel(MessageId id, Instant now);

    /** One message. */
    Optional<StoredMessage> find(MessageId id);

    /** How many messages are in each state; states without messages may be missing. */
    Map<MessageState, Long> countByState();

    /** The latest messages, newest first, optionally of one state. */
    List<StoredMessage> latest(@Nullable MessageState state, int limit);

    /**
     * Deletes closed messages (FINISHED, CANCELLED) with their confirmations, in id order: those above {@code after}, below
     * {@code bound}, whose {@code id.shard(shards)} is {@code shard}. Never touches another row. One transaction.
     *
     * @param after the last id of the previous batch, or null to begin
     * @param limit looks at no more than so many deletable rows
     * @return what was done; call again with {@code last} until {@code more} is false
     */
    Cleaned cleanClosed(@Nullable MessageId after, MessageId bound, int shard, int shards, int limit);

    /** A batch of cleaning: how many rows went, the last id seen, and whether there may be more. */
    record Cleaned(int deleted, @Nullable MessageId last, boolean more) {}
}

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
package io.carillon.messages.central;

import io.carillon.messages.InvalidMessageException;
import io.carillon.messages.Message;
import io.carillon.messages.MessageServiceOptions;
import io.carillon.messages.Ordering;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.model.MessageState;
import io.carillon.messages.model.StoredMessage;
import io.carillon.messages.outbox.MessageStore;
import io.carillon.messages.outbox.Transactions;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The central message service: holds messages for services that have no outbox of their own. The producer prepares a
 * message before its business transaction, and submits or cancels it afterwards; when it does neither, {@code CheckBack}
 * asks it. Every call may be repeated. Thread-safe.
 */
public final class CentralMessages {

    private final MessageServiceOptions options;
    private final MessageStore store;
    private final Transactions transactions;
    private final Consumer<Message> check;
    private final Consumer<StoredMessage> handOver;

    /**
     * Makes the service on a store; {@code MessageService.central()} has one ready.
     *
     * @param check throws InvalidMessageException for a message that cannot be sent
     * @param handOver takes messages that are committed and leased to this node
     */
    public CentralMessages(
            MessageServiceOptions options,
            MessageStore store,
            Transactions transactions,
            Consumer<Message> check,
            Consumer<StoredMessage> handOver) {
        this.options = options;
        this.store = store;
        this.transactions = transactions;
        this.check = check;
        this.handOver = handOver;
    }

    /** How a call fared. */
    public enum Answer {
        /** Done by this call. */
        DONE,
        /** Was done before; this call changed nothing and needs no repair. */
        ALREADY_DONE,
        /** The message went another way before: the call is refused. */
        CONFLICT,
        /** There is no such message. */
        NOT_FOUND
    }

    /**
     * Keeps a message that is not to be sent yet.
     *
     * @param id made by the producer, so that it can repeat the call and mark its transaction
     * @param producer the producer group it belongs to
     * @param checkUrl where the producer is asked what became of its transaction, or null: then only it can tell
     * @return DONE, ALREADY_DONE for a repeated call, CONFLICT when the id belongs to a message submitted or cancelled since,
     *     or to one of another content
     * @throws InvalidMessageException when the message cannot be sent as it is: nothing was written
     */
    public Answer prepare(MessageId id, Message message, String producer, @Nullable String checkUrl) throws Exception {
        Instant now = options.time().instant();
        return write(
                new StoredMessage(
                        id,
                        message,
                        producer,
                        MessageState.WAITING_CONFIRM,
                        0,
                        now.plus(options.checkAfter()),
                        null,
                        null,
                        checkUrl),
                MessageState.WAITING_CONFIRM);
    }

    /** The state of a message; empty when there is none of this id. */
    public Optional<MessageState> state(MessageId id) {
        return store.find(id).map(StoredMessage::state);
    }

    /** The producer's transaction committed: the message is sent, after its delay if it has one. */
    public Answer submit(MessageId id) {
        Optional<StoredMessage> waiting = store.find(id);
        if (waiting.isEmpty()) {
            return Answer.NOT_FOUND;
        }
        Message message = waiting.get().message();
        Instant now = options.time().instant();
        boolean delayed = !message.delay().isZero();
        boolean won = store.submit(
                id, delayed ? null : options.node(), now.plus(delayed ? message.delay() : options.grace()));
        if (!won) {
            return afterLosing(id, MessageState.CANCELLED);
        }
        store.find(id)
                .filter(row ->
                        row.state() == MessageState.SENDING && options.node().equals(row.owner()))
                .ifPresent(handOver);
        return Answer.DONE;
    }

    /** The producer's transaction did not commit: the message will never be sent. */
    public Answer cancel(MessageId id) {
        if (store.cancel(id, options.time().instant())) {
            return Answer.DONE;
        }
        Optional<StoredMessage> row = store.find(id);
        if (row.isEmpty()) {
            return Answer.NOT_FOUND;
        }
        return row.get().state() == MessageState.CANCELLED ? Answer.ALREADY_DONE : Answer.CONFLICT;
    }

    /**
     * Keeps a message and sends it, for producers without a transaction to wait for.
     *
     * @return DONE, ALREADY_DONE for a repeated call, CONFLICT when the id belongs to a message that waits or is cancelled,
     *     or to one of another content
     * @throws InvalidMessageException when the message cannot be sent as it is: nothing was written
     */
    public Answer saveAndSend(MessageId id, Message message, String producer) throws Exception {
        Instant now = options.time().instant();
        boolean delayed = !message.delay().isZero();
        StoredMessage row = new StoredMessage(
                id,
                message,
                producer,
                MessageState.SENDING,
                delayed ? 0 : 1,
                now.plus(delayed ? message.delay() : options.grace()),
                delayed ? null : options.node(),
                null,
                null);
        Answer answer = write(row, MessageState.SENDING);
        if (answer == Answer.DONE) {
            handOver.accept(row);
        }
        return answer;
    }

    private Answer write(StoredMessage row, MessageState wanted) throws Exception {
        check.accept(row.message());
        if (row.message().ordering() == Ordering.KEY_STRICT) {
            throw new InvalidMessageException(
                    "ordering",
                    Ordering.KEY_STRICT,
                    "KEY_RELAXED or none for a message that the centre keeps",
                    "The message was not written; its place among the others is known only in the database of a service"
                            + " that has an outbox of its own.");
        }
        if (!row.message().dedupeKey().isEmpty()) {
            throw new InvalidMessageException(
                    "dedupe key",
                    "'" + row.message().dedupeKey() + "'",
                    "none for a message that the centre keeps",
                    "The message was not written; here the id, which the producer makes, tells repeated calls.");
        }
        Optional<StoredMessage> before = store.find(row.id());
        if (before.isPresent()) {
            return repeated(before.get(), row, wanted);
        }
        try {
            return transactions.inNew(() -> {
                store.append(List.of(row));
                return Answer.DONE;
            });
        } catch (RuntimeException e) {
            Optional<StoredMessage> other = store.find(row.id());
            if (other.isPresent()) {
                return repeated(other.get(), row, wanted); // a repeated call came first
            }
            throw e;
        }
    }

    /** The same id with another content is no repeated call: nothing tells which of the two is meant. */
    private static Answer repeated(StoredMessage there, StoredMessage asked, MessageState wanted) {
        boolean sending = there.state() != MessageState.WAITING_CONFIRM && there.state() != MessageState.CANCELLED;
        boolean same = wanted == MessageState.SENDING ? sending : there.state() == wanted;
        return same && isSameContent(there, asked) ? Answer.ALREADY_DONE : Answer.CONFLICT;
    }

    private static boolean isSameContent(StoredMessage one, StoredMessage other) {
        return one.producer().equals(other.producer())
                && one.message().topic().equals(other.message().topic())
                && one.message().tag().equals(other.message().tag())
                && one.message().key().equals(other.message().key())
                && Arrays.equals(one.message().payload(), other.message().payload());
    }

    private Answer afterLosing(MessageId id, MessageState conflicting) {
        return store.find(id)
                .map(row -> row.state() == conflicting ? Answer.CONFLICT : Answer.ALREADY_DONE)
                .orElse(Answer.NOT_FOUND);
    }
}

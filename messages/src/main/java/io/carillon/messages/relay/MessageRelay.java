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

import io.carillon.messages.InvalidMessageException;
import io.carillon.messages.Message;
import io.carillon.messages.MessageServiceOptions;
import io.carillon.messages.MessageServiceOptions.DeadKeys;
import io.carillon.messages.Ordering;
import io.carillon.messages.ReliableMessages;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.model.MessageState;
import io.carillon.messages.model.StoredMessage;
import io.carillon.messages.outbox.ControlMessages;
import io.carillon.messages.outbox.MessageStore;
import io.carillon.messages.outbox.MessageStore.Attempt;
import io.carillon.messages.outbox.MessageStore.Cursor;
import io.carillon.messages.outbox.Transactions;
import io.carillon.messages.relay.Broker.PublishResult;
import io.carillon.messages.relay.Decisions.Decision;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings messages from the outbox to the broker. The way of one message, top to bottom:
 *
 * <ol>
 *   <li>{@link #send}: its row is written into the caller's transaction, already leased to this node;
 *   <li>{@link #handOver}: after the commit it waits in a bounded queue; when that is full, it is left to the poller;
 *   <li>{@link #sendNext}: it is handed to the broker, with many others under way, unless the circuit of its topic is open;
 *   <li>{@link #answered}: the broker's answer is decided upon;
 *   <li>{@link #write}: decisions are written to the store in bulk;
 *   <li>{@link #poll}: what was missed, delayed or put back is claimed when it is due, and goes the same way.
 * </ol>
 *
 * <p>Three threads, whatever the load: send, complete, poll. A row whose node dies at any point becomes due by itself when
 * its lease ends. Thread-safe.
 */
public final class MessageRelay implements ReliableMessages, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(MessageRelay.class);
    private static final int SEND_BATCH = 64;
    private static final int CLAIM_BATCH = 500;
    private static final Duration IDLE = Duration.ofMillis(100);
    private static final String LATE = "its lease ended before it could be sent";
    private static final Duration STORE_RETRY = Duration.ofMillis(500);

    private final MessageServiceOptions options;
    private final MessageStore store;
    private final Transactions transactions;
    private final Broker broker;
    private final InstantSource time;

    private final BlockingQueue<StoredMessage> committed;
    private final BlockingQueue<StoredMessage> claimed = new ArrayBlockingQueue<>(2 * CLAIM_BATCH);
    private final Semaphore places;
    private final Map<Attempt, StoredMessage> underWay = new ConcurrentHashMap<>();
    private final Circuits circuits;
    private final LongAdder answers = new LongAdder();
    private final Gathering<Decided> decisions = new Gathering<>();
    private final PollTimer pollTimer = new PollTimer();
    private final KeyTurns turns;

    /** Confined to the polling thread, as the next one is: how many claimed messages may wait here. */
    private int claimRoom = 2 * CLAIM_BATCH;

    private long answeredBefore;

    private final CountDownLatch closing = new CountDownLatch(1);
    private volatile boolean drained;
    private final Thread sender;
    private final Thread completer;
    private final Thread poller;

    /** One decision to be written. */
    private record Decided(StoredMessage message, Decision decision) {}

    private MessageRelay(MessageServiceOptions options, MessageStore store, Transactions transactions, Broker broker) {
        this.options = options;
        this.store = store;
        this.transactions = transactions;
        this.broker = broker;
        this.time = options.time();
        this.committed = new ArrayBlockingQueue<>(options.queueCapacity());
        this.places = new Semaphore(options.maxInFlight());
        this.turns = new KeyTurns(options.queueCapacity());
        this.circuits = new Circuits(options, broker.name());
        this.sender = thread("send", this::sendLoop);
        this.completer = thread("complete", this::completeLoop);
        this.poller = thread("poll", this::pollLoop);
    }

    /** Makes a relay and starts its threads. */
    public static MessageRelay start(
            MessageServiceOptions options, MessageStore store, Transactions transactions, Broker broker) {
        MessageRelay relay = new MessageRelay(options, store, transactions, broker);
        relay.sender.start();
        relay.completer.start();
        relay.poller.start();
        return relay;
    }

    // ------------------------------------------------------------------ append, in the caller's transaction

    @Override
    public MessageId send(Message message) {
        if (isClosing()) {
            throw new IllegalStateException("message service: closed (expected: open). The message was not written;"
                    + " send it before the service is closed.");
        }
        if (!transactions.isActive()) {
            throw new IllegalStateException("transaction: none on this thread (expected: an open one)."
                    + " The message was not written; call send inside the business transaction,"
                    + " so that both commit or neither.");
        }
        StoredMessage row = row(message, time.instant());
        checkSendable(row, options, broker);
        if (!message.dedupeKey().isEmpty()) {
            Optional<MessageId> sentBefore = store.keepDedupeKey(message.topic(), message.dedupeKey(), row.id());
            if (sentBefore.isPresent()) {
                return sentBefore.get();
            }
        }
        if (message.ordering() == Ordering.KEY_STRICT) {
            row = placed(row);
        }
        return append(row);
    }

    private MessageId append(StoredMessage row) {
        store.append(List.of(row));
        transactions.afterCommit(() -> handOver(row));
        return row.id();
    }

    /**
     * Refuses what could never be sent.
     *
     * @throws InvalidMessageException naming what is wrong with it
     */
    static void checkSendable(StoredMessage row, MessageServiceOptions options, Broker broker) {
        String topic = row.message().topic();
        if (ControlMessages.isControlTopic(topic)) {
            throw new InvalidMessageException(
                    "topic",
                    topic,
                    "a topic of your own",
                    "The message was not written; topics of control messages are not for users.");
        }
        if (!options.topics().isEmpty() && !options.topics().contains(topic)) {
            throw new InvalidMessageException(
                    "topic",
                    topic,
                    "one of the declared topics, " + options.topics(),
                    "The message was not written; correct the topic, or declare it where the service is configured.");
        }
        String reason = broker.reasonToRefuse(Decisions.outgoing(row, options));
        if (reason != null) {
            throw new InvalidMessageException(
                    reason, "The message was not written, because " + broker.name() + " would refuse it; correct it.");
        }
    }

    /** At its place among the strictly ordered messages of its key; from here on, other writers of the key wait. */
    private StoredMessage placed(StoredMessage row) {
        Message message = row.message();
        long place = store.takeTurn(message.topic(), message.key(), row.id(), time.instant());
        return new StoredMessage(
                row.id(),
                message.withSequence(place),
                row.producer(),
                row.state(),
                row.attempt(),
                row.dueAt(),
                row.owner(),
                row.lastError(),
                row.checkUrl());
    }

    private StoredMessage row(Message message, Instant now) {
        return row(message, options, now);
    }

    /** A message of this service as it is written: leased to this node, or due after its delay. */
    static StoredMessage row(Message message, MessageServiceOptions options, Instant now) {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        MessageId id = MessageId.of(now, random.nextLong(), random.nextLong());
        boolean delayed = !message.delay().isZero();
        return new StoredMessage(
                id,
                message,
                options.producerGroup(),
                MessageState.SENDING,
                delayed ? 0 : 1,
                now.plus(delayed ? message.delay() : options.grace()),
                delayed ? null : options.node(),
                null,
                null);
    }

    // ------------------------------------------------------------------ hand over, after the commit

    /**
     * Takes a committed message. Never blocks and never fails: what finds no place is sent by a poller when its lease, or
     * its delay, is over.
     *
     * @param message a SENDING row; queued when it is leased to this node
     */
    public void handOver(StoredMessage message) {
        if (isClosing()) {
            return;
        }
        if (message.owner() == null || !committed.offer(message)) {
            pollTimer.noteDue(message.dueAt());
        }
    }

    // ------------------------------------------------------------------ send, pipelined

    private void sendLoop() {
        boolean goOn = true;
        while (goOn) {
            try {
                goOn = sendNext();
            } catch (InterruptedException e) {
                log.debug("{}: sending was interrupted while closing", options.node());
                return;
            } catch (RuntimeException | Error e) { // an Error must not end the thread: nothing would be sent any more
                log.error("{}: sending failed unexpectedly. It goes on with the next messages.", options.node(), e);
            }
        }
    }

    /** Sends one batch, if there is one and a place at the broker is free. False when everything has been sent for good. */
    private boolean sendNext() throws InterruptedException {
        int free = takePlaces();
        List<StoredMessage> batch = free == 0 ? List.of() : nextBatch(free);
        places.release(free - batch.size());
        if (batch.isEmpty()) {
            return !drained || (free == 0 && !(committed.isEmpty() && claimed.isEmpty()));
        }
        batch.forEach(message -> underWay.put(attempt(message), message));
        try {
            decisions.awaitBelow(10 * options.completionBatch());
            publish(allowed(batch, time.instant()));
        } catch (RuntimeException | Error e) {
            batch.forEach(message -> failed(message, e));
        }
        return true;
    }

    /** Takes at least one place, waiting a moment for it, as long as the next batch has no messages in its hands; or none. */
    private int takePlaces() throws InterruptedException {
        if (!places.tryAcquire(IDLE.toNanos(), TimeUnit.NANOSECONDS)) {
            return 0;
        }
        int more = Math.min(SEND_BATCH - 1, places.availablePermits());
        return places.tryAcquire(more) ? 1 + more : 1;
    }

    private List<StoredMessage> nextBatch(int most) throws InterruptedException {
        List<StoredMessage> batch = new ArrayList<>(most);
        claimed.drainTo(batch, Math.max(1, most / 2));
        committed.drainTo(batch, most - batch.size());
        if (batch.isEmpty() && !drained) {
            StoredMessage first = committed.poll(IDLE.toNanos(), TimeUnit.NANOSECONDS);
            if (first != null) {
                batch.add(first);
                committed.drainTo(batch, most - 1);
            }
        }
        return batch;
    }

    /** Those that may be handed to the broker now; what becomes of the others is decided. */
    private List<StoredMessage> allowed(List<StoredMessage> batch, Instant now) {
        List<StoredMessage> allowed = new ArrayList<>(batch.size());
        for (StoredMessage message : inTurn(batch, now)) {
            if (!message.dueAt().isAfter(now)) {
                // without effect where another has claimed it since
                settle(message, new Decision.Postpone(now, LATE, false));
                continue;
            }
            if (Decisions.isExpired(message, now)) {
                settle(message, new Decision.Expire());
                continue;
            }
            Instant heldUntil = circuits.heldUntil(message.message().topic(), now);
            if (heldUntil == null) {
                allowed.add(message);
            } else {
                settle(message, new Decision.Postpone(heldUntil, Circuits.HELD, false));
            }
        }
        return allowed;
    }

    private void publish(List<StoredMessage> allowed) {
        if (allowed.isEmpty()) {
            return;
        }
        try {
            broker.publish(
                    allowed.stream()
                            .map(message -> Decisions.outgoing(message, options))
                            .toList(),
                    this::answered);
        } catch (RuntimeException | Error e) {
            List<StoredMessage> unanswered = allowed.stream()
                    .filter(message -> underWay.containsKey(attempt(message)))
                    .toList();
            if (allowed.size() == 1) {
                unanswered.forEach(message -> failed(message, e));
            } else {
                log.warn(
                        "{}: publish failed; its {} messages are sent one by one", broker.name(), unanswered.size(), e);
                unanswered.forEach(this::sendAlone);
            }
        }
    }

    /** The messages that need not wait for another one of their key, in their order. */
    private List<StoredMessage> inTurn(List<StoredMessage> batch, Instant now) {
        if (batch.stream().noneMatch(Decisions::isStrict)) {
            return batch;
        }
        List<StoredMessage> entered = new ArrayList<>();
        for (StoredMessage message : batch) {
            if (!Decisions.isStrict(message) || turns.has(message) || turns.enter(message)) {
                entered.add(message);
            } else {
                letGo(message); // it waits there for its turn
            }
        }
        List<StoredMessage> strict =
                entered.stream().filter(Decisions::isStrict).toList();
        Set<MessageId> first;
        try {
            first = strict.isEmpty() ? Set.of() : store.first(strict);
        } catch (RuntimeException e) {
            log.warn("message store: the order of keys could not be read; their messages are tried again later", e);
            first = Set.of();
        }
        List<StoredMessage> inTurn = new ArrayList<>();
        for (StoredMessage message : entered) {
            if (!Decisions.isStrict(message) || first.contains(message.id())) {
                inTurn.add(message);
            } else {
                settle(message, Decisions.behindAnother(message, options, now));
            }
        }
        return inTurn;
    }

    /** The next message of the key, if one waits here, is tried; where it finds no place, it is left to the poller: false. */
    private boolean turnEnded(StoredMessage message) {
        StoredMessage next = turns.leave(message);
        while (next != null && !committed.offer(next)) {
            next = turns.leave(next);
        }
        return next != null;
    }

    /** So that a message that cannot be sent costs only its own attempts. */
    private void sendAlone(StoredMessage message) {
        try {
            broker.publish(List.of(Decisions.outgoing(message, options)), this::answered);
        } catch (RuntimeException | Error e) {
            failed(message, e);
        }
    }

    private void failed(StoredMessage message, Throwable e) {
        if (!underWay.containsKey(attempt(message))) {
            return;
        }
        String advice = "message {}: cannot be published; tried again with growing waits";
        if (e instanceof Error) {
            log.error(advice, message.id(), e);
        } else {
            log.warn(advice, message.id(), e);
        }
        circuits.answered(message.message().topic());
        double random = ThreadLocalRandom.current().nextDouble();
        settle(message, Decisions.afterFault(message, e.toString(), options, time.instant(), random));
    }

    /** Ends a message's stay: its place is free. False when it has ended before. */
    private boolean letGo(StoredMessage message) {
        if (underWay.remove(attempt(message)) == null) {
            return false;
        }
        places.release();
        return true;
    }

    /** Ends a message's stay with a decision, once. */
    private void settle(StoredMessage message, Decision decision) {
        if (letGo(message)) {
            decide(message, decision);
        }
    }

    // ------------------------------------------------------------------ the broker's answer

    private void answered(PublishResult result) {
        StoredMessage message = underWay.get(attempt(result.message()));
        if (message == null) {
            return; // answered twice
        }
        answers.increment();
        String topic = message.message().topic();
        Instant now = time.instant();
        Instant retryAt = now;
        if (result instanceof PublishResult.Unavailable unavailable) {
            retryAt = circuits.unavailable(topic, now, unavailable.reason());
            pollTimer.noteDue(retryAt);
        } else {
            circuits.answered(topic);
        }
        if (result instanceof PublishResult.Refused refused) {
            log.error(
                    "message {} to {}: refused by {}: {}. It is DEAD now; correct the cause, then replay it.",
                    message.id(),
                    topic,
                    broker.name(),
                    refused.reason());
        }
        settle(message, Decisions.afterResult(result, retryAt, options));
    }

    private void decide(StoredMessage message, Decision decision) {
        // the next one of its key waits until it is written
        decisions.add(new Decided(message, decision), Decisions.isStrict(message));
    }

    // ------------------------------------------------------------------ complete, in bulk

    private void completeLoop() {
        boolean goOn = true;
        while (goOn) {
            try {
                goOn = completeNext();
            } catch (InterruptedException e) {
                log.debug("{}: completing was interrupted while closing", options.node());
                return;
            } catch (RuntimeException | Error e) {
                log.error(
                        "{}: writing outcomes failed unexpectedly. It goes on with the next; these messages are due"
                                + " again when their leases end.",
                        options.node(),
                        e);
            }
        }
    }

    /** Writes one batch. False when nothing can come any more. */
    private boolean completeNext() throws InterruptedException {
        boolean nothingCanCome = drained && !sender.isAlive() && places.availablePermits() == options.maxInFlight();
        List<Decided> batch =
                decisions.take(options.completionBatch(), Duration.ofSeconds(1), options.completionDelay());
        if (!batch.isEmpty()) {
            write(batch);
        }
        return !batch.isEmpty() || !nothingCanCome;
    }

    private void write(List<Decided> batch) throws InterruptedException {
        Decisions.Gathered gathered = new Decisions.Gathered();
        for (Decided each : batch) {
            gathered.add(each.decision(), attempt(each.message()));
        }
        for (Map.Entry<Decision, ? extends Collection<Attempt>> each :
                gathered.byDecision().entrySet()) {
            boolean warned = false;
            while (!tryWrite(each.getKey(), each.getValue(), warned)) {
                warned = true;
                if (closing.await(STORE_RETRY.toMillis(), TimeUnit.MILLISECONDS)) {
                    return; // the rows become due when their leases end
                }
            }
        }
        List<StoredMessage> toWake = new ArrayList<>();
        for (Decided each : batch) {
            circuits.written(each.message().message().topic(), each.decision());
            if (each.message().message().ordering() == Ordering.KEY_STRICT
                    && !turnEnded(each.message())
                    && !(each.decision() instanceof Decision.Postpone)) {
                toWake.add(each.message());
            }
        }
        wakeNext(toWake);
    }

    /** The next message of a key may have been put back, here or on another node. */
    private void wakeNext(List<StoredMessage> ended) {
        if (ended.isEmpty()) {
            return;
        }
        try {
            Instant now = time.instant();
            store.wakeNext(ended, now);
            pollTimer.noteDue(now);
        } catch (RuntimeException e) {
            log.debug("message store: the next messages of {} keys were not woken", ended.size(), e);
        }
    }

    private boolean tryWrite(Decision decision, Collection<Attempt> attempts, boolean warned) {
        try {
            Instant now = time.instant();
            if (decision instanceof Decision.Complete complete) {
                store.acknowledged(attempts, now, complete.patience());
            } else if (decision instanceof Decision.Postpone postpone) {
                store.postpone(attempts, postpone.dueAt(), postpone.error(), postpone.burned());
                pollTimer.noteDue(postpone.dueAt());
            } else if (decision instanceof Decision.Bury bury) {
                store.bury(attempts, bury.error(), options.deadKeys() == DeadKeys.PARK_AND_CONTINUE);
            } else if (decision instanceof Decision.Expire) {
                Set<MessageId> expired = store.expire(attempts, now);
                log.warn("{} messages were of no use any more before the broker had them: CANCELLED", expired.size());
            }
            return true;
        } catch (RuntimeException | Error e) {
            if (!warned) {
                log.warn(
                        "message store: {} outcomes could not be written. Tried again until it works or the service is"
                                + " closed; at worst the messages are sent twice.",
                        attempts.size(),
                        e);
            }
            return false;
        }
    }

    // ------------------------------------------------------------------ poll, the safety net

    private void pollLoop() {
        Duration longest = options.pollInterval().multipliedBy(5);
        Duration wait = options.pollInterval();
        boolean warned = false;
        try {
            while (!isClosing()) {
                int found = 0;
                try {
                    found = poll();
                    warned = false;
                } catch (RuntimeException | Error e) {
                    if (!warned) {
                        log.warn("message store: due messages could not be claimed. Tried again from now on.", e);
                    }
                    warned = true;
                }
                wait = found > 0
                        ? options.pollInterval()
                        : Decisions.shorter(wait.multipliedBy(3).dividedBy(2), longest);
                pollTimer.await(wait);
            }
        } catch (InterruptedException e) {
            log.debug("{}: polling was interrupted while closing", options.node());
        }
    }

    /** Claims what is due, batch after batch behind a cursor, as far as there are places. Returns how many. */
    private int poll() throws InterruptedException {
        giveBackLate(time.instant());
        circuits.wake(store, time);
        if (circuits.isWaking()) {
            pollTimer.noteDue(time.instant());
        }
        long answered = answers.sum();
        boolean stuck = underWay.size() >= options.maxInFlight() && answered == answeredBefore;
        answeredBefore = answered;
        int found = 0;
        Cursor after = null;
        while (!stuck && !isClosing()) {
            int limit = Math.min(CLAIM_BATCH, claimRoom - claimed.size());
            if (limit <= 0) {
                return found;
            }
            Instant now = time.instant();
            List<StoredMessage> batch =
                    store.claimDue(Set.of(MessageState.SENDING), options.node(), options.lease(), limit, now, after);
            for (StoredMessage message : batch) {
                if (Decisions.isExhausted(message, options)) {
                    decide(message, new Decision.Bury(Decisions.exhausted(message, options)));
                } else {
                    claimed.put(leasedUntil(message, now.plus(options.lease())));
                }
            }
            found += batch.size();
            if (batch.size() < limit) {
                return found;
            }
            after = Decisions.cursorBehind(batch, now);
        }
        return found;
    }

    /**
     * Gives back what waits here and will hardly be sent before its lease ends: a lease that ends in a queue would count as
     * a try, and the row be claimed again while it is still here. Fewer are claimed then, until the queue empties in time.
     */
    private void giveBackLate(Instant now) {
        List<StoredMessage> late = new ArrayList<>();
        Instant soon = now.plus(options.lease().dividedBy(4));
        claimed.removeIf(message -> message.dueAt().isBefore(soon) && late.add(message));
        claimRoom = late.isEmpty()
                ? Math.min(2 * CLAIM_BATCH, 2 * claimRoom)
                : Math.max(SEND_BATCH, Math.min(claimRoom, late.size()) / 2);
        Instant soonOfOurs = now.plus(options.grace().dividedBy(4));
        committed.removeIf(message -> message.dueAt().isBefore(soonOfOurs) && late.add(message));
        late.forEach(message -> decide(message, new Decision.Postpone(now, LATE, false)));
    }

    private static StoredMessage leasedUntil(StoredMessage message, Instant end) {
        return new StoredMessage(
                message.id(),
                message.message(),
                message.producer(),
                message.state(),
                message.attempt(),
                end,
                message.owner(),
                message.lastError(),
                message.checkUrl());
    }

    // ------------------------------------------------------------------ close

    /**
     * Stops accepting, sends what is queued, writes the outcomes, gives the leases back. Takes about
     * {@link MessageServiceOptions#closeGrace} at most; what is unfinished then is sent by another node. Idempotent.
     */
    @Override
    public void close() {
        synchronized (closing) {
            if (isClosing()) {
                return;
            }
            closing.countDown();
        }
        pollTimer.wake();
        Instant end = time.instant().plus(options.closeGrace());
        join(poller, end);
        drained = true;
        join(sender, end);
        awaitAnswers(end);
        decisions.close();
        join(completer, end);
        int unsent = committed.size() + claimed.size();
        if (unsent + underWay.size() + decisions.size() > 0) {
            log.warn(
                    "{}: closed with work left: {} messages not sent, {} not answered by {}, {} outcomes not written."
                            + " Another node sends them; some may arrive twice.",
                    options.node(),
                    unsent,
                    underWay.size(),
                    broker.name(),
                    decisions.size());
        }
        try {
            store.release(options.node(), time.instant());
        } catch (RuntimeException e) {
            log.warn("{}: leases could not be given back; they end by themselves", options.node(), e);
        }
    }

    private boolean isClosing() {
        return closing.getCount() == 0;
    }

    private void awaitAnswers(Instant end) {
        try {
            if (places.tryAcquire(options.maxInFlight(), remaining(end), TimeUnit.MILLISECONDS)) {
                places.release(options.maxInFlight());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void join(Thread thread, Instant end) {
        try {
            thread.join(Math.max(1, remaining(end)));
            if (thread.isAlive()) {
                thread.interrupt();
                thread.join(1000);
            }
        } catch (InterruptedException e) {
            thread.interrupt();
            Thread.currentThread().interrupt();
        }
    }

    private long remaining(Instant end) {
        return Math.max(0, Duration.between(time.instant(), end).toMillis());
    }

    private Thread thread(String work, Runnable loop) {
        Thread thread = new Thread(loop, "carillon-" + work + "-" + options.producerGroup());
        thread.setDaemon(true);
        return thread;
    }

    private static Attempt attempt(StoredMessage message) {
        return new Attempt(message.id(), message.attempt());
    }

    /** When the poller looks next: after a wait, or when a message is known to be due before. Thread-safe. */
    private final class PollTimer {

        private final ReentrantLock lock = new ReentrantLock();
        private final Condition changed = lock.newCondition();
        private @Nullable Instant nextDue;
        private boolean woken;

        void noteDue(Instant dueAt) {
            lock.lock();
            try {
                if (nextDue == null || dueAt.isBefore(nextDue)) {
                    nextDue = dueAt;
                    changed.signalAll();
                }
            } finally {
                lock.unlock();
            }
        }

        void wake() {
            lock.lock();
            try {
                woken = true;
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }

        void await(Duration wait) throws InterruptedException {
            lock.lockInterruptibly();
            try {
                long nanos = wait.toNanos();
                while (nanos > 0 && !woken) {
                    long untilDue =
                            nextDue == null ? Long.MAX_VALUE : TimeUnit.MILLISECONDS.toNanos(remaining(nextDue) + 1);
                    if (nextDue != null && !nextDue.isAfter(time.instant())) {
                        nextDue = null;
                        return;
                    }
                    long slice = Math.min(nanos, untilDue);
                    nanos -= slice - changed.awaitNanos(slice);
                }
            } finally {
                lock.unlock();
            }
        }
    }
}

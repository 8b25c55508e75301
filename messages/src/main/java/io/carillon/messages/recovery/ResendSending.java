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
package io.carillon.messages.recovery;

import io.carillon.messages.MessageServiceOptions;
import io.carillon.messages.MessageServiceOptions.DeadKeys;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.model.MessageState;
import io.carillon.messages.model.StoredMessage;
import io.carillon.messages.outbox.MessageStore;
import io.carillon.messages.outbox.MessageStore.Attempt;
import io.carillon.messages.outbox.MessageStore.Cursor;
import io.carillon.messages.relay.Broker;
import io.carillon.messages.relay.Broker.PublishResult;
import io.carillon.messages.relay.Circuits;
import io.carillon.messages.relay.Decisions;
import io.carillon.messages.relay.Decisions.Decision;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends again what is stuck: messages in SENDING that every relay missed, and messages in SENT whose confirmations are
 * overdue. Only due messages are looked at, in the order of their due times, so those not due never hide others. A message
 * that has had all its attempts is DEAD. Works without a running relay. Thread-safe.
 */
public final class ResendSending {

    private static final Logger log = LoggerFactory.getLogger(ResendSending.class);
    private static final int BATCH = 200;
    private static final String PAUSED = "only paused groups have yet to confirm it";

    private final MessageStore store;
    private final Broker broker;
    private final MessageServiceOptions options;
    private final Circuits circuits;
    private final Predicate<StoredMessage> waitsForPaused;

    public ResendSending(MessageStore store, Broker broker, MessageServiceOptions options) {
        this(store, broker, options, message -> false);
    }

    /**
     * The same, but a message that only paused groups have yet to confirm waits, and loses no attempt by it.
     *
     * @param waitsForPaused whether that is so of a message in SENT
     */
    public ResendSending(
            MessageStore store, Broker broker, MessageServiceOptions options, Predicate<StoredMessage> waitsForPaused) {
        this.store = store;
        this.broker = broker;
        this.options = options;
        this.circuits = new Circuits(options, broker.name());
        this.waitsForPaused = waitsForPaused;
    }

    /**
     * Sends what is due at {@code now}. Any number of shards may run at once, here and elsewhere: claiming skips what
     * another holds, so they share the work by themselves, whatever their numbers.
     */
    public MaintenanceResult run(Instant now, int shard, int shards) {
        TimeBudget budget = TimeBudget.start(options);
        long handled = 0;
        long left = 0;
        Cursor after = null;
        while (!budget.isSpent()) {
            Instant present = now.plus(budget.taken()); // leases count from the claim, not from the start of the run
            circuits.wake(store, () -> now.plus(budget.taken()));
            Set<MessageState> stuck = Set.of(MessageState.SENDING, MessageState.SENT);
            List<StoredMessage> due = store.claimDue(stuck, options.node(), options.lease(), BATCH, present, after);
            if (!due.isEmpty()) {
                int done = resend(due, present);
                handled += done;
                left += due.size() - done;
                after = Decisions.cursorBehind(due, present);
            }
            if (due.size() < BATCH && !circuits.isWaking()) {
                return new MaintenanceResult(handled, left, budget.taken());
            }
        }
        return new MaintenanceResult(handled, Math.max(1, left), budget.taken());
    }

    /** Sends a batch, waits for the answers, writes the outcomes. Returns how many are decided: sent, refused or dead. */
    private int resend(List<StoredMessage> due, Instant now) {
        Map<Attempt, Decision> decided = new LinkedHashMap<>();
        List<StoredMessage> toSend = new ArrayList<>();
        Set<MessageId> waiting = behindOthers(due);
        for (StoredMessage message : due) {
            if (message.state() == MessageState.SENT && waitsForPaused.test(message)) {
                decided.put(attempt(message), new Decision.Postpone(now.plus(options.confirmTimeout()), PAUSED, false));
            } else if (Decisions.isExhausted(message, options)) {
                decided.put(attempt(message), new Decision.Bury(Decisions.exhausted(message, options)));
            } else if (Decisions.isExpired(message, now)) {
                decided.put(attempt(message), new Decision.Expire());
            } else if (waiting.contains(message.id())) {
                decided.put(attempt(message), Decisions.behindAnother(message, options, now));
            } else {
                Instant heldUntil = circuits.heldUntil(message.message().topic(), now);
                if (heldUntil == null) {
                    toSend.add(Decisions.outgoing(message, options));
                } else {
                    decided.put(attempt(message), held(message, heldUntil, now));
                }
            }
        }
        Outcomes outcomes = publish(toSend);
        for (StoredMessage message : toSend) {
            decided.put(attempt(message), decision(message, outcomes, now));
        }
        write(decided, now);
        for (StoredMessage message : due) {
            circuits.written(message.message().topic(), decided.get(attempt(message)));
        }
        List<StoredMessage> ended = toSend.stream()
                .filter(Decisions::isStrict)
                .filter(message -> !(decided.get(attempt(message)) instanceof Decision.Postpone))
                .toList();
        if (!ended.isEmpty()) {
            store.wakeNext(ended, now);
        }
        int postponed = (int) decided.values().stream()
                .filter(Decision.Postpone.class::isInstance)
                .count();
        return decided.size() - postponed;
    }

    /** One that the broker had once waits as for a confirmation; only the others are looked for when it answers again. */
    private Decision held(StoredMessage message, Instant until, Instant now) {
        boolean unsent = message.state() == MessageState.SENDING;
        return new Decision.Postpone(unsent ? until : now.plus(options.confirmTimeout()), Circuits.HELD, false);
    }

    private Decision decision(StoredMessage message, Outcomes outcomes, Instant now) {
        String topic = message.message().topic();
        PublishResult result = outcomes.results().get(message.id());
        Throwable thrown = outcomes.thrown().get(message.id());
        if (result == null && thrown != null) {
            circuits.answered(topic);
            double random = ThreadLocalRandom.current().nextDouble();
            return Decisions.afterFault(message, thrown.toString(), options, now, random);
        }
        if (result == null) { // whatever the broker does, the message is not to blame
            result = new PublishResult.Unavailable(message, "no answer within half a lease");
        }
        Instant retryAt = now;
        if (result instanceof PublishResult.Unavailable unavailable) {
            retryAt = circuits.unavailable(topic, now, unavailable.reason());
        } else {
            circuits.answered(topic);
        }
        return Decisions.afterResult(result, retryAt, options);
    }

    /** The strictly ordered ones that another message of their key is before. */
    private Set<MessageId> behindOthers(List<StoredMessage> due) {
        List<StoredMessage> strict = due.stream().filter(Decisions::isStrict).toList();
        Set<MessageId> behind = new HashSet<>();
        if (!strict.isEmpty()) {
            strict.forEach(message -> behind.add(message.id()));
            behind.removeAll(store.first(strict));
        }
        return behind;
    }

    private void write(Map<Attempt, Decision> decided, Instant now) {
        Map<Decision, Collection<Attempt>> gathered = new HashMap<>();
        decided.forEach((attempt, decision) ->
                gathered.computeIfAbsent(decision, any -> new ArrayList<>()).add(attempt));
        gathered.forEach((decision, attempts) -> {
            if (decision instanceof Decision.Complete complete) {
                store.acknowledged(attempts, now, complete.patience());
            } else if (decision instanceof Decision.Postpone postpone) {
                store.postpone(attempts, postpone.dueAt(), postpone.error(), postpone.burned());
            } else if (decision instanceof Decision.Bury bury) {
                store.bury(attempts, bury.error(), options.deadKeys() == DeadKeys.PARK_AND_CONTINUE);
                log.error(
                        "{} messages are DEAD now: {}. Correct the cause, then replay them.",
                        attempts.size(),
                        bury.error());
            } else if (decision instanceof Decision.Expire) {
                store.expire(attempts, now);
            }
        });
    }

    /** What became of messages that were handed to the broker; those that are in neither were not answered in time. */
    private record Outcomes(Map<MessageId, PublishResult> results, Map<MessageId, Throwable> thrown) {}

    /** Hands messages to the broker and waits for its answers. */
    private Outcomes publish(List<StoredMessage> messages) {
        Map<MessageId, PublishResult> results = new ConcurrentHashMap<>();
        Map<MessageId, Throwable> thrown = new HashMap<>();
        CountDownLatch answered = new CountDownLatch(messages.size());
        Consumer<PublishResult> noted = result -> {
            if (results.putIfAbsent(result.message().id(), result) == null) {
                answered.countDown();
            }
        };
        try {
            broker.publish(messages, noted);
        } catch (RuntimeException | Error e) {
            log.warn("{}: publish failed; its messages are sent one by one", broker.name(), e);
            for (StoredMessage message : messages) {
                if (!results.containsKey(message.id()) && !publishAlone(message, noted, thrown)) {
                    answered.countDown();
                }
            }
        }
        try {
            Duration wait = options.lease().dividedBy(2); // what is decided must be written before the lease ends
            if (!answered.await(wait.toMillis(), TimeUnit.MILLISECONDS)) {
                log.warn("{}: some of {} messages were not answered in {}", broker.name(), messages.size(), wait);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return new Outcomes(Map.copyOf(results), thrown);
    }

    /** So that a message that cannot be sent costs only its own attempts. */
    private boolean publishAlone(
            StoredMessage message, Consumer<PublishResult> noted, Map<MessageId, Throwable> thrown) {
        try {
            broker.publish(List.of(message), noted);
            return true;
        } catch (RuntimeException | Error e) {
            log.warn("{}: message {} cannot be published: {}", broker.name(), message.id(), e.toString());
            thrown.put(message.id(), e);
            return false;
        }
    }

    private static Attempt attempt(StoredMessage message) {
        return new Attempt(message.id(), message.attempt());
    }
}

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

import io.carillon.messages.MessageServiceOptions;
import io.carillon.messages.Ordering;
import io.carillon.messages.model.MessageState;
import io.carillon.messages.model.StoredMessage;
import io.carillon.messages.outbox.MessageStore.Attempt;
import io.carillon.messages.outbox.MessageStore.Cursor;
import io.carillon.messages.relay.Broker.PublishResult;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of a message after a try: functions of the outcome, the settings and the time, shared by the relay and the
 * resend job. Pure.
 */
public final class Decisions {

    private static final int LONGEST_ERROR = 1000;

    private Decisions() {}

    /** What is written to the store for one message. */
    public sealed interface Decision {

        /** Acknowledged; to be confirmed within {@code patience}. */
        record Complete(Duration patience) implements Decision {}

        /** Back to the store until {@code dueAt}; the try counts if {@code burned}. */
        record Postpone(Instant dueAt, String error, boolean burned) implements Decision {}

        /** Given up. */
        record Bury(String error) implements Decision {}

        /** Of no use any more. */
        record Expire() implements Decision {}
    }

    /**
     * After the broker's answer.
     *
     * @param retryAt when an unavailable broker is tried again
     */
    public static Decision afterResult(PublishResult result, Instant retryAt, MessageServiceOptions options) {
        if (result instanceof PublishResult.Acknowledged) {
            return new Decision.Complete(patience(result.message().attempt(), options));
        }
        if (result instanceof PublishResult.Refused refused) {
            return new Decision.Bury(shorten("refused by the broker: " + refused.reason()));
        }
        PublishResult.Unavailable unavailable = (PublishResult.Unavailable) result;
        return new Decision.Postpone(retryAt, shorten("broker unavailable: " + unavailable.reason()), false);
    }

    /** After a fault that is neither the broker's nor its answer: the try counts, the last one buries. */
    public static Decision afterFault(
            StoredMessage message, String error, MessageServiceOptions options, Instant now, double random) {
        if (message.attempt() >= options.maxAttempts()) {
            return new Decision.Bury(shorten("gave up after " + message.attempt() + " attempts: " + error));
        }
        Duration wait = backoff(options.backoffBase(), options.backoffCap(), message.attempt() - 1, random);
        return new Decision.Postpone(now.plus(wait), shorten(error), true);
    }

    /** Whether a message that was just claimed has had all its tries already: then it is buried instead of sent. */
    public static boolean isExhausted(StoredMessage claimed, MessageServiceOptions options) {
        return claimed.attempt() > options.maxAttempts();
    }

    /** Why an exhausted message is buried. */
    public static String exhausted(StoredMessage claimed, MessageServiceOptions options) {
        String last = claimed.lastError() == null ? "no error noted" : claimed.lastError();
        return shorten("gave up after " + options.maxAttempts() + " attempts, state " + claimed.state() + ": " + last);
    }

    /** The wait after the try number {@code n}, from 0: {@code min(cap, base * 2^n)}, times 0.5 to 1 by chance. */
    public static Duration backoff(Duration base, Duration cap, int n, double random) {
        long longest = base.toMillis();
        for (int i = 0; i < n && longest < cap.toMillis(); i++) {
            longest *= 2;
        }
        longest = Math.min(longest, cap.toMillis());
        return Duration.ofMillis(Math.max(1, Math.round(longest * (0.5 + random / 2))));
    }

    /** How long confirmations are awaited after the send number {@code attempt}: doubles, up to twelve times the first. */
    public static Duration patience(int attempt, MessageServiceOptions options) {
        Duration first = options.confirmTimeout();
        return shorter(first.multipliedBy(1L << Math.min(Math.max(0, attempt - 1), 10)), first.multipliedBy(12));
    }

    static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) <= 0 ? one : other;
    }

    static Instant later(Instant one, Instant other) {
        return one.isBefore(other) ? other : one;
    }

    /** Whether a message is of no use any more, and the broker never had it. */
    public static boolean isExpired(StoredMessage message, Instant now) {
        return message.state() == MessageState.SENDING && !message.expiresAt().isAfter(now);
    }

    /** Whether a message must wait until those before it are acknowledged; one that the broker had once need not. */
    public static boolean isStrict(StoredMessage message) {
        return message.state() == MessageState.SENDING && message.message().ordering() == Ordering.KEY_STRICT;
    }

    /** Back to the store, because an earlier message of its key is elsewhere or dead: longer the longer it waits. */
    public static Decision behindAnother(StoredMessage message, MessageServiceOptions options, Instant now) {
        Duration age = Duration.between(message.id().time(), now).dividedBy(4);
        Duration least = shorter(options.pollInterval(), Duration.ofSeconds(1));
        Duration wait = shorter(age.compareTo(least) < 0 ? least : age, options.backoffCap());
        Duration most = shorter(wait, Duration.ofMinutes(1)); // whoever goes first wakes the next, where it can
        return new Decision.Postpone(now.plus(most), "waits for an earlier message of its key", false);
    }

    /** The header that names the producer group of a message that another group sends for it, as the centre does. */
    public static final String ORIGIN = "carillon-origin";

    /**
     * A message as it goes over the wire. Confirmations come back to the group that the wire names as the producer, so that
     * must be the group whose store holds the message; where it belongs to another group, {@link #ORIGIN} names that one.
     */
    public static StoredMessage outgoing(StoredMessage stored, MessageServiceOptions options) {
        if (stored.producer().equals(options.producerGroup())) {
            return stored;
        }
        return new StoredMessage(
                stored.id(),
                stored.message().toBuilder().header(ORIGIN, stored.producer()).build(),
                options.producerGroup(),
                stored.state(),
                stored.attempt(),
                stored.dueAt(),
                stored.owner(),
                stored.lastError(),
                stored.checkUrl());
    }

    /** The cursor behind a claimed batch; null, which begins anew, when a store does not tell when they were due. */
    public static @Nullable Cursor cursorBehind(List<StoredMessage> batch, Instant now) {
        StoredMessage last = batch.get(batch.size() - 1);
        return last.dueAt().isAfter(now) ? null : new Cursor(last.dueAt(), last.id());
    }

    private static String shorten(String error) {
        return error.length() <= LONGEST_ERROR ? error : error.substring(0, LONGEST_ERROR);
    }

    /** Decisions gathered, so that equal ones are written together. One thread at a time. */
    static final class Gathered {

        private final Map<Decision, Set<Attempt>> attempts = new LinkedHashMap<>();

        void add(Decision decision, Attempt attempt) {
            attempts.computeIfAbsent(decision, any -> new LinkedHashSet<>()).add(attempt);
        }

        Map<Decision, ? extends Collection<Attempt>> byDecision() {
            return attempts;
        }
    }
}

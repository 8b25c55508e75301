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
import io.carillon.messages.central.CentralMessages;
import io.carillon.messages.central.Outcome;
import io.carillon.messages.central.ProducerCheck;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.model.MessageState;
import io.carillon.messages.model.StoredMessage;
import io.carillon.messages.outbox.MessageStore;
import io.carillon.messages.outbox.MessageStore.Attempt;
import io.carillon.messages.outbox.MessageStore.Cursor;
import io.carillon.messages.relay.Decisions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Central mode: asks producers what became of the transactions of messages that wait for confirm. Committed: submitted;
 * rolled back: cancelled; an error or "unknown" changes nothing, the message is asked about again later, with a wait that
 * grows with its age. Each message is decided by itself: one that fails holds up no other. Producers are asked side by side,
 * and one that does not answer is not asked for its other messages in the same run. Thread-safe.
 */
public final class CheckBack {

    private static final Logger log = LoggerFactory.getLogger(CheckBack.class);
    private static final int BATCH = 500;
    private static final int PAGE = 100;
    private static final int MOST_AT_ONCE = 32;

    private final MessageStore store;
    private final CentralMessages central;
    private final ProducerCheck producers;
    private final MessageServiceOptions options;
    private final Function<String, Optional<String>> registered;

    public CheckBack(
            MessageStore store, CentralMessages central, ProducerCheck producers, MessageServiceOptions options) {
        this(store, central, producers, options, producer -> Optional.empty());
    }

    /**
     * The same, with addresses for messages that carry none.
     *
     * @param registered by producer group: where it is asked, as the directory knows
     */
    public CheckBack(
            MessageStore store,
            CentralMessages central,
            ProducerCheck producers,
            MessageServiceOptions options,
            Function<String, Optional<String>> registered) {
        this.store = store;
        this.central = central;
        this.producers = producers;
        this.options = options;
        this.registered = registered;
    }

    /** Asks about what is due at {@code now}. Any number of shards may run at once: claiming shares the work. */
    public MaintenanceResult run(Instant now, int shard, int shards) {
        TimeBudget budget = TimeBudget.start(options);
        long handled = 0;
        long left = 0;
        Cursor after = null;
        Set<String> silent = ConcurrentHashMap.newKeySet();
        while (!budget.isSpent()) {
            List<StoredMessage> waiting = store.claimDue(
                    Set.of(MessageState.WAITING_CONFIRM), options.node(), options.lease(), BATCH, now, after);
            Map<String, List<StoredMessage>> byProducer = new LinkedHashMap<>();
            for (StoredMessage message : waiting) {
                byProducer
                        .computeIfAbsent(address(message), url -> new ArrayList<>())
                        .add(message);
            }
            int decided = checkAll(byProducer, now, budget, silent);
            handled += decided;
            left += waiting.size() - decided;
            if (waiting.size() < BATCH) {
                return new MaintenanceResult(handled, left, budget.taken());
            }
            after = Decisions.cursorBehind(waiting, now);
        }
        return new MaintenanceResult(handled, Math.max(1, left), budget.taken());
    }

    /** Where the producer of a message is asked; empty when nobody said. */
    private String address(StoredMessage message) {
        String own = message.checkUrl();
        return own != null ? own : registered.apply(message.producer()).orElse("");
    }

    /** Asks all producers side by side; returns how many messages are decided. Waits no longer than their leases allow. */
    private int checkAll(
            Map<String, List<StoredMessage>> byProducer, Instant now, TimeBudget budget, Set<String> silent) {
        List<Callable<Integer>> questions = new ArrayList<>();
        byProducer.forEach((url, theirs) -> questions.add(() -> checkProducer(url, theirs, now, budget, silent)));
        ExecutorService threads =
                Executors.newFixedThreadPool(Math.max(1, Math.min(MOST_AT_ONCE, questions.size())), runnable -> {
                    Thread thread = new Thread(runnable, "carillon-check-back");
                    thread.setDaemon(true);
                    return thread;
                });
        int decided = 0;
        try {
            long wait = options.lease().dividedBy(2).toMillis();
            List<Future<Integer>> answers = threads.invokeAll(questions, wait, TimeUnit.MILLISECONDS);
            for (Future<Integer> answer : answers) {
                try {
                    decided += answer.get();
                } catch (CancellationException slow) {
                    log.warn(
                            "check back: a producer has not answered in {} ms. Its messages keep waiting and are asked"
                                    + " about again when their leases end.",
                            wait);
                } catch (ExecutionException failed) {
                    log.warn(
                            "check back: failed for one producer. Its messages keep waiting and are asked about again.",
                            failed.getCause());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            threads.shutdownNow();
        }
        return decided;
    }

    private int checkProducer(
            String checkUrl, List<StoredMessage> theirs, Instant now, TimeBudget budget, Set<String> silent) {
        int decided = 0;
        for (int from = 0; from < theirs.size(); from += PAGE) {
            List<StoredMessage> page = theirs.subList(from, Math.min(from + PAGE, theirs.size()));
            decided += checkPage(checkUrl, page, now, budget.isSpent(), silent);
        }
        return decided;
    }

    /** Asks one producer about one page; returns how many messages are decided. */
    private int checkPage(
            String checkUrl, List<StoredMessage> page, Instant now, boolean noTimeLeft, Set<String> silent) {
        Map<MessageId, Outcome> outcomes = Map.of();
        String reason = "the producer does not know yet";
        if (checkUrl.isEmpty()) {
            reason = "no check address was given or registered; only the producer can submit or cancel";
        } else if (noTimeLeft) {
            reason = "not asked: the time of the run was over";
        } else if (silent.contains(checkUrl)) {
            reason = "not asked: the producer did not answer before in the same run";
        } else {
            try {
                outcomes = producers.ask(
                        checkUrl, page.stream().map(StoredMessage::id).toList());
            } catch (Exception e) {
                if (e instanceof InterruptedException) {
                    Thread.currentThread().interrupt();
                }
                silent.add(checkUrl);
                reason = "the producer could not be asked: " + e;
                log.warn(
                        "check back at {}: failed for {} messages: {}. They keep waiting and are asked about again.",
                        checkUrl,
                        page.size(),
                        e.toString());
            }
        }
        int decided = 0;
        Map<Instant, List<Attempt>> undecided = new HashMap<>();
        for (StoredMessage message : page) {
            Outcome outcome = outcomes.getOrDefault(message.id(), Outcome.UNKNOWN);
            if (outcome == Outcome.UNKNOWN) {
                Instant again = now.plus(patience(message, now));
                undecided
                        .computeIfAbsent(again, any -> new ArrayList<>())
                        .add(new Attempt(message.id(), message.attempt()));
            } else if (outcome == Outcome.COMMITTED) {
                central.submit(message.id());
                decided++;
            } else {
                central.cancel(message.id());
                decided++;
            }
        }
        for (Map.Entry<Instant, List<Attempt>> each : undecided.entrySet()) {
            store.postpone(each.getValue(), each.getKey(), reason, false);
        }
        return decided;
    }

    /** How long until a producer is asked again: half the message's age, to the second, within the backoff's bounds. */
    private Duration patience(StoredMessage message, Instant now) {
        Duration half = Duration.between(message.id().time(), now).dividedBy(2);
        Duration bounded = half.compareTo(options.backoffCap()) > 0 ? options.backoffCap() : half;
        long seconds =
                Math.max(bounded.toSeconds(), Math.max(1, options.backoffBase().toSeconds()));
        return Duration.ofSeconds(seconds);
    }
}

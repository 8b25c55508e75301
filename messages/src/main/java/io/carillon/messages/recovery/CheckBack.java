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
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Central mode: asks producers what became of the transactions of messages that wait for confirm. Committed: submitted;
 * rolled back: cancelled; an error or "unknown" changes nothing, the message is asked about again later, with a wait that
 * grows with its age. Each message is decided by itself: one that fails holds up no other. Thread-safe.
 */
public final class CheckBack {

    private static final Logger log = LoggerFactory.getLogger(CheckBack.class);
    private static final int BATCH = 500;
    private static final int PAGE = 100;

    private final MessageStore store;
    private final CentralMessages central;
    private final ProducerCheck producers;
    private final MessageServiceOptions options;

    public CheckBack(
            MessageStore store, CentralMessages central, ProducerCheck producers, MessageServiceOptions options) {
        this.store = store;
        this.central = central;
        this.producers = producers;
        this.options = options;
    }

    /** Asks about what is due at {@code now}. Any number of shards may run at once: claiming shares the work. */
    public MaintenanceResult run(Instant now, int shard, int shards) {
        TimeBudget budget = TimeBudget.start(options);
        long handled = 0;
        long left = 0;
        Cursor after = null;
        while (!budget.isSpent()) {
            List<StoredMessage> waiting = store.claimDue(
                    Set.of(MessageState.WAITING_CONFIRM), options.node(), options.lease(), BATCH, now, after);
            Map<String, List<StoredMessage>> byProducer = new LinkedHashMap<>();
            for (StoredMessage message : waiting) {
                byProducer
                        .computeIfAbsent(message.checkUrl() == null ? "" : message.checkUrl(), url -> new ArrayList<>())
                        .add(message);
            }
            for (Map.Entry<String, List<StoredMessage>> each : byProducer.entrySet()) {
                List<StoredMessage> theirs = each.getValue();
                for (int from = 0; from < theirs.size(); from += PAGE) {
                    List<StoredMessage> page = theirs.subList(from, Math.min(from + PAGE, theirs.size()));
                    int decided = checkPage(each.getKey(), page, now, budget.isSpent());
                    handled += decided;
                    left += page.size() - decided;
                }
            }
            if (waiting.size() < BATCH) {
                return new MaintenanceResult(handled, left, budget.taken());
            }
            after = Decisions.cursorBehind(waiting, now);
        }
        return new MaintenanceResult(handled, Math.max(1, left), budget.taken());
    }

    /** Asks one producer about one page; returns how many messages are decided. */
    private int checkPage(String checkUrl, List<StoredMessage> page, Instant now, boolean noTimeLeft) {
        Map<MessageId, Outcome> outcomes = Map.of();
        String reason = "the producer does not know yet";
        if (checkUrl.isEmpty()) {
            reason = "no check address was given; only the producer can submit or cancel";
        } else if (noTimeLeft) {
            reason = "not asked: the time of the run was over";
        } else {
            try {
                outcomes = producers.ask(
                        checkUrl, page.stream().map(StoredMessage::id).toList());
            } catch (Exception e) {
                if (e instanceof InterruptedException) {
                    Thread.currentThread().interrupt();
                }
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

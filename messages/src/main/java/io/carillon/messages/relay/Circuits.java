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
import io.carillon.messages.outbox.MessageStore;
import io.carillon.messages.relay.Decisions.Decision;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The circuits of all topics, and the messages that wait for them. While a circuit is open its messages are put back for
 * long, so that an outage does not have them claimed again and again; {@link #wake} takes one of them for the next probe, and
 * all of them once the broker answers. Thread-safe.
 */
public final class Circuits {

    /** The error that messages note which are held; by it they are found again. */
    public static final String HELD = "broker unavailable: its circuit is open";

    private static final Logger log = LoggerFactory.getLogger(Circuits.class);
    private static final int WAKE_BATCH = 500;
    /** A node that held a message, or this one before its clock was set, may have been ahead by as much. */
    private static final Duration CLOCKS_APART = Duration.ofMinutes(1);

    private final MessageServiceOptions options;
    private final String broker;
    private final Map<String, Circuit> circuits = new ConcurrentHashMap<>();
    private final Set<String> recovered = ConcurrentHashMap.newKeySet();
    /** Whether messages that a node held which is gone may still wait. */
    private volatile boolean leftovers = true;

    /** All closed. */
    public Circuits(MessageServiceOptions options, String broker) {
        this.options = options;
        this.broker = broker;
    }

    /** Null when a message of the topic may be sent now; otherwise, until when it is put back, with {@link #HELD}. */
    public @Nullable Instant heldUntil(String topic, Instant now) {
        Instant[] until = new Instant[1];
        circuits.computeIfPresent(topic, (name, circuit) -> switch (circuit.ask(now)) {
            case SEND -> circuit;
            case PROBE -> circuit.withProbe(now, options);
            case HOLD -> {
                // to the second, so that many are written at once
                Instant end = now.plus(longestHold()).truncatedTo(ChronoUnit.SECONDS);
                until[0] = Decisions.later(end, circuit.openUntil());
                yield circuit;
            }
        });
        return until[0];
    }

    private Duration longestHold() {
        return options.backoffCap().plusSeconds(1);
    }

    /** The broker was unavailable for a topic. Returns when it is tried again. */
    public Instant unavailable(String topic, Instant now, String reason) {
        double random = ThreadLocalRandom.current().nextDouble();
        boolean[] opened = new boolean[1];
        leftovers = false;
        recovered.remove(topic);
        Circuit circuit = circuits.compute(topic, (name, before) -> {
            opened[0] = before == null;
            return (before == null ? Circuit.CLOSED : before).afterUnavailable(now, options, random);
        });
        if (opened[0]) {
            log.warn(
                    "topic {}: {} is unavailable: {}. Its messages stay in the outbox, their attempts are not counted;"
                            + " tried again from {} on.",
                    topic,
                    broker,
                    reason,
                    circuit.openUntil());
        }
        return circuit.openUntil();
    }

    /** The broker answered for a topic, whatever it said. */
    public void answered(String topic) {
        if (!circuits.isEmpty() && circuits.remove(topic) != null) {
            recovered.add(topic);
            log.info("topic {}: {} answers again", topic, broker);
        }
    }

    /**
     * What was decided of a message of a topic, if anything, is written. If that put it back with {@link #HELD} and the broker has answered
     * meanwhile, it may have been written after {@link #wake} looked for it: it looks once more.
     */
    public void written(String topic, @Nullable Decision decision) {
        boolean held = decision instanceof Decision.Postpone postpone && HELD.equals(postpone.error());
        if (held && !circuits.containsKey(topic)) {
            recovered.add(topic);
        }
    }

    /** Whether there may be messages to {@link #wake} at once. */
    public boolean isWaking() {
        return leftovers || !recovered.isEmpty();
    }

    /**
     * Makes held messages due: one for each topic that is to be probed, and a batch for each that answers again.
     *
     * @param time read for each look, not once before: what was held since must not lie beyond the latest that is looked for
     */
    public void wake(MessageStore store, InstantSource time) {
        if (leftovers) {
            leftovers = hasten(store, null, time.instant(), WAKE_BATCH) == WAKE_BATCH;
        }
        for (String topic : List.copyOf(recovered)) {
            recovered.remove(topic); // first: what is written from here on asks for another look
            if (hasten(store, topic, time.instant(), WAKE_BATCH) == WAKE_BATCH) {
                recovered.add(topic);
            }
        }
        for (Map.Entry<String, Circuit> each : circuits.entrySet()) {
            Instant now = time.instant();
            if (each.getValue().ask(now) == Circuit.Permission.PROBE) {
                hasten(store, each.getKey(), now, 1);
            }
        }
    }

    private int hasten(MessageStore store, @Nullable String topic, Instant now, int most) {
        return store.hasten(topic, HELD, now, now.plus(longestHold()).plus(CLOCKS_APART), most);
    }
}

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

import io.carillon.messages.Message;
import io.carillon.messages.ReceivedMessage;
import io.carillon.messages.inbox.Parked;
import io.carillon.messages.inbox.ParkedMessages;
import io.carillon.messages.inbox.ParkedMessages.Replay;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.operations.Audit;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What people can do about the parked messages of one service: have them handled once more, or give them up. Each command leaves
 * one entry in the {@link Audit}, begun before the first change. Thread-safe.
 */
public final class ParkedCommands {

    /** The most messages that one command takes. */
    public static final int MAX_LIMIT = 1_000;

    private static final int MAX_TARGET = 10;

    private final ParkedMessages parked;
    private final Audit audit;
    private final InstantSource time;
    private final @Nullable Elsewhere elsewhere;

    /** Where the handlers are in this process. */
    public ParkedCommands(ParkedMessages parked, Audit audit, InstantSource time) {
        this(parked, audit, time, null);
    }

    /** @param elsewhere tells the processes of the service, because the handlers are there; null: they are in this process */
    public ParkedCommands(ParkedMessages parked, Audit audit, InstantSource time, @Nullable Elsewhere elsewhere) {
        this.parked = parked;
        this.audit = audit;
        this.time = time;
        this.elsewhere = elsewhere;
    }

    /** Tells a service in other processes what people want of a parked message; see {@link ParkedByCommand}. Thread-safe. */
    @FunctionalInterface
    public interface Elsewhere {

        /**
         * Tells it.
         *
         * @param release whether it is to be handled once more; else it is given up
         * @throws RuntimeException when it could not be told
         */
        void ask(boolean release, Key key, String who, String reason);
    }

    /** Which parked message. Immutable. */
    public record Key(MessageId id, String group) {

        /**
         * Reads {@link #toString()}.
         *
         * @throws IllegalArgumentException when it is none
         */
        public static Key parse(String text) {
            String[] parts = text.split(" ", 2);
            if (parts.length != 2 || parts[1].isBlank()) {
                throw new IllegalArgumentException(
                        "parked message: '" + text + "' (expected: an id, a blank, and a consumer group)");
            }
            return new Key(MessageId.parse(parts[0]), parts[1]);
        }

        @Override
        public String toString() {
            return id + " " + group;
        }
    }

    /**
     * A parked message. Immutable.
     *
     * @param message what was received; its delivery attempt is how often it was handed over in vain
     * @param reason what the handler threw last
     * @param at when it was parked, or failed again
     */
    public record Waiting(ReceivedMessage message, String reason, Instant at) {

        private static Waiting of(Parked parked) {
            return new Waiting(parked.message(), parked.reason(), parked.at());
        }

        /** Which it is. */
        public Key key() {
            return new Key(message.id(), message.group());
        }
    }

    /** What became of one of them. */
    public enum Outcome {
        /** It was handled; or it was given up. */
        DONE,
        /** Its handler failed again: it stays parked, with the new reason. */
        FAILED,
        /** It is asked for in its service, which handles it within seconds. */
        ASKED,
        /** Nothing was done, and it stays parked. */
        REFUSED,
        /** It was not parked (any more). */
        NOT_THERE
    }

    /**
     * One message of a command. Immutable.
     *
     * @param detail why it stays parked; empty for none
     */
    public record Item(Key key, Outcome outcome, String detail) {}

    /** What a command did. Immutable. */
    public record Report(List<Item> items) {

        /** How many items have an outcome. */
        public long count(Outcome outcome) {
            return items.stream().filter(item -> item.outcome() == outcome).count();
        }

        /** For people and for the audit. */
        public String summary() {
            return "done " + count(Outcome.DONE) + ", failed " + count(Outcome.FAILED) + ", asked "
                    + count(Outcome.ASKED) + ", refused " + count(Outcome.REFUSED) + ", not there "
                    + count(Outcome.NOT_THERE);
        }
    }

    /**
     * The parked messages, oldest first.
     *
     * @param group whose, or null for all groups
     * @param after the last message of the page before, or null to begin
     * @param limit 1..1000
     */
    public List<Waiting> list(@Nullable String group, @Nullable Key after, int limit) {
        return parked.list(group, after == null ? null : placeOf(after), limit).stream()
                .map(Waiting::of)
                .toList();
    }

    /** Of the message that a page goes on after, nothing but the key counts. */
    private static Parked placeOf(Key key) {
        Message nothing = Message.to("key", "").build();
        return new Parked(new ReceivedMessage(key.id(), nothing, "", key.group(), 1), "", Instant.EPOCH);
    }

    /** One parked message. */
    public Optional<Waiting> find(Key key) {
        return parked.find(key.id(), key.group()).map(Waiting::of);
    }

    /** Has messages handled once more by the handlers that their groups have for their topics. */
    public Report release(String who, String reason, Collection<Key> keys) {
        return run("release parked", who, reason, keys, key -> {
            if (elsewhere != null) {
                return asked(elsewhere, true, key, who, reason);
            }
            Replay replayed = parked.replay(key.id(), key.group());
            if (replayed instanceof Replay.Failed failed) {
                return new Item(key, Outcome.FAILED, failed.reason());
            }
            return new Item(key, replayed instanceof Replay.Absent ? Outcome.NOT_THERE : Outcome.DONE, "");
        });
    }

    private Item asked(Elsewhere there, boolean release, Key key, String who, String reason) {
        if (find(key).isEmpty()) {
            return new Item(key, Outcome.NOT_THERE, "");
        }
        there.ask(release, key, who, reason);
        return new Item(key, Outcome.ASKED, "");
    }

    /** Gives messages up: they count as received, are confirmed to their producers, and are never handled. */
    public Report discard(String who, String reason, Collection<Key> keys) {
        return run("discard parked", who, reason, keys, key -> {
            if (elsewhere != null) {
                return asked(elsewhere, false, key, who, reason);
            }
            boolean done = parked.discard(key.id(), key.group(), who);
            return new Item(key, done ? Outcome.DONE : Outcome.NOT_THERE, "");
        });
    }

    private Report run(String what, String who, String reason, Collection<Key> keys, Function<Key, Item> one) {
        List<Key> taken = List.copyOf(new LinkedHashSet<>(keys));
        if (taken.isEmpty() || taken.size() > MAX_LIMIT) {
            throw new IllegalArgumentException("messages: " + taken.size() + " (expected: 1.." + MAX_LIMIT
                    + "). Nothing was done; do it in several commands.");
        }
        if (who.isBlank() || reason.isBlank()) {
            throw new IllegalArgumentException((who.isBlank() ? "who" : "reason")
                    + ": empty (expected: a few words). Nothing was done; it is kept in the audit.");
        }
        Instant now = time.instant();
        ThreadLocalRandom random = ThreadLocalRandom.current();
        MessageId entry = MessageId.of(now, random.nextLong(), random.nextLong());
        String target = taken.stream().limit(MAX_TARGET).map(Key::toString).collect(Collectors.joining(", "))
                + (taken.size() > MAX_TARGET ? " and " + (taken.size() - MAX_TARGET) + " more" : "");
        audit.begin(new Audit.Entry(entry.uuid(), now, who, what, target, null, null, reason, null));
        List<Item> items = new ArrayList<>();
        for (Key key : taken) {
            items.add(guarded(key, one));
        }
        Report report = new Report(List.copyOf(items));
        audit.end(entry.uuid(), null, null, report.summary());
        return report;
    }

    /** One message that cannot be dealt with keeps no other from it. */
    private static Item guarded(Key key, Function<Key, Item> one) {
        try {
            return one.apply(key);
        } catch (IllegalStateException refused) {
            return new Item(key, Outcome.REFUSED, String.valueOf(refused.getMessage()));
        } catch (RuntimeException failed) {
            return new Item(key, Outcome.FAILED, failed.toString());
        }
    }
}

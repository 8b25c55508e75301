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
package io.carillon.messages.operations;

import io.carillon.messages.model.MessageId;
import io.carillon.messages.model.MessageLife;
import io.carillon.messages.model.MessageLife.Event;
import io.carillon.messages.model.MessageState;
import io.carillon.messages.operations.MessageChanges.Change;
import io.carillon.messages.operations.MessageSearch.Confirmation;
import io.carillon.messages.operations.MessageSearch.Found;
import io.carillon.messages.operations.MessageSearch.Page;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What people can do about messages of one store: replay, discard, waive a confirmation; for given messages or for all that
 * a filter means; as a dry run or for good. Each command that is no dry run leaves one entry in the {@link Audit}, begun
 * before the first change. Thread-safe.
 */
public final class MessageCommands {

    /** The most messages that one command takes. */
    public static final int MAX_LIMIT = 10_000;

    private static final int CHUNK = 500;
    private static final int MAX_PAGES = 100;
    private static final int MAX_TARGET = 10;

    private final MessageSearch search;
    private final MessageChanges changes;
    private final Audit audit;
    private final InstantSource time;

    public MessageCommands(MessageSearch search, MessageChanges changes, Audit audit, InstantSource time) {
        this.search = search;
        this.changes = changes;
        this.audit = audit;
        this.time = time;
    }

    /**
     * Who commands, why, and how far it may go. Immutable.
     *
     * @param dryRun says what would happen, changes nothing and leaves no audit
     * @param limit takes no more messages than so many, 1 to {@link #MAX_LIMIT}; the report says whether there were more
     * @param perSecond replay only: how many become due in each second; 0 for all at once
     */
    public record Order(String who, String reason, boolean dryRun, int limit, int perSecond) {

        public Order {
            filled("who", who, "the name of whoever commands");
            filled("reason", reason, "why, in a few words");
            if (limit < 1 || limit > MAX_LIMIT) {
                throw new IllegalArgumentException("limit: " + limit + " (expected: 1.." + MAX_LIMIT
                        + "). Nothing was done; do it in several commands.");
            }
            if (perSecond < 0) {
                throw new IllegalArgumentException(
                        "perSecond: " + perSecond + " (expected: 0 for no limit, or more). Nothing was done.");
            }
        }

        /** An order for good, for up to 1,000 messages, without a limit of the rate. */
        public static Order of(String who, String reason) {
            return new Order(who, reason, false, 1000, 0);
        }

        public Order asDryRun() {
            return new Order(who, reason, true, limit, perSecond);
        }

        public Order limit(int most) {
            return new Order(who, reason, dryRun, most, perSecond);
        }

        public Order perSecond(int rate) {
            return new Order(who, reason, dryRun, limit, rate);
        }

        private static void filled(String name, String value, String expected) {
            if (value.isBlank()) {
                throw new IllegalArgumentException(
                        name + ": empty (expected: " + expected + "). Nothing was done; it is kept in the audit.");
            }
        }
    }

    /** What became of one message of a command. */
    public enum Outcome {
        /** Changed; in a dry run: would be. */
        DONE,
        /** Left as it was: every consumer has confirmed it, so there is nothing to replay or discard. */
        CONSUMED,
        /** Left as it was: its state does not allow the command. */
        REFUSED,
        /** There is no message of this id (any more). */
        NOT_THERE,
        /** The store failed; the message may be changed or not. */
        FAILED
    }

    /**
     * One message of a command. Immutable.
     *
     * @param before the state it had, or null when that is not known
     * @param after the state it has now, or null when it was not changed
     */
    public record Item(
            MessageId id,
            Outcome outcome,
            @Nullable MessageState before,
            @Nullable MessageState after) {}

    /**
     * What a command did. Immutable.
     *
     * @param items one for each message taken
     * @param truncated whether messages were left out: more were meant than the limit allows, or than could be looked at
     * @param failure what the store said when it failed, or null
     */
    public record Report(
            boolean dryRun,
            List<Item> items,
            boolean truncated,
            @Nullable String failure) {

        /** How many items have an outcome. */
        public long count(Outcome outcome) {
            return items.stream().filter(item -> item.outcome() == outcome).count();
        }

        /** For people and for the audit. */
        public String summary() {
            return "done " + count(Outcome.DONE) + ", consumed " + count(Outcome.CONSUMED) + ", refused "
                    + count(Outcome.REFUSED) + ", not there "
                    + count(Outcome.NOT_THERE) + ", failed " + count(Outcome.FAILED) + (truncated ? "; not all" : "")
                    + (failure == null ? "" : "; " + failure);
        }
    }

    /** Has dead messages, or sent ones without all confirmations, sent again: see {@link MessageChanges#replay}. */
    public Report replay(Order order, Collection<MessageId> ids) {
        return run("replay", order, chosen(order, ids), replayAction(order));
    }

    /** The same for all that a filter means; one without states means DEAD only. */
    public Report replay(Order order, MessageFilter filter) {
        return run("replay", order, matching(order, orDead(filter)), replayAction(order));
    }

    /** Gives dead messages up for good: see {@link MessageChanges#discard}. */
    public Report discard(Order order, Collection<MessageId> ids) {
        return run("discard", order, chosen(order, ids), discardAction());
    }

    /** The same for all that a filter means; one without states means DEAD only. */
    public Report discard(Order order, MessageFilter filter) {
        return run("discard", order, matching(order, orDead(filter)), discardAction());
    }

    /** Does without a group's confirmations: see {@link MessageChanges#waive}. */
    public Report waive(Order order, String group, Collection<MessageId> ids) {
        return run("waive " + group, order, chosen(order, ids), waiveAction(order, group));
    }

    /** The same for all that a filter means; one without states means SENT and DEAD. Its group is the one given. */
    public Report waive(Order order, String group, MessageFilter filter) {
        MessageFilter open = filter.states().isEmpty() ? filter.states(MessageState.SENT, MessageState.DEAD) : filter;
        return run("waive " + group, order, matching(order, open.group(group)), waiveAction(order, group));
    }

    private static MessageFilter orDead(MessageFilter filter) {
        return filter.states().isEmpty() ? filter.states(MessageState.DEAD) : filter;
    }

    // ---- which messages

    /**
     * The messages of a command.
     *
     * @param known those that were read when they were looked for
     */
    private record Chosen(String target, List<MessageId> ids, Map<MessageId, Stand> known, boolean truncated) {}

    /** Where a message stands: all that is foretold from, so that contents are not held. */
    private record Stand(MessageId id, MessageState state, boolean sent) {

        static Stand of(Found found) {
            return new Stand(found.message().id(), found.message().state(), found.sentAt() != null);
        }
    }

    private static Chosen chosen(Order order, Collection<MessageId> ids) {
        List<MessageId> distinct = List.copyOf(new LinkedHashSet<>(ids));
        List<MessageId> taken = distinct.subList(0, Math.min(order.limit(), distinct.size()));
        List<String> named =
                taken.stream().limit(MAX_TARGET).map(MessageId::toString).toList();
        int unnamed = taken.size() - named.size();
        String target = String.join(" ", named) + (unnamed == 0 ? "" : " and " + unnamed + " more");
        return new Chosen(target, taken, Map.of(), distinct.size() > taken.size());
    }

    private Chosen matching(Order order, MessageFilter filter) {
        List<MessageId> ids = new ArrayList<>();
        Map<MessageId, Stand> known = new HashMap<>();
        MessageId before = null;
        for (int page = 0; page < MAX_PAGES && ids.size() <= order.limit(); page++) {
            int wanted = Math.min(MessageSearch.MAX_LIMIT, order.limit() + 1 - ids.size());
            Page found = search.search(filter, before, wanted);
            found.found().forEach(row -> {
                ids.add(row.message().id());
                if (order.dryRun()) {
                    known.put(row.message().id(), Stand.of(row));
                }
            });
            before = found.next();
            if (before == null) {
                break;
            }
        }
        boolean truncated = before != null || ids.size() > order.limit();
        return new Chosen(
                filter.toString(), List.copyOf(ids.subList(0, Math.min(order.limit(), ids.size()))), known, truncated);
    }

    // ---- what to do

    /** A command's effect on messages, foretold or real. */
    private record Action(
            Function<Stand, Optional<MessageState>> foretold, Function<List<MessageId>, Map<MessageId, Change>> real) {}

    private Action replayAction(Order order) {
        Instant now = time.instant();
        int[] sent = {0};
        return new Action(
                stand -> MessageLife.after(stand.state(), stand.sent() ? Event.REPLAY_UNCONFIRMED : Event.REPLAY),
                ids -> {
                    Map<MessageId, Instant> dueAt = new HashMap<>();
                    for (MessageId id : ids) {
                        long second = order.perSecond() == 0 ? 0 : sent[0]++ / order.perSecond();
                        dueAt.put(id, now.plus(Duration.ofSeconds(second)));
                    }
                    return changes.replay(dueAt);
                });
    }

    private Action discardAction() {
        return new Action(
                stand -> MessageLife.after(stand.state(), Event.DISCARD), ids -> changes.discard(ids, time.instant()));
    }

    private Action waiveAction(Order order, String group) {
        return new Action(
                stand -> {
                    List<String> outstanding = search.confirmations(stand.id()).stream()
                            .filter(confirmation -> confirmation.confirmedAt() == null)
                            .map(Confirmation::group)
                            .toList();
                    return outstanding.contains(group)
                            ? MessageLife.after(stand.state(), outstanding.size() == 1 ? Event.WAIVE_LAST : Event.WAIVE)
                            : Optional.empty();
                },
                ids -> changes.waive(ids, group, order.who(), time.instant()));
    }

    private Report run(String what, Order order, Chosen chosen, Action action) {
        if (order.dryRun()) {
            List<Item> items = chosen.ids().stream()
                    .map(id -> foretell(id, chosen, action))
                    .toList();
            return new Report(true, items, chosen.truncated(), null);
        }
        Instant now = time.instant();
        ThreadLocalRandom random = ThreadLocalRandom.current();
        UUID entry = MessageId.of(now, random.nextLong(), random.nextLong()).uuid();
        audit.begin(new Audit.Entry(entry, now, order.who(), what, chosen.target(), null, null, order.reason(), null));
        Report report = carryOut(chosen, action);
        audit.end(entry, states(report, Item::before), states(report, Item::after), report.summary());
        return report;
    }

    private Item foretell(MessageId id, Chosen chosen, Action action) {
        Stand read = chosen.known().get(id);
        Stand found = read != null ? read : search.find(id).map(Stand::of).orElse(null);
        if (found == null) {
            return new Item(id, Outcome.NOT_THERE, null, null);
        }
        MessageState before = found.state();
        return action.foretold()
                .apply(found)
                .map(after -> new Item(id, Outcome.DONE, before, after))
                .orElseGet(() -> new Item(id, unchanged(before), before, null));
    }

    /** In chunks; when the store fails at one, that one and the rest have failed. */
    private static Report carryOut(Chosen chosen, Action action) {
        List<Item> items = new ArrayList<>();
        String failure = null;
        for (int from = 0; from < chosen.ids().size(); from += CHUNK) {
            List<MessageId> ids =
                    chosen.ids().subList(from, Math.min(chosen.ids().size(), from + CHUNK));
            if (failure == null) {
                try {
                    Map<MessageId, Change> changed = action.real().apply(ids);
                    ids.forEach(id -> items.add(item(id, changed.get(id))));
                    continue;
                } catch (RuntimeException e) {
                    failure = e.toString();
                }
            }
            ids.forEach(id -> items.add(new Item(id, Outcome.FAILED, null, null)));
        }
        return new Report(false, List.copyOf(items), chosen.truncated(), failure);
    }

    private static Item item(MessageId id, @Nullable Change change) {
        if (change == null) {
            return new Item(id, Outcome.NOT_THERE, null, null);
        }
        Outcome outcome = change.after() == null ? unchanged(change.before()) : Outcome.DONE;
        return new Item(id, outcome, change.before(), change.after());
    }

    private static Outcome unchanged(MessageState state) {
        return state == MessageState.FINISHED ? Outcome.CONSUMED : Outcome.REFUSED;
    }

    /** Such as {@code DEAD 3, SENT 1}. */
    private static String states(Report report, Function<Item, @Nullable MessageState> state) {
        Map<MessageState, Integer> counts = new TreeMap<>();
        for (Item item : report.items()) {
            MessageState one = state.apply(item);
            if (one != null) {
                counts.merge(one, 1, Integer::sum);
            }
        }
        return String.join(
                ", ",
                counts.entrySet().stream()
                        .map(count -> count.getKey() + " " + count.getValue())
                        .toList());
    }
}

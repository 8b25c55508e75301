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
package io.carillon.console.command;

import io.carillon.console.ConsoleMessages;
import io.carillon.console.access.Role;
import io.carillon.console.command.Command.By;
import io.carillon.messages.directory.Directory.Entry;
import io.carillon.messages.directory.Directory.Name;
import io.carillon.messages.directory.Directory.Status;
import io.carillon.messages.directory.DirectoryEdits;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.operations.DeadLetters;
import io.carillon.messages.operations.DeadLetters.Choice;
import io.carillon.messages.operations.MessageCommands;
import io.carillon.messages.operations.MessageCommands.Order;
import io.carillon.messages.operations.MessageFilter;
import io.carillon.messages.recovery.ParkedCommands;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One thing that somebody asks for with messages of one store. Immutable; like a {@link Command} it checks nothing and is on no
 * record by itself: {@link Commands#run} does that. A reason is always needed. What it does to single messages is in the audit of
 * the store, too.
 */
public sealed interface MessageCommand {
    /** What it is called in addresses, in the audit and in the text {@code command.<name>}. */
    String name();

    /** Who may do it. */
    Role role();

    /** Where. */
    String store();

    /** What it is done to, in the audit's words. */
    String target();

    /** What will be changed, as it is now, for the audit; null when there is nothing to keep. */
    default @Nullable String before(ConsoleMessages messages) {
        return null;
    }

    /** Does it. What it throws is said to who asked; see {@link Commands}. */
    Report run(ConsoleMessages messages, By by);

    /**
     * What became of one thing; for a dry run, what would.
     *
     * @param outcome a key of the texts {@code became.*}
     * @param detail what else is to be said, as it is; may be empty
     */
    record Row(String target, String outcome, String detail) {}

    /**
     * What a command did; for a dry run, what it would do. Immutable.
     *
     * @param truncated whether there is more than it took
     * @param failure what the store said when it failed, or empty
     */
    record Report(List<Row> rows, boolean truncated, String failure) {
        public Report {
            rows = List.copyOf(rows);
        }

        /** How many of each outcome, in the order in which they came. */
        public Map<String, Integer> counts() {
            Map<String, Integer> counts = new LinkedHashMap<>();
            rows.forEach(row -> counts.merge(row.outcome(), 1, Integer::sum));
            return counts;
        }

        /** How many were, or would be, changed. */
        public long changed() {
            return rows.stream().filter(row -> row.outcome().contains(".")).count();
        }

        /** For the audit. */
        public String summary() {
            StringBuilder text = new StringBuilder();
            counts().forEach((outcome, count) -> text.append(text.isEmpty() ? "" : ", ")
                    .append(outcome.toLowerCase(Locale.ROOT).replace('_', ' '))
                    .append(' ')
                    .append(count));
            return (text.isEmpty() ? "nothing" : text)
                    + (truncated ? "; not all" : "")
                    + (failure.isEmpty() ? "" : "; " + failure);
        }
    }

    /**
     * Which messages: one of the three. Immutable.
     *
     * @param ids these, unless it is empty
     * @param filter all that it means, or null
     * @param dead dead ones, or null
     * @param limit no more than so many
     */
    record Chosen(
            List<MessageId> ids,
            @Nullable MessageFilter filter,
            @Nullable Choice dead,
            int limit) {
        public Chosen {
            ids = List.copyOf(ids);
            if (limit < 1 || limit > MessageCommands.MAX_LIMIT) {
                throw new RefusedException(400, "problem.limit", limit, MessageCommands.MAX_LIMIT);
            }
        }

        String words() {
            if (!ids.isEmpty()) {
                return ids.size() == 1 ? ids.get(0).toString() : ids.size() + " messages from " + ids.get(0);
            }
            return "at most " + limit + " of all " + (filter != null ? said(filter) : said(dead));
        }

        private static String said(MessageFilter filter) {
            List<String> parts = new ArrayList<>();
            if (!filter.states().isEmpty()) {
                parts.add("state " + filter.states().stream().sorted().toList());
            }
            add(parts, "topic", filter.topic());
            add(parts, "tag", filter.tag());
            add(parts, "key", filter.key());
            add(parts, "producer", filter.producer());
            add(parts, "group", filter.group());
            add(parts, "from", filter.from());
            add(parts, "made before", filter.to());
            add(parts, "attempts from", filter.attempts() == 0 ? null : filter.attempts());
            return String.join(", ", parts);
        }

        private static String said(@Nullable Choice choice) {
            List<String> parts = new ArrayList<>(List.of("dead"));
            if (choice != null) {
                add(parts, "topic", choice.topic());
                add(parts, "cause", choice.cause());
                add(parts, "consumer", choice.consumer());
            }
            return String.join(", ", parts);
        }

        private static void add(List<String> parts, String name, @Nullable Object value) {
            if (value != null) {
                parts.add(name + " " + value);
            }
        }
    }

    /** The commands of a store. */
    private static MessageCommands commands(ConsoleMessages messages) {
        MessageCommands commands = messages.operations().commands();
        if (commands == null) {
            throw new RefusedException(403, "problem.storeReadOnly", messages.store());
        }
        return commands;
    }

    /** A command on messages of the outbox, which can be foretold. */
    sealed interface OnMessages extends MessageCommand {
        Chosen chosen();

        /** How many become due in each second; 0 for all at once. */
        default int perSecond() {
            return 0;
        }

        MessageCommands.Report onIds(MessageCommands commands, Order order, List<MessageId> ids);

        MessageCommands.Report onFilter(MessageCommands commands, Order order, MessageFilter filter);

        @Override
        default Role role() {
            return Role.OPERATOR;
        }

        @Override
        default String target() {
            return chosen().words();
        }

        @Override
        default Report run(ConsoleMessages messages, By by) {
            return report(messages, Order.of(by.who() + " from " + by.from(), by.reason()));
        }

        /** What it would do now; changes nothing. */
        default Report foretell(ConsoleMessages messages) {
            return report(messages, Order.of("nobody", "dry run").asDryRun());
        }

        private Report report(ConsoleMessages messages, Order plain) {
            MessageCommands commands = commands(messages);
            Order order = plain.limit(chosen().limit()).perSecond(perSecond());
            Choice dead = chosen().dead();
            MessageFilter filter = chosen().filter();
            boolean more = false;
            MessageCommands.Report report;
            if (dead != null) {
                List<MessageId> ids = DeadLetters.ids(messages.operations().search(), dead, chosen().limit() + 1);
                more = ids.size() > chosen().limit();
                report = onIds(commands, order, ids.subList(0, Math.min(ids.size(), chosen().limit())));
            } else if (filter != null) {
                report = onFilter(commands, order, filter);
            } else {
                report = onIds(commands, order, chosen().ids());
            }
            List<Row> rows = report.items().stream()
                    .map(item -> new Row(
                            item.id().toString(),
                            item.outcome() == MessageCommands.Outcome.DONE
                                    ? name() + ".DONE"
                                    : item.outcome().name(),
                            ""))
                    .toList();
            String failure = report.failure();
            return new Report(rows, more || report.truncated(), failure == null ? "" : failure);
        }
    }

    /** Has dead or unconfirmed messages sent again. */
    record Replay(String store, Chosen chosen, int perSecond) implements OnMessages {
        @Override
        public String name() {
            return "replay";
        }

        @Override
        public MessageCommands.Report onIds(MessageCommands commands, Order order, List<MessageId> ids) {
            return commands.replay(order, ids);
        }

        @Override
        public MessageCommands.Report onFilter(MessageCommands commands, Order order, MessageFilter filter) {
            return commands.replay(order, filter);
        }
    }

    /** Gives dead messages up for good. */
    record Discard(String store, Chosen chosen) implements OnMessages {
        @Override
        public String name() {
            return "discard";
        }

        @Override
        public MessageCommands.Report onIds(MessageCommands commands, Order order, List<MessageId> ids) {
            return commands.discard(order, ids);
        }

        @Override
        public MessageCommands.Report onFilter(MessageCommands commands, Order order, MessageFilter filter) {
            return commands.discard(order, filter);
        }
    }

    /** Does without a group's confirmations. */
    record Waive(String store, Chosen chosen, String group) implements OnMessages {
        @Override
        public String name() {
            return "waive";
        }

        @Override
        public String target() {
            return group + " for " + chosen.words();
        }

        @Override
        public MessageCommands.Report onIds(MessageCommands commands, Order order, List<MessageId> ids) {
            return commands.waive(order, group, ids);
        }

        @Override
        public MessageCommands.Report onFilter(MessageCommands commands, Order order, MessageFilter filter) {
            return commands.waive(order, group, filter);
        }
    }

    /** Has parked messages handled once more, or gives them up. */
    record OnParked(String store, List<ParkedCommands.Key> keys, boolean release) implements MessageCommand {
        public OnParked {
            keys = List.copyOf(keys);
        }

        @Override
        public String name() {
            return release ? "release-parked" : "discard-parked";
        }

        @Override
        public Role role() {
            return Role.OPERATOR;
        }

        @Override
        public String target() {
            return keys.size() == 1 ? keys.get(0).toString() : keys.size() + " parked messages from " + keys.get(0);
        }

        @Override
        public Report run(ConsoleMessages messages, By by) {
            ParkedCommands parked = messages.parked();
            if (parked == null) {
                throw new RefusedException(403, "problem.noParked", messages.store());
            }
            commands(messages);
            String who = by.who() + " from " + by.from();
            ParkedCommands.Report report =
                    release ? parked.release(who, by.reason(), keys) : parked.discard(who, by.reason(), keys);
            List<Row> rows = report.items().stream()
                    .map(item -> new Row(
                            item.key().toString(),
                            item.outcome() == ParkedCommands.Outcome.DONE
                                    ? name() + ".DONE"
                                    : item.outcome().name(),
                            item.detail()))
                    .toList();
            return new Report(rows, false, "");
        }
    }

    /** What people can want of the directory. */
    enum Wish {
        /** A group receives nothing of a topic for now. */
        PAUSE(Role.OPERATOR, Status.ACTIVE),
        RESUME(Role.OPERATOR, Status.REMOVED),
        DISABLE(Role.EDITOR, Status.DISABLED),
        ENABLE(Role.EDITOR, Status.ACTIVE);

        private final Role role;
        private final Status status;

        Wish(Role role, Status status) {
            this.role = role;
            this.status = status;
        }
    }

    /** Pauses or resumes a group's topic, or switches an entry off or on: here, and within seconds in every service. */
    record EditDirectory(String store, Name entry, Wish wish) implements MessageCommand {
        @Override
        public String name() {
            return wish.name().toLowerCase(Locale.ROOT) + "-entry";
        }

        @Override
        public Role role() {
            return wish.role;
        }

        @Override
        public String target() {
            return entry.toString();
        }

        @Override
        public @Nullable String before(ConsoleMessages messages) {
            return messages.directory() == null
                    ? null
                    : state(messages.directory().read().entry(entry));
        }

        private static String state(Optional<Entry> entry) {
            return entry.map(found -> found.status().name()).orElse("not there");
        }

        @Override
        public Report run(ConsoleMessages messages, By by) {
            DirectoryEdits edits = messages.edits();
            if (edits == null) {
                throw new RefusedException(403, "problem.noEdits", messages.store());
            }
            edits.edit(entry, wish.status, null, by.who() + " from " + by.from(), by.reason());
            return new Report(List.of(new Row(entry.toString(), name() + ".DONE", "")), false, "");
        }
    }
}

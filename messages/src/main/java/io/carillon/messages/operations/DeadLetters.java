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
import io.carillon.messages.operations.MessageSearch.DeadLetter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Dead messages in groups, the largest group first. Immutable.
 *
 * @param looked how many dead messages were looked at, newest first
 * @param truncated whether there are more, which are in no group
 */
public record DeadLetters(List<Group> groups, int looked, boolean truncated) {

    private static final int MAX_CAUSE = 200;
    private static final Pattern IDS = Pattern.compile("\\b[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\\b");
    private static final Pattern NUMBERS = Pattern.compile("\\b(0x[0-9a-fA-F]+|[0-9][0-9.,:]*)\\b");

    /** What the messages of a group have in common. */
    public enum By {
        /** The topic and the cause. */
        CAUSE,
        TOPIC,
        /** The consumer group whose confirmation is missing; a message that misses several is in several groups. */
        CONSUMER
    }

    /**
     * Which dead messages: what is null does not matter. Immutable.
     *
     * @param cause as {@link #causeOf} gives it
     * @param consumer a group whose confirmation is missing; empty: messages that the broker never had
     */
    public record Choice(
            @Nullable String topic,
            @Nullable String cause,
            @Nullable String consumer) {

        private boolean has(DeadLetter letter) {
            return (topic == null || topic.equals(letter.topic()))
                    && (cause == null || cause.equals(causeOf(letter.cause())))
                    && (consumer == null
                            || (consumer.isEmpty()
                                    ? letter.waiting().isEmpty()
                                    : letter.waiting().contains(consumer)));
        }
    }

    /**
     * Messages with something in common. Immutable.
     *
     * @param topic empty when they are grouped by consumer
     * @param cause see {@link #causeOf}; when they are not grouped by it, that of the newest
     * @param consumer empty when they are not grouped by it, or when the broker never had them
     * @param attempts the most attempts that one of them had
     */
    public record Group(
            String topic, String cause, String consumer, int count, int attempts, MessageId oldest, MessageId newest) {}

    /** The same, by topic and cause. */
    public static DeadLetters of(MessageSearch search, int most) {
        return of(search, By.CAUSE, most);
    }

    /**
     * Groups the dead messages of a store.
     *
     * @param most looks at no more than so many
     */
    public static DeadLetters of(MessageSearch search, By by, int most) {
        List<DeadLetter> dead = new ArrayList<>();
        MessageId before = null;
        while (dead.size() <= most) {
            List<DeadLetter> page = search.deadLetters(before, MessageSearch.MAX_LIMIT);
            dead.addAll(page);
            if (page.size() < MessageSearch.MAX_LIMIT) {
                break;
            }
            before = page.get(page.size() - 1).id();
        }
        List<DeadLetter> looked = dead.subList(0, Math.min(most, dead.size()));
        return new DeadLetters(group(looked, by), looked.size(), dead.size() > most);
    }

    /** The ids of {@link #letters}. */
    public static List<MessageId> ids(MessageSearch search, Choice choice, int most) {
        return letters(search, choice, null, most).stream().map(DeadLetter::id).toList();
    }

    /**
     * The dead messages that are chosen, newest first.
     *
     * @param before only older ones than this, or null to begin
     * @param most returns no more than so many
     */
    public static List<DeadLetter> letters(MessageSearch search, Choice choice, @Nullable MessageId before, int most) {
        List<DeadLetter> letters = new ArrayList<>();
        MessageId last = before;
        while (true) {
            List<DeadLetter> page = search.deadLetters(last, MessageSearch.MAX_LIMIT);
            for (DeadLetter letter : page) {
                if (choice.has(letter)) {
                    letters.add(letter);
                    if (letters.size() == most) {
                        return letters;
                    }
                }
            }
            if (page.size() < MessageSearch.MAX_LIMIT) {
                return letters;
            }
            last = page.get(page.size() - 1).id();
        }
    }

    private static List<Group> group(List<DeadLetter> dead, By by) {
        Map<List<String>, Group> groups = new LinkedHashMap<>();
        for (DeadLetter letter : dead) {
            String cause = causeOf(letter.cause());
            String topic = by == By.CONSUMER ? "" : letter.topic();
            List<String> consumers = by != By.CONSUMER || letter.waiting().isEmpty() ? List.of("") : letter.waiting();
            for (String consumer : consumers) {
                groups.merge(
                        List.of(topic, by == By.CAUSE ? cause : "", consumer),
                        new Group(topic, cause, consumer, 1, letter.attempt(), letter.id(), letter.id()),
                        (known, one) -> new Group(
                                topic,
                                known.cause(),
                                consumer,
                                known.count() + 1,
                                Math.max(known.attempts(), one.attempts()),
                                one.oldest(),
                                known.newest()));
            }
        }
        return groups.values().stream()
                .sorted(Comparator.comparingInt(Group::count)
                        .reversed()
                        .thenComparing(Group::topic)
                        .thenComparing(Group::consumer)
                        .thenComparing(Group::cause))
                .toList();
    }

    /** The first line of an error, with a # for each number and id, so that errors that differ only in them are one. */
    public static String causeOf(@Nullable String error) {
        String line = error == null ? "" : error.lines().findFirst().orElse("").strip();
        String cause = NUMBERS.matcher(IDS.matcher(line).replaceAll("#")).replaceAll("#");
        return cause.isEmpty() ? "unknown" : cause.substring(0, Math.min(MAX_CAUSE, cause.length()));
    }
}

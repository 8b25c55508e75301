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
 * Dead messages grouped by topic and cause, the largest group first. Immutable.
 *
 * @param looked how many dead messages were looked at, newest first
 * @param truncated whether there are more, which are in no group
 */
public record DeadLetters(List<Group> groups, int looked, boolean truncated) {

    private static final int MAX_CAUSE = 200;
    private static final Pattern IDS = Pattern.compile("\\b[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\\b");
    private static final Pattern NUMBERS = Pattern.compile("\\b(0x[0-9a-fA-F]+|[0-9][0-9.,:]*)\\b");

    /**
     * Messages of one topic that died of the same cause. Immutable.
     *
     * @param cause see {@link #causeOf}
     */
    public record Group(String topic, String cause, int count, MessageId oldest, MessageId newest) {}

    /**
     * Groups the dead messages of a store.
     *
     * @param most looks at no more than so many
     */
    public static DeadLetters of(MessageSearch search, int most) {
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
        return new DeadLetters(group(looked), looked.size(), dead.size() > most);
    }

    /**
     * The dead messages of one cause, newest first.
     *
     * @param topic only of this topic, or null for all
     * @param cause as {@link Group#cause} gives it
     * @param most returns no more than so many
     */
    public static List<MessageId> ids(MessageSearch search, @Nullable String topic, String cause, int most) {
        List<MessageId> ids = new ArrayList<>();
        MessageId before = null;
        while (true) {
            List<DeadLetter> page = search.deadLetters(before, MessageSearch.MAX_LIMIT);
            for (DeadLetter letter : page) {
                if ((topic == null || topic.equals(letter.topic())) && cause.equals(causeOf(letter.cause()))) {
                    ids.add(letter.id());
                    if (ids.size() == most) {
                        return ids;
                    }
                }
            }
            if (page.size() < MessageSearch.MAX_LIMIT) {
                return ids;
            }
            before = page.get(page.size() - 1).id();
        }
    }

    private static List<Group> group(List<DeadLetter> dead) {
        Map<List<String>, Group> groups = new LinkedHashMap<>();
        for (DeadLetter letter : dead) {
            String cause = causeOf(letter.cause());
            groups.merge(
                    List.of(letter.topic(), cause),
                    new Group(letter.topic(), cause, 1, letter.id(), letter.id()),
                    (known, one) ->
                            new Group(known.topic(), known.cause(), known.count() + 1, one.oldest(), known.newest()));
        }
        return groups.values().stream()
                .sorted(Comparator.comparingInt(Group::count)
                        .reversed()
                        .thenComparing(Group::topic)
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

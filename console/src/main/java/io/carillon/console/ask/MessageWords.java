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
package io.carillon.console.ask;

import io.carillon.messages.model.MessageId;
import io.carillon.messages.model.MessageState;
import io.carillon.messages.operations.MessageFilter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.web.util.UriUtils;

/**
 * Which messages a list shows; kept in the address. Immutable.
 *
 * <p>The text is words: {@code state:dead} (or {@code sending}, {@code sent}, {@code waiting-confirm}, {@code finished},
 * {@code cancelled}; several are joined by commas), {@code topic:}, {@code tag:}, {@code key:}, {@code producer:}, {@code
 * group:} (a consumer group), {@code age:>10m} or {@code age:<2d} (units s, m, h, d), {@code attempts:3} (so many or more). A
 * message's id by itself finds that message; any other word by itself is a business key. Values with blanks stand in double
 * quotes. All words must hold; texts are compared exactly. A word that means nothing finds nothing, and is said to the reader.
 *
 * @param text the words
 * @param filter what they mean
 * @param id the one message, or null
 * @param unknown words that mean nothing
 */
public record MessageWords(
        String text, MessageFilter filter, @Nullable MessageId id, List<String> unknown) {
    private static final int LONGEST_TEXT = 500;
    private static final Pattern WORD = Pattern.compile("([A-Za-z]+:)?\"([^\"]*)\"|(\\S+)");
    private static final Pattern AGE = Pattern.compile("([<>])([0-9]{1,6})([smhd])");
    private static final Pattern ATTEMPTS = Pattern.compile("(?:>=)?([0-9]{1,6})");

    public MessageWords {
        unknown = List.copyOf(unknown);
    }

    /** Reads the words. */
    public static MessageWords of(@Nullable String text, Instant now) {
        String wanted = text == null ? "" : text.strip();
        wanted = wanted.length() > LONGEST_TEXT ? wanted.substring(0, LONGEST_TEXT) : wanted;
        MessageFilter filter = MessageFilter.all();
        MessageId id = null;
        List<String> unknown = new ArrayList<>();
        for (String[] word : words(wanted)) {
            MessageFilter before = filter;
            String value = word[1];
            switch (value.isEmpty() ? "?" : word[0]) {
                case "state" -> {
                    Set<MessageState> states = states(value);
                    filter = states.isEmpty() ? filter : filter.states(states.toArray(MessageState[]::new));
                }
                case "topic" -> filter = filter.topic(value);
                case "tag" -> filter = filter.tag(value);
                case "key" -> filter = filter.key(value);
                case "producer" -> filter = filter.producer(value);
                case "group" -> filter = filter.group(value);
                case "age" -> filter = age(filter, value, now);
                case "attempts" -> {
                    Matcher number = ATTEMPTS.matcher(value);
                    filter = number.matches() ? filter.attempts(Integer.parseInt(number.group(1))) : filter;
                }
                case "id", "" -> {
                    MessageId found = id(value);
                    if (found != null) {
                        id = found;
                        continue;
                    }
                    filter = word[0].isEmpty() && filter.key() == null ? filter.key(value) : filter;
                }
                default -> {
                    // said to the reader below
                }
            }
            if (filter.equals(before)) {
                unknown.add(word[0].isEmpty() ? value : word[0] + ":" + value);
            }
        }
        return new MessageWords(wanted, filter, id, unknown);
    }

    /** Names and values; a word without a name has an empty one. */
    private static List<String[]> words(String text) {
        List<String[]> words = new ArrayList<>();
        Matcher matcher = WORD.matcher(text);
        while (matcher.find()) {
            String plain = matcher.group(3);
            if (plain == null) {
                String name = matcher.group(1) == null ? "" : matcher.group(1);
                words.add(new String[] {
                    name.isEmpty() ? "" : name.substring(0, name.length() - 1).toLowerCase(Locale.ROOT),
                    matcher.group(2)
                });
            } else {
                int colon = plain.indexOf(':');
                boolean named = colon > 0 && plain.substring(0, colon).chars().allMatch(c -> c >= 'A' && c <= 'z');
                words.add(new String[] {
                    named ? plain.substring(0, colon).toLowerCase(Locale.ROOT) : "",
                    named ? plain.substring(colon + 1) : plain
                });
            }
        }
        return words;
    }

    private static Set<MessageState> states(String text) {
        Set<MessageState> states = EnumSet.noneOf(MessageState.class);
        for (String name : text.split(",")) {
            MessageState found = null;
            for (MessageState state : MessageState.values()) {
                if (state != MessageState.UNKNOWN && word(state).equals(name.toLowerCase(Locale.ROOT))) {
                    found = state;
                }
            }
            if (found == null) {
                return Set.of();
            }
            states.add(found);
        }
        return states;
    }

    /** How a state is written in the words. */
    public static String word(MessageState state) {
        return state.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static MessageFilter age(MessageFilter filter, String text, Instant now) {
        Matcher age = AGE.matcher(text);
        if (!age.matches()) {
            return filter;
        }
        long number = Long.parseLong(age.group(2));
        Instant bound = now.minus(
                switch (age.group(3)) {
                    case "s" -> Duration.ofSeconds(number);
                    case "m" -> Duration.ofMinutes(number);
                    case "h" -> Duration.ofHours(number);
                    default -> Duration.ofDays(number);
                });
        return age.group(1).equals(">") ? filter.made(filter.from(), bound) : filter.made(bound, filter.to());
    }

    private static @Nullable MessageId id(String text) {
        try {
            return text.length() == 36 ? MessageId.parse(text) : null;
        } catch (IllegalArgumentException other) {
            return null;
        }
    }

    /** The same with only this state, or with any. */
    public String only(@Nullable MessageState state) {
        List<String> kept = new ArrayList<>();
        for (String[] word : words(text)) {
            if (!word[0].equals("state")) {
                kept.add(written(word[0], word[1]));
            }
        }
        if (state != null) {
            kept.add("state:" + word(state));
        }
        return String.join(" ", kept);
    }

    /** A word that {@link #of} reads. */
    public static String written(String name, String value) {
        String quoted = value.matches("[^\\s\"]+") && (!name.isEmpty() || value.indexOf(':') < 0)
                ? value
                : "\"" + value.replace("\"", "") + "\"";
        return name.isEmpty() ? quoted : name + ":" + quoted;
    }

    /** Whether only that state is shown; null: any. */
    public boolean isOnly(@Nullable MessageState state) {
        return state == null ? filter.states().isEmpty() : filter.states().equals(Set.of(state));
    }

    /** The words as a part of an address. */
    public static String encoded(String words) {
        return UriUtils.encode(words, StandardCharsets.UTF_8);
    }
}

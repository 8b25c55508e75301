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
package io.carillon.console.text;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Says in the reader's language what the engine and the stores say as English sentences: refusals, all of the shape {@code name:
 * value (expected: ...). What happens next.}, and why something is dead. The English texts {@code said.*} are what is known, with
 * their values; what is not known stays as it is, so that nothing is lost. Names and values stay as they are. Immutable.
 */
final class Sentences {
    private static final String KNOWN = "said.";
    private static final String EXPECTED = " (expected: ";
    private static final Pattern NAME = Pattern.compile("[^:\\s](?:[^:]{0,118}[^:\\s])?");
    private static final Pattern PLACE = Pattern.compile("\\{([0-9])}");

    private final List<Sentence> known = new ArrayList<>();

    /** One that is known: its pattern, and for each of its groups which placeholder it is. */
    private record Sentence(String key, Pattern pattern, List<Integer> places, int literal) {}

    Sentences(Texts english) {
        for (String key : english.keys(KNOWN)) {
            if (!key.equals(KNOWN + "expected")) {
                known.add(sentence(key, english.patterns().getOrDefault(key, "")));
            }
        }
        // the one that says most by itself is the one that is meant
        known.sort(Comparator.comparingInt(Sentence::literal).reversed());
    }

    private static Sentence sentence(String key, String text) {
        StringBuilder pattern = new StringBuilder();
        List<Integer> places = new ArrayList<>();
        Matcher place = PLACE.matcher(text);
        int from = 0;
        int literal = 0;
        while (place.find()) {
            literal += literal(pattern, text.substring(from, place.start()));
            pattern.append("(.*?)");
            places.add(Integer.valueOf(place.group(1)));
            from = place.end();
        }
        literal += literal(pattern, text.substring(from));
        return new Sentence(key, Pattern.compile(pattern.toString(), Pattern.DOTALL), List.copyOf(places), literal);
    }

    private static int literal(StringBuilder pattern, String text) {
        String plain = text.replace("''", "'");
        pattern.append(Pattern.quote(plain));
        return plain.length();
    }

    /** The sentence in a language, as far as it is known. */
    String say(String english, Texts texts) {
        String whole = known(english, texts);
        if (whole != null) {
            return whole;
        }
        int expected = english.lastIndexOf(EXPECTED);
        int colon = english.indexOf(": ");
        if (colon < 1
                || expected < colon
                || !NAME.matcher(english.substring(0, colon)).matches()) {
            return english;
        }
        int end = end(english, expected + EXPECTED.length());
        if (end < 0) {
            return english;
        }
        String said = texts.get(
                KNOWN + "expected",
                english.substring(0, colon),
                part(english.substring(Math.min(colon + 2, expected), expected), texts),
                part(english.substring(expected + EXPECTED.length(), end), texts));
        String rest = english.substring(end + 1);
        rest = (rest.startsWith(".") ? rest.substring(1) : rest).strip();
        String next = known(rest, texts);
        return rest.isEmpty() ? said : next == null ? said + " " + rest : said + next;
    }

    private String part(String english, Texts texts) {
        String said = known(english, texts);
        return said == null ? english : said;
    }

    private @Nullable String known(String english, Texts texts) {
        for (Sentence sentence : known) {
            Matcher matcher = sentence.pattern().matcher(english);
            if (matcher.matches()) {
                Object[] values = new Object[10];
                for (int i = 0; i < sentence.places().size(); i++) {
                    values[sentence.places().get(i)] = matcher.group(i + 1);
                }
                return texts.get(sentence.key(), values);
            }
        }
        return null;
    }

    /** Where the parenthesis ends that begins before a place; negative when it does not. */
    private static int end(String text, int from) {
        int open = 1;
        for (int i = from; i < text.length(); i++) {
            char c = text.charAt(i);
            open += c == '(' ? 1 : c == ')' ? -1 : 0;
            if (open == 0) {
                return i;
            }
        }
        return -1;
    }
}

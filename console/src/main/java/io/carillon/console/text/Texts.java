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

import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.text.MessageFormat;
import java.util.Arrays;
import java.util.Enumeration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The texts of one language. Immutable.
 *
 * <p>They are in {@code messages_<language>.properties} beside this class, in UTF-8, with {@link MessageFormat}'s
 * placeholders. All languages have the same keys with the same placeholders; a test compares them.
 */
public final class Texts {
    /** English, the language of last resort. */
    public static final Texts ENGLISH = load("en", Locale.ENGLISH);
    /** Chinese as written on the mainland. */
    public static final Texts CHINESE = load("zh-CN", Locale.SIMPLIFIED_CHINESE);

    private static final List<Texts> ALL = List.of(ENGLISH, CHINESE);
    private static final Sentences SENTENCES = new Sentences(ENGLISH);
    /** Texts whose values are sentences of the engine's or a store's. */
    private static final Set<String> TELLS = Set.of(
            "problem.invalid.text",
            "problem.gone.text",
            "problem.failed.text",
            "problem.audit.text",
            "missing.error",
            "reason.UNREADABLE",
            "reason.HISTORY_UNKNOWN",
            "alarm.reason.REGISTRY_SILENT",
            "alarm.reason.STORE_SILENT");

    private final String language;
    private final Locale locale;
    private final Map<String, String> patterns;

    Texts(String language, Locale locale, Map<String, String> patterns) {
        this.language = language;
        this.locale = locale;
        this.patterns = Map.copyOf(patterns);
    }

    /** All languages, in the order in which they are offered. */
    public static List<Texts> all() {
        return ALL;
    }

    /** The texts of exactly that language tag, or null when there are none. */
    public static @Nullable Texts ofTag(@Nullable String tag) {
        for (Texts texts : ALL) {
            if (texts.language.equalsIgnoreCase(tag)
                    || texts.locale.getLanguage().equalsIgnoreCase(tag)) {
                return texts;
            }
        }
        return null;
    }

    /** The first language of a reader's list that we have; English when there is none. */
    public static Texts firstOf(Iterable<Locale> wanted) {
        for (Locale locale : wanted) {
            for (Texts texts : ALL) {
                if (texts.locale.getLanguage().equals(locale.getLanguage())) {
                    return texts;
                }
            }
        }
        return ENGLISH;
    }

    /** The language's tag, such as {@code zh-CN}. */
    public String language() {
        return language;
    }

    /** For numbers. */
    public Locale locale() {
        return locale;
    }

    /** Whether there is such a text. */
    public boolean has(String key) {
        return patterns.containsKey(key);
    }

    /**
     * A text with its placeholders filled.
     *
     * @throws IllegalArgumentException when there is no such text
     */
    public String get(String key, Object... values) {
        String pattern = patterns.get(key);
        if (pattern == null) {
            throw new IllegalArgumentException("text: '" + key + "' (expected: a key of messages_" + language + ")");
        }
        Object[] told = values;
        if (this != ENGLISH && TELLS.contains(key)) {
            told = Arrays.stream(values)
                    .map(value -> value instanceof String text ? said(text) : value)
                    .toArray();
        }
        return new MessageFormat(pattern, locale).format(told);
    }

    /** What the engine or a store says as an English sentence, in this language as far as the sentence is known. */
    public String said(String english) {
        return this == ENGLISH ? english : SENTENCES.say(english, this);
    }

    /** The text of an enum's constant: key {@code <prefix>.<CONSTANT>}. */
    public String of(String prefix, Enum<?> constant) {
        return get(prefix + '.' + constant.name());
    }

    /** The keys that begin with a text, in order. */
    public List<String> keys(String prefix) {
        return patterns.keySet().stream()
                .filter(key -> key.startsWith(prefix))
                .sorted()
                .toList();
    }

    Map<String, String> patterns() {
        return patterns;
    }

    private static Texts load(String language, Locale locale) {
        String file = "messages_" + language.replace('-', '_') + ".properties";
        Properties properties = new Properties();
        try (Reader reader = new InputStreamReader(
                Objects.requireNonNull(Texts.class.getResourceAsStream(file), file), StandardCharsets.UTF_8)) {
            properties.load(reader);
        } catch (IOException e) {
            throw new UncheckedIOException(file, e);
        }
        Map<String, String> patterns = new HashMap<>();
        for (Enumeration<?> names = properties.propertyNames(); names.hasMoreElements(); ) {
            String name = (String) names.nextElement();
            patterns.put(name, properties.getProperty(name));
        }
        return new Texts(language, locale, patterns);
    }
}

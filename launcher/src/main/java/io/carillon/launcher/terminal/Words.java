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
package io.carillon.launcher.terminal;

import java.text.MessageFormat;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.MissingResourceException;
import java.util.ResourceBundle;
import org.jspecify.annotations.Nullable;

/** The terminal's texts in one language, and times in the terminal's zone. Immutable. */
final class Words {

    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss xxx", Locale.ROOT);

    private final Locale locale;
    private final ResourceBundle bundle;
    private final ZoneId zone;

    private Words(Locale locale, ZoneId zone) {
        this.locale = locale;
        this.zone = zone;
        this.bundle = ResourceBundle.getBundle(
                "io.carillon.launcher.terminal.words",
                locale,
                ResourceBundle.Control.getNoFallbackControl(ResourceBundle.Control.FORMAT_PROPERTIES));
    }

    /** Chinese for every Chinese locale, English for all others. */
    static Words of(Locale wanted, ZoneId zone) {
        return new Words(wanted.getLanguage().equals("zh") ? Locale.SIMPLIFIED_CHINESE : Locale.ENGLISH, zone);
    }

    String language() {
        return locale.toLanguageTag();
    }

    ResourceBundle bundle() {
        return bundle;
    }

    /** A text with its placeholders filled. */
    String say(String key, Object... values) {
        try {
            return new MessageFormat(bundle.getString(key), locale).format(values);
        } catch (MissingResourceException e) {
            throw new IllegalArgumentException("text: '" + key + "' (expected: a key of words.properties)", e);
        }
    }

    /** The text of a word of the API, such as a state; the word itself where there is none. */
    String word(String prefix, String word) {
        String key = prefix + "." + word;
        return bundle.containsKey(key) ? bundle.getString(key) : word;
    }

    /** An instant of the API in the terminal's zone; a dash for none. */
    String time(@Nullable String instant) {
        if (instant == null || instant.isEmpty()) {
            return "-";
        }
        try {
            return TIME.format(Instant.parse(instant).atZone(zone));
        } catch (DateTimeParseException e) {
            return instant;
        }
    }

    ZoneId zone() {
        return zone;
    }
}

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
package io.carillon.notify;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Something that people are to be told. Immutable.
 *
 * @param title one line
 * @param text the rest, lines of plain text; a channel cuts what is too long for it
 * @param facts the same for programs, by name; only {@link WebhookNotifier} says them
 */
public record Notice(String title, String text, Map<String, String> facts) {

    /** A notice for people only. */
    public Notice(String title, String text) {
        this(title, text, Map.of());
    }

    public Notice {
        facts = Collections.unmodifiableMap(new LinkedHashMap<>(facts));
        title = title.replaceAll("[\\r\\n]+", " ");
    }

    /** The same with another title. */
    Notice titled(String other) {
        return new Notice(other, text, facts);
    }

    /** Title and text, cut to a length in bytes of UTF-8; what was cut is marked. */
    String cutTo(int bytes) {
        String whole = text.isEmpty() ? title : title + "\n" + text;
        if (Utf8.length(whole) <= bytes) {
            return whole;
        }
        String mark = "\n...";
        return Utf8.cut(whole, bytes - mark.length()) + mark;
    }

    /** Lengths in bytes. */
    private static final class Utf8 {

        static int length(String text) {
            return text.getBytes(java.nio.charset.StandardCharsets.UTF_8).length;
        }

        static String cut(String text, int bytes) {
            int used = 0;
            int end = 0;
            while (end < text.length()) {
                int c = text.codePointAt(end);
                used += c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
                if (used > bytes) {
                    break;
                }
                end += Character.charCount(c);
            }
            return text.substring(0, end);
        }
    }
}

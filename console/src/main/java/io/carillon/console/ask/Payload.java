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

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A payload as people read it: JSON with one value per line, other text as it is, anything else as bytes. Immutable. Characters
 * that cannot be seen, or that change the direction of what follows, are shown by their number.
 *
 * @param kind how it is shown
 * @param text what is shown
 * @param bytes how long the whole payload is
 * @param shown how many of its bytes are in the text
 */
public record Payload(Kind kind, String text, int bytes, int shown) {
    /** How much text is shown, in bytes. */
    public static final int MOST_TEXT = 64 * 1_024;
    /** How many bytes are shown of what is no text. */
    public static final int MOST_BYTES = 4 * 1_024;

    private static final int ROW = 16;

    /** How a payload is shown; text {@code payload.<KIND>}. */
    public enum Kind {
        JSON,
        TEXT,
        HEX,
        EMPTY
    }

    /** Whether a part is left out. */
    public boolean isCut() {
        return shown < bytes;
    }

    /** Makes it readable. */
    public static Payload of(byte[] payload, String contentType) {
        if (payload.length == 0) {
            return new Payload(Kind.EMPTY, "", 0, 0);
        }
        int end = Math.min(payload.length, MOST_TEXT);
        while (end < payload.length && end > 0 && (payload[end] & 0xc0) == 0x80) {
            end--; // not in the middle of a character
        }
        String text = text(payload, end);
        if (text == null) {
            int most = Math.min(payload.length, MOST_BYTES);
            return new Payload(Kind.HEX, hex(payload, most), payload.length, most);
        }
        boolean json = contentType.toLowerCase(Locale.ROOT).contains("json");
        String lines = json && end == payload.length ? indented(text) : null;
        return lines == null
                ? new Payload(Kind.TEXT, seen(text), payload.length, end)
                : new Payload(Kind.JSON, seen(lines), payload.length, end);
    }

    private static @Nullable String text(byte[] payload, int end) {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(payload, 0, end))
                    .toString();
            long odd = text.chars()
                    .filter(c -> c < ' ' && c != '\n' && c != '\r' && c != '\t')
                    .count();
            return odd * 10 > text.length() ? null : text;
        } catch (CharacterCodingException bytes) {
            return null;
        }
    }

    /** The text with characters that are not seen, or turn the direction, as numbers. */
    public static String seen(String text) {
        StringBuilder seen = new StringBuilder(text.length());
        text.codePoints().forEach(c -> {
            boolean hidden = (Character.isISOControl(c) && c != '\n' && c != '\t' && c != '\r')
                    || Character.getType(c) == Character.FORMAT
                    || Character.getType(c) == Character.SURROGATE;
            if (hidden) {
                seen.append(String.format("\\u%04x", c));
            } else {
                seen.appendCodePoint(c);
            }
        });
        return seen.toString();
    }

    private static String hex(byte[] payload, int most) {
        StringBuilder rows = new StringBuilder();
        for (int row = 0; row < most; row += ROW) {
            rows.append(String.format("%08x ", row));
            StringBuilder letters = new StringBuilder();
            for (int i = row; i < row + ROW; i++) {
                if (i < most) {
                    rows.append(String.format(" %02x", payload[i]));
                    letters.append(payload[i] >= ' ' && payload[i] < 127 ? (char) payload[i] : '.');
                } else {
                    rows.append("   ");
                }
            }
            rows.append("  ").append(letters).append('\n');
        }
        return rows.toString();
    }

    /** One value per line; null where brackets or quotes do not match, as in what is no JSON. Values stay as they are. */
    private static @Nullable String indented(String json) {
        StringBuilder lines = new StringBuilder();
        StringBuilder open = new StringBuilder();
        for (int i = 0; i < json.length(); i++) {
            char c = json.charAt(i);
            switch (c) {
                case '"' -> {
                    int end = endOfText(json, i);
                    if (end < 0) {
                        return null;
                    }
                    lines.append(json, i, end + 1);
                    i = end;
                }
                case '{', '[' -> {
                    open.append(c);
                    lines.append(c);
                    int next = pastBlanks(json, i + 1);
                    if (next < json.length() && json.charAt(next) == closing(c)) {
                        lines.append(closing(c));
                        open.setLength(open.length() - 1);
                        i = next;
                    } else {
                        newLine(lines, open.length());
                    }
                }
                case '}', ']' -> {
                    if (open.isEmpty() || closing(open.charAt(open.length() - 1)) != c) {
                        return null;
                    }
                    open.setLength(open.length() - 1);
                    newLine(lines, open.length());
                    lines.append(c);
                }
                case ',' -> {
                    lines.append(c);
                    newLine(lines, open.length());
                }
                case ':' -> lines.append(": ");
                case ' ', '\t', '\n', '\r' -> {
                    // blanks between values say nothing
                }
                default -> lines.append(c);
            }
        }
        return open.isEmpty() ? lines.toString() : null;
    }

    private static int endOfText(String json, int start) {
        for (int i = start + 1; i < json.length(); i++) {
            if (json.charAt(i) == '\\') {
                i++;
            } else if (json.charAt(i) == '"') {
                return i;
            }
        }
        return -1;
    }

    private static int pastBlanks(String json, int start) {
        int i = start;
        while (i < json.length() && Character.isWhitespace(json.charAt(i))) {
            i++;
        }
        return i;
    }

    private static char closing(char opening) {
        return opening == '{' ? '}' : ']';
    }

    private static void newLine(StringBuilder lines, int depth) {
        lines.append('\n').append("  ".repeat(depth));
    }
}

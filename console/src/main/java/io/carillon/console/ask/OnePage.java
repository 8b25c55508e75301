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

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One page of a list. Immutable.
 *
 * @param rows at most {@link #SIZE}
 * @param page from 1; the last when there are fewer than was asked for
 * @param pages at least 1
 */
record OnePage<T>(List<T> rows, int page, int pages) {
    /** How many rows a page holds. */
    static final int SIZE = 100;

    private static final int LONGEST_TEXT = 200;

    OnePage {
        rows = List.copyOf(rows);
    }

    /** The page of that number. */
    static <T> OnePage<T> of(List<T> all, int page) {
        int pages = Math.max(1, (all.size() + SIZE - 1) / SIZE);
        int shown = Math.min(page, pages);
        int from = (shown - 1) * SIZE;
        return new OnePage<>(all.subList(from, Math.min(all.size(), from + SIZE)), shown, pages);
    }

    /** The number of a page in an address; 1 where it makes no sense. */
    static int number(@Nullable String text) {
        return text != null && text.matches("[1-9][0-9]{0,5}") ? Integer.parseInt(text) : 1;
    }

    /** The words of a filter in an address, as far as they are taken. */
    static String words(@Nullable String text) {
        String words = text == null ? "" : text.strip();
        return words.length() > LONGEST_TEXT ? words.substring(0, LONGEST_TEXT) : words;
    }
}

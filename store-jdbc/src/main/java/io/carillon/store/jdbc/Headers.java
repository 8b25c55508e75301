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
package io.carillon.store.jdbc;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The text form of a message's headers: {@code name=value&name=value}, percent-encoded UTF-8 as in HTML forms, sorted by
 * name. ASCII only, so no character set can harm it, and every language can read it.
 */
final class Headers {

    private Headers() {}

    /** The text; empty for no headers. */
    static String encode(Map<String, String> headers) {
        StringBuilder text = new StringBuilder();
        new TreeMap<>(headers).forEach((name, value) -> text.append(text.isEmpty() ? "" : "&")
                .append(URLEncoder.encode(name, StandardCharsets.UTF_8))
                .append('=')
                .append(URLEncoder.encode(value, StandardCharsets.UTF_8)));
        return text.toString();
    }

    /** Reads {@link #encode}. A part that cannot be read is kept as it is, so that one bad row stops no batch. */
    static Map<String, String> decode(@Nullable String text) {
        Map<String, String> headers = new TreeMap<>();
        if (text == null || text.isEmpty()) {
            return headers;
        }
        for (String part : text.split("&")) {
            int split = part.indexOf('=');
            String name = split < 0 ? part : part.substring(0, split);
            String value = split < 0 ? "" : part.substring(split + 1);
            headers.put(decoded(name), decoded(value));
        }
        return headers;
    }

    private static String decoded(String text) {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return text;
        }
    }
}

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
package io.carillon.shop.common;

import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;

/**
 * A request that cannot be done. Answered with the status and {@code {"error": "name: value (expected: ...). Advice"}}; a
 * transaction it passes through is rolled back.
 */
public final class Refused extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final HttpStatus status;

    /**
     * @param status the answer's status
     * @param text what is wrong, what was expected and what to do
     */
    public Refused(HttpStatus status, String text) {
        super(text);
        this.status = status;
    }

    /** A value of the request that cannot be accepted; answered with 400. */
    public static Refused value(String name, Object value, String expected) {
        return new Refused(
                HttpStatus.BAD_REQUEST,
                name + ": " + value + " (expected: " + expected + "). Nothing was written; correct the request.");
    }

    /** The status to answer with. */
    public HttpStatus status() {
        return status;
    }

    /** Checks a text of a request, and returns it; null is one that was left out. */
    public static String checkText(String name, @Nullable String value, int maxCharacters) {
        if (value == null || value.isBlank() || value.length() > maxCharacters) {
            throw value(
                    name,
                    value == null ? "not set" : "'" + value + "'",
                    "1.." + maxCharacters + " characters, not only blanks");
        }
        return value;
    }
}

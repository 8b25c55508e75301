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
package io.carillon.spring;

import org.jspecify.annotations.Nullable;

/**
 * A property, or the thing it leads to, that the application cannot start with. The message is one line: {@code name: value
 * (expected: ...). What to do}. Where it stops the start of an application, that line is what a person sees first.
 */
public final class InvalidPropertyException extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    /**
     * @param property the property's full name
     * @param value the refused value; never a password
     * @param expected what would have been accepted
     * @param advice what to do now, one sentence
     */
    public InvalidPropertyException(String property, @Nullable Object value, String expected, String advice) {
        this(property, value, expected, advice, null);
    }

    /** As the other constructor, with what was found out at the place that the property leads to. */
    public InvalidPropertyException(
            String property, @Nullable Object value, String expected, String advice, @Nullable Throwable cause) {
        this(
                property + ": " + (value == null || value.toString().isEmpty() ? "not set" : value) + " (expected: "
                        + expected + "). " + advice,
                cause);
    }

    private InvalidPropertyException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /**
     * Passes on what a part of Carillon said about one of its settings, in the shape {@code name: value (expected: ...). What
     * to do}.
     *
     * @param message what was said
     * @param place where the setting comes from, one sentence
     */
    public static InvalidPropertyException because(String message, String place, Throwable cause) {
        return new InvalidPropertyException(message + " " + place, cause);
    }
}

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

import java.time.Instant;
import java.util.function.Function;

/** What a source said, or why it said nothing. Immutable. */
public sealed interface Answer<T> {
    /**
     * The source answered.
     *
     * @param at when
     */
    record Known<T>(T value, Instant at) implements Answer<T> {}

    /**
     * The source failed, or did not answer in time.
     *
     * @param tooSlow whether the time limit passed, rather than an error came
     * @param reason the error in one line; empty when the limit passed
     * @param since when it was asked
     */
    record Missing<T>(boolean tooSlow, String reason, Instant since) implements Answer<T> {
        /** Why there is nothing, in English, for programs. */
        public String inWords() {
            return tooSlow ? "no answer in time" : reason;
        }
    }

    /** Whether there is a value. */
    default boolean isKnown() {
        return this instanceof Known;
    }

    /** The value, or another one when there is none. */
    default T or(T other) {
        return this instanceof Known<T> known ? known.value() : other;
    }

    /** The answer to a question about the value. */
    default <R> Answer<R> map(Function<T, R> question) {
        if (this instanceof Known<T> known) {
            return new Known<>(question.apply(known.value()), known.at());
        }
        Missing<T> missing = (Missing<T>) this;
        return new Missing<>(missing.tooSlow(), missing.reason(), missing.since());
    }
}

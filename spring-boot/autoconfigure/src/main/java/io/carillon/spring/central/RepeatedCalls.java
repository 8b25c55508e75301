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
package io.carillon.spring.central;

import java.util.Optional;

/**
 * The port by which a command that a caller repeats, because its answer was lost, is not done twice: by the header {@code
 * Idempotency-Key}, within a day. Thread-safe.
 */
public interface RepeatedCalls {

    /**
     * Begins something that may be repeated.
     *
     * @param caller who asks: others may have the same key
     * @param what what is asked for: the same key may only ask for the same again
     * @return what was answered the first time; empty when this is the first time
     * @throws RuntimeException when the first is still being done, or the key was used for something else; answered as a problem
     */
    Optional<String> begin(String caller, String key, String what);

    /** Keeps what was answered. */
    void end(String caller, String key, String answer);

    /** Nothing was done: it may be tried again. */
    void forget(String caller, String key);
}

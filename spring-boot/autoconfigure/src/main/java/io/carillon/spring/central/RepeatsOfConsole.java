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

import io.carillon.console.api.Repeats;
import io.carillon.console.command.RefusedException;
import io.carillon.console.text.Texts;
import java.util.Optional;
import org.springframework.http.HttpStatus;

/** Keys of repeated calls among the console's records. Thread-safe. */
final class RepeatsOfConsole implements RepeatedCalls {

    private final Repeats repeats;

    RepeatsOfConsole(Repeats repeats) {
        this.repeats = repeats;
    }

    @Override
    public Optional<String> begin(String caller, String key, String what) {
        try {
            return repeats.begin(caller, key, what);
        } catch (RefusedException refused) {
            throw new ApiProblem.ProblemException(
                    HttpStatus.valueOf(refused.status()), Texts.ENGLISH.get(refused.key() + ".text", refused.values()));
        }
    }

    @Override
    public void end(String caller, String key, String answer) {
        repeats.end(caller, key, answer);
    }

    @Override
    public void forget(String caller, String key) {
        repeats.forget(caller, key);
    }
}

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
package io.carillon.console.screen.instances;

import io.carillon.console.ask.Answer;
import io.carillon.console.ask.Instances;
import io.carillon.console.ask.WhatIf;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the screen of one instance shows: what it is, what it holds, and what happens if it stops. Immutable.
 *
 * @param all what is known of all instances
 * @param whatIf empty when no job has it
 */
public record InstanceView(String id, Answer<Instances> all, Answer<Optional<WhatIf>> whatIf) {
    /** What is known of it; null while nothing is. */
    public Instances.@Nullable Row row() {
        return all instanceof Answer.Known<Instances> known ? known.value().find(id) : null;
    }

    /** Whether the registry answered that there is no such instance. */
    public boolean isUnknown() {
        return all.isKnown() && row() == null;
    }
}

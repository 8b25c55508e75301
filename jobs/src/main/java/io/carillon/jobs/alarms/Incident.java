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
package io.carillon.jobs.alarms;

import io.carillon.jobs.alarms.Finding.Severity;
import io.carillon.jobs.alarms.Finding.Subject;
import io.carillon.jobs.alarms.Finding.Symptom;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One trouble of one subject, from the moment it is seen until it has been over for a while. Immutable.
 *
 * @param group of a job; empty for none
 * @param severity as it is now
 * @param symptoms as they are now, or were last
 * @param since when it was first seen
 * @param openedAt when it had lasted long enough to be spoken of; null before
 * @param clearSince since when nothing is wrong; null while something is
 * @param told by channel, what was said there
 */
public record Incident(
        UUID id,
        Subject subject,
        String group,
        Severity severity,
        List<Symptom> symptoms,
        Instant since,
        @Nullable Instant openedAt,
        @Nullable Instant clearSince,
        Map<String, Told> told) {

    public Incident {
        symptoms = List.copyOf(symptoms);
        told = Map.copyOf(told);
    }

    /**
     * What a channel was last told of an incident. Immutable.
     *
     * @param severity the worst it was told of
     */
    public record Told(Severity severity, Instant at) {}
}

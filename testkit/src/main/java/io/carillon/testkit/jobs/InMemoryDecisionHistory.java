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
package io.carillon.testkit.jobs;

import io.carillon.jobs.history.Decision;
import io.carillon.jobs.history.DecisionHistory;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Decisions in memory, the latest state of each. Thread-safe. */
public final class InMemoryDecisionHistory implements DecisionHistory {

    private final Map<UUID, Decision> decisions = new LinkedHashMap<>();
    private long writes;

    @Override
    public synchronized void record(List<Decision> given) {
        writes += given.size();
        given.forEach(decision -> decisions.put(decision.id(), decision));
    }

    @Override
    public synchronized List<Decision> between(String jobName, Instant from, Instant to, int limit) {
        return decisions.values().stream()
                .filter(decision -> decision.jobName().equals(jobName)
                        && !decision.firstDue().isAfter(to)
                        && (!decision.lastDue().isBefore(from) || decision.isAbout(from)))
                .sorted(Comparator.comparing(Decision::firstDue).thenComparing(Decision::from))
                .limit(limit)
                .toList();
    }

    /** All of them, in the order in which they were first kept. */
    public synchronized List<Decision> all() {
        return List.copyOf(decisions.values());
    }

    /** How often something was written. */
    public synchronized long writes() {
        return writes;
    }
}

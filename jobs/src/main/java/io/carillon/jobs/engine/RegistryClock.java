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
package io.carillon.jobs.engine;

import io.carillon.jobs.JobConfiguration;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The registry's wall clock against this process's, as learned from the answers to this job's own commits: no request is made for
 * it. Confined to the job loop.
 */
final class RegistryClock {

    private Duration difference = Duration.ZERO;

    /**
     * A commit was answered. The registry's clock was read between the two moments, so the difference is known but for the time
     * between them, which counts as none.
     */
    void heard(Instant sent, long registryMillis, Instant answered) {
        if (registryMillis < 0) {
            return;
        }
        Instant registry = Instant.ofEpochMilli(registryMillis);
        // the registry tells whole milliseconds
        if (registry.isBefore(sent.minusMillis(1))) {
            difference = Duration.between(registry, sent);
        } else if (registry.isAfter(answered)) {
            difference = Duration.between(registry, answered);
        } else {
            difference = Duration.ZERO;
        }
    }

    /** How far this process is ahead of the registry, as last heard; negative: behind. */
    Duration difference() {
        return difference;
    }

    /** What is wrong with the clocks by the job's {@code maxTimeDiffSeconds}, or null. */
    @Nullable
    String problem(JobConfiguration configuration) {
        int most = configuration.getMaxTimeDiffSeconds();
        if (most < 0 || difference.abs().compareTo(Duration.ofSeconds(most)) <= 0) {
            return null;
        }
        return "maxTimeDiffSeconds: " + most + " (expected: clocks that differ by no more). This process is "
                + difference.abs() + (difference.isNegative() ? " behind" : " ahead of")
                + " the registry, at the claim of a firing of job '" + configuration.getJobName()
                + "'. Set the clocks of both by NTP.";
    }
}

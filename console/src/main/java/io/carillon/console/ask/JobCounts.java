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

import io.carillon.jobs.operations.JobQueries.Health;
import io.carillon.jobs.operations.JobQueries.JobStatus;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Jobs in figures. Immutable.
 *
 * @param levels how many jobs of each level there are, all levels
 * @param running how many have a shard that runs now
 */
public record JobCounts(int total, Map<Health.Level, Long> levels, long running) {
    public JobCounts {
        levels = Map.copyOf(levels);
    }

    public static JobCounts of(List<JobStatus> jobs) {
        Map<Health.Level, Long> levels = new EnumMap<>(Health.Level.class);
        for (Health.Level level : Health.Level.values()) {
            levels.put(level, 0L);
        }
        jobs.forEach(job -> levels.merge(job.health().level(), 1L, Long::sum));
        return new JobCounts(
                jobs.size(),
                levels,
                jobs.stream()
                        .filter(job -> job.items().stream().anyMatch(item -> item.runningOn() != null))
                        .count());
    }

    /** How many jobs are of a level. */
    public long of(Health.Level level) {
        return levels.getOrDefault(level, 0L);
    }
}

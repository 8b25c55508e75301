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
package io.carillon.jobs.coordination;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Decides who owns which item. Own strategies are registered with {@link java.util.ServiceLoader}, on all instances of the
 * job, as any of them may lead it.
 *
 * <p>Thread-safe, and pure: the same {@link Deal} gives the same owners on every instance and at any time. The leader asks
 * often and compares with the owners on record; a strategy that changes its mind makes it deal without end.
 */
public interface ShardingStrategy {

    /**
     * What is to be dealt. Immutable.
     *
     * @param instances the ids of those who take part, descending; not empty
     * @param total how many items, 1 or more
     * @param present the owner on record of each item of the last deal, from item 0; empty texts for none. Only a strategy
     *     that {@linkplain #movesAfterEachRun moves after each run} may look at it
     */
    record Deal(String jobName, List<String> instances, int total, List<String> present) {

        public Deal {
            instances = List.copyOf(instances);
            present = List.copyOf(present);
        }
    }

    /** The name under which {@code jobShardingStrategyType} asks for it. */
    String type();

    /** The owner of each item, from item 0: {@code total} ids, all of them from {@code instances}. */
    List<String> owners(Deal deal);

    /**
     * Whether the item of a job that has one is to be dealt anew after each run, starting from its present owner. In between
     * it stays, as long as its owner takes part. The items of a job with several stay, too, and are dealt anew only when an owner
     * leaves, or when dealing brings more instances to items than have any. Default false: dealt anew only when {@link #owners}
     * answers something else than before.
     */
    default boolean movesAfterEachRun() {
        return false;
    }

    /**
     * Finds a strategy.
     *
     * @param type its name; null: {@code AVG_ALLOCATION}
     * @return the strategy, or null when there is none of that name here
     */
    static @Nullable ShardingStrategy of(@Nullable String type) {
        return type == null ? StandardStrategy.AVG_ALLOCATION : StandardStrategy.ALL.find(type);
    }

    /** The names that {@link #of} knows. */
    static Set<String> types() {
        return StandardStrategy.ALL.types();
    }
}

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

import io.carillon.jobs.model.Extensions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The strategies that are always there, by ElasticJob's names; a leader of either engine deals alike. Pure. */
enum StandardStrategy implements ShardingStrategy {
    /** Consecutive runs of equal length, the rest one by one. */
    AVG_ALLOCATION {
        @Override
        public List<String> owners(Deal deal) {
            return average(deal.instances(), deal.total());
        }
    },
    /** The same, from the other end for every other job name, so that jobs with few items do not all meet on one instance. */
    ODEVITY {
        @Override
        public List<String> owners(Deal deal) {
            List<String> instances = new ArrayList<>(deal.instances());
            if (deal.jobName().hashCode() % 2 == 0) {
                Collections.reverse(instances);
            }
            return average(instances, deal.total());
        }
    },
    /**
     * The same, beginning at an instance that the job name tells. For the names whose hash is {@link Integer#MIN_VALUE}
     * ElasticJob's leader fails; here they begin where the hash taken as a number without sign points.
     */
    ROUND_ROBIN {
        @Override
        public List<String> owners(Deal deal) {
            int size = deal.instances().size();
            int hash = deal.jobName().hashCode();
            int offset = hash == Integer.MIN_VALUE ? Integer.remainderUnsigned(hash, size) : Math.abs(hash) % size;
            return average(turned(deal.instances(), offset), deal.total());
        }
    },
    /**
     * The items take turns: after each run they go to the next instance. Instances are told apart by their ids, so two of
     * one host take separate turns.
     */
    SINGLE_SHARDING_BALANCE {
        @Override
        public List<String> owners(Deal deal) {
            List<String> instances = deal.instances();
            String last = deal.present().isEmpty() ? "" : deal.present().get(0);
            int first;
            if (last.isEmpty()) {
                first = Math.floorMod(deal.jobName().hashCode(), instances.size());
            } else {
                // in descending order, so the next is the first that is smaller; after the last comes the first
                first = 0;
                while (first < instances.size() && instances.get(first).compareTo(last) >= 0) {
                    first++;
                }
                first %= instances.size();
            }
            return average(turned(instances, first), deal.total());
        }

        @Override
        public boolean movesAfterEachRun() {
            return true;
        }
    };

    static final Extensions<ShardingStrategy> ALL = new Extensions<>(
            ShardingStrategy.class,
            ShardingStrategy::type,
            Arrays.stream(values()).collect(Collectors.toMap(Enum::name, Function.<ShardingStrategy>identity())));

    @Override
    public String type() {
        return name();
    }

    private static List<String> average(List<String> instances, int total) {
        return List.of(AverageAllocation.allocate(instances, total));
    }

    private static List<String> turned(List<String> instances, int offset) {
        List<String> turned = new ArrayList<>(instances);
        Collections.rotate(turned, -offset);
        return turned;
    }
}

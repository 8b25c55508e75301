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

/**
 * Deals items in consecutive runs of equal length; the rest goes one by one to the first instances. The same as
 * ElasticJob's {@code AVG_ALLOCATION}, so that a leader of either engine deals alike. Pure.
 */
public final class AverageAllocation {

    private AverageAllocation() {}

    /**
     * The owner of each item.
     *
     * @param instances in descending order, not empty
     * @param total how many items
     */
    public static String[] allocate(List<String> instances, int total) {
        int share = total / instances.size();
        String[] owners = new String[total];
        for (int item = 0; item < total; item++) {
            int dealt = share * instances.size();
            owners[item] = item < dealt ? instances.get(item / share) : instances.get(item - dealt);
        }
        return owners;
    }
}

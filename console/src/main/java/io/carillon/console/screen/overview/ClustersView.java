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
package io.carillon.console.screen.overview;

import io.carillon.console.ask.Answer;
import io.carillon.console.ask.Answer.Known;
import io.carillon.console.ask.JobCounts;
import io.carillon.console.screen.overview.OverviewView.StoreRow;
import io.carillon.jobs.operations.JobQueries.Health;
import java.util.Comparator;
import java.util.List;

/**
 * All clusters at a glance. Immutable.
 *
 * @param rows worst first
 * @param stores the message stores, by name; empty for who may see no messages
 * @param seesMessages whether the visitor may see messages
 */
public record ClustersView(List<Row> rows, List<StoreRow> stores, boolean seesMessages) {
    public ClustersView {
        rows = rows.stream().sorted(WORST_FIRST).toList();
        stores = List.copyOf(stores);
    }

    /** What cannot be seen may be the worst; then the number of bad jobs, then of warnings. */
    private static final Comparator<Row> WORST_FIRST = Comparator.comparing(
                    (Row row) -> row.jobs().isKnown())
            .thenComparing(row -> -row.jobs(Health.Level.BAD))
            .thenComparing(row -> -row.jobs(Health.Level.WARNING))
            .thenComparing(Row::name);

    /**
     * One cluster.
     *
     * @param jobs those that the visitor may see
     */
    public record Row(String name, boolean readOnly, Answer<JobCounts> jobs) {
        /** How many jobs of a level are known. */
        long jobs(Health.Level level) {
            return jobs instanceof Known<JobCounts> known ? known.value().of(level) : 0;
        }
    }

    /** How many clusters do not answer. */
    public long silent() {
        return rows.stream().filter(row -> !row.jobs().isKnown()).count();
    }
}

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
import io.carillon.console.ask.Questions.Counts;
import io.carillon.jobs.operations.JobQueries.Health;
import io.carillon.jobs.operations.JobQueries.InstanceStatus;
import io.carillon.jobs.operations.JobQueries.JobStatus;
import io.carillon.messages.model.StoredMessage;
import java.util.List;
import java.util.Map;

/**
 * What the overview shows. Immutable.
 *
 * @param stores the message stores, by name
 * @param dead the latest dead messages of the stores that answered, newest first
 */
public record OverviewView(
        JobFilter filter,
        Answer<JobsPart> jobs,
        Answer<List<InstanceStatus>> instances,
        List<StoreRow> stores,
        List<DeadRow> dead) {

    /**
     * The jobs of one page of the list, worst first.
     *
     * @param counts how many jobs of each level there are, whatever the filter
     * @param total how many jobs there are
     * @param matching how many pass the filter
     * @param page from 1
     * @param pages at least 1
     */
    public record JobsPart(
            List<JobStatus> rows, Map<Health.Level, Long> counts, int total, int matching, int page, int pages) {}

    /** One message store. */
    public record StoreRow(String store, Answer<Counts> counts) {}

    /** A dead message and the store it is in. */
    public record DeadRow(String store, StoredMessage message) {}

    /** Whether every store answered. */
    public boolean allStoresAnswered() {
        return stores.stream().allMatch(row -> row.counts().isKnown());
    }

    /** How many items of a job have an owner that is online. */
    public long owned(JobStatus job) {
        return job.items().stream()
                .filter(item -> item.owner() != null && item.ownerOnline())
                .count();
    }
}

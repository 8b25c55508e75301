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
import io.carillon.console.ask.JobCounts;
import io.carillon.console.ask.Questions.Counts;
import io.carillon.jobs.operations.HealthReason;
import io.carillon.jobs.operations.JobQueries.InstanceStatus;
import io.carillon.jobs.operations.JobQueries.JobStatus;
import io.carillon.messages.model.StoredMessage;
import java.util.List;

/**
 * What the overview shows. Immutable.
 *
 * @param stores the message stores, by name
 * @param dead the latest dead messages of the stores that answered, newest first
 * @param seesAll whether the visitor may see the whole cluster; else instances and messages are not shown
 */
public record OverviewView(
        Answer<JobsPart> jobs,
        Answer<List<InstanceStatus>> instances,
        List<StoreRow> stores,
        List<DeadRow> dead,
        boolean seesAll) {

    /**
     * The jobs at a glance.
     *
     * @param counts how many jobs there are
     * @param reasons how many jobs have each reason, most frequent first
     * @param worst those that need somebody, worst first, some of them
     * @param needing how many need somebody
     * @param due those that run within the next hour, soonest first, some of them
     * @param dueCount how many these are
     */
    public record JobsPart(
            JobCounts counts,
            List<Reason> reasons,
            List<JobStatus> worst,
            int needing,
            List<JobStatus> due,
            int dueCount) {}

    /** A reason and how many jobs have it. */
    public record Reason(HealthReason.Code code, long jobs) {}

    /** One message store. */
    public record StoreRow(String store, Answer<Counts> counts) {}

    /** A dead message and the store it is in. */
    public record DeadRow(String store, StoredMessage message) {}

    /** Whether every store answered. */
    public boolean allStoresAnswered() {
        return stores.stream().allMatch(row -> row.counts().isKnown());
    }
}

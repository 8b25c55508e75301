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
import io.carillon.console.ask.Instances;
import io.carillon.console.ask.JobCounts;
import io.carillon.console.ask.Questions.Counts;
import io.carillon.jobs.alarms.Incident;
import io.carillon.jobs.operations.HealthReason;
import io.carillon.jobs.operations.JobQueries.JobStatus;
import io.carillon.messages.model.StoredMessage;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the overview shows. Immutable.
 *
 * @param stores the message stores, by name
 * @param dead the latest dead messages of the stores that answered, newest first
 * @param instances who runs the jobs, worst first
 * @param alarms what is open now; null where this application sends no alarms, or the visitor may not see them
 * @param seesAll whether the visitor may see the whole cluster; else instances and messages are not shown
 */
public record OverviewView(
        Answer<JobsPart> jobs,
        Answer<Instances> instances,
        List<StoreRow> stores,
        List<DeadRow> dead,
        @Nullable Answer<List<Incident>> alarms,
        boolean seesAll) {
    /** How many instances and alarms are shown. */
    public static final int MOST_ROWS = 10;

    private static final int LONGEST_REASON = 160;

    /**
     * The jobs at a glance.
     *
     * @param counts how many jobs there are
     * @param reasons how many jobs have each reason, most frequent first
     * @param worst those that need somebody, worst first, some of them
     * @param needing how many need somebody
     * @param due those that run within the next hour, soonest first, some of them
     * @param dueCount how many these are
     * @param leads how many jobs each instance leads
     * @param leaderless how many jobs with instances nobody leads
     */
    public record JobsPart(
            JobCounts counts,
            List<Reason> reasons,
            List<Needing> worst,
            int needing,
            List<JobStatus> due,
            int dueCount,
            Map<String, Long> leads,
            int leaderless) {
        /** How many jobs an instance leads. */
        public long leads(String instance) {
            return leads.getOrDefault(instance, 0L);
        }
    }

    /**
     * A job that needs somebody: its worst reason is told, the others are named.
     *
     * @param worst null when it has no reason
     * @param cause the first line of why it fails, where the worst reason does not say so; or empty
     * @param others the further reasons, each once
     */
    public record Needing(JobStatus job, @Nullable HealthReason worst, String cause, List<HealthReason.Code> others) {
        static Needing of(JobStatus job) {
            List<HealthReason> reasons = job.health().reasons();
            if (reasons.isEmpty()) {
                return new Needing(job, null, "", List.of());
            }
            HealthReason worst = reasons.get(0);
            String cause = "";
            if (cause(worst).isEmpty()) {
                for (HealthReason reason : reasons) {
                    cause = cause.isEmpty() ? cause(reason) : cause;
                }
            }
            return new Needing(
                    job,
                    worst,
                    cause,
                    reasons.stream()
                            .map(HealthReason::code)
                            .filter(code -> code != worst.code())
                            .distinct()
                            .toList());
        }

        private static String cause(HealthReason reason) {
            int at =
                    switch (reason.code()) {
                        case LAST_FAILED -> 0;
                        case FAILING_ALIKE -> 2;
                        default -> -1;
                    };
            return at < 0 || at >= reason.arguments().size()
                    ? ""
                    : reason.arguments().get(at);
        }
    }

    /** A text as long as a row of a list bears. */
    public static String cut(String text) {
        return text.length() <= LONGEST_REASON
                ? text
                : text.substring(0, LONGEST_REASON - 1).strip() + "…";
    }

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

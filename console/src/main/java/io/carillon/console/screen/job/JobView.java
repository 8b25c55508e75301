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
package io.carillon.console.screen.job;

import io.carillon.console.ask.Answer;
import io.carillon.console.command.Trail;
import io.carillon.jobs.history.RunRecord;
import io.carillon.jobs.operations.JobQueries.ItemStatus;
import io.carillon.jobs.operations.JobQueries.JobStatus;
import io.carillon.jobs.operations.JobRequests.RequestStatus;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the job screen shows. Immutable.
 *
 * @param job empty when the registry has no such job
 * @param runs the latest, newest first
 * @param requests what people asked for beside the schedule, newest first
 * @param trail what people did with this job, newest first
 */
public record JobView(
        String jobName,
        Answer<Optional<JobStatus>> job,
        Answer<List<RunRecord>> runs,
        Answer<List<RequestStatus>> requests,
        Answer<List<Trail.Entry>> trail) {
    /** With more shards than this the map has no column per instance. */
    private static final int MOST_COLUMNS = 8;

    /** Whether the registry answered that there is no such job. */
    public boolean isUnknown() {
        return job.isKnown() && job.or(Optional.empty()).isEmpty();
    }

    /** The first line of a stack trace: class and message. */
    public String firstLine(String cause) {
        return cause.strip().lines().findFirst().orElse("");
    }

    /** The columns of the shard map: instances that are online, then those that own or run something and are not. */
    public List<String> columns(JobStatus status) {
        Set<String> columns = new LinkedHashSet<>(status.instances());
        for (ItemStatus item : status.items()) {
            if (item.owner() != null) {
                columns.add(item.owner());
            }
            if (item.runningOn() != null && !item.runningOn().isEmpty()) {
                columns.add(item.runningOn());
            }
        }
        return List.copyOf(columns);
    }

    /** Whether the map has a column per instance; with more it names the owner instead. */
    public boolean isMap(JobStatus status) {
        int columns = columns(status).size();
        return columns > 0 && columns <= MOST_COLUMNS;
    }

    /** What an item is to an instance: a key of a text and of a style, or empty. */
    public String cell(ItemStatus item, String instance) {
        boolean runs = instance.equals(item.runningOn());
        boolean owns = instance.equals(item.owner());
        if (runs) {
            return owns ? (item.failover() ? "takeover" : "running") : "elsewhere";
        }
        if (!owns) {
            return "";
        }
        return item.disabled() ? "disabled" : item.ownerOnline() ? "owned" : "lost";
    }

    /** The fencing number of an item's newest run that is known here; it grows from claim to claim. Null when there is none. */
    public @Nullable Long fence(ItemStatus item) {
        return runs.or(List.of()).stream()
                .filter(run -> run.shardingItem() == item.item())
                .map(RunRecord::fence)
                .max(Comparator.naturalOrder())
                .orElse(null);
    }

    /** Whether an item has nobody who could run it. */
    public boolean isUnowned(ItemStatus item) {
        return item.owner() == null;
    }
}

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

import io.carillon.console.ask.AlarmDesk;
import io.carillon.console.ask.Answer;
import io.carillon.console.command.Trail;
import io.carillon.jobs.history.RunRecord;
import io.carillon.jobs.operations.JobMoves;
import io.carillon.jobs.operations.JobMoves.Move;
import io.carillon.jobs.operations.JobQueries.ItemStatus;
import io.carillon.jobs.operations.JobQueries.JobStatus;
import io.carillon.jobs.operations.JobQueries.ServerStatus;
import io.carillon.jobs.operations.JobRequests.RequestStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
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
 * @param moves which shards change their owner, and which did
 * @param servers the servers of the job
 * @param alarmSetting whether anybody is told when the job is not well
 * @param alarms what they were told; null where this application sends no alarms
 */
public record JobView(
        String jobName,
        Answer<Optional<JobStatus>> job,
        Answer<List<RunRecord>> runs,
        Answer<List<RequestStatus>> requests,
        Answer<List<Trail.Entry>> trail,
        Answer<JobMoves> moves,
        Answer<List<ServerStatus>> servers,
        AlarmDesk.Setting alarmSetting,
        @Nullable Answer<AlarmDesk.OfJob> alarms) {
    /** With more instances than this the map has no column for each. */
    private static final int MOST_COLUMNS = 8;
    /** How many moves that are to come are listed at once; the others are a step away. */
    public static final int MOST_LINES = 20;

    /** For how long the map draws a move that was seen. */
    private static final Duration DRAWN = Duration.ofMinutes(15);

    /** Whether the registry answered that there is no such job. */
    public boolean isUnknown() {
        return job.isKnown() && job.or(Optional.empty()).isEmpty();
    }

    /** The first line of a stack trace: class and message. */
    public String firstLine(String cause) {
        return cause.strip().lines().findFirst().orElse("");
    }

    /** What is known of the moves; none while the registry does not answer. */
    public JobMoves known() {
        return moves.or(JobMoves.NONE);
    }

    /** The moves that were seen lately, each shard's last one, as far as nobody has taken the shard from its new owner. */
    public List<Move> lately(JobStatus status, Instant now) {
        Set<Integer> told = new HashSet<>();
        List<Move> lately = new ArrayList<>();
        for (Move move : known().seen()) {
            Instant at = move.at();
            boolean last = told.add(move.item());
            boolean holds = status.items().stream()
                    .anyMatch(item -> item.item() == move.item() && Objects.equals(item.owner(), move.to()));
            if (last && holds && at != null && at.plus(DRAWN).isAfter(now)) {
                lately.add(move);
            }
        }
        return lately;
    }

    /** Whether a shard moved lately. */
    public boolean hasMoved(ItemStatus item, List<Move> lately) {
        return lately.stream().anyMatch(move -> move.item() == item.item());
    }

    /** Where a shard goes at the next deal; null when it stays. */
    public @Nullable Move next(ItemStatus item) {
        return known().foretold().stream()
                .filter(move -> move.item() == item.item())
                .findFirst()
                .orElse(null);
    }

    /**
     * The columns of the shard map: instances that are online, then those that own or run something and are not, then those that
     * lost a shard lately as far as there is room.
     */
    public List<String> columns(JobStatus status, Instant now) {
        Set<String> columns = new LinkedHashSet<>(status.instances());
        for (ItemStatus item : status.items()) {
            if (item.owner() != null) {
                columns.add(item.owner());
            }
            if (item.runningOn() != null && !item.runningOn().isEmpty()) {
                columns.add(item.runningOn());
            }
        }
        for (Move move : lately(status, now)) {
            if (move.from() != null && columns.size() < MOST_COLUMNS) {
                columns.add(move.from());
            }
        }
        return List.copyOf(columns);
    }

    /** Whether the map has a column per instance; with more it names the owner instead. */
    public boolean isMap(JobStatus status, Instant now) {
        int columns = columns(status, now).size();
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

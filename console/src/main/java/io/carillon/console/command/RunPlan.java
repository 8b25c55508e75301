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
package io.carillon.console.command;

import io.carillon.jobs.operations.JobQueries.ItemStatus;
import io.carillon.jobs.operations.JobQueries.JobStatus;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Where a run that somebody asks for would go, as the job is at this moment. Immutable.
 *
 * @param items what becomes of which shard, by number; those that are not meant are left out
 * @param disabled whether the job is switched off, so that nothing of it begins before it is on again
 * @param dealtFirst whether the shards are dealt anew before they run, so that owners may be others then
 */
public record RunPlan(List<Item> items, boolean disabled, boolean dealtFirst) {
    /** What becomes of a shard. */
    public enum Fate {
        /** Its owner runs it at once. */
        RUNS,
        /** Its owner runs it when the run that is under way has ended. */
        WAITS,
        /** Nobody who is online owns it: it runs when it has been dealt. */
        NO_OWNER,
        /** It is switched off: it is left out. */
        OFF
    }

    /**
     * One shard.
     *
     * @param owner the id of the instance that owns it, or null
     * @param runningSince since when it is known to run, or null
     */
    public record Item(
            int item,
            String parameter,
            @Nullable String owner,
            Fate fate,
            @Nullable Instant runningSince) {}

    public RunPlan {
        items = List.copyOf(items);
    }

    /**
     * Plans a run; the same rules decide when it is asked for in earnest.
     *
     * @param items which shards; empty: all
     * @param instances those that these own now, of the shards; empty: all owners
     * @param evenIfDisabled whether it is to be asked for though the job is switched off
     * @throws RefusedException when it would be refused
     */
    public static RunPlan of(JobStatus job, List<Integer> items, List<String> instances, boolean evenIfDisabled) {
        if (job.disabled() && !evenIfDisabled) {
            throw new RefusedException(409, "problem.disabledJob", job.jobName());
        }
        for (String instance : instances) {
            if (!job.instances().contains(instance)) {
                throw new RefusedException(422, "problem.noSuchInstance", instance, job.jobName());
            }
        }
        Set<Integer> meant = new TreeSet<>(items);
        for (int item : meant) {
            if (job.items().stream().noneMatch(known -> known.item() == item)) {
                throw new RefusedException(422, "problem.item", String.valueOf(item));
            }
        }
        Set<String> owners = new HashSet<>(instances);
        List<Item> planned = new ArrayList<>();
        for (ItemStatus item : job.items()) {
            boolean asked = meant.isEmpty() || meant.contains(item.item());
            if (asked && (owners.isEmpty() || owners.contains(item.owner()))) {
                planned.add(new Item(item.item(), item.parameter(), item.owner(), fate(item), item.runningSince()));
            }
        }
        RunPlan plan = new RunPlan(planned, job.disabled(), job.items().isEmpty() || job.reshardingPending());
        if (!instances.isEmpty() && plan.runnable().isEmpty()) {
            throw new RefusedException(422, "problem.ownsNone", String.join(", ", instances), job.jobName());
        }
        return plan;
    }

    private static Fate fate(ItemStatus item) {
        if (item.disabled()) {
            return Fate.OFF;
        }
        if (item.owner() == null || !item.ownerOnline()) {
            return Fate.NO_OWNER;
        }
        return item.runningOn() != null ? Fate.WAITS : Fate.RUNS;
    }

    /** The shards that would run, sooner or later. */
    public List<Integer> runnable() {
        return items.stream()
                .filter(item -> item.fate() != Fate.OFF)
                .map(Item::item)
                .toList();
    }

    /** How many shards have a fate. */
    public int count(Fate fate) {
        return (int) items.stream().filter(item -> item.fate() == fate).count();
    }
}

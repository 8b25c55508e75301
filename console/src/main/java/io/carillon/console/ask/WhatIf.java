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
package io.carillon.console.ask;

import io.carillon.console.ConsoleCluster;
import io.carillon.console.access.Visitor;
import io.carillon.console.ask.Answer.Known;
import io.carillon.console.ask.Ask.Question;
import io.carillon.jobs.operations.JobQueries.ItemStatus;
import io.carillon.jobs.operations.JobQueries.JobStatus;
import io.carillon.jobs.operations.JobQueries.StopPreview;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What happens to the jobs of an instance if it stops, as far as a visitor may see them; worst first. Immutable.
 *
 * @param jobs those that it is online for, or owns items of
 * @param hidden how many further jobs it is online for, which the visitor may not see
 */
public record WhatIf(List<Job> jobs, int hidden) {

    /** What becomes of the items of a job; the worse, the earlier. */
    public enum Fate {
        /** No instance is left to run them. */
        NOBODY,
        /** The sharding is static: they stay without an owner. */
        STAYS,
        /** Others are there, but who gets which is not known. */
        UNKNOWN,
        /** Others take them. */
        MOVES,
        /** It owns none. */
        NOTHING;

        /** Its name in texts. */
        public String key() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * One job.
     *
     * @param items which it owns
     * @param running which it runs now
     * @param others how many other instances are online for it
     * @param takers who would get which of the items, by instance
     * @param wander how many further items would change hands between those that stay
     * @param spareless whether one instance would be left
     * @param leads whether the instance leads it
     */
    public record Job(
            String name,
            List<Integer> items,
            List<Integer> running,
            int others,
            Fate fate,
            Map<String, List<Integer>> takers,
            int wander,
            boolean spareless,
            boolean leads) {}

    private static final Comparator<Job> WORST_FIRST = Comparator.comparing(Job::fate)
            .thenComparing(job -> !job.spareless())
            .thenComparing(Job::name);

    /** Asks what the engine foretells, as far as a visitor may see it; empty when no job has the instance. */
    public static Answer<Optional<WhatIf>> ask(
            Questions questions, Visitor visitor, ConsoleCluster cluster, String instance) {
        Question<Optional<StopPreview>> preview = questions.whatIf(cluster, instance);
        Question<List<JobStatus>> jobs = questions.jobs(cluster);
        Answer<List<JobStatus>> visible = questions.visible(visitor, cluster, jobs);
        if (!(visible instanceof Known<List<JobStatus>> seen)) {
            return visible.map(none -> Optional.empty());
        }
        int online = (int) jobs.answer().or(List.of()).stream()
                .filter(job -> job.instances().contains(instance))
                .count();
        return preview.answer().map(found -> found.map(one -> of(one, seen.value(), online)));
    }

    /**
     * Puts together what the engine foretells and what the visitor may see.
     *
     * @param preview of all jobs
     * @param visible the jobs that the visitor may see
     * @param online how many jobs the instance is online for
     */
    static WhatIf of(StopPreview preview, List<JobStatus> visible, int online) {
        List<Job> jobs = new ArrayList<>();
        int shown = 0;
        for (JobStatus job : visible) {
            boolean member = job.instances().contains(preview.instance());
            shown += member ? 1 : 0;
            if (member
                    || job.items().stream().anyMatch(item -> preview.instance().equals(item.owner()))) {
                jobs.add(job(preview, job));
            }
        }
        jobs.sort(WORST_FIRST);
        return new WhatIf(List.copyOf(jobs), Math.max(0, online - shown));
    }

    private static Job job(StopPreview preview, JobStatus job) {
        String id = preview.instance();
        List<Integer> items = job.items().stream()
                .filter(item -> id.equals(item.owner()))
                .map(ItemStatus::item)
                .toList();
        StopPreview.Move move = preview.moves().stream()
                .filter(one -> one.jobName().equals(job.jobName()))
                .findFirst()
                .orElse(null);
        Map<String, List<Integer>> takers = new TreeMap<>();
        if (move != null) {
            new TreeMap<>(move.owners())
                    .forEach((item, owner) -> takers.computeIfAbsent(owner, ignored -> new ArrayList<>())
                            .add(item));
        }
        int others = (int)
                job.instances().stream().filter(other -> !other.equals(id)).count();
        Fate fate;
        if (preview.stopped().contains(job.jobName()) || (others == 0 && !items.isEmpty())) {
            fate = Fate.NOBODY;
        } else if (items.isEmpty()) {
            fate = Fate.NOTHING;
        } else if (move == null) {
            // it is switched off there: its items are dealt to others anyway
            fate = Fate.UNKNOWN;
        } else if (move.stays()) {
            fate = Fate.STAYS;
        } else {
            fate = takers.isEmpty() ? Fate.UNKNOWN : Fate.MOVES;
        }
        return new Job(
                job.jobName(),
                items,
                preview.running().getOrDefault(job.jobName(), List.of()),
                others,
                fate,
                takers,
                move == null ? 0 : move.others(),
                preview.spareless().contains(job.jobName()),
                id.equals(job.leader()));
    }

    /** How many jobs would have nobody left. */
    public long orphans() {
        return jobs.stream().filter(job -> job.fate() == Fate.NOBODY).count();
    }

    /** How many jobs one instance would be left for. */
    public long spareless() {
        return jobs.stream().filter(Job::spareless).count();
    }

    /** How many items it owns. */
    public long items() {
        return jobs.stream().mapToLong(job -> job.items().size()).sum();
    }

    /** How many items it runs now. */
    public long running() {
        return jobs.stream().mapToLong(job -> job.running().size()).sum();
    }
}

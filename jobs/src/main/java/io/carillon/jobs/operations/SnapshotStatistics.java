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
package io.carillon.jobs.operations;

import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.coordination.JobPaths;
import io.carillon.jobs.coordination.JobTree;
import io.carillon.jobs.operations.JobQueries.Health;
import io.carillon.jobs.operations.JobQueries.JobStatus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Counts in the snapshot of a namespace. Thread-safe. */
final class SnapshotStatistics implements JobStatistics {

    private final NamespaceView view;
    private final JobQueries queries;
    private final Duration timeout;

    SnapshotStatistics(NamespaceView view, JobQueries queries, Duration timeout) {
        this.view = view;
        this.queries = queries;
        this.timeout = timeout;
    }

    /** A job as the counting sees it. */
    private record Seen(NamespaceView view, JobTree tree) {

        /** Null when it cannot be used. */
        @Nullable
        JobConfiguration configuration() {
            return view.parsed(tree).configuration();
        }
    }

    /** Looks at all jobs at one moment. */
    private <T> T look(Function<Map<String, Seen>, T> question) {
        return view.look(timeout, trees -> {
            Map<String, Seen> seen = new TreeMap<>();
            trees.forEach((name, tree) -> {
                if (tree.exists(tree.paths().config())) {
                    seen.put(name, new Seen(view, tree));
                }
            });
            return question.apply(seen);
        });
    }

    @Override
    public int jobCount() {
        return look(Map::size);
    }

    @Override
    public List<JobBrief> jobs() {
        Map<String, Health> healths =
                queries.jobs().stream().collect(Collectors.toMap(JobStatus::jobName, JobStatus::health));
        return look(jobs -> {
            List<JobBrief> briefs = new ArrayList<>();
            jobs.forEach((name, job) -> {
                Health health = healths.get(name);
                if (health != null) {
                    briefs.add(brief(name, job, job.tree.instances().size(), stateOf(job.tree), health));
                }
            });
            return List.copyOf(briefs);
        });
    }

    @Override
    public Optional<JobBrief> job(String jobName) {
        return queries.job(jobName).flatMap(status -> look(jobs -> Optional.ofNullable(jobs.get(jobName)))
                .map(job -> brief(jobName, job, job.tree.instances().size(), stateOf(job.tree), status.health())));
    }

    @Override
    public List<JobBrief> jobsOf(String serverIp) {
        Map<String, Health> healths =
                queries.jobs().stream().collect(Collectors.toMap(JobStatus::jobName, JobStatus::health));
        return look(jobs -> {
            List<JobBrief> briefs = new ArrayList<>();
            jobs.forEach((name, job) -> {
                Health health = healths.get(name);
                if (health != null && job.tree.exists(job.tree.paths().server(serverIp))) {
                    long instances = job.tree.instances().stream()
                            .filter(id -> JobPaths.ipOf(id).equals(serverIp))
                            .count();
                    briefs.add(brief(
                            name,
                            job,
                            (int) instances,
                            isDisabled(job.tree, serverIp) ? JobState.DISABLED : JobState.OK,
                            health));
                }
            });
            return List.copyOf(briefs);
        });
    }

    private static JobBrief brief(String name, Seen job, int instances, JobState state, Health health) {
        JobConfiguration configuration = job.configuration();
        return new JobBrief(
                name,
                configuration == null ? "" : configuration.getDescription(),
                configuration == null ? null : configuration.getCron(),
                instances,
                configuration == null ? job.tree.items().size() : configuration.getShardingTotalCount(),
                state,
                health);
    }

    private static JobState stateOf(JobTree tree) {
        if (tree.instances().isEmpty()) {
            return JobState.CRASHED;
        }
        List<String> servers = tree.children(tree.paths().servers());
        if (servers.stream().allMatch(ip -> isDisabled(tree, ip))) {
            return JobState.DISABLED;
        }
        List<Integer> owned = tree.items().stream()
                .filter(item -> tree.exists(tree.paths().owner(item)))
                .toList();
        return owned.isEmpty() || owned.stream().anyMatch(item -> !hasOwnerOnline(tree, item))
                ? JobState.SHARDING_FLAG
                : JobState.OK;
    }

    private static boolean isDisabled(JobTree tree, String serverIp) {
        return JobPaths.DISABLED.equals(tree.data(tree.paths().server(serverIp)));
    }

    private static boolean hasOwnerOnline(JobTree tree, int item) {
        String owner = tree.owner(item);
        return owner != null && tree.isOnline(owner);
    }

    @Override
    public int serverCount() {
        return look(jobs -> addresses(jobs).size());
    }

    private static Set<String> addresses(Map<String, Seen> jobs) {
        Set<String> addresses = new TreeSet<>();
        jobs.values()
                .forEach(job ->
                        addresses.addAll(job.tree.children(job.tree.paths().servers())));
        return addresses;
    }

    @Override
    public List<ServerBrief> servers() {
        return look(jobs -> {
            Map<String, Counts> servers = new TreeMap<>();
            for (Seen job : jobs.values()) {
                for (String ip : job.tree.children(job.tree.paths().servers())) {
                    Counts counts = servers.computeIfAbsent(ip, ignored -> new Counts());
                    counts.jobs++;
                    counts.disabled += isDisabled(job.tree, ip) ? 1 : 0;
                }
            }
            for (Seen job : jobs.values()) {
                for (String id : job.tree.instances()) {
                    Counts counts = servers.get(JobPaths.ipOf(id));
                    if (counts != null) {
                        counts.instances.add(id);
                    }
                }
            }
            List<ServerBrief> briefs = new ArrayList<>();
            servers.forEach((ip, counts) ->
                    briefs.add(new ServerBrief(ip, List.copyOf(counts.instances), counts.jobs, counts.disabled)));
            return List.copyOf(briefs);
        });
    }

    /** What is counted for one server. */
    private static final class Counts {
        private final Set<String> instances = new TreeSet<>();
        private int jobs;
        private int disabled;
    }

    @Override
    public List<ItemBrief> items(String jobName) {
        return look(jobs -> {
            Seen job = jobs.get(jobName);
            if (job == null) {
                throw ServerCommands.missingJob(jobName, view.namespace());
            }
            JobTree tree = job.tree;
            JobConfiguration configuration = job.configuration();
            List<Integer> items = configuration == null
                    ? tree.items()
                    : IntStream.range(0, configuration.getShardingTotalCount())
                            .boxed()
                            .toList();
            return items.stream()
                    .map(item -> {
                        String owner = tree.owner(item);
                        return new ItemBrief(
                                item,
                                owner == null ? null : JobPaths.ipOf(owner),
                                owner,
                                tree.isTakenOver(item),
                                itemState(tree, item));
                    })
                    .toList();
        });
    }

    private static ItemState itemState(JobTree tree, int item) {
        if (tree.isDisabled(item)) {
            return ItemState.DISABLED;
        }
        if (tree.isRunning(item)) {
            return ItemState.RUNNING;
        }
        return hasOwnerOnline(tree, item) ? ItemState.PENDING : ItemState.SHARDING_FLAG;
    }
}

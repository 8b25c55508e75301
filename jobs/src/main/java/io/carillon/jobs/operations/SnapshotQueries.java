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
import io.carillon.jobs.coordination.ShardingStrategy;
import io.carillon.jobs.history.RunHistory;
import io.carillon.jobs.history.RunRecord;
import io.carillon.jobs.scheduling.CronSchedule;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers from the snapshot of a namespace and from the run history. Thread-safe. */
final class SnapshotQueries implements JobQueries {

    private static final Logger LOG = LoggerFactory.getLogger(SnapshotQueries.class);
    private static final int LAST_RUNS = 1_000;

    private final NamespaceView view;
    private final RunHistory history;
    private final InstantSource time;
    private final Duration timeout;

    SnapshotQueries(NamespaceView view, RunHistory history, InstantSource time, Duration timeout) {
        this.view = view;
        this.history = history;
        this.time = time;
        this.timeout = timeout;
    }

    @Override
    public List<JobStatus> jobs() {
        Map<String, RunRecord> last = new HashMap<>();
        Past past = past("", LAST_RUNS);
        past.runs.forEach(run -> last.putIfAbsent(run.jobName(), run));
        Instant now = time.instant();
        return view.look(timeout, trees -> {
            List<JobStatus> jobs = new ArrayList<>();
            trees.forEach((name, tree) -> {
                if (tree.exists(tree.paths().config())) {
                    jobs.add(status(name, tree, last.get(name), past.problem, now));
                }
            });
            return List.copyOf(jobs);
        });
    }

    @Override
    public Optional<JobStatus> job(String jobName) {
        Past past = past(jobName, 1);
        Instant now = time.instant();
        return view.look(timeout, trees -> {
            JobTree tree = trees.get(jobName);
            return tree == null || !tree.exists(tree.paths().config())
                    ? Optional.empty()
                    : Optional.of(
                            status(jobName, tree, past.runs.isEmpty() ? null : past.runs.get(0), past.problem, now));
        });
    }

    @Override
    public List<InstanceStatus> instances() {
        return view.look(timeout, trees -> {
            Map<String, int[]> counts = new TreeMap<>();
            trees.values().forEach(tree -> {
                tree.instances().forEach(id -> counts.computeIfAbsent(id, ignored -> new int[2])[0]++);
                for (int item : tree.items()) {
                    String owner = tree.owner(item);
                    int[] count = owner == null || !tree.isOnline(owner) ? null : counts.get(owner);
                    if (count != null) {
                        count[1]++;
                    }
                }
            });
            List<InstanceStatus> instances = new ArrayList<>();
            counts.forEach((id, count) -> instances.add(new InstanceStatus(id, JobPaths.ipOf(id), count[0], count[1])));
            return List.copyOf(instances);
        });
    }

    @Override
    public List<RunRecord> runs(String jobName, int limit) {
        return history.latest(jobName, limit);
    }

    /** What the history answered, or why it did not. */
    private record Past(List<RunRecord> runs, @Nullable String problem) {}

    private Past past(String jobName, int limit) {
        try {
            return new Past(history.latest(jobName, limit), null);
        } catch (RuntimeException e) {
            LOG.debug("the run history does not answer", e);
            String message = e.getMessage();
            return new Past(List.of(), message == null ? e.getClass().getSimpleName() : firstLine(message));
        }
    }

    private JobStatus status(
            String name, JobTree tree, @Nullable RunRecord last, @Nullable String historyUnknown, Instant now) {
        JobPaths paths = tree.paths();
        NamespaceView.Parsed stored = view.parsed(tree);
        JobConfiguration configuration = stored.configuration();
        List<String> servers = tree.children(paths.servers());
        boolean disabled = !servers.isEmpty()
                && servers.stream().allMatch(ip -> JobPaths.DISABLED.equals(tree.data(paths.server(ip))));
        List<String> instances = tree.children(paths.instances());
        Map<Integer, String> parameters = configuration == null ? Map.of() : configuration.shardingParameters();
        int total = configuration == null ? tree.items().size() : configuration.getShardingTotalCount();
        List<ItemStatus> items = new ArrayList<>();
        int unowned = 0;
        int running = 0;
        for (int item = 0; item < total; item++) {
            String owner = tree.owner(item);
            boolean online = owner != null && tree.isOnline(owner);
            String runner = null;
            if (tree.isRunning(item)) {
                running++;
                String known = tree.runningBy(item);
                runner = known != null ? known : owner;
            }
            unowned += online ? 0 : 1;
            items.add(new ItemStatus(
                    item,
                    parameters.getOrDefault(item, ""),
                    owner,
                    online,
                    runner,
                    tree.isDisabled(item),
                    tree.exists(paths.failover(item))));
        }
        String cron = configuration == null ? null : configuration.getCron();
        CronSchedule schedule =
                cron == null || configuration == null ? null : CronSchedule.of(cron, configuration.getTimeZone());
        String jobClass = tree.data(paths.root());
        String strategy = configuration == null ? null : configuration.getJobShardingStrategyType();
        boolean neverDealt = tree.items().isEmpty();
        JobHealth.Facts facts = new JobHealth.Facts(
                stored.unusable(),
                disabled,
                instances.size(),
                tree.leader() != null,
                total,
                unowned,
                tree.isReshardingPending() || neverDealt,
                running,
                last == null || schedule == null ? null : schedule.next(last.scheduledTime()),
                last == null || last.outcome() != RunRecord.Outcome.FAILED ? null : firstLine(last.cause()),
                historyUnknown,
                strategy == null || ShardingStrategy.of(strategy) != null ? null : strategy);
        return new JobStatus(
                name,
                jobClass == null ? "" : jobClass,
                cron,
                schedule == null
                        ? ZoneId.systemDefault().getId()
                        : schedule.zone().getId(),
                configuration == null ? "" : configuration.getDescription(),
                disabled,
                instances,
                tree.leader(),
                tree.isReshardingPending(),
                List.copyOf(items),
                disabled || schedule == null ? null : schedule.next(now),
                last,
                JobHealth.of(facts, now));
    }

    private static String firstLine(@Nullable String cause) {
        return cause == null ? "no cause on record" : cause.lines().findFirst().orElse("");
    }
}

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
import io.carillon.jobs.coordination.ZonesForPeers;
import io.carillon.jobs.history.Decision;
import io.carillon.jobs.history.DecisionHistory;
import io.carillon.jobs.history.RunHistory;
import io.carillon.jobs.history.RunRecord;
import io.carillon.jobs.scheduling.CronSchedule;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers from the snapshot of a namespace and from the run history. Thread-safe. */
final class SnapshotQueries implements JobQueries {

    private static final Logger LOG = LoggerFactory.getLogger(SnapshotQueries.class);
    private static final int LAST_RUNS = 1_000;
    private static final int LAST_RUNS_OF_ONE = 200;
    private static final int MOST_RECORDS = 10_000;

    private final NamespaceView view;
    private final RunHistory history;
    private final DecisionHistory decisions;
    private final InstantSource time;
    private final Duration timeout;
    private final OrderInstances orders;

    SnapshotQueries(
            NamespaceView view,
            RunHistory history,
            DecisionHistory decisions,
            InstantSource time,
            Duration timeout,
            OrderInstances orders) {
        this.orders = orders;
        this.view = view;
        this.history = history;
        this.decisions = decisions;
        this.time = time;
        this.timeout = timeout;
    }

    @Override
    public List<JobStatus> jobs() {
        Map<String, List<RunRecord>> latest = new HashMap<>();
        Past past = past("", LAST_RUNS);
        past.runs.forEach(run -> latest.computeIfAbsent(run.jobName(), ignored -> new ArrayList<>())
                .add(run));
        Instant now = time.instant();
        return view.look(timeout, trees -> {
            List<JobStatus> jobs = new ArrayList<>();
            trees.forEach((name, tree) -> {
                if (tree.exists(tree.paths().config())) {
                    jobs.add(status(name, tree, latest.getOrDefault(name, List.of()), past.problem, now));
                }
            });
            return List.copyOf(jobs);
        });
    }

    @Override
    public Optional<JobStatus> job(String jobName) {
        Past past = past(jobName, LAST_RUNS_OF_ONE);
        Instant now = time.instant();
        return view.look(timeout, trees -> {
            JobTree tree = trees.get(jobName);
            return tree == null || !tree.exists(tree.paths().config())
                    ? Optional.empty()
                    : Optional.of(status(jobName, tree, past.runs, past.problem, now));
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

    @Override
    public Explanation why(String jobName, Instant from, Instant to) {
        if (to.isBefore(from)) {
            throw new IllegalArgumentException(
                    "to: " + to + " (expected: not before " + from + "). Nothing was looked up; turn the slot round.");
        }
        List<RunRecord> runs = history.planned(jobName, from, to, MOST_RECORDS);
        List<Decision> said = decisions.between(jobName, from, to, MOST_RECORDS);
        boolean cut = runs.size() >= MOST_RECORDS || said.size() >= MOST_RECORDS;
        ExplainFirings.Facts facts = view.look(timeout, trees -> {
            JobTree tree = trees.get(jobName);
            String text = tree == null ? null : tree.data(tree.paths().config());
            if (tree == null || text == null) {
                throw new IllegalArgumentException("job: '" + jobName
                        + "' (expected: a job of this namespace). Nothing was looked up; check the name.");
            }
            JobConfiguration configuration = view.parsed(tree).configuration();
            Map<Integer, String> owners = new HashMap<>();
            Map<Integer, String> running = new HashMap<>();
            for (int item : tree.items()) {
                String owner = tree.owner(item);
                if (owner != null) {
                    owners.put(item, owner);
                }
                if (tree.isRunning(item)) {
                    String known = tree.runningBy(item);
                    running.put(item, known != null ? known : owner != null ? owner : "");
                }
            }
            return new ExplainFirings.Facts(
                    jobName,
                    configuration == null ? null : configuration.schedule(),
                    configuration == null ? tree.items().size() : configuration.getShardingTotalCount(),
                    owners,
                    running,
                    runs,
                    said,
                    cut);
        });
        return ExplainFirings.of(facts, from, to, time.instant());
    }

    @Override
    public List<FailedItem> failedItems(String jobName) {
        return orders.failedItems(jobName);
    }

    @Override
    public List<String> drainedInstances() {
        return orders.drainedInstances();
    }

    @Override
    public Runnable onChange(Consumer<String> listener) {
        return view.onChange(listener);
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

    /** @param latest its runs, newest first */
    private JobStatus status(
            String name, JobTree tree, List<RunRecord> latest, @Nullable String historyUnknown, Instant now) {
        RunRecord last = latest.isEmpty() ? null : latest.get(0);
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
        int itemsDisabled = 0;
        JobHealth.Held longest = null;
        Set<Integer> busy = new HashSet<>();
        for (int item = 0; item < total; item++) {
            String owner = tree.owner(item);
            boolean online = owner != null && tree.isOnline(owner);
            String runner = null;
            if (tree.isRunning(item)) {
                running++;
                String known = tree.runningBy(item);
                runner = known != null ? known : owner;
                Instant since = view.since(paths.running(item));
                if (longest == null || since.isBefore(longest.since())) {
                    longest = new JobHealth.Held(item, runner == null ? "" : runner, since);
                }
            }
            if (tree.isDisabled(item)) {
                itemsDisabled++;
            }
            if (tree.isDisabled(item) || tree.isRunning(item) || !online) {
                busy.add(item);
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
        CronSchedule schedule = configuration == null ? null : configuration.schedule();
        String jobClass = tree.data(paths.root());
        String strategy = configuration == null ? null : configuration.getJobShardingStrategyType();
        Map<Integer, Instant> lastDue = new HashMap<>();
        for (RunRecord run : latest) {
            if (run.shardingItem() < total) {
                lastDue.putIfAbsent(run.shardingItem(), run.scheduledTime());
            }
        }
        JobHealth.Held blocks = longest == null || !tree.exists(paths.necessary())
                ? null
                : new JobHealth.Held(longest.item(), longest.instance(), view.since(paths.necessary()));
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
                last == null || schedule == null ? null : schedule.next(lastDue(last)),
                last == null || !last.outcome().isFailure() ? null : firstLine(last.cause()),
                historyUnknown,
                strategy == null || ShardingStrategy.of(strategy) != null ? null : strategy,
                problemOfTimes(tree, configuration, schedule, now),
                JobHealth.Recent.of(latest),
                itemsDisabled,
                JobHealth.late(lastDue, busy, schedule, now),
                longest,
                blocks);
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
                JobHealth.of(facts, now),
                configuration == null ? "" : configuration.getProps().getOrDefault(JobConfiguration.GROUP, ""),
                configuration == null ? "" : configuration.getProps().getOrDefault(JobConfiguration.OWNER, ""));
    }

    /** A business time that somebody chose says nothing of the schedule; when it ran does. */
    private static Instant lastDue(RunRecord run) {
        boolean asked = run.source() == RunRecord.Source.MANUAL || run.source() == RunRecord.Source.BACKFILL;
        return asked ? run.started() : run.scheduledTime();
    }

    private static @Nullable HealthReason problemOfTimes(
            JobTree tree, @Nullable JobConfiguration configuration, @Nullable CronSchedule schedule, Instant now) {
        if (configuration == null || schedule == null) {
            return null;
        }
        if (schedule.next(now) == null) {
            return HealthReason.of(HealthReason.Code.NEVER_FIRES, schedule.cron());
        }
        String zone = configuration.getTimeZone();
        return zone != null && ZonesForPeers.mayDiffer(zone) && tree.hasPeers()
                ? HealthReason.of(HealthReason.Code.PEERS_ZONE, zone)
                : null;
    }

    private static String firstLine(@Nullable String cause) {
        return cause == null ? "no cause on record" : cause.lines().findFirst().orElse("");
    }
}

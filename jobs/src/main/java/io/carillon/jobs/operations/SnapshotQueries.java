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
import io.carillon.jobs.coordination.Registry.Node;
import io.carillon.jobs.coordination.ShardingStrategy;
import io.carillon.jobs.coordination.ZonesForPeers;
import io.carillon.jobs.history.Decision;
import io.carillon.jobs.history.DecisionHistory;
import io.carillon.jobs.history.FailureFingerprint;
import io.carillon.jobs.history.RunHistory;
import io.carillon.jobs.history.RunRecord;
import io.carillon.jobs.scheduling.CronSchedule;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers from the snapshot of a namespace and from the run history. Thread-safe. */
final class SnapshotQueries implements JobQueries {

    private static final Logger LOG = LoggerFactory.getLogger(SnapshotQueries.class);
    private static final int LAST_RUNS = 1_000;
    private static final int LAST_RUNS_OF_ONE = 200;
    private static final int MOST_RECORDS = 10_000;
    private static final int PAGE = 1_000;

    private final NamespaceView view;
    private final RunHistory history;
    private final DecisionHistory decisions;
    private final InstantSource time;
    private final Duration timeout;
    private final RegistryCommands registry;
    private final Supplier<HealthThresholds> thresholds;
    private final InstancesView instancesView;
    private final JobList list;
    private final JobAudit audit;

    SnapshotQueries(
            NamespaceView view,
            RunHistory history,
            DecisionHistory decisions,
            InstantSource time,
            Duration timeout,
            RegistryCommands registry,
            Supplier<HealthThresholds> thresholds,
            InstancesView instancesView,
            JobAudit audit) {
        this.audit = audit;
        this.registry = registry;
        this.thresholds = thresholds;
        this.instancesView = instancesView;
        this.list = new JobList(view, history, thresholds, time, timeout);
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
        // the latest runs of all are those of the busiest jobs; of the others the list remembers some
        Map<String, JobPast> remembered = past.runs.size() < LAST_RUNS ? Map.of() : list.pasts();
        Instant now = time.instant();
        return view.look(timeout, trees -> {
            List<JobStatus> jobs = new ArrayList<>();
            trees.forEach((name, tree) -> {
                if (tree.exists(tree.paths().config())) {
                    List<RunRecord> runs = latest.get(name);
                    jobs.add(status(
                            name,
                            tree,
                            runs == null
                                    ? remembered.getOrDefault(name, JobPast.NONE)
                                    : JobPast.of(runs, thresholds.get()),
                            past.problem,
                            now));
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
                    : Optional.of(status(jobName, tree, JobPast.of(past.runs, thresholds.get()), past.problem, now));
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
    public Map<String, List<RunRecord>> runsOf(Collection<String> jobNames, int perJob) {
        return jobNames.isEmpty() ? Map.of() : history.latestOf(jobNames, perJob);
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
        return registry.orders().failedItems(jobName);
    }

    @Override
    public List<String> drainedInstances() {
        return registry.orders().drainedInstances();
    }

    @Override
    public List<ConfigurationVersion> versions(String jobName) {
        return registry.versions(jobName);
    }

    @Override
    public JobSearch.Page search(JobSearch search) {
        return list.search(search, this::rowOf);
    }

    private JobSearch.Row rowOf(String name, JobTree tree, JobPast past, @Nullable String historyUnknown, Instant now) {
        JobStatus status = status(name, tree, past, historyUnknown, now);
        JobConfiguration configuration = view.parsed(tree).configuration();
        Map<String, String> props = configuration == null ? Map.of() : configuration.getProps();
        return new JobSearch.Row(
                name,
                props.getOrDefault(JobSearch.GROUP, ""),
                props.getOrDefault(JobSearch.OWNER, ""),
                status.description(),
                status.axes(),
                status.health(),
                status.items().size(),
                status.cron(),
                status.zone(),
                status.nextRun(),
                past.usual(),
                past.firings(),
                status.instances());
    }

    @Override
    public List<RunRecord> runs(RunHistory.Question question) {
        return history.find(question);
    }

    @Override
    public SameFailures sameFailures(RunRecord failure, Instant since) {
        String cause = failure.cause();
        if (cause == null) {
            return new SameFailures("", 0, Map.of(), null, true);
        }
        String print = FailureFingerprint.of(cause);
        Map<String, Integer> jobs = new TreeMap<>();
        int count = 0;
        Instant first = null;
        RunHistory.Question question = RunHistory.Question.of("", PAGE)
                .endedAs(RunRecord.Outcome.FAILED, RunRecord.Outcome.TIMED_OUT, RunRecord.Outcome.RETRIED)
                .between(since, null);
        for (int page = 0; page < MOST_RECORDS / PAGE; page++) {
            List<RunRecord> runs = history.find(question);
            for (RunRecord run : runs) {
                if (run.cause() != null && FailureFingerprint.of(run.cause()).equals(print)) {
                    count++;
                    jobs.merge(run.jobName(), 1, Integer::sum);
                    first = run.started();
                }
            }
            if (runs.size() < PAGE) {
                return new SameFailures(print, count, Map.copyOf(jobs), first, true);
            }
            question = question.after(runs.get(runs.size() - 1));
        }
        return new SameFailures(print, count, Map.copyOf(jobs), first, false);
    }

    @Override
    public List<ServerStatus> servers(String jobName) {
        return view.look(timeout, trees -> {
            JobTree tree = trees.get(jobName);
            if (tree == null || !tree.exists(tree.paths().config())) {
                throw ServerCommands.missingJob(jobName, view.namespace());
            }
            JobIntents intents = new JobIntents(tree);
            return tree.children(tree.paths().servers()).stream()
                    .map(ip -> new ServerStatus(
                            ip,
                            intents.ofServer(ip),
                            tree.instances().stream()
                                    .filter(id -> JobPaths.ipOf(id).equals(ip))
                                    .sorted()
                                    .toList()))
                    .toList();
        });
    }

    @Override
    public List<JobAudit.Entry> audit(JobAudit.Question question, @Nullable UUID before, int limit) {
        return audit.latest(question, before, limit);
    }

    @Override
    public List<InstanceDetail> instanceDetails() {
        return view.look(
                timeout,
                trees -> StopInstance.details(
                        trees.values(), instancesView.instances(), thresholds.get(), time.instant()));
    }

    @Override
    public JobMoves moves(String jobName) {
        Map<String, InstancesView.Said> said = instancesView.instances();
        return view.look(timeout, trees -> {
            JobTree tree = trees.get(jobName);
            if (tree == null || !tree.exists(tree.paths().config())) {
                throw ServerCommands.missingJob(jobName, view.namespace());
            }
            return ForetellDeal.of(
                    tree,
                    view.parsed(tree).configuration(),
                    id -> {
                        InstancesView.Said of = said.get(id);
                        return view.leftInOrder(jobName, id)
                                || (of != null && of.drained().state() != Intent.State.ENABLED);
                    },
                    view.seenMoves(jobName));
        });
    }

    @Override
    public StopPreview whatIfStopped(String instance) {
        return view.look(timeout, trees -> StopInstance.preview(trees, instance, view::parsed));
    }

    @Override
    public Definition definition(String jobName) {
        return view.look(timeout, trees -> {
            JobTree tree = trees.get(jobName);
            if (tree == null || !tree.exists(tree.paths().config())) {
                throw ServerCommands.missingJob(jobName, view.namespace());
            }
            NamespaceView.Parsed stored = view.parsed(tree);
            return new Definition(
                    view.declared(tree),
                    stored.configuration(),
                    stored.unusable(),
                    drift(tree, stored.configuration()));
        });
    }

    @Override
    public ClusterCopy copy() {
        return view.look(timeout, trees -> {
            List<ClusterCopy.Job> jobs = new ArrayList<>();
            Map<String, String> unreadable = new TreeMap<>();
            trees.forEach((name, tree) -> {
                NamespaceView.Parsed stored = view.parsed(tree);
                JobConfiguration configuration = stored.configuration();
                String unusable =
                        configuration == null || configuration.getJobName().equals(name)
                                ? stored.unusable()
                                : "jobName: '" + configuration.getJobName() + "' (expected: '" + name + "')";
                if (configuration != null && unusable == null) {
                    jobs.add(new ClusterCopy.Job(
                            Objects.requireNonNullElse(tree.data(tree.paths().root()), ""),
                            configuration,
                            tree.version(tree.paths().config())));
                } else if (unusable != null) {
                    unreadable.put(name, unusable);
                }
            });
            return new ClusterCopy(jobs, unreadable);
        });
    }

    @Override
    public ChangePreview preview(JobConfiguration changed, int nextRuns) {
        if (nextRuns < 0 || nextRuns > 100) {
            throw new IllegalArgumentException(
                    "nextRuns: " + nextRuns + " (expected: 0..100). Nothing was computed; ask for fewer.");
        }
        Definition present = definition(changed.getJobName());
        JobPast past = JobPast.of(past(changed.getJobName(), LAST_RUNS_OF_ONE).runs, thresholds.get());
        return ChangePreview.of(present.stored(), changed, past.usual(), nextRuns, time.instant());
    }

    @Override
    public Runnable onChange(Consumer<String> listener) {
        Runnable jobs = view.onChange(listener);
        Runnable progress = instancesView.onProgress(listener);
        return () -> {
            jobs.run();
            progress.run();
        };
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

    private JobStatus status(String name, JobTree tree, JobPast past, @Nullable String historyUnknown, Instant now) {
        RunRecord last = past.last();
        JobPaths paths = tree.paths();
        NamespaceView.Parsed stored = view.parsed(tree);
        JobConfiguration configuration = stored.configuration();
        JobIntents intents = new JobIntents(tree);
        Intent intent = intents.ofJob();
        boolean disabled = intent.state() != Intent.State.ENABLED;
        List<String> instances = new ArrayList<>(tree.instances());
        Collections.reverse(instances);
        Map<Integer, String> parameters = configuration == null ? Map.of() : configuration.shardingParameters();
        int total = configuration == null ? tree.items().size() : configuration.getShardingTotalCount();
        List<ItemStatus> items = new ArrayList<>();
        int unowned = 0;
        int running = 0;
        int itemsDisabled = 0;
        boolean takenOver = false;
        JobHealth.Held longest = null;
        Set<Integer> busy = new HashSet<>();
        for (int item = 0; item < total; item++) {
            String owner = tree.owner(item);
            boolean online = owner != null && tree.isOnline(owner);
            String runner = null;
            Instant since = null;
            if (tree.isRunning(item)) {
                running++;
                String known = tree.runningBy(item);
                runner = known != null ? known : owner;
                since = view.since(paths.running(item));
                if (longest == null || since.isBefore(longest.since())) {
                    longest = new JobHealth.Held(item, runner == null ? "" : runner, since);
                }
            }
            boolean off = tree.isDisabled(item);
            if (off) {
                itemsDisabled++;
            }
            if (off || tree.isRunning(item) || !online) {
                busy.add(item);
            }
            takenOver |= tree.isTakenOver(item);
            unowned += online ? 0 : 1;
            items.add(new ItemStatus(
                    item,
                    parameters.getOrDefault(item, ""),
                    owner,
                    online,
                    runner,
                    off,
                    tree.isTakenOver(item),
                    since,
                    off ? intents.ofItem(item) : Intent.ENABLED,
                    runner == null ? null : instancesView.progress(runner, name, item)));
        }
        String cron = configuration == null ? null : configuration.getCron();
        CronSchedule schedule = configuration == null ? null : configuration.schedule();
        String jobClass = tree.data(paths.root());
        Map<Integer, Instant> lastDue = new HashMap<>(past.lastDue());
        lastDue.keySet().removeIf(item -> item >= total);
        JobHealth.Held blocks = longest == null || !tree.exists(paths.necessary())
                ? null
                : new JobHealth.Held(longest.item(), longest.instance(), view.since(paths.necessary()));
        boolean neverDealt = tree.items().isEmpty();
        boolean pending = tree.isReshardingPending() || neverDealt;
        ShardingStrategy strategy =
                configuration == null ? null : ShardingStrategy.of(configuration.getJobShardingStrategyType());
        JobHealth.Facts facts = new JobHealth.Facts(
                intent,
                new JobHealth.Members(
                        instances.size(),
                        tree.available().size(),
                        tree.leader() != null,
                        instancesView.skew(instances)),
                new JobHealth.Assignment(
                        total,
                        unowned,
                        view.unownedSince(name),
                        pending,
                        running,
                        longest,
                        blocks,
                        itemsDisabled,
                        strategy != null && strategy.movesAfterEachRun() ? null : view.moved(name),
                        intents.longestOff(view)),
                new JobHealth.Past(
                        past.recent(),
                        expected(name, tree, configuration, last, historyUnknown),
                        failure(past.lastResult()),
                        JobHealth.late(lastDue, busy, schedule, thresholds.get(), now),
                        historyUnknown),
                new JobHealth.Definition(
                        stored.unusable(),
                        configuration == null || strategy != null ? null : configuration.getJobShardingStrategyType(),
                        problemOfTimes(tree, configuration, schedule, now),
                        configuration == null ? Duration.ZERO : configuration.timeout(),
                        schedule,
                        drift(tree, configuration)));
        Assignment assignment = tree.exists(paths.processing()) || takenOver
                ? Assignment.MOVING
                : pending ? Assignment.PENDING : unowned > 0 ? Assignment.UNOWNED : Assignment.SETTLED;
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
                disabled || schedule == null
                        ? null
                        : nextRun(schedule, tree.intent().skipped(), now),
                last,
                JobHealth.of(facts, thresholds.get(), now),
                new Axes(
                        intent,
                        instances.size(),
                        Math.max(instances.size(), intents.serversEnabled()),
                        assignment,
                        total - unowned,
                        past.lastResult()),
                configuration == null ? "" : configuration.getProps().getOrDefault(JobSearch.GROUP, ""),
                configuration == null ? "" : configuration.getProps().getOrDefault(JobSearch.OWNER, ""));
    }

    /**
     * The first firing that should have run and is not seen: the one after the last that is known, from when on the job is
     * watched, switched on, and has its present configuration. Null when none comes, or nobody could have seen it run.
     */
    private @Nullable Instant expected(
            String name,
            JobTree tree,
            @Nullable JobConfiguration configuration,
            @Nullable RunRecord last,
            @Nullable String historyUnknown) {
        CronSchedule schedule = configuration == null ? null : configuration.schedule();
        if (configuration == null || schedule == null) {
            return null;
        }
        Instant seen = view.lastRunning(name);
        if (historyUnknown != null || (last == null && !configuration.isMonitorExecution())) {
            return null;
        }
        Instant base = last == null ? view.knownSince(name) : lastDue(last);
        base = later(base, seen);
        Node stored = tree.asRead(tree.paths().config());
        base = later(base, stored == null ? view.knownSince(name) : Instant.ofEpochMilli(stored.modifiedMillis()));
        Instant enabled = null;
        for (String id : tree.available()) {
            Node server = tree.asRead(tree.paths().server(JobPaths.ipOf(id)));
            Instant since = server == null ? null : Instant.ofEpochMilli(server.modifiedMillis());
            enabled = since == null ? enabled : enabled == null || since.isBefore(enabled) ? since : enabled;
        }
        return enabled == null ? null : schedule.next(later(base, enabled));
    }

    private static @Nullable Instant nextRun(CronSchedule schedule, @Nullable Instant skipped, Instant now) {
        Instant next = schedule.next(now);
        return next == null || !next.equals(skipped) ? next : schedule.next(next);
    }

    private static @Nullable String failure(LastResult result) {
        boolean failed = result.state() == LastResult.State.FAILED || result.state() == LastResult.State.TIMED_OUT;
        return !failed ? null : result.reason().isEmpty() ? "no cause on record" : result.reason();
    }

    private static Instant later(Instant one, @Nullable Instant other) {
        return other != null && other.isAfter(one) ? other : one;
    }

    /** The settings in which the code differs from what is stored; not those that only count at a start. */
    private List<String> drift(JobTree tree, @Nullable JobConfiguration stored) {
        JobConfiguration declared = view.declared(tree);
        if (stored == null || declared == null) {
            return List.of();
        }
        return ConfigurationVersion.between(declared, stored).stream()
                .map(ConfigurationVersion.Change::setting)
                .filter(setting -> !setting.equals("overwrite") && !setting.equals("disabled"))
                .toList();
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

    static String firstLine(@Nullable String cause) {
        return cause == null ? "no cause on record" : cause.lines().findFirst().orElse("");
    }
}

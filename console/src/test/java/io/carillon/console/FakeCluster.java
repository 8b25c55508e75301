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
package io.carillon.console;

import io.carillon.jobs.InvalidSettingException;
import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.history.RunHistory;
import io.carillon.jobs.history.RunRecord;
import io.carillon.jobs.operations.By;
import io.carillon.jobs.operations.ChangePreview;
import io.carillon.jobs.operations.ClusterCopy;
import io.carillon.jobs.operations.ConfigurationConflictException;
import io.carillon.jobs.operations.ConfigurationVersion;
import io.carillon.jobs.operations.Explanation;
import io.carillon.jobs.operations.JobCommands;
import io.carillon.jobs.operations.JobMoves;
import io.carillon.jobs.operations.JobQueries;
import io.carillon.jobs.operations.JobRequests;
import io.carillon.jobs.operations.JobSearch;
import io.carillon.jobs.operations.RegistryTree;
import io.carillon.jobs.operations.Target;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A cluster whose answers a test chooses; it can be broken, or hang, and counts what it is asked. Thread-safe. */
final class FakeCluster implements JobQueries, JobCommands {
    volatile List<JobStatus> jobs = List.of();
    volatile List<InstanceStatus> instances = List.of();
    volatile List<RunRecord> runs = List.of();
    volatile RuntimeException broken;
    volatile RuntimeException historyBroken;
    volatile CountDownLatch hangsUntil = new CountDownLatch(0);
    volatile By by = By.UNKNOWN;
    volatile io.carillon.jobs.operations.@Nullable NotNowException notNow;
    volatile List<ConfigurationVersion> versions = List.of();
    volatile Explanation told;
    volatile RegistryTree tree = RegistryTree.none();
    final Set<String> drained = new ConcurrentSkipListSet<>();
    final List<String> done = new CopyOnWriteArrayList<>();
    final Map<String, Stored> stored = new ConcurrentHashMap<>();
    final Map<String, JobConfiguration> declared = new ConcurrentHashMap<>();
    /** What is wrong with all that is stored; null: nothing. */
    volatile String unusable;
    /** How long a run usually takes, and how many of the next would overlap. */
    volatile Duration usual;

    volatile int overlaps;
    volatile Set<ChangePreview.Effect> effects = Set.of();
    final FakeRequests requests = new FakeRequests();
    private final List<Consumer<String>> listeners = new CopyOnWriteArrayList<>();
    final AtomicInteger asked = new AtomicInteger();

    private <T> T answer(T value) {
        asked.incrementAndGet();
        try {
            hangsUntil.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException("interrupted", e);
        }
        if (broken != null) {
            throw broken;
        }
        return value;
    }

    @Override
    public List<JobStatus> jobs() {
        return answer(jobs);
    }

    @Override
    public Optional<JobStatus> job(String jobName) {
        return answer(jobs.stream().filter(job -> job.jobName().equals(jobName)).findFirst());
    }

    @Override
    public List<InstanceStatus> instances() {
        return answer(instances);
    }

    @Override
    public Explanation why(String jobName, Instant from, Instant to) {
        Explanation known = told;
        return answer(known != null ? known : new Explanation(jobName, List.of(), List.of(), true));
    }

    @Override
    public List<RunRecord> runs(String jobName, int limit) {
        if (historyBroken != null) {
            throw historyBroken;
        }
        return runs.stream()
                .filter(run -> jobName.isEmpty() || run.jobName().equals(jobName))
                .limit(limit)
                .toList();
    }

    /** How often it was asked for runs of several jobs at once. */
    final java.util.concurrent.atomic.AtomicInteger askedForRunsOf = new java.util.concurrent.atomic.AtomicInteger();

    @Override
    public java.util.Map<String, List<RunRecord>> runsOf(java.util.Collection<String> jobNames, int perJob) {
        askedForRunsOf.incrementAndGet();
        java.util.Map<String, List<RunRecord>> found = new java.util.TreeMap<>();
        jobNames.forEach(name -> found.put(name, runs(name, perJob)));
        found.values().removeIf(List::isEmpty);
        return found;
    }

    @Override
    public Runnable onChange(Consumer<String> listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    int listeners() {
        return listeners.size();
    }

    void changed(String job) {
        listeners.forEach(listener -> listener.accept(job));
    }

    private void did(String what) {
        answer(what);
        done.add(what);
    }

    private void known(String jobName) {
        if (jobs.stream().noneMatch(job -> job.jobName().equals(jobName))) {
            throw new NoSuchElementException("job: '" + jobName + "' (expected: a job of this namespace)");
        }
    }

    @Override
    public void trigger(String jobName) {
        known(jobName);
        did("trigger " + jobName);
    }

    @Override
    public JobRequests requests() {
        return requests;
    }

    @Override
    public void disable(Target target) {
        did("disable " + target);
    }

    @Override
    public void enable(Target target) {
        did("enable " + target);
    }

    @Override
    public void shutdown(Target target) {
        did("shutdown " + target);
    }

    @Override
    public void remove(Target target) {
        did("remove " + target);
    }

    @Override
    public void removeJob(String jobName) {
        did("removeJob " + jobName);
    }

    @Override
    public void disableItem(String jobName, int item) {
        did("disableItem " + jobName + " " + item);
    }

    @Override
    public void enableItem(String jobName, int item) {
        did("enableItem " + jobName + " " + item);
    }

    @Override
    public void moveItem(String jobName, int item, String instance) {
        did("moveItem " + jobName + " " + item + " to " + instance);
    }

    @Override
    public Instant skipNext(String jobName) {
        if (notNow != null) {
            throw notNow;
        }
        did("skipNext " + jobName);
        return Samples.NOW.plusSeconds(30);
    }

    @Override
    public Optional<Stored> stored(String jobName) {
        if (unusable != null) {
            throw new InvalidSettingException("shardingTotalCount", 0, "1..10000", "Correct it.");
        }
        return answer(Optional.ofNullable(stored.get(jobName)));
    }

    @Override
    public void update(JobConfiguration configuration) {
        update(configuration, stored.get(configuration.getJobName()).version());
    }

    @Override
    public int update(JobConfiguration configuration, int expectedVersion) {
        String jobName = configuration.getJobName();
        known(jobName);
        if (stored.get(jobName).version() != expectedVersion) {
            throw new ConfigurationConflictException(
                    jobName, expectedVersion, stored.get(jobName).version());
        }
        did("update " + jobName);
        stored.put(jobName, new Stored(configuration, expectedVersion + 1));
        unusable = null;
        return expectedVersion + 1;
    }

    @Override
    public List<FailedItem> failedItems(String jobName) {
        return answer(List.of());
    }

    @Override
    public List<String> drainedInstances() {
        return answer(List.copyOf(drained));
    }

    @Override
    public void interrupt(String jobName, String by, String reason) {
        did("interrupt " + jobName + " by " + by + ": " + reason);
    }

    @Override
    public void interrupt(String jobName, int item, String by, String reason) {
        did("interrupt " + jobName + " " + item + " by " + by + ": " + reason);
    }

    @Override
    public List<Integer> rerunFailed(String jobName) {
        did("rerunFailed " + jobName);
        return List.of(1);
    }

    @Override
    public List<Integer> rerunFailed(String jobName, Instant scheduledTime) {
        did("rerunFailed " + jobName + " " + scheduledTime);
        return List.of(1);
    }

    @Override
    public void drain(String instance, String by, String reason) {
        did("drain " + instance + " by " + by + ": " + reason);
        drained.add(instance);
    }

    @Override
    public void undrain(String instance, String by, String reason) {
        did("undrain " + instance + " by " + by);
        drained.remove(instance);
    }

    @Override
    public void add(JobConfiguration configuration, String jobClass) {
        did("add " + configuration.getJobName());
    }

    @Override
    public JobCommands as(By by) {
        this.by = by;
        return this;
    }

    @Override
    public void pauseUntil(String jobName, Instant until) {
        did("pause " + jobName + " until " + until);
    }

    @Override
    public int rollBack(String jobName, int version, int expectedVersion) {
        ConfigurationVersion old = versions.stream()
                .filter(known -> known.version() == version)
                .findFirst()
                .orElseThrow();
        return update(old.configuration(), expectedVersion);
    }

    @Override
    public List<ConfigurationVersion> versions(String jobName) {
        return answer(versions);
    }

    @Override
    public JobSearch.Page search(JobSearch search) {
        throw new UnsupportedOperationException();
    }

    @Override
    public List<RunRecord> runs(RunHistory.Question question) {
        throw new UnsupportedOperationException();
    }

    @Override
    public SameFailures sameFailures(RunRecord failure, Instant since) {
        throw new UnsupportedOperationException();
    }

    volatile List<InstanceDetail> details = List.of();
    volatile JobMoves moves = JobMoves.NONE;
    final Map<String, StopPreview> previews = new ConcurrentHashMap<>();

    /** Those that the test chose; else the instances as far as they are known, with the jobs that have them. */
    @Override
    public List<InstanceDetail> instanceDetails() {
        List<InstanceDetail> known = new ArrayList<>(details);
        if (known.isEmpty()) {
            for (InstanceStatus one : instances) {
                known.add(Samples.instance(
                        one.id(),
                        jobs.stream()
                                .filter(job -> job.instances().contains(one.id()))
                                .map(JobStatus::jobName)
                                .toList(),
                        one.items()));
            }
        }
        known.replaceAll(one -> drained.contains(one.id()) ? Samples.drained(one, by) : one);
        return answer(List.copyOf(known));
    }

    @Override
    public JobMoves moves(String jobName) {
        known(jobName);
        return answer(moves);
    }

    /** What the test chose; else that whoever else is there takes all. */
    @Override
    public StopPreview whatIfStopped(String instance) {
        StopPreview chosen = previews.get(instance);
        if (chosen != null) {
            return answer(chosen);
        }
        List<StopPreview.Move> moves = new ArrayList<>();
        List<String> stopped = new ArrayList<>();
        List<String> spareless = new ArrayList<>();
        Map<String, List<Integer>> running = new TreeMap<>();
        boolean online = false;
        for (JobStatus job : jobs) {
            if (job.instances().contains(instance)) {
                online = true;
                List<String> left = job.instances().stream()
                        .filter(id -> !id.equals(instance))
                        .toList();
                if (left.isEmpty()) {
                    stopped.add(job.jobName());
                    continue;
                }
                if (left.size() == 1) {
                    spareless.add(job.jobName());
                }
                Map<Integer, String> takes = new TreeMap<>();
                List<Integer> runs = new ArrayList<>();
                for (ItemStatus item : job.items()) {
                    if (instance.equals(item.owner())) {
                        takes.put(item.item(), left.get(0));
                    }
                    if (instance.equals(item.runningOn())) {
                        runs.add(item.item());
                    }
                }
                moves.add(new StopPreview.Move(job.jobName(), takes, 0, false));
                if (!runs.isEmpty()) {
                    running.put(job.jobName(), runs);
                }
            }
        }
        if (!online) {
            throw new NoSuchElementException("instance: '" + instance + "' (expected: one that is online for a job)");
        }
        return answer(new StopPreview(instance, moves, stopped, spareless, running));
    }

    @Override
    public Definition definition(String jobName) {
        known(jobName);
        Stored now = stored.get(jobName);
        return answer(
                new Definition(declared.get(jobName), now == null ? null : now.configuration(), unusable, List.of()));
    }

    @Override
    public ClusterCopy copy() {
        return answer(new ClusterCopy(
                jobs.stream()
                        .filter(job -> stored.containsKey(job.jobName()))
                        .map(job -> new ClusterCopy.Job(
                                job.jobClass(),
                                stored.get(job.jobName()).configuration(),
                                stored.get(job.jobName()).version()))
                        .toList(),
                unreadable));
    }

    volatile Map<String, String> unreadable = Map.of();

    @Override
    public ChangePreview preview(JobConfiguration changed, int nextRuns) {
        return answer(new ChangePreview(List.of(), effects, List.of(), overlaps, usual));
    }

    /** Requests that are asked for are kept; they never run. */
    final class FakeRequests implements JobRequests {
        final List<Object> asked = new CopyOnWriteArrayList<>();
        volatile List<RequestStatus> all = List.of();

        @Override
        public String trigger(TriggerRequest request) {
            known(request.jobName());
            did("request " + request.jobName());
            asked.add(request);
            return "r" + asked.size();
        }

        @Override
        public String backfill(BackfillRequest request) {
            known(request.jobName());
            did("backfill " + request.jobName());
            asked.add(request);
            return "r" + asked.size();
        }

        @Override
        public void pause(String jobName, String id) {
            did("pause " + jobName + " " + id);
        }

        @Override
        public void resume(String jobName, String id) {
            did("resume " + jobName + " " + id);
        }

        @Override
        public void cancel(String jobName, String id) {
            did("cancel " + jobName + " " + id);
        }

        @Override
        public List<RequestStatus> requests(String jobName) {
            return answer(all.stream()
                    .filter(request -> request.jobName().equals(jobName))
                    .toList());
        }

        @Override
        public Optional<RequestStatus> request(String jobName, String id) {
            return requests(jobName).stream()
                    .filter(request -> request.id().equals(id))
                    .findFirst();
        }
    }

    volatile List<ServerStatus> servers = List.of();

    @Override
    public List<ServerStatus> servers(String jobName) {
        known(jobName);
        return answer(servers);
    }

    @Override
    public List<io.carillon.jobs.operations.JobAudit.Entry> audit(
            io.carillon.jobs.operations.JobAudit.Question question, java.util.UUID before, int limit) {
        throw new AssertionError("no page asks this yet");
    }
}

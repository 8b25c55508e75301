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

import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.history.RunRecord;
import io.carillon.jobs.operations.JobCommands;
import io.carillon.jobs.operations.JobQueries;
import io.carillon.jobs.operations.JobRequests;
import io.carillon.jobs.operations.Target;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/** A cluster whose answers a test chooses; it can be broken, or hang, and counts what it is asked. Thread-safe. */
final class FakeCluster implements JobQueries, JobCommands {
    volatile List<JobStatus> jobs = List.of();
    volatile List<InstanceStatus> instances = List.of();
    volatile List<RunRecord> runs = List.of();
    volatile RuntimeException broken;
    volatile RuntimeException historyBroken;
    volatile CountDownLatch hangsUntil = new CountDownLatch(0);
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
    public io.carillon.jobs.operations.Explanation why(String jobName, java.time.Instant from, java.time.Instant to) {
        return new io.carillon.jobs.operations.Explanation(jobName, List.of(), List.of(), true);
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

    @Override
    public void trigger(String jobName) {
        throw new AssertionError("the console only reads");
    }

    @Override
    public JobRequests requests() {
        throw new AssertionError("the console only reads");
    }

    @Override
    public void disable(Target target) {
        throw new AssertionError("the console only reads");
    }

    @Override
    public void enable(Target target) {
        throw new AssertionError("the console only reads");
    }

    @Override
    public io.carillon.jobs.operations.JobSearch.Page search(io.carillon.jobs.operations.JobSearch search) {
        throw new AssertionError("no page asks this yet");
    }

    @Override
    public List<RunRecord> runs(io.carillon.jobs.history.RunHistory.Question question) {
        throw new AssertionError("no page asks this yet");
    }

    @Override
    public SameFailures sameFailures(RunRecord failure, Instant since) {
        throw new AssertionError("no page asks this yet");
    }

    @Override
    public List<InstanceDetail> instanceDetails() {
        throw new AssertionError("no page asks this yet");
    }

    @Override
    public StopPreview whatIfStopped(String instance) {
        throw new AssertionError("no page asks this yet");
    }

    @Override
    public Definition definition(String jobName) {
        throw new AssertionError("no page asks this yet");
    }

    @Override
    public io.carillon.jobs.operations.ChangePreview preview(JobConfiguration changed, int nextRuns) {
        throw new AssertionError("no page asks this yet");
    }

    @Override
    public JobCommands as(io.carillon.jobs.operations.By by) {
        return this;
    }

    @Override
    public void pauseUntil(String jobName, Instant until) {
        throw new AssertionError("the console only reads");
    }

    @Override
    public int rollBack(String jobName, int version, int expectedVersion) {
        throw new AssertionError("the console only reads");
    }

    @Override
    public List<io.carillon.jobs.operations.ConfigurationVersion> versions(String jobName) {
        return answer(List.of());
    }

    @Override
    public void shutdown(Target target) {
        throw new AssertionError("the console only reads");
    }

    @Override
    public void remove(Target target) {
        throw new AssertionError("the console only reads");
    }

    @Override
    public void removeJob(String jobName) {
        throw new AssertionError("the console only reads");
    }

    @Override
    public void disableItem(String jobName, int item) {
        throw new AssertionError("the console only reads");
    }

    @Override
    public void enableItem(String jobName, int item) {
        throw new AssertionError("the console only reads");
    }

    @Override
    public Optional<Stored> stored(String jobName) {
        throw new AssertionError("the console only reads");
    }

    @Override
    public void update(JobConfiguration configuration) {
        throw new AssertionError("the console only reads");
    }

    @Override
    public List<FailedItem> failedItems(String jobName) {
        return answer(List.of());
    }

    @Override
    public List<String> drainedInstances() {
        return answer(List.of());
    }

    @Override
    public void interrupt(String jobName, String by, String reason) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void interrupt(String jobName, int item, String by, String reason) {
        throw new UnsupportedOperationException();
    }

    @Override
    public List<Integer> rerunFailed(String jobName) {
        throw new UnsupportedOperationException();
    }

    @Override
    public List<Integer> rerunFailed(String jobName, Instant scheduledTime) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void drain(String instance, String by, String reason) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void undrain(String instance, String by, String reason) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int update(JobConfiguration configuration, int expectedVersion) {
        throw new AssertionError("the console only reads");
    }

    @Override
    public void add(JobConfiguration configuration, String jobClass) {
        throw new AssertionError("the console only reads");
    }
}

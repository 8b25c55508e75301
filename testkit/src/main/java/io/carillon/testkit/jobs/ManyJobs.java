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
package io.carillon.testkit.jobs;

import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.coordination.ConfigYaml;
import io.carillon.jobs.coordination.JobPaths;
import io.carillon.jobs.coordination.Registry;
import io.carillon.jobs.coordination.Registry.CommitResult;
import io.carillon.jobs.coordination.Registry.CreateMode;
import io.carillon.jobs.coordination.Registry.Write;
import io.carillon.jobs.history.RunRecord;
import io.carillon.jobs.operations.JobSearch;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Thousands of jobs without an engine, for measuring what looks at them: their nodes as instances leave them, and runs for their
 * history. The same numbers give the same jobs. Immutable.
 *
 * @param namespace must be empty or absent
 * @param jobs how many; they are named {@code job-00000} and so on, ten to a group, twenty to an owner
 * @param instances how many are online for every job, held by the registry session that fills
 * @param items how many each job has
 */
public record ManyJobs(String namespace, int jobs, int instances, int items) {

    private static final int JOBS_PER_COMMIT = 20;

    public String name(int job) {
        return String.format("job-%05d", job);
    }

    public String instance(int number) {
        return "10.0." + number / 250 + "." + (number % 250 + 1) + "@-@1";
    }

    public JobConfiguration configuration(int job) {
        return JobConfiguration.newBuilder(name(job), items)
                .cron("0 " + job % 60 + " * * * ?")
                .timeZone("Asia/Shanghai")
                .description("Settles the books of region " + job % 17)
                .setProperty(JobSearch.GROUP, "group-" + job / 10 % 50)
                .setProperty(JobSearch.OWNER, "owner-" + job / 20 % 25)
                .build();
    }

    /**
     * Puts the jobs up. The instances stay online as long as the registry is open.
     *
     * @throws IllegalStateException when the registry refuses, or does not answer within 30 s
     */
    public void fill(Registry registry) {
        List<Write> writes = new ArrayList<>();
        writes.add(new Write.Create("/" + namespace, "", CreateMode.PERSISTENT));
        for (int job = 0; job < jobs; job++) {
            addJob(job, writes);
            if ((job + 1) % JOBS_PER_COMMIT == 0) {
                commit(registry, writes);
                writes.clear();
            }
        }
        if (!writes.isEmpty()) {
            commit(registry, writes);
        }
    }

    private void addJob(int job, List<Write> writes) {
        JobPaths paths = new JobPaths(namespace, name(job));
        persistent(writes, paths.root(), "io.carillon.example.Job");
        persistent(writes, paths.config(), ConfigYaml.write(configuration(job), null));
        for (String parent : List.of(
                paths.servers(),
                paths.instances(),
                paths.leader(),
                paths.election(),
                paths.leaderSharding(),
                paths.sharding())) {
            persistent(writes, parent, "");
        }
        for (int i = 0; i < instances; i++) {
            String ip = JobPaths.ipOf(instance(i));
            persistent(writes, paths.server(ip), job % 100 == 7 ? JobPaths.DISABLED : JobPaths.ENABLED);
            writes.add(new Write.Create(paths.instance(instance(i)), "", CreateMode.EPHEMERAL));
            writes.add(new Write.SetData(paths.instance(instance(i)), "", 0));
        }
        writes.add(new Write.Create(paths.leaderInstance(), instance(0), CreateMode.EPHEMERAL));
        for (int item = 0; item < items; item++) {
            persistent(writes, paths.item(item), "");
            persistent(writes, paths.owner(item), instance(item % instances));
        }
    }

    private static void persistent(List<Write> writes, String path, String data) {
        writes.add(new Write.Create(path, data, CreateMode.PERSISTENT));
    }

    private static void commit(Registry registry, List<Write> writes) {
        CompletableFuture<CommitResult> answer = new CompletableFuture<>();
        registry.commit(List.copyOf(writes), answer::complete);
        try {
            CommitResult result = answer.get(30, TimeUnit.SECONDS);
            if (!(result instanceof CommitResult.Committed)) {
                throw new IllegalStateException("the jobs were not put up: " + result);
            }
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException("the jobs were not put up", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the jobs were put up", e);
        }
    }

    /**
     * Runs of all jobs, oldest first: one firing each hour before {@code now}. About one firing in fifty fails, in one of
     * three ways.
     */
    public List<RunRecord> runs(int firings, Instant now) {
        Random chance = new Random(17);
        List<RunRecord> runs = new ArrayList<>();
        for (int firing = firings; firing > 0; firing--) {
            for (int job = 0; job < jobs; job++) {
                Instant due = now.minus(Duration.ofHours(firing)).plusSeconds(60L * (job % 60));
                boolean fails = chance.nextInt(50) == 0;
                for (int item = 0; item < items; item++) {
                    Duration took = Duration.ofMillis(500 + chance.nextInt(4_000));
                    boolean failed = fails && item == 0;
                    runs.add(new RunRecord(
                            new UUID(chance.nextLong(), chance.nextLong()),
                            name(job),
                            item,
                            instance(item % instances),
                            firing,
                            RunRecord.Source.NORMAL_TRIGGER,
                            due,
                            due.plusMillis(20),
                            due.plusMillis(20).plus(took),
                            failed ? RunRecord.Outcome.FAILED : RunRecord.Outcome.SUCCEEDED,
                            0,
                            failed ? cause(chance.nextInt(3), job) : null));
                }
            }
        }
        return runs;
    }

    private static String cause(int way, int job) {
        return "java.lang.IllegalStateException: region " + job + " is closed\n\tat io.carillon.example.Job"
                + "abc".charAt(way)
                + ".execute(Job.java:17)\n\tat io.carillon.example.Books.settle(Books.java:40)\nCaused by:"
                + " java.io.IOException: no answer\n\tat io.carillon.example.Client.call(Client.java:9)";
    }
}

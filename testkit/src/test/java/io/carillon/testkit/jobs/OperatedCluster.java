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

import io.carillon.jobs.ElasticJob;
import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.ShardingContext;
import io.carillon.jobs.SimpleJob;
import io.carillon.jobs.coordination.Registry;
import io.carillon.jobs.coordination.Registry.CommitResult;
import io.carillon.jobs.coordination.Registry.Write;
import io.carillon.jobs.engine.DrivenEngine;
import io.carillon.jobs.execution.ItemRun;
import io.carillon.jobs.execution.Workers;
import io.carillon.jobs.history.RunRecord;
import io.carillon.jobs.history.RunRecord.Outcome;
import io.carillon.jobs.model.InstanceId;
import io.carillon.jobs.operations.RegistryOperations;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Engines and operations of a namespace on one thread, over a registry that answers at once: what a command does is seen when
 * it returns, what the instances make of it after {@link #settle}. For tests; one thread.
 */
final class OperatedCluster {

    static final String NAMESPACE = "ns";
    private static final Duration SESSION = Duration.ofSeconds(4);

    final ManualTime time = new ManualTime(Instant.parse("2026-01-01T00:00:00.500Z"));
    final InMemoryRegistry server = new InMemoryRegistry(time, SESSION, Runnable::run);
    final List<Instance> instances = new ArrayList<>();
    final InMemoryJobAudit audit = new InMemoryJobAudit();
    final RegistryOperations operations = RegistryOperations.open(
            server.connect(),
            NAMESPACE,
            RegistryOperations.Settings.of(time).audit(audit).timeout(Duration.ofSeconds(5)));

    static JobConfiguration.Builder job(String name, int items, String cron) {
        return JobConfiguration.newBuilder(name, items).cron(cron).timeZone("GMT");
    }

    /** An engine whose user code runs when it is settled, or only when told to. */
    final class Instance implements Workers, SimpleJob {
        final InMemoryRegistry.Client client = server.connect();
        final DrivenEngine engine;
        final List<ItemRun> waiting = new ArrayList<>();
        final List<RunRecord> ended = new ArrayList<>();
        final String id;
        boolean hold;
        boolean dead;

        Instance(String ip) {
            this(ip, "1");
        }

        Instance(String ip, String suffix) {
            InstanceId name = new InstanceId(ip, suffix);
            id = name.toString();
            engine = new DrivenEngine(client, NAMESPACE, name, Duration.ofSeconds(1), time, this, ended::add);
            engine.open();
            instances.add(this);
        }

        /** Schedules a job and settles. */
        Instance join(JobConfiguration configuration) {
            start(configuration, this);
            return this;
        }

        CompletableFuture<Void> start(JobConfiguration configuration, ElasticJob code) {
            CompletableFuture<Void> joined = engine.schedule(code, configuration);
            settle();
            return joined;
        }

        @Override
        public void execute(ShardingContext context) {}

        @Override
        public void start(ItemRun run, int atOnce) {
            waiting.add(run);
        }

        boolean finish() {
            List<ItemRun> runs = List.copyOf(waiting);
            waiting.clear();
            runs.forEach(ItemRun::run);
            return !runs.isEmpty();
        }

        /** Ends the process: its session ends, nothing more is handled. */
        void die() {
            dead = true;
            client.close();
            settle();
        }

        /** {@code job item seconds-of-the-planned-time} of each run that succeeded. */
        List<String> ran() {
            return ended.stream()
                    .filter(run -> run.outcome() == Outcome.SUCCEEDED)
                    .map(run -> run.jobName() + " " + run.shardingItem() + " "
                            + run.scheduledTime().getEpochSecond() % 60)
                    .toList();
        }

        @Override
        public void close() {}
    }

    /** Handles all that can be handled now. */
    void settle() {
        int quiet = 0;
        while (quiet < 2) {
            long before = server.requests();
            boolean worked = false;
            for (Instance instance : List.copyOf(instances)) {
                if (!instance.dead) {
                    instance.engine.poll(time.instant());
                    worked |= !instance.hold && instance.finish();
                    instance.engine.poll(time.instant());
                }
            }
            quiet = worked || server.requests() != before ? 0 : quiet + 1;
        }
    }

    /** Lets time pass in steps of 100 ms. */
    void pass(Duration duration) {
        Instant end = time.instant().plus(duration);
        settle();
        while (time.instant().isBefore(end)) {
            time.advance(Duration.ofMillis(100));
            settle();
        }
    }

    /** Lets time pass until so many seconds, with fractions, into the first minute. */
    void until(String secondsAndMillis) {
        pass(Duration.between(time.instant(), Instant.parse("2026-01-01T00:00:" + secondsAndMillis + "Z")));
    }

    /** Writes as another program would, and settles. */
    void write(Write... writes) {
        InMemoryRegistry.Client admin = server.connect();
        List<CommitResult> results = new ArrayList<>();
        admin.commit(List.of(writes), results::add);
        admin.close();
        if (!(results.get(0) instanceof CommitResult.Committed)) {
            throw new AssertionError(results + " of " + List.of(writes));
        }
        settle();
    }

    /** A node's data, or null: a path below the job's root. */
    String node(String job, String path) {
        return server.dump().get("/" + NAMESPACE + "/" + job + "/" + path);
    }

    /** The names of a node's children. */
    List<String> children(String job, String path) {
        String prefix = "/" + NAMESPACE + "/" + job + "/" + path + "/";
        return server.dump().keySet().stream()
                .filter(at -> at.startsWith(prefix) && at.indexOf('/', prefix.length()) < 0)
                .map(at -> at.substring(prefix.length()))
                .toList();
    }

    /** All nodes of a job, ElasticJob's and Carillon's. */
    List<String> nodesOf(String job) {
        return server.dump().keySet().stream()
                .filter(path -> path.matches("/" + NAMESPACE + "(-carillon)?/" + job + "(/.*)?"))
                .toList();
    }

    /** A client that is none of the instances. */
    Registry connect() {
        return server.connect();
    }
}

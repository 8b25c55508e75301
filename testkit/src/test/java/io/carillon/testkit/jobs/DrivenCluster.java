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
import io.carillon.jobs.ShardingContext;
import io.carillon.jobs.SimpleJob;
import io.carillon.jobs.coordination.Registry.CommitResult;
import io.carillon.jobs.coordination.Registry.Write;
import io.carillon.jobs.engine.DrivenEngine;
import io.carillon.jobs.execution.ItemRun;
import io.carillon.jobs.execution.Workers;
import io.carillon.jobs.history.RunRecord;
import io.carillon.jobs.model.InstanceId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;

/** Several engines on one registry in memory and one thread, in virtual time. Confined to the test's thread. */
final class DrivenCluster {

    final ManualTime time = new ManualTime(Instant.parse("2026-01-01T00:00:00.500Z"));
    final InMemoryRegistry server;
    private final Deque<Runnable> steps = new ArrayDeque<>();
    private final List<Instance> instances = new ArrayList<>();

    /** @param ahead how far the registry's clock is ahead of the engines' */
    DrivenCluster(Duration ahead) {
        server = new InMemoryRegistry(() -> time.instant().plus(ahead), Duration.ofSeconds(4), steps::add);
    }

    DrivenCluster() {
        this(Duration.ZERO);
    }

    /** An engine whose items end when the test says so, or at once. */
    final class Instance implements Workers {
        final InMemoryRegistry.Client client = server.connect();
        final List<ItemRun> waiting = new ArrayList<>();
        final List<RunRecord> ended = new ArrayList<>();
        final DrivenEngine engine;
        private final Consumer<ShardingContext> code;
        /** Its items begin, but do not end. */
        boolean hold;
        /** Its process stands still. */
        boolean still;

        private Instance(String ip, Consumer<ShardingContext> code) {
            this.code = code;
            engine = new DrivenEngine(
                    client, "ns", new InstanceId(ip, "1"), Duration.ofSeconds(1), time, this, ended::add);
            engine.open();
        }

        private final class Code implements SimpleJob {
            @Override
            public void execute(ShardingContext context) {
                code.accept(context);
            }
        }

        @Override
        public void start(ItemRun run, int atOnce) {
            waiting.add(run);
        }

        void finish() {
            List<ItemRun> runs = List.copyOf(waiting);
            waiting.clear();
            runs.forEach(ItemRun::run);
        }

        /** Its process is gone, and its session over. */
        void die() {
            still = true;
            client.expireSession();
            settle();
        }

        @Override
        public void close() {}
    }

    Instance join(String ip, JobConfiguration configuration, Consumer<ShardingContext> code) {
        Instance instance = new Instance(ip, code);
        instances.add(instance);
        instance.engine.schedule(instance.new Code(), configuration);
        settle();
        return instance;
    }

    void settle() {
        boolean more = true;
        while (more) {
            for (Instance instance : List.copyOf(instances)) {
                if (!instance.still) {
                    instance.engine.poll(time.instant());
                    if (!instance.hold) {
                        instance.finish();
                        instance.engine.poll(time.instant());
                    }
                }
            }
            more = !steps.isEmpty();
            while (!steps.isEmpty()) {
                steps.remove().run();
            }
        }
    }

    void until(String secondsAndMillis) {
        until(Instant.parse("2026-01-01T00:00:" + secondsAndMillis + "Z"));
    }

    void until(Instant end) {
        settle();
        while (time.instant().isBefore(end)) {
            time.advance(Duration.ofMillis(100));
            settle();
        }
    }

    /** Commits as somebody else with a session of its own, which lives on. */
    InMemoryRegistry.Client write(Write... writes) {
        InMemoryRegistry.Client admin = server.connect();
        write(admin, writes);
        return admin;
    }

    void write(InMemoryRegistry.Client admin, Write... writes) {
        admin.commit(List.of(writes), result -> {
            if (!(result instanceof CommitResult.Committed)) {
                throw new AssertionError(result + " for " + List.of(writes));
            }
        });
        settle();
    }

    String node(String path) {
        return server.dump().get("/ns/job/" + path);
    }
}

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
package io.carillon.jobs.zookeeper;

import io.carillon.jobs.DataflowJob;
import io.carillon.jobs.ElasticJob;
import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.ShardingContext;
import io.carillon.jobs.SimpleJob;
import io.carillon.jobs.coordination.Registry.Read;
import io.carillon.jobs.engine.DrivenEngine;
import io.carillon.jobs.execution.ItemRun;
import io.carillon.jobs.execution.Workers;
import io.carillon.jobs.history.RunRecord;
import io.carillon.jobs.model.InstanceId;
import io.carillon.testkit.registry.ZooKeeperWireTap;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * An engine on a real ZooKeeper with a wire tap of its own, driven by the thread of a test: user code runs there, too. One
 * thread.
 */
final class CountedInstance implements Workers, AutoCloseable {

    private final InstantSource time;
    private final ZooKeeperWireTap tap;
    private final ZooKeeperRegistry registry;
    private final DrivenEngine engine;
    private final Deque<ItemRun> waiting = new ArrayDeque<>();
    private final Deque<RunRecord> ended = new ArrayDeque<>();
    private boolean holding;
    private long asked;

    CountedInstance(LocalZooKeeper zooKeeper, String namespace, String ip, InstantSource time) {
        this.time = time;
        this.tap = new ZooKeeperWireTap(zooKeeper.port());
        this.registry = ZooKeeperRegistry.open(zooKeeper
                .options(tap.port())
                .sessionTimeout(Duration.ofSeconds(6))
                .build());
        this.engine = new DrivenEngine(
                registry, namespace, new InstanceId(ip, "1"), Duration.ofSeconds(1), time, this, ended::add);
        this.asked = tap.requests();
        engine.open();
    }

    /** Registers a job whose code does nothing. */
    void schedule(JobConfiguration configuration) {
        engine.schedule(new Nothing(), configuration);
    }

    /** Registers a data flow that finds data in its first round only. */
    void scheduleDataflow(JobConfiguration configuration) {
        engine.schedule(new Flow(), configuration);
    }

    void schedule(ElasticJob job, JobConfiguration configuration) {
        engine.schedule(job, configuration);
    }

    CompletableFuture<Void> leave(String job) {
        return engine.leave(job);
    }

    private static final class Nothing implements SimpleJob {
        @Override
        public void execute(ShardingContext context) {}
    }

    private static final class Flow implements DataflowJob<Integer> {

        private final Deque<Integer> data = new ArrayDeque<>();
        private long fence;

        @Override
        public List<Integer> fetchData(ShardingContext context) {
            if (fence != context.fence()) {
                fence = context.fence();
                data.add(1);
            }
            return data.isEmpty() ? List.of() : List.of(data.remove());
        }

        @Override
        public void processData(ShardingContext context, List<Integer> all) {}
    }

    @Override
    public void start(ItemRun run, int atOnce) {
        waiting.add(run);
    }

    /** While it is on, user code does not return. */
    void hold(boolean on) {
        holding = on;
    }

    /** Handles what has come. */
    void poll() {
        engine.poll(time.instant());
        while (!holding && !waiting.isEmpty()) {
            waiting.remove().run();
            engine.poll(time.instant());
        }
    }

    /** Asks the server something, so that all that it has told before is here when this returns. */
    void askTheServer() throws Exception {
        CompletableFuture<Object> answer = new CompletableFuture<>();
        registry.read(List.of(new Read.Get("/")), answer::complete);
        asked++;
        answer.get(60, TimeUnit.SECONDS);
    }

    /** The runs that have ended since this was asked last. */
    List<RunRecord> takeEnded() {
        List<RunRecord> taken = List.copyOf(ended);
        ended.clear();
        return taken;
    }

    int endedSoFar() {
        return ended.size();
    }

    /** The requests of the engine until now. */
    long requests() {
        return tap.requests() - asked;
    }

    long pings() {
        return tap.requestsByKind().getOrDefault("ping", 0L);
    }

    ZooKeeperRegistry registry() {
        return registry;
    }

    @Override
    public void close() {
        registry.close();
        tap.close();
    }
}

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

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.JobEngine;
import io.carillon.jobs.JobEngineOptions;
import io.carillon.jobs.SimpleJob;
import io.carillon.jobs.coordination.ConfigYaml;
import io.carillon.jobs.coordination.JobPaths;
import io.carillon.jobs.coordination.Registry;
import io.carillon.jobs.coordination.Registry.CommitResult;
import io.carillon.jobs.coordination.Registry.CreateMode;
import io.carillon.jobs.coordination.Registry.Write;
import io.carillon.jobs.engine.ClusterJobEngine;
import io.carillon.jobs.engine.SystemTime;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** A whole engine beside an ElasticJob leader, whose writes the test makes by hand in ElasticJob's order. */
class BesideElasticJobTest {

    private static final String PEER = "10.0.0.9@-@1";
    private static final String OURS = "10.0.0.1@-@a";

    private final InMemoryRegistry server = InMemoryRegistry.threaded(new SystemTime(), Duration.ofSeconds(4));
    private final InMemoryRegistry.Client peer = server.connect();
    private final JobPaths paths = new JobPaths("test", "job");

    @Test
    void anItemThatAnElasticJobLeaderGaveAwayUnseenIsNotRun() throws Exception {
        BlockingQueue<Integer> ran = new LinkedBlockingQueue<>();
        SimpleJob job = context -> ran.add(context.getShardingItem());
        JobConfiguration configuration =
                JobConfiguration.newBuilder("job", 1).cron("* * * * * ?").build();
        elasticJobLeads(configuration);
        AtomicBoolean dealt = new AtomicBoolean();
        Registry late = new DealingBeforeTheFirstClaim(server.connect(), dealt);
        try (JobEngine engine = ClusterJobEngine.start(
                late, JobEngineOptions.newBuilder("test").instanceId(OURS).build())) {
            engine.schedule(job, configuration);
            await(() -> dealt.get() && !server.dump().containsKey(paths.running(0)));
            assertThat(ran).as("runs of an item that belongs to another").isEmpty();

            deal(OURS).get(30, TimeUnit.SECONDS);
            assertThat(ran.poll(30, TimeUnit.SECONDS)).isZero();
        }
    }

    private void elasticJobLeads(JobConfiguration configuration) throws Exception {
        CompletableFuture<CommitResult> done = new CompletableFuture<>();
        peer.commit(
                List.of(
                        persistent(paths.namespaceRoot(), ""),
                        persistent(paths.root(), ""),
                        persistent(paths.config(), ConfigYaml.write(configuration, null)),
                        persistent(paths.leader(), ""),
                        persistent(paths.election(), ""),
                        new Write.Create(paths.leaderInstance(), PEER, CreateMode.EPHEMERAL),
                        persistent(paths.servers(), ""),
                        persistent(paths.server("10.0.0.9"), JobPaths.ENABLED),
                        persistent(paths.instances(), ""),
                        new Write.Create(paths.instance(PEER), "", CreateMode.EPHEMERAL),
                        persistent(paths.sharding(), ""),
                        persistent(paths.item(0), ""),
                        persistent(paths.owner(0), OURS)),
                done::complete);
        assertThat(done.get(30, TimeUnit.SECONDS)).isInstanceOf(CommitResult.Committed.class);
    }

    private static Write persistent(String path, String data) {
        return new Write.Create(path, data, CreateMode.PERSISTENT);
    }

    /** What is left of a deal of ElasticJob's when it is over. */
    private CompletableFuture<CommitResult> deal(String owner) {
        CompletableFuture<CommitResult> done = new CompletableFuture<>();
        peer.commit(List.of(new Write.Delete(paths.owner(0), -1), persistent(paths.owner(0), owner)), done::complete);
        return done;
    }

    /** The peer's whole deal takes effect while this instance's first claim is on its way. */
    private final class DealingBeforeTheFirstClaim implements Registry {

        private final Registry real;
        private final AtomicBoolean dealt;

        DealingBeforeTheFirstClaim(Registry real, AtomicBoolean dealt) {
            this.real = real;
            this.dealt = dealt;
        }

        @Override
        public void commit(List<Write> writes, Consumer<? super CommitResult> callback) {
            boolean isClaim = writes.stream().anyMatch(write -> write.path().equals(paths.running(0)));
            if (isClaim && !dealt.get()) {
                deal(PEER)
                        .thenAccept(ignored -> real.commit(writes, result -> {
                            callback.accept(result);
                            dealt.set(true);
                        }));
            } else {
                real.commit(writes, callback);
            }
        }

        @Override
        public void read(List<Read> reads, Consumer<? super ReadResult> callback) {
            real.read(reads, callback);
        }

        @Override
        public Watch watch(String path, Watcher watcher, Runnable ready) {
            return real.watch(path, watcher, ready);
        }

        @Override
        public void onSession(Consumer<? super SessionEvent> listener) {
            real.onSession(listener);
        }

        @Override
        public Duration sessionTimeout() {
            return real.sessionTimeout();
        }

        @Override
        public void close() {
            real.close();
        }
    }

    private static void await(BooleanSupplier condition) {
        SystemTime time = new SystemTime();
        var until = time.instant().plusSeconds(30);
        while (!condition.getAsBoolean()) {
            assertThat(time.instant()).isBefore(until);
            LockSupport.parkNanos(1_000_000);
        }
    }
}

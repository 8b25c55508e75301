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
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.JobEngine;
import io.carillon.jobs.JobEngineOptions;
import io.carillon.jobs.coordination.ConfigYaml;
import io.carillon.jobs.coordination.JobPaths;
import io.carillon.jobs.coordination.Registry;
import io.carillon.jobs.coordination.Registry.CreateMode;
import io.carillon.jobs.coordination.Registry.Write;
import io.carillon.jobs.engine.ClusterJobEngine;
import io.carillon.jobs.engine.SystemTime;
import io.carillon.jobs.history.RunHistory;
import io.carillon.jobs.history.RunRecord;
import io.carillon.jobs.operations.HealthReason;
import io.carillon.jobs.operations.JobCommands;
import io.carillon.jobs.operations.JobQueries;
import io.carillon.jobs.operations.JobQueries.Health.Level;
import io.carillon.jobs.operations.RegistryOperations;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

/** Queries and commands, from a process that runs no engine. */
class OperationsTest {

    private final InMemoryRegistry server = InMemoryRegistry.threaded(new SystemTime(), Duration.ofSeconds(4));

    @Test
    void aJobIsSeenTriggeredSwitchedOffAndChangedFromOutside() throws Exception {
        BlockingQueue<String> ran = new LinkedBlockingQueue<>();
        try (RegistryOperations operations =
                        RegistryOperations.open(server.connect(), "test", RunHistory.none(), new SystemTime());
                JobEngine engine = ClusterJobEngine.start(
                        server.connect(),
                        JobEngineOptions.newBuilder("test")
                                .instanceId("10.0.0.1@-@a")
                                .build())) {
            JobQueries queries = operations.queries();
            JobCommands commands = operations.commands();
            assertThat(queries.jobs()).isEmpty();

            engine.schedule(
                    context -> ran.add(context.getShardingItem() + context.getJobParameter()),
                    JobConfiguration.newBuilder("seen", 2)
                            .cron("0 0 0 1 1 ? 2099")
                            .timeZone("GMT+8")
                            .description("a job")
                            .build());
            await(() -> queries.job("seen").map(job -> job.leader() != null).orElse(false));
            JobQueries.JobStatus seen = queries.job("seen").orElseThrow();
            assertThat(seen.instances()).containsExactly("10.0.0.1@-@a");
            assertThat(seen.description()).isEqualTo("a job");
            assertThat(seen.nextRun()).isEqualTo("2098-12-31T16:00:00Z");
            assertThat(seen.health().level()).isEqualTo(Level.WARNING);

            commands.trigger("seen");
            assertThat(ran.poll(30, TimeUnit.SECONDS)).isIn("0", "1");
            assertThat(ran.poll(30, TimeUnit.SECONDS)).isIn("0", "1");
            await(() -> queries.job("seen").orElseThrow().items().stream()
                    .allMatch(item -> item.ownerOnline() && item.runningOn() == null));
            assertThat(queries.instances())
                    .containsExactly(new JobQueries.InstanceStatus("10.0.0.1@-@a", "10.0.0.1", 1, 2));

            JobConfiguration stored = commands.configuration("seen").orElseThrow();
            commands.update(
                    stored.toBuilder().cron("0/1 * * * * ?").jobParameter("!").build());
            assertThat(ran.poll(30, TimeUnit.SECONDS)).isIn("0!", "1!");

            commands.disable("seen");
            await(() -> queries.job("seen").orElseThrow().disabled());
            assertThat(queries.job("seen").orElseThrow().health().level()).isEqualTo(Level.DISABLED);
            assertThat(queries.job("seen").orElseThrow().nextRun()).isNull();
            commands.enable("seen");
            ran.clear();
            assertThat(ran.poll(30, TimeUnit.SECONDS)).isIn("0!", "1!");

            assertThatThrownBy(() -> commands.trigger("nobody"))
                    .isInstanceOf(NoSuchElementException.class)
                    .hasMessageContaining("job: 'nobody'");
        }
    }

    @Test
    void jobsAreToldAlthoughTheRunHistoryDoesNotAnswer() {
        try (RegistryOperations operations =
                        RegistryOperations.open(server.connect(), "test", new BrokenHistory(), new SystemTime());
                JobEngine engine = ClusterJobEngine.start(
                        server.connect(), JobEngineOptions.newBuilder("test").build())) {
            engine.schedule(
                    context -> {}, JobConfiguration.newBuilder("known", 1).build());
            JobQueries queries = operations.queries();
            await(() -> queries.job("known").isPresent());
            HealthReason why = HealthReason.of(HealthReason.Code.HISTORY_UNKNOWN, "the table is gone");
            assertThat(queries.job("known").orElseThrow().health().reasons()).contains(why);
            assertThat(queries.jobs())
                    .hasSize(1)
                    .allMatch(job -> job.health().reasons().contains(why));
            assertThatThrownBy(() -> queries.runs("known", 1)).hasMessage("the table is gone\nand more");
        }
    }

    @Test
    void aScheduleThatHasEndedAndAZoneThatElasticJobCannotReadAreTold() {
        Registry client = server.connect();
        try (RegistryOperations operations =
                        RegistryOperations.open(server.connect(), "test", RunHistory.none(), new SystemTime());
                JobEngine engine = ClusterJobEngine.start(
                        server.connect(), JobEngineOptions.newBuilder("test").build())) {
            engine.schedule(
                    context -> {},
                    JobConfiguration.newBuilder("past", 1)
                            .cron("0 0 0 1 1 ? 2020")
                            .build());
            engine.schedule(
                    context -> {},
                    JobConfiguration.newBuilder("mixed", 1)
                            .cron("0 0 0 1 1 ? 2099")
                            .timeZone("America/New_York")
                            .build());
            client.commit(
                    List.of(new Registry.Write.Create(
                            "/test/mixed/instances/10.0.0.9@-@7", "", Registry.CreateMode.EPHEMERAL)),
                    result -> {});
            JobQueries queries = operations.queries();
            await(() -> queries.job("past")
                    .map(job -> job.health().reasons().stream()
                            .anyMatch(reason -> reason.code() == HealthReason.Code.NEVER_FIRES))
                    .orElse(false));
            await(() -> queries.job("mixed")
                    .orElseThrow()
                    .health()
                    .reasons()
                    .contains(HealthReason.of(HealthReason.Code.PEERS_ZONE, "America/New_York")));
        } finally {
            client.close();
        }
    }

    private static final class BrokenHistory implements RunHistory {
        @Override
        public void record(List<RunRecord> runs) {
            throw new IllegalStateException("the table is gone\nand more");
        }

        @Override
        public List<RunRecord> latest(String jobName, int limit) {
            throw new IllegalStateException("the table is gone\nand more");
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

    @Test
    void aTriggerThatNobodyHasAnsweredYetIsMadeAnewSoThatElasticJobHearsOfIt() throws Exception {
        InMemoryRegistry.Client peer = server.connect();
        JobPaths paths = new JobPaths("test", "asked");
        List<Write> tree = new ArrayList<>();
        for (String path : List.of("/test", paths.root(), paths.instances(), paths.instance("10.0.0.9@-@1"))) {
            tree.add(new Write.Create(path, "", CreateMode.PERSISTENT));
        }
        tree.add(new Write.Create(
                paths.config(),
                ConfigYaml.write(JobConfiguration.newBuilder("asked", 1).build(), null),
                CreateMode.PERSISTENT));
        BlockingQueue<String> changes = new LinkedBlockingQueue<>();
        peer.commit(tree, result -> {});
        peer.watch(
                paths.root(),
                new Registry.Watcher() {
                    @Override
                    public void changed(Registry.Change change) {
                        changes.add(change.kind() + " "
                                + change.path().substring(paths.root().length()));
                    }

                    @Override
                    public void resync() {}
                },
                () -> changes.add("watching"));
        assertThat(changes.poll(30, TimeUnit.SECONDS)).isEqualTo("watching");
        try (RegistryOperations operations =
                RegistryOperations.open(server.connect(), "test", RunHistory.none(), new SystemTime())) {
            operations.commands().trigger("asked");
            assertThat(changes.poll(30, TimeUnit.SECONDS)).isEqualTo("CREATED /trigger");
            assertThat(changes.poll(30, TimeUnit.SECONDS)).isEqualTo("CREATED /trigger/10.0.0.9@-@1");
            operations.commands().trigger("asked");
            assertThat(changes.poll(30, TimeUnit.SECONDS)).isEqualTo("DELETED /trigger/10.0.0.9@-@1");
            assertThat(changes.poll(30, TimeUnit.SECONDS)).isEqualTo("CREATED /trigger/10.0.0.9@-@1");
        }
    }
}

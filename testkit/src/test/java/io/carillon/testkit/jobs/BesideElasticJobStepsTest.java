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

import io.carillon.jobs.ElasticJob;
import io.carillon.jobs.InvalidSettingException;
import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.JobEngineOptions;
import io.carillon.jobs.SimpleJob;
import io.carillon.jobs.coordination.ConfigYaml;
import io.carillon.jobs.coordination.JobPaths;
import io.carillon.jobs.coordination.Registry;
import io.carillon.jobs.coordination.Registry.CommitResult;
import io.carillon.jobs.coordination.Registry.CreateMode;
import io.carillon.jobs.coordination.Registry.Write;
import io.carillon.jobs.engine.DrivenEngine;
import io.carillon.jobs.execution.ItemRun;
import io.carillon.jobs.execution.Workers;
import io.carillon.jobs.model.InstanceId;
import io.carillon.jobs.model.PeerVersion;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/**
 * An engine beside an instance of ElasticJob, whose writes the test makes by hand, all on one thread and with a clock that
 * the test moves.
 */
class BesideElasticJobStepsTest {

    private static final String PEER = "10.0.0.9@-@1";
    private static final String OURS = "10.0.0.1@-@1";
    private static final JobConfiguration EACH_SECOND = JobConfiguration.newBuilder("job", 2)
            .cron("* * * * * ?")
            .timeZone("GMT")
            .build();

    private final ManualTime time = new ManualTime(Instant.parse("2026-01-01T00:00:00.500Z"));
    private final Deque<Runnable> steps = new ArrayDeque<>();
    private final InMemoryRegistry server = new InMemoryRegistry(time, Duration.ofSeconds(4), steps::add);
    private final InMemoryRegistry.Client ours = server.connect();
    private final InMemoryRegistry.Client peer = server.connect();
    private final JobPaths paths = new JobPaths("test", "job");
    private final List<ItemRun> waiting = new ArrayList<>();
    /** {@code item@second} of each run of ours. */
    private final List<String> ran = new ArrayList<>();

    private DrivenEngine engine;

    private final class Threads implements Workers {
        @Override
        public void start(ItemRun run, int atOnce) {
            waiting.add(run);
        }

        @Override
        public void close() {}
    }

    private void start(Registry registry, ElasticJob job, JobConfiguration configuration, PeerVersion version) {
        engine = new DrivenEngine(
                registry,
                "test",
                InstanceId.parse(OURS),
                Duration.ofSeconds(1),
                Duration.ofSeconds(15),
                time,
                new Threads(),
                run -> ran.add(run.shardingItem() + "@" + run.scheduledTime().getEpochSecond() % 60),
                version);
        engine.open();
        engine.schedule(job, configuration);
        settle();
    }

    private void start(Registry registry, JobConfiguration configuration) {
        SimpleJob job = context -> {};
        start(registry, job, configuration, PeerVersion.V3_0_4);
    }

    private void settle() {
        boolean more = true;
        while (more) {
            engine.poll(time.instant());
            List<ItemRun> runs = List.copyOf(waiting);
            waiting.clear();
            runs.forEach(ItemRun::run);
            engine.poll(time.instant());
            more = !steps.isEmpty();
            while (!steps.isEmpty()) {
                steps.remove().run();
            }
        }
    }

    private void untilSecond(int second) {
        Instant end = Instant.parse("2026-01-01T00:00:00.500Z").plusSeconds(second);
        while (time.instant().isBefore(end)) {
            time.advance(Duration.ofMillis(100));
            settle();
        }
    }

    /** The peer's writes, one commit each, as ElasticJob makes them. */
    private void peerWrites(Write... writes) {
        for (Write write : writes) {
            commitOfPeer(List.of(write));
        }
        if (engine != null) {
            settle();
        }
    }

    private void commitOfPeer(List<Write> writes) {
        List<CommitResult> result = new ArrayList<>();
        peer.commit(writes, result::add);
        while (result.isEmpty()) {
            steps.remove().run();
        }
        assertThat(result).singleElement().isInstanceOf(CommitResult.Committed.class);
    }

    private static Write persistent(String path, String data) {
        return new Write.Create(path, data, CreateMode.PERSISTENT);
    }

    private static Write ephemeral(String path, String data) {
        return new Write.Create(path, data, CreateMode.EPHEMERAL);
    }

    private void peerIsTheFirstAndLeads(JobConfiguration configuration) {
        peerWrites(
                persistent(paths.namespaceRoot(), ""),
                persistent(paths.root(), ""),
                persistent(paths.config(), ConfigYaml.write(configuration, null)),
                persistent(paths.leader(), ""),
                persistent(paths.election(), ""),
                persistent(paths.leaderSharding(), ""),
                ephemeral(paths.leaderInstance(), PEER),
                persistent(paths.servers(), ""),
                persistent(paths.server("10.0.0.9"), JobPaths.ENABLED),
                persistent(paths.instances(), ""),
                ephemeral(paths.instance(PEER), ""),
                persistent(paths.sharding(), ""),
                persistent(paths.item(0), ""),
                persistent(paths.owner(0), OURS),
                persistent(paths.item(1), ""),
                persistent(paths.owner(1), PEER));
    }

    private void peerComesLater() {
        peerWrites(persistent(paths.server("10.0.0.9"), JobPaths.ENABLED), ephemeral(paths.instance(PEER), ""));
    }

    private String node(String path) {
        return server.dump().get(path);
    }

    // ---- claims under a leader of theirs -----------------------------------------------------------------------

    @Test
    void underAnElasticJobLeaderASteadyFiringCostsTwoRequests() {
        peerIsTheFirstAndLeads(EACH_SECOND);
        start(ours, EACH_SECOND);
        untilSecond(3);
        assertThat(ran).containsExactly("0@1", "0@2", "0@3");
        long before = server.requests();
        untilSecond(13);
        assertThat(ran).hasSize(13);
        assertThat(server.requests() - before).as("requests of ten firings").isEqualTo(20);
    }

    @Test
    void aDealThatIsAskedForWhileAClaimIsOnItsWayIsWaitedFor() {
        peerIsTheFirstAndLeads(EACH_SECOND);
        start(new BeforeTheFirstClaim(() -> commitOfPeer(List.of(persistent(paths.necessary(), "")))), EACH_SECOND);
        untilSecond(2);
        assertThat(ran).isEmpty();
        assertThat(server.dump()).doesNotContainKey(paths.running(0));
        commitOfPeer(List.of(ephemeral(paths.processing(), "")));
        commitOfPeer(List.of(new Write.Delete(paths.owner(0), -1)));
        commitOfPeer(List.of(
                persistent(paths.owner(0), OURS),
                new Write.Delete(paths.necessary(), -1),
                new Write.Delete(paths.processing(), -1)));
        untilSecond(3);
        assertThat(ran).containsExactly("0@2", "0@3");
    }

    @Test
    void aDealThatWasMissedWhileTheConnectionWasAwayIsSeenBeforeAnythingRuns() {
        peerIsTheFirstAndLeads(EACH_SECOND);
        start(
                new BeforeTheFirstClaim(() -> {
                    ours.disconnect();
                    commitOfPeer(List.of(new Write.Delete(paths.owner(0), -1), persistent(paths.owner(0), PEER)));
                    ours.reconnect();
                }),
                EACH_SECOND);
        untilSecond(4);
        assertThat(ran).isEmpty();
        assertThat(server.dump()).doesNotContainKey(paths.running(0));
    }

    /** Lets something happen after this instance has decided its first claim and before the claim arrives. */
    private final class BeforeTheFirstClaim implements Registry {
        private final Runnable happening;
        private boolean over;

        BeforeTheFirstClaim(Runnable happening) {
            this.happening = happening;
        }

        @Override
        public void commit(List<Write> writes, Consumer<? super CommitResult> callback) {
            if (!over && writes.stream().anyMatch(write -> write.path().equals(paths.running(0)))) {
                over = true;
                happening.run();
            }
            ours.commit(writes, callback);
        }

        @Override
        public void read(List<Read> reads, Consumer<? super ReadResult> callback) {
            ours.read(reads, callback);
        }

        @Override
        public Watch watch(String path, Watcher watcher, Runnable ready) {
            return ours.watch(path, watcher, ready);
        }

        @Override
        public void onSession(Consumer<? super SessionEvent> listener) {
            ours.onSession(listener);
        }

        @Override
        public Duration sessionTimeout() {
            return ours.sessionTimeout();
        }

        @Override
        public void close() {
            ours.close();
        }
    }

    // ---- a strategy that goes on from the present owners -------------------------------------------------------

    @Test
    void anItemThatTakesTurnsGoesToTheElasticJobInstanceAndBack() {
        JobConfiguration turns = JobConfiguration.newBuilder("job", 1)
                .cron("0/2 * * * * ?")
                .timeZone("GMT")
                .jobShardingStrategyType("SINGLE_SHARDING_BALANCE")
                .build();
        start(ours, turns);
        peerComesLater();
        untilSecond(2);
        assertThat(node(paths.leaderInstance())).isEqualTo(OURS);
        // whoever is first, each firing finds it with the other one
        List<String> owners = new ArrayList<>();
        for (int second = 4; second <= 14; second += 2) {
            if (PEER.equals(node(paths.owner(0)))) {
                peerWrites(ephemeral(paths.running(0), PEER), new Write.Delete(paths.running(0), -1));
            }
            untilSecond(second);
            owners.add(node(paths.owner(0)));
        }
        String first = owners.get(0);
        String second = first.equals(PEER) ? OURS : PEER;
        assertThat(owners).containsExactly(first, second, first, second, first, second);
        assertThat(ran).doesNotHaveDuplicates();
        assertThat(server.dump()).doesNotContainKeys(paths.necessary(), paths.processing());
    }

    @Test
    void underAnElasticJobLeaderAnItemThatTakesTurnsStaysUntilThatLeaderMovesIt() {
        JobConfiguration turns = EACH_SECOND.toBuilder()
                .jobShardingStrategyType("SINGLE_SHARDING_BALANCE")
                .build();
        peerIsTheFirstAndLeads(turns);
        start(ours, turns);
        untilSecond(3);
        assertThat(ran).containsExactly("0@1", "0@2", "0@3");
        assertThat(server.dump()).doesNotContainKey(paths.necessary());
    }

    @Test
    void severalItemsThatAreToTakeTurnsAreDividedWithTheElasticJobInstanceAndStayUntilItGoes() {
        JobConfiguration turns = JobConfiguration.newBuilder("job", 4)
                .cron("0/2 * * * * ?")
                .timeZone("GMT")
                .jobShardingStrategyType("SINGLE_SHARDING_BALANCE")
                .build();
        start(ours, turns);
        untilSecond(2);
        assertThat(ran).hasSize(4);
        peerComesLater();
        untilSecond(4);
        List<String> divided = ownersOfFour();
        assertThat(divided.stream().filter(PEER::equals)).hasSize(2);
        assertThat(divided.stream().filter(OURS::equals)).hasSize(2);
        for (int second = 6; second <= 10; second += 2) {
            // the peer runs its items, too
            for (int item = 0; item < 4; item++) {
                if (divided.get(item).equals(PEER)) {
                    peerWrites(ephemeral(paths.running(item), PEER), new Write.Delete(paths.running(item), -1));
                }
            }
            untilSecond(second);
            assertThat(ownersOfFour()).as("at " + second).isEqualTo(divided);
        }
        peerWrites(new Write.Delete(paths.instance(PEER), -1));
        untilSecond(12);
        assertThat(ownersOfFour()).containsOnly(OURS);
        assertThat(ran.stream().filter(run -> run.endsWith("@12"))).hasSize(4);
        assertThat(ran).doesNotHaveDuplicates();
        assertThat(server.dump()).doesNotContainKeys(paths.necessary(), paths.processing());
    }

    private List<String> ownersOfFour() {
        return List.of(node(paths.owner(0)), node(paths.owner(1)), node(paths.owner(2)), node(paths.owner(3)));
    }

    // ---- the peer's version ------------------------------------------------------------------------------------

    @Test
    void theKeyOfTheThreadPoolIsThatOfThePeersVersion() {
        JobConfiguration single = EACH_SECOND.toBuilder()
                .jobExecutorThreadPoolSizeProviderType("SINGLE_THREAD")
                .build();
        start(ours, context(), single, PeerVersion.V3_0_5);
        assertThat(node(paths.config()))
                .contains("jobExecutorThreadPoolSizeProviderType: SINGLE_THREAD")
                .doesNotContain("jobExecutorServiceHandlerType");
        assertThat(ConfigYaml.read(node(paths.config()))).isEqualTo(single);
    }

    @Test
    void aKeyOfThePoolThatThePeersCannotReadIsReplacedWhereThisInstanceMayOverwrite() {
        JobConfiguration single = EACH_SECOND.toBuilder()
                .jobExecutorThreadPoolSizeProviderType("SINGLE_THREAD")
                .overwrite(true)
                .build();
        peerIsTheFirstAndLeads(single);
        assertThat(node(paths.config())).contains("jobExecutorServiceHandlerType");
        start(ours, context(), single, PeerVersion.V3_0_5);
        assertThat(node(paths.config()))
                .contains("jobExecutorThreadPoolSizeProviderType: SINGLE_THREAD")
                .doesNotContain("jobExecutorServiceHandlerType");
    }

    @Test
    void fault15ALambdaStandsUnderTheNameThatThePeersVersionGivesIt() {
        start(ours, context(), EACH_SECOND, PeerVersion.V3_0_4);
        assertThat(node(paths.root())).endsWith("BesideElasticJobStepsTest$$Lambda$");
        engine.leaveAll();
        settle();
        commitOfPeer(List.of(new Write.SetData(paths.root(), "", -1)));
        start(
                server.connect(),
                context(),
                EACH_SECOND.toBuilder().overwrite(true).description("again").build(),
                PeerVersion.V3_0_5);
        assertThat(node(paths.root())).endsWith("BesideElasticJobStepsTest$$Lambda");
    }

    private static SimpleJob context() {
        return context -> {};
    }

    @Test
    void anUnknownPeerVersionIsRefusedByName() {
        assertThat(JobEngineOptions.newBuilder("ns").build().peerVersion()).isEqualTo(PeerVersion.V3_0_4);
        assertThat(JobEngineOptions.newBuilder("ns")
                        .peerVersion("3.0.5")
                        .build()
                        .peerVersion())
                .isEqualTo(PeerVersion.V3_0_5);
        assertThatThrownBy(() ->
                        JobEngineOptions.newBuilder("ns").peerVersion("2.1.5").build())
                .isInstanceOf(InvalidSettingException.class)
                .hasMessageContaining("peerVersion: '2.1.5'")
                .hasMessageContaining("3.0.2, 3.0.3, 3.0.4, 3.0.5");
    }
}

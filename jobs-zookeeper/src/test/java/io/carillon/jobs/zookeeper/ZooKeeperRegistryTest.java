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

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.jobs.InvalidSettingException;
import io.carillon.jobs.coordination.Registry;
import io.carillon.jobs.coordination.Registry.CommitResult;
import io.carillon.jobs.coordination.Registry.CreateMode;
import io.carillon.jobs.coordination.Registry.Read;
import io.carillon.jobs.coordination.Registry.ReadResult;
import io.carillon.jobs.coordination.Registry.Reason;
import io.carillon.jobs.coordination.Registry.SessionEvent;
import io.carillon.jobs.coordination.Registry.Watch;
import io.carillon.jobs.coordination.Registry.Write;
import io.carillon.testkit.registry.RegistryRecorder;
import io.carillon.testkit.registry.RegistryRecorder.Told;
import io.carillon.testkit.registry.ZooKeeperWireTap;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.curator.test.InstanceSpec;
import org.apache.curator.test.TestingServer;
import org.apache.zookeeper.ZooDefs;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

final class ZooKeeperRegistryTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static LocalZooKeeper zooKeeper;

    @BeforeAll
    static void startZooKeeper() throws Exception {
        zooKeeper = new LocalZooKeeper();
    }

    @AfterAll
    static void stopZooKeeper() throws Exception {
        zooKeeper.close();
    }

    @Test
    void aCommitAndAReadAreOneRequestEachAndNothingIsSentInIdle() {
        try (ZooKeeperWireTap tap = new ZooKeeperWireTap(zooKeeper.port());
                ZooKeeperRegistry registry = ZooKeeperRegistry.open(zooKeeper
                        .options(tap.port())
                        .sessionTimeout(Duration.ofSeconds(4))
                        .build())) {
            RegistryRecorder here = new RegistryRecorder(registry, PATIENCE);
            here.commit(create("/counted"));
            here.watch("/counted");
            long before = tap.requests();

            List<Write> writes = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                writes.add(create("/counted/" + i));
            }
            here.commit(writes);
            assertThat(tap.requests() - before).isEqualTo(1);

            List<Read> reads = new ArrayList<>(List.of(new Read.Children("/counted")));
            for (int i = 0; i < 100; i++) {
                reads.add(new Read.Get("/counted/" + i));
            }
            here.read(reads.toArray(Read[]::new));
            assertThat(tap.requests() - before).isEqualTo(2);
            here.read(new Read.Get("/counted"));
            assertThat(tap.requests() - before).isEqualTo(3);

            // Several pings long (one each third of the session timeout), and nothing but pings.
            long pings = tap.requestsByKind().getOrDefault("ping", 0L);
            while (tap.requestsByKind().getOrDefault("ping", 0L) < pings + 2) {
                LockSupport.parkNanos(50_000_000);
            }
            assertThat(tap.requests() - before).isEqualTo(3);
            assertThat(tap.requestsByKind())
                    .containsEntry("multi", 2L)
                    .containsEntry("multiRead", 3L) // with the one that open() asks
                    .containsEntry("addWatch", 1L);
        }
    }

    @Test
    void aCommitThatNoServerWouldTakeIsRefusedAndTheConnectionLivesOn() {
        try (ZooKeeperWireTap tap = new ZooKeeperWireTap(zooKeeper.port());
                ZooKeeperRegistry registry = zooKeeper.open(tap)) {
            RegistryRecorder here = new RegistryRecorder(registry, PATIENCE);
            here.listen();
            List<Write> writes = new ArrayList<>(List.of(create("/large")));
            for (int i = 0; i < 5_000; i++) {
                writes.add(new Write.Create("/large/" + i, "x".repeat(100), CreateMode.PERSISTENT));
            }
            assertThat(here.commit(writes)).isInstanceOf(CommitResult.Committed.class);
            here.commit(writes.stream()
                    .map(write -> (Write) new Write.Delete(write.path(), -1))
                    .sorted(java.util.Comparator.comparing(Write::path).reversed())
                    .toList());
            assertThat(here.exists("/large")).isFalse();

            for (int i = 5_000; i < 10_000; i++) {
                writes.add(new Write.Create("/large/" + i, "x".repeat(100), CreateMode.PERSISTENT));
            }
            long before = tap.requests();
            assertThat(here.commit(writes)).isEqualTo(new CommitResult.Refused(0, Reason.OTHER));
            assertThat(tap.requests()).isEqualTo(before);
            assertThat(here.exists("/large")).isFalse();
            assertThat(here.told())
                    .noneMatch(told -> told instanceof Told.Session s && s.event() instanceof SessionEvent.Suspended);
        }
    }

    @Test
    void aServerThatIsRestartedWithinTheSessionTimeoutKeepsTheSessionAndItsNodes() throws Exception {
        try (LocalZooKeeper own = new LocalZooKeeper();
                ZooKeeperRegistry registry = own.open()) {
            RegistryRecorder here = new RegistryRecorder(registry, PATIENCE);
            here.listen();
            here.commit(create("/a"), new Write.Create("/a/e", "x", CreateMode.EPHEMERAL));
            here.watch("/a");

            own.server().restart();

            here.await(
                    told -> told instanceof Told.Session s && s.event() instanceof SessionEvent.Suspended, "the loss");
            here.await(new Told.Resync("/a")::equals, "the request to look again");
            assertThat(here.node("/a/e").data()).isEqualTo("x");
            assertThat(here.told())
                    .noneMatch(told -> told instanceof Told.Session s && s.event() instanceof SessionEvent.Expired);
        }
    }

    @Test
    void aCommitUnderWayWhenTheSessionExpiresIsUnknownOrDoneAndNeverMadeInTheNext() {
        try (ZooKeeperRegistry registry = zooKeeper.open()) {
            RegistryRecorder here = new RegistryRecorder(registry, PATIENCE);
            here.listen();
            zooKeeper.expire(registry);
            List<CommitResult> results = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                results.add(here.commit(new Write.Create("/expired-" + i, "", CreateMode.EPHEMERAL)));
                if (here.told().stream()
                        .anyMatch(
                                told -> told instanceof Told.Session s && s.event() instanceof SessionEvent.Expired)) {
                    break;
                }
            }
            assertThat(results.get(0)).isInstanceOf(CommitResult.Unknown.class);
        }
    }

    @Test
    void aDigestMakesNodesPrivateAndAClientWithoutItIsRefused() throws Exception {
        try (ZooKeeperRegistry owner = ZooKeeperRegistry.open(zooKeeper
                        .options(zooKeeper.port())
                        .digest("carillon:secret")
                        .build());
                ZooKeeperRegistry wrong = ZooKeeperRegistry.open(zooKeeper
                        .options(zooKeeper.port())
                        .digest("carillon:guess")
                        .build());
                ZooKeeperRegistry stranger = zooKeeper.open()) {
            RegistryRecorder here = new RegistryRecorder(owner, PATIENCE);
            here.commit(create("/private"));

            assertThat(owner.handle().getACL("/private", null))
                    .singleElement()
                    .satisfies(acl -> assertThat(acl.getPerms()).isEqualTo(ZooDefs.Perms.ALL))
                    .satisfies(acl -> assertThat(acl.getId().getId()).startsWith("carillon:"));
            for (ZooKeeperRegistry other : List.of(wrong, stranger)) {
                RegistryRecorder there = new RegistryRecorder(other, PATIENCE);
                assertThat(there.commit(new Write.SetData("/private", "x", -1)))
                        .isEqualTo(new CommitResult.Refused(0, Reason.NO_PERMISSION));
                assertThat(there.tryToRead(new Read.Get("/private")))
                        .isInstanceOfSatisfying(ReadResult.Failed.class, failed -> assertThat(failed.cause())
                                .contains("no permission", "/private"));
            }
            // also in the session after an expiry
            here.listen();
            zooKeeper.expire(owner);
            here.await(
                    told -> told instanceof Told.Session s && s.event() instanceof SessionEvent.Connected,
                    2,
                    "a new session");
            assertThat(here.commit(new Write.SetData("/private", "x", -1))).isInstanceOf(CommitResult.Committed.class);
        }
    }

    @Test
    void aClosedWatchIsGoneFromTheServer() {
        try (ZooKeeperWireTap tap = new ZooKeeperWireTap(zooKeeper.port());
                ZooKeeperRegistry registry = zooKeeper.open(tap)) {
            RegistryRecorder here = new RegistryRecorder(registry, PATIENCE);
            Watch first = here.watch("/watched");
            Watch second = here.watch("/watched");
            int watches = watchCount();

            first.close();
            here.exists("/watched");
            assertThat(watchCount()).isEqualTo(watches);
            second.close();
            here.exists("/watched"); // the removal was asked before it
            here.exists("/watched");
            assertThat(watchCount()).isLessThan(watches);
        }
    }

    @Test
    void aServerThatIsNotThereIsOneClearErrorWithinTheTime() throws Exception {
        int nobody;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            nobody = socket.getLocalPort();
        }
        ZooKeeperOptions options = ZooKeeperOptions.builder("127.0.0.1:" + nobody)
                .maxSleep(Duration.ofMillis(300))
                .maxRetries(2)
                .build();
        assertThatThrownBy(() -> ZooKeeperRegistry.open(options))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage(
                        "serverLists: 127.0.0.1:" + nobody + " (expected: a ZooKeeper that answers). No answer within"
                                + " 600 ms. Start ZooKeeper, or correct the address; a slow network may need a longer"
                                + " connectionTimeout, maxSleep or maxRetries.");
        assertThat(Thread.getAllStackTraces().keySet().stream()
                        .filter(thread -> thread.getName().contains(":" + nobody) && thread.isAlive()))
                .isEmpty();
    }

    @Test
    void theDefaultsAreThoseOfElasticJobAndTheFirstConnectionIsGivenUpAfterNineSeconds() {
        ZooKeeperOptions options = ZooKeeperOptions.of("localhost:2181");
        assertThat(options.sessionTimeout()).hasSeconds(60);
        assertThat(options.connectionTimeout()).hasSeconds(15);
        assertThat(options.baseSleep()).hasSeconds(1);
        assertThat(options.maxSleep()).hasSeconds(3);
        assertThat(options.maxRetries()).isEqualTo(3);
        assertThat(options.patience()).hasSeconds(9);
        assertThat(options.digest()).isNull();
    }

    @Test
    void aSettingThatCannotBeIsRefusedByItsName() {
        for (String servers : List.of(
                "",
                "  ",
                "localhost:",
                "localhost:port",
                "localhost:0",
                "localhost:70000",
                ":2181",
                "a:1,,b:2",
                "a b:1",
                "http://a:1",
                "a:1/chroot")) {
            assertThatThrownBy(() -> ZooKeeperOptions.of(servers))
                    .as(servers)
                    .isInstanceOf(InvalidSettingException.class)
                    .hasMessageStartingWith("serverLists: ")
                    .hasMessageContaining("(expected: host:port");
        }
        for (String servers : List.of("localhost", "a:1", "a.b-c.example:2181, 10.0.0.1:2182", "[::1]:2181")) {
            assertThat(ZooKeeperOptions.of(servers).connectString()).isEqualTo(servers);
        }
        assertThatThrownBy(() -> ZooKeeperOptions.builder("a:1").maxRetries(0).build())
                .hasMessageStartingWith("maxRetries: 0 (expected: at least 1)");
        assertThatThrownBy(() -> ZooKeeperOptions.builder("a:1")
                        .sessionTimeout(Duration.ZERO)
                        .build())
                .hasMessageStartingWith("sessionTimeout: PT0S");
        assertThatThrownBy(
                        () -> ZooKeeperOptions.builder("a:1").digest("secret").build())
                .hasMessageStartingWith("digest: (not shown) (expected: user:password)")
                .hasMessageNotContaining("secret");
        assertThat(ZooKeeperOptions.builder("a:1").digest("user:secret").build().toString())
                .doesNotContain("secret");
    }

    @Test
    void theSessionTimeoutIsTheServersWhenItsLimitsAreNarrower() {
        try (ZooKeeperRegistry registry = ZooKeeperRegistry.open(zooKeeper
                .options(zooKeeper.port())
                .sessionTimeout(Duration.ofSeconds(60))
                .build())) {
            assertThat(registry.sessionTimeout()).isEqualTo(Duration.ofSeconds(10)); // twenty ticks of 500 ms
        }
    }

    @Test
    void openedInTheBackgroundItSaysThatItIsNotConnectedUntilAServerIsThereAndThenWatches() throws Exception {
        try (TestingServer late = new TestingServer(new InstanceSpec(null, -1, -1, -1, true, -1, 500, -1), false);
                ZooKeeperRegistry registry = ZooKeeperRegistry.openInBackground(
                        zooKeeper.options(late.getPort()).build())) {
            CompletableFuture<ReadResult> read = new CompletableFuture<>();
            registry.read(List.of(new Read.Get("/late")), read::complete);
            assertThat(read.get(60, TimeUnit.SECONDS)).isEqualTo(new ReadResult.Failed("not connected yet"));
            CompletableFuture<CommitResult> commit = new CompletableFuture<>();
            registry.commit(List.of(create("/late")), commit::complete);
            assertThat(commit.get(60, TimeUnit.SECONDS)).isEqualTo(new CommitResult.Unknown("not connected yet"));

            CompletableFuture<SessionEvent> session = new CompletableFuture<>();
            registry.onSession(session::complete);
            CompletableFuture<String> seen = new CompletableFuture<>();
            CompletableFuture<Boolean> ready = new CompletableFuture<>();
            registry.watch(
                    "/late",
                    new Registry.Watcher() {
                        @Override
                        public void changed(Registry.Change change) {
                            seen.complete(change.path());
                        }

                        @Override
                        public void resync() {}
                    },
                    () -> ready.complete(true));
            late.start();
            assertThat(session.get(60, TimeUnit.SECONDS)).isInstanceOf(SessionEvent.Connected.class);
            assertThat(ready.get(60, TimeUnit.SECONDS)).isTrue();
            RegistryRecorder here = new RegistryRecorder(registry, PATIENCE);
            assertThat(here.commit(create("/late"))).isInstanceOf(CommitResult.Committed.class);
            assertThat(seen.get(60, TimeUnit.SECONDS)).isEqualTo("/late");
        }
    }

    private static int watchCount() {
        return zooKeeper.watchCount();
    }

    private static Write create(String path) {
        return new Write.Create(path, "", CreateMode.PERSISTENT);
    }
}

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

import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.JobEngine;
import io.carillon.jobs.JobEngineOptions;
import io.carillon.jobs.engine.ClusterJobEngine;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.security.auth.login.AppConfigurationEntry;
import javax.security.auth.login.AppConfigurationEntry.LoginModuleControlFlag;
import javax.security.auth.login.Configuration;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.ACL;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Jobs at a ZooKeeper that asks who is there. */
final class ZooKeeperAccessTest {

    private static JobEngine engine(ZooKeeperRegistry registry, String id) {
        return ClusterJobEngine.start(
                registry,
                JobEngineOptions.newBuilder("private")
                        .instanceId(id)
                        .registryTimeout(Duration.ofSeconds(60))
                        .build());
    }

    private static JobConfiguration job() {
        return JobConfiguration.newBuilder("guarded", 2).build();
    }

    /** ZooKeeper's own client, with whatever it says about itself. */
    private static ZooKeeper client(LocalZooKeeper zooKeeper, String digest) throws Exception {
        CountDownLatch connected = new CountDownLatch(1);
        ZooKeeper client = new ZooKeeper("127.0.0.1:" + zooKeeper.port(), 10_000, event -> {
            if (event.getState() == Watcher.Event.KeeperState.SyncConnected) {
                connected.countDown();
            }
        });
        assertThat(connected.await(60, TimeUnit.SECONDS)).isTrue();
        if (digest != null) {
            client.addAuthInfo("digest", digest.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        }
        return client;
    }

    private static List<String> tree(ZooKeeper client, String path) throws Exception {
        List<String> paths = new ArrayList<>(List.of(path));
        for (String child : client.getChildren(path, false)) {
            paths.addAll(tree(client, path + "/" + child));
        }
        return paths;
    }

    @Test
    void fault16WithADigestEveryNodeOfAJobIsItsCreatorsAloneAndNoneHoldsThePassword() throws Exception {
        try (LocalZooKeeper zooKeeper = new LocalZooKeeper();
                ZooKeeperRegistry registry = ZooKeeperRegistry.open(zooKeeper
                        .options(zooKeeper.port())
                        .digest("carillon:secret-word")
                        .build());
                JobEngine engine = engine(registry, "10.0.0.1@-@1")) {
            CountDownLatch ran = new CountDownLatch(2);
            engine.schedule(context -> ran.countDown(), job());
            engine.commands().trigger("guarded");
            assertThat(ran.await(60, TimeUnit.SECONDS)).isTrue();

            try (ZooKeeper owner = client(zooKeeper, "carillon:secret-word");
                    ZooKeeper stranger = client(zooKeeper, null)) {
                List<String> nodes = new ArrayList<>(tree(owner, "/private"));
                nodes.addAll(tree(owner, "/private-carillon"));
                assertThat(nodes).contains("/private/guarded/instances/10.0.0.1@-@1", "/private/guarded/sharding/1");
                for (String node : nodes) {
                    List<ACL> acl = owner.getACL(node, null);
                    assertThat(acl).as(node).hasSize(1);
                    assertThat(acl.get(0).getPerms()).as(node).isEqualTo(ZooDefs.Perms.ALL);
                    assertThat(acl.get(0).getId().getScheme()).as(node).isEqualTo("digest");
                    assertThat(acl.get(0).getId().getId()).as(node).startsWith("carillon:");
                    byte[] data = owner.getData(node, false, null);
                    assertThat(new String(data == null ? new byte[0] : data, java.nio.charset.StandardCharsets.UTF_8))
                            .as(node)
                            .doesNotContain("secret-word");
                }
                assertThatThrownBy(() -> stranger.getData("/private/guarded/config", false, null))
                        .isInstanceOf(KeeperException.NoAuthException.class);
            }
            for (String digest : new String[] {"carillon:guess", null}) {
                try (ZooKeeperRegistry wrong = ZooKeeperRegistry.open(zooKeeper
                                .options(zooKeeper.port())
                                .digest(digest)
                                .build());
                        JobEngine other = engine(wrong, "10.0.0.2@-@1")) {
                    assertThatThrownBy(() -> other.schedule(context -> {}, job()))
                            .isInstanceOf(IllegalStateException.class)
                            .hasMessageStartingWith(
                                    "digest: (not shown) (expected: the user and password that made the"
                                            + " nodes of job 'guarded' in namespace 'private'). The registry answers: no permission")
                            .hasMessageNotContaining("guess");
                }
            }
        }
    }

    /** The section of a JAAS file for either side, in memory. */
    private static final class Jaas extends Configuration {
        private final String password;

        Jaas(String password) {
            this.password = password;
        }

        @Override
        public AppConfigurationEntry[] getAppConfigurationEntry(String name) {
            Map<String, String> options =
                    switch (name) {
                        case "Server" -> Map.of("user_carillon", "secret-word");
                        case "Client" ->
                            password == null ? Map.of() : Map.of("username", "carillon", "password", password);
                        default -> Map.of();
                    };
            return options.isEmpty()
                    ? null
                    : new AppConfigurationEntry[] {
                        new AppConfigurationEntry(
                                "org.apache.zookeeper.server.auth.DigestLoginModule",
                                LoginModuleControlFlag.REQUIRED,
                                options)
                    };
        }
    }

    /** A story, because JAAS is set for the whole JVM. */
    @Test
    @Tag("story")
    void aJobRunsAtAServerThatWantsALoginBySaslAndAWrongOrNoPasswordIsOneClearError() throws Exception {
        String enforce = "zookeeper.sessionRequireClientSASLAuth";
        try {
            Configuration.setConfiguration(new Jaas("secret-word"));
            System.setProperty(enforce, "true");
            System.setProperty("zookeeper.fips-mode", "false"); // else ZooKeeper's client knows no DIGEST-MD5
            System.setProperty(
                    "zookeeper.authProvider.1", "org.apache.zookeeper.server.auth.SASLAuthenticationProvider");
            org.apache.zookeeper.server.auth.ProviderRegistry.reset();
            try (LocalZooKeeper zooKeeper = new LocalZooKeeper()) {
                try (ZooKeeperRegistry registry = zooKeeper.open();
                        JobEngine engine = engine(registry, "10.0.0.1@-@1")) {
                    CountDownLatch ran = new CountDownLatch(2);
                    engine.schedule(context -> ran.countDown(), job());
                    engine.commands().trigger("guarded");
                    assertThat(ran.await(60, TimeUnit.SECONDS)).isTrue();
                }
                Configuration.setConfiguration(new Jaas("guess"));
                assertThatThrownBy(() -> zooKeeper.open().close())
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("java.security.auth.login.config")
                        .hasMessageNotContaining("guess");
                Configuration.setConfiguration(new Jaas(null));
                assertThatThrownBy(() -> ZooKeeperRegistry.open(zooKeeper
                                        .options(zooKeeper.port())
                                        .maxSleep(Duration.ofSeconds(2))
                                        .maxRetries(3)
                                        .build())
                                .close())
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("serverLists: 127.0.0.1:" + zooKeeper.port());
            }
        } finally {
            System.clearProperty(enforce);
            System.clearProperty("zookeeper.fips-mode");
            System.clearProperty("zookeeper.authProvider.1");
            org.apache.zookeeper.server.auth.ProviderRegistry.reset();
            Configuration.setConfiguration(null);
        }
    }
}

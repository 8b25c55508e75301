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
package io.carillon.launcher.servers;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.rocketmq.client.consumer.DefaultLitePullConsumer;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.ZooKeeper;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.S3Exception;

final class ServerProcessTest {

    @TempDir
    Path folder;

    @BeforeAll
    static void makeTheFolderOfTemporaryFolders() throws IOException {
        Files.createDirectories(Path.of(System.getProperty("java.io.tmpdir")));
    }

    @Test
    void zooKeeperKeepsANodeAndEndsWithTheProcessThatStartedIt() throws Exception {
        int port = StartedServer.port();
        try (StartedServer server = StartedServer.start(
                        ServerProcess.ZOOKEEPER, folder, "--port", "" + port, "--dir", "" + folder.resolve("zk"))
                .awaitReady("zookeeper", port)) {
            CountDownLatch connected = new CountDownLatch(1);
            try (ZooKeeper client = new ZooKeeper("127.0.0.1:" + port, 10_000, event -> {
                if (event.getState() == Watcher.Event.KeeperState.SyncConnected) {
                    connected.countDown();
                }
            })) {
                assertThat(connected.await(60, TimeUnit.SECONDS)).isTrue();
                client.create("/a", "x".getBytes(UTF_8), ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
                assertThat(client.getData("/a", false, null)).asString(UTF_8).isEqualTo("x");
                assertThat(client.getSessionTimeout()).isEqualTo(10_000);
            }
            server.leaveAlone();
            assertThat(server.awaitEnd()).isZero();
            assertThat(server.said()).hasSize(1);
        }
    }

    @Test
    void rocketMqKeepsMessagesOverAKillAndARestart() throws Exception {
        int namesrv = StartedServer.port();
        int broker = StartedServer.port();
        String[] arguments = {
            "--namesrv-port",
            "" + namesrv,
            "--broker-port",
            "" + broker,
            "--dir",
            "" + folder.resolve("mq"),
            "--topics",
            "A,B"
        };
        try (StartedServer server =
                StartedServer.start(ServerProcess.ROCKETMQ, folder, arguments).awaitReady("rocketmq", namesrv)) {
            DefaultMQProducer producer = new DefaultMQProducer("test-producer");
            producer.setNamesrvAddr("127.0.0.1:" + namesrv);
            producer.start();
            try {
                for (int i = 0; i < 10; i++) {
                    assertThat(producer.send(new Message("A", ("m" + i).getBytes(UTF_8)), 30_000)
                                    .getSendStatus())
                            .isEqualTo(SendStatus.SEND_OK);
                }
                producer.send(new Message("made-by-sending", "x".getBytes(UTF_8)), 30_000);
            } finally {
                producer.shutdown();
            }
            server.kill();
        }
        try (StartedServer server =
                StartedServer.start(ServerProcess.ROCKETMQ, folder, arguments).awaitReady("rocketmq", namesrv)) {
            DefaultLitePullConsumer consumer = new DefaultLitePullConsumer("test-consumer");
            consumer.setNamesrvAddr("127.0.0.1:" + namesrv);
            consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
            consumer.subscribe("A", "*");
            consumer.start();
            List<String> received = new ArrayList<>();
            try {
                for (int attempt = 0; attempt < 60 && received.size() < 10; attempt++) {
                    for (MessageExt message : consumer.poll(1_000)) {
                        received.add(new String(message.getBody(), UTF_8));
                    }
                }
            } finally {
                consumer.shutdown();
            }
            assertThat(received).containsExactlyInAnyOrder("m0", "m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8", "m9");
            assertThat(server.said()).hasSize(1);
        }
    }

    @Test
    void h2KeepsATableAndRefusesAWrongPassword() throws Exception {
        int port = StartedServer.port();
        String url = "jdbc:h2:tcp://127.0.0.1:" + port + "/./orders";
        try (StartedServer server = StartedServer.start(
                        ServerProcess.H2,
                        folder,
                        "--port",
                        "" + port,
                        "--dir",
                        "" + folder.resolve("h2"),
                        "--databases",
                        "orders",
                        "--user",
                        "carillon",
                        "--password",
                        "right")
                .awaitReady("h2", port)) {
            assertRoundTrip(url, "carillon", "right");
            assertThatThrownBy(() -> DriverManager.getConnection(url, "carillon", "wrong"))
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("Wrong user name or password");
            assertRoundTrip("jdbc:h2:tcp://127.0.0.1:" + port + "/./made-by-connecting", "sa", "");
            assertThat(server.said()).hasSize(1);
        }
    }

    @Test
    void mariaDbKeepsTablesRefusesAWrongPasswordAndDiesWithItsProcess() throws Exception {
        int port = StartedServer.port();
        String[] arguments = {
            "--port", "" + port,
            "--dir", "" + folder.resolve("db"),
            "--databases", "orders,points",
            "--user", "carillon",
            "--password", "ri'ght\\"
        };
        String url = "jdbc:mariadb://127.0.0.1:" + port + "/";
        try (StartedServer server =
                StartedServer.start(ServerProcess.MARIADB, folder, arguments).awaitReady("mariadb", port)) {
            assertRoundTrip(url + "orders", "carillon", "ri'ght\\");
            assertRoundTrip(url + "points", "carillon", "ri'ght\\");
            for (String[] wrong : new String[][] {{"carillon", "wrong"}, {"carillon", ""}, {"root", ""}, {"", ""}}) {
                assertThatThrownBy(() -> DriverManager.getConnection(url + "orders", wrong[0], wrong[1]))
                        .as(String.join(":", wrong))
                        .isInstanceOf(SQLException.class);
            }
            server.kill();
            awaitNobodyAt(port);
        }
        try (StartedServer server =
                StartedServer.start(ServerProcess.MARIADB, folder, arguments).awaitReady("mariadb", port)) {
            try (Connection connection = DriverManager.getConnection(url + "points", "carillon", "ri'ght\\");
                    ResultSet rows = connection.createStatement().executeQuery("SELECT v FROM t")) {
                assertThat(rows.next()).isTrue();
            }
            assertThat(server.said()).hasSize(1);
        }
        awaitNobodyAt(port);
    }

    @Test
    void theObjectStoreKeepsAnObjectAndRefusesAWrongSecret() throws Exception {
        int port = StartedServer.port();
        try (StartedServer server = StartedServer.start(
                        ServerProcess.OBJECT_STORE,
                        folder,
                        "--port",
                        "" + port,
                        "--access-key",
                        "carillon",
                        "--secret-key",
                        "right-secret")
                .awaitReady("object-store", port)) {
            try (S3Client client = s3(port, "right-secret");
                    S3Client stranger = s3(port, "wrong-secret")) {
                client.createBucket(request -> request.bucket("files"));
                client.putObject(
                        request -> request.bucket("files").key("a/b.txt"), RequestBody.fromString("snow", UTF_8));
                assertThat(client.getObjectAsBytes(
                                        request -> request.bucket("files").key("a/b.txt"))
                                .asUtf8String())
                        .isEqualTo("snow");
                assertThatThrownBy(() -> stranger.listBuckets()).isInstanceOf(S3Exception.class);
            }
            assertThat(server.said()).hasSize(1);
        }
    }

    @Test
    void aPortThatIsTakenAFolderThatCannotBeAndAnUnknownArgumentAreOneLineEach() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String port = "" + taken.getLocalPort();
            try (StartedServer server =
                    StartedServer.start(ServerProcess.H2, folder, "--port", port, "--dir", "" + folder)) {
                assertThat(server.awaitEnd()).isEqualTo(1);
                assertThat(server.said()).isEmpty();
                assertThat(server.errors())
                        .isEqualTo(
                                "h2: --port: " + port + " (expected: a port that is free on 127.0.0.1). Another program"
                                        + " listens there: end it, or choose another port.\n");
            }
        }
        int port = StartedServer.port();
        try (StartedServer noFolder =
                        StartedServer.start(ServerProcess.H2, folder, "--port", "" + port, "--dir", "/proc/none");
                StartedServer unknown = StartedServer.start(ServerProcess.ZOOKEEPER, folder, "--prot", "1")) {
            assertThat(noFolder.awaitEnd()).isEqualTo(1);
            assertThat(noFolder.errors())
                    .startsWith("h2: --dir: /proc/none (expected: a folder that can be made)")
                    .hasLineCount(1);
            assertThat(unknown.awaitEnd()).isEqualTo(1);
            assertThat(unknown.errors())
                    .startsWith("zookeeper: argument: --prot (expected: one of --dir, --port)")
                    .hasLineCount(1);
        }
    }

    private static void assertRoundTrip(String url, String user, String password) throws SQLException {
        try (Connection connection = DriverManager.getConnection(url, user, password)) {
            connection.createStatement().execute("CREATE TABLE t (v VARCHAR(20))");
            connection.createStatement().execute("INSERT INTO t VALUES ('snow')");
            try (ResultSet rows = connection.createStatement().executeQuery("SELECT v FROM t")) {
                assertThat(rows.next()).isTrue();
                assertThat(rows.getString(1)).isEqualTo("snow");
            }
        }
    }

    private static S3Client s3(int port, String secret) {
        return S3Client.builder()
                .endpointOverride(URI.create("http://127.0.0.1:" + port))
                .region(Region.US_EAST_1)
                .forcePathStyle(true)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("carillon", secret)))
                .build();
    }

    private static void awaitNobodyAt(int port) {
        for (int attempt = 0; attempt < 600; attempt++) {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                socket.getPort();
            } catch (IOException e) {
                return;
            }
            LockSupport.parkNanos(100_000_000);
        }
        throw new AssertionError("somebody still listens at " + port);
    }
}

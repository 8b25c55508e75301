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
import io.carillon.jobs.coordination.Registry.CreateMode;
import io.carillon.jobs.coordination.Registry.Write;
import io.carillon.jobs.engine.ClusterJobEngine;
import io.carillon.jobs.engine.SystemTime;
import io.carillon.jobs.operations.JobDump;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** ElasticJob's dump over a real socket. */
class JobDumpTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final InMemoryRegistry server = InMemoryRegistry.threaded(new SystemTime(), Duration.ofSeconds(20));

    private void put(String path, String data) {
        InMemoryRegistry.Client client = server.connect();
        client.commit(List.of(new Write.Create(path, data, CreateMode.PERSISTENT)), result -> {});
        Until.holds(() -> server.dump().containsKey(path));
        client.close();
    }

    private void someJob() {
        put("/ns", "");
        put("/ns/job", "com.example.Job");
        put("/ns/job/config", "cron: 0\njobName: job\nlast: 灯\n");
        put("/ns/job/servers", "");
        put("/ns/job/servers/10.0.0.1", "ENABLED");
        put("/ns/job/servers/10.0.0.11", "DISABLED");
        put("/ns/job/sharding", "");
        put("/ns/job/sharding/0", "");
        put("/ns/job/sharding/0/instance", "10.0.0.1@-@7");
        put("/ns/job/version", "1.2.3.4.5 and 256.1.1.1");
    }

    @Test
    void aClientReadsEveryNodeInOrderWithAddressesReplaced() throws IOException {
        someJob();
        try (JobDump dump = JobDump.serve(server.connect(), "ns", "127.0.0.1", 0, PATIENCE)) {
            for (int i = 0; i < 3; i++) {
                assertThat(JobDump.ask("job", "127.0.0.1", dump.port(), PATIENCE))
                        .isEqualTo("/job/version | 1.2.3.4.5 and 256.1.1.1\n"
                                + "/job/sharding | \n"
                                + "/job/sharding/0 | \n"
                                + "/job/sharding/0/instance | ip1@-@7\n"
                                + "/job/servers | \n"
                                + "/job/servers/ip2 | DISABLED\n"
                                + "/job/servers/ip1 | ENABLED\n"
                                + "/job/config | cron: 0\njobName: job\nlast: 灯\n\n");
            }
            assertThat(JobDump.ask("none", "127.0.0.1", dump.port(), PATIENCE)).isEmpty();
            assertThat(JobDump.ask("../etc", "127.0.0.1", dump.port(), PATIENCE))
                    .startsWith("job: '../etc' (expected: a job's name");
        }
    }

    @Test
    void nonsenseAndAClientThatGoesAwayDoNotEndIt() throws IOException {
        someJob();
        try (JobDump dump = JobDump.serve(server.connect(), "ns", "127.0.0.1", 0, PATIENCE)) {
            byte[] long_ = new byte[5000];
            Arrays.fill(long_, (byte) 'x');
            for (byte[] nonsense : List.of(
                    "dump\n".getBytes(StandardCharsets.US_ASCII), "\n".getBytes(StandardCharsets.US_ASCII), long_)) {
                try (Socket socket = new Socket("127.0.0.1", dump.port())) {
                    socket.setSoTimeout(60_000);
                    socket.getOutputStream().write(nonsense);
                    socket.shutdownOutput();
                    assertThat(new String(socket.getInputStream().readNBytes(15), StandardCharsets.UTF_8))
                            .isEqualTo("unknown command");
                }
            }
            new Socket("127.0.0.1", dump.port()).close();
            assertThat(JobDump.ask("job", "127.0.0.1", dump.port(), PATIENCE)).startsWith("/job/version");
        }
    }

    @Test
    void fault16ItIsOffByDefaultAndAnEngineWithItListensOnLoopbackOnly() throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        assertThat(JobEngineOptions.newBuilder("ns").build().dumpPort()).isZero();
        assertThat(JobEngineOptions.newBuilder("ns").build().dumpAddress()).isEqualTo("127.0.0.1");
        JobEngineOptions options =
                JobEngineOptions.newBuilder("ns").dumpPort(port).build();
        try (JobEngine engine = ClusterJobEngine.start(server.connect(), options)) {
            engine.schedule(context -> {}, JobConfiguration.newBuilder("one", 1).build());
            assertThat(JobDump.ask("one", "127.0.0.1", port, PATIENCE))
                    .contains("/one/config | ", "shardingTotalCount: 1", "/one/servers/ip1 | ENABLED");
            assertThatThrownBy(() -> ClusterJobEngine.start(server.connect(), options))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageStartingWith(
                            "dump.port: " + port + " at 127.0.0.1 (expected: a free port of this host).");
        }
        assertThatThrownBy(() -> JobDump.ask("one", "127.0.0.1", port, PATIENCE))
                .isInstanceOf(IOException.class);
    }
}

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

import io.carillon.testkit.registry.ZooKeeperWireTap;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.curator.test.InstanceSpec;
import org.apache.curator.test.TestingServer;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooKeeper;

/** A real ZooKeeper in this JVM, with ticks of 500 ms, and ways to do harm to its clients' sessions. */
final class LocalZooKeeper implements AutoCloseable {

    private final TestingServer server;

    LocalZooKeeper() throws Exception {
        // what is tested here is not the disk
        System.setProperty("zookeeper.forceSync", "no");
        System.setProperty("zookeeper.4lw.commands.whitelist", "wchs,mntr");
        Files.createDirectories(Path.of(System.getProperty("java.io.tmpdir")));
        server = new TestingServer(new InstanceSpec(null, -1, -1, -1, true, -1, 500, -1), true);
    }

    int port() {
        return server.getPort();
    }

    TestingServer server() {
        return server;
    }

    ZooKeeperOptions.Builder options(int port) {
        return ZooKeeperOptions.builder("127.0.0.1:" + port)
                .sessionTimeout(Duration.ofSeconds(10))
                .connectionTimeout(Duration.ofSeconds(60))
                .maxRetries(20);
    }

    ZooKeeperRegistry open() {
        return ZooKeeperRegistry.open(options(port()).build());
    }

    ZooKeeperRegistry open(ZooKeeperWireTap tap) {
        return ZooKeeperRegistry.open(options(tap.port()).build());
    }

    /** Ends the session at the server: another client takes it over by its id and password, and closes it. */
    void expire(ZooKeeperRegistry registry) {
        ZooKeeper handle = registry.handle();
        CountDownLatch connected = new CountDownLatch(1);
        try (ZooKeeper thief = new ZooKeeper(
                "127.0.0.1:" + port(),
                10_000,
                event -> {
                    if (event.getState() == Watcher.Event.KeeperState.SyncConnected) {
                        connected.countDown();
                    }
                },
                handle.getSessionId(),
                handle.getSessionPasswd())) {
            if (!connected.await(60, TimeUnit.SECONDS)) {
                throw new AssertionError("could not take the session over");
            }
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** How many watches the server keeps. */
    int watchCount() {
        return figure("wchs", "Total watches:(\\d+)");
    }

    /** How many nodes the server keeps. */
    int nodeCount() {
        return figure("mntr", "zk_znode_count\\s+(\\d+)");
    }

    /** A figure of the server's own. */
    private int figure(String command, String pattern) {
        try (Socket socket = new Socket("127.0.0.1", port())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(command.getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().flush();
            String text = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            Matcher figure = Pattern.compile(pattern).matcher(text);
            if (!figure.find()) {
                throw new AssertionError("no " + pattern + " in: " + text);
            }
            return Integer.parseInt(figure.group(1));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() throws Exception {
        server.close();
    }
}

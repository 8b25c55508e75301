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
package io.carillon.messages.rocketmq;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.rocketmq.auth.config.AuthConfig;
import org.apache.rocketmq.broker.BrokerController;
import org.apache.rocketmq.common.BrokerConfig;
import org.apache.rocketmq.common.MQVersion;
import org.apache.rocketmq.common.namesrv.NamesrvConfig;
import org.apache.rocketmq.namesrv.NamesrvController;
import org.apache.rocketmq.remoting.netty.NettyClientConfig;
import org.apache.rocketmq.remoting.netty.NettyServerConfig;
import org.apache.rocketmq.store.config.MessageStoreConfig;

/**
 * A RocketMQ name server and broker in a JVM of their own, so that they can be killed and started again on the same folder
 * and ports. One thread at a time.
 */
final class RocketMqProcess implements AutoCloseable {

    private static RocketMqProcess shared;

    private final Path folder;
    private final int nameServerPort;
    private final int brokerPort;
    private Process process;

    private RocketMqProcess(Path folder) {
        this.folder = folder;
        int base = freePorts();
        this.nameServerPort = base;
        this.brokerPort = base + 3; // the broker also takes the port two below its own, and one for its replica
    }

    /** The server of all tests of this JVM; it ends with the JVM. */
    static synchronized RocketMqProcess shared() {
        if (shared == null) {
            try {
                shared = new RocketMqProcess(
                        Files.createTempDirectory(Files.createDirectories(Path.of("target")), "rocketmq"));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            Runtime.getRuntime().addShutdownHook(new Thread(shared::kill));
            shared.start();
        }
        return shared;
    }

    String nameServer() {
        return "127.0.0.1:" + nameServerPort;
    }

    /** Returns when the broker is registered with the name server. */
    void start() {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(
                List.of("-Xmx256m", "-XX:MaxDirectMemorySize=512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
        command.add("-Djava.net.preferIPv4Stack=true");
        command.add("-Djava.io.tmpdir=" + folder.toAbsolutePath());
        command.add("-Duser.home=" + folder.toAbsolutePath());
        command.add("-Drocketmq.home.dir=" + folder.toAbsolutePath());
        command.add("-Dtls.server.mode=disabled");
        command.add("-Drmq.logback.configurationFile=server-log.xml");
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), RocketMqProcess.class.getName()));
        command.addAll(List.of(
                "" + nameServerPort, "" + brokerPort, folder.toAbsolutePath().toString()));
        try {
            process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.appendTo(
                            folder.resolve("server.err").toFile()))
                    .start();
            BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
            String line = out.readLine();
            while (line != null && !line.equals("READY")) {
                line = out.readLine();
            }
            if (line == null) {
                throw new IllegalStateException("the server ended: " + Files.readString(folder.resolve("server.err")));
            }
            Thread drain = new Thread(() -> out.lines().forEach(ignored -> {}));
            drain.setDaemon(true);
            drain.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** SIGKILL; returns when the process is gone. */
    void kill() {
        process.destroyForcibly();
        process.onExit().join();
    }

    @Override
    public void close() {
        kill();
    }

    /** Below the ephemeral range, so that nobody takes them while the server is down. */
    private static int freePorts() {
        while (true) {
            int base = 20_000 + ThreadLocalRandom.current().nextInt(1_000) * 10;
            boolean free = true;
            for (int port = base; port < base + 5 && free; port++) {
                try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getByName("127.0.0.1"))) {
                    free = socket.isBound();
                } catch (IOException e) {
                    free = false;
                }
            }
            if (free) {
                return base;
            }
        }
    }

    /** The child: name server port, broker port, folder. Ends when its input does, so it never outlives the tests. */
    public static void main(String[] args) throws Exception {
        System.setProperty("rocketmq.remoting.version", "" + MQVersion.CURRENT_VERSION);
        int nameServerPort = Integer.parseInt(args[0]);
        int brokerPort = Integer.parseInt(args[1]);

        NamesrvConfig nameServer = new NamesrvConfig();
        nameServer.setKvConfigPath(args[2] + "/kvConfig.json");
        NettyServerConfig nameServerNet = new NettyServerConfig();
        nameServerNet.setBindAddress("127.0.0.1");
        nameServerNet.setListenPort(nameServerPort);
        NamesrvController names = new NamesrvController(nameServer, nameServerNet);
        if (!names.initialize()) {
            throw new IllegalStateException("the name server did not initialize");
        }
        names.start();

        BrokerConfig broker = new BrokerConfig();
        broker.setBrokerName("test");
        broker.setNamesrvAddr("127.0.0.1:" + nameServerPort);
        broker.setBrokerIP1("127.0.0.1");
        broker.setBrokerIP2("127.0.0.1");
        broker.setListenPort(brokerPort);
        broker.setAutoCreateTopicEnable(true);
        broker.setTransactionMetricFlushInterval(300);
        broker.setWaitTimeMillsInSendQueue(5_000); // a busy machine is no reason to refuse
        broker.setSendMessageThreadPoolNums(2);
        broker.setPullMessageThreadPoolNums(2);
        broker.setAdminBrokerThreadPoolNums(1);
        broker.setClientManageThreadPoolNums(2);
        broker.setHeartbeatThreadPoolNums(2);
        NettyServerConfig brokerNet = new NettyServerConfig();
        brokerNet.setBindAddress("127.0.0.1");
        brokerNet.setListenPort(brokerPort);
        MessageStoreConfig store = new MessageStoreConfig();
        store.setStorePathRootDir(args[2] + "/store");
        store.setStorePathCommitLog(args[2] + "/store/commitlog");
        store.setHaListenPort(brokerPort + 1);
        store.setMappedFileSizeCommitLog(8 * 1024 * 1024);
        store.setMappedFileSizeConsumeQueue(200_000);
        store.setMaxHashSlotNum(5_000);
        store.setMaxIndexNum(20_000);
        store.setMappedFileSizeTimerLog(1024 * 1024);
        store.setFlushDiskType("ASYNC_FLUSH");
        store.setEnableCompaction(false);
        store.setTimerWheelEnable(false);
        store.setTimerFlushIntervalMs(20_000);
        store.setDiskMaxUsedSpaceRatio(99);
        store.setFileReservedTime(1);
        BrokerController controller =
                new BrokerController(broker, brokerNet, new NettyClientConfig(), store, new AuthConfig());
        if (!controller.initialize()) {
            throw new IllegalStateException("the broker did not initialize");
        }
        controller.start();
        // on a slow machine the broker registers before it has found the name server: in vain, and again only 10 s
        // later
        while (names.getRouteInfoManager().pickupTopicRouteData("TBW102") == null) {
            controller.registerBrokerAll(true, false, true);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
        }
        System.out.println("READY");
        while (System.in.read() >= 0) {
            continue;
        }
        Runtime.getRuntime().halt(0);
    }
}

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

import io.carillon.testkit.messages.ServerProcess;
import java.util.List;
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
import org.jspecify.annotations.Nullable;

/**
 * A RocketMQ name server and broker in a JVM of their own, so that they can be killed and started again on the same folder
 * and ports. One thread at a time.
 */
final class RocketMqProcess implements AutoCloseable {

    private static final List<String> JVM_OPTIONS = List.of(
            "-XX:MaxDirectMemorySize=512m",
            "-Dtls.server.mode=disabled",
            "-Drmq.logback.configurationFile=server-log.xml");

    private static @Nullable RocketMqProcess shared;

    private final ServerProcess server;

    private RocketMqProcess(boolean createsTopics) {
        this.server = ServerProcess.of(RocketMqProcess.class, "rocketmq", 5, JVM_OPTIONS, "" + createsTopics);
    }

    /** The server of all tests of this JVM; it ends with the JVM. */
    static synchronized RocketMqProcess shared() {
        RocketMqProcess process = shared;
        if (process == null) {
            process = new RocketMqProcess(true);
            process.start();
            shared = process;
        }
        return process;
    }

    /** A running server that creates no topics by itself. */
    static RocketMqProcess withoutTopicCreation() {
        RocketMqProcess process = new RocketMqProcess(false);
        process.start();
        return process;
    }

    String nameServer() {
        return "127.0.0.1:" + server.port();
    }

    /** Returns when the broker is registered with the name server. */
    void start() {
        server.start();
    }

    /** SIGKILL; returns when the process is gone. */
    void kill() {
        server.kill();
    }

    @Override
    public void close() {
        kill();
    }

    /** The child: name server port, folder, whether topics are created when a message is sent to them. */
    public static void main(String[] args) throws Exception {
        System.setProperty("rocketmq.remoting.version", "" + MQVersion.CURRENT_VERSION);
        int nameServerPort = Integer.parseInt(args[0]);
        int brokerPort =
                nameServerPort + 3; // the broker also takes the port two below its own, and one for its replica
        String folder = args[1];
        System.setProperty("rocketmq.home.dir", folder);

        NamesrvConfig nameServer = new NamesrvConfig();
        nameServer.setKvConfigPath(folder + "/kvConfig.json");
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
        broker.setAutoCreateTopicEnable(Boolean.parseBoolean(args[2]));
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
        store.setStorePathRootDir(folder + "/store");
        store.setStorePathCommitLog(folder + "/store/commitlog");
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
        while (names.getRouteInfoManager().pickupTopicRouteData("SELF_TEST_TOPIC") == null) {
            controller.registerBrokerAll(true, false, true);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
        }
        ServerProcess.serveUntilEndOfInput();
    }
}

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

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.apache.rocketmq.broker.BrokerController;
import org.apache.rocketmq.common.BrokerConfig;
import org.apache.rocketmq.common.MQVersion;
import org.apache.rocketmq.common.TopicConfig;
import org.apache.rocketmq.common.namesrv.NamesrvConfig;
import org.apache.rocketmq.common.topic.TopicValidator;
import org.apache.rocketmq.namesrv.NamesrvController;
import org.apache.rocketmq.remoting.netty.NettyClientConfig;
import org.apache.rocketmq.remoting.netty.NettyServerConfig;
import org.apache.rocketmq.store.config.FlushDiskType;
import org.apache.rocketmq.store.config.MessageStoreConfig;

/** A RocketMQ name server and broker in one process. See {@link ServerProcess#ROCKETMQ}. */
public final class RocketMqServer {

    private static final String HOST = "127.0.0.1";
    private static final int QUEUES = 4;

    private RocketMqServer() {}

    /** Starts it and stays. */
    public static void main(String[] args) {
        ServerRun.stay(
                "rocketmq",
                Set.of("namesrv-port", "broker-port", "dir", "topics", "timer-wheel"),
                args,
                RocketMqServer::start);
    }

    private static int start(ServerRun run) throws Exception {
        int namesrvPort = run.freePort("namesrv-port");
        int brokerPort = run.freePort("broker-port");
        ServerRun.requireFree("broker-port less 2", brokerPort - 2);
        ServerRun.requireFree("broker-port plus 1", brokerPort + 1);
        List<String> topics = run.names("topics");
        Path folder = run.folder("dir");

        // Without the version the name server drops the broker's list of topics, and no client ever finds a route.
        System.setProperty("rocketmq.remoting.version", Integer.toString(MQVersion.CURRENT_VERSION));
        System.setProperty("rocketmq.home.dir", folder.toString());
        System.setProperty("user.home", folder.toString()); // its logs go there
        System.setProperty("tls.server.mode", "disabled"); // saves making a key; the remoting client asks for none

        NamesrvController namesrv = new NamesrvController(new NamesrvConfig(), listening(namesrvPort));
        if (!namesrv.initialize()) {
            throw new IllegalStateException("the name server did not initialise; see " + folder.resolve("logs"));
        }
        namesrv.start();

        BrokerController broker = new BrokerController(
                brokerConfig(namesrvPort, brokerPort),
                listening(brokerPort),
                new NettyClientConfig(),
                storeConfig(folder, brokerPort + 1, Boolean.parseBoolean(run.textOrNull("timer-wheel"))));
        if (!broker.initialize()) {
            throw new IllegalStateException("the broker did not initialise; see " + folder.resolve("logs"));
        }
        broker.start();
        for (String topic : topics) {
            if (broker.getTopicConfigManager().selectTopicConfig(topic) == null) {
                broker.getTopicConfigManager().updateTopicConfig(new TopicConfig(topic, QUEUES, QUEUES));
            }
        }
        broker.registerBrokerAll(true, false, true);
        awaitRoute(broker, namesrv, TopicValidator.AUTO_CREATE_TOPIC_KEY_TOPIC);
        for (String topic : topics) {
            awaitRoute(broker, namesrv, topic);
        }
        return namesrvPort;
    }

    private static NettyServerConfig listening(int port) {
        NettyServerConfig config = new NettyServerConfig();
        config.setBindAddress(HOST);
        config.setListenPort(port);
        config.setServerWorkerThreads(2);
        config.setServerSelectorThreads(1);
        config.setServerCallbackExecutorThreads(2);
        return config;
    }

    private static BrokerConfig brokerConfig(int namesrvPort, int brokerPort) {
        BrokerConfig config = new BrokerConfig();
        config.setBrokerName("carillon");
        config.setBrokerIP1(HOST);
        config.setBrokerIP2(HOST);
        config.setListenPort(brokerPort);
        config.setNamesrvAddr(HOST + ":" + namesrvPort);
        config.setDefaultTopicQueueNums(QUEUES);
        config.setFlushConsumerOffsetInterval(1_000);
        // The default, 200 ms, refuses messages whenever the machine is busy.
        config.setWaitTimeMillsInSendQueue(5_000);
        // Its metrics thread spins on a whole core until the first interval is over, which is 10 s by default.
        config.setTransactionMetricFlushInterval(300);
        config.setSendMessageThreadPoolNums(2);
        config.setPutMessageFutureThreadPoolNums(2);
        config.setPullMessageThreadPoolNums(4);
        config.setLitePullMessageThreadPoolNums(1);
        config.setAckMessageThreadPoolNums(1);
        config.setProcessReplyMessageThreadPoolNums(1);
        config.setQueryMessageThreadPoolNums(1);
        config.setAdminBrokerThreadPoolNums(1);
        config.setClientManageThreadPoolNums(2);
        config.setConsumerManageThreadPoolNums(2);
        config.setHeartbeatThreadPoolNums(1);
        config.setEndTransactionThreadPoolNums(2);
        config.setLoadBalanceProcessorThreadPoolNums(1);
        return config;
    }

    private static MessageStoreConfig storeConfig(Path folder, int haPort, boolean timerWheel) {
        MessageStoreConfig config = new MessageStoreConfig();
        config.setStorePathRootDir(folder.resolve("store").toString());
        config.setStorePathCommitLog(
                folder.resolve("store").resolve("commitlog").toString());
        config.setHaListenPort(haPort);
        config.setMappedFileSizeCommitLog(8 << 20);
        config.setMappedFileSizeConsumeQueue(200_000);
        config.setMaxHashSlotNum(5_000);
        config.setMaxIndexNum(20_000);
        config.setMappedFileSizeTimerLog(1 << 20);
        // Written to the page cache: survives a killed broker, not a machine that loses power.
        config.setFlushDiskType(FlushDiskType.ASYNC_FLUSH);
        config.setEnableCompaction(false);
        config.setDiskMaxUsedSpaceRatio(99);
        config.setTimerWheelEnable(timerWheel);
        config.setTimerFlushIntervalMs(20_000);
        return config;
    }

    /** A registration that comes before the broker's client has found the name server is lost, so it is repeated. */
    private static void awaitRoute(BrokerController broker, NamesrvController namesrv, String topic) {
        for (int attempt = 1; attempt < 1_200; attempt++) {
            if (namesrv.getRouteInfoManager().pickupTopicRouteData(topic) != null) {
                return;
            }
            if (attempt % 10 == 0) {
                broker.registerBrokerAll(true, false, true);
            }
            LockSupport.parkNanos(50_000_000);
        }
        throw new IllegalStateException("the broker did not register topic " + topic + " with the name server");
    }
}

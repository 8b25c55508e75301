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
package io.carillon.messages.kafka;

import io.carillon.testkit.messages.ServerProcess;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.Feature;
import org.apache.kafka.server.policy.CreateTopicPolicy;
import org.jspecify.annotations.Nullable;

/**
 * A Kafka server, broker and controller at once, in a JVM of its own, so that it can be killed and started again on the same
 * folder and ports. One thread at a time.
 */
final class KafkaProcess implements AutoCloseable {

    /** What the server itself takes, records and their headers included. */
    static final int SERVER_MAX_BYTES = 1_048_588;

    private static @Nullable KafkaProcess shared;

    private final ServerProcess server = ServerProcess.of(KafkaProcess.class, "kafka", 2, List.of());

    /** The server of all tests of this JVM; it ends with the JVM. */
    static synchronized KafkaProcess shared() {
        KafkaProcess process = shared;
        if (process == null) {
            process = new KafkaProcess();
            process.start();
            shared = process;
        }
        return process;
    }

    String bootstrap() {
        return "127.0.0.1:" + server.port();
    }

    /** Returns when the broker serves. */
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

    /** Lets nobody create topics whose names begin with {@code forbidden}. */
    public static final class NoForbiddenTopics implements CreateTopicPolicy {

        @Override
        public void validate(RequestMetadata request) {
            if (request.topic().startsWith("forbidden")) {
                throw new PolicyViolationException("no such topics here");
            }
        }

        @Override
        public void configure(Map<String, ?> settings) {}

        @Override
        public void close() {}
    }

    /** The child: port, folder. Ends when its input does, so it never outlives the tests. */
    public static void main(String[] args) throws Exception {
        int port = Integer.parseInt(args[0]);
        String data = args[1] + "/data";
        Properties properties = new Properties();
        properties.setProperty("process.roles", "broker,controller");
        properties.setProperty("node.id", "1");
        properties.setProperty("controller.quorum.voters", "1@127.0.0.1:" + (port + 1));
        properties.setProperty("listeners", "PLAINTEXT://127.0.0.1:" + port + ",CONTROLLER://127.0.0.1:" + (port + 1));
        properties.setProperty("advertised.listeners", "PLAINTEXT://127.0.0.1:" + port);
        properties.setProperty("controller.listener.names", "CONTROLLER");
        properties.setProperty("log.dirs", data);
        properties.setProperty("auto.create.topics.enable", "false");
        properties.setProperty("create.topic.policy.class.name", NoForbiddenTopics.class.getName());
        properties.setProperty("message.max.bytes", "" + SERVER_MAX_BYTES);
        properties.setProperty("group.initial.rebalance.delay.ms", "0");
        properties.setProperty("log.cleaner.dedupe.buffer.size", "2097152");
        for (String internal : List.of("offsets.topic", "transaction.state.log", "share.coordinator.state.topic")) {
            properties.setProperty(internal + ".num.partitions", "1");
            properties.setProperty(internal + ".replication.factor", "1");
        }
        properties.setProperty("transaction.state.log.min.isr", "1");
        properties.setProperty("share.coordinator.state.topic.min.isr", "1");
        properties.setProperty("num.network.threads", "2");
        properties.setProperty("num.io.threads", "2");

        new Formatter()
                .setPrintStream(new PrintStream(System.err, true, StandardCharsets.UTF_8))
                .setSupportedFeatures(Feature.PRODUCTION_FEATURES)
                .setClusterId("AAAAAAAAQACAAAAAAAAAAQ")
                .setNodeId(1)
                .setControllerListenerName("CONTROLLER")
                .setMetadataLogDirectory(data)
                .addDirectory(data)
                .setIgnoreFormatted(true)
                .run();
        new KafkaRaftServer(new KafkaConfig(properties, false), Time.SYSTEM).startup();
        ServerProcess.serveUntilEndOfInput();
    }
}

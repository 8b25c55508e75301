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

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.ThreadLocalRandom;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.Feature;

/**
 * A Kafka server, broker and controller at once, in a JVM of its own, so that it can be killed and started again on the same
 * folder and ports. One thread at a time.
 */
final class KafkaProcess implements AutoCloseable {

    /** What the server itself takes, records and their headers included. */
    static final int SERVER_MAX_BYTES = 1_048_588;

    private static KafkaProcess shared;

    private final Path folder;
    private final int port;
    private Process process;

    private KafkaProcess(Path folder) {
        this.folder = folder;
        this.port = freePorts();
    }

    /** The server of all tests of this JVM; it ends with the JVM. */
    static synchronized KafkaProcess shared() {
        if (shared == null) {
            try {
                shared = new KafkaProcess(
                        Files.createTempDirectory(Files.createDirectories(Path.of("target")), "kafka"));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            Runtime.getRuntime().addShutdownHook(new Thread(shared::kill));
            shared.start();
        }
        return shared;
    }

    String bootstrap() {
        return "127.0.0.1:" + port;
    }

    /** Returns when the broker serves. */
    void start() {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
        command.add("-Djava.net.preferIPv4Stack=true");
        command.add("-Djava.io.tmpdir=" + folder.toAbsolutePath());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), KafkaProcess.class.getName()));
        command.addAll(List.of("" + port, folder.toAbsolutePath().toString()));
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

    /** Two, below the ephemeral range, so that nobody takes them while the server is down. */
    private static int freePorts() {
        while (true) {
            int base = 20_000 + ThreadLocalRandom.current().nextInt(1_000) * 10;
            boolean free = true;
            for (int port = base; port < base + 2 && free; port++) {
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
        System.out.println("READY");
        while (System.in.read() >= 0) {
            // nothing is said to it
        }
        Runtime.getRuntime().halt(0);
    }
}

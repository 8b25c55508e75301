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
package io.carillon.messages.rabbitmq;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.qpid.server.SystemLauncher;

/**
 * An AMQP 0-9-1 server in a JVM of its own, so that it can be killed and started again on the same port: Qpid Broker-J, because
 * RabbitMQ itself is no artifact. It keeps everything in memory, so what it held is gone after a kill, and it knows no quorum
 * queues. One thread at a time.
 *
 * <p>To run the tests that need no restart against a RabbitMQ of your own: {@code -Dcarillon.test.rabbitmq=host:port} (user
 * guest, virtual host /; the tests leave their exchanges and queues behind).
 */
final class AmqpProcess implements AutoCloseable {

    private static final String EXTERNAL = System.getProperty("carillon.test.rabbitmq", "");

    private static AmqpProcess shared;

    private final Path folder;
    private final int port;
    private Process process;

    private AmqpProcess(Path folder) {
        this.folder = folder;
        this.port = freePort();
    }

    /** The address of the server of all tests of this JVM; it ends with the JVM. */
    static String address() {
        return isExternal() ? EXTERNAL : "127.0.0.1:" + shared().port;
    }

    /** Whether it is a RabbitMQ that somebody else started. */
    static boolean isExternal() {
        return !EXTERNAL.isEmpty();
    }

    static synchronized AmqpProcess shared() {
        if (shared == null) {
            try {
                shared = new AmqpProcess(Files.createTempDirectory(Files.createDirectories(Path.of("target")), "amqp"));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            Runtime.getRuntime().addShutdownHook(new Thread(shared::kill));
            shared.start();
        }
        return shared;
    }

    /** Returns when the server serves. */
    void start() {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(
                List.of("-Xmx256m", "-XX:MaxDirectMemorySize=256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
        command.add("-Djava.net.preferIPv4Stack=true");
        command.add("-Djava.io.tmpdir=" + folder.toAbsolutePath());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), AmqpProcess.class.getName()));
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

    /** Below the ephemeral range, so that nobody takes it while the server is down. */
    private static int freePort() {
        while (true) {
            int port = 20_000 + ThreadLocalRandom.current().nextInt(1_000) * 10 + 7;
            try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getByName("127.0.0.1"))) {
                return socket.getLocalPort();
            } catch (IOException e) {
                continue;
            }
        }
    }

    /** The child: port, folder. Ends when its input does, so it never outlives the tests. */
    public static void main(String[] args) throws Exception {
        Path config = Path.of(args[1], "config.json");
        Files.writeString(config, CONFIGURATION.replace("PORT", args[0]));
        Map<String, Object> attributes = new HashMap<>();
        attributes.put("type", "Memory");
        attributes.put("initialConfigurationLocation", config.toString());
        attributes.put("startupLoggedToSystemOut", "false");
        attributes.put("qpid.work_dir", args[1]);
        attributes.put("context", Map.of("qpid.work_dir", args[1]));
        new SystemLauncher().startup(attributes);
        System.out.println("READY");
        while (System.in.read() >= 0) {
            // nothing is said to it
        }
        Runtime.getRuntime().halt(0);
    }

    private static final String CONFIGURATION = """
            {
              "name": "test",
              "modelVersion": "8.0",
              "authenticationproviders": [{
                "name": "plain",
                "type": "Plain",
                "secureOnlyMechanisms": [],
                "users": [{"name": "guest", "type": "managed", "password": "guest"}]
              }],
              "ports": [{
                "name": "AMQP",
                "port": "PORT",
                "bindingAddress": "127.0.0.1",
                "authenticationProvider": "plain",
                "protocols": ["AMQP_0_9_1"],
                "virtualhostaliases": [{"name": "defaultAlias", "type": "defaultAlias"}]
              }],
              "virtualhostnodes": [{
                "name": "default",
                "type": "Memory",
                "defaultVirtualHostNode": "true",
                "virtualHostInitialConfiguration": "{\\"type\\": \\"Memory\\"}"
              }]
            }
            """;
}

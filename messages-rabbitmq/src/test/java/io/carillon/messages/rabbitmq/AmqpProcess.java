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

import io.carillon.testkit.messages.ServerProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.qpid.server.SystemLauncher;
import org.jspecify.annotations.Nullable;

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

    private static @Nullable AmqpProcess shared;

    private final ServerProcess server =
            ServerProcess.of(AmqpProcess.class, "amqp", 1, List.of("-XX:MaxDirectMemorySize=256m"));

    /** The address of the server of all tests of this JVM; it ends with the JVM. */
    static String address() {
        return isExternal() ? EXTERNAL : "127.0.0.1:" + shared().server.port();
    }

    /** Whether it is a RabbitMQ that somebody else started. */
    static boolean isExternal() {
        return !EXTERNAL.isEmpty();
    }

    static synchronized AmqpProcess shared() {
        AmqpProcess process = shared;
        if (process == null) {
            process = new AmqpProcess();
            process.start();
            shared = process;
        }
        return process;
    }

    /** Returns when the server serves. */
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
        ServerProcess.serveUntilEndOfInput();
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

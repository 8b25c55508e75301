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
import java.util.ArrayList;
import java.util.List;

/**
 * How each server is started as a process. Immutable.
 *
 * <p>Every server takes {@code --name value} arguments, says {@code READY <name> port=<n>} on standard output when it can be
 * used, and nothing else there; otherwise it ends with one line on standard error and exit code 1. With {@code
 * --until-stdin-ends} it ends when its standard input does, which is when the process that started it is gone, however that
 * died. All ports are bound to 127.0.0.1.
 */
public enum ServerProcess {
    /** {@code --port --dir}. Sessions of 1 s to 60 s. */
    ZOOKEEPER(ZooKeeperServer.class, "zookeeper", "-Xmx96m"),
    /**
     * {@code --namesrv-port --broker-port --dir [--topics a,b,c] [--timer-wheel true]}: name server and broker. The ports
     * {@code broker-port - 2} and {@code broker-port + 1} are used as well. READY tells the name server's port. Messages
     * survive a kill and a restart on the same folder. Without the timer wheel (default) delay levels work, delays in
     * milliseconds are refused.
     */
    ROCKETMQ(RocketMqServer.class, "rocketmq", "-Xmx256m -XX:MaxDirectMemorySize=512m"),
    /**
     * {@code --port --dir [--databases a,b,c --user u --password p]}: a TCP server; databases are made by whoever connects
     * first ({@code jdbc:h2:tcp://127.0.0.1:port/./name}), or at the start with the given user.
     */
    H2(H2Server.class, "h2", "-Xmx256m"),
    /**
     * {@code --port --dir --user u --password p [--databases a,b,c]}: 11.4; the user may do everything, nobody else may
     * connect. The first start on a folder unpacks 150 MB.
     */
    MARIADB(MariaDbServer.class, "mariadb", "-Xmx64m"),
    /** {@code --port [--dir] --access-key k --secret-key s}: in memory when there is no folder. Refuses wrong signatures. */
    OBJECT_STORE(ObjectStoreServer.class, "object-store", "-Xmx128m");

    private static final List<String> SMALL = List.of(
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Xss512k",
            "-Dlogback.configurationFile=io/carillon/launcher/servers/logback.xml",
            "-Djava.net.preferIPv4Stack=true");

    private final Class<?> mainClass;
    private final String serverName;
    private final String jvmFlags;

    ServerProcess(Class<?> mainClass, String serverName, String jvmFlags) {
        this.mainClass = mainClass;
        this.serverName = serverName;
        this.jvmFlags = jvmFlags;
    }

    /** The program. */
    public String mainClass() {
        return mainClass.getName();
    }

    /** The name in its READY line. */
    public String serverName() {
        return serverName;
    }

    /** What the JVM should be told: a small heap, the cheapest collector and compiler. */
    public List<String> jvmFlags() {
        List<String> flags = new ArrayList<>(List.of(jvmFlags.split(" ")));
        flags.addAll(SMALL);
        return List.copyOf(flags);
    }

    /**
     * The whole command.
     *
     * @param java the {@code java} program
     * @param classPath this module's run-time class path
     * @param temporary an existing folder for the server's temporary files
     * @param arguments the server's own
     */
    public List<String> command(Path java, String classPath, Path temporary, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(java.toString());
        command.addAll(jvmFlags());
        command.add("-Djava.io.tmpdir=" + temporary);
        command.add("-cp");
        command.add(classPath);
        command.add(mainClass());
        command.addAll(List.of(arguments));
        return command;
    }
}

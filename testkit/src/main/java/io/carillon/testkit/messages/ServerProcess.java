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
package io.carillon.testkit.messages;

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
import org.jspecify.annotations.Nullable;

/**
 * A server in a JVM of its own, on this JVM's class path, so that it can be killed and started again on the same folder and
 * ports. Its main class gets the first port, the folder and further arguments, prints {@link #READY} when it serves, and ends
 * when its input does ({@link #serveUntilEndOfInput}), so that it never outlives the tests. One thread at a time.
 */
public final class ServerProcess implements AutoCloseable {

    /** The line that a server prints when it serves. */
    public static final String READY = "READY";

    private final Class<?> main;
    private final Path folder;
    private final int firstPort;
    private final List<String> jvmOptions;
    private final List<String> arguments;
    private @Nullable Process process;

    private ServerProcess(Class<?> main, Path folder, int firstPort, List<String> jvmOptions, List<String> arguments) {
        this.main = main;
        this.folder = folder;
        this.firstPort = firstPort;
        this.jvmOptions = jvmOptions;
        this.arguments = arguments;
    }

    /**
     * A server in a new folder below {@code target}, not started yet; it is killed when this JVM ends.
     *
     * @param ports how many ports in a row it takes
     * @param arguments what its main method gets behind the port and the folder
     */
    public static ServerProcess of(
            Class<?> main, String name, int ports, List<String> jvmOptions, String... arguments) {
        try {
            Path folder = Files.createTempDirectory(Files.createDirectories(Path.of("target")), name)
                    .toAbsolutePath();
            ServerProcess server = new ServerProcess(main, folder, freePorts(ports), jvmOptions, List.of(arguments));
            Runtime.getRuntime().addShutdownHook(new Thread(server::kill));
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The first of its ports. */
    public int port() {
        return firstPort;
    }

    /** Where it keeps its files. */
    public Path folder() {
        return folder;
    }

    /** Returns when it serves. */
    public ServerProcess start() {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
        command.add("-Djava.net.preferIPv4Stack=true");
        command.add("-Djava.io.tmpdir=" + folder);
        command.add("-Duser.home=" + folder);
        command.addAll(jvmOptions);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of("" + firstPort, folder.toString()));
        command.addAll(arguments);
        try {
            Path errors = folder.resolve("server.err");
            Process started = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.appendTo(errors.toFile()))
                    .start();
            process = started;
            BufferedReader out = started.inputReader(StandardCharsets.UTF_8);
            String line = out.readLine();
            while (line != null && !line.equals(READY)) {
                line = out.readLine();
            }
            if (line == null) {
                throw new IllegalStateException("the server ended: " + Files.readString(errors));
            }
            Thread drain = new Thread(() -> out.lines().forEach(ignored -> {}));
            drain.setDaemon(true);
            drain.start();
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** SIGKILL; returns when the process is gone. */
    public void kill() {
        Process running = process;
        if (running != null) {
            running.destroyForcibly();
            running.onExit().join();
        }
    }

    @Override
    public void close() {
        kill();
    }

    /** Below the ephemeral range, so that nobody takes them while the server is down. */
    private static int freePorts(int count) {
        while (true) {
            int base = 20_000 + ThreadLocalRandom.current().nextInt(1_000) * 10;
            boolean free = true;
            for (int port = base; port < base + count && free; port++) {
                try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
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

    /** For the server's main method, once it serves: tells so, waits until nobody wants it any more, and ends the JVM. */
    public static void serveUntilEndOfInput() throws IOException {
        System.out.println(READY);
        int said = System.in.read();
        while (said >= 0) { // nothing is said to it
            said = System.in.read();
        }
        Runtime.getRuntime().halt(0);
    }
}

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

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** A server program started as a process by a test; closing it kills it. */
final class StartedServer implements AutoCloseable {

    private static final long PATIENCE_SECONDS = 150;

    private final Process process;
    private final Path errors;
    private final List<String> lines = new ArrayList<>();
    private final CompletableFuture<String> firstLine = new CompletableFuture<>();
    private final CompletableFuture<Void> ended = new CompletableFuture<>();

    private StartedServer(Process process, Path errors) {
        this.process = process;
        this.errors = errors;
        Thread reader = new Thread(this::read, "server-output");
        reader.setDaemon(true);
        reader.start();
    }

    static StartedServer start(ServerProcess server, Path folder, String... arguments) throws IOException {
        Path temporary = Files.createDirectories(folder.resolve("tmp"));
        Path errors = folder.resolve(server.serverName() + ".err");
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        List<String> command = server.command(
                Path.of(System.getProperty("java.home"), "bin", "java"), classPath, temporary, arguments);
        command.add("--until-stdin-ends");
        return new StartedServer(
                new ProcessBuilder(command).redirectError(errors.toFile()).start(), errors);
    }

    /** A port that is free and below those that the system gives to clients. */
    static int port() {
        for (int attempt = 0; attempt < 1000; attempt++) {
            int port = ThreadLocalRandom.current().nextInt(12_000, 32_000);
            // its neighbours too: a broker uses three
            try (ServerSocket a = new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
                    ServerSocket b = new ServerSocket(port + 1, 1, InetAddress.getLoopbackAddress());
                    ServerSocket c = new ServerSocket(port - 2, 1, InetAddress.getLoopbackAddress())) {
                return port;
            } catch (IOException e) {
                // taken
            }
        }
        throw new AssertionError("no free port");
    }

    /** Waits for the READY line, which is the only line. */
    StartedServer awaitReady(String name, int port) throws Exception {
        String line = firstLine.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (!line.equals("READY " + name + " port=" + port)) {
            throw new AssertionError("said: " + line + "; errors: " + errors());
        }
        return this;
    }

    /** Waits for its end and returns the exit code. */
    int awaitEnd() throws Exception {
        ended.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError("does not end");
        }
        return process.exitValue();
    }

    /** All it said on standard output. */
    synchronized List<String> said() {
        return List.copyOf(lines);
    }

    String errors() throws IOException {
        return Files.readString(errors, UTF_8);
    }

    /** SIGKILL. */
    void kill() throws Exception {
        process.destroyForcibly();
        awaitEnd();
    }

    /** What happens to it when the process that started it is gone. */
    void leaveAlone() throws IOException {
        process.getOutputStream().close();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }

    private void read() {
        try (BufferedReader reader = process.inputReader(UTF_8)) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                synchronized (this) {
                    lines.add(line);
                }
                firstLine.complete(line);
            }
        } catch (IOException e) {
            // killed while it was speaking
        } finally {
            firstLine.complete("(nothing)");
            ended.complete(null);
        }
    }
}

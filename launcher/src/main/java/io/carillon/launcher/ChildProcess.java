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
package io.carillon.launcher;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One JVM of the demo: started, waited for, killed, started again on the same arguments. What it prints goes to a log file;
 * the last lines are kept for the message when it fails. Thread-safe.
 */
public final class ChildProcess implements AutoCloseable {

    private static final int KEPT_LINES = 30;

    private final String name;
    private final List<String> command;
    private final Path log;
    private final Path directory;
    private final Predicate<String> readyLine;
    private final Deque<String> lastLines = new ArrayDeque<>();
    private @Nullable Process process;
    private @Nullable Thread output;
    private CompletableFuture<String> ready = new CompletableFuture<>();

    /**
     * @param name for people
     * @param program class path and main class
     * @param jvmFlags flags of the JVM
     * @param arguments arguments of the program
     * @param directory its working directory and the place of its log
     * @param readyLine the line by which it tells that it can be used
     */
    public ChildProcess(
            String name,
            Program program,
            List<String> jvmFlags,
            List<String> arguments,
            Path directory,
            Predicate<String> readyLine) {
        this.name = name;
        this.directory = directory;
        this.log = directory.resolve(name + ".log");
        this.readyLine = readyLine;
        this.command = new ArrayList<>();
        command.add(javaCommand());
        command.addAll(jvmFlags);
        command.add("-Djava.io.tmpdir=" + directory);
        command.add("-Duser.home=" + directory);
        command.add("-Djava.net.preferIPv4Stack=true");
        command.add("-cp");
        command.add(program.classPath());
        command.add(program.mainClass());
        command.addAll(arguments);
    }

    /**
     * A Java program.
     *
     * @param classPath as {@code java -cp} takes it
     */
    public record Program(String classPath, String mainClass) {

        /** The program of a module that has been packaged: its classes and the class path that the build wrote down. */
        public static Program ofModule(Path module, String mainClass) {
            Path classPath = module.resolve("target/class-path.txt");
            try {
                return new Program(
                        module.resolve("target/classes")
                                + java.io.File.pathSeparator
                                + Files.readString(classPath).trim(),
                        mainClass);
            } catch (IOException e) {
                throw new UsageException("class path of " + module.getFileName() + ": " + classPath
                        + " (expected: the file that the build writes). Run mvn -DskipTests package first.");
            }
        }
    }

    /** The name given. */
    public String name() {
        return name;
    }

    /** Where its output goes. */
    public Path log() {
        return log;
    }

    /** Starts the process, for the first time or after it was killed. */
    public synchronized ChildProcess start() {
        if (process != null && process.isAlive()) {
            throw new IllegalStateException(name + " is running already");
        }
        CompletableFuture<String> thisReady = new CompletableFuture<>();
        ready = thisReady;
        try {
            Files.createDirectories(directory);
            Process started = new ProcessBuilder(command)
                    .directory(directory.toFile())
                    .redirectErrorStream(true)
                    .start();
            process = started;
            Thread reader = new Thread(() -> copyOutput(started, thisReady), "output of " + name);
            reader.setDaemon(true);
            reader.start();
            output = reader;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    private void copyOutput(Process from, CompletableFuture<String> tell) {
        try (BufferedReader lines =
                        new BufferedReader(new InputStreamReader(from.getInputStream(), StandardCharsets.UTF_8));
                var file = Files.newBufferedWriter(
                        log, StandardCharsets.UTF_8, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                file.write(line);
                file.newLine();
                file.flush();
                synchronized (lastLines) {
                    lastLines.addLast(line);
                    if (lastLines.size() > KEPT_LINES) {
                        lastLines.removeFirst();
                    }
                }
                if (readyLine.test(line)) {
                    tell.complete(line);
                }
            }
        } catch (IOException e) {
            // the process is gone, or its folder is: both are told below
        }
        tell.completeExceptionally(new IllegalStateException(name + " ended before it was ready"));
    }

    /**
     * Waits until the process has told that it can be used.
     *
     * @return the line by which it told
     * @throws IllegalStateException with the process's last lines, when it ended before or did not tell in time
     */
    public String awaitReady(Duration limit) throws InterruptedException {
        CompletableFuture<String> current;
        synchronized (this) {
            current = ready;
        }
        try {
            return current.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw new IllegalStateException(
                    name + ": ended (expected: ready to be used). Its last lines:\n" + lastLines(), e);
        } catch (TimeoutException e) {
            throw new IllegalStateException(
                    name + ": not ready (expected: within " + limit.toSeconds() + " s). Its last lines:\n"
                            + lastLines(),
                    e);
        }
    }

    /** The last lines it printed, indented. */
    public String lastLines() {
        synchronized (lastLines) {
            return lastLines.stream().map(line -> "    " + line).collect(Collectors.joining("\n"));
        }
    }

    /** Whether it runs. */
    public synchronized boolean isAlive() {
        return process != null && process.isAlive();
    }

    /** Its process id. */
    public synchronized long pid() {
        if (process == null) {
            throw new IllegalStateException(name + " was not started");
        }
        return process.pid();
    }

    /** Kills it as {@code kill -9} does, and waits until it is gone. */
    public synchronized void kill() throws InterruptedException {
        if (process != null) {
            process.destroyForcibly().waitFor();
            awaitOutput();
        }
    }

    /** Waits until everything that an ended process has printed is in the log. */
    private void awaitOutput() throws InterruptedException {
        Thread current;
        synchronized (this) {
            current = output;
        }
        if (current != null) {
            current.join(TimeUnit.SECONDS.toMillis(10)); // a grandchild may hold the stream open
        }
    }

    /**
     * Asks it to end in order (SIGTERM) and waits.
     *
     * @return its exit code
     * @throws IllegalStateException when it does not end in time
     */
    public int stop(Duration limit) throws InterruptedException {
        Process current;
        synchronized (this) {
            current = process;
        }
        if (current == null) {
            throw new IllegalStateException(name + " was not started");
        }
        current.toHandle().destroy(); // Process.destroy would close the stream of its last words
        if (!current.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new IllegalStateException(name + ": still running " + limit.toSeconds() + " s after SIGTERM");
        }
        awaitOutput();
        return current.exitValue();
    }

    /** Waits until it has ended by itself and returns its exit code. */
    public int awaitExit(Duration limit) throws InterruptedException {
        Process current;
        synchronized (this) {
            current = process;
        }
        if (current == null || !current.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new IllegalStateException(name + ": still running after " + limit.toSeconds() + " s");
        }
        awaitOutput();
        return current.exitValue();
    }

    /** Sends a signal by name, such as STOP or CONT. */
    public void signal(String signal) throws IOException, InterruptedException {
        int code = new ProcessBuilder("kill", "-" + signal, Long.toString(pid()))
                .start()
                .waitFor();
        if (code != 0) {
            throw new IOException("kill -" + signal + " " + pid() + " ended with " + code);
        }
    }

    /** Kills it and everything it started, without waiting. */
    @Override
    public synchronized void close() {
        if (process != null) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }

    private static String javaCommand() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }
}

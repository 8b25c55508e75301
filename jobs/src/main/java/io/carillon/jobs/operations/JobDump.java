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
package io.carillon.jobs.operations;

import io.carillon.jobs.InvalidSettingException;
import io.carillon.jobs.coordination.JobPaths;
import io.carillon.jobs.coordination.Registry;
import io.carillon.jobs.coordination.Registry.Answer;
import io.carillon.jobs.coordination.Registry.Read;
import io.carillon.jobs.coordination.Registry.ReadResult;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * ElasticJob's dump: all nodes of a job as text, over TCP. A client sends {@code dump@job} and a line feed, and reads UTF-8 until
 * the end: a line {@code path | value} for each node below the job's, children in descending order; a value may have line feeds.
 * Each IPv4 address is replaced by {@code ip1}, {@code ip2}, ... Thread-safe.
 *
 * <p><b>Nobody is asked who he is.</b> Whoever reaches the port reads the jobs' configuration, with parameters and props. So it is
 * off by default, and listens on the loopback address unless told otherwise. One connection is served at a time; one that is
 * silent, or does not read, is closed after {@value #PATIENCE_SECONDS} s.
 */
public final class JobDump implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(JobDump.class);
    private static final String COMMAND = "dump@";
    private static final int LONGEST_COMMAND = 1024;
    private static final int PATIENCE_SECONDS = 5;
    private static final int NODES_PER_READ = 500;
    private static final int LONGEST_DUMP = 64 * 1024 * 1024;
    private static final String OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
    private static final Pattern IPV4 =
            Pattern.compile("(?<![0-9.])" + OCTET + "(?:\\." + OCTET + "){3}(?![0-9]|\\.[0-9])");

    private final Registry registry;
    private final String namespace;
    private final Duration timeout;
    private final AsynchronousChannelGroup group;
    private final AsynchronousServerSocketChannel server;
    private final Thread thread = new Thread(this::serve, "carillon-dump");
    private volatile boolean closed;

    private JobDump(
            Registry registry,
            String namespace,
            Duration timeout,
            AsynchronousChannelGroup group,
            AsynchronousServerSocketChannel server) {
        this.registry = registry;
        this.namespace = namespace;
        this.timeout = timeout;
        this.group = group;
        this.server = server;
        this.thread.setDaemon(true);
    }

    /**
     * Listens until closed, with two daemon threads.
     *
     * @param address where to listen: a name or an address of this host
     * @param port the port; 0 for any that is free
     * @param timeout how long to wait for the registry
     * @throws IllegalStateException when the port is taken, or the address is not this host's
     */
    public static JobDump serve(Registry registry, String namespace, String address, int port, Duration timeout) {
        AsynchronousChannelGroup group = null;
        try {
            group = AsynchronousChannelGroup.withFixedThreadPool(1, task -> {
                Thread io = new Thread(task, "carillon-dump-io");
                io.setDaemon(true);
                return io;
            });
            AsynchronousServerSocketChannel server = AsynchronousServerSocketChannel.open(group);
            server.bind(new InetSocketAddress(InetAddress.getByName(address), port));
            JobDump dump = new JobDump(registry, namespace, timeout, group, server);
            dump.thread.start();
            return dump;
        } catch (IOException e) {
            if (group != null) {
                group.shutdown();
            }
            throw new IllegalStateException(
                    "dump.port: " + port + " at " + address + " (expected: a free port of this host). " + e.getMessage()
                            + ". The engine was not started; set another port, or none.",
                    e);
        }
    }

    /** The port that is listened on. */
    public int port() {
        try {
            return ((InetSocketAddress) server.getLocalAddress()).getPort();
        } catch (IOException e) {
            throw new IllegalStateException("the dump's port is closed", e);
        }
    }

    /** Ends the connection under way and listens no more. Idempotent. */
    @Override
    public void close() {
        closed = true;
        try {
            server.close();
            group.shutdownNow();
        } catch (IOException e) {
            LOG.debug("closing the dump's port", e);
        }
        thread.interrupt();
    }

    private void serve() {
        while (!closed) {
            try (AsynchronousSocketChannel client = server.accept().get()) {
                answer(client);
            } catch (TimeoutException e) {
                LOG.debug("dump: a client said nothing, or did not read, for {} s", PATIENCE_SECONDS);
            } catch (IOException | ExecutionException e) {
                LOG.debug("dump: a connection ended", e);
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                if (!closed) {
                    LOG.warn("dump: not answered: {}", e.toString());
                }
            }
        }
    }

    private void answer(AsynchronousSocketChannel client)
            throws IOException, ExecutionException, InterruptedException, TimeoutException {
        ByteBuffer command = ByteBuffer.allocate(LONGEST_COMMAND);
        while (command.hasRemaining() && (command.position() == 0 || command.get(command.position() - 1) != '\n')) {
            if (client.read(command).get(PATIENCE_SECONDS, TimeUnit.SECONDS) < 0) {
                break;
            }
        }
        String asked = new String(command.array(), 0, command.position(), StandardCharsets.UTF_8).strip();
        String answer = asked.startsWith(COMMAND)
                ? dump(asked.substring(COMMAND.length()))
                : "unknown command (expected: dump@ and a job's name, and a line feed)\n";
        ByteBuffer bytes = ByteBuffer.wrap(answer.getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
            client.write(bytes).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }
    }

    private String dump(String jobName) throws InterruptedException {
        try {
            return text(registry, namespace, jobName, timeout);
        } catch (InvalidSettingException | IllegalStateException e) {
            return e.getMessage() + "\n";
        }
    }

    /**
     * The dump of a job, read from the registry level by level; empty when there is no such job.
     *
     * @throws IllegalStateException when the registry does not answer in time
     */
    public static String text(Registry registry, String namespace, String jobName, Duration timeout)
            throws InterruptedException {
        if (jobName.isBlank() || jobName.contains("/")) {
            throw new InvalidSettingException(
                    "job", "'" + jobName + "'", "a job's name, without '/'", "Nothing was read.");
        }
        JobPaths paths = new JobPaths(namespace, jobName);
        Map<String, String> values = new HashMap<>();
        Map<String, List<String>> children = new HashMap<>();
        List<String> level = List.of(paths.root());
        while (!level.isEmpty()) {
            List<String> next = new ArrayList<>();
            for (int from = 0; from < level.size(); from += NODES_PER_READ) {
                List<String> some = level.subList(from, Math.min(level.size(), from + NODES_PER_READ));
                List<Read> reads = new ArrayList<>();
                some.forEach(path -> {
                    reads.add(new Read.Get(path));
                    reads.add(new Read.Children(path));
                });
                List<Answer> answers = read(registry, reads, timeout);
                for (int i = 0; i < some.size(); i++) {
                    String path = some.get(i);
                    if (answers.get(2 * i) instanceof Answer.Found found
                            && answers.get(2 * i + 1) instanceof Answer.Names names) {
                        values.put(path, found.node().data());
                        List<String> below = names.children().stream()
                                .sorted(Comparator.reverseOrder())
                                .map(name -> path + "/" + name)
                                .toList();
                        children.put(path, below);
                        next.addAll(below);
                    }
                }
            }
            level = next;
        }
        StringBuilder text = new StringBuilder();
        append(text, paths, paths.root(), values, children);
        return withoutAddresses(text.toString());
    }

    private static void append(
            StringBuilder text,
            JobPaths paths,
            String path,
            Map<String, String> values,
            Map<String, List<String>> children) {
        for (String child : children.getOrDefault(path, List.of())) {
            String value = values.get(child);
            if (value != null) {
                text.append(child.substring(paths.namespaceRoot().length()))
                        .append(" | ")
                        .append(value)
                        .append('\n');
                append(text, paths, child, values, children);
            }
        }
    }

    private static List<Answer> read(Registry registry, List<Read> reads, Duration timeout)
            throws InterruptedException {
        CompletableFuture<ReadResult> answer = new CompletableFuture<>();
        registry.read(reads, answer::complete);
        try {
            ReadResult result = answer.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
            if (result instanceof ReadResult.Values found) {
                return found.answers();
            }
            throw new IllegalStateException("the registry did not answer: " + result + ". Ask again.");
        } catch (TimeoutException | ExecutionException e) {
            throw new IllegalStateException("the registry did not answer within " + timeout + ". Ask again.", e);
        }
    }

    static String withoutAddresses(String text) {
        Map<String, String> names = new HashMap<>();
        Matcher matcher = IPV4.matcher(text);
        StringBuilder masked = new StringBuilder();
        while (matcher.find()) {
            String address = matcher.group();
            matcher.appendReplacement(masked, names.computeIfAbsent(address, any -> "ip" + (names.size() + 1)));
        }
        return matcher.appendTail(masked).toString();
    }

    /**
     * Asks an instance, Carillon's or ElasticJob's, for the dump of a job.
     *
     * @param timeout for connecting, and for each silence of the other side
     * @throws IOException when the other side cannot be reached, is silent, or sends more than 64 MB
     */
    public static String ask(String jobName, String host, int port, Duration timeout) throws IOException {
        int millis = Math.toIntExact(timeout.toMillis());
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(host, port), millis);
            socket.setSoTimeout(millis);
            socket.getOutputStream().write((COMMAND + jobName + "\n").getBytes(StandardCharsets.UTF_8));
            socket.getOutputStream().flush();
            byte[] answer = socket.getInputStream().readNBytes(LONGEST_DUMP);
            if (answer.length == LONGEST_DUMP) {
                throw new IOException("the dump of job '" + jobName + "' is longer than 64 MB");
            }
            return new String(answer, StandardCharsets.UTF_8);
        }
    }
}

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
package io.carillon.bench;

import com.sun.management.OperatingSystemMXBean;
import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.JobEngine;
import io.carillon.jobs.JobEngineOptions;
import io.carillon.jobs.ShardingContext;
import io.carillon.jobs.SimpleJob;
import io.carillon.jobs.engine.ClusterJobEngine;
import io.carillon.jobs.zookeeper.ZooKeeperOptions;
import io.carillon.jobs.zookeeper.ZooKeeperRegistry;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One instance with many jobs, a process of its own: what their start costs, then what their firings cost. The peer module has
 * the same program on ElasticJob; both print a line {@code STARTED} and a line {@code FIRED} with the same keys.
 */
public final class JobLoad implements SimpleJob {

    private static final Duration WARM_UP = Duration.ofSeconds(10);
    private static final int MOST_RUNS = 1_000_000;

    private final long[] lateMillis = new long[MOST_RUNS];
    private final AtomicInteger runs = new AtomicInteger();
    private volatile Instant from = Instant.MAX;
    private volatile Instant until = Instant.MAX;

    private JobLoad() {}

    /**
     * @param arguments ZooKeeper's port on this machine, namespace, number of jobs, items of each, cron expression, and how many
     *     seconds of firings are measured: 0 for none
     */
    public static void main(String[] arguments) throws Exception {
        new JobLoad()
                .run(
                        Integer.parseInt(arguments[0]),
                        arguments[1],
                        Integer.parseInt(arguments[2]),
                        Integer.parseInt(arguments[3]),
                        arguments[4],
                        Integer.parseInt(arguments[5]));
    }

    private void run(int port, String namespace, int jobs, int items, String cron, int seconds) throws Exception {
        try (ZooKeeperRegistry registry = ZooKeeperRegistry.open(ZooKeeperOptions.of("127.0.0.1:" + port));
                JobEngine engine = ClusterJobEngine.start(
                        registry, JobEngineOptions.newBuilder(namespace).build())) {
            int threads = ManagementFactory.getThreadMXBean().getThreadCount();
            long requests = requests(port);
            long cpu = cpuNanos();
            long start = SystemTime.nanos();
            for (int job = 0; job < jobs; job++) {
                engine.schedule(
                        this,
                        JobConfiguration.newBuilder("job-" + job, items)
                                .cron(cron)
                                .build());
            }
            double startMillis = (SystemTime.nanos() - start) / 1e6;
            if (seconds == 0) {
                awaitQuiet(port);
            }
            System.out.printf(
                    Locale.ROOT,
                    "STARTED jobs=%d ms=%.0f cpuMs=%.0f requests=%d threads=%d%n",
                    jobs,
                    startMillis,
                    (cpuNanos() - cpu) / 1e6,
                    requests(port) - requests,
                    ManagementFactory.getThreadMXBean().getThreadCount() - threads);
            if (seconds > 0) {
                fire(port, jobs, items, seconds);
            }
        }
    }

    private void fire(int port, int jobs, int items, int seconds) throws IOException {
        SystemTime.pause(WARM_UP);
        Instant second = Instant.ofEpochSecond(SystemTime.now().getEpochSecond() + 2);
        until = second.plusSeconds(seconds);
        from = second;
        awaitShortlyBefore(second);
        long requests = requests(port);
        long cpu = cpuNanos();
        awaitShortlyBefore(until);
        requests = requests(port) - requests;
        cpu = cpuNanos() - cpu;
        SystemTime.pause(Duration.ofSeconds(3));
        int ran = Math.min(runs.get(), MOST_RUNS);
        long[] late = Arrays.copyOf(lateMillis, ran);
        Arrays.sort(late);
        System.out.printf(
                Locale.ROOT,
                "FIRED due=%d run=%d p50=%d p99=%d max=%d requests=%d cpuMs=%.0f threads=%d%n",
                (long) jobs * seconds,
                ran / items,
                ran == 0 ? -1 : late[ran / 2],
                ran == 0 ? -1 : late[(int) (ran * 0.99)],
                ran == 0 ? -1 : late[ran - 1],
                requests,
                cpu / 1e6,
                ManagementFactory.getThreadMXBean().getThreadCount());
    }

    /** Until shortly before an instant: the firings of the second before have begun, the next have not. */
    private static void awaitShortlyBefore(Instant instant) {
        Duration left = Duration.between(SystemTime.now(), instant.minusMillis(200));
        if (!left.isNegative()) {
            SystemTime.pause(left);
        }
    }

    /** Until the server has heard no more than pings for a second. */
    private static void awaitQuiet(int port) throws IOException {
        long before;
        long now = requests(port);
        do {
            before = now;
            SystemTime.pause(Duration.ofSeconds(1));
            now = requests(port);
        } while (now > before + 3);
    }

    /** What the server has received until now, with pings. */
    static long requests(int port) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.getOutputStream().write("mntr".getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().flush();
            String text = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            Matcher received = Pattern.compile("zk_packets_received\\s+(\\d+)").matcher(text);
            if (!received.find()) {
                throw new IOException("mntr: no zk_packets_received in " + text);
            }
            return Long.parseLong(received.group(1));
        }
    }

    static long cpuNanos() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
    }

    @Override
    public void execute(ShardingContext context) {
        Instant due = context.scheduledTime();
        if (!due.isBefore(from) && due.isBefore(until)) {
            int run = runs.getAndIncrement();
            if (run < MOST_RUNS) {
                lateMillis[run] = Duration.between(due, SystemTime.now()).toMillis();
            }
        }
    }
}

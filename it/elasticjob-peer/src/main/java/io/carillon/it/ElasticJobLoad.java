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
package io.carillon.it;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.shardingsphere.elasticjob.api.JobConfiguration;
import org.apache.shardingsphere.elasticjob.api.ShardingContext;
import org.apache.shardingsphere.elasticjob.lite.api.bootstrap.impl.ScheduleJobBootstrap;
import org.apache.shardingsphere.elasticjob.reg.base.CoordinatorRegistryCenter;
import org.apache.shardingsphere.elasticjob.reg.zookeeper.ZookeeperConfiguration;
import org.apache.shardingsphere.elasticjob.reg.zookeeper.ZookeeperRegistryCenter;
import org.apache.shardingsphere.elasticjob.simple.job.SimpleJob;

/**
 * One instance of ElasticJob with many jobs: what their start costs, then what their firings cost. The counterpart of the
 * bench's own program: the same arguments, the same lines.
 */
public final class ElasticJobLoad implements SimpleJob {

    private static final long WARM_UP_MILLIS = 10_000;
    private static final int MOST_RUNS = 1_000_000;

    private final long[] lateMillis = new long[MOST_RUNS];
    private final AtomicInteger runs = new AtomicInteger();
    private volatile long from = Long.MAX_VALUE;
    private volatile long until = Long.MAX_VALUE;

    private ElasticJobLoad() {}

    /**
     * @param arguments ZooKeeper's port on this machine, namespace, number of jobs, items of each, cron expression, and how many
     *     seconds of firings are measured: 0 for none
     */
    public static void main(String[] arguments) throws IOException {
        new ElasticJobLoad()
                .run(
                        Integer.parseInt(arguments[0]),
                        arguments[1],
                        Integer.parseInt(arguments[2]),
                        Integer.parseInt(arguments[3]),
                        arguments[4],
                        Integer.parseInt(arguments[5]));
        System.exit(0);
    }

    private void run(int port, String namespace, int jobs, int items, String cron, int seconds) throws IOException {
        CoordinatorRegistryCenter registry =
                new ZookeeperRegistryCenter(new ZookeeperConfiguration("127.0.0.1:" + port, namespace));
        registry.init();
        int threads = ManagementFactory.getThreadMXBean().getThreadCount();
        long requests = requests(port);
        long cpu = cpuNanos();
        long start = PeerTime.nanos();
        for (int job = 0; job < jobs; job++) {
            new ScheduleJobBootstrap(
                            registry,
                            this,
                            JobConfiguration.newBuilder("job-" + job, items)
                                    .cron(cron)
                                    .build())
                    .schedule();
        }
        double startMillis = (PeerTime.nanos() - start) / 1e6;
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

    private void fire(int port, int jobs, int items, int seconds) throws IOException {
        PeerTime.pause(WARM_UP_MILLIS);
        long second = (PeerTime.millis() / 1_000 + 2) * 1_000;
        until = second + seconds * 1_000L;
        from = second;
        awaitShortlyBefore(second);
        long requests = requests(port);
        long cpu = cpuNanos();
        awaitShortlyBefore(until);
        requests = requests(port) - requests;
        cpu = cpuNanos() - cpu;
        PeerTime.pause(3_000);
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

    private static void awaitShortlyBefore(long millis) {
        PeerTime.pause(Math.max(0, millis - 200 - PeerTime.millis()));
    }

    /** Until the server has heard no more than pings for a second. */
    private static void awaitQuiet(int port) throws IOException {
        long before;
        long now = requests(port);
        do {
            before = now;
            PeerTime.pause(1_000);
            now = requests(port);
        } while (now > before + 3);
    }

    /** What the server has received until now, with pings. */
    private static long requests(int port) throws IOException {
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

    private static long cpuNanos() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
    }

    /** ElasticJob tells no scheduled time: a run counts for the second in which it starts, and its lateness is the least it can be. */
    @Override
    public void execute(ShardingContext context) {
        long now = PeerTime.millis();
        if (now >= from && now < until) {
            int run = runs.getAndIncrement();
            if (run < MOST_RUNS) {
                lateMillis[run] = now % 1_000;
            }
        }
    }
}

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

import io.carillon.jobs.zookeeper.ZooKeeperOptions;
import io.carillon.jobs.zookeeper.ZooKeeperRegistry;
import io.carillon.launcher.ChildProcess;
import io.carillon.launcher.ChildProcess.Program;
import io.carillon.launcher.Ports;
import io.carillon.launcher.servers.ServerProcess;
import io.carillon.store.jdbc.JdbcStore;
import io.carillon.testkit.jobs.ManyJobs;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.IntFunction;
import org.mariadb.jdbc.MariaDbDataSource;

/**
 * How fast the console answers with 5,000 jobs, 50 instances and 1,000,000 messages: a centre as a process of its own, a real
 * ZooKeeper and a real MariaDB, all on this machine. Each figure is the time until the last byte, one request after the other,
 * so it is a little more than the server's own time. Prints a table; exits with 1 when the job list or the message search takes
 * longer than 200 ms at the 95th percentile, or reads the registry for a row.
 */
public final class ConsoleBench {

    private static final ManyJobs JOBS = new ManyJobs("many", 5_000, 50, 4);
    private static final int MESSAGES = 1_000_000;
    private static final int REQUESTS = 200;
    private static final Duration SPAN = Duration.ofDays(3);
    private static final Duration BAR = Duration.ofMillis(200);
    private static final String PASSWORD = "bench";

    private final HttpClient http = HttpClient.newHttpClient();
    private final String address;
    private final int zooKeeper;
    private boolean held = true;

    private ConsoleBench(String address, int zooKeeper) {
        this.address = address;
        this.zooKeeper = zooKeeper;
    }

    /** No arguments. */
    public static void main(String[] arguments) throws Exception {
        Path root = Path.of("").toAbsolutePath();
        Path folder = Files.createTempDirectory("carillon-bench-console");
        Ports ports = new Ports();
        int zooKeeper = ports.next();
        int mariaDb = ports.next();
        int console = ports.next();
        Path launcher = root.resolve("launcher");
        List<String> roomy = new ArrayList<>(ServerProcess.ZOOKEEPER.jvmFlags());
        roomy.add("-Xmx1500m");
        try (ChildProcess registryServer = new ChildProcess(
                        "zookeeper",
                        Program.ofModule(launcher, ServerProcess.ZOOKEEPER.mainClass()),
                        roomy,
                        List.of("--port", "" + zooKeeper, "--dir", "" + folder.resolve("zk")),
                        folder,
                        line -> line.startsWith("READY "));
                ChildProcess database = new ChildProcess(
                        "mariadb",
                        Program.ofModule(launcher, ServerProcess.MARIADB.mainClass()),
                        ServerProcess.MARIADB.jvmFlags(),
                        List.of(
                                "--port",
                                "" + mariaDb,
                                "--dir",
                                "" + folder.resolve("db"),
                                "--user",
                                "bench",
                                "--password",
                                PASSWORD,
                                "--databases",
                                "shop,center"),
                        folder,
                        line -> line.startsWith("READY "))) {
            registryServer.start();
            database.start().awaitReady(Duration.ofMinutes(2));
            registryServer.awaitReady(Duration.ofMinutes(1));
            try (ZooKeeperRegistry registry = ZooKeeperRegistry.open(ZooKeeperOptions.builder("127.0.0.1:" + zooKeeper)
                    .sessionTimeout(Duration.ofSeconds(60))
                    .build())) {
                said("%,d jobs of %d items with %d instances", JOBS.jobs(), JOBS.items(), JOBS.instances());
                JOBS.fill(registry);
                said("%,d messages", MESSAGES);
                String url = "jdbc:mariadb://127.0.0.1:" + mariaDb + "/";
                fill(new MariaDbDataSource(url + "shop?user=bench&password=" + PASSWORD), SystemTime.now());
                said("the centre");
                try (ChildProcess centre = new ChildProcess(
                        "center",
                        Program.ofModule(root.resolve("center"), "io.carillon.center.CenterApplication"),
                        List.of("-Xmx1g"),
                        settings(url, zooKeeper, console, folder),
                        folder,
                        line -> line.contains("Started ") && line.contains("Application in "))) {
                    centre.start().awaitReady(Duration.ofMinutes(3));
                    ConsoleBench bench = new ConsoleBench("http://127.0.0.1:" + console, zooKeeper);
                    bench.run();
                    System.exit(bench.held ? 0 : 1);
                }
            }
        }
    }

    private static void said(String format, Object... values) {
        System.out.printf(Locale.ROOT, "... " + format + "%n", values);
    }

    private static List<String> settings(String url, int zooKeeper, int console, Path folder) {
        List<String> list = new ArrayList<>(List.of(
                "server.port=" + console,
                "spring.datasource.url=" + url + "center",
                "spring.datasource.username=bench",
                "spring.datasource.password=" + PASSWORD,
                "carillon.store.create-tables=true",
                "carillon.registry.server-lists=127.0.0.1:" + zooKeeper,
                "carillon.registry.namespace=" + JOBS.namespace(),
                "carillon.center.cluster=" + JOBS.namespace(),
                "carillon.center.data-dir=" + folder.resolve("data"),
                "carillon.console.anyone=admin",
                "carillon.center.stores.shop.url=" + url + "shop",
                "carillon.center.stores.shop.username=bench",
                "carillon.center.stores.shop.password=" + PASSWORD));
        list.replaceAll(each -> "--" + each);
        return list;
    }

    /** Messages as three days of orders leave them: nearly all finished, some hundred open or dead. */
    private static void fill(MariaDbDataSource dataSource, Instant now) throws SQLException {
        JdbcStore.createTables(dataSource);
        long first = now.minus(SPAN).toEpochMilli();
        long step = SPAN.toMillis() / MESSAGES;
        String made = "(" + first + " + seq * " + step + ")";
        String id = "UNHEX(CONCAT(LPAD(HEX(" + made + "), 12, '0'), '7', LPAD(HEX(seq % 4096), 3, '0'), '8',"
                + " LPAD(HEX(seq * 2654435761 % 1152921504606846976), 15, '0')))";
        String open = "seq % 2000 = 0";
        try (Connection connection = dataSource.getConnection();
                Statement statement = connection.createStatement()) {
            for (int from = 1; from <= MESSAGES; from += 100_000) {
                int to = Math.min(MESSAGES, from + 99_999);
                statement.executeUpdate("INSERT INTO CARILLON_MESSAGE (id, shard_hash, producer, topic, tag, msg_key,"
                        + " content_type, headers, payload, delay_ms, state, attempt, due_at, sent_at, closed_at)"
                        + " SELECT " + id + ", seq * 2654435761 % 4294967296, 'orders', ELT(1 + seq % 3, 'orders',"
                        + " 'users', 'points'), 'placed', CONCAT('order-', seq), 'application/json', '', CONCAT('{\"order\":',"
                        + " seq, '}'), 0, IF(" + open + ", IF(seq % 4000 = 0, 40, 25), 30), 1, " + made + " + 30000, "
                        + made + ", IF(" + open + ", NULL, " + made + " + 50) FROM seq_" + from + "_to_" + to);
                statement.executeUpdate("INSERT INTO CARILLON_CONFIRMATION (message_id, group_id, confirmed_at) SELECT "
                        + id + ", 'points', IF(" + open + ", NULL, " + made + " + 50) FROM seq_" + from + "_to_" + to);
            }
            said("the index on the key, as docs/databases.md says");
            statement.execute("CREATE INDEX CARILLON_MESSAGE_KEY ON CARILLON_MESSAGE (msg_key)");
            statement.execute("ANALYZE TABLE CARILLON_MESSAGE, CARILLON_CONFIRMATION");
        }
    }

    private void run() throws Exception {
        String jobs = "/clusters/" + JOBS.namespace() + "/jobs";
        awaitJobs();
        System.out.printf(
                Locale.ROOT,
                "%n%s, %d processors, JDK %s; %,d jobs, %d instances, %,d messages; %d requests of each%n%n",
                SystemTime.now().atZone(ZoneOffset.UTC).toLocalDate(),
                Runtime.getRuntime().availableProcessors(),
                Runtime.version().feature(),
                JOBS.jobs(),
                JOBS.instances(),
                MESSAGES,
                REQUESTS);
        System.out.println("| | p50 ms | p95 ms | max ms | kB | registry requests per answer |");
        System.out.println("|---|---|---|---|---|---|");
        row("overview", false, i -> "/clusters/" + JOBS.namespace());
        row("job list, worst first", true, i -> jobs + "?page=" + (1 + i % 50));
        row("job list, by next run", true, i -> jobs + "?sort=next&page=" + (1 + i % 50));
        row("job list, a word", true, i -> jobs + "?q=" + encoded(JOBS.name(i * 23 % JOBS.jobs())));
        row("job list, group and owner", true, i -> jobs + "?q=" + encoded("group:group-" + i % 50 + " -health:ok"));
        row("jobs as JSON", true, i -> "/api/v1" + jobs + "?page=" + (1 + i % 50));
        row("one job", false, i -> jobs + "/" + JOBS.name(i * 23 % JOBS.jobs()));
        String messages = "/api/v1/messages?store=shop";
        row("messages, the latest", true, i -> messages + "&limit=50");
        row("messages by topic and time", true, i -> messages + "&topic=users&olderThan=PT" + (1 + i % 70) + "H");
        row("messages, open", true, i -> messages + "&state=SENT");
        row("messages, dead", true, i -> messages + "&state=DEAD");
        row("messages by key", true, i -> messages + "&key=order-" + (1 + i * 4_999 % MESSAGES));
        row("messages by a key that is not there", true, i -> messages + "&key=none-" + i);
        row("message page, the latest", true, i -> "/messages?store=shop");
        row("message page by key", true, i -> "/messages?store=shop&q=" + encoded("key:order-" + (1 + i * 4_999)));
        System.out.printf(
                "%nVERDICT: %s (p95 of job list and message search within %d ms, no registry read per row)%n",
                held ? "PASS" : "FAIL", BAR.toMillis());
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    /** The centre reads all jobs once after its start; until then it says which it knows. */
    private void awaitJobs() throws Exception {
        long began = SystemTime.nanos();
        for (int i = 0; i < 1_200; i++) {
            HttpResponse<String> answer =
                    get("/api/v1/clusters/" + JOBS.namespace() + "/jobs?q=" + JOBS.name(JOBS.jobs() - 1));
            if (answer.statusCode() == 200 && answer.body().contains(JOBS.name(JOBS.jobs() - 1))) {
                said("all jobs are known %d s after the centre's start", (SystemTime.nanos() - began) / 1_000_000_000L);
                return;
            }
            SystemTime.pause(Duration.ofMillis(500));
        }
        throw new IllegalStateException("the centre does not show all jobs after ten minutes");
    }

    private void row(String what, boolean bar, IntFunction<String> path) throws Exception {
        for (int i = 0; i < 30; i++) {
            get(path.apply(i));
        }
        long[] nanos = new long[REQUESTS];
        long bytes = 0;
        long before = JobLoad.requests(zooKeeper);
        long began = SystemTime.nanos();
        for (int i = 0; i < REQUESTS; i++) {
            long start = SystemTime.nanos();
            HttpResponse<String> answer = get(path.apply(i));
            nanos[i] = SystemTime.nanos() - start;
            if (answer.statusCode() != 200) {
                throw new IllegalStateException(path.apply(i) + ": " + answer.statusCode() + " " + answer.body());
            }
            bytes += answer.body().length();
        }
        long read = JobLoad.requests(zooKeeper) - before;
        // both sessions ping three times per session timeout, whatever is asked of the console
        double pings = (SystemTime.nanos() - began) / 1e9;
        Arrays.sort(nanos);
        double p95 = nanos[REQUESTS * 95 / 100] / 1e6;
        double perAnswer = read / (double) REQUESTS;
        boolean good = !bar || (p95 <= BAR.toMillis() && read <= 10 + pings);
        held &= good;
        System.out.printf(
                Locale.ROOT,
                "| %s | %.1f | %.1f | %.1f | %.0f | %.2f |%s%n",
                what,
                nanos[REQUESTS / 2] / 1e6,
                p95,
                nanos[REQUESTS - 1] / 1e6,
                bytes / 1e3 / REQUESTS,
                perAnswer,
                good ? "" : " over the bar");
    }

    private HttpResponse<String> get(String path) throws Exception {
        return http.send(
                HttpRequest.newBuilder(URI.create(address + path))
                        .timeout(Duration.ofSeconds(60))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }
}

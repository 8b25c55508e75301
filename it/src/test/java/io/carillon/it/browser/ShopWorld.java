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
package io.carillon.it.browser;

import com.example.shop.ShopJobs;
import com.example.shop.ShopWorker;
import io.carillon.center.CenterApplication;
import io.carillon.console.ConsoleCluster;
import io.carillon.console.ConsoleSources;
import io.carillon.console.access.Accounts;
import io.carillon.console.access.Callers;
import io.carillon.console.access.Grant;
import io.carillon.console.access.Visitor;
import io.carillon.console.command.Command;
import io.carillon.console.command.Commands;
import io.carillon.console.command.JobCommand;
import io.carillon.it.Stories;
import io.carillon.jobs.history.RunRecord;
import io.carillon.jobs.operations.JobCommands;
import io.carillon.jobs.scheduling.CronSchedule;
import io.carillon.launcher.ChildProcess;
import io.carillon.launcher.ChildProcess.Program;
import io.carillon.launcher.Ports;
import io.carillon.launcher.SystemTime;
import io.carillon.messages.Message;
import io.carillon.messages.ReceivedMessage;
import io.carillon.messages.directory.Directory;
import io.carillon.messages.inbox.Parked;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.model.MessageState;
import io.carillon.messages.model.StoredMessage;
import io.carillon.messages.outbox.MessageStore;
import io.carillon.store.jdbc.Connections;
import io.carillon.store.jdbc.JdbcStore;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import org.h2.jdbcx.JdbcDataSource;
import org.h2.tools.Server;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * A shop in production: a ZooKeeper server and three services as processes, a database with a day of past runs, and a centre
 * with its console in this process. One thread at a time.
 */
final class ShopWorld implements AutoCloseable {
    static final String CLUSTER = "shop";
    /** Where the next release is tried out, in a world that was opened with it. */
    static final String STAGING = "staging";

    /** Who may do everything. */
    static final String ADMIN = "li.wei";
    /** A job that somebody has switched off, and why. */
    static final String SWITCHED_OFF = "orders-remind-payment";

    static final String WHY_SWITCHED_OFF = "the text of the reminder is wrong, see SHOP-812";

    private static final String PASSWORD = "correct horse, battery";
    private static final Map<String, String> HOSTS =
            new LinkedHashMap<>(Map.of("shop-1", "10.20.3.11", "shop-2", "10.20.3.12", "shop-3", "10.20.3.13"));
    private static final int PAST_FIRINGS = 40;

    private final Path folder;
    private final List<ChildProcess> processes = new ArrayList<>();
    private final Map<String, ChildProcess> workers = new LinkedHashMap<>();
    private final JdbcDataSource database = new JdbcDataSource();
    private String zooKeeper = "";
    private String databases = "";
    private @Nullable Server databaseServer;
    private @Nullable ConfigurableApplicationContext center;

    ShopWorld(Path folder) {
        this.folder = folder;
    }

    /** Starts all of it; the services run when this returns. */
    ShopWorld open() throws Exception {
        return open(List.of());
    }

    /** As {@link #open()}; the centre shows {@link #STAGING} too, where one service runs the next release. */
    ShopWorld openWithStaging() throws Exception {
        return open(List.of(STAGING));
    }

    private ShopWorld open(List<String> others) throws Exception {
        int port = new Ports().next();
        zooKeeper = "127.0.0.1:" + port;
        ChildProcess registry = process(
                "zookeeper",
                Stories.server("ZooKeeperServer"),
                List.of("--port", "" + port, "--dir", folder.resolve("zk").toString()));
        databaseServer = Server.createTcpServer("-tcpPort", "0", "-ifNotExists").start();
        databases = "jdbc:h2:tcp://127.0.0.1:" + databaseServer.getPort() + "/";
        String name = create(database, CLUSTER);
        writeThePast();
        writeMessages();
        registry.awaitReady(Duration.ofMinutes(1));
        for (String host : List.of("shop-1", "shop-2", "shop-3")) {
            workers.put(host, worker(CLUSTER, name, host, HOSTS.get(host), "this"));
        }
        List<String> settings = new ArrayList<>(List.of(
                "--carillon.center.stores.shop.url=" + database.getURL(),
                "--carillon.center.stores.shop.username=sa",
                "--carillon.center.stores.shop.commands=true"));
        List<ChildProcess> elsewhere = new ArrayList<>();
        for (String other : others) {
            JdbcDataSource its = new JdbcDataSource();
            elsewhere.add(worker("shop-" + other, create(its, other), other + "-1", "10.20.8.21", "next"));
            settings.addAll(List.of(
                    "--carillon.center.clusters." + other + ".server-lists=" + zooKeeper,
                    "--carillon.center.clusters." + other + ".namespace=shop-" + other,
                    "--carillon.center.stores.shop.cluster=" + CLUSTER,
                    "--carillon.center.stores." + other + ".url=" + its.getURL(),
                    "--carillon.center.stores." + other + ".username=sa",
                    "--carillon.center.stores." + other + ".cluster=" + other));
        }
        ConfigurableApplicationContext console = center("center", CLUSTER, settings.toArray(String[]::new));
        center = console;
        Accounts accounts = console.getBean(Accounts.class);
        accounts.redeem(accounts.grant(ADMIN, Grant.parse("admin")).orElseThrow(), "", PASSWORD);
        elsewhere.addAll(workers.values());
        for (ChildProcess worker : elsewhere) {
            worker.awaitReady(Duration.ofMinutes(2));
        }
        await(
                "all jobs are there",
                () -> cluster().queries().jobs().size() > ShopJobs.all().size());
        for (String other : others) {
            await(
                    "the next release is there",
                    () -> cluster(other).queries().jobs().size()
                            == ShopJobs.nextRelease().size());
        }
        does("zhang.min", new JobCommand.Disable(CLUSTER, SWITCHED_OFF), WHY_SWITCHED_OFF);
        does(
                "chen.jie",
                new JobCommand.PauseUntil(
                        CLUSTER, "newsletter-send", SystemTime.now().plus(Duration.ofHours(20))),
                "the new layout is not ready");
        return this;
    }

    /** Makes a database of a cluster with the tables; gives its name back. */
    private static String create(JdbcDataSource database, String cluster) {
        String name = "mem:" + cluster + "-" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1";
        database.setURL("jdbc:h2:" + name);
        database.setUser("sa");
        JdbcStore.createTables(database);
        return name;
    }

    private ChildProcess worker(String namespace, String databaseName, String host, String address, String release) {
        return process(
                host,
                Stories.program(ShopWorker.class.getName()),
                List.of(zooKeeper, namespace, databases + databaseName, host, address, release));
    }

    private ChildProcess process(String name, Program program, List<String> arguments) {
        ChildProcess process = new ChildProcess(
                name, program, Stories.SMALL_JVM, arguments, folder, line -> line.startsWith("READY "));
        processes.add(process);
        return process.start();
    }

    /** Another process; it is ended with this world. */
    ChildProcess start(String name, Program program, List<String> arguments) throws InterruptedException {
        ChildProcess process = process(name, program, arguments);
        process.awaitReady(Duration.ofMinutes(2));
        return process;
    }

    /** A centre in this process, on a port of its own, in the shop's time zone. */
    ConfigurableApplicationContext center(String name, String namespace, String... more) {
        List<String> arguments = new ArrayList<>(List.of(more));
        arguments.add("--server.port=0");
        arguments.add("--carillon.center.data-dir=" + folder.resolve(name));
        arguments.add("--carillon.center.zone=Asia/Shanghai");
        arguments.add("--carillon.console.trace-link=https://traces.shop.example/trace/{traceId}");
        arguments.add("--carillon.console.log-link=https://logs.shop.example/?q={instance}&from={from}&to={to}");
        arguments.add("--carillon.registry.server-lists=" + zooKeeper);
        arguments.add("--carillon.registry.namespace=" + namespace);
        return SpringApplication.run(CenterApplication.class, arguments.toArray(String[]::new));
    }

    static String address(ConfigurableApplicationContext center) {
        return "http://127.0.0.1:" + center.getEnvironment().getRequiredProperty("local.server.port");
    }

    /** Where the console is. */
    String address() {
        return address(center());
    }

    ConfigurableApplicationContext center() {
        if (center == null) {
            throw new IllegalStateException("the world is not open");
        }
        return center;
    }

    String zooKeeper() {
        return zooKeeper;
    }

    /** Begins a session, as the login does. */
    String session() {
        return center().getBean(Accounts.class).logIn(ADMIN, PASSWORD, "127.0.0.1");
    }

    ConsoleCluster cluster() {
        return cluster(CLUSTER);
    }

    private ConsoleCluster cluster(String name) {
        return center().getBean(ConsoleSources.class).cluster(name).orElseThrow();
    }

    /** Somebody else does something, by their own browser. */
    void does(String who, Command command, String reason) {
        center().getBean(Commands.class)
                .run(new Visitor(who, Visitor.Kind.USER, Grant.parse("admin"), "10.20.9.4", ""), command, reason);
    }

    /** Whether all shards of a job belong to instances that are online. */
    boolean isSettled(String jobName) {
        return cluster().queries().job(jobName).stream()
                .anyMatch(job -> !job.reshardingPending()
                        && job.items().stream().allMatch(item -> item.owner() != null && item.ownerOnline()));
    }

    /** A failed run with a stack trace. */
    UUID failure() {
        return cluster().queries().runs("payments-reconcile", 50).stream()
                .filter(run -> run.outcome() == RunRecord.Outcome.FAILED && run.shardingItem() == 0)
                .findFirst()
                .orElseThrow()
                .id();
    }

    /** Lets the services work for a while, and people with them, so that there is something to see. */
    void letItRun() throws Exception {
        does(
                "wang.fang",
                new JobCommand.Trigger(CLUSTER, "search-reindex", "catalogue=winter", null, List.of()),
                "the new catalogue is there");
        JobCommands.Stored stored =
                cluster().commands().stored("payments-settle").orElseThrow();
        does(
                "zhang.min",
                new JobCommand.Edit(
                        CLUSTER,
                        stored.configuration().toBuilder().cron("0 30 2 * * ?").build(),
                        stored.version(),
                        "edit"),
                "the banks are ready half an hour later");
        does("wang.fang", new JobCommand.SwitchItem(CLUSTER, "stock-sync", 5, false), "Wuhan counts its stock");
        await("stock has been taken over", () -> cluster().queries().runs("stock-sync", 200).stream()
                .anyMatch(run ->
                        run.instance().equals(instance("shop-1")) && run.outcome() == RunRecord.Outcome.SUCCEEDED));
    }

    /** The id of a service's instance. */
    String instance(String host) {
        return HOSTS.get(host) + "@-@" + host + "-" + workers.get(host).pid();
    }

    ChildProcess worker(String host) {
        return workers.get(host);
    }

    /** Something that may not be so yet. */
    interface Condition {
        boolean holds() throws Exception;
    }

    static void await(String what, Condition condition) throws Exception {
        long start = SystemTime.startNanos();
        while (!condition.holds()) {
            if (SystemTime.elapsedSince(start).compareTo(Duration.ofMinutes(1)) > 0) {
                throw new AssertionError("not within a minute: " + what);
            }
            SystemTime.pause(Duration.ofMillis(100));
        }
    }

    // ---- the past -----------------------------------------------------------------------------------------------

    private void writeThePast() {
        JdbcStore store = JdbcStore.open(database, Connections.of(database));
        Random random = new Random(812);
        Instant now = SystemTime.now();
        List<RunRecord> past = new ArrayList<>();
        for (ShopJobs.Planned planned : ShopJobs.all()) {
            CronSchedule schedule = planned.configuration().schedule();
            if (schedule == null) {
                continue;
            }
            for (Instant due : latest(schedule, now)) {
                for (int item = 0; item < planned.configuration().getShardingTotalCount(); item++) {
                    past.add(run(planned, item, due, now, random));
                }
            }
        }
        for (int from = 0; from < past.size(); from += 500) {
            store.runHistory().record(past.subList(from, Math.min(past.size(), from + 500)));
        }
    }

    // ---- messages -----------------------------------------------------------------------------------------------

    /** An order whose message everybody has consumed but one. */
    static final String ORDER = "SO-20261127-0042";

    /** Of whom the message of {@link #ORDER} waits. */
    static final String BEHIND = "mail";

    static final String NO_ROUTE = "no route to host 10.20.5.7";
    static final String NO_TOPIC = "the broker does not know the topic PAYMENT_CAPTURED";

    private void writeMessages() {
        JdbcStore tables = JdbcStore.open(database, Connections.of(database));
        MessageStore store = tables.messageStore();
        Instant now = SystemTime.now();
        declare(tables.directory(), now);
        int number = 0;
        for (int i = 0; i < 60; i++) {
            MessageId id = MessageId.of(now.minus(Duration.ofMinutes(200 - 3L * i)), 7, ++number);
            String order = String.format("SO-20261127-%04d", i);
            store.append(List.of(message(
                    id,
                    "ORDER_PLACED",
                    i % 3 == 0 ? "vip" : "web",
                    order,
                    "orders",
                    MessageState.SENDING,
                    1,
                    null,
                    now)));
            store.acknowledged(
                    List.of(new MessageStore.Attempt(id, 1)), id.time().plusMillis(40), Duration.ofDays(1));
            Set<MessageStore.ConfirmedBy> confirmed = new HashSet<>(
                    List.of(new MessageStore.ConfirmedBy(id, "stock"), new MessageStore.ConfirmedBy(id, "points")));
            if (i < 38) {
                confirmed.add(new MessageStore.ConfirmedBy(id, BEHIND));
            }
            store.confirm(confirmed, id.time().plusSeconds(1 + i % 5));
        }
        List<StoredMessage> others = new ArrayList<>();
        for (int i = 0; i < 14; i++) {
            others.add(dead(now, i, ++number, "ORDER_PLACED", "web", "orders", NO_ROUTE));
        }
        for (int i = 0; i < 14; i++) {
            others.add(dead(now, i, ++number, "PAYMENT_CAPTURED", "card", "payments", NO_TOPIC));
        }
        for (int i = 0; i < 3; i++) {
            others.add(dead(
                    now,
                    i,
                    ++number,
                    "CATALOGUE_CHANGED",
                    "full",
                    "catalogue",
                    "message of 4 718 592 bytes is too large"));
        }
        for (int i = 0; i < 5; i++) {
            others.add(message(
                    MessageId.of(now.minusSeconds(3L * i), 7, ++number),
                    "ORDER_PLACED",
                    "web",
                    "SO-20261127-1" + i,
                    "orders",
                    MessageState.SENDING,
                    0,
                    null,
                    now.plus(Duration.ofHours(5))));
        }
        store.append(others);
        for (int i = 0; i < 3; i++) {
            String order = "SO-20261127-00" + (17 + 8 * i);
            tables.inboxStore()
                    .park(new Parked(
                            new ReceivedMessage(
                                    MessageId.of(now.minus(Duration.ofMinutes(200 - 3L * (17 + 8 * i))), 7, 18 + 8 * i),
                                    body("ORDER_PLACED", "web", order),
                                    "orders",
                                    BEHIND,
                                    6),
                            "jakarta.mail.SendFailedException: 550 no such mailbox of the customer of " + order,
                            now.minus(Duration.ofMinutes(80 - 20L * i))));
        }
    }

    /** What the services of the shop say at their start, and what somebody has changed since. */
    private static void declare(Directory directory, Instant now) {
        Map<String, Map<String, Set<String>>> groups = Map.of(
                "stock",
                Map.of("ORDER_PLACED", Set.of(Directory.ALL)),
                "points",
                Map.of("ORDER_PLACED", Set.of(Directory.ALL), "PAYMENT_CAPTURED", Set.of(Directory.ALL)),
                BEHIND,
                Map.of("ORDER_PLACED", Set.of("vip", "web")));
        groups.forEach(
                (group, tags) -> directory.declare(group, group + "-service", "1.8.2", tags, Duration.ofDays(1), now));
        Map<String, String> producers =
                Map.of("orders", "ORDER_PLACED", "payments", "PAYMENT_CAPTURED", "catalogue", "CATALOGUE_CHANGED");
        producers.forEach((producer, topic) -> directory.declare(
                List.of(Directory.Name.producer(producer), Directory.Name.topic(topic)),
                Map.of(Directory.Name.producer(producer), "http://" + producer + ".shop.internal:8080/carillon/check"),
                producer + "-service",
                now));
        directory.declare(
                List.of(Directory.Name.tag("ORDER_PLACED", "vip"), Directory.Name.tag("ORDER_PLACED", "web")),
                Map.of(),
                "orders-service",
                now);
        directory.edit(new Directory.Edit(
                Directory.Name.topic("CATALOGUE_CHANGED"),
                Directory.Status.ACTIVE,
                "The whole catalogue, or a page of it; at most 4 MB",
                "wang.fang",
                now,
                "too large ones were sent"));
    }

    private static StoredMessage dead(
            Instant now, int i, int number, String topic, String tag, String producer, String cause) {
        return message(
                MessageId.of(now.minus(Duration.ofMinutes(95 + 7L * i)), 7, number),
                topic,
                tag,
                topic.charAt(0) + "-" + (4_711 + i),
                producer,
                MessageState.DEAD,
                12,
                cause,
                now);
    }

    private static StoredMessage message(
            MessageId id,
            String topic,
            String tag,
            String key,
            String producer,
            MessageState state,
            int attempt,
            String error,
            Instant due) {
        return new StoredMessage(id, body(topic, tag, key), producer, state, attempt, due, null, error, null);
    }

    private static Message body(String topic, String tag, String key) {
        return Message.to(topic, tag)
                .key(key)
                .json("{\"order\":\"" + key
                        + "\",\"customer\":77001,\"lines\":[{\"sku\":\"T-800-M\",\"count\":2,"
                        + "\"price\":\"39.90\"}],\"city\":\"杭州\",\"total\":\"79.80\"}")
                .header("trace-id", "4bf92f3577b34da6a3ce929d0e0e4736")
                .build();
    }

    /** How many messages are dead. */
    long dead() {
        return JdbcStore.open(database, Connections.of(database))
                .messageStore()
                .countByState()
                .get(MessageState.DEAD);
    }

    /** The latest times of a schedule, of the last quarter of a year. */
    private static List<Instant> latest(CronSchedule schedule, Instant now) {
        for (Duration back = Duration.ofMinutes(10); back.toDays() < 90; back = back.multipliedBy(3)) {
            List<Instant> times = times(schedule, now.minus(back), now);
            if (times.size() >= PAST_FIRINGS) {
                return times.subList(times.size() - PAST_FIRINGS, times.size());
            }
        }
        return times(schedule, now.minus(Duration.ofDays(90)), now);
    }

    private static List<Instant> times(CronSchedule schedule, Instant from, Instant to) {
        List<Instant> times = new ArrayList<>();
        for (Instant at = schedule.next(from); at != null && at.isBefore(to); at = schedule.next(at)) {
            times.add(at);
        }
        return times;
    }

    private static RunRecord run(ShopJobs.Planned planned, int item, Instant due, Instant now, Random random) {
        String jobName = planned.configuration().getJobName();
        String host = List.copyOf(HOSTS.keySet()).get(item % HOSTS.size());
        Instant started = due.plusMillis(8 + random.nextInt(40));
        Duration took = planned.usual().multipliedBy(70 + random.nextInt(60)).dividedBy(100);
        RunRecord.Outcome outcome = RunRecord.Outcome.SUCCEEDED;
        String cause = null;
        if (jobName.equals("payments-reconcile") && due.isAfter(now.minus(Duration.ofMinutes(9)))) {
            outcome = RunRecord.Outcome.FAILED;
            cause = trace(ShopJobs.failure(ShopJobs.CITIES.split("[,=]")[item * 2 + 1]));
        } else if (jobName.equals("points-credit") && item == 2 && due.isAfter(now.minus(Duration.ofHours(30)))) {
            outcome = RunRecord.Outcome.TIMED_OUT;
            took = Duration.ofMinutes(30);
            cause = "timed out after 30 min: the run was interrupted";
        } else if (random.nextInt(90) == 0) {
            outcome = RunRecord.Outcome.FAILED;
            cause = "java.net.SocketTimeoutException: Read timed out\n"
                    + "\tat com.example.shop.http.PartnerClient.call(PartnerClient.java:71)\n"
                    + "\tat com.example.shop.ShopJobs$Work.execute(ShopJobs.java:118)\n";
        }
        return new RunRecord(
                UUID.nameUUIDFromBytes((jobName + item + due).getBytes(java.nio.charset.StandardCharsets.UTF_8)),
                jobName,
                item,
                HOSTS.get(host) + "@-@" + host + "-7142",
                4_294_967_296L + item,
                RunRecord.Source.NORMAL_TRIGGER,
                due,
                started,
                started.plus(took),
                outcome,
                outcome == RunRecord.Outcome.SUCCEEDED ? 20 + random.nextInt(4_000) : 0,
                cause);
    }

    /** A stack trace without what only this test adds. */
    private static String trace(Throwable failure) {
        StringWriter text = new StringWriter();
        failure.printStackTrace(new PrintWriter(text));
        return text.toString()
                .lines()
                .filter(line -> !line.contains("at org.junit.")
                        && !line.contains("at io.carillon.it.")
                        && !line.contains("ShopJobs.failure")
                        && !line.contains("at java.base/")
                        && !line.contains("at org.apache.maven"))
                .collect(Collectors.joining("\n"));
    }

    /** A shop to look at by hand, until the process is ended; anybody who reaches it may do everything. */
    public static void main(String[] arguments) throws Exception {
        try (ShopWorld shop = new ShopWorld(Files.createTempDirectory("shop")).open()) {
            System.out.println("SHOP " + shop.address() + " " + Callers.SESSION_COOKIE + "=" + shop.session());
            new CountDownLatch(1).await();
        }
    }

    @Override
    public void close() throws Exception {
        if (center != null) {
            center.close();
        }
        for (ChildProcess process : processes) {
            process.close();
            process.kill();
        }
        if (databaseServer != null) {
            databaseServer.stop();
        }
    }
}

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

import io.carillon.launcher.ChildProcess.Program;
import io.carillon.launcher.servers.ServerProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The shop with everything it needs, each part a process of its own: ZooKeeper, a database server, RocketMQ, an object
 * store, the centre, two orders, two points, one accounts. Used by the demo and by the stories. Thread-safe.
 *
 * <p>With the in-JVM broker there is no RocketMQ, and orders and points live together in two processes.
 */
public final class ShopCluster implements AutoCloseable {

    /** The services' databases. */
    public enum Service {
        ORDERS,
        POINTS,
        ACCOUNTS,
        CENTER;

        /** As written in settings. */
        public String lower() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    /**
     * What kind of cluster.
     *
     * @param mariadb MariaDB, or else H2
     * @param rocketmq RocketMQ, or else the in-JVM broker
     * @param shortSchedules whether the maintenance jobs fire every few seconds
     * @param extra further settings of every service, {@code name=value}
     */
    public record Settings(boolean mariadb, boolean rocketmq, boolean shortSchedules, List<String> extra) {}

    /** Told what is being started, for people. */
    public interface Listener {
        void starting(String what);

        void started(String what, Duration after);
    }

    private static final Duration SERVER_LIMIT = Duration.ofMinutes(2);
    private static final Duration SERVICE_LIMIT = Duration.ofMinutes(3);
    private static final String DATABASE_USER = "carillon";
    private static final String DATABASE_PASSWORD = "carillon-demo";
    private static final String ACCESS_KEY = "carillon";
    private static final String SECRET_KEY = "carillon-secret";

    private final Path root;
    private final Path directory;
    private final Settings settings;
    private final Ports ports = new Ports();
    private final Map<String, ChildProcess> processes = new LinkedHashMap<>();
    private final Map<String, Integer> httpPorts = new LinkedHashMap<>();
    private int zooKeeperPort;
    private int databasePort;
    private int nameServerPort;
    private int objectStorePort;
    private volatile boolean closed;

    /**
     * @param root the checkout, built
     * @param directory an empty folder that everything is written to
     */
    public ShopCluster(Path root, Path directory, Settings settings) {
        this.root = root;
        this.directory = directory;
        this.settings = settings;
    }

    /** Starts the servers and waits for them. */
    public void startServers(Listener listener) throws InterruptedException {
        long start = SystemTime.startNanos();
        zooKeeperPort = ports.next();
        databasePort = ports.next();
        objectStorePort = ports.next();
        List<ChildProcess> servers = new ArrayList<>();
        servers.add(server(ServerProcess.ZOOKEEPER, "--port", "" + zooKeeperPort, "--dir", dir("zk")));
        servers.add(server(
                settings.mariadb() ? ServerProcess.MARIADB : ServerProcess.H2,
                "--port",
                "" + databasePort,
                "--dir",
                dir("database"),
                "--databases",
                "orders,points,accounts,center",
                "--user",
                DATABASE_USER,
                "--password",
                DATABASE_PASSWORD));
        if (settings.rocketmq()) {
            nameServerPort = ports.next();
            // the broker also takes the second port below its own and the one above it
            int brokerPort = ports.next(4) + 2;
            servers.add(server(
                    ServerProcess.ROCKETMQ,
                    "--namesrv-port",
                    "" + nameServerPort,
                    "--broker-port",
                    "" + brokerPort,
                    "--dir",
                    dir("rocketmq"),
                    "--topics",
                    "ORDER_TOPIC,ACCOUNT_TOPIC,CARILLON_CONFIRM,CARILLON_SUBSCRIBE"));
        }
        servers.add(server(
                ServerProcess.OBJECT_STORE,
                "--port",
                "" + objectStorePort,
                "--access-key",
                ACCESS_KEY,
                "--secret-key",
                SECRET_KEY));
        for (ChildProcess server : servers) {
            listener.starting(server.name());
        }
        for (ChildProcess server : servers) {
            server.awaitReady(SERVER_LIMIT);
            listener.started(server.name(), SystemTime.elapsedSince(start));
        }
    }

    /** Starts the centre and the services and waits for them. */
    public void startServices(Listener listener) throws InterruptedException {
        long start = SystemTime.startNanos();
        List<ChildProcess> services = new ArrayList<>();
        services.add(startCenter());
        if (settings.rocketmq()) {
            services.add(startOrders("orders-1"));
            services.add(startPoints("points-1"));
            services.add(startAccounts());
            services.add(startOrders("orders-2"));
            services.add(startPoints("points-2"));
        } else {
            services.add(startOrdersAndPoints("orders-1"));
            services.add(startAccounts());
            services.add(startOrdersAndPoints("orders-2"));
        }
        for (ChildProcess service : services) {
            listener.starting(service.name());
        }
        for (ChildProcess service : services) {
            service.awaitReady(SERVICE_LIMIT);
            listener.started(service.name(), SystemTime.elapsedSince(start));
        }
    }

    /** Starts the centre, without waiting for it. */
    public ChildProcess startCenter() {
        return startCenter(Program.ofModule(root.resolve("center"), "io.carillon.center.CenterApplication"), List.of());
    }

    /** The same, on a class path of a story's own and with settings beyond those it always has. */
    public ChildProcess startCenter(Program program, List<String> more) {
        List<String> all = new ArrayList<>(centerSettings());
        all.addAll(more);
        return startService("center", program, Service.CENTER, all);
    }

    /** Starts an orders service, without waiting for it. */
    public ChildProcess startOrders(String name) {
        return startService(name, shopProgram("orders.OrdersApplication"), Service.ORDERS, List.of());
    }

    /** Starts a points service, without waiting for it. */
    public ChildProcess startPoints(String name) {
        return startService(name, shopProgram("points.PointsApplication"), Service.POINTS, List.of());
    }

    /** Starts the accounts service, without waiting for it. */
    public ChildProcess startAccounts() {
        return startService("accounts", shopProgram("accounts.AccountsApplication"), Service.ACCOUNTS, List.of());
    }

    private ChildProcess startOrdersAndPoints(String name) {
        return startService(name, shopProgram("ShopApplication"), Service.ORDERS, List.of("shop.roles=orders,points"));
    }

    private Program shopProgram(String mainClass) {
        return Program.ofModule(root.resolve("examples/shop"), "io.carillon.shop." + mainClass);
    }

    private ChildProcess server(ServerProcess server, String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.add("--until-stdin-ends");
        return start(new ChildProcess(
                server.serverName(),
                Program.ofModule(root.resolve("launcher"), server.mainClass()),
                server.jvmFlags(),
                all,
                directory.resolve("servers"),
                line -> line.startsWith("READY ")));
    }

    /**
     * Starts a service of the shop, without waiting for it.
     *
     * @param program what runs; a story may bring its own class path
     * @param more settings of this process only, {@code name=value}
     */
    public ChildProcess startService(String name, Program program, Service database, List<String> more) {
        int port = ports.next();
        httpPorts.put(name, port);
        List<String> arguments = new ArrayList<>();
        arguments.add("server.port=" + port);
        arguments.add("server.address=127.0.0.1");
        arguments.add("spring.datasource.url=" + jdbcUrl(database));
        arguments.add("spring.datasource.username=" + databaseUser());
        arguments.add("spring.datasource.password=" + databasePassword());
        arguments.add("carillon.registry.server-lists=127.0.0.1:" + zooKeeperPort);
        arguments.add("carillon.registry.namespace=shop");
        arguments.add("carillon.registry.session-timeout=4s");
        arguments.add("carillon.store.create-tables=true");
        arguments.addAll(messageSettings());
        if (database != Service.CENTER) {
            arguments.addAll(shopSettings());
        }
        arguments.addAll(more);
        arguments.addAll(settings.extra());
        return start(new ChildProcess(
                name,
                program,
                List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"),
                arguments.stream().map(argument -> "--" + argument).toList(),
                directory.resolve("services"),
                line -> line.contains("Started ") && line.contains("Application in ")));
    }

    private synchronized ChildProcess start(ChildProcess process) {
        if (closed) {
            throw new IllegalStateException("the cluster is closed");
        }
        processes.put(process.name(), process);
        return process.start();
    }

    private List<String> shopSettings() {
        List<String> list = new ArrayList<>();
        list.add("shop.demo=true");
        list.add("shop.files.endpoint=http://127.0.0.1:" + objectStorePort);
        list.add("shop.files.bucket=shop");
        list.add("shop.files.access-key=" + ACCESS_KEY);
        list.add("shop.files.secret-key=" + SECRET_KEY);
        list.add("carillon.central.url=http://127.0.0.1:" + httpPorts.getOrDefault("center", 1));
        if (settings.shortSchedules()) {
            list.add("carillon.maintenance.resend.cron=0/5 * * * * ?");
            list.add("carillon.maintenance.clean-sent.cron=3/10 * * * * ?");
            list.add("carillon.maintenance.clean-consumed.cron=5/10 * * * * ?");
            list.add("carillon.jobs.schedules.ExpireTokensJob.cron=0/10 * * * * ?");
            list.add("carillon.jobs.schedules.DeleteOrphanFilesJob.cron=7/10 * * * * ?");
        }
        return list;
    }

    private List<String> centerSettings() {
        List<String> list = new ArrayList<>();
        list.add("carillon.messages.central.enabled=true");
        list.add("carillon.center.data-dir=" + dir("center"));
        // a demo on this machine only: nobody has to log in, and everything can be tried
        list.add("carillon.console.anyone=admin");
        list.add("carillon.console.environment=demo");
        for (Service service : List.of(Service.ORDERS, Service.POINTS, Service.ACCOUNTS)) {
            if (!settings.rocketmq() && service == Service.POINTS) {
                continue;
            }
            String prefix = "carillon.center.stores." + service.lower() + ".";
            list.add(prefix + "url=" + jdbcUrl(service));
            list.add(prefix + "username=" + databaseUser());
            list.add(prefix + "password=" + databasePassword());
        }
        if (settings.shortSchedules()) {
            list.add("carillon.maintenance.check-back.cron=0/5 * * * * ?");
            list.add("carillon.messages.check-after=3s");
        }
        return list;
    }

    private List<String> messageSettings() {
        List<String> list = new ArrayList<>();
        list.add("carillon.messages.broker=" + (settings.rocketmq() ? "rocketmq" : "in-jvm"));
        if (settings.rocketmq()) {
            list.add("carillon.messages.rocketmq.namesrv-addr=127.0.0.1:" + nameServerPort);
        }
        list.add("carillon.messages.grace=5s");
        // so that the resend job finds work that the pollers have not done yet
        list.add("carillon.messages.poll-interval=3s");
        list.add("carillon.messages.confirm-timeout=10s");
        list.add("carillon.messages.subscription-interval=5s");
        return list;
    }

    /** The JDBC address of a service's database. */
    public String jdbcUrl(Service service) {
        Service owner = !settings.rocketmq() && service == Service.POINTS ? Service.ORDERS : service;
        return settings.mariadb()
                ? "jdbc:mariadb://127.0.0.1:" + databasePort + "/" + owner.lower()
                : "jdbc:h2:tcp://127.0.0.1:" + databasePort + "/./" + owner.lower();
    }

    /** The user of every database. */
    public String databaseUser() {
        return DATABASE_USER;
    }

    /** The password of every database. */
    public String databasePassword() {
        return DATABASE_PASSWORD;
    }

    /** Opens a connection to a service's database. */
    public Connection connect(Service service) throws SQLException {
        return DriverManager.getConnection(jdbcUrl(service), databaseUser(), databasePassword());
    }

    /** A process by its name, such as {@code orders-1}. */
    public synchronized ChildProcess process(String name) {
        ChildProcess process = processes.get(name);
        if (process == null) {
            throw new IllegalArgumentException("process: " + name + " (expected: one of " + processes.keySet() + ")");
        }
        return process;
    }

    /** All processes, servers first. */
    public synchronized Collection<ChildProcess> processes() {
        return List.copyOf(processes.values());
    }

    /** The port on which a service answers HTTP. */
    public int httpPort(String name) {
        Integer port = httpPorts.get(name);
        if (port == null) {
            throw new IllegalArgumentException("service: " + name + " (expected: one of " + httpPorts.keySet() + ")");
        }
        return port;
    }

    /** ZooKeeper's address. */
    public String zooKeeper() {
        return "127.0.0.1:" + zooKeeperPort;
    }

    /** Where the S3-compatible store answers. */
    public int objectStorePort() {
        return objectStorePort;
    }

    private String dir(String name) {
        return directory.resolve(name).toString();
    }

    /** Kills every process and removes what was written. Idempotent. */
    @Override
    public void close() {
        closed = true;
        List<ChildProcess> all = new ArrayList<>(processes());
        java.util.Collections.reverse(all);
        all.forEach(ChildProcess::close);
        for (ChildProcess process : all) {
            try {
                process.kill();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        deleteTree(directory);
    }

    /** Removes a folder with everything in it; what vanishes meanwhile is left out. */
    static void deleteTree(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> paths = Files.walk(folder)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (java.nio.file.NoSuchFileException | UncheckedIOException e) {
            // somebody else removed it
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

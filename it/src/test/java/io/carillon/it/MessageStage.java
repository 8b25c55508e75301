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

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.it.KillHook.Step;
import io.carillon.launcher.ChildProcess;
import io.carillon.launcher.Ports;
import io.carillon.launcher.SystemTime;
import io.carillon.launcher.servers.ServerProcess;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.model.MessageState;
import io.carillon.messages.outbox.MessageStore;
import io.carillon.store.jdbc.JdbcStore;
import io.carillon.store.jdbc.JdbcTransactions;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.mariadb.jdbc.MariaDbDataSource;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * The servers of the message stories, each started once per class: MariaDB and RocketMQ as processes that can be killed and
 * started again on what they have written, PostgreSQL when it is asked for. {@link #open} gives each case its own databases,
 * topic and groups. One thread at a time.
 */
final class MessageStage implements AutoCloseable {

    /** How long anything is waited for: long, because only a hang shall reach it. */
    static final Duration LIMIT = Duration.ofMinutes(3);

    private static final List<String> WORKER_JVM =
            List.of("-Xmx192m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData");
    private static final String PASSWORD = "stories";

    /** The database of a case. */
    enum Database {
        MARIADB,
        POSTGRESQL
    }

    /** The two services of a case, each with a database of its own. */
    enum Side {
        ORDERS,
        POINTS;

        String lower() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private final Path folder;
    private final ChildProcess mariaDb;
    private final ChildProcess rocketMq;
    private final int mariaDbPort;
    private final String nameServer;
    private final List<ChildProcess> workers = new CopyOnWriteArrayList<>();
    private @Nullable EmbeddedPostgres postgreSql;

    private MessageStage(Path folder, List<String> topics) {
        this.folder = folder;
        Ports ports = new Ports();
        mariaDbPort = ports.next();
        int nameServerPort = ports.next();
        int brokerPort = ports.next(4) + 2; // it also takes the second port below and the one above
        nameServer = "127.0.0.1:" + nameServerPort;
        mariaDb = server(
                ServerProcess.MARIADB,
                "MariaDbServer",
                "--port=" + mariaDbPort,
                "--dir=" + folder.resolve("mariadb"),
                "--user=stories",
                "--password=" + PASSWORD);
        List<String> all = new ArrayList<>(topics);
        all.addAll(List.of("CARILLON_CONFIRM", "CARILLON_SUBSCRIBE"));
        rocketMq = server(
                ServerProcess.ROCKETMQ,
                "RocketMqServer",
                "--namesrv-port=" + nameServerPort,
                "--broker-port=" + brokerPort,
                "--dir=" + folder.resolve("rocketmq"),
                "--topics=" + String.join(",", all));
    }

    private ChildProcess server(ServerProcess server, String mainClass, String... arguments) {
        return new ChildProcess(
                server.serverName(),
                Stories.server(mainClass),
                server.jvmFlags(),
                Arrays.stream(arguments)
                        .flatMap(argument -> Arrays.stream(argument.split("=", 2)))
                        .toList(),
                folder,
                line -> line.startsWith("READY "));
    }

    /**
     * Starts MariaDB and RocketMQ and waits for them.
     *
     * @param topics made at once, so that no case waits for one
     */
    static MessageStage start(Path folder, List<String> topics) throws InterruptedException {
        MessageStage stage = new MessageStage(folder, topics);
        stage.mariaDb.start();
        stage.rocketMq.start();
        stage.mariaDb.awaitReady(LIMIT);
        stage.rocketMq.awaitReady(LIMIT);
        return stage;
    }

    /** Name server and broker, in one process. */
    ChildProcess rocketMq() {
        return rocketMq;
    }

    /** The address of RocketMQ's name server. */
    String nameServer() {
        return nameServer;
    }

    /** Kills MariaDB as {@code kill -9} does, and waits until nobody listens. */
    void killMariaDb() throws Exception {
        mariaDb.kill(); // its guard ends the server
        await("MariaDB is gone", () -> {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), mariaDbPort)) {
                return !socket.isConnected();
            } catch (IOException e) {
                return true;
            }
        });
    }

    /** Starts it again on what it had written. */
    void startMariaDb() throws InterruptedException {
        mariaDb.start().awaitReady(LIMIT);
    }

    private synchronized EmbeddedPostgres postgreSql() throws IOException {
        EmbeddedPostgres running = postgreSql;
        if (running == null) {
            running = EmbeddedPostgres.builder()
                    .setServerConfig("shared_buffers", "32MB")
                    .setServerConfig("max_connections", "100")
                    .setPGStartupWait(LIMIT)
                    .start();
            postgreSql = running;
        }
        return running;
    }

    /** A case with empty tables of its own. Its name is its topic. */
    Case open(String name, Database database) throws Exception {
        return open(name, database, database);
    }

    /** The same, with the two services on different servers. */
    Case open(String name, Database orders, Database points) throws Exception {
        Case opened = new Case(name, orders, points);
        for (Side side : Side.values()) {
            boolean isMariaDb = (side == Side.ORDERS ? orders : points) == Database.MARIADB;
            execute(
                    isMariaDb ? mariaDb("mysql") : postgreSql().getPostgresDatabase(),
                    "CREATE DATABASE " + opened.database(side));
            MessageWorker.createTables(opened.dataSource(side));
        }
        // known before the first message, so that each of them expects its confirmation
        opened.messageStore().subscribe(MessageWorker.group(name), Map.of(name, Set.of("*")), SystemTime.now());
        return opened;
    }

    private String mariaDbUrl(String database) {
        return "jdbc:mariadb://127.0.0.1:" + mariaDbPort + "/" + database + "?user=stories&password=" + PASSWORD;
    }

    private DataSource mariaDb(String database) throws SQLException {
        return new MariaDbDataSource(mariaDbUrl(database));
    }

    @Override
    public void close() throws IOException, InterruptedException {
        for (ChildProcess worker : workers) {
            worker.close();
        }
        rocketMq.close();
        mariaDb.kill();
        if (postgreSql != null) {
            postgreSql.close();
        }
    }

    interface Condition {
        boolean holds() throws Exception;
    }

    static void await(String what, Condition condition) throws Exception {
        long start = SystemTime.startNanos();
        while (!condition.holds()) {
            if (SystemTime.elapsedSince(start).compareTo(LIMIT) > 0) {
                throw new AssertionError("not within " + LIMIT.toSeconds() + " s: " + what);
            }
            SystemTime.pause(Duration.ofMillis(100));
        }
    }

    static void execute(DataSource dataSource, String sql) throws SQLException {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.execute();
        }
    }

    /**
     * What the databases of a case hold.
     *
     * @param placed business rows committed
     * @param messages rows of the outbox
     * @param open of these, neither closed nor dead
     * @param dead of these, DEAD
     * @param effects rows that the handlers committed
     * @param lost placed, neither with an effect nor dead
     * @param doubled effects beyond the first of a row
     * @param phantom effects of what was never placed
     */
    record Figures(int placed, int messages, int open, int dead, int effects, int lost, int doubled, int phantom) {}

    /** One case: two services, their databases, and the processes that were started for it. */
    final class Case {

        private final String name;
        private final Database orders;
        private final Database points;
        private final List<ChildProcess> started = new ArrayList<>();

        private Case(String name, Database orders, Database points) {
            this.name = name;
            this.orders = orders;
            this.points = points;
        }

        String name() {
            return name;
        }

        private String database(Side side) {
            return name.toLowerCase(Locale.ROOT) + "_" + side.lower();
        }

        private String url(Side side) throws IOException {
            return (side == Side.ORDERS ? orders : points) == Database.MARIADB
                    ? mariaDbUrl(database(side))
                    : postgreSql().getJdbcUrl("postgres", database(side));
        }

        DataSource dataSource(Side side) throws IOException, SQLException {
            String url = url(side);
            if (url.startsWith("jdbc:mariadb")) {
                return new MariaDbDataSource(url);
            }
            PGSimpleDataSource dataSource = new PGSimpleDataSource();
            dataSource.setUrl(url);
            return dataSource;
        }

        /** The store as somebody sees it who was not there. */
        JdbcStore store(Side side) throws IOException, SQLException {
            DataSource dataSource = dataSource(side);
            return JdbcStore.open(dataSource, new JdbcTransactions(dataSource).connections());
        }

        /** The outbox of the orders service. */
        MessageStore messageStore() throws IOException, SQLException {
            return store(Side.ORDERS).messageStore();
        }

        /** A file of this case. */
        Path file(String file) {
            return folder.resolve(name + "." + file);
        }

        /** Starts a process of {@link MessageWorker} with both services, without waiting for it. */
        ChildProcess both(String process, String... settings) throws IOException {
            return worker(process, List.of(Side.ORDERS, Side.POINTS), settings);
        }

        /** Starts a process with some services, without waiting for it. */
        ChildProcess worker(String process, List<Side> sides, String... settings) throws IOException {
            List<String> arguments = new ArrayList<>(List.of("case=" + name, "broker=" + nameServer));
            for (Side side : sides) {
                arguments.add(side.lower() + "=" + url(side));
            }
            arguments.addAll(Arrays.asList(settings));
            ChildProcess worker = new ChildProcess(
                    name + "-" + process,
                    Stories.program(MessageWorker.class.getName()),
                    WORKER_JVM,
                    arguments,
                    folder,
                    line -> line.startsWith("READY "));
            workers.add(worker);
            started.add(worker);
            return worker.start();
        }

        /** Runs a process until it halts itself at a step. */
        void halted(Step step, List<Side> sides, String... settings) throws Exception {
            List<String> all = new ArrayList<>(Arrays.asList(settings));
            all.add("step=" + step);
            ChildProcess dying = worker("dying", sides, all.toArray(String[]::new));
            int code = dying.awaitExit(LIMIT);
            assertThat(code).as(dying::lastLines).isEqualTo(KillHook.EXIT_CODE);
            assertThat(Files.readAllLines(dying.log())).contains("AT " + step);
        }

        /** Starts a process with both services that lives, and places one more row, number 1001. */
        ChildProcess survivor(String... settings) throws Exception {
            List<String> all = new ArrayList<>(List.of("send=1", "from=1001"));
            all.addAll(Arrays.asList(settings));
            ChildProcess survivor = both("survivor", all.toArray(String[]::new));
            survivor.awaitReady(LIMIT);
            await("the survivor has placed its own row", () -> placed().contains(1001));
            return survivor;
        }

        /** Ends everything that was started for it. */
        void end() throws InterruptedException {
            for (ChildProcess worker : started) {
                worker.kill();
            }
        }

        /**
         * Writes rows as they are left by messages of long ago, made a millisecond after the other, each with a confirmation.
         *
         * @param state a code, known or not
         */
        void insertMessages(int count, int state, Instant first) throws IOException, SQLException {
            String message =
                    "INSERT INTO CARILLON_MESSAGE (id, shard_hash, producer, topic, tag, msg_key, content_type,"
                            + " headers, payload, delay_ms, state, attempt, due_at) VALUES (?, ?, ?, ?, 'placed', '', '', '', ?, 0,"
                            + " ?, 1, ?)";
            String confirmation =
                    "INSERT INTO CARILLON_CONFIRMATION (message_id, group_id, confirmed_at) VALUES (?, ?, 1)";
            long never = SystemTime.now().plus(Duration.ofDays(365)).toEpochMilli();
            Random random = new Random(state);
            try (Connection connection = bulk(Side.ORDERS)) {
                connection.setAutoCommit(false);
                try (PreparedStatement messages = connection.prepareStatement(message);
                        PreparedStatement confirmations = connection.prepareStatement(confirmation)) {
                    for (int i = 1; i <= count; i++) {
                        MessageId id = MessageId.of(first.plusMillis(i), random.nextLong(), random.nextLong());
                        messages.setBytes(1, id.toBytes());
                        messages.setLong(2, id.uuid().getLeastSignificantBits() & 0xffff_ffffL);
                        messages.setString(3, MessageWorker.producer(name));
                        messages.setString(4, name);
                        messages.setBytes(5, ("old " + i).getBytes(StandardCharsets.UTF_8));
                        messages.setInt(6, state);
                        messages.setLong(7, never);
                        messages.addBatch();
                        confirmations.setBytes(1, id.toBytes());
                        confirmations.setString(2, MessageWorker.group(name));
                        confirmations.addBatch();
                        if (i % 1_000 == 0 || i == count) {
                            messages.executeBatch();
                            confirmations.executeBatch();
                            connection.commit();
                        }
                    }
                }
            }
        }

        /** A connection whose driver sends a batch as one statement. */
        private Connection bulk(Side side) throws IOException, SQLException {
            String url = url(side);
            String option = url.startsWith("jdbc:mariadb") ? "&useBulkStmts=true" : "&reWriteBatchedInserts=true";
            return DriverManager.getConnection(url + (url.contains("?") ? option : "?" + option.substring(1)));
        }

        // -------------------------------------------------------------- what the databases hold

        List<String> rows(Side side, String sql) throws IOException, SQLException {
            List<String> rows = new ArrayList<>();
            try (Connection connection = dataSource(side).getConnection();
                    PreparedStatement select = connection.prepareStatement(sql);
                    ResultSet result = select.executeQuery()) {
                int columns = result.getMetaData().getColumnCount();
                while (result.next()) {
                    StringBuilder row = new StringBuilder();
                    for (int i = 1; i <= columns; i++) {
                        Object value = result.getObject(i);
                        boolean bytes = value instanceof byte[] || value instanceof java.sql.Blob;
                        row.append(i == 1 ? "" : " | ")
                                .append(bytes ? HexFormat.of().formatHex(result.getBytes(i)) : String.valueOf(value));
                    }
                    rows.add(row.toString());
                }
            }
            return rows;
        }

        int number(Side side, String sql) throws IOException, SQLException {
            return Integer.parseInt(rows(side, sql).get(0));
        }

        private List<Integer> numbers(Side side, String sql) throws IOException, SQLException {
            return rows(side, sql).stream().map(Integer::valueOf).toList();
        }

        /** The business rows that were committed. */
        List<Integer> placed() throws IOException, SQLException {
            return numbers(Side.ORDERS, "SELECT seq FROM placed ORDER BY seq");
        }

        /** What the handlers committed. */
        List<Integer> effects() throws IOException, SQLException {
            return numbers(Side.POINTS, "SELECT seq FROM effect ORDER BY seq");
        }

        /** How many deliveries the processes of this case printed, of messages that the broker brought. */
        int deliveries() throws IOException {
            return lines("DELIVERED ").size();
        }

        /** What the processes of this case printed after a word. */
        List<String> lines(String word) throws IOException {
            List<String> lines = new ArrayList<>();
            for (ChildProcess worker : started) {
                if (Files.exists(worker.log())) {
                    Files.readAllLines(worker.log()).stream()
                            .filter(line -> line.startsWith(word))
                            .forEach(line -> lines.add(line.substring(word.length())));
                }
            }
            return lines;
        }

        Figures figures() throws IOException, SQLException {
            List<Integer> placed = placed();
            List<Integer> effects = effects();
            Set<Integer> distinct = new HashSet<>(effects);
            Set<Integer> lost = new HashSet<>(placed);
            lost.removeAll(distinct);
            Set<Integer> phantom = new HashSet<>(distinct);
            phantom.removeAll(new HashSet<>(placed));
            Map<MessageState, Long> states = messageStore().countByState();
            int dead = states.getOrDefault(MessageState.DEAD, 0L).intValue();
            long all = states.values().stream().mapToLong(Long::longValue).sum();
            long closed =
                    states.getOrDefault(MessageState.FINISHED, 0L) + states.getOrDefault(MessageState.CANCELLED, 0L);
            return new Figures(
                    placed.size(),
                    (int) all,
                    (int) (all - closed - dead),
                    dead,
                    effects.size(),
                    Math.max(0, lost.size() - dead),
                    effects.size() - distinct.size(),
                    phantom.size());
        }

        /** Waits until every message is closed or dead, prints the figures and asks for none lost, none doubled. */
        Figures settled() throws Exception {
            await(name + " has nothing open", () -> {
                Figures now = figures();
                return now.open() == 0 && now.lost() == 0;
            });
            Figures figures = figures();
            System.out.println("FIGURES " + name + " " + figures + " deliveries=" + deliveries());
            assertThat(figures.lost()).as("lost").isZero();
            assertThat(figures.doubled()).as("doubled").isZero();
            assertThat(figures.phantom()).as("phantom").isZero();
            assertThat(figures.messages()).as("messages").isEqualTo(figures.placed());
            return figures;
        }
    }
}

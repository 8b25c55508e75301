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

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.carillon.it.KillHook.Step;
import io.carillon.launcher.SystemTime;
import io.carillon.messages.InvalidMessageException;
import io.carillon.messages.Message;
import io.carillon.messages.MessageServiceOptions;
import io.carillon.messages.Ordering;
import io.carillon.messages.ReceivedMessage;
import io.carillon.messages.inbox.InboxStore;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.outbox.MessageStore;
import io.carillon.messages.recovery.CleanConsumed;
import io.carillon.messages.recovery.CleanSent;
import io.carillon.messages.recovery.MaintenanceResult;
import io.carillon.messages.relay.MessageService;
import io.carillon.messages.rocketmq.RocketMqBroker;
import io.carillon.messages.rocketmq.RocketMqOptions;
import io.carillon.store.jdbc.JdbcStore;
import io.carillon.store.jdbc.JdbcTransactions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import javax.sql.DataSource;

/**
 * A process of the message stories, without any framework: an orders service that places business rows with a message each, or
 * a points service that receives them, or both, or a cleaner. Its settings are arguments {@code name=value}:
 *
 * <ul>
 *   <li>{@code case} names topic and groups; {@code broker} is the name server; {@code orders}, {@code points} are URLs of the
 *       databases, and whoever is not named does not run;
 *   <li>{@code send} places so many rows, one after the other, numbered from {@code from}, and prints
 *       {@code PLACED number} or {@code REFUSED number reason}; {@code rate} places so many a second
 *       from several threads until the file {@code stop} exists, and prints {@code CALL begin micros ok|failed} for each;
 *   <li>{@code payload} bytes, {@code delay} in milliseconds, {@code key} for a strict order;
 *   <li>{@code poison} is the number whose handler always throws;
 *   <li>{@code grace} and {@code lease} in seconds, {@code attempts}, {@code deliveries}, {@code batch} and {@code gather} (completions, and
 *       milliseconds that they wait), {@code payloadLimit};
 *   <li>{@code step} and {@code hold}: see {@link KillHook};
 *   <li>{@code clean=true} cleans both databases and prints {@code TRANSACTION rows} for each commit that deleted any.
 * </ul>
 */
public final class MessageWorker {

    private static final int CALLERS = 8;

    private final Map<String, String> settings = new HashMap<>();
    private final KillHook hook;
    private final String name;
    private final List<AutoCloseable> open = new ArrayList<>();

    private MessageWorker(String[] arguments) {
        for (String argument : arguments) {
            settings.put(argument.substring(0, argument.indexOf('=')), argument.substring(argument.indexOf('=') + 1));
        }
        String step = settings.get("step");
        String hold = settings.get("hold");
        hook = new KillHook(step == null ? null : Step.valueOf(step), hold == null ? null : Path.of(hold), null);
        name = text("case");
    }

    /** The consumer group of a case. */
    static String group(String name) {
        return "points-" + name;
    }

    /** The producer group of a case. */
    static String producer(String name) {
        return "orders-" + name;
    }

    /** Runs until it is ended. */
    public static void main(String[] arguments) throws Exception {
        MessageWorker worker = new MessageWorker(arguments);
        if (worker.settings.containsKey("clean")) {
            worker.clean();
            return;
        }
        worker.work();
    }

    private String text(String setting) {
        String value = settings.get(setting);
        if (value == null) {
            throw new IllegalArgumentException(setting + ": absent (expected: a value)");
        }
        return value;
    }

    private int number(String setting, int otherwise) {
        return Integer.parseInt(settings.getOrDefault(setting, "" + otherwise));
    }

    // ------------------------------------------------------------------ work

    private void work() throws Exception {
        Runtime.getRuntime().addShutdownHook(new Thread(this::close));
        if (settings.containsKey("points")) {
            receive();
        }
        MessageService orders = null;
        JdbcTransactions transactions = null;
        if (settings.containsKey("orders")) {
            HikariDataSource dataSource = pool(text("orders"));
            transactions = new JdbcTransactions(dataSource);
            JdbcStore store = JdbcStore.open(dataSource, transactions.connections());
            RocketMqBroker broker = broker(producer(name));
            orders = MessageService.start(
                    options(producer(name)),
                    hook.around(store.messageStore()),
                    store.inboxStore(),
                    hook.around(transactions),
                    hook.around(broker));
            open.addAll(List.of(dataSource, broker, orders));
        }
        System.out.println("READY message-worker");
        if (orders != null && transactions != null) {
            if (settings.containsKey("rate")) {
                traffic(orders, transactions);
            }
            int from = number("from", 1);
            for (int seq = from; seq < from + number("send", 0); seq++) {
                try {
                    place(orders, transactions, seq);
                    System.out.println("PLACED " + seq);
                } catch (InvalidMessageException e) {
                    System.out.println("REFUSED " + seq + " " + e.getMessage());
                }
            }
        }
        new CountDownLatch(1).await();
    }

    private void receive() throws Exception {
        HikariDataSource dataSource = pool(text("points"));
        JdbcTransactions transactions = new JdbcTransactions(dataSource);
        JdbcStore store = JdbcStore.open(dataSource, transactions.connections());
        RocketMqBroker broker = broker(group(name));
        MessageService points = MessageService.start(
                options(group(name)), store.messageStore(), store.inboxStore(), transactions, hook.around(broker));
        open.addAll(List.of(dataSource, broker, points));
        int poison = number("poison", -1);
        points.subscribe(
                group(name),
                name,
                Set.of(),
                message -> {
                    int seq = seqOf(message);
                    if (seq == poison) {
                        // with a character that PostgreSQL cannot keep in a text
                        throw new IllegalStateException("the handler cannot do number " + seq + '\0');
                    }
                    apply(transactions, message, seq);
                },
                4);
    }

    private static int seqOf(ReceivedMessage message) {
        return Integer.parseInt(message.message().text().split(" ", 2)[0]);
    }

    private void apply(JdbcTransactions transactions, ReceivedMessage message, int seq) throws SQLException {
        try (PreparedStatement insert =
                transactions.connection().prepareStatement("INSERT INTO effect (seq, message_id) VALUES (?, ?)")) {
            insert.setInt(1, seq);
            insert.setString(2, message.id().toString());
            insert.executeUpdate();
        }
        hook.reach(Step.BEFORE_CONSUMER_COMMIT);
    }

    private MessageId place(MessageService orders, JdbcTransactions transactions, int seq) throws Exception {
        String number = Integer.toString(seq);
        Message.Builder message = Message.to(name, "placed")
                .text(padded(number + " ", number("payload", 0)))
                .delay(Duration.ofMillis(number("delay", 0)));
        if (settings.containsKey("key")) {
            message.key(text("key")).ordering(Ordering.KEY_STRICT);
        }
        return hook.around(transactions).inNew(() -> {
            try (PreparedStatement insert =
                    transactions.connection().prepareStatement("INSERT INTO placed (seq) VALUES (?)")) {
                insert.setInt(1, seq);
                insert.executeUpdate();
            }
            return orders.reliableMessages().send(message.build());
        });
    }

    /** Filled up with what no compression makes small. */
    private static String padded(String text, int length) {
        StringBuilder padded = new StringBuilder(text);
        Random random = new Random(length);
        while (padded.length() < length) {
            padded.append((char) ('!' + random.nextInt(94)));
        }
        return padded.toString();
    }

    // ------------------------------------------------------------------ traffic

    /** Calls at their times, whatever the calls before them take, as far as there are callers. */
    private void traffic(MessageService orders, JdbcTransactions transactions) throws InterruptedException {
        Path stop = Path.of(text("stop"));
        int rate = number("rate", 1);
        int from = number("from", 1);
        AtomicLong calls = new AtomicLong();
        long start = SystemTime.startNanos();
        List<Thread> callers = new ArrayList<>();
        for (int i = 0; i < CALLERS; i++) {
            Thread caller = new Thread(
                    () -> {
                        try {
                            while (!Files.exists(stop)) {
                                long call = calls.getAndIncrement();
                                Duration wait = Duration.ofNanos(call * 1_000_000_000L / rate)
                                        .minus(SystemTime.elapsedSince(start));
                                if (wait.toMillis() > 0) {
                                    SystemTime.pause(wait);
                                }
                                call(orders, transactions, (int) (from + call));
                            }
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                        }
                    },
                    "caller-" + i);
            caller.start();
            callers.add(caller);
        }
        for (Thread caller : callers) {
            caller.join();
        }
        System.out.println("STOPPED");
    }

    private void call(MessageService orders, JdbcTransactions transactions, int seq) {
        Instant begin = SystemTime.now();
        long start = SystemTime.startNanos();
        String outcome = "ok";
        try {
            place(orders, transactions, seq);
        } catch (Exception e) {
            outcome = "failed";
        }
        System.out.println("CALL " + begin.toEpochMilli() + " "
                + SystemTime.elapsedSince(start).toNanos() / 1000 + " " + outcome);
    }

    // ------------------------------------------------------------------ clean

    private void clean() throws Exception {
        System.out.println("READY message-worker");
        long cleaned = 0;
        for (String database : List.of("orders", "points")) {
            HikariDataSource pool = pool(text(database));
            open.add(pool);
            DataSource counted =
                    new CountedDeletes(pool, rows -> System.out.println("TRANSACTION " + rows)).dataSource();
            JdbcTransactions transactions = new JdbcTransactions(counted);
            JdbcStore store = JdbcStore.open(counted, transactions.connections());
            MessageStore messages = hook.around(store.messageStore());
            InboxStore inbox = store.inboxStore();
            MessageServiceOptions options = options(producer(name));
            int shards = 4;
            for (int shard = 0; shard < shards; shard++) {
                MaintenanceResult sent;
                MaintenanceResult consumed;
                do {
                    sent = new CleanSent(messages, options).run(SystemTime.now(), shard, shards);
                    consumed = new CleanConsumed(inbox, options).run(SystemTime.now(), shard, shards);
                    cleaned += sent.handled() + consumed.handled();
                } while (!sent.isComplete() || !consumed.isComplete());
            }
        }
        System.out.println("CLEANED " + cleaned);
        close();
    }

    // ------------------------------------------------------------------ parts

    private MessageServiceOptions options(String group) {
        return MessageServiceOptions.of(group)
                .grace(Duration.ofSeconds(number("grace", 3)))
                .lease(Duration.ofSeconds(number("lease", 4)))
                .maxAttempts(number("attempts", 12))
                .maxDeliveries(number("deliveries", 16))
                .pollInterval(Duration.ofMillis(200))
                .subscriptionInterval(Duration.ofSeconds(2))
                .confirmDelay(Duration.ofMillis(100))
                .backoffCap(Duration.ofSeconds(2))
                .completionBatch(number("batch", 500))
                .completionDelay(Duration.ofMillis(number("gather", 20)))
                .build();
    }

    private RocketMqBroker broker(String group) {
        return RocketMqBroker.open(RocketMqOptions.builder(text("broker"), group)
                .maxMessageBytes(number("payloadLimit", 4 * 1024 * 1024 - 64 * 1024))
                .startTimeout(Duration.ofMinutes(1))
                .build());
    }

    static HikariDataSource pool(String url) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url);
        config.setMinimumIdle(0);
        config.setMaximumPoolSize(16);
        config.setConnectionTimeout(20_000);
        config.setInitializationFailTimeout(60_000);
        return new HikariDataSource(config);
    }

    private void close() {
        for (int i = open.size() - 1; i >= 0; i--) {
            try {
                open.get(i).close();
            } catch (Exception e) {
                System.out.println("CLOSE " + e);
            }
        }
        open.clear();
    }

    /** Makes the tables of the business. */
    static void createTables(DataSource dataSource) throws SQLException {
        JdbcStore.createTables(dataSource);
        try (Connection connection = dataSource.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE placed (seq INTEGER NOT NULL PRIMARY KEY)");
            // without a key: an effect that is applied twice must show
            statement.execute("CREATE TABLE effect (seq INTEGER NOT NULL, message_id VARCHAR(40) NOT NULL)");
        }
    }
}

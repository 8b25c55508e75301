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

import io.carillon.messages.Message;
import io.carillon.messages.MessageServiceOptions;
import io.carillon.messages.relay.InJvmBroker;
import io.carillon.messages.relay.MessageService;
import io.carillon.store.jdbc.JdbcStore;
import io.carillon.store.jdbc.JdbcTransactions;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcConnectionPool;

/**
 * One message per business transaction, from the first insert to the last effect, beside the least that a database can do
 * for the same: the business row, the message row and a commit, and nothing else. Both run in turn on one H2 in memory, so
 * the ratio is the figure to look at; the absolute ones hold for this machine only.
 */
public final class OutboxBench {

    private static final int CALLERS = 4;
    private static final int PAYLOAD_BYTES = 1024;

    private OutboxBench() {}

    /** @param arguments messages per round (default 5,000) and rounds (default 5) */
    public static void main(String[] arguments) throws Exception {
        int messages = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 5_000;
        int rounds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 5;
        JdbcConnectionPool pool = JdbcConnectionPool.create("jdbc:h2:mem:bench;DB_CLOSE_DELAY=-1", "sa", "");
        pool.setMaxConnections(16);
        prepare(pool);
        List<Double> floor = new ArrayList<>();
        List<Double> ours = new ArrayList<>();
        System.out.printf(
                Locale.ROOT,
                "%d messages of %d bytes a round, %d callers, H2 in memory%n",
                messages,
                PAYLOAD_BYTES,
                CALLERS);
        try (Whole whole = new Whole(pool)) {
            for (int round = 0; round <= rounds; round++) {
                double raw = messages / seconds(messages, () -> insertRaw(pool));
                double carried = messages / whole.seconds(messages);
                if (round == 0) {
                    continue; // warm-up
                }
                floor.add(raw);
                ours.add(carried);
                System.out.printf(
                        Locale.ROOT,
                        "round %d: raw insert %,.0f/s, commit to effect %,.0f/s, ratio %.2f%n",
                        round,
                        raw,
                        carried,
                        carried / raw);
            }
        }
        System.out.printf(
                Locale.ROOT,
                "median: raw insert %,.0f/s, commit to effect %,.0f/s, ratio %.2f (the whole way has an inbox commit and"
                        + " three bulk statements more)%n",
                median(floor),
                median(ours),
                median(ours) / median(floor));
        pool.dispose();
    }

    private static void prepare(DataSource pool) throws SQLException {
        JdbcStore.createTables(pool);
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(
                    "CREATE TABLE business (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, amount BIGINT)");
            statement.execute(
                    "CREATE TABLE effect (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, amount BIGINT)");
            statement.execute("CREATE TABLE raw_message (id UUID PRIMARY KEY, topic VARCHAR(120), payload BLOB)");
        }
    }

    /** The floor: the business row and a message row in one transaction. */
    private static void insertRaw(DataSource pool) throws SQLException {
        try (Connection connection = pool.getConnection()) {
            connection.setAutoCommit(false);
            insertBusiness(connection);
            try (PreparedStatement insert = connection.prepareStatement(
                    "INSERT INTO raw_message (id, topic, payload) VALUES (RANDOM_UUID(), ?, ?)")) {
                insert.setString(1, "bench");
                insert.setBytes(2, new byte[PAYLOAD_BYTES]);
                insert.executeUpdate();
            }
            connection.commit();
            connection.setAutoCommit(true);
        }
    }

    private static void insertBusiness(Connection connection) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement("INSERT INTO business (amount) VALUES (1)")) {
            insert.executeUpdate();
        }
    }

    /** The whole way: outbox, broker in the JVM, inbox, effect, confirmation. */
    private static final class Whole implements AutoCloseable {

        private final JdbcTransactions transactions;
        private final InJvmBroker broker = new InJvmBroker(100_000, java.time.Duration.ofSeconds(1));
        private final MessageService service;
        private volatile CountDownLatch effects = new CountDownLatch(0);

        Whole(DataSource pool) {
            transactions = new JdbcTransactions(pool);
            JdbcStore store = JdbcStore.open(pool, transactions.connections());
            service = MessageService.start(
                    MessageServiceOptions.of("bench").queueCapacity(100_000).build(),
                    store.messageStore(),
                    store.inboxStore(),
                    transactions,
                    broker);
            service.subscribe(
                    "bench",
                    "bench",
                    Set.of(),
                    message -> {
                        try (PreparedStatement insert =
                                transactions.connection().prepareStatement("INSERT INTO effect (amount) VALUES (1)")) {
                            insert.executeUpdate();
                        }
                        effects.countDown();
                    },
                    CALLERS);
        }

        double seconds(int messages) throws Exception {
            effects = new CountDownLatch(messages);
            Message message = Message.to("bench", "")
                    .payload(new byte[PAYLOAD_BYTES], "application/octet-stream")
                    .build();
            long start = SystemTime.nanos();
            OutboxBench.seconds(
                    messages,
                    () -> transactions.inNew(() -> {
                        insertBusiness(transactions.connection());
                        return service.reliableMessages().send(message);
                    }));
            if (!effects.await(5, TimeUnit.MINUTES)) {
                throw new IllegalStateException(effects.getCount() + " effects are missing after 5 minutes");
            }
            return (SystemTime.nanos() - start) / 1e9;
        }

        @Override
        public void close() {
            service.close();
            broker.close();
        }
    }

    private interface Step {
        void run() throws Exception;
    }

    /** Runs a step so many times from {@link #CALLERS} threads; returns how long that took. */
    private static double seconds(int times, Step step) throws Exception {
        ExecutorService callers = Executors.newFixedThreadPool(CALLERS);
        AtomicInteger left = new AtomicInteger(times);
        long start = SystemTime.nanos();
        List<java.util.concurrent.Future<?>> running = new ArrayList<>();
        for (int i = 0; i < CALLERS; i++) {
            running.add(callers.submit(() -> {
                while (left.getAndDecrement() > 0) {
                    step.run();
                }
                return null;
            }));
        }
        for (java.util.concurrent.Future<?> each : running) {
            each.get();
        }
        callers.shutdown();
        return (SystemTime.nanos() - start) / 1e9;
    }

    private static double median(List<Double> values) {
        double[] sorted = values.stream().mapToDouble(Double::doubleValue).toArray();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}

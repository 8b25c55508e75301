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

import io.carillon.launcher.Ledger.Counts;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The main job, from first to last: start, seed, place orders, kill, start again, let everything settle, judge. One thread;
 * {@link #stop()} may come from another.
 */
final class Demo implements AutoCloseable {

    private static final Duration SETTLE_LIMIT = Duration.ofSeconds(90);
    private static final Duration DOWN_TIME = Duration.ofSeconds(4);

    private final DemoOptions options;
    private final PrintStream out;
    private final Path directory;
    private final ShopCluster cluster;
    private final long start = SystemTime.startNanos();

    Demo(Path root, DemoOptions options, PrintStream out) throws IOException {
        this.options = options;
        this.out = out;
        this.directory = Files.createTempDirectory("carillon-demo-");
        this.cluster = new ShopCluster(
                root,
                directory,
                new ShopCluster.Settings(
                        options.database().equals("mariadb"),
                        options.broker().equals("rocketmq"),
                        options.schedules().equals("short"),
                        List.of()));
    }

    /** Runs everything and returns the exit code: 0 only if every line of the verdict holds. */
    int run() throws InterruptedException, IOException, SQLException {
        say(
                "Carillon demo: %d s, database %s, broker %s. Everything is written to %s and removed at the end.",
                options.seconds(), options.database(), options.broker(), directory);
        Progress progress = new Progress();
        cluster.startServers(progress);
        cluster.startServices(progress);
        say("console: http://127.0.0.1:%d/", cluster.httpPort("center"));
        try (Ledger ledger = new Ledger(cluster)) {
            awaitSubscribers(ledger);
            seed();
            Instant since = placeOrders(ledger);
            boolean settled = settle(ledger);
            Verdict verdict =
                    Verdict.of(ledger.reckon(since), options.schedules().equals("short"), true);
            print(verdict, settled);
            if (options.keep()) {
                say(
                        "--keep: everything runs on; console http://127.0.0.1:%d/ ; Ctrl-C ends it.",
                        cluster.httpPort("center"));
                new java.util.concurrent.CountDownLatch(1).await();
            }
            return verdict.passed() ? 0 : 1;
        }
    }

    private void awaitSubscribers(Ledger ledger) throws InterruptedException, SQLException {
        say("waiting until orders knows who subscribes");
        long began = SystemTime.startNanos();
        while (ledger.subscribers() == 0) {
            if (SystemTime.elapsedSince(began).compareTo(Duration.ofMinutes(1)) > 0) {
                throw new IllegalStateException("subscriptions: none (expected: points has told orders within 60 s)."
                        + " Last lines of points:\n"
                        + cluster.process(options.broker().equals("rocketmq") ? "points-1" : "orders-1")
                                .lastLines());
            }
            SystemTime.pause(Duration.ofMillis(200));
        }
    }

    private void seed() throws IOException, InterruptedException {
        List<String> seeded = options.broker().equals("rocketmq")
                ? List.of("orders-1", "points-1", "accounts")
                : List.of("orders-1", "accounts");
        for (String name : seeded) {
            say("seeded %s: %s", name, OrderTraffic.post(cluster.httpPort(name), "/demo/seed"));
        }
    }

    /** Places orders for the asked time and kills two processes in the middle; returns when the first was killed. */
    private Instant placeOrders(Ledger ledger) throws InterruptedException, SQLException {
        boolean apart = options.broker().equals("rocketmq");
        List<Event> events = new ArrayList<>();
        Duration length = Duration.ofSeconds(options.seconds());
        String second = apart ? "points-2" : "orders-2";
        events.add(new Event(length.dividedBy(4), "kill -9 orders-1", () -> cluster.process("orders-1")
                .kill()));
        events.add(
                new Event(length.dividedBy(4).plus(DOWN_TIME), "start orders-1 again", () -> cluster.process("orders-1")
                        .start()));
        events.add(new Event(length.dividedBy(2), "kill -9 " + second, () -> cluster.process(second)
                .kill()));
        events.add(new Event(
                length.dividedBy(2).plus(DOWN_TIME), "start " + second + " again", () -> cluster.process(second)
                        .start()));
        Instant firstKill = SystemTime.now().plus(length.dividedBy(4));
        try (OrderTraffic traffic =
                new OrderTraffic(List.of(cluster.httpPort("orders-1"), cluster.httpPort("orders-2")))) {
            traffic.start(options.rate());
            if (!traffic.awaitFirst(Duration.ofSeconds(30))) {
                throw new IllegalStateException("orders: none accepted within 30 s. Last lines of orders-1:\n"
                        + cluster.process("orders-1").lastLines());
            }
            say("first order placed; %d orders a second for %d s", options.rate(), options.seconds());
            long began = SystemTime.startNanos();
            int shown = -1;
            while (SystemTime.elapsedSince(began).compareTo(length) < 0) {
                Duration now = SystemTime.elapsedSince(began);
                while (!events.isEmpty() && now.compareTo(events.get(0).at) >= 0) {
                    Event event = events.remove(0);
                    say("%s", event.what);
                    event.action.run();
                }
                if (now.toSeconds() / 2 != shown) {
                    shown = (int) (now.toSeconds() / 2);
                    show(ledger);
                }
                SystemTime.pause(Duration.ofMillis(100));
            }
        }
        return firstKill;
    }

    /** Waits until nothing is left to do. */
    private boolean settle(Ledger ledger) throws InterruptedException, SQLException {
        say("orders stopped; waiting until every message is closed and the jobs have left nothing behind");
        long began = SystemTime.startNanos();
        String shown = "";
        while (SystemTime.elapsedSince(began).compareTo(SETTLE_LIMIT) < 0) {
            String open = Verdict.open(ledger.reckon(Instant.EPOCH));
            if (open.isEmpty()) {
                return true;
            }
            if (!open.equals(shown)) {
                say("still open: %s", open);
                shown = open;
            }
            SystemTime.pause(Duration.ofSeconds(1));
        }
        return false;
    }

    private void show(Ledger ledger) throws SQLException {
        Counts counts = ledger.counts();
        say(
                "orders %5d   closed %5d   effects %5d   down: %s",
                counts.orders(), counts.finished(), counts.effects(), down());
    }

    private String down() {
        List<String> down = cluster.processes().stream()
                .filter(process -> !process.isAlive())
                .map(ChildProcess::name)
                .toList();
        return down.isEmpty() ? "none" : String.join(", ", down);
    }

    private void print(Verdict verdict, boolean settled) {
        out.println();
        verdict.lines().forEach(out::println);
        out.println();
        if (!settled) {
            out.println("not settled within " + SETTLE_LIMIT.toSeconds() + " s after the last order");
        }
        if (verdict.passed()) {
            out.println("VERDICT: PASS - nothing lost, nothing doubled, nothing stuck, nothing left behind");
        } else {
            out.println("VERDICT: FAULT - " + String.join("; ", verdict.faults()));
        }
        out.flush();
    }

    private void say(String format, Object... arguments) {
        Duration at = SystemTime.elapsedSince(start);
        out.println(
                String.format(Locale.ROOT, "[%3d s] ", at.toSeconds()) + String.format(Locale.ROOT, format, arguments));
        out.flush();
    }

    /** Kills every process and removes what was written. Idempotent. */
    @Override
    public void close() {
        stop();
    }

    /** As {@link #close()}, from another thread, while {@link #run()} runs. */
    void stop() {
        cluster.close();
        ShopCluster.deleteTree(directory);
    }

    private record Event(Duration at, String what, Action action) {}

    private interface Action {
        void run() throws InterruptedException;
    }

    private final class Progress implements ShopCluster.Listener {

        @Override
        public void starting(String what) {
            say("starting %s", what);
        }

        @Override
        public void started(String what, Duration after) {
            say("%s is up", what);
        }
    }
}

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

import io.carillon.launcher.ChildProcess;
import io.carillon.launcher.ShopCluster;
import io.carillon.launcher.ShopCluster.Service;
import io.carillon.launcher.ShopCluster.Settings;
import io.carillon.launcher.SystemTime;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** Messages and crashes on MariaDB and RocketMQ, every service a process that is really killed. */
@Tag("story")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class CrashStoryTest {

    private static final Duration LIMIT = Duration.ofMinutes(2);

    @TempDir
    private static Path folder;

    private static ShopCluster cluster;

    @BeforeAll
    static void startServers() throws InterruptedException {
        cluster = new ShopCluster(Stories.root(), folder.resolve("shop"), new Settings(true, true, true, List.of()));
        cluster.startServers(Stories.QUIET);
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    /** reliable-messages.md B.3, row C3: committed, before the broker's acknowledgement. */
    @Test
    @Order(1)
    void aMessageThatIsDeliveredAgainAfterItsConsumerDiedHasOneEffect() throws Exception {
        ChildProcess orders = cluster.startOrders("orders-2");
        ChildProcess dying = cluster.startService(
                "points-dying",
                Stories.shopWithStories("points.PointsApplication"),
                Service.POINTS,
                List.of("spring.main.sources=io.carillon.it.KillHookConfiguration", "it.step=AFTER_CONSUMER_COMMIT"));
        orders.awaitReady(LIMIT);
        dying.awaitReady(LIMIT);
        await(
                "orders knows its subscriber",
                () -> number(Service.ORDERS, "SELECT COUNT(*) FROM CARILLON_SUBSCRIPTION") > 0);

        assertThat(placeOrder("orders-2", "")).isEqualTo(201);
        assertThat(dying.awaitExit(LIMIT)).isEqualTo(KillHook.EXIT_CODE);
        assertThat(number(Service.POINTS, "SELECT COUNT(*) FROM point_entry")).isEqualTo(1);

        ChildProcess points = cluster.startService(
                "points-1",
                Stories.shopWithStories("points.PointsApplication"),
                Service.POINTS,
                List.of("spring.main.sources=io.carillon.it.KillHookConfiguration"));
        points.awaitReady(LIMIT);
        await("the message is confirmed", () -> openOrders() == 0);
        assertThat(delivered(dying)).hasSize(1);
        await("the broker has delivered it once more", () -> delivered(points).containsAll(delivered(dying)));
        assertThat(placeOrder("orders-2", "")).isEqualTo(201);
        await(
                "an order behind the duplicate is credited",
                () -> number(Service.POINTS, "SELECT COUNT(*) FROM point_entry") == 2);

        assertThat(number(Service.POINTS, "SELECT COUNT(DISTINCT order_id) FROM point_entry"))
                .isEqualTo(2);
        assertThat(number(Service.POINTS, "SELECT SUM(balance) FROM point_account"))
                .isEqualTo(number(Service.POINTS, "SELECT SUM(points) FROM point_entry"));
    }

    /** reliable-messages.md B.3, rows P2 and P3: committed, dead before the send. */
    @Test
    @Order(2)
    void aMessageWhoseProcessDiesBetweenCommitAndSendIsSentByAnotherInstance() throws Exception {
        ChildProcess dying = cluster.startService(
                "orders-dying",
                Stories.shopWithStories("orders.OrdersApplication"),
                Service.ORDERS,
                List.of("spring.main.sources=io.carillon.it.KillHookConfiguration", "it.step=BEFORE_SEND"));
        dying.awaitReady(LIMIT);
        long before = number(Service.ORDERS, "SELECT COUNT(*) FROM orders");
        try {
            placeOrder("orders-dying", "");
        } catch (IOException e) {
            // the process may be gone before it has answered; the order is committed all the same
        }
        assertThat(dying.awaitExit(LIMIT)).isEqualTo(KillHook.EXIT_CODE);
        assertThat(number(Service.ORDERS, "SELECT COUNT(*) FROM orders")).isEqualTo(before + 1);

        await("another instance has sent it and points has confirmed it", () -> openOrders() == 0);
        assertThat(number(Service.POINTS, "SELECT COUNT(*) FROM point_entry")).isEqualTo(before + 1);
        assertThat(number(Service.POINTS, "SELECT COUNT(DISTINCT order_id) FROM point_entry"))
                .isEqualTo(before + 1);
    }

    /** Guarantee G1: eligible if and only if committed. */
    @Test
    @Order(3)
    void aMessageWhoseBusinessTransactionRollsBackIsNeverSent() throws Exception {
        long orders = number(Service.ORDERS, "SELECT COUNT(*) FROM orders");
        long messages = number(Service.ORDERS, "SELECT COUNT(*) FROM CARILLON_MESSAGE");
        for (int i = 0; i < 20; i++) {
            assertThat(placeOrder("orders-2", "?fail=true") / 100).isNotEqualTo(2);
        }
        assertThat(number(Service.ORDERS, "SELECT COUNT(*) FROM orders")).isEqualTo(orders);
        assertThat(number(Service.ORDERS, "SELECT COUNT(*) FROM CARILLON_MESSAGE"))
                .isEqualTo(messages);

        assertThat(placeOrder("orders-2", "")).isEqualTo(201);
        await(
                "the committed order behind them is confirmed",
                () -> openOrders() == 0 && number(Service.ORDERS, "SELECT COUNT(*) FROM orders") == orders + 1);
        assertThat(number(Service.POINTS, "SELECT COUNT(*) FROM point_entry")).isEqualTo(orders + 1);
    }

    private static long openOrders() throws SQLException {
        return number(Service.ORDERS, "SELECT COUNT(*) FROM CARILLON_MESSAGE WHERE state NOT IN (30, 50)");
    }

    private static List<String> delivered(ChildProcess points) throws IOException {
        return Files.readAllLines(points.log()).stream()
                .filter(line -> line.startsWith("DELIVERED "))
                .distinct()
                .toList();
    }

    private static int placeOrder(String service, String query) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + cluster.httpPort(service) + "/orders" + query))
                .header("Content-Type", "application/json")
                .timeout(Duration.ofSeconds(30))
                .POST(HttpRequest.BodyPublishers.ofString("{\"customer\":\"Li\",\"amountCents\":1250}"))
                .build();
        return HttpClient.newHttpClient()
                .send(request, HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }

    private static long number(Service service, String sql) throws SQLException {
        try (Connection connection = cluster.connect(service);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getLong(1);
        }
    }

    private interface Condition {
        boolean holds() throws Exception;
    }

    private static void await(String what, Condition condition) throws Exception {
        long start = SystemTime.startNanos();
        while (!condition.holds()) {
            if (SystemTime.elapsedSince(start).compareTo(LIMIT) > 0) {
                throw new AssertionError("not within " + LIMIT.toSeconds() + " s: " + what);
            }
            SystemTime.pause(Duration.ofMillis(200));
        }
    }
}

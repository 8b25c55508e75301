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
package io.carillon.center;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.console.access.Accounts;
import io.carillon.console.access.Grant;
import io.carillon.messages.Message;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.model.MessageState;
import io.carillon.messages.model.StoredMessage;
import io.carillon.store.jdbc.Connections;
import io.carillon.store.jdbc.JdbcStore;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

/** Messages of services over the centre's API: searched in all stores, replayed in those that are said to be writable. */
class CenterMessagesTest {
    @TempDir
    Path folder;

    private String token = "";
    private String port = "";

    private JdbcDataSource database(String name) {
        JdbcDataSource source = new JdbcDataSource();
        source.setURL("jdbc:h2:mem:" + name + "-" + folder.getFileName() + ";DB_CLOSE_DELAY=-1");
        source.setUser("sa");
        JdbcStore.createTables(source);
        return source;
    }

    private static MessageId dead(JdbcDataSource database, String key) {
        Instant now = SystemTime.source().instant();
        MessageId id = MessageId.of(now, 1, key.hashCode());
        JdbcStore.open(database, Connections.of(database))
                .messageStore()
                .append(List.of(new StoredMessage(
                        id,
                        Message.to("ORDERS", "PLACED").key(key).json("{}").build(),
                        "orders",
                        MessageState.DEAD,
                        5,
                        now,
                        null,
                        "refused",
                        null)));
        return id;
    }

    private HttpResponse<String> send(String path, String body) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", "application/json");
        return HttpClient.newHttpClient()
                .send(
                        (body == null ? request.GET() : request.POST(HttpRequest.BodyPublishers.ofString(body))).build(),
                        HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void deadMessagesAreFoundAndReplayedWhereThatIsAllowed() throws Exception {
        JdbcDataSource orders = database("orders");
        JdbcDataSource points = database("points");
        MessageId first = dead(orders, "17");
        dead(points, "18");
        try (ConfigurableApplicationContext context = SpringApplication.run(
                CenterApplication.class,
                "--server.port=0",
                "--carillon.center.data-dir=" + folder.resolve("data"),
                "--carillon.center.stores.orders.url=" + orders.getURL(),
                "--carillon.center.stores.orders.username=sa",
                "--carillon.center.stores.orders.writable=true",
                "--carillon.center.stores.points.url=" + points.getURL(),
                "--carillon.center.stores.points.username=sa")) {
            port = context.getEnvironment().getRequiredProperty("local.server.port");
            token = context.getBean(Accounts.class).makeToken("ci", Grant.parse("operator"), "ada", null);

            assertThat(send("/api/v1/messages?q=state:dead", null).body())
                    .contains(first.toString(), "\"store\":\"orders\"", "\"store\":\"points\"", "\"lastError\":\"refused\"")
                    .contains("\"unavailable\":[]");
            assertThat(send("/api/v1/messages?q=state:dead%20key:18", null).body())
                    .contains("\"key\":\"18\"")
                    .doesNotContain("\"key\":\"17\"");

            String order = "{\"store\":\"orders\",\"q\":\"topic:ORDERS\",\"reason\":\"fixed\",\"dryRun\":%s}";
            assertThat(send("/api/v1/messages/replays", order.formatted(true)).body())
                    .contains("\"dryRun\":true", "\"DONE\":1", "\"before\":\"DEAD\"");
            assertThat(send("/api/v1/messages?q=state:dead&store=orders", null).body())
                    .as("nothing happened")
                    .contains(first.toString());
            assertThat(send("/api/v1/messages/replays", order.formatted(false)).body())
                    .contains("\"dryRun\":false", "\"DONE\":1");
            assertThat(send("/api/v1/messages?q=key:17", null).body()).contains("\"state\":\"SENDING\"");

            String elsewhere = order.replace("orders", "points");
            assertThat(send("/api/v1/messages/replays", elsewhere.formatted(true)).body())
                    .contains("\"DONE\":1");
            HttpResponse<String> refused = send("/api/v1/messages/replays", elsewhere.formatted(false));
            assertThat(refused.statusCode()).isEqualTo(403);
            assertThat(send("/api/v1/messages/replays", order.formatted(false).replace("fixed", "")).statusCode())
                    .as("a reason is needed")
                    .isEqualTo(422);
        }
    }
}

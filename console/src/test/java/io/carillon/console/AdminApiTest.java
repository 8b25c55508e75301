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
package io.carillon.console;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.console.access.Accounts;
import io.carillon.console.access.Grant;
import io.carillon.jobs.coordination.Registry;
import io.carillon.jobs.coordination.Registry.CreateMode;
import io.carillon.jobs.coordination.Registry.Write;
import io.carillon.jobs.operations.RegistryOperations;
import io.carillon.testkit.jobs.InMemoryRegistry;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.http.HttpMethod;
import org.springframework.mock.web.MockHttpServletResponse;
import org.springframework.test.web.servlet.request.MockHttpServletRequestBuilder;
import org.springframework.test.web.servlet.request.MockMvcRequestBuilders;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The audit, the registry, users and tokens over {@code /api/v1}. */
class AdminApiTest {
    private static final InstantSource TIME = InstantSource.fixed(Samples.NOW);

    private final InMemoryRegistry server = new InMemoryRegistry(TIME, Duration.ofSeconds(4), Runnable::run);
    private final ConsolePages console;
    private final Accounts accounts;

    AdminApiTest() {
        FakeCluster cluster = Samples.fullCluster();
        Registry client = server.connect();
        client.commit(
                List.of(
                        new Write.Create("/ns", "", CreateMode.PERSISTENT),
                        new Write.Create("/ns/a", "api.token: s3cret", CreateMode.PERSISTENT)),
                result -> {});
        cluster.tree = RegistryOperations.open(client, "ns", RegistryOperations.Settings.of(TIME))
                .tree();
        console = new ConsolePages(
                new ConsoleOptions(TIME, ZoneId.of("UTC"), Duration.ofSeconds(2), Duration.ofSeconds(5)), "", cluster);
        accounts = console.bean(Accounts.class);
    }

    @AfterEach
    void close() {
        console.close();
    }

    private MockHttpServletResponse call(String verb, String grants, String path, String body, String... headers)
            throws Exception {
        MockHttpServletRequestBuilder request = MockMvcRequestBuilders.request(
                        HttpMethod.valueOf(verb), URI.create("/api/v1" + path))
                .header("Authorization", "Bearer " + accounts.makeToken("t", Grant.parse(grants), "ada", null));
        if (!body.isEmpty()) {
            request.contentType("application/json").content(body);
        }
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return console.answer(request);
    }

    private static JsonNode json(MockHttpServletResponse answer) throws Exception {
        return JsonMapper.shared().readTree(ConsolePages.text(answer));
    }

    @Test
    void usersAreGivenRolesAndLinksThatOnlyTheAnswerTells() throws Exception {
        JsonNode given = json(call("POST", "admin", "/users/vera/roles", "{\"role\":\"viewer@shop\"}"));
        String link = given.at("/secret").asString();
        assertThat(accounts.linkFor(link)).contains("vera");
        JsonNode users = json(call("GET", "admin", "/users", ""));
        assertThat(users.at("/users/0/name").asString()).isEqualTo("vera");
        assertThat(users.at("/users/0/roles/0").asString()).isEqualTo("viewer@shop");
        assertThat(users.toString()).doesNotContain(link);
        assertThat(call("POST", "admin", "/users/vera/roles", "{\"role\":\"king\"}")
                        .getStatus())
                .isEqualTo(422);
        assertThat(call("POST", "admin", "/users/no%20name/roles", "{\"role\":\"viewer\"}")
                        .getStatus())
                .isEqualTo(422);
        assertThat(call("DELETE", "admin", "/users/vera/roles?role=viewer@shop", "")
                        .getStatus())
                .isEqualTo(200);
        assertThat(call("DELETE", "admin", "/users/vera", "").getStatus())
                .as("it needs a reason")
                .isEqualTo(400);
        assertThat(call("DELETE", "admin", "/users/vera?reason=left", "").getStatus())
                .isEqualTo(200);
        assertThat(accounts.users()).isEmpty();
        JsonNode audit = json(call("GET", "admin", "/audit?who=token:t&limit=2", ""));
        assertThat(audit.at("/entries/0/what").asString()).isEqualTo("remove-user");
        assertThat(audit.at("/entries").size()).isEqualTo(2);
        JsonNode older =
                json(call("GET", "admin", "/audit?before=" + audit.at("/next").asString(), ""));
        assertThat(older.toString()).contains("give-role").doesNotContain(link);
        assertThat(call("GET", "admin", "/audit?ended=never", "").getStatus()).isEqualTo(422);
    }

    @Test
    void tokensAreMadeAndTakenBack() throws Exception {
        JsonNode made =
                json(call("POST", "admin", "/tokens", "{\"name\":\"ci\",\"roles\":[\"operator@shop\"],\"days\":7}"));
        assertThat(accounts.byToken(made.at("/secret").asString())).isPresent();
        JsonNode tokens = json(call("GET", "admin", "/tokens", ""));
        assertThat(tokens.toString())
                .contains("\"ci\"")
                .doesNotContain(made.at("/secret").asString());
        assertThat(call("POST", "admin", "/tokens", "{\"name\":\"ci\",\"roles\":[]}")
                        .getStatus())
                .isEqualTo(422);
        assertThat(call("POST", "admin", "/tokens", "{\"name\":\"ci\",\"roles\":[\"viewer\"],\"days\":0}")
                        .getStatus())
                .isEqualTo(422);
        String id = accounts.tokens().stream()
                .filter(token -> token.name().equals("ci"))
                .findFirst()
                .orElseThrow()
                .id();
        assertThat(call("DELETE", "admin", "/tokens/" + id, "").getStatus()).isEqualTo(200);
        assertThat(accounts.byToken(made.at("/secret").asString())).isEmpty();
    }

    @Test
    void aNodeIsReadMaskedAndWrittenFromTheVersionThatWasRead() throws Exception {
        String node = "/clusters/shop/registry?path=/ns/a";
        MockHttpServletResponse read = call("GET", "viewer@shop", node, "");
        assertThat(read.getHeader("ETag")).isEqualTo("\"0\"");
        assertThat(json(read).at("/text").asString()).isEqualTo("api.token: ******");
        assertThat(json(read).at("/masked").asBoolean()).isTrue();
        assertThat(json(call("GET", "editor@shop", node, "")).at("/text").asString())
                .isEqualTo("api.token: s3cret");
        assertThat(json(call("GET", "viewer@shop", "/clusters/shop/registry", ""))
                        .at("/children/0")
                        .asString())
                .isEqualTo("a");
        assertThat(call("GET", "viewer@shop", "/clusters/shop/registry?path=/ns/none", "")
                        .getStatus())
                .isEqualTo(404);
        String body = "{\"text\":\"new\",\"reason\":\"repair\"}";
        assertThat(call("PUT", "admin@shop", node, body).getStatus()).isEqualTo(412);
        assertThat(call("PUT", "admin@shop", node, body, "If-Match", "\"3\"").getStatus())
                .isEqualTo(409);
        assertThat(call("PUT", "admin@shop", node, body, "If-Match", "\"0\"").getStatus())
                .isEqualTo(200);
        assertThat(server.data("/ns/a")).isEqualTo("new");
        assertThat(call("DELETE", "admin@shop", node + "&reason=x", "", "If-Match", "\"1\"")
                        .getStatus())
                .isEqualTo(200);
        assertThat(call("GET", "viewer@shop", node, "").getStatus()).isEqualTo(404);
    }
}

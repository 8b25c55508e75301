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
package io.carillon.spring.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.console.access.Accounts;
import io.carillon.console.access.Grant;
import io.carillon.console.command.Trail;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.Banner;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.authentication.AnonymousAuthenticationToken;
import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configuration.EnableWebSecurity;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.authority.AuthorityUtils;
import org.springframework.security.core.authority.SimpleGrantedAuthority;
import org.springframework.security.oauth2.core.user.DefaultOAuth2User;
import org.springframework.security.test.web.servlet.request.SecurityMockMvcRequestPostProcessors;
import org.springframework.security.test.web.servlet.setup.SecurityMockMvcConfigurers;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.test.web.servlet.MockMvc;
import org.springframework.test.web.servlet.request.MockMvcRequestBuilders;
import org.springframework.test.web.servlet.setup.MockMvcBuilders;
import org.springframework.web.context.WebApplicationContext;

/** The console in an application with a real web server: who is there, and bodies that are too large or too slow. */
class ConsoleInAnApplicationTest {
    private ConfigurableApplicationContext context;

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {}

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @EnableWebSecurity
    static class SecuredApplication {
        @Bean
        SecurityFilterChain chain(HttpSecurity http) throws Exception {
            return http.authorizeHttpRequests(requests -> requests.anyRequest().authenticated())
                    .csrf(csrf -> csrf.ignoringRequestMatchers("/carillon/**"))
                    .build();
        }
    }

    private void start(Class<?> application, String... properties) throws IOException {
        Files.createDirectories(Path.of(System.getProperty("java.io.tmpdir")));
        List<String> all = new ArrayList<>(List.of(properties));
        all.add("server.port=0");
        all.add("spring.datasource.url=jdbc:h2:mem:console-" + System.identityHashCode(this) + ";DB_CLOSE_DELAY=-1");
        all.add("carillon.store.create-tables=true");
        all.add("carillon.messages.enabled=false");
        context = new SpringApplicationBuilder(application)
                .bannerMode(Banner.Mode.OFF)
                .properties(all.toArray(String[]::new))
                .run();
    }

    @AfterEach
    void stop() {
        if (context != null) {
            context.close();
        }
    }

    private int port() {
        return Integer.parseInt(context.getEnvironment().getRequiredProperty("local.server.port"));
    }

    private String token(String grants) {
        return context.getBean(Accounts.class).makeToken("t", Grant.parse(grants), "ada", null);
    }

    private HttpResponse<String> send(String path, String token, HttpRequest.BodyPublisher body, String type)
            throws Exception {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + path))
                                .header("Authorization", "Bearer " + token)
                                .header("Content-Type", type)
                                .POST(body)
                                .build(),
                        BodyHandlers.ofString());
    }

    // ---- bodies -------------------------------------------------------------------------------------------------

    @Test
    void aBodyThatIsTooLargeIsRefusedWhetherItTellsItsLengthOrNot() throws Exception {
        start(Application.class);
        String token = token("admin");
        byte[] large = ("{\"cron\":\"" + "x".repeat(600 * 1024) + "\"}").getBytes(StandardCharsets.UTF_8);
        String api = "/carillon/api/v1/schedules/preview";
        assertThat(send(api, token, BodyPublishers.ofString("{\"cron\":\"0 0 1 * * ?\"}"), "application/json")
                        .statusCode())
                .isEqualTo(200);
        for (String path : List.of(api, "/carillon/access/make-token", "/carillon/login")) {
            for (String type : List.of("application/json", "application/x-www-form-urlencoded", "text/plain")) {
                HttpResponse<String> told = send(path, token, BodyPublishers.ofByteArray(large), type);
                assertThat(told.statusCode()).as(path + " " + type).isEqualTo(413);
            }
        }
        for (String type : List.of("application/json", "application/x-www-form-urlencoded")) {
            String path = type.endsWith("json") ? api : "/carillon/access/make-token";
            HttpResponse<String> chunked = send(
                    path, token, BodyPublishers.ofInputStream(() -> new java.io.ByteArrayInputStream(large)), type);
            assertThat(chunked.statusCode()).as("chunked " + type).isEqualTo(413);
            assertThat(chunked.body()).contains("Too large");
        }
        assertThat(context.getBean(Accounts.class).tokens()).hasSize(1);
    }

    @Test
    @Timeout(value = 2, unit = TimeUnit.MINUTES)
    void aBodyThatComesDropByDropHoldsNoThreadForEver() throws Exception {
        start(
                Application.class,
                "carillon.console.body-within=1s",
                "server.tomcat.threads.max=2",
                "server.tomcat.threads.min-spare=1",
                "server.tomcat.connection-timeout=2s");
        String token = token("admin");
        for (String[] way : new String[][] {
            {"/carillon/api/v1/schedules/preview", "application/json"},
            {"/carillon/access/make-token", "application/x-www-form-urlencoded"},
            {"/carillon/login", "application/x-www-form-urlencoded"}
        }) {
            // as many as the server has threads
            List<Thread> drops = new ArrayList<>();
            List<Socket> sockets = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                Socket socket = new Socket("127.0.0.1", port());
                socket.setSoTimeout(60_000);
                sockets.add(socket);
                OutputStream out = socket.getOutputStream();
                out.write(("POST " + way[0] + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + token
                                + "\r\nContent-Type: " + way[1] + "\r\nContent-Length: 100000\r\n\r\n{\"cron\":\"")
                        .getBytes(StandardCharsets.US_ASCII));
                out.flush();
                Thread drop = new Thread(() -> {
                    try {
                        for (int sent = 0; sent < 100_000; sent++) {
                            out.write('1');
                            out.flush();
                            synchronized (out) {
                                out.wait(100);
                            }
                        }
                    } catch (IOException | InterruptedException closed) {
                        // the server has had enough
                    }
                });
                drop.setDaemon(true);
                drop.start();
                drops.add(drop);
            }
            for (Socket socket : sockets) {
                assertThat(firstLine(socket)).as(way[0] + " " + way[1]).contains(" 408");
            }
            assertThat(send(
                                    "/carillon/api/v1/schedules/preview",
                                    token,
                                    BodyPublishers.ofString("{\"cron\":\"0 0 1 * * ?\"}"),
                                    "application/json")
                            .statusCode())
                    .as("its threads are free again")
                    .isEqualTo(200);
            for (Socket socket : sockets) {
                socket.close();
            }
            drops.forEach(Thread::interrupt);
        }
        // who sends nothing at all is cut off by the server itself
        try (Socket silent = new Socket("127.0.0.1", port())) {
            silent.setSoTimeout(60_000);
            silent.getOutputStream()
                    .write(("POST /carillon/login HTTP/1.1\r\nHost: localhost\r\nContent-Type:"
                                    + " application/x-www-form-urlencoded\r\nContent-Length: 10\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            silent.getOutputStream().flush();
            assertThat(firstLine(silent)).as("an error, or nothing at all").matches("(HTTP/1.1 [45].*)?\\s*");
        }
    }

    private static String firstLine(Socket socket) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        InputStream in = socket.getInputStream();
        for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
            line.write(c);
        }
        return line.toString(StandardCharsets.US_ASCII);
    }

    // ---- Spring Security ----------------------------------------------------------------------------------------

    private MockMvc secured(String... properties) throws IOException {
        List<String> all = new ArrayList<>(List.of(properties));
        all.add("carillon.console.login=spring-security");
        start(SecuredApplication.class, all.toArray(String[]::new));
        return MockMvcBuilders.webAppContextSetup((WebApplicationContext) context)
                .apply(SecurityMockMvcConfigurers.springSecurity())
                .build();
    }

    private static int status(MockMvc mvc, String address, Authentication who) throws Exception {
        return mvc.perform(MockMvcRequestBuilders.get(address)
                        .with(SecurityMockMvcRequestPostProcessors.authentication(who)))
                .andReturn()
                .getResponse()
                .getStatus();
    }

    private static String body(MockMvc mvc, String address, Authentication who) throws Exception {
        return mvc.perform(MockMvcRequestBuilders.get(address)
                        .with(SecurityMockMvcRequestPostProcessors.authentication(who)))
                .andReturn()
                .getResponse()
                .getContentAsString(StandardCharsets.UTF_8);
    }

    private static Authentication known(String name, String... authorities) {
        TestingAuthenticationToken token =
                new TestingAuthenticationToken(name, "", AuthorityUtils.createAuthorityList(authorities));
        token.setAuthenticated(true);
        return token;
    }

    @Test
    void authoritiesOfSpringSecurityAreGivenRolesAndThereIsNoOtherLogin() throws Exception {
        MockMvc mvc = secured("carillon.console.roles.OPS=admin", "carillon.console.roles.staff=viewer@shop");
        assertThat(body(mvc, "/carillon/access", known("ada", "ROLE_OPS"))).contains("ada", "Administrator");
        assertThat(body(mvc, "/carillon/access", known("li", "staff"))).contains("li", "Viewer", "shop");
        assertThat(body(mvc, "/carillon/access", known("eve", "ROLE_GUEST"))).contains("You have no role");
        assertThat(status(mvc, "/carillon/access/make-token", known("li", "staff")))
                .isEqualTo(403);
        Authentication anonymous = new AnonymousAuthenticationToken(
                "key", "anonymousUser", List.of(new SimpleGrantedAuthority("ROLE_OPS")));
        assertThat(status(mvc, "/carillon/access", anonymous)).isIn(401, 403);
    }

    @Test
    void claimsOfAnIdentityProviderAreGivenRolesAndTheAuditKnowsTheNameThatPeopleUse() throws Exception {
        MockMvc mvc = secured(
                "carillon.console.claims.groups.ops=admin",
                "carillon.console.claims.groups.dev=viewer@shop",
                "carillon.console.name-claim=preferred_username");
        Authentication ada = openId(Map.of("sub", "3f2a", "preferred_username", "ada", "groups", List.of("ops", "x")));
        Authentication li = openId(Map.of("sub", "77", "groups", "dev other"));
        assertThat(body(mvc, "/carillon/access", ada))
                .contains("ada", "Administrator")
                .doesNotContain("3f2a");
        assertThat(body(mvc, "/carillon/access", li)).contains("77", "Viewer");
        String page = body(mvc, "/carillon/access", ada);
        String csrf = page.substring(page.indexOf("name=\"_csrf\" value=\"") + "name=\"_csrf\" value=\"".length())
                .substring(0, 32);
        jakarta.servlet.http.Cookie visit = mvc.perform(MockMvcRequestBuilders.get("/carillon/access")
                        .with(SecurityMockMvcRequestPostProcessors.authentication(ada)))
                .andReturn()
                .getResponse()
                .getCookie("carillon-visit");
        assertThat(csrf).hasSize(32);
        assertThat(visit).isNotNull();
        String mine = mvc.perform(MockMvcRequestBuilders.get("/carillon/access")
                        .cookie(visit)
                        .with(SecurityMockMvcRequestPostProcessors.authentication(ada)))
                .andReturn()
                .getResponse()
                .getContentAsString(StandardCharsets.UTF_8);
        String own = mine.substring(mine.indexOf("name=\"_csrf\" value=\"") + "name=\"_csrf\" value=\"".length())
                .substring(0, 32);
        assertThat(mvc.perform(MockMvcRequestBuilders.post("/carillon/access/make-token")
                                .cookie(visit)
                                .header("Sec-Fetch-Site", "same-origin")
                                .param("_csrf", own)
                                .param("user", "ci")
                                .param("grants", "viewer")
                                .param("days", "7")
                                .with(SecurityMockMvcRequestPostProcessors.authentication(ada)))
                        .andReturn()
                        .getResponse()
                        .getStatus())
                .isEqualTo(200);
        assertThat(context.getBean(Trail.class)
                        .latest(Trail.Question.ALL, null, 1)
                        .get(0)
                        .who())
                .isEqualTo("ada");
    }

    private static Authentication openId(Map<String, Object> claims) {
        DefaultOAuth2User user = new DefaultOAuth2User(Set.of(new SimpleGrantedAuthority("OIDC_USER")), claims, "sub");
        TestingAuthenticationToken token =
                new TestingAuthenticationToken(user, "", AuthorityUtils.createAuthorityList("OIDC_USER"));
        token.setAuthenticated(true);
        return token;
    }

    @Test
    void aLoginThatCannotWorkFailsAtStartWithItsProperty() {
        assertThatThrownBy(() -> start(Application.class, "carillon.console.login=spring-security"))
                .hasStackTraceContaining("carillon.console.roles");
        assertThatThrownBy(() -> start(Application.class, "carillon.console.roles.OPS=admin"))
                .hasStackTraceContaining("carillon.console.login");
        assertThatThrownBy(() -> start(
                        Application.class,
                        "carillon.console.login=spring-security",
                        "carillon.console.claims.groups.ops=king"))
                .hasStackTraceContaining("carillon.console.claims.groups.ops");
        assertThatThrownBy(() -> start(Application.class, "carillon.console.body-within=1ms"))
                .hasStackTraceContaining("carillon.console.body-within");
        assertThatThrownBy(() -> start(Application.class, "carillon.console.trace-link=https://tempo.example/{trace}"))
                .hasStackTraceContaining(
                        "carillon.console.trace-link: 'https://tempo.example/{trace}' has {trace} (expected: only {cluster}");
        assertThatThrownBy(() -> start(Application.class, "carillon.console.log-link=kibana/{run}"))
                .hasStackTraceContaining("carillon.console.log-link: 'kibana/{run}' (expected: an address");
    }

    @Test
    void thresholdsAndRetentionAreShown() throws Exception {
        start(Application.class, "carillon.console.anyone=viewer", "carillon.health.late-after=45s");
        String page = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + "/carillon/access"))
                                .build(),
                        BodyHandlers.ofString())
                .body();
        assertThat(page)
                .contains("carillon.health.late-after", "45s", "carillon.health.drift", "carillon.console.path");
    }
}

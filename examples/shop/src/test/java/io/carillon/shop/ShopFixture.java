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
package io.carillon.shop;

import io.carillon.jobs.coordination.Registry;
import io.carillon.testkit.jobs.InMemoryRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * The services under test: one process, a database in memory, the in-JVM broker and a registry in memory. One thread at a
 * time.
 */
public final class ShopFixture implements AutoCloseable {

    private static final int CHECKS = 1_200;
    private static final long CHECK_NANOS = Duration.ofMillis(50).toNanos();

    private final ConfigurableApplicationContext context;

    private ShopFixture(ConfigurableApplicationContext context) {
        this.context = context;
    }

    /** Starts services of the shop; settings are {@code name=value}, and replace the fixture's own. */
    public static ShopFixture start(
            String roles, ApplicationContextInitializer<ConfigurableApplicationContext> more, String... settings) {
        makeTemporaryFolder();
        SpringApplication application = ShopApplication.application(roles);
        application.addPrimarySources(List.of(InMemory.class));
        application.addInitializers(more);
        application.setWebApplicationType(WebApplicationType.SERVLET);
        List<String> arguments = List.of(
                "server.port=0",
                "server.shutdown=immediate",
                "spring.datasource.url=jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1",
                "carillon.registry.server-lists=",
                "carillon.registry.namespace=shop",
                "carillon.messages.broker=in-jvm",
                "carillon.messages.grace=2s",
                "carillon.messages.subscription-interval=1s",
                "shop.demo=true");
        Map<String, String> values = new LinkedHashMap<>();
        Stream.concat(arguments.stream(), Stream.of(settings))
                .map(setting -> setting.split("=", 2))
                .forEach(setting -> values.put(setting[0], setting[1]));
        return new ShopFixture(application.run(values.entrySet().stream()
                .map(setting -> "--" + setting.getKey() + "=" + setting.getValue())
                .toArray(String[]::new)));
    }

    /** The build names a folder of its own for temporary files, which Tomcat expects to be there. */
    private static void makeTemporaryFolder() {
        try {
            Files.createDirectories(Path.of(System.getProperty("java.io.tmpdir")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The registry in memory instead of ZooKeeper. */
    @Configuration(proxyBeanMethods = false)
    static class InMemory {

        @Bean(destroyMethod = "close")
        Registry registry(InstantSource time) {
            return InMemoryRegistry.threaded(time, Duration.ofSeconds(30)).connect();
        }
    }

    public <T> T bean(Class<T> type) {
        return context.getBean(type);
    }

    /** How many rows {@code SELECT COUNT(*) FROM ...} finds. */
    public long count(String from) {
        return bean(JdbcClient.class)
                .sql("SELECT COUNT(*) FROM " + from)
                .query(Long.class)
                .single();
    }

    public HttpResponse<String> get(String path) {
        return send(request(path).GET().build());
    }

    public HttpResponse<String> post(String path, String contentType, String body) {
        return send(request(path)
                .header("Content-Type", contentType)
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build());
    }

    public HttpResponse<String> postJson(String path, String body) {
        return post(path, "application/json", body);
    }

    private HttpRequest.Builder request(String path) {
        String port = context.getEnvironment().getProperty("local.server.port");
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(Duration.ofSeconds(60));
    }

    private static HttpResponse<String> send(HttpRequest request) {
        try {
            return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new IllegalStateException(request.uri() + " did not answer", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Waits until something holds; a minute at most. */
    public static void await(String what, BooleanSupplier condition) {
        for (int i = 0; i < CHECKS; i++) {
            if (condition.getAsBoolean()) {
                return;
            }
            LockSupport.parkNanos(CHECK_NANOS);
        }
        throw new AssertionError("did not come: " + what);
    }

    @Override
    public void close() {
        context.close();
    }
}

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

import io.carillon.console.ConsoleSources;
import io.carillon.console.access.Accounts;
import io.carillon.console.access.Grant;
import io.carillon.console.command.Trail;
import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.coordination.Registry;
import io.carillon.jobs.operations.RegistryOperations;
import io.carillon.testkit.jobs.InMemoryRegistry;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;

/** A threshold that an administrator changes holds at once, for pages, alarms and metrics, and again after a restart. */
class CenterThresholdsTest {
    private static final LookAround.Reason FORGOTTEN = new LookAround.Reason("job", "shop", "FORGOTTEN");

    @TempDir
    Path folder;

    private final InMemoryRegistry registry = InMemoryRegistry.threaded(SystemTime.source(), Duration.ofSeconds(30));

    private ConfigurableApplicationContext start() {
        return new SpringApplicationBuilder(CenterApplication.class)
                .initializers(context -> ((GenericApplicationContext) context)
                        .registerBean("registry", Registry.class, () -> registry.connect()))
                .run(
                        "--server.port=0",
                        "--carillon.jobs.enabled=false",
                        "--carillon.registry.namespace=shop",
                        "--carillon.health.late-after=45s",
                        "--carillon.center.data-dir=" + folder.resolve("data"));
    }

    private static HttpResponse<String> send(
            ConfigurableApplicationContext center, String verb, String path, String body) throws Exception {
        String token = center.getBean(Accounts.class).makeToken("t", Grant.parse("admin"), "ada", null);
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:"
                                        + center.getEnvironment().getRequiredProperty("local.server.port") + path))
                                .header("Authorization", "Bearer " + token)
                                .header("Content-Type", "application/json")
                                .header("If-Match", "\"0\"")
                                .method(verb, HttpRequest.BodyPublishers.ofString(body))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
    }

    private static LookAround.Seen look(ConfigurableApplicationContext center) {
        return new LookAround(
                        center.getBean(ConsoleSources.class),
                        Set.of(),
                        center.getBean(AlarmProperties.class).messages())
                .look();
    }

    private static void await(String what, Callable<Boolean> condition) throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        for (int i = 0; i < 600 && !condition.call(); i++) {
            never.await(50, TimeUnit.MILLISECONDS);
        }
        assertThat(condition.call()).as(what).isTrue();
    }

    @Test
    void itHoldsAtOnceAndIsOnRecordAndOutlivesARestartAndIsTakenBack() throws Exception {
        Files.createDirectories(Path.of(System.getProperty("java.io.tmpdir")));
        try (RegistryOperations people = RegistryOperations.open(
                registry.connect(), "shop", RegistryOperations.Settings.of(SystemTime.source()))) {
            people.commands()
                    .add(
                            JobConfiguration.newBuilder("billing", 2)
                                    .cron("0 0 2 * * ?")
                                    .build(),
                            "com.example.Billing");
            await("the job", () -> !people.queries().jobs().isEmpty());
            registry.connect()
                    .commit(
                            List.of(
                                    new Registry.Write.Create(
                                            "/shop/billing/servers", "", Registry.CreateMode.PERSISTENT),
                                    new Registry.Write.Create(
                                            "/shop/billing/servers/10.0.0.7", "", Registry.CreateMode.PERSISTENT)),
                            result -> {});
            await("its server", () -> !people.queries().servers("billing").isEmpty());
            people.commands().disable(io.carillon.jobs.operations.Target.job("billing"));
            try (ConfigurableApplicationContext center = start()) {
                await("the job", () -> send(center, "GET", "/api/v1/clusters/shop/jobs", "")
                        .body()
                        .contains("\"disabled\":true"));
                assertThat(look(center).reasons()).doesNotContainKey(FORGOTTEN);
                HttpResponse<String> wrong =
                        send(center, "PUT", "/api/v1/thresholds", "{\"values\":{\"failed-percent\":\"101\"}}");
                assertThat(wrong.statusCode()).isEqualTo(422);
                assertThat(wrong.body()).contains("failedPercent: 101 (expected: 1..100)");

                assertThat(send(
                                        center,
                                        "PUT",
                                        "/api/v1/thresholds",
                                        "{\"values\":{\"forgotten-after\":\"1ms\"},\"reason\":\"a test\"}")
                                .statusCode())
                        .isEqualTo(200);
                assertThat(look(center).reasons()).containsEntry(FORGOTTEN, 1);
                assertThat(send(center, "GET", "/clusters/shop/jobs?lang=en", "")
                                .body())
                        .containsIgnoringCase("forgotten");
                assertThat(send(center, "PUT", "/api/v1/thresholds", "{\"values\":{\"late-after\":\"1m\"}}")
                                .statusCode())
                        .as("made from what is not there any more")
                        .isEqualTo(409);
                Trail.Entry entry = center.getBean(Trail.class).latest(Trail.Question.ALL, null, 10).stream()
                        .filter(one -> "done".equals(one.result()))
                        .findFirst()
                        .orElseThrow();
                assertThat(entry.what()).isEqualTo("set-thresholds");
                assertThat(entry.before()).contains("carillon.health.forgotten-after=7d");
                assertThat(entry.after())
                        .contains("carillon.health.forgotten-after=1ms", "carillon.health.late-after=45s");
            }
            try (ConfigurableApplicationContext again = start()) {
                await(
                        "what was changed holds again",
                        () -> look(again).reasons().containsKey(FORGOTTEN));
                assertThat(send(again, "DELETE", "/api/v1/thresholds?reason=enough", "")
                                .statusCode())
                        .isEqualTo(200);
                assertThat(look(again).reasons()).doesNotContainKey(FORGOTTEN);
                assertThat(send(again, "GET", "/api/v1/thresholds", "").body())
                        .contains("{\"name\":\"late-after\",\"value\":\"45s\",\"property\":\"45s\"}");
            }
        }
    }
}

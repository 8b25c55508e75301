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
import io.carillon.launcher.ChildProcess.Program;
import io.carillon.launcher.Ports;
import io.carillon.launcher.SystemTime;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The centre, a process, over a real ZooKeeper and a real database, each of which goes away and comes back: pages say what is
 * missing and what still works, no answer takes longer than {@code -Dcarillon.answer=SECONDS}, 3 unless told, and nothing is
 * restarted.
 */
@Tag("story")
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class ConsoleOutageStoryTest {
    private static final Duration LIMIT = Duration.ofSeconds(Long.getLong("carillon.answer", 3));
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @TempDir
    private Path folder;

    private final List<ChildProcess> processes = new ArrayList<>();
    private final HttpClient http = HttpClient.newHttpClient();
    private ChildProcess zooKeeper;
    private ChildProcess database;
    private String centre;
    private Duration slowest = Duration.ZERO;

    @BeforeEach
    void startEverything() throws Exception {
        Ports ports = new Ports();
        int registry = ports.next();
        int h2 = ports.next();
        int web = ports.next();
        zooKeeper = start(
                "zookeeper",
                Stories.server("ZooKeeperServer"),
                List.of("--port", "" + registry, "--dir", folder.resolve("zk").toString()),
                "READY ");
        database = start(
                "h2",
                Stories.server("H2Server"),
                List.of(
                        "--port", "" + h2,
                        "--dir", folder.resolve("h2").toString(),
                        "--databases", "center",
                        "--user", "sa",
                        "--password", "x"),
                "READY ");
        start(
                "worker",
                Stories.program(ShardWorker.class.getName()),
                List.of("127.0.0.1:" + registry, "shards", "3"),
                "READY shard-worker");
        start(
                "center",
                Program.ofModule(Stories.root().resolve("center"), "io.carillon.center.CenterApplication"),
                List.of(
                        "--server.port=" + web,
                        "--spring.datasource.url=jdbc:h2:tcp://127.0.0.1:" + h2 + "/./center",
                        "--spring.datasource.username=sa",
                        "--spring.datasource.password=x",
                        "--carillon.registry.server-lists=127.0.0.1:" + registry,
                        "--carillon.registry.namespace=stories",
                        "--carillon.console.anyone=admin",
                        "--carillon.alarms.enabled=false"),
                "Console: http://");
        centre = "http://127.0.0.1:" + web;
        await("the jobs", () -> page("/clusters/stories/jobs").text().contains("shards"));
    }

    private ChildProcess start(String name, Program program, List<String> arguments, String ready) throws Exception {
        ChildProcess process =
                new ChildProcess(name, program, Stories.SMALL_JVM, arguments, folder, line -> line.contains(ready));
        processes.add(process);
        process.start().awaitReady(PATIENCE);
        return process;
    }

    @AfterEach
    void stopEverything() throws InterruptedException {
        for (ChildProcess process : processes) {
            process.close();
            process.kill();
        }
        System.out.println("CONSOLE slowest answer " + slowest.toMillis() + " ms of " + LIMIT.toMillis());
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        Instant before = SystemTime.now();
        HttpResponse<String> answer =
                http.send(request.timeout(Duration.ofSeconds(60)).build(), HttpResponse.BodyHandlers.ofString());
        Duration took = Duration.between(before, SystemTime.now());
        slowest = took.compareTo(slowest) > 0 ? took : slowest;
        return answer;
    }

    private HttpResponse<String> get(String path) throws Exception {
        return send(HttpRequest.newBuilder(URI.create(centre + path)));
    }

    private Document page(String path) throws Exception {
        return Jsoup.parse(get(path).body());
    }

    /** What a page of the console sends. */
    private HttpResponse<String> command(String path, String form) throws Exception {
        HttpResponse<String> preferences = get("/preferences");
        String cookie =
                preferences.headers().firstValue("Set-Cookie").orElseThrow().split(";", 2)[0];
        String csrf =
                Jsoup.parse(preferences.body()).select("input[name=_csrf]").attr("value");
        return send(HttpRequest.newBuilder(URI.create(centre + path))
                .header("Cookie", cookie)
                .header("Sec-Fetch-Site", "same-origin")
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString(form + "&_csrf=" + csrf)));
    }

    private interface Condition {
        boolean holds() throws Exception;
    }

    private static void await(String what, Condition condition) throws Exception {
        Instant end = SystemTime.now().plus(PATIENCE);
        while (!condition.holds()) {
            assertThat(SystemTime.now()).as(what).isBefore(end);
            SystemTime.pause(Duration.ofMillis(300));
        }
    }

    private void everyPageAnswers() throws Exception {
        for (String path : List.of(
                "/",
                "/clusters/stories",
                "/clusters/stories/jobs",
                "/clusters/stories/jobs/shards",
                "/clusters/stories/jobs/shards/timeline",
                "/clusters/stories/jobs/shards/edit",
                "/clusters/stories/jobs/shards/trigger",
                "/clusters/stories/instances",
                "/clusters/stories/registry",
                "/audit",
                "/audit/export",
                "/access",
                "/preferences",
                "/login",
                "/api/v1/clusters/stories/jobs",
                "/api/v1/clusters/stories/jobs/shards/runs",
                "/api/v1/messages/counts")) {
            HttpResponse<String> answer = get(path);
            assertThat(answer.statusCode()).as(path).isIn(200, 302, 404, 503);
            assertThat(answer.body())
                    .as(path + " says more than that it failed")
                    .doesNotContain("This page failed");
        }
    }

    @Test
    void whileTheRegistryIsGoneHistoryAndAuditAreReadAndCommandsSayThatThereIsNoAnswer() throws Exception {
        assertThat(command("/clusters/stories/commands/trigger", "job=shards").statusCode())
                .isEqualTo(200);
        zooKeeper.kill();
        await("a page that says what is missing", () -> page("/clusters/stories/registry")
                .select(".notice.bad")
                .text()
                .contains("does not say"));
        slowest = Duration.ZERO;
        everyPageAnswers();
        assertThat(page("/audit").select("tbody").text()).contains("Run now", "shards");
        assertThat(page("/access").select("#own-roles")).hasSize(1);
        HttpResponse<String> refused = command("/clusters/stories/commands/disable", "job=shards&reason=outage");
        assertThat(refused.statusCode()).isEqualTo(503);
        assertThat(slowest).isLessThan(LIMIT);

        zooKeeper.start().awaitReady(PATIENCE);
        await("the registry's nodes", () -> get("/clusters/stories/registry").statusCode() == 200);
        await(
                "a command",
                () -> command("/clusters/stories/commands/trigger", "job=shards")
                                .statusCode()
                        == 200);
        await("its jobs", () -> page("/clusters/stories/jobs").text().contains("shards"));
    }

    @Test
    void whileTheDatabaseIsGoneJobsAreSeenAndNothingIsDoneThatCannotBePutOnRecord() throws Exception {
        database.kill();
        await(
                "a page that says what is missing",
                () -> page("/audit").select(".notice.bad").text().contains("does not answer"));
        slowest = Duration.ZERO;
        everyPageAnswers();
        assertThat(page("/clusters/stories/jobs").text()).contains("shards");
        assertThat(page("/clusters/stories/registry").select("ul.names").text()).contains("shards");
        HttpResponse<String> refused = command("/clusters/stories/commands/disable", "job=shards&reason=outage");
        assertThat(refused.statusCode()).isEqualTo(503);
        assertThat(page("/clusters/stories/jobs/shards").text())
                .as("still enabled")
                .doesNotContain("outage");
        HttpResponse<String> unknown = send(HttpRequest.newBuilder(URI.create(centre + "/clusters/stories"))
                .header("Authorization", "Bearer carillon_guessed"));
        assertThat(unknown.statusCode()).as("whose token it is, nobody can say").isEqualTo(503);
        assertThat(slowest).isLessThan(LIMIT);

        database.start().awaitReady(PATIENCE);
        await(
                "a command",
                () -> command("/clusters/stories/commands/trigger", "job=shards")
                                .statusCode()
                        == 200);
        await("the audit", () -> page("/audit").select("tbody").text().contains("shards"));
    }
}

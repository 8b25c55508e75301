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
package io.carillon.testkit.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.carillon.jobs.ElasticJob;
import io.carillon.jobs.InvalidSettingException;
import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.JobEngine;
import io.carillon.jobs.JobEngineOptions;
import io.carillon.jobs.ShardingContext;
import io.carillon.jobs.TypedJob;
import io.carillon.jobs.engine.ClusterJobEngine;
import io.carillon.jobs.engine.SystemTime;
import io.carillon.jobs.execution.JobExecutor;
import io.carillon.jobs.execution.JobType;
import io.carillon.jobs.history.RunHistory;
import io.carillon.jobs.history.RunRecord;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Jobs that are configured: scripts, HTTP requests, types of the user's. */
class TypedJobsTest {

    private static final ShardingContext CONTEXT = ShardingContexts.of("typed", 1, 3)
            .withParameters("say \"hé\"", "x")
            .at(Instant.parse("2026-01-01T00:00:00Z"), 42);
    private static final String JSON = "{\"jobName\":\"typed\",\"taskId\":\"" + CONTEXT.getTaskId()
            + "\",\"shardingTotalCount\":3,\"jobParameter\":\"say \\\"h\\u00e9\\\"\",\"shardingItem\":1,"
            + "\"shardingParameter\":\"x\",\"fence\":42,\"scheduledTime\":\"2026-01-01T00:00:00Z\"}";

    @TempDir
    Path folder;

    private static JobType type(String name) {
        return Objects.requireNonNull(JobType.of(name));
    }

    private static JobConfiguration.Builder job() {
        return JobConfiguration.newBuilder("typed", 3);
    }

    private JobConfiguration script(String text, String arguments) throws IOException {
        Path file = Files.writeString(folder.resolve("a script.sh"), text);
        return job().setProperty("script.command.line", "sh '" + file + "'" + arguments)
                .build();
    }

    // ---- script ------------------------------------------------------------------------------------------------

    @Test
    void aScriptIsCalledWithItsArgumentsAndTheContextAsJson() throws Exception {
        Path out = folder.resolve("out");
        type("SCRIPT").execute(script("printf '%s|' \"$@\" > '" + out + "'", " one \"two  words\" ''"), CONTEXT);
        assertThat(out).hasContent("one|two  words||" + JSON + "|");
    }

    @Test
    void aScriptThatExitsWithAnotherCodeThanZeroFailsAndItsLastOutputIsTheCause() throws Exception {
        JobConfiguration job = script("seq 1 5000\necho to stderr >&2\nexit 3", "");
        assertThatThrownBy(() -> type("SCRIPT").execute(job, CONTEXT))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("job 'typed': the script of item 1 exited with 3 (expected: 0)")
                .hasMessageEndingWith("4999\n5000\nto stderr")
                .hasMessageNotContaining("\n2000\n");
    }

    @Test
    void anInterruptKillsTheScriptAndItsChildren() throws Exception {
        Path started = folder.resolve("started");
        JobConfiguration job =
                script("sh -c 'trap \"\" TERM; echo $$ > \"" + started + "\"; exec sleep 600' & wait", "");
        CompletableFuture<Throwable> end = new CompletableFuture<>();
        Thread worker = new Thread(() -> {
            try {
                type("SCRIPT").execute(job, CONTEXT);
                end.complete(new AssertionError("not interrupted"));
            } catch (Throwable e) {
                end.complete(e);
            }
        });
        worker.start();
        Until.holds(() -> Files.exists(started) && read(started).endsWith("\n"));
        long child = Long.parseLong(read(started).trim());
        worker.interrupt();
        assertThat(end.get(30, TimeUnit.SECONDS)).isInstanceOf(InterruptedException.class);
        Until.holds(() -> ProcessHandle.of(child).map(p -> !p.isAlive()).orElse(true));
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aScriptWithoutACommandIsRefused() {
        assertThatThrownBy(() -> type("SCRIPT").check(job().build()))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessageContaining("script.command.line: '' (expected: a command with its arguments");
        assertThatThrownBy(() -> type("SCRIPT")
                        .check(job().setProperty("script.command.line", "sh 'open")
                                .build()))
                .isInstanceOf(InvalidSettingException.class);
    }

    // ---- HTTP --------------------------------------------------------------------------------------------------

    private static JobConfiguration.Builder http(HttpServer server, String method, String path) {
        return job().setProperty(
                        "http.uri", "http://127.0.0.1:" + server.getAddress().getPort() + path)
                .setProperty("http.method", method);
    }

    private static HttpServer server() throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(task -> {
            Thread thread = new Thread(task);
            thread.setDaemon(true);
            thread.start();
        });
        server.start();
        return server;
    }

    @Test
    void aRequestCarriesMethodBodyContentTypeAndTheContextAsHeader() throws Exception {
        BlockingQueue<String> seen = new LinkedBlockingQueue<>();
        HttpServer server = server();
        server.createContext("/run", exchange -> {
            seen.add(exchange.getRequestMethod() + " "
                    + exchange.getRequestHeaders().getFirst("Content-Type") + " "
                    + new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8) + " "
                    + exchange.getRequestHeaders().getFirst("shardingContext"));
            exchange.sendResponseHeaders(204, -1);
            exchange.close();
        });
        try {
            type("HTTP")
                    .execute(
                            http(server, "get", "/run")
                                    .setProperty("http.data", "not sent")
                                    .build(),
                            CONTEXT);
            assertThat(seen.poll(30, TimeUnit.SECONDS)).isEqualTo("GET null  " + JSON);
            type("HTTP")
                    .execute(
                            http(server, "POST", "/run")
                                    .setProperty("http.data", "a=é")
                                    .setProperty("http.content.type", "text/plain; charset=utf-8")
                                    .build(),
                            CONTEXT);
            assertThat(seen.poll(30, TimeUnit.SECONDS)).isEqualTo("POST text/plain; charset=utf-8 a=é " + JSON);
        } finally {
            server.stop(0);
        }
    }

    @Test
    void aStatusOf400OrMoreIsAFailureWithTheAnswerAsItsCause() throws Exception {
        HttpServer server = server();
        server.createContext("/", exchange -> {
            byte[] body = "sold out".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(409, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        try {
            JobConfiguration job = http(server, "PUT", "/x").build();
            assertThatThrownBy(() -> type("HTTP").execute(job, CONTEXT))
                    .hasMessageContaining("item 1: PUT http://127.0.0.1:")
                    .hasMessageContaining("status 409 (expected: below 400)")
                    .hasMessageEndingWith("sold out");
        } finally {
            server.stop(0);
        }
    }

    @Test
    void aServerThatDoesNotAnswerIsGivenUp() throws Exception {
        HttpServer server = server();
        CountDownLatch end = new CountDownLatch(1);
        server.createContext("/", exchange -> {
            try {
                end.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            exchange.close();
        });
        try {
            JobConfiguration job = http(server, "GET", "/x")
                    .setProperty("http.connect.timeout.milliseconds", "100")
                    .setProperty("http.read.timeout.milliseconds", "100")
                    .build();
            assertThatThrownBy(() -> type("HTTP").execute(job, CONTEXT))
                    .hasMessageContaining("no complete answer within 200 ms");
        } finally {
            end.countDown();
            server.stop(0);
        }
    }

    @Test
    void aRequestThatCannotBeSentIsRefusedBeforehand() {
        assertThatThrownBy(() -> type("HTTP").check(job().build()))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessageContaining("http.uri: '' (expected: an absolute http or https address)");
        JobConfiguration.Builder right =
                job().setProperty("http.uri", "http://localhost/").setProperty("http.method", "GET");
        assertThatCode(() -> type("HTTP").check(right.build())).doesNotThrowAnyException();
        assertThatThrownBy(() ->
                        type("HTTP").check(right.setProperty("http.method", "").build()))
                .hasMessageContaining("http.method: ''");
        assertThatThrownBy(() -> type("HTTP")
                        .check(right.setProperty("http.method", "GET")
                                .setProperty("http.read.timeout.milliseconds", "soon")
                                .build()))
                .hasMessageContaining("http.read.timeout.milliseconds: 'soon'");
    }

    // ---- in an engine ------------------------------------------------------------------------------------------

    /** A type of the user's, registered as a service of these tests. */
    public static final class Echo implements JobType {
        @Override
        public String type() {
            return "ECHO";
        }

        @Override
        public void execute(JobConfiguration configuration, ShardingContext context) {
            context.reportHandled(Long.parseLong(configuration.getProps().getOrDefault("times", "0")));
        }
    }

    private static final class Remembering implements RunHistory {
        final BlockingQueue<RunRecord> records = new LinkedBlockingQueue<>();

        @Override
        public void record(List<RunRecord> runs) {
            records.addAll(runs);
        }

        @Override
        public List<RunRecord> latest(String jobName, int limit) {
            return List.of();
        }
    }

    @Test
    void typedJobsRunByTriggerStandUnderTheirTypeAndFollowTheStoredProperties() throws Exception {
        InMemoryRegistry registry = InMemoryRegistry.threaded(new SystemTime(), Duration.ofSeconds(20));
        Remembering history = new Remembering();
        try (JobEngine engine = ClusterJobEngine.start(
                registry.connect(),
                JobEngineOptions.newBuilder("test").history(history).build())) {
            JobConfiguration echo = JobConfiguration.newBuilder("echo", 1)
                    .setProperty("times", "7")
                    .build();
            engine.schedule(new TypedJob("ECHO"), echo);
            assertThat(registry.dump()).containsEntry("/test/echo", "ECHO");
            engine.commands().trigger("echo");
            assertThat(Objects.requireNonNull(history.records.poll(30, TimeUnit.SECONDS))
                            .handled())
                    .isEqualTo(7);
            engine.commands().update(echo.toBuilder().setProperty("times", "9").build());
            engine.commands().trigger("echo");
            assertThat(Objects.requireNonNull(history.records.poll(30, TimeUnit.SECONDS))
                            .handled())
                    .isEqualTo(9);

            engine.schedule(
                    TypedJob.SCRIPT,
                    JobConfiguration.newBuilder("script", 1)
                            .setProperty("script.command.line", "sh -c 'echo no; exit 1'")
                            .build());
            engine.commands().trigger("script");
            RunRecord failed = Objects.requireNonNull(history.records.poll(30, TimeUnit.SECONDS));
            assertThat(failed.outcome()).isEqualTo(RunRecord.Outcome.FAILED);
            assertThat(failed.cause()).contains("exited with 1 (expected: 0)").contains("\nno");

            assertThatThrownBy(() -> engine.schedule(
                            new TypedJob("COBOL"),
                            JobConfiguration.newBuilder("cobol", 1).build()))
                    .hasMessageContaining("type: 'COBOL' (expected: one of [ECHO, HTTP, SCRIPT])");
        }
    }

    @Test
    void fault13ATriggerThatArrivesWhileTheJobRunsIsRunAfterIt() throws Exception {
        InMemoryRegistry registry = InMemoryRegistry.threaded(new SystemTime(), Duration.ofSeconds(20));
        BlockingQueue<String> ran = new LinkedBlockingQueue<>();
        CountDownLatch goOn = new CountDownLatch(1);
        try (JobEngine engine = ClusterJobEngine.start(
                registry.connect(), JobEngineOptions.newBuilder("test").build())) {
            engine.schedule(
                    context -> {
                        ran.add("begun");
                        goOn.await();
                    },
                    JobConfiguration.newBuilder("once", 1).build());
            engine.commands().trigger("once");
            assertThat(ran.poll(30, TimeUnit.SECONDS)).isEqualTo("begun");
            engine.commands().trigger("once");
            engine.commands().trigger("once");
            assertThat(ran).isEmpty();
            goOn.countDown();
            assertThat(ran.poll(30, TimeUnit.SECONDS)).isEqualTo("begun");
            Until.holds(() -> registry.dump().keySet().stream()
                    .noneMatch(path -> path.contains("/trigger/") || path.endsWith("/running")));
            assertThat(ran).as("two triggers during one run are one run").isEmpty();
        }
    }

    // ---- executors for interfaces of the user's own ----------------------------------------------------------------

    /** What a user's jobs look like who does not write simple jobs. */
    public interface Report extends ElasticJob {
        String write(String forWhom);
    }

    /** Another of the user's interfaces. */
    public interface DailyReport extends Report {}

    /** An interface that has nothing to do with the others. */
    public interface Audit extends ElasticJob {}

    /** Runs reports; registered as a service of these tests. */
    public static final class Reports implements JobExecutor<Report> {
        static final BlockingQueue<String> WRITTEN = new LinkedBlockingQueue<>();

        @Override
        public Class<Report> jobInterface() {
            return Report.class;
        }

        @Override
        public void check(JobConfiguration configuration) {
            if (configuration.getJobParameter().isEmpty()) {
                throw new InvalidSettingException("jobParameter", "''", "for whom it is", "Name somebody.");
            }
        }

        @Override
        public void execute(Report job, JobConfiguration configuration, ShardingContext context) {
            WRITTEN.add(job.write(configuration.getJobParameter()) + " " + context.getShardingItem());
        }
    }

    /** Runs daily reports, which are reports, too. */
    public static final class DailyReports implements JobExecutor<DailyReport> {
        @Override
        public Class<DailyReport> jobInterface() {
            return DailyReport.class;
        }

        @Override
        public void execute(DailyReport job, JobConfiguration configuration, ShardingContext context) {
            Reports.WRITTEN.add("daily " + job.write(configuration.getJobParameter()));
        }
    }

    /** Runs audits. */
    public static final class Audits implements JobExecutor<Audit> {
        @Override
        public Class<Audit> jobInterface() {
            return Audit.class;
        }

        @Override
        public void execute(Audit job, JobConfiguration configuration, ShardingContext context) {
            throw new IllegalStateException("never asked");
        }
    }

    private static final class ForSomebody implements Report {
        @Override
        public String write(String forWhom) {
            return "report for " + forWhom;
        }
    }

    private static final class EachDay implements DailyReport {
        @Override
        public String write(String forWhom) {
            return "for " + forWhom;
        }
    }

    private static final class Both implements Report, Audit {
        @Override
        public String write(String forWhom) {
            return "";
        }
    }

    @Test
    void jobsOfAnInterfaceOfTheUsersAreRunByTheExecutorThatIsRegisteredForIt() throws Exception {
        InMemoryRegistry registry = InMemoryRegistry.threaded(new SystemTime(), Duration.ofSeconds(20));
        Reports.WRITTEN.clear();
        try (JobEngine engine = ClusterJobEngine.start(
                registry.connect(), JobEngineOptions.newBuilder("test").build())) {
            engine.schedule(
                    new ForSomebody(),
                    JobConfiguration.newBuilder("report", 2).jobParameter("Ann").build());
            assertThat(registry.dump()).containsEntry("/test/report", ForSomebody.class.getName());
            engine.commands().trigger("report");
            assertThat(List.of(
                            Objects.requireNonNull(Reports.WRITTEN.poll(30, TimeUnit.SECONDS)),
                            Objects.requireNonNull(Reports.WRITTEN.poll(30, TimeUnit.SECONDS))))
                    .containsExactlyInAnyOrder("report for Ann 0", "report for Ann 1");
            engine.schedule(
                    new EachDay(),
                    JobConfiguration.newBuilder("daily", 1).jobParameter("Bob").build());
            engine.commands().trigger("daily");
            assertThat(Reports.WRITTEN.poll(30, TimeUnit.SECONDS))
                    .as("the executor of the interface that extends the other")
                    .isEqualTo("daily for Bob");
        }
    }

    @Test
    void aJobThatNoExecutorRunsOrTwoWouldRunIsRefusedByName() {
        InMemoryRegistry registry = InMemoryRegistry.threaded(new SystemTime(), Duration.ofSeconds(20));
        try (JobEngine engine = ClusterJobEngine.start(
                registry.connect(), JobEngineOptions.newBuilder("test").build())) {
            JobConfiguration plain = JobConfiguration.newBuilder("refused", 1).build();
            assertThatThrownBy(() -> engine.schedule(new ElasticJob() {}, plain))
                    .isInstanceOf(InvalidSettingException.class)
                    .hasMessageContaining("job: " + TypedJobsTest.class.getName())
                    .hasMessageContaining(
                            "(expected: a SimpleJob, a DataflowJob, a TypedJob, or one of an interface that"
                                    + " has an executor: [" + Audit.class.getName() + ", " + DailyReport.class.getName()
                                    + ", "
                                    + Report.class.getName() + "])");
            assertThatThrownBy(() -> engine.schedule(new Both(), plain))
                    .isInstanceOf(InvalidSettingException.class)
                    .hasMessageContaining("one executor for it")
                    .hasMessageContaining(Audits.class.getName())
                    .hasMessageContaining(Reports.class.getName());
            assertThatThrownBy(() -> engine.schedule(new ForSomebody(), plain))
                    .hasMessageContaining("jobParameter: '' (expected: for whom it is)");
            assertThat(registry.dump()).doesNotContainKey("/test/refused/config");
        }
    }
}

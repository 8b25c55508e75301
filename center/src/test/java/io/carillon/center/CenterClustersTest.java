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
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.carillon.console.ConsoleSources;
import io.carillon.console.access.Accounts;
import io.carillon.console.access.Grant;
import io.carillon.console.command.Trail;
import io.carillon.console.live.Hints;
import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.coordination.Registry;
import io.carillon.jobs.history.RunRecord;
import io.carillon.jobs.operations.RegistryOperations;
import io.carillon.jobs.zookeeper.ZooKeeperOptions;
import io.carillon.jobs.zookeeper.ZooKeeperRegistry;
import io.carillon.spring.InvalidPropertyException;
import io.carillon.spring.jobs.ScheduledJobs;
import io.carillon.store.jdbc.Connections;
import io.carillon.store.jdbc.JdbcStore;
import io.carillon.testkit.jobs.InMemoryRegistry;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.curator.test.InstanceSpec;
import org.apache.curator.test.TestingServer;
import org.h2.jdbcx.JdbcDataSource;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;

/** One centre over two real ZooKeepers and three namespaces, one of which goes away. */
class CenterClustersTest {
    @TempDir
    Path folder;

    private final List<AutoCloseable> open = new ArrayList<>();
    private final List<Registry> registries = new ArrayList<>();
    private TestingServer first;
    private TestingServer second;

    @BeforeEach
    void makeServers() throws Exception {
        System.setProperty("zookeeper.forceSync", "no");
        Files.createDirectories(Path.of(System.getProperty("java.io.tmpdir")));
        first = new TestingServer(new InstanceSpec(null, -1, -1, -1, true, -1, 500, -1), true);
        second = new TestingServer(new InstanceSpec(null, -1, -1, -1, true, -1, 500, -1), false);
    }

    @AfterEach
    void closeAll() throws Exception {
        for (int i = open.size() - 1; i >= 0; i--) {
            open.get(i).close();
        }
        first.close();
        second.close();
    }

    private <T extends AutoCloseable> T closed(T one) {
        open.add(one);
        return one;
    }

    /** What somebody beside the centre sees of a namespace. */
    private RegistryOperations beside(TestingServer server, String namespace) {
        Registry registry = closed(ZooKeeperRegistry.open(ZooKeeperOptions.builder(server.getConnectString())
                .connectionTimeout(Duration.ofSeconds(60))
                .maxRetries(20)
                .build()));
        registries.add(registry);
        return closed(
                RegistryOperations.open(registry, namespace, RegistryOperations.Settings.of(SystemTime.source())));
    }

    /** The same, with a job that has a server. */
    private RegistryOperations with(TestingServer server, String namespace, String job) throws Exception {
        RegistryOperations operations = beside(server, namespace);
        operations
                .commands()
                .add(JobConfiguration.newBuilder(job, 2).cron("0 0 2 * * ?").build(), "com.example.Job");
        registries
                .get(registries.size() - 1)
                .commit(
                        List.of(
                                new Registry.Write.Create(
                                        "/" + namespace + "/" + job + "/servers", "", Registry.CreateMode.PERSISTENT),
                                new Registry.Write.Create(
                                        "/" + namespace + "/" + job + "/servers/10.0.0.7",
                                        "",
                                        Registry.CreateMode.PERSISTENT)),
                        result -> {});
        await("its server", () -> !operations.queries().servers(job).isEmpty());
        return operations;
    }

    private ConfigurableApplicationContext start(String... arguments) {
        List<String> all = new ArrayList<>(List.of(
                "--server.port=0",
                "--carillon.center.data-dir=" + folder.resolve("data"),
                "--carillon.center.clusters.east.server-lists=" + first.getConnectString(),
                "--carillon.center.clusters.east.namespace=shop",
                "--carillon.center.clusters.bank.server-lists=" + first.getConnectString(),
                "--carillon.center.clusters.bank.namespace=bank",
                "--carillon.center.clusters.west.server-lists=" + second.getConnectString(),
                "--carillon.center.clusters.west.namespace=shop"));
        // a value that is given twice would be two values
        all.removeIf(known -> List.of(arguments).stream()
                .anyMatch(argument -> known.startsWith(argument.substring(0, argument.indexOf('=') + 1))));
        all.addAll(List.of(arguments));
        return closed(new SpringApplicationBuilder(CenterApplication.class).run(all.toArray(String[]::new)));
    }

    private static long connections() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("carillon-registry"))
                .count();
    }

    /** A service's database in which one run of a job is. */
    private String runsOf(String job) {
        JdbcDataSource database = new JdbcDataSource();
        database.setURL("jdbc:h2:mem:west-" + folder.getFileName() + ";DB_CLOSE_DELAY=-1");
        database.setUser("sa");
        JdbcStore.createTables(database);
        Instant now = SystemTime.source().instant();
        JdbcStore.open(database, Connections.of(database))
                .runHistory()
                .record(List.of(new RunRecord(
                        UUID.randomUUID(),
                        job,
                        0,
                        "10.0.0.7@-@1",
                        7,
                        RunRecord.Source.NORMAL_TRIGGER,
                        now.minusSeconds(2),
                        now.minusSeconds(2),
                        now.minusSeconds(1),
                        RunRecord.Outcome.SUCCEEDED,
                        3,
                        null)));
        return database.getURL();
    }

    private static HttpResponse<String> send(
            ConfigurableApplicationContext center, String token, String verb, String path, String body)
            throws Exception {
        String port = center.getEnvironment().getRequiredProperty("local.server.port");
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                                .header("Authorization", "Bearer " + token)
                                .header("Content-Type", "application/json")
                                .header("Accept-Language", "en")
                                .method(verb, HttpRequest.BodyPublishers.ofString(body))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
    }

    private static Document page(ConfigurableApplicationContext center, String token, String path) throws Exception {
        return Jsoup.parse(send(center, token, "GET", path, "").body());
    }

    private static String token(ConfigurableApplicationContext center, String grants) {
        return center.getBean(Accounts.class).makeToken("test", Grant.parse(grants), "ada", null);
    }

    private static void await(String what, Callable<Boolean> condition) throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        for (int i = 0; i < 900 && !condition.call(); i++) {
            never.await(100, TimeUnit.MILLISECONDS);
        }
        assertThat(condition.call()).as(what).isTrue();
    }

    @Test
    void theJobsOfEachAreSeenACommandLandsInItsOwnAndWhoSeesOneSeesNoOther() throws Exception {
        second.start();
        RegistryOperations east = with(first, "shop", "billing");
        RegistryOperations west = with(second, "shop", "billing");
        with(first, "bank", "interest");
        long connections = connections();
        ConfigurableApplicationContext center = start(
                "--carillon.center.clusters.bank.read-only=true",
                "--carillon.center.stores.orders.url=" + runsOf("billing"),
                "--carillon.center.stores.orders.username=sa",
                "--carillon.center.stores.orders.cluster=west");
        assertThat(connections() - connections)
                .as("connections: namespaces of the same servers share one")
                .isEqualTo(2);
        String admin = token(center, "admin");
        for (String cluster : List.of("east", "west", "bank")) {
            await("the jobs of " + cluster, () -> page(center, admin, "/clusters/" + cluster + "/jobs")
                    .select("tbody th a")
                    .eachText()
                    .equals(List.of(cluster.equals("bank") ? "interest" : "billing")));
        }
        assertThat(center.getBean(Hints.class).subscriptions())
                .as("one for each cluster, however many pages listen")
                .isEqualTo(3);
        assertThat(send(center, admin, "GET", "/", "").headers().firstValue("Location"))
                .hasValueSatisfying(to -> assertThat(to).endsWith("/clusters"));
        assertThat(page(center, admin, "/clusters")
                        .select("section[aria-labelledby=clusters-title] tbody th a")
                        .eachText())
                .containsExactlyInAnyOrder("bank", "east", "west");

        assertThat(page(center, admin, "/clusters/west/jobs/billing")
                        .select("section[aria-labelledby=runs-title] tbody tr"))
                .hasSize(1);
        assertThat(page(center, admin, "/clusters/east/jobs/billing")
                        .select("section[aria-labelledby=runs-title] tbody tr"))
                .as("runs of another cluster's job of the same name")
                .isEmpty();

        String disable = "{\"state\":\"disabled\",\"reason\":\"a test\"}";
        assertThat(send(center, admin, "PUT", "/api/v1/clusters/west/jobs/billing/state", disable)
                        .statusCode())
                .isEqualTo(200);
        await("it is disabled in the west", () -> west.queries().jobs().get(0).disabled());
        assertThat(east.queries().jobs().get(0).disabled()).isFalse();
        assertThat(center.getBean(Trail.class).latest(Trail.Question.ALL, null, 10))
                .extracting(Trail.Entry::cluster, Trail.Entry::job)
                .containsExactly(org.assertj.core.groups.Tuple.tuple("west", "billing"));
        HttpResponse<String> readOnly =
                send(center, admin, "PUT", "/api/v1/clusters/bank/jobs/interest/state", disable);
        assertThat(readOnly.statusCode()).isEqualTo(403);
        assertThat(readOnly.body()).contains("carillon.center.clusters.bank.read-only");

        String vera = token(center, "viewer@east");
        assertThat(page(center, vera, "/clusters/east/jobs").text()).contains("billing");
        for (String path : List.of(
                "/clusters/west",
                "/clusters/west/jobs",
                "/clusters/west/jobs/billing",
                "/clusters/bank/registry",
                "/api/v1/clusters/west/jobs")) {
            assertThat(send(center, vera, "GET", path, "").statusCode())
                    .as(path)
                    .isEqualTo(404);
        }
        assertThat(send(center, vera, "GET", "/api/v1/clusters", "").body())
                .isEqualTo("{\"clusters\":[{\"name\":\"east\"}]}");
        assertThat(send(center, vera, "GET", "/audit", "").body()).doesNotContain("west");
        assertThat(send(
                                center,
                                token(center, "operator@east"),
                                "PUT",
                                "/api/v1/clusters/west/jobs/billing/state",
                                disable)
                        .statusCode())
                .isEqualTo(404);
    }

    @Test
    void oneThatIsDownHoldsUpNeitherTheStartNorTheOthersAndComesBackWithoutARestart() throws Exception {
        with(first, "shop", "billing");
        ConfigurableApplicationContext center = start("--carillon.alarms.open-after=0s");
        String admin = token(center, "admin");
        await(
                "the jobs of the east",
                () -> page(center, admin, "/clusters/east/jobs").text().contains("billing"));
        await("the west's page says what is missing", () -> page(center, admin, "/clusters/west")
                .text()
                .contains("The registry of west does not answer: its jobs are not known now. It answered: registry: no"
                        + " connection since"));
        Document all = page(center, admin, "/clusters");
        assertThat(all.select("tbody th a").eachText().get(0)).isEqualTo("west");
        assertThat(all.select(".notice.bad").first().text()).startsWith("1 of 3 clusters do not answer");
        LookAround around = new LookAround(
                center.getBean(ConsoleSources.class),
                Set.of(),
                center.getBean(AlarmProperties.class).messages());
        assertThat(around.look().view().silentClusters()).containsExactly("west");
        assertThat(around.look().reasons()).containsKey(new LookAround.Reason("cluster", "west", "REGISTRY_SILENT"));
        HttpResponse<String> noAnswer = send(
                center,
                admin,
                "PUT",
                "/api/v1/clusters/west/jobs/billing/state",
                "{\"state\":\"disabled\",\"reason\":\"a test\"}");
        assertThat(noAnswer.statusCode()).isEqualTo(503);

        second.start();
        with(second, "shop", "shipping");
        await(
                "the jobs of the west",
                () -> page(center, admin, "/clusters/west/jobs").text().contains("shipping"));
        assertThat(around.look().view().silentClusters()).isEmpty();

        second.stop();
        await("a registry that is lost is said to be", () -> page(center, admin, "/clusters/west/jobs")
                .text()
                .contains("The registry of west does not answer"));
        assertThat(page(center, admin, "/clusters/east/jobs").text()).contains("billing");
        second.restart();
        await(
                "it is back",
                () -> page(center, admin, "/clusters/west/jobs").text().contains("shipping"));
    }

    @Test
    void aSettingThatMakesNoSenseStopsTheStartWithItsName() {
        assertThat(problem("--carillon.center.clusters.east.namespace="))
                .contains("carillon.center.clusters.east.namespace: not set");
        assertThat(problem("--carillon.center.clusters.east.server-lists="))
                .contains("carillon.center.clusters.east.server-lists: not set");
        assertThat(problem("--carillon.center.clusters.east.server-lists=127.0.0.1:99999"))
                .contains("carillon.center.clusters.east.server-lists: 127.0.0.1:99999");
        assertThat(problem("--carillon.center.clusters.east.server-lists=a b"))
                .contains("carillon.center.clusters.east.server-lists: a b (expected: host:port");
        assertThat(problem("--carillon.center.clusters.east.namespace=a/b"))
                .contains("carillon.center.clusters.east.namespace: a/b");
        assertThat(problem("--carillon.center.clusters.east.session-timeout=0s"))
                .contains("carillon.center.clusters.east.session-timeout: 0s");
        assertThat(problem("--carillon.center.clusters.east.digest=secret"))
                .contains("carillon.center.clusters.east.digest: (hidden)")
                .doesNotContain("secret");
        assertThat(problem("--carillon.center.clusters[no slash/].namespace=x"))
                .contains("carillon.center.clusters.<name>");
        assertThat(problem("--carillon.center.cluster=east")).contains("carillon.center.clusters.east: east");
        assertThat(problem(
                        "--carillon.center.stores.orders.url=jdbc:h2:mem:orders",
                        "--carillon.center.stores.orders.cluster=north"))
                .contains("carillon.center.stores.orders.cluster: north (expected: the name of a cluster");
    }

    @Test
    void theCentreStartsWithoutItsOwnRegistryAndItsJobsBeginWhenThatIsThere() throws Exception {
        ConfigurableApplicationContext center = start(
                "--carillon.registry.server-lists=" + second.getConnectString(),
                "--carillon.registry.namespace=own",
                "--carillon.registry.connection-timeout=500ms",
                "--carillon.center.clusters.west.server-lists=" + first.getConnectString());
        String admin = token(center, "admin");
        assertThat(page(center, admin, "/clusters/own/jobs").text()).contains("The registry of own does not answer");
        with(first, "shop", "billing");
        await(
                "another registry is seen all the same",
                () -> page(center, admin, "/clusters/east/jobs").text().contains("billing"));
        second.start();
        await("the centre's own jobs begin", () -> page(center, admin, "/clusters/own/jobs")
                .select("tbody th a")
                .eachText()
                .contains("center-clean-history"));
        assertThat(center.getBean(ScheduledJobs.class).isRunning()).isTrue();
    }

    @Test
    void aWrongSettingOfTheOwnRegistryStopsTheStartAndIsNamed() {
        assertThatThrownBy(() ->
                        start("--carillon.registry.server-lists=no such place", "--carillon.registry.namespace=own"))
                .hasStackTraceContaining("carillon.registry.server-lists: no such place (expected: host:port");
        assertThatThrownBy(() -> start(
                        "--carillon.registry.server-lists=" + second.getConnectString(),
                        "--carillon.registry.namespace=own",
                        "--carillon.registry.digest=nobody"))
                .hasStackTraceContaining("carillon.registry.digest: (hidden) (expected: user:password)");
    }

    @Test
    void theCentresOwnClusterMayNotHaveTheNameOfAnother() {
        Throwable failure = catchThrowable(() -> closed(new SpringApplicationBuilder(CenterApplication.class)
                .initializers(context -> ((GenericApplicationContext) context)
                        .registerBean("registry", Registry.class, () -> InMemoryRegistry.threaded(
                                        SystemTime.source(), Duration.ofSeconds(30))
                                .connect()))
                .run(
                        "--server.port=0",
                        "--carillon.jobs.enabled=false",
                        "--carillon.center.data-dir=" + folder.resolve("data"),
                        "--carillon.registry.namespace=shop",
                        "--carillon.center.clusters.shop.server-lists=" + first.getConnectString(),
                        "--carillon.center.clusters.shop.namespace=other")));
        assertThat(said(failure)).contains("carillon.center.clusters.shop: shop (expected: a name that the cluster of");
    }

    private String problem(String... arguments) {
        return said(catchThrowable(() -> start(arguments)));
    }

    private static String said(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof InvalidPropertyException) {
                return cause.getMessage();
            }
        }
        throw new AssertionError("no InvalidPropertyException", failure);
    }
}

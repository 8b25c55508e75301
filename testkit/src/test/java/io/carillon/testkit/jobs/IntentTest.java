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

import static io.carillon.testkit.jobs.OperatedCluster.job;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.jobs.InvalidSettingException;
import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.coordination.JobIntent;
import io.carillon.jobs.coordination.JobPaths;
import io.carillon.jobs.coordination.Registry;
import io.carillon.jobs.coordination.Registry.CreateMode;
import io.carillon.jobs.coordination.Registry.Write;
import io.carillon.jobs.operations.By;
import io.carillon.jobs.operations.ConfigurationVersion;
import io.carillon.jobs.operations.ItemCommands;
import io.carillon.jobs.operations.JobAudit;
import io.carillon.jobs.operations.JobAudit.Question;
import io.carillon.jobs.operations.JobCommands;
import io.carillon.jobs.operations.JobRequests;
import io.carillon.jobs.operations.Target;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What people want of a job stays as they said it, with who said it and why. */
class IntentTest {

    private static final String ONE = "10.0.0.1";
    private static final String TWO = "10.0.0.2";
    private static final String PEER = "10.0.0.9";
    private static final String OFTEN = "0/2 * * * * ?";
    private static final By LI = new By("li", "a bad release", "console");
    private static final Instant UNTIL = Instant.parse("2026-01-01T00:00:11Z");

    private final OperatedCluster cluster = new OperatedCluster();
    private final JobCommands commands = cluster.operations.commands().as(LI);
    private final JobPaths paths = new JobPaths(OperatedCluster.NAMESPACE, "a");

    private OperatedCluster.Instance instance(String ip) {
        return cluster.new Instance(ip);
    }

    private JobIntent intent() {
        return JobIntent.parse(cluster.server.data(paths.intent()));
    }

    private List<String> audited() {
        return cluster.operations.queries().audit(Question.ALL, null, 100).stream()
                .map(entry -> entry.what() + " " + entry.target() + " by " + entry.by() + ": " + entry.before() + " -> "
                        + entry.after() + ", " + entry.result())
                .toList();
    }

    // ---- disabled ----------------------------------------------------------------------------------------------

    @Test
    void aJobThatIsSwitchedOffSaysByWhomSinceWhenAndWhyInCarillonsOwnTreeOnly() {
        instance(ONE).join(job("a", 2, OFTEN).build());
        List<String> before = elasticJobs();
        commands.disable("a");
        JobIntent.Mark mark = intent().job();
        assertThat(mark).isEqualTo(new JobIntent.Mark(cluster.time.instant(), null, "li", "a bad release", "console"));
        assertThat(elasticJobs()).isEqualTo(before);
        commands.enable("a");
        assertThat(intent()).isEqualTo(JobIntent.NONE);
        assertThat(audited())
                .containsExactly(
                        "enable a by li from console: a bad release: DISABLED, since " + mark.since()
                                + ", li from console: a bad release -> ENABLED, done",
                        "disable a by li from console: a bad release: ENABLED -> DISABLED, since " + mark.since()
                                + ", li from console: a bad release, done");
    }

    private List<String> elasticJobs() {
        cluster.settle();
        return cluster.nodesOf("a").stream()
                .filter(path -> !path.startsWith("/" + OperatedCluster.NAMESPACE + "-carillon"))
                .filter(path -> !path.contains("leader") && !path.endsWith("/running"))
                .toList();
    }

    @Test
    void anInstanceOnANewServerDoesNotWakeAJobThatIsSwitchedOff() {
        instance(ONE).join(job("a", 2, OFTEN).build());
        commands.disable("a");
        OperatedCluster.Instance two = instance(TWO).join(job("a", 2, OFTEN).build());
        cluster.until("05.000");
        assertThat(cluster.node("a", "servers/" + TWO)).isEqualTo("DISABLED");
        assertThat(two.ran()).isEmpty();
        commands.enable("a");
        cluster.until("07.000");
        assertThat(two.ran()).isNotEmpty();
    }

    @Test
    void oneServerThatIsEnabledLeavesTheOthersOfTheJobSwitchedOffAndAnItemHasItsOwnMark() {
        instance(ONE).join(job("a", 2, OFTEN).build());
        OperatedCluster.Instance two = instance(TWO).join(job("a", 2, OFTEN).build());
        commands.disable("a");
        commands.enable(Target.jobOnServer("a", TWO));
        assertThat(intent().marks().keySet()).containsExactly(JobIntent.server(ONE));
        assertThat(cluster.operations.queries().servers("a"))
                .extracting(
                        server -> server.serverIp(),
                        server -> server.intent().state().name(),
                        server -> server.intent().by())
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(ONE, "DISABLED", LI),
                        org.assertj.core.groups.Tuple.tuple(TWO, "ENABLED", By.UNKNOWN));
        commands.disableItem("a", 1);
        assertThat(intent().ofItem(1)).isNotNull();
        cluster.until("05.000");
        assertThat(two.ran()).isNotEmpty().allMatch(run -> run.startsWith("a 0 "));
        commands.enableItem("a", 1);
        commands.enable("a");
        assertThat(intent()).isEqualTo(JobIntent.NONE);
    }

    // ---- paused ------------------------------------------------------------------------------------------------

    @Test
    void aPausedJobIsSwitchedOffForAllAndOnAgainAtItsTime() {
        OperatedCluster.Instance one = instance(ONE).join(job("a", 2, OFTEN).build());
        OperatedCluster.Instance two = instance(TWO).join(job("a", 2, OFTEN).build());
        cluster.until("02.500");
        commands.pauseUntil("a", UNTIL);
        assertThat(cluster.node("a", "servers/" + ONE)).isEqualTo("DISABLED");
        one.ended.clear();
        two.ended.clear();
        cluster.until("10.900");
        assertThat(cluster.node("a", "servers/" + TWO)).isEqualTo("DISABLED");
        assertThat(one.ran()).isEmpty();
        cluster.until("12.500");
        assertThat(cluster.node("a", "servers/" + ONE)).isEqualTo("ENABLED");
        assertThat(cluster.node("a", "servers/" + TWO)).isEqualTo("ENABLED");
        assertThat(java.util.stream.Stream.of(one, two).flatMap(each -> each.ran().stream()))
                .containsExactlyInAnyOrder("a 0 12", "a 1 12");
        assertThat(intent()).isEqualTo(JobIntent.NONE);
    }

    @Test
    void aPauseSurvivesTheRestartOfAllInstancesAlsoWhenItsTimeComesMeanwhile() {
        OperatedCluster.Instance one = instance(ONE).join(job("a", 2, OFTEN).build());
        commands.pauseUntil("a", UNTIL);
        one.die();
        OperatedCluster.Instance two = instance(TWO).join(job("a", 2, OFTEN).build());
        cluster.until("05.000");
        assertThat(two.ran()).isEmpty();
        two.die();
        cluster.until("20.000");
        OperatedCluster.Instance three = instance(ONE).join(job("a", 2, OFTEN).build());
        cluster.until("23.000");
        assertThat(three.ran()).contains("a 0 22", "a 1 22");
        assertThat(intent()).isEqualTo(JobIntent.NONE);
    }

    @Test
    void aPauseIsProlongedOrEndedByHandAndRefusedWhereItMakesNoSense() {
        OperatedCluster.Instance one = instance(ONE).join(job("a", 2, OFTEN).build());
        commands.pauseUntil("a", UNTIL);
        commands.pauseUntil("a", UNTIL.plusSeconds(10));
        cluster.until("15.000");
        assertThat(one.ran()).isEmpty();
        assertThatThrownBy(() -> commands.enable(Target.jobOnServer("a", ONE)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("is paused until 2026-01-01T00:00:21Z");
        commands.enable("a");
        cluster.until("17.000");
        assertThat(one.ran()).isNotEmpty();
        cluster.until("25.000");
        assertThat(cluster.node("a", "servers/" + ONE)).isEqualTo("ENABLED");
        assertThatThrownBy(() -> commands.pauseUntil("a", cluster.time.instant()))
                .isInstanceOf(InvalidSettingException.class);
        commands.disable("a");
        assertThatThrownBy(() -> commands.pauseUntil("a", cluster.time.instant().plusSeconds(9)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("is switched off since");
        assertThatThrownBy(() ->
                        commands.pauseUntil("nobody", cluster.time.instant().plusSeconds(9)))
                .isInstanceOf(NoSuchElementException.class);
    }

    @Test
    void aServerThatWasSwitchedOffByItselfStaysSoAfterThePause() {
        instance(ONE).join(job("a", 2, OFTEN).build());
        instance(TWO).join(job("a", 2, OFTEN).build());
        cluster.write(new Write.SetData(paths.server(TWO), "DISABLED", -1));
        commands.pauseUntil("a", UNTIL);
        cluster.until("13.000");
        assertThat(cluster.node("a", "servers/" + ONE)).isEqualTo("ENABLED");
        assertThat(cluster.node("a", "servers/" + TWO)).isEqualTo("DISABLED");
    }

    // ---- beside ElasticJob -------------------------------------------------------------------------------------

    @Test
    void anElasticJobInstanceThatStartsDoesNotWakeTheJobButAPersonAtItsConsoleDoes() {
        OperatedCluster.Instance one = instance(ONE).join(job("a", 2, OFTEN).build());
        commands.disable("a");
        // as ElasticJob 3.0.4 starts: the server's mark first, then the instance
        cluster.write(new Write.Create(paths.server(PEER), "ENABLED", CreateMode.PERSISTENT));
        assertThat(cluster.node("a", "servers/" + PEER)).isEqualTo("ENABLED");
        Registry peer = cluster.connect();
        peer.commit(List.of(new Write.Create(paths.instance(PEER + "@-@7"), "", CreateMode.EPHEMERAL)), result -> {});
        cluster.settle();
        assertThat(cluster.node("a", "servers/" + PEER)).isEqualTo("DISABLED");
        assertThat(intent().job()).isNotNull();

        cluster.write(
                new Write.SetData(paths.server(PEER), "ENABLED", -1),
                new Write.SetData(paths.server(ONE), "ENABLED", -1));
        cluster.pass(Duration.ofSeconds(12));
        assertThat(intent()).isEqualTo(JobIntent.NONE);
        assertThat(cluster.node("a", "servers/" + PEER)).isEqualTo("ENABLED");
        assertThat(one.ran()).isNotEmpty();
        peer.close();
    }

    @Test
    void aJobOfElasticJobAloneCannotBePausedAsNobodyWouldEndIt() {
        Registry peer = cluster.connect();
        peer.commit(
                List.of(
                        new Write.Create("/ns", "", CreateMode.PERSISTENT),
                        new Write.Create(paths.root(), "x.Job", CreateMode.PERSISTENT),
                        new Write.Create(
                                paths.config(),
                                io.carillon.jobs.coordination.ConfigYaml.write(
                                        job("a", 1, OFTEN).build(), null),
                                CreateMode.PERSISTENT),
                        new Write.Create(paths.servers(), "", CreateMode.PERSISTENT),
                        new Write.Create(paths.server(PEER), "ENABLED", CreateMode.PERSISTENT),
                        new Write.Create(paths.instances(), "", CreateMode.PERSISTENT),
                        new Write.Create(paths.instance(PEER + "@-@7"), "", CreateMode.EPHEMERAL)),
                result -> {});
        assertThatThrownBy(() -> commands.pauseUntil("a", UNTIL))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("all its instances are ElasticJob's");
        commands.disable("a");
        assertThat(intent().job()).isNotNull();
        peer.close();
    }

    // ---- configurations ----------------------------------------------------------------------------------------

    @Test
    void eachStoredConfigurationIsKeptWithWhoAndWhatChangedAndCanBeStoredAgain() {
        instance(ONE).join(job("a", 2, OFTEN).build());
        JobConfiguration first = commands.configuration("a").orElseThrow();
        commands.update(first.toBuilder()
                .jobParameter("x")
                .setProperty("carillon.owner", "li")
                .build());
        commands.as(By.UNKNOWN).update(first.toBuilder().shardingTotalCount(3).build(), 1);
        List<ConfigurationVersion> versions = cluster.operations.queries().versions("a");
        assertThat(versions)
                .extracting(ConfigurationVersion::version, ConfigurationVersion::by)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(2, By.UNKNOWN),
                        org.assertj.core.groups.Tuple.tuple(1, LI),
                        org.assertj.core.groups.Tuple.tuple(0, By.UNKNOWN));
        assertThat(versions.get(1).changes())
                .extracting(ConfigurationVersion.Change::toString)
                .containsExactly("jobParameter: '' -> 'x'", "props.carillon.owner: '' -> 'li'");

        assertThat(commands.rollBack("a", 1, 2)).isEqualTo(3);
        assertThat(commands.configuration("a").orElseThrow().getJobParameter()).isEqualTo("x");
        assertThatThrownBy(() -> commands.rollBack("a", 1, 2)).hasMessageContaining("3");
        assertThatThrownBy(() -> commands.rollBack("a", 77, 3)).isInstanceOf(NoSuchElementException.class);
        assertThat(audited().get(4))
                .startsWith("update a by li from console: a bad release: jobParameter=; props.carillon.owner= ->"
                        + " version 1: jobParameter=x; props.carillon.owner=li, done");
    }

    @Test
    void noMoreThanTwentyConfigurationsAreKept() {
        instance(ONE).join(job("a", 2, OFTEN).build());
        JobConfiguration first = commands.configuration("a").orElseThrow();
        for (int i = 1; i <= 25; i++) {
            commands.update(first.toBuilder().jobParameter("v" + i).build());
        }
        List<ConfigurationVersion> versions = cluster.operations.queries().versions("a");
        assertThat(versions).hasSize(20);
        assertThat(versions.get(0).version()).isEqualTo(25);
        assertThat(versions.get(19).version()).isEqualTo(6);
    }

    // ---- the audit ---------------------------------------------------------------------------------------------

    @Test
    void everyCommandLeavesOneEntryWithWhoAndWhy() {
        OperatedCluster.Instance one = instance(ONE).join(job("a", 2, OFTEN).build());
        JobConfiguration stored = commands.configuration("a").orElseThrow();
        JobRequests requests = commands.requests();
        Map<String, Runnable> all = new LinkedHashMap<>();
        all.put("trigger", () -> commands.trigger("a"));
        all.put("disable", () -> commands.disable("a"));
        all.put("enable", () -> commands.enable("a"));
        all.put("pauseUntil", () -> commands.pauseUntil("a", UNTIL));
        all.put("disableItem", () -> commands.disableItem("a", 0));
        all.put("enableItem", () -> commands.enableItem("a", 0));
        all.put("moveItem", () -> commands.moveItem("a", 0, "nobody"));
        all.put("skipNext", () -> commands.skipNext("a"));
        all.put("update", () -> commands.update(stored));
        all.put("rollBack", () -> commands.rollBack("a", 0, 1));
        all.put("add", () -> commands.add(JobConfiguration.newBuilder("b", 1).build(), "x.Job"));
        all.put("interrupt", () -> commands.interrupt("b", "li", "a bad release"));
        all.put("rerunFailed", () -> commands.rerunFailed("a"));
        all.put("drain", () -> commands.drain("nobody", "li", "a bad release"));
        all.put("undrain", () -> commands.undrain("nobody", "li", "a bad release"));
        all.put("backfill", () -> requests.backfill(JobRequests.BackfillRequest.of("a", UNTIL, UNTIL.plusSeconds(9))));
        all.put("pause", () -> requests.pause("a", "no such request"));
        all.put("resume", () -> requests.resume("a", "no such request"));
        all.put("cancel", () -> requests.cancel("a", "no such request"));
        all.put("shutdown", () -> commands.shutdown(Target.jobOnServer("a", ONE)));
        all.put("remove", () -> commands.remove(Target.job("a")));
        all.put("removeJob", () -> commands.removeJob("a"));
        Set<String> reads = Set.of("as", "onRecordAs", "requests", "request", "stored", "configuration");
        Set<String> known = new TreeSet<>();
        for (Class<?> api : List.of(JobCommands.class, ItemCommands.class, JobRequests.class)) {
            Arrays.stream(api.getDeclaredMethods())
                    .filter(method -> !Modifier.isStatic(method.getModifiers()) && !method.isSynthetic())
                    .map(Method::getName)
                    .filter(name -> !reads.contains(name))
                    .forEach(known::add);
        }
        assertThat(all.keySet()).containsExactlyInAnyOrderElementsOf(known);

        all.forEach((name, command) -> {
            int before = cluster.audit.latest(Question.ALL, null, 1000).size();
            try {
                command.run();
            } catch (RuntimeException refused) {
                // kept, too
            }
            List<JobAudit.Entry> entries = cluster.audit.latest(Question.ALL, null, 1000);
            assertThat(entries).as(name).hasSize(before + 1);
            assertThat(entries.get(0).by().actor()).as(name).isEqualTo("li");
            assertThat(entries.get(0).by().reason()).as(name).isEqualTo("a bad release");
            assertThat(entries.get(0).result()).as(name).isNotNull();
        });
        assertThat(one.ran()).isEmpty();
    }

    @Test
    void aCommandThatCannotBeKeptIsNotCarriedOut() {
        instance(ONE).join(job("a", 2, OFTEN).build());
        JobAudit full = new JobAudit() {
            @Override
            public void begin(Entry entry) {
                throw new IllegalStateException("the table is full");
            }

            @Override
            public void end(java.util.UUID id, String before, String after, String result) {}

            @Override
            public List<Entry> latest(Question question, java.util.UUID before, int limit) {
                return List.of();
            }
        };
        try (var operations = io.carillon.jobs.operations.RegistryOperations.open(
                cluster.connect(),
                OperatedCluster.NAMESPACE,
                io.carillon.jobs.operations.RegistryOperations.Settings.of(cluster.time)
                        .audit(full)
                        .timeout(Duration.ofSeconds(5)))) {
            assertThatThrownBy(() -> operations.commands().disable("a")).hasMessage("the table is full");
        }
        assertThat(cluster.node("a", "servers/" + ONE)).isEqualTo("ENABLED");
    }
}

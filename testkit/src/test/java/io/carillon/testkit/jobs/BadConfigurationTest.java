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

import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.coordination.ConfigYaml;
import io.carillon.jobs.coordination.Registry.CreateMode;
import io.carillon.jobs.coordination.Registry.Write;
import io.carillon.jobs.operations.HealthReason;
import io.carillon.jobs.operations.JobQueries.Health.Level;
import io.carillon.jobs.operations.JobQueries.JobStatus;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Configurations that a peer, a console or a person wrote. What cannot be used leaves the last good one in force, or at the first
 * start the one in the code; it never stops the instance or another job; health says why. What can be used is used.
 */
class BadConfigurationTest {

    private static final String OFTEN = "0/2 * * * * ?";

    private final OperatedCluster cluster = new OperatedCluster();

    /** Writes a configuration that cannot be used, and looks at everything. */
    private void cannotBeUsed(String text, String why) {
        OperatedCluster.Instance one = cluster.new Instance("10.0.0.1")
                .join(job("a", 2, OFTEN).build())
                .join(job("b", 1, OFTEN).build());
        OperatedCluster.Instance two =
                cluster.new Instance("10.0.0.2").join(job("a", 2, OFTEN).build());
        cluster.until("02.500");
        cluster.write(new Write.SetData("/ns/a/config", text, -1));
        cluster.until("04.500");
        assertThat(List.of(one.ran(), two.ran()).toString())
                .as("the last good one is in force")
                .contains("a 0 4", "a 1 4");
        assertThat(one.ran()).as("another job").contains("b 0 4");
        saysWhy(why);
        // an instance that starts now has no last good one: it takes the one in the code, and lets the stored text be
        OperatedCluster.Instance three =
                cluster.new Instance("10.0.0.3").join(job("a", 2, OFTEN).build());
        two.die();
        one.die();
        cluster.until("20.500");
        assertThat(three.ran()).contains("a 0 20", "a 1 20");
        assertThat(cluster.node("a", "config")).isEqualTo(text);
        // corrected, it is taken over
        cluster.operations
                .commands()
                .update(job("a", 1, OFTEN).jobParameter("p").build());
        cluster.until("22.500");
        assertThat(three.ran()).contains("a 0 22").doesNotContain("a 1 22");
        assertThat(status().health().reasons()).noneMatch(reason -> reason.code() == HealthReason.Code.UNREADABLE);
    }

    private void saysWhy(String why) {
        JobStatus status = status();
        assertThat(status.health().level()).isEqualTo(Level.BAD);
        HealthReason reason = status.health().reasons().stream()
                .filter(each -> each.code() == HealthReason.Code.UNREADABLE)
                .findFirst()
                .orElseThrow();
        assertThat(reason.arguments().get(0)).contains(why).hasSizeLessThan(1_500);
        assertThat(cluster.operations.statistics().job("a")).isPresent();
    }

    private JobStatus status() {
        return cluster.operations.queries().job("a").orElseThrow();
    }

    private static String written(JobConfiguration configuration) {
        return ConfigYaml.write(configuration, null);
    }

    @Test
    void aBadCronExpression() {
        cannotBeUsed(
                written(job("a", 2, OFTEN).build()).replace("0/2 * * * * ?", "0/2 * * * *"),
                "cron: '0/2 * * * *' (expected: 6 or 7 fields");
    }

    @Test
    void zeroShards() {
        cannotBeUsed(
                written(job("a", 2, OFTEN).build()).replace("shardingTotalCount: 2", "shardingTotalCount: 0"),
                "shardingTotalCount: 0 (expected: 1..");
    }

    @Test
    void aNumberThatIsNone() {
        cannotBeUsed(
                written(job("a", 2, OFTEN).build()).replace("shardingTotalCount: 2", "shardingTotalCount: two"),
                "shardingTotalCount: 'two' (expected: a whole number)");
    }

    @Test
    void parametersOfItemsThatAreNotThere() {
        cannotBeUsed(
                written(job("a", 2, OFTEN).build())
                        .replace("shardingItemParameters: ''", "shardingItemParameters: 0=a,7=b"),
                "shardingItemParameters: 0=a,7=b (expected: items 0..1)");
    }

    @Test
    void aTimeZoneThatIsNone() {
        cannotBeUsed(
                written(job("a", 2, OFTEN).build()).replace("timeZone: GMT", "timeZone: GMT+99"), "timeZone: 'GMT+99'");
    }

    @Test
    void anEmptyText() {
        OperatedCluster.Instance one =
                cluster.new Instance("10.0.0.1").join(job("a", 2, OFTEN).build());
        cluster.until("02.500");
        cluster.write(new Write.SetData("/ns/a/config", "", -1));
        cluster.until("04.500");
        assertThat(one.ran()).contains("a 0 4", "a 1 4");
        saysWhy("a YAML map of settings");
        // for an instance that starts it is none, so it writes the one in the code
        cluster.new Instance("10.0.0.2").join(job("a", 3, OFTEN).build());
        cluster.until("06.500");
        assertThat(cluster.operations
                        .commands()
                        .configuration("a")
                        .orElseThrow()
                        .getShardingTotalCount())
                .isEqualTo(3);
    }

    @Test
    void aTextThatIsNoMap() {
        cannotBeUsed("- just\n- a list\n", "a YAML map of settings");
    }

    @Test
    void brokenYaml() {
        cannotBeUsed("jobName: a\n  cron: [", "mapping values are not allowed here");
    }

    @Test
    void binaryGarbage() {
        StringBuilder garbage = new StringBuilder();
        for (int i = 0; i < 4_000; i++) {
            garbage.append((char) (i * 7919 % 65_521));
        }
        cannotBeUsed(garbage.toString(), "config: ");
    }

    @Test
    void fiveMegabytes() {
        // ZooKeeper itself refuses more than 1 MB unless jute.maxbuffer was raised on the server and on all clients
        cannotBeUsed(
                written(job("a", 2, OFTEN).build()) + "description: " + "x".repeat(5 << 20) + "\n",
                "characters (expected: at most 524288 characters)");
    }

    @Test
    void fiveMegabytesThatAreNoYaml() {
        cannotBeUsed("x".repeat(5 << 20), "characters (expected: at most 524288 characters)");
    }

    @Test
    void aValueThatIsLong() {
        cannotBeUsed(
                written(job("a", 2, OFTEN).build()).replace("0/2 * * * * ?", "9".repeat(1 << 16)),
                "(65538 characters)");
    }

    @Test
    void deepYaml() {
        cannotBeUsed("jobName: a\nprops: " + "[".repeat(20_000), "Nesting Depth exceeded");
    }

    @Test
    void aBillionLaughs() {
        StringBuilder laughs = new StringBuilder("a0: &a0 [lol, lol, lol]\n");
        for (int i = 1; i < 60; i++) {
            laughs.append("a").append(i).append(": &a").append(i).append(" [");
            laughs.append(("*a" + (i - 1) + ", ").repeat(8))
                    .append("*a")
                    .append(i - 1)
                    .append("]\n");
        }
        cannotBeUsed(laughs + written(job("a", 2, OFTEN).build()), "aliases");
    }

    // ---- what can be used --------------------------------------------------------------------------------------

    /** Writes a configuration that is odd, but can be used: 3 items, also by an instance that starts with it. */
    private void isUsed(String text) {
        OperatedCluster.Instance one =
                cluster.new Instance("10.0.0.1").join(job("a", 2, OFTEN).build());
        cluster.until("02.500");
        cluster.write(new Write.SetData("/ns/a/config", text, -1));
        cluster.until("04.500");
        assertThat(one.ran()).contains("a 0 4", "a 1 4", "a 2 4");
        assertThat(status().health().reasons()).noneMatch(reason -> reason.code() == HealthReason.Code.UNREADABLE);
        OperatedCluster.Instance two =
                cluster.new Instance("10.0.0.2").join(job("a", 2, OFTEN).build());
        one.die();
        cluster.until("20.500");
        assertThat(two.ran()).contains("a 0 20", "a 1 20", "a 2 20");
    }

    @Test
    void unknownKeysArePassedOverAndKeptWhenTheConfigurationIsWritten() {
        isUsed(written(job("a", 3, OFTEN).build()) + "neverHeardOf: 7\nandThis:\n  deep: [1, 2]\n");
        cluster.operations
                .commands()
                .update(job("a", 3, OFTEN).description("new").build());
        assertThat(cluster.node("a", "config")).contains("neverHeardOf: 7", "description: new", "deep:");
    }

    @Test
    void bothTracingTagsOfElasticJobArePassedOverAndKept() {
        String tracing = "jobExtraConfigurations:\n"
                + "- !!org.apache.shardingsphere.elasticjob.tracing.yaml.YamlTracingConfiguration\n"
                + "  tracingStorageConfiguration: !!org.apache.shardingsphere.elasticjob.tracing.rdb.yaml.YamlDataSourceConfiguration\n"
                + "    dataSourceClassName: com.example.Pool\n"
                + "    props: {url: 'jdbc:x', password: secret}\n"
                + "  type: RDB\n"
                + "- !!org.apache.shardingsphere.elasticjob.kernel.tracing.yaml.YamlTracingConfiguration\n"
                + "  type: RDB\n";
        isUsed(written(job("a", 3, OFTEN).build()) + tracing);
        cluster.operations
                .commands()
                .update(job("a", 3, OFTEN).description("new").build());
        assertThat(cluster.node("a", "config"))
                .contains(
                        "elasticjob.tracing.yaml.YamlTracingConfiguration",
                        "elasticjob.kernel.tracing.yaml.YamlTracingConfiguration",
                        "password: secret");
    }

    @Test
    void tagsThatWouldMakeObjectsMakeNone() {
        isUsed(
                written(job("a", 3, OFTEN).build())
                        + "x: !!javax.script.ScriptEngineManager [!!java.net.URLClassLoader [[!!java.net.URL ['http://127.0.0.1:1/']]]]\n");
    }

    @Test
    void jsonOfElasticJob2() {
        isUsed("{\"jobName\":\"a\",\"jobClass\":\"com.example.Old\",\"jobType\":\"SIMPLE\",\"cron\":\"" + OFTEN
                + "\",\"shardingTotalCount\":3,\"shardingItemParameters\":\"\",\"jobParameter\":\"\",\"failover\":false,"
                + "\"misfire\":true,\"description\":\"\",\"jobProperties\":{\"job_exception_handler\":\"x.Y\","
                + "\"executor_service_handler\":\"x.Z\"},\"monitorExecution\":true,\"maxTimeDiffSeconds\":-1,"
                + "\"monitorPort\":-1,\"jobShardingStrategyClass\":\"\",\"reconcileIntervalMinutes\":10,"
                + "\"disabled\":false,\"overwrite\":false}");
    }

    @Test
    void aConfigurationOfAJobThatTheFirstInstanceFindsBroken() {
        cluster.write(
                new Write.Create("/ns", "", CreateMode.PERSISTENT),
                new Write.Create("/ns/a", "", CreateMode.PERSISTENT),
                new Write.Create("/ns/a/config", "{{{", CreateMode.PERSISTENT));
        OperatedCluster.Instance one =
                cluster.new Instance("10.0.0.1").join(job("a", 2, OFTEN).build());
        cluster.until("02.500");
        assertThat(one.ran()).containsExactlyInAnyOrder("a 0 2", "a 1 2");
        assertThat(cluster.node("a", "config")).isEqualTo("{{{");
        saysWhy("flow node");
    }

    @Test
    void anInstanceThatOverwritesReplacesABrokenConfiguration() {
        cluster.write(
                new Write.Create("/ns", "", CreateMode.PERSISTENT),
                new Write.Create("/ns/a", "", CreateMode.PERSISTENT),
                new Write.Create("/ns/a/config", "{{{", CreateMode.PERSISTENT));
        cluster.new Instance("10.0.0.1").join(job("a", 2, OFTEN).overwrite(true).build());
        assertThat(cluster.operations
                        .commands()
                        .configuration("a")
                        .orElseThrow()
                        .getShardingTotalCount())
                .isEqualTo(2);
    }

    // ---- changes at run time that ElasticJob stumbles over -----------------------------------------------------

    @Test
    void fault11AOneOffJobIsGivenACronExpressionAndLosesItAgain() {
        OperatedCluster.Instance one = cluster.new Instance("10.0.0.1")
                .join(JobConfiguration.newBuilder("a", 1).build());
        cluster.until("04.500");
        assertThat(one.ran()).isEmpty();
        cluster.operations.commands().update(job("a", 1, OFTEN).build());
        cluster.until("06.500");
        assertThat(one.ran()).containsExactly("a 0 6");
        cluster.operations.commands().update(JobConfiguration.newBuilder("a", 1).build());
        cluster.until("10.500");
        assertThat(one.ran()).containsExactly("a 0 6");
        cluster.operations.commands().trigger("a");
        cluster.settle();
        assertThat(one.ran()).hasSize(2);
    }

    @Test
    void fault11AConfigurationThatChangesDuringATriggeredRunBringsNoSecondRun() {
        OperatedCluster.Instance one = cluster.new Instance("10.0.0.1")
                .join(JobConfiguration.newBuilder("a", 1).build());
        one.hold = true;
        cluster.operations.commands().trigger("a");
        cluster.settle();
        assertThat(one.waiting).hasSize(1);
        cluster.operations
                .commands()
                .update(JobConfiguration.newBuilder("a", 1).jobParameter("p").build());
        one.hold = false;
        cluster.until("10.500");
        assertThat(one.ran()).hasSize(1);
    }
}

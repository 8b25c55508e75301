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
package io.carillon.jobs.coordination;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.jobs.InvalidSettingException;
import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.model.PeerVersion;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ConfigYamlTest {

    /** As a 3.0.4 instance writes a default job. */
    private static final String GOLDEN = """
            cron: 0 0 0 1 1 ? 2099
            description: ''
            disabled: false
            failover: false
            jobName: jobA
            jobParameter: ''
            maxTimeDiffSeconds: -1
            misfire: true
            monitorExecution: true
            overwrite: false
            reconcileIntervalMinutes: 10
            shardingItemParameters: 0=a,1=b,2=c
            shardingTotalCount: 3
            staticSharding: false
            """;

    private static final JobConfiguration JOB_A = JobConfiguration.newBuilder("jobA", 3)
            .cron("0 0 0 1 1 ? 2099")
            .shardingItemParameters("0=a,1=b,2=c")
            .build();

    @Test
    void aDefaultJobIsWrittenByteForByteAsElasticJobWritesIt() {
        assertThat(ConfigYaml.write(JOB_A, null)).isEqualTo(GOLDEN);
        assertThat(ConfigYaml.read(GOLDEN)).isEqualTo(JOB_A);
    }

    @Test
    void propertyValuesAreQuotedAndAbsentSettingsLeftOut() {
        JobConfiguration job = JobConfiguration.newBuilder("j", 1)
                .props(Map.of("streaming.process", "true"))
                .timeZone("GMT+8")
                .build();
        String text = ConfigYaml.write(job, null);
        assertThat(text)
                .contains("props:\n  streaming.process: 'true'\n")
                .contains("timeZone: GMT+8\n")
                .doesNotContain("cron")
                .doesNotContain("jobErrorHandlerType")
                .doesNotContain("null");
        assertThat(ConfigYaml.read(text)).isEqualTo(job);
    }

    @Test
    void aZoneThatElasticJobCannotReadGoesIntoThePropertiesAndIsGivenToItAsAnOffsetWhereItKeepsOneForGood() {
        for (String[] zone : new String[][] {
            {"Asia/Shanghai", "GMT+08:00"}, {"Pacific/Apia", "GMT+13:00"}, {"Asia/Kolkata", "GMT+05:30"}, {"UTC", "GMT"}
        }) {
            JobConfiguration job =
                    JobConfiguration.newBuilder("j", 1).timeZone(zone[0]).build();
            String text = ConfigYaml.write(job, null);
            assertThat(text).contains("carillon.timeZone: " + zone[0]).contains("\ntimeZone: " + zone[1] + "\n");
            assertThat(ConfigYaml.read(text)).isEqualTo(job);
            assertThat(ConfigYaml.read(text.replace("\ntimeZone: " + zone[1], "")))
                    .as("as written by versions before")
                    .isEqualTo(job);
            assertThat(ZonesForPeers.mayDiffer(zone[0])).isFalse();
        }
        JobConfiguration summer =
                JobConfiguration.newBuilder("j", 1).timeZone("America/New_York").build();
        String text = ConfigYaml.write(summer, null);
        assertThat(text).contains("carillon.timeZone: America/New_York").doesNotContain("\ntimeZone:");
        assertThat(ConfigYaml.read(text)).isEqualTo(summer);
        assertThat(ZonesForPeers.mayDiffer("America/New_York")).isTrue();
        assertThat(ZonesForPeers.mayDiffer("GMT+8")).isFalse();
        assertThat(ZonesForPeers.mayDiffer(null)).isFalse();
    }

    @Test
    void aZoneSetByAnElasticJobConsoleLaterIsFollowed() {
        JobConfiguration job =
                JobConfiguration.newBuilder("j", 1).timeZone("Asia/Shanghai").build();
        String text = ConfigYaml.write(job, null);
        JobConfiguration read = ConfigYaml.read(text.replace("timeZone: GMT+08:00", "timeZone: GMT+9"));
        assertThat(read.getTimeZone()).isEqualTo("GMT+9");
        assertThat(ConfigYaml.write(read, text)).doesNotContain("Shanghai");
    }

    @Test
    void unknownKeysAndTagsArePassedOverAndKept() {
        String stored = GOLDEN + """
                jobExtraConfigurations:
                - !!org.apache.shardingsphere.elasticjob.tracing.yaml.YamlTracingConfiguration
                  type: RDB
                somethingNew: 7
                """;
        assertThat(ConfigYaml.read(stored)).isEqualTo(JOB_A);
        String rewritten =
                ConfigYaml.write(JOB_A.toBuilder().shardingTotalCount(4).build(), stored);
        assertThat(rewritten)
                .contains("shardingTotalCount: 4")
                .contains("!!org.apache.shardingsphere.elasticjob.tracing.yaml.YamlTracingConfiguration")
                .contains("type: RDB")
                .contains("somethingNew: 7");
        assertThat(ConfigYaml.read(rewritten).getShardingTotalCount()).isEqualTo(4);
    }

    @Test
    void aMissingFlagMeansFalseAsItDoesToElasticJob() {
        JobConfiguration read = ConfigYaml.read("jobName: j\nshardingTotalCount: 1\n");
        assertThat(read.isMisfire()).isFalse();
        assertThat(read.isMonitorExecution()).isFalse();
        assertThat(read.getReconcileIntervalMinutes()).isZero();
    }

    @Test
    void flowSyntaxAndTheNewerNameOfThePoolAreRead() {
        JobConfiguration read = ConfigYaml.read(
                "{\"jobName\":\"j\",\"shardingTotalCount\":2,\"jobExecutorThreadPoolSizeProviderType\":\"SINGLE_THREAD\"}");
        assertThat(read.getJobExecutorThreadPoolSizeProviderType()).isEqualTo("SINGLE_THREAD");
        assertThat(ConfigYaml.write(read, null)).contains("jobExecutorServiceHandlerType: SINGLE_THREAD");
    }

    @Test
    void theNameOfThePoolIsThatOfTheReleaseThatIsThere() {
        JobConfiguration job = JOB_A.toBuilder()
                .jobExecutorThreadPoolSizeProviderType("SINGLE_THREAD")
                .build();
        String newer = ConfigYaml.write(job, null, PeerVersion.V3_0_5);
        assertThat(newer).contains("jobExecutorThreadPoolSizeProviderType: SINGLE_THREAD");
        assertThat(ConfigYaml.write(job, newer)).isEqualTo(newer);
        String tracedByNewer =
                GOLDEN + "jobExtraConfigurations:\n- !!org.apache.shardingsphere.elasticjob.kernel.tracing.yaml"
                        + ".YamlTracingConfiguration\n  type: RDB\n";
        assertThat(ConfigYaml.write(job, tracedByNewer))
                .contains("jobExecutorThreadPoolSizeProviderType: SINGLE_THREAD")
                .contains("!!org.apache.shardingsphere.elasticjob.kernel.tracing.yaml.YamlTracingConfiguration");
        assertThat(ConfigYaml.write(job, newer, PeerVersion.V3_0_4))
                .contains("jobExecutorServiceHandlerType: SINGLE_THREAD")
                .doesNotContain("jobExecutorThreadPoolSizeProviderType");
    }

    @Test
    void nonAsciiTextIsWrittenAsIs() {
        JobConfiguration job =
                JobConfiguration.newBuilder("j", 1).description("每日清理").build();
        assertThat(ConfigYaml.write(job, null)).contains("description: 每日清理");
    }

    @Test
    void rubbishIsRefusedWithAdvice() {
        assertThatThrownBy(() -> ConfigYaml.read("a: [")).isInstanceOf(InvalidSettingException.class);
        assertThatThrownBy(() -> ConfigYaml.read("just text"))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessageContaining("config");
        assertThatThrownBy(() -> ConfigYaml.read("jobName: j\nshardingTotalCount: many\n"))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessageContaining("shardingTotalCount: 'many'");
    }
}

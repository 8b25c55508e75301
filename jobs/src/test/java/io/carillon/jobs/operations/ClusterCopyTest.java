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
package io.carillon.jobs.operations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.operations.ClusterCopy.ImportPlan;
import io.carillon.jobs.operations.ClusterCopy.Job;
import io.carillon.jobs.operations.ClusterCopy.Step;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Export, import and comparison as texts: golden files beside this class. */
class ClusterCopyTest {

    private static final Job BILL = new Job(
            "com.example.Bill",
            JobConfiguration.newBuilder("bill", 2)
                    .cron("0 0 2 * * ?")
                    .timeZone("Asia/Shanghai")
                    .shardingItemParameters("0=Beijing,1=Shanghai")
                    .jobParameter("two\nlines: 'quoted' #5")
                    .failover(true)
                    .description("账单 and a very long description that a writer of YAML would like to fold into several"
                            + " lines because it is longer than eighty characters")
                    .setProperty("email.password", "hunter2")
                    .build(),
            7);
    private static final Job MAIL = new Job(
            "SCRIPT",
            JobConfiguration.newBuilder("mail", 1)
                    .setProperty("script.command.line", "send.sh")
                    .build(),
            0);

    private static Job bill(java.util.function.UnaryOperator<JobConfiguration.Builder> change) {
        return new Job(
                BILL.jobClass(), change.apply(BILL.configuration().toBuilder()).build(), BILL.version());
    }

    private static ClusterCopy copy(Job... jobs) {
        return new ClusterCopy(List.of(jobs), Map.of());
    }

    private static String golden(String name) {
        try (var file = ClusterCopyTest.class.getResourceAsStream(name)) {
            return new String(Objects.requireNonNull(file, name).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void anExportIsThisTextAndComesBackAsTheSameJobs() {
        ClusterCopy copy = new ClusterCopy(List.of(MAIL, BILL), Map.of("odd", "cron: x"));
        assertThat(copy.toText()).isEqualTo(golden("cluster-export.yaml"));
        ClusterCopy read = ClusterCopy.ofText(copy.toText());
        assertThat(read.jobs()).extracting(Job::jobClass).containsExactly("com.example.Bill", "SCRIPT");
        assertThat(read.jobs())
                .extracting(Job::configuration)
                .containsExactly(BILL.configuration(), MAIL.configuration());
        assertThat(read.toText())
                .as("the same but for what cannot be used")
                .isEqualTo(copy(MAIL, BILL).toText());
        assertThat(copy.compareWith(read).isSame()).isTrue();
    }

    @Test
    void aComparisonIsThisText() {
        ClusterCopy first = copy(
                BILL,
                MAIL,
                new Job("a.B", JobConfiguration.newBuilder("same", 1).build(), 3));
        ClusterCopy second = copy(
                bill(b -> b.shardingTotalCount(3)
                        .cron(null)
                        .setProperty("email.password", "hunter3")
                        .setProperty("streaming.process", "true")),
                new Job("a.C", JobConfiguration.newBuilder("new", 1).build(), 1),
                new Job("a.B", JobConfiguration.newBuilder("same", 1).build(), 9));
        assertThat(first.compareWith(second).toText("shop", "shop-test")).isEqualTo(golden("cluster-compare.txt"));
        assertThat(first.compareWith(second).isSame()).isFalse();
    }

    @Test
    void anImportPlanIsThisTextAndLeavesAloneWhatOnlyTheTargetHas() {
        ClusterCopy target = copy(
                bill(b -> b.cron("0 0 3 * * ?")),
                new Job("HTTP", MAIL.configuration(), 4),
                new Job("a.B", JobConfiguration.newBuilder("same", 1).build(), 3),
                new Job("a.B", JobConfiguration.newBuilder("theirs", 1).build(), 1));
        ClusterCopy wanted = ClusterCopy.ofText(copy(
                        BILL,
                        MAIL,
                        new Job("a.B", JobConfiguration.newBuilder("same", 1).build(), 0),
                        new Job("a.D", JobConfiguration.newBuilder("young", 1).build(), 0))
                .toText());
        ImportPlan plan = wanted.planImportInto(target);
        assertThat(plan.toText()).isEqualTo(golden("cluster-import.txt"));
        assertThat(plan.jobs())
                .extracting(ClusterCopy.Planned::step)
                .containsExactly(Step.UPDATE, Step.REFUSED, Step.SAME, Step.ADD);
        assertThat(plan.jobs().get(0).version())
                .as("of what is there: a change meanwhile is a conflict")
                .isEqualTo(7);
    }

    @Test
    void aTextThatIsNoExportIsRefusedWithItsLine() {
        String good = copy(BILL).toText();
        assertThatThrownBy(() -> ClusterCopy.ofText("jobs: []"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("line 1: 'jobs: []' (expected: '# Carillon jobs, format 1')");
        assertThatThrownBy(() -> ClusterCopy.ofText(good.replace("jobClass: ", "class: ")))
                .hasMessageStartingWith("line 3: 'class: com.example.Bill' (expected: jobClass");
        assertThatThrownBy(() -> ClusterCopy.ofText(good.replace("shardingTotalCount: 2", "shardingTotalCount: 0")))
                .hasMessageContaining("shardingTotalCount: 0")
                .hasMessageContaining("Nothing was taken over");
        assertThatThrownBy(
                        () -> ClusterCopy.ofText(good + copy(BILL).toText().replace("# Carillon jobs, format 1\n", "")))
                .hasMessageContaining("job 'bill' again");
        assertThatThrownBy(() -> ClusterCopy.ofText(good.replace("  jobName", "jobName")))
                .hasMessageContaining("expected: two blanks and a setting");
    }

    @Test
    void everySettingOfAJobIsCompared() {
        Set<String> getters = Arrays.stream(JobConfiguration.class.getMethods())
                .filter(method -> Modifier.isPublic(method.getModifiers())
                        && method.getDeclaringClass() == JobConfiguration.class
                        && method.getParameterCount() == 0)
                .map(Method::getName)
                .filter(name -> name.matches("(get|is)[A-Z].*"))
                .map(name -> name.replaceFirst("^(get|is)", ""))
                .map(name -> Character.toLowerCase(name.charAt(0)) + name.substring(1))
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> compared = BILL.configuration().settingsAsTexts().keySet().stream()
                .map(name -> name.replaceFirst("^props\\..*", "props"))
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(compared).isEqualTo(getters);
    }
}

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
package io.carillon.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.jobs.ElasticJobConfiguration.Prop;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What a job's class says of itself. */
class ElasticJobConfigurationTest {

    @ElasticJobConfiguration(jobName = "plain", shardingTotalCount = 2)
    static class Plain implements SimpleJob {
        @Override
        public void execute(ShardingContext context) {}
    }

    // as generators of subclasses name theirs
    static class Plain$$Generated extends Plain {}

    static class Silent implements SimpleJob {
        @Override
        public void execute(ShardingContext context) {}
    }

    @ElasticJobConfiguration(jobName = "bad", shardingTotalCount = 0)
    static class NoItems extends Silent {}

    @ElasticJobConfiguration(
            jobName = "twice",
            shardingTotalCount = 1,
            props = {@Prop(key = "a", value = "1"), @Prop(key = "a", value = "2")})
    static class TwoOfAKey extends Silent {}

    static final class Broken implements ElasticJobConfiguration.Extra {
        Broken(String needed) {}

        @Override
        public void addTo(JobConfiguration.Builder configuration) {}
    }

    @ElasticJobConfiguration(jobName = "broken", shardingTotalCount = 1, extraConfigurations = Broken.class)
    static class BrokenExtra extends Silent {}

    @Test
    void aClassThatSaysOnlyItsNameAndItsItemsHasTheDefaultsOfTheBuilder() {
        JobConfiguration plain = JobConfiguration.newBuilder("plain", 2).build();
        assertThat(JobConfiguration.of(Plain.class)).isEqualTo(plain);
        assertThat(JobConfiguration.of(Plain$$Generated.class)).isEqualTo(plain);
    }

    @Test
    void theAnnotationHasAnAttributeForEverySettingOfTheBuilder() {
        Set<String> settings = Arrays.stream(JobConfiguration.Builder.class.getMethods())
                .filter(method -> method.getReturnType() == JobConfiguration.Builder.class)
                .map(method -> method.getName().equals("setProperty") ? "props" : method.getName())
                .collect(Collectors.toCollection(TreeSet::new));
        settings.add("jobName");
        settings.add("extraConfigurations");
        assertThat(Arrays.stream(ElasticJobConfiguration.class.getDeclaredMethods())
                        .map(method -> method.getName())
                        .collect(Collectors.toSet()))
                .isEqualTo(settings);
    }

    @Test
    void whatCannotBeUsedIsRefusedByItsName() {
        assertThatThrownBy(() -> JobConfiguration.of(Silent.class))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessageStartingWith("@ElasticJobConfiguration: not on " + Silent.class.getName());
        assertThatThrownBy(() -> JobConfiguration.of(NoItems.class))
                .hasMessageStartingWith("shardingTotalCount: 0 (expected: 1..10000)");
        assertThatThrownBy(() -> JobConfiguration.of(TwoOfAKey.class))
                .hasMessageStartingWith("props: a (expected: each key once)");
        assertThatThrownBy(() -> JobConfiguration.of(BrokenExtra.class))
                .hasMessageStartingWith("extraConfigurations: " + Broken.class.getName() + " (expected: a class with");
    }
}

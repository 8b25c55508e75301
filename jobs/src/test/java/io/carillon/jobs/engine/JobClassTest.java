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
package io.carillon.jobs.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.jobs.ElasticJob;
import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.ShardingContext;
import io.carillon.jobs.SimpleJob;
import io.carillon.jobs.TypedJob;
import io.carillon.jobs.coordination.JobPaths;
import io.carillon.jobs.coordination.JobTree;
import io.carillon.jobs.coordination.JoinJob;
import io.carillon.jobs.coordination.Member;
import io.carillon.jobs.coordination.Registry.Answer;
import io.carillon.jobs.coordination.Registry.Node;
import io.carillon.jobs.coordination.Registry.Read;
import java.lang.reflect.Proxy;
import org.junit.jupiter.api.Test;

/** The class that the registry knows a job by, and who may join under it (ElasticJob's fault 15). */
class JobClassTest {

    private interface Billing extends SimpleJob {}

    static class Plain implements SimpleJob {
        @Override
        public void execute(ShardingContext context) {}
    }

    // as Spring, Guice and Byte Buddy name what they generate
    static class Plain$$SpringCGLIB$$0 extends Plain {}

    static class Plain$$EnhancerByGuice$$abc extends Plain$$SpringCGLIB$$0 {}

    static class Plain$ByteBuddy$x1 extends Plain {}

    private static final String PLAIN = Plain.class.getName();

    @Test
    void aGeneratedSubclassCountsAsWhatItExtends() {
        assertThat(JobClass.nameOf(new Plain())).isEqualTo(PLAIN);
        assertThat(JobClass.nameOf(new Plain$$SpringCGLIB$$0())).isEqualTo(PLAIN);
        assertThat(JobClass.nameOf(new Plain$$EnhancerByGuice$$abc())).isEqualTo(PLAIN);
        assertThat(JobClass.nameOf(new Plain$ByteBuddy$x1())).isEqualTo(PLAIN);
    }

    @Test
    void lambdasOfOneClassHaveOneNameThatNoRunChanges() {
        SimpleJob one = context -> {};
        SimpleJob two = System.out::println;
        assertThat(JobClass.nameOf(one)).isEqualTo(JobClassTest.class.getName() + "$$Lambda$");
        assertThat(JobClass.nameOf(two)).isEqualTo(JobClass.nameOf(one));
    }

    @Test
    void aProxyOfTheJdkIsNamedByItsInterfaceAndATypedJobByItsType() {
        assertThat(JobClass.nameOf(proxy(Billing.class))).isEqualTo(Billing.class.getName() + "$$Proxy");
        assertThat(JobClass.nameOf(proxy(Runnable.class, SimpleJob.class))).isEqualTo("java.lang.Runnable$$Proxy");
        assertThat(JobClass.nameOf(TypedJob.SCRIPT)).isEqualTo("SCRIPT");
    }

    private static ElasticJob proxy(Class<?>... types) {
        return (ElasticJob)
                Proxy.newProxyInstance(JobClassTest.class.getClassLoader(), types, (proxy, method, arguments) -> null);
    }

    @Test
    void fault15AnotherClassIsRefusedButNotAnotherProxyOrLambdaOfTheSame() {
        assertThat(joins("io.app.Billing", "io.app.Reports")).isFalse();
        assertThat(joins("io.app.Billing", "io.app.Billing")).isTrue();
        assertThat(joins("", "io.app.Billing")).isTrue();
        assertThat(joins("io.app.Billing$$EnhancerBySpringCGLIB$$1f2e", "io.app.Billing"))
                .isTrue();
        assertThat(joins("io.app.Billing", "io.app.Billing$$SpringCGLIB$$0")).isTrue();
        assertThat(joins("io.app.Main$$Lambda", "io.app.Main$$Lambda$"))
                .as("ElasticJob 3.0.5's")
                .isTrue();
        assertThat(joins("io.app.Main$$Lambda$", "io.app.Other$$Lambda$")).isFalse();
        assertThat(joins("SCRIPT", "HTTP")).isFalse();
    }

    private static boolean joins(String registered, String jobClass) {
        JobPaths paths = new JobPaths("ns", "a");
        JobTree tree = new JobTree(paths);
        tree.answered(new Read.Get(paths.root()), new Answer.Found(new Node(paths.root(), registered, 0, 1, 1, 0, 0)));
        JoinJob.Decision decision = JoinJob.decide(
                tree,
                new Member("10.0.0.1@-@1", "10.0.0.1", 1, "t"),
                jobClass,
                JobConfiguration.newBuilder("a", 1).overwrite(true).build());
        if (decision instanceof JoinJob.Decision.Conflict conflict) {
            assertThat(conflict.message()).contains(registered, jobClass, "give it another name");
        }
        return decision instanceof JoinJob.Decision.Join;
    }
}

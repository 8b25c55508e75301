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

import io.carillon.jobs.ShardingContext;
import io.carillon.jobs.SimpleJob;
import io.carillon.jobs.coordination.InstanceProgress;
import io.carillon.jobs.model.Progress;
import io.carillon.jobs.operations.JobQueries.ItemStatus;
import io.carillon.testkit.jobs.ShardingContexts.TestShardingContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** How far a running item is, as its code says. */
class ProgressTest {

    private final OperatedCluster cluster = new OperatedCluster();
    private final OperatedCluster.Instance instance = cluster.new Instance("10.0.0.1");
    private final String path = InstanceProgress.path(OperatedCluster.NAMESPACE, instance.id);
    private final List<String> told = new ArrayList<>();

    private ItemStatus item(int item) {
        return cluster.operations.queries().job("a").orElseThrow().items().get(item);
    }

    private void poll() {
        instance.engine.poll(cluster.time.instant());
    }

    private void passFiveSeconds() {
        for (int i = 0; i < 50; i++) {
            cluster.time.advance(Duration.ofMillis(100));
            poll();
        }
    }

    private void run(SimpleJob code) {
        instance.start(job("a", 2, "0 0 * * * ?").build(), code);
        cluster.operations.queries().onChange(told::add);
        cluster.operations.commands().trigger("a");
        cluster.settle();
    }

    @Test
    void whatTheCodeSaysIsShownWhileTheItemRunsAndAtMostEveryFiveSeconds() {
        AtomicReference<RuntimeException> wrong = new AtomicReference<>();
        List<Progress> seen = new ArrayList<>();
        run(context -> {
            if (context.getShardingItem() == 1) {
                return;
            }
            context.reportProgress(1_200, 5_000);
            poll();
            seen.add(item(0).progress());
            String first = cluster.server.data(path);
            for (int i = 0; i < 1_000; i++) {
                context.reportProgress(1_300 + i, 5_000);
                poll();
            }
            assertThat(cluster.server.data(path)).isEqualTo(first);
            told.clear();
            passFiveSeconds();
            seen.add(item(0).progress());
            try {
                context.reportProgress(-1, 2);
            } catch (IllegalArgumentException e) {
                wrong.set(e);
            }
        });
        assertThat(seen).extracting(Progress::done).containsExactly(1_200L, 2_299L);
        assertThat(seen).extracting(Progress::total).containsOnly(5_000L);
        assertThat(seen.get(1).at()).isEqualTo(seen.get(0).at().plusSeconds(5));
        assertThat(told).contains("a");
        assertThat(wrong.get()).hasMessage("done: -1 (expected: 0 or greater)");
        assertThat(item(0).progress()).isNull();
        cluster.pass(Duration.ofSeconds(6));
        assertThat(cluster.server.data(path)).isNull();
    }

    @Test
    void twoItemsShareOneNodeAndWhatIsNotKnownHasNoTotal() {
        List<String> nodes = new ArrayList<>();
        run(context -> {
            context.reportProgress(context.getShardingItem(), -7);
            passFiveSeconds();
            nodes.add(String.valueOf(cluster.server.data(path)));
        });
        assertThat(InstanceProgress.parse(nodes.get(0)).item("a", 0)).satisfies(progress -> {
            assertThat(progress.done()).isZero();
            assertThat(progress.total()).isZero();
        });
        assertThat(InstanceProgress.parse(nodes.get(1)).item("a", 1)).isNotNull();
        assertThat(nodes.get(1).lines()).hasSize(1);
    }

    @Test
    void itComesBackWithANewSession() {
        List<String> nodes = new ArrayList<>();
        run(context -> {
            if (context.getShardingItem() == 0) {
                context.reportProgress(1, 2);
                poll();
                instance.client.expireSession();
                poll();
                nodes.add(String.valueOf(cluster.server.data(path)));
                passFiveSeconds();
                nodes.add(String.valueOf(cluster.server.data(path)));
            }
        });
        assertThat(nodes.get(0)).isEqualTo("null");
        assertThat(InstanceProgress.parse(nodes.get(1)).item("a", 0)).isNotNull();
    }

    @Test
    void aJobThatSaysNothingWritesNothing() {
        List<String> nodes = new ArrayList<>();
        run(context -> {
            passFiveSeconds();
            nodes.addAll(cluster.server.dump().keySet());
        });
        assertThat(nodes).isNotEmpty().noneMatch(InstanceProgress::isAt);
    }

    @Test
    void aContextForUnitTestsKeepsWhatWasSaidLast() {
        TestShardingContext context = ShardingContexts.of("a", 0, 1);
        assertThat(context.progress()).isNull();
        say(context);
        assertThat(context.progress()).isEqualTo(new Progress(3, 0, context.scheduledTime()));
        assertThatThrownBy(() -> context.reportProgress(-1, 1)).isInstanceOf(IllegalArgumentException.class);
    }

    private static void say(ShardingContext context) {
        context.reportProgress(1, 10);
        context.reportProgress(3, 0);
    }
}

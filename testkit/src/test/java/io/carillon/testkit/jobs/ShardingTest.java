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
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.jobs.InvalidSettingException;
import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.JobEngine;
import io.carillon.jobs.JobEngineOptions;
import io.carillon.jobs.SimpleJob;
import io.carillon.jobs.coordination.ShardingStrategy;
import io.carillon.jobs.engine.ClusterJobEngine;
import io.carillon.jobs.engine.SystemTime;
import io.carillon.jobs.operations.HealthReason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Sharding strategies: the contract of each, and whole engines that follow them. */
class ShardingTest {

    private final InMemoryRegistry server = InMemoryRegistry.threaded(new SystemTime(), Duration.ofSeconds(20));

    private abstract static class Standard extends ShardingStrategyContract {
        private final String type;

        Standard(String type) {
            this.type = type;
        }

        @Override
        protected ShardingStrategy strategy() {
            return Objects.requireNonNull(ShardingStrategy.of(type));
        }
    }

    @Nested
    class AvgAllocation extends Standard {
        AvgAllocation() {
            super("AVG_ALLOCATION");
        }
    }

    @Nested
    class Odevity extends Standard {
        Odevity() {
            super("ODEVITY");
        }
    }

    @Nested
    class RoundRobin extends Standard {
        RoundRobin() {
            super("ROUND_ROBIN");
        }
    }

    @Nested
    class SingleShardingBalance extends Standard {
        SingleShardingBalance() {
            super("SINGLE_SHARDING_BALANCE");
        }
    }

    @Nested
    class OwnOne extends ShardingStrategyContract {
        @Override
        protected ShardingStrategy strategy() {
            return new SmallestTakesAll();
        }

        @Override
        protected int mostUneven() {
            return Integer.MAX_VALUE;
        }
    }

    /** A strategy of the user's, registered as a service of these tests. */
    public static final class SmallestTakesAll implements ShardingStrategy {
        @Override
        public String type() {
            return "SMALLEST_TAKES_ALL";
        }

        @Override
        public List<String> owners(Deal deal) {
            return Collections.nCopies(deal.total(), Collections.min(deal.instances()));
        }
    }

    private JobEngine engine(String suffix) {
        return ClusterJobEngine.start(
                server.connect(),
                JobEngineOptions.newBuilder("test")
                        .instanceId("10.0.0.1@-@" + suffix)
                        .build());
    }

    private record Noting(BlockingQueue<String> ran, AtomicInteger running, String who) implements SimpleJob {
        @Override
        public void execute(io.carillon.jobs.ShardingContext context) {
            assertThat(running.incrementAndGet()).isEqualTo(1);
            running.decrementAndGet();
            ran.add(who);
        }
    }

    @Test
    void fault12ProcessesOfOneHostTakeTurnsAndEachFiringRunsOnce() throws Exception {
        BlockingQueue<String> ran = new LinkedBlockingQueue<>();
        AtomicInteger running = new AtomicInteger();
        JobConfiguration turns = JobConfiguration.newBuilder("turns", 1)
                .jobShardingStrategyType("SINGLE_SHARDING_BALANCE")
                .build();
        try (JobEngine a = engine("a");
                JobEngine b = engine("b");
                JobEngine c = engine("c")) {
            a.schedule(new Noting(ran, running, "a"), turns);
            b.schedule(new Noting(ran, running, "b"), turns);
            c.schedule(new Noting(ran, running, "c"), turns);
            List<String> took = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                // all instances are there, and what the last run left is gone
                Until.holds(() -> server.dump().keySet().stream()
                                        .filter(path -> path.contains("/instances/"))
                                        .count()
                                == 3
                        && server.dump().keySet().stream()
                                .noneMatch(path -> path.contains("/trigger/") || path.endsWith("/running")));
                a.commands().trigger("turns");
                took.add(ran.poll(30, TimeUnit.SECONDS));
            }
            assertThat(ran.poll(200, TimeUnit.MILLISECONDS)).isNull();
            Map<String, Integer> counts = new HashMap<>();
            took.forEach(who -> counts.merge(who, 1, Integer::sum));
            assertThat(counts).as(took.toString()).containsOnlyKeys("a", "b", "c");
            assertThat(counts.values()).as(took.toString()).allMatch(count -> count >= 3 && count <= 5);
        }
    }

    @Test
    void aStrategyOfTheUsersDealsTheItems() throws Exception {
        JobConfiguration mine = JobConfiguration.newBuilder("mine", 4)
                .jobShardingStrategyType("SMALLEST_TAKES_ALL")
                .build();
        BlockingQueue<String> ran = new LinkedBlockingQueue<>();
        try (JobEngine b = engine("b");
                JobEngine a = engine("a")) {
            SimpleJob code = context -> ran.add("");
            b.schedule(code, mine);
            a.schedule(code, mine);
            a.commands().trigger("mine");
            Until.holds(() -> ran.size() == 4);
            assertThat(server.dump()).containsEntry("/test/mine/sharding/3/instance", "10.0.0.1@-@a");
        }
    }

    @Test
    void aTypeThatIsNotKnownIsRefusedInCodeAndLeavesTheItemsWhereTheyAreInTheStore() throws Exception {
        BlockingQueue<Integer> ran = new LinkedBlockingQueue<>();
        JobConfiguration known = JobConfiguration.newBuilder("stays", 2).build();
        JobConfiguration unknown =
                known.toBuilder().jobShardingStrategyType("AVERAGE").build();
        try (JobEngine a = engine("a");
                JobEngine b = engine("b")) {
            SimpleJob code = context -> ran.add(context.getShardingItem());
            assertThatThrownBy(() -> a.schedule(code, unknown))
                    .isInstanceOf(InvalidSettingException.class)
                    .hasMessageContaining("jobShardingStrategyType: 'AVERAGE' (expected: one of [AVG_ALLOCATION")
                    .hasMessageContaining("SMALLEST_TAKES_ALL");
            a.schedule(code, known);
            a.commands().trigger("stays");
            Until.holds(() -> ran.size() == 2);
            a.commands().update(unknown);
            HealthReason why = HealthReason.of(HealthReason.Code.UNKNOWN_STRATEGY, "AVERAGE");
            Until.holds(() ->
                    a.queries().job("stays").orElseThrow().health().reasons().contains(why));
            b.schedule(code, known);
            a.commands().trigger("stays");
            Until.holds(() -> ran.size() == 4);
            assertThat(server.dump())
                    .containsEntry("/test/stays/sharding/0/instance", "10.0.0.1@-@a")
                    .containsEntry("/test/stays/sharding/1/instance", "10.0.0.1@-@a")
                    .doesNotContainKey("/test/stays/leader/sharding/necessary");
            a.commands().update(known);
            Until.holds(() -> server.dump().containsKey("/test/stays/leader/sharding/necessary"));
        }
    }
}

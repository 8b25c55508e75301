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

import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.history.RunRecord.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The limit on clocks that differ, and the look at everything from time to time, in virtual time. */
class ClockAndReconcileTest {

    private static JobConfiguration.Builder job(int items) {
        return JobConfiguration.newBuilder("job", items).cron("0/10 * * * * ?").timeZone("GMT");
    }

    @Test
    void aClockThatDiffersTooMuchIsToldAndOnlyThrowStopsTheItems() {
        for (long ahead : List.of(6L, -6L)) {
            for (String handler : List.of("LOG", "THROW")) {
                List<String> told = new ArrayList<>();
                DrivenCluster cluster = new DrivenCluster(Duration.ofSeconds(ahead));
                DrivenCluster.Instance a = cluster.join(
                        "10.0.0.1",
                        job(2).maxTimeDiffSeconds(5)
                                .jobErrorHandlerType(handler)
                                .build(),
                        context -> told.add("item"));
                cluster.until("10.900");
                if (handler.equals("LOG")) {
                    assertThat(told).containsExactly("item", "item");
                } else {
                    assertThat(told).isEmpty();
                    assertThat(a.ended).hasSize(2).allMatch(run -> run.outcome() == Outcome.INTERRUPTED);
                }
                assertThat(cluster.server.dump().keySet()).noneMatch(path -> path.endsWith("/running"));
            }
        }
    }

    @Test
    void theErrorHandlerIsToldHowFarTheClocksAreApart() {
        for (long ahead : List.of(6L, -6L)) {
            DistributeOnceTest.TOLD.clear();
            DrivenCluster cluster = new DrivenCluster(Duration.ofSeconds(ahead));
            DrivenCluster.Instance a = cluster.join(
                    "10.0.0.1",
                    job(1).maxTimeDiffSeconds(5).jobErrorHandlerType("KEEP").build(),
                    context -> {});
            cluster.until("10.900");
            assertThat(DistributeOnceTest.TOLD)
                    .singleElement()
                    .asString()
                    .startsWith(
                            "error maxTimeDiffSeconds: 5 (expected: clocks that differ by no more). This process is PT6S "
                                    + (ahead > 0 ? "behind" : "ahead of") + " the registry");
            assertThat(a.ended).hasSize(1).allMatch(run -> run.outcome() == Outcome.SUCCEEDED);
        }
    }

    @Test
    void withinTheLimitOrWithoutOneClocksMayDifferAndNoRequestIsMadeForIt() {
        List<Long> requests = new ArrayList<>();
        for (int limit : List.of(-1, 6)) {
            DrivenCluster cluster = new DrivenCluster(Duration.ofSeconds(6));
            List<String> told = new ArrayList<>();
            cluster.join(
                    "10.0.0.1",
                    job(2).maxTimeDiffSeconds(limit)
                            .jobErrorHandlerType("THROW")
                            .build(),
                    context -> told.add("item"));
            cluster.until("10.900");
            long before = cluster.server.requests();
            cluster.until("20.900");
            requests.add(cluster.server.requests() - before);
            assertThat(told).hasSize(4);
        }
        assertThat(requests).containsExactly(2L, 2L);
    }

    @Test
    void anInstanceWhoseEndNobodyWasToldOfIsMissedAfterTheInterval() {
        JobConfiguration often = job(2).reconcileIntervalMinutes(2).build();
        DrivenCluster cluster = new DrivenCluster();
        DrivenCluster.Instance a = cluster.join("10.0.0.1", often, context -> {});
        DrivenCluster.Instance b = cluster.join("10.0.0.2", often, context -> {});
        cluster.until("10.900");
        assertThat(a.ended).hasSize(1);
        assertThat(b.ended).hasSize(1);
        // the leader's: its own dealing is answered, so no event is missed but those of the end
        a.client.loseNextEvents(1);
        b.die();
        a.client.loseNextEvents(0);
        cluster.until(Instant.parse("2026-01-01T00:01:58.900Z"));
        assertThat(cluster.node("sharding/0/instance")).isEqualTo("10.0.0.2@-@1");
        assertThat(cluster.node("leader/sharding/necessary")).isNull();
        cluster.until(Instant.parse("2026-01-01T00:02:05.900Z"));
        assertThat(cluster.node("leader/sharding/necessary")).isNotNull();
        cluster.until(Instant.parse("2026-01-01T00:02:10.900Z"));
        assertThat(cluster.node("sharding/0/instance")).isEqualTo("10.0.0.1@-@1");
        assertThat(a.ended).hasSize(1 + 11 + 2);
    }

    @Test
    void anIntervalBelowOneSwitchesTheLookOff() {
        DrivenCluster cluster = new DrivenCluster();
        cluster.join("10.0.0.1", job(1).cron(null).reconcileIntervalMinutes(0).build(), context -> {});
        cluster.until("01.000");
        long before = cluster.server.requests();
        cluster.until(Instant.parse("2026-01-01T00:10:30Z"));
        assertThat(cluster.server.requests()).isEqualTo(before);
        DrivenCluster looking = new DrivenCluster();
        looking.join("10.0.0.1", job(1).cron(null).build(), context -> {});
        looking.until("01.000");
        before = looking.server.requests();
        looking.until(Instant.parse("2026-01-01T00:10:30Z"));
        assertThat(looking.server.requests() - before).as("each 10 minutes").isEqualTo(2);
    }
}

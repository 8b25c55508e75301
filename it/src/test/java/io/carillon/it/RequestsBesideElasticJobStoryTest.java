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
package io.carillon.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.jobs.history.RunHistory;
import io.carillon.jobs.operations.JobRequests;
import io.carillon.jobs.operations.JobRequests.BackfillRequest;
import io.carillon.jobs.operations.JobRequests.TriggerRequest;
import io.carillon.jobs.operations.RegistryOperations;
import io.carillon.jobs.requests.JobRequest.State;
import io.carillon.launcher.SystemTime;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests for a job of which an instance of ElasticJob owns items, with a leader of either side. */
@Tag("elasticjob")
class RequestsBesideElasticJobStoryTest {

    private static final Instant RANGE = Instant.parse("2025-06-01T00:00:00Z");
    private static final int ITEMS = 4;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"c1", "e1"})
    void carillonRunsTheItemsOfElasticJobForARequestAndBothFireOn(String first) throws Exception {
        String second = first.equals("c1") ? "e1" : "c1";
        try (MixedCluster cluster = new MixedCluster(folder, "* * * * * ?", ITEMS, false, Duration.ZERO).open();
                RegistryOperations operations = RegistryOperations.open(
                        cluster.registry(),
                        MixedCluster.NAMESPACE,
                        RunHistory.none(),
                        SystemTime::now,
                        Duration.ofSeconds(15))) {
            cluster.start(first);
            MixedCluster.await("a leader", () -> cluster.leader().equals(first));
            cluster.start(second);
            awaitFullSeconds(cluster, 3);
            JobRequests requests = operations.commands().requests();
            String backfill =
                    requests.backfill(BackfillRequest.of(MixedCluster.JOB, RANGE, RANGE.plus(Duration.ofHours(5)))
                            .every(Duration.ofHours(1)));
            String trigger = requests.trigger(TriggerRequest.of(MixedCluster.JOB)
                    .at(RANGE.minusSeconds(1))
                    .onItems(List.of(0, 3)));
            for (String id : List.of(backfill, trigger)) {
                MixedCluster.await(
                        "the end of request " + id,
                        () -> requests.request(MixedCluster.JOB, id)
                                        .orElseThrow()
                                        .state()
                                == State.DONE);
            }
            Map<Long, Map<Integer, List<String>>> runs = cluster.printed("RUN");
            for (int hour = 0; hour < 5; hour++) {
                Map<Integer, List<String>> ran =
                        runs.get(RANGE.plus(Duration.ofHours(hour)).getEpochSecond());
                assertThat(ran).hasSize(ITEMS);
                assertThat(ran.values()).allSatisfy(names -> assertThat(names).containsExactly("c1"));
            }
            assertThat(runs.get(RANGE.getEpochSecond() - 1)).containsOnlyKeys(0, 3);
            awaitFullSeconds(cluster, 3);
            assertThat(cluster.printed("RUN").values())
                    .as("no item ran twice for one time")
                    .allSatisfy(ran -> assertThat(ran.values())
                            .allSatisfy(names -> assertThat(names).hasSize(1)));
            // ElasticJob's own trigger removes the node that requests touch; both go on working
            cluster.lifecycle("trigger " + MixedCluster.JOB);
            String after = requests.trigger(TriggerRequest.of(MixedCluster.JOB).at(RANGE.minusSeconds(2)));
            MixedCluster.await(
                    "a request after ElasticJob's trigger",
                    () -> requests.request(MixedCluster.JOB, after)
                                    .orElseThrow()
                                    .state()
                            == State.DONE);
        }
    }

    /** Waits until each of the last whole seconds ran all items, each by its owner, of both sides. */
    private static void awaitFullSeconds(MixedCluster cluster, int seconds) throws Exception {
        long from = SystemTime.now().getEpochSecond() + 1;
        MixedCluster.await("seconds in which both sides ran", () -> {
            long now = SystemTime.now().getEpochSecond();
            Map<Long, Map<Integer, List<String>>> runs = cluster.printed("RUN");
            for (long second = now - 1 - seconds; second < now - 1; second++) {
                Map<Integer, List<String>> ran = runs.getOrDefault(second, Map.of());
                if (second < from
                        || ran.size() != ITEMS
                        || ran.values().stream().distinct().count() != 2) {
                    return false;
                }
            }
            return true;
        });
    }
}

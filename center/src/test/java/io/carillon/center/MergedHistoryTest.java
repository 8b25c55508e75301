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
package io.carillon.center;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.center.MergedHistory.Histories;
import io.carillon.jobs.history.Decision;
import io.carillon.jobs.history.DecisionHistory;
import io.carillon.jobs.history.RunHistory;
import io.carillon.jobs.history.RunRecord;
import io.carillon.jobs.model.WhyNot;
import io.carillon.testkit.jobs.InMemoryDecisionHistory;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** What several services know, as one answer. */
class MergedHistoryTest {

    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    private static Decision decision(String instance, int second) {
        Instant due = NOW.plusSeconds(second);
        return new Decision(
                UUID.randomUUID(),
                "job",
                Decision.ALL,
                instance,
                WhyNot.SERVER_DISABLED,
                List.of("li", "x", "", "why"),
                due,
                due,
                1,
                due,
                due,
                true);
    }

    private static DecisionHistory holding(Decision... decisions) {
        InMemoryDecisionHistory history = new InMemoryDecisionHistory();
        history.record(List.of(decisions));
        return history;
    }

    private static final DecisionHistory BROKEN = new DecisionHistory() {
        @Override
        public void record(List<Decision> decisions) {}

        @Override
        public List<Decision> between(String jobName, Instant from, Instant to, int limit) {
            throw new IllegalStateException("the table is gone");
        }
    };

    private static RunRecord run(String job, int second) {
        Instant at = NOW.plusSeconds(second);
        return new RunRecord(
                UUID.randomUUID(),
                job,
                0,
                "a",
                1,
                RunRecord.Source.NORMAL_TRIGGER,
                at,
                at,
                at.plusMillis(5),
                RunRecord.Outcome.SUCCEEDED,
                0,
                null);
    }

    private static RunHistory runs(RunRecord... newestFirst) {
        return new RunHistory() {
            @Override
            public void record(List<RunRecord> runs) {}

            @Override
            public List<RunRecord> latest(String jobName, int limit) {
                return java.util.Arrays.stream(newestFirst)
                        .filter(run -> jobName.isEmpty() || jobName.equals(run.jobName()))
                        .limit(limit)
                        .toList();
            }
        };
    }

    @Test
    void theDecisionsOfAllServicesAreToldByTheirFirstFiringAndOneThatIsDownIsLeftOut() {
        Decision first = decision("a", 1);
        Decision second = decision("b", 2);
        Decision third = decision("a", 3);
        try (MergedHistory merged = new MergedHistory(
                Map.of(
                        "orders", new Histories(RunHistory.NONE, holding(first, third)),
                        "stock", new Histories(RunHistory.NONE, holding(second)),
                        "down", new Histories(RunHistory.NONE, BROKEN)),
                Duration.ofSeconds(30))) {
            assertThat(merged.decisions().between("job", NOW, NOW.plusSeconds(9), 10))
                    .containsExactly(first, second, third);
            assertThat(merged.decisions().between("job", NOW, NOW.plusSeconds(9), 2))
                    .containsExactly(first, second);
        }
    }

    @Test
    void whenNoServiceAnswersThatIsAnErrorAndNotAnEmptyAnswer() {
        CountDownLatch never = new CountDownLatch(1);
        DecisionHistory hangs = new DecisionHistory() {
            @Override
            public void record(List<Decision> decisions) {}

            @Override
            public List<Decision> between(String jobName, Instant from, Instant to, int limit) {
                try {
                    never.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                return List.of();
            }
        };
        try (MergedHistory merged = new MergedHistory(
                Map.of(
                        "slow", new Histories(RunHistory.NONE, hangs),
                        "down", new Histories(RunHistory.NONE, BROKEN)),
                Duration.ofMillis(50))) {
            assertThatThrownBy(() -> merged.decisions().between("job", NOW, NOW, 10))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining(
                            "history of decisions: no store answers: down: the table is gone; slow: no answer");
        }
    }

    @Test
    void theRunsOfAJobThatSeveralServicesRanAreOneList() {
        RunRecord old = run("both", 1);
        RunRecord middle = run("both", 2);
        RunRecord newest = run("both", 3);
        RunRecord other = run("one", 2);
        try (MergedHistory merged = new MergedHistory(
                Map.of(
                        "orders", new Histories(runs(newest, old), DecisionHistory.NONE),
                        "stock", new Histories(runs(middle, other), DecisionHistory.NONE)),
                Duration.ofSeconds(30))) {
            assertThat(merged.latestOf(List.of("both", "one", "none"), 2))
                    .isEqualTo(Map.of("both", List.of(newest, middle), "one", List.of(other)));
            assertThat(merged.find(RunHistory.Question.of("both", 2))).containsExactly(newest, middle);
            assertThat(merged.find(RunHistory.Question.of("both", 2).after(middle)))
                    .containsExactly(old);
            assertThat(merged.planned("both", NOW, NOW.plusSeconds(2), 10)).containsExactlyInAnyOrder(old, middle);
        }
    }
}

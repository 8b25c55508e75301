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

import io.carillon.jobs.coordination.InstanceAbout;
import io.carillon.jobs.coordination.JobPaths;
import io.carillon.jobs.coordination.Registry.CreateMode;
import io.carillon.jobs.coordination.Registry.Write;
import io.carillon.jobs.engine.DrivenEngine;
import io.carillon.jobs.execution.ItemRun;
import io.carillon.jobs.execution.Workers;
import io.carillon.jobs.history.Decision;
import io.carillon.jobs.history.JobObserver;
import io.carillon.jobs.history.RunRecord;
import io.carillon.jobs.model.InstanceId;
import io.carillon.jobs.model.WhyNot;
import io.carillon.jobs.operations.By;
import io.carillon.jobs.operations.HealthReason;
import io.carillon.jobs.operations.HealthReason.Code;
import io.carillon.jobs.operations.JobQueries;
import io.carillon.jobs.operations.JobQueries.InstanceDetail;
import io.carillon.jobs.operations.JobQueries.Intent;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The facts behind a job's health, as a snapshot of the registry sees them come and go. */
class HealthFactsTest {

    private static final String ONE = "10.0.0.1";
    private static final String TWO = "10.0.0.2";
    private static final String OFTEN = "0/2 * * * * ?";
    private static final String SELDOM = "0 0 0 1 1 ? 2099";
    private static final Duration WEEK = Duration.ofDays(7);

    private final OperatedCluster cluster = new OperatedCluster();
    private final JobQueries queries = cluster.operations.queries();
    private final JobPaths paths = new JobPaths(OperatedCluster.NAMESPACE, "a");

    private OperatedCluster.Instance instance(String ip) {
        return cluster.new Instance(ip);
    }

    private List<Code> codes() {
        return queries.job("a").orElseThrow().health().reasons().stream()
                .map(HealthReason::code)
                .toList();
    }

    @Test
    void aFiringThatNobodyRanIsLateAlsoWithoutAHistory() {
        OperatedCluster.Instance one = instance(ONE).join(job("a", 2, OFTEN).build());
        instance(TWO).join(job("a", 2, OFTEN).build());
        cluster.until("05.000");
        assertThat(codes()).doesNotContain(Code.LATE);
        // the engines stand still while their sessions live on
        cluster.instances.forEach(each -> each.dead = true);
        cluster.pass(Duration.ofSeconds(25));
        assertThat(codes()).doesNotContain(Code.LATE);
        cluster.pass(Duration.ofSeconds(10));
        assertThat(codes()).contains(Code.LATE);
        assertThat(one.ran()).isNotEmpty();
    }

    @Test
    void aJobThatIsEnabledAgainIsNotLateForWhatCameDueMeanwhile() {
        instance(ONE).join(job("a", 2, OFTEN).build());
        instance(TWO).join(job("a", 2, OFTEN).build());
        cluster.until("05.000");
        cluster.operations.commands().disable("a");
        cluster.pass(Duration.ofSeconds(100));
        assertThat(codes()).containsExactly(Code.DISABLED);
        cluster.operations.commands().enable("a");
        assertThat(codes()).doesNotContain(Code.LATE, Code.DISABLED);
    }

    @Test
    void whatIsSwitchedOffForAWeekIsForgottenWhoeverDidIt() {
        instance(ONE).join(job("a", 2, SELDOM).build());
        instance(TWO).join(job("a", 2, SELDOM).build());
        cluster.settle();
        cluster.write(new Write.SetData(paths.server(ONE), "DISABLED", -1));
        cluster.operations.commands().as(By.of("li", "why")).disableItem("a", 1);
        assertThat(codes()).doesNotContain(Code.FORGOTTEN);
        cluster.time.advance(WEEK.plusSeconds(1));
        assertThat(queries.job("a").orElseThrow().health().reasons())
                .filteredOn(reason -> reason.code() == Code.FORGOTTEN)
                .singleElement()
                .satisfies(reason -> assertThat(reason.arguments()).contains("server " + ONE, ""));
        assertThat(queries.job("a").orElseThrow().items().get(1).intent().by()).isEqualTo(By.of("li", "why"));
    }

    @Test
    void theIntentOfAJobSaysWhoPausedOrDisabledItAndElasticJobsMarkSaysOnlySinceWhen() {
        instance(ONE).join(job("a", 2, SELDOM).build());
        Instant now = cluster.time.instant();
        cluster.write(new Write.SetData(paths.server(ONE), "DISABLED", -1));
        assertThat(intent())
                .isEqualTo(new Intent(
                        Intent.State.DISABLED,
                        now.truncatedTo(java.time.temporal.ChronoUnit.MILLIS),
                        null,
                        By.UNKNOWN));
        cluster.operations.commands().enable("a");
        assertThat(intent()).isEqualTo(Intent.ENABLED);
        By li = new By("li", "a release", "console");
        cluster.operations.commands().as(li).pauseUntil("a", now.plusSeconds(60));
        assertThat(intent()).isEqualTo(new Intent(Intent.State.PAUSED, now, now.plusSeconds(60), li));
        assertThat(queries.job("a").orElseThrow().nextRun()).isNull();
        assertThat(codes()).contains(Code.PAUSED);
    }

    private Intent intent() {
        return queries.job("a").orElseThrow().axes().intent();
    }

    @Test
    void anItemThatChangesItsOwnerAgainAndAgainIsFlapping() {
        instance(ONE).join(job("a", 1, SELDOM).build());
        cluster.settle();
        cluster.write(
                new Write.Create(paths.item(0), "", CreateMode.PERSISTENT),
                new Write.Create(paths.owner(0), ONE + "@-@1", CreateMode.PERSISTENT));
        cluster.instances.forEach(each -> each.dead = true);
        cluster.write(new Write.Delete(paths.necessary(), -1));
        for (int i = 0; i < 5; i++) {
            cluster.write(new Write.SetData(paths.owner(0), "10.0.0." + i + "@-@1", -1));
            // as a leader writes them: removed, then made again, with the same owner
            cluster.write(new Write.Delete(paths.owner(0), -1));
            cluster.write(new Write.Create(paths.owner(0), "10.0.0." + i + "@-@1", CreateMode.PERSISTENT));
        }
        assertThat(codes()).doesNotContain(Code.FLAPPING);
        cluster.write(new Write.SetData(paths.owner(0), ONE + "@-@1", -1));
        cluster.write(new Write.SetData(paths.owner(0), TWO + "@-@1", -1));
        assertThat(codes()).contains(Code.FLAPPING);
        cluster.time.advance(Duration.ofMinutes(11));
        assertThat(codes()).doesNotContain(Code.FLAPPING);
    }

    @Test
    void anItemIsUnownedFromTheFiringOnThatNobodyRanAndNoSpareIsOneThatTakesPart() {
        instance(ONE).join(job("a", 2, OFTEN).build());
        OperatedCluster.Instance two = instance(TWO).join(job("a", 2, OFTEN).build());
        cluster.until("05.000");
        assertThat(codes()).isEmpty();
        cluster.instances.forEach(each -> each.dead = true);
        two.die();
        assertThat(codes()).contains(Code.NO_SPARE).doesNotContain(Code.UNOWNED);
        cluster.pass(Duration.ofSeconds(3));
        assertThat(codes()).contains(Code.UNOWNED);
    }

    @Test
    void whatTheCodeDeclaresIsComparedWithWhatIsStored() {
        instance(ONE).join(job("a", 2, SELDOM).build());
        instance(TWO).join(job("a", 2, SELDOM).build());
        cluster.settle();
        assertThat(codes()).doesNotContain(Code.DRIFT);
        cluster.operations
                .commands()
                .update(job("a", 2, SELDOM).jobParameter("x").disabled(true).build());
        assertThat(queries.job("a").orElseThrow().health().reasons())
                .contains(HealthReason.of(Code.DRIFT, "jobParameter"));
        assertThat(queries.definition("a").drift()).containsExactly("jobParameter");
        instance("10.0.0.3").join(job("a", 2, SELDOM).jobParameter("x").build());
        assertThat(codes()).doesNotContain(Code.DRIFT);
    }

    // ---- instances ---------------------------------------------------------------------------------------------

    private final class Telling implements Workers {
        private final InMemoryRegistry.Client client = cluster.server.connect();
        private final DrivenEngine engine;
        private final List<ItemRun> waiting = new ArrayList<>();

        private final List<Decision> decisions = new ArrayList<>();

        Telling(String ip, Duration ahead, String cron) {
            JobObserver observer = new JobObserver() {
                @Override
                public void ended(RunRecord run) {}

                @Override
                public void decided(Decision decision) {
                    decisions.add(decision);
                }
            };
            engine = new DrivenEngine(
                    client,
                    OperatedCluster.NAMESPACE,
                    new InstanceId(ip, "1"),
                    Duration.ofSeconds(1),
                    () -> cluster.time.instant().plus(ahead),
                    this,
                    observer);
            engine.show(new InstanceAbout(
                    "web-1", 4711, "1.2", "17", cluster.time.instant(), 8, Duration.ofSeconds(4), Duration.ZERO));
            engine.open();
            engine.schedule(
                    (io.carillon.jobs.SimpleJob) context -> {},
                    job("a", 2, cron).build());
            poll();
        }

        void poll() {
            for (int i = 0; i < 30; i++) {
                engine.poll(cluster.time.instant());
            }
        }

        @Override
        public void start(ItemRun run, int atOnce) {
            waiting.add(run);
        }

        @Override
        public void close() {}
    }

    @Test
    void anInstanceTellsWhatItIsAndHowFarItsClockIsOff() {
        new Telling(ONE, Duration.ZERO, SELDOM);
        new Telling(TWO, Duration.ofSeconds(3), SELDOM);
        InstanceDetail one = queries.instanceDetails().get(0);
        assertThat(List.of(one.host(), one.pid(), one.version(), one.workers(), one.jobs()))
                .containsExactly("web-1", 4711L, "1.2", 8, List.of("a"));
        assertThat(one.ahead()).isEqualTo(Duration.ZERO);
        assertThat(one.session()).isNotZero();
        assertThat(one.sessionTimeout()).isEqualTo(Duration.ofSeconds(4));
        InstanceDetail two = queries.instanceDetails().get(1);
        assertThat(two.ahead()).isEqualTo(Duration.ofSeconds(3));
        assertThat(two.reasons()).containsExactly(HealthReason.of(Code.SKEW, TWO + "@-@1", 3_000));
        assertThat(codes()).contains(Code.SKEW);
    }

    @Test
    void anInstanceSaysWhatItIsAgainAfterItsSessionHasEnded() {
        Telling one = new Telling(ONE, Duration.ZERO, SELDOM);
        long before = queries.instanceDetails().get(0).session();
        one.client.expireSession();
        one.poll();
        assertThat(queries.instanceDetails().get(0).host()).isEqualTo("web-1");
        assertThat(queries.instanceDetails().get(0).session()).isNotIn(0L, before);
    }

    @Test
    void aFiringThatDidNotRunSaysByWhomTheJobOrTheItemIsSwitchedOffAndWhy() {
        Telling one = new Telling(ONE, Duration.ZERO, OFTEN);
        Instant now = cluster.time.instant();
        cluster.operations.commands().as(By.of("li", "a release")).pauseUntil("a", now.plusSeconds(5));
        for (int i = 0; i < 40; i++) {
            cluster.time.advance(Duration.ofMillis(100));
            one.poll();
        }
        assertThat(one.decisions)
                .filteredOn(decision -> decision.reason() == WhyNot.SERVER_DISABLED)
                .isNotEmpty()
                .allSatisfy(decision -> {
                    assertThat(decision.arguments())
                            .containsExactly(
                                    "li", now.toString(), now.plusSeconds(5).toString(), "a release");
                    assertThat(decision.text())
                            .isEqualTo("The server of this instance is switched off for the job, by 'li' since " + now
                                    + ", until '" + now.plusSeconds(5) + "': 'a release'.");
                });
    }

    @Test
    void aDrainedInstanceSaysWhoDrainedItAndIsForgottenAfterAWeek() {
        instance(TWO).join(job("a", 2, SELDOM).build());
        OperatedCluster.Instance one = instance(ONE).join(job("a", 2, SELDOM).build());
        Instant now = cluster.time.instant();
        drain(one);
        InstanceDetail drained = queries.instanceDetails().get(0);
        assertThat(drained.id()).isEqualTo(one.id);
        assertThat(drained.drained())
                .isEqualTo(new Intent(Intent.State.DISABLED, now, null, new By("li", "a release", "")));
        assertThat(drained.jobs()).isEmpty();
        cluster.time.advance(WEEK.plusSeconds(1));
        assertThat(queries.instanceDetails().get(0).reasons())
                .containsExactly(HealthReason.of(Code.FORGOTTEN, "instance " + one.id, now, "li"));
    }

    /** The order waits for the instance, which this thread drives, too. */
    private void drain(OperatedCluster.Instance one) {
        cluster.write(new Write.Create(
                io.carillon.jobs.coordination.InstanceOrder.inbox(OperatedCluster.NAMESPACE, one.id) + "/order-1",
                new io.carillon.jobs.coordination.InstanceOrder(
                                io.carillon.jobs.coordination.InstanceOrder.Kind.DRAIN,
                                "",
                                List.of(),
                                null,
                                "li",
                                "a release")
                        .print(),
                CreateMode.PERSISTENT));
        cluster.pass(Duration.ofSeconds(2));
    }
}

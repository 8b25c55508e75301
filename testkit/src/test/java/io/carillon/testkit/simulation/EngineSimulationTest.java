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
package io.carillon.testkit.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.coordination.Registry.CreateMode;
import io.carillon.jobs.coordination.Registry.Write;
import io.carillon.jobs.history.Decision;
import io.carillon.jobs.model.WhyNot;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class EngineSimulationTest {

    private static final int CORES = 2;

    /** {@code -Dcarillon.seeds=N} plays N histories, {@code -Dcarillon.seed=S} only that one. */
    @Test
    void everyHistoryKeepsTheInvariants() {
        Long only = Long.getLong("carillon.seed");
        if (only != null) {
            System.out.println(new EngineSimulation(only).run());
            return;
        }
        Simulations.Totals totals = Simulations.play(1, Integer.getInteger("carillon.seeds", 200), CORES, sofar -> {});
        System.out.println(totals.histories() + " histories, " + totals.allFaults() + " faults, " + totals.events()
                + " events, " + totals.ran() + " firings run, " + totals.excused() + " not run for a reason");
        totals.violations().stream().findFirst().ifPresent(violation -> {
            throw violation;
        });
        assertThat(totals.faults().keySet()).isEqualTo(EnumSet.allOf(FaultKind.class));
        assertThat(totals.excused()).isLessThan(totals.ran() / 2);
        assertThat(totals.requested()).isPositive();
        assertThat(totals.rerun()).isPositive();
        assertThat(totals.saves()).isPositive();
        assertThat(totals.takenOver()).isPositive();
    }

    @Test
    void aSeedPlaysTheSameHistoryAgain() {
        assertThat(new EngineSimulation(42).run()).isEqualTo(new EngineSimulation(42).run());
    }

    /** The table of {@code ./carillon simulate --mutants}; half a minute or more. */
    @Test
    @Tag("story")
    void everyDeliberateFaultIsFound() {
        for (Mutant mutant : Mutant.values()) {
            Simulations.Found found = Simulations.find(mutant, 1, 2_000);
            System.out.printf("%-48s %5d seeds%n", mutant.text(), found.seeds());
            assertThat(found.violation()).as(mutant.text()).isNotNull();
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Mutant.class,
            names = {"RESHARD_WHILE_RUNNING", "LATE_NECESSARY", "REQUEST_DELETED_EARLY"})
    void aDeliberateFaultInTheProtocolIsFoundSoon(Mutant mutant) {
        assertThat(Simulations.find(mutant, 1, 50).violation()).isNotNull();
    }

    @Test
    void aLostFiringIsReportedWithOneCommandThatReplaysIt() {
        Simulations.Found found = Simulations.find(Mutant.LATE_NECESSARY, 1, 50);
        assertThat(found.violation()).isNotNull();
        Violation violation = found.violation();
        assertThat(violation)
                .hasMessageContaining("replay: ./carillon simulate --seed " + violation.seed() + " --trace");
        assertThat(violation.history()).contains("latest events", " asks ", " hears ", "registry at");
    }

    /** Reasons may come from the engine as well as from what can be seen from outside. */
    @Test
    void aFurtherSourceOfReasonsIsAskedWhyAFiringWasNotRun() {
        Set<String> asked = new TreeSet<>();
        long seed = 1;
        while (asked.isEmpty() && seed < 200) {
            EngineSimulation simulation = new EngineSimulation(seed++, Mutant.LATE_NECESSARY, null);
            simulation.addReasons((job, item, scheduledTime) -> {
                asked.add(job);
                return "the request to deal was late";
            });
            try {
                simulation.run();
            } catch (Violation violation) {
                // of something else; what is lost is asked for in another history
                assertThat(violation.seed()).isEqualTo(seed - 1);
            }
        }
        assertThat(List.copyOf(asked).get(0)).startsWith("job");
    }

    // ---- what the rules ask for, and what they do not ------------------------------------------------------------

    /** One job, before anybody has started. */
    private static EngineSimulation ofOneJob(boolean mixed, boolean meets) {
        for (long seed = 1; ; seed++) {
            EngineSimulation simulation = new EngineSimulation(seed);
            SimulatedJob job = simulation.jobs().get(0);
            if (simulation.jobs().size() == 1 && simulation.isMixed() == mixed && job.meets == meets) {
                JobConfiguration configuration = job.configuration().toBuilder()
                        .cron("0/2 * * * * ?")
                        .shardingTotalCount(2)
                        .jobShardingStrategyType("AVG_ALLOCATION")
                        .failover(true)
                        .monitorExecution(true)
                        .build();
                job.changed(configuration, simulation.world().now());
                return simulation;
            }
        }
    }

    private static void play(EngineSimulation simulation, Duration length) {
        simulation.playUntil(simulation.world().now().plus(length));
    }

    private static void write(EngineSimulation simulation, Write... writes) {
        Deque<Runnable> steps = new ArrayDeque<>();
        simulation.server().connect(steps::add).commit(List.of(writes), result -> {});
        while (!steps.isEmpty()) {
            steps.remove().run();
        }
    }

    @Test
    void whatWasNoItemAnyMoreWhenItWasCutOffNeedNotBeRunAgain() {
        EngineSimulation simulation = ofOneJob(false, false);
        SimulatedJob job = simulation.jobs().get(0);
        simulation.startHost();
        SimulatedHost host = simulation.hosts().get(0);
        while (host.begun().stream().noneMatch(run -> run.order().item() == 1)) {
            play(simulation, Duration.ofMillis(1));
        }
        simulation
                .faults()
                .configure(
                        job,
                        job.configuration().toBuilder().shardingTotalCount(1).build());
        host.crash(EngineSimulation.SESSION_TIMEOUT);
        simulation.startHost();
        play(simulation, EngineSimulation.SETTLE);
        simulation.invariants().checkSettled();
    }

    @Test
    void aServerThatWasOffBeforeAPauseIsSwitchedOnWithTheOthersWhenTheFaultsAreOver() {
        EngineSimulation simulation = ofOneJob(false, false);
        SimulatedJob job = simulation.jobs().get(0);
        simulation.startHost();
        simulation.startHost();
        play(simulation, Duration.ofSeconds(3));
        simulation.faults().switchServer(job, simulation.hosts().get(0).id().ip());
        simulation.faults().pause(job);
        simulation.hosts().get(1).crash(EngineSimulation.SESSION_TIMEOUT);
        simulation.faults().end();
        play(simulation, EngineSimulation.SETTLE);
        simulation.invariants().checkSettled();
    }

    @Test
    void whatAWrongClockHasRunAheadOfItsTimeIsRunAgainWhenAnElasticJobLeaderDealsItToAnother() {
        EngineSimulation simulation = ofOneJob(true, false);
        try {
            simulation.startPeer();
            play(simulation, Duration.ofSeconds(1));
            simulation.startHost();
            SimulatedHost early = simulation.hosts().get(0);
            play(simulation, Duration.ofSeconds(3));
            early.jump(Duration.ofSeconds(12), Duration.ofSeconds(4));
            play(simulation, Duration.ofSeconds(5));
            simulation.startHost();
            // nothing happens any more, but that its items' new owner comes to the times that it ran ahead
            play(simulation, Duration.ofSeconds(15));
            assertThat(simulation.invariants().runAgain()).isPositive();
        } finally {
            List.copyOf(simulation.peers()).forEach(ElasticJobPeer::end);
        }
    }

    @Test
    void nobodySetsTheClockOfASuspendedHost() {
        EngineSimulation simulation = ofOneJob(false, false);
        simulation.startHost();
        SimulatedHost host = simulation.hosts().get(0);
        play(simulation, Duration.ofSeconds(1));
        host.jump(Duration.ofSeconds(7), Duration.ofSeconds(1));
        host.suspend(Duration.ofSeconds(6), Duration.ofSeconds(5));
        play(simulation, Duration.ofSeconds(5));
        assertThat(host.hasJumped()).isTrue();
        play(simulation, Duration.ofSeconds(2));
        assertThat(host.hasJumped()).isFalse();
    }

    @Test
    void aClockThatHasJustBeenSetBackTellsNothingOfASuspensionSoItsTimeIsCounted() {
        EngineSimulation simulation = ofOneJob(false, false);
        simulation.startHost();
        SimulatedHost host = simulation.hosts().get(0);
        play(simulation, Duration.ofSeconds(1));
        host.jump(Duration.ofSeconds(-7), Duration.ofSeconds(1));
        host.suspend(Duration.ofSeconds(6), Duration.ofSeconds(5));
        play(simulation, Duration.ofSeconds(5));
        // a host that counts is set right while it stands still
        assertThat(host.hasJumped()).isFalse();
    }

    @Test
    void whoSaysByAClockThatIsBehindThatItWaitsHasWaitedAsLongAllTheSame() {
        Instant due = Instant.parse("2026-01-01T00:00:16Z");
        ObservedReasons reasons = new ObservedReasons(Duration.ofMillis(150));
        reasons.due("job", 0, due, "a");
        Instant itsTime = due.plusMillis(2_000);
        reasons.decided(
                new Decision(
                        new UUID(1, 1),
                        "job",
                        Decision.ALL,
                        "a",
                        WhyNot.WAITS_FOR_DEAL,
                        List.of(),
                        due,
                        due,
                        1,
                        due,
                        itsTime,
                        true),
                itsTime.plusMillis(124));
        reasons.beginJob("job", due.plusMillis(2_013), "it was paused");
        assertThat(reasons.whyNot("job", 0, due)).isEqualTo("it was paused");
    }

    @Test
    void whatIsNoItemAnyMoreWhenItsWaitIsOverIsNotRun() {
        Instant due = Instant.parse("2026-01-01T00:00:12Z");
        ObservedReasons reasons = new ObservedReasons(Duration.ofMillis(150));
        for (int item = 1; item <= 2; item++) {
            reasons.due("job", item, due, "a");
            reasons.noItem("job", item, due.plusMillis(419));
        }
        reasons.decided(
                new Decision(
                        new UUID(1, 1), "job", 2, "a", WhyNot.WAITS_FOR_DEAL, List.of(), due, due, 1, due, due, true),
                due.plusMillis(450));
        assertThat(reasons.whyNot("job", 2, due)).isEqualTo("it is no item any more");
        assertThat(reasons.whyNot("job", 1, due)).as("it did not wait").isNull();
        Instant next = due.plusSeconds(2);
        reasons.due("job", 1, next, "a");
        assertThat(reasons.whyNot("job", 1, next)).isEqualTo("it is no item any more");
    }

    @Test
    void whoHasMetAMomentAgoIsAboutToBegin() {
        EngineSimulation simulation = ofOneJob(false, true);
        SimulatedJob job = simulation.jobs().get(0);
        FiringLedger firings = simulation.invariants().firings();
        Instant due = job.nextDue;
        assertThat(due).isNotNull();
        String mark = job.paths.guaranteeMarks("started") + "/0";
        for (String path : List.of(
                "/" + SimulatedJob.NAMESPACE,
                job.paths.root(),
                job.paths.sharding(),
                job.paths.item(0),
                job.paths.item(1),
                job.paths.guarantee(),
                job.paths.guaranteeMarks("started"))) {
            write(simulation, new Write.Create(path, "", CreateMode.PERSISTENT));
        }
        write(
                simulation,
                new Write.Create(job.paths.owner(0), "10.0.0.1@-@p0", CreateMode.PERSISTENT),
                new Write.Create(mark, due + " 10.0.0.1@-@p0 a", CreateMode.PERSISTENT));
        firings.check();
        simulation.world().time().advanceTo(due);
        firings.check();
        simulation.world().time().advanceTo(due.plusMillis(3_999));
        write(simulation, new Write.Delete(mark, -1));
        firings.check();
        simulation.world().time().advanceTo(due.plusMillis(4_000));
        firings.check();
        simulation.world().time().advanceTo(due.plusMillis(5_000));
        assertThatThrownBy(firings::check).hasMessageContaining("item 0: the firing of " + due + " was not run");
    }
}

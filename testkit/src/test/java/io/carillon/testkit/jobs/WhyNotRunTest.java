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

import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.JobEngine;
import io.carillon.jobs.JobEngineOptions;
import io.carillon.jobs.SimpleJob;
import io.carillon.jobs.coordination.Registry.CreateMode;
import io.carillon.jobs.coordination.Registry.Write;
import io.carillon.jobs.engine.ClusterJobEngine;
import io.carillon.jobs.engine.DrivenEngine;
import io.carillon.jobs.engine.SystemTime;
import io.carillon.jobs.execution.ItemRun;
import io.carillon.jobs.execution.Workers;
import io.carillon.jobs.history.Decision;
import io.carillon.jobs.history.JobObserver;
import io.carillon.jobs.history.RunHistory;
import io.carillon.jobs.history.RunRecord;
import io.carillon.jobs.model.InstanceId;
import io.carillon.jobs.model.WhyNot;
import io.carillon.jobs.operations.Explanation;
import io.carillon.jobs.operations.Explanation.State;
import io.carillon.jobs.operations.RegistryOperations;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** "Why did it not run?", asked of whole engines in virtual time. */
class WhyNotRunTest {

    private static final Duration SESSION = Duration.ofSeconds(4);
    private static final String JOB = "job";

    private final ManualTime time = new ManualTime(Instant.parse("2026-01-01T00:00:00.500Z"));
    private final Deque<Runnable> steps = new ArrayDeque<>();
    private final InMemoryRegistry server = new InMemoryRegistry(time, SESSION, steps::add);
    private final List<Instance> instances = new ArrayList<>();
    private final InMemoryDecisionHistory decisions = new InMemoryDecisionHistory();
    private final List<RunRecord> runs = new ArrayList<>();
    private final RunHistory history = new RunHistory() {
        @Override
        public void record(List<RunRecord> ended) {
            runs.addAll(ended);
        }

        @Override
        public List<RunRecord> latest(String jobName, int limit) {
            List<RunRecord> latest = new ArrayList<>(runs);
            java.util.Collections.reverse(latest);
            return latest.stream().limit(limit).toList();
        }
    };
    private final RegistryOperations operations =
            RegistryOperations.open(server.connect(), "ns", history, decisions, time, Duration.ofSeconds(1));

    private final class Instance implements Workers, JobObserver {
        private final InMemoryRegistry.Client client = server.connect();
        private final DrivenEngine engine;
        private final List<ItemRun> waiting = new ArrayList<>();
        private boolean hold;
        private boolean frozen;

        Instance(String ip, JobConfiguration configuration) {
            engine = new DrivenEngine(client, "ns", new InstanceId(ip, "1"), Duration.ofSeconds(1), time, this, this);
            engine.open();
            engine.schedule((SimpleJob) context -> {}, configuration);
            instances.add(this);
        }

        @Override
        public void start(ItemRun run, int atOnce) {
            waiting.add(run);
        }

        @Override
        public void ended(RunRecord run) {
            history.record(List.of(run));
        }

        @Override
        public void decided(Decision decision) {
            decisions.record(List.of(decision));
        }

        void poll() {
            engine.poll(time.instant());
            if (!hold) {
                List<ItemRun> due = List.copyOf(waiting);
                waiting.clear();
                due.forEach(ItemRun::run);
                engine.poll(time.instant());
            }
        }

        @Override
        public void close() {}
    }

    private static JobConfiguration.Builder job(int items) {
        return JobConfiguration.newBuilder(JOB, items).cron("0/2 * * * * ?").timeZone("GMT");
    }

    private void settle() {
        boolean more = true;
        while (more) {
            instances.stream().filter(instance -> !instance.frozen).forEach(Instance::poll);
            more = !steps.isEmpty();
            while (!steps.isEmpty()) {
                steps.remove().run();
            }
        }
    }

    private void until(int second) {
        Instant end = at(second).plusMillis(500);
        settle();
        while (time.instant().isBefore(end)) {
            time.advance(Duration.ofMillis(100));
            settle();
        }
    }

    private static Instant at(int second) {
        return Instant.parse("2026-01-01T00:00:00Z").plusSeconds(second);
    }

    private void write(Write... writes) {
        InMemoryRegistry.Client admin = server.connect();
        admin.commit(List.of(writes), result -> {});
        settle();
        admin.close();
        settle();
    }

    private Explanation.Item why(int item, int second) {
        Explanation told = operations.queries().why(JOB, at(second), at(second));
        return told.firings().get(0).items().get(item);
    }

    private Stream<WhyNot> reasons(int item, int second) {
        return why(item, second).reasons().stream().map(Decision::reason);
    }

    @Test
    void aJobThatRunsLeavesNoDecisionsButThoseOfItsFirstDeal() {
        new Instance("10.0.0.1", job(2).build());
        until(30);
        long first = decisions.writes();
        until(50);
        assertThat(decisions.writes()).isEqualTo(first);
        assertThat(why(0, 40).state()).isEqualTo(State.RAN);
        assertThat(why(0, 40).text()).contains("on 10.0.0.1@-@1, fence ").contains("SUCCEEDED");
    }

    @Test
    void anInstanceWithoutItemsSaysSoOnce() {
        new Instance("10.0.0.1", job(1).build());
        new Instance("10.0.0.2", job(1).build());
        until(50);
        assertThat(decisions.all())
                .filteredOn(decision -> decision.reason() == WhyNot.NO_ITEMS)
                .hasSize(1);
        assertThat(why(0, 50).state()).isEqualTo(State.RAN);
    }

    @Test
    void anItemOrAServerThatIsSwitchedOffIsNamed() {
        new Instance("10.0.0.1", job(2).build());
        until(2);
        write(new Write.Create("/ns/job/sharding/1/disabled", "", CreateMode.PERSISTENT));
        until(4);
        assertThat(why(0, 4).state()).isEqualTo(State.RAN);
        assertThat(why(1, 4).state()).isEqualTo(State.PASSED);
        assertThat(reasons(1, 4)).containsExactly(WhyNot.ITEM_DISABLED);
        write(new Write.SetData("/ns/job/servers/10.0.0.1", "DISABLED", -1));
        until(6);
        assertThat(why(0, 6).state()).isEqualTo(State.PASSED);
        assertThat(reasons(0, 6)).containsExactly(WhyNot.SERVER_DISABLED);
    }

    @Test
    void aReshardingThatWaitsForARunningItemNamesItAndWhoHoldsIt() {
        Instance a = new Instance("10.0.0.1", job(2).build());
        Instance b = new Instance("10.0.0.2", job(2).build());
        until(3);
        Instance follower =
                server.dump().get("/ns/job/leader/election/instance").startsWith("10.0.0.1") ? b : a;
        Instance leader = follower == a ? b : a;
        follower.hold = true;
        until(4);
        new Instance("10.0.0.3", job(2).build());
        until(8);
        int item = leader.equals(a) ? 0 : 1;
        String held = follower == a ? "10.0.0.1@-@1" : "10.0.0.2@-@1";
        List<Decision> waits = decisions.all().stream()
                .filter(decision -> decision.reason() == WhyNot.WAITS_FOR_ITEM && !decision.ended())
                .toList();
        assertThat(waits).hasSize(1);
        assertThat(waits.get(0).arguments()).containsExactly(String.valueOf(item), held);
        assertThat(waits.get(0).firstDue()).isEqualTo(at(6));
        assertThat(decisions.all())
                .anyMatch(decision -> decision.reason() == WhyNot.WAITS_FOR_DEAL
                        && !decision.ended()
                        && decision.instance().equals("10.0.0.3@-@1"));
        assertThat(why(item, 4).state()).isEqualTo(State.RUNNING);
        assertThat(why(1 - item, 6).state()).as("merged into the next").isEqualTo(State.PASSED);
        assertThat(why(1 - item, 8).state()).isEqualTo(State.WAITING);
        follower.hold = false;
        until(10);
        assertThat(why(0, 10).state()).isEqualTo(State.RAN);
        assertThat(why(1, 10).state()).isEqualTo(State.RAN);
    }

    @Test
    void firingsThatComeDueDuringALongRunAreMergedOrLeftOut() {
        Instance a = new Instance("10.0.0.1", job(1).build());
        until(2);
        a.hold = true;
        until(9);
        assertThat(why(0, 4).state()).isEqualTo(State.RUNNING);
        assertThat(reasons(0, 6)).contains(WhyNot.MERGED);
        assertThat(why(0, 8).state()).isEqualTo(State.WAITING);
        assertThat(reasons(0, 8)).containsExactly(WhyNot.STILL_RUNNING);
        a.hold = false;
        settle();
        assertThat(why(0, 6).state()).isEqualTo(State.PASSED);
        assertThat(why(0, 8).state()).as("made up for").isEqualTo(State.RAN);
    }

    @Test
    void withoutMisfireTheFiringsOfALongRunArePassedBy() {
        Instance a = new Instance("10.0.0.1", job(1).misfire(false).build());
        until(2);
        a.hold = true;
        until(9);
        a.hold = false;
        until(10);
        assertThat(why(0, 6).state()).isEqualTo(State.PASSED);
        assertThat(reasons(0, 6)).containsExactly(WhyNot.MISFIRE_OFF);
        assertThat(why(0, 10).state()).isEqualTo(State.RAN);
    }

    @Test
    void aLostSessionIsTheReasonWhyARunWasInterruptedAndWhyTheNextWaits() {
        Instance a = new Instance("10.0.0.1", job(1).build());
        until(2);
        a.hold = true;
        until(4);
        a.client.disconnect();
        until(10);
        a.hold = false;
        until(13);
        assertThat(why(0, 4).run()).isNotNull().extracting(RunRecord::outcome).isEqualTo(RunRecord.Outcome.INTERRUPTED);
        assertThat(reasons(0, 4)).contains(WhyNot.CLAIM_LOST);
        a.client.reconnect();
        until(14);
        assertThat(reasons(0, 12)).contains(WhyNot.CLAIM_LOST);
        assertThat(why(0, 14).state()).isEqualTo(State.RAN);
    }

    @Test
    void aFiringThatComesDueWhileTheRegistryIsAwayWaitsAndSaysSo() {
        Instance a = new Instance("10.0.0.1", job(1).build());
        until(2);
        a.client.disconnect();
        until(4);
        assertThat(reasons(0, 4)).containsExactly(WhyNot.NOT_CONNECTED);
        assertThat(why(0, 4).state()).isEqualTo(State.WAITING);
        a.client.reconnect();
        settle();
        assertThat(why(0, 4).state()).isEqualTo(State.RAN);
    }

    @Test
    void aProcessThatStoodStillSaysWhichFiringsItMadeUpForWithOneRun() {
        Instance a = new Instance("10.0.0.1", job(1).cron("* * * * * ?").build());
        until(2);
        a.frozen = true;
        until(4);
        a.frozen = false;
        until(5);
        assertThat(reasons(0, 3)).containsExactly(WhyNot.MERGED);
        assertThat(why(0, 4).state()).isEqualTo(State.RAN);
    }

    @Test
    void whatNobodyWasThereToDecideIsUnknown() {
        Instance a = new Instance("10.0.0.1", job(1).build());
        until(2);
        a.engine.leaveAll();
        until(6);
        assertThat(why(0, 6).state()).isEqualTo(State.UNKNOWN);
        assertThat(why(0, 6).reasons()).isEmpty();
        assertThat(why(0, 40).state()).isEqualTo(State.NOT_DUE);
    }

    @Test
    void aStoredConfigurationThatCannotBeUsedIsNoted() {
        new Instance("10.0.0.1", job(1).build());
        until(2);
        write(new Write.SetData("/ns/job/config", "cron: [", -1));
        until(4);
        assertThat(decisions.all()).anyMatch(decision -> decision.reason() == WhyNot.CONFIGURATION_UNUSABLE);
    }

    @Test
    void aRunThatThrowsWhenItIsInterruptedByClosingIsInterruptedAndSaysWhy() throws Exception {
        InMemoryDecisionHistory kept = new InMemoryDecisionHistory();
        BlockingQueue<RunRecord> ended = new LinkedBlockingQueue<>();
        CountDownLatch started = new CountDownLatch(1);
        JobEngine engine = ClusterJobEngine.start(
                InMemoryRegistry.threaded(new SystemTime(), Duration.ofSeconds(20))
                        .connect(),
                JobEngineOptions.newBuilder("ns")
                        .closeGrace(Duration.ZERO)
                        .decisions(kept)
                        .observer(ended::add)
                        .build());
        engine.schedule(
                (SimpleJob) context -> {
                    started.countDown();
                    new CountDownLatch(1).await();
                },
                JobConfiguration.newBuilder(JOB, 1).build());
        engine.commands().trigger(JOB);
        assertThat(started.await(1, TimeUnit.MINUTES)).isTrue();
        engine.close();
        RunRecord run = ended.poll(1, TimeUnit.MINUTES);
        assertThat(run).isNotNull();
        assertThat(run.outcome()).isEqualTo(RunRecord.Outcome.INTERRUPTED);
        assertThat(run.cause())
                .startsWith("the instance goes away, and its grace time of PT0S is over")
                .contains("java.lang.InterruptedException");
        assertThat(kept.all()).anyMatch(decision -> decision.reason() == WhyNot.CLOSED && decision.ended());
    }

    @Test
    void aJobThatIsNotThereOrASlotTheWrongWayRoundIsRefused() {
        new Instance("10.0.0.1", job(1).build());
        until(2);
        assertThatThrownBy(() -> operations.queries().why("other", at(0), at(1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("job: 'other' (expected: a job of this namespace)");
        assertThatThrownBy(() -> operations.queries().why(JOB, at(1), at(0)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expected: not before");
    }
}

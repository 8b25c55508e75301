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

import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.ShardingContext;
import io.carillon.jobs.SimpleJob;
import io.carillon.jobs.coordination.ConfigYaml;
import io.carillon.jobs.coordination.JobPaths;
import io.carillon.jobs.coordination.JobTree;
import io.carillon.jobs.coordination.Member;
import io.carillon.jobs.coordination.OncePerFiring;
import io.carillon.jobs.coordination.OncePerFiring.Decision;
import io.carillon.jobs.coordination.OncePerFiring.Guest;
import io.carillon.jobs.coordination.OncePerFiring.Phase;
import io.carillon.jobs.coordination.Registry;
import io.carillon.jobs.coordination.Registry.Answer;
import io.carillon.jobs.coordination.Registry.CreateMode;
import io.carillon.jobs.coordination.Registry.Node;
import io.carillon.jobs.coordination.Registry.Read;
import io.carillon.jobs.coordination.Registry.Write;
import io.carillon.jobs.engine.DrivenEngine;
import io.carillon.jobs.execution.ItemRun;
import io.carillon.jobs.execution.Workers;
import io.carillon.jobs.history.JobObserver;
import io.carillon.jobs.history.RunRecord;
import io.carillon.jobs.history.RunRecord.Outcome;
import io.carillon.jobs.history.RunRecord.Source;
import io.carillon.jobs.model.InstanceId;
import io.carillon.jobs.model.PeerVersion;
import io.carillon.jobs.model.WhyNot;
import io.carillon.testkit.jobs.InMemoryRegistry;
import io.carillon.testkit.jobs.ManualTime;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the simulation has found, each as the shortest history that shows it. */
class SimulationFindingsTest {

    private static final Duration SESSION = Duration.ofSeconds(4);

    private final ManualTime time = new ManualTime(Instant.parse("2026-01-01T00:00:00.500Z"));
    private final Deque<Runnable> steps = new ArrayDeque<>();
    private final InMemoryRegistry server = new InMemoryRegistry(time, SESSION, steps::add);
    private final List<Instance> instances = new ArrayList<>();
    private final Deque<OnItsWay> onTheirWay = new ArrayDeque<>();

    /** An engine whose user code returns at once, or when the test says so. */
    private final class Instance implements Workers, JobObserver {
        private final InMemoryRegistry.Client client = server.connect();
        private final List<ItemRun> waiting = new ArrayList<>();
        private final List<RunRecord> ended = new ArrayList<>();
        private final List<io.carillon.jobs.history.Decision> decided = new ArrayList<>();
        private final List<Runnable> acts = new ArrayList<>();
        private final HostClock clock;
        private final DrivenEngine engine;
        private boolean hold;
        private boolean holdActs;
        private boolean dead;

        Instance(String ip, JobConfiguration configuration) {
            this(ip, configuration, Duration.ZERO, registry -> registry);
        }

        Instance(String ip, JobConfiguration configuration, Duration behind, UnaryOperator<Registry> way) {
            clock = new HostClock(time, behind.negated(), 0);
            engine = new DrivenEngine(
                    way.apply(client), "ns", new InstanceId(ip, "1"), Duration.ofSeconds(1), clock, this, this);
            engine.open();
            SimpleJob code = ShardingContext::getShardingItem;
            engine.schedule(code, configuration);
            instances.add(this);
        }

        @Override
        public void start(ItemRun run, int atOnce) {
            waiting.add(run);
        }

        @Override
        public void execute(Runnable act) {
            if (holdActs) {
                acts.add(act);
            } else {
                act.run();
            }
        }

        @Override
        public void ended(RunRecord record) {
            ended.add(record);
        }

        @Override
        public void decided(io.carillon.jobs.history.Decision decision) {
            decided.add(decision);
        }

        void finish() {
            List<ItemRun> runs = List.copyOf(waiting);
            waiting.clear();
            runs.forEach(ItemRun::run);
        }

        void die() {
            dead = true;
            client.expireSession();
        }

        @Override
        public void close() {}
    }

    /** Its commits arrive 0.4 s after they were asked for. */
    private Registry slow(Registry registry) {
        return (Registry) Proxy.newProxyInstance(
                Registry.class.getClassLoader(), new Class<?>[] {Registry.class}, (proxy, method, arguments) -> {
                    if (!method.getName().equals("commit")) {
                        return method.invoke(registry, arguments);
                    }
                    Instant arrives = time.instant().plusMillis(400);
                    @SuppressWarnings("unchecked")
                    List<Write> writes = (List<Write>) arguments[0];
                    @SuppressWarnings("unchecked")
                    Consumer<Registry.CommitResult> callback = (Consumer<Registry.CommitResult>) arguments[1];
                    onTheirWay.add(new OnItsWay(arrives, () -> registry.commit(writes, callback)));
                    return null;
                });
    }

    private record OnItsWay(Instant arrives, Runnable step) {}

    /** The first takeover takes effect, but who asked for it does not learn that. */
    private static Registry losingTheFirstTakeover(Registry registry) {
        boolean[] lost = {false};
        return (Registry) Proxy.newProxyInstance(
                Registry.class.getClassLoader(), new Class<?>[] {Registry.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("commit") && !lost[0]) {
                        @SuppressWarnings("unchecked")
                        List<Write> writes = (List<Write>) arguments[0];
                        if (Moment.of(writes) == Moment.TAKEOVER) {
                            lost[0] = true;
                            @SuppressWarnings("unchecked")
                            Consumer<Registry.CommitResult> callback = (Consumer<Registry.CommitResult>) arguments[1];
                            registry.commit(
                                    writes, result -> callback.accept(new Registry.CommitResult.Unknown("lost")));
                            return null;
                        }
                    }
                    return method.invoke(registry, arguments);
                });
    }

    private void settle() {
        while (!onTheirWay.isEmpty()
                && !time.instant().isBefore(onTheirWay.element().arrives())) {
            onTheirWay.remove().step().run();
        }
        boolean more = true;
        while (more) {
            for (Instance instance : instances) {
                if (!instance.dead) {
                    instance.engine.poll(instance.clock.instant());
                    if (!instance.hold) {
                        instance.finish();
                        instance.engine.poll(instance.clock.instant());
                    }
                }
            }
            more = !steps.isEmpty();
            while (!steps.isEmpty()) {
                steps.remove().run();
            }
        }
    }

    private void until(String secondsAndMillis) {
        Instant end = Instant.parse("2026-01-01T00:00:" + secondsAndMillis + "Z");
        settle();
        while (time.instant().isBefore(end)) {
            time.advance(Duration.ofMillis(100));
            settle();
        }
    }

    private static JobConfiguration.Builder job(int items) {
        return JobConfiguration.newBuilder("job", items).cron("0/2 * * * * ?").timeZone("GMT");
    }

    private Stream<RunRecord> runsOf(int second) {
        return instances.stream()
                .flatMap(instance -> instance.ended.stream())
                .filter(run -> run.outcome() == Outcome.SUCCEEDED
                        && run.scheduledTime().getEpochSecond() % 60 == second
                        && run.source() != Source.FAILOVER);
    }

    private void write(Write write) {
        InMemoryRegistry.Client admin = server.connect();
        admin.commit(List.of(write), result -> {});
        settle();
        admin.close();
        settle();
    }

    @Test
    void aClaimIsGivenUpBeforeTheRegistryMayHaveGivenItAway() {
        Instance a = new Instance("10.0.0.1", job(1).build());
        a.hold = true;
        until("02.500");
        ItemRun run = a.waiting.get(0);
        a.client.disconnect();
        until("04.400");
        assertThat(run.order().claim().isHeld()).isTrue();
        // a server that last heard of the client a third of the time-out before may end the session from 5.166 on
        until("05.100");
        assertThat(run.order().claim().isHeld()).isFalse();
    }

    @Test
    void aFrozenProcessDoesNotTrustItsClaimEither() {
        Instance a = new Instance("10.0.0.1", job(1).build());
        a.hold = true;
        until("02.500");
        time.advance(Duration.ofMillis(2_700));
        assertThat(a.waiting.get(0).order().claim().isHeld()).isFalse();
    }

    @Test
    void aFrozenProcessWhoseClockIsSetBackMeanwhileDoesNotTrustItsClaimEither() {
        Instance a = new Instance("10.0.0.1", job(1).build());
        a.hold = true;
        until("02.500");
        a.clock.jump(Duration.ofSeconds(-10));
        time.advance(Duration.ofMillis(2_700));
        assertThat(a.waiting.get(0).order().claim().isHeld()).isFalse();
    }

    @Test
    void aHostThatWasSuspendedAndDidNotCountTheTimeDoesNotTrustItsClaimEither() {
        Instance a = new Instance("10.0.0.1", job(1).build());
        a.hold = true;
        until("02.500");
        a.clock.suspend(true);
        time.advance(Duration.ofMillis(2_700));
        a.clock.suspend(false);
        assertThat(a.waiting.get(0).order().claim().isHeld()).isFalse();
    }

    @Test
    void aClockThatIsSetBackTakesNoClaimFromAProcessThatGoesOn() {
        Instance a = new Instance("10.0.0.1", job(1).build());
        a.hold = true;
        until("02.500");
        a.clock.jump(Duration.ofSeconds(-10));
        until("09.500");
        assertThat(a.waiting.get(0).order().claim().isHeld()).isTrue();
    }

    @Test
    void aRunIsInterruptedInTimeAlsoWhenTheClockIsSetBackInTheSilence() {
        Instance a = new Instance("10.0.0.1", job(1).build());
        a.hold = true;
        until("02.500");
        a.client.disconnect();
        a.clock.jump(Duration.ofSeconds(-10));
        until("05.100");
        assertThat(a.decided)
                .extracting(io.carillon.jobs.history.Decision::reason)
                .contains(WhyNot.CLAIM_LOST);
    }

    @Test
    void whatWasRunIsNotRunAgainWhenTheClockIsSetBackAndTheScheduleChanges() {
        Instance a = new Instance("10.0.0.1", job(1).build());
        until("04.500");
        assertThat(runsOf(4)).hasSize(1);
        a.clock.jump(Duration.ofSeconds(-2));
        String faster = ConfigYaml.write(job(1).cron("0/1 * * * * ?").build(), null, PeerVersion.V3_0_4);
        write(new Write.SetData("/ns/job/config", faster, -1));
        until("06.900");
        assertThat(runsOf(4)).hasSize(1);
        until("07.900");
        assertThat(runsOf(5)).hasSize(1);
    }

    @Test
    void whatWasRunOfAnItemThatIsSwitchedOffAfterwardsIsKnownToItsNextOwnerToo() {
        Instance late = new Instance("10.0.0.2", job(4).build(), Duration.ofMillis(2_600), registry -> registry);
        settle();
        Instance punctual = new Instance("10.0.0.1", job(4).build());
        until("07.500");
        int item = punctual.ended.get(punctual.ended.size() - 1).shardingItem();
        until("08.300");
        String disabled = "/ns/job/sharding/" + item + "/disabled";
        write(new Write.Create(disabled, "", CreateMode.PERSISTENT));
        // its next firing has passed it by; the other instance is at 7.9
        until("10.500");
        write(new Write.Delete(disabled, -1));
        punctual.die();
        until("11.500");
        assertThat(late.ended.stream().filter(run -> run.scheduledTime().getEpochSecond() % 60 == 8))
                .isNotEmpty();
        assertThat(late.ended.stream()
                        .filter(run -> run.scheduledTime().getEpochSecond() % 60 == 8)
                        .map(RunRecord::shardingItem))
                .as("the one who is gone has run it for 8")
                .doesNotContain(item);
    }

    @Test
    void theLaterTimeOfAFiringThatWaitsAgainStandsForWhatWasMissedBefore() {
        JobConfiguration once =
                job(2).misfire(true).jobListenerTypes(List.of("ONCE")).build();
        new Instance("10.0.0.2", once, Duration.ofMillis(8_500), registry -> registry);
        settle();
        Instance a = new Instance("10.0.0.1", once);
        // this one has come for 2, and waits for the leader, whose clock is behind, to come so far
        until("04.600");
        assertThat(reasonsOf(a, 4)).containsExactly(WhyNot.STILL_RUNNING);
        // the leader deals the items anew at its next firing only, at 6.5
        new Instance("10.0.0.3", once);
        until("06.900");
        assertThat(reasonsOf(a, 2)).contains(WhyNot.CLAIM_GIVEN_BACK, WhyNot.MERGED);
        assertThat(reasonsOf(a, 4)).contains(WhyNot.MERGED);
    }

    private static List<WhyNot> reasonsOf(Instance instance, int second) {
        Instant due = Instant.parse("2026-01-01T00:00:%02dZ".formatted(second));
        return instance.decided.stream()
                .filter(decision ->
                        !decision.firstDue().isAfter(due) && !decision.lastDue().isBefore(due))
                .map(io.carillon.jobs.history.Decision::reason)
                .distinct()
                .toList();
    }

    @Test
    void anItemThatWasRunBeforeItWasDealtToAnotherIsNotRunAgainForTheSameFiring() {
        Instance late = new Instance("10.0.0.2", job(2).build(), Duration.ofMillis(600), registry -> registry);
        settle();
        Instance punctual = new Instance("10.0.0.1", job(2).build());
        until("05.500");
        assertThat(runsOf(4).map(RunRecord::instance).distinct()).hasSize(2);
        until("06.200");
        assertThat(runsOf(6)).hasSize(1);
        punctual.engine.leaveAll();
        until("07.900");
        assertThat(late.ended.stream().filter(run -> run.scheduledTime().getEpochSecond() % 60 == 6))
                .as("of the firing that the one who left has run, only the other item")
                .hasSize(1);
        assertThat(runsOf(6).map(RunRecord::shardingItem)).containsExactlyInAnyOrder(0, 1);
        until("09.500");
        assertThat(runsOf(8).map(RunRecord::shardingItem)).containsExactlyInAnyOrder(0, 1);
    }

    @Test
    void whereTheStrategyMovesAfterEachRunSeveralItemsAllRun() {
        JobConfiguration turns =
                job(4).jobShardingStrategyType("SINGLE_SHARDING_BALANCE").build();
        new Instance("10.0.0.1", turns);
        new Instance("10.0.0.2", turns);
        until("05.500");
        assertThat(runsOf(4).map(RunRecord::shardingItem)).containsExactlyInAnyOrder(0, 1, 2, 3);
    }

    @Test
    void aDisabledItemThatADeadInstanceWasRunningDoesNotHoldUpTheOthers() {
        JobConfiguration failover = job(2).failover(true).build();
        Instance a = new Instance("10.0.0.2", failover);
        settle();
        Instance b = new Instance("10.0.0.1", failover);
        until("03.500");
        a.hold = true;
        until("04.500");
        int item = a.waiting.get(0).order().item();
        write(new Write.Create("/ns/job/sharding/" + item + "/disabled", "", CreateMode.PERSISTENT));
        a.die();
        until("09.500");
        assertThat(runsOf(8).map(RunRecord::shardingItem)).containsExactly(1 - item);
        write(new Write.Delete("/ns/job/sharding/" + item + "/disabled", -1));
        until("10.500");
        assertThat(b.ended.stream().filter(run -> run.scheduledTime().getEpochSecond() % 60 == 10))
                .hasSize(2);
    }

    @Test
    void whatWasTakenOverIsRunAlsoWhenTheAnswerIsLostAndAFiringWaits() {
        JobConfiguration failover = job(2).failover(true).build();
        Instance a = new Instance("10.0.0.1", failover);
        settle();
        Instance b = new Instance("10.0.0.9", failover, Duration.ZERO, SimulationFindingsTest::losingTheFirstTakeover);
        until("05.500");
        a.hold = true;
        until("06.500");
        int item = a.waiting.get(0).order().item();
        new Instance("10.0.0.3", failover);
        until("08.500");
        a.die();
        until("09.500");
        assertThat(b.ended.stream()
                        .filter(run -> run.source() == Source.FAILOVER)
                        .map(RunRecord::shardingItem))
                .containsExactly(item);
    }

    @Test
    void whoHasMetForAFiringDoesNotWaitForOneThatWaitsForADeal() {
        JobConfiguration once = job(2).jobListenerTypes(List.of("ONCE")).build();
        Instance a = new Instance("10.0.0.1", once);
        a.hold = true;
        settle();
        // its clock is ahead: it has come for a later firing when the other begins its own
        new Instance("10.0.0.2", once, Duration.ofSeconds(-3), registry -> registry);
        until("02.300");
        assertThat(a.waiting).hasSize(1);
        new Instance("10.0.0.3", once);
        settle();
        a.hold = false;
        until("09.500");
        assertThat(runsOf(8).map(RunRecord::instance)).contains("10.0.0.3@-@1");
    }

    @Test
    void whoseMarkIsRemovedWhileItActsForAllLeavesItsPlaceAtTheLatchAllTheSame() {
        Instance a = new Instance(
                "10.0.0.1", job(1).jobListenerTypes(List.of("ONCE")).build());
        a.hold = true;
        until("02.300");
        a.holdActs = true;
        a.hold = false;
        until("02.600");
        String latch = "/ns/job/guarantee/completed-latch";
        assertThat(a.acts).as("what is to be done after all items").hasSize(1);
        assertThat(server.childrenOf(latch)).hasSize(1);
        // as one does that has met for the next firing
        write(new Write.Delete("/ns/job/guarantee/completed/0", -1));
        a.holdActs = false;
        a.acts.get(0).run();
        until("03.500");
        assertThat(server.childrenOf(latch))
                .as("whoever queues up behind it would wait without end")
                .isEmpty();
        until("04.500");
        assertThat(runsOf(4)).hasSize(1);
    }

    @Test
    void aLeaderThatIsBusyBetweenAnyTwoFiringsDealsTheItemsAllTheSame() {
        JobConfiguration eachSecond = job(4).cron("* * * * * ?").build();
        new Instance("10.0.0.1", eachSecond, Duration.ZERO, this::slow);
        until("06.100");
        assertThat(runsOf(5)).hasSize(4);
        Instance other = new Instance("10.0.0.2", eachSecond);
        until("16.100");
        assertThat(other.ended).isNotEmpty();
        for (int second = 12; second < 15; second++) {
            assertThat(runsOf(second).map(RunRecord::shardingItem))
                    .as("of second %d", second)
                    .containsExactlyInAnyOrder(0, 1, 2, 3);
        }
    }

    @Test
    void whoComesAgainForAFiringDoesNotWaitForOneThatHasRunIt() {
        JobPaths paths = new JobPaths("ns", "job");
        JobTree tree = new JobTree(paths);
        found(tree, paths.instance("10.0.0.1@-@1"), "", 1);
        found(tree, paths.instance("10.0.0.2@-@1"), "", 2);
        found(tree, paths.server("10.0.0.1"), JobPaths.ENABLED, 0);
        found(tree, paths.server("10.0.0.2"), JobPaths.ENABLED, 0);
        found(tree, paths.owner(0), "10.0.0.1@-@1", 0);
        found(tree, paths.owner(1), "10.0.0.2@-@1", 0);
        String firing = "2026-01-01T00:00:42Z";
        Guest again = new Guest(new Member("10.0.0.1@-@1", "10.0.0.1", 1, "token"), Phase.STARTED, firing, List.of(0));
        found(tree, paths.guaranteeMarks("started") + "/0", firing + " 10.0.0.1@-@1 1", 0);
        assertThat(OncePerFiring.decide(tree, job(2).build(), again)).isInstanceOf(Decision.Wait.class);
        found(tree, paths.guaranteeMarks("completed") + "/1", firing + " 10.0.0.2@-@1 2", 0);
        assertThat(OncePerFiring.decide(tree, job(2).build(), again)).isInstanceOf(Decision.Commit.class);
    }

    @Test
    void whoseItemIsDealtToAnotherWhileItWaitsDoesNotTakeTheOthersMarkForTheEndOfItsWait() {
        JobPaths paths = new JobPaths("ns", "job");
        JobTree tree = new JobTree(paths);
        found(tree, paths.instance("10.0.0.1@-@1"), "", 1);
        found(tree, paths.instance("10.0.0.2@-@1"), "", 2);
        found(tree, paths.server("10.0.0.1"), JobPaths.ENABLED, 0);
        found(tree, paths.server("10.0.0.2"), JobPaths.ENABLED, 0);
        found(tree, paths.owner(0), "10.0.0.2@-@1", 0);
        found(tree, paths.owner(1), "10.0.0.1@-@1", 0);
        String mine = "2026-01-01T00:00:42Z 10.0.0.1@-@1 1";
        found(tree, paths.guaranteeMarks("started") + "/0", "2026-01-01T00:00:44Z 10.0.0.2@-@1 2", 0);
        found(tree, paths.guaranteeMarks("started") + "/1", mine, 0);
        Member me = new Member("10.0.0.1@-@1", "10.0.0.1", 1, "token");
        Guest waits = new Guest(me, Phase.STARTED, "2026-01-01T00:00:42Z", List.of(0, 1));
        assertThat(OncePerFiring.decide(tree, job(2).build(), waits))
                .as("nobody has done yet what comes before all items")
                .isInstanceOf(Decision.Commit.class);
        Guest replaced = new Guest(me, Phase.STARTED, "2026-01-01T00:00:42Z", List.of(0));
        assertThat(OncePerFiring.decide(tree, job(2).build(), replaced))
                .as("the item is another's")
                .isInstanceOf(Decision.GoBack.class);
    }

    @Test
    void amongTriggeredAndPlannedFiringsOneThatWaitsForNobodyActs() {
        JobPaths paths = new JobPaths("ns", "job");
        JobTree tree = new JobTree(paths);
        String[] about = {"2026-01-01T00:00:42Z", "-", "2026-01-01T00:00:44Z"};
        List<Guest> guests = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            String ip = "10.0.0." + (i + 1);
            String id = ip + "@-@1";
            found(tree, paths.instance(id), "", i + 1);
            found(tree, paths.server(ip), JobPaths.ENABLED, 0);
            found(tree, paths.owner(i), id, 0);
            found(tree, paths.guaranteeMarks("started") + "/" + i, about[i] + " " + id + " " + (i + 1), 0);
            String time = about[i].equals("-") ? "" : about[i];
            guests.add(new Guest(new Member(id, ip, i + 1, "token" + i), Phase.STARTED, time, List.of(i)));
        }
        assertThat(guests)
                .extracting(guest -> OncePerFiring.decide(tree, job(3).build(), guest) instanceof Decision.Commit)
                .as("the one that is triggered; the later one waits for the earlier one, which leaves it to that")
                .containsExactly(false, true, false);
    }

    @Test
    void whoWasTriggeredWaitsForThoseWhoWereNotTriggeredNoMore() {
        JobPaths paths = new JobPaths("ns", "job");
        JobTree tree = new JobTree(paths);
        found(tree, paths.instance("10.0.0.1@-@1"), "", 1);
        found(tree, paths.instance("10.0.0.2@-@1"), "", 2);
        found(tree, paths.server("10.0.0.1"), JobPaths.ENABLED, 0);
        found(tree, paths.server("10.0.0.2"), JobPaths.ENABLED, 0);
        found(tree, paths.owner(0), "10.0.0.1@-@1", 0);
        found(tree, paths.owner(1), "10.0.0.2@-@1", 0);
        found(tree, paths.guaranteeMarks("started") + "/0", "- 10.0.0.1@-@1 1", 0);
        Member me = new Member("10.0.0.1@-@1", "10.0.0.1", 1, "token");
        Guest triggered = new Guest(me, Phase.STARTED, "", List.of(0));
        assertThat(OncePerFiring.decide(tree, job(2).build(), triggered)).isInstanceOf(Decision.Commit.class);
        found(tree, paths.trigger("10.0.0.2@-@1"), "", 0);
        assertThat(OncePerFiring.decide(tree, job(2).build(), triggered)).isInstanceOf(Decision.Wait.class);
        found(tree, paths.guaranteeMarks("completed") + "/0", "- 10.0.0.1@-@1 1", 0);
        Guest ended = new Guest(me, Phase.COMPLETED, "", List.of(0));
        assertThat(OncePerFiring.decide(tree, job(2).build(), ended))
                .as("it runs nothing; what it has a trigger for is the next firing")
                .isInstanceOf(Decision.Commit.class);
        found(tree, paths.running(1), "10.0.0.2@-@1", 2);
        assertThat(OncePerFiring.decide(tree, job(2).build(), ended)).isInstanceOf(Decision.Wait.class);
    }

    @Test
    void nobodyWaitsAtTheEndForTheTakeoverOfWhatIsNoItemAnyMore() {
        JobConfiguration once =
                job(2).failover(true).jobListenerTypes(List.of("ONCE")).build();
        Instance a = new Instance("10.0.0.2", once);
        settle();
        Instance b = new Instance("10.0.0.1", once);
        until("03.500");
        b.hold = true;
        until("04.500");
        int cut = b.waiting.get(0).order().item();
        String fewer = ConfigYaml.write(once.toBuilder().shardingTotalCount(cut).build(), null, PeerVersion.V3_0_4);
        assertThat(cut).isEqualTo(1);
        write(new Write.SetData("/ns/job/config", fewer, -1));
        b.die();
        until("10.500");
        assertThat(a.ended.stream().filter(run -> run.scheduledTime().getEpochSecond() % 60 == 10))
                .hasSize(1);
    }

    @Test
    void withoutMarksNobodyWaitsAtTheEndForTheOwnersOfALaterDeal() {
        JobPaths paths = new JobPaths("ns", "job");
        JobTree tree = new JobTree(paths);
        found(tree, paths.instance("10.0.0.1@-@1"), "", 1);
        found(tree, paths.instance("10.0.0.2@-@1"), "", 2);
        found(tree, paths.server("10.0.0.1"), JobPaths.ENABLED, 0);
        found(tree, paths.server("10.0.0.2"), JobPaths.ENABLED, 0);
        found(tree, paths.owner(0), "10.0.0.2@-@1", 0);
        found(tree, paths.deal(), "10.0.0.2@-@1", 0);
        found(tree, paths.guaranteeMarks("completed") + "/0", "- 10.0.0.1@-@1 1", 0);
        Member me = new Member("10.0.0.1@-@1", "10.0.0.1", 1, "token");
        JobConfiguration unmarked = job(1).monitorExecution(false).build();
        int now = tree.version(paths.deal());
        assertThat(OncePerFiring.decide(tree, unmarked, new Guest(me, Phase.COMPLETED, "", List.of(0), now)))
                .isInstanceOf(Decision.Wait.class);
        assertThat(OncePerFiring.decide(tree, unmarked, new Guest(me, Phase.COMPLETED, "", List.of(0), now - 1)))
                .as("the present owner may have had no part in this firing, and never comes")
                .isInstanceOf(Decision.Commit.class);
    }

    @Test
    void whoComesBackDoesNotWriteOverTheMarkOfItsServerThatSomebodyHasSwitchedMeanwhile() {
        Instance a = new Instance("10.0.0.1", job(1).build());
        until("02.500");
        write(new Write.SetData("/ns/job/servers/10.0.0.1", JobPaths.DISABLED, -1));
        // it writes the mark itself when it joins anew
        a.client.expireSession();
        until("04.500");
        a.engine.drain();
        until("05.500");
        a.client.lag(true);
        write(new Write.SetData("/ns/job/servers/10.0.0.1", JobPaths.ENABLED, -1));
        a.engine.undrain();
        until("06.500");
        a.client.lag(false);
        until("08.500");
        assertThat(server.data("/ns/job/servers/10.0.0.1")).isEqualTo(JobPaths.ENABLED);
        assertThat(runsOf(8)).hasSize(1);
    }

    private static void found(JobTree tree, String path, String data, long session) {
        tree.answered(new Read.Get(path), new Answer.Found(new Node(path, data, 1, 1, 1, session, 0)));
    }

    @Test
    void aTriggerThatMetADealOfAJobWithoutScheduleIsDone() {
        JobConfiguration asked =
                JobConfiguration.newBuilder("job", 2).timeZone("GMT").build();
        new Instance("10.0.0.1", asked);
        settle();
        Instance other = new Instance("10.0.0.2", asked);
        until("01.000");
        write(new Write.Create("/ns/job/trigger", "", CreateMode.PERSISTENT));
        write(new Write.Create("/ns/job/trigger/10.0.0.2@-@1", "", CreateMode.PERSISTENT));
        until("02.000");
        assertThat(other.ended).hasSize(1);
    }

    @Test
    void whatATakerLeftBeforeItRanItIsRunByWhoComesLater() {
        new Instance("10.0.0.1", job(1).failover(true).build());
        until("02.500");
        write(new Write.Create("/ns/job/sharding/0/failovering", "10.0.0.9@-@gone", CreateMode.PERSISTENT));
        Instance later = new Instance("10.0.0.2", job(1).failover(true).build());
        until("03.500");
        assertThat(later.ended).extracting(RunRecord::source).containsExactly(Source.FAILOVER);
    }

    /** Does some of what is to be done: each instance in turn looks once, and one answer or change arrives. */
    private void play(int steps) {
        for (int step = 0; step < steps; step++) {
            for (int i = 0; i < instances.size(); i++) {
                Instance instance = instances.get((step + i) % instances.size());
                if (!instance.dead && i == 0) {
                    instance.engine.poll(instance.clock.instant());
                    instance.finish();
                }
            }
            Runnable next = this.steps.poll();
            if (next != null) {
                next.run();
            }
        }
    }

    /** As ElasticJob's API triggers: one node for each instance that is there. */
    private boolean trigger() {
        List<Write> writes = new ArrayList<>();
        if (server.dump().containsKey("/ns/job/instances")) {
            if (!server.dump().containsKey("/ns/job/trigger")) {
                writes.add(new Write.Create("/ns/job/trigger", "", CreateMode.PERSISTENT));
            }
            for (String id : server.childrenOf("/ns/job/instances")) {
                writes.add(new Write.Create("/ns/job/trigger/" + id, "", CreateMode.PERSISTENT));
            }
        }
        InMemoryRegistry.Client admin = server.connect();
        admin.commit(writes, result -> {});
        return writes.size() > 1;
    }

    private List<Integer> ran() {
        return instances.stream()
                .flatMap(instance -> instance.ended.stream())
                .filter(run -> run.outcome() == Outcome.SUCCEEDED)
                .map(RunRecord::shardingItem)
                .sorted()
                .toList();
    }

    @Test
    void aTriggerRunsEveryItemOnceWhereverItFallsWhileInstancesJoin() {
        for (int join = 0; join < 24; join++) {
            for (int trigger = 0; trigger < 24; trigger++) {
                SimulationFindingsTest world = new SimulationFindingsTest();
                JobConfiguration onlyTriggered =
                        JobConfiguration.newBuilder("job", 4).build();
                world.new Instance("10.0.0.2", onlyTriggered);
                world.play(join);
                world.new Instance("10.0.0.1", onlyTriggered);
                world.play(trigger);
                boolean asked = world.trigger();
                world.until("30.000");
                assertThat(world.ran())
                        .as("a second instance after %s steps, the trigger %s later", join, trigger)
                        .isEqualTo(asked ? List.of(0, 1, 2, 3) : List.of());
            }
        }
    }

    @Test
    void aTriggerRunsEveryItemWhereverItFallsWhileOneInstanceLeavesAndOneComes() {
        for (int change = 0; change < 16; change++) {
            for (int trigger = 0; trigger < 24; trigger++) {
                SimulationFindingsTest world = new SimulationFindingsTest();
                JobConfiguration onlyTriggered =
                        JobConfiguration.newBuilder("job", 6).build();
                Instance leaves = world.new Instance("10.0.0.2", onlyTriggered);
                world.new Instance("10.0.0.1", onlyTriggered);
                world.settle();
                assertThat(world.trigger()).isTrue();
                world.settle();
                assertThat(world.ran()).isEqualTo(List.of(0, 1, 2, 3, 4, 5));
                leaves.engine.drain();
                world.play(change);
                world.new Instance("10.0.0.3", onlyTriggered);
                world.play(trigger);
                world.trigger();
                world.until("30.000");
                assertThat(world.ran())
                        .as("the new one %s steps after the farewell, the trigger %s later", change, trigger)
                        .isEqualTo(List.of(0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5));
            }
        }
    }
}

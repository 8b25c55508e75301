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
import io.carillon.jobs.SimpleJob;
import io.carillon.jobs.coordination.ConfigYaml;
import io.carillon.jobs.coordination.Registry.CreateMode;
import io.carillon.jobs.coordination.Registry.Write;
import io.carillon.jobs.engine.DrivenEngine;
import io.carillon.jobs.execution.ItemRun;
import io.carillon.jobs.execution.Workers;
import io.carillon.jobs.history.Decision;
import io.carillon.jobs.history.JobObserver;
import io.carillon.jobs.history.RunRecord;
import io.carillon.jobs.history.RunRecord.Outcome;
import io.carillon.jobs.history.RunRecord.Source;
import io.carillon.jobs.model.InstanceId;
import io.carillon.jobs.model.WhyNot;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The faults that ElasticJob is known for, by their numbers in the study of it, in virtual time: what Carillon does instead. */
class KnownFaultsTest {

    private static final Duration SESSION = Duration.ofSeconds(4);

    private final ManualTime time = new ManualTime(Instant.parse("2026-01-01T00:00:00.500Z"));
    private final Deque<Runnable> steps = new ArrayDeque<>();
    private final InMemoryRegistry server = new InMemoryRegistry(time, SESSION, steps::add);
    private final List<Instance> instances = new ArrayList<>();

    /** An engine whose user code runs when the test says so, or at once. */
    private final class Instance implements Workers, JobObserver {
        private final InMemoryRegistry.Client client = server.connect();
        private final DrivenEngine engine;
        private final List<ItemRun> waiting = new ArrayList<>();
        private final List<RunRecord> ended = new ArrayList<>();
        private final List<Decision> decided = new ArrayList<>();
        private boolean hold;
        private boolean dead;
        private boolean failing;

        Instance(String ip) {
            engine = new DrivenEngine(client, "ns", new InstanceId(ip, "1"), Duration.ofSeconds(1), time, this, this);
            engine.open();
            instances.add(this);
        }

        Instance join(JobConfiguration configuration) {
            engine.schedule(new Code(), configuration);
            return this;
        }

        private final class Code implements SimpleJob {
            @Override
            public void execute(io.carillon.jobs.ShardingContext context) {
                if (failing) {
                    throw new IllegalStateException("broken");
                }
            }
        }

        @Override
        public void start(ItemRun run, int atOnce) {
            waiting.add(run);
        }

        @Override
        public void ended(RunRecord run) {
            ended.add(run);
        }

        @Override
        public void decided(Decision decision) {
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

        /** {@code source item seconds-of-the-planned-time} of each run that succeeded. */
        List<String> ran() {
            return ended.stream()
                    .filter(run -> run.outcome() == Outcome.SUCCEEDED)
                    .map(run -> run.source() + " " + run.shardingItem() + " "
                            + run.scheduledTime().getEpochSecond() % 60)
                    .toList();
        }

        @Override
        public void close() {}
    }

    private void settle() {
        boolean more = true;
        while (more) {
            for (Instance instance : instances) {
                if (!instance.dead) {
                    instance.engine.poll(time.instant());
                    if (!instance.hold) {
                        instance.finish();
                        instance.engine.poll(time.instant());
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

    private static JobConfiguration.Builder job(int items, String cron) {
        return JobConfiguration.newBuilder("job", items).cron(cron).timeZone("GMT");
    }

    private void write(Write write) {
        InMemoryRegistry.Client admin = server.connect();
        admin.commit(List.of(write), result -> {});
        settle();
        admin.close();
        settle();
    }

    private String node(String path) {
        return server.dump().get("/ns/job/" + path);
    }

    private Set<String> owners() {
        Set<String> owners = new TreeSet<>();
        server.dump().forEach((path, data) -> {
            if (path.matches("/ns/job/sharding/[0-9]+/instance")) {
                owners.add(data);
            }
        });
        return owners;
    }

    @Test
    void fault1AnItemThatFailedRunsAgainAtTheNextFiring() {
        Instance a = new Instance("10.0.0.1").join(job(2, "0/2 * * * * ?").build());
        a.failing = true;
        until("02.500");
        assertThat(a.ended).hasSize(2).allMatch(run -> run.outcome() == Outcome.FAILED);
        assertThat(server.dump().keySet()).noneMatch(path -> path.endsWith("/running"));
        a.failing = false;
        until("04.500");
        assertThat(a.ran()).containsExactlyInAnyOrder("NORMAL_TRIGGER 0 4", "NORMAL_TRIGGER 1 4");
    }

    /** An instance of the newest ElasticJob, by the nodes that it would write: its failed item keeps its mark. */
    @Test
    void fault1AMarkThatANewerElasticJobInstanceKeepsOfAFailedItemHoldsUpThatItemOnlyAndGoesWithTheInstance() {
        String peer = "10.0.0.9@-@7";
        for (boolean failover : List.of(false, true)) {
            KnownFaultsTest world = new KnownFaultsTest();
            JobConfiguration job = job(4, "0/2 * * * * ?")
                    .failover(failover)
                    .props(Map.of("carillon.reshard.patience.seconds", "4"))
                    .build();
            Instance a = world.new Instance("10.0.0.1").join(job);
            world.settle();
            InMemoryRegistry.Client head = world.server.connect();
            head.commit(
                    List.of(
                            new Write.Create("/ns/job/servers/10.0.0.9", "ENABLED", CreateMode.PERSISTENT),
                            new Write.Create(
                                    "/ns/job/instances/" + peer,
                                    "jobInstanceId: " + peer + "\nserverIp: 10.0.0.9\n",
                                    CreateMode.EPHEMERAL)),
                    result -> {});
            world.until("02.900");
            assertThat(world.node("sharding/0/instance")).isEqualTo(peer);
            assertThat(world.node("sharding/1/instance")).isEqualTo(peer);
            // item 0 failed there
            head.commit(
                    List.of(new Write.Create(
                            "/ns/job/sharding/0/running",
                            peer,
                            failover ? CreateMode.PERSISTENT : CreateMode.EPHEMERAL)),
                    result -> {});
            world.until("06.900");
            assertThat(a.ran()).contains("NORMAL_TRIGGER 2 6", "NORMAL_TRIGGER 3 6");
            Instance b = world.new Instance("10.0.0.2").join(job);
            world.until("16.900");
            assertThat(world.node("sharding/0/instance"))
                    .as("it may run for all that anybody knows: it stays where it is")
                    .isEqualTo(peer);
            assertThat(world.owners()).as("the others are dealt around it").contains("10.0.0.1@-@1", "10.0.0.2@-@1");
            assertThat(a.ran()).anyMatch(run -> run.endsWith(" 16"));
            assertThat(b.ran()).anyMatch(run -> run.endsWith(" 16"));
            List<String> before = new ArrayList<>(a.ran());
            before.addAll(b.ran());
            assertThat(before).noneMatch(run -> run.contains(" 0 1"));
            head.close();
            world.until("20.900");
            List<String> after = new ArrayList<>(a.ran());
            after.addAll(b.ran());
            assertThat(after)
                    .as("with the instance the mark goes, and the item runs")
                    .containsOnlyOnce("NORMAL_TRIGGER 0 20")
                    .contains("NORMAL_TRIGGER 1 20", "NORMAL_TRIGGER 2 20", "NORMAL_TRIGGER 3 20");
            assertThat(after.stream().filter(run -> run.startsWith("FAILOVER 0 ")))
                    .as("taken over once where that is on, as nobody can tell that it had ended")
                    .hasSize(failover ? 1 : 0);
        }
    }

    @Test
    void fault3AOneOffJobLivesOnAfterItsSessionExpired() {
        Instance a = new Instance("10.0.0.1")
                .join(JobConfiguration.newBuilder("job", 1).build());
        settle();
        a.client.expireSession();
        until("02.000");
        assertThat(node("instances/10.0.0.1@-@1")).isNotNull();
        write(new Write.Create("/ns/job/trigger", "", CreateMode.PERSISTENT));
        write(new Write.Create("/ns/job/trigger/10.0.0.1@-@1", "", CreateMode.PERSISTENT));
        assertThat(a.ended).hasSize(1).allMatch(run -> run.source() == Source.MANUAL);
        assertThat(node("trigger/10.0.0.1@-@1")).isNull();
    }

    @Test
    void fault4AShortDisconnectionKeepsTheMarkOfARunningItemAndNobodyElseRunsIt() {
        Instance a = new Instance("10.0.0.1")
                .join(job(1, "0/10 * * * * ?").failover(true).build());
        until("08.000");
        Instance b = new Instance("10.0.0.2")
                .join(job(1, "0/10 * * * * ?").failover(true).build());
        a.hold = true;
        b.hold = true;
        until("10.500");
        Instance owner = a.waiting.isEmpty() ? b : a;
        assertThat(a.waiting.size() + b.waiting.size()).isEqualTo(1);
        owner.client.disconnect();
        until("11.000");
        owner.client.reconnect();
        until("15.000");
        assertThat(server.dump().keySet()).contains("/ns/job/sharding/0/running");
        assertThat(a.waiting.size() + b.waiting.size()).isEqualTo(1);
        owner.finish();
        settle();
        assertThat(owner.ran()).contains("NORMAL_TRIGGER 0 10");
        assertThat(server.dump().keySet()).doesNotContain("/ns/job/sharding/0/running");
    }

    @Test
    void fault5AMissedFiringIsMadeUpForRightAfterTheLongRunAndOnce() {
        Instance a = new Instance("10.0.0.1").join(job(1, "0/4 * * * * ?").build());
        a.hold = true;
        until("13.500");
        assertThat(a.waiting).hasSize(1);
        a.hold = false;
        settle();
        assertThat(a.ran()).containsExactly("NORMAL_TRIGGER 0 4", "MISFIRE 0 12");
        until("20.500");
        assertThat(a.ran())
                .containsExactly("NORMAL_TRIGGER 0 4", "MISFIRE 0 12", "NORMAL_TRIGGER 0 16", "NORMAL_TRIGGER 0 20");
    }

    @Test
    void fault5WithoutMisfireNothingIsMadeUpForAndNoMarkStays() {
        Instance a = new Instance("10.0.0.1")
                .join(job(1, "0/4 * * * * ?").misfire(false).build());
        a.hold = true;
        until("13.500");
        a.hold = false;
        until("16.500");
        assertThat(a.ran()).containsExactly("NORMAL_TRIGGER 0 4", "NORMAL_TRIGGER 0 16");
        assertThat(server.dump().keySet()).noneMatch(path -> path.endsWith("/misfire"));
    }

    @Test
    void fault7ItemsThatWaitForALongRunOfTheLeaderAreDealtAndRunTheMomentItEnds() {
        Instance a = new Instance("10.0.0.1").join(job(2, "0/4 * * * * ?").build());
        a.hold = true;
        until("04.500");
        Instance b = new Instance("10.0.0.2").join(job(2, "0/4 * * * * ?").build());
        until("13.500");
        assertThat(b.ran()).as("the long run is not overtaken").isEmpty();
        a.hold = false;
        settle();
        assertThat(b.ran()).as("not at the next firing, now").containsExactly("NORMAL_TRIGGER 0 12");
        until("16.500");
        assertThat(a.ran()).contains("NORMAL_TRIGGER 1 16");
        assertThat(b.ran()).contains("NORMAL_TRIGGER 0 16");
    }

    @Test
    void fault6AnItemThatRunsElsewhereIsPassedByWithARecord() {
        Instance a = new Instance("10.0.0.1").join(job(2, "0/2 * * * * ?").build());
        until("02.500");
        write(new Write.Create("/ns/job/sharding/1/running", "10.0.0.9@-@1", CreateMode.PERSISTENT));
        until("06.500");
        assertThat(a.ran())
                .containsExactlyInAnyOrder(
                        "NORMAL_TRIGGER 0 2", "NORMAL_TRIGGER 1 2", "NORMAL_TRIGGER 0 4", "NORMAL_TRIGGER 0 6");
        assertThat(a.decided)
                .filteredOn(decision -> decision.reason() == WhyNot.ITEM_RUNS_ELSEWHERE)
                .singleElement()
                .satisfies(decision -> assertThat(decision.item()).isEqualTo(1));
        write(new Write.Delete("/ns/job/sharding/1/running", -1));
        until("08.500");
        assertThat(a.ran()).contains("NORMAL_TRIGGER 1 8");
        assertThat(a.decided.get(a.decided.size() - 1).firings()).isEqualTo(2);
    }

    @Test
    void fault7AnItemThatRunsTooLongIsDealtAroundAndHoldsUpNobodyElse() {
        JobConfiguration patient = job(4, "0/4 * * * * ?")
                .props(Map.of("carillon.reshard.patience.seconds", "10"))
                .build();
        for (boolean leaderIsBusy : List.of(true, false)) {
            KnownFaultsTest world = new KnownFaultsTest();
            Instance a = world.new Instance("10.0.0.1").join(patient);
            Instance b = world.new Instance("10.0.0.2").join(patient);
            world.until("06.500");
            boolean aLeads = world.node("leader/election/instance").startsWith("10.0.0.1");
            Instance busy = aLeads == leaderIsBusy ? a : b;
            Instance free = busy == a ? b : a;
            busy.hold = true;
            world.until("08.500");
            assertThat(busy.waiting).hasSize(2);
            Instance c = world.new Instance("10.0.0.3").join(patient);
            world.until("20.900");
            assertThat(c.ran()).as("the long run is waited for").isEmpty();
            world.until("24.500");
            assertThat(c.ran()).as("but not for ever").anyMatch(run -> run.endsWith(" 24"));
            assertThat(free.ran()).anyMatch(run -> run.endsWith(" 24"));
            Set<String> held = Set.of(
                    String.valueOf(busy.waiting.get(0).order().item()),
                    String.valueOf(busy.waiting.get(1).order().item()));
            assertThat(held)
                    .as("what runs stays where it is")
                    .allMatch(item -> world.node("sharding/" + item + "/running") != null);
            assertThat(world.node("leader/sharding/necessary"))
                    .as("nobody waits again")
                    .isNull();
            busy.hold = false;
            world.until("32.500");
            List<String> last = new ArrayList<>();
            for (Instance each : List.of(a, b, c)) {
                each.ran().stream().filter(run -> run.endsWith(" 32")).forEach(last::add);
            }
            assertThat(last)
                    .as("dealt over all three once the long run has ended")
                    .containsExactlyInAnyOrder(
                            "NORMAL_TRIGGER 0 32", "NORMAL_TRIGGER 1 32", "NORMAL_TRIGGER 2 32", "NORMAL_TRIGGER 3 32");
            assertThat(world.owners()).hasSize(3);
        }
    }

    @Test
    void fault9AServerThatWasSwitchedOffStaysOffOverRestartsReconnectionsAndJoins() {
        JobConfiguration often = job(2, "0/2 * * * * ?").build();
        Instance a = new Instance("10.0.0.1").join(often);
        until("02.500");
        write(new Write.SetData("/ns/job/servers/10.0.0.1", "DISABLED", -1));
        a.client.expireSession();
        until("04.500");
        assertThat(node("servers/10.0.0.1")).isEqualTo("DISABLED");
        a.engine.leaveAll();
        until("06.500");
        instances.remove(a);
        a.client.close();
        Instance again = new Instance("10.0.0.1").join(often);
        until("08.500");
        Instance other = new Instance("10.0.0.2").join(often);
        until("12.500");
        assertThat(node("servers/10.0.0.1")).isEqualTo("DISABLED");
        assertThat(again.ran()).isEmpty();
        assertThat(other.ran()).contains("NORMAL_TRIGGER 0 12", "NORMAL_TRIGGER 1 12");
    }

    /** What an ElasticJob instance from 3.0.5 on does when it starts while the server is away. */
    @Test
    void fault9AMarkThatANewerElasticJobInstanceDeletesWhileItsServerIsAwayIsLost() {
        JobConfiguration often = job(2, "0/2 * * * * ?").build();
        Instance a = new Instance("10.0.0.1").join(often);
        new Instance("10.0.0.2").join(often);
        until("02.500");
        write(new Write.SetData("/ns/job/servers/10.0.0.1", "DISABLED", -1));
        a.engine.leaveAll();
        until("04.500");
        instances.remove(a);
        a.client.close();
        assertThat(node("servers/10.0.0.1")).isEqualTo("DISABLED");
        write(new Write.Delete("/ns/job/servers/10.0.0.1", -1));
        Instance again = new Instance("10.0.0.1").join(often);
        until("08.500");
        assertThat(node("servers/10.0.0.1"))
                .as("nobody knows of the mark any more")
                .isEqualTo("ENABLED");
        assertThat(again.ran()).anyMatch(run -> run.endsWith(" 8"));
    }

    @Test
    void fault11AChangeOfTheTimeZoneAloneReschedules() {
        JobConfiguration midnight = job(1, "10 0 8 * * ?").build();
        Instance a = new Instance("10.0.0.1").join(midnight);
        until("05.000");
        String shanghai =
                ConfigYaml.write(midnight.toBuilder().timeZone("GMT+8").build(), node("config"));
        write(new Write.SetData("/ns/job/config", shanghai, -1));
        until("11.000");
        assertThat(a.ran()).containsExactly("NORMAL_TRIGGER 0 10");
    }

    @Test
    void fault11AJobThatLosesItsCronWaitsForTriggers() {
        JobConfiguration often = job(1, "0/2 * * * * ?").build();
        Instance a = new Instance("10.0.0.1").join(often);
        until("02.500");
        write(new Write.SetData(
                "/ns/job/config", ConfigYaml.write(often.toBuilder().cron(null).build(), node("config")), -1));
        until("10.500");
        assertThat(a.ran()).containsExactly("NORMAL_TRIGGER 0 2");
        write(new Write.Create("/ns/job/trigger", "", CreateMode.PERSISTENT));
        write(new Write.Create("/ns/job/trigger/10.0.0.1@-@1", "", CreateMode.PERSISTENT));
        assertThat(a.ran()).hasSize(2);
    }

    @Test
    void fault12AServerWhoseAddressBeginsWithAnothersIsAnother() {
        JobConfiguration guarded = job(2, "0/10 * * * * ?").failover(true).build();
        Instance first = new Instance("10.0.0.1").join(guarded);
        Instance eleventh = new Instance("10.0.0.11").join(guarded);
        first.hold = true;
        until("10.500");
        assertThat(first.waiting).hasSize(1);
        int item = first.waiting.get(0).order().item();
        first.die();
        until("12.000");
        assertThat(eleventh.ran()).anyMatch(run -> run.startsWith("FAILOVER " + item + " "));
        until("20.500");
        assertThat(owners()).containsExactly("10.0.0.11@-@1");
        assertThat(eleventh.ran()).contains("NORMAL_TRIGGER 0 20", "NORMAL_TRIGGER 1 20");
    }

    @Test
    void fault18AJoinAtAnyMomentOfAReshardingIsNotForgotten() {
        for (int moment = 0; moment < 60; moment++) {
            KnownFaultsTest world = new KnownFaultsTest();
            JobConfiguration often = job(4, "0/2 * * * * ?").build();
            Instance a = world.new Instance("10.0.0.1").join(often);
            world.until("01.900");
            world.time.advance(Duration.ofMillis(200));
            // so far into the firing that deals the items for the first time
            for (int step = 0; step < moment; step++) {
                a.engine.poll(world.time.instant());
                if (!world.steps.isEmpty()) {
                    world.steps.remove().run();
                } else if (!a.waiting.isEmpty()) {
                    a.finish();
                }
            }
            Instance b = world.new Instance("10.0.0.2").join(often);
            world.until("06.500");
            assertThat(world.owners()).as("moment " + moment).containsExactly("10.0.0.1@-@1", "10.0.0.2@-@1");
            assertThat(b.ran()).as("moment " + moment).contains("NORMAL_TRIGGER 0 6", "NORMAL_TRIGGER 1 6");
            assertThat(a.ran()).as("moment " + moment).contains("NORMAL_TRIGGER 2 6", "NORMAL_TRIGGER 3 6");
        }
    }
}
